"""Entries that move and broadcast arrays, and the one place that states a broadcast's adjoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import FLOAT, Aval
from ...program.shapes import broadcast_shapes
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import whole
from ..table.signatures import axes_of, emit_call, ints_of, refuse, tight


def method_names(name: str, *modules: str) -> tuple[str, ...]:
    """The names of a function that is a method too."""
    return (*(f"{m}.{name}" for m in ("numpy", "torch", "jax.numpy", *modules)), f".{name}")


# -- broadcasting


def _unbroadcast(x: Any, *, shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which `shape` was broadcast to the shape of `x`."""
    x = np.asarray(x)
    lead = x.ndim - len(shape)
    axes = (*range(lead), *[lead + k for k, n in enumerate(shape) if n == 1 != x.shape[lead + k]])
    return x.sum(axis=axes, dtype=x.dtype).reshape(shape)[()] if axes else x.reshape(shape)[()]


def _unbroadcast_inline(
    operands: Sequence[str], params: dict[str, Any], avals: Sequence[Aval]
) -> str | None:
    (x,), shape = avals, params["shape"]
    if not x.shape:
        return None
    if x.size == math.prod(shape):
        return f"{operands[0]}.reshape({shape!r})" if shape and x.shape else None
    lead = x.ndim - len(shape)
    kept = [k for k, n in enumerate(shape) if n == 1 != x.shape[lead + k]]
    axes = (*range(lead), *[lead + k for k in kept])
    axis = axes[0] if len(axes) == 1 else axes if len(axes) < x.ndim else None
    if adds_by_ones(x, axes):
        ones = f"rt.ones({operands[0]}.shape[{axes[0]}])"  # which may be a length left free
        last = axes[0] == x.ndim - 1
        summed = f"{operands[0]} @ {ones}" if last else f"{ones} @ {operands[0]}"
        return f"({summed}).reshape({shape})" if kept else summed
    total = f"numpy.add.reduce({operands[0]}, {axis}"
    if not lead and kept:
        return f"{total}, keepdims=True)"
    return f"{total}).reshape({shape})" if kept else f"{total})"


def adds_by_ones(x: Aval, axes: Sequence[int]) -> bool:
    """Whether a sum along axes is a product with ones, which is faster.

    NumPy adds rows up one after the other, or the elements of each, and takes long to begin.
    """
    if x.dtype != "float64" or len(axes) != 1 or x.ndim < 2 or x.size < _MANY:
        return False
    (axis,) = axes
    return axis == x.ndim - 1 or (axis == x.ndim - 2 and x.shape[axis] >= _FEW)


_MANY, _FEW = 128, 4
"""Of fewer elements, or of fewer rows, the sum takes no longer."""


TABLE.add(
    StructuralEntry(
        name="unbroadcast",
        inline=_unbroadcast_inline,
        numpy=_unbroadcast,
        infer=lambda x, *, shape: Aval.of(shape, x.dtype),
        pullback=lambda ops, ct, result, x, *, shape: (
            ops.broadcast_to(ct, shape=ops.aval(x).shape),
        ),
        linear="joint",
        alias=True,
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)),), {"shape": s}) for s in ((), (3,), (2, 1), (1, 3), (1,))
        ],
    )
)
TABLE.add(
    StructuralEntry(
        name="broadcast_to",
        names=("numpy.broadcast_to", "torch.broadcast_to", "jax.numpy.broadcast_to"),
        numpy=lambda x, *, shape: np.broadcast_to(x, shape),
        infer=lambda x, *, shape: Aval.of(broadcast_shapes(x.shape, shape), x.dtype),
        pullback=lambda ops, ct, result, x, *, shape: (
            ops.unbroadcast(ct, shape=ops.aval(x).shape),
        ),
        linear="joint",
        signature=lambda x, shape, subok=False: (
            (x,),
            {"shape": ints_of((shape,))},
        ),
        alias=True,
        emit=lambda o, p: f"numpy.broadcast_to({o[0]}, {p['shape']!r})",
        samples=lambda rng: [
            ((rng.normal(size=3), (2, 3)), {}),
            ((rng.normal(size=(2, 1)), (2, 3)), {}),
            ((1.5, (2,)), {}),
        ],
    )
)


