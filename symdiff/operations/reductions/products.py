"""Products along axes, by halves, so that a zero among the factors needs no division."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.masked import reduction
from ..table.signatures import emit_call, inline_reduce
from .reducing import Axes, axis_signature, infer_by, masked_samples, spellings


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
        names=spellings("prod"),
        numpy=lambda x, *, axis=None, keepdims=False: np.prod(x, axis=axis, keepdims=keepdims),
        infer=infer_by(np.prod),
        pullback=_prod_pullback,
        pushforward=_prod_pushforward,
        signature=axis_signature("prod"),
        keywords=reduction("prod"),
        emit=emit_call("prod"),
        inline=inline_reduce("multiply"),
        describe=lambda o, p: emit_call("prod")(o, p).removeprefix("numpy."),
        samples=lambda rng: [
            *masked_samples(1.5)(rng),
            ((np.array([2.0, 0.0, 3.0]),), {}),
            ((np.array([0.0, 0.0, 3.0, 1.5, -2.0]),), {}),
        ],
    )
)
