"""What was not chosen contributes nothing, not even zero times infinity.

A *mask* says which elements of a variable count: those that a `where` chose, that were read, that
nothing has overwritten. The reverse sweep carries it along through the operations that only move
elements; behind any other it is the zeros of the cotangent itself that count.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..operations.indexing import IndexCode, decode_index
from ..operations.linearize import Line, Linearization
from ..operations.template import Literal, Template
from ..program import Operand, Var

MASKS_FOLLOW = frozenset(
    {
        "number",
        "reshape",
        "transpose",
        "flip",
        "roll",
        "sum",
        "concatenate",
        "stack",
        "squeeze",
        "copy",
    }
)
"""Operations whose pullback only moves elements, and so moves a mask as it moves a cotangent."""

SPARSE = frozenset({"getitem", "setitem", "max", "min"})
"""Operations that some elements of their operands have no part in: which ones, the values decide.

There the cotangent is zero, and what lies before gives nothing, as where a `where` does not choose.
"""

_CHOICES = frozenset({"where", "lt", "le", "gt", "ge", "eq", "ne", "neg", "pos"})
FINITE = frozenset({"add", "sub", "mul", "neg", "pos", "sin", "cos", "tanh", "exp", "where"})


HANDING_ON = MASKS_FOLLOW | {"getitem", "setitem", "broadcast_to"}
"""Operations that hand elements on, infinite ones as well."""


def operations_in(line: Line) -> list[str]:
    """The names of the operations that a line computes with."""
    return [t for t in line.template.code if type(t) is str]


def is_finite(plan: Linearization) -> bool:
    """Whether the partials of a statement are finite where its operands are."""
    lines = [line for line in (*plan.partials, *plan.shared) if line is not None]
    return all(FINITE.issuperset(operations_in(line)) for line in lines)


def may_be_infinite(plan: Linearization, line: Line, mask: Operand) -> bool:
    """Whether cotangent times partial may be infinite, or no number, where the cotangent is zero.

    What a `where` does not choose may be infinite to begin with. An element that nobody reads
    (a constant mask) came from an operation that may give infinity, and is caught there.
    """
    if type(mask) is not Var:
        return any(not FINITE.issuperset(operations_in(made)) for made in (line, *plan.shared))
    return any(p >= 0 for p in line.places)


def reads_values(line: Line) -> bool:
    """Whether a line computes with more than the cotangent, and not only to choose."""
    return any(p >= 0 for p in line.places) and not _CHOICES.issuperset(operations_in(line))


@cache
def everywhere(shape: tuple[int, ...]) -> Any:
    """A mask that leaves nothing out."""
    return np.ones(shape, bool)


def outside_of(index: IndexCode, shape: tuple[int, ...], arrays: Sequence[Any]) -> Any:
    """A constant that is false where an index writes."""
    kept = np.ones(shape, bool)
    kept[decode_index(index, arrays)] = False
    kept.flags.writeable = False
    return kept


@cache
def unread(indexes: tuple[IndexCode, ...], shape: tuple[int, ...]) -> Any:
    """A constant that is false where none of the indexes reads; `None` if they read everything."""
    read = np.zeros(shape, bool)
    for index in indexes:
        read[decode_index(index)] = True
    read.flags.writeable = False
    return None if read.all() else read


def chosen(template: Template) -> Template:
    """The template, and zero where one more operand is false."""
    return Template.of((template.arity, *template.code, Literal.of(0.0), "where"))
