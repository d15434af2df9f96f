"""Factorizations with several results: `eigh`, `svd`, `qr`, `eig`; least squares, `pinv`.

A statement has one result, so the factors of one factorization are rows of one array, and reading
a factor is indexing: the matrix is factored once, and its rule sees all cotangents at once.

Where two eigenvalues (or singular values) are equal, the single vectors are not functions of the
matrix. What depends on the values alone has its derivative there (the cotangents of the vectors
are zero); what depends on the vectors inside the common space gets NaN, never a made-up number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import lowered, section
from .factorizations import lower_half, symmetric
from .matrices import square, turned, well_posed

_JAX = ("numpy.linalg.", "jax.numpy.linalg.")
_GAP = 8.0
"""Values closer than this many roundings, relative to the largest, count as equal."""


def calls(name: str, *also: str) -> tuple[str, ...]:
    """The names of a function of NumPy's and JAX's linear algebra."""
    return (*(f"{m}{name}" for m in _JAX), *also)


def quotient(ops: Ops, numerator: Any, gap: Any) -> Any:
    """`numerator/gap`; at a gap of zero, 0 for a numerator of zero and NaN for any other."""
    none = ops.eq(gap, 0.0)
    safe = ops.div(numerator, ops.where(none, 1.0, gap))
    return ops.where(none, ops.where(ops.eq(numerator, 0.0), 0.0, np.nan), safe)


def gaps(ops: Ops, w: Any, scale: Any) -> Any:
    """`w_j - w_i`, with 1 on the diagonal, and exactly 0 where two values count as equal."""
    shape, dtype = ops.aval(w).shape, ops.aval(w).dtype
    n = shape[-1]
    row = ops.reshape(w, shape=(*shape[:-1], 1, n))
    column = ops.reshape(w, shape=(*shape, 1))
    difference = ops.sub(row, column)
    tolerance = _GAP * n * float(np.finfo(dtype).eps)
    size = ops.apply("max", ops.abs(ops.detach(scale)), axis=(-1,), keepdims=True)
    size = ops.mul(ops.reshape(size, shape=(*shape[:-1], 1, 1)), tolerance)
    close = ops.le(ops.abs(difference), size)
    return ops.add(ops.where(close, 0.0, difference), np.eye(n, dtype=dtype))


def off_diagonal(ops: Ops, x: Any) -> Any:
    """The matrix with zeros on its diagonal."""
    n = ops.aval(x).shape[-1]
    return ops.where(np.eye(n, dtype=bool), 0.0, x)


def diagonal_matrix(ops: Ops, w: Any) -> Any:
    """A diagonal matrix for each row of values."""
    shape = ops.aval(w).shape
    n = shape[-1]
    spread = ops.broadcast_to(ops.reshape(w, shape=(*shape, 1)), shape=(*shape, n))
    return ops.where(np.eye(n, dtype=bool), spread, 0.0)


def row(ops: Ops, packed: Any, k: int) -> Any:
    """Row k of each matrix."""
    return ops.getitem(packed, index=("...", k, ("slice", None, None, None)))


def rows(ops: Ops, packed: Any, start: int, stop: int | None) -> Any:
    """Some rows of each matrix."""
    return section(ops, packed, ops.aval(packed).ndim - 2, start, stop)


def times_row(ops: Ops, x: Any, w: Any) -> Any:
    """Each column of x times one value: `x @ diag(w)`."""
    shape = ops.aval(w).shape
    return ops.mul(x, ops.reshape(w, shape=(*shape[:-1], 1, shape[-1])))


def chain(ops: Ops, *factors: Any) -> Any:
    """The product of several matrices."""
    product = factors[0]
    for factor in factors[1:]:
        product = ops.matmul(product, factor)
    return product


def on_diagonal(ops: Ops, x: Any) -> Any:
    """The diagonal of each matrix."""
    n = np.arange(min(ops.aval(x).shape[-2:]))
    return ops.getitem(x, n, n, index=("...", ("array", 0), ("array", 1)))


def pack(*parts: Any) -> Any:
    """Factors as rows of one array; a vector is one row."""
    return np.concatenate(parts, axis=-2)


# -- symmetric matrices: LAPACK reads one triangle, and so does the derivative


def _eigh_value(a: Any) -> Any:
    w, v = np.linalg.eigh(a)
    return pack(w[..., None, :], v)


def _eigh_infer(a: Aval) -> Aval:
    n = square("eigh", a).shape[-1]
    return Aval.of((*a.shape[:-2], n + 1, n), square("eigh", a).dtype)


def fold_triangle(ops: Ops, a: Any, a_bar: Any) -> Any:
    """The cotangent of the lower triangle that stands for a symmetric matrix."""
    return ops.mul(lower_half(ops.aval(a)), symmetric(ops, a_bar))


def unfold_triangle(ops: Ops, a: Any, tangent: Any) -> Any:
    """How a symmetric matrix moves with the lower triangle that stands for it."""
    return symmetric(ops, ops.mul(lower_half(ops.aval(a)), tangent))


def _eigh_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    w, v = row(ops, result, 0), rows(ops, result, 1, None)
    w_bar, v_bar = row(ops, ct, 0), rows(ops, ct, 1, None)
    turn = off_diagonal(ops, ops.matmul(turned(ops, v), v_bar))
    inner = ops.add(diagonal_matrix(ops, w_bar), quotient(ops, turn, gaps(ops, w, w)))
    return (fold_triangle(ops, a, chain(ops, v, inner, turned(ops, v))),)


def _eigh_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    w, v = row(ops, result, 0), rows(ops, result, 1, None)
    moved = chain(ops, turned(ops, v), unfold_triangle(ops, a, tangents[0]), v)
    turn = quotient(ops, off_diagonal(ops, moved), gaps(ops, w, w))
    values = ops.expand_dims(on_diagonal(ops, moved), -2)
    return ops.concatenate(values, ops.matmul(v, turn), axis=-2)


def _matrices(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [
        ((well_posed(rng) + np.diag([0.0, 2.0, 5.0]),), {}),
        ((rng.normal(size=(2, 3, 3)),), {}),
    ]


TABLE.add(
    StructuralEntry(
        name="eigh_factors",
        numpy=_eigh_value,
        infer=_eigh_infer,
        pullback=_eigh_pullback,
        pushforward=_eigh_pushforward,
        samples=_matrices,
        source="Giles, Collected matrix derivative results, 2008, 3.1",
    )
)
TABLE.add(
    StructuralEntry(
        name="eigh_values",
        numpy=lambda a: np.linalg.eigvalsh(a),
        infer=lambda a: Aval.of(a.shape[:-1], square("eigvalsh", a).dtype),
        pullback=lambda ops, ct, result, a: (
            fold_triangle(ops, a, _between(ops, rows(ops, ops.eigh_factors(a), 1, None), ct)),
        ),
        pushforward=lambda ops, tangents, result, a: _moved_values(ops, tangents[0], a),
        samples=_matrices,
    )
)


def _between(ops: Ops, v: Any, w: Any) -> Any:
    """`V @ diag(w) @ V.T`."""
    return ops.matmul(times_row(ops, v, w), turned(ops, v))


def _moved_values(ops: Ops, tangent: Any, a: Any) -> Any:
    """How eigenvalues move: the diagonal of `V.T @ dA @ V`."""
    v = rows(ops, ops.eigh_factors(a), 1, None)
    return on_diagonal(ops, chain(ops, turned(ops, v), unfold_triangle(ops, a, tangent), v))


def _triangle(ops: Ops, a: Any, UPLO: str) -> Any:
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return turned(ops, a) if UPLO.upper() == "U" else a


def _eigh(ops: Ops, a: Any, UPLO: Any = "L") -> tuple[Any, Any]:
    packed = ops.eigh_factors(_triangle(ops, a, UPLO))
    return row(ops, packed, 0), rows(ops, packed, 1, None)


lowered("eigh", _eigh, calls("eigh", "torch.linalg.eigh"), _matrices, "a")
lowered(
    "eigvalsh",
    lambda ops, a, UPLO="L": ops.eigh_values(_triangle(ops, a, UPLO)),
    calls("eigvalsh", "torch.linalg.eigvalsh"),
    _matrices,
    "a",
)


# -- any square matrix with real eigenvalues


def _real(w: Any) -> Any:
    if np.iscomplexobj(w):
        if np.abs(w.imag).max(initial=0.0) > 0.0:
            raise UnsupportedError(
                "eigenvalues that are complex numbers are not supported",
                remedy="use eigh for a symmetric matrix, or svd",
            )
        w = w.real
    return w


def _eig_value(a: Any) -> Any:
    w, v = np.linalg.eig(a)
    return pack(_real(w)[..., None, :], v.real)


def _eig_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    w, v = row(ops, result, 0), rows(ops, result, 1, None)
    w_bar, v_bar = row(ops, ct, 0), rows(ops, ct, 1, None)
    vt = turned(ops, v)
    turn = ops.matmul(vt, v_bar)
    # The columns have length one.
    turn = ops.sub(turn, times_row(ops, ops.matmul(vt, v), on_diagonal(ops, turn)))
    turn = quotient(ops, off_diagonal(ops, turn), gaps(ops, w, w))
    inner = ops.add(diagonal_matrix(ops, w_bar), turn)
    return (ops.solve(vt, ops.matmul(inner, vt)),)


def _eig_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    w, v = row(ops, result, 0), rows(ops, result, 1, None)
    moved = ops.solve(v, ops.matmul(tangents[0], v))
    turn = quotient(ops, off_diagonal(ops, moved), gaps(ops, w, w))
    change = ops.matmul(v, turn)
    grown = ops.sum(ops.mul(v, change), axis=(-2,), keepdims=False)
    change = ops.sub(change, times_row(ops, v, grown))
    return ops.concatenate(ops.expand_dims(on_diagonal(ops, moved), -2), change, axis=-2)


def _with_real_values(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    v = well_posed(rng)
    return [((v @ np.diag([1.0, 2.5, -1.0]) @ np.linalg.inv(v),), {})]


TABLE.add(
    StructuralEntry(
        name="eig_factors",
        numpy=_eig_value,
        infer=_eigh_infer,
        pullback=_eig_pullback,
        pushforward=_eig_pushforward,
        samples=_with_real_values,
        source="Giles, Collected matrix derivative results, 2008, 3.1",
    )
)
