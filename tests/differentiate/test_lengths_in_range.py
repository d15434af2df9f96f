"""Powers of lengths whose squares are no floats, and which a factor brings into range."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg

from symdiff import grad, hessian, jacfwd, jacrev

pytestmark = pytest.mark.sampled(every=5)


def in_one_line(x, s):
    return (math.hypot(s * x * x, s) / s) ** 2


def in_two_lines(x, s):
    r = math.hypot(s * x * x, s)
    return (r / s) ** 2


def in_three_lines(x, s):
    r = math.hypot(s * x * x, s)
    q = r / s
    return q**2


def twice_scaled(x, s):
    r = 2.0 * math.hypot(s * x * x, s)
    q = r / s
    w = q / 2
    return w * w


def by_the_inverse(x, s):
    r = math.hypot(s * x * x, s)
    return (r * (1 / s)) ** 2


def a_product_of_quotients(x, s):
    r = math.hypot(s * x * x, s)
    return (r / s) * (r / s)


def of_arrays(x, s):
    r = np.hypot(np.array([s * x * x, s * x * x]), s)
    return np.sum((r / s) ** 2) / 2


def by_an_array(x, s):
    return np.sum((np.hypot(s * x * x, s) / np.array([s, s, s])) ** 2) / 3


def of_three(x, s):
    return (math.hypot(s * x * x, s, s) / s) ** 2 - 1


def a_distance(x, s):
    return (math.dist([s * x * x, 0.0], [0.0, s]) / s) ** 2


def of_a_complex_number(x, s):
    return (abs(complex(s * x * x, s)) / s) ** 2


def of_a_phasor(x, s):
    return np.sum((np.abs(np.array([s * x * x + 1j * s])) / s) ** 2)


def of_a_scaled_norm(x, s):
    return (scipy.linalg.norm(np.array([s * x * x, s])) / s) ** 2


def of_an_active_scale(x, s):
    k = s * math.exp(x)
    return (math.hypot(k * x * x, k) / k) ** 2


def of_an_absolute_value(x, s):
    return (abs(s * x * x) / s) ** 2 + 1


def below_one(x, s):
    return 1 / (1 + (math.hypot(s * x * x, s) / s) ** 2)


def a_sixth_power(x, s):
    return (math.hypot(s * x * x, s) / s) ** 6


def a_cube(x, s):
    return abs(s) / s * (math.hypot(s * x * x, s) / s) ** 3


def an_unknown_power(x, s):
    return (math.hypot(s * x * x, s) / abs(s)) ** (s / s * 2.5)


def a_gaussian(x, s):
    return math.exp(-((math.hypot(s * x * x, s) / s) ** 2))


def a_cosine(x, s):
    return math.cos(math.hypot(s * x * x, s) / s)


CASES: list[tuple[Callable[..., Any], Callable[[Any], Any]]] = [
    (in_one_line, lambda u: u),
    (in_two_lines, lambda u: u),
    (in_three_lines, lambda u: u),
    (twice_scaled, lambda u: u),
    (by_the_inverse, lambda u: u),
    (a_product_of_quotients, lambda u: u),
    (of_arrays, lambda u: u),
    (by_an_array, lambda u: u),
    (of_three, lambda u: u),
    (a_distance, lambda u: u),
    (of_a_complex_number, lambda u: u),
    (of_a_phasor, lambda u: u),
    (of_a_scaled_norm, lambda u: u),
    (of_an_active_scale, lambda u: u),
    (of_an_absolute_value, lambda u: u),
    (below_one, lambda u: 1 / (1 + u)),
    (a_sixth_power, lambda u: u**3),
    (a_cube, lambda u: u**1.5),
    (an_unknown_power, lambda u: u**1.25),
    (a_gaussian, lambda u: mpmath.exp(-u)),
    (a_cosine, lambda u: mpmath.cos(mpmath.sqrt(u))),
]


@pytest.mark.parametrize("s", [1e200, -1e200, 1e-200, 3.0])
@pytest.mark.parametrize(("f", "of_square"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_both_derivatives(f: Any, of_square: Any, s: float) -> None:
    with mpmath.workdps(50):
        slope, bend = (float(mpmath.diff(lambda x: of_square(1 + x**4), 0.5, n)) for n in (1, 2))
    for first in (grad(f), jacfwd(f)):
        assert first(0.5, s) == pytest.approx(slope, rel=1e-12)
    for second in (hessian(f), grad(grad(f)), jacrev(jacfwd(f)), jacfwd(jacfwd(f))):
        assert second(0.5, s) == pytest.approx(bend, rel=1e-11)


AT_TIPS: list[tuple[Callable[..., Any], float]] = [
    (lambda x, s: (math.hypot(s * x, 2 * s * x) / s) ** 2, 10.0),
    (lambda x, s: (math.hypot(s * x, 2 * s * x, s * x) / s) ** 2, 12.0),
    (lambda x, s: math.exp(-((math.hypot(s * x, 2 * s * x) / s) ** 2)), -10.0),
    (lambda x, s: (math.hypot(s * x, 2 * s * x) / s) ** 4, 0.0),
    (lambda x, s: (abs(complex(s * x, 2 * s * x)) / s) ** 2, 10.0),
    (lambda x, s: (abs(s * x) / s) ** 2, 2.0),
    (lambda x, s: np.sum((np.hypot(s * x, [s * 0, s * 0]) / s) ** 2), 4.0),
    (lambda x, s: (scipy.linalg.norm(np.array([s * x, 2 * s * x])) / s) ** 2, 10.0),
]


@pytest.mark.parametrize("s", [1e200, 1e-200, 3.0])
@pytest.mark.parametrize("k", range(len(AT_TIPS)))
def test_second_derivatives_where_the_length_is_zero(k: int, s: float) -> None:
    f, bend = AT_TIPS[k]
    assert grad(f)(0.0, s) == 0.0 == jacfwd(f)(0.0, s)
    for second in (hessian(f), grad(grad(f)), jacrev(jacfwd(f)), jacfwd(jacfwd(f))):
        assert second(0.0, s) == pytest.approx(bend, rel=1e-14)


def test_tips_of_lengths_of_three_are_smooth_when_squared() -> None:
    def f(x):
        r = math.hypot(x[0], x[1])
        return math.hypot(r, x[2]) ** 2 + np.hypot(np.hypot(x[0], x[1]), x[2]) ** 2

    for second in (hessian(f), jacrev(grad(f)), jacfwd(jacfwd(f))):
        np.testing.assert_allclose(second(np.zeros(3)), 4 * np.eye(3))


def test_numbers_that_bring_into_range() -> None:
    def fourth(x):
        return (math.hypot(1e200 * x * x, 1e200) * 1e-200) ** 4

    def cosine(x):
        return math.cos(math.hypot(1e-200 * x * x, 1e-200) / 1e-200)

    def gaussian(x):
        return math.exp(-((math.hypot(1e-200 * x * x, 1e-200) * 1e200) ** 2))

    wanted = {
        fourth: lambda x: (1 + x**4) ** 2,
        cosine: lambda x: mpmath.cos(mpmath.sqrt(1 + x**4)),
        gaussian: lambda x: mpmath.exp(-1 - x**4),
    }
    for f, exact in wanted.items():
        with mpmath.workdps(50):
            slope, bend = (float(mpmath.diff(exact, 0.5, n)) for n in (1, 2))
        for first in (grad(f), jacfwd(f)):
            assert first(0.5) == pytest.approx(slope, rel=1e-12)
        for second in (hessian(f), grad(grad(f)), jacrev(jacfwd(f)), jacfwd(jacfwd(f))):
            assert second(0.5) == pytest.approx(bend, rel=1e-11)
