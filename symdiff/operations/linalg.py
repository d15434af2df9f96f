"""Entries for linear algebra: norms, diagonals, and solving."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..program import Aval
from .entry import TABLE, Kink, Ops, StructuralEntry
from .products import result_dtype, two_operands
from .reductions import reduced_shape, spread
from .signatures import axes_of, describe_call, refuse

# -- norms


def _norm_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *, axis: Any = None, keepdims: bool = False
) -> tuple[Any]:
    return (ops.mul(spread(ops, ct, x, axis), ops.over(x, spread(ops, result, x, axis))),)


def _norm_pushforward(
    ops: Ops, tangents: Any, result: Any, x: Any, *, axis: Any = None, keepdims: bool = False
) -> Any:
    unit = ops.over(x, spread(ops, result, x, axis))
    return ops.sum(ops.mul(tangents[0], unit), axis=axis, keepdims=keepdims)


def _norm_value(x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    if not np.ndim(x):
        return np.abs(x)
    norm: Any = np.linalg.norm
    return norm(x, None, axis, keepdims)


TABLE.add(
    StructuralEntry(
        name="norm",
        numpy=_norm_value,
        infer=lambda x, *, axis=None, keepdims=False: Aval.of(
            reduced_shape(x, axis, keepdims), x.dtype if x.is_inexact else "float64"
        ),
        pullback=_norm_pullback,
        pushforward=_norm_pushforward,
        describe=describe_call("norm"),
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)),), {}),
            ((rng.normal(size=(2, 3)),), {"axis": (1,)}),
            ((rng.normal(size=(2, 3)),), {"axis": (0,), "keepdims": True}),
            ((-2.5,), {}),
        ],
        kinks=(Kink((0.0, 0.0), (0.0, 0.0), "the tip of the cone"),),
    )
)


def _linalg_norm(
    ops: Ops, x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, **more: Any
) -> Any:
    ord, axis = more.pop("p", ord), more.pop("dim", axis)
    refuse("norm", more)
    aval, axes, keep = ops.aval(x), axes_of(axis), bool(keepdims)
    if not aval.ndim:
        return ops.abs(x)
    if ord is None and (axes is None or len(axes) <= 2):
        return ops.norm(x, axis=axes, keepdims=keep)
    axes = tuple(range(aval.ndim)) if axes is None else tuple(a % aval.ndim for a in axes)
    if len(axes) == 1:
        return _vector_norm(ops, x, ord, axes, keep)
    if len(axes) == 2 and ord == "fro":
        return ops.norm(x, axis=axes, keepdims=keep)
    if len(axes) == 2 and ord in (1, -1, np.inf, -np.inf):
        summed, reduced = axes if abs(ord) == 1 else axes[::-1]
        total = ops.sum(ops.abs(x), axis=(summed,), keepdims=True)
        return (
            ops.apply("max" if ord > 0 else "min", total, axis=None, keepdims=False)
            if aval.ndim == 2 and not keep
            else _matrix_extreme(ops, total, axes, reduced, keep, ord > 0)
        )
    raise UnsupportedError(
        f"`norm` with ord={ord!r} over {len(axes)} axes is not supported",
        remedy="use ord=None, 'fro', 1, -1, inf or -inf",
    )


def _matrix_extreme(
    ops: Ops, total: Any, axes: tuple[int, ...], reduced: int, keep: bool, largest: bool
) -> Any:
    best = ops.apply("max" if largest else "min", total, axis=(reduced,), keepdims=True)
    return best if keep else ops.squeeze(best, axes)


def _vector_norm(ops: Ops, x: Any, ord: Any, axes: tuple[int, ...], keep: bool) -> Any:
    if ord == 2:
        return ops.norm(x, axis=axes, keepdims=keep)
    size = ops.abs(x)
    if ord in (np.inf, -np.inf):
        return ops.apply("max" if ord > 0 else "min", size, axis=axes, keepdims=keep)
    if ord == 1:
        return ops.sum(size, axis=axes, keepdims=keep)
    if ord == 0 or isinstance(ord, str):
        raise UnsupportedError(f"`norm` of a vector with ord={ord!r} is not supported")
    total = ops.sum(ops.pow(size, ord), axis=axes, keepdims=keep)
    return ops.pow(total, 1.0 / ord)


TABLE.add(
    StructuralEntry(
        name="linalg_norm",
        names=(
            "numpy.linalg.norm",
            "scipy.linalg.norm",
            "torch.norm",
            "torch.linalg.norm",
            "jax.numpy.linalg.norm",
            ".norm",
        ),
        lower=_linalg_norm,
        samples=lambda rng: [
            ((rng.normal(size=4),), {}),
            ((rng.normal(size=(2, 3)),), {}),
            ((rng.normal(size=(2, 3)), 2), {"axis": 1}),
            ((rng.normal(size=4), 1), {}),
            ((rng.normal(size=4), 3), {}),
            ((rng.normal(size=4), np.inf), {}),
            ((rng.normal(size=4), -np.inf), {}),
            ((rng.normal(size=(2, 3)), "fro"), {}),
            ((rng.normal(size=(2, 3)), 1), {}),
            ((rng.normal(size=(2, 3)), np.inf), {}),
            ((rng.normal(size=(2, 3)), -1), {"axis": (1, 0)}),
            ((rng.normal(size=(2, 3)), 1), {"keepdims": True}),
            ((-2.5,), {}),
        ],
    )
)


# -- diagonals


def _diagonal(ops: Ops, x: Any, k: int = 0) -> Any:
    rows, columns = ops.aval(x).shape
    n = max(min(rows + min(k, 0), columns - max(k, 0)), 0)
    i = np.arange(n) - min(k, 0)
    j = np.arange(n) + max(k, 0)
    return ops.getitem(x, i, j, index=(("array", 0), ("array", 1)))


def _diag(ops: Ops, x: Any, k: int = 0) -> Any:
    shape = ops.aval(x).shape
    if len(shape) == 2:
        return _diagonal(ops, x, k)
    if len(shape) != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = shape[0] + abs(k)
    i = np.arange(shape[0]) - min(k, 0)
    j = np.arange(shape[0]) + max(k, 0)
    return ops.scatter_add(x, i, j, index=(("array", 0), ("array", 1)), shape=(n, n))


def _trace(ops: Ops, x: Any, offset: int = 0, **more: Any) -> Any:
    refuse("trace", more, {"axis1": 0, "axis2": 1})
    if ops.aval(x).ndim != 2:
        raise UnsupportedError("`trace` of an array that is not a matrix is not supported")
    return ops.sum(_diagonal(ops, x, offset))


def _diagonal_samples(*shapes: tuple[int, ...]) -> Any:
    return lambda rng: [((rng.normal(size=s), k), {}) for s in shapes for k in (0, 1, -1)]


for _name, _lower, _shapes in (
    ("diag", _diag, ((3,), (3, 3), (2, 3))),
    ("diagonal", _diagonal, ((3, 3), (2, 3))),
    ("trace", _trace, ((3, 3), (2, 3))),
):
    TABLE.add(
        StructuralEntry(
            name=_name,
            names=(f"numpy.{_name}", f"torch.{_name}", f"jax.numpy.{_name}", f".{_name}"),
            lower=_lower,
            samples=_diagonal_samples(*_shapes),
        )
    )


def _triangle(name: str) -> None:
    def lower(ops: Ops, x: Any, k: int = 0) -> Any:
        rows, columns = ops.aval(x).shape[-2:]
        lower_part = np.tri(rows, columns, k if name == "tril" else k - 1, dtype=bool)
        return ops.where(lower_part if name == "tril" else ~lower_part, x, 0.0)

    TABLE.add(
        StructuralEntry(
            name=name,
            names=(f"numpy.{name}", f"torch.{name}", f"jax.numpy.{name}", f".{name}"),
            lower=lower,
            samples=lambda rng: [((rng.normal(size=(3, 3)), k), {}) for k in (0, 1, -1)],
        )
    )


_triangle("tril")
_triangle("triu")


# -- solving


def _solve_infer(a: Aval, b: Aval) -> Aval:
    if a.ndim != 2 or a.shape[0] != a.shape[1] or b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise UnsupportedError(
            f"`solve` of shapes {a.shape} and {b.shape} is not supported",
            why="a is one square matrix, b a vector or a matrix that fits",
        )
    return Aval.of(b.shape, result_dtype(a, b))


def _solve_pullback(ops: Ops, ct: Any, result: Any, a: Any, b: Any) -> tuple[Any, Any]:
    b_bar = ops.solve(ops.transpose(a, axes=None), ct)
    if ops.aval(b).ndim == 1:
        return ops.neg(ops.outer(b_bar, result)), b_bar
    return ops.neg(ops.matmul(b_bar, ops.transpose(result, axes=None))), b_bar


def _solve_pushforward(ops: Ops, tangents: Any, result: Any, a: Any, b: Any) -> Any:
    a_dot, b_dot = tangents
    right = b_dot
    if a_dot is not None:
        moved = ops.matmul(a_dot, result)
        right = ops.neg(moved) if b_dot is None else ops.sub(b_dot, moved)
    return ops.solve(a, right)


def _well_posed(rng: Any) -> Any:
    return rng.normal(size=(3, 3)) + 4.0 * np.eye(3)


TABLE.add(
    StructuralEntry(
        name="solve",
        names=(
            "numpy.linalg.solve",
            "torch.linalg.solve",
            "jax.numpy.linalg.solve",
        ),
        numpy=lambda a, b: np.linalg.solve(a, b),
        infer=_solve_infer,
        pullback=_solve_pullback,
        pushforward=_solve_pushforward,
        signature=two_operands("solve"),
        emit=lambda o, p: f"numpy.linalg.solve({o[0]}, {o[1]})",
        samples=lambda rng: [
            ((_well_posed(rng), rng.normal(size=3)), {}),
            ((_well_posed(rng), rng.normal(size=(3, 2))), {}),
        ],
    )
)


def _inv_infer(a: Aval) -> Aval:
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise UnsupportedError(f"`inv` of shape {a.shape} is not supported")
    return Aval.of(a.shape, a.dtype)


TABLE.add(
    StructuralEntry(
        name="inv",
        names=("numpy.linalg.inv", "scipy.linalg.inv", "torch.linalg.inv", "jax.numpy.linalg.inv"),
        numpy=lambda a: np.linalg.inv(a),
        infer=_inv_infer,
        pullback=lambda ops, ct, result, a: (
            ops.neg(
                ops.matmul(
                    ops.matmul(ops.transpose(result, axes=None), ct),
                    ops.transpose(result, axes=None),
                )
            ),
        ),
        pushforward=lambda ops, tangents, result, a: ops.neg(
            ops.matmul(ops.matmul(result, tangents[0]), result)
        ),
        emit=lambda o, p: f"numpy.linalg.inv({o[0]})",
        samples=lambda rng: [((_well_posed(rng),), {})],
    )
)
# d det(A) = det(A) * trace(A^-1 dA): A must be invertible.
TABLE.add(
    StructuralEntry(
        name="det",
        names=("numpy.linalg.det", "scipy.linalg.det", "torch.linalg.det", "jax.numpy.linalg.det"),
        numpy=lambda a: np.linalg.det(a),
        infer=lambda a: Aval.of((), _inv_infer(a).dtype),
        pullback=lambda ops, ct, result, a: (
            ops.mul(ops.mul(ct, result), ops.transpose(ops.inv(a), axes=None)),
        ),
        pushforward=lambda ops, tangents, result, a: ops.mul(
            result, ops.sum(ops.mul(ops.transpose(ops.inv(a), axes=None), tangents[0]))
        ),
        emit=lambda o, p: f"numpy.linalg.det({o[0]})",
        samples=lambda rng: [((_well_posed(rng),), {})],
    )
)
