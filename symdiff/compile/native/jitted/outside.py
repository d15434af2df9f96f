"""Reads and checks of what lies outside, by a function of Python's before the one of numba's."""

from __future__ import annotations

from dataclasses import field
from typing import Any

import numpy as np

from ....program.lengths import AnyLength
from ....program.naming import Namer
from ....program.outside import Check, Read
from ....program.program import Statement, Var
from ....program.sources import Made, Source
from ....records import dataclass
from ...checks import ALONE, Checked, CheckLines
from ..outside import Outside
from ..values import KINDS, Array, Dim, NoNativeForm, Number

UNLIKE = "unlike"
"""The name of what is raised where something is unlike what was assumed."""


@dataclass(slots=True)
class ReadLines(CheckLines):
    """Lines of Python that read and check: what is unlike what was assumed raises."""

    def text(self) -> list[str]:
        """The lines, in order."""
        found = []
        for target, source in self.lines:
            if isinstance(target, Checked):
                found.append(f"if not ({target.condition}): raise {UNLIKE}")
            else:
                found.append(target if source == ALONE else f"{target} = {source}")
        return found

    def needs(self, condition: str) -> None:
        """Have a condition hold."""
        self.line(f"if not ({condition}): raise {UNLIKE}")


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter of numba's function: its name, what it is, and what Python gives for it.

    Attributes:
        name: of the parameter.
        kind: of a number, or of the elements of an array.
        ndim: of an array; a number has none.
        text: the Python that gives it.
    """

    name: str
    kind: str
    ndim: int | None
    text: str


@dataclass(slots=True)
class PythonOutside(Outside):
    """Writes the lines of reads and checks in Python, and what they hand over."""

    reads: ReadLines = field(default_factory=lambda: ReadLines(False, Namer(set())))
    given: list[Given] = field(default_factory=list)

    def read(self, operation: Read) -> str:
        source: Source | None = operation.source
        while source is not None:
            if isinstance(source, Made):
                raise NoNativeForm("a call that symdiff does not look into has no native form")
            source = getattr(source, "owner", None)
        name = self.name("read")
        self.reads.lines.append((name, self.reads.place(operation.source)))
        return name

    def check(self, operation: Check, position: int) -> None:
        self.reads.check(operation, Statement(None, operation, ()))

    def number(self, var: Var, text: str, kind: type) -> Number:
        as_float = KINDS.get(var.aval.dtype) == "f"
        name = self.name(var.name)
        self.reads.needs(f"{text}.__class__ is {self.reads.object(kind, 'type')}")
        if issubclass(kind, bool | np.bool_):
            self.given.append(Given(f"given_{name}", "i", None, f"1 if {text} else 0"))
            self.line(f"const npy_bool {name} = given_{name} != 0;")
            return self.as_dtype(Number(name, "b"), as_float)
        if issubclass(kind, float):
            plain = text
            if kind not in (float, np.float64):
                plain = f"{self.reads.object(float.__pos__, 'plain')}({text})"
            self.given.append(Given(name, "f", None, plain))
            return self.watched(Number(name, "f"))
        if issubclass(kind, int | np.int64):
            plain = text
            if kind not in (int, np.int64):
                plain = f"{self.reads.object(int.__pos__, 'plain')}({text})"
            if issubclass(kind, int):
                self.reads.needs(f"-0x8000000000000000 <= {plain} < 0x8000000000000000")
            self.given.append(Given(name, "i", None, plain))
            return self.as_dtype(Number(name, "i"), as_float)
        raise NoNativeForm(f"a number of type {kind.__name__} has no native form")

    def array(self, text: str, dtype: np.dtype[Any], shape: tuple[Any, ...]) -> Array:
        kind = KINDS.get(dtype.name)
        if kind is None or not dtype.isnative:
            raise NoNativeForm(f"arrays of {dtype.name} have no native form")
        reads = self.reads
        known = reads.object(dtype, "dtype")
        reads.needs(
            f"{text}.__class__ is {reads.object(np.ndarray, 'ndarray')}"
            f" and {text}.dtype == {known} and {text}.ndim == {len(shape)}"
        )
        name = self.name("array")
        dims = []
        for axis, length in enumerate(shape):
            if not isinstance(length, AnyLength):
                reads.needs(f"{text}.shape[{axis}] == {length}")
                dims.append(Dim("", length))
                continue
            dim = self.lengths.get(length.group)
            if dim is None:
                n = self.name("n")
                reads.lines.append((n, f"{text}.shape[{axis}]"))
                if length.most is not None:
                    reads.needs(f"{n} <= {length.most}")
                dim = self.lengths[length.group] = Dim(n)
                self.given.append(Given(n, "i", None, n))
            else:
                reads.needs(f"{text}.shape[{axis}] == {dim}")
            dims.append(dim)
        require = reads.object(_in_order, "in_order")
        reads.lines.append((name, f"{require}({text})"))
        self.given.append(Given(name, kind, len(shape), name))
        assert self.copies is not None
        taken = self.copies(name, kind, tuple(dims))
        if self.watching and kind == "f":
            size = "*".join(map(str, dims)) or "1"
            self.line(f"if (!sd_within({taken.pointer}, {size})) goto miss;")
        return taken


def _in_order(array: Any) -> Any:
    """An array of the same elements that lie one behind the other.

    >>> _in_order(np.zeros((2, 3)).T).flags.c_contiguous
    True
    """
    flags = array.flags
    return array if flags.c_contiguous and flags.aligned else np.require(array, None, ["C", "A"])


__all__ = ["Given", "PythonOutside", "ReadLines"]
