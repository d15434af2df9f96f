"""Take derivatives at more accurate values than a function itself computes.

A solver's solution is as accurate as its user asks, and the derivative of what is computed from it
may magnify what is missing: that of an oscillation far out is wrong by its phase. Where an
operation can give its value more accurately (`StructuralEntry.exact`), derivatives are taken there;
the value that a function returns stays what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.statements.builder import Builder
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Operand, Program, Statement, Var, one_of_each, substituted
from .activity import active_variables


def at_exact_values(program: Program, wrt: Sequence[Var]) -> Program:
    """The program with what follows from such operations a second time, and outputs of that."""
    if not any(map(_exact, one_of_each(program))):
        return program
    active = active_variables(program, wrt)
    ops = Builder()
    renamed: dict[Var, Operand] = {}
    for statement in program.statements:
        target, operation = statement.target, statement.operation
        operands = substituted(statement.operands, renamed)
        if target is None or type(operation) not in (Template, Structural):
            continue
        ops.span, ops.hint = statement.span, target.name
        if _exact(statement) and target in active:
            assert isinstance(operation, Structural)
            assert operation.entry.exact is not None
            made = operation.entry.exact(ops, *operands, **operation.params)
            if made is not None:
                renamed[target] = made
                continue
        if any(a is not b for a, b in zip(operands, statement.operands, strict=True)):
            again = Var(target.name, target.aval)
            ops.statements.append(Statement(again, operation, operands, statement.span))
            renamed[target] = again
    outputs = substituted(program.outputs, renamed)
    needed = {o for o in outputs if type(o) is Var}
    kept: list[Statement] = []
    for statement in reversed(ops.statements):
        if statement.target in needed:
            kept.append(statement)
            needed.update(o for o in statement.operands if type(o) is Var)
    statements = [*program.statements, *reversed(kept)]
    return Program(program.name, program.inputs, statements, outputs, program.extra)


def _exact(statement: Statement) -> bool:
    operation = statement.operation
    return isinstance(operation, Structural) and operation.entry.exact is not None
