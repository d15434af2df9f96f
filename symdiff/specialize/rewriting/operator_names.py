"""What hooks of operators are called, and what expressions tell by their form."""

from __future__ import annotations

import ast
from typing import Any

BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.MatMult: "matmul",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}
COMPARISONS = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.In: "in",
    ast.NotIn: "notin",
    ast.Is: "is",
    ast.IsNot: "isnot",
}
UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}


def shape_of(target: ast.expr) -> tuple[Any, ...] | None:
    """How a target takes an item apart: a part that is a name has no shape."""
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    if any(isinstance(e, ast.Starred) for e in target.elts):
        return (None,)
    return tuple([shape_of(e) for e in target.elts])


def negative_index(node: ast.expr) -> int | None:
    """The number of `-1` and the like."""
    if not isinstance(node, ast.UnaryOp) or not isinstance(node.op, ast.USub):
        return None
    value = getattr(node.operand, "value", None)
    return -value if type(value) is int and value > 0 else None


_OF_MANY = ("sum", "fsum", "prod")


def reduces(function: ast.expr) -> bool:
    """Whether a function may be one that makes one number of many, by its name."""
    if isinstance(function, ast.Attribute):  # NumPy's take arrays
        owner = function.value
        return isinstance(owner, ast.Name) and owner.id == "math" and function.attr in _OF_MANY
    return isinstance(function, ast.Name) and function.id in _OF_MANY
