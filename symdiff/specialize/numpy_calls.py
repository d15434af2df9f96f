"""NumPy's calls that write in place, call a Python function, or answer with positions.

`handlers` gives the function to call in the place of each; `METHODS` the same for methods of
traced arrays. In-place writes go through the recorder, so that every alias and view sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .memory import astype, diagonal, flatten, ravel
from .tracer import Tracer
from .ufunc_methods import ufunc_methods, write

if TYPE_CHECKING:
    from .calls import Calls
    from .recorder import Recorder

# -- writing in place


def _copyto(
    recorder: Recorder, dst: Any, src: Any, casting: Any = "same_kind", where: Any = True
) -> None:
    src = recorder.array(src)
    if where is not True:
        src = recorder.apply("where", where, src, dst)
    write(recorder, dst, Ellipsis, src)


def _cycled(recorder: Recorder, values: Any, places: Any) -> Any:
    """Values by flat place, from the start again where they are used up."""
    values = recorder.array(values)
    size = int(np.prod(recorder.shape(values)))
    flat = recorder.apply("reshape", values, shape=(size,))
    return recorder.apply("getitem", flat, np.asarray(places) % size, index=(("array", 0),))


def _place(recorder: Recorder, arr: Any, mask: Any, vals: Any) -> None:
    chosen = np.asarray(recorder.concrete(mask)).astype(bool)
    write(recorder, arr, chosen, _cycled(recorder, vals, np.arange(int(chosen.sum()))))


def _putmask(recorder: Recorder, a: Any, mask: Any, values: Any) -> None:
    chosen = np.asarray(recorder.concrete(mask)).astype(bool)
    write(recorder, a, chosen, _cycled(recorder, values, np.flatnonzero(chosen)))


def _put(recorder: Recorder, a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    shape = recorder.shape(a)
    flat = np.ravel(recorder.concrete_deep(ind))
    size = int(np.prod(shape))
    if mode == "wrap":
        flat = flat % size
    elif mode == "clip":
        flat = np.clip(flat, 0, size - 1)
    flat = np.where(flat < 0, flat + size, flat)
    values = _cycled(recorder, v, np.arange(len(flat)))
    write(recorder, a, tuple(np.unravel_index(flat, shape)), values)


def _put_along_axis(recorder: Recorder, arr: Any, indices: Any, values: Any, axis: Any) -> None:
    places = np.asarray(recorder.concrete_deep(indices))
    shape = recorder.shape(arr)
    if axis is None:
        write(recorder, arr, tuple(np.unravel_index(places, shape)), values)
        return
    k = axis % len(shape)
    index: list[Any] = []
    for j, n in enumerate(shape):
        line = np.arange(n).reshape([-1 if i == j else 1 for i in range(len(shape))])
        index.append(places if j == k else line)
    write(recorder, arr, tuple(index), values)


def _fill_diagonal(recorder: Recorder, a: Any, val: Any, wrap: Any = False) -> None:
    shape = recorder.shape(a)
    if wrap or len(shape) < 2:
        recorder.refuse("`fill_diagonal` with wrap, or of a vector")
    places = np.arange(min(shape))
    value = recorder.array(val)
    if recorder.shape(value):
        value = _cycled(recorder, value, places)
    write(recorder, a, (places,) * len(shape), value)


def _sort_in_place(recorder: Recorder, x: Tracer, axis: Any = -1, **more: Any) -> None:
    write(recorder, x, Ellipsis, recorder.apply("sort", x, axis, **more))


def _partition_in_place(recorder: Recorder, x: Tracer, kth: Any, axis: Any = -1) -> None:
    write(recorder, x, Ellipsis, recorder.apply("partition", x, kth, axis))


# -- positions: decided by the values, guarded


def _mask(recorder: Recorder, x: Any) -> Any:
    x = recorder.array(x)
    if type(x) is Tracer and recorder.aval(x).dtype != "bool":
        x = recorder.apply("ne", x, 0)
    return np.asarray(recorder.concrete(x))


def _nonzero(recorder: Recorder, x: Any) -> Any:
    return tuple([recorder.const(p) for p in np.nonzero(_mask(recorder, x))])


def nonzero(recorder: Recorder, x: Any) -> Any:
    """`np.where(x)` and `np.nonzero(x)`: where the specialization found elements that are true."""
    return _nonzero(recorder, x)


def _trim_zeros(recorder: Recorder, filt: Any, trim: Any = "fb") -> Any:
    places = np.flatnonzero(_mask(recorder, filt))
    if not len(places):
        return recorder.getitem(filt, slice(0, 0))
    first = int(places[0]) if "f" in trim.lower() else 0
    last = int(places[-1]) + 1 if "b" in trim.lower() else None
    return recorder.getitem(filt, slice(first, last))


def _tolist(recorder: Recorder, x: Any) -> Any:
    if not recorder.shape(x):
        return x
    return [_tolist(recorder, row) for row in recorder.rows(x)]


METHODS: dict[str, Callable[..., Any]] = {
    "fill": lambda recorder, x, value: write(recorder, x, Ellipsis, value),
    "sort": _sort_in_place,
    "partition": _partition_in_place,
    "put": _put,
    "astype": astype,
    "diagonal": lambda recorder, x, *a, **k: diagonal(recorder, "diagonal", x, *a, **k),
    "flatten": flatten,
    "ravel": ravel,
    "tolist": _tolist,
    "nonzero": _nonzero,
}
"""In the place of methods of a traced array: `METHODS[name](recorder, x, ...)`."""


# -- Python functions over arrays


def _vectorize(calls: Calls, vectorized: Any, /, *args: Any, **kwargs: Any) -> Any:
    recorder = calls.recorder
    function = vectorized.pyfunc
    if vectorized.signature is not None or kwargs:
        recorder.refuse("`numpy.vectorize` with a signature or keyword arguments")
    spread = [k for k in range(len(args)) if k not in vectorized.excluded]
    arrays = {k: recorder.array(args[k]) for k in spread}
    shape = np.broadcast_shapes(*[recorder.shape(a) for a in arrays.values()])
    arrays = {k: recorder.apply("broadcast_to", a, shape=shape) for k, a in arrays.items()}
    site = recorder.site

    def one(place: tuple[int, ...]) -> Any:
        row = [
            (recorder.getitem(arrays[k], place) if shape else args[k]) if k in arrays else value
            for k, value in enumerate(args)
        ]
        return calls.call(site, function, *row)

    results = [one(place) for place in np.ndindex(shape)]
    if not shape:
        return results[0]
    if results and isinstance(results[0], tuple):
        columns = zip(*results, strict=True)
        return tuple([_gathered(recorder, list(c), shape, None) for c in columns])
    return _gathered(recorder, results, shape, vectorized.otypes)


def _gathered(recorder: Recorder, values: list[Any], shape: tuple[int, ...], otypes: Any) -> Any:
    joined = recorder.apply("reshape", recorder.array(values), shape=shape)
    if otypes and np.dtype(otypes[0]).name != recorder.aval(joined).dtype:
        return recorder.apply("cast", joined, dtype=np.dtype(otypes[0]).name)
    return joined


def _apply_along_axis(
    calls: Calls, func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    recorder = calls.recorder
    x = recorder.array(arr)
    n = len(recorder.shape(x))
    k = axis % n
    order = (*[j for j in range(n) if j != k], k)
    lines = recorder.apply("transpose", x, axes=order)
    rest = recorder.shape(lines)[:-1]
    site = recorder.site
    results = [
        recorder.array(calls.call(site, func1d, recorder.getitem(lines, place), *args, **kwargs))
        for place in np.ndindex(rest)
    ]
    inner = recorder.shape(results[0])
    joined = recorder.apply("reshape", recorder.apply("stack", results), shape=(*rest, *inner))
    size = len(rest)
    moved = tuple(range(size, size + len(inner)))
    back = (*range(k), *moved, *range(k, size))
    return recorder.apply("transpose", joined, axes=back)


def _apply_over_axes(calls: Calls, func: Any, a: Any, axes: Any) -> Any:
    recorder = calls.recorder
    x = recorder.array(a)
    n = len(recorder.shape(x))
    for axis in axes if isinstance(axes, list | tuple) else (axes,):
        axis %= n
        result = calls.call(recorder.site, func, x, axis)
        if len(recorder.shape(result)) == n - 1:
            result = recorder.apply("expand_dims", result, axis)
        x = result
    return x


def _piecewise(
    calls: Calls, x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any
) -> Any:
    recorder = calls.recorder
    x = recorder.array(x)
    if type(condlist) is Tracer and len(recorder.shape(condlist)) > len(recorder.shape(x)):
        condlist = recorder.rows(condlist)
    elif not isinstance(condlist, list | tuple):
        condlist = [condlist]
    elif condlist and not isinstance(condlist[0], list | tuple | Tracer | np.ndarray):
        condlist = list(condlist) if not recorder.shape(x) else [condlist]
    masks = [np.asarray(recorder.concrete_deep(c)).astype(bool) for c in condlist]
    shape = recorder.shape(x)
    if len(funclist) == len(masks) + 1:
        masks.append(~np.any([np.broadcast_to(m, shape) for m in masks], axis=0))
    if len(funclist) != len(masks):
        raise ValueError(f"with {len(condlist)} conditions, as many functions or one more")
    site = recorder.site
    if not shape:
        result: Any = 0.0
        for mask, function in zip(masks, funclist, strict=True):
            if mask:
                result = (
                    calls.call(site, function, x, *args, **kwargs)
                    if callable(function)
                    else function
                )
        return result
    result = recorder.const(np.zeros(shape, recorder.aval(x).dtype))
    for mask, function in zip(masks, funclist, strict=True):
        if callable(function):
            part = recorder.getitem(x, mask)
            if recorder.shape(part) != (0,):
                function = calls.call(site, function, part, *args, **kwargs)
            else:
                continue
        write(recorder, result, mask, function)
    return result


def _fromfunction(
    calls: Calls, function: Any, shape: Any, *, dtype: Any = float, **kwargs: Any
) -> Any:
    grids = np.indices(calls.recorder.concrete_deep(shape), dtype=dtype)
    recorder = calls.recorder
    return calls.call(recorder.site, function, *[recorder.const(g) for g in grids], **kwargs)


def _ndenumerate(recorder: Recorder, arr: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    array = recorder.array(arr)
    for place in np.ndindex(recorder.shape(array)):
        yield place, recorder.getitem(array, place) if place else array


def handlers(calls: Calls) -> dict[Any, Callable[..., Any]]:
    """The function to call in the place of each of NumPy's that is handled here."""
    recorder = calls.recorder
    table: dict[Any, Callable[..., Any]] = {
        function: partial(handler, recorder)
        for function, handler in (
            (np.copyto, _copyto),
            (np.ravel, ravel),
            (np.diag, lambda recorder, v, *a, **k: diagonal(recorder, "diag", v, *a, **k)),
            (np.diagonal, lambda recorder, a, *b, **k: diagonal(recorder, "diagonal", a, *b, **k)),
            (np.place, _place),
            (np.putmask, _putmask),
            (np.put, _put),
            (np.put_along_axis, _put_along_axis),
            (np.fill_diagonal, _fill_diagonal),
            (np.nonzero, _nonzero),
            (np.trim_zeros, _trim_zeros),
        )
    }
    table[np.flatnonzero] = lambda a: recorder.const(np.flatnonzero(_mask(recorder, a)))
    table[np.ndenumerate] = lambda arr: _ndenumerate(recorder, arr)
    table[np.argwhere] = lambda a: recorder.const(np.argwhere(_mask(recorder, a)))
    for function, follow in (
        (np.vectorize.__call__, _vectorize),
        (np.apply_along_axis, _apply_along_axis),
        (np.apply_over_axes, _apply_over_axes),
        (np.piecewise, _piecewise),
        (np.fromfunction, _fromfunction),
    ):
        table[function] = partial(follow, calls)
    table.update(ufunc_methods(calls))
    return table
