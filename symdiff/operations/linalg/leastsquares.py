"""Least squares, pseudo-inverses and `qr`, for matrices of full (or locally constant) rank."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered, section
from ..table.signatures import refuse
from .matrices import turned
from .products import result_dtype

_JAX = ("numpy.linalg.", "jax.numpy.linalg.")


def _calls(name: str, *also: str) -> tuple[str, ...]:
    return (*(f"{m}{name}" for m in _JAX), *also)


def _inexact(a: Aval) -> str:
    return a.dtype if a.is_inexact else "float64"


# -- the pseudo-inverse


def _beside(ops: Ops, a: Any, p: Any, x: Any) -> Any:
    """`(I - A P) x`, what of x the columns of A do not reach."""
    return ops.sub(x, ops.matmul(a, ops.matmul(p, x)))


def _pinv_pullback(ops: Ops, ct: Any, result: Any, a: Any, *, rcond: Any) -> tuple[Any]:
    p, pt, back = result, turned(ops, result), turned(ops, ct)
    a_bar = ops.neg(ops.matmul(ops.matmul(pt, ct), pt))
    left = ops.matmul(ops.matmul(back, p), pt)
    right = ops.matmul(ops.matmul(pt, p), back)
    a_bar = ops.add(a_bar, _beside(ops, a, p, left))
    return (ops.add(a_bar, ops.sub(right, ops.matmul(ops.matmul(right, p), a))),)


def _pinv_pushforward(ops: Ops, tangents: Any, result: Any, a: Any, *, rcond: Any) -> Any:
    p, pt, da = result, turned(ops, result), tangents[0]
    dat = turned(ops, da)
    moved = ops.neg(ops.matmul(ops.matmul(p, da), p))
    left = ops.matmul(ops.matmul(p, pt), dat)
    right = ops.matmul(ops.matmul(dat, pt), p)
    moved = ops.add(moved, ops.sub(left, ops.matmul(ops.matmul(left, a), p)))
    return ops.add(moved, ops.sub(right, ops.matmul(p, ops.matmul(a, right))))


TABLE.add(
    StructuralEntry(
        name="pseudo_inverse",
        numpy=lambda a, *, rcond: np.linalg.pinv(a) if rcond is None else np.linalg.pinv(a, rcond),
        infer=lambda a, *, rcond: Aval.of((*a.shape[:-2], a.shape[-1], a.shape[-2]), _inexact(a)),
        pullback=_pinv_pullback,
        pushforward=_pinv_pushforward,
        samples=draw(*[((s,), {"rcond": None}) for s in ((3, 3), (4, 2), (2, 4), (2, 3, 2))]),
        source="Golub and Pereyra, The differentiation of pseudo-inverses, 1973",
    )
)


def _pinv(ops: Ops, a: Any, rcond: Any = None, hermitian: Any = False, **more: Any) -> Any:
    rtol = more.pop("rtol", None)
    refuse("pinv", more)
    if hermitian:  # the lower triangle, and its mirror image
        a = ops.add(ops.tril(a), turned(ops, ops.tril(a, -1)))
    rtol = None if type(rtol).__name__ == "_NoValueType" else rtol
    chosen = rcond if rcond is not None else rtol
    return ops.pseudo_inverse(a, rcond=None if chosen is None else float(chosen))


lowered(
    "pinv",
    _pinv,
    _calls("pinv", "torch.linalg.pinv"),
    draw((((3, 2),), {}), (((2, 3),), {"rcond": 1e-10})),
    "a",
)


# -- least squares


def _cut(rcond: float | None) -> float | None:
    """Below which share of the largest a singular value is zero; -1 is the machine's precision."""
    return None if rcond is None or rcond < 0 else rcond


def _columns(ops: Ops, x: Any) -> Any:
    return ops.expand_dims(x, -1) if ops.aval(x).ndim == 1 else x


