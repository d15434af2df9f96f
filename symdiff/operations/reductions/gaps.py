"""The functions that leave NaN out: `nansum`, `nanmean`, `nanmax`, and so on."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import KEYWORDS, TABLE, Ops, StructuralEntry
from ..table.lowering import lowered, numpy_and_jax
from ..table.masked import as_dtype, deviation, moment, reduction
from ..table.masked import mean as masked_mean
from ..table.signatures import axes_of, keeps, refuse
from .reducing import reduced_shape
from .statistics import with_gaps

_NONE = KEYWORDS["initial"]


def _there(ops: Ops, x: Any, where: Any = True) -> Any:
    """Where there is a number."""
    mask = ops.logical_not(ops.isnan(x))
    return mask if where is True else ops.logical_and(mask, where)


def _total(name: str) -> Any:
    rule = reduction(name)

    def lower(
        ops: Ops,
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = _NONE,
        where: Any = True,
    ) -> Any:
        refuse(f"nan{name}", {"out": out})
        mask = _there(ops, a, where)
        return rule(ops, a, axis, dtype, None, keeps(keepdims), initial, mask)

    return lower


def _extreme(name: str, worst: float) -> Any:
    def lower(
        ops: Ops,
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = _NONE,
        where: Any = True,
    ) -> Any:
        refuse(f"nan{name}", {"out": out})
        axes = axes_of(axis)
        mask = _there(ops, a, where)
        best = ops.apply(name, ops.where(mask, a, worst), axis=axes, keepdims=keeps(keepdims))
        if initial is not _NONE and initial is not None:
            return ops.apply("maximum" if name == "max" else "minimum", best, initial)
        nothing = ops.logical_not(ops.any(mask, axis=axes, keepdims=keeps(keepdims)))
        return ops.where(nothing, np.nan, best)

    return lower


def _mean(
    ops: Ops,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Any:
    refuse("nanmean", {"out": out})
    mask = _there(ops, a, where)
    return masked_mean(ops, a, axis, dtype, None, keeps(keepdims), where=mask)


def _variance(
    ops: Ops,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
    of: Any = moment,
) -> Any:
    refuse("nanvar", {"out": out})
    a = as_dtype(ops, a, dtype)
    mean = None if type(mean).__name__ == "_NoValueType" else mean
    mask = _there(ops, a, where)
    ddof = correction if isinstance(correction, (int, float)) else ddof
    return of(ops, a, axes_of(axis), ddof, keeps(keepdims), mask, mean)


def _running(name: str, gap: float) -> Any:
    def lower(ops: Ops, a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        refuse(f"nan{name}", {"out": out})
        a = as_dtype(ops, a, dtype)
        filled = ops.where(ops.isnan(a), gap, a)
        shape = ops.aval(filled).shape
        if axis is None:
            filled, axis = ops.reshape(filled, shape=(-1,)), 0
        k = axis % max(len(shape), 1)
        if name == "cumsum":
            return ops.cumsum(filled, axis=k)
        return ops.running_product(filled, axis=k)

    return lower


def _samples(**kwargs: Any) -> Any:
    def samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        x = with_gaps(rng.normal(size=(2, 3)), 1)
        return [
            ((rng.normal(size=(2, 3)),), dict(kwargs)),
            ((x,), dict(kwargs)),
            ((x,), {"axis": 1, **kwargs}),
        ]

    return samples


for _name, _rule in (
    ("nansum", _total("sum")),
    ("nanprod", _total("prod")),
    ("nanmax", _extreme("max", -np.inf)),
    ("nanmin", _extreme("min", np.inf)),
    ("nanmean", _mean),
    ("nanvar", _variance),
    ("nanstd", partial(_variance, of=deviation)),
    ("nancumsum", _running("cumsum", 0.0)),
    ("nancumprod", _running("cumprod", 1.0)),
):
    lowered(
        _name,
        _rule,
        numpy_and_jax(_name),
        _samples(),
        "a",
        "where",
        "mean",
        free=("initial", "args", "kwargs"),
    )


def _position(name: str, function: Any) -> None:
    def value(x: Any, *, axis: Any, keepdims: bool) -> Any:
        return function(x, axis=axis, keepdims=keepdims)

    TABLE.add(
        StructuralEntry(
            name=name,
            names=numpy_and_jax(name),
            numpy=value,
            infer=lambda x, *, axis, keepdims: Aval.of(
                reduced_shape(x, None if axis is None else (axis,), keepdims),
                np.dtype(np.intp).name,
            ),
            pullback=lambda ops, ct, result, x, **params: (None,),
            pushforward=lambda ops, tangents, result, x, **params: None,
            signature=lambda a, axis=None, out=None, *, keepdims=False: (
                (a,),
                {"axis": axis, "keepdims": keeps(keepdims)},
            ),
            samples=_samples(),
        )
    )


_position("nanargmax", np.nanargmax)
_position("nanargmin", np.nanargmin)
