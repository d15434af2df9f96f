"""Solving as operations of the table, and their derivatives.

`ode_run` solves as the user does; what it found is read by the operations after it. `ode` are
states at some times. Its derivatives are `ode_moves`: states and sensitivities, which are states of
a larger system, so that derivatives have derivatives. `ode_event` is the time of an event, which is
differentiated implicitly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....errors import UnsupportedError
from ....operations.statements.builder import Builder
from ....operations.table.entry import TABLE, Ops, StructuralEntry
from ....program.program import FOUND, INT, Aval, Program, Var
from . import adjoint, sensitivities
from .columns import Column
from .equations import RightHandSide
from .solve import Plan, Run, run

_ALL = ("slice", None, None, None)
_LOOSE = 2e-5


def _solved(y0: Any, ends: Any, times: Any, *params: Any, rhs: Any, plan: Plan) -> Run:
    return run(rhs, plan, y0, ends, times, params)


def _nothing(ops: Ops, ct: Any, result: Any, *operands: Any, **params: Any) -> list[Any]:
    return [None] * len(operands)


def _still(ops: Ops, tangents: Any, result: Any, *operands: Any, **params: Any) -> Any:
    return None


def _enter_constant(name: str, numpy: Any, infer: Any, describe: Any = None) -> None:
    """An operation without a derivative: what a solver chooses, counts or says."""
    TABLE.add(
        StructuralEntry(
            name=name,
            numpy=numpy,
            infer=infer,
            pullback=_nothing,
            pushforward=_still,
            describe=describe,
        )
    )


_enter_constant(
    "ode_run",
    _solved,
    lambda y0, ends, times, *params, rhs, plan: FOUND,
    lambda o, p: f"{p['plan'].solver}(f, {', '.join(o)})",
)
_enter_constant(
    "ode_unknown",
    lambda found, *, known: known if not found.unknown else f"{known}, {found.unknown}",
    lambda found, *, known: FOUND,
)
_enter_constant("ode_status", lambda found: int(found.status), lambda found: INT)
_enter_constant("ode_length", lambda found: len(found.times), lambda found: INT)
_enter_constant(
    "ode_count", lambda found, *, which: int(found.counts[which]), lambda found, *, which: INT
)
_enter_constant("ode_calls", lambda found: int(found.calls), lambda found: INT)
_enter_constant(
    "ode_steps",
    lambda found, *, count: np.array(found.times[:count], float),
    lambda found, *, count: Aval.of((count,), "float64"),
    lambda o, p: f"steps({o[0]})",
)
_enter_constant(
    "ode_happened",
    lambda found, *, event: len(found.event_times[event]),
    lambda found, *, event: INT,
)
_enter_constant(
    "ode_info",
    lambda found, *, key, aval: np.array(found.info[key]),
    lambda found, *, key, aval: aval,
)

# -- states at times


def _rows(
    found: Run, y0: Any, ends: Any, times: Any, *params: Any, rhs: Any, plan: Plan, kind: Any
) -> Any:
    if kind == "rows":
        return np.array(found.rows[: len(times)], float)
    if kind == "dense":
        return np.array(found.solution(np.asarray(times, float)).T, float)
    if kind == "ends":
        return np.array(found.rows[[0, -1]], float)
    event, number = kind
    return np.array(found.event_rows[event][number : number + 1], float)


def _moves(y0: Any, ends: Any, times: Any, *params: Any, rhs: Any, plan: Plan, scale: Any) -> Any:
    *own, sizes = params
    try:
        return sensitivities.solve(rhs, plan, list(np.abs(sizes)), y0, ends, times, own)
    except UnsupportedError as error:
        error.where = error.where or rhs.base.where
        raise


def _at(times: Any, rows: Any, *params: Any, rhs: RightHandSide) -> Any:
    bound = rhs.bind(params)
    times, rows = np.asarray(times, float), np.asarray(rows, float)
    return np.array([bound(t, y) for t, y in zip(times, rows, strict=True)]).reshape(rows.shape)


def _rows_infer(found: Aval, y0: Aval, ends: Aval, times: Aval, *params: Aval, **p: Any) -> Aval:
    return Aval.of((times.size, y0.size), "float64")


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
        part = ops.getitem(solved, index=(_ALL, ("slice", 1, None, None)))
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
        total = ops.getitem(solved, index=(_ALL, 1))
    if times_dot is not None:
        moved = ops.mul(system.slopes(), ops.reshape(times_dot, shape=(system.count, 1)))
        total = moved if total is None else ops.add(total, moved)
    return total


def active_operands(ops: Ops, operands: Sequence[Any]) -> list[bool]:
    """Which operands a reverse sweep wants the cotangents of."""
    live = getattr(ops, "reads", None)
    return [type(o) is Var and (live is None or o in live) for o in operands]


def _exact(
    ops: Ops,
    found: Any,
    y0: Any,
    ends: Any,
    times: Any,
    *params: Any,
    rhs: RightHandSide,
    plan: Plan,
    kind: Any,
) -> Any:
    """The states to the tolerance of their sensitivities, where the user's own is loose."""
    if float(np.max(plan.tolerances()[0])) <= _LOOSE or isinstance(kind, tuple):
        return None
    return ops.ode_moves(y0, ends, times, *params, np.ones(0), rhs=rhs, plan=plan, scale=None)


