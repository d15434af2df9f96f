"""Elements that are read and written in one line: the cotangent of each is left where it is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from symdiff import grad, vjp
from symdiff.settings import rolling


def changed(x, places):
    y = x * 1.0
    for i, j, k in places:
        y[i] = y[i] - y[j] * y[k]
        y[j] = y[j] / (1.0 + y[k] * y[k])
    return y


def eliminated(a, n):
    a = a * 1.0
    for k in range(n):
        for i in range(n):
            a[i, k] = a[i, k] / (2.0 + a[k, k])
            for j in range(n):
                a[i, j] = a[i, j] - a[i, k] * a[k, j]
    return a


def kept_besides(x):
    y = x * 1.0
    total = 0.0
    for i in range(2, len(x)):
        before = y[i]
        y[i] = np.cos(y[i - 1] * y[i - 2])
        total += before * y[i] * y[i - 2]
        y[i - 2] = before - 0.5 * y[i]
    return total + y[0] * y[-1]


PLACES = [
    list(itertools.product(range(2), repeat=3)),
    [(0, 0, 0), (1, 1, 0), (0, 1, 1), (2, 0, 2), (2, 2, 2), (0, 2, 0)],
    [(i % 3, (i * i) % 3, (2 * i) % 3) for i in range(12)],
]


def difference(f, x, towards):
    step = 1e-6
    return (f(x + step * towards) - f(x - step * towards)) / (2 * step)


@pytest.mark.parametrize("whether", [True, False])
def test_places_that_coincide(whether):
    rng = np.random.default_rng(3)
    for places in PLACES:
        x, towards, weights = rng.uniform(0.2, 0.8, (3, 3))
        with rolling(whether):
            value, back = vjp(lambda x, p=places: changed(x, p), x)
            (found,) = back(weights) if isinstance(back(weights), tuple) else (back(weights),)
        np.testing.assert_allclose(value, changed(x, places), rtol=1e-13)
        expected = weights @ difference(lambda x, p=places: changed(x, p), x, towards)
        assert found @ towards == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_rows_that_coincide_with_themselves():
    rng = np.random.default_rng(4)

    def total(a, n):
        return np.sum(np.cos(eliminated(a, n)))

    g = grad(total)
    for n in (11, 4, 1, 12):
        a, towards = rng.uniform(-0.4, 0.4, (2, 12, 12))
        with rolling(True):
            found = g(a, n)
        expected = difference(lambda a, n=n: total(a, n), a, towards)
        assert np.sum(found * towards) == pytest.approx(expected, rel=1e-5)


def test_what_is_read_before_a_write_is_what_was_there():
    rng = np.random.default_rng(5)
    g = grad(kept_besides)
    for n in (30, 12, 3, 40):
        x, towards = rng.uniform(0.4, 1.2, (2, n))
        with rolling(True):
            found = g(x)
        expected = difference(kept_besides, x, towards)
        assert found @ towards == pytest.approx(expected, rel=1e-6)


def test_the_cotangent_of_a_changed_element_is_left_where_it_is():
    with rolling(True):
        text = grad(lambda a: np.sum(np.cos(eliminated(a, 12)))).generated_source(np.ones((12, 12)))
    assert "] = 0.0" not in text
