"""What entries that reduce an array along axes have in common: shapes, calls, samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import Ops
from ..table.signatures import axes_of, keeps, refuse

Axes = tuple[int, ...] | None
Signature = Callable[..., tuple[tuple[Any], dict[str, Any]]]


def reduced_shape(x: Aval, axis: Axes, keepdims: bool) -> tuple[int, ...]:
    """The shape after reducing over `axis`.

    >>> reduced_shape(Aval.of((2, 3), "float64"), (-1,), True)
    (2, 1)
    """
    axes = range(x.ndim) if axis is None else [_axis(a, x.ndim) for a in axis]
    if keepdims:
        return tuple(1 if k in axes else n for k, n in enumerate(x.shape))
    return tuple(n for k, n in enumerate(x.shape) if k not in axes)


def _axis(axis: int, count: int) -> int:
    if count and not -count <= axis < count:
        raise np.exceptions.AxisError(axis, count)
    return axis % count


def spellings(name: str, *also: str) -> tuple[str, ...]:
    """What a reduction is called by: NumPy, torch, JAX, and as a method."""
    return (f"numpy.{name}", f"torch.{name}", f"jax.numpy.{name}", f".{name}", *also)


def axis_signature(name: str) -> Signature:
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


def infer_by(function: Any) -> Any:
    """The inference of a reduction whose dtype is what `function` gives."""

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


def reduced_count(ops: Ops, x: Any, axis: Axes) -> float:
    """How many elements one element of the result is made of, at least 1."""
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


def samples_of_shapes(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Calls on arrays of several shapes, along one axis, several and all."""
    return [((rng.normal(size=shape),), dict(kwargs)) for shape, kwargs in _SHAPES]


def masked_samples(*initial: Any) -> Any:
    """Samples with a mask and, where the reduction takes one, an initial value."""
    mask = np.array([True, False, True])
    begin = {"initial": initial[0]} if initial else {}
    return lambda rng: [
        *samples_of_shapes(rng),
        ((rng.normal(size=(2, 3)),), {"axis": 1, "where": mask, **begin}),
        ((rng.normal(size=(2, 3)),), {"where": mask, "keepdims": True, **begin}),
    ]
