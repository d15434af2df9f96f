"""Functions in several statements, whose slopes on the way leave the range of floats or cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import special

import symdiff as sd

pytestmark = pytest.mark.sampled(every=7)


def in_two(x):
    e = np.exp(x)
    return e / (1 + e)


def in_three(x):
    e = np.exp(-x)
    d = 1 + e
    return 1 / d


def with_base_two(x):
    e = np.exp2(x)
    total = e + 1
    return e / total


def log_of_logistic(x):
    p = 1 / (1 + np.exp(-x))
    return np.log(p)


def log_of_expit(x):
    p = special.expit(x)
    return np.log(p)


def softplus(x):
    e = np.exp(x)
    return np.log(1 + e)


def silu(x):
    e = np.exp(-x)
    return x / (1 + e)


def branched(x):
    e = np.exp(x)
    if x > 0:
        return e / (2 + e)
    return e * e


def looped(x):
    total = 0.0
    for k in range(2):
        e = np.exp(x + k)
        total += e / (1 + e)
    return total


def sin_over(x):
    s = np.sin(x)
    return s / x


def under_tanh(x):
    t = np.tanh(x)
    return x / t


def one_minus_cos(x):
    c = 1 - np.cos(x)
    return c / x**2


@pytest.mark.parametrize(
    ("f", "exact", "x"),
    [
        (in_two, lambda x: 1 / (1 + mp.exp(-x)), 400.0),
        (in_two, lambda x: 1 / (1 + mp.exp(-x)), 700.0),
        (in_two, lambda x: 1 / (1 + mp.exp(-x)), -40.0),
        (in_three, lambda x: 1 / (1 + mp.exp(-x)), -700.0),
        (with_base_two, lambda x: 1 / (1 + mp.mpf(2) ** -x), 900.0),
        (log_of_logistic, lambda x: -mp.log1p(mp.exp(-x)), -400.0),
        (log_of_expit, lambda x: -mp.log1p(mp.exp(-x)), -300.0),
        (softplus, lambda x: mp.log1p(mp.exp(x)), 40.0),
        (softplus, lambda x: mp.log1p(mp.exp(x)), 700.0),
        (silu, lambda x: x / (1 + mp.exp(-x)), -700.0),
        (branched, lambda x: 1 / (1 + 2 * mp.exp(-x)), 600.0),
        (looped, lambda x: sum(1 / (1 + mp.exp(-x - k)) for k in range(2)), 500.0),
        (sin_over, lambda x: mp.sin(x) / x, 1e-6),
        (under_tanh, lambda x: x / mp.tanh(x), 1e-6),
        (one_minus_cos, lambda x: (1 - mp.cos(x)) / x**2, 1e-2),
    ],
)
def test_both_orders_in_both_modes(
    f: Callable[[Any], Any], exact: Callable[[Any], Any], x: float
) -> None:
    with mp.workdps(700):
        first, second = (float(mp.diff(exact, mp.mpf(x), n, h=mp.mpf(10) ** -200)) for n in (1, 2))
    along = lambda v: sd.jvp(f, (v,), (1.0,))[1]
    gradient = sd.grad(f)
    assert gradient(x) == pytest.approx(first, rel=1e-11, abs=0)
    assert along(x) == pytest.approx(first, rel=1e-11, abs=0)
    assert sd.grad(gradient)(x) == pytest.approx(second, rel=1e-10, abs=0)
    assert sd.jvp(gradient, (x,), (1.0,))[1] == pytest.approx(second, rel=1e-10, abs=0)
    assert sd.grad(along)(x) == pytest.approx(second, rel=1e-10, abs=0)


def test_arrays_and_one_variable_read_twice() -> None:
    def f(x):
        e = np.exp(x)
        d = 1 + e
        return np.sum(e / d + 1 / d + x / d)

    x = np.array([-600.0, -2.0, 0.0, 3.0, 600.0])
    s = special.expit(-x)
    assert sd.grad(f)(x) == pytest.approx(s - x * s * (1 - s), rel=1e-12, abs=1e-300)


def test_a_variable_that_is_differentiated_by_is_not_seen_through() -> None:
    def f(x, w):
        e = np.exp(x)
        return w / (1 + e) + sd.grad(lambda e: e / (1 + e))(e)

    e = np.exp(0.3)
    wanted = -2.0 * e / (1 + e) ** 2 - 2 * e / (1 + e) ** 3
    assert sd.grad(f)(0.3, 2.0) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("size", [1e-20, 1e30])
def test_a_shared_power_below_a_quotient(size: float) -> None:
    """`t = x**2; y/t`: the slope of `1/t` by `t` is out of range where that by `x` is not."""
    f = lambda p: p[0] / p[1] ** 4
    point = np.array([size**3, size**2])
    y, x = (mp.mpf(v) for v in point)
    wanted = [[0, -4 / x**5], [-4 / x**5, 20 * y / x**6]]
    wanted = np.array([[float(v) for v in row] for row in wanted])
    for hessian in (sd.hessian(f)(point), sd.jacrev(sd.grad(f))(point)):
        assert hessian == pytest.approx(wanted, rel=1e-12, abs=0)


def test_weights_of_any_size() -> None:
    """`w/sum(w)`: the reciprocal of the sum is differentiated with what it is multiplied by."""
    f = lambda p: np.sum(p[0] * p[1]) / np.sum(p[1])
    at = lambda size: sd.hessian(f)(np.array([[1.0, 3.0], [size, 2 * size]]))
    for size in (1e-140, 1e140):
        assert at(size)[0, :, 1] * size == pytest.approx(at(1.0)[0, :, 1], rel=1e-12)
