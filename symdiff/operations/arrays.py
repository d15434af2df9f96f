"""Entries that move and broadcast arrays, and the one place that states a broadcast's adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program import Aval
from .entry import TABLE, Ops, StructuralEntry


def _unbroadcast(x: Any, *, shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which `shape` was broadcast to the shape of `x`."""
    x = np.asarray(x)
    lead = x.ndim - len(shape)
    axes = (*range(lead), *[lead + k for k, n in enumerate(shape) if n == 1 != x.shape[lead + k]])
    return x.sum(axis=axes, dtype=x.dtype).reshape(shape) if axes else x.reshape(shape)


TABLE.add(
    StructuralEntry(
        name="unbroadcast",
        numpy=_unbroadcast,
        infer=lambda x, *, shape: Aval.of(shape, x.dtype),
        pullback=lambda ops, ct, result, x, *, shape: (
            ops.broadcast_to(ct, shape=ops.aval(x).shape),
        ),
        linear="joint",
    )
)
TABLE.add(
    StructuralEntry(
        name="broadcast_to",
        numpy=lambda x, *, shape: np.broadcast_to(x, shape),
        infer=lambda x, *, shape: Aval.of(shape, x.dtype),
        pullback=lambda ops, ct, result, x, *, shape: (
            ops.unbroadcast(ct, shape=ops.aval(x).shape),
        ),
        linear="joint",
        alias=True,
        emit=lambda o, p: f"numpy.broadcast_to({o[0]}, {p['shape']!r})",
    )
)
TABLE.add(
    StructuralEntry(
        name="cast",
        numpy=lambda x, *, dtype: np.asarray(x).astype(dtype)[()],
        infer=lambda x, *, dtype: Aval.of(x.shape, dtype),
        pullback=lambda ops, ct, result, x, *, dtype: (ops.cast(ct, dtype=ops.aval(x).dtype),),
        linear="joint",
    )
)
TABLE.add(
    StructuralEntry(
        name="detach",
        names=(".detach",),
        numpy=lambda x: x,
        infer=lambda x: x,
        pullback=lambda ops, ct, result, x: (None,),
        alias=True,
        describe=lambda o, p: f"detach({o[0]})",
    )
)


def _reduced(x: Aval, axis: tuple[int, ...] | None, keepdims: bool) -> tuple[int, ...]:
    axes = range(x.ndim) if axis is None else [a % x.ndim for a in axis]
    if keepdims:
        return tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    return tuple(n for k, n in enumerate(x.shape) if k not in axes)


def _sum_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *, axis: Any = None, keepdims: bool = False
) -> tuple[Any]:
    shape = ops.aval(x).shape
    ct = ops.reshape(ct, shape=_reduced(ops.aval(x), axis, True))
    return (ops.broadcast_to(ct, shape=shape),)
