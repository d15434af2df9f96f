"""Arrays made from numbers: `full`, `linspace`, `diagflat`, and grids between traced ends."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..table.entry import Ops
from ..table.lowering import draw, lowered, numpy_and_jax
from ..table.masked import as_dtype
from ..table.signatures import refuse


def _full(ops: Ops, shape: Any, fill_value: Any, dtype: Any = None, **more: Any) -> Any:
    refuse("full", more, {"device": None, "like": None})
    sizes = (operator.index(shape),) if np.ndim(shape) == 0 else tuple(shape)
    filled = as_dtype(ops, ops.broadcast_to(fill_value, shape=sizes), dtype)
    return ops.copy(filled) if sizes else filled


lowered(
    "full",
    _full,
    numpy_and_jax("full"),
    draw((([2, 3], 2.5), {}), ((2, np.float64(0.5)), {}), (([2, 3], (3,)), {})),
    "fill_value",
    free=("more",),
)


def _column(ops: Ops, values: Any, n: int) -> Any:
    """A vector as an array of n axes that runs along the first."""
    return ops.reshape(values, shape=(-1, *(1,) * (n - 1)))


def _linspace(
    ops: Ops,
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    retstep: Any = False,
    dtype: Any = None,
    axis: Any = 0,
    **more: Any,
) -> Any:
    refuse("linspace", more, {"device": None})
    count = operator.index(num)
    gaps = count - 1 if endpoint else count
    width = ops.sub(stop, start)
    step = ops.div(width, float(gaps)) if gaps > 0 else ops.mul(width, np.nan)
    n = ops.aval(width).ndim + 1
    kind = ops.aval(width).dtype if ops.aval(width).is_inexact else "float64"
    places = np.arange(count).astype(kind).reshape(-1, *(1,) * (n - 1))
    line = (
        ops.add(ops.mul(places, step), start)
        if count > 1
        else ops.add(ops.mul(places, width), start)
    )
    if endpoint and count > 1:
        # The last point is the end itself, to the last bit.
        line = ops.setitem(line, stop, index=(-1,))
    line = as_dtype(ops, line, dtype)
    line = _turned(ops, line, axis)
    return (line, step) if retstep else line


def _turned(ops: Ops, line: Any, axis: Any) -> Any:
    """The points, which run along the first axis, along another."""
    return ops.moveaxis(line, 0, operator.index(axis)) if axis else line


def _logspace(
    ops: Ops,
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    line = _linspace(ops, start, stop, num, endpoint)
    return _turned(ops, as_dtype(ops, ops.pow(base, line), dtype), axis)


def _geomspace(
    ops: Ops,
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    ratio = ops.div(stop, start)
    share = _linspace(ops, 0.0, 1.0, num, endpoint)
    if ops.aval(ratio).is_inexact:
        share = as_dtype(ops, share, ops.aval(ratio).dtype)
    n = ops.aval(ratio).ndim + 1
    line = ops.mul(ops.pow(ratio, _column(ops, share, n)), start)
    if endpoint and operator.index(num) > 1:
        line = ops.setitem(line, stop, index=(-1,))
    return _turned(ops, as_dtype(ops, line, dtype), axis)


_FLOAT = np.float64
lowered(
    "linspace",
    _linspace,
    numpy_and_jax("linspace"),
    draw(
        ((_FLOAT(0.5), _FLOAT(2.0), 5), {}),
        ((_FLOAT(0.5), _FLOAT(2.0), 4), {"endpoint": False}),
        ((_FLOAT(0.5), _FLOAT(2.0), 4), {"retstep": True}),
        (((2,), (2,), 3), {}),
        ((_FLOAT(0.5), _FLOAT(2.0), 1), {}),
    ),
    "start",
    "stop",
    free=("more",),
)
lowered(
    "logspace",
    _logspace,
    numpy_and_jax("logspace"),
    draw(((_FLOAT(0.5), _FLOAT(2.0), 4), {}), (((2,), (2,), 3), {"base": 2.0})),
    "start",
    "stop",
    "base",
)
lowered(
    "geomspace",
    _geomspace,
    numpy_and_jax("geomspace"),
    draw(((_FLOAT(0.5), _FLOAT(2.0), 4), {}), ((_FLOAT(3.0), _FLOAT(2.0), 4, False), {})),
    "start",
    "stop",
)
lowered(
    "diagflat",
    lambda ops, v, k=0: ops.diag(ops.reshape(v, shape=(ops.aval(v).size,)), k),
    numpy_and_jax("diagflat"),
    draw((((2, 2),), {}), (((3,), 1), {})),
    "v",
)


def _arange(ops: Ops, start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """`arange` between traced ends: how many elements there are is guarded, where they are not."""
    if stop is None:
        start, stop = 0, start
    count = ops.ceil(ops.div(ops.sub(stop, start), step))
    n = max(int(ops.known(ops.cast(count, dtype="int64"))), 0)
    line = ops.add(ops.mul(np.arange(n), step), start)
    return as_dtype(ops, line, dtype)


lowered(
    "arange",
    _arange,
    numpy_and_jax("arange"),
    draw(((2, 5), {})),
    "start",
    "stop",
    "step",
)


def _kaiser(ops: Ops, M: Any, beta: Any) -> Any:
    count = operator.index(M)
    if count == 1:
        return np.ones(1)
    half = (count - 1) / 2.0
    circle = np.sqrt(1 - ((np.arange(count) - half) / half) ** 2.0)
    return ops.div(ops.i0(ops.mul(circle, beta)), ops.i0(beta))


lowered(
    "kaiser",
    _kaiser,
    numpy_and_jax("kaiser"),
    lambda rng: [((5, np.float64(2.5)), {})],
    "beta",
)
