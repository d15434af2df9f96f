"""Entries that reduce an array along axes: sums, products, extremes, moments, running sums."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Kink, Ops, StructuralEntry
from ..table.lowering import reads
from ..table.masked import as_dtype, deviation, mean, moment, reduction, squared
from ..table.signatures import axes_of, emit_call, keeps, refuse

Axes = tuple[int, ...] | None
Signature = Callable[..., tuple[tuple[Any], dict[str, Any]]]


def reduced_shape(x: Aval, axis: Axes, keepdims: bool) -> tuple[int, ...]:
    """The shape after reducing over `axis`.

    >>> reduced_shape(Aval.of((2, 3), "float64"), (-1,), True)
    (2, 1)
    """
    axes = range(x.ndim) if axis is None else [a % x.ndim for a in axis]
    if keepdims:
        return tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    return tuple(n for k, n in enumerate(x.shape) if k not in axes)


def _names(name: str, *also: str) -> tuple[str, ...]:
    return (f"numpy.{name}", f"torch.{name}", f"jax.numpy.{name}", f".{name}", *also)


def _signature(name: str) -> Signature:
    """Read `name(x, axis=None, dtype=None, out=None, keepdims=False)`, and torch's `dim`."""

    def signature(
        x: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        **more: Any,
    ) -> tuple[tuple[Any], dict[str, Any]]:
        axis = more.pop("dim", axis)
        keepdims = more.pop("keepdim", keepdims)
        initial = {"sum": 0, "prod": 1}.get(name)
        refuse(name, {"dtype": dtype, "out": out, **more}, {"initial": initial})
        return (x,), {"axis": axes_of(axis), "keepdims": keeps(keepdims)}

    return signature


def _extreme_signature(name: str) -> Signature:
    def signature(
        x: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any
    ) -> tuple[tuple[Any], dict[str, Any]]:
        return read(x, axis, None, out, keepdims, **more)

    read = _signature(name)
    return signature


def _infer(function: Any) -> Any:
    def infer(x: Aval, *, axis: Axes = None, keepdims: bool = False) -> Aval:
        dtype = np.asarray(function(np.ones(1, x.dtype))).dtype.name
        return Aval.of(reduced_shape(x, axis, keepdims), dtype)

    return infer


def spread(ops: Ops, ct: Any, x: Any, axis: Axes) -> Any:
    """Give what was reduced over `axis` the shape of `x` again."""
    aval = ops.aval(x)
    kept = reduced_shape(aval, axis, True)
    if ops.aval(ct).shape not in ((), kept):
        ct = ops.reshape(ct, shape=kept)
    return ops.broadcast_to(ct, shape=aval.shape)


def _count(ops: Ops, x: Any, axis: Axes) -> float:
    aval = ops.aval(x)
    kept = reduced_shape(aval, axis, True)
    # An axis that is not reduced, or has one element, counts once; an empty one gives nothing.
    count = math.prod(n for n, m in zip(aval.shape, kept, strict=True) if n != m)
    return float(count or 1)


_SHAPES: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((2, 3), {}),
    ((2, 3), {"axis": 0}),
    ((2, 3), {"axis": -1, "keepdims": True}),
    ((2, 3, 2), {"axis": (0, 2)}),
    ((4,), {}),
    ((), {}),
)


def _samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [((rng.normal(size=shape),), dict(kwargs)) for shape, kwargs in _SHAPES]


def _masked_samples(*initial: Any) -> Any:
    """Samples with a mask and, where the reduction takes one, an initial value."""
    mask = np.array([True, False, True])
    begin = {"initial": initial[0]} if initial else {}
    return lambda rng: [
        *_samples(rng),
        ((rng.normal(size=(2, 3)),), {"axis": 1, "where": mask, **begin}),
        ((rng.normal(size=(2, 3)),), {"where": mask, "keepdims": True, **begin}),
    ]


# -- sums

