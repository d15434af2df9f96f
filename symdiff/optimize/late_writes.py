"""Writes to elements as late in an iteration as they may be made: behind what may end the loop.

An iteration that is not made after all leaves an array as it was. What is written to it before that
is known would have to be written to a copy.
"""

from __future__ import annotations

from dataclasses import replace

from ..operations.table.structural import Structural
from ..program.program import Program, Statement, Var, guards_in
from .loops import in_loops


def with_late_writes(program: Program) -> Program:
    """The program, in which the bodies of loops write to elements behind their guards."""
    return in_loops(program, _late)


def _late(body: Program) -> Program:
    body = in_loops(body, _late)
    guards = [k for k, s in enumerate(body.statements) if any(guards_in(_alone(s)))]
    last = max(guards, default=-1)
    if not any(_is_write(s) for s in body.statements[: max(last, 0)]):
        return body
    made: list[Statement] = []
    waiting: list[Statement] = []
    for k, s in enumerate(body.statements):
        written = {w.target for w in waiting}
        if _is_write(s) and k < last:
            waiting.append(s)
            continue
        if k > last or any(type(o) is Var and o in written for o in s.operands):
            made += waiting
            waiting = []
        made.append(s)
    return replace(body, statements=[*made, *waiting])


def _alone(statement: Statement) -> Program:
    return Program("", (), [statement], ())


def _is_write(statement: Statement) -> bool:
    operation = statement.operation
    return type(operation) is Structural and operation.name == "setitem"
