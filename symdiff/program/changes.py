"""Make the changes of one run outside: all of them in one step, and no more than was changed.

A change of an item is an item's change, not a container's replacement: threads that write to
different items of one list, dict, set or array do not undo each other's, and nobody meets the
container half filled. The step itself is made by C code alone, between two instructions of
Python's: an interrupt or another thread comes before all changes or after all of them.
"""

from __future__ import annotations

import operator
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from functools import partial
from types import CellType, FunctionType
from typing import Any

import numpy as np


def commit(writes: Sequence[tuple[str, Any, Any, Any]]) -> None:
    """Make all the changes of one run; what and where is known before the first is made.

    Args:
        writes: for each change its kind (see `Write`), the object, the key and the new value.

    >>> values, table = [1, 2, 3], {"a": 1}
    >>> commit([("items", values, (1,), [20]), ("keys", table, (("a",), ("b",)), [5])])
    >>> values, table
    ([1, 20, 3], {'b': 5})
    """
    steps = [step for write in writes for step in _steps(*write)]
    deque(map(_make, steps), maxlen=0)


_make: Any = partial.__call__
_set_cell: Any = CellType.__dict__["cell_contents"].__set__


def _steps(kind: str, owner: Any, key: Any, value: Any) -> Iterator[partial[Any]]:
    """A change as calls of functions written in C."""
    if kind == "attribute":
        yield partial(_setter(type(owner)), owner, key, value)
    elif kind == "delete":
        if hasattr(owner, key):
            yield partial(delattr, owner, key)
    elif kind in ("global", "place"):
        yield partial(operator.setitem, owner, key, value)
    elif kind == "cell":
        yield partial(_set_cell, owner, value)
    elif kind == "array":
        yield partial(np.copyto, owner, value, casting="unsafe")
    elif kind == "items":
        put: Any = list.__setitem__ if isinstance(owner, list) else deque.__setitem__
        for k, item in zip(key, value, strict=True):
            yield partial(put, owner, k, item)
    elif kind == "append":
        add: Any = list.extend if isinstance(owner, list) else deque.extend
        yield partial(add, owner, value)
    elif kind == "splice":
        start, tail = key
        yield partial(list.__setitem__, owner, slice(start, len(owner) - tail), value)
    elif kind == "shift":
        for _ in range(key):
            yield partial(deque.popleft, owner)
        yield partial(deque.extend, owner, value)
    elif kind == "members":
        yield partial(set.difference_update, owner, key)
        yield partial(set.update, owner, value)
    elif kind == "keys":
        base: Any = OrderedDict if isinstance(owner, OrderedDict) else dict
        deleted, given = key
        for name in deleted:
            yield partial(base.pop, owner, name, None)
        for name, item in zip(given, value, strict=True):
            yield partial(base.__setitem__, owner, name, item)
    elif kind == "contents" and isinstance(owner, list):
        yield partial(list.__setitem__, owner, slice(None), value)
    elif kind == "contents":
        yield partial(owner.clear)
        yield partial(owner.extend, value)
    else:
        raise AssertionError(kind)


def _setter(kind: type) -> Any:
    """How to set an attribute without asking the class, whose `__setattr__` has been followed."""
    own: Any = kind.__setattr__
    if own is object.__setattr__:
        return own
    for base in kind.__mro__:
        method = base.__dict__.get("__setattr__")
        if method is not None and not isinstance(method, FunctionType):
            # A class written in C may have its own way, such as `threading.local`.
            return object.__setattr__ if base is object else setattr
    return setattr


def difference(before: Sequence[Any], now: Any, kind: type) -> Iterator[tuple[str, Any, list[Any]]]:
    """What was done to a container: kinds of changes with their keys and values.

    Args:
        before: its items, of a dict the keys and then the values, of a set a set.
        now: the container as it is now.
        kind: its class.

    >>> list(difference([1, 2, 3], [1, 5, 3], list)), list(difference([1, 2], [1, 2, 3], list))
    ([('items', (1,), [5])], [('append', None, [3])])
    """
    if isinstance(now, dict):
        yield _of_dict(list(before), now)
    elif isinstance(now, set):
        removed = tuple([v for v in before if v not in now])
        yield "members", removed, [v for v in now if v not in before]
    else:
        items = list(list.__iter__(now) if isinstance(now, list) else now)
        yield _of_sequence(list(before), items, issubclass(kind, deque))


def _of_sequence(before: list[Any], items: list[Any], is_deque: bool) -> tuple[str, Any, list[Any]]:
    if len(items) == len(before):
        places = tuple([k for k, v in enumerate(items) if v is not before[k]])
        if not is_deque or len(places) < len(items):
            return "items", places, [items[k] for k in places]
    start = _common(before, items)
    if start == len(before):
        return "append", None, items[start:]
    if is_deque:
        for count in range(1, len(before) + 1):
            kept = len(before) - count
            if kept <= len(items) and all(map(operator.is_, before[count:], items)):
                return "shift", count, items[kept:]
        return "contents", None, items
    room = min(len(before), len(items)) - start
    tail = min(_common(before[::-1], items[::-1]), room)
    return "splice", (start, tail), items[start : len(items) - tail]


def _common(one: list[Any], other: list[Any]) -> int:
    """How many items at the beginning are the same."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a is not b:
            break
        count += 1
    return count


def _of_dict(before: list[Any], now: dict[Any, Any]) -> tuple[str, Any, list[Any]]:
    """Keys that are gone, or that stand elsewhere than they did, are deleted; the rest is set."""
    base: Any = OrderedDict if isinstance(now, OrderedDict) else dict
    count = len(before) // 2
    old = dict(zip(before[:count], before[count:], strict=True))
    places = {key: k for k, key in enumerate(before[:count])}
    last, moved = -1, False
    given = []
    deleted = [key for key in old if not base.__contains__(now, key)]
    for key, value in base.items(now):
        place = places.get(key)
        moved = moved or place is None or place < last
        if moved and place is not None:
            deleted.append(key)
        elif place is not None:
            last = place
        if moved or value is not old[key]:
            given.append((key, value))
    return "keys", (tuple(deleted), tuple([k for k, _ in given])), [v for _, v in given]
