"""Nested containers: taken apart into leaves and put together again, by `optree`.

A *node* is a list, tuple, dict, named tuple or dataclass, or a class that was registered with
`optree.register_pytree_node(..., namespace="symdiff")`; everything else is a leaf.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

NAMESPACE = "symdiff"

_ATOMS = frozenset({float, int, bool, str, bytes, complex})


class _Leaf:
    """The structure of a single leaf, for which optree need not be imported."""

    num_leaves = 1

    def __repr__(self) -> str:
        return "*"


LEAF = _Leaf()


def is_namedtuple(value: Any) -> bool:
    """Whether a value is an instance of a named tuple.

    >>> from collections import namedtuple
    >>> is_namedtuple(namedtuple("Point", "x y")(1, 2)), is_namedtuple((1, 2))
    (True, False)
    """
    return isinstance(value, tuple) and hasattr(type(value), "_fields")


def is_dataclass(value: Any) -> bool:
    """Whether a value is an instance of a dataclass."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def attributes(value: Any) -> list[str]:
    """The names of what an instance of a dataclass holds."""
    held = getattr(value, "__dict__", {})
    return list(dict.fromkeys([*(f.name for f in dataclasses.fields(value)), *held]))


def is_node(value: Any) -> bool:
    """Whether a value is a container to be taken apart."""
    kind = type(value)
    if kind in _ATOMS or kind.__module__ == "numpy":
        return False
    if kind in (list, tuple, dict) or value is None or is_namedtuple(value):
        return True
    import optree

    if is_dataclass(value):
        _enter(kind)
        return True
    return not optree.tree_is_leaf(value, namespace=NAMESPACE)


def _enter(kind: type) -> None:
    """Register a dataclass with optree, unless its author did."""
    import optree

    if optree.register_pytree_node.get(kind, namespace=NAMESPACE) is not None:
        return
    names = tuple([f.name for f in dataclasses.fields(kind)])

    def flatten(value: Any) -> tuple[list[Any], None, tuple[str, ...]]:
        return [getattr(value, n) for n in names], None, names

    def unflatten(_: Any, children: Sequence[Any]) -> Any:
        # Not through __init__, which may compute or check: the fields are what they were.
        made: Any = object.__new__(kind)
        for name, child in zip(names, children, strict=True):
            object.__setattr__(made, name, child)
        return made

    register: Any = optree.register_pytree_node
    register(kind, flatten, unflatten, namespace=NAMESPACE)


def flatten(value: Any) -> tuple[list[Any], Any]:
    """The leaves of a value in order, and its structure.

    >>> flatten({"a": 1.0, "b": [2.0, (3.0, None)]})[0]
    [1.0, 2.0, 3.0]
    """
    if not is_node(value):
        return [value], LEAF
    import optree

    # A dataclass must be known before optree meets it.
    leaves, structure = optree.tree_flatten(
        value, is_leaf=lambda v: not is_node(v), namespace=NAMESPACE
    )
    return leaves, structure


def unflatten(structure: Any, leaves: Sequence[Any]) -> Any:
    """The value of a structure with these leaves."""
    return leaves[0] if structure is LEAF else structure.unflatten(leaves)


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """The same containers with each leaf replaced.

    >>> map_leaves(lambda v: v + 1, {"a": [1, 2]})
    {'a': [2, 3]}
    """
    if not is_node(value):
        return function(value)
    leaves, structure = flatten(value)
    return unflatten(structure, [function(v) for v in leaves])


def one_level(value: Any) -> tuple[tuple[Any, ...], Any]:
    """The children of a node, and what identifies its kind: type, number and names of children."""
    import optree

    if is_dataclass(value):
        _enter(type(value))
    children, metadata, entries, _ = optree.tree_flatten_one_level(value, namespace=NAMESPACE)
    return tuple(children), (type(value), tuple(entries), _comparable(metadata))


def rebuild(value: Any, children: Sequence[Any]) -> Any:
    """A node like `value` with other children."""
    import optree

    return optree.tree_flatten_one_level(value, namespace=NAMESPACE)[3](
        optree.tree_flatten_one_level(value, namespace=NAMESPACE)[1], tuple(children)
    )


def _comparable(metadata: Any) -> Any:
    return tuple(metadata) if isinstance(metadata, list) else metadata


def code(structure: Any, leaves: Iterator[str], name: Callable[[Any, str], str]) -> str:
    """Python source that builds a value of this structure from the source of its leaves.

    `name(object, hint)` gives a name bound to an object where the source is run.
    """
    if structure is LEAF or structure.is_leaf():
        return next(leaves)
    kind = structure.type
    if kind is type(None):
        return "None"
    children = [code(child, leaves, name) for child in structure.children()]
    if kind is tuple:
        return f"({''.join(c + ', ' for c in children)})"
    if kind is list:
        return f"[{', '.join(children)}]"
    one = structure.one_level()
    if kind is dict:
        order = one.unflatten(range(len(children)))
        if all(type(k) in (str, int) for k in order):
            return "{" + ", ".join(f"{k!r}: {children[n]}" for k, n in order.items()) + "}"
    return f"{name(one.unflatten, 'build')}([{', '.join(children)}])"


# -- places


Keys = tuple[str | int, ...]

_STEP = re.compile(r"\.([^\W\d]\w*)|\[(-?\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


def parse_place(text: str) -> tuple[str, Keys] | None:
    """A name and the keys after it; `None` for what is no such path.

    >>> parse_place("params.layers[0]['w']")
    ('params', ('layers', 0, 'w'))
    >>> parse_place("params.")
    """
    head = re.match(r"[^\W\d]\w*", text)
    if head is None:
        return None
    keys: list[str | int] = []
    at = head.end()
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            return None
        name, number, single, double = step.groups()
        keys.append(int(number) if number is not None else name or single or double or "")
        at = step.end()
    return head[0], tuple(keys)


def descend(value: Any, keys: Keys) -> Any:
    """What lies at the end of a path of keys, names of fields and positions.

    Raises:
        LookupError: there is nothing.
        AttributeError: there is no such field.
    """
    for key in keys:
        if isinstance(value, dict) or type(key) is int:
            value = value[key]
        else:
            value = getattr(value, str(key))
    return value


def replace(value: Any, keys: Keys, change: Callable[[Any], Any]) -> Any:
    """A copy of a nested container in which what lies at the end of a path is changed.

    >>> replace({"a": [1, 2]}, ("a", 1), lambda v: 10 * v)
    {'a': [1, 20]}
    """
    if not keys:
        return change(value)
    import optree

    is_node(value)
    children, _, entries, build = optree.tree_flatten_one_level(value, namespace=NAMESPACE)
    key = keys[0]
    if isinstance(value, tuple) and not isinstance(key, int):
        key = type(value)._fields.index(key)  # type: ignore[attr-defined]
    if isinstance(key, int) and not isinstance(value, dict):
        key %= len(value)
    changed = [
        replace(child, keys[1:], change) if entry == key else child
        for child, entry in zip(children, entries, strict=True)
    ]
    metadata = optree.tree_flatten_one_level(value, namespace=NAMESPACE)[1]
    return build(metadata, tuple(changed))
