"""Products of which a part alone is out of range: of factors that are divided, and of constants."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from symdiff import grad, hessian, jacfwd, jacrev

pytestmark = pytest.mark.sampled(every=4)


def square(x, s):
    y = s * x * x
    return (y / s) ** 2


def product_of_quotients(x, s):
    y, z = s * x * x, s * x
    return (y / s) * (z / s)


def cube(x, s):
    y = s * x * x
    return (y / s) ** 3


def sine(x, s):
    y = s * x * x
    return math.sin(y / s)


def exponential(x, s):
    y = s * x * x
    return math.exp(y / s)


def lorentzian(x, s):
    y = s * x * x
    return 1 / (1 + (y / s) ** 2)


def root(x, s):
    y = s * x * x
    return (y / s) ** 1.5


def quotient_of_two(x, s):
    y, z = s * x * x, s * (1 + x)
    return y / z


def logarithm(x, s):
    y = s * x * x
    return math.log1p(y / s)


def three_factors(x, s):
    a, b, c = s * x, s * (1 + x), s * x * x
    return (a / s) * (b / s) * (c / s)


def sine_of_product(x, s):
    a, b = s * x, s * (1 + x)
    return math.sin((a / s) * (b / s))


CASES: list[tuple[Any, Any]] = [
    (square, lambda x: x**4),
    (product_of_quotients, lambda x: x**3),
    (cube, lambda x: x**6),
    (sine, lambda x: mpmath.sin(x * x)),
    (exponential, lambda x: mpmath.exp(x * x)),
    (lorentzian, lambda x: 1 / (1 + x**4)),
    (root, lambda x: x**3),
    (quotient_of_two, lambda x: x * x / (1 + x)),
    (logarithm, lambda x: mpmath.log1p(x * x)),
    (three_factors, lambda x: x**3 * (1 + x)),
    (sine_of_product, lambda x: mpmath.sin(x * (1 + x))),
]


@pytest.mark.parametrize("s", [1e200, 1e-200])
@pytest.mark.parametrize(("f", "exact"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_both_derivatives(f: Any, exact: Any, s: float) -> None:
    with mpmath.workdps(50):
        slope, bend = (float(mpmath.diff(exact, 0.5, n)) for n in (1, 2))
    for first in (grad(f), jacfwd(f)):
        assert first(0.5, s) == pytest.approx(slope, rel=1e-13)
    for second in (hessian(f), grad(grad(f)), jacrev(jacfwd(f)), jacfwd(jacfwd(f))):
        assert second(0.5, s) == pytest.approx(bend, rel=1e-12)


CONSTANTS = [
    (lambda x, y: 3.054936454543803e-151 * (x * (3.6417679622896365e-158 * y)), 2.0**900),
    (lambda x, y: -3.054936454543803e-151 * (x * (3.6417679622896365e-158 * y)), 2.0**900),
    (lambda x, y: 6.109872909087606e-151 * (x * (3.6417679622896365e-158 * y)), 2.0**900),
    (lambda x, y: 1.25e-250 * (x * (1.5e-250 * y)), 1e200),
    (lambda x, y: 1.25e250 * (x * (1.5e250 * y)), 1e-200),
    (lambda x, y: 1.25e155 * (x * (1.3e153 * y)), 1e-100),
]


@pytest.mark.parametrize(("f", "far"), CONSTANTS)
def test_constants_whose_product_is_no_float(f: Any, far: float) -> None:
    one, other = (Fraction(c) for c in f.__code__.co_consts if type(c) is float)
    exact = float(one * other * Fraction(far))
    last = math.ulp(exact) if math.frexp(far)[0] != 0.5 else 0.0  # of powers of two it is exact
    for k in range(2):
        assert grad(f, k)(far, far) == pytest.approx(exact, rel=0.0, abs=last)
