"""Entries that factor a matrix or take its determinant's logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import lowered
from .matrices import square, turned


def _positive_definite(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    x = rng.normal(size=(3, 3))
    y = rng.normal(size=(2, 3, 3))
    return [
        ((x @ x.T + 2.0 * np.eye(3),), {}),
        ((y @ y.transpose(0, 2, 1) + 2.0 * np.eye(3),), {}),
    ]


def _scalar(ops: Ops, x: Any) -> Any:
    """One number a matrix, so that it multiplies the matrix."""
    shape = ops.aval(x).shape
    return ops.reshape(x, shape=(*shape, 1, 1)) if shape else x


# -- the logarithm of the determinant

TABLE.add(
    StructuralEntry(
        name="det_sign",
        numpy=lambda a: np.linalg.slogdet(a)[0],
        infer=lambda a: Aval.of(a.shape[:-2], square("slogdet", a).dtype),
        pullback=lambda ops, ct, result, a: (None,),
        pushforward=lambda ops, tangents, result, a: None,
        samples=_positive_definite,
    )
)
TABLE.add(
    StructuralEntry(
        name="log_abs_det",
        numpy=lambda a: np.linalg.slogdet(a)[1],
        infer=lambda a: Aval.of(a.shape[:-2], square("slogdet", a).dtype),
        pullback=lambda ops, ct, result, a: (ops.mul(_scalar(ops, ct), turned(ops, ops.inv(a))),),
        pushforward=lambda ops, tangents, result, a: ops.sum(
            ops.mul(turned(ops, ops.inv(a)), tangents[0]), axis=(-2, -1), keepdims=False
        ),
        samples=_positive_definite,
    )
)
TABLE.add(
    StructuralEntry(
        name="slogdet",
        names=("numpy.linalg.slogdet", "torch.linalg.slogdet", "jax.numpy.linalg.slogdet"),
        lower=lambda ops, a: (ops.det_sign(a), ops.log_abs_det(a)),
        samples=lambda rng: [*_positive_definite(rng), ((rng.normal(size=(3, 3)),), {})],
    )
)


# -- Cholesky: NumPy reads the lower triangle only, and so does the derivative


def lower_half(aval: Aval) -> Any:
    """Ones below the diagonal, halves on it."""
    n = aval.shape[-1]
    return (np.tri(n) - 0.5 * np.eye(n)).astype(aval.dtype)


def _between(ops: Ops, factor: Any, middle: Any) -> Any:
    """`inv(factor) @ middle @ inv(factor).T`."""
    half = ops.solve(factor, middle)
    return turned(ops, ops.solve(factor, turned(ops, half)))


def symmetric(ops: Ops, x: Any) -> Any:
    """`x + x.T`."""
    return ops.add(x, turned(ops, x))


def _cholesky_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    half = lower_half(ops.aval(a))
    transposed = turned(ops, result)
    inner = ops.mul(half, ops.matmul(transposed, ct))
    return (ops.mul(half, symmetric(ops, _between(ops, transposed, inner))),)


def _cholesky_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    half = lower_half(ops.aval(a))
    moved = symmetric(ops, ops.mul(half, tangents[0]))
    return ops.matmul(result, ops.mul(half, _between(ops, result, moved)))


def _cholesky(ops: Ops, a: Any, /, *, upper: Any = False) -> Any:
    """`upper=True` reads the upper triangle and gives the upper factor."""
    return turned(ops, ops.cholesky(turned(ops, a))) if upper else ops.cholesky(a)


TABLE.add(
    StructuralEntry(
        name="cholesky",
        numpy=lambda a: np.linalg.cholesky(a),
        infer=lambda a: square("cholesky", a),
        pullback=_cholesky_pullback,
        pushforward=_cholesky_pushforward,
        emit=lambda o, p: f"numpy.linalg.cholesky({o[0]})",
        samples=_positive_definite,
        source="Murray, Differentiation of the Cholesky decomposition, 2016",
    )
)
lowered(
    "cholesky_of",
    _cholesky,
    # Not SciPy's, which is upper unless told otherwise.
    ("numpy.linalg.cholesky", "torch.linalg.cholesky", "jax.numpy.linalg.cholesky"),
    lambda rng: [*_positive_definite(rng), (_positive_definite(rng)[0][0], {"upper": True})],
    "a",
)
