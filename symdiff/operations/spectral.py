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

from ..errors import UnsupportedError
from ..program import Aval
from .entry import TABLE, Ops, StructuralEntry
from .factorizations import lower_half, symmetric
from .lowering import draw, lowered, section
from .matrices import square, turned, well_posed

_JAX = ("numpy.linalg.", "jax.numpy.linalg.")
_GAP = 8.0
"""Values closer than this many roundings, relative to the largest, count as equal."""


def _calls(name: str, *also: str) -> tuple[str, ...]:
    return (*(f"{m}{name}" for m in _JAX), *also)


def quotient(ops: Ops, numerator: Any, gap: Any) -> Any:
    """`numerator/gap`; at a gap of zero, 0 for a numerator of zero and NaN for any other."""
    none = ops.eq(gap, 0.0)
    safe = ops.div(numerator, ops.where(none, 1.0, gap))
    return ops.where(none, ops.where(ops.eq(numerator, 0.0), 0.0, np.nan), safe)


def _gaps(ops: Ops, w: Any, scale: Any) -> Any:
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


def _off_diagonal(ops: Ops, x: Any) -> Any:
    n = ops.aval(x).shape[-1]
    return ops.where(np.eye(n, dtype=bool), 0.0, x)


def _diagonal_matrix(ops: Ops, w: Any) -> Any:
    """A diagonal matrix for each row of values."""
    shape = ops.aval(w).shape
    n = shape[-1]
    spread = ops.broadcast_to(ops.reshape(w, shape=(*shape, 1)), shape=(*shape, n))
    return ops.where(np.eye(n, dtype=bool), spread, 0.0)


def _row(ops: Ops, packed: Any, k: int) -> Any:
    return ops.getitem(packed, index=("...", k, ("slice", None, None, None)))


def _rows(ops: Ops, packed: Any, start: int, stop: int | None) -> Any:
    return section(ops, packed, ops.aval(packed).ndim - 2, start, stop)


def _times_row(ops: Ops, x: Any, w: Any) -> Any:
    """Each column of x times one value: `x @ diag(w)`."""
    shape = ops.aval(w).shape
    return ops.mul(x, ops.reshape(w, shape=(*shape[:-1], 1, shape[-1])))


def _chain(ops: Ops, *factors: Any) -> Any:
    product = factors[0]
    for factor in factors[1:]:
        product = ops.matmul(product, factor)
    return product


def _on_diagonal(ops: Ops, x: Any) -> Any:
    n = np.arange(min(ops.aval(x).shape[-2:]))
    return ops.getitem(x, n, n, index=("...", ("array", 0), ("array", 1)))


def _pack(*parts: Any) -> Any:
    """Factors as rows of one array; a vector is one row."""
    return np.concatenate(parts, axis=-2)


# -- symmetric matrices: LAPACK reads one triangle, and so does the derivative


def _eigh_value(a: Any) -> Any:
    w, v = np.linalg.eigh(a)
    return _pack(w[..., None, :], v)


def _eigh_infer(a: Aval) -> Aval:
    n = square("eigh", a).shape[-1]
    return Aval.of((*a.shape[:-2], n + 1, n), square("eigh", a).dtype)


def _fold(ops: Ops, a: Any, a_bar: Any) -> Any:
    """The cotangent of the lower triangle that stands for a symmetric matrix."""
    return ops.mul(lower_half(ops.aval(a)), symmetric(ops, a_bar))


def _unfold(ops: Ops, a: Any, tangent: Any) -> Any:
    return symmetric(ops, ops.mul(lower_half(ops.aval(a)), tangent))


def _eigh_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    w, v = _row(ops, result, 0), _rows(ops, result, 1, None)
    w_bar, v_bar = _row(ops, ct, 0), _rows(ops, ct, 1, None)
    turn = _off_diagonal(ops, ops.matmul(turned(ops, v), v_bar))
    inner = ops.add(_diagonal_matrix(ops, w_bar), quotient(ops, turn, _gaps(ops, w, w)))
    return (_fold(ops, a, _chain(ops, v, inner, turned(ops, v))),)


