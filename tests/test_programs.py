"""Complete programs in plain NumPy and SciPy, differentiated as they are.

Each one checks its gradient against differences and that following it helps; here the models are
checked a second time, against autograd, which runs them with its own NumPy in the place of theirs.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from symdiff import grad

pytestmark = pytest.mark.sampled(every=83)

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = sorted(p for p in (ROOT / "examples" / "programs").glob("*.py") if p.stem[0] != "_")


def test_there_are_ten() -> None:
    assert len(PROGRAMS) == 10


@pytest.mark.slow
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(path: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::RuntimeWarning"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "gradient error" in done.stdout


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "programs"))
    before = set(sys.modules)

    def module(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield module
    for name in set(sys.modules) - before:
        if name == "_check" or name in {p.stem for p in PROGRAMS}:
            del sys.modules[name]


def by_autograd(module: ModuleType, function: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A gradient by autograd, which needs its own NumPy inside the function."""
    autograd = pytest.importorskip("autograd")
    monkeypatch.setattr(module, "np", importlib.import_module("autograd.numpy"))
    return autograd.grad(function)


def test_a_gaussian_process_against_autograd(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load("gaussian_process")
    rng = np.random.default_rng(1)
    args = (rng.normal(size=4), rng.normal(size=(12, 2)), rng.normal(size=12))
    found = grad(module.negative_log_likelihood)(*args)
    expected = by_autograd(module, module.negative_log_likelihood, monkeypatch)(*args)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_convolution_against_autograd(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load("convnet")
    rng = np.random.default_rng(1)
    images, kernels = rng.normal(size=(3, 2, 7, 7)), rng.normal(size=(2, 3, 3, 4))

    def loss(kernels: Any) -> Any:
        return module.np.sum(module.np.tanh(module.convolve(images, kernels, np.zeros(4))))

    found = grad(loss)(kernels)
    expected = by_autograd(module, loss, monkeypatch)(kernels)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.slow
def test_a_fluid_against_autograd(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load("fluid")
    rng = np.random.default_rng(1)
    shape = (module.SIZE, module.SIZE)
    args = (0.1 * rng.normal(size=2 * module.SIZE**2), rng.normal(size=shape), np.zeros(shape))
    found = grad(module.misfit)(*args)
    expected = by_autograd(module, module.misfit, monkeypatch)(*args)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)
