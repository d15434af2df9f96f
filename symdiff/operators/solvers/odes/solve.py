"""Solve as the user's own call does: the same solver of SciPy, with the same settings."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ....records import dataclass
from .equations import Bound, RightHandSide

SUCCESSFUL = "Integration successful."


def integrate() -> Any:
    """`scipy.integrate`, imported where it is first needed."""
    return importlib.import_module("scipy.integrate")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call asks of a solver.

    Attributes:
        solver: `"odeint"` or `"solve_ivp"`.
        settings: tolerances and the like, by name.
        chosen: whether the caller says at which times the solution is wanted.
        dense: whether the solution is asked for at any time.
        events: for each event its function and settings.
    """

    solver: str
    settings: tuple[tuple[str, Any], ...] = ()
    chosen: bool = True
    dense: bool = False
    events: tuple[Event, ...] = ()

    def setting(self, name: str, default: Any) -> Any:
        """A setting, or what the solver does without it."""
        found = dict(self.settings).get(name, default)
        return np.array(found) if isinstance(found, tuple) else found

    def tolerances(self) -> tuple[Any, Any]:
        """The relative and the absolute tolerance."""
        if self.solver == "odeint":
            return self.setting("rtol", 1.49012e-8), self.setting("atol", 1.49012e-8)
        return self.setting("rtol", 1e-3), self.setting("atol", 1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """An event: a function of time and state, a number, as `solve_ivp` has it."""

    rhs: RightHandSide
    first: int  # where its parameters begin among those of the equation
    terminal: Any
    direction: float


@dataclass(slots=True)
class Run:
    """One solution.

    Attributes:
        times: at which `rows` holds the states.
        rows: states, a row for each time.
        status: as `solve_ivp` has it.
        event_times: for each event.
        event_rows: for each event the states there, in rows.
        solution: the states at any time.
        info: what `odeint` tells beside the solution.
        unknown: the outcomes of a decision that no branch is known for, where one was met.
    """

    times: Any
    rows: Any
    status: int = 0
    message: str = SUCCESSFUL
    event_times: list[Any] = field(default_factory=list)
    event_rows: list[Any] = field(default_factory=list)
    solution: Any = None
    info: dict[str, Any] = field(default_factory=dict)
    counts: tuple[int, int, int] = (0, 0, 0)
    calls: int = 0
    unknown: str = ""


def run(rhs: RightHandSide, plan: Plan, y0: Any, ends: Any, times: Any, params: Any) -> Run:
    """The solution that the user's own call gives."""
    count = len(params) - sum(len(e.rhs.params) for e in plan.events)
    bound = rhs.bind(params[:count])
    y0 = np.asarray(y0, float)
    if plan.solver == "odeint":
        made = _odeint(bound, plan, y0, np.asarray(times, float))
    else:
        made = _solve_ivp(bound, plan, y0, ends, times, params)
    made.calls = bound.calls
    if bound.unknown is not None:
        made.unknown = repr(bound.unknown)
    return made


def _odeint(bound: Bound, plan: Plan, y0: Any, times: Any) -> Run:
    if len(times) and np.all(times == times[0]):
        return Run(times, np.broadcast_to(y0, (len(times), len(y0))).copy())
    settings = {k: plan.setting(k, None) for k, _ in plan.settings if k != "user_jacobian"}
    jacobian = _jacobian(bound, plan)
    if jacobian is not None:
        settings["Dfun"] = jacobian
    rows, info = integrate().odeint(bound, y0, times, tfirst=True, full_output=True, **settings)
    message = info["message"]
    return Run(times, rows, 0 if message == SUCCESSFUL else -1, message, info=info)


def _jacobian(bound: Bound, plan: Plan) -> Any:
    """The exact matrix, where the user gives one: their own function is not called."""
    if not plan.setting("user_jacobian", False):
        return None
    rhs = bound.rhs
    if not rhs.smooth:
        return None
    made = rhs.jacobian()
    return made(bound.params) if made is not None else None


def _solve_ivp(
    bound: Bound, plan: Plan, y0: Any, ends: Any, times: Any, params: Sequence[Any]
) -> Run:
    settings = {k: plan.setting(k, None) for k, _ in plan.settings if k != "user_jacobian"}
    if plan.setting("method", "RK45") in ("Radau", "BDF", "LSODA"):
        jacobian = _jacobian(bound, plan)
        if jacobian is not None:
            settings["jac"] = jacobian

    def slope(t: float, y: Any) -> Any:
        return np.array(bound(t, y))

    events = [_event(e, params) for e in plan.events]
    result = integrate().solve_ivp(
        slope,
        (float(ends[0]), float(ends[1])),
        y0,
        t_eval=np.asarray(times, float) if plan.chosen else None,
        dense_output=plan.dense,
        events=events or None,
        **settings,
    )
    n = len(y0)
    return Run(
        result.t,
        result.y.T.reshape(-1, n) if np.size(result.y) else np.zeros((0, n)),
        result.status,
        result.message,
        list(result.t_events) if events else [],
        [np.reshape(y, (-1, n)) for y in result.y_events] if events else [],
        result.sol,
        counts=(result.nfev, result.njev, result.nlu),
    )


def _event(event: Event, params: Sequence[Any]) -> Any:
    bound = event.rhs.bind(params[event.first : event.first + len(event.rhs.params)])

    def margin(t: float, y: Any) -> float:
        return float(bound(t, y)[0])

    margin.terminal = event.terminal  # type: ignore[attr-defined]
    margin.direction = event.direction  # type: ignore[attr-defined]
    return margin


def quietly(function: Callable[[], Any]) -> Any:
    """Call a solver whose warnings are looked at by what it gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function()
