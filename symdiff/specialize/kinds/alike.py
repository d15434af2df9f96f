"""Whether a function computes the same with arrays of other sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...operations.table.template import Template
from ...program.program import Statement, Var
from ..paths import Path


def are_alike(one: Sequence[Path], other: Sequence[Path]) -> bool:
    """Whether the same operations are carried out on the same ways."""
    return len(one) == len(other) and all(map(_is_like, one, other))


def _is_like(one: Path, other: Path) -> bool:
    if type(one.raised) is not type(other.raised):
        return False
    if [o for _, o in one.decisions] != [o for _, o in other.decisions]:
        return False
    left, right = one.program.statements, other.program.statements
    return len(left) == len(right) and all(map(_same_operation, left, right))


def _same_operation(one: Statement, other: Statement) -> bool:
    a, b = one.operation, other.operation
    if type(a) is Template and type(b) is Template:
        return len(a.code) == len(b.code) and all(
            type(p) is type(q) and (not isinstance(p, str | int) or p == q)
            for p, q in zip(a.code, b.code, strict=True)
        )
    return a.name == b.name and len(one.operands) == len(other.operands)


def are_same_at(one: Sequence[Path], other: Sequence[Path], third: Sequence[Path]) -> bool:
    """Whether the numbers that two traces share stand in a third one, too."""
    together = zip(_numbers(one), _numbers(other), _numbers(third), strict=False)
    return all(a != b or a == c for a, b, c in together)


def _numbers(paths: Sequence[Path]) -> Iterator[Any]:
    """The numbers in programs that are alike, in order."""
    for path in paths:
        for statement in path.program.statements:
            if type(statement.operation) is Template:
                yield from [repr(t) for t in statement.operation.code if not isinstance(t, str)]
            for operand in statement.operands:
                if type(operand) is not Var and isinstance(operand, int | float):
                    yield repr(operand)