TABLE.add(
    StructuralEntry(
        name="sum",
        names=_names("sum"),
        numpy=lambda x, *, axis=None, keepdims=False: np.sum(x, axis=axis, keepdims=keepdims),
        infer=_infer(np.sum),
        pullback=lambda ops, ct, result, x, *, axis=None, keepdims=False: (
            spread(ops, ct, x, axis),
        ),
        linear="joint",
        signature=_signature("sum"),
        keywords=reduction("sum"),
        emit=emit_call("sum"),
        describe=lambda o, p: emit_call("sum")(o, p).removeprefix("numpy."),
        samples=_masked_samples(2.5),
    )
)
TABLE.add(
    StructuralEntry(
        name="mean",
        names=_names("mean"),
        numpy=lambda x, *, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims),
        infer=_infer(np.mean),
        pullback=lambda ops, ct, result, x, *, axis=None, keepdims=False: (
            spread(ops, ops.div(ct, _count(ops, x, axis)), x, axis),
        ),
        linear="joint",
        signature=_signature("mean"),
        keywords=mean,
        emit=emit_call("mean"),
        describe=lambda o, p: emit_call("mean")(o, p).removeprefix("numpy."),
        samples=_masked_samples(),
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
    return ops.div(total, _count(ops, x, axes) - ddof)


def _spread_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    samples = [s for s in _samples(rng) if s[0][0].ndim]
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
    count = None if ddof == 0 else float(_count(ops, x, axes) - ddof)
    return ops.root_mean_square(centred, axis=axes, keepdims=keeps(keepdims), count=count)


_variance = reads(_var, "x", "where", "mean")
TABLE.add(
    StructuralEntry(name="var", names=_names("var"), lower=_variance, samples=_spread_samples)
)
TABLE.add(
    StructuralEntry(
        name="std",
        names=_names("std"),
        lower=reads(_std, "x", free=("more",)),
        samples=_spread_samples,
    )
)


# -- extremes: elements that tie share the cotangent equally


def _shares(ops: Ops, result: Any, x: Any, axis: Axes) -> Any:
    """For each element its share in the extreme: 1 for the only one, 1/n for each of n."""
    dtype = ops.aval(x).dtype
    mask = ops.cast(ops.eq(x, spread(ops, result, x, axis)), dtype=dtype)
    return ops.div(mask, ops.sum(mask, axis=axis, keepdims=True))


def _kept(ops: Ops, reduced: Any, shape: tuple[int, ...]) -> Any:
    """What was reduced, with the axes that it lost."""
    return reduced if ops.aval(reduced).shape == shape else ops.reshape(reduced, shape=shape)


def _extreme(name: str, function: Any) -> None:
    def pullback(
        ops: Ops, ct: Any, result: Any, x: Any, *, axis: Axes = None, keepdims: bool = False
    ) -> tuple[Any]:
        # As few operations on arrays of the size of `x` as there can be.
        aval = ops.aval(x)
        kept = reduced_shape(aval, axis, True)
        mask = ops.eq(x, _kept(ops, result, kept))
        ties = ops.sum(ops.cast(mask, dtype=aval.dtype), axis=axis, keepdims=True)
        return (ops.where(mask, ops.div(_kept(ops, ct, kept), ties), 0.0),)

    def pushforward(
        ops: Ops, tangents: Any, result: Any, x: Any, *, axis: Axes = None, keepdims: bool = False
    ) -> Any:
        moved = ops.mul(tangents[0], _shares(ops, result, x, axis))
        return ops.sum(moved, axis=axis, keepdims=keepdims)

    TABLE.add(
        StructuralEntry(
            name=name,
            names=(
                f"numpy.{name}",
                f"numpy.a{name}",
                f"torch.a{name}",
                f"jax.numpy.{name}",
                f".{name}",
                f".a{name}",
            ),
            numpy=lambda x, *, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims),
            infer=_infer(function),
            pullback=pullback,
            pushforward=pushforward,
            signature=_extreme_signature(name),
            keywords=reduction(name),
            emit=emit_call(name),
            describe=lambda o, p: emit_call(name)(o, p).removeprefix("numpy."),
            samples=_masked_samples(0.3),
            kinks=(Kink((1.0, 1.0), (0.5, 0.5), "n elements that tie get 1/n each"),),
        )
    )


_extreme("max", np.max)
_extreme("min", np.min)


# -- products: by halves, so that a zero among the factors needs no division


