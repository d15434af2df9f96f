"""Whole numbers that count the iterations of a loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...program.program import INT, Operand, Statement, Var
from ..table.template import Literal, Template


def step_of(var: Var, after: Operand, lines: Sequence[Statement]) -> int | None:
    """By how much a whole number grows in each iteration, if that is a constant.

    Such a number is counted back, and not saved.

    Args:
        var: the number at the head of an iteration.
        after: what it is at the next.
        lines: of the iteration.
    """
    if var.aval is not INT:
        return None
    made = next((s for s in lines if s.target is after), None)
    if made is None or type(made.operation) is not Template:
        return None
    stack: list[Any] = [  # the operands, with constants as what they are
        o if type(o) is Var else Literal.of(o) if type(o) is int else None for o in made.operands
    ]
    code = [stack[t] if type(t) is int else t for t in made.operation.code]
    if len(code) != 3 or code[2] not in ("add", "sub") or var not in code[:2]:
        return None
    step = code[1] if code[0] is var else code[0]
    if not isinstance(step, Literal) or step.kind is not int:
        return None
    if code[2] == "sub":
        return -int(step.value) if code[0] is var else None
    return int(step.value)


def counting_in(
    carried: Sequence[Var], after: Sequence[Operand], lines: Sequence[Statement]
) -> list[Var]:
    """Those of the numbers that a loop carries that grow by a constant in each iteration."""
    return [
        var for var, o in zip(carried, after, strict=True) if step_of(var, o, lines) is not None
    ]
