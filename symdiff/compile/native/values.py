"""What C code knows of a value: the text that names it, its kind, and how an array lies."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any, TypeAlias

import numpy as np

from ...errors import SourceSpan
from ...records import dataclass

TYPES = {"f": "double", "i": "int64_t", "b": "npy_bool"}
"""The C type of each kind of number: floats, whole numbers, bools."""

KINDS = {"float64": "f", "int64": "i", "bool": "b"}
DTYPES = {kind: dtype for dtype, kind in KINDS.items()}
NUMPY_TYPES = {"f": "NPY_DOUBLE", "i": "NPY_INT64", "b": "NPY_BOOL"}


class NoNativeForm(Exception):
    """Something in a program has no form in C."""

    def __init__(self, what: str, where: SourceSpan | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where

    def __str__(self) -> str:
        if self.where is None:
            return self.what
        return f"{self.where.file}:{self.where.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number: C text without operators around it, and the kind of number."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Dim:
    """A length: a number, or a number more than a name of C's.

    >>> str(Dim("n", -1)), str(Dim("", 3)), Dim("n", 1) == Dim("n", 1)
    ('(n - 1)', '3', True)
    """

    base: str
    offset: int = 0

    def __str__(self) -> str:
        if not self.base:
            return str(self.offset)
        if not self.offset:
            return self.base
        return f"({self.base} {'+' if self.offset > 0 else '-'} {abs(self.offset)})"

    def __add__(self, more: int) -> Dim:
        return Dim(self.base, self.offset + more)

    @property
    def known(self) -> bool:
        return not self.base


Shape: TypeAlias = tuple[Dim, ...]


@dataclass(slots=True, eq=False)
class Buffer:
    """Memory that arrays lie in.

    Attributes:
        pointer: C that points to its first element.
        size: how many elements, as C text.
        kind: of the elements.
        output: the name of the NumPy array that it belongs to, where it is a result.
        own: whether this call has made it.
    """

    pointer: str
    size: str
    kind: str
    output: str = ""
    own: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An array in memory: where its first element is, and how far apart the others are.

    Strides count elements. The texts of strides are numbers where they are known.
    """

    pointer: str
    kind: str
    shape: Shape
    strides: tuple[str, ...]
    buffer: Buffer

    @property
    def contiguous(self) -> bool:
        return self.strides == strides_of(self.shape)

    @property
    def is_turned(self) -> bool:
        """Whether it is one whose elements lie one behind the other, with its axes in order."""
        if not all(d.known and s.isdigit() for d, s in zip(self.shape, self.strides, strict=True)):
            return False
        order = sorted(range(len(self.shape)), key=lambda k: -int(self.strides[k]))
        turned = tuple([self.shape[k] for k in order])
        return strides_of(turned) == tuple([self.strides[k] for k in order])


@dataclass(frozen=True, slots=True)
class Entry:
    """What a tape holds: numbers of a kind, arrays of a shape, or tapes."""

    kind: str = ""
    shape: Shape = ()
    entry: Entry | None = None

    @property
    def bytes(self) -> str:
        if self.entry is not None:
            return "sizeof(sd_tape)"
        return times([f"sizeof({TYPES[self.kind]})", *map(str, self.shape)])


@dataclass(slots=True, eq=False)
class Tape:
    """The C name of a tape, and what it holds."""

    name: str
    entry: Entry


@dataclass(slots=True, eq=False)
class Outside:
    """An object of Python's that has been read, and not yet been found to be a number."""

    text: str
    made: list[Any] = field(default_factory=list)


Value: TypeAlias = Any
"""A `Number`, an `Array`, a `Tape`, or what is pending in a group of loops."""


def times(factors: list[str]) -> str:
    """The text of a product; numbers are multiplied.

    >>> times(["2", "n", "3", "1"]), times([])
    ('6*n', '1')
    """
    number, names = 1, []
    for factor in factors:
        if factor.isdigit():
            number *= int(factor)
        else:
            names.append(factor)
    if number != 1 or not names:
        names.insert(0, str(number))
    return "*".join(names)


def strides_of(shape: Shape) -> tuple[str, ...]:
    """The strides of an array whose elements lie one behind the other.

    >>> strides_of((Dim("n"), Dim("", 2), Dim("", 3)))
    ('6', '3', '1')
    """
    return tuple([times([str(d) for d in shape[k + 1 :]]) for k in range(len(shape))])


def size_of(shape: Shape) -> str:
    """How many elements an array has."""
    return times([str(d) for d in shape])


def c_name(hint: str) -> str:
    """A name as C has them, to which a number is put.

    >>> c_name("x_bar"), c_name("\u03b1")
    ('x_bar', 'v')
    """
    return hint if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,30}", hint) else "v"


def literal(value: Any) -> Number:
    """A number of the program's as C writes it, to the last bit.

    >>> literal(0.5), literal(True), literal(-3)
    (Number(text='0.5', kind='f'), Number(text='1', kind='b'), Number(text='INT64_C(-3)', kind='i'))
    """
    if isinstance(value, np.generic):
        if value.dtype.name not in KINDS:  # beside a number of Python's, NumPy keeps its precision
            raise NoNativeForm(f"a number of {value.dtype.name} has no native form")
        value = value.item()
    if type(value) is bool:
        return Number(str(int(value)), "b")
    if isinstance(value, int):
        if not -(2**63) < value < 2**63:
            raise NoNativeForm(f"the number {value} does not fit into 64 bits")
        return Number(f"INT64_C({int(value)})", "i")
    if not isinstance(value, float):
        raise NoNativeForm(f"a {type(value).__name__} has no native form")
    value = float(value)
    if value != value:
        return Number("NAN", "f")
    if value in (float("inf"), float("-inf")):
        return Number("INFINITY" if value > 0 else "(-INFINITY)", "f")
    text = float.__repr__(value)
    return Number(f"({text})" if text.startswith("-") else text, "f")
