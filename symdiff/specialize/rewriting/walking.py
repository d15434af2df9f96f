"""Go through syntax trees, several times as fast as functions of `ast` do.

A function is gone through a dozen times before it is rewritten, which takes a good part of the time
of its first gradient. What it holds is noted first (`note`), so that what looks for loops, or for
comprehensions, does not go through functions that have none.
"""

from __future__ import annotations

import ast
from typing import Any, NamedTuple, TypeVar

_NO_NODES = frozenset({"arg", "attr", "ctx", "id", "kind", "name", "op", "ops", "type_comment"})
"""Fields that hold strings, or contexts (`ast.Load`) and operators, which nobody looks for."""

_Node = TypeVar("_Node", bound=ast.AST)

_fields: dict[type, tuple[str, ...]] = {ast.Constant: ()}

_placed: dict[type, bool] = {}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes that stand in a node, in the order of the text, but contexts and operators."""
    kind = type(node)
    fields = _fields.get(kind)
    if fields is None:
        fields = _fields_of(kind)
    found: list[ast.AST] = []
    if fields:
        held = node.__dict__
        for field in fields:
            value = held.get(field)
            if type(value) is list:
                found += [v for v in value if isinstance(v, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def _fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    found = _fields[kind] = tuple([f for f in kind._fields if f not in _NO_NODES])
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and all nodes in it, those further out first, but contexts and operators."""
    found = [node]
    for n in found:
        kind = type(n)
        fields = _fields.get(kind)
        if fields is None:
            fields = _fields_of(kind)
        held = n.__dict__
        for field in fields:
            value = held.get(field)
            if type(value) is list:
                found += [v for v in value if isinstance(v, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


class Held(NamedTuple):
    """What stands in a tree: the kinds of nodes, names and attributes, and how many functions."""

    kinds: frozenset[type]
    words: frozenset[str]
    functions: int


def held_in(node: ast.AST) -> Held:
    """What stands in a tree: as it was noted, if it was."""
    known: Held | None = node.__dict__.get("held")
    return _look(node) if known is None else known


def note(node: ast.AST) -> None:
    """Note what stands in a tree, until it is changed."""
    if "held" not in node.__dict__:
        node.__dict__["held"] = _look(node)


def forget(node: ast.AST) -> None:
    """Forget what was noted of a tree, which is changed."""
    node.__dict__.pop("held", None)


def _look(node: ast.AST) -> Held:
    kinds: set[type] = set()
    words: set[str] = set()
    functions = 0
    for n in walk(node):
        kind = type(n)
        kinds.add(kind)
        if kind is ast.Name:
            words.add(n.__dict__["id"])
        elif kind is ast.Attribute:
            words.add(n.__dict__["attr"])
        elif kind is ast.FunctionDef:
            functions += 1
    return Held(frozenset().union(*[k.__mro__ for k in kinds]), frozenset(words), functions)


def fill_locations(node: _Node) -> _Node:
    """Give nodes that have no place in the file the place of the one that they stand in."""
    waiting: list[tuple[ast.AST, tuple[int, int, int, int]]] = [(node, (1, 0, 1, 0))]
    while waiting:
        n, place = waiting.pop()
        kind = type(n)
        placed = _placed.get(kind)
        if placed is None:
            placed = _placed[kind] = "lineno" in kind._attributes
        if placed:
            own: dict[str, Any] = n.__dict__
            end = own.get("end_col_offset")
            place = (
                own.get("lineno", place[0]),
                own.get("col_offset", place[1]),
                own.get("end_lineno") or place[2],
                place[3] if end is None else end,
            )
            own["lineno"], own["col_offset"], own["end_lineno"], own["end_col_offset"] = place
        fields = _fields.get(kind)
        if fields is None:
            fields = _fields_of(kind)
        held = n.__dict__
        for field in fields:
            value = held.get(field)
            if type(value) is list:
                waiting += [(v, place) for v in value if isinstance(v, ast.AST)]
            elif isinstance(value, ast.AST):
                waiting.append((value, place))
    return node
