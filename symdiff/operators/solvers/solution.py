"""The solution of equations as a function of their parameters, and its derivatives.

The solution `z` satisfies `F(z, p) = 0`, and the implicit function theorem (DLMF 1.5.6) gives its
derivative, `dz = -inv(F_z) F_p dp`. That is taken at the solution which Newton's method reaches
from what the solver found, so that the derivative is not less accurate because the solver was told
to stop early; where Newton's method does not confirm the solution, or `F_z` is singular, the
derivative is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...operations.table.entry import TABLE, Ops, StructuralEntry
from ...program.program import FLOAT, Aval, operand_aval
from .pointwise import Inner

_NEWTON_STEPS = 6
_TRUSTED, _DOUBTED = 0.05, 1e-5
"""How far, relative to its size, a solution may be from where Newton's method leads: one that the
solver calls a success, and one that it does not."""

_ROUNDING = 1e-8
"""Relative to its size, how far a root of order two may be from where it is found."""


def rows_of(f: Inner, params: Sequence[Any], z: Any, diagonal: bool) -> Any:
    """`F_z` at a point: a matrix, or its diagonal where there is nothing else."""
    slope = f.gradient(True, False)
    shape = operand_aval(f.program.outputs[0]).shape
    if diagonal:
        return slope.function([*params, np.ones(shape)[()]])(z)
    seeds = np.eye(f.size)
    return np.array([slope.function([*params, e.reshape(shape)[()]])(z) for e in seeds])


def _scales(jacobian: Any) -> tuple[Any, Any]:
    """What the rows and the columns of a matrix are divided by to make them comparable."""
    rows = np.max(np.abs(jacobian), axis=1, keepdims=True)
    rows = np.where(rows > 0, rows, 1)
    columns = np.max(np.abs(jacobian / rows), axis=0)
    return rows, np.where(columns > 0, columns, 1)


def _solution(z: Any, success: Any, *params: Any, f: Inner, diagonal: bool) -> Any:
    """Where Newton's method leads from `z`; NaN unless that is near, and a simple root."""
    function, start = f.function(params), np.array(z, float)
    with np.errstate(all="ignore"):
        first = jacobian = rows_of(f, params, start, diagonal)
        if not np.all(np.isfinite(first)) and not diagonal:
            return np.full(start.shape, np.nan)
        rows, columns = _scales(first[None] if diagonal else first)

        def smallest(matrix: Any) -> Any:
            """The distance from a singular matrix."""
            if diagonal:
                return np.abs(matrix)
            return np.linalg.svd(matrix / rows / columns, compute_uv=False)[-1]

        def ahead(point: Any, matrix: Any) -> Any:
            residual = function(point)
            if diagonal:
                return residual / matrix
            return np.linalg.solve(matrix / rows / columns, residual / rows[:, 0]) / columns

        here, last = start, np.full(start.shape, np.inf)
        size = 1 + np.abs(start) if diagonal else 1 + np.max(np.abs(start), initial=0)
        try:
            for _ in range(_NEWTON_STEPS):
                step = ahead(here, jacobian)
                small = np.abs(step) <= 4e-16 * np.abs(here)
                if np.all(small | ~(np.abs(step) < 0.5 * last)):
                    break  # no better than rounding, or no progress
                here, last = here - np.where(np.isfinite(step), step, 0), np.abs(step)
                jacobian = rows_of(f, params, here, diagonal)
            beside = rows_of(f, params, here * (1 + _ROUNDING), diagonal)
            least = smallest(jacobian)
            # At a root of higher order `F_z` vanishes as the root is approached.
            fine = least > (0 if diagonal else 1e-14)
            for other in (first, beside):
                fine = fine & (np.abs(smallest(other) - least) <= 0.5 * least)
        except np.linalg.LinAlgError:
            return np.full(start.shape, np.nan)
        near = np.abs(here - start) <= (_TRUSTED if success > 0 else _DOUBTED) * size
        fine = fine & near & (np.abs(step) <= 1e-6 * size)
    return np.where(fine if diagonal else np.all(fine), here, np.nan)


def _pullback(
    ops: Ops, ct: Any, result: Any, z: Any, success: Any, *params: Any, f: Inner, diagonal: bool
) -> list[Any]:
    shape = operand_aval(f.program.outputs[0]).shape
    turned = ops.neg(_divided(ops, ct, result, params, f, diagonal, transposed=True))
    seed = ops.reshape(turned, shape=shape)
    whole = ops.inner_at(result, *params, seed, f=f.gradient(False, True))
    doubt = ops.doubt(result)
    parts = {v: ops.add(part, doubt) for v, part in f.cut(ops, whole, False, True).items()}
    return [None, None, *[parts.get(v) for v in f.program.inputs[1:]]]


def _pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    z: Any,
    success: Any,
    *params: Any,
    f: Inner,
    diagonal: bool,
) -> Any:
    moves = f.moves(tangents[2:])
    moved = ops.inner_at(result, *params, *moves, f=f.tangent(False))
    turned = _divided(ops, moved, result, params, f, diagonal, transposed=False)
    return ops.sub(ops.doubt(result), turned)


def _divided(
    ops: Ops, value: Any, z: Any, params: Sequence[Any], f: Inner, diagonal: bool, transposed: bool
) -> Any:
    """A vector times the inverse of `F_z` at `z`, or of its transpose."""
    slope = f.gradient(True, False)
    shape = operand_aval(f.program.outputs[0]).shape
    if diagonal:
        return ops.div(value, ops.inner_at(z, *params, np.ones(shape)[()], f=slope))
    rows = [ops.inner_at(z, *params, e.reshape(shape)[()], f=slope) for e in np.eye(f.size)]
    matrix = ops.stack(rows, axis=1 if transposed else 0)
    return ops.solve(matrix, value)


TABLE.add(
    StructuralEntry(
        name="solution",
        numpy=_solution,
        infer=lambda z, *avals, f, diagonal: Aval.of(z.shape, "float64"),
        pullback=_pullback,
        pushforward=_pushforward,
        describe=lambda o, p: f"solution({', '.join(o)})",
        source="DLMF 1.5.6",
    )
)

TABLE.add(
    StructuralEntry(
        name="doubt",
        numpy=lambda x: 0.0 if np.all(np.isfinite(x)) else math.nan,
        infer=lambda x: FLOAT,
        pullback=lambda ops, ct, result, x: [None],
        pushforward=lambda ops, tangents, result, x: None,
        describe=lambda o, p: f"doubt({o[0]})",
    )
)

TABLE.add(
    StructuralEntry(
        name="found",
        numpy=lambda z, solution: np.array(z),
        infer=lambda z, solution: z,
        pullback=lambda ops, ct, result, z, solution: [None, ct],
        pushforward=lambda ops, tangents, result, z, solution: tangents[1],
        describe=lambda o, p: o[0],
    )
)
