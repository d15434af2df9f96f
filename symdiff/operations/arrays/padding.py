"""`numpy.pad`, in every mode that is linear in the array, and the extremes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ..table.entry import Ops
from ..table.lowering import ALL, draw, lowered, numpy_and_jax, section

_MOVES = ("edge", "reflect", "symmetric", "wrap")


def _widths(given: Any, n: int) -> list[tuple[int, int]]:
    """`pad_width` as a pair for each axis."""
    if isinstance(given, dict):
        widths: list[Any] = [(0, 0)] * n
        for axis, pair in given.items():
            widths[axis] = (pair, pair) if np.ndim(pair) == 0 else pair
        given = widths
    pairs = np.broadcast_to(np.asarray(given), (n, 2))
    if (pairs < 0).any():
        raise ValueError("index can't contain negative values")
    return [(int(a), int(b)) for a, b in pairs]


def _pairs(ops: Ops, given: Any, axis: int) -> tuple[Any, Any]:
    """What belongs before and after along one axis: one value, a pair, or a pair an axis."""
    if isinstance(given, (list, tuple)):
        if given and isinstance(given[0], (list, tuple)):
            given = given[axis if len(given) > 1 else 0]
        return (given[0], given[-1])
    return given, given


def _pad(ops: Ops, array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    n = ops.aval(array).ndim
    widths = _widths(pad_width, n)
    for k, (before, after) in enumerate(widths):
        if not before and not after:
            continue
        if mode in _MOVES:
            size = ops.aval(array).shape[k]
            odd = mode in ("reflect", "symmetric") and options.get("reflect_type") == "odd"
            if odd and max(before, after) > size - (mode == "reflect"):
                raise UnsupportedError(
                    f"`pad` with mode={mode!r} and reflect_type='odd' beyond the array's length"
                )
            places = np.pad(np.arange(size), (before, after), mode=mode)
            edges = section(ops, array, k, 0, 1), section(ops, array, k, size - 1, size)
            array = ops.getitem(array, places, index=(*[ALL] * k, ("array", 0)))
            if odd:
                array = _mirrored(ops, array, k, (before, before + size), edges)
        elif mode in _FILLS:
            first, last = _FILLS[mode](ops, array, k, before, after, options)
            array = ops.concatenate(first, array, last, axis=k)
        else:
            raise UnsupportedError(
                f"`pad` with mode={mode!r} is not supported",
                remedy="use " + ", ".join([*_FILLS, *_MOVES]),
            )
    return array


def _mirrored(ops: Ops, array: Any, k: int, inner: tuple[int, int], edges: tuple[Any, Any]) -> Any:
    """What was reflected, counted from the edge the other way."""
    start, stop = inner
    low, high = [
        ops.sub(ops.mul(edge, 2.0), section(ops, array, k, *part))
        for edge, part in zip(edges, ((0, start), (stop, None)), strict=True)
    ]
    return ops.concatenate(low, section(ops, array, k, start, stop), high, axis=k)


def _constant(
    ops: Ops, array: Any, k: int, before: int, after: int, options: dict[str, Any]
) -> tuple[Any, Any]:
    aval = ops.aval(array)
    first, last = _pairs(ops, options.get("constant_values", 0), k)

    def fill(value: Any, count: int) -> Any:
        shape = (*aval.shape[:k], count, *aval.shape[k + 1 :])
        if isinstance(value, (int, float)):
            return np.full(shape, value, aval.dtype)
        return ops.broadcast_to(value, shape=shape)

    return fill(first, before), fill(last, after)


def _ramp(
    ops: Ops, array: Any, k: int, before: int, after: int, options: dict[str, Any]
) -> tuple[Any, Any]:
    first, last = _pairs(ops, options.get("end_values", 0), k)
    n, dtype = ops.aval(array).ndim, ops.aval(array).dtype

    def ramp(end: Any, edge: Any, count: int, rising: bool) -> Any:
        step = (np.arange(count) / max(count, 1)).astype(dtype)
        share = step if rising else step[::-1]
        share = share.reshape([-1 if j == k else 1 for j in range(n)])
        # end at share 0, the edge would be at share 1.
        return ops.add(ops.mul(share, ops.sub(edge, end)), end)

    low = section(ops, array, k, 0, 1)
    high = section(ops, array, k, ops.aval(array).shape[k] - 1, None)
    return ramp(first, low, before, True), ramp(last, high, after, False)


def _statistic(name: str) -> Any:
    def fill(
        ops: Ops, array: Any, k: int, before: int, after: int, options: dict[str, Any]
    ) -> tuple[Any, Any]:
        size = ops.aval(array).shape[k]
        lengths = _pairs(ops, options.get("stat_length"), k)
        parts = []
        for count, length, front in ((before, lengths[0], True), (after, lengths[1], False)):
            length = size if length is None else min(int(length), size)
            start, stop = (0, length) if front else (size - length, size)
            part = section(ops, array, k, start, stop)
            value = ops.apply(name, part, axis=(k,), keepdims=True)
            shape = ops.aval(value).shape
            parts.append(ops.broadcast_to(value, shape=(*shape[:k], count, *shape[k + 1 :])))
        return parts[0], parts[1]

    return fill


_FILLS = {
    "constant": _constant,
    "linear_ramp": _ramp,
    "mean": _statistic("mean"),
    "maximum": _statistic("max"),
    "minimum": _statistic("min"),
    "median": _statistic("median"),
}

lowered(
    "pad",
    _pad,
    numpy_and_jax("pad"),
    draw(
        (((3,), 2), {}),
        (((2, 3), [[1, 0], [0, 2]]), {"constant_values": 2.5}),
        (((2, 3), 1), {"constant_values": ((1.0, 2.0), (3.0, 4.0))}),
        *[(((4,), 2), {"mode": mode}) for mode in (*_MOVES, *_FILLS)],
        *[(((2, 3), 1), {"mode": mode}) for mode in _MOVES[:1] + _MOVES[2:]],
        (((2, 3), 1), {"mode": "linear_ramp", "end_values": 1.5}),
        (((4,), 2), {"mode": "mean", "stat_length": 2}),
    ),
    "array",
    free=("options",),
)
