"""Of what a program takes logarithms."""

from __future__ import annotations

from ..operations.table.template import Template
from ..program.program import Program, Var


def logarithms(program: Program) -> set[Var]:
    """The variables of which there is a logarithm: where one is 0, that is no number.

    >>> from symdiff import grad
    >>> import math
    >>> print(*logarithms(grad(lambda x: math.log(x) ** 2).program(2.0)))
    x
    """
    found: set[Var] = set()
    for statement in program.statements:
        operation = statement.operation
        if type(operation) is Template and "log" in operation.code:
            for place, token in zip(operation.code, operation.code[1:], strict=False):
                operand = statement.operands[place] if type(place) is int else None
                if token == "log" and type(operand) is Var:
                    found.add(operand)
    return found
