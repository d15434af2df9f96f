"""Gradients of large functions: their memory, their number of statements, their sums."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.compile.lifetimes import Lifetimes

pytestmark = pytest.mark.sampled(every=11)


def central(f, x, k, step=1e-6):
    ahead, behind = x.copy(), x.copy()
    ahead[k] += step
    behind[k] -= step
    return (f(ahead) - f(behind)) / (2 * step)


def squares(x):
    total = 0.0
    for i in range(len(x)):
        total = total + 0.5 * x[i] ** 2
    return total


def test_a_loop_over_elements_has_a_linear_gradient():
    lines = {n: len(grad(squares).program(np.ones(n))) for n in (100, 200)}
    assert lines[200] < 2.1 * lines[100]
    assert "tolist" in grad(squares).generated_source(np.ones(20))
    assert "scatter" not in grad(squares).generated_source(np.ones(100))
    x = np.random.default_rng(0).normal(size=100)
    np.testing.assert_array_equal(grad(squares)(x), x)


def test_elements_counted_from_both_ends():
    def f(x):
        return x[0] * x[-1] + x[2] * x[1] + 3.0 * x[-3]

    np.testing.assert_array_equal(grad(f)(np.array([1.0, 2.0, 5.0])), [8.0, 5.0, 3.0])


def test_a_few_elements_of_many():
    def f(x):
        return x[0] * x[700] + x[-1] ** 2

    x = np.arange(1000.0)
    expected = np.zeros(1000)
    expected[[0, 700, -1]] = [700.0, 0.0, 1998.0]
    np.testing.assert_array_equal(grad(f)(x), expected)


def test_elements_of_a_matrix():
    def f(a):
        return a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]

    np.testing.assert_array_equal(grad(f)(np.array([[1.0, 2.0], [3.0, 4.0]])), [[4, -3], [-2, 1]])


def test_parts_that_meet_and_parts_that_tile():
    def meet(x):
        return np.sum(x[1:] * x[:-1]) + x[0]

    def tile(x):
        return np.sum(x[:2] ** 2) + np.sum(x[2:] ** 3)

    x = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(grad(meet)(x), [3.0, 4.0, 6.0, 3.0])
    np.testing.assert_array_equal(grad(tile)(x), [2.0, 4.0, 27.0, 48.0])


def test_float32_stays_float32():
    def f(x):
        return x[0] * x[1] + np.sum(x[1:] ** 2)

    found = grad(f)(np.array([1.0, 2.0, 3.0], np.float32))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [2.0, 5.0, 6.0])


def test_writes_in_place_keep_what_is_still_read():
    def f(x):
        y = np.zeros(600)
        y[:] = x
        before = y.copy()
        view = y[10:20]
        for k in range(5):
            y[k] = np.sin(y[k + 1]) * before[k]
        y[10] = y[11] * 2.0
        return np.sum(y * before) + np.sum(view**2)

    x = np.random.default_rng(0).normal(size=600)
    found = grad(f)(x)
    for k in (0, 1, 3, 5, 6, 10, 11, 12, 599):
        assert found[k] == pytest.approx(central(f, x, k), rel=1e-6, abs=1e-8)
    np.testing.assert_array_equal(grad(f)(x), found)


def test_a_running_sum_does_not_touch_what_others_read():
    def f(w, x):
        h = x
        kept = []
        for _ in range(4):
            h = np.tanh(h @ w)
            kept.append(h)
        return sum(np.sum(k * w[:, 0]) for k in kept) + np.sum(w**2)

    rng = np.random.default_rng(0)
    w, x = 0.2 * rng.normal(size=(30, 30)), rng.normal(size=(30, 30))
    found = grad(f)(w, x)
    direction = rng.normal(size=w.shape)
    step = 1e-6
    expected = (f(w + step * direction, x) - f(w - step * direction, x)) / (2 * step)
    assert np.sum(found * direction) == pytest.approx(expected, rel=1e-6)
    np.testing.assert_array_equal(grad(f)(w, x), found)


def test_memory_does_not_grow_with_every_statement():
    def f(x):
        for _ in range(40):
            x = x + 0.25
        return np.sum(x)

    x = np.zeros(100_000)
    g = value_and_grad(f)
    g(x)
    tracemalloc.start()
    try:
        g(x)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * x.nbytes


@pytest.mark.parametrize("seed", range(30))
def test_memory_is_shared_only_where_nobody_can_tell(seed, monkeypatch):
    """Random writes through views and aliases: in place or not, the gradient is the same."""
    f = writes_at_random(seed)
    x = np.random.default_rng(seed).normal(size=520)
    before = x.copy()
    g = value_and_grad(f)
    value, found = g(x)
    again, same = g(x)
    np.testing.assert_array_equal(x, before)
    assert value == again == pytest.approx(f(before.copy()), rel=1e-12)
    np.testing.assert_array_equal(found, same)

    original = Lifetimes.__init__

    def without_sharing(self, *args, **more):
        original(self, *args, **more)
        self.in_place = set()
        self.reused = {}
        self._forget = {}

    monkeypatch.setattr(Lifetimes, "__init__", without_sharing)
    _, expected = value_and_grad(f)(x)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def writes_at_random(seed):
    kinds = np.random.default_rng(seed).integers(0, 9, size=12)
    places = np.random.default_rng(seed + 1).integers(1, 500, size=12)

    def f(x):
        a, b = np.zeros(520), np.sin(x)
        arrays = [a, b]
        total = 0.0
        for k in range(12):
            kind, place = int(kinds[k]), int(places[k])
            v, w = arrays[place % len(arrays)], arrays[(place + kind) % len(arrays)]
            if kind == 0:
                arrays.append(v * w + 0.5)
            elif kind == 1:
                arrays.append(v[::-1])
            elif kind == 2:
                arrays.append(v.reshape(2, -1).T.ravel())
            elif kind == 3:
                v[place] = np.sin(w[place - 1])
            elif kind == 4:
                v[2:300] = w[1:299] * 0.5
            elif kind == 5:
                v += w * 0.25
            elif kind == 6:
                v[1:] *= 0.5
            elif kind == 7:
                total = total + v[place] * w[-place]
            else:
                total = total + np.sum(v[::3] ** 2)
        return total + sum(np.sum(np.sin(v)) for v in arrays)

    return f


def test_a_history_of_states_has_a_linear_gradient():
    def f(x):
        states = np.zeros((60, len(x)))
        v = x
        for k in range(60):
            v = v + 0.1 * np.sin(v)
            states[k] = v
        return np.sum(states**2)

    x = np.random.default_rng(0).normal(size=20)
    found = grad(f)(x)
    for k in (0, 7, 19):
        assert found[k] == pytest.approx(central(f, x, k), rel=1e-6)
    text = grad(f).generated_source(x)
    assert text.count("setitem") <= 4  # the rest is written in place


def test_a_maximum_costs_nothing_where_nothing_is_infinite() -> None:
    """The gradient of a softmax is as one would write it, without a choice at every line before."""

    def loss(w: Any, x: Any) -> Any:
        scores = np.tanh(x @ w) @ w
        scores = scores - np.amax(scores, axis=1, keepdims=True)
        return np.sum(scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True)))

    text = str(grad(loss).program(np.eye(3) + 0.1, np.arange(6.0).reshape(2, 3)))
    assert "!=" not in text
    assert text.count(" if ") == 1  # the maximum itself


def test_a_large_system_is_solved_once_more_for_its_gradient() -> None:
    def norm(a: Any, b: Any) -> Any:
        return np.sum(np.linalg.solve(a, b) ** 2)

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(500, 500)) + 30 * np.eye(500), rng.normal(size=500)
    g = grad(norm, (0, 1))
    program = str(g.program(a, b))
    assert program.count("solve(") == 2
    assert len(program.splitlines()) <= 10
    of_a, of_b = g(a, b)
    x = np.linalg.solve(a, b)
    y = np.linalg.solve(a.T, 2 * x)
    np.testing.assert_allclose(of_b, y, rtol=1e-10)
    np.testing.assert_allclose(of_a, -np.outer(y, x), rtol=1e-9, atol=1e-14)


def _views_of_what_is_written(x, k):
    b = np.sin(x)
    s = 0.0
    for i in range(2):
        if b[i] > k[i]:
            s = s + b[3] * b[4]
        else:
            s = s + np.sum(b[::3] ** 2)
    b[3] = s
    return np.sum(b * b) + s


def test_a_view_that_an_arm_hands_to_the_way_back_is_not_written_to():
    x, h = np.linspace(0.1, 0.9, 300), 1e-6
    g = grad(_views_of_what_is_written, wrt="x")
    direction = np.cos(np.arange(300.0))
    for k in ([0.0, 5.0], [5.0, 0.0], [5.0, 5.0], [0.0, 0.0]):
        bounds = np.array(k)
        up, down = (_views_of_what_is_written(x + d * direction, bounds) for d in (h, -h))
        assert g(x, bounds) @ direction == pytest.approx((up - down) / (2 * h), rel=1e-5)
