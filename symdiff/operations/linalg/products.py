"""Entries for products of arrays: `@`, `dot`, `outer`, `tensordot`, `einsum`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...program.program import Aval
from ...program.shapes import broadcast_shapes
from ..numbers.complexes import is_complex
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import lowered, numpy_and_jax
from ..table.signatures import axes_of, refuse, tight


def result_dtype(*avals: Aval) -> str:
    """The dtype of a product of arrays."""
    return np.result_type(*[np.ones(1, a.dtype) for a in avals]).name


# -- products


def _matmul_infer(a: Aval, b: Aval) -> Aval:
    if not a.ndim or not b.ndim:
        raise ValueError("matmul: operands must have at least one axis; use * for numbers")
    left = (1, *a.shape) if a.ndim == 1 else a.shape
    right = (*b.shape, 1) if b.ndim == 1 else b.shape
    if left[-1] != right[-2]:
        raise ValueError(f"matmul: shapes {a.shape} and {b.shape} do not fit")
    lead = broadcast_shapes(left[:-2], right[:-2])
    rows = () if a.ndim == 1 else (left[-2],)
    columns = () if b.ndim == 1 else (right[-1],)
    return Aval.of((*lead, *rows, *columns), result_dtype(a, b))


def _matmul_pullback(ops: Ops, ct: Any, result: Any, a: Any, b: Any) -> tuple[Any, Any]:
    x, y = ops.aval(a), ops.aval(b)
    if (x.ndim, y.ndim) == (1, 1):
        return ops.mul(ct, b), ops.mul(ct, a)
    if (x.ndim, y.ndim) == (2, 1):
        return ops.outer(ct, b), ops.matmul(ops.transpose(a, axes=None), ct)
    if (x.ndim, y.ndim) == (1, 2):
        return ops.matmul(b, ct), ops.outer(a, ct)
    if (x.ndim, y.ndim) == (2, 2):
        return (
            ops.matmul(ct, ops.transpose(b, axes=None)),
            ops.matmul(ops.transpose(a, axes=None), ct),
        )
    left, right = x.shape, y.shape
    if x.ndim == 1:
        left = (1, *left)
        a = ops.reshape(a, shape=left)
    if y.ndim == 1:
        right = (*right, 1)
        b = ops.reshape(b, shape=right)
    lead = broadcast_shapes(left[:-2], right[:-2])
    ct = ops.reshape(ct, shape=(*lead, left[-2], right[-1]))
    a_bar = ops.unbroadcast(ops.matmul(ct, ops.swapaxes(b, -1, -2)), shape=left)
    b_bar = ops.unbroadcast(ops.matmul(ops.swapaxes(a, -1, -2), ct), shape=right)
    return ops.reshape(a_bar, shape=x.shape), ops.reshape(b_bar, shape=y.shape)


def _product_samples(*pairs: tuple[tuple[int, ...], tuple[int, ...]]) -> Any:
    return lambda rng: [((rng.normal(size=a), rng.normal(size=b)), {}) for a, b in pairs]


def _infix(symbol: str) -> Any:
    return lambda o, p: f"{_factor(o[0])} {symbol} {_factor(o[1])}"


def _factor(operand: str) -> str:
    return operand if operand.startswith(("[", "<")) else tight(operand)


def two_operands(name: str) -> Any:
    """Read `name(a, b)`, refusing keywords."""

    def signature(a: Any, b: Any, **more: Any) -> tuple[tuple[Any, Any], dict[str, Any]]:
        refuse(name, more, {"casting": "same_kind", "order": "K"})
        return (a, b), {}

    return signature


TABLE.add(
    StructuralEntry(
        name="matmul",
        names=(
            "operator.matmul",
            "numpy.matmul",
            "numpy.linalg.matmul",
            "torch.matmul",
            "jax.numpy.matmul",
            "torch.mm",
            "torch.mv",
            ".matmul",
            ".mm",
            ".mv",
        ),
        numpy=np.matmul,
        infer=_matmul_infer,
        pullback=_matmul_pullback,
        linear="each",
        signature=two_operands("matmul"),
        emit=_infix("@"),
        describe=_infix("@"),
        samples=_product_samples(
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((2,), (2, 3)),
            ((2, 3), (3, 4)),
            ((5, 2, 3), (3, 4)),
            ((2, 3), (5, 3, 4)),
            ((5, 2, 3), (3,)),
            ((3,), (5, 3, 2)),
            ((5, 1, 2, 3), (4, 3, 2)),
        ),
    )
)
TABLE.add(
    StructuralEntry(
        name="outer",
        names=("numpy.outer", "torch.outer", "jax.numpy.outer", ".outer"),
        numpy=lambda a, b: np.outer(a, b),
        infer=lambda a, b: Aval.of((a.size, b.size), result_dtype(a, b)),
        pullback=lambda ops, ct, result, a, b: (
            ops.reshape(ops.matmul(ct, ops.ravel(b)), shape=ops.aval(a).shape),
            ops.reshape(ops.matmul(ops.ravel(a), ct), shape=ops.aval(b).shape),
        ),
        linear="each",
        signature=two_operands("outer"),
        emit=lambda o, p: f"numpy.outer({o[0]}, {o[1]})",
        samples=_product_samples(((2,), (3,)), ((2, 2), (3,)), ((), (3,))),
    )
)


lowered(
    "outer_of_vectors",
    lambda ops, x1, x2, /: ops.outer(x1, x2),
    ("numpy.linalg.outer", "jax.numpy.linalg.outer"),
    _product_samples(((2,), (3,))),
    "x1",
    "x2",
)


def _conjugate(ops: Ops, x: Any) -> Any:
    return ops.conj(x) if is_complex(ops.aval(x)) else x


def _dot(ops: Ops, a: Any, b: Any, **more: Any) -> Any:
    refuse("dot", more)
    x, y = ops.aval(a), ops.aval(b)
    if not x.ndim or not y.ndim:
        return ops.mul(a, b)
    if y.ndim <= 2:
        return ops.matmul(a, b)
    return _tensordot(ops, a, b, ((-1,), (-2,)))


def _inner(ops: Ops, a: Any, b: Any) -> Any:
    x, y = ops.aval(a), ops.aval(b)
    if not x.ndim or not y.ndim:
        return ops.mul(a, b)
    return ops.matmul(a, b) if y.ndim == 1 else _tensordot(ops, a, b, ((-1,), (-1,)))


def _tensordot(ops: Ops, a: Any, b: Any, axes: Any = 2) -> Any:
    x, y = ops.aval(a), ops.aval(b)
    if isinstance(axes, (tuple, list)):
        over_a, over_b = axes_of(axes[0]) or (), axes_of(axes[1]) or ()
    else:
        over_a, over_b = tuple(range(x.ndim - axes, x.ndim)), tuple(range(axes))
    over_a = tuple(k % x.ndim for k in over_a)
    over_b = tuple(k % y.ndim for k in over_b)
    free_a = [k for k in range(x.ndim) if k not in over_a]
    free_b = [k for k in range(y.ndim) if k not in over_b]
    size = math.prod(x.shape[k] for k in over_a)
    rows = [x.shape[k] for k in free_a]
    columns = [y.shape[k] for k in free_b]
    left = ops.reshape(ops.transpose(a, axes=(*free_a, *over_a)), shape=(math.prod(rows), size))
    right = ops.reshape(ops.transpose(b, axes=(*over_b, *free_b)), shape=(size, math.prod(columns)))
    return ops.reshape(ops.matmul(left, right), shape=(*rows, *columns))


for _name, _lower, _sample, _also in (
    (
        "dot",
        _dot,
        (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((), (2,))),
        (".dot", "torch.dot"),
    ),
    ("inner", _inner, (((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,)), ((), (2,))), (".inner",)),
    (
        "tensordot",
        _tensordot,
        (((2, 3, 4), (3, 4, 2)),),
        ("torch.tensordot", "numpy.linalg.tensordot"),
    ),
    (
        "vdot",
        lambda ops, a, b: ops.matmul(_conjugate(ops, ops.ravel(a)), ops.ravel(b)),
        (((3,), (3,)), ((2, 3), (2, 3))),
        ("torch.vdot",),
    ),
):
    lowered(
        _name,
        _lower,
        numpy_and_jax(_name, *_also),
        _product_samples(*_sample),
        "a",
        "b",
        free=("more",),
    )


# -- products of the last axes, over stacks


def _vecdot(ops: Ops, x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    return ops.sum(ops.mul(_conjugate(ops, x1), x2), axis=(axis,), keepdims=False)


def _matvec(ops: Ops, x1: Any, x2: Any, /, **more: Any) -> Any:
    refuse("matvec", more)
    return ops.squeeze(ops.matmul(x1, ops.expand_dims(x2, -1)), -1)


def _vecmat(ops: Ops, x1: Any, x2: Any, /, **more: Any) -> Any:
    refuse("vecmat", more)
    return ops.squeeze(ops.matmul(ops.expand_dims(_conjugate(ops, x1), -2), x2), -2)


lowered(
    "vecdot",
    _vecdot,
    numpy_and_jax("vecdot", "numpy.linalg.vecdot"),
    _product_samples(((2, 3), (3,)), ((3,), (3,))),
    "x1",
    "x2",
)
lowered(
    "matvec",
    _matvec,
    numpy_and_jax("matvec"),
    _product_samples(((4, 2, 3), (3,)), ((2, 3), (4, 3))),
    "x1",
    "x2",
    free=("more",),
)
lowered(
    "vecmat",
    _vecmat,
    numpy_and_jax("vecmat"),
    _product_samples(((4, 2), (2, 3)), ((2,), (4, 2, 3))),
    "x1",
    "x2",
    free=("more",),
)


# -- products that are no contraction


def _cross(
    ops: Ops,
    a: Any,
    b: Any,
    axisa: Any = -1,
    axisb: Any = -1,
    axisc: Any = -1,
    axis: Any = None,
) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = ops.moveaxis(a, axisa, -1), ops.moveaxis(b, axisb, -1)
    sizes = ops.aval(a).shape[-1], ops.aval(b).shape[-1]
    if not set(sizes) <= {2, 3}:
        raise ValueError("incompatible dimensions for cross product (dimension must be 2 or 3)")

    def part(x: Any, k: int) -> Any:
        return ops.getitem(x, index=("...", k)) if k < ops.aval(x).shape[-1] else None

    def minor(i: int, j: int) -> Any:
        first, second, third, fourth = part(a, i), part(b, j), part(a, j), part(b, i)
        left = None if first is None or second is None else ops.mul(first, second)
        right = None if third is None or fourth is None else ops.mul(third, fourth)
        if left is None:
            return ops.neg(right)
        return left if right is None else ops.sub(left, right)

    if sizes == (2, 2):
        return minor(0, 1)
    return ops.moveaxis(ops.stack([minor(1, 2), minor(2, 0), minor(0, 1)], -1), -1, axisc)


def _kron(ops: Ops, a: Any, b: Any) -> Any:
    n = max(ops.aval(a).ndim, ops.aval(b).ndim)
    x, y = (ops.aval(v).shape for v in (a, b))
    x, y = (1,) * (n - len(x)) + x, (1,) * (n - len(y)) + y
    left = ops.reshape(a, shape=tuple(v for m in x for v in (m, 1)))
    right = ops.reshape(b, shape=tuple(v for m in y for v in (1, m)))
    joined = tuple(p * q for p, q in zip(x, y, strict=True))
    return ops.reshape(ops.mul(left, right), shape=joined)


lowered(
    "cross",
    _cross,
    numpy_and_jax("cross", "numpy.linalg.cross"),
    lambda rng: [
        *_product_samples(((3,), (3,)), ((2, 3), (3,)))(rng),
        ((rng.normal(size=(3, 2)), rng.normal(size=(3, 2))), {"axis": 0}),
    ],
    "a",
    "b",
)
_KRON = _product_samples(((2, 2), (2, 3)), ((2,), (3,)))
lowered(
    "kron",
    _kron,
    numpy_and_jax("kron", "scipy.linalg.kron"),
    _product_samples(((2, 2), (2, 3)), ((2,), (3,))),
    "a",
    "b",
)
