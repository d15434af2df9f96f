"""The methods of ufuncs: `np.add.reduce`, `np.multiply.outer`, `np.maximum.accumulate`, `at`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.arrays.index_codes import indexed_shape
from ..recording.methods import write

if TYPE_CHECKING:
    from ..outside.parts import Calls


_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
_TRUTHS = {"logical_and": "all", "logical_or": "any"}
_RUNS = {"multiply": "running_product"}
_REORDERABLE = frozenset(
    {"fmax", "fmin", "logaddexp", "logaddexp2", "hypot", "gcd", "lcm", "bitwise_xor"}
)
_EXTREMES = {"maximum": "cummax", "minimum": "cummin"}


class UfuncMethods:
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
        if self.name in _TRUTHS:
            if more or dtype is not None:
                word = next(iter(more), "dtype")
                recorder.refuse(f"`{self.name}.reduce` with the keyword `{word}`")
            entry = _TRUTHS[self.name]
            return self._out(recorder.call_by_name(entry, x, axis=axis, keepdims=keepdims), out)
        return self._out(self._fold(x, axis, dtype, keepdims, **more), out)

    def _fold(
        self,
        x: Any,
        axis: Any,
        dtype: Any,
        keepdims: Any,
        initial: Any = np._NoValue,
        where: Any = True,
    ) -> Any:
        """One element after the other, from `initial` on, where the mask is true."""
        recorder = self.recorder
        if dtype is not None:
            x = recorder.apply("cast", x, dtype=np.dtype(dtype).name)
        n = len(recorder.shape(x))
        axes = range(n) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        if len(axes) > 1 and self.name not in _REORDERABLE:
            raise ValueError(f"reduction operation {self.name!r} is not reorderable")
        begins = initial is not np._NoValue and initial is not None
        if where is not True:
            if not begins:
                raise ValueError(f"{self.name}.reduce with where= needs an initial value")
            where = recorder.apply("broadcast_to", where, shape=recorder.shape(x))
        for k in sorted([a % n for a in axes], reverse=True):
            parts = self._slices(x, k)
            masks = [True] * len(parts) if where is True else self._slices(where, k)
            if begins:
                total, begins = self._apply(initial, parts[0]), False
                total = (
                    total if where is True else recorder.apply("where", masks[0], total, initial)
                )
            else:
                total = parts[0]
            for part, mask in zip(parts[1:], masks[1:], strict=True):
                further = self._apply(total, part)
                total = further if mask is True else recorder.apply("where", mask, further, total)
            x = recorder.apply("expand_dims", total, k) if keepdims else total
            where = True
        return x

    def accumulate(self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        recorder, x = self.recorder, self.recorder.array(array)
        if dtype is not None:
            x = recorder.apply("cast", x, dtype=np.dtype(dtype).name)
        if axis is None and len(recorder.shape(x)) == 1:
            axis = 0
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

    def at(self, a: Any, indices: Any, *others: Any) -> None:
        """Repeated places count every time."""
        recorder = self.recorder
        if not others:
            self._at_alone(a, indices)
            return
        b = recorder.array(*others)
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

    def _at_alone(self, a: Any, indices: Any) -> None:
        """For a function of one operand: as often as a place is named."""
        recorder, shape = self.recorder, self.recorder.shape(a)
        places = np.arange(int(np.prod(shape))).reshape(shape)[recorder.plain(indices)]
        for turn in range(int(np.unique(places, return_counts=True)[1].max(initial=0))):
            flat, counts = np.unique(places, return_counts=True)
            where = np.unravel_index(flat[counts > turn], shape)
            moved = recorder.call_entry(self.ufunc, (recorder.getitem(a, where),), {})
            write(recorder, a, where, moved)

    def reduceat(
        self, array: Any, indices: Any, axis: Any = 0, dtype: Any = None, out: Any = None
    ) -> Any:
        recorder, x = self.recorder, self.recorder.array(array)
        if dtype is not None:
            x = recorder.apply("cast", x, dtype=np.dtype(dtype).name)
        starts = [int(i) for i in recorder.concrete_deep(indices)]
        k = axis % len(recorder.shape(x))
        parts = []
        for start, stop in itertools.zip_longest(starts, starts[1:]):
            index: list[Any] = [slice(None)] * k
            if stop is not None and stop <= start:
                parts.append(recorder.getitem(x, (*index, start)))
            else:
                parts.append(self.reduce(recorder.getitem(x, (*index, slice(start, stop))), k))
        return self._out(recorder.apply("stack", parts, k), out)


UFUNC_METHODS = ("reduce", "accumulate", "outer", "at", "reduceat")


def _ufuncs() -> list[np.ufunc]:
    found = {id(v): v for v in vars(np).values() if isinstance(v, np.ufunc)}
    return [u for u in found.values() if u.nin <= 2 and u.nout == 1 and u.signature is None]


@cache
def _methods() -> list[tuple[Any, np.ufunc, str]]:
    return [
        (getattr(ufunc, name), ufunc, name)
        for ufunc in _ufuncs()
        for name in (UFUNC_METHODS if ufunc.nin == 2 else ("at",))
    ]


def ufunc_methods(calls: Calls) -> dict[Any, Callable[..., Any]]:
    """What to call in the place of each method of each ufunc of two operands."""
    return {method: partial(_method, calls, ufunc, name) for method, ufunc, name in _methods()}


def _method(calls: Calls, ufunc: np.ufunc, name: str, /, *args: Any, **kwargs: Any) -> Any:
    return getattr(UfuncMethods(calls, ufunc), name)(*args, **kwargs)
