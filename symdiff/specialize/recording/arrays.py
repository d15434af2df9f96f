"""Traced arrays as handles: indexing, in-place writes, views.

An in-place write makes a new program variable behind the same handle. A view writes through to what
it looks at, and reads it again after a write through another handle.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ...operations.arrays.index_codes import Place, Window, encode_index
from ...operations.statements.builder import elementwise_template
from ...operations.table.entry import TABLE, ElementwiseEntry
from ...operations.table.structural import Structural
from ...program.loops import Length
from ...program.program import INT, Operand, Statement, Var, operand_aval
from .application import Application
from .sharing import check_apart
from .statements import Statements, root_of
from .tracer import PENDING, UNKNOWN, Tracer, contains_tracer
from .windows import may_move, windows_in

if TYPE_CHECKING:
    from .operators import Operators

_NEAR = 64
"""Lengths that are assumed differ by so much where one is that of a part of an array."""


class Arrays(Application):
    """Arrays of one run of a function, which are read and written in parts."""

    def length(self, tracer: Tracer) -> Any:
        """The length of an array: a symbol where none is known."""
        shape = self.shape(tracer)
        if not shape:
            if tracer.value is UNKNOWN and self.demand_array is not None:
                self.demand_array(tracer, "len()")
            return len(tracer.value)
        if self.abstract and tracer.value is UNKNOWN and not self.knows_lengths:
            if self.runner is None:
                self.need_value("the length of an array")
            if self.sizes is not None and not self.sizes.stands(shape[0]):
                return shape[0]
            return self._symbolic_length(shape[0])
        free = None if self.free is None else self.free.length(tracer)
        return shape[0] if free is None else free

    def apart(self, a: Any, b: Any) -> int | None:
        """How much one length is more than another; `None` where they are no such lengths."""
        known = {id(handle): length for length, handle in self.lengths.items()}
        if id(a) not in known or id(b) not in known:
            return None
        found = known[id(a)] - known[id(b)]
        return found if abs(found) <= _NEAR else None

    def _symbolic_length(self, length: int) -> Any:
        """A length that was assumed, as a number that is not known."""
        known = self.lengths.get(length)
        if known is None:
            var = Var("length", INT)
            statements = self.outermost if self.outermost is not None else self.statements
            statements.append(Statement(var, Length(), (length,)))
            known = self.lengths[length] = self.handle(UNKNOWN, var)
        return known

    def rows(self, tracer: Tracer) -> list[Any]:
        """All rows of an array as they are now."""
        return list(self.each(tracer))

    def each(self, tracer: Tracer, backwards: bool = False) -> Iterator[Any]:
        """The rows of an array one by one, each as it is when it is asked for."""
        places = range(self.length(tracer))
        return map(partial(self.getitem, tracer), reversed(places) if backwards else places)

    def encode(self, index: Any, owner: Tracer | None = None) -> tuple[Any, tuple[Any, ...]]:
        """A hashable code of an index, and the index arrays in it as operands.

        Args:
            index: what stands between the brackets.
            owner: the array that is read or written, where a part may move along its axes.
        """
        traced: dict[int, Tracer] = {}
        windows = {} if owner is None else self._windows(index, owner)

        def plain(part: Any) -> Any:
            if type(part) is Tracer:
                if self.aval(part).dtype == "bool" or self.is_const(part):
                    return self.concrete(part)
                if not self.shape(part):
                    if part.value is UNKNOWN and self.aval(part) is INT:
                        return Place(part)
                    if part.value is UNKNOWN:
                        self.need_value("an index")
                    of_number = isinstance(part.value, int | np.integer)
                    return Place(part) if of_number else self.concrete(part)
                if part.value is UNKNOWN:
                    self.need_value("an index")
                traced[id(part.value)] = part
                return part.value
            if type(part) is slice:
                if id(part) in windows:
                    return windows[id(part)]
                return slice(*[self.concrete(p) for p in (part.start, part.stop, part.step)])
            if type(part) is list:
                if contains_tracer(part):
                    return plain(self.array(part))
                places = np.array(part)
                return places if places.size else places.astype(np.intp)
            return part

        parts = tuple([plain(p) for p in index]) if type(index) is tuple else plain(index)
        code, arrays = encode_index(parts)
        moving = (Place, Window)
        return code, tuple([a.value if type(a) in moving else traced.get(id(a), a) for a in arrays])

    def _windows(self, index: Any, owner: Tracer) -> dict[int, Window]:
        """The parts of an index that move along an axis."""
        shape = self.shape(owner)
        if self.abstract or not shape or not may_move(index):
            return {}
        recorder = cast("Operators", self)
        return windows_in(recorder, index, (self.length(owner), *shape[1:]))

    def getitem(self, tracer: Tracer, index: Any) -> Any:
        if tracer.value is UNKNOWN and not self.shape(tracer) and self.demand_array is not None:
            self.demand_array(tracer, "indexing")
        if not self.shape(tracer) and tracer.value is not UNKNOWN:
            return self._item_of_number(tracer, index)
        if isinstance(tracer.value, np.ndarray) and tracer.value.dtype.names is not None:
            return self.const(tracer.value[self.plain(index)])  # records, which are constants
        code, arrays = self.encode(index, tracer)
        item = self.apply("getitem", tracer, *arrays, index=code)
        if tracer.flat and type(item) is Tracer and item.base is not None:
            item = self.copied(item)
        if type(item) is Tracer and type(item.operand) is Var:
            places = [k for k in code if type(k) is int and k >= 0]
            if len(places) == len(code):
                item.operand.name = "_".join([_hint(tracer.operand, "item"), *map(str, places)])
        return item

    def _item_of_number(self, tracer: Tracer, index: Any) -> Any:
        """`x[()]`, `x[...]`, `x[None]` of what has no dimensions: itself, a view, a row of it."""
        value: Any = tracer.value
        is_array = isinstance(value, np.ndarray)
        if not is_array and not isinstance(value, np.generic):
            return value[index]  # Python's own error
        parts = index if type(index) is tuple else (index,)
        if len(parts) == 1 and self._is_truth(parts[0]):
            row = self.apply("reshape", tracer, shape=(1,))
            taken = bool(self.concrete(parts[0]))
            return row if taken else self.apply("getitem", row, index=(("slice", 0, 0, None),))
        if any(p is not None and p is not ... for p in parts):
            value[self.plain(index)]  # NumPy's own error
            self.refuse("a boolean index into one number", remedy="use numpy.where, or an `if`")
        new = sum(p is None for p in parts)
        if new:
            return self.apply("reshape", tracer, shape=(1,) * new)
        if not parts:
            return self.apply("number", tracer) if is_array else tracer
        array = tracer if is_array else self.apply("array", tracer, shape=())
        return self.apply("getitem", array, index=("...",))

    def _is_truth(self, value: Any) -> bool:
        """Whether an index is one truth value: a mask for an array without dimensions."""
        if type(value) is Tracer:
            return not self.shape(value) and bool(self.aval(value).dtype == "bool")
        return isinstance(value, bool | np.bool_)

    def setitem(self, tracer: Tracer, index: Any, value: Any) -> None:
        """Write in place: a new program variable behind the same handle."""
        if isinstance(tracer.value, np.ndarray) and tracer.value.dtype.names is not None:
            self._set_record(tracer, index, value)
            return
        if isinstance(value, list | tuple):
            value = self.array(value)
        if isinstance(value, np.ndarray):
            value = self.const(value)
        if isinstance(tracer.value, np.ndarray) and not self.shape(tracer):
            (place,) = index if type(index) is tuple and len(index) == 1 else (index,)
            if self._is_truth(place):
                if not self.concrete(place):
                    return
                index = ...
                if self.shape(value) == (1,):
                    value = self.getitem(value, 0)
        if tracer.value is UNKNOWN and not self.shape(tracer) and self.demand_array is not None:
            self.demand_array(tracer, "indexing")
        code, arrays = self.encode(index, tracer)
        if tracer.value is UNKNOWN:
            self._check_part(tracer, code, arrays)
        self._about_to_write(tracer, value)
        if self.is_const(tracer) and self.is_const(value) and all(map(self.is_const, arrays)):
            self._write_value(tracer, index, value)
            tracer.operand = tracer.value
            root_of(tracer).version += 1
            root_of(tracer).operand = root_of(tracer).value
            return
        if _is_part(value, tracer, code, arrays):
            return  # what `x[i:j] += v` writes is there already
        operation = Structural.of("setitem", index=code)
        before = self.operand(tracer)
        operands = (before, self.operand(value), *[self.operand(a) for a in arrays])
        new = self.emit(operation, operands, _hint(before, "updated"))
        if tracer.value is not UNKNOWN and type(before) is Var:
            self.values[before] = np.array(tracer.value)
        self._write_value(tracer, index, value)
        self.values[new] = tracer.value
        self.write_through(tracer, new)

    def _check_part(self, tracer: Tracer, code: Any, arrays: Sequence[Any]) -> None:
        """Raise what NumPy does where an array without a value has no such part."""
        avals = [self.aval(tracer), *map(self.aval, arrays)]
        Structural.of("getitem", index=code).infer(avals)

    def _set_record(self, tracer: Tracer, index: Any, value: Any) -> None:
        """Write into an array of records, which is a constant."""
        if self.is_active(value) or not self.is_const(tracer):
            self.refuse(
                "a traced value goes into an array of records",
                why="only plain arrays are followed",
                remedy="use one array a field",
            )
        self._about_to_write(tracer, value)
        tracer.value[self.plain(index)] = self.concrete_deep(value)
        root_of(tracer).version += 1

    def _about_to_write(self, tracer: Tracer, value: Any) -> None:
        root = root_of(tracer)
        lies = id(root) in self.reshaped or id(tracer) in self.reshaped
        if self.watches or self.uncertain:
            others = lies or self.spread or root.siblings
            own = self.is_outside is None or not self.is_outside(root)
            unknown = root.value is UNKNOWN and self.aval(root).dtype == "float64"
            floats = unknown or (
                isinstance(root.value, np.ndarray) and root.value.dtype.kind == "f"
            )
            self.about_to_change(root, floats and own and not others)
        if lies:
            self.lays_matter = True
        if self.spread:
            check_apart(self, tracer)
        if self.on_write is not None:
            self.on_write(root)
        plain = tracer.value
        if isinstance(plain, np.ndarray) and plain.dtype == object and type(value) is Tracer:
            self.refuse(
                "a traced value goes into an array of objects",
                why="what NumPy does with it there cannot be followed",
                remedy="use an array of floats, or a list",
            )

    def ask_writeable(self, tracer: Tracer) -> None:
        """Whether an array may be written to is checked in later calls."""
        if self.on_write is not None:
            self.on_write(root_of(tracer))

    def _write_value(self, tracer: Tracer, index: Any, value: Any) -> None:
        if tracer.value is not UNKNOWN and getattr(value, "value", None) is UNKNOWN:
            self._forget_value(tracer)
        elif tracer.value is not UNKNOWN:
            plain = self.plain(index)
            tracer.value[plain] = value.value if type(value) is Tracer else value

    def _forget_value(self, tracer: Tracer) -> None:
        """A symbol has been written into an array: what it and its views hold is not known."""
        root = root_of(tracer)
        self._shape_of_unknown(root)
        for view in [root, *self.views]:
            if root_of(view) is root:
                self._shape_of_unknown(view)
                view.value = UNKNOWN

    def stand_for(self, root: Tracer, var: Var) -> None:
        """A variable stands behind the handle of an array from here on, and no value."""
        root.operand = var
        root.version += 1
        self._forget_value(root)

    def _shape_of_unknown(self, tracer: Tracer) -> None:
        """An array without a value has the shape of its variable: see that it has one."""
        if type(tracer.operand) is not Var and tracer.operand is not PENDING:
            constant = np.array(tracer.value)
            tracer.operand = self.emit(Structural.of("copy"), (constant,), "array")
            if tracer.base is not None:
                tracer.version = root_of(tracer).version

    def plain(self, index: Any) -> Any:
        """An index without tracers."""

        def plain(part: Any) -> Any:
            if type(part) is Tracer:
                return part.value
            if type(part) is slice:
                return slice(*[plain(p) for p in (part.start, part.stop, part.step)])
            if type(part) is list:
                return [plain(p) for p in part]
            return part

        return tuple([plain(p) for p in index]) if type(index) is tuple else plain(index)

    def write_through(self, tracer: Tracer, new: Operand) -> None:
        """Make `new` the contents behind a handle, and of everything it is a view of."""
        if tracer.base is None:
            tracer.operand = new
            tracer.version += 1
            for other, here, there in tracer.siblings:
                self._write_sibling(tracer, other, here, there)
            return
        base = tracer.base
        assert tracer.view is not None
        operation, further = tracer.view
        before = self.operand(base)
        if operation.name == "getitem":
            update = Structural.of("setitem", index=operation.params["index"])
            whole = self.emit(update, (before, new, *further), _hint(before, "updated"))
        else:
            whole = self._unview(operation, new, before)
        self.write_through(base, whole)
        tracer.operand = new
        tracer.version = root_of(tracer).version

    def share_memory(self, a: Tracer, original_a: Any, b: Tracer, original_b: Any) -> None:
        """Take note that two arrays from outside overlap: a write to one is seen in the other."""
        _, here, there = np.intersect1d(
            _addresses(original_a), _addresses(original_b), return_indices=True
        )
        at_a = np.unravel_index(here, original_a.shape) if original_a.ndim else ()
        at_b = np.unravel_index(there, original_b.shape) if original_b.ndim else ()
        a.siblings.append((b, at_a, at_b))
        b.siblings.append((a, at_b, at_a))
        if a.version:
            self._write_sibling(a, b, at_a, at_b)

    def _write_sibling(self, tracer: Tracer, other: Tracer, here: Any, there: Any) -> None:
        if np.array_equal(tracer.value[here], other.value[there], equal_nan=True) and (
            other.operand is tracer.operand
        ):
            return
        code, arrays = encode_index(here)
        part = self.emit(
            Structural.of("getitem", index=code), (self.operand(tracer), *arrays), "shared"
        )
        self.values[part] = np.array(tracer.value[here])
        code, arrays = encode_index(there)
        before = self.operand(other)
        operation = Structural.of("setitem", index=code)
        other.operand = self.emit(operation, (before, part, *arrays), _hint(before, "updated"))
        if type(before) is Var:
            self.values[before] = np.array(other.value)
        writeable, other.value.flags.writeable = other.value.flags.writeable, True
        other.value[there] = tracer.value[here]
        other.value.flags.writeable = writeable
        self.values[other.operand] = np.array(other.value)
        other.version += 1

    def _unview(self, operation: Structural, new: Operand, before: Operand) -> Operand:
        """Undo a view that only rearranges: for those the pullback is the inverse."""
        rule = operation.entry.pullback
        aval = operand_aval(before)
        new_aval = operand_aval(new)
        if operation.name == "detach":
            return new
        if operation.name in ("real", "imag"):
            other = self.emit(
                Structural.of("imag" if operation.name == "real" else "real"), (before,), "part"
            )
            parts = (new, other) if operation.name == "real" else (other, new)
            return self.emit(Structural.of("complex_of"), parts, _hint(before, "updated"))
        if rule is None or aval.size != new_aval.size:
            self.refuse(f"a write through `{operation.name}`", remedy="write to the array itself")
        builder = _OperandOps(self)
        (whole,) = rule(builder, new, new, before, **operation.params)
        return whole


class _OperandOps:
    """Rules over program variables while tracing, for writes through views."""

    def __init__(self, recorder: Statements) -> None:
        self.recorder = recorder

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self.apply, name)

    def aval(self, operand: Operand) -> Any:
        return operand_aval(operand)

    def known(self, value: Any) -> Any:
        return value

    def apply(self, name: str, /, *operands: Operand, **params: Any) -> Any:
        entry = TABLE.entries[name]
        if isinstance(entry, ElementwiseEntry):
            return self.recorder.emit(elementwise_template(name), operands, name)
        if entry.lower is not None:
            return entry.lower(self, *operands, **params)
        return self.recorder.emit(Structural.of(name, **params), operands, name)


def _is_part(value: Any, tracer: Tracer, code: Any, arrays: Sequence[Any]) -> bool:
    """Whether a value is that part of an array as it is now."""
    if type(value) is not Tracer or value.base is not tracer or value.view is None:
        return False
    if value.version != root_of(tracer).version or value.view[0].name != "getitem":
        return False
    operands = [tracer.recorder.operand(a) for a in arrays]
    same = len(operands) == len(value.view[1]) and all(map(operator.is_, operands, value.view[1]))
    return same and value.view[0].params["index"] == code


def _addresses(array: Any) -> Any:
    """Where each element of an array lies in memory, in the order of its elements."""
    start = array.__array_interface__["data"][0]
    address = np.full(array.shape, start, dtype=np.int64)
    for axis, stride in enumerate(array.strides):
        steps = np.arange(array.shape[axis]) * stride
        address += steps.reshape([-1 if k == axis else 1 for k in range(array.ndim)])
    return address.ravel()


def _hint(operand: Operand, otherwise: str) -> str:
    return operand.name if type(operand) is Var else otherwise
