"""Whether two traces of a function have gone the same way."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program.bodies import first_structured
from ..program.loops import Loop
from ..program.program import Operand, Operation, Program, Var, bodies_of
from ..specialize.result import Specialization


def are_one(one: Specialization, other: Specialization) -> bool:
    """Whether two traces have gone the same way.

    That their decisions came out alike is not enough: an index that lies in a table is an operand,
    and one beyond its end is a decision, so that the same outcomes may be those of other decisions.
    """
    return one.path == other.path and _compute_alike(one.program, other.program)


def has_loops(program: Program) -> bool:
    """Whether a loop has stayed a loop, or a branch a branch."""
    return first_structured(program) is not None


def _compute_alike(one: Program, other: Program) -> bool:
    """Whether two programs have the same operations, and their loops and branches the same."""
    if len(one.statements) != len(other.statements):
        return False
    for a, b in zip(one.statements, other.statements, strict=True):
        p, q = a.operation, b.operation
        if type(p) is not type(q) or p.name != q.name:
            return False
        if bodies_of(p) and not _bodies_alike(p, q):
            return False
    return True


def _bodies_alike(one: Operation, other: Operation) -> bool:
    """Whether two loops or branches do the same: their decisions are in no path, and nor are their
    operands.
    """
    if type(one) is Loop and type(other) is Loop and _ends(one) != _ends(other):
        return False
    return all(
        [v.aval for v in a.inputs] == [v.aval for v in b.inputs]
        and _compute_alike(a, b)
        and _written(a) == _written(b)
        for a, b in zip(bodies_of(one), bodies_of(other), strict=True)
    )


def _ends(loop: Loop) -> tuple[int, bool]:
    return loop.carried, loop.until


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
        told = None if bodies_of(operation) else operation
        found.append((told, *map(place, s.operands)))
    return [*found, *map(place, body.outputs)]