def _eigh_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    w, v = _row(ops, result, 0), _rows(ops, result, 1, None)
    moved = _chain(ops, turned(ops, v), _unfold(ops, a, tangents[0]), v)
    turn = quotient(ops, _off_diagonal(ops, moved), _gaps(ops, w, w))
    values = ops.expand_dims(_on_diagonal(ops, moved), -2)
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
            _fold(ops, a, _between(ops, _rows(ops, ops.eigh_factors(a), 1, None), ct)),
        ),
        pushforward=lambda ops, tangents, result, a: _moved_values(ops, tangents[0], a),
        samples=_matrices,
    )
)


def _between(ops: Ops, v: Any, w: Any) -> Any:
    """`V @ diag(w) @ V.T`."""
    return ops.matmul(_times_row(ops, v, w), turned(ops, v))


def _moved_values(ops: Ops, tangent: Any, a: Any) -> Any:
    """How eigenvalues move: the diagonal of `V.T @ dA @ V`."""
    v = _rows(ops, ops.eigh_factors(a), 1, None)
    return _on_diagonal(ops, _chain(ops, turned(ops, v), _unfold(ops, a, tangent), v))


def _triangle(ops: Ops, a: Any, UPLO: str) -> Any:
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return turned(ops, a) if UPLO.upper() == "U" else a


def _eigh(ops: Ops, a: Any, UPLO: Any = "L") -> tuple[Any, Any]:
    packed = ops.eigh_factors(_triangle(ops, a, UPLO))
    return _row(ops, packed, 0), _rows(ops, packed, 1, None)


