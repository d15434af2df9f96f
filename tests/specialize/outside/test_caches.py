"""`functools.cache` and `lru_cache` on what is differentiated: a body runs once for each key."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from symdiff import UnsupportedError, grad, value_and_grad

from .worlds import World, check_world

pytestmark = pytest.mark.sampled(every=3)


@pytest.mark.parametrize("size", [None, 1, 2])
def test_a_cached_function_made_inside(size: int | None) -> None:
    def make() -> World:
        def f(x: Any) -> Any:
            calls = []

            @functools.lru_cache(maxsize=size)
            def h(y: Any, k: int = 1) -> Any:
                calls.append(k)
                return y * y * k

            r = h(x) * h(x + 1) * h(x, k=2) * h(x) + h(2, 3) * h(2, 3)
            info = h.cache_info()
            h.cache_clear()
            return r * len(calls) + info.hits - 2 * info.misses + h(x) * info.currsize

        return f, list

    check_world(make, [1.5, 0.5, 1.5])


def test_a_memoised_recursion_is_followed_once_for_each_key() -> None:
    @functools.cache
    def h(n: int, x: Any) -> Any:
        return x if n < 2 else h(n - 1, x) * 0.5 + h(n - 2, x)

    def f(x: Any) -> Any:
        return h(60, x) * x

    slope = f(1.0)
    assert grad(f)(3.0) == pytest.approx(6 * slope)


def test_keys_that_happen_to_be_equal() -> None:
    @functools.cache
    def h(v: Any) -> Any:
        return v * v

    def f(x: Any) -> Any:
        return h(x) * h(2.0)

    g = value_and_grad(f)
    for x in (1.5, 2.0, 1.5, 2.0):
        assert g(x) == pytest.approx((4 * x * x, 8 * x))


def test_integers_from_outside_use_the_cache_that_is_there() -> None:
    def make() -> World:
        seen: list[int] = []
        state = {"n": 3}

        @functools.cache
        def factorial(n: int) -> int:
            seen.append(n)
            return 1 if n == 0 else n * factorial(n - 1)

        def f(x: Any) -> Any:
            state["n"] += 1
            return x**2 * factorial(state["n"])

        return f, lambda: [seen, state, tuple(factorial.cache_info())]

    check_world(make, [1.5, 0.5])


def test_effects_of_a_function_that_keeps_its_results_are_refused() -> None:
    seen: list[Any] = []

    @functools.cache
    def h(v: Any) -> Any:
        seen.append(v)
        return v * v

    def f(x: Any) -> Any:
        return h(x) * h(x)

    with pytest.raises(UnsupportedError, match="keeps its results"):
        grad(f)(1.5)
    assert seen == []


def test_what_cannot_be_a_key() -> None:
    @functools.cache
    def h(v: Any) -> Any:
        return v[0]

    def f(x: Any) -> Any:
        try:
            return h([x])
        except TypeError:
            return x * 3

    assert grad(f)(1.5) == 3


def test_one_element_read_twice_is_one_key() -> None:
    def f(x, v):
        count = [0.25]

        @functools.lru_cache
        def h(t, u=0.5):
            count.append(count[-1] * 0.5)
            return math.sin(t) + u

        return h(x, v[0]) + h(x, v[0]) + h(2 * x, v[1]) + h(2 * x, v[1]) + sum(count)

    g = grad(f, "all")
    for v in (np.array([0.7, 2.0]), np.array([0.7, 0.7])):
        value, (slope, _) = g.value_and_grad(1.5, v)
        assert value == pytest.approx(f(1.5, v), rel=1e-15)
        assert slope == pytest.approx(2 * math.cos(1.5) + 4 * math.cos(3.0), rel=1e-12)


def _counted(x: float, v: Any, first: Any, second: Any, keep: Any) -> float:
    """A cached function made inside, which changes something that was made inside."""
    log = [0.25]
    box = {"n": 0.5, "s": np.zeros(2)}

    @functools.lru_cache
    def h(t: Any, u: Any = 0.5) -> Any:
        keep(log, box)
        return math.sin(t) + u

    r = h(x, first(x, v)) + h(x, second(x, v))
    return r + sum(log) + box["n"] + box["s"].sum()


def _appends(log: Any, box: Any) -> None:
    log.append(log[-1] * 0.5)


def _adds(log: Any, box: Any) -> None:
    box["n"] = box["n"] * 0.5


def _writes(log: Any, box: Any) -> None:
    box["s"][0] += 1.0


@pytest.mark.parametrize("keep", [_appends, _adds, _writes])
def test_a_key_that_is_made_in_the_same_way_is_one(keep: Any) -> None:
    keys = [
        lambda x, v: v[int(abs(x)) % 3],
        lambda x, v: v[int(abs(x)) % 3] * 2.0,
        lambda x, v: math.sin(v[int(abs(x)) % 3] + 1.0),
    ]
    for key in keys:
        f = lambda x, v: _counted(x, v, key, key, keep)
        g = grad(f)
        for x in (0.5, 1.5, 2.25):
            v = np.array([0.1, 0.2, 0.3])
            value, slope = g.value_and_grad(x, v)
            assert value == f(x, v)
            assert slope == pytest.approx(2 * math.cos(x), rel=1e-15)


@pytest.mark.parametrize("keep", [_appends, _adds, _writes])
def test_a_key_that_is_equal_and_made_otherwise_is_refused_where_the_body_changes_things(
    keep: Any,
) -> None:
    keys = [
        (lambda x, v: x, lambda x, v: x + 0.0),
        (lambda x, v: v[0], lambda x, v: v[1]),
        (lambda x, v: v[0] * v[1], lambda x, v: v[1] * v[0]),
    ]
    for first, second in keys:
        f = lambda x, v: _counted(x, v, first, second, keep)
        with pytest.raises(UnsupportedError, match="keeps its results"):
            grad(f, "all")(0.5, np.array([0.2, 0.2, 0.3]))
        # Where nothing is changed it does not matter how often the body runs.
        f = lambda x, v: _counted(x, v, first, second, lambda log, box: None)
        assert grad(f, "all").value_and_grad(0.5, np.array([0.2, 0.2]))[0] == f(
            0.5, np.array([0.2, 0.2])
        )
