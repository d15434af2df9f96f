"""Reductions with `where`, `initial` and `dtype`, in terms of reductions without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .entry import KEYWORDS, Ops
from .lowering import reads
from .signatures import axes_of, keeps, refuse

_NONE = KEYWORDS["initial"]
_IDENTITY: dict[str, float] = {"sum": 0.0, "prod": 1.0}
_JOIN = {"sum": "add", "prod": "mul", "max": "maximum", "min": "minimum"}


def only(ops: Ops, where: Any, x: Any, otherwise: Any) -> Any:
    """`x`, with `otherwise` where the mask is false; the mask may be smaller than `x`."""
    return x if where is True or where is None else ops.where(where, x, otherwise)


def as_dtype(ops: Ops, x: Any, dtype: Any) -> Any:
    """`x` in another dtype, `None` for its own."""
    if dtype is None or ops.aval(x).dtype == np.dtype(dtype).name:
        return x
    return ops.cast(x, dtype=np.dtype(dtype).name)


def reduction(name: str) -> Callable[..., Any]:
    """The rule of `sum`, `prod`, `max` or `min` with these keywords."""

    def rule(
        ops: Ops,
        x: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = _NONE,
        where: Any = True,
    ) -> Any:
        refuse(name, {"out": out})
        x = as_dtype(ops, x, dtype)
        begin = initial is not _NONE and initial is not None
        if where is not True:
            if not begin and name not in _IDENTITY:
                raise ValueError(f"{name} with a mask needs an initial value")
            x = only(ops, where, x, _IDENTITY.get(name, initial))
        whole = ops.apply(name, x, axis=axes_of(axis), keepdims=keeps(keepdims))
        return ops.apply(_JOIN[name], whole, initial) if begin else whole

    if name not in _IDENTITY:
        # The extremes have no dtype: out comes after axis.
        def extreme(
            ops: Ops, x: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any
        ) -> Any:
            return rule(ops, x, axis, None, out, keepdims, **more)

        return reads(extreme, "x", free=("initial", "where", "more"))
    return reads(rule, "x", "where", free=("initial",))


def counted(ops: Ops, x: Any, axis: Any, where: Any) -> Any:
    """How many elements a mask lets through, in each place of the result, axes kept."""
    dtype = ops.aval(x).dtype if ops.aval(x).is_inexact else "float64"
    if where is True or where is None:
        return ops.sum(np.ones(ops.aval(x).shape, dtype), axis=axis, keepdims=True)
    mask = ops.cast(ops.broadcast_to(where, shape=ops.aval(x).shape), dtype=dtype)
    return ops.sum(mask, axis=axis, keepdims=True)


def drop(ops: Ops, x: Any, axis: Any, keepdims: Any) -> Any:
    """Leave out the axes of length one that a reduction kept."""
    if keeps(keepdims):
        return x
    shape = ops.aval(x).shape
    gone = range(len(shape)) if axis is None else [a % len(shape) for a in axis]
    return ops.reshape(x, shape=tuple(n for k, n in enumerate(shape) if k not in gone))


def squared(ops: Ops, x: Any) -> Any:
    """The square of a number's size."""
    if not ops.aval(x).dtype.startswith("complex"):
        return ops.square(x)
    return ops.add(ops.square(ops.real(x)), ops.square(ops.imag(x)))


def _mean(
    ops: Ops,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Any:
    refuse("mean", {"out": out})
    x, axes = as_dtype(ops, x, dtype), axes_of(axis)
    if where is True:
        return ops.mean(x, axis=axes, keepdims=keeps(keepdims))
    total = ops.sum(only(ops, where, x, 0.0), axis=axes, keepdims=True)
    return drop(ops, ops.div(total, counted(ops, x, axes, where)), axes, keepdims)


mean = reads(_mean, "x", "where")


def moment(
    ops: Ops, x: Any, axis: Any, ddof: Any, keepdims: Any, where: Any, center: Any = None
) -> Any:
    """The variance where a mask is true."""
    axes = axes_of(axis)
    centred, count = _centred(ops, x, axes, where, center)
    total = ops.sum(squared(ops, centred), axis=axes, keepdims=True)
    return drop(ops, ops.div(total, ops.sub(count, ddof)), axes, keepdims)


def deviation(
    ops: Ops, x: Any, axis: Any, ddof: Any, keepdims: Any, where: Any, center: Any = None
) -> Any:
    """The root of the variance where a mask is true, differentiated as the length that it is."""
    value = ops.deviation(moment(ops, x, axis, ddof, keepdims, where, center))
    if ops.aval(x).dtype.startswith("complex"):
        return value
    axes = axes_of(axis)
    centred, count = _centred(ops, x, axes, where, center)
    length = ops.root_mean_square(centred, axis=axes, keepdims=bool(keepdims), count=1.0)
    count = drop(ops, count, axes, keepdims)
    return ops.valued(value, ops.div(length, ops.sqrt(ops.sub(count, ddof))))


def _centred(ops: Ops, x: Any, axes: Any, where: Any, center: Any) -> tuple[Any, Any]:
    """What is left of each element without the mean, 0 where the mask is false; their number."""
    count = counted(ops, x, axes, where)
    x = only(ops, where, x, 0.0)
    if center is None:
        total = ops.sum(x, axis=axes, keepdims=True)
        center = ops.div(total, count)
    return only(ops, where, ops.sub(x, center), 0.0), count
