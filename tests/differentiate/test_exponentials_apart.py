"""Quotients of exponentials that were computed in statements of their own, far out."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import grad, hessian, jacfwd, value_and_grad

pytestmark = pytest.mark.sampled(every=5)


def share(x):
    e = math.exp(x)
    return e / (1 + e)


def in_three(x):
    e = np.exp(x)
    s = 1 + e
    y = e / s
    return y


def logistic(x):
    e = math.exp(-x)
    return 1 / (1 + e)


def halved(x):
    e = np.exp(-x / 2.0)
    d = 1.0 + e
    y = 1.0 / d
    return y


def odds(x):
    e = np.exp(x)
    return (e - 1) / (e + 1)


def tangent(x):
    p = np.exp(x)
    m = np.exp(-x)
    return (p - m) / (p + m)


def planck(x):
    e = math.exp(x)
    return x**3 / (e - 1)


def two_levels(x):
    a = math.exp(x)
    b = math.exp(0.5 * x)
    return a / (a + b)


def negative_power(x):
    e = math.exp(x)
    return (1 + e) ** -1


def helped(x):
    def weight(v):
        return np.exp(v)

    w = weight(2 * x)
    return np.reciprocal(1 + w) * 3


EXACT: list[tuple[Any, Any]] = [
    (share, lambda x: 1 / (1 + mpmath.exp(-x))),
    (in_three, lambda x: 1 / (1 + mpmath.exp(-x))),
    (logistic, lambda x: 1 / (1 + mpmath.exp(-x))),
    (halved, lambda x: 1 / (1 + mpmath.exp(-x / 2))),
    (odds, lambda x: mpmath.tanh(x / 2)),
    (tangent, mpmath.tanh),
    (planck, lambda x: x**3 / (mpmath.exp(x) - 1)),
    (two_levels, lambda x: 1 / (1 + mpmath.exp(-x / 2))),
    (negative_power, lambda x: 1 / (1 + mpmath.exp(x))),
    (helped, lambda x: 3 / (1 + mpmath.exp(2 * x))),
]


@pytest.mark.parametrize("k", range(len(EXACT)))
def test_both_orders(k: int) -> None:
    f, exact = EXACT[k]
    first, second = grad(f), (grad(grad(f)), jacfwd(jacfwd(f)), jacfwd(grad(f)))[k % 3]
    with mpmath.workdps(800):
        for x in (-340.0, 340.0, -36.0, 36.0, 0.7, -3.0):
            wants = [mpmath.diff(exact, mpmath.mpf(x), order) for order in (1, 2)]
            for g, want in zip((first, second), wants, strict=True):
                assert float(g(x)) == pytest.approx(float(want), rel=1e-11, abs=1e-300)


def test_the_value_is_computed_once() -> None:
    text = value_and_grad(share).source(0.5)
    assert text.count("math.exp") == 1
    assert value_and_grad(share)(0.5)[0] == share(0.5)


def test_arrays_and_single_precision() -> None:
    def f(x):
        e = np.exp(x)
        return np.sum(e / (1 + e))

    x = np.array([-300.0, 0.0, 300.0])
    want = np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))) ** 2
    np.testing.assert_allclose(grad(f)(x), want, rtol=1e-13)
    single = grad(f)(np.array([-44.0, 44.0], np.float32))
    np.testing.assert_allclose(single, np.exp(-44.0), rtol=1e-5)
    assert single.dtype == np.float32
    assert np.all(np.diagonal(hessian(f)(x))[[0, 2]] * [1, -1] > 0)
