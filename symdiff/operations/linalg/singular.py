"""Singular values and vectors.

As with eigenvalues: where two singular values are equal, or one is zero, what depends on single
vectors gets NaN, never a made-up number. A singular value of zero is a kink, like `abs` at 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered
from .matrices import turned
from .spectral import (
    calls,
    chain,
    diagonal_matrix,
    gaps,
    off_diagonal,
    on_diagonal,
    pack,
    quotient,
    row,
    rows,
    times_row,
)


def _svd_value(a: Any) -> Any:
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return pack(s[..., None, :], u, np.swapaxes(vt, -1, -2))


def _svd_infer(a: Aval) -> Aval:
    m, n = a.shape[-2:]
    dtype = a.dtype if a.is_inexact else "float64"
    return Aval.of((*a.shape[:-2], 1 + m + n, min(m, n)), dtype)


def _factors(ops: Ops, packed: Any, m: int) -> tuple[Any, Any, Any]:
    return (
        rows(ops, packed, 1, m + 1),
        row(ops, packed, 0),
        rows(ops, packed, m + 1, None),
    )


def _outside(ops: Ops, u: Any, x: Any) -> Any:
    """What of x is orthogonal to the columns of u; zero for a square u."""
    rows, columns = ops.aval(u).shape[-2:]
    if rows == columns:
        return None
    return ops.sub(x, chain(ops, u, turned(ops, u), x))


def _over_columns(ops: Ops, x: Any, s: Any) -> Any:
    shape = ops.aval(s).shape
    gap = ops.broadcast_to(
        ops.reshape(s, shape=(*shape[:-1], 1, shape[-1])), shape=ops.aval(x).shape
    )
    return quotient(ops, x, gap)


def _squares(ops: Ops, s: Any) -> Any:
    """The gaps of the squares, where equal is judged by the values themselves."""
    sums = ops.add(ops.expand_dims(s, -1), ops.expand_dims(s, -2))
    n = ops.aval(s).shape[-1]
    return ops.mul(gaps(ops, s, s), ops.where(np.eye(n, dtype=bool), 1.0, sums))


def _svd_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    m = ops.aval(a).shape[-2]
    u, s, v = _factors(ops, result, m)
    u_bar, s_bar, v_bar = _factors(ops, ct, m)
    gaps = _squares(ops, s)

    def turn(x: Any, x_bar: Any) -> Any:
        inner = ops.matmul(turned(ops, x), x_bar)
        return quotient(ops, ops.sub(inner, turned(ops, inner)), gaps)

    middle = times_row(ops, turn(u, u_bar), s)
    middle = ops.add(middle, turned(ops, times_row(ops, turned(ops, turn(v, v_bar)), s)))
    middle = ops.add(middle, diagonal_matrix(ops, s_bar))
    a_bar = chain(ops, u, middle, turned(ops, v))
    u_rest, v_rest = _outside(ops, u, u_bar), _outside(ops, v, v_bar)
    if u_rest is not None:
        a_bar = ops.add(a_bar, ops.matmul(_over_columns(ops, u_rest, s), turned(ops, v)))
    if v_rest is not None:
        a_bar = ops.add(a_bar, ops.matmul(u, turned(ops, _over_columns(ops, v_rest, s))))
    return (a_bar,)


def _svd_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    m = ops.aval(a).shape[-2]
    u, s, v = _factors(ops, result, m)
    da = tangents[0]
    moved = chain(ops, turned(ops, u), da, v)
    back = turned(ops, moved)
    gaps = _squares(ops, s)
    right, left = times_row(ops, moved, s), turned(ops, times_row(ops, back, s))
    # left is S @ moved, right is moved @ S.
    u_turn = quotient(ops, ops.add(right, turned(ops, right)), gaps)
    v_turn = quotient(ops, ops.add(left, turned(ops, left)), gaps)
    du = ops.matmul(u, off_diagonal(ops, u_turn))
    dv = ops.matmul(v, off_diagonal(ops, v_turn))
    u_rest = _outside(ops, u, ops.matmul(da, v))
    v_rest = _outside(ops, v, ops.matmul(turned(ops, da), u))
    if u_rest is not None:
        du = ops.add(du, _over_columns(ops, u_rest, s))
    if v_rest is not None:
        dv = ops.add(dv, _over_columns(ops, v_rest, s))
    return ops.concatenate(ops.expand_dims(on_diagonal(ops, moved), -2), du, dv, axis=-2)


TABLE.add(
    StructuralEntry(
        name="svd_factors",
        numpy=_svd_value,
        infer=_svd_infer,
        pullback=_svd_pullback,
        pushforward=_svd_pushforward,
        samples=draw((((3, 3),), {}), (((4, 2),), {}), (((2, 4),), {}), (((2, 3, 2),), {})),
        source="Giles 2008, 3.2; Townsend, Differentiating the singular value decomposition, 2016",
    )
)


def _counted_cotangent(ops: Ops, ct: Any, s: Any) -> Any:
    """A singular value of zero is a kink, like `abs` at 0: derivative zero.

    Where the cotangent is zero there by itself, as that of `s**2`, there is no kink, and the zero
    moves as the cotangent does; any other zero is a choice, which is not differentiated.
    """
    largest = ops.apply("max", ops.detach(s), axis=(-1,), keepdims=True)
    n = ops.aval(s).shape[-1]
    tiny = ops.mul(largest, n * float(np.finfo(ops.aval(s).dtype).eps))
    chosen = ops.unless_zero(ops.sub(s, ops.detach(s)))
    moving = ops.sub(ct, ops.detach(ct))  # a zero that moves
    return ops.where(ops.le(s, tiny), ops.where(_about_zero(ops, ct, tiny), moving, chosen), ct)


def _about_zero(ops: Ops, ct: Any, tiny: Any) -> Any:
    """Whether a cotangent is zero, or as small as the singular values that count as zero."""
    largest = ops.apply("max", ops.abs(ops.detach(ct)), axis=(-1,), keepdims=True)
    n, eps = ops.aval(ct).shape[-1], float(np.finfo(ops.aval(ct).dtype).eps)
    return ops.le(ops.abs(ops.detach(ct)), ops.mul(largest, 4 * n * eps))


def _singular_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    u, _, v = _factors(ops, ops.svd_factors(a), ops.aval(a).shape[-2])
    scaled = times_row(ops, u, _counted_cotangent(ops, ct, result))
    return (ops.matmul(scaled, turned(ops, v)),)


def _singular_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    u, _, v = _factors(ops, ops.svd_factors(a), ops.aval(a).shape[-2])
    moved = on_diagonal(ops, chain(ops, turned(ops, u), tangents[0], v))
    return _counted_cotangent(ops, moved, result)


TABLE.add(
    StructuralEntry(
        name="singular_values",
        numpy=lambda a: np.linalg.svd(a, compute_uv=False),
        infer=lambda a: Aval.of((*a.shape[:-2], min(a.shape[-2:])), _svd_infer(a).dtype),
        pullback=_singular_pullback,
        pushforward=_singular_pushforward,
        samples=draw((((3, 3),), {}), (((4, 2),), {}), (((2, 2, 3),), {})),
    )
)


# -- the vectors that fill up a full basis: any will do, so a matrix does not say how they move


def _extra(a: Any, *, of: str) -> Any:
    m, n = np.shape(a)[-2:]
    if of == "q":
        return np.linalg.qr(a, mode="complete")[0][..., n:]
    u, _, vt = np.linalg.svd(a)
    return u[..., n:] if of == "u" else np.swapaxes(vt, -1, -2)[..., m:]


def _extra_infer(a: Aval, *, of: str) -> Aval:
    size, less = a.shape[-2:] if of != "v" else a.shape[-2:][::-1]
    return Aval.of((*a.shape[:-2], size, size - less), _svd_infer(a).dtype)


def _unless_zero(ops: Ops, moved: Any, like: Any) -> Any:
    """NaN in the shape of `like`, unless nothing moves."""
    nothing = ops.where(ops.eq(moved, 0.0), 0.0, np.nan)
    total = ops.sum(nothing, axis=None, keepdims=False)
    aval = ops.aval(like)
    return ops.cast(ops.broadcast_to(total, shape=aval.shape), dtype=aval.dtype)


TABLE.add(
    StructuralEntry(
        name="extra_vectors",
        numpy=_extra,
        infer=_extra_infer,
        pullback=lambda ops, ct, result, a, *, of: (_unless_zero(ops, ct, a),),
        pushforward=lambda ops, tangents, result, a, *, of: _unless_zero(ops, tangents[0], result),
    )
)


def _svd(
    ops: Ops, a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False
) -> Any:
    if not compute_uv:
        return ops.singular_values(a)
    m, n = ops.aval(a).shape[-2:]
    u, s, v = _factors(ops, ops.svd_factors(a), m)
    if full_matrices and m > n:
        u = ops.concatenate(u, ops.extra_vectors(a, of="u"), axis=-1)
    elif full_matrices and m < n:
        v = ops.concatenate(v, ops.extra_vectors(a, of="v"), axis=-1)
    return u, s, turned(ops, v)


lowered(
    "svd",
    _svd,
    calls("svd"),
    draw((((3, 3),), {}), (((4, 2), False), {}), (((2, 3),), {"compute_uv": False})),
    "a",
)
lowered(
    "svdvals",
    lambda ops, x, /: ops.singular_values(x),
    calls("svdvals", "scipy.linalg.svdvals", "torch.linalg.svdvals"),
    draw((((3, 2),), {})),
)
