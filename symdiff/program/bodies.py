"""Programs inside statements: what the bodies of loops and the arms of branches have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import InvalidProgramError, LoopError, SourceSpan
from .program import (
    Guard,
    Operand,
    Program,
    Statement,
    Var,
    bodies_of,
    format_operand,
    guards_in,
    one_of_each,
    operand_aval,
)


def run(body: Program, values: Sequence[Any]) -> list[Any] | None:
    """The outputs of a body, statement by statement; `None` where a guard fails."""
    known = dict(zip(body.inputs, values, strict=True))

    def value(operand: Operand) -> Any:
        return known[operand] if type(operand) is Var else operand

    for statement in body.statements:
        operation, operands = statement.operation, [value(o) for o in statement.operands]
        if isinstance(operation, Guard):
            if bool(np.all(operands[0])) is not bool(operation.expected):
                return None
        elif statement.target is not None:
            found = known[statement.target] = operation.evaluate(*operands)
            if found is None and bodies_of(operation):
                return None
    return [value(o) for o in body.outputs]


def lines_of(body: Program, ends: bool) -> Iterator[tuple[str, SourceSpan | None]]:
    """The statements of a body as people read them.

    Args:
        body: the program.
        ends: whether it is of a loop, which a guard ends.
    """
    for statement in body.statements:
        operation = statement.operation
        if ends and isinstance(operation, Guard):
            test = format_operand(statement.operands[0])
            yield f"if {'not ' if operation.expected else ''}{test}: break", statement.span
        else:
            yield from statement.lines()


def assignment(pairs: Sequence[tuple[str, str]]) -> str:
    """Variables and what they become at the same time, as people write it."""
    return f"{', '.join(a for a, _ in pairs)} = {', '.join(b for _, b in pairs)}"


def check_guards(body: Program) -> None:
    """Whether the guards of a body may end a loop.

    Raises:
        InvalidProgramError: one is not of a decision.
    """
    for statement in guards_in(body):
        assert isinstance(statement.operation, Guard)
        if statement.operation.kind != "truth":
            raise InvalidProgramError(
                f"a guard in a body or an arm is of a truth, not {statement}", where=statement.span
            )


def agree(var: Var, operand: Operand, of: str, what: str) -> None:
    """Whether an operand may become the value of an input.

    Raises:
        InvalidProgramError: it may not.
    """
    have, want = operand_aval(operand), var.aval
    if have.shape != want.shape or have.dtype != want.dtype:
        raise InvalidProgramError(
            f"{var.name} of a {of} is {want!r}, and {what} {format_operand(operand)}: {have!r}"
        )


def refuse_structured(program: Program, what: str) -> None:
    """Refuse a program with loops and branches, where what is done to it knows none.

    Raises:
        LoopError: it has one.
    """
    statement = first_structured(program)
    if statement is not None:
        raise LoopError(f"{what} of a {statement.operation.name}", where=statement.span)


def first_structured(program: Program) -> Statement | None:
    """The first loop or branch of a program, if there is one."""
    return next((s for s in one_of_each(program) if bodies_of(s.operation)), None)
