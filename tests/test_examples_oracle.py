"""The gradients that the examples show agree with mpmath at 30 digits."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symdiff import grad

from .comparing import assert_close
from .oracle import mp_gradient

pytestmark = pytest.mark.sampled(every=3)

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
ROW = np.array([1.5, -0.25, 3.0, 0.5])

CASES: list[tuple[str, str, tuple[Any, ...], int]] = [
    ("01_simple_gradient", "y", (np.arange(4.0),), 0),
    ("01_simple_gradient", "y", (ROW,), 0),
    ("02_keeping_a_gradient", "y", (ROW,), 0),
    ("03_sum", "y", (ROW,), 0),
    ("04_not_a_scalar", "total", (ROW,), 0),
    ("05_detach", "undetached", (ROW,), 0),
    ("06_control_flow", "f", (1.5,), 0),
    ("06_control_flow", "f", (-1.5,), 0),
    ("06_control_flow", "f", (1e-300,), 0),
    ("06_control_flow", "f", (1e6,), 0),
    ("06_control_flow", "total", (ROW,), 0),
    ("06_control_flow", "total", (np.full((2, 3), 0.5),), 0),
    ("07_exercises", "cubic", (2.0,), 0),
    ("07_exercises", "y", (0.7,), 0),
    ("first", "bump", (1.5,), 0),
    ("first", "decay", (1.0, 3.0), 0),
    ("first", "decay", (1.0, 3.0), 1),
]


@pytest.fixture(scope="module")
def modules() -> Any:
    loaded: dict[str, dict[str, Any]] = {}

    def load(name: str) -> dict[str, Any]:
        if name not in loaded:
            argv = sys.argv
            sys.argv = [name]
            try:
                loaded[name] = runpy.run_path(str(EXAMPLES / f"{name}.py"))
            finally:
                sys.argv = argv
        return loaded[name]

    return load


@pytest.mark.slow
@pytest.mark.parametrize(("module", "name", "args", "wrt"), CASES)
def test_gradient_of_an_example(modules, module, name, args, wrt) -> None:
    function = modules(module)[name]
    function = getattr(function, "__wrapped__", function)
    assert_close(grad(function, wrt)(*args), mp_gradient(function, args, wrt), 1e-12)


def test_detached_parts_are_constants(modules) -> None:
    """The oracle knows no `detach`: the detached factor is given to it as a number."""
    found = modules("05_detach")["detached"](ROW)
    assert_close(found, mp_gradient(lambda x, u: (u * x).sum(), (ROW, ROW * ROW), 0), 1e-12)


def test_second_derivative(modules) -> None:
    cubic = modules("07_exercises")["cubic"]
    found = grad(grad(cubic))(2.0)
    slope = mp_gradient(lambda x: 3 * x**2 - 2, (2.0,), 0)
    assert_close(found, slope, 1e-12)
