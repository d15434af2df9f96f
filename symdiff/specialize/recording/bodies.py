"""The body of a loop, made of what has been recorded: its inputs, and what goes before the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...operations.table.template import Template
from ...program.program import Keep, Operand, Program, Statement, Var, name_uniquely, substituted
from ...records import dataclass
from .ways import Way, is_element


@dataclass(frozen=True, slots=True)
class Body:
    """A body, and what stands before its loop.

    Attributes:
        program: the body; its inputs are what is carried, then the invariants.
        invariants: the variables outside that are the same in all iterations.
        before: statements that compute what does not vary, once.
    """

    program: Program
    invariants: Sequence[Var]
    before: Sequence[Statement]


def body_of(
    way: Way, carried: Sequence[Var], outputs: Sequence[Operand], first: Mapping[Var, Operand]
) -> Body:
    """The body of a loop.

    Args:
        way: what an iteration records.
        carried: the variables that are carried.
        outputs: what they are in the next iteration.
        first: what stands for variables that stay what they are.
    """
    before, within = _parted(way.statements, carried, first)
    targets = {s.target for s in within}
    inner: dict[Var, Var] = {v: v for v in carried}
    invariants: list[Var] = []

    def renamed(operand: Operand) -> Operand:
        operand = first.get(operand, operand) if type(operand) is Var else operand
        if type(operand) is not Var or operand in targets:
            return operand
        known = inner.get(operand)
        if known is None:
            known = inner[operand] = Var(operand.name, operand.aval)
            invariants.append(operand)
        return known

    body = [
        Statement(s.target, s.operation, tuple(map(renamed, s.operands)), s.span) for s in within
    ]
    results = tuple(map(renamed, outputs))
    inputs = (*carried, *[inner[v] for v in invariants])
    return Body(name_uniquely(Program("body", inputs, body, results)), invariants, before)


def _parted(
    statements: Sequence[Statement], carried: Sequence[Var], first: Mapping[Var, Operand]
) -> tuple[list[Statement], list[Statement]]:
    """What does not vary and cannot raise, and the rest.

    An element that is read at a fixed place is a number of its own then, whose derivatives are
    summed up as numbers, and put in their place once.
    """
    own: set[Any] = set(carried)
    kept = {s.operands[0] for s in statements if type(s.operation) is Keep}
    before, within = [], []
    for s in statements:
        operands = substituted(s.operands, first)
        fixed = type(s.operation) is Template or is_element(s)
        varies = any(type(o) is Var and o in own for o in operands)
        if fixed and not varies and s.target not in kept:
            before.append(Statement(s.target, s.operation, operands, s.span))
        else:
            within.append(s)
            own.add(s.target)
    return before, within