# -- dtype and identity


def _cast_signature(
    x: Any, dtype: Any, *args: Any, copy: Any = True, **kwargs: Any
) -> tuple[tuple[Any], dict[str, Any]]:
    # Whether a cast copies cannot be seen: nobody writes to a program variable.
    refuse("astype", kwargs, {"order": "K", "casting": "unsafe"})
    if args:
        raise UnsupportedError("`astype` takes a dtype and keywords")
    return (x,), {"dtype": np.dtype(dtype).name}


def _cast_back(ops: Ops, ct: Any, dtype: str) -> Any:
    """Of a complex cotangent a real operand gets the real part."""
    if ops.aval(ct).dtype.startswith("complex") and not dtype.startswith("complex"):
        ct = ops.real(ct)
    return ops.cast(ct, dtype=dtype)


TABLE.add(
    StructuralEntry(
        name="cast",
        names=(".astype", "numpy.astype"),
        numpy=lambda x, *, dtype: np.asarray(x).astype(dtype)[()],
        infer=lambda x, *, dtype: Aval.of(x.shape, dtype),
        pullback=lambda ops, ct, result, x, *, dtype: (_cast_back(ops, ct, ops.aval(x).dtype),),
        linear="joint",
        signature=_cast_signature,
        describe=lambda o, p: f"{tight(o[0])}.astype({p['dtype']})",
        samples=lambda rng: [((rng.normal(size=3), "float64"), {})],
    )
)
TABLE.add(
    StructuralEntry(
        name="detach",
        names=(".detach",),
        numpy=lambda x: x,
        infer=lambda x: x,
        pullback=lambda ops, ct, result, x: (None,),
        pushforward=lambda ops, tangents, result, x: None,
        alias=True,
        emit=lambda o, p: o[0],
        describe=lambda o, p: f"detach({o[0]})",
    )
)
TABLE.add(
    StructuralEntry(
        name="copy",
        names=("numpy.copy", ".copy", ".clone", "jax.numpy.copy"),
        numpy=lambda x: np.array(x) if isinstance(x, np.ndarray) else x,
        infer=lambda x: Aval.of(x.shape, x.dtype),
        pullback=lambda ops, ct, result, x: (ct,),
        linear="joint",
        signature=lambda x, order="K", **more: ((x,), {}),
        inline=lambda o, p, avals: f"numpy.array({o[0]})" if avals[0].shape else None,
        describe=lambda o, p: f"copy({o[0]})",
        samples=lambda rng: [((rng.normal(size=(2, 3)),), {})],
    )
)
TABLE.add(
    StructuralEntry(
        name="number",
        numpy=lambda x: np.asarray(x)[()],
        infer=lambda x: Aval.of(x.shape, x.dtype),
        pullback=lambda ops, ct, result, x: (ct,),
        linear="joint",
        emit=lambda o, p: f"numpy.asarray({o[0]})[()]",
        describe=lambda o, p: o[0],
        samples=lambda rng: [((rng.normal(size=()),), {})],
    )
)
TABLE.add(
    StructuralEntry(
        name="item",
        names=(".item",),
        numpy=lambda x: np.asarray(x).item(),
        infer=lambda x: FLOAT if x.is_inexact else Aval.of((), x.dtype, True),
        pullback=lambda ops, ct, result, x: (
            ops.broadcast_to(ct, shape=ops.aval(x).shape) if ops.aval(x).shape else ct,
        ),
        linear="joint",
        inline=lambda o, p, avals: (
            f"float({o[0]})" if not avals[0].shape and avals[0].is_inexact else None
        ),
        describe=lambda o, p: o[0],
        samples=lambda rng: [((rng.normal(size=(1, 1)),), {}), ((rng.normal(size=())[()],), {})],
    )
)


