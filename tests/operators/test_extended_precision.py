"""Derivatives whose factors leave the range of floats on the way, though they are within it."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import grad, hessian, hvp, jacfwd, jacrev
from symdiff.operations.runtime.ranges import EXTENDED

from .far_out import Function, check, wanted

pytestmark = [
    pytest.mark.sampled(every=12),
    pytest.mark.skipif(EXTENDED is None, reason="no type of floats has a wider range here"),
]


def multiple_of_power(x, p):
    return 1e300 * x**p


def small_multiple_of_power(x, p):
    return x**p * 1e-300


def power_over_number(x, p):
    return x**p / 1e-300


def power_by_parameter(x, p, c):
    return c * x**p


def power_over_parameter(x, p, c):
    return x**p / c


def power_in_two_lines(x, p, c):
    u = x**p
    return c * u


def power(x, p):
    return x**p


def length_below_zero(x, y, s):
    return (math.hypot(x * s, y * s) / s) ** -2


def length_by_turns(x, y, s):
    r = math.hypot(x * s, y * s)
    return r / s * r / s


def length_by_inverse(x, y, s):
    r = math.hypot(x * s, y * s)
    c = 1 / s
    return r * c * r * c


def length_by_both(x, y, s):
    r = math.hypot(x * s, y * s)
    c = 1 / s
    return c * r * c * r + r * c * r / s


def length_of_moving_scale(x, y, s):
    k = s * x
    return (math.hypot(x * k, y * k) / k) ** -3


def square_of_product(x, y):
    return (x * y) * (x * y)


def product_by_turns(x, y):
    return x * y * x * y


def cube_of_product(x, y):
    return (x * y) * (x * y) * (x * y)


def inverse_square_of_product(x, y):
    return (x * y) ** -2


def products_of_three(x, y, z):
    return (x * y) * (x * z)


def root_of_product(x, y):
    return (x * y) ** 1.5 / (1 + x * y)


def gaussian_of_product(x, y):
    return math.exp(-((x * y) ** 2))


def gaussian_by_turns(x, y):
    return math.exp(-x * y * x * y)


def sine_of_square(x, y):
    return math.sin((x * y) ** 2)


def chain_of_numbers(x, y):
    return x / 1e290 / 1e200 * y


def chain_of_small_numbers(x, y):
    return y / 1e-290 / 1e-200 * x * x


def chain_in_two_lines(x, y):
    a = x / 1e290
    b = a / 1e200
    return b * y * y


def chain_with_a_sine(x, y):
    return math.sin(x / 1e290) / 1e200 * y


def chain_that_rises_first(x, y):
    return 1e200 * x / 1e290 * 1e250 * y


def products_crosswise(a, b, c, d):
    return (a * c) * (b * d) + a * b / (1 / c) / (1 / d)


def quotients_crosswise(a, b, c, d):
    return a / c * b / d


FAR = ((1e200, 1e-200), (1e-200, 1e200), (2e180, 3e-181))
CASES: list[tuple[Function, tuple[float, ...], Function | None]] = [
    *[(multiple_of_power, p, None) for p in ((1e150, -2.0), (1e100, -3.0), (1e200, -1.5))],
    *[(small_multiple_of_power, p, None) for p in ((1e-150, -2.0), (1e-100, -2.5), (1e150, 2.0))],
    *[(power_over_number, p, None) for p in ((1e150, -2.0), (1e100, -2.5))],
    *[
        (power_by_parameter, p, None)
        for p in ((1e150, -2.0, 1e300), (1e-150, -2.0, 1e-300), (1e150, 1.5, 1e-300))
    ],
    *[
        (power_over_parameter, p, None)
        for p in ((1e150, -2.0, 1e-300), (1e-150, 2.0, 1e-300), (1e-100, -3.0, 1e250))
    ],
    *[(power_in_two_lines, p, None) for p in ((1e150, -2.0, 1e300), (1e-100, -2.5, 1e-300))],
    *[(power, p, None) for p in ((1e-170, 2.0), (1e-170, 0.0), (1e170, 0.0), (1e-170, 1.5))],
    *[
        (length_below_zero, (3.0, 4.0, s), lambda x, y, s: 1 / (x**2 + y**2))
        for s in (1e200, 1e-200)
    ],
    *[
        (f, (3.0, 4.0, s), lambda x, y, s: x**2 + y**2)
        for f in (length_by_turns, length_by_inverse)
        for s in (1e200, 1e-200)
    ],
    *[(length_by_both, (0.5, 2.0, s), lambda x, y, s: 2 * (x**2 + y**2)) for s in (1e200, 1e-200)],
    *[
        (length_of_moving_scale, (3.0, 4.0, s), lambda x, y, s: (x**2 + y**2) ** -1.5)
        for s in (1e200, 1e-200)
    ],
    *[(square_of_product, p, None) for p in FAR],
    *[(product_by_turns, p, None) for p in FAR],
    *[(cube_of_product, p, None) for p in FAR],
    *[(inverse_square_of_product, p, None) for p in FAR],
    (products_of_three, (1e200, 1e-200, 1.5e-200), None),
    *[(root_of_product, p, None) for p in FAR],
    *[(gaussian_of_product, p, lambda x, y: mpmath.exp(-((x * y) ** 2))) for p in FAR[:1]],
    *[(gaussian_by_turns, p, lambda x, y: mpmath.exp(-((x * y) ** 2))) for p in FAR[2:]],
    *[(sine_of_square, p, lambda x, y: mpmath.sin((x * y) ** 2)) for p in FAR[1:]],
    (chain_of_numbers, (1.5e290, 2.5e200), None),
    (chain_of_small_numbers, (1.5e-90, 2.5e-290), None),
    (chain_in_two_lines, (1.5e290, 2.5e100), None),
    (chain_with_a_sine, (1.5e290, 2.5e200), lambda x, y: mpmath.sin(x / 1e290) / 1e200 * y),
    (chain_that_rises_first, (1.5e-90, 2.5e-190), None),
    (products_crosswise, (1e200, 1.5e200, 1e-200, 2e-200), None),
    *[(quotients_crosswise, (s, 2 * s, 3 * s, 5 * s), None) for s in (1e200, 1e-200)],
]
IDS = [f"{f.__name__}-{point}" for f, point, _ in CASES]


@pytest.mark.parametrize(("f", "point", "exact"), CASES, ids=IDS)
def test_both_derivatives(f: Any, point: tuple[float, ...], exact: Any) -> None:
    wrt = tuple(range(len(point) - (exact is not None and len(point) == 3)))
    whole = exact or f
    slopes, bends, one, two = wanted(lambda *x: whole(*x, *point[len(wrt) :]), point[: len(wrt)])
    for first in (jacfwd, jacrev):
        check(first(f, wrt)(*point), slopes, one)
        for second in (jacfwd, jacrev):
            check(second(first(f, wrt), wrt)(*point), bends, two)
    check(hessian(f, wrt)(*point), bends, two)
    for k in wrt:
        unit = tuple(float(i == k) for i in wrt)
        check(hvp(f, wrt)(*point, unit), bends[k], two[k])


@pytest.mark.parametrize("n", [3, np.int64(3), np.int32(3), np.float64(3.0)])
def test_numbers_of_every_type_beside(n: Any) -> None:
    def f(x, n, k):
        y = x**-2.0
        z = y * n
        return z * 1e-300 * k

    slope = grad(f)
    for k in (2.0, 2, np.float32(2.0), True):
        assert slope(1e-150, n, k) == pytest.approx(-6e150 * float(k), rel=1e-14)
