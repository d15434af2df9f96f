"""Go through syntax trees, several times as fast as functions of `ast` do.

A function is gone through a hundred times before it is rewritten, which takes a good part of the
time of its first gradient.
"""

from __future__ import annotations

import ast
from typing import Any, TypeVar

_NO_NODES = frozenset({"arg", "attr", "ctx", "id", "kind", "name", "op", "ops", "type_comment"})
"""Fields that hold strings, or contexts (`ast.Load`) and operators, which nobody looks for."""

_Node = TypeVar("_Node", bound=ast.AST)

_fields: dict[type, tuple[str, ...]] = {}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes that stand in a node, in the order of the text, but contexts and operators."""
    kind = type(node)
    fields = _fields.get(kind)
    if fields is None:
        fields = _fields[kind] = tuple([f for f in kind._fields if f not in _NO_NODES])
    found = []
    for field in fields:
        value = getattr(node, field, None)
        if type(value) is list:
            found += [v for v in value if isinstance(v, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and all nodes in it, those further out first, but contexts and operators."""
    found = [node]
    for n in found:
        found += children(n)
    return found


def fill_locations(node: _Node) -> _Node:
    """Give nodes that have no place in the file the place of the one that they stand in."""
    waiting: list[tuple[ast.AST, int, int, int, int]] = [(node, 1, 0, 1, 0)]
    while waiting:
        n, line, column, end_line, end_column = waiting.pop()
        if "lineno" in n._attributes:
            held: Any = n
            line = held.lineno = getattr(n, "lineno", line)
            column = held.col_offset = getattr(n, "col_offset", column)
            end_line = held.end_lineno = getattr(n, "end_lineno", None) or end_line
            end = getattr(n, "end_col_offset", None)
            end_column = held.end_col_offset = end_column if end is None else end
        waiting += [(c, line, column, end_line, end_column) for c in children(n)]
    return node
