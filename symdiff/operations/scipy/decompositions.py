"""Entries for SciPy's matrix decompositions: the rules of NumPy's, the values of SciPy.

The signs of eigenvectors and of columns are LAPACK's choice, and SciPy may call another LAPACK
than NumPy does; so values come from SciPy, and only the rules are shared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..linalg import leastsquares, singular, spectral  # noqa: F401  # their rules are taken over here
from ..linalg.square_matrices import scipy_linalg
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered
from ..table.signatures import refuse

_FLAGS = {
    "overwrite_a": False,
    "overwrite_b": False,
    "check_finite": True,
    "lwork": None,
    "turbo": True,
    "driver": None,
    "type": 1,
    "lapack_driver": "gesdd",
    "subset_by_index": None,
    "subset_by_value": None,
}


def _eigh_value(a: Any) -> Any:
    w, v = scipy_linalg().eigh(a)
    return np.concatenate([w[None, :], v])


def _svd_value(a: Any) -> Any:
    u, s, vt = scipy_linalg().svd(a, full_matrices=False)
    return np.concatenate([s[None, :], u, vt.T])


def _qr_value(a: Any) -> Any:
    return np.concatenate(scipy_linalg().qr(a, mode="economic"))


def _spread(rng: Any) -> Any:
    """Two rows: of three, the signs of LAPACK's vectors change with the last digits of a matrix."""
    x = rng.normal(size=(2, 2))
    return [((x + np.diag([0.0, 6.0]),), {})]


def _with_values_of_scipy(name: str, numpy: Any, samples: Any) -> None:
    entry = TABLE.entries[name]
    assert isinstance(entry, StructuralEntry)
    TABLE.add(replace(entry, name=f"scipy_{name}", names=(), numpy=numpy, samples=samples))


_with_values_of_scipy("eigh_factors", _eigh_value, _spread)
_with_values_of_scipy("svd_factors", _svd_value, draw((((3, 3),), {}), (((4, 2),), {})))
_with_values_of_scipy("qr_factors", _qr_value, draw((((3, 3),), {}), (((4, 2),), {})))


def _part(ops: Ops, packed: Any, start: int, stop: int | None) -> Any:
    return ops.getitem(packed, index=(("slice", start, stop, None),))


def _matrix(ops: Ops, name: str, a: Any) -> tuple[int, int]:
    shape = ops.aval(a).shape
    if len(shape) != 2:
        raise UnsupportedError(f"`scipy.linalg.{name}` of shape {shape} is not supported")
    return shape


def _signs(a: Any, b: Any, v: Any) -> Any:
    """The signs that make SciPy's eigenvectors of two matrices from those of their reduction."""
    theirs = scipy_linalg().eigh(a, b)[1]
    return np.where(np.sum(v * theirs, axis=0) < 0, -1.0, 1.0).astype(v.dtype)


TABLE.add(
    StructuralEntry(
        name="eigenvector_signs",
        numpy=_signs,
        infer=lambda a, b, v: Aval.of((v.shape[1],), v.dtype),
        pullback=lambda ops, ct, result, a, b, v: (None, None, None),
        pushforward=lambda ops, tangents, result, a, b, v: None,
        samples=lambda rng: [((np.diag([1.0, 2.0]), np.eye(2), np.eye(2)), {})],
    )
)


def _eigh(
    ops: Ops, a: Any, b: Any = None, lower: Any = True, eigvals_only: Any = False, **more: Any
) -> Any:
    refuse("eigh", more, _FLAGS)
    _matrix(ops, "eigh", a)
    if not ops.known(lower):  # only the triangle that is named is read
        a = ops.transpose(a, axes=None)
        b = None if b is None else ops.transpose(b, axes=None)
    factor, given = None, a
    if b is not None:  # `b = l @ l.T` makes it a problem of one matrix
        factor = ops.cholesky(b)
        half = ops.tril(a, -1)
        whole = ops.add(ops.tril(a), ops.transpose(half, axes=None))
        left = ops.solve_triangular(factor, whole, trans=0, lower=True, unit=False)
        left = ops.transpose(left, axes=None)
        a = ops.solve_triangular(factor, left, trans=0, lower=True, unit=False)
    if eigvals_only:
        return ops.eigh_values(a)
    packed = ops.scipy_eigh_factors(a)
    vectors = _part(ops, packed, 1, None)
    if factor is not None:
        vectors = ops.solve_triangular(factor, vectors, trans=1, lower=True, unit=False)
        vectors = ops.mul(vectors, ops.eigenvector_signs(given, b, vectors))
    return ops.getitem(packed, index=(0,)), vectors


