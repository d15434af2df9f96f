"""Digits of derivatives, where a careless formula would have none left."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff.differentiate import vjp
from symdiff.operations import TABLE
from symdiff.program.program import name_uniquely, validate
from symdiff.testing import call_program, evaluate

pytestmark = pytest.mark.sampled(every=83)


def _partials(name: str, *point: float) -> list[float]:
    entry = TABLE.entries[name]
    program, values = call_program(entry, [np.float64(p) for p in point], {})
    gradient = validate(name_uniquely(vjp(program, program.inputs, [np.float64(1.0)])))
    with np.errstate(all="ignore"):
        return [float(v) for v in evaluate(gradient, *values)[1:]]


@pytest.mark.parametrize(
    ("name", "function", "points"),
    [
        ("tanh", mpmath.tanh, [20.0, -30.0, 1e-9]),
        ("log1p", mpmath.log1p, [1e-20, -0.999999, 1e300]),
        ("expm1", mpmath.expm1, [1e-20, -40.0, 700.0]),
        ("asinh", mpmath.asinh, [1e-10, 1e200, -1e200]),
        ("atanh", mpmath.atanh, [0.999999999, 1e-12]),
        ("asin", mpmath.asin, [0.999999999, -0.999999]),
        ("acosh", mpmath.acosh, [1.000000001, 1e200]),
        ("erf", mpmath.erf, [5.0, 1e-10]),
        ("erfc", mpmath.erfc, [5.0, 20.0]),
        ("lgamma", mpmath.loggamma, [1e-5, 0.5, 1.4616321449683622, 50.0, 1e8]),
        ("digamma", mpmath.digamma, [1e-3, 2.5, -2.5, -20.3, 1e6]),
        ("sinc", lambda x: mpmath.sincpi(x), [1e-8, 1e-3, 0.3, 5.2]),
        ("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), [30.0, -700.0, 1e-9]),
        ("cbrt", lambda x: mpmath.cbrt(x), [1e-30, 1e30]),
        ("exp2", lambda x: mpmath.mpf(2) ** x, [-50.0, 1000.0]),
    ],
)
def test_the_derivative_keeps_its_digits(name: str, function: Any, points: list[float]) -> None:
    for point in points:
        with mpmath.workdps(60):
            x = mpmath.mpf(point)
            want = float(mpmath.re(mpmath.diff(function, x, h=abs(x) * mpmath.mpf(10) ** -25)))
        (have,) = _partials(name, point)
        assert have == pytest.approx(want, rel=2e-13), (name, point)


@pytest.mark.parametrize("a", [0.0, 1.0, -800.0, 800.0])
@pytest.mark.parametrize("b", [0.0, 3.0, -799.0, 801.0])
def test_logaddexp_far_from_zero(a: float, b: float) -> None:
    with mpmath.workdps(40):
        total = mpmath.exp(a) + mpmath.exp(b)
        want = [float(mpmath.exp(a) / total), float(mpmath.exp(b) / total)]
    assert _partials("logaddexp", a, b) == pytest.approx(want, rel=1e-14)


def test_hypot_neither_overflows_nor_underflows() -> None:
    for size in (1e200, 1e-200):
        assert _partials("hypot", 3 * size, 4 * size) == pytest.approx([0.6, 0.8], rel=1e-15)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("x", [0.1, 1.0, 7.5, 40.0, -0.5, -3.3])
def test_polygamma(order: int, x: float) -> None:
    from symdiff.operations.runtime.polygamma import polygamma

    with mpmath.workdps(40):
        want = float(mpmath.polygamma(order, mpmath.mpf(x)))
    assert polygamma(order, x) == pytest.approx(want, rel=1e-12)
