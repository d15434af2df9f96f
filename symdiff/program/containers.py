"""Containers, Python's and the user's own: their items and keys, whatever their class says."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any


def item_of(container: Any, key: Any) -> Any:
    """An item of a container, whatever its class makes of that."""
    kind = type(container)
    if kind not in CONTAINERS and isinstance(container, list | dict):
        base: Any = list if isinstance(container, list) else dict
        return base.__getitem__(container, key)
    return container[key]


_COPIED_AT_ONCE = frozenset({dict, set, OrderedDict, defaultdict})


def at_once(container: Any) -> Any:
    """A container as it is now: other threads may change it while it is gone through."""
    return container.copy() if type(container) in _COPIED_AT_ONCE else container


CONTAINERS = frozenset(
    {list, tuple, dict, set, frozenset, deque, OrderedDict, Counter, defaultdict}
)


def is_own_container(kind: type) -> bool:
    """Whether a class is a list or dict of the user's own, which holds its items as those do."""
    if kind in CONTAINERS or not issubclass(kind, list | dict):
        return False
    if issubclass(kind, OrderedDict | defaultdict):
        return False
    return kind.__new__ is (list if issubclass(kind, list) else dict).__new__


def items_of(container: Any) -> list[Any]:
    """The items of a list, set or the like, or the values of a dict, whatever the class says."""
    if isinstance(container, dict):
        kind: Any = OrderedDict if isinstance(container, OrderedDict) else dict
        return list(kind.values(container))
    return list(list.__iter__(container) if isinstance(container, list) else container)


def keys_of(container: dict[Any, Any]) -> list[Any]:
    """The keys of a dict, whatever its class makes of that."""
    kind: Any = OrderedDict if isinstance(container, OrderedDict) else dict
    return list(kind.keys(container))


def put(container: dict[Any, Any], key: Any, value: Any) -> None:
    """Set an item of a dict of any kind, whatever its class makes of that."""
    (OrderedDict if isinstance(container, OrderedDict) else dict).__setitem__(container, key, value)


def is_named_tuple(kind: type) -> bool:
    """Whether a class is a named tuple."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields") and hasattr(kind, "_make")
