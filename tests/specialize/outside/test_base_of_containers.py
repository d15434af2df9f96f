"""Containers of the user's own that ask their base to store what they are given."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from numpy.testing import assert_allclose

from symdiff import value_and_grad


class Raised(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value + 1)

    def __delitem__(self, key):
        super().__delitem__(key)
        self.gone = key


class Tripled(list):
    def append(self, value):
        super().append(2 * value)

    def __setitem__(self, index, value):
        super().__setitem__(index, 3 * value)

    def __getitem__(self, index):
        return super().__getitem__(index) * 2


class Latest(OrderedDict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.move_to_end(key, last=False)


class ByClass(dict):
    def __setitem__(self, key, value):
        dict.__setitem__(self, key, 2 * value)


class Vector(tuple):
    def __new__(cls, *parts):
        return super().__new__(cls, parts)

    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self, other, strict=True)))

    def __mul__(self, k):
        return Vector(*(k * a for a in self))

    __rmul__ = __mul__

    @property
    def square(self):
        return sum(a * a for a in self)


def raised(x):
    d = Raised()
    d["a"] = x
    return d["a"] ** 2


def deleted(x):
    d = Raised(a=x, b=2 * x)
    del d["a"]
    return sum(d.values()) * len(d.gone)


def tripled(x):
    items = Tripled()
    items.append(x)
    items.append(1.0)
    items[1] = x * x
    return items[0] * items[1]


def latest(x):
    d = Latest()
    d["a"] = x
    d["b"] = x * x
    first, second = d.values()
    return 3 * first + second


def by_class(x):
    d = ByClass()
    d["a"] = x
    d[1] = d["a"] * x
    return d[1] + d["a"]


def vectors(x):
    return (Vector(x, 1.0) + 2 * Vector(x * x, x)).square


def of_a_generator(x):
    return sum(tuple.__new__(Vector, (x * k for k in (1.0, 2.0)))) ** 2


INSIDE = [raised, deleted, tripled, latest, by_class, vectors, of_a_generator]


@pytest.mark.parametrize("f", INSIDE)
def test_made_by_the_function(f: Callable[..., Any]) -> None:
    g, h = value_and_grad(f), 1e-6
    for x in (0.5, 1.25, -0.75):
        value, slope = g(x)
        assert_allclose(value, f(x), rtol=1e-14)
        assert_allclose(slope, (f(x + h) - f(x - h)) / (2 * h), rtol=1e-7, atol=1e-8)


KEPT: dict[str, tuple[Any, Callable[[Any, Any], Any]]] = {}


def _kept(container: Any) -> Callable[..., Any]:
    def enter(use: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        KEPT[use.__name__] = (container, use)
        return use

    return enter


@_kept(Raised(k=2.0))
def written(d, x):
    d["x"] = x
    return d["x"] * d["k"]


@_kept(Tripled([3.0]))
def an_item(items, x):
    items[0] = x
    return items[0] * x


@_kept(Tripled([1.0, 2.0]))
def moved_on(items, x):
    items.append(x)
    items.pop(0)
    return sum(items) * x


@_kept(Raised(a=1.0, b=2.0))
def taken_out(d, x):
    d["c"] = x
    del d["a"]
    d["a"] = x * x
    return sum(d.values())


def _copied(held: Any) -> Any:
    """A copy that no method of the class has a part in."""
    made = type(held)()
    base: Any = dict.update if isinstance(held, dict) else list.extend
    base(made, held if isinstance(held, dict) else list.__iter__(held))
    return made


@pytest.mark.parametrize("name", KEPT)
def test_kept_outside(name: str) -> None:
    held, use = KEPT[name]
    ours, theirs, h = _copied(held), _copied(held), 1e-6
    g = value_and_grad(lambda x: use(ours, x))
    for x in (0.5, 0.75, 1.5):
        around = [use(_copied(theirs), x + d) for d in (h, -h)]
        value, slope = g(x)
        assert_allclose(value, use(theirs, x), rtol=1e-14)
        assert_allclose(slope, (around[0] - around[1]) / (2 * h), rtol=1e-7, atol=1e-8)
        assert list(map(repr, ours)) == list(map(repr, theirs))
        if isinstance(ours, dict):
            assert list(ours.items()) == list(theirs.items())
