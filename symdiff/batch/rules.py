"""How operations that move, reduce or join elements are batched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..program.program import Aval, Operand, operand_aval
from .program import RULES, Batch, BatchRule, Params


def _same(name: str) -> BatchRule:
    """The operation itself serves the whole batch."""
    return lambda b, operands, params, aval: b.apply(name, b.fronts[operands[0]], **params)


def _front(axis: int, ndim: int) -> int:
    return axis % ndim + 1


def _along(name: str) -> BatchRule:
    """An operation along `axis`, an integer or `None` for all elements in line."""

    def rule(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
        x, shape = b.fronts[operands[0]], operands[0].aval.shape
        axis = params.get("axis", -1 if name == "argsort" else None)
        if not shape:
            return None
        if axis is None:
            x, axis, shape = b.shaped(x, (math.prod(shape),)), 0, (math.prod(shape),)
        return b.apply(name, x, **{**params, "axis": _front(axis, len(shape))})

    return rule


def _reduction(name: str) -> BatchRule:
    """A reduction over `axis`, a tuple or `None` for all."""

    def rule(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
        x, shape = b.fronts[operands[0]], operands[0].aval.shape
        axis = params.get("axis")
        axes = tuple(range(len(shape))) if axis is None else axis
        more = {k: v for k, v in params.items() if k not in ("axis", "keepdims")}
        if not shape:
            return b.abs(x) if name == "norm" else (None if name in ("any", "all") else x)
        if axis is None and len(shape) > 1:
            x, axes = b.shaped(x, (math.prod(shape),)), (0,)
            return b.apply(name, x, axis=(1,), keepdims=False, **more)
        over = tuple([_front(a, len(shape)) for a in axes])
        return b.apply(name, x, axis=over, keepdims=params.get("keepdims", False), **more)

    return rule


def _unbroadcast(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, shape, to = b.fronts[operands[0]], operands[0].aval.shape, params["shape"]
    lead = len(shape) - len(to)
    axes = [k for k in range(len(shape)) if k < lead or to[k - lead] != shape[k]]
    return b.sum(x, axis=tuple([a + 1 for a in axes]), keepdims=False) if axes else x


def _broadcast(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    return b.broadcast_to(b.aligned(operands[0], aval.ndim), shape=(b.size, *aval.shape))


def _reshape(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    return b.shaped(b.fronts[operands[0]], aval.shape)


def _transpose(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    n = aval.ndim
    axes = range(n - 1, -1, -1) if params.get("axes") is None else params["axes"]
    return b.transpose(b.fronts[operands[0]], axes=(0, *[_front(a, n) for a in axes]))


def _flip(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    axes = range(aval.ndim) if params.get("axis") is None else params["axis"]
    return b.flip(b.fronts[operands[0]], axis=tuple([_front(a, aval.ndim) for a in axes]))


def _roll(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, axis, shift = b.fronts[operands[0]], params.get("axis"), params["shift"]
    if axis is None:
        return b.roll(b.shaped(x, (aval.size,)), shift=shift, axis=(1,))
    return b.roll(x, shift=shift, axis=tuple([_front(a, aval.ndim) for a in axis]))


def _concatenate(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    whole = [b.lifted(o) for o in operands]
    return b.concatenate(*whole, axis=_front(params["axis"], aval.ndim))


def _rows(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    shape = (1, *aval.shape[1:])
    rows = [b.shaped(b.lifted(o), shape) for o in operands]
    return b.concatenate(*rows, axis=1)


def _array(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    columns = []
    for operand in operands:
        column = b.shaped(b.lifted(operand), ())
        if operand_aval(column).dtype != aval.dtype:
            column = b.cast(column, dtype=aval.dtype)
        columns.append(column)
    # Each is written in one piece.
    return b.transpose(b.rows(*columns), axes=None)


RULES.update(
    {
        **{name: _same(name) for name in ("cast", "detach", "copy", "zeros_like", "ones_like")},
        **{name: _along(name) for name in ("cumsum", "argmax", "argmin", "argsort")},
        **{
            name: _reduction(name)
            for name in (
                *("sum", "mean", "max", "min", "prod", "any", "all"),
                *("norm", "root_mean_square"),
            )
        },
        "unbroadcast": _unbroadcast,
        "broadcast_to": _broadcast,
        "reshape": _reshape,
        "item": _reshape,
        "transpose": _transpose,
        "flip": _flip,
        "roll": _roll,
        "concatenate": _concatenate,
        "array": _array,
        "rows": _rows,
    }
)
