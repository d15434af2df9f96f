"""Inputs are asked for their size where a product that they are in is a factor again."""

from __future__ import annotations

import math
import random
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import grad, value_and_grad, vjp
from symdiff.operations.runtime.ranges import EXTENDED

pytestmark = pytest.mark.skipif(EXTENDED is None, reason="no floats have a wider range here")

FORMULAS = [
    "a * b * c * d",
    "a * b / (c * d)",
    "a * b + c * d",
    "(a + b) * c * d",
    "a / b / c + d",
    "0.001 * a * b * c * d",
    "a * (b * (c * d)) * 1000.0",
    "(a * b) ** 2 * c + d",
    "a * b * exp(-(c / d))",
    "sqrt(abs(a * b)) * c / d",
    "cos(a / b) * c * d",
    "a * (b + exp(-abs(c))) / d",
    "tanh(a * b) * c * d",
    "log(abs(a * b)) * c * d",
    "a * b if c > d else a / b * c * d",
]


def slopes(f: Any, at: list[float]) -> list[Any]:
    """The gradient by central differences with as many digits as it takes."""
    found = []
    for k, x in enumerate(at):
        h = mpmath.mpf(x) * mpmath.mpf("1e-20")
        up, down = ([mpmath.mpf(y) for y in at] for _ in range(2))
        up[k], down[k] = up[k] + h, down[k] - h
        found.append((f(*up) - f(*down)) / (2 * h))
    return found


def defined(path: Any, library: Any) -> Any:
    """The function of a file, with the functions of a library."""
    scope = {name: getattr(library, name) for name in ("exp", "sqrt", "cos", "tanh", "log")}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
    return scope["f"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_where_the_value_has_its_digits_so_has_the_gradient(formula: str, tmp_path: Any) -> None:
    path = tmp_path / "written.py"
    path.write_text(f"def f(a, b, c, d):\n    return {formula}\n", encoding="utf-8")
    f, exact = (defined(path, library) for library in (math, mpmath))
    g = value_and_grad(f, (0, 1, 2, 3))
    choice = random.Random(formula)
    compared = 0
    for reach in [3, 60, 150, 300] * 30:
        at = [choice.choice((1, -1)) * 10.0 ** choice.uniform(-reach, reach) for _ in range(4)]
        with mpmath.workdps(1300):
            try:
                wanted, value = exact(*map(mpmath.mpf, at)), f(*at)
                if not mpmath.almosteq(wanted, value, 1e-12) or not 1e-290 < abs(value) < 1e300:
                    continue
                found, parts = g(*at)
            except (ArithmeticError, ValueError):
                continue
            assert math.isclose(found, value, rel_tol=1e-15)
            for mine, theirs in zip(parts, slopes(exact, at)):
                if 1e-290 < abs(theirs) < 1e300 and "cos" not in formula:
                    assert mpmath.almosteq(mine, theirs, 1e-11), (formula, at)
                    compared += 1
    assert compared > 30 or "cos" in formula


def logistic(w, x, y):
    z = x @ w
    return np.mean(np.logaddexp(0.0, z) - y * z)


def test_data_of_any_size_in_a_single_product() -> None:
    rng = np.random.default_rng(0)
    g = grad(logistic)
    for size in (1.0, 1e250, 1e-250, 1e3):
        w, x = rng.normal(size=4) / size, rng.normal(size=(30, 4)) * size
        y = (x[:, 0] > 0.0).astype(float)
        wanted = (1.0 / (1.0 + np.exp(-(x @ w))) - y) @ (x / size) / 30
        np.testing.assert_allclose(g(w, x, y) / size, wanted, rtol=1e-12)
    text = g.generated_source(w, x, y)
    assert "within_range(x)" not in text
    assert "within_range(y)" in text


def test_what_a_linear_map_goes_on_to_multiply_is_asked_for() -> None:
    def f(a, b, c):
        return np.array([a * b * c, c])

    a, b, c = 1e200, 1e200, 1e-300
    _, pull = vjp(f, a, b, c)
    found = pull(np.array([1.0, 0.0]))
    np.testing.assert_allclose(found, [b * c, a * c, np.inf], rtol=1e-12)
