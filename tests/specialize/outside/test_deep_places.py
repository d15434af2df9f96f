"""What lies deep in containers and objects from outside: the time grows with the depth."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from symdiff import grad


class Node:
    def __init__(self, value: float, below: Any) -> None:
        self.value, self.below = value, below


def _nested(depth: int, wrap: Callable[[Any], Any], inner: Any) -> Any:
    for _ in range(depth):
        inner = wrap(inner)
    return inner


def lists(depth: int) -> tuple[Callable[..., Any], Callable[[float], None]]:
    end = [2.0]
    held = _nested(depth, lambda inner: [inner], end)

    def f(x):
        look = held
        while isinstance(look, list):
            look = look[0]
        return look * x

    return f, lambda v: end.__setitem__(0, v)


def dicts(depth: int) -> tuple[Callable[..., Any], Callable[[float], None]]:
    end = {"a": 2.0}
    held = _nested(depth, lambda inner: {"a": inner}, end)

    def f(x):
        look = held
        while isinstance(look, dict):
            look = look["a"]
        return look * x

    return f, lambda v: end.__setitem__("a", v)


def tuples_and_lists(depth: int) -> tuple[Callable[..., Any], Callable[[float], None]]:
    end = [2.0]
    held = _nested(depth, lambda inner: ([inner], 1), end)

    def f(x):
        look = held
        while isinstance(look, list | tuple):
            look = look[0]
        return look * x

    return f, lambda v: end.__setitem__(0, v)


def nodes(depth: int) -> tuple[Callable[..., Any], Callable[[float], None]]:
    end = Node(2.0, None)
    held = _nested(depth, lambda inner: Node(0.0, inner), end)

    def f(x):
        look = held
        while look.below is not None:
            look = look.below
        return look.value * x

    return f, lambda v: setattr(end, "value", v)


@pytest.mark.parametrize("make", [lists, dicts, tuples_and_lists, nodes])
def test_what_lies_deep_is_read_again(make: Callable[..., Any]) -> None:
    f, change = make(40)
    g = grad(f)
    assert g(0.5) == 2.0
    change(3.0)
    assert g(0.5) == 3.0
    change(-1.5)
    assert g(0.25) == -1.5


def test_a_path_on_the_way_that_changes_is_seen() -> None:
    inner = [[2.0]]
    held = _nested(30, lambda v: [v], inner)

    def f(x):
        look = held
        while isinstance(look, list):
            look = look[0]
        return look * x

    g = grad(f)
    assert g(0.5) == 2.0
    inner[0] = 5.0
    assert g(0.5) == 5.0


@pytest.mark.parametrize("make", [lists, nodes])
def test_the_first_gradient_does_not_grow_with_the_square(make: Callable[..., Any]) -> None:
    f, _ = make(500)
    start = time.perf_counter()
    assert grad(f)(0.5) == 2.0
    assert time.perf_counter() - start < 5.0
