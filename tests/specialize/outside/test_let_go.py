"""What a call from outside gave is let go when the trace is over: others ask whether it lives."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from symdiff import grad

pytestmark = pytest.mark.sampled(every=83)


class Part:
    def __init__(self, k: float) -> None:
        self.k = k


def by_value(parts: list[Part]) -> Callable[..., Any]:
    held = weakref.WeakValueDictionary(a=parts[0])

    def f(x):
        part = held.get("a")
        return x**3 if part is None else part.k * x

    return f


def by_item(parts: list[Part]) -> Callable[..., Any]:
    held = weakref.WeakValueDictionary(a=parts[0])

    def f(x):
        try:
            return held["a"].k * x
        except KeyError:
            return x**3

    return f


def by_reference(parts: list[Part]) -> Callable[..., Any]:
    reference = weakref.ref(parts[0])

    def f(x):
        part = reference()
        return x**3 if part is None else part.k * x

    return f


def by_set(parts: list[Part]) -> Callable[..., Any]:
    held = weakref.WeakSet(parts)

    def f(x):
        return sum(part.k for part in held) * x if len(held) else x**3

    return f


def by_key(parts: list[Part]) -> Callable[..., Any]:
    held = weakref.WeakKeyDictionary({parts[0]: 2.0})

    def f(x):
        return x**3 if len(held) == 0 else 2.0 * x

    return f


def by_function(parts: list[Part]) -> Callable[..., Any]:
    reference = weakref.ref(parts[0])

    def found():
        return reference()

    def f(x):
        part = found()
        return part.k * x if part is not None else x**3

    return f


@pytest.mark.slow
@pytest.mark.parametrize("make", [by_value, by_item, by_reference, by_set, by_key, by_function])
def test_an_object_dies_when_its_owner_lets_go(make: Callable[..., Any]) -> None:
    parts = [Part(2.0)]
    alive = weakref.ref(parts[0])
    g = grad(make(parts))
    assert g(0.5) == 2.0
    if make is not by_key:
        parts[0].k = 3.0
        assert g(0.5) == 3.0
    parts.clear()
    gc.collect()
    assert alive() is None
    assert g(0.5) == 0.75
