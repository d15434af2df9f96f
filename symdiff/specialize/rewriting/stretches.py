"""Sums and products over parts of arrays that begin or end where the program computes.

`L[i, :i] @ y[:i]`, `np.dot(x[:k], w[:k])`, `np.sum(L[j, :j]**2)`, `x[k:].sum()`: the parts are of
another length in each iteration, and nobody sees them. So they are handed to one hook as what they
are parts of, and indices.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...records import dataclass
from .walking import walk


@dataclass(frozen=True, slots=True)
class Stretches:
    """An expression that sums up parts.

    Attributes:
        name: `"matmul"`, `"sum"` or `"dot"`: of a function; `".sum"`: of a method.
        function: the expression of the function.
        form: `"one"`, `"two"`, or what is summed up: `"mul"` of two, `"pow"` of one.
        parts: what is read.
    """

    name: str
    function: ast.expr | None
    form: str
    parts: tuple[ast.Subscript, ...]


def stretches_of(node: ast.expr) -> Stretches | None:
    """What an expression sums up, if those are parts of arrays that names hold."""
    if isinstance(node, ast.BinOp):
        pair = (node.left, node.right)
        return _of_two("matmul", None, pair) if isinstance(node.op, ast.MatMult) else None
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    function = node.func
    if not isinstance(function, ast.Attribute):
        return None
    if function.attr == "sum" and not node.args:
        return _of_one(".sum", None, function.value)
    if not isinstance(function.value, ast.Name):
        return None
    if function.attr == "sum" and len(node.args) == 1:
        return _of_one("sum", function, node.args[0])
    if function.attr == "dot" and len(node.args) == 2:
        return _of_two("dot", function, node.args)
    return None


def _of_two(name: str, function: ast.expr | None, nodes: Iterable[ast.expr]) -> Stretches | None:
    parts = tuple([n for n in nodes if isinstance(n, ast.Subscript) and _is_stretch(n)])
    return Stretches(name, function, "two", parts) if len(parts) == 2 else None


def _of_one(name: str, function: ast.expr | None, node: ast.expr) -> Stretches | None:
    if isinstance(node, ast.Subscript):
        return Stretches(name, function, "one", (node,)) if _is_stretch(node) else None
    if not isinstance(node, ast.BinOp) or not isinstance(node.left, ast.Subscript):
        return None
    if not _is_stretch(node.left):
        return None
    if isinstance(node.op, ast.Pow):
        power = node.right.value if isinstance(node.right, ast.Constant) else None
        square = type(power) is int and power == 2
        return Stretches(name, function, "pow", (node.left,)) if square else None
    other = node.right
    if isinstance(node.op, ast.Mult) and isinstance(other, ast.Subscript) and _is_stretch(other):
        return Stretches(name, function, "mul", (node.left, other))
    return None


_SIMPLE = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)


def _is_stretch(node: ast.Subscript) -> bool:
    """Whether a part has one bound at least that is computed, and is read without any effects."""
    if not isinstance(node.value, ast.Name):
        return False
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    found = [p for p in parts if isinstance(p, ast.Slice)]
    if len(found) != 1 or found[0].step is not None:
        return False
    bounds = [b for b in (found[0].lower, found[0].upper) if b is not None]
    if not any(isinstance(n, ast.Name) for b in bounds for n in walk(b)):
        return False
    numbers = [*bounds, *[p for p in parts if p is not found[0]]]
    inside = [n for e in numbers for n in walk(e) if not isinstance(n, ast.expr_context)]
    return all(isinstance(n, _SIMPLE) for n in inside)
