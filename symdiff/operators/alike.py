"""Whether two traces of a function have gone the same way."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program.loops import Loop
from ..program.program import Operand, Program, Var
from ..specialize.result import Specialization


def are_one(one: Specialization, other: Specialization) -> bool:
    """Whether two traces have gone the same way.

    That their decisions came out alike is not enough: an index that lies in a table is an operand,
    and one beyond its end is a decision, so that the same outcomes may be those of other decisions.
    """
    return one.path == other.path and _compute_alike(one.program, other.program)


def has_loops(program: Program) -> bool:
    """Whether a loop has stayed a loop."""
    return any(type(s.operation) is Loop for s in program.statements)


def _compute_alike(one: Program, other: Program) -> bool:
    """Whether two programs have the same operations, and their loops the same bodies."""
    if len(one.statements) != len(other.statements):
        return False
    for a, b in zip(one.statements, other.statements, strict=True):
        p, q = a.operation, b.operation
        if type(p) is not type(q) or p.name != q.name:
            return False
        if type(p) is Loop and type(q) is Loop and not _loop_alike(p, q):
            return False
    return True


def _loop_alike(one: Loop, other: Loop) -> bool:
    """Whether two loops do the same: their decisions are in no path, and nor are their operands."""
    if [v.aval for v in one.body.inputs] != [v.aval for v in other.body.inputs]:
        return False
    if (one.carried, one.until) != (other.carried, other.until):
        return False
    return _compute_alike(one.body, other.body) and _written(one.body) == _written(other.body)


def _written(body: Program) -> list[Any]:
    """What a body does, with a number in the place of each variable."""
    number = {v: k for k, v in enumerate(body.variables())}

    def place(operand: Operand) -> Any:
        if type(operand) is Var:
            return (Var, number[operand])
        if isinstance(operand, np.ndarray):
            return (operand.dtype.str, operand.shape, operand.tobytes())
        return (type(operand), repr(operand))

    found: list[Any] = []
    for s in body.statements:
        operation = s.operation
        told = operation if type(operation) is not Loop else None
        found.append((told, *map(place, s.operands)))
    return [*found, *map(place, body.outputs)]
