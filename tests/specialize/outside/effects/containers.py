"""Globals, closure cells and containers."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np

from ..worlds import World
from ._world import world

_count = 0


_log: list[Any] = []


_nested: dict[str, Any] = {"inner": {"n": 0}, "list": [1.0, [2.0]]}


def _reset() -> None:
    global _count
    _count = 0
    _log.clear()
    _nested.clear()
    _nested.update({"inner": {"n": 0}, "list": [1.0, [2.0]]})


@world
def global_counter() -> World:
    _reset()

    def f(x):
        global _count
        _count += 1
        return x * _count

    return f, lambda: _count


def _bump_global():
    global _count
    _count += 1
    _log.append(_count)


@world
def global_counter_in_a_helper() -> World:
    _reset()

    def f(x):
        _bump_global()
        y = x * _count
        _bump_global()
        return y + x * x * _count

    return f, lambda: (_count, list(_log))


@world
def nested_containers() -> World:
    _reset()

    def f(x):
        _nested["inner"]["n"] += 1
        _nested["list"][1][0] = x
        _nested["list"].append(x)
        return x * _nested["inner"]["n"] + _nested["list"][1][0] * x

    return f, lambda: _nested


@world
def nonlocal_counter() -> World:
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x * count

    return f, lambda: count


@world
def nonlocal_counter_in_a_helper() -> World:
    count = 0

    def bump():
        nonlocal count
        count += 1
        return count

    def f(x):
        return bump() * x + bump() * x * x + count

    return f, lambda: count


@world
def list_methods() -> World:
    values = [3.0, 1.0, 2.0]

    def f(x):
        values.append(x)
        values.extend([x * x, 4.5])
        values.sort()
        values.insert(0, 9.0)
        last = values.pop(0)
        values.remove(4.5)
        values.reverse()
        return last * x + values[0]

    return f, lambda: values


@world
def list_cleared() -> World:
    values = [3.0]

    def f(x):
        y = values[0] * x
        values.clear()
        values.append(y)
        del values[1:]
        return y

    return f, lambda: values


@world
def list_slices() -> World:
    values = [1.0, 2.0, 3.0]
    alias = values

    def f(x):
        values[1:] = [x, x * x]
        alias[0] += 1.0
        return sum(values) * x

    return f, lambda: (values, alias is values)


@world
def set_and_counter() -> World:
    names: set[str] = set()
    counter: collections.Counter[str] = collections.Counter()
    groups: Any = collections.defaultdict(list)
    ordered: Any = collections.OrderedDict(a=1.0, b=2.0)

    def f(x):
        key = "positive" if x > 0 else "negative"
        names.add(key)
        counter[key] += 1
        groups[key].append(x)
        ordered.move_to_end("a")
        return x * counter[key] + len(names) * x * x + len(groups)

    return f, lambda: (names, counter, groups, list(ordered))


@world
def array_written() -> World:
    buffer = np.zeros((2, 2))
    view = buffer[1]

    def f(x):
        buffer[0, 0] += x
        view[1] = x * x
        return buffer.sum() * x

    return f, lambda: (buffer, view)


@world
def array_in_containers() -> World:
    state = {"m": np.zeros(2), "v": [np.ones(2)]}

    def f(x):
        state["m"] = 0.5 * state["m"] + x
        state["v"][0] *= 2.0
        return (state["m"] * state["v"][0]).sum() * x

    return f, lambda: state
