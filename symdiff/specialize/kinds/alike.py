"""Whether a function computes the same with arrays of other sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...operations.table.template import Literal, Template
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
        # A number is a part of the one and an operand of the other, if the function has it, too.
        left, right = _parts(one), _parts(other)
        return len(left) == len(right) and all(map(_is_same_part, left, right))
    return a.name == b.name and len(one.operands) == len(other.operands)


def _parts(statement: Statement) -> list[Any]:
    """An expression in postfix order: names of operations, variables and numbers."""
    operation = statement.operation
    assert isinstance(operation, Template)
    return [
        t if isinstance(t, str) else t.value if isinstance(t, Literal) else statement.operands[t]
        for t in operation.code
    ]


def _is_same_part(one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return type(one) is type(other) and bool(one == other)
    return (type(one) is Var) == (type(other) is Var)


def are_same_at(one: Sequence[Path], other: Sequence[Path], third: Sequence[Path]) -> bool:
    """Whether the numbers that two traces share stand in a third one, too."""
    together = zip(_numbers(one), _numbers(other), _numbers(third), strict=False)
    return all(a != b or a == c for a, b, c in together)


def _numbers(paths: Sequence[Path]) -> Iterator[Any]:
    """The numbers in programs that are alike, in order."""
    for path in paths:
        for statement in path.program.statements:
            elements = isinstance(statement.operation, Template)
            for part in _parts(statement) if elements else statement.operands:
                if type(part) is not Var and isinstance(part, int | float):
                    yield float(part)
