"""Square matrices, one or a stack of them: solving, inverse, powers; and diagonals."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ...program.shapes import broadcast_shapes
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered, numpy_and_jax
from ..table.masked import as_dtype
from ..table.signatures import refuse
from .products import result_dtype, two_operands


def turned(ops: Ops, x: Any) -> Any:
    """The transposes of a stack of matrices."""
    return ops.transpose(x, axes=None) if ops.aval(x).ndim == 2 else ops.swapaxes(x, -1, -2)


def square(name: str, a: Aval) -> Aval:
    """The aval of square matrices, in floating point.

    Raises:
        LinAlgError: they are not square, as NumPy has it.
    """
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"{name}: the last 2 dimensions must be square, not {a.shape}")
    return Aval.of(a.shape, a.dtype if a.is_inexact else "float64")


# -- diagonals


def _diagonal(ops: Ops, x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    n = ops.aval(x).ndim
    one, two = axis1 % n, axis2 % n
    if (one, two) != (n - 2, n - 1):
        x = ops.moveaxis(x, (one, two), (-2, -1))
    rows, columns = ops.aval(x).shape[-2:]
    count = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    i = np.arange(count) - min(offset, 0)
    j = np.arange(count) + max(offset, 0)
    return ops.getitem(x, i, j, index=(*("...",) * (n > 2), ("array", 0), ("array", 1)))


def _diag(ops: Ops, v: Any, k: Any = 0) -> Any:
    shape = ops.aval(v).shape
    if len(shape) == 2:
        return _diagonal(ops, v, k)
    if len(shape) != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = shape[0] + abs(k)
    i = np.arange(shape[0]) - min(k, 0)
    j = np.arange(shape[0]) + max(k, 0)
    return ops.scatter_add(v, i, j, index=(("array", 0), ("array", 1)), shape=(n, n))


def _trace(
    ops: Ops,
    x: Any,
    offset: Any = 0,
    axis1: Any = 0,
    axis2: Any = 1,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    refuse("trace", {"out": out})
    x = as_dtype(ops, x, dtype)
    return ops.sum(_diagonal(ops, x, offset, axis1, axis2), axis=(-1,), keepdims=False)


def _fits(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [((rng.normal(size=s), k), {}) for s in ((3, 3), (2, 3)) for k in (0, 1, -1)]


def _stacks(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [*_fits(rng), ((rng.normal(size=(2, 3, 4)),), {"axis1": 1, "axis2": 2})]


for _name, _lower, _samples, _array in (
    ("diag", _diag, lambda rng: [*_fits(rng), ((rng.normal(size=3), 1), {})], "v"),
    ("diagonal", _diagonal, _stacks, "x"),
    ("trace", _trace, _stacks, "x"),
):
    _also = (f"torch.{_name}", f".{_name}")
    lowered(_name, _lower, numpy_and_jax(_name, *_also), _samples, _array)
for _name, _lower in (("diagonal", _diagonal), ("trace", _trace)):
    lowered(
        f"last_{_name}",
        lambda ops, x, /, *, offset=0, rule=_lower: rule(ops, x, offset, -2, -1),
        (f"numpy.linalg.{_name}", f"jax.numpy.linalg.{_name}"),
        draw((((2, 3, 3),), {}), (((3, 3),), {"offset": 1})),
        "x",
        free=("rule",),
    )


def _triangle(name: str) -> None:
    def lower(ops: Ops, m: Any, k: Any = 0) -> Any:
        if ops.aval(m).ndim == 1:
            m = ops.broadcast_to(m, shape=ops.aval(m).shape * 2)
        rows, columns = ops.aval(m).shape[-2:]
        below = np.tri(rows, columns, k if name == "tril" else k - 1, dtype=bool)
        return ops.where(below if name == "tril" else ~below, m, 0.0)

    lowered(
        name,
        lower,
        (f"numpy.{name}", f"torch.{name}", f"jax.numpy.{name}", f".{name}"),
        draw(*[(((3, 3), k), {}) for k in (0, 1, -1)], (((2, 3, 2),), {}), (((3,),), {})),
        "m",
    )


_triangle("tril")
_triangle("triu")


# -- solving


def _is_vector(b: Aval) -> bool:
    return b.ndim == 1


def _solve_infer(a: Aval, b: Aval) -> Aval:
    square("solve", a)
    n = a.shape[-1]
    if not b.ndim or b.shape[0 if b.ndim == 1 else -2] != n:
        raise ValueError(f"solve: shapes {a.shape} and {b.shape} do not fit")
    dtype = result_dtype(a, b)
    dtype = dtype if dtype.startswith(("float", "complex")) else "float64"
    if _is_vector(b):
        return Aval.of((*a.shape[:-2], n), dtype)
    lead = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return Aval.of((*lead, n, b.shape[-1]), dtype)


def _solve_pullback(ops: Ops, ct: Any, result: Any, a: Any, b: Any) -> tuple[Any, Any]:
    x, y = ops.aval(a), ops.aval(b)
    if x.ndim == 2 and y.ndim <= 2:
        b_bar = ops.solve(ops.transpose(a, axes=None), ct)
        if y.ndim == 1:
            return ops.neg(ops.outer(b_bar, result)), b_bar
        return ops.neg(ops.matmul(b_bar, ops.transpose(result, axes=None))), b_bar
    if _is_vector(y):
        ct, result = ops.expand_dims(ct, -1), ops.expand_dims(result, -1)
    b_bar = ops.solve(turned(ops, a), ct)
    a_bar = ops.neg(ops.matmul(b_bar, turned(ops, result)))
    if _is_vector(y):
        b_bar = ops.squeeze(b_bar, -1)
    return ops.unbroadcast(a_bar, shape=x.shape), ops.unbroadcast(b_bar, shape=y.shape)


def _solve_pushforward(ops: Ops, tangents: Any, result: Any, a: Any, b: Any) -> Any:
    a_dot, b_dot = tangents
    right = b_dot
    stacked_vector = _is_vector(ops.aval(b)) and ops.aval(a).ndim > 2
    if stacked_vector:
        result = ops.expand_dims(result, -1)
        right = None if b_dot is None else ops.expand_dims(b_dot, -1)
    if a_dot is not None:
        moved = ops.matmul(a_dot, result)
        right = ops.neg(moved) if right is None else ops.sub(right, moved)
    solved = ops.solve(a, right)
    return ops.squeeze(solved, -1) if stacked_vector else solved


def well_posed(rng: Any, *lead: int) -> Any:
    """Random 3x3 matrices far from singular."""
    return rng.normal(size=(*lead, 3, 3)) + 4.0 * np.eye(3)


def linalg_names(name: str) -> tuple[str, ...]:
    """The names of a function of linear algebra that four libraries spell alike."""
    modules = ("numpy.linalg", "scipy.linalg", "torch.linalg", "jax.numpy.linalg")
    return tuple(f"{m}.{name}" for m in modules)


TABLE.add(
    StructuralEntry(
        name="solve",
        names=("numpy.linalg.solve", "torch.linalg.solve", "jax.numpy.linalg.solve"),
        numpy=lambda a, b: np.linalg.solve(a, b),
        infer=_solve_infer,
        pullback=_solve_pullback,
        pushforward=_solve_pushforward,
        signature=two_operands("solve"),
        emit=lambda o, p: f"numpy.linalg.solve({o[0]}, {o[1]})",
        samples=lambda rng: [
            ((well_posed(rng), rng.normal(size=3)), {}),
            ((well_posed(rng), rng.normal(size=(3, 2))), {}),
            ((well_posed(rng, 2), rng.normal(size=3)), {}),
            ((well_posed(rng, 2), rng.normal(size=(3, 2))), {}),
            ((well_posed(rng), rng.normal(size=(2, 3, 2))), {}),
            ((well_posed(rng, 2), rng.normal(size=(2, 3, 1))), {}),
        ],
        source="Giles, Collected matrix derivative results, 2008, 2.3.1",
    )
)
TABLE.add(
    StructuralEntry(
        name="inv",
        names=linalg_names("inv"),
        numpy=lambda a: np.linalg.inv(a),
        infer=lambda a: square("inv", a),
        pullback=lambda ops, ct, result, a: (
            ops.neg(ops.matmul(ops.matmul(turned(ops, result), ct), turned(ops, result))),
        ),
        pushforward=lambda ops, tangents, result, a: ops.neg(
            ops.matmul(ops.matmul(result, tangents[0]), result)
        ),
        emit=lambda o, p: f"numpy.linalg.inv({o[0]})",
        samples=lambda rng: [((well_posed(rng),), {}), ((well_posed(rng, 2),), {})],
        source="Giles, Collected matrix derivative results, 2008, 2.2.3",
    )
)


# -- powers and chains of matrices


def _matrix_power(ops: Ops, a: Any, n: Any) -> Any:
    square("matrix_power", ops.aval(a))
    power = operator.index(n)
    if power == 0:
        aval = ops.aval(a)
        return ops.add(ops.zeros_like(a), np.eye(aval.shape[-1], dtype=aval.dtype))
    if power < 0:
        a, power = ops.inv(a), -power
    result, factor = None, a
    while power:
        if power & 1:
            result = factor if result is None else ops.matmul(result, factor)
        power >>= 1
        if power:
            factor = ops.matmul(factor, factor)
    return result


def _multi_dot(ops: Ops, arrays: Any, *, out: Any = None) -> Any:
    refuse("multi_dot", {"out": out})
    shapes = [ops.aval(a).shape for a in arrays]
    sizes = [1 if len(shapes[0]) == 1 else shapes[0][0]]
    sizes += [s[0] if len(s) == 1 and k else s[-1] for k, s in enumerate(shapes)]
    if len(shapes[-1]) == 1:
        sizes[-1] = 1
    cost: dict[tuple[int, int], tuple[int, int]] = {}
    n = len(arrays)
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j] = min(
                (
                    (cost[i, k][0] if i < k else 0)
                    + (cost[k + 1, j][0] if k + 1 < j else 0)
                    + sizes[i] * sizes[k + 1] * sizes[j + 1],
                    k,
                )
                for k in range(i, j)
            )

    def chain(i: int, j: int) -> Any:
        if i == j:
            return arrays[i]
        k = cost[i, j][1]
        return ops.matmul(chain(i, k), chain(k + 1, j))

    return chain(0, n - 1)


_LINALG = ("numpy.linalg.", "jax.numpy.linalg.")
lowered(
    "matrix_power",
    _matrix_power,
    tuple(f"{m}matrix_power" for m in _LINALG),
    lambda rng: [((well_posed(rng), k), {}) for k in (0, 1, 2, 5, -2)],
    "a",
)
lowered(
    "multi_dot",
    _multi_dot,
    tuple(f"{m}multi_dot" for m in _LINALG),
    draw((([(2, 3), (3, 4), (4, 2)],), {}), (([(3,), (3, 4), (4,)],), {})),
    free=("arrays",),
)


def _tensorsolve(ops: Ops, a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        raise UnsupportedError("`tensorsolve` with axes is not supported", remedy="transpose first")
    shape = ops.aval(a).shape[ops.aval(b).ndim :]
    size = int(np.prod(shape))
    matrix = ops.reshape(a, shape=(-1, size))
    return ops.reshape(ops.solve(matrix, ops.reshape(b, shape=(-1,))), shape=shape)


def _tensorinv(ops: Ops, a: Any, ind: Any = 2) -> Any:
    shape = ops.aval(a).shape
    size = int(np.prod(shape[ind:]))
    inverse = ops.inv(ops.reshape(a, shape=(-1, size)))
    return ops.reshape(inverse, shape=(*shape[ind:], *shape[:ind]))


lowered(
    "tensorsolve",
    _tensorsolve,
    tuple(f"{m}tensorsolve" for m in _LINALG),
    draw((((2, 3, 6), (2, 3)), {})),
    "a",
    "b",
)
lowered(
    "tensorinv",
    _tensorinv,
    tuple(f"{m}tensorinv" for m in _LINALG),
    draw((((4, 2, 2), 1), {}), (((2, 2, 4),), {})),
    "a",
)
