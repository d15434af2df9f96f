"""Determinants. A determinant is a polynomial, so it has derivatives of every order everywhere.

They are computed by the singular value decomposition, in which nothing is divided: between the
singular vectors the matrix is diagonal, and a derivative of the determinant of a diagonal matrix is
a sum of products of the values left over. So a matrix of any rank has them, as exact as its values.
"""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from .matrices import linalg_names, square, well_posed


def _rotated(a: Any) -> tuple[Any, Any, Any, Any]:
    """`u`, `s`, `vt` of the singular value decomposition, and the determinant of `u @ vt`."""
    u, s, vt = np.linalg.svd(a)
    return u, s, vt, np.round(np.linalg.det(u) * np.linalg.det(vt))


def _others(s: Any) -> Any:
    """For each value the product of all others, along the last axis."""
    one = np.ones((*s.shape[:-1], 1), s.dtype)
    before = np.cumprod(np.concatenate([one, s[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before * after


def _others_of_two(s: Any) -> Any:
    """For each pair of values the product of all others; on the diagonal 0."""
    n = s.shape[-1]
    # Row i: the values with 1 in the place of the i-th.
    rows = np.where(np.eye(n, dtype=bool), 1, s[..., None, :])
    return np.where(np.eye(n, dtype=bool), 0, _others(rows))


def _diagonal_slope(s: Any, e: Any) -> Any:
    """How the cofactors of `diag(s)` move along a matrix `e`."""
    pairs = _others_of_two(s)
    moved = -np.swapaxes(e, -1, -2) * pairs
    along = np.diagonal(e, axis1=-2, axis2=-1)
    kept = (pairs @ along[..., None])[..., 0]
    return moved + kept[..., None] * np.eye(s.shape[-1], dtype=s.dtype)


def _of_some_rows(s: Any, directions: list[Any]) -> Any:
    """How the cofactors of `diag(s)` move along several matrices, by the rows each one gives.

    The term that is linear in each of k matrices and in the gradient's own takes k + 1 rows and
    columns from them, in all orders, and the product of the values of the rest.
    """
    n, size = s.shape[-1], len(directions) + 1
    out = np.zeros((n, n), s.dtype)
    for places in combinations(range(n), size):
        rest = np.prod(np.delete(s, places))
        if rest == 0:
            continue
        at = np.array(places)
        parts = [e[np.ix_(at, at)] for e in directions]
        for order in permutations(range(size)):
            # Row order[0] belongs to the gradient: its cofactors; the others to the matrices.
            row = order[0]
            whole = np.zeros((size, size), s.dtype)
            for part, k in zip(parts, order[1:], strict=True):
                whole[k] = part[k]
            for column in range(size):
                minor = np.delete(np.delete(whole, row, 0), column, 1)
                sign = -1.0 if (row + column) % 2 else 1.0
                out[at[row], at[column]] += sign * rest * np.linalg.det(minor)
    return out


def _slope(a: Any, *directions: Any) -> Any:
    """The gradient of the determinant, differentiated along some matrices.

    Of none it is the matrix of cofactors, `det(a) * inv(a).T` where that exists.
    """
    a = np.asarray(a)
    if not a.size:
        return np.zeros(a.shape, a.dtype)
    u, s, vt, sign = _rotated(a)
    inside = [np.swapaxes(u, -1, -2) @ e @ np.swapaxes(vt, -1, -2) for e in directions]
    if not directions:
        middle = _others(s)[..., None, :] * np.eye(s.shape[-1], dtype=s.dtype)
    elif len(directions) == 1:
        middle = _diagonal_slope(s, inside[0])
    else:
        middle = np.empty(a.shape, s.dtype)
        for at in np.ndindex(a.shape[:-2]):
            middle[at] = _of_some_rows(s[at], [e[at] for e in inside])
    whole = sign[..., None, None] * (u @ middle @ vt)
    return whole.astype(a.dtype, copy=False)


def _scalar(ops: Ops, x: Any) -> Any:
    """One number a matrix, so that it multiplies the matrix."""
    shape = ops.aval(x).shape
    return ops.reshape(x, shape=(*shape, 1, 1)) if shape else x


def _dotted(ops: Ops, x: Any, y: Any) -> Any:
    return ops.sum(ops.mul(x, y), axis=(-2, -1), keepdims=False)


def _slope_pullback(ops: Ops, ct: Any, result: Any, a: Any, *directions: Any) -> tuple[Any, ...]:
    # A derivative of order k + 2 is symmetric in its k + 2 matrices.
    parts = [
        ops.det_slope(a, *directions[:k], ct, *directions[k + 1 :]) for k in range(len(directions))
    ]
    return (ops.det_slope(a, *directions, ct), *parts)


def _slope_pushforward(ops: Ops, tangents: Any, result: Any, a: Any, *directions: Any) -> Any:
    total = None
    for k, tangent in enumerate(tangents):
        if tangent is None:
            continue
        if k == 0:
            moved = ops.det_slope(a, *directions, tangent)
        else:
            moved = ops.det_slope(a, *directions[: k - 1], tangent, *directions[k:])
        total = moved if total is None else ops.add(total, moved)
    return total


def _samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    flat = rng.normal(size=(3, 1)) * rng.normal(size=3)
    return [
        ((well_posed(rng),), {}),
        ((well_posed(rng, 2),), {}),
        ((flat,), {}),
        ((flat + np.outer([1.0, 2.0, -1.0], [0.5, 0.0, 1.0]),), {}),
        ((np.zeros((2, 2)),), {}),
    ]


TABLE.add(
    StructuralEntry(
        name="det_slope",
        numpy=_slope,
        infer=lambda a, *directions: square("det", a),
        pullback=_slope_pullback,
        pushforward=_slope_pushforward,
        samples=lambda rng: [
            *_samples(rng),
            *[((*args, rng.normal(size=args[0].shape)), {}) for args, _ in _samples(rng)],
            ((well_posed(rng), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))), {}),
        ],
        source="Magnus and Neudecker, Matrix Differential Calculus, 8.3; expansion by minors",
    )
)
TABLE.add(
    StructuralEntry(
        name="det",
        names=linalg_names("det"),
        numpy=lambda a: np.linalg.det(a),
        infer=lambda a: Aval.of(a.shape[:-2], square("det", a).dtype),
        pullback=lambda ops, ct, result, a: (ops.mul(_scalar(ops, ct), ops.det_slope(a)),),
        pushforward=lambda ops, tangents, result, a: _dotted(ops, ops.det_slope(a), tangents[0]),
        emit=lambda o, p: f"numpy.linalg.det({o[0]})",
        samples=_samples,
    )
)
