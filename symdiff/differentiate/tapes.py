"""Tapes of derivatives: sums and zeros, and what their entries are."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SourceSpan
from ..operations.statements.builder import Builder
from ..program.loops import TAPE, Loop, Result
from ..program.program import FOUND, Aval, Operand, Program, Statement, Var
from .activity import zeros_of


def entry_of(program: Program, tape: Var) -> Aval:
    """What the entries of a tape are, by what makes it, or by what reads it."""
    for statement in program.statements:
        operation = statement.operation
        if isinstance(operation, Result) and statement.target is tape:
            assert operation.entry is not None
            return operation.entry
        if isinstance(operation, Loop):
            tapes = operation.parts(statement.operands[1:])[1]
            entries = operation.parts(operation.body.inputs)[1]
            for var, operand in zip(entries, tapes, strict=True):
                if operand is tape:
                    aval: Aval = var.aval
                    return aval
    raise AssertionError(f"nothing makes or reads {tape.name}")


def zero_tape(statements: list[Statement], tape: Var, entry: Aval) -> Var:
    """A tape of zeros, as long as another."""
    var, found = Var("entry", entry), Var("zeros", FOUND)
    loop = Loop(Program("zeros", (var,), [], (zeros_of(entry),)), carried=0, elements=1)
    result = Result.stacked(loop, 0)
    made = Var("zeros", TAPE)
    statements.append(Statement(found, loop, (None, tape)))
    statements.append(Statement(made, result, (found,)))
    return made


def sum_of_tapes(ops: Builder, tapes: Sequence[Var], entry: Aval, span: SourceSpan | None) -> Var:
    """A tape with the sums of the entries of several."""
    entries = [Var("entry", entry) for _ in tapes]
    lines = Builder()
    total: Operand = entries[0]
    for other in entries[1:]:
        total = lines.apply("add", total, other)
    loop = Loop(
        Program("sum", tuple(entries), lines.statements, (total,)), carried=0, elements=len(tapes)
    )
    found = Var("sum", FOUND)
    ops.statements.append(Statement(found, loop, (None, *tapes), span))
    result = Result.stacked(loop, 0)
    target = Var("sum", result.aval)
    ops.statements.append(Statement(target, result, (found,), span))
    return target