def _lstsq_pullback(
    ops: Ops, ct: Any, result: Any, a: Any, b: Any, *, rcond: Any = None
) -> tuple[Any, Any]:
    p = ops.pseudo_inverse(a, rcond=_cut(rcond))
    pt = turned(ops, p)
    x, ct = _columns(ops, result), _columns(ops, ct)
    b_bar = ops.matmul(pt, ct)
    rest = ops.sub(_columns(ops, b), ops.matmul(a, x))
    a_bar = ops.neg(ops.matmul(b_bar, turned(ops, x)))
    a_bar = ops.add(a_bar, ops.matmul(rest, turned(ops, ops.matmul(p, b_bar))))
    free = ops.sub(ct, ops.matmul(p, ops.matmul(a, ct)))
    a_bar = ops.add(a_bar, ops.matmul(ops.matmul(pt, x), turned(ops, free)))
    return a_bar, ops.reshape(b_bar, shape=ops.aval(b).shape)


def _lstsq_pushforward(
    ops: Ops, tangents: Any, result: Any, a: Any, b: Any, *, rcond: Any = None
) -> Any:
    da, db = tangents
    p = ops.pseudo_inverse(a, rcond=_cut(rcond))
    moved = None if db is None else ops.matmul(p, _columns(ops, db))
    if da is not None:
        pt, dat, x = turned(ops, p), turned(ops, da), _columns(ops, result)
        rest = ops.sub(_columns(ops, b), ops.matmul(a, x))
        change = ops.neg(ops.matmul(p, ops.matmul(da, x)))
        change = ops.add(change, ops.matmul(p, ops.matmul(pt, ops.matmul(dat, rest))))
        free = ops.matmul(dat, ops.matmul(pt, x))
        change = ops.add(change, ops.sub(free, ops.matmul(p, ops.matmul(a, free))))
        moved = change if moved is None else ops.add(moved, change)
    return ops.reshape(moved, shape=ops.aval(result).shape)


TABLE.add(
    StructuralEntry(
        name="least_squares",
        numpy=lambda a, b, *, rcond=None: np.linalg.lstsq(a, b, rcond=rcond)[0],
        infer=lambda a, b, *, rcond=None: Aval.of((a.shape[-1], *b.shape[1:]), result_dtype(a, b)),
        pullback=_lstsq_pullback,
        pushforward=_lstsq_pushforward,
        samples=draw(
            *[((a, b), {}) for a, b in (((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 3), (2,)))]
        ),
        source="Golub and Pereyra, The differentiation of pseudo-inverses, 1973",
    )
)


def _matrix_rank(ops: Ops, A: Any, tol: Any = None, hermitian: Any = False, **more: Any) -> Any:
    refuse("matrix_rank", {"tol": tol, **more}, {"tol": None, "rtol": None})
    return ops.rank_of(A)


TABLE.add(
    StructuralEntry(
        name="rank_of",
        numpy=lambda a: np.linalg.matrix_rank(a),
        infer=lambda a: Aval.of(a.shape[:-2], np.dtype(np.intp).name),
        pullback=lambda ops, ct, result, a: (None,),
        pushforward=lambda ops, tangents, result, a: None,
        samples=draw((((3, 2),), {})),
    )
)
lowered(
    "matrix_rank",
    _matrix_rank,
    _calls("matrix_rank"),
    draw((((3, 2),), {}), (((2, 3, 3),), {})),
    "A",
    free=("more",),
)


def _lstsq(ops: Ops, a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, Any, Any]:
    """The residuals are those of a matrix of full rank."""
    if ops.aval(a).ndim != 2:
        raise np.linalg.LinAlgError("Array must be two-dimensional")
    m, n = ops.aval(a).shape
    x = ops.least_squares(a, b, rcond=None if rcond in (None, "warn") else float(rcond))
    if m > n:
        rest = ops.sub(b, ops.matmul(a, x))
        total = ops.sum(ops.square(rest), axis=(0,), keepdims=True)
        residuals = ops.reshape(total, shape=(-1,))
    else:
        residuals = np.zeros(0, ops.aval(x).dtype)
    return x, residuals, ops.rank_of(a), ops.singular_values(a)