def _ode_pullback(
    ops: Ops,
    ct: Any,
    result: Any,
    found: Any,
    y0: Any,
    ends: Any,
    times: Any,
    *params: Any,
    rhs: RightHandSide,
    plan: Plan,
    kind: Any,
) -> list[Any]:
    system = System(ops, result, y0, ends, times, params, rhs, plan, None)
    active = active_operands(ops, (y0, ends, times, *params))
    return [None, *pull(ops, ct, system, active)]


def _ode_pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    found: Any,
    y0: Any,
    ends: Any,
    times: Any,
    *params: Any,
    rhs: RightHandSide,
    plan: Plan,
    kind: Any,
) -> Any:
    system = System(ops, result, y0, ends, times, params, rhs, plan, None)
    return push(ops, system, tangents[1:])


def _moves_pullback(
    ops: Ops,
    ct: Any,
    result: Any,
    y0: Any,
    ends: Any,
    times: Any,
    *params: Any,
    rhs: RightHandSide,
    plan: Plan,
    scale: Any,
) -> list[Any]:
    *own, sizes = params
    system = System(ops, result, y0, ends, times, own, rhs, plan, sizes)
    active = active_operands(ops, (y0, ends, times, *own))
    return [*pull(ops, ct, system, active), None]


def _moves_pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    y0: Any,
    ends: Any,
    times: Any,
    *params: Any,
    rhs: RightHandSide,
    plan: Plan,
    scale: Any,
) -> Any:
    *own, sizes = params
    system = System(ops, result, y0, ends, times, own, rhs, plan, sizes)
    return push(ops, system, tangents[:-1])


TABLE.add(
    StructuralEntry(
        name="ode",
        numpy=_rows,
        infer=_rows_infer,
        pullback=_ode_pullback,
        pushforward=_ode_pushforward,
        exact=_exact,
        describe=lambda o, p: f"states({o[0]}, {o[3]})",
        source="Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, sec. I.14",
    )
)
TABLE.add(
    StructuralEntry(
        name="ode_moves",
        numpy=_moves,
        infer=lambda y0, ends, times, *params, **p: Aval.of((times.size, y0.size), "float64"),
        pullback=_moves_pullback,
        pushforward=_moves_pushforward,
        describe=lambda o, p: f"sensitivities(f, {', '.join(o)})",
    )
)

# -- the adjoint, for many parameters


def _adjoint(
    y0: Any, ends: Any, times: Any, *params: Any, rhs: RightHandSide, plan: Plan, active: Any
) -> Any:
    *own, ct = params
    return adjoint.solve(rhs, plan, active, y0, ends, times, own, np.asarray(ct, float))


def _by_sensitivities(
    operands: Sequence[Any], rhs: RightHandSide, plan: Plan, active: Any
) -> Program:
    """The same as products with sensitivities, which have derivatives."""
    y0, ends, times, *params, ct = operands
    ops = Builder()
    system = System(ops, None, y0, ends, times, params, rhs, plan, None)
    wanted = [True, True, False, *[k in active for k in range(len(params))]]
    y0_bar, ends_bar, _, *bars = pull(ops, ct, system, wanted, forward=True)
    first = ops.getitem(ends_bar, index=(("slice", 0, 1, None),))
    parts = [ops.reshape(bars[k], shape=(rhs.params[k].aval.size,)) for k in active]
    result = ops.concatenate(y0_bar, first, *parts, axis=0)
    inputs = tuple(dict.fromkeys(o for o in operands if type(o) is Var))
    return Program("adjoint", inputs, ops.statements, (result,))


def _adjoint_pullback(ops: Ops, ct: Any, result: Any, *operands: Any, **params: Any) -> list[Any]:
    from ....differentiate import vjp

    program = _by_sensitivities(operands, **params)
    wrt = [o for o, a in zip(operands, active_operands(ops, operands), strict=True) if a]
    wrt = list(dict.fromkeys(wrt))
    pulled = vjp(program, wrt, [ct])
    ops.statements.extend(pulled.statements)  # type: ignore[attr-defined]
    found = dict(zip(wrt, pulled.outputs[1:], strict=True))
    # An operand that stands twice gets its cotangent once.
    return [found.pop(o, None) if type(o) is Var else None for o in operands]


def _adjoint_pushforward(
    ops: Ops, tangents: Any, result: Any, *operands: Any, **params: Any
) -> Any:
    from ....differentiate import jvp

    program = _by_sensitivities(operands, **params)
    moving = {o: t for o, t in zip(operands, tangents, strict=True) if t is not None}
    moved = jvp(program, list(moving), list(moving.values()))
    ops.statements.extend(moved.statements)  # type: ignore[attr-defined]
    return moved.outputs[1]


TABLE.add(
    StructuralEntry(
        name="ode_adjoint",
        numpy=_adjoint,
        infer=lambda y0, ends, times, *more, rhs, plan, active: Aval.of(
            (rhs.size + 1 + sum(rhs.params[k].aval.size for k in active),), "float64"
        ),
        pullback=_adjoint_pullback,
        pushforward=_adjoint_pushforward,
        describe=lambda o, p: f"adjoint(f, {', '.join(o)})",
        source="Cao, Li, Petzold, Serban 2003, SIAM J. Sci. Comput. 24, 1076",
    )
)

# -- the slope along a solution


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
    return ops.getitem(slopes, index=(_ALL, ("slice", n + 1, 2 * n + 1, None)))


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
