"""Norms of vectors and matrices, of every order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...program.program import Aval
from ..numbers.complexes import is_complex
from ..reductions.reducing import reduced_shape, spread
from ..table.entry import TABLE, Kink, Ops, StructuralEntry
from ..table.lowering import draw, lowered
from ..table.signatures import axes_of, describe_call, keeps, refuse

# -- norms


def _norm_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *, axis: Any = None, keepdims: bool = False, **more: Any
) -> tuple[Any]:
    return (ops.radial(spread(ops, ct, x, axis), x, spread(ops, result, x, axis)),)


def _norm_pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    x: Any,
    *,
    axis: Any = None,
    keepdims: bool = False,
    **more: Any,
) -> Any:
    moved = ops.radial(tangents[0], x, spread(ops, result, x, axis))
    return ops.sum(moved, axis=axis, keepdims=keepdims)


def _norm_value(x: Any, *, axis: Any = None, keepdims: bool = False, scaled: bool = False) -> Any:
    if not np.ndim(x):
        return np.abs(x)
    norm: Any = np.linalg.norm
    if not scaled or not np.size(x):
        return norm(x, None, axis, keepdims)
    # SciPy and `math` scale first: no square is too large or too small to be held.
    with np.errstate(over="ignore", under="ignore"):
        result = norm(x, None, axis, keepdims)
    limits = np.finfo(np.asarray(x).dtype)
    if np.all((result > limits.tiny**0.5 * 1e3) & (result < limits.max**0.5 * 1e-3)):
        return result
    largest = np.max(np.abs(x), axis=axis, keepdims=True)
    largest = np.where((largest > 0) & np.isfinite(largest), largest, 1)
    total = norm(x / largest, None, axis, True) * largest
    return np.reshape(total, np.shape(result))[()]


TABLE.add(
    StructuralEntry(
        name="norm",
        numpy=_norm_value,
        infer=lambda x, *, axis=None, keepdims=False, scaled=False: Aval.of(
            reduced_shape(x, axis, keepdims), x.dtype if x.is_inexact else "float64"
        ),
        pullback=_norm_pullback,
        pushforward=_norm_pushforward,
        describe=describe_call("norm"),
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)),), {}),
            ((rng.normal(size=(2, 3)),), {"axis": (1,)}),
            ((rng.normal(size=(2, 3)),), {"axis": (0,), "keepdims": True}),
            ((-2.5,), {}),
            ((rng.normal(size=(2, 3)),), {"axis": (1,), "scaled": True}),
        ],
        kinks=(Kink((0.0, 0.0), (0.0, 0.0), "the tip of the cone"),),
    )
)

_ABS_ORDERS = (1, -1, np.inf, -np.inf)


def _linalg_norm(
    ops: Ops, x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, **more: Any
) -> Any:
    ord, axis = more.pop("p", ord), more.pop("dim", axis)
    refuse("norm", more, {"check_finite": True})
    aval, axes, keep = ops.aval(x), axes_of(axis), keeps(keepdims)
    if is_complex(aval):
        # Of complex numbers these norms are the norms of their sizes.
        x, aval = ops.complex_abs(x), ops.aval(x)
    if not aval.ndim:
        return ops.abs(x)
    if ord is None and (axes is None or len(axes) <= 2):
        return ops.norm(x, axis=axes, keepdims=keep)
    axes = tuple(range(aval.ndim)) if axes is None else tuple(a % aval.ndim for a in axes)
    if len(axes) == 1:
        return _vector_norm(ops, x, ord, axes, keep)
    if len(axes) == 2:
        return _matrix_norm(ops, x, ord, axes, keep)
    raise ValueError("Improper number of dimensions to norm.")


def _matrix_norm(ops: Ops, x: Any, ord: Any, axes: tuple[int, ...], keep: bool) -> Any:
    if ord in ("fro", "f"):
        return ops.norm(x, axis=axes, keepdims=keep)
    if ord in _ABS_ORDERS:
        summed, reduced = axes if abs(ord) == 1 else axes[::-1]
        total = ops.sum(ops.abs(x), axis=(summed,), keepdims=True)
        best = ops.apply("max" if ord > 0 else "min", total, axis=(reduced,), keepdims=True)
        return best if keep else ops.squeeze(best, axes)
    if ord not in (2, -2, "nuc"):
        raise ValueError("Invalid norm order for matrices.")
    n = ops.aval(x).ndim
    if axes != (n - 2, n - 1):
        x = ops.moveaxis(x, axes, (-2, -1))
    values = ops.singular_values(x)
    how = {2: "max", -2: "min", "nuc": "sum"}[ord]
    result = ops.apply(how, values, axis=(-1,), keepdims=False)
    return ops.expand_dims(result, axes) if keep else result


def _vector_norm(ops: Ops, x: Any, ord: Any, axes: tuple[int, ...], keep: bool) -> Any:
    if ord == 2:
        return ops.norm(x, axis=axes, keepdims=keep)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order {ord!r} for vectors")
    if ord == 0:
        # How many are not zero: a step, with derivative zero.
        nonzero = ops.cast(ops.ne(x, 0), dtype=ops.aval(x).dtype)
        return ops.sum(nonzero, axis=axes, keepdims=keep)
    size = ops.abs(x)
    if ord in (np.inf, -np.inf):
        return ops.apply("max" if ord > 0 else "min", size, axis=axes, keepdims=keep)
    if ord == 1:
        return ops.sum(size, axis=axes, keepdims=keep)
    total = ops.sum(ops.pow(size, ord), axis=axes, keepdims=keep)
    return ops.pow(total, ops.div(1.0, ord))


def _flat_norm(
    ops: Ops, x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2
) -> Any:
    if is_complex(ops.aval(x)):
        x = ops.complex_abs(x)
    n = ops.aval(x).ndim
    axes = tuple(range(n)) if axis is None else tuple(a % n for a in axes_of(axis) or ())
    if len(axes) < 2:
        return _vector_norm(ops, x, ord, axes, keeps(keepdims)) if axes else ops.abs(x)
    # Of several axes the elements make one vector.
    shape = ops.aval(x).shape
    stay = tuple(k for k in range(n) if k not in axes)
    rest = tuple(shape[k] for k in stay)
    size = math.prod(shape[k] for k in axes)
    flat = ops.reshape(ops.transpose(x, axes=(*stay, *axes)), shape=(*rest, size))
    result = _vector_norm(ops, flat, ord, (len(rest),), False)
    kept = tuple(1 if k in axes else shape[k] for k in range(n))
    return ops.reshape(result, shape=kept) if keeps(keepdims) else result


lowered(
    "linalg_norm",
    _linalg_norm,
    (
        "numpy.linalg.norm",
        "torch.norm",
        "torch.linalg.norm",
        "jax.numpy.linalg.norm",
        ".norm",
    ),
    draw(
        (((4,),), {}),
        (((2, 3),), {}),
        (((2, 3), 2), {"axis": 1}),
        *[(((4,), ord), {}) for ord in (1, 3, np.inf, -np.inf, -1.5, 0)],
        *[(((2, 3), ord), {}) for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)],
        (((2, 3), -1), {"axis": (1, 0)}),
        (((2, 3), 1), {"keepdims": True}),
        (((3, 2, 3), 2), {"axis": (0, 2), "keepdims": True}),
        (((3, 2, 3), "nuc"), {"axis": (2, 1)}),
        ((-2.5,), {}),
    ),
    free=("ord", "more"),
)


def _scipy_norm(
    ops: Ops,
    a: Any,
    ord: Any = None,
    axis: Any = None,
    keepdims: Any = False,
    check_finite: Any = True,
) -> Any:
    """SciPy's norms of vectors, and Frobenius', by BLAS, which scales before it squares."""
    whole = ops.aval(a).ndim == 1 and ord in (None, 2)
    whole = whole or (ops.aval(a).ndim == 2 and ord in (None, "fro"))
    if axis is not None or not whole or is_complex(ops.aval(a)):
        return _linalg_norm(ops, a, ord, axis, keepdims)
    return ops.norm(a, axis=None, keepdims=keeps(keepdims), scaled=True)


lowered(
    "scipy_norm",
    _scipy_norm,
    ("scipy.linalg.norm",),
    draw((((4,),), {}), (((2, 3),), {}), (((2, 3), 2), {"axis": 1}), (((2, 3), "nuc"), {})),
    "a",
    free=("ord",),
)
_JAX = ("numpy.linalg.", "jax.numpy.linalg.")
lowered(
    "vector_norm",
    _flat_norm,
    tuple(f"{m}vector_norm" for m in _JAX),
    draw((((2, 3),), {}), (((2, 3),), {"axis": 1, "ord": 3, "keepdims": True})),
)
lowered(
    "matrix_norm",
    lambda ops, x, /, *, keepdims=False, ord="fro": _matrix_norm(
        ops, x, ord, (ops.aval(x).ndim - 2, ops.aval(x).ndim - 1), keeps(keepdims)
    ),
    tuple(f"{m}matrix_norm" for m in _JAX),
    draw((((2, 3),), {}), (((2, 2, 3),), {"ord": "nuc", "keepdims": True})),
)


def _cond(ops: Ops, x: Any, p: Any = None) -> Any:
    if p is None or p in (2, -2):
        s = ops.singular_values(x)
        first, last = ops.getitem(s, index=("...", 0)), ops.getitem(s, index=("...", -1))
        return ops.div(last, first) if p == -2 else ops.div(first, last)
    n = ops.aval(x).ndim
    axes = (n - 2, n - 1)
    inverse = ops.inv(x)
    return ops.mul(_matrix_norm(ops, x, p, axes, False), _matrix_norm(ops, inverse, p, axes, False))


lowered(
    "cond",
    _cond,
    tuple(f"{m}cond" for m in _JAX),
    draw((((3, 3),), {}), (((2, 3, 3), -2), {}), (((3, 3), "fro"), {}), (((3, 3), 1), {})),
)
