"""Entries that choose elements: `take_along_axis`, `choose`, `select`, `extract`, `delete`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.shapes import broadcast_shapes
from ..reductions.running import pick
from ..table.entry import Ops
from ..table.lowering import ALL, lowered, numpy_and_jax, whole
from ..table.signatures import refuse
from .index_codes import encode_index


def _mode(indices: Any, n: int, mode: str) -> Any:
    """Indices brought into range as `mode` says."""
    if mode == "wrap":
        return np.mod(indices, n)
    return np.clip(indices, 0, n - 1) if mode == "clip" else indices


def _take(
    ops: Ops, x: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise"
) -> Any:
    refuse("take", {"out": out})
    indices = whole(ops, indices)
    if axis is None:
        x, axis = ops.reshape(x, shape=(ops.aval(x).size,)), 0
    k = axis % ops.aval(x).ndim
    if mode != "raise":
        indices = _mode(np.asarray(ops.known(indices)), ops.aval(x).shape[k], mode)
    if not ops.aval(indices).shape:
        if not isinstance(indices, int | np.integer | np.ndarray):
            return ops.getitem(x, indices, index=(*[ALL] * k, ("place", 0)))
        code, arrays = encode_index(ops.known(indices))
        return ops.getitem(x, *arrays, index=(*[ALL] * k, *code))
    if ops.aval(indices).size == 0:
        indices = np.asarray(ops.known(indices)).astype(np.intp)
    return ops.getitem(x, indices, index=(*[ALL] * k, ("array", 0)))


def _take_samples(rng: Any) -> Any:
    return [
        ((rng.normal(size=(3, 4)), [0, 5, 5]), {}),
        ((rng.normal(size=(3, 4)), [0, 0]), {"axis": 1}),
        ((rng.normal(size=(3, 4)), 2), {"axis": -1}),
        ((rng.normal(size=(3, 4)), np.array([[0, 1], [2, 1]]), 0), {}),
        ((rng.normal(size=4), [5, -1]), {"mode": "wrap"}),
        ((rng.normal(size=4), [5, -1]), {"mode": "clip"}),
    ]


lowered("take", _take, numpy_and_jax("take", ".take"), _take_samples, free=("indices",))


def _take_along_axis(ops: Ops, arr: Any, indices: Any, axis: Any = -1) -> Any:
    indices = whole(ops, indices)
    if axis is None:
        return pick(ops, ops.reshape(arr, shape=(ops.aval(arr).size,)), indices, 0)
    return pick(ops, arr, indices, axis % ops.aval(arr).ndim)


lowered(
    "take_along_axis",
    _take_along_axis,
    numpy_and_jax("take_along_axis"),
    lambda rng: [
        ((rng.normal(size=(3, 4)), np.array([[0], [2], [2]]), 1), {}),
        ((rng.normal(size=(3, 4)), np.array([[0, 2, 2, 1]]), 0), {}),
        ((rng.normal(size=4), np.array([3, 3, 0]), 0), {}),
        ((rng.normal(size=(2, 2)), np.array([3, 3, 0]), None), {}),
    ],
    "arr",
    free=("indices",),
)


def _compress(ops: Ops, condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    refuse("compress", {"out": out})
    places = np.flatnonzero(ops.known(condition))
    return _take(ops, a, places, axis)


lowered(
    "compress",
    _compress,
    numpy_and_jax("compress"),
    lambda rng: [
        (([True, False, True], rng.normal(size=(3, 4)), 0), {}),
        (([False, True, True], rng.normal(size=(2, 2))), {}),
    ],
    "a",
)
lowered(
    "compress_method",
    lambda ops, a, condition, axis=None, out=None: _compress(ops, condition, a, axis, out),
    (".compress",),
    lambda rng: [((rng.normal(size=(3, 4)), [True, False, True], 0), {})],
    "a",
)
lowered(
    "extract",
    lambda ops, condition, arr: _compress(ops, np.ravel(ops.known(condition)), arr),
    numpy_and_jax("extract"),
    lambda rng: [((np.array([[True, False], [True, True]]), rng.normal(size=(2, 2))), {})],
    "arr",
)


def _choose(ops: Ops, a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    refuse("choose", {"out": out})
    if not isinstance(choices, (list, tuple)):
        choices = [ops.getitem(choices, index=(k,)) for k in range(ops.aval(choices).shape[0])]
    places = np.asarray(ops.known(a))
    if mode == "raise" and (places.min() < 0 or places.max() >= len(choices)):
        raise ValueError("invalid entry in choice array")
    places = _mode(places, len(choices), mode)
    result = whole(ops, choices[-1])
    for k in range(len(choices) - 2, -1, -1):
        result = ops.where(places == k, whole(ops, choices[k]), result)
    shape = broadcast_shapes(places.shape, ops.aval(result).shape)
    return result if ops.aval(result).shape == shape else ops.broadcast_to(result, shape=shape)


lowered(
    "choose",
    _choose,
    numpy_and_jax("choose", ".choose"),
    lambda rng: [
        ((np.array([0, 2, 1]), [rng.normal(size=3), rng.normal(size=3), 0.5]), {}),
        ((np.array([0, 5, -1]), [rng.normal(size=3), rng.normal(size=3)]), {"mode": "clip"}),
    ],
    "a",
    free=("choices",),
)


def _select(ops: Ops, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = ops.where(whole(ops, condition), whole(ops, choice), result)
    return result


lowered(
    "select",
    _select,
    numpy_and_jax("select"),
    lambda rng: [
        (
            (
                [np.array([True, False, False]), np.array([True, True, False])],
                [rng.normal(size=3), rng.normal(size=3)],
                1.5,
            ),
            {},
        ),
        (([np.array([True, False])], [rng.normal(size=2)]), {}),
    ],
    "default",
    free=("condlist", "choicelist"),
)


# -- leaving out and putting in


def _kept(n: int, obj: Any) -> Any:
    """The places that `delete` keeps."""
    return np.delete(np.arange(n), obj)


def _delete(ops: Ops, arr: Any, obj: Any, axis: Any = None) -> Any:
    if axis is None:
        arr, axis = ops.reshape(arr, shape=(ops.aval(arr).size,)), 0
    axis %= ops.aval(arr).ndim
    return _take(ops, arr, _kept(ops.aval(arr).shape[axis], ops.known(obj)), axis)


lowered(
    "delete",
    _delete,
    numpy_and_jax("delete"),
    lambda rng: [
        ((rng.normal(size=5), [1, -1]), {}),
        ((rng.normal(size=(3, 4)), slice(0, 2), 1), {}),
        ((rng.normal(size=(2, 2)), 3), {}),
    ],
    "arr",
)


def _insert(ops: Ops, arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    if axis is None:
        arr, axis = ops.reshape(arr, shape=(ops.aval(arr).size,)), 0
    shape, own = ops.aval(arr).shape, ops.aval(arr).dtype
    if ops.aval(values).dtype != own:
        values = ops.cast(values, dtype=own)
    axis %= len(shape)
    before, spots = np.arange(shape[axis]), ops.known(obj)
    if isinstance(spots, (list, np.ndarray)) and np.asarray(spots).dtype == bool:
        spots = np.flatnonzero(spots)
    # NumPy itself says where everything goes: new elements are numbered from n on.
    single = np.ndim(spots) == 0 and not isinstance(spots, slice)
    have = ops.aval(values).shape
    if single:
        # One place: the values' first axis counts, as in `insert(x, 1, [7, 8])`.
        count = have[0] if len(have) == len(shape) else 1
        if len(have) == len(shape) > 1 and axis:
            count = have[axis] if len(shape) == len(have) else 1
    else:
        count = len(np.atleast_1d(before[spots] if isinstance(spots, slice) else spots))
    order = np.insert(before, spots, shape[axis] + np.arange(count))
    if single and len(have) == len(shape) and len(shape) > 1:
        raise UnsupportedError(
            "`insert` of several rows at one place is not supported",
            remedy="use concatenate of the parts",
        )
    wanted = (*shape[:axis], count, *shape[axis + 1 :])
    if single and len(shape) > 1:
        rest = (*shape[:axis], *shape[axis + 1 :])
        values = ops.broadcast_to(values, shape=rest)
        values = ops.reshape(values, shape=wanted)
    else:
        values = ops.broadcast_to(values, shape=wanted)
    return _take(ops, ops.concatenate(arr, values, axis=axis), order, axis)


lowered(
    "insert",
    _insert,
    numpy_and_jax("insert"),
    lambda rng: [
        ((rng.normal(size=4), 1, 0.5), {}),
        ((rng.normal(size=4), [0, 2], rng.normal(size=2)), {}),
        ((rng.normal(size=4), 2, rng.normal(size=3)), {}),
        ((rng.normal(size=(2, 3)), 1, rng.normal(size=2), 1), {}),
        ((rng.normal(size=(2, 3)), [0, 1], rng.normal(size=(2, 3)), 0), {}),
    ],
    "arr",
    "values",
)
