"""A solution with its sensitivities, as one larger system: pulled back, and pushed forward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....operations.arrays.index_codes import ALL
from ....operations.table.entry import Ops
from ....program.program import Var
from .columns import Column
from .equations import RightHandSide
from .solve import Plan


class System:
    """The operands of a solution: the same for both operations that give states."""

    def __init__(
        self,
        ops: Ops,
        result: Any,
        y0: Any,
        ends: Any,
        times: Any,
        params: Sequence[Any],
        rhs: RightHandSide,
        plan: Plan,
        sizes: Any,
    ) -> None:
        self.ops = ops
        self.result = result
        self.y0 = y0
        self.ends = ends
        self.times = times
        self.params = tuple(params)
        self.rhs = rhs
        self.plan = plan
        self.sizes = sizes
        self.n = rhs.size
        self.count = ops.aval(times).size

    def first_slope(self) -> Any:
        """The slope at the beginning."""
        start = self.ops.getitem(self.ends, index=(("slice", 0, 1, None),))
        row = self.ops.reshape(self.y0, shape=(1, self.n))
        slope = self.ops.ode_slope(start, row, *self.params, rhs=self.rhs)
        return self.ops.reshape(slope, shape=(self.n,))

    def slopes(self) -> Any:
        """The slope at each time."""
        return self.ops.ode_slope(self.times, self.result, *self.params, rhs=self.rhs)

    def solve(
        self, columns: tuple[Column, ...], starts: Sequence[Any], moves: Sequence[Any], sizes: Any
    ) -> Any:
        """States and sensitivities: `(count, 1 + columns, n)`."""
        ops = self.ops
        wide = self.rhs.forward(columns)
        begin = ops.concatenate(self.y0, *starts, axis=0)
        scale = sizes if self.sizes is None else ops.concatenate(self.sizes, sizes, axis=0)
        rows = ops.ode_moves(
            begin,
            self.ends,
            self.times,
            *self.params,
            *moves,
            scale,
            rhs=wide,
            plan=self.plan,
            scale=None,
        )
        return ops.reshape(rows, shape=(self.count, 1 + len(columns), self.n))


def _size_of(ops: Ops, value: Any, shape: tuple[int, ...]) -> Any:
    """The size of what a derivative is taken with respect to: never zero."""
    size = ops.detach(value)
    if ops.aval(size).dtype != "float64":
        size = ops.cast(size, dtype="float64")
    flat = ops.reshape(ops.abs(size), shape=shape)
    return ops.where(ops.gt(flat, 0.0), flat, 1.0)


def _many(system: System, columns: int) -> bool:
    """Whether one adjoint costs less than that many columns of sensitivities."""
    rhs, work = system.rhs, system.n**2 * columns
    if columns < 12 or rhs.origin is not None or not rhs.smooth:
        return False
    return work > 2000 * max(1.0, system.count / 20)


def pull(
    ops: Ops, ct: Any, system: System, active: Sequence[bool], forward: bool = False
) -> list[Any]:
    """The cotangents of `y0`, `ends`, `times` and the parameters."""
    n, rhs = system.n, system.rhs
    of_y0, of_ends, of_times, *of_params = active
    columns: list[Column] = []
    starts: list[Any] = []
    sizes: list[Any] = []
    if of_y0:
        columns += [None] * n
        starts += list(np.eye(n))
        sizes.append(_size_of(ops, system.y0, (n,)))
    if of_ends:
        columns.append(None)
        starts.append(ops.neg(system.first_slope()))
        sizes.append(np.ones(1))
    moving = [k for k in rhs.moving() if of_params[k]]
    for k in moving:
        aval = rhs.params[k].aval
        columns += [(k, e) for e in range(aval.size)]
        starts += [np.zeros(n)] * aval.size
        sizes.append(_size_of(ops, system.params[k], (aval.size,)))
    found: list[Any] = [None] * (3 + len(of_params))
    if of_times:
        found[2] = ops.sum(ops.mul(ct, system.slopes()), axis=(1,), keepdims=False)
    if not columns:
        return found
    place = 0
    if forward or not _many(system, len(columns)):
        solved = system.solve(tuple(columns), starts, (), ops.concatenate(*sizes, axis=0))
        part = ops.getitem(solved, index=(ALL, ("slice", 1, None, None)))
        weighed = ops.mul(part, ops.reshape(ct, shape=(system.count, 1, n)))
        total = ops.sum(weighed, axis=(0, 2), keepdims=False)
    else:
        total = ops.ode_adjoint(
            system.y0,
            system.ends,
            system.times,
            *system.params,
            ct,
            rhs=rhs,
            plan=system.plan,
            active=tuple(moving),
        )
        place = 0 if of_y0 else n
        if not of_ends:
            # The cotangent of the initial time stands between.
            parts = [("slice", 0, n, None), ("slice", n + 1, None, None)]
            total = ops.concatenate(*[ops.getitem(total, index=(p,)) for p in parts], axis=0)
    if of_y0:
        found[0] = ops.getitem(total, index=(("slice", 0, n, None),))
        place = n
    if of_ends:
        first = ops.getitem(total, index=(("slice", place, place + 1, None),))
        found[1] = ops.concatenate(first, np.zeros(1), axis=0)
        place += 1
    for k in moving:
        aval = rhs.params[k].aval
        piece = ops.getitem(total, index=(("slice", place, place + aval.size, None),))
        found[3 + k] = ops.reshape(piece, shape=aval.shape)
        place += aval.size
    return found


def push(ops: Ops, system: System, tangents: Sequence[Any]) -> Any:
    """The tangent of the states."""
    y0_dot, ends_dot, times_dot, *moves = tangents
    n, rhs = system.n, system.rhs
    start: Any = y0_dot
    if ends_dot is not None:
        first = ops.getitem(ends_dot, index=(0,))
        shift = ops.neg(ops.mul(system.first_slope(), first))
        start = shift if start is None else ops.add(start, shift)
    moving = [k for k in rhs.moving() if moves[k] is not None]
    total: Any = None
    if start is not None or moving:
        column: Column = ("along", *moving) if moving else None
        solved = system.solve(
            (column,),
            [np.zeros(n) if start is None else start],
            [moves[k] for k in moving],
            np.ones(1),
        )
        total = ops.getitem(solved, index=(ALL, 1))
    if times_dot is not None:
        moved = ops.mul(system.slopes(), ops.reshape(times_dot, shape=(system.count, 1)))
        total = moved if total is None else ops.add(total, moved)
    return total


def active_operands(ops: Ops, operands: Sequence[Any]) -> list[bool]:
    """Which operands a reverse sweep wants the cotangents of."""
    live = getattr(ops, "reads", None)
    return [type(o) is Var and (live is None or o in live) for o in operands]
