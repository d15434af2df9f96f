"""Record what a traced function does as statements of a `Program`.

The recorder is the `Ops` of tracers: it applies entries of the table to concrete values and to the
program at once. Here it learns of arrays as handles: indexing, in-place writes, views. It knows
nothing of Python syntax (hooks do) and nothing of calculus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...operations.arrays.index_codes import Place, encode_index
from ...operations.statements.builder import elementwise_template
from ...operations.table.entry import TABLE, ElementwiseEntry, Entry, StructuralEntry
from ...operations.table.lookup import method_entry
from ...operations.table.structural import Structural
from ...program.program import Operand, Var, operand_aval
from .application import Application
from .array_methods import METHODS
from .conventions import bound, bound_method, gives_numbers, named
from .memory import MEMORY, attribute, check_cast
from .positions import positions
from .sharing import VIEWING_METHODS, as_numpy_shares, check_apart, fixed, separate
from .statements import root_of
from .tracer import PENDING, UNKNOWN, Tracer, contains_tracer


class Recorder(Application):
    """Everything one run of a function records."""

    # -- calls that write into an array they are given

    def apply_entry(
        self,
        entry: Entry,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> Any:
        if entry.name == "where" and len(args) == 1:
            return positions(self, args[0])
        if isinstance(function, np.ufunc):
            return self._ufunc_call(entry, function, args, kwargs)
        args, kwargs, out = bound(function, entry, args, kwargs)
        result = super().apply_entry(entry, function, args, kwargs)
        if gives_numbers(function):
            result = named(function, self.number(result))
        result = as_numpy_shares(self, function, args, kwargs, result)
        return result if out is None else self.into(entry, out, result)

    def _ufunc_call(
        self, entry: Entry, function: np.ufunc, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        if len(args) == function.nin + 1:
            args, kwargs = args[:-1], {**kwargs, "out": args[-1]}
        if not kwargs:
            result = super().apply_entry(entry, function, args, kwargs)
            return as_numpy_shares(self, function, args, kwargs, result)
        kwargs = dict(kwargs)
        out, where = kwargs.pop("out", None), kwargs.pop("where", True)
        dtype = kwargs.pop("dtype", None)
        kwargs.pop("casting", None)
        if dtype is not None:
            name = np.dtype(dtype).name
            args = [self.apply("cast", self.array(a), dtype=name) for a in args]
        if where is not True and out is None:
            self.refuse(
                f"`{entry.name}` with where=... and no out=",
                why="what the mask leaves out would have no value",
                remedy="use numpy.where, or give out=",
            )
        result = super().apply_entry(entry, function, args, kwargs)
        if out is None:
            return result
        if type(out) is Tracer:

            def again(target: Any) -> Any:
                return function(*[a.value if type(a) is Tracer else a for a in args], out=target)

            check_cast(self, result, out, again)
        return self.into(entry, out, result, where)

    def into(self, entry: Entry, out: Any, result: Any, where: Any = True) -> Any:
        """Write a result into the array given as `out`, which is then what a call gives."""
        out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
        if type(out) is not Tracer:
            self.refuse(f"`{entry.name}` with several out= arrays, or one from outside")
        if where is not True:
            result = self.apply("where", where, result, out)
        self.setitem(out, Ellipsis, result)
        return out

    def number(self, result: Any) -> Any:
        """A result without dimensions as the number that NumPy makes of it."""
        if isinstance(result, list | tuple):
            return type(result)(map(self.number, result))
        value = result.value if type(result) is Tracer else result
        if isinstance(value, np.ndarray) and not value.ndim:
            return self.apply("number", result)
        return result

    def call_by_name(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Apply an entry as NumPy spells its call."""
        entry = TABLE.entries[name]
        assert isinstance(entry, StructuralEntry)
        return self.structural_call(entry, args, kwargs)

    # -- arrays as handles

    def length(self, tracer: Tracer) -> int:
        shape = self.shape(tracer)
        if not shape:
            if tracer.value is UNKNOWN and self.demand_array is not None:
                self.demand_array(tracer, "len()")
            return len(tracer.value)
        if self.abstract and tracer.value is UNKNOWN:
            self.need_value("the length of an array")
        return shape[0]

    def rows(self, tracer: Tracer) -> list[Any]:
        """All rows of an array as they are now."""
        return list(self.each(tracer))

    def each(self, tracer: Tracer, backwards: bool = False) -> Iterator[Any]:
        """The rows of an array one by one, each as it is when it is asked for."""
        places = range(self.length(tracer))
        return map(partial(self.getitem, tracer), reversed(places) if backwards else places)

    def encode(self, index: Any) -> tuple[Any, tuple[Any, ...]]:
        """A hashable code of an index, and the index arrays in it as operands."""
        traced: dict[int, Tracer] = {}

        def plain(part: Any) -> Any:
            if type(part) is Tracer:
                if self.aval(part).dtype == "bool" or self.is_const(part):
                    return self.concrete(part)
                if not self.shape(part):
                    if part.value is UNKNOWN:
                        self.need_value("an index")
                    of_number = isinstance(part.value, int | np.integer)
                    return Place(part) if of_number else self.concrete(part)
                if part.value is UNKNOWN:
                    self.need_value("an index")
                traced[id(part.value)] = part
                return part.value
            if type(part) is slice:
                return slice(*[self.concrete(p) for p in (part.start, part.stop, part.step)])
            if type(part) is list:
                if contains_tracer(part):
                    return plain(self.array(part))
                places = np.array(part)
                return places if places.size else places.astype(np.intp)
            return part

        parts = tuple([plain(p) for p in index]) if type(index) is tuple else plain(index)
        code, arrays = encode_index(parts)
        return code, tuple([a.value if type(a) is Place else traced.get(id(a), a) for a in arrays])

    def copied(self, tracer: Tracer) -> Any:
        """A copy with memory of its own; a number is its own copy."""
        array = self.shape(tracer) or isinstance(tracer.value, np.ndarray)
        return self.apply("copy", tracer) if array else tracer

    def getitem(self, tracer: Tracer, index: Any) -> Any:
        if tracer.value is UNKNOWN and not self.shape(tracer) and self.demand_array is not None:
            self.demand_array(tracer, "indexing")
        if not self.shape(tracer) and tracer.value is not UNKNOWN:
            return self._item_of_number(tracer, index)
        if isinstance(tracer.value, np.ndarray) and tracer.value.dtype.names is not None:
            return self.const(tracer.value[self.plain(index)])  # records, which are constants
        code, arrays = self.encode(index)
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
        code, arrays = self.encode(index)
        self._about_to_write(tracer, value)
        if self.is_const(tracer) and self.is_const(value) and all(map(self.is_const, arrays)):
            self._write_value(tracer, index, value)
            tracer.operand = tracer.value
            root_of(tracer).version += 1
            root_of(tracer).operand = root_of(tracer).value
            return
        operation = Structural.of("setitem", index=code)
        before = self.operand(tracer)
        operands = (before, self.operand(value), *[self.operand(a) for a in arrays])
        new = self.emit(operation, operands, _hint(before, "updated"))
        if tracer.value is not UNKNOWN and type(before) is Var:
            self.values[before] = np.array(tracer.value)
        self._write_value(tracer, index, value)
        self.values[new] = tracer.value
        self.write_through(tracer, new)

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
        if id(root) in self.reshaped or id(tracer) in self.reshaped:
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

    def attribute(self, tracer: Tracer, name: str) -> Any:
        """An attribute of a traced number or array, as NumPy (or a tensor library) has it."""
        if name == "shape":
            return self._static(tracer, "shape", self.shape(tracer))
        if name == "ndim":
            return len(self.shape(tracer))
        if name == "size":
            return self._static(tracer, "size", int(np.prod(self.shape(tracer), dtype=int)))
        if name == "dtype":
            return np.dtype(self.aval(tracer).dtype)
        if name in ("T", "mT"):
            unknown = tracer.value is UNKNOWN and not self.shape(tracer)
            if unknown and self.demand_array is not None:
                self.demand_array(tracer, f".{name}")
            entry = method_entry(name)
            if isinstance(entry, StructuralEntry):
                return self.structural_call(entry, [tracer], {})
        if name == "flat" and isinstance(tracer.value, np.ndarray):
            if not tracer.value.flags.c_contiguous:
                self.refuse("`.flat` of an array that is not contiguous", remedy="copy it first")
            line = self.apply("reshape", tracer, shape=(-1,))
            if type(line) is Tracer:
                line.flat = True
            return line
        if name == "__class__":
            return type(np.zeros(self.shape(tracer)) if tracer.value is UNKNOWN else tracer.value)
        if name in MEMORY and (tracer.value is UNKNOWN or isinstance(tracer.value, np.ndarray)):
            return attribute(self, tracer, name)
        if name in ("real", "imag"):
            part = self.apply(f"{name}_of", tracer)
            if name == "imag":
                part = fixed(self, part)
            if type(tracer.value) in (complex, float) and type(part) is Tracer:
                return self.handle(float(part.value), self.operand(part))
            return part
        value = tracer.value
        if value is UNKNOWN:
            known = method_entry(name) is not None or name in METHODS
            if not known and not hasattr(np.ndarray, name) and not hasattr(float, name):
                kind = "numpy.ndarray" if self.shape(tracer) else "float"
                raise AttributeError(f"{kind!r} object has no attribute {name!r}")
            return BoundMethod(tracer, name)
        if name == "__class__":
            return type(value)
        if name in ("itemsize", "nbytes", "strides", "flags", "__doc__"):
            return getattr(value, name)
        if name in ("numerator", "denominator") and isinstance(value, int | np.integer):
            return getattr(self.concrete(tracer), name)
        if not hasattr(value, name) and name not in METHODS and method_entry(name) is None:
            getattr(value, name)  # Python's own error
        return BoundMethod(tracer, name)

    def _static(self, tracer: Tracer, what: str, value: Any) -> Any:
        if tracer.value is UNKNOWN:
            if not self.shape(tracer) and self.demand_array is not None:
                self.demand_array(tracer, f".{what}")
            self.need_value(f"the {what} of an array")
        return value


