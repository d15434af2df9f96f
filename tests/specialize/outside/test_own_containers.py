"""Lists, dicts and instances of the user's own classes from outside, and their copies."""

from __future__ import annotations

import collections
import copy
import dataclasses
import functools
from types import SimpleNamespace
from typing import Any

import pytest

from .worlds import World, check_world

pytestmark = pytest.mark.sampled(every=11)

INPUTS = (1.5, 0.5, 2.5, 1.5)


class Doubling(list[Any]):
    """A list that overrides what a list does."""

    def append(self, value):
        super().append(value * 2)
        self.added = getattr(self, "added", 0) + 1

    def __getitem__(self, k):
        return super().__getitem__(k) * 10

    def __len__(self):
        return super().__len__() + 1

    def mean(self):
        return sum(self) / len(self)


class Access(dict[str, Any]):
    """A dict whose items are attributes."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__


class Memo(dict[Any, Any]):
    """A dict that computes what is missing."""

    def __init__(self, function):
        self.function = function
        self.misses = 0

    def __missing__(self, key):
        self.misses += 1
        made = self[key] = self.function(key)
        return made


class Node:
    """A plain instance."""

    def __init__(self, value: float) -> None:
        self.value = value
        self.parts: list[Any] = []

    @functools.cached_property
    def slow(self):
        self.value += 1
        return self.value * 2


def own_list() -> World:
    values = Doubling([1.0])

    def f(x):
        values.append(x)
        return x * values[0] * len(values) * values[-1] * values.added + values.mean()

    return f, lambda: (values, vars(values))


def own_list_that_raises() -> World:
    values = Doubling([1.0])

    def f(x):
        values.append(x)
        values.tag = x
        if x > 2:
            raise ValueError("large")
        return x * sum(values)

    return f, lambda: (values, vars(values))


def own_list_made_inside() -> World:
    held = SimpleNamespace(last=None)

    def f(x):
        made = Doubling([x])
        made.tag = x * x
        held.last = made
        return sum(made)

    return f, lambda: (held.last, getattr(held.last, "__dict__", None))


def own_dict() -> World:
    table = Access(a=1.0, t=2.0)

    def f(x):
        del table.t
        table.t = x
        table["a"] += 1
        return x * x * table.t * table.a

    return f, lambda: table


def memo() -> World:
    known = Memo(lambda k: k * 2.0)

    def f(x):
        return x * x * known[3] * known[int(x)]

    return f, lambda: (known, known.misses)


def containers_of_the_library() -> World:
    items, table = collections.UserList([1.0]), collections.UserDict(a=1.0)
    first: dict[str, Any] = {"k": 2.0}
    chain = collections.ChainMap(first, {"j": 4.0})

    def f(x):
        items.append(x)
        table["a"] += 1
        chain["n"] = chain["j"]
        return x * items[0] * len(items) * table["a"] + chain["k"] * x * x

    return f, lambda: (items.data, table.data, first)


def attributes_by_vars() -> World:
    owner = SimpleNamespace()
    node = Node(1.0)

    def f(x):
        node.__dict__["value"] += 1
        vars(node).update(more=x)
        kept = {k: v for k, v in vars(node).items() if k != "parts"}
        kept["value"] += 5
        owner.__dict__.setdefault("calls", 0)
        owner.__dict__["calls"] += 1
        return x * sum(kept.values()) * owner.calls * len(vars(node))

    return f, lambda: (vars(node), vars(owner))


def cached() -> World:
    node = Node(1.0)

    def f(x):
        inside = Node(x)
        return x * x * node.slow + node.slow * inside.slow * inside.value

    return f, lambda: vars(node)


def copies() -> World:
    node = Node(1.0)
    node.parts = [1.0]
    table = {"k": [1.0]}

    def f(x):
        node.value += 1
        near, far = copy.copy(node), copy.deepcopy(node)
        near.parts.append(x)
        far.parts.append(x * x)
        far.value += x
        other = copy.deepcopy(table)
        other["k"].append(x)
        return near.value * far.value * x + sum(node.parts) + sum(far.parts) + sum(other["k"])

    return f, lambda: (vars(node), table)


def objects_as_keys() -> World:
    one, two = Node(2.0), Node(3.0)
    weights = {one: 1.0, two: 5.0}
    one.parts, two.parts = [two], [one]

    def f(x):
        one.value += 1
        seen, todo, total = set(), [one], 0.0
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                total = total + node.value * weights[node] * x ** len(seen)
                todo.extend(node.parts)
        return total + sum(n.value * w * x for n, w in weights.items())

    return f, lambda: (one.value, two.value)


WORLDS = [
    own_list,
    own_list_that_raises,
    own_list_made_inside,
    own_dict,
    memo,
    containers_of_the_library,
    attributes_by_vars,
    cached,
    copies,
    objects_as_keys,
]


@pytest.mark.slow
@pytest.mark.parametrize("make", WORLDS, ids=lambda m: m.__name__)
def test_effects_on_own_containers(make: Any) -> None:
    check_world(make, INPUTS)


@pytest.mark.slow
def test_dataclass_fields_of_own_kinds() -> None:
    @dataclasses.dataclass
    class State:
        """A dataclass that holds a list of the user's own."""

        values: Any

    def make() -> World:
        state = State(Doubling([1.0]))

        def f(x):
            state.values.append(x)
            return x * sum(state.values)

        return f, lambda: state.values

    check_world(make, INPUTS)
