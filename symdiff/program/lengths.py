"""Lengths that a program leaves free: operations that read one, and that make arrays of it.

A program for all lengths of an array asks for the length where it needs it. Arrays whose lengths
are the same in every call are a *group*, with one number for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..records import dataclass
from .program import INT, Aval
from .sources import Source

LEAST_FREE = 1009
"""Numbers from here on stand for lengths that are free, where a derivative is made for all."""


@dataclass(frozen=True, slots=True)
class AnyLength:
    """In the shape that is checked of an array: any length, the same one in a group.

    There may be a largest one: for longer arrays it is not known how much memory a program takes.
    """

    group: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class LengthOf:
    """An `Operation`: the length of an array, which differs between calls.

    >>> LengthOf().evaluate(np.ones(3))
    3
    """

    @property
    def name(self) -> str:
        return "length_of"

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return INT

    def evaluate(self, x: Any) -> int:
        return len(x)

    def describe(self, operands: Sequence[str]) -> str:
        return f"len({operands[0]})"


@dataclass(frozen=True, slots=True)
class Filled:
    """An `Operation`: an array with an axis of a free length, and one number in all places.

    Its operands are the length and the number. `aval` has the length that a trace or a derivation
    takes for the free one, which is that of the axis number `axis`.

    >>> Filled(Aval.of((3,), "float64")).evaluate(2, 1.5)
    array([1.5, 1.5])
    """

    aval: Aval
    axis: int = 0

    def shape(self, length: Any) -> tuple[Any, ...]:
        """The shape for a length, or for what stands for one."""
        return tuple([length if k == self.axis else n for k, n in enumerate(self.aval.shape)])

    @property
    def name(self) -> str:
        return "filled"

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return self.aval

    def evaluate(self, length: int, value: Any) -> Any:
        return np.full(self.shape(length), value, self.aval.dtype)

    def describe(self, operands: Sequence[str]) -> str:
        return f"full({', '.join(operands)})"


def place_of(source: Source) -> str:
    """What tells where a source is found, in any call.

    >>> from .sources import Argument
    >>> place_of(Argument(0, "x"))
    'arg_0'
    """
    return source.code(lambda value, hint: f"{hint}_{id(value)}")
