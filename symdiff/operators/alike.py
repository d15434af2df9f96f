"""Whether two traces of a function have gone the same way."""

from __future__ import annotations

from ..program.alike import same_operation
from ..program.bodies import first_structured
from ..program.program import Program, bodies_of
from ..specialize.result import Specialization


def are_one(one: Specialization, other: Specialization) -> bool:
    """Whether two traces have gone the same way.

    That their decisions came out alike is not enough: an index that lies in a table is an operand,
    and one beyond its end is a decision, so that the same outcomes may be those of other decisions.
    Loops and branches must be the same: what they decide is in no path.
    """
    return one.path == other.path and _compute_alike(one.program, other.program)


def has_loops(program: Program) -> bool:
    """Whether a loop has stayed a loop, or a branch a branch."""
    return first_structured(program) is not None


def _compute_alike(one: Program, other: Program) -> bool:
    if len(one.statements) != len(other.statements):
        return False
    for a, b in zip(one.statements, other.statements, strict=True):
        p, q = a.operation, b.operation
        if type(p) is not type(q) or p.name != q.name:
            return False
        if bodies_of(p) and not same_operation(p, q):
            return False
    return True
