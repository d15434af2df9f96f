"""Entries for roots of polynomials and eigenvalues of real arrays, which may be complex numbers.

Whether they are is a decision on the values: NumPy gives real numbers where all are real. Single
roots and eigenvalues are analytic functions of the coefficients, and what a real array gets of a
cotangent is its real part.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..numbers.complexes import is_complex
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import lowered, numpy_and_jax
from .matrices import square, turned
from .spectral import diagonal_matrix, off_diagonal, on_diagonal, row, rows


def _of_reals(ops: Ops, ct: Any, a: Any) -> Any:
    """A cotangent of `a`, from one of complex numbers."""
    return ct if is_complex(ops.aval(a)) or not is_complex(ops.aval(ct)) else ops.real(ct)


def _decision(name: str, value: Any, samples: Any) -> None:
    """Enter a whole number that what follows is decided by."""
    TABLE.add(
        StructuralEntry(
            name=name,
            numpy=value,
            infer=lambda x: Aval.of((), "int64"),
            pullback=lambda ops, ct, result, x: (None,),
            pushforward=lambda ops, tangents, result, x: None,
            samples=samples,
        )
    )


# -- roots of a polynomial: by the implicit function, dr = -dp(r)/p'(r)


def _roots_kind(p: Any) -> Any:
    """Twice the number of roots, and one if they are complex."""
    roots = np.roots(p)
    return np.int64(2 * len(roots) + np.iscomplexobj(roots))


def _slope(ops: Ops, p: Any, roots: Any) -> Any:
    return ops.polyval(ops.polyder(p), roots)


def _roots_pullback(ops: Ops, ct: Any, result: Any, p: Any, **kind: Any) -> tuple[Any]:
    weights = ops.div(ct, _slope(ops, p, result))
    moved = ops.matmul(weights, ops.vander(result, ops.aval(p).size))
    return (ops.neg(_of_reals(ops, moved, p)),)


def _roots_pushforward(ops: Ops, tangents: Any, result: Any, p: Any, **kind: Any) -> Any:
    return ops.neg(ops.div(ops.polyval(tangents[0], result), _slope(ops, p, result)))


def _roots_dtype(p: Aval, are_complex: bool) -> str:
    dtype = np.dtype(p.dtype if p.is_inexact else "float64")
    return np.result_type(dtype, np.complex64).name if are_complex else dtype.name


def _three_roots(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [((np.array([1.0, -0.5, -4.0, 1.0]),), {})]


TABLE.add(
    StructuralEntry(
        name="roots_of",
        numpy=lambda p, *, count, are_complex: np.roots(p).astype(
            np.result_type(p, np.complex64 if are_complex else np.float32)
        ),
        infer=lambda p, *, count, are_complex: Aval.of((count,), _roots_dtype(p, are_complex)),
        pullback=_roots_pullback,
        pushforward=_roots_pushforward,
        describe=lambda o, p: f"roots({o[0]})",
        source="DLMF 1.5.6",
    )
)
_decision("roots_kind", _roots_kind, _three_roots)


def _roots(ops: Ops, p: Any) -> Any:
    kind = int(ops.known(ops.roots_kind(p)))
    return ops.roots_of(p, count=kind // 2, are_complex=bool(kind % 2))


lowered("roots", _roots, numpy_and_jax("roots"), _three_roots, "p")


# -- eigenvalues


def _eig_value(a: Any) -> Any:
    w, v = np.linalg.eig(a)
    return np.concatenate([w[..., None, :], v], axis=-2).astype(np.result_type(a, np.complex64))


def _eig_infer(a: Aval) -> Aval:
    whole = square("eig", a)
    dtype = np.result_type(np.dtype(whole.dtype), np.complex64).name
    return Aval.of((*a.shape[:-2], a.shape[-1] + 1, a.shape[-1]), dtype)


def _turns(ops: Ops, moved: Any, w: Any) -> Any:
    """Entries over the differences of eigenvalues; 0 where there is nothing to divide."""
    shape = ops.aval(w).shape
    gap = ops.sub(
        ops.reshape(w, shape=(*shape[:-1], 1, shape[-1])), ops.reshape(w, shape=(*shape, 1))
    )
    moved = off_diagonal(ops, moved)
    nothing = ops.eq(moved, 0.0)
    return ops.where(nothing, 0.0, ops.div(moved, ops.where(nothing, 1.0, gap)))


def _eig_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    w, v = row(ops, result, 0), rows(ops, result, 1, None)
    w_bar, v_bar = row(ops, ct, 0), rows(ops, ct, 1, None)
    vt = turned(ops, v)
    inner = ops.add(diagonal_matrix(ops, w_bar), _turns(ops, ops.matmul(vt, v_bar), w))
    return (_of_reals(ops, ops.solve(vt, ops.matmul(inner, vt)), a),)


def _eig_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    w, v = row(ops, result, 0), rows(ops, result, 1, None)
    moved = ops.solve(v, ops.matmul(tangents[0], v))
    change = ops.matmul(v, _turns(ops, moved, w))
    return ops.concatenate(ops.expand_dims(on_diagonal(ops, moved), -2), change, axis=-2)


def _no_phase(*args: Any, **kwargs: Any) -> Any:
    raise UnsupportedError(
        "the derivative of complex eigenvectors is not supported",
        why="a complex vector of length one is only known up to a phase",
        remedy="differentiate a function of the eigenvalues alone, or of real ones",
    )


TABLE.add(
    StructuralEntry(
        name="complex_eig",
        numpy=_eig_value,
        infer=_eig_infer,
        pullback=_eig_pullback,
        pushforward=_eig_pushforward,
        source="Giles, Collected matrix derivative results, 2008, 3.1",
    )
)
TABLE.add(
    StructuralEntry(
        name="phased",
        numpy=lambda v: np.array(v),
        infer=lambda v: v,
        pullback=_no_phase,
        pushforward=lambda ops, tangents, result, v: ops.mul(tangents[0], math.nan),
        describe=lambda o, p: o[0],
    )
)


def _with_real_values(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    v = np.eye(3) + 0.2 * rng.normal(size=(3, 3))
    return [((v @ np.diag([1.0, 2.5, -1.0]) @ np.linalg.inv(v),), {})]


_REAL, _COMPLEX, _COMPLEX_BY_TYPE = 0, 1, 2


def _eigenvalues_kind(a: Any) -> Any:
    """Whether eigenvalues are complex, or only of a complex type, as NumPy 2.5 has all of them."""
    w = np.linalg.eigvals(a)
    if not np.iscomplexobj(w):
        return np.int64(_REAL)
    return np.int64(_COMPLEX if np.any(w.imag) else _COMPLEX_BY_TYPE)


_decision("eigenvalues_kind", _eigenvalues_kind, _with_real_values)


def eigenvalues_and_vectors(ops: Ops, a: Any) -> tuple[Any, Any, bool]:
    """Both, complex only where they must be, and whether NumPy gives complex ones all the same."""
    kind = int(ops.known(ops.eigenvalues_kind(a)))
    if kind == _COMPLEX:
        packed = ops.complex_eig(a)
        return row(ops, packed, 0), ops.phased(rows(ops, packed, 1, None)), False
    packed = ops.eig_factors(a)
    return row(ops, packed, 0), rows(ops, packed, 1, None), kind == _COMPLEX_BY_TYPE


def _eig(ops: Ops, a: Any) -> tuple[Any, Any]:
    w, v, by_type = eigenvalues_and_vectors(ops, a)
    if by_type:
        return ops.complex_of(w, ops.zeros_like(w)), ops.complex_of(v, ops.zeros_like(v))
    return w, v


_LINALG = ("numpy.linalg.", "jax.numpy.linalg.")
lowered("eig", _eig, [f"{m}eig" for m in _LINALG], _with_real_values, "a")
lowered(
    "eigvals",
    lambda ops, a: _eig(ops, a)[0],
    [f"{m}eigvals" for m in _LINALG],
    _with_real_values,
    "a",
)
