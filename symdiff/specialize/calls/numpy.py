"""NumPy's calls that write in place, call a Python function, or answer with positions.

`handlers` gives the function to call in the place of each. In-place writes go through the recorder,
so that every alias and view sees them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording.memory import astype, diagonal, ravel
from ..recording.methods import cycled, put, write
from ..recording.positions import POSITIONS
from ..recording.sharing import share_memory
from ..recording.tracer import UNKNOWN, Tracer
from .conversions import conversions
from .predicates import PREDICATES
from .ufunc_methods import ufunc_methods
from .vectorized import Vectorized, vectorize

if TYPE_CHECKING:
    from ..outside.parts import Calls
    from ..recording.recorder import Recorder

# -- writing in place


def _copyto(
    recorder: Recorder, dst: Any, src: Any, casting: Any = "same_kind", where: Any = True
) -> None:
    src = recorder.array(src)
    if where is not True:
        src = recorder.apply("where", where, src, dst)
    write(recorder, dst, Ellipsis, src)


def _place(recorder: Recorder, arr: Any, mask: Any, vals: Any) -> None:
    chosen = np.asarray(recorder.concrete(mask)).astype(bool)
    write(recorder, arr, chosen, cycled(recorder, vals, np.arange(int(chosen.sum()))))


def _putmask(recorder: Recorder, a: Any, mask: Any, values: Any) -> None:
    chosen = np.asarray(recorder.concrete(mask)).astype(bool)
    write(recorder, a, chosen, cycled(recorder, values, np.flatnonzero(chosen)))


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
    if len(shape) < 2:
        raise ValueError("array must be at least 2-d")
    size = int(np.prod(shape))
    step = shape[1] + 1 if len(shape) == 2 else 1 + int(np.cumprod(shape[:-1]).sum())
    stop = shape[1] * shape[1] if len(shape) == 2 and not recorder.concrete(wrap) else size
    places = np.arange(0, min(stop, size), step)
    value = recorder.array(val)
    if recorder.shape(value):
        value = cycled(recorder, value, np.arange(len(places)))
    write(recorder, a, tuple(np.unravel_index(places, shape)), value)


# -- arrays as lists and numbers


def _nan_to_num(
    recorder: Recorder,
    x: Any,
    copy: Any = True,
    nan: Any = 0.0,
    posinf: Any = None,
    neginf: Any = None,
) -> Any:
    given = x
    if isinstance(x, list | tuple):
        x = recorder.array(x)
    result = recorder.apply("nan_to_num", x)
    if not (type(nan) is float and nan == 0.0 and posinf is None and neginf is None):
        infinite = recorder.apply("isinf", x)
        above = recorder.apply("logical_and", infinite, recorder.apply("gt", x, 0.0))
        below = recorder.apply("logical_and", infinite, recorder.apply("lt", x, 0.0))
        if posinf is not None:
            result = recorder.apply("where", above, posinf, result)
        if neginf is not None:
            result = recorder.apply("where", below, neginf, result)
        result = recorder.number(recorder.apply("where", recorder.apply("isnan", x), nan, result))
        have, wanted = recorder.aval(result).dtype, recorder.aval(x)
        if wanted.is_inexact and have != wanted.dtype:
            result = recorder.apply("cast", result, dtype=wanted.dtype)
    if not recorder.concrete(copy) and type(given) is Tracer and recorder.shape(given):
        recorder.setitem(given, Ellipsis, result)
        return given
    return result


def _share_memory(function: Any, recorder: Recorder, a: Any, b: Any, max_work: Any = None) -> bool:
    return share_memory(recorder, function, a, b)


# -- Python functions over arrays


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


def _fromiter(calls: Calls, iter: Any, dtype: Any, count: Any = -1, **more: Any) -> Any:
    values = itertools.islice(calls.iterable(iter), None if count == -1 else count)
    recorder = calls.recorder
    return recorder.apply("cast", recorder.array(list(values)), dtype=np.dtype(dtype).name)


def _ndenumerate(recorder: Recorder, arr: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    array = recorder.array(arr)
    for place in np.ndindex(recorder.shape(array)):
        yield place, recorder.getitem(array, place) if place else array


def _nditer(calls: Calls, op: Any, *args: Any, **kwargs: Any) -> Any:
    """The elements of one array, to read: in the order in which they lie in memory."""
    recorder = calls.recorder
    if args or kwargs or isinstance(op, list | tuple):
        recorder.refuse(
            "`numpy.nditer` of several arrays, with flags, or to write",
            remedy="loop over numpy.ndindex(x.shape) or numpy.ndenumerate(x)",
        )
    array = recorder.array(op)
    x = recorder.apply("reshape", array, shape=(-1,))
    value = array.value if type(array) is Tracer else array
    if value is UNKNOWN:
        recorder.need_value("the order in which elements lie in memory")
    if isinstance(value, np.ndarray) and (value.ndim or not value.size):
        recorder.lays_matter = True
        over = np.nditer(value, flags=["multi_index"])  # raises where there are no elements
        if not value.flags.c_contiguous:
            places = [over.multi_index for _ in over]
            order = np.ravel_multi_index(tuple(np.array(places).T), value.shape)
            x = recorder.getitem(x, order)
    return (recorder.apply("array", v, shape=()) for v in recorder.each(x))


def handlers(calls: Calls) -> dict[Any, Callable[..., Any]]:
    """The function to call in the place of each of NumPy's that is handled here."""
    recorder = calls.recorder
    own: tuple[tuple[Any, Any], ...] = (
        (np.copyto, _copyto),
        (np.ravel, ravel),
        (np.diag, lambda recorder, v, *a, **k: diagonal(recorder, "diag", v, *a, **k)),
        (np.diagonal, lambda recorder, a, *b, **k: diagonal(recorder, "diagonal", a, *b, **k)),
        (
            np.linalg.diagonal,
            lambda recorder, a, /, **k: diagonal(recorder, "last_diagonal", a, **k),
        ),
        (np.may_share_memory, partial(_share_memory, np.may_share_memory)),
        (np.shares_memory, partial(_share_memory, np.shares_memory)),
        (np.ndenumerate, _ndenumerate),
        (np.place, _place),
        (np.putmask, _putmask),
        (np.put, put),
        (np.put_along_axis, _put_along_axis),
        (np.fill_diagonal, _fill_diagonal),
        (np.nan_to_num, _nan_to_num),
        (np.astype, lambda recorder, x, dtype, /, **k: astype(recorder, x, dtype, **k)),
        *POSITIONS.items(),
        *PREDICATES.items(),
    )
    table: dict[Any, Callable[..., Any]] = {f: partial(handler, recorder) for f, handler in own}
    followed: tuple[tuple[Any, Callable[..., Any]], ...] = (
        (np.vectorize.__call__, vectorize),
        (np.apply_along_axis, _apply_along_axis),
        (np.apply_over_axes, _apply_over_axes),
        (np.piecewise, _piecewise),
        (np.fromfunction, _fromfunction),
        (np.fromiter, _fromiter),
        (np.nditer, _nditer),
    )
    for function, follow in followed:
        table[function] = partial(follow, calls)
    table[np.frompyfunc] = lambda func, nin, nout, **more: Vectorized(calls, func, nin, nout)
    table.update(ufunc_methods(calls))
    table.update(conversions(calls))
    return table
