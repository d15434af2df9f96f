"""What is known beforehand of values that a program computes: that they are one, or true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

import numpy as np

from ..operations.statements.known import with_known
from ..operations.table.template import COPY, Literal, Template
from ..program.program import Operand, Program, Statement, Var
from ..records import dataclass
from .loops import in_bodies

_NOT = Template.of((0, "logical_not"))
_EITHER = Template.of((0, 1, "logical_or"))


def with_constants(program: Program) -> Program:
    """The program, in which expressions leave out what is known: a division by one, an arm.

    The shares of a total come to one, and either a length is at its tip or it is not.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import BOOL, FLOAT
    >>> ops, x, c = Builder(), Var("x", FLOAT), Var("c", BOOL)
    >>> one = ops.emit(COPY, (1.0,))
    >>> either = ops.emit(_EITHER, (c, ops.emit(_NOT, (c,))))
    >>> chosen = ops.emit(Template.of((0, 1, 2, "div", 2, "where")), (either, x, one))
    >>> print(with_constants(Program("f", (x, c), ops.statements, (chosen,))).statements[-1])
    t = x
    """
    program = in_bodies(program, with_constants)
    known = _Known()
    statements = []
    changed = False
    for statement in program.statements:
        if type(statement.operation) is Template:
            simpler = known.simplified(statement)
            changed = changed or simpler is not statement
            statement = simpler
            known.note(statement)
        elif statement.operation.name == "detach":  # nothing is differentiated from here on
            changed = True
            statement = Statement(statement.target, COPY, statement.operands, statement.span)
        statements.append(statement)
    return replace(program, statements=statements) if changed else program


@dataclass(slots=True)
class _Known:
    values: dict[Var, Operand] = field(default_factory=dict)
    opposites: dict[Var, Operand] = field(default_factory=dict)

    def simplified(self, statement: Statement) -> Statement:
        """A statement that reads what is known, where it is shorter for that."""
        if not any(type(o) is Var and o in self.values for o in statement.operands):
            return statement
        template = statement.operation
        assert isinstance(template, Template)
        given = tuple([self.values.get(o, o) if type(o) is Var else o for o in statement.operands])
        shorter, operands = with_known(template, given)
        if len(shorter.code) >= len(template.code):
            return statement
        return Statement(statement.target, shorter, operands, statement.span)

    def note(self, statement: Statement) -> None:
        template, operands, target = statement.operation, statement.operands, statement.target
        assert isinstance(template, Template)
        assert target is not None
        if template is _NOT:
            self.opposites[target] = operands[0]
        elif template is _EITHER and _are_opposite(operands, self.opposites):
            self.values[target] = True
        elif not target.aval.shape and target.aval.dtype == "float64":
            (token, *more) = template.code
            value = token.value if isinstance(token, Literal) else operands[0]
            if not more and type(value) is not Var:
                self.values[target] = float(value) if target.aval.weak else np.float64(value)


def _are_opposite(operands: Sequence[Operand], opposites: dict[Var, Operand]) -> bool:
    one, other = operands
    if type(one) is not Var or type(other) is not Var:
        return False
    return opposites.get(one) is other or opposites.get(other) is one
