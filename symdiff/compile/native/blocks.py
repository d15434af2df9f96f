"""Lines of C in blocks, names, and memory that lasts as long as the call."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from ...errors import SourceSpan
from ...program.program import Operand, Var, operand_aval
from ...records import dataclass
from .outside import Constants
from .values import (
    KINDS,
    TYPES,
    Array,
    Buffer,
    Dim,
    NoNativeForm,
    Number,
    Shape,
    c_name,
    literal,
    size_of,
    strides_of,
)


@dataclass(slots=True)
class Blocks:
    """The lines of the C function, and what is known of the variables of the program."""

    constants: Constants = field(default_factory=Constants)
    head: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    known: dict[Var, Any] = field(default_factory=dict)
    buffers: list[Buffer] = field(default_factory=list)
    number: int = 0
    span: SourceSpan | None = None  # of the statement that is written
    arrays_of_constants: dict[int, Array] = field(default_factory=dict)
    has_arrays: bool = False
    references: int = 0  # how many are let go at the end
    called: list[str] = field(default_factory=list)  # the operations that Python computes
    calls: bool = True  # whether Python may compute any

    def owned(self) -> str:
        """A place for a reference that is let go at the end."""
        self.references += 1
        return f"own[{self.references - 1}]"

    def line(self, text: str) -> None:
        self.lines.append(text)

    def name(self, hint: str) -> str:
        self.number += 1
        return f"{c_name(hint)}_{self.number}"

    def refuse(self, what: str) -> NoNativeForm:
        return NoNativeForm(what, self.span)

    # -- operands

    def value(self, operand: Operand) -> Any:
        """What is known of an operand."""
        if type(operand) is Var:
            found = self.known.get(operand)
            if found is None:
                raise self.refuse(f"{operand.name} has no native form")
            return found
        if operand_aval(operand).shape:
            return self.constant_array(operand)
        return literal(operand)

    def scalar(self, operand: Operand) -> Number:
        found = self.value(operand)
        if not isinstance(found, Number):
            raise self.refuse("a number is expected here")
        return found

    def constant_array(self, operand: Any) -> Array:
        """An array of the program's own, which lies where NumPy has it."""
        import numpy as np

        known = self.arrays_of_constants.get(id(operand))
        if known is not None:
            return known
        kind = KINDS.get(operand.dtype.name)
        if kind is None:
            raise self.refuse(f"arrays of {operand.dtype.name} have no native form")
        held = np.ascontiguousarray(operand)
        self.has_arrays = True
        name = self.name("constant")
        data = f"PyArray_DATA((PyArrayObject *){self.constants.text(held)})"
        self.head.append(f"{TYPES[kind]} *const {name} = ({TYPES[kind]} *){data};")
        shape = dims_of(held.shape)
        buffer = Buffer(name, size_of(shape), kind, own=False)
        found = Array(name, kind, shape, strides_of(shape), buffer)
        self.arrays_of_constants[id(operand)] = found
        self.constants.objects.append(operand)  # its identity is the key: it stays
        return found

    # -- memory

    def new(self, shape: Shape, kind: str, hint: str = "buffer") -> Array:
        """An array of this call, not yet written to; made where this line is first reached."""
        self.has_arrays = True
        name, size = self.name(hint), size_of(shape)
        buffer = Buffer(name, size, kind)
        self.buffers.append(buffer)
        self.head.append(f"{TYPES[kind]} *{name} = NULL;")
        self.lines.append(f"\0{name}")  # how it is made is known at the end
        return Array(name, kind, shape, strides_of(shape), buffer)

    def settled(self) -> list[str]:
        """The lines, with those that make buffers."""
        by_name = {b.pointer: b for b in self.buffers}
        found = []
        for line in self.lines:
            indent, mark, name = line.partition("\0")
            found.append(line if not mark else indent + self.making(by_name[name]))
        return found

    def making(self, buffer: Buffer) -> str:
        name, kind = buffer.pointer, TYPES[buffer.kind]
        if buffer.output:
            return buffer.output
        size = f"(size_t)({buffer.size})*sizeof({kind})"
        return f"if (!{name} && !({name} = sd_resize(&pool, NULL, {size}))) goto miss;"


def dims_of(shape: tuple[int, ...]) -> Shape:
    """A shape that is known, as lengths."""
    return tuple([Dim("", n) for n in shape])
