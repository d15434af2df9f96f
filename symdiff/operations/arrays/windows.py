"""`sliding_window_view`: every window of an array, as axes of their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import axes_of, describe_call, ints_of, refuse


def _signature(
    x: Any, window_shape: Any, axis: Any = None, *, subok: Any = False, writeable: Any = False
) -> tuple[tuple[Any], dict[str, Any]]:
    refuse("sliding_window_view", {"writeable": writeable}, {"writeable": False})
    sizes = (window_shape,) if np.ndim(window_shape) == 0 else tuple(window_shape)
    return (x,), {"window_shape": ints_of(sizes), "axis": axes_of(axis)}


def _value(x: Any, *, window_shape: tuple[int, ...], axis: tuple[int, ...] | None = None) -> Any:
    return sliding_window_view(x, window_shape, axis)


def _infer(x: Aval, *, window_shape: tuple[int, ...], axis: tuple[int, ...] | None = None) -> Aval:
    sample = np.broadcast_to(np.zeros((), x.dtype), x.shape)
    return Aval.of(sliding_window_view(sample, window_shape, axis).shape, x.dtype)


def _pullback(
    ops: Ops,
    ct: Any,
    result: Any,
    x: Any,
    *,
    window_shape: tuple[int, ...],
    axis: tuple[int, ...] | None = None,
) -> tuple[Any]:
    """What each window gives an element is added up, by the place that it was read at."""
    shape = ops.aval(x).shape
    places = sliding_window_view(np.arange(math.prod(shape)).reshape(shape), window_shape, axis)
    flat = ops.scatter_add(ct, np.array(places), index=(("array", 0),), shape=(math.prod(shape),))
    return (ops.reshape(flat, shape=shape),)


TABLE.add(
    StructuralEntry(
        name="sliding_window_view",
        names=("numpy.lib.stride_tricks.sliding_window_view",),
        numpy=_value,
        infer=_infer,
        pullback=_pullback,
        linear="joint",
        signature=_signature,
        describe=describe_call("sliding_window_view"),
        alias=True,
        samples=lambda rng: [
            ((rng.normal(size=5), 3), {}),
            ((rng.normal(size=(3, 4)), (2, 2)), {}),
            ((rng.normal(size=(3, 4)), 2), {"axis": 1}),
        ],
    )
)