def _filled(name: str, fill: float, *also: str) -> None:
    TABLE.add(
        StructuralEntry(
            name=name,
            names=(*method_names(name)[:-1], *also),
            numpy=lambda x: np.full(np.shape(x), fill, np.asarray(x).dtype),
            infer=lambda x: Aval.of(x.shape, x.dtype),
            pullback=lambda ops, ct, result, x: (None,),
            pushforward=lambda ops, tangents, result, x: None,
            signature=_like_signature(name),
            emit=emit_call(name),
            samples=lambda rng: [((rng.normal(size=(2, 3)),), {})],
        )
    )


def _like_signature(name: str) -> Any:
    def signature(x: Any, *given: Any, **kwargs: Any) -> tuple[tuple[Any], dict[str, Any]]:
        kwargs |= dict(zip(("dtype", "order", "subok", "shape"), given, strict=False))
        refuse(
            name,
            kwargs,
            {"dtype": None, "order": "K", "subok": True, "shape": None, "device": None},
        )
        return (x,), {}

    return signature


_filled("zeros_like", 0.0, "numpy.empty_like", "jax.numpy.empty_like", "torch.empty_like")
_filled("ones_like", 1.0)


def _full_like(ops: Ops, x: Any, fill_value: Any, **kwargs: Any) -> Any:
    shape, dtype = kwargs.pop("shape", None), kwargs.pop("dtype", None)
    refuse("full_like", kwargs, {"order": "K", "device": None})
    aval = ops.aval(x)
    filled = ops.broadcast_to(fill_value, shape=aval.shape if shape is None else ints_of((shape,)))
    kind = aval.dtype if dtype is None else np.dtype(dtype).name
    filled = filled if ops.aval(filled).dtype == kind else ops.cast(filled, dtype=kind)
    return filled if ops.aval(filled).weak else ops.copy(filled)  # what is broadcast is read only


TABLE.add(
    StructuralEntry(
        name="full_like",
        names=method_names("full_like")[:-1],
        lower=_full_like,
        samples=lambda rng: [((rng.normal(size=(2, 3)), 2.5), {})],
    )
)


# -- shape


def _reshaped(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    if -1 not in shape:
        return shape
    rest = math.prod(n for n in shape if n != -1)
    return tuple(size // rest if n == -1 else n for n in shape)


def _reshape_signature(x: Any, *shape: Any, **kwargs: Any) -> tuple[tuple[Any], dict[str, Any]]:
    if shape and isinstance(shape[-1], str):
        kwargs["order"] = shape[-1]
        shape = shape[:-1]
    for name in ("shape", "newshape"):
        if name in kwargs:
            shape = (kwargs.pop(name),)
    refuse("reshape", kwargs, {"copy": None})
    return (x,), {"shape": ints_of(shape)}


def _reordered(
    ops: Ops, x: Any, *shape: Any, order: Any = "C", copy: Any = None, **named: Any
) -> Any:
    """`reshape` with `order` or `copy`."""
    (x,), params = _reshape_signature(x, *shape, **named)
    shape = params["shape"]
    if order == "F":
        turned = ops.reshape(ops.transpose(x, axes=None), shape=shape[::-1])
        result = ops.transpose(turned, axes=None)
    else:
        refuse("reshape", {"order": order})
        result = ops.reshape(x, shape=shape)
    return ops.copy(result) if copy else result


TABLE.add(
    StructuralEntry(
        name="reshape",
        names=method_names("reshape"),
        numpy=lambda x, *, shape: np.reshape(x, shape),
        infer=lambda x, *, shape: Aval.of(_reshaped(shape, x.size), x.dtype),
        pullback=lambda ops, ct, result, x, *, shape: (ops.reshape(ct, shape=ops.aval(x).shape),),
        linear="joint",
        signature=_reshape_signature,
        keywords=_reordered,
        emit=lambda o, p: f"numpy.reshape({o[0]}, {p['shape']!r})",
        inline=lambda o, p, avals: (
            f"{tight(o[0])}.reshape({p['shape']!r})" if avals[0].shape else None
        ),
        alias=True,
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)), (3, 2)), {}),
            ((rng.normal(size=6), (2, -1)), {}),
            ((rng.normal(size=(1, 1)), ()), {}),
            ((2.5, (1, 1)), {}),
            ((rng.normal(size=(2, 3)), (3, 2)), {"order": "F"}),
        ],
    )
)


