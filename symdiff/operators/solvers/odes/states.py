"""States at some times as operations of the table, and their derivatives.

`ode` are states at some times, read from what the user's own solve found (`found`). Its derivatives
are `ode_moves`: states and sensitivities, which are states of a larger system (`system`), so that
derivatives have derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import UnsupportedError
from ....operations.table.entry import TABLE, Ops, StructuralEntry
from ....program.program import Aval
from . import sensitivities
from .equations import RightHandSide
from .solve import Plan, Run
from .system import System, active_operands, pull, push

_LOOSE = 2e-5


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


def _rows_infer(found: Aval, y0: Aval, ends: Aval, times: Aval, *params: Aval, **p: Any) -> Aval:
    return Aval.of((times.size, y0.size), "float64")


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
    ops: Ops, ct: Any, result: Any, found: Any, *operands: Any, rhs: Any, plan: Plan, kind: Any
) -> list[Any]:
    y0, ends, times, *params = operands
    system = System(ops, result, y0, ends, times, params, rhs, plan, None)
    return [None, *pull(ops, ct, system, active_operands(ops, operands))]


def _ode_pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    found: Any,
    *operands: Any,
    rhs: Any,
    plan: Plan,
    kind: Any,
) -> Any:
    y0, ends, times, *params = operands
    system = System(ops, result, y0, ends, times, params, rhs, plan, None)
    return push(ops, system, tangents[1:])


def _moves_pullback(
    ops: Ops, ct: Any, result: Any, *operands: Any, rhs: Any, plan: Plan, scale: Any
) -> list[Any]:
    y0, ends, times, *params, sizes = operands
    system = System(ops, result, y0, ends, times, params, rhs, plan, sizes)
    return [*pull(ops, ct, system, active_operands(ops, operands[:-1])), None]


def _moves_pushforward(
    ops: Ops, tangents: Any, result: Any, *operands: Any, rhs: Any, plan: Plan, scale: Any
) -> Any:
    y0, ends, times, *params, sizes = operands
    system = System(ops, result, y0, ends, times, params, rhs, plan, sizes)
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
