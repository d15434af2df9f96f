"""The methods of ufuncs: `np.add.reduce`, `np.multiply.outer`, `np.maximum.accumulate`, `at`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..operations.indexing import indexed_shape
from .tracer import Tracer

if TYPE_CHECKING:
    from .calls import Calls
    from .recorder import Recorder


def write(recorder: Recorder, target: Any, index: Any, value: Any) -> None:
    """`target[index] = value`, where the target is an array of this trace."""
    if type(target) is not Tracer:
        recorder.refuse("a write in place into something that is not an array")
    recorder.setitem(target, index, value)


_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
_TRUTHS = {"logical_and": "all", "logical_or": "any"}
_RUNS = {"multiply": "running_product"}
_EXTREMES = {"maximum": "cummax", "minimum": "cummin"}


class _UfuncMethods:
    """The methods of one ufunc of two operands, by the entry that the ufunc stands for."""

    def __init__(self, calls: Calls, ufunc: np.ufunc) -> None:
        self.calls = calls
        self.recorder = calls.recorder
        self.ufunc = ufunc
        self.name = ufunc.__name__

    def _apply(self, a: Any, b: Any) -> Any:
        return self.recorder.call_entry(self.ufunc, (a, b), {})

    def _slices(self, x: Any, axis: int) -> list[Any]:
        index: list[Any] = [slice(None)] * axis
        count = self.recorder.shape(x)[axis]
        return [self.recorder.getitem(x, (*index, k)) for k in range(count)]

    def _out(self, result: Any, out: Any) -> Any:
        out = out[0] if isinstance(out, tuple) else out
        if out is None:
            return result
        write(self.recorder, out, Ellipsis, result)
        return out

    def reduce(
        self,
        array: Any,
        axis: Any = 0,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        **more: Any,
    ) -> Any:
        recorder, x = self.recorder, self.recorder.array(array)
        if not recorder.shape(x):
            return x
        if self.name in _REDUCTIONS:
            entry = _REDUCTIONS[self.name]
            if dtype is not None:
                more["dtype"] = dtype
            result = recorder.call_by_name(entry, x, axis=axis, keepdims=keepdims, **more)
            return self._out(result, out)
        if more or dtype is not None:
            recorder.refuse(f"`{self.name}.reduce` with the keyword `{next(iter(more), 'dtype')}`")
        if self.name in _TRUTHS:
            entry = _TRUTHS[self.name]
            return self._out(recorder.call_by_name(entry, x, axis=axis, keepdims=keepdims), out)
        n = len(recorder.shape(x))
        axes = range(n) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        for k in sorted([a % n for a in axes], reverse=True):
            parts = self._slices(x, k)
            x = parts[0]
            for part in parts[1:]:
                x = self._apply(x, part)
            if keepdims:
                x = recorder.apply("expand_dims", x, k)
        return self._out(x, out)

    def accumulate(self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        recorder, x = self.recorder, self.recorder.array(array)
        if dtype is not None:
            recorder.refuse(f"`{self.name}.accumulate` with the keyword `dtype`")
        k = axis % len(recorder.shape(x))
        if self.name == "add":
            return self._out(recorder.apply("cumsum", x, axis=k), out)
        if self.name in _EXTREMES:
            return self._out(recorder.call_by_name(_EXTREMES[self.name], x, axis=k), out)
        if self.name in _RUNS:
            return self._out(recorder.apply(_RUNS[self.name], x, axis=k), out)
        parts = self._slices(x, k)
        for j in range(1, len(parts)):
            parts[j] = self._apply(parts[j - 1], parts[j])
        return self._out(recorder.apply("stack", parts, k), out)

    def outer(self, a: Any, b: Any, **more: Any) -> Any:
        recorder = self.recorder
        if more:
            recorder.refuse(f"`{self.name}.outer` with the keyword `{next(iter(more))}`")
        a, b = recorder.array(a), recorder.array(b)
        shape = (*recorder.shape(a), *(1,) * len(recorder.shape(b)))
        return self._apply(recorder.apply("reshape", a, shape=shape), b)

    def at(self, a: Any, indices: Any, b: Any) -> None:
        """Repeated places count every time."""
        recorder = self.recorder
        b = recorder.array(b)
        code, arrays = recorder.encode(indices)
        shape = recorder.shape(a)
        selected = indexed_shape(shape, code, tuple(recorder.shape(v) for v in arrays))
        if self.name in ("add", "subtract"):
            spread = recorder.apply("broadcast_to", b, shape=selected)
            moved = recorder.apply("scatter_add", spread, *arrays, index=code, shape=shape)
            write(recorder, a, Ellipsis, self._apply(a, moved))
            return
        places = np.arange(int(np.prod(shape))).reshape(shape)[recorder.plain(indices)]
        values = recorder.apply("broadcast_to", b, shape=np.shape(places))
        if len(np.unique(places)) == np.size(places):
            write(recorder, a, indices, self._apply(recorder.getitem(a, indices), values))
            return
        for k in np.ndindex(np.shape(places)):
            where = tuple(int(i) for i in np.unravel_index(places[k], shape))
            value = self._apply(recorder.getitem(a, where), recorder.getitem(values, k))
            write(recorder, a, where, value)

    def reduceat(self, array: Any, indices: Any, axis: Any = 0, **more: Any) -> Any:
        recorder, x = self.recorder, self.recorder.array(array)
        if more:
            recorder.refuse(f"`{self.name}.reduceat` with the keyword `{next(iter(more))}`")
        starts = [int(i) for i in recorder.concrete_deep(indices)]
        k = axis % len(recorder.shape(x))
        parts = []
        for start, stop in itertools.zip_longest(starts, starts[1:]):
            index: list[Any] = [slice(None)] * k
            if stop is not None and stop <= start:
                parts.append(recorder.getitem(x, (*index, start)))
            else:
                parts.append(self.reduce(recorder.getitem(x, (*index, slice(start, stop))), k))
        return recorder.apply("stack", parts, k)


UFUNC_METHODS = ("reduce", "accumulate", "outer", "at", "reduceat")


def _ufuncs() -> list[np.ufunc]:
    found = {id(v): v for v in vars(np).values() if isinstance(v, np.ufunc)}
    return [u for u in found.values() if u.nin == 2 and u.nout == 1 and u.signature is None]


def ufunc_methods(calls: Calls) -> dict[Any, Callable[..., Any]]:
    """What to call in the place of each method of each ufunc of two operands."""
    return {
        getattr(ufunc, name): partial(_method, calls, ufunc, name)
        for ufunc in _ufuncs()
        for name in UFUNC_METHODS
    }


def _method(calls: Calls, ufunc: np.ufunc, name: str, /, *args: Any, **kwargs: Any) -> Any:
    return getattr(_UfuncMethods(calls, ufunc), name)(*args, **kwargs)