lowered(
    "lstsq",
    _lstsq,
    _calls("lstsq"),
    draw((((4, 2), (4,)), {"rcond": None}), (((2, 3), (2,)), {"rcond": None})),
    "a",
    "b",
)


# -- qr: for at least as many rows as columns, of full rank; a wide matrix by its first columns


def _qr_value(a: Any) -> Any:
    q, r = np.linalg.qr(a)
    return np.concatenate([q, r], axis=-2)


def _solve_right(ops: Ops, x: Any, r: Any) -> Any:
    """`x @ inv(r)`."""
    return turned(ops, ops.solve(turned(ops, r), turned(ops, x)))


def _below(ops: Ops, x: Any) -> Any:
    return ops.tril(x, -1)


def _qr_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    m = ops.aval(a).shape[-2]
    k = ops.aval(a).ndim - 2
    q, r = section(ops, result, k, 0, m), section(ops, result, k, m, None)
    q_bar, r_bar = section(ops, ct, k, 0, m), section(ops, ct, k, m, None)
    r_bar = ops.triu(r_bar)
    inner = ops.sub(ops.matmul(r, turned(ops, r_bar)), ops.matmul(turned(ops, q_bar), q))
    lower = _below(ops, inner)
    copied = ops.add(ops.tril(inner), turned(ops, lower))
    moved = ops.add(q_bar, ops.matmul(q, copied))
    return (turned(ops, ops.solve(r, turned(ops, moved))),)


def _qr_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    m = ops.aval(a).shape[-2]
    k = ops.aval(a).ndim - 2
    q, r = section(ops, result, k, 0, m), section(ops, result, k, m, None)
    c = _solve_right(ops, tangents[0], r)
    inner = ops.matmul(turned(ops, q), c)
    lower = _below(ops, inner)
    turn = ops.sub(lower, turned(ops, lower))
    dq = ops.add(ops.matmul(q, turn), ops.sub(c, ops.matmul(q, inner)))
    dr = ops.matmul(ops.sub(inner, turn), r)
    return ops.concatenate(dq, ops.triu(dr), axis=-2)


TABLE.add(
    StructuralEntry(
        name="qr_factors",
        numpy=_qr_value,
        infer=lambda a: Aval.of(
            (*a.shape[:-2], a.shape[-2] + a.shape[-1], a.shape[-1]), _inexact(a)
        ),
        pullback=_qr_pullback,
        pushforward=_qr_pushforward,
        samples=draw((((3, 3),), {}), (((4, 2),), {}), (((2, 3, 2),), {})),
        source="Walter and Lehmann, Algorithmic differentiation of linear algebra functions, 2010",
    )
)


def _qr(ops: Ops, a: Any, mode: Any = "reduced") -> Any:
    m, n = ops.aval(a).shape[-2:]
    if mode not in ("reduced", "r", "complete"):
        raise UnsupportedError(
            f"`qr` of shape {ops.aval(a).shape} with mode={mode!r} is not supported",
            remedy="use mode='reduced', 'complete' or 'r'",
        )
    k = ops.aval(a).ndim - 2
    packed = ops.qr_factors(section(ops, a, k + 1, 0, m) if n > m else a)
    q, r = section(ops, packed, k, 0, m), section(ops, packed, k, m, None)
    if n > m:
        rest = ops.matmul(turned(ops, q), section(ops, a, k + 1, m, n))
        r = ops.concatenate(r, rest, axis=-1)
    if mode == "complete" and m > n:
        q = ops.concatenate(q, ops.extra_vectors(a, of="q"), axis=-1)
        aval = ops.aval(r)
        below = np.zeros((*aval.shape[:-2], m - n, n), aval.dtype)
        r = ops.concatenate(r, below, axis=-2)
    return r if mode == "r" else (q, r)


lowered(
    "qr",
    _qr,
    _calls("qr", "torch.linalg.qr"),
    draw((((3, 3),), {}), (((4, 2),), {}), (((2, 4),), {}), (((3, 2),), {"mode": "r"})),
    "a",
)