def _view(ops: Ops, x: Any, *shape: Any, **kwargs: Any) -> Any:
    """Torch's `x.view(2, -1)` is a reshape, NumPy's `x.view()` the array itself."""
    if shape == (np.ndarray,):
        return x
    if kwargs or any(isinstance(s, (str, type, np.dtype)) for s in shape):
        raise UnsupportedError("`view` as another dtype is not supported", remedy="use astype")
    return ops.reshape(x, shape=ints_of(shape)) if shape else x


TABLE.add(StructuralEntry(name="view", names=(".view",), lower=_view))


def _ravel(ops: Ops, x: Any, order: str = "C", **kwargs: Any) -> Any:
    if order == "F":
        return _reordered(ops, x, ops.aval(x).size, order=order, **kwargs)
    refuse("ravel", {"order": order, **kwargs})
    return ops.reshape(x, shape=(ops.aval(x).size,))


TABLE.add(
    StructuralEntry(
        name="ravel",
        names=(*method_names("ravel"), ".flatten", "torch.flatten"),
        lower=_ravel,
        samples=lambda rng: [((rng.normal(size=(2, 3)),), {}), ((1.5,), {})],
    )
)


def _squeeze(ops: Ops, x: Any, axis: Any = None) -> Any:
    aval = ops.aval(x)
    axes = axes_of(axis)
    drop = (
        [k for k, n in enumerate(aval.shape) if n == 1]
        if axes is None
        else [a % aval.ndim for a in axes]
    )
    if any(aval.shape[k] != 1 for k in drop):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return ops.reshape(x, shape=tuple(n for k, n in enumerate(aval.shape) if k not in drop))


def _expand_dims(ops: Ops, x: Any, axis: Any) -> Any:
    shape = list(ops.aval(x).shape)
    axes = axes_of(axis) or ()
    for a in sorted(a % (len(shape) + len(axes)) for a in axes):
        shape.insert(a, 1)
    return ops.reshape(x, shape=tuple(shape))


TABLE.add(
    StructuralEntry(
        name="squeeze",
        names=method_names("squeeze"),
        lower=_squeeze,
        samples=lambda rng: [
            ((rng.normal(size=(1, 3, 1)),), {}),
            ((rng.normal(size=(1, 3, 1)),), {"axis": -1}),
        ],
    )
)
TABLE.add(
    StructuralEntry(
        name="expand_dims",
        names=(*method_names("expand_dims")[:-1], "torch.unsqueeze", ".unsqueeze"),
        lower=_expand_dims,
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)), 1), {}),
            ((rng.normal(size=3), (0, -1)), {}),
        ],
    )
)


def _at_least_each(ops: Ops, *arrays: Any, n: int) -> Any:
    made = tuple([_at_least(ops, whole(ops, x), n) for x in arrays])
    return made[0] if len(made) == 1 else made


for _n in (1, 2, 3):
    TABLE.add(
        StructuralEntry(
            name=f"atleast_{_n}d",
            names=method_names(f"atleast_{_n}d")[:-1],
            lower=partial(_at_least_each, n=_n),
            samples=lambda rng: [
                *[((rng.normal(size=s),), {}) for s in ((3,), (2, 3), (1, 2, 3))],
                ((1.5,), {}),
            ],
        )
    )


def _at_least(ops: Ops, x: Any, n: int) -> Any:
    shape = ops.aval(x).shape
    if len(shape) >= n:
        return x
    if n == 3 and len(shape) in (1, 2):
        return ops.reshape(x, shape=(1, *shape, 1) if len(shape) == 1 else (*shape, 1))
    return ops.reshape(x, shape=(1,) * (n - len(shape)) + shape)
