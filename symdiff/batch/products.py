"""How products of arrays, and what solves with matrices, are batched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..program.program import Aval, Operand, Var, operand_aval
from .program import RULES, Batch, Params


def _matmul(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, y = operands
    left, right = operand_aval(x).shape, operand_aval(y).shape
    if not b.is_batched(y) and len(left) == 1 and len(right) <= 2:
        return b.matmul(b.fronts[x], y)
    if not b.is_batched(x) and len(right) == 1 and len(left) <= 2:
        turned = x if len(left) == 1 else b.transpose(x, axes=None)
        return b.matmul(b.fronts[y], turned)
    left = (1, *left) if len(left) == 1 else left
    right = (*right, 1) if len(right) == 1 else right
    ndim = max(len(left), len(right))
    return b.matmul(_matrices(b, x, left, ndim), _matrices(b, y, right, ndim))


def _matrices(b: Batch, x: Operand, shape: tuple[int, ...], ndim: int) -> Any:
    if b.is_batched(x):
        return b.shaped(b.fronts[x], (1,) * (ndim - len(shape)) + shape)
    return x if operand_aval(x).shape == shape else b.reshape(x, shape=shape)


def _outer(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    rows, columns = aval.shape
    shapes = ((rows, 1), (1, columns))
    parts = [b.shaped(b.lifted(o), s) for o, s in zip(operands, shapes, strict=True)]
    return b.mul(*parts)


def _einsum(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    inputs, _, output = params["subscripts"].partition("->")
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    free = next((c for c in letters if c not in params["subscripts"]), None)
    if free is None:
        return None
    terms = [
        free + t if b.is_batched(o) else t for t, o in zip(inputs.split(","), operands, strict=True)
    ]
    reads = [b.fronts.get(o, o) if type(o) is Var else o for o in operands]
    return b.contraction(*reads, subscripts=f"{','.join(terms)}->{free}{output}")


def _interval(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, knots = operands
    return None if b.is_batched(knots) else b.interval(b.fronts[x], knots)


def _solve(b: Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    a, y = operands
    if b.is_batched(a) or operand_aval(a).ndim != 2 or operand_aval(y).ndim not in (1, 2):
        return None
    # One matrix: the right-hand sides of the batch stand side by side.
    shape = operand_aval(y).shape
    columns = shape[1:] or (1,)
    side = b.transpose(b.shaped(b.fronts[y], (shape[0], *columns)), axes=(1, 0, 2))
    side = b.reshape(side, shape=(shape[0], b.size * columns[0]))
    found = b.reshape(b.solve(a, side), shape=(shape[0], b.size, columns[0]))
    return b.transpose(found, axes=(1, 0, 2))


RULES.update(
    {
        "matmul": _matmul,
        "outer": _outer,
        "contraction": _einsum,
        "interval": _interval,
        "solve": _solve,
    }
)
