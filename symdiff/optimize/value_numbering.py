"""Compute each value once: a statement that repeats an earlier one gives way to it."""

from __future__ import annotations

from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.loops import Result
from ..program.program import Operand, Program, Statement, Var
from .loops import in_bodies, with_fixed_outside


def number_values(program: Program) -> Program:
    """The same program, in which no two statements compute the same thing.

    Only elementwise and structural operations are merged: a read or a call may differ each time.
    What is the same in all iterations of a loop is computed before it.

    >>> from symdiff.program.program import FLOAT
    >>> from symdiff.operations.statements.builder import Builder
    >>> ops, x = Builder(), Var("x", FLOAT)
    >>> y = ops.mul(ops.sin(x), ops.sin(x))
    >>> len(ops.statements), len(number_values(Program("f", (x,), ops.statements, (y,))))
    (3, 2)
    """
    program = with_fixed_outside(in_bodies(program, number_values))
    replaced: dict[Var, Var] = {}  # never maps to a variable that is itself replaced
    seen: dict[Any, Var] = {}
    statements: list[Statement] = []
    for statement in program.statements:
        operands = statement.operands
        if replaced:
            for operand in operands:
                if type(operand) is Var and operand in replaced:
                    operands = tuple(
                        [replaced.get(o, o) if type(o) is Var else o for o in operands]
                    )
                    statement = Statement(
                        statement.target, statement.operation, operands, statement.span
                    )
                    break
        target, operation = statement.target, statement.operation
        if target is not None and operation is COPY and type(operands[0]) is Var:
            replaced[target] = operands[0]
            continue
        if target is not None and type(operation) in (Template, Structural, Result):
            key = (operation, *[o if type(o) is Var else _constant(o) for o in operands])
            earlier = seen.setdefault(key, target)
            if earlier is not target and earlier.aval is target.aval:
                replaced[target] = earlier
                continue
        statements.append(statement)
    outputs = tuple([_follow(o, replaced) for o in program.outputs])
    return Program(program.name, program.inputs, statements, outputs, program.extra)


def _constant(operand: Operand) -> Any:
    if type(operand) in (int, float, bool):
        return (type(operand), repr(operand))
    return id(operand)


def _follow(operand: Operand, replaced: dict[Var, Var]) -> Operand:
    return replaced.get(operand, operand) if type(operand) is Var else operand
