"""Sums, means, variances and deviations along axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import reads
from ..table.masked import as_dtype, deviation, mean, moment, reduction, squared
from ..table.signatures import axes_of, emit_call, inline_reduce, keeps, refuse
from .reducing import (
    axis_signature,
    infer_by,
    masked_samples,
    reduced_count,
    samples_of_shapes,
    spellings,
    spread,
)

TABLE.add(
    StructuralEntry(
        name="sum",
        names=spellings("sum"),
        numpy=lambda x, *, axis=None, keepdims=False: np.sum(x, axis=axis, keepdims=keepdims),
        infer=infer_by(np.sum),
        pullback=lambda ops, ct, result, x, *, axis=None, keepdims=False: (
            spread(ops, ct, x, axis),
        ),
        linear="joint",
        signature=axis_signature("sum"),
        keywords=reduction("sum"),
        emit=emit_call("sum"),
        inline=inline_reduce("add"),
        describe=lambda o, p: emit_call("sum")(o, p).removeprefix("numpy."),
        samples=masked_samples(2.5),
    )
)

TABLE.add(
    StructuralEntry(
        name="mean",
        names=spellings("mean"),
        numpy=lambda x, *, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims),
        infer=infer_by(np.mean),
        pullback=lambda ops, ct, result, x, *, axis=None, keepdims=False: (
            spread(ops, ops.div(ct, reduced_count(ops, x, axis)), x, axis),
        ),
        linear="joint",
        signature=axis_signature("mean"),
        keywords=mean,
        emit=emit_call("mean"),
        describe=lambda o, p: emit_call("mean")(o, p).removeprefix("numpy."),
        samples=masked_samples(),
    )
)


def _var(
    ops: Ops,
    x: Any,
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
    **more: Any,
) -> Any:
    ddof = ddof if correction is None else correction
    refuse("var", {"out": out, **more})
    x, axes, keep = as_dtype(ops, x, dtype), axes_of(axis), keeps(keepdims)
    mean = None if type(mean).__name__ == "_NoValueType" else mean
    if where is not True or mean is not None or of is not moment:
        return of(ops, x, axes, ddof, keep, where, mean)
    square = squared(ops, ops.sub(x, ops.mean(x, axis=axes, keepdims=True)))
    if ddof == 0:
        return ops.mean(square, axis=axes, keepdims=keep)
    total = ops.sum(square, axis=axes, keepdims=keep)
    return ops.div(total, reduced_count(ops, x, axes) - ddof)


def _spread_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    samples = [s for s in samples_of_shapes(rng) if s[0][0].ndim]
    x, mask = rng.normal(size=(3, 2)), np.array([[True, False], [True, True], [True, True]])
    return [
        *samples,
        ((x,), {"axis": 0, "ddof": 1}),
        ((x,), {"axis": 0, "where": mask, "keepdims": True}),
    ]


def _std(
    ops: Ops,
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    **more: Any,
) -> Any:
    if not ops.aval(x).ndim or ops.aval(x).dtype.startswith("complex"):
        return ops.deviation(_var(ops, x, axis, dtype, out, ddof, keepdims, **more))
    if more:
        return _var(ops, x, axis, dtype, out, ddof, keepdims, **more, of=deviation)
    refuse("std", {"out": out})
    x, axes = as_dtype(ops, x, dtype), axes_of(axis)
    centred = ops.sub(x, ops.mean(x, axis=axes, keepdims=True))
    count = None if ddof == 0 else float(reduced_count(ops, x, axes) - ddof)
    return ops.root_mean_square(centred, axis=axes, keepdims=keeps(keepdims), count=count)


_variance = reads(_var, "x", "where", "mean")

TABLE.add(
    StructuralEntry(name="var", names=spellings("var"), lower=_variance, samples=_spread_samples)
)

TABLE.add(
    StructuralEntry(
        name="std",
        names=spellings("std"),
        lower=reads(_std, "x", free=("more",)),
        samples=_spread_samples,
    )
)
