"""Linear maps and matrices of derivatives by one specialization for all lengths of an array."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.operators import transforms
from symdiff.operators.linear_maps import Linearized, Pullback
from symdiff.settings import rolling

from .free_lengths import ONE, OTHERS

LENGTHS = (30, 17, 40, 12, 33, 22, 3, 2, 1, 60, 17, 30)
WEIGHTS = [0.3, 0.6]


def vector(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed + n).uniform(0.2, 1.2, n)


def recurrent(x, w):
    h = 0.0
    y = np.zeros(len(x))
    for i in range(len(x)):
        h = math.tanh(w[0] * h + x[i] * w[1] * WEIGHTS[0])
        y[i] = h
    return y


def appended(x, w):
    found = []
    for v in x:
        found.append(w[0] * math.sin(v) if v > 0.6 else w[1] * v)
    return np.array(found)


def whole(x, w):
    return np.sin(x * w[0]) * w[1] + x


def model(w, x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = w[0] * math.exp(-w[1] * x[i])
    return y


def loss(w, x):
    s = 0.0
    for v in x:
        s += math.log(w[0] ** 2 + (v - w[1]) ** 2)
    return s


def moved(f: Any, args: list[Any], k: int, d: Any) -> Any:
    """How a function moves with one of its arguments, by central differences."""
    h = 1e-6
    ahead, back = list(args), list(args)
    ahead[k], back[k] = args[k] + h * d, args[k] - h * d
    return (np.asarray(f(*ahead)) - np.asarray(f(*back))) / (2 * h)


def count(kind: Any, f: Any, arguments: int) -> int:
    made: int = transforms._made(kind, f, arguments, False).trace_count
    return made


@pytest.fixture(autouse=True)
def anew():
    transforms._made.cache_clear()


@pytest.mark.parametrize("f", [recurrent, appended, whole], ids=lambda f: f.__name__)
def test_linear_maps_of_all_lengths(f):
    rng, w = np.random.default_rng(0), np.array([0.8, 0.5])
    maps = []
    for n in LENGTHS:
        if n == 22:  # what lies outside is read anew
            WEIGHTS[0] = 0.9
        x = vector(n)
        value, pull = sd.vjp(f, x, w)
        same, push = sd.linearize(f, x, w)
        ct = rng.normal(size=n)
        dx, dw = rng.normal(size=n), rng.normal(size=2)
        along = moved(f, [x, w], 0, dx) + moved(f, [x, w], 1, dw)
        maps.append((pull, push, ct, dx, dw, along))
        np.testing.assert_allclose(value, f(x, w), rtol=1e-14)
        np.testing.assert_array_equal(same, value)
    WEIGHTS[0] = 0.3
    for pull, push, ct, dx, dw, along in maps:  # older maps keep what is theirs
        parts = pull(ct)
        assert [p.shape for p in parts] == [dx.shape, (2,)]
        assert np.sum(ct * along) == pytest.approx(parts[0] @ dx + parts[1] @ dw, rel=1e-6)
        np.testing.assert_allclose(push(dx, dw), along, rtol=1e-5, atol=1e-8)
        again = pickle.loads(pickle.dumps(pull))
        for a, b in zip(again(ct), parts, strict=True):
            np.testing.assert_array_equal(a, b)
        with pytest.raises(sd.errors.UsageError, match=f"and \\({len(ct)},\\) is needed"):
            pull(np.ones(len(ct) + 1))
    limit = 8 if f is appended else 4  # short lists, and arms that are met one by one
    assert count(Pullback, f, 2) <= limit
    assert count(Linearized, f, 2) <= limit


@pytest.mark.parametrize("f", ONE, ids=lambda f: f.__name__)
def test_pullbacks_are_gradients(f):
    for n in LENGTHS:
        x = vector(n)
        _, pull = sd.vjp(f, x)
        np.testing.assert_allclose(pull(1.0)[0], ONE[f](x), rtol=1e-10, atol=1e-12)
    assert count(Pullback, f, 1) <= 5


@pytest.mark.parametrize("f", OTHERS, ids=lambda f: f.__name__)
def test_what_depends_on_a_length_is_right_at_each(f):
    for n in (30, 17, 9, 1, 40, 2, 17, 60):
        x = vector(n)
        _, pull = sd.vjp(f, x)
        _, push = sd.linearize(f, x)
        np.testing.assert_allclose(pull(2.0)[0], 2 * OTHERS[f](x), rtol=1e-10, atol=1e-12)
        assert push(x) == pytest.approx(OTHERS[f](x) @ x, rel=1e-10, abs=1e-12)


def test_matrices_by_parameters_of_data_of_any_length():
    slopes, curvature = sd.jacobian(model), sd.hessian(loss)
    row, square = sd.jacobian(loss, wrt=1), sd.jacobian(model, wrt=1)
    gradient = sd.grad(loss)
    for k, n in enumerate(LENGTHS):
        w, x = np.array([0.7 + 0.1 * k, 1.2]), vector(n, 5)
        e = np.exp(-w[1] * x)
        np.testing.assert_allclose(slopes(w, x), np.stack([e, -w[0] * x * e], 1), rtol=1e-13)
        d = x - w[1]
        r = w[0] ** 2 + d**2
        mixed = np.sum(4 * w[0] * d / r**2)
        exact = [
            [np.sum(2 / r - 4 * w[0] ** 2 / r**2), mixed],
            [mixed, np.sum(2 / r - 4 * d**2 / r**2)],
        ]
        np.testing.assert_allclose(curvature(w, x), exact, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(row(w, x), 2 * d / r, rtol=1e-13)
        np.testing.assert_allclose(square(w, x), np.diag(-w[1] * w[0] * e), rtol=1e-13)
        np.testing.assert_allclose(gradient(w, x)[0], np.sum(2 * w[0] / r), rtol=1e-13)
    assert max(g.trace_count for g in (slopes, curvature, row)) <= 4


def test_without_loops_that_stay_loops():
    w = np.array([0.8, 0.5])
    found = []
    for rolls in (True, False):
        transforms._made.cache_clear()
        with rolling(rolls):
            found.append([sd.vjp(recurrent, vector(n), w)[1](vector(n, 1)) for n in (30, 12, 17)])
    for one, other in zip(*found, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)


def test_numbers_beyond_the_range_of_floats():
    def f(x):
        s = 0.0
        for v in x:
            s += v * v
        return s

    for n in (30, 17, 40):
        x = np.full(n, 1e200)
        with np.errstate(over="ignore"):
            _, pull = sd.vjp(f, x)
            np.testing.assert_allclose(pull(1.0)[0], 2 * x)
