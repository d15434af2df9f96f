"""Lengths of arrays that a trace leaves free, so that what it records serves all of them.

The length of such an array is a traced whole number. An array that is computed of it elementwise
has the same length. Whatever else is done with it might depend on how long it is here: the trace
ends then with a `LengthError`, and is made for the one length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

import numpy as np

from ...errors import LengthError
from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.branches import Branch
from ...program.lengths import Filled, LengthOf, place_of
from ...program.loops import Loop
from ...program.program import INT, Aval, Operand, Operation, Statement, Var, operand_aval
from ...program.sources import Source
from .tracer import PENDING, Tracer, held_in

_ATTRIBUTES = frozenset({"__class__", "copy", "dtype", "fill", "ndim", "sum"})
"""What may be asked of an array of a free length, besides its shape."""


class _Recorder(Protocol):
    statements: list[Statement]
    values: dict[Any, Any]
    unnamed: set[Any]
    watches: list[Any]

    def handle(self, value: Any, operand: Any) -> Tracer: ...

    def refused(self, error: Any) -> NoReturn: ...


class FreeLengths:
    """The lengths that one trace leaves free.

    Attributes:
        groups: of which arrays, by the place where they are found, with a number for the group.
        of: the arrays of free lengths, with their groups.
        numbers: the length of each group, as the traced number it is.
        made: whole numbers that depend on a free length.
    """

    def __init__(self, recorder: _Recorder, groups: Mapping[str, int]) -> None:
        self.recorder = recorder
        self.groups = groups
        self.of: dict[Var, int] = {}
        self.inputs: dict[Var, int] = {}
        self.numbers: dict[int, Tracer] = {}
        self.sizes: dict[int, int] = {}
        self.made: set[Var] = set()

    def depends(self, what: str) -> NoReturn:
        """End the trace: it depends on a length.

        Raises:
            LengthError: always.
        """
        self.recorder.refused(LengthError(f"{what} may depend on the length of an array"))

    # -- arrays

    def group_at(self, source: Source, value: Any) -> int | None:
        """The group of an array that is read from outside."""
        if type(value) is not np.ndarray or value.ndim != 1:
            return None
        return self.groups.get(place_of(source))

    def take(self, var: Var, group: int, size: int) -> None:
        """An array of a group has been read."""
        recorder = self.recorder
        self.of[var] = self.inputs[var] = group
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
        """Whether the length of an array is free, or might be."""
        if type(operand) is not Var:
            return False
        shape = operand.aval.shape
        return bool(shape) and (operand in self.of or any(n in shape for n in self.sizes.values()))

    def group_of(self, tracer: Tracer) -> int | None:
        """The group of a traced array; `None` where its length is not free."""
        pending = tracer.operand is PENDING
        leaves: Sequence[Any] = tracer.leaves if pending else (tracer.operand,)
        arrays = [o for o in leaves if operand_aval(o).shape]
        if not any(map(self.is_free, arrays)):
            return None
        groups = {self.of.get(o) if type(o) is Var else None for o in arrays}
        group = groups.pop()
        if groups or group is None or tracer.base is not None:
            self.depends("what is computed of several arrays")
        return group

    def length(self, tracer: Tracer) -> Any:
        """The length of a traced array, if it is free."""
        group = self.group_of(tracer)
        return None if group is None else self.numbers[group]

    def attribute(self, tracer: Tracer, name: str) -> Any:
        """The shape or the size of an array of a free length; `None` for another attribute."""
        number = self.length(tracer)
        if number is None:
            return None
        if name == "shape":
            return (number,)
        if name == "size":
            return number
        if name not in _ATTRIBUTES and hasattr(np.ndarray, name):
            self.depends(f"`.{name}`")
        return None

    def holds(self, value: Any) -> bool:
        """Whether a value is an array of a free length, or holds one."""
        return any(
            type(v) is Tracer and self.group_of(v) is not None
            for v in (held_in(value) if isinstance(value, list | tuple | set | dict) else (value,))
        )

    # -- what is recorded

    def filled(self, number: Any, value: Any, dtype: str) -> Tracer | None:
        """An array of a free length with one number in all places."""
        recorder = self.recorder
        group = next((g for g, n in self.numbers.items() if n is number), None)
        if group is None:
            return None
        size = self.sizes[group]
        operation = Filled(Aval.of((size,), dtype))
        var = Var("filled", operation.aval)
        recorder.statements.append(Statement(var, operation, (number.operand, value)))
        recorder.unnamed.add(var)
        made = operation.evaluate(size, value)
        recorder.values[var] = np.array(made)
        self.of[var] = group
        return recorder.handle(made, var)

    def emitted(self, operation: Operation, operands: Sequence[Operand], target: Var) -> None:
        """See that a statement does with arrays of free lengths what it does for any length."""
        if target.aval is INT and any(o in self.made for o in operands if type(o) is Var):
            self.made.add(target)
        arrays = [o for o in operands if self.is_free(o)]
        if not arrays or isinstance(operation, Loop | Branch):
            return
        groups = {self.of.get(o) for o in arrays}
        group = groups.pop()
        if groups or group is None or not is_generic(operation, operands, len(arrays)):
            self.depends(f"`{operation.name}`")
        if target.aval.shape:
            self.of[target] = group

    def guarded(self, kind: str, operands: Sequence[Operand]) -> None:
        """A guard is recorded: one on the value of a length would hold for this one alone."""
        if kind != "raises" and any(map(self.is_free, operands)):
            self.depends("a decision")
        if kind == "equal" and any(o in self.made for o in operands if type(o) is Var):
            self.depends("a count")


def is_generic(operation: Operation, operands: Sequence[Operand], arrays: int) -> bool:
    """Whether an operation means the same for arrays of any length.

    Args:
        operation: what is done.
        operands: all operands.
        arrays: how many of them are arrays of one free length.
    """
    if sum(bool(operand_aval(o).shape) for o in operands) != arrays:
        return False
    if isinstance(operation, Template):
        return True
    if not isinstance(operation, Structural):
        return False
    if operation.name in ("getitem", "setitem"):
        (*index,) = operation.params["index"]
        return len(index) == 1 and arrays == 1 and is_place(index[0])
    if operation.name == "sum":
        return operation.params.get("axis") is None and not operation.params.get("keepdims")
    return operation.name == "copy"


def is_place(item: Any) -> bool:
    """Whether an index is that of one element."""
    return type(item) is int or (type(item) is tuple and item[0] == "place")