class BoundMethod:
    """`x.norm` of a traced value `x`, waiting to be called."""

    __slots__ = ("name", "tracer")

    def __init__(self, tracer: Tracer, name: str) -> None:
        self.tracer = tracer
        self.name = name

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        recorder, name = self.tracer.recorder, self.name
        if name.startswith("__") and hasattr(Tracer, name):
            return getattr(Tracer, name)(self.tracer, *args)  # `x.__add__(y)`
        if not _TENSOR_WORDS.isdisjoint(kwargs):  # only a tensor library has such a method
            tensor = TABLE.by_call.get(f"torch.{name}")
            if isinstance(tensor, StructuralEntry):
                return recorder.structural_call(tensor, (self.tracer, *args), kwargs)
        if name == "flatten" and (kwargs.keys() & _FROM_TO or any(type(a) is int for a in args)):
            return recorder.apply("torch_flatten", self.tracer, *args, **kwargs)
        handler = METHODS.get(name)
        if handler is not None and (recorder.shape(self.tracer) or name in _OF_ANY_SHAPE):
            return handler(recorder, self.tracer, *args, **kwargs)
        if name == "hex" and type(self.tracer.value) is float:
            recorder.refuse("`float.hex()`", remedy="print the value in decimal: repr(x)")
        if name == "is_integer" and not recorder.shape(self.tracer):
            return recorder.operator("eq", self.tracer, recorder.apply("floor", self.tracer))
        entry = method_entry(name)
        if entry is None and isinstance(self.tracer.value, int | np.integer):
            # A whole number has no derivative to lose: `n.bit_length()`.
            return getattr(recorder.concrete(self.tracer), name)(
                *recorder.concrete_deep(args), **recorder.concrete_deep(kwargs)
            )
        if entry is None:
            recorder.refuse(f"the method `.{name}()` has no derivative rule")
        args, kwargs, out = bound_method(name, entry, (self.tracer, *args), kwargs)
        if out is not None:
            return recorder.into(entry, out, BoundMethod(self.tracer, name)(*args[1:], **kwargs))
        if isinstance(entry, StructuralEntry):
            result = recorder.structural_call(entry, args, kwargs)
            if name not in VIEWING_METHODS and hasattr(np.ndarray, name):
                result = separate(recorder, result, args)
            return recorder.number(result) if name in _NUMBERS else result
        if kwargs:
            recorder.refuse(f"`.{name}()` with the keyword `{next(iter(kwargs))}`")
        return recorder.apply(entry.name, *args)


_OF_ANY_SHAPE = frozenset({"fill", "item", "tolist"})
_TENSOR_WORDS = frozenset({"dim", "keepdim", "unbiased", "dims", "descending"})

_FROM_TO = {"start_dim", "end_dim"}
_NUMBERS = frozenset({"sum", "prod", "max", "min", "mean", "std", "var", "ptp", "trace", "norm"})
"""Methods that reduce: a result without dimensions is a number."""


class _OperandOps:
    """Rules over program variables while tracing, for writes through views."""

    def __init__(self, recorder: Recorder) -> None:
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
