"""The slope along a solution as an operation of the table."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....operations.arrays.index_codes import ALL
from ....operations.table.entry import TABLE, Ops, StructuralEntry
from ....program.program import Aval
from .equations import RightHandSide
from .system import active_operands


def _at(times: Any, rows: Any, *params: Any, rhs: RightHandSide) -> Any:
    bound = rhs.bind(params)
    times, rows = np.asarray(times, float), np.asarray(rows, float)
    return np.array([bound(t, y) for t, y in zip(times, rows, strict=True)]).reshape(rows.shape)


def _slope_pullback(
    ops: Ops, ct: Any, result: Any, times: Any, rows: Any, *params: Any, rhs: RightHandSide
) -> list[Any]:
    active = active_operands(ops, (times, rows, *params))
    moving = tuple(k for k in rhs.moving() if active[2 + k])
    found: list[Any] = [None] * (2 + len(params))
    n, count = rhs.size, ops.aval(times).size
    pulled = ops.ode_slope_pull(times, rows, *params, ct, rhs=rhs, moving=moving)
    found[0] = ops.getitem(pulled, index=(("slice", 0, count, None),))
    place = count + count * n
    piece = ops.getitem(pulled, index=(("slice", count, place, None),))
    found[1] = ops.reshape(piece, shape=(count, n))
    for k in moving:
        aval = rhs.params[k].aval
        piece = ops.getitem(pulled, index=(("slice", place, place + aval.size, None),))
        found[2 + k] = ops.reshape(piece, shape=aval.shape)
        place += aval.size
    return found


def _slope_pushforward(
    ops: Ops, tangents: Any, result: Any, times: Any, rows: Any, *params: Any, rhs: RightHandSide
) -> Any:
    t_dot, rows_dot, *moves = tangents
    n, count = rhs.size, ops.aval(times).size
    timed = rhs.timed()
    moving = [k for k in rhs.moving() if moves[k] is not None]
    rows_dot = np.zeros((count, n)) if rows_dot is None else rows_dot
    t_dot = np.zeros(count) if t_dot is None else t_dot
    # The time is one more state, which moves as well.
    wide = timed.forward((("along", *moving) if moving else None,))
    column = ops.reshape(times, shape=(count, 1))
    moved = ops.reshape(t_dot, shape=(count, 1))
    states = ops.concatenate(rows, column, rows_dot, moved, axis=1)
    slopes = ops.ode_slope(times, states, *params, *[moves[k] for k in moving], rhs=wide)
    return ops.getitem(slopes, index=(ALL, ("slice", n + 1, 2 * n + 1, None)))


def _slope_pull(*operands: Any, rhs: RightHandSide, moving: Any) -> Any:
    times, rows, *params, ct = operands
    times, rows = np.asarray(times, float), np.asarray(rows, float)
    n, count = rhs.size, len(times)
    sizes = [rhs.params[k].aval.size for k in moving]
    total = np.zeros(count + count * n + sum(sizes))
    bound = rhs.bind(params)
    for i in range(count):
        bound(times[i], rows[i])
        pulled = rhs.slope_adjoint(bound.key, moving).bind([*params, ct[i]])(times[i], rows[i])
        pulled = np.asarray(pulled, float)
        total[i] = pulled[0]
        total[count + i * n : count + (i + 1) * n] = pulled[1 : 1 + n]
        total[count + count * n :] += pulled[1 + n :]
    return total


TABLE.add(
    StructuralEntry(
        name="ode_slope",
        numpy=_at,
        infer=lambda times, rows, *params, rhs: Aval.of((times.size, rhs.size), "float64"),
        pullback=_slope_pullback,
        pushforward=_slope_pushforward,
        describe=lambda o, p: f"f({', '.join(o)})",
    )
)

TABLE.add(
    StructuralEntry(
        name="ode_slope_pull",
        numpy=_slope_pull,
        infer=lambda times, rows, *more, rhs, moving: Aval.of(
            (times.size * (1 + rhs.size) + sum(rhs.params[k].aval.size for k in moving),), "float64"
        ),
        describe=lambda o, p: f"pullback(f, {', '.join(o)})",
    )
)