def _general(rng: Any, n: int = 3) -> Any:
    x, y = 0.3 * rng.normal(size=(n, n)), 0.3 * rng.normal(size=(n, n))
    a, b = x + x.T + np.diag([1.0, 4.0, 9.0][:n]), y @ y.T + 2.0 * np.eye(n)
    return [((a, b), {}), ((a,), {"lower": False})]


def _svd(ops: Ops, a: Any, full_matrices: Any = True, compute_uv: Any = True, **more: Any) -> Any:
    refuse("svd", more, _FLAGS)
    m, n = _matrix(ops, "svd", a)
    if not compute_uv:
        return ops.singular_values(a)
    if full_matrices and m != n:
        raise UnsupportedError(
            "`svd` of a matrix that is not square with full_matrices=True is not supported",
            why="the extra vectors are not a function of the matrix",
            remedy="pass full_matrices=False, or compute_uv=False for the singular values",
        )
    packed = ops.scipy_svd_factors(a)
    u, v = _part(ops, packed, 1, m + 1), _part(ops, packed, m + 1, None)
    return u, ops.getitem(packed, index=(0,)), ops.transpose(v, axes=None)


def _qr(ops: Ops, a: Any, mode: Any = "full", pivoting: Any = False, **more: Any) -> Any:
    refuse("qr", {"pivoting": pivoting, **more}, {"pivoting": False, **_FLAGS})
    m, n = _matrix(ops, "qr", a)
    if mode not in ("full", "r", "economic") or (mode == "full" and m > n):
        raise UnsupportedError(
            f"`qr` of shape {(m, n)} with mode={mode!r} is not supported",
            why="the extra columns are not a function of the matrix" if mode == "full" else "",
            remedy="use mode='economic' or 'r'",
        )
    every = ("slice", None, None, None)
    first = ops.getitem(a, index=(every, ("slice", 0, m, None))) if n > m else a
    packed = ops.scipy_qr_factors(first)
    q, r = _part(ops, packed, 0, m), _part(ops, packed, m, None)
    if n > m:
        rest = ops.getitem(a, index=(every, ("slice", m, n, None)))
        r = ops.concatenate(r, ops.matmul(ops.transpose(q, axes=None), rest), axis=1)
    if mode != "r":
        return q, r
    if m > n:  # SciPy keeps the rows of zeros
        r = ops.concatenate(r, np.zeros((m - n, n), ops.aval(r).dtype), axis=0)
    return (r,)


lowered(
    "scipy_eigh",
    _eigh,
    ("scipy.linalg.eigh",),
    lambda rng: [*_spread(rng), *_general(rng, 2)],
    "a",
    "b",
)
lowered(
    "scipy_eigvalsh",
    lambda ops, a, b=None, lower=True, **more: _eigh(ops, a, b, lower, True, **more),
    ("scipy.linalg.eigvalsh",),
    _general,
    "a",
    "b",
)
lowered(
    "scipy_svd",
    _svd,
    ("scipy.linalg.svd",),
    draw((((3, 3),), {}), (((4, 2), False), {}), (((2, 3),), {"compute_uv": False})),
    "a",
)
lowered(
    "scipy_qr",
    _qr,
    ("scipy.linalg.qr",),
    draw((((3, 3),), {}), (((4, 2),), {"mode": "economic"}), (((2, 4),), {})),
    "a",
)
lowered(
    "scipy_pinv",
    lambda ops, a: ops.pinv(a),
    ("scipy.linalg.pinv",),
    draw((((3, 3),), {}), (((4, 2),), {})),
    "a",
)
