"""Entries for products of arrays: `@`, `dot`, `outer`, `tensordot`, `einsum`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..program import Aval
from .entry import TABLE, Ops, StructuralEntry
from .signatures import axes_of, refuse, tight


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
    lead = np.broadcast_shapes(left[:-2], right[:-2])
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
    lead = np.broadcast_shapes(left[:-2], right[:-2])
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
    ("tensordot", _tensordot, (((2, 3, 4), (3, 4, 2)),), ("torch.tensordot",)),
):
    TABLE.add(
        StructuralEntry(
            name=_name,
            names=(f"numpy.{_name}", f"jax.numpy.{_name}", *_also),
            lower=_lower,
            samples=_product_samples(*_sample),
        )
    )
TABLE.add(
    StructuralEntry(
        name="vdot",
        names=("numpy.vdot", "torch.vdot", "jax.numpy.vdot"),
        lower=lambda ops, a, b: ops.matmul(ops.ravel(a), ops.ravel(b)),
        samples=_product_samples(((3,), (3,)), ((2, 3), (2, 3))),
    )
)


# -- einsum


def _einsum_signature(subscripts: str, *operands: Any, **more: Any) -> tuple[Any, dict[str, Any]]:
    refuse("einsum", more, {"optimize": False, "order": "K", "casting": "safe"})
    return operands, {"subscripts": _explicit(subscripts)}


def _explicit(subscripts: Any) -> str:
    """`"ij,jk"` as `"ij,jk->ik"`.

    Raises:
        UnsupportedError: an ellipsis, or an index twice in one operand.
    """
    if not isinstance(subscripts, str):
        raise UnsupportedError("`einsum` without a string of subscripts is not supported")
    subscripts = subscripts.replace(" ", "")
    if "." in subscripts:
        raise UnsupportedError(
            "`einsum` with an ellipsis is not supported", remedy="name every axis"
        )
    inputs, arrow, output = subscripts.partition("->")
    for term in inputs.split(","):
        if len(set(term)) != len(term):
            raise UnsupportedError(
                f"`einsum` with an index twice in one operand ({term!r}) is not supported",
                remedy="take the diagonal first",
            )
    if not arrow:
        letters = inputs.replace(",", "")
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return f"{inputs}->{output}"


def _einsum_sizes(terms: Sequence[str], avals: Sequence[Aval]) -> dict[str, int]:
    return {
        c: n
        for term, a in zip(terms, avals, strict=True)
        for c, n in zip(term, a.shape, strict=True)
    }


def _einsum_infer(*avals: Aval, subscripts: str) -> Aval:
    inputs, _, output = subscripts.partition("->")
    sizes = _einsum_sizes(inputs.split(","), avals)
    return Aval.of(tuple(sizes[c] for c in output), result_dtype(*avals))


def _einsum_pullback(ops: Ops, ct: Any, result: Any, *operands: Any, subscripts: str) -> list[Any]:
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    sizes = _einsum_sizes(terms, [ops.aval(o) for o in operands])
    cotangents = []
    for k, term in enumerate(terms):
        others = [o for j, o in enumerate(operands) if j != k]
        reads = [output, *[t for j, t in enumerate(terms) if j != k]]
        # An index of this operand that nothing else has was summed: its cotangent is spread.
        lonely = "".join(c for c in term if not any(c in read for read in reads))
        extra = [np.ones([sizes[c] for c in lonely], ops.aval(ct).dtype)] if lonely else []
        inverse = ",".join([*reads, *([lonely] if lonely else [])]) + "->" + term
        cotangents.append(ops.einsum(ct, *others, *extra, subscripts=inverse))
    return cotangents


TABLE.add(
    StructuralEntry(
        name="einsum",
        names=("numpy.einsum", "torch.einsum", "jax.numpy.einsum"),
        numpy=lambda *operands, subscripts: np.einsum(subscripts, *operands),
        infer=_einsum_infer,
        pullback=_einsum_pullback,
        linear="each",
        signature=_einsum_signature,
        emit=lambda o, p: f"numpy.einsum({p['subscripts']!r}, {', '.join(o)})",
        describe=lambda o, p: f"einsum({p['subscripts']!r}, {', '.join(o)})",
        alias=True,  # NumPy gives a view where nothing is summed
        samples=lambda rng: [
            (("ij,jk->ik", rng.normal(size=(2, 3)), rng.normal(size=(3, 4))), {}),
            (("ij,jk", rng.normal(size=(2, 3)), rng.normal(size=(3, 4))), {}),
            (("ij->i", rng.normal(size=(2, 3))), {}),
            (("ij->ji", rng.normal(size=(2, 3))), {}),
            (("i,j,ij->", rng.normal(size=2), rng.normal(size=3), rng.normal(size=(2, 3))), {}),
        ],
    )
)