lowered("eigh", _eigh, _calls("eigh", "torch.linalg.eigh"), _matrices, "a")
lowered(
    "eigvalsh",
    lambda ops, a, UPLO="L": ops.eigh_values(_triangle(ops, a, UPLO)),
    _calls("eigvalsh", "scipy.linalg.eigvalsh", "torch.linalg.eigvalsh"),
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
    return _pack(_real(w)[..., None, :], v.real)


def _eig_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    w, v = _row(ops, result, 0), _rows(ops, result, 1, None)
    w_bar, v_bar = _row(ops, ct, 0), _rows(ops, ct, 1, None)
    vt = turned(ops, v)
    turn = ops.matmul(vt, v_bar)
    # The columns have length one.
    turn = ops.sub(turn, _times_row(ops, ops.matmul(vt, v), _on_diagonal(ops, turn)))
    turn = quotient(ops, _off_diagonal(ops, turn), _gaps(ops, w, w))
    inner = ops.add(_diagonal_matrix(ops, w_bar), turn)
    return (ops.solve(vt, ops.matmul(inner, vt)),)


def _eig_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    w, v = _row(ops, result, 0), _rows(ops, result, 1, None)
    moved = ops.solve(v, ops.matmul(tangents[0], v))
    turn = quotient(ops, _off_diagonal(ops, moved), _gaps(ops, w, w))
    change = ops.matmul(v, turn)
    grown = ops.sum(ops.mul(v, change), axis=(-2,), keepdims=False)
    change = ops.sub(change, _times_row(ops, v, grown))
    return ops.concatenate(ops.expand_dims(_on_diagonal(ops, moved), -2), change, axis=-2)


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


def _eig(ops: Ops, a: Any) -> tuple[Any, Any]:
    packed = ops.eig_factors(a)
    return _row(ops, packed, 0), _rows(ops, packed, 1, None)


lowered("eig", _eig, _calls("eig"), _with_real_values, "a")
lowered("eigvals", lambda ops, a: _eig(ops, a)[0], _calls("eigvals"), _with_real_values, "a")


# -- singular values


def _svd_value(a: Any) -> Any:
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return _pack(s[..., None, :], u, np.swapaxes(vt, -1, -2))


def _svd_infer(a: Aval) -> Aval:
    m, n = a.shape[-2:]
    dtype = a.dtype if a.is_inexact else "float64"
    return Aval.of((*a.shape[:-2], 1 + m + n, min(m, n)), dtype)


def _factors(ops: Ops, packed: Any, m: int) -> tuple[Any, Any, Any]:
    return (
        _rows(ops, packed, 1, m + 1),
        _row(ops, packed, 0),
        _rows(ops, packed, m + 1, None),
    )


def _outside(ops: Ops, u: Any, x: Any) -> Any:
    """What of x is orthogonal to the columns of u; zero for a square u."""
    rows, columns = ops.aval(u).shape[-2:]
    if rows == columns:
        return None
    return ops.sub(x, _chain(ops, u, turned(ops, u), x))


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
    return ops.mul(_gaps(ops, s, s), ops.where(np.eye(n, dtype=bool), 1.0, sums))


def _svd_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    m = ops.aval(a).shape[-2]
    u, s, v = _factors(ops, result, m)
    u_bar, s_bar, v_bar = _factors(ops, ct, m)
    gaps = _squares(ops, s)

    def turn(x: Any, x_bar: Any) -> Any:
        inner = ops.matmul(turned(ops, x), x_bar)
        return quotient(ops, ops.sub(inner, turned(ops, inner)), gaps)

    middle = _times_row(ops, turn(u, u_bar), s)
    middle = ops.add(middle, turned(ops, _times_row(ops, turned(ops, turn(v, v_bar)), s)))
    middle = ops.add(middle, _diagonal_matrix(ops, s_bar))
    a_bar = _chain(ops, u, middle, turned(ops, v))
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
    moved = _chain(ops, turned(ops, u), da, v)
    back = turned(ops, moved)
    gaps = _squares(ops, s)
    right, left = _times_row(ops, moved, s), turned(ops, _times_row(ops, back, s))
    # left is S @ moved, right is moved @ S.
    u_turn = quotient(ops, ops.add(right, turned(ops, right)), gaps)
    v_turn = quotient(ops, ops.add(left, turned(ops, left)), gaps)
    du = ops.matmul(u, _off_diagonal(ops, u_turn))
    dv = ops.matmul(v, _off_diagonal(ops, v_turn))
    u_rest = _outside(ops, u, ops.matmul(da, v))
    v_rest = _outside(ops, v, ops.matmul(turned(ops, da), u))
    if u_rest is not None:
        du = ops.add(du, _over_columns(ops, u_rest, s))
    if v_rest is not None:
        dv = ops.add(dv, _over_columns(ops, v_rest, s))
    return ops.concatenate(ops.expand_dims(_on_diagonal(ops, moved), -2), du, dv, axis=-2)


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
    """A singular value of zero is a kink, like `abs` at 0: derivative zero."""
    largest = ops.apply("max", ops.detach(s), axis=(-1,), keepdims=True)
    n = ops.aval(s).shape[-1]
    tiny = ops.mul(largest, n * float(np.finfo(ops.aval(s).dtype).eps))
    return ops.where(ops.le(s, tiny), 0.0, ct)


def _singular_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    u, _, v = _factors(ops, ops.svd_factors(a), ops.aval(a).shape[-2])
    scaled = _times_row(ops, u, _counted_cotangent(ops, ct, result))
    return (ops.matmul(scaled, turned(ops, v)),)


def _singular_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    u, _, v = _factors(ops, ops.svd_factors(a), ops.aval(a).shape[-2])
    moved = _on_diagonal(ops, _chain(ops, turned(ops, u), tangents[0], v))
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


def _svd(
    ops: Ops, a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False
) -> Any:
    if not compute_uv:
        return ops.singular_values(a)
    m, n = ops.aval(a).shape[-2:]
    if full_matrices and m != n:
        raise UnsupportedError(
            "`svd` of a matrix that is not square with full_matrices=True is not supported",
            why="the extra vectors are not a function of the matrix",
            remedy="pass full_matrices=False, or compute_uv=False for the singular values",
        )
    u, s, v = _factors(ops, ops.svd_factors(a), m)
    return u, s, turned(ops, v)


lowered(
    "svd",
    _svd,
    _calls("svd"),
    draw((((3, 3),), {}), (((4, 2), False), {}), (((2, 3),), {"compute_uv": False})),
    "a",
)
lowered(
    "svdvals",
    lambda ops, x, /: ops.singular_values(x),
    _calls("svdvals", "scipy.linalg.svdvals", "torch.linalg.svdvals"),
    draw((((3, 2),), {})),
)
