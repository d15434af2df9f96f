"""NumPy's calls that answer with positions, or whose shape the values decide: guarded decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import Arrays
from .tracer import Tracer


def mask_of(recorder: Arrays, x: Any) -> Any:
    """Which elements are not zero, as the specialization found them."""
    x = recorder.array(x)
    if type(x) is Tracer and recorder.aval(x).dtype != "bool":
        x = recorder.apply("ne", x, 0)
    return np.asarray(recorder.concrete(x))


def positions(recorder: Arrays, x: Any) -> Any:
    """`np.where(x)` and `np.nonzero(x)`: where the specialization found elements that are true."""
    return tuple([recorder.const(p) for p in np.nonzero(mask_of(recorder, x))])


def _trim_zeros(recorder: Arrays, filt: Any, trim: Any = "fb") -> Any:
    places = np.flatnonzero(mask_of(recorder, filt))
    if not len(places):
        return recorder.getitem(filt, slice(0, 0))
    first = int(places[0]) if "f" in trim.lower() else 0
    last = int(places[-1]) + 1 if "b" in trim.lower() else None
    return recorder.getitem(filt, slice(first, last))


def _unique(
    recorder: Arrays,
    ar: Any,
    return_index: Any = False,
    return_inverse: Any = False,
    return_counts: Any = False,
    axis: Any = None,
    *,
    equal_nan: Any = True,
    **more: Any,
) -> Any:
    """`np.unique`: which elements are equal is decided by the specialization, in sorted order."""
    flags = [bool(recorder.concrete(f)) for f in (return_index, return_inverse, return_counts)]
    more = {k: v for k, v in more.items() if not (k == "sorted" and v is True)}
    if axis is not None or more:
        recorder.refuse("`unique` along an axis, or with `sorted` changed")
    x = recorder.array(ar)
    shape = recorder.shape(x)
    size = int(np.prod(shape))
    flat = recorder.apply("reshape", x, shape=(size,))
    order = recorder.apply("argsort", flat, axis=-1, stable=True)
    ordered = recorder.getitem(flat, order)
    later, earlier = [recorder.getitem(ordered, s) for s in (slice(1, None), slice(None, -1))]
    differ = recorder.apply("ne", later, earlier)
    if recorder.concrete(equal_nan) and recorder.aval(x).is_inexact:
        # NaN comes last, and of all that are NaN the first stands for them.
        differ = recorder.apply("logical_and", differ, recorder.apply("eq", earlier, earlier))
    steps = np.asarray(recorder.concrete(differ))
    first = np.concatenate([np.ones(min(size, 1), bool), steps])
    results = [recorder.getitem(ordered, first)]
    if flags[0]:
        results.append(recorder.getitem(order, first))
    if flags[1]:
        ranks = recorder.apply("argsort", order, axis=-1, stable=True)
        inverse = recorder.getitem(recorder.const(np.cumsum(first) - 1), ranks)
        results.append(recorder.apply("reshape", inverse, shape=shape or (1,)))
    if flags[2]:
        results.append(recorder.const(np.diff(np.append(np.flatnonzero(first), len(first)))))
    return tuple(results) if len(results) > 1 else results[0]


def _histogram(
    recorder: Arrays,
    a: Any,
    bins: Any = 10,
    range: Any = None,
    density: Any = None,
    weights: Any = None,
) -> Any:
    """`np.histogram`: which bin an element is in is decided by the specialization."""
    x = recorder.array(a)
    flat = recorder.apply("reshape", x, shape=(int(np.prod(recorder.shape(x))),))
    if isinstance(bins, str):
        recorder.refuse("`histogram` with bins named by a method")
    if isinstance(bins, int | np.integer):
        ends = range
        if ends is None:
            ends = (recorder.apply("min", flat), recorder.apply("max", flat))
        edges = recorder.call_by_name("linspace", *ends, int(bins) + 1)
    else:
        edges = recorder.array(bins)
    count = recorder.shape(edges)[0] - 1
    places = recorder.apply("digitize", flat, edges, option=False)
    last = recorder.apply("eq", flat, recorder.getitem(edges, -1))
    chosen = np.asarray(recorder.concrete(places)) - np.asarray(recorder.concrete(last)) - 1
    inside = (chosen >= 0) & (chosen < count)
    if weights is None:
        counts: Any = recorder.const(np.bincount(chosen[inside], minlength=count))
    else:
        weights = recorder.apply("reshape", recorder.array(weights), shape=(len(chosen),))
        kept = recorder.getitem(weights, np.flatnonzero(inside))
        counts = recorder.call_by_name("bincount", chosen[inside], kept, count)
    if density:
        widths = recorder.apply("diff", edges)
        total = recorder.apply("sum", counts)
        counts = recorder.apply("div", recorder.apply("div", counts, widths), total)
    return counts, edges


def _lexsort(recorder: Arrays, keys: Any, axis: Any = -1) -> Any:
    """Sort by the last key, of equal ones by the one before it, and so on."""
    rows = recorder.rows(keys) if type(keys) is Tracer else [recorder.array(k) for k in keys]
    if any(len(recorder.shape(row)) != 1 for row in rows):
        recorder.refuse("`lexsort` of keys that are not vectors")
    order: Any = recorder.const(np.arange(recorder.shape(rows[0])[0]))
    for key in rows:
        step = recorder.apply("argsort", recorder.getitem(key, order), axis=-1, stable=True)
        order = recorder.getitem(order, step)
    return order


POSITIONS: dict[Any, Callable[..., Any]] = {
    np.nonzero: positions,
    np.flatnonzero: lambda r, a: r.const(np.flatnonzero(mask_of(r, a))),
    np.argwhere: lambda r, a: r.const(np.argwhere(mask_of(r, a))),
    np.trim_zeros: _trim_zeros,
    np.unique: _unique,
    np.unique_values: lambda r, x: _unique(r, x, equal_nan=False),
    np.union1d: lambda r, ar1, ar2: _unique(r, r.call_by_name("append", ar1, ar2)),
    np.histogram: _histogram,
    np.lexsort: _lexsort,
}
"""What is called in the place of each function: `POSITIONS[function](recorder, ...)`."""
