"""Lengths of arrays that a trace leaves free, so that what it records serves all of them.

The length of such an array is a traced whole number. What is computed of the array is followed by
shapes in which a number stands for the free length that no other length is equal to. Whatever is
done with it that might depend on how long it is here ends the trace with a `LengthError`: it is
then made for the one length.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn, Protocol

import numpy as np

from ...errors import LengthError
from ...operations.arrays.index_codes import moves
from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.branches import Branch
from ...program.lengths import Filled, LengthOf, place_of
from ...program.loops import Loop
from ...program.program import INT, Aval, Operand, Operation, Statement, Var, operand_aval
from ...program.sources import Floats, Source
from .tracer import PENDING, Tracer, held_in

_ATTRIBUTES = frozenset({"T", "__class__", "copy", "dot", "dtype", "fill", "mean", "ndim", "sum"})
"""What may be asked of an array of a free length, besides its shape."""

_FIRST = 1_000_003
"""No length that a trace fixes is one of the numbers from here on, which stand for free ones."""


class _Recorder(Protocol):
    statements: list[Statement]
    values: dict[Any, Any]
    unnamed: set[Any]

    def handle(self, value: Any, operand: Any) -> Tracer: ...

    def operator(self, name: str, *operands: Any) -> Any: ...

    def refused(self, error: Any) -> NoReturn: ...


class FreeLengths:
    """The lengths that one trace leaves free.

    Attributes:
        groups: of which arrays, by the place where they are found, with a number for the group.
        inputs: the arrays that have been read, with their groups.
        of: the arrays with free lengths, with their shapes where a number stands for each.
        numbers: the length of each group, as the traced number it is.
        sizes: what it is here.
        made: whole numbers that depend on a free length.
        positions: of loops that go round as often as arrays of a group are long.
    """

    def __init__(self, recorder: _Recorder, groups: Mapping[str, int]) -> None:
        self.recorder = recorder
        self.groups = groups
        self.inputs: dict[Var, int] = {}
        self.of: dict[Var, Aval] = {}
        self.numbers: dict[int, Tracer] = {}
        self.sizes: dict[int, int] = {}
        self.made: set[Var] = set()
        self.positions: dict[Var, int] = {}

    def depends(self, what: str) -> NoReturn:
        """End the trace: it depends on a length.

        Raises:
            LengthError: always.
        """
        self.recorder.refused(LengthError(f"{what} may depend on the length of an array"))

    # -- arrays

    def group_at(self, source: Source, value: Any) -> int | None:
        """The group of an array that is read from outside."""
        if type(value) is not np.ndarray or not value.ndim or type(source) is Floats:
            return None  # the length of a list is a plain number
        return self.groups.get(place_of(source))

    def take(self, var: Var, group: int, size: int) -> None:
        """An array of a group has been read."""
        recorder = self.recorder
        aval = var.aval
        if size in aval.shape[1:]:
            self.depends("an axis that is as long as another")
        self.inputs[var] = group
        self.of[var] = Aval.of((_FIRST + group, *aval.shape[1:]), aval.dtype, aval.weak)
        if group in self.numbers:
            return
        number = Var("length", INT)
        recorder.statements.append(Statement(number, LengthOf(), (var,)))
        recorder.values[number] = size
        recorder.unnamed.add(number)
        self.made.add(number)
        self.sizes[group] = size
        self.numbers[group] = recorder.handle(size, number)

    def alike(self, var: Operand, other: Operand) -> None:
        """A variable stands for what another is in the next iteration, or after a loop."""
        if type(var) is Var and type(other) is Var:
            if other in self.of:
                self.of[var] = self.of[other]
            if other in self.made:
                self.made.add(var)

    def is_free(self, operand: Operand) -> bool:
        """Whether a length of an array is free, or might be."""
        if type(operand) is not Var:
            return False
        shape = operand.aval.shape
        return bool(shape) and (operand in self.of or any(n in shape for n in self.sizes.values()))

    def aval(self, operand: Operand) -> Aval:
        """What is known of an operand, with numbers that stand for free lengths."""
        if not self.is_free(operand):
            return operand_aval(operand)
        if operand not in self.of:
            self.depends("an array that is as long as another")
        return self.of[operand]

    def shape_of(self, tracer: Tracer) -> tuple[int, ...] | None:
        """The shape of a traced array, if one of its lengths is free."""
        if tracer.operand is not PENDING:
            return self.aval(tracer.operand).shape if self.is_free(tracer.operand) else None
        if not any(map(self.is_free, tracer.leaves)):
            return None
        try:
            return np.broadcast_shapes(*[self.aval(o).shape for o in tracer.leaves])
        except ValueError:
            self.depends("what is computed of several arrays")

    def _dimension(self, number: int) -> Any:
        return self.numbers[number - _FIRST] if number >= _FIRST else number

    def length(self, tracer: Tracer) -> Any:
        """The length of a traced array with a free one."""
        shape = self.shape_of(tracer)
        return None if shape is None else self._dimension(shape[0])

    def attribute(self, tracer: Tracer, name: str) -> Any:
        """The shape or the size of an array with a free length; `None` for another attribute."""
        shape = self.shape_of(tracer)
        if shape is None:
            return None
        if name == "shape":
            return tuple(map(self._dimension, shape))
        if name == "size":
            size: Any = self._dimension(shape[0])
            for number in shape[1:]:
                size = self.recorder.operator("mul", size, self._dimension(number))
            return size
        if name not in _ATTRIBUTES and hasattr(np.ndarray, name):
            self.depends(f"`.{name}`")
        return None

    def holds(self, value: Any) -> bool:
        """Whether a value is an array with a free length, or holds one."""
        return any(
            type(v) is Tracer and self.shape_of(v) is not None
            for v in (held_in(value) if isinstance(value, list | tuple | set | dict) else (value,))
        )

    # -- what is recorded

    def like(self, tracer: Tracer) -> tuple[Any, ...]:
        """The shape of an array, as `np.zeros` takes it."""
        shape = self.shape_of(tracer)
        return () if shape is None else tuple(map(self._dimension, shape))

    def filled(self, shape: Sequence[Any], value: Any, dtype: str) -> Tracer | None:
        """An array of one free length with one number in all places."""
        recorder = self.recorder
        groups = {id(n): g for g, n in self.numbers.items()}
        axes = [k for k, n in enumerate(shape) if id(n) in groups]
        fixed = [n for k, n in enumerate(shape) if k not in axes]
        if len(axes) != 1 or any(type(n) is not int for n in fixed):
            return None
        (axis,) = axes
        group = groups[id(shape[axis])]
        size = self.sizes[group]
        if size in fixed:
            self.depends("an axis that is as long as another")
        whole = Filled(
            Aval.of(tuple([size if k == axis else n for k, n in enumerate(shape)]), dtype), axis
        )
        var = Var("filled", whole.aval)
        recorder.statements.append(Statement(var, whole, (self.numbers[group].operand, value)))
        recorder.unnamed.add(var)
        made = whole.evaluate(size, value)
        recorder.values[var] = np.array(made)
        self.of[var] = Aval.of(whole.shape(_FIRST + group), dtype)
        return recorder.handle(made, var)

    def emitted(self, operation: Operation, operands: Sequence[Operand], target: Var) -> None:
        """See that a statement does with arrays of free lengths what it does for any length."""
        if target.aval is INT and any(o in self.made for o in operands if type(o) is Var):
            self.made.add(target)
        if isinstance(operation, Loop | Branch) or not any(map(self.is_free, operands)):
            return
        marks = {_FIRST + group for group in self.sizes}
        aval = general_aval(operation, list(map(self.aval, operands)), marks)
        if aval is None:
            self.depends(f"`{operation.name}`")
        if any(n in marks for n in aval.shape):
            self.of[target] = aval

    def goes_round(self, position: Var, count: Any) -> None:
        """A loop counts up from 0 or more to a number."""
        group = next((g for g, n in self.numbers.items() if n is count), None)
        if group is not None:
            self.positions[position] = group

    def may_raise(self, operation: Operation, operands: Sequence[Operand]) -> bool:
        """Whether an element that is read may not be there where an array is shorter."""
        if not isinstance(operation, Structural) or operation.name != "getitem":
            return False
        known = self.of.get(operands[0])
        for item, n in zip(operation.params["index"], known.shape if known else (), strict=False):
            if n >= _FIRST and is_place(item):
                place = None if type(item) is int else operands[1 + item[1]]
                if type(place) is not Var or self.positions.get(place) != n - _FIRST:
                    return True
        return False

    def guarded(self, kind: str, operands: Sequence[Operand]) -> None:
        """A guard is recorded: one on the value of a length would hold for this one alone."""
        if kind != "raises" and any(map(self.is_free, operands)):
            self.depends("a decision")
        if kind == "equal" and any(o in self.made for o in operands if type(o) is Var):
            self.depends("a count")


def general_aval(
    operation: Operation, avals: Sequence[Aval], marks: Collection[int]
) -> Aval | None:
    """What a result is for arrays of any length; `None` where it might depend on one.

    Args:
        operation: what is done.
        avals: of the operands, with numbers that stand for free lengths.
        marks: those numbers: nothing else is as long.
    """
    if isinstance(operation, Structural):
        if not _is_general(operation, avals, marks):
            return None
    elif not isinstance(operation, Template):
        return None
    try:
        return operation.infer(avals)
    except (ValueError, TypeError, IndexError):
        return None  # it does not fit where another length would


_GENERAL = frozenset({"copy", "dot", "matmul", "outer", "transpose"})


def _is_general(operation: Structural, avals: Sequence[Aval], marks: Collection[int]) -> bool:
    name, params = operation.name, operation.params
    if name in ("getitem", "setitem"):
        first = avals[0].shape
        index = params["index"]
        whole = len(index) <= len(first) and all(map(is_basic, index))
        return whole and all(
            is_place(item) or moves(item) or item == WHOLE or n not in marks
            for item, n in zip(index, first, strict=False)
        )
    if name == "sum":
        return not params.get("keepdims")
    if name == "rows":
        return len({a.shape for a in avals}) == 1
    return name in _GENERAL and all(len(a.shape) <= 2 for a in avals)


WHOLE = ("slice", None, None, None)
"""The code of an index that takes all of an axis."""


def is_place(item: Any) -> bool:
    """Whether an index is that of one element."""
    return type(item) is int or (type(item) is tuple and item[0] == "place")


def is_basic(item: Any) -> bool:
    """Whether an index is that of one element, or of a part of an axis."""
    return is_place(item) or (type(item) is tuple and item[0] in ("slice", "window"))
