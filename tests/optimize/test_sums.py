"""Sums are pushed into products, and what spreads a cotangent of zero is left out."""

import math
from typing import Any

import numpy as np
import pytest
from autograd import grad as autograd_grad
from autograd import numpy as anp

from symdiff import grad, hessian, value_and_grad

from ..comparing import same

RNG = np.random.default_rng(3)


def log_sum_exp(np: Any, x: Any) -> Any:
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def rows(np: Any, x: Any) -> Any:
    top = np.max(x, axis=1)
    return np.sum(top + np.log(np.sum(np.exp(x - top[:, None]), axis=1)))


def columns(np: Any, x: Any) -> Any:
    top = np.max(x, axis=0)
    return np.sum(np.cos(top + np.log(np.sum(np.exp(x - top), axis=0))))


def kept(np: Any, x: Any) -> Any:
    top = np.max(x, axis=1, keepdims=True)
    e = np.exp(x - top)
    return np.sum(np.log(np.sum(e, axis=1, keepdims=True)) * np.sum(x, axis=1, keepdims=True))


def shares(np: Any, x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.sum((e / np.sum(e, axis=1, keepdims=True)) ** 2)


def normalized(np: Any, x: Any) -> Any:
    means = np.sum(x, axis=0) / x.shape[0]
    centred = x - means
    return np.sum(np.sin(centred / np.sqrt(np.sum(centred**2, axis=0) + 1.0)))


def scaled(np: Any, x: Any) -> Any:
    weights = np.sum(x * x, axis=1)
    return np.sum(-3.0 * weights[:, None] * np.sin(x) / (1.0 + np.sum(x**2, axis=0)))


def quadratic(np: Any, x: Any) -> Any:
    distances = x[:, None, :] - np.tanh(x[None, :, :])
    return np.sum(np.exp(-0.5 * np.sum(distances**2, axis=2)))


FUNCTIONS = [rows, columns, kept, shares, normalized, scaled, quadratic]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients_are_those_of_autograd(f: Any) -> None:
    def plain(x):
        return f(np, x)

    g, values = grad(plain), value_and_grad(plain)
    oracle = autograd_grad(lambda x: f(anp, x))
    for shape in ((30, 20), (3, 4), (30, 20), (40, 2), (1, 5), (5, 1), (2, 300)):
        x = RNG.normal(size=shape)
        np.testing.assert_allclose(g(x), oracle(x), rtol=1e-9, atol=1e-11)
        value, slope = values(x)
        assert same(value, plain(x), 1.0)
        np.testing.assert_allclose(slope, g(x), rtol=1e-12, atol=1e-13)


def test_a_number_taken_away_before_exponentials_spreads_nothing() -> None:
    def f(x):
        return log_sum_exp(np, x)

    g = grad(f)
    for x in (RNG.normal(size=500), np.zeros(500), 1e3 + RNG.normal(size=500)):
        e = np.exp(x - np.max(x))
        np.testing.assert_allclose(g(x), e / np.sum(e), rtol=1e-14)
        assert "==" not in g.generated_source(x).split("\n    top = ")[1]
    g_rows = grad(lambda x: rows(np, x))
    x = RNG.normal(size=(50, 20))
    e = np.exp(x - np.max(x, axis=1)[:, None])
    np.testing.assert_allclose(g_rows(x), e / np.sum(e, axis=1)[:, None], rtol=1e-13)
    assert "where" not in g_rows.generated_source(x)


def test_numbers_that_are_not_finite_stay_so() -> None:
    g = grad(lambda x: log_sum_exp(np, x))
    for bad in (np.inf, np.nan):
        x = np.zeros(200)
        x[7] = bad
        assert np.isnan(g(x)).any()


def test_a_largest_number_that_counts_is_still_shared() -> None:
    def f(x):
        top = np.max(x, axis=1)
        return np.sum(top * top) + np.sum(np.log(np.sum(np.exp(x - top[:, None]), axis=1)))

    x = np.floor(4 * RNG.random(size=(40, 30)))
    top = np.max(x, axis=1)
    e = np.exp(x - top[:, None])
    mask = x == top[:, None]
    wanted = e / np.sum(e, axis=1)[:, None]
    wanted = wanted + (2 * top - 1)[:, None] * mask / np.sum(mask, axis=1)[:, None]
    np.testing.assert_allclose(grad(f)(x), wanted, rtol=1e-12)


def test_what_the_function_decides_by_is_computed_as_it_computes_it() -> None:
    def f(x):
        sums = np.sum(x**2, axis=1)
        return np.sum(np.where(sums > bound, 3.0, 1.0)[:, None] * x)

    x = RNG.normal(size=(64, 10))
    for bound in np.sum(x**2, axis=1):
        wanted = np.where(np.sum(x**2, axis=1) > bound, 3.0, 1.0)[:, None] + 0.0 * x
        np.testing.assert_array_equal(grad(f)(x), wanted)


def test_second_derivatives() -> None:
    h = hessian(lambda x: log_sum_exp(np, x))
    x = RNG.normal(size=12)
    p = np.exp(x - np.max(x))
    p /= p.sum()
    np.testing.assert_allclose(h(x), np.diag(p) - np.outer(p, p), atol=1e-14)


def test_differences_of_infinities_that_are_returned() -> None:
    def f(x):
        a = 1.0 / x
        return np.sum(a - a + x, axis=0), np.sum(a, axis=0)

    x = RNG.normal(size=(30, 10))
    x[3, 4] = 0.0
    with np.errstate(all="ignore"):
        value, _ = value_and_grad(lambda x: np.sum(f(x)[0]))(x)
    assert np.isnan(value)


def test_what_is_added_to_itself_is_doubled() -> None:
    x = RNG.normal(size=1000)
    g = grad(lambda x: 2 * np.dot(x, x))
    np.testing.assert_array_equal(g(x), 4.0 * x)
    assert "c_4*x" in g.generated_source(x)
    assert "within_range" not in g.generated_source(x)
    h = grad(lambda x: np.dot(np.sin(x), np.sin(x)) + x @ x)
    np.testing.assert_allclose(h(x), np.sin(2 * x) + 2 * x, rtol=1e-13, atol=1e-15)


def test_a_function_of_the_same_numbers_is_computed_once() -> None:
    def f(x):
        u = np.exp(np.sin(x))
        return np.sum(np.sin(u) * x + np.where(x > 0, np.sqrt(np.abs(x) + 1.0), 0.0))

    def g(a, b):
        return math.sin(a * b) * math.exp(math.cos(a * b)) if a > 0 else math.log(a + 2.0)

    x = RNG.normal(size=300)
    text = grad(f).generated_source(x)
    assert text.count("numpy.sin(") == 2
    assert text.count("numpy.cos(") == 2
    oracle = autograd_grad(lambda x: f_of(anp, x))
    np.testing.assert_allclose(grad(f)(x), oracle(x), rtol=1e-12, atol=1e-14)
    both = grad(g, (0, 1))
    for a, b in ((0.5, 2.0), (-1.0, 3.0), (0.7, -2.0)):
        s, c, e = math.sin(a * b), math.cos(a * b), math.exp(math.cos(a * b))
        inner = c * e - s * s * e
        wanted = (b * inner, a * inner) if a > 0 else (1 / (a + 2.0), 0.0)
        np.testing.assert_allclose(both(a, b), wanted, rtol=1e-13)


def f_of(np: Any, x: Any) -> Any:
    u = np.exp(np.sin(x))
    return np.sum(np.sin(u) * x + np.where(x > 0, np.sqrt(np.abs(x) + 1.0), 0.0))
