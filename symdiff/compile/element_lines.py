"""The lines that take small arrays apart into numbers, and that put arrays together of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from functools import lru_cache
from itertools import groupby
from struct import Struct
from typing import Any

from ..operations.runtime.pristine import NUMPY
from ..operations.table.structural import Structural
from ..program.program import Statement, Var
from ..records import dataclass
from .aliases import is_element
from .checks import ALONE, MATH_DTYPES, CheckLines
from .lifetimes import Lifetimes

_DENSE_READS = 8
"""An array of which one element in so many is read becomes a list of Python numbers first."""

_MOST_NAMES = 128
"""A larger array is not taken apart at once, each element under a name of its own."""


@dataclass(slots=True)
class ElementLines(CheckLines):
    """Writes lines that read elements of arrays, or make arrays of numbers."""

    lifetimes: Lifetimes = field(kw_only=True)
    lists: dict[Var, str] = field(default_factory=dict)
    whole: Lifetimes | None = None  # those of the program outside of all loops and arms
    asked: set[Var] = field(default_factory=set)  # whose size is asked for, or is going to be
    unpacked: dict[Var, list[str]] = field(default_factory=dict)

    def element(self, operation: Structural, statement: Statement) -> bool:
        """Read a number from a list, where an array is read element by element."""
        target, x = statement.target, statement.operands[0]
        assert target is not None
        if type(x) is not Var or not is_element(statement):
            return False
        if self.unpack(x):
            return True
        known = self.list_of(x)
        if known is None:
            return False
        places = "".join([f"[{k}]" for k in operation.params["index"]])
        self.python_numbers.add(target)
        self.lines.append((target.name, f"{known}{places}"))
        return True

    def list_of(self, x: Var) -> str | None:
        """The list that an array is made, where it is worth that for its elements."""
        if self.careful or x.aval.dtype not in MATH_DTYPES:
            return None
        known = self.lists.get(x)
        reads = len(self.lifetimes.element_reads[x])
        if known is None and reads > 1 and reads * _DENSE_READS >= x.aval.size:
            known = self.lists[x] = self.namer(f"{x.name}_list")
            self.lines.append((known, f"{x.name}.tolist()"))
        return known

    def is_unpacked(self, x: Var) -> bool:
        """Whether the elements of an array that are read are to be named in one line."""
        if self.careful or x.aval.dtype != "float64" or self.lifetimes is not self.whole:
            return False
        reads = self.lifetimes.element_reads[x]
        if not reads or x in self.lists or not 2 * len(reads) >= x.aval.size <= _MOST_NAMES:
            return False
        return all(s.operands[0] is x for s in reads)  # else in an arm, under another name

    def unpack(self, x: Var) -> list[str]:
        """The names of the elements of a small array that are read anywhere, given in one line."""
        known = self.unpacked.get(x)
        if known is not None or not self.is_unpacked(x):
            return known or []
        names: dict[tuple[int, ...], str] = {}
        again = []
        for statement in self.lifetimes.element_reads[x]:
            target, operation = statement.target, statement.operation
            assert target is not None
            assert isinstance(operation, Structural)
            index = operation.params["index"]
            place = tuple([k % n for k, n in zip(index, x.aval.shape, strict=True)])
            if place in names:
                again.append((target.name, names[place]))
            names.setdefault(place, target.name)
            self.python_numbers.add(target)
            if x in self.asked:
                self.asked.add(target)
        self.lines.append((self.nested(names, x.aval.shape, ()), f"{x.name}.tolist()"))
        self.lines += again
        self.unpacked[x] = list(names.values())
        return self.unpacked[x]

    def nested(
        self, names: dict[tuple[int, ...], str], shape: tuple[int, ...], place: tuple[int, ...]
    ) -> str:
        """The names of elements in parentheses, as the lists of lists are."""
        if len(place) == len(shape):
            return names.get(place, self.unused)
        inner = [self.nested(names, shape, (*place, k)) for k in range(shape[len(place)])]
        text = ", ".join(inner) + ("," if len(inner) == 1 else "")
        return f"({text})" if place else text

    def packed(self, statement: Statement, names: Sequence[str]) -> bool:
        """Write numbers into the memory of an array, which takes half as long as a list of them."""
        target = statement.target
        assert target is not None
        if self.careful or target.aval.dtype != "float64" or not target.aval.shape or not names:
            return False
        given = [name for name in names if name != "0.0"]
        pattern = _pattern(names)
        empty = self.function(NUMPY.empty, "empty")
        pack = self.function(_packer(pattern), f"pack_{len(given)}")
        shape = target.aval.shape
        self.lines.append((target.name, f"{empty}({shape[0] if len(shape) == 1 else shape})"))
        self.lines.append((f"{pack}({', '.join([target.name, '0', *given])})", ALONE))
        return True


def _pattern(names: Sequence[str]) -> str:
    """How numbers lie in memory, and zeros between them.

    >>> _pattern(["a", "b", "0.0", "0.0", "c"])
    '2d16x1d'
    """
    runs = [(zero, len(list(run))) for zero, run in groupby(name == "0.0" for name in names)]
    return "".join([f"{8 * count}x" if zero else f"{count}d" for zero, count in runs])


@lru_cache(maxsize=256)
def _packer(pattern: str) -> Any:
    """A function that writes numbers into memory from a place on."""
    return Struct(pattern).pack_into
