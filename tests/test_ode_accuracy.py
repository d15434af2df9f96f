"""Gradients of well-known systems at the solvers' own settings, against solves at tight ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symdiff import grad

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import odes

FEW = [name for name in odes.PROBLEMS if name not in ("van_der_pol", "heat_by_lines")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FEW)
def test_gradient(name: str) -> None:
    f, x, _, _ = odes.PROBLEMS[name]
    want = odes.reference(name)[:4]
    scale = np.abs(x[:4])
    error = np.abs(grad(f)(x)[:4] - want) * scale
    assert np.max(error) <= odes.ALLOWED.get(name, 1e-5) * np.max(np.abs(want) * scale)


def test_stiff_and_large() -> None:
    f, x, _, _ = odes.PROBLEMS["van_der_pol"]
    # On the slow branch y' = y / (mu (1 - y^2)): a function of t/mu alone.
    slope = grad(f)(x)[0]
    y = f(x, rtol=1e-8, atol=1e-10)
    reduced = -(500.0 / x[0]) * y / (x[0] * (1 - y**2))
    assert slope == pytest.approx(reduced, rel=1e-3)
    f, x, _, _ = odes.PROBLEMS["heat_by_lines"]
    fine: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}
    d = [(f(x + e, **fine) - f(x - e, **fine)) / 2e-2 for e in 1e-2 * np.eye(2)]
    assert grad(f)(x) == pytest.approx(np.array(d), rel=1e-3)
