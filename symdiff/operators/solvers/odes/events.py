"""Times of events: where a function of time and state is zero on a solution.

The time is differentiated by the implicit function theorem (DLMF 1.5.6): with the margin `g`,
`dt = -(g_y dy + g_p dp) / (g_t + g_y f)`, where `dy` is how the state moves at a fixed time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....operations.table.entry import TABLE, Ops, StructuralEntry
from ....program.program import Aval
from ..pointwise import Inner
from .equations import RightHandSide
from .solve import Plan, Run
from .system import System, active_operands, pull, push

_ALL = ("slice", None, None, None)


def _value(found: Run, *operands: Any, event: int, number: int, **more: Any) -> Any:
    return np.array(found.event_times[event][number : number + 1], float)


def function_of(margin: RightHandSide) -> Inner:
    """The margin as a function of the time, the state and its parameters."""
    made: Inner | None = margin.kept.get("inner")
    if made is None:
        program = next(iter(margin.branches.values()))
        made = margin.kept["inner"] = Inner(margin.with_all_params(program))
    return made


class _Event:
    """What both rules need: the state at the event, and the gradient of the margin there."""

    def __init__(
        self,
        ops: Ops,
        result: Any,
        operands: Sequence[Any],
        rhs: RightHandSide,
        plan: Plan,
        margin: RightHandSide,
        event: int,
        number: int,
    ) -> None:
        found, y0, ends, *params = operands
        count = len(rhs.params)
        self.own = params[count:]
        self.margin = margin
        n = rhs.size
        kind = (event, number)
        rows = ops.ode(found, y0, ends, result, *params[:count], rhs=rhs, plan=plan, kind=kind)
        self.system = System(ops, rows, y0, ends, result, params[:count], rhs, plan, None)
        inner = function_of(margin)
        time = ops.getitem(result, index=(0,))
        state = ops.reshape(rows, shape=(n,))
        gradient = ops.inner_at(time, state, *self.own, np.ones(1), f=inner.gradient())
        self.of_state = ops.getitem(gradient, index=(("slice", 1, 1 + n, None),))
        self.of_own: dict[int, Any] = {}
        place = 1 + n
        for k, var in enumerate(margin.params):
            if var.aval.is_inexact:
                stop = place + var.aval.size
                part = ops.getitem(gradient, index=(("slice", place, stop, None),))
                self.of_own[k] = part
                place = stop
        slope = ops.reshape(self.system.slopes(), shape=(n,))
        along = ops.sum(ops.mul(self.of_state, slope), axis=None, keepdims=False)
        self.rate = ops.add(ops.getitem(gradient, index=(0,)), along)


def _pushforward(
    ops: Ops, tangents: Any, result: Any, *operands: Any, rhs: RightHandSide, **more: Any
) -> Any:
    at = _Event(ops, result, operands, rhs, **more)
    _, y0_dot, ends_dot, *moves = tangents
    count = len(rhs.params)
    moved = push(ops, at.system, [y0_dot, ends_dot, None, *moves[:count]])
    total: Any = None
    if moved is not None:
        row = ops.reshape(moved, shape=(rhs.size,))
        total = ops.sum(ops.mul(at.of_state, row), axis=None, keepdims=False)
    for k, move in enumerate(moves[count:]):
        if move is not None and k in at.of_own:
            flat = ops.reshape(move, shape=(at.margin.params[k].aval.size,))
            part = ops.sum(ops.mul(at.of_own[k], flat), axis=None, keepdims=False)
            total = part if total is None else ops.add(total, part)
    if total is None:
        return None
    return ops.reshape(ops.neg(ops.div(total, at.rate)), shape=(1,))


def _pullback(
    ops: Ops, ct: Any, result: Any, *operands: Any, rhs: RightHandSide, **more: Any
) -> list[Any]:
    active = active_operands(ops, operands)
    at = _Event(ops, result, operands, rhs, **more)
    count = len(rhs.params)
    weight = ops.neg(ops.div(ct, at.rate))
    of_rows = ops.reshape(ops.mul(at.of_state, weight), shape=(1, rhs.size))
    wanted = [active[1], active[2], False, *active[3 : 3 + count]]
    y0_bar, ends_bar, _, *bars = pull(ops, of_rows, at.system, wanted)
    own = []
    for k, var in enumerate(at.margin.params):
        part = at.of_own.get(k)
        own.append(
            None if part is None else ops.reshape(ops.mul(part, weight), shape=var.aval.shape)
        )
    return [None, y0_bar, ends_bar, *bars, *own]


TABLE.add(
    StructuralEntry(
        name="ode_event",
        numpy=_value,
        infer=lambda *operands, **more: Aval.of((1,), "float64"),
        pullback=_pullback,
        pushforward=_pushforward,
        describe=lambda o, p: f"time_of_event({o[0]})",
        source="DLMF 1.5.6",
    )
)
