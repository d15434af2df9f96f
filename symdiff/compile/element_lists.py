"""Arrays that a loop reads element by element, as lists of Python's numbers.

NumPy takes five times as long to read one element of an array as Python to read one of a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.table.structural import Structural
from ..program.branches import Branch
from ..program.loops import Loop
from ..program.program import Operand, Program, Statement, Var

_MOST = 4096
"""A larger array becomes a list only where it is known that the loop has many iterations."""

_ITERATIONS = 8
"""One for so many elements, at least."""


def is_worth_a_list(var: Var, count: Operand, inside: bool) -> bool:
    """Whether an array is small enough, for so many iterations, to be made a list before them.

    Args:
        var: the array.
        count: the number of iterations, if it is known.
        inside: whether the loop is itself in a loop, and the list made again and again.
    """
    if not var.aval.shape or var.aval.dtype != "float64":
        return False
    if type(count) is int and var.aval.size <= _ITERATIONS * count:
        return True
    return not inside and var.aval.size <= _MOST


def element_of(statement: Statement) -> tuple[Any, ...] | None:
    """The places of one element that is read or written, with operands for those computed."""
    operation = statement.operation
    if type(operation) is not Structural or operation.name not in ("getitem", "setitem"):
        return None
    x, *rest = statement.operands
    places = rest if operation.name == "getitem" else rest[1:]
    index = operation.params["index"]
    if type(x) is not Var or len(index) != x.aval.ndim:
        return None
    found = []
    for item in index:
        if type(item) is int:
            found.append(item)
        elif isinstance(item, tuple) and item[0] == "place":
            found.append(places[item[1]])
        else:
            return None
    return tuple(found)


def is_read_by_element(body: Program, var: Var) -> bool:
    """Whether nothing but elements is read of an array, here, in loops inside and in arms."""
    return bool(_reads_elements(body, var))


def _reads_elements(body: Program, var: Var) -> bool | None:
    """Whether a statement reads an element of an array; `None` where anything else is read."""
    if _uses(var, body.outputs):
        return None
    found = False
    for statement in body.statements:
        uses = _uses(var, statement.operands)
        if not uses:
            continue
        operation = statement.operation
        if isinstance(operation, Loop | Branch):
            if isinstance(operation, Loop):
                given = operation.parts(statement.operands[1:])[2]
                inner = [operation.parts(operation.body.inputs)[2]]
            else:
                given = statement.operands[1:]
                inner = [arm.inputs for arm in operation.arms]
            if uses != _uses(var, given):
                return None
            for program, inputs in zip(operation.bodies, inner, strict=True):
                for own, operand in zip(inputs, given, strict=True):
                    reads = _reads_elements(program, own) if operand is var else False
                    if reads is None:
                        return None
                    found = found or reads
        elif operation.name != "getitem" or uses > 1 or element_of(statement) is None:
            return None
        else:
            found = True
    return found


def _uses(var: Var, operands: Sequence[Operand]) -> int:
    return sum(o is var for o in operands)
