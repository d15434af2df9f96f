"""Entries that factor a matrix or take its determinant's logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..program import Aval
from .entry import TABLE, Ops, StructuralEntry
from .signatures import refuse


def _square(name: str, a: Aval) -> Aval:
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise UnsupportedError(f"`{name}` of shape {a.shape} is not supported")
    return a


def _positive_definite(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    x = rng.normal(size=(3, 3))
    return [((x @ x.T + 2.0 * np.eye(3),), {})]


# -- the logarithm of the determinant

TABLE.add(
    StructuralEntry(
        name="det_sign",
        numpy=lambda a: np.linalg.slogdet(a)[0],
        infer=lambda a: Aval.of((), _square("slogdet", a).dtype),
        pullback=lambda ops, ct, result, a: (None,),
        pushforward=lambda ops, tangents, result, a: None,
        samples=_positive_definite,
    )
)
TABLE.add(
    StructuralEntry(
        name="log_abs_det",
        numpy=lambda a: np.linalg.slogdet(a)[1],
        infer=lambda a: Aval.of((), _square("slogdet", a).dtype),
        pullback=lambda ops, ct, result, a: (ops.mul(ct, ops.transpose(ops.inv(a), axes=None)),),
        pushforward=lambda ops, tangents, result, a: ops.sum(
            ops.mul(ops.transpose(ops.inv(a), axes=None), tangents[0]), axis=None, keepdims=False
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


def _lower_half(aval: Aval) -> Any:
    """Ones below the diagonal, halves on it."""
    n = aval.shape[0]
    return (np.tri(n) - 0.5 * np.eye(n)).astype(aval.dtype)


def _between(ops: Ops, factor: Any, middle: Any) -> Any:
    """`inv(factor) @ middle @ inv(factor).T`."""
    half = ops.solve(factor, middle)
    return ops.transpose(ops.solve(factor, ops.transpose(half, axes=None)), axes=None)


def _symmetric(ops: Ops, x: Any) -> Any:
    return ops.add(x, ops.transpose(x, axes=None))


def _cholesky_pullback(ops: Ops, ct: Any, result: Any, a: Any) -> tuple[Any]:
    half = _lower_half(ops.aval(a))
    transposed = ops.transpose(result, axes=None)
    inner = ops.mul(half, ops.matmul(transposed, ct))
    return (ops.mul(half, _symmetric(ops, _between(ops, transposed, inner))),)


def _cholesky_pushforward(ops: Ops, tangents: Any, result: Any, a: Any) -> Any:
    half = _lower_half(ops.aval(a))
    moved = _symmetric(ops, ops.mul(half, tangents[0]))
    return ops.matmul(result, ops.mul(half, _between(ops, result, moved)))


def _cholesky_signature(a: Any, **more: Any) -> tuple[tuple[Any], dict[str, Any]]:
    refuse("cholesky", more, {"upper": False})
    return (a,), {}


TABLE.add(
    StructuralEntry(
        name="cholesky",
        # Not SciPy's, which is upper unless told otherwise.
        names=("numpy.linalg.cholesky", "torch.linalg.cholesky", "jax.numpy.linalg.cholesky"),
        numpy=lambda a: np.linalg.cholesky(a),
        infer=lambda a: _square("cholesky", a),
        pullback=_cholesky_pullback,
        pushforward=_cholesky_pushforward,
        signature=_cholesky_signature,
        emit=lambda o, p: f"numpy.linalg.cholesky({o[0]})",
        samples=_positive_definite,
        source="Murray, Differentiation of the Cholesky decomposition, 2016",
    )
)
