"""Entries for SciPy's matrix decompositions: the rules of NumPy's, the values of SciPy.

The signs of eigenvectors and of columns are LAPACK's choice, and SciPy may call another LAPACK
than NumPy does; so values come from SciPy, and only the rules are shared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from . import leastsquares, spectral  # noqa: F401  # their rules are taken over here
from .entry import TABLE, Ops, StructuralEntry
from .lowering import draw, lowered
from .signatures import refuse

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


def _scipy_linalg() -> Any:
    import scipy.linalg

    return scipy.linalg


def _eigh_value(a: Any) -> Any:
    w, v = _scipy_linalg().eigh(a)
    return np.concatenate([w[None, :], v])


def _svd_value(a: Any) -> Any:
    u, s, vt = _scipy_linalg().svd(a, full_matrices=False)
    return np.concatenate([s[None, :], u, vt.T])


def _qr_value(a: Any) -> Any:
    return np.concatenate(_scipy_linalg().qr(a, mode="economic"))


def _spread(rng: Any) -> Any:
    x = rng.normal(size=(3, 3))
    return [((x + np.diag([0.0, 4.0, 9.0]),), {})]


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


def _eigh(
    ops: Ops, a: Any, b: Any = None, lower: Any = True, eigvals_only: Any = False, **more: Any
) -> Any:
    refuse("eigh", {"b": b, "lower": lower, **more}, {"b": None, "lower": True, **_FLAGS})
    _matrix(ops, "eigh", a)
    if eigvals_only:
        return ops.eigh_values(a)
    packed = ops.scipy_eigh_factors(a)
    return ops.getitem(packed, index=(0,)), _part(ops, packed, 1, None)


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
    "scipy_eigh", _eigh, ("scipy.linalg.eigh",), _spread, "a", free=("b", "lower", "eigvals_only")
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
