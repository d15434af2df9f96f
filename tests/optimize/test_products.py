"""Products are as short as can be, sums come before products of matrices, and values stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autograd import grad as autograd_grad
from autograd import numpy as anp

from symdiff import grad, primitive, value_and_grad

from ..comparing import same

RNG = np.random.default_rng(11)


def shares(np: Any, x: Any, y: Any) -> Any:
    part = 1.0 - np.sum(x) * 1e-3
    return np.sum(x * np.log(x / part)) * np.sum(y)


def squares_of_rows(np: Any, x: Any, y: Any) -> Any:
    scaled = np.dot(x, y)
    inner = np.sum(y) - 0.5 * np.sum(scaled**2, axis=1)
    top = np.max(inner)
    return top + np.log(np.sum(np.exp(inner - top)))


def columns(np: Any, x: Any, y: Any) -> Any:
    e = np.exp(np.dot(x, y) - 1.0)
    return np.sum(np.cos(np.log(np.sum(e, axis=0)))) + np.sum(np.log(np.sum(e, axis=1)))


def biased(np: Any, x: Any, y: Any) -> Any:
    hidden = np.tanh(np.dot(x + np.sum(y, axis=1), y))
    return np.sum(np.dot(hidden + np.sum(x), y.T) ** 2)


def spread(np: Any, x: Any, y: Any) -> Any:
    centred = x - np.sum(x, axis=0) / 7.0
    return 2.0 * (0.005 * np.sum(x * x)) + np.sum(np.dot(centred, y) / -np.sqrt(np.sum(x**2)))


def signs(np: Any, x: Any, y: Any) -> Any:
    below = -np.sum(-np.negative(-x) * 1.0 / 1.0)
    return -np.sum(-x * -np.sum(-y)) / below + np.sum(np.sin(-y) * -2.0)


FUNCTIONS = [shares, squares_of_rows, columns, biased, spread, signs]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradients_are_those_of_autograd(f: Any) -> None:
    def plain(x, y):
        return f(np, x, y)

    g, values = grad(plain, (0, 1)), value_and_grad(plain, (0, 1))
    oracle = autograd_grad(lambda x, y: f(anp, x, y), (0, 1))
    for n, m in ((30, 20), (3, 4), (30, 20), (2, 3), (5, 40)):
        x, y = RNG.random(size=(n, m)) + 0.1, RNG.random(size=(m, m)) / m
        for mine, theirs in zip(g(x, y), oracle(x, y), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)
        value, slopes = values(x, y)
        assert same(value, plain(x, y))
        for mine, theirs in zip(slopes, g(x, y), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-13)


def test_the_cotangent_of_a_logarithm_cancels() -> None:
    def f(x):
        return np.sum(x * np.log(x / (1.0 - np.sum(x))))

    g = grad(f)
    x = RNG.random(size=200) / 300.0
    left = 1.0 - np.sum(x)
    np.testing.assert_allclose(g(x), np.log(x / left) + 1.0 + np.sum(x) / left, rtol=1e-13)
    text = g.generated_source(x)
    assert text.count("/") == 2  # what the logarithm is of, and the sum over what is left
    x[3] = 0.0
    with np.errstate(all="ignore"):
        assert not np.isfinite(f(x))
    assert not np.isfinite(g(x)[3])


def test_what_divides_by_itself_may_be_no_number() -> None:
    g = grad(lambda x: np.sum(np.log(np.sum(np.exp(x), axis=1))))
    x = np.zeros((30, 40))
    np.testing.assert_allclose(g(x), np.full((30, 40), 1.0 / 40))
    for bad in (np.inf, np.nan, 709.7):
        x = np.zeros((30, 40))
        x[7, :2] = bad  # the sum of this row is no float
        found = g(x)
        assert np.isnan(found[7]).any()
        np.testing.assert_allclose(np.delete(found, 7, 0), 1.0 / 40)


def test_constants_in_the_users_own_products_stay() -> None:
    def f(x):
        return np.sum(np.exp(-x * x / 3.0))

    x = RNG.normal(size=300)
    text = grad(f).generated_source(x)
    assert "0.333" not in text
    np.testing.assert_allclose(grad(f)(x), -x * x / 3.0 * 0 - 2.0 / 3.0 * x * np.exp(-x * x / 3.0))


def test_rows_are_added_up_before_they_are_multiplied() -> None:
    def f(b, w, x):
        return np.sum(np.sin(x) @ w.T * 1.5 + (np.sin(x) + b) @ w)

    x, b, w = RNG.normal(size=(50, 8)), RNG.normal(size=8), RNG.normal(size=(8, 8))
    np.testing.assert_allclose(grad(f)(b, w, x), 50 * np.sum(w, axis=1), rtol=1e-12, atol=1e-11)

    def layers(b, w, x):
        return np.sum(np.cos((x + b) @ w))

    text = grad(layers).generated_source(b, w, x)
    wanted = -np.sum(np.sin((x + b) @ w) @ w.T, axis=0)
    np.testing.assert_allclose(grad(layers)(b, w, x), wanted, rtol=1e-11, atol=1e-12)
    assert text.index("rt.ones") < text.rindex(" @ ")


def test_values_that_are_made_of_nothing() -> None:
    @primitive
    def offset():
        return np.full(300, 2.0)

    def f(x):
        return np.sum(x * offset() / (1.0 + x * x))

    x = RNG.normal(size=300)
    wanted = 2.0 * (1.0 - x * x) / (1.0 + x * x) ** 2
    np.testing.assert_allclose(grad(f)(x), wanted, rtol=1e-12, atol=1e-14)


def test_squares_of_a_large_array_are_not_made_to_be_added_up() -> None:
    def f(x):
        return np.sum(np.exp(-0.5 * np.sum(x**2, axis=2)) * 3.0)

    g = grad(f)
    for shape in ((20, 700, 10), (20, 700, 3), (2, 3, 10)):
        x = RNG.normal(size=shape)
        wanted = -3.0 * x * np.exp(-0.5 * np.sum(x**2, axis=2))[:, :, None]
        np.testing.assert_allclose(g(x), wanted, rtol=1e-12, atol=1e-14)
        text = g.generated_source(x)
        assert ("einsum" in text) == (shape == (20, 700, 10))
