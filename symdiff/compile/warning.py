"""Whether NumPy may warn while a program runs: of quotients by zero, logarithms, and the like.

What only adds and multiplies warns where numbers leave the range of floats, which the function
itself does then, or is about to.
"""

from __future__ import annotations

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Program, bodies_of
from .checks import is_math

_HARMLESS = frozenset({"add", "sub", "mul", "neg", "pos"})

MOVING = frozenset(
    {
        "append",
        "array",
        "broadcast_to",
        "concatenate",
        "contraction",
        "copy",
        "cumsum",
        "expand_dims",
        "flip",
        "getitem",
        "item",
        "matmul",
        "moveaxis",
        "outer",
        "ravel",
        "repeat",
        "reshape",
        "roll",
        "rows",
        "scatter_add",
        "setitem",
        "squeeze",
        "sum",
        "swapaxes",
        "tile",
        "transpose",
        "unbroadcast",
    }
)
"""Operations that move elements, and add or multiply them."""


def may_warn(program: Program) -> bool:
    """Whether NumPy may warn of more than numbers that are too large."""
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if isinstance(operation, Template):
            if target is None or is_math(target):
                continue
            if any(type(t) is str and t not in _HARMLESS for t in operation.code):
                return True
        elif isinstance(operation, Structural):
            if operation.name not in MOVING:
                return True
        elif any(map(may_warn, bodies_of(operation))):
            return True
    return False