def _halves(ops: Ops, x: Any) -> tuple[Any, Any, Any]:
    """The two halves of the last axis, and what is left over when it is odd."""
    n = ops.aval(x).shape[-1]

    def part(start: int, stop: int) -> Any:
        return ops.getitem(x, index=("...", ("slice", start, stop, None)))

    return part(0, n // 2), part(n // 2, n // 2 * 2), part(n // 2 * 2, n) if n % 2 else None


def _joined(ops: Ops, *parts: Any) -> Any:
    present = [p for p in parts if p is not None]
    return ops.concatenate(*present, axis=-1) if len(present) > 1 else present[0]


def lined_up(ops: Ops, x: Any, axis: Axes) -> tuple[Any, Any]:
    """`x` with the axes in `axis` joined into the last one, and the way back."""
    shape = ops.aval(x).shape
    n = len(shape)
    last = list(range(n)) if axis is None else sorted(a % n for a in axis)
    order = (*[k for k in range(n) if k not in last], *last)
    moved = tuple(shape[k] for k in order)
    flat = (*moved[: n - len(last)], -1)

    def line_up(y: Any) -> Any:
        return ops.reshape(ops.transpose(y, axes=order), shape=flat)

    def put_back(y: Any) -> Any:
        inverse = tuple(sorted(range(n), key=lambda k: order[k]))
        return ops.transpose(ops.reshape(y, shape=moved), axes=inverse)

    return line_up, put_back


_ONE_BY_ONE = 16
"""So many factors are multiplied as numbers: each is then a statement of its own, and a derivative
that reads some of them leaves the others out."""


def _factors_pullback(ops: Ops, ct: Any, factors: list[Any]) -> list[Any]:
    """The cotangents of the factors of one product, by halves."""
    levels, y = [], factors
    while len(y) > 1:
        levels.append(y)
        pairs = [ops.mul(a, b) for a, b in zip(y[::2], y[1::2], strict=False)]
        y = [*pairs, y[-1]] if len(y) % 2 else pairs
    bars = [ct]
    for y in reversed(levels):
        longer = []
        for k in range(len(y)):
            other = k + 1 - 2 * (k % 2)
            alone = other == len(y)
            longer.append(bars[k // 2] if alone else ops.mul(bars[k // 2], y[other]))
        bars = longer
    return bars


def _prod_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *, axis: Axes = None, keepdims: bool = False
) -> tuple[Any]:
    if not ops.aval(x).size:
        return (None,)
    line_up, put_back = lined_up(ops, x, axis)
    y = line_up(x)
    size = ops.aval(y).size
    if ops.aval(y).ndim == 1 and size <= _ONE_BY_ONE:
        factors = [ops.getitem(y, index=(k,)) for k in range(size)]
        bars = _factors_pullback(ops, ops.reshape(ct, shape=()), factors)
        return (put_back(ops.array(*bars, shape=(size,))),)
    levels = []
    while ops.aval(y).shape[-1] > 1:
        a, b, rest = _halves(ops, y)
        levels.append((a, b, rest))
        y = _joined(ops, ops.mul(a, b), rest)
    bar = ops.reshape(ct, shape=ops.aval(y).shape)
    for a, b, rest in reversed(levels):
        half = ops.aval(a).shape[-1]
        ab_bar = bar if rest is None else ops.getitem(bar, index=("...", ("slice", 0, half, None)))
        rest_bar = (
            None if rest is None else ops.getitem(bar, index=("...", ("slice", half, None, None)))
        )
        bar = _joined(ops, ops.mul(ab_bar, b), ops.mul(ab_bar, a), rest_bar)
    return (put_back(bar),)


def _prod_pushforward(
    ops: Ops, tangents: Any, result: Any, x: Any, *, axis: Axes = None, keepdims: bool = False
) -> Any:
    if not ops.aval(x).size:
        return None
    line_up, _ = lined_up(ops, x, axis)
    y, t = line_up(x), line_up(tangents[0])
    while ops.aval(y).shape[-1] > 1:
        a, b, rest = _halves(ops, y)
        da, db, rest_t = _halves(ops, t)
        y = _joined(ops, ops.mul(a, b), rest)
        t = _joined(ops, ops.add(ops.mul(da, b), ops.mul(a, db)), rest_t)
    return ops.reshape(t, shape=ops.aval(result).shape)


TABLE.add(
    StructuralEntry(
        name="prod",
        names=_names("prod"),
        numpy=lambda x, *, axis=None, keepdims=False: np.prod(x, axis=axis, keepdims=keepdims),
        infer=_infer(np.prod),
        pullback=_prod_pullback,
        pushforward=_prod_pushforward,
        signature=_signature("prod"),
        keywords=reduction("prod"),
        emit=emit_call("prod"),
        describe=lambda o, p: emit_call("prod")(o, p).removeprefix("numpy."),
        samples=lambda rng: [
            *_masked_samples(1.5)(rng),
            ((np.array([2.0, 0.0, 3.0]),), {}),
            ((np.array([0.0, 0.0, 3.0, 1.5, -2.0]),), {}),
        ],
    )
)


# -- running sums


def _cumsum_signature(
    x: Any, axis: Any = None, dtype: Any = None, **more: Any
) -> tuple[tuple[Any], dict[str, Any]]:
    axis = more.pop("dim", axis)
    refuse("cumsum", {"dtype": dtype, **more})
    return (x,), {"axis": None if axis is None else operator.index(axis)}


def _cumsum_pullback(ops: Ops, ct: Any, result: Any, x: Any, *, axis: int | None) -> tuple[Any]:
    axes = None if axis is None else (axis,)
    back = ops.flip(ops.cumsum(ops.flip(ct, axis=axes), axis=axis), axis=axes)
    return (back if axis is not None else ops.reshape(back, shape=ops.aval(x).shape),)


TABLE.add(
    StructuralEntry(
        name="cumsum",
        names=_names("cumsum"),
        numpy=lambda x, *, axis: np.cumsum(x, axis=axis),
        infer=lambda x, *, axis: Aval.of(
            (x.size,) if axis is None else x.shape, np.cumsum(np.ones(1, x.dtype)).dtype.name
        ),
        pullback=_cumsum_pullback,
        linear="joint",
        signature=_cumsum_signature,
        keywords=lambda ops, x, axis=None, dtype=None: ops.cumsum(
            as_dtype(ops, x, dtype), axis=None if axis is None else operator.index(axis)
        ),
        emit=emit_call("cumsum"),
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)),), {}),
            ((rng.normal(size=(2, 3)),), {"axis": 1}),
            ((rng.normal(size=4),), {"axis": -1}),
        ],
    )
)
