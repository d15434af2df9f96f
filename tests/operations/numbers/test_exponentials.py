"""Sums of exponentials at the ends of what floats can hold."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp, softmax

from symdiff import grad, hessian, jacobian, jvp

pytestmark = pytest.mark.sampled(every=5)


def _weighted(x: Any, b: Any) -> tuple[np.ndarray, np.ndarray]:
    """The slopes of `logsumexp(x, b=b)` by `x` and by `b`, at 50 digits."""
    with mpmath.workdps(50):
        e = [mpmath.exp(mpmath.mpf(float(v))) for v in x]
        total = mpmath.fsum(mpmath.mpf(float(w)) * v for w, v in zip(b, e, strict=True) if w)
        by_x = [mpmath.mpf(float(w)) * v / total if w else 0 for w, v in zip(b, e, strict=True)]
        return np.array(by_x, float), np.array([v / total for v in e], float)


@pytest.mark.parametrize(
    ("x", "b"),
    [
        ([1.0, 5.0, 2.0], [1.0, 0.0, 2.0]),
        ([1.0, 5.0, 2.0], [0.0, 0.0, 2.0]),
        ([1000.0, 1005.0, 999.0], [1.0, 0.0, 2.0]),
        ([-2000.0, -1900.0, -2001.0], [3.0, 0.0, 2.0]),
        ([1.0, 3.0, 2.0], [1.0, -0.25, 0.0]),
        ([400.0, -np.inf, 2.0], [1.0, 0.5, 0.0]),
    ],
)
def test_weights_of_zero(x: list[float], b: list[float]) -> None:
    a, w = np.array(x), np.array(b)
    by_x, by_b = _weighted(x, b)

    def f(x, b):
        return logsumexp(x, b=b)

    for have, want in zip(grad(f, (0, 1))(a, w), (by_x, by_b), strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-12)
    t = np.array([0.3, -1.0, 0.7])
    np.testing.assert_allclose(jvp(lambda b: f(a, b), (w,), (t,))[1], by_b @ t, rtol=1e-12)
    # log(total) by b twice is minus the product of the slopes.
    np.testing.assert_allclose(hessian(f, 1)(a, w), -np.outer(by_b, by_b), rtol=1e-11)


def test_an_infinite_term_without_weight() -> None:
    x, b = np.array([1.0, np.inf, 2.0]), np.array([1.0, 0.0, 2.0])
    have = grad(lambda x: logsumexp(x, b=b))(x)
    e = b * np.exp(np.where(b == 0, 0.0, x))
    np.testing.assert_allclose(have, e / e.sum(), rtol=1e-14)


def test_weights_along_an_axis() -> None:
    x = np.array([[1.0, -4.0, 2.0], [300.0, 301.0, 800.0]])
    b = np.array([1.0, 3.0, 0.0])

    def f(x, b):
        return np.sum(logsumexp(x, axis=1, b=b, keepdims=True) * np.array([[1.0], [2.0]]))

    by_x, by_b = zip(*[_weighted(row, b) for row in x], strict=True)
    np.testing.assert_allclose(grad(f, 0)(x, b), by_x * np.array([[1.0], [2.0]]), rtol=1e-12)
    np.testing.assert_allclose(grad(f, 1)(x, b), by_b[0] + 2 * by_b[1], rtol=1e-12)
    column = np.array([[0.0], [2.0]])
    have = grad(lambda x: np.sum(logsumexp(x, axis=0, b=column)))(x)
    np.testing.assert_allclose(have, [[0.0] * 3, [1.0] * 3])


def test_the_sign_of_a_sum() -> None:
    x, b = np.array([1.0, 3.0, 2.0]), np.array([1.0, -2.0, 0.0])

    def f(x, b):
        size, sign = logsumexp(x, b=b, return_sign=True)
        return size * sign

    by_x, by_b = _weighted(x, b)
    np.testing.assert_allclose(grad(f, 0)(x, b), -by_x, rtol=1e-13)
    np.testing.assert_allclose(grad(f, 1)(x, b), -by_b, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "x", [[400.0, 0.0], [1e4, -1e4], [-800.0, -801.0], [88.0, 44.5], [3e38, 0.0]]
)
def test_softmax_of_far_logits(x: list[float], dtype: str) -> None:
    z = np.array(x, dtype)
    with mpmath.workdps(50):
        e = [mpmath.exp(mpmath.mpf(float(v)) - float(max(z))) for v in z]
        p = np.array([v / mpmath.fsum(e) for v in e], float)
    rtol = 1e-13 if dtype == "float64" else 1e-5
    slopes = np.diag(p) - np.outer(p, p)
    slopes = np.array([[p[0] * p[1], -p[0] * p[1]], [-p[0] * p[1], p[0] * p[1]]])
    tiny = 1e-300 if dtype == "float64" else 1e-37
    np.testing.assert_allclose(jacobian(softmax)(z), slopes, rtol=rtol, atol=tiny)
    np.testing.assert_allclose(jacobian(log_softmax)(z), np.eye(2) - p, rtol=rtol, atol=1e-7)
    np.testing.assert_allclose(grad(logsumexp)(z), p, rtol=rtol, atol=tiny)
