"""Remove statements that no output, guard or effect depends on."""

from __future__ import annotations

from ..program.acts import Opaque
from ..program.program import Program, Statement, Var


def remove_dead_code(program: Program) -> Program:
    """The same program without the statements nobody needs. Guards and effects stay.

    >>> from symdiff.program.program import FLOAT
    >>> from symdiff.operations.statements.builder import Builder
    >>> ops, x = Builder(), Var("x", FLOAT)
    >>> unused, y = ops.sin(x), ops.cos(x)
    >>> len(remove_dead_code(Program("f", (x,), ops.statements, (y,))))
    1
    """
    needed = {o for o in program.outputs if type(o) is Var}
    kept: list[Statement] = []
    for statement in reversed(program.statements):
        target = statement.target
        if target is None or target in needed or type(statement.operation) is Opaque:
            kept.append(statement)
            needed.update([o for o in statement.operands if type(o) is Var])
    kept.reverse()
    return Program(program.name, program.inputs, kept, program.outputs, program.extra)
