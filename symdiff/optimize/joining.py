"""Lines of numbers that one other line reads, joined with it: Python's stack holds what is between.

That costs less than a variable, and what reads a number may stand far from what makes it. A number
that is read where a choice may leave it out stays a line: it may raise.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..operations.statements.known import without_gaps
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Template, in_arms
from ..program.program import Program, Statement, Var

_LONGEST = 60
"""No expression of more tokens is made: Python bounds how deep parentheses may be."""


def with_lines_joined(program: Program) -> Program:
    """The program, in which expressions of numbers that are read once stand where they are read.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import FLOAT
    >>> ops, x, y = Builder(), Var("x", FLOAT), Var("y", FLOAT)
    >>> z = ops.mul(ops.sin(x), ops.add(x, y))
    >>> print(*with_lines_joined(Program("f", (x, y), ops.statements, (z,))).statements)
    t = sin(x)*(x + y)
    """
    times = Counter(o for s in program.statements for o in s.operands if type(o) is Var)
    times.update(o for o in program.outputs if type(o) is Var)
    open_lines: dict[Var, Statement] = {}
    statements: list[Statement | None] = []
    places: dict[Var, int] = {}
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if type(operation) is not Template or target is None or target.aval.shape:
            statements.append(statement)
            continue
        known = {o: open_lines[o] for o in statement.operands if type(o) is Var and o in open_lines}
        if known:
            statement, joined = _joined(statement, known)
            for var in joined:
                statements[places[var]] = None
        if times[target] == 1 and target.aval.dtype == "float64":
            open_lines[target] = statement
            places[target] = len(statements)
        statements.append(statement)
    kept = [s for s in statements if s is not None]
    return Program(program.name, program.inputs, kept, program.outputs, program.extra)


def _joined(statement: Statement, known: dict[Var, Statement]) -> tuple[Statement, list[Var]]:
    """A line with others in the place of operands that it reads once, and which these are."""
    template = statement.operation
    assert isinstance(template, Template)
    operands: list[Any] = list(statement.operands)
    inside = in_arms(template.code)
    reads = Counter(operands[t] for t in template.code if type(t) is int and _is_var(operands[t]))
    code: list[Any] = []
    joined: list[Var] = []
    room = _LONGEST - len(template.code)
    decides = any(map(_decides, template.code))
    for token, in_arm in zip(template.code, inside, strict=True):
        operand: Any = operands[token] if type(token) is int else None
        line = known.get(operand) if _is_var(operand) else None
        if line is None or in_arm or decides or reads[operand] > 1:
            code.append(token)
            continue
        own = line.operation
        assert isinstance(own, Template)
        room -= len(own.code)
        if room < 0:
            code.append(token)
            continue
        start = len(operands)
        operands += line.operands
        code += [start + t if type(t) is int else t for t in own.code]
        joined.append(operand)
    if not joined:
        return statement, joined
    # One operand may be read by several of the lines.
    first: dict[Any, int] = {}
    code = [
        first.setdefault(operands[t] if type(operands[t]) is Var else (t, "constant"), t)
        if type(t) is int
        else t
        for t in code
    ]
    made, read = without_gaps(code, operands)
    return Statement(statement.target, made, tuple(read), statement.span), joined


def _is_var(operand: Any) -> bool:
    return type(operand) is Var


def _decides(token: Any) -> bool:
    """Whether an operation leaves out an operand, or writes it twice."""
    if type(token) is not str or token == "where":
        return False
    entry = TABLE.entries[token]
    assert isinstance(entry, ElementwiseEntry)
    twice = any(entry.math.count(f"{{{k}}}") > 1 for k in range(entry.arity))
    return twice or " if " in entry.math or " or " in entry.math
