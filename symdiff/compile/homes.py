"""Parts of an array that are computed where they are to be, rather than copied there.

A cotangent of which each slice comes from another statement is put together of its parts
(`scatters.py`). One that nobody else reads, and that is the first in its place, is computed into
that place: the array is made before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np

from ..operations.arrays.index_codes import IndexCode, format_index
from ..operations.arrays.scattering import disjoint
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Program, Var
from ..records import dataclass
from .scatters import MOST_PARTS, gaps_in, is_plain

LEAST = 256
"""Fewer elements are copied in no more time than it takes to name the place."""


@dataclass(frozen=True, slots=True)
class Home:
    """A place of an array, which is made for the first of its parts: by what source."""

    array: Var
    place: str
    made: str | None


@dataclass(frozen=True, slots=True)
class Homes:
    """Where parts are computed, and which of an array these are."""

    parts: dict[Var, Home]
    placed: dict[Var, frozenset[int]]


def homes_in(program: Program, in_place: Collection[int] = ()) -> Homes:
    """What statements of a program compute as parts of an array.

    Args:
        program: the program.
        in_place: the numbers of statements that write to what they read.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import Aval
    >>> ops, x = Builder(), Var("x", Aval.of((999,), "float64"))
    >>> tail = (("slice", 1, None, None),)
    >>> y = ops.scatter_sum(ops.mul(x, x), indexes=(tail,), shape=(1000,))
    >>> [home.place for home in homes_in(Program("f", (x,), ops.statements, (y,))).parts.values()]
    ['1:']
    """
    found, placed = dict[Var, Home](), dict[Var, frozenset[int]]()
    made: dict[Var, int] = {}
    reads = Counter(o for s in program.statements for o in s.operands if type(o) is Var)
    reads.update(o for o in program.outputs if type(o) is Var)
    for number, statement in enumerate(program.statements):
        operation, target = statement.operation, statement.target
        if target is None:
            continue
        if type(operation) is Template and number not in in_place:
            made[target] = number
        if type(operation) is not Structural or operation.name != "scatter_sum":
            continue
        indexes, shape = operation.params["indexes"], operation.params["shape"]
        if target.aval.dtype != "float64" or target.aval.size < LEAST:
            continue
        if len(indexes) > MOST_PARTS or not all(map(is_plain, indexes)):
            continue
        parts = [
            k
            for k, (part, fresh) in enumerate(
                zip(statement.operands, disjoint(indexes, shape)[1], strict=True)
            )
            if fresh
            and type(part) is Var
            and part in made
            and reads[part] == 1
            and part.aval.dtype == "float64"
            and part.aval.shape == _shape_of(indexes[k], shape)
            and not any(isinstance(i, tuple) and i[3] not in (None, 1) for i in indexes[k])
        ]
        first = min([made[statement.operands[k]] for k in parts], default=0)
        source = f"numpy.{'zeros' if gaps_in(indexes, shape) is None else 'empty'}({shape})"
        for k in parts:
            part = statement.operands[k]
            found[part] = Home(
                target, format_index(indexes[k]), source if made[part] == first else None
            )
        if parts:
            placed[target] = frozenset(parts)
    return Homes(found, placed)


def _shape_of(index: IndexCode, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of a place; `None` for one element."""
    (where,) = disjoint((index,), shape)[0]
    return np.shape(np.broadcast_to(0.0, shape)[where]) or None
