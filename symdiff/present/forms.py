"""What the formulas of loops and branches have in common, and what they ask of each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from typing import Any, Protocol

import sympy

from ..errors import TooLargeError
from ..program.program import Operand, Program, Statement, Var
from ..records import dataclass
from .lengths import Counts
from .solving import Assumed


class Unwritable(TooLargeError):
    """A loop has no form that can be read as a formula."""


@dataclass
class Context:
    """What the loops of one function have in common.

    Attributes:
        counts: what the lengths of arrays are.
        letters: the names that a formula holds: no index goes by one of them.
        lines: the recurrences that the formulas mean, as text is made of them.
        assumed: what closed forms assume.
        names: the sequences that recurrences are of.
        shapes: those of names and of operations on whole arrays.
        depth: how many loops there are around.
        bar: what the names of cotangents end with.
        elements: by a vector, what tells its element at an index.
        indices: by its name, what the index of a loop is of the number of the iteration: a factor
            of that, and what is added.
    """

    counts: Counts
    letters: set[str]
    lines: list[Any] = field(default_factory=list)
    assumed: Assumed = field(default_factory=lambda: Assumed({}))
    names: set[str] = field(default_factory=set)
    shapes: dict[Any, tuple[int, ...]] = field(default_factory=dict)
    depth: int = 0
    indices: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    bar: str = "_bar"
    elements: dict[Any, Any] = field(default_factory=dict)

    def length(self, value: int) -> Any:
        """A length that was assumed, as what it is of the length of the first array."""
        found = self.named(value)
        if found is None:
            raise Unwritable("a length is no simple matter of that of an argument")
        return found

    def named(self, value: int) -> Any:
        """A number that stands for a length, or is near to one; `None` for any other."""
        for assumed, n in self.counts.assumed():
            if abs(value - assumed) <= _NEAR:
                return n + (value - assumed)
        return None

    def size(self, value: int) -> Any:
        """How many elements a vector has."""
        found = self.named(value)
        return sympy.Integer(value) if found is None else found

    def sequence(self, name: str) -> str:
        """A name for the sequence of what a loop carries."""
        found, number = name, 1
        while found in self.names or f"{found}_bar" in self.names:
            number += 1
            found = f"{name}{number}"
        self.names.add(found)
        return found


_NEAR = 64


@dataclass(frozen=True)
class Read:
    """An element of a vector that the body of a loop reads: `source[place]`."""

    source: Var
    place: Any
    var: Var


@dataclass(frozen=True)
class Line:
    """`left = right`, for all `k` in `range(count)`.

    Attributes:
        left: a term of a sequence.
        right: what it is.
        k: the number of the iteration; `None` where the line is of one term.
        count: how many iterations there are.
        backward: whether it goes from the last iteration to the first.
    """

    left: Any
    right: Any
    k: Any = None
    count: Any = None
    backward: bool = False


@dataclass(frozen=True)
class Until:
    """How many iterations there are: the first `k` for which one of some tests holds."""

    count: Any
    k: Any
    tests: tuple[Any, ...]


class Inside(Protocol):
    """A program as expressions."""

    program: Program
    context: Context
    plain: list[Statement]
    guards: list[Statement]

    @property
    def outputs(self) -> list[Any]:
        """The expressions of its outputs."""

    def inside(self, program: Program, given: Sequence[Any]) -> Inside:
        """A program in one of its statements."""

    def value(self, operand: Operand) -> Any:
        """The expression of a variable or constant."""

    def shape_of(self, expr: Any) -> tuple[int, ...]:
        """The shape of an expression by itself."""

    def pull(self, seeds: Sequence[Any]) -> tuple[dict[Var, Any], list[tuple[Read, Any]]]:
        """The cotangents of the inputs, and of the elements that are read."""


def plain_name(name: str) -> str:
    """A name without the number that tells it from others; `k` for `_`."""
    found = re.sub(r"(_\d+)+$", "", name) or name
    return found if found.strip("_") else "k"
