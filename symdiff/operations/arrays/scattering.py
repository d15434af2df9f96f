"""Entries that put parts into zeros, which is the adjoint of reading them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from .index_codes import ALL, IndexCode, decode_index, format_index, has_place, own_places


def _scatter_add(ct: Any, *arrays: Any, index: IndexCode, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape`, with `ct` added at `index`; repeated places add up."""
    ct, size = np.asarray(ct), math.prod(shape)
    where = decode_index(index, arrays)
    several = any(isinstance(item, tuple) and item[0] == "array" for item in index)
    if several and ct.dtype == np.float64 and size <= _MOST * ct.size:
        places = np.arange(size).reshape(shape)[where]
        if ct.shape != places.shape:
            ct = np.broadcast_to(ct, places.shape)  # in the order in which `add.at` does it
        return np.bincount(places.ravel(), ct.ravel(), size).reshape(shape)
    whole = np.zeros(shape, ct.dtype)
    if several:
        np.add.at(whole, where, ct)
    else:
        whole[where] = ct
    return whole


_MOST = 4
"""Into an array of so many elements for each one that is added, counting is not slower."""


def _scatter_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    rows = np.array([0, 2, 0])
    mask = np.array([True, False, True])
    return [
        ((rng.normal(size=4),), {"index": (1,), "shape": (3, 4)}),
        ((rng.normal(size=(3, 4)), rows), {"index": (("array", 0),), "shape": (3, 4)}),
        ((rng.normal(size=(2, 4)), mask), {"index": (("mask", 0, 2, 1),), "shape": (3, 4)}),
        ((rng.normal(size=3),), {"index": (ALL, 0), "shape": (3, 4)}),
    ]


TABLE.add(
    StructuralEntry(
        name="scatter_add",
        numpy=_scatter_add,
        infer=lambda ct, *arrays, index, shape: Aval.of(shape, ct.dtype),
        pullback=lambda ops, ct, result, x, *arrays, index, shape: (
            ops.getitem(ct, *arrays, index=index),
            *[None] * len(arrays),
        ),
        pushforward=lambda ops, tangents, result, x, *arrays, index, shape: (
            None
            if tangents[0] is None
            else ops.scatter_add(tangents[0], *arrays, index=index, shape=shape)
        ),
        describe=lambda o, p: (
            f"zeros({p['shape']}).at[{format_index(p['index'], o[1:])}].add({o[0]})"
        ),
        samples=_scatter_samples,
    )
)


@lru_cache(maxsize=256)
def disjoint(
    indexes: tuple[IndexCode, ...], shape: tuple[int, ...]
) -> tuple[tuple[tuple[Any, ...] | None, ...], tuple[bool, ...], bool]:
    """The indexes decoded, whether each meets no earlier one, and whether they tile the shape.

    `None` stands for an index with a place that the program computes: it may meet any other.
    """
    filled = np.zeros(shape, bool)
    decoded: list[tuple[Any, ...] | None] = []
    alone = []
    moving = False
    for code in indexes:
        if has_place(code):
            moving = True
            decoded.append(None)
            alone.append(False)
            continue
        where = decode_index(code)
        alone.append(not moving and not filled[where].any())
        filled[where] = True
        decoded.append(where)
    return tuple(decoded), tuple(alone), all(alone) and bool(filled.all())


def _scatter_sum_of(*, indexes: tuple[IndexCode, ...], shape: tuple[int, ...]) -> Any:
    """A function of the parts, with everything that the indexes decide decided once."""
    decoded, alone, full = disjoint(indexes, shape)
    count = len(indexes)

    def scatter_sum(*operands: Any) -> Any:
        parts, places = operands[:count], operands[count:]
        dtype = np.result_type(*parts) if count < 16 else np.asarray(parts[0]).dtype
        whole = np.empty(shape, dtype) if full else np.zeros(shape, dtype)
        for code, where, fresh, part in zip(indexes, decoded, alone, parts, strict=True):
            if fresh:
                whole[where] = part
            else:
                whole[decode_index(code, places) if where is None else where] += part
        return whole

    return scatter_sum


def _scatter_sum_infer(
    *operands: Aval, indexes: tuple[IndexCode, ...], shape: tuple[int, ...]
) -> Aval:
    parts = operands[: len(indexes)]
    return Aval.of(shape, np.result_type(*{p.dtype for p in parts}).name)


def _scatter_sum_pushforward(
    ops: Ops,
    tangents: Sequence[Any],
    result: Any,
    *operands: Any,
    indexes: tuple[IndexCode, ...],
    shape: tuple[int, ...],
) -> Any:
    moving = [(t, i) for t, i in zip(tangents, indexes, strict=False) if t is not None]
    if not moving:
        return None
    return ops.scatter_sum(
        *[t for t, _ in moving],
        *operands[len(indexes) :],
        indexes=tuple(i for _, i in moving),
        shape=shape,
    )


def _scatter_sum_pullback(
    ops: Ops,
    ct: Any,
    result: Any,
    *operands: Any,
    indexes: tuple[IndexCode, ...],
    shape: tuple[int, ...],
) -> list[Any]:
    places = operands[len(indexes) :]
    found = []
    for code in indexes:
        own, local = own_places(code, places)
        found.append(ops.getitem(ct, *own, index=local))
    return [*found, *[None] * len(places)]


def _scatter_sum_text(o: Sequence[str], p: dict[str, Any]) -> str:
    places = o[len(p["indexes"]) :]
    adds = [
        f".at[{format_index(i, places)}].add({text})"
        for i, text in zip(p["indexes"], o, strict=False)
    ]
    return f"zeros({p['shape']}){''.join(adds)}"


TABLE.add(
    StructuralEntry(
        name="scatter_sum",
        numpy=lambda *parts, indexes, shape: _scatter_sum_of(indexes=indexes, shape=shape)(*parts),
        prepare=_scatter_sum_of,
        infer=_scatter_sum_infer,
        pullback=_scatter_sum_pullback,
        pushforward=_scatter_sum_pushforward,
        describe=_scatter_sum_text,
        samples=lambda rng: [
            (
                (rng.normal(size=4), rng.normal(size=3), rng.normal(), rng.normal(size=(2, 4))),
                {
                    "indexes": ((1,), (ALL, 0), (2, -1), (("slice", 0, 2, None),)),
                    "shape": (3, 4),
                },
            ),
            (
                (rng.normal(size=(3, 1)), rng.normal(size=(3, 3))),
                {
                    "indexes": (
                        (ALL, ("slice", None, 1, None)),
                        (ALL, ("slice", 1, None, None)),
                    ),
                    "shape": (3, 4),
                },
            ),
            (
                (rng.normal(size=4), rng.normal(size=4), rng.normal(size=3), rng.normal(), 1, -1),
                {
                    "indexes": (
                        (("place", 0),),
                        (1,),
                        (ALL, ("place", 1)),
                        (("place", 0), ("place", 1)),
                    ),
                    "shape": (3, 4),
                },
            ),
        ],
    )
)
