"""Statements of a program written a second time, where they read something else."""

from __future__ import annotations

from ..operations.statements.builder import Builder
from ..program.program import KEEP, Operand, Program, Statement, Var, substituted

_NOTHING = Statement(None, KEEP, ())
"""In the place of a statement that nobody needs."""


class Again(Builder):
    """Statements of a program written a second time, where they read something else."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.first = program
        self.inside: dict[Statement, tuple[Statement, int]] = {}  # loops and branches
        self.renamed: dict[Var, Operand] = {}

    def operands(self, statement: Statement) -> tuple[Operand, ...]:
        renamed = self.renamed
        return substituted(statement.operands, renamed)

    def follow(self, statement: Statement) -> None:
        operands, target = self.operands(statement), statement.target
        assert target is not None
        if any(a is not b for a, b in zip(operands, statement.operands, strict=True)):
            self.renamed[target] = self.repeat(statement, operands)

    def go_on(self, statement: Statement) -> None:
        """A loop or branch is run once, and goes on from what has been written a second time."""
        operands = self.operands(statement)
        moved = Statement(statement.target, statement.operation, operands, statement.span)
        self.inside[statement] = moved, len(self.statements)

    def repeat(self, statement: Statement, operands: tuple[Operand, ...]) -> Var:
        assert statement.target is not None
        again = Var(statement.target.name, statement.target.aval)
        self.statements.append(Statement(again, statement.operation, operands, statement.span))
        return again

    def program(self) -> Program:
        """The first program, and what its outputs need of the second."""
        first = self.first
        outputs = substituted(first.outputs, self.renamed)
        needed = {o for o in outputs if type(o) is Var}
        for loop, _ in self.inside.values():
            needed.update(o for o in loop.operands if type(o) is Var)
        kept: list[Statement] = []
        for statement in reversed(self.statements):
            if statement.target in needed:
                kept.append(statement)
                needed.update(o for o in statement.operands if type(o) is Var)
            else:
                kept.append(_NOTHING)
        kept.reverse()
        statements: list[Statement] = []
        done = 0
        for statement in first.statements:
            if statement in self.inside:
                statement, before = self.inside[statement]
                statements += kept[done:before]
                done = before
            statements.append(statement)
        statements = [s for s in (*statements, *kept[done:]) if s is not _NOTHING]
        return Program(first.name, first.inputs, statements, outputs, first.extra)
