"""What derivatives of loops and of branches have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from ..operations.statements.builder import Builder
from ..program.loops import TAPE, Result
from ..program.program import (
    Aval,
    Operand,
    Operation,
    Program,
    Statement,
    Var,
    bodies_of,
    operand_aval,
)
from ..records import dataclass
from .activity import zeros_of
from .cotangents import conformed
from .loop_activity import Key

NO_ZEROS, CHANCE_ZEROS, ANY_ZEROS = range(3)
"""Where a cotangent may be zero for certain, and what lies before infinite: nowhere, where that is
infinite for ordinary numbers, or anywhere."""


class Jvp(Protocol):
    """The forward sweep through a body or an arm."""

    def __call__(
        self,
        program: Program,
        wrt: Sequence[Var],
        tangents: Sequence[Operand],
        still: Collection[Var],
    ) -> tuple[Program, list[bool]]:
        """A derived program, and which of its outputs may not move at all."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the tangent of each result is, and which of them may not move at all.

    Such a tangent is zero where a function written out has none: an infinite partial must not make
    it no number.
    """

    places: dict[Key, Result]
    still: set[Key]


class Vjp(Protocol):
    """The reverse sweep through a body or an arm."""

    def __call__(
        self,
        program: Program,
        wrt: Sequence[Var],
        cotangents: Sequence[Operand],
        zeros: Sequence[int],
        onto: Mapping[Var, Operand],
    ) -> tuple[Program, list[int]]:
        """A derived program, and where each of its cotangents may be zero for certain."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What the reverse of a loop or branch contributes to one cotangent.

    Attributes:
        operand: whose cotangent.
        part: what is added to it.
        zeros: where that may be zero for certain.
        arm: the one arm that it comes from, if it is zero in the other.
    """

    operand: Var
    part: Var
    zeros: int
    arm: int | None = None


@dataclass(slots=True)
class Pulled:
    """All that the reverse of a loop or branch contributes.

    Attributes:
        numbers: the contributions to numbers and arrays.
        tapes: a tape, its cotangent, which is a tape, and what its entries are.
        zeros: where the entries of those may be zero for certain.
    """

    numbers: list[Contribution]
    tapes: list[tuple[Var, Var, Aval]]
    zeros: int


def tangent_for(
    ops: Builder, operand: Operand, aval: Aval, tangents: Mapping[Var, Operand]
) -> Operand:
    """The tangent of an operand, as that of an input that it is given to."""
    tangent = tangents.get(operand) if type(operand) is Var else None
    if tangent is None:
        return zeros_of(aval)
    if operand_aval(operand) is TAPE:
        return tangent
    return conform(tangent, aval, ops.statements)


def conform(operand: Operand, aval: Aval, statements: list[Statement]) -> Operand:
    """Give a tangent or cotangent the shape and dtype of what carries it."""
    if aval is TAPE:
        return operand
    ops = Builder()
    ops.statements = statements
    operand = conformed(ops, operand, aval)
    if operand_aval(operand).dtype != aval.dtype:
        operand = ops.apply("cast", operand, dtype=aval.dtype)
    return operand


def operations_in(program: Program) -> Iterator[tuple[Statement, Operation]]:
    """The loops and branches of a program, and of those inside."""
    for statement in program.statements:
        for body in bodies_of(statement.operation):
            yield statement, statement.operation
            yield from operations_in(body)
