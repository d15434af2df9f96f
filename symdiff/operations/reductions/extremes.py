"""The largest and the smallest along axes: elements that tie share the cotangent equally."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..table.entry import TABLE, Kink, Ops, StructuralEntry
from ..table.masked import reduction
from ..table.signatures import emit_call, inline_reduce
from .reducing import (
    Axes,
    Signature,
    axis_signature,
    infer_by,
    masked_samples,
    reduced_shape,
    spread,
)


def _extreme_signature(name: str) -> Signature:
    """Read `max(x, axis=None, out=None, keepdims=False)`, and torch's `dim`."""

    def signature(
        x: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any
    ) -> tuple[tuple[Any], dict[str, Any]]:
        return read(x, axis, None, out, keepdims, **more)

    read = axis_signature(name)
    return signature


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
            infer=infer_by(function),
            pullback=pullback,
            pushforward=pushforward,
            signature=_extreme_signature(name),
            keywords=reduction(name),
            emit=emit_call(name),
            inline=inline_reduce(f"{name}imum"),
            describe=lambda o, p: emit_call(name)(o, p).removeprefix("numpy."),
            samples=masked_samples(0.3),
            kinks=(Kink((1.0, 1.0), (0.5, 0.5), "n elements that tie get 1/n each"),),
        )
    )


_extreme("max", np.max)

_extreme("min", np.min)
