"""Methods of traced values: those that are entries of the table, and the others.

`METHODS` gives what is called in the place of each of the others. In-place writes go through the
recorder, so that every alias and view sees them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...operations.table.entry import TABLE, StructuralEntry
from ...operations.table.lookup import method_entry
from .arrays import Arrays
from .conventions import bound_method
from .functions import Functions
from .memory import astype, diagonal, flatten, ravel
from .positions import positions
from .sharing import VIEWING_METHODS, as_numpy_lays, separate, set_flags
from .tracer import Tracer


def write(recorder: Arrays, target: Any, index: Any, value: Any) -> None:
    """`target[index] = value`, where the target is an array of this trace."""
    if type(target) is not Tracer:
        recorder.refuse("a write in place into something that is not an array")
    recorder.setitem(target, index, value)


def cycled(recorder: Arrays, values: Any, places: Any) -> Any:
    """Values by flat place, from the start again where they are used up."""
    values = recorder.array(values)
    size = int(np.prod(recorder.shape(values)))
    flat = recorder.apply("reshape", values, shape=(size,))
    return recorder.apply("getitem", flat, np.asarray(places) % size, index=(("array", 0),))


def fill_flat(recorder: Arrays, x: Any, values: Any) -> None:
    """`x.flat = values`."""
    shape = recorder.shape(x)
    size = int(np.prod(shape))
    given = cycled(recorder, values, np.arange(size))
    write(recorder, x, Ellipsis, recorder.apply("reshape", given, shape=shape))


def put(recorder: Arrays, a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    """`numpy.put`, by the flat places of the elements."""
    shape = recorder.shape(a)
    flat = np.ravel(recorder.concrete_deep(ind))
    size = int(np.prod(shape))
    if mode == "wrap":
        flat = flat % size
    elif mode == "clip":
        flat = np.clip(flat, 0, size - 1)
    flat = np.where(flat < 0, flat + size, flat)
    values = cycled(recorder, v, np.arange(len(flat)))
    write(recorder, a, tuple(np.unravel_index(flat, shape)), values)


def _sort_in_place(recorder: Arrays, x: Tracer, axis: Any = -1, **more: Any) -> None:
    write(recorder, x, Ellipsis, recorder.apply("sort", x, axis, **more))


def _partition_in_place(recorder: Arrays, x: Tracer, kth: Any, axis: Any = -1) -> None:
    write(recorder, x, Ellipsis, recorder.apply("partition", x, kth, axis))


def _tolist(recorder: Arrays, x: Any) -> Any:
    if not recorder.shape(x):
        return recorder.apply("item", x)
    return [_tolist(recorder, row) for row in recorder.rows(x)]


def _resize_in_place(recorder: Arrays, x: Tracer, *shape: Any, **more: Any) -> None:
    recorder.refuse(
        "`.resize()` of an array in place",
        why="NumPy allows it or not by who else refers to the array",
        remedy="use numpy.resize, or an array of the size it will need",
    )


def _item(recorder: Arrays, x: Any, *place: Any) -> Any:
    """`x.item()`, `x.item(3)` of the flat array, `x.item(1, 2)`."""
    if place and not recorder.shape(x):
        np.empty(()).item(*recorder.concrete_deep(place))  # NumPy's own error for another place
    elif place:
        places = recorder.concrete_deep(place[0] if len(place) == 1 else place)
        if not isinstance(places, tuple):
            shape = recorder.shape(x)
            flat = places + int(np.prod(shape)) if places < 0 else places
            places = tuple(int(k) for k in np.unravel_index(flat, shape))
        x = recorder.getitem(x, places)
    return recorder.apply("item", x)


METHODS: dict[str, Callable[..., Any]] = {
    "fill": lambda recorder, x, value: write(recorder, x, Ellipsis, value),
    "sort": _sort_in_place,
    "partition": _partition_in_place,
    "put": put,
    "resize": _resize_in_place,
    "item": _item,
    "astype": astype,
    "diagonal": lambda recorder, x, *a, **k: diagonal(recorder, "diagonal", x, *a, **k),
    "flatten": flatten,
    "ravel": ravel,
    "setflags": set_flags,
    "tolist": _tolist,
    "nonzero": positions,
}
"""In the place of methods of a traced array: `METHODS[name](recorder, x, ...)`."""


class BoundMethod:
    """`x.norm` of a traced value `x`, waiting to be called."""

    __slots__ = ("name", "recorder", "tracer")

    def __init__(self, recorder: Functions, tracer: Tracer, name: str) -> None:
        self.recorder = recorder
        self.tracer = tracer
        self.name = name

    def __deepcopy__(self, memo: Any) -> BoundMethod:
        return self  # as Python has it of a method written in C, which stays that of its array

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        recorder, name = self.recorder, self.name
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
        given = (self.tracer, *args), kwargs
        args, kwargs, out = bound_method(name, entry, *given)
        if out is not None:
            result = BoundMethod(recorder, self.tracer, name)(*args[1:], **kwargs)
            return recorder.into(entry, out, result)
        if isinstance(entry, StructuralEntry):
            result = recorder.structural_call(entry, args, kwargs)
            if name not in VIEWING_METHODS and hasattr(np.ndarray, name):
                result = separate(recorder, result, args)
                result = as_numpy_lays(getattr(np.ndarray, name), *given, result)
            return recorder.number(result) if name in _NUMBERS else result
        if kwargs:
            recorder.refuse(f"`.{name}()` with the keyword `{next(iter(kwargs))}`")
        return recorder.apply(entry.name, *args)


_OF_ANY_SHAPE = frozenset({"fill", "item", "tolist"})
_TENSOR_WORDS = frozenset({"dim", "keepdim", "unbiased", "dims", "descending"})

_FROM_TO = {"start_dim", "end_dim"}
_NUMBERS = frozenset({"sum", "prod", "max", "min", "mean", "std", "var", "ptp", "trace", "norm"})
"""Methods that reduce: a result without dimensions is a number."""
