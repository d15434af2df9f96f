"""Entries that read and write parts of arrays: `x[i]`, and writing as a new array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import tight
from .index_codes import (
    IndexCode,
    decode_index,
    encode_index,
    format_index,
    indexed_shape,
    is_whole,
    shape_of,
)


def _read_inline(
    operands: Sequence[str], params: dict[str, Any], avals: Sequence[Aval]
) -> str | None:
    """What has no dimensions may be a Python number, which takes no index: it is itself."""
    if avals[0].shape:
        return None
    new = params["index"].count(None)
    return f"numpy.reshape({operands[0]}, {(1,) * new})" if new else operands[0]


def _getitem_signature(x: Any, index: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    code, arrays = encode_index(index)
    return (x, *arrays), {"index": code}


def _getitem_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *arrays: Any, index: IndexCode
) -> Any:
    if is_whole(index, ops.aval(x).ndim):
        return (ops.reshape(ct, shape=ops.aval(x).shape) if None in index else ct,)
    back = ops.scatter_add(ct, *arrays, index=index, shape=ops.aval(x).shape)
    return (back, *[None] * len(arrays))


def _read_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [
        ((rng.normal(size=(3, 4)), index), {})
        for index in (
            1,
            (0, -1),
            slice(1, None),
            (Ellipsis, None, slice(None, None, -2)),
            (slice(None), [0, 0, 3]),
            ([[0, 1], [1, 1]], 2),
            np.array([[True, False, True, False]] * 3),
            (np.array([True, False, True]), slice(0, 2)),
            (np.array([2, 2, 0]), np.array([1, 1, 3])),
            (),
        )
    ]


TABLE.add(
    StructuralEntry(
        name="getitem",
        names=("operator.getitem",),
        numpy=lambda x, *arrays, index: np.asarray(x)[decode_index(index, arrays)],
        infer=lambda x, *arrays, index: Aval.of(shape_of(x.shape, index, arrays), x.dtype),
        pullback=_getitem_pullback,
        pushforward=lambda ops, tangents, result, x, *arrays, index: (
            None if tangents[0] is None else ops.getitem(tangents[0], *arrays, index=index)
        ),
        signature=_getitem_signature,
        emit=lambda o, p: f"{tight(o[0])}[{format_index(p['index'], o[1:])}]",
        inline=_read_inline,
        describe=lambda o, p: f"{tight(o[0])}[{format_index(p['index'], o[1:])}]",
        alias=True,
        samples=_read_samples,
    )
)


# -- writing, as a new array


def _setitem(x: Any, value: Any, *arrays: Any, index: IndexCode) -> Any:
    """A copy of `x` with `x[index] = value`."""
    changed = np.array(x)
    changed[decode_index(index, arrays)] = value
    return changed


def _last_writes(*arrays: Any, index: IndexCode, shape: tuple[int, ...]) -> Any:
    """Which elements of a selection survive when the same place is written more than once."""
    where = decode_index(index, arrays)
    places = np.full(shape, -1)
    selection = places[where].shape
    numbers = np.arange(int(np.prod(selection))).reshape(selection)
    places[where] = numbers
    return places[where] == numbers


TABLE.add(
    StructuralEntry(
        name="last_writes",
        numpy=_last_writes,
        infer=lambda *arrays, index, shape: Aval.of(shape_of(shape, index, arrays), "bool"),
        pullback=lambda ops, ct, result, *arrays, index, shape: (None,) * len(arrays),
        pushforward=lambda ops, tangents, result, *arrays, index, shape: None,
    )
)


def _setitem_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, value: Any, *arrays: Any, index: IndexCode
) -> tuple[Any, ...]:
    shape = ops.aval(x).shape
    whole = is_whole(index, len(shape))
    if whole:
        part = ops.reshape(ct, shape=indexed_shape(shape, index, ())) if None in index else ct
    else:
        part = ops.getitem(ct, *arrays, index=index)
    if any(isinstance(item, tuple) and item[0] == "array" for item in index):
        survives = ops.last_writes(*arrays, index=index, shape=shape)
        part = ops.where(survives, part, 0.0)
    given = ops.aval(value).shape
    have = ops.aval(part).shape
    # NumPy lets the value have more leading axes of length one than the selection.
    core = given[max(len(given) - len(have), 0) :]
    if core != have:
        part = ops.unbroadcast(part, shape=core)
    if core != given:
        part = ops.reshape(part, shape=given)
    rest = None if whole else ops.setitem(ct, 0.0, *arrays, index=index)
    return (rest, part, *[None] * len(arrays))


def _setitem_pushforward(
    ops: Ops, tangents: Any, result: Any, x: Any, value: Any, *arrays: Any, index: IndexCode
) -> Any:
    moved = tangents[0]
    if moved is None:
        zero = np.zeros(ops.aval(x).shape, ops.aval(x).dtype)
        moved = zero
    return ops.setitem(moved, 0.0 if tangents[1] is None else tangents[1], *arrays, index=index)


def _setitem_signature(x: Any, index: Any, value: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    code, arrays = encode_index(index)
    return (x, value, *arrays), {"index": code}


def _write_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    def x() -> Any:
        return rng.normal(size=(3, 4))

    return [
        ((x(), 1, rng.normal(size=4)), {}),
        ((x(), (0, 2), 0.5), {}),
        ((x(), slice(0, 2), rng.normal(size=(1, 1, 4))), {}),
        ((x(), (slice(None), [3, 0, 3]), rng.normal(size=(3, 3))), {}),
        ((x(), np.array([[True, False, True, False]] * 3), rng.normal(size=6)), {}),
        ((x(), (Ellipsis, slice(None, None, 2)), np.asarray(rng.normal())), {}),
    ]


TABLE.add(
    StructuralEntry(
        name="setitem",
        numpy=_setitem,
        infer=lambda x, value, *arrays, index: x,
        pullback=_setitem_pullback,
        pushforward=_setitem_pushforward,
        signature=_setitem_signature,
        describe=lambda o, p: f"{tight(o[0])}.at[{format_index(p['index'], o[2:])}].set({o[1]})",
        samples=_write_samples,
    )
)
