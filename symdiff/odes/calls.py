"""`odeint` and `solve_ivp` as a traced function calls them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..inner import trace_inner
from ..program import FLOAT, Aval, Guard, Program, Var
from ..specialize.scipy_calls import HANDLERS
from ..specialize.tracer import Tracer
from .equations import RightHandSide
from .solve import Event, Plan, Run
from .solve import run as solve

if TYPE_CHECKING:
    from ..specialize.calls import Calls

_ALL = ("slice", None, None, None)
_WHAT = "the state or the time inside the right-hand side of a differential equation"


class _Traced(RightHandSide):
    """A right-hand side while the trace that met it goes on: its branches are traced when met."""

    def values(self) -> list[Any]:
        """The present values of the parameters."""
        return [self.recorder.values[v] for v in self.params]

    recorder: Any


class Solving:
    """One call of a solver in a trace."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.recorder = calls.recorder
        if self.recorder.abstract:
            self.recorder.need_value("a differential equation")

    # -- arguments

    def vector(self, value: Any) -> Any:
        """A number, list or array as a vector of floats, as the solvers make it."""
        recorder = self.recorder
        value = recorder.array(value)
        value = recorder.apply(
            "reshape", value, shape=(int(np.prod(recorder.shape(value), dtype=int)),)
        )
        if recorder.aval(value).dtype != "float64":
            value = recorder.apply("cast", value, dtype="float64")
        return value

    def plain(self, value: Any) -> Any:
        """The value behind a traced one."""
        return value.value if type(value) is Tracer else value

    def settings(self, name: str, given: dict[str, Any], known: Sequence[str]) -> Any:
        """Settings as plain values, guarded."""
        options = []
        for key, value in sorted(given.items()):
            value = self.recorder.known(value)
            if value is None:
                continue
            if isinstance(value, list | tuple | np.ndarray) and np.ndim(value) == 1:
                value = tuple(np.asarray(value, float).tolist())
            if key not in known or not isinstance(value, int | float | str | tuple | np.generic):
                self.recorder.refuse(
                    f"`{name}` with `{key}`", remedy="leave it out; tolerances are numbers"
                )
            options.append((key, value.item() if isinstance(value, np.generic) else value))
        return tuple(options)

    # -- the right-hand side

    def equation(
        self, slope: Callable[[Any, Any], Any], t: float, y: Any, size: int | None
    ) -> RightHandSide:
        """The right-hand side as a program; what it reads from outside is read by the caller."""

        def trace(t: float, y: Any) -> Program:
            y = np.array(y, float)
            inputs = [(Var("t", FLOAT), float(t)), (Var("y", Aval.of(y.shape, "float64")), y)]
            return trace_inner(self.calls, slope, inputs, _WHAT, decisions=True)

        first = trace(t, y)
        rhs = _Traced([first])
        rhs.recorder = self.recorder
        rhs.missing = lambda t, y: rhs.same_inputs(trace(t, y))
        return rhs

    def size_checked(self, result: Any, n: int) -> Any:
        """The slope as a vector of the length of the state."""
        recorder = self.recorder
        if isinstance(result, list | tuple):
            result = recorder.array(result)
        shape = recorder.shape(result)
        size = int(np.prod(shape, dtype=int))
        if size != n:
            raise RuntimeError(
                f"The array return by func must be one-dimensional and of length {n}, "
                f"but it has the shape {shape}."
            )
        result = recorder.apply("reshape", result, shape=(n,))
        if recorder.aval(result).dtype != "float64":
            result = recorder.apply("cast", result, dtype="float64")
        return result

    # -- solving

    def run(
        self, rhs: RightHandSide, plan: Plan, y0: Any, ends: Any, times: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        """The solution, and the operands of the equation's parameters."""
        recorder = self.recorder
        events = list(plan.events)
        branches = [rhs, *[e.rhs for e in events]]
        # Solve once, so that all branches on the way are known before the program reads them.
        if not rhs.smooth or any(not e.rhs.smooth for e in events):
            known = 0
            while known != sum(len(r.branches) for r in branches):
                known = sum(len(r.branches) for r in branches)
                plan = self._placed(plan, rhs)
                values = [recorder.values[v] for r in branches for v in r.params]
                solve(rhs, plan, self.plain(y0), self.plain(ends), self.plain(times), values)
        for r in branches:
            r.missing = None
        plan = self._placed(plan, rhs)
        params = tuple(
            [Tracer(recorder, recorder.values[v], v) for r in branches for v in r.params]
        )
        found = recorder.apply("ode_run", y0, ends, times, *params, rhs=rhs, plan=plan)
        if type(found) is Tracer and not (rhs.smooth and all(e.rhs.smooth for e in events)):
            known_text = "; ".join(str(sorted(map(repr, r.branches))) for r in branches)
            unknown = recorder.apply("ode_unknown", found, known=known_text)
            self._require(unknown)
        return found, params[: len(rhs.params)]

    def _placed(self, plan: Plan, rhs: RightHandSide) -> Plan:
        """The plan with the places of the events' parameters."""
        place, events = len(rhs.params), []
        for event in plan.events:
            events.append(Event(event.rhs, place, event.terminal, event.direction))
            place += len(event.rhs.params)
        return Plan(plan.solver, plan.settings, plan.chosen, plan.dense, tuple(events))

    def _require(self, tracer: Any) -> None:
        """Guard what is not a number."""
        if self.recorder.is_const(tracer):
            return
        value = tracer.value
        self.recorder.guard(Guard("equal", value), (self.recorder.operand(tracer),), value)

    def states(
        self,
        found: Any,
        y0: Any,
        ends: Any,
        times: Any,
        params: Any,
        rhs: Any,
        plan: Plan,
        kind: Any,
    ) -> Any:
        """The states at some times, in rows."""
        return self.recorder.apply(
            "ode", found, y0, ends, times, *params, rhs=rhs, plan=plan, kind=kind
        )


# -- odeint

_IGNORED = ("printmessg", "ixpr", "mxhnil", "ml", "mu", "col_deriv")
_ODEINT = ("rtol", "atol", "hmax", "hmin", "mxstep", "h0", "mxordn", "mxords", "tcrit")
_INFO = ("hu", "tcur", "tolsf", "tsw", "nst", "nfe", "nje", "nqu", "mused")


def _odeint(
    calls: Calls,
    func: Any,
    y0: Any,
    t: Any,
    args: Any = (),
    Dfun: Any = None,
    col_deriv: Any = 0,
    full_output: Any = 0,
    ml: Any = None,
    mu: Any = None,
    rtol: Any = None,
    atol: Any = None,
    tcrit: Any = None,
    h0: Any = 0.0,
    hmax: Any = 0.0,
    hmin: Any = 0.0,
    ixpr: Any = 0,
    mxstep: Any = 0,
    mxhnil: Any = 0,
    mxordn: Any = 12,
    mxords: Any = 5,
    printmessg: Any = 0,
    tfirst: Any = False,
) -> Any:
    """`odeint(func, y0, t, args)`: states in rows."""
    solving = Solving(calls)
    recorder = calls.recorder
    given = {"rtol": rtol, "atol": atol, "tcrit": tcrit, "h0": h0, "hmax": hmax, "hmin": hmin}
    given |= {"mxstep": mxstep, "mxordn": mxordn, "mxords": mxords}
    defaults = {"h0": 0.0, "hmax": 0.0, "hmin": 0.0, "mxstep": 0, "mxordn": 12, "mxords": 5}
    given = {k: v for k, v in given.items() if type(v) is Tracer or v is not None}
    given = {k: v for k, v in given.items() if type(v) is Tracer or defaults.get(k) is not v}
    settings = solving.settings("odeint", given, _ODEINT)
    if Dfun is not None:
        settings = (*settings, ("user_jacobian", True))
    site = recorder.site
    first, full = recorder.known(tfirst), recorder.known(full_output)
    further = tuple(args) if isinstance(args, tuple | list) else (args,)
    y0 = solving.vector(y0)
    times = solving.vector(t)
    n = recorder.shape(y0)[0]
    count = recorder.shape(times)[0]

    def slope(time: Any, state: Any) -> Any:
        own = (time, state) if first else (state, time)
        return solving.size_checked(calls.call(site, func, *own, *further), n)

    start, state = float(solving.plain(times)[0]), np.array(solving.plain(y0), float)
    rhs = solving.equation(slope, start, state, n)
    plan = Plan("odeint", settings)
    ends = recorder.apply("getitem", times, np.array([0, count - 1]), index=(("array", 0),))
    found, params = solving.run(rhs, plan, y0, ends, times)
    rows = solving.states(found, y0, ends, times, params, rhs, plan, "rows")
    if not full:
        return rows
    info: dict[str, Any] = {}
    for key in _INFO:
        value = np.asarray(solving.plain(found).info.get(key, np.zeros(count - 1)))
        aval = Aval.of(value.shape, value.dtype.name)
        info[key] = recorder.apply("ode_info", found, key=key, aval=aval)
    info["message"] = solving.plain(found).message
    return rows, info


# -- solve_ivp


class Solution:
    """What `solve_ivp` gives: times and states; the states in columns."""

    def __init__(self, **found: Any) -> None:
        self.__dict__.update(found)


class Dense:
    """The solution at any time: `sol.sol(t)`."""

    def __init__(self, at: Callable[[Any], Any], ends: Any) -> None:
        self._at = at
        self.t_min, self.t_max = ends

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        (t,) = (*args, *kwargs.values())
        return self._at(t)


_SOLVE_IVP = ("rtol", "atol", "max_step", "first_step", "method", "min_step", "lband", "uband")


def _solve_ivp(
    calls: Calls,
    fun: Any,
    t_span: Any,
    y0: Any,
    method: Any = "RK45",
    t_eval: Any = None,
    dense_output: Any = False,
    events: Any = None,
    vectorized: Any = False,
    args: Any = None,
    **more: Any,
) -> Any:
    """`solve_ivp(fun, t_span, y0)`."""
    solving = Solving(calls)
    recorder = calls.recorder
    more = dict(more)
    jacobian = more.pop("jac", None)
    more.pop("jac_sparsity", None)
    if isinstance(method, type):
        method = method.__name__
    settings = solving.settings("solve_ivp", {**more, "method": method}, _SOLVE_IVP)
    if jacobian is not None:
        settings = (*settings, ("user_jacobian", True))
    site = recorder.site
    dense, column = bool(recorder.known(dense_output)), bool(recorder.known(vectorized))
    further = () if args is None else tuple(args) if isinstance(args, tuple | list) else (args,)
    y0 = solving.vector(y0)
    n = recorder.shape(y0)[0]
    ends = solving.vector([t_span[0], t_span[1]])

    def slope(time: Any, state: Any) -> Any:
        if column:
            state = recorder.apply("reshape", state, shape=(n, 1))
        return solving.size_checked(calls.call(site, fun, time, state, *further), n)

    start, state = float(solving.plain(ends)[0]), np.array(solving.plain(y0), float)
    rhs = solving.equation(slope, start, state, n)
    happenings = _events(calls, solving, events, further, site, start, state)
    chosen = t_eval is not None
    times = solving.vector(t_eval) if chosen else recorder.const(np.zeros(0))
    plan = Plan("solve_ivp", settings, chosen, dense, happenings)
    found, params = solving.run(rhs, plan, y0, ends, times)
    run: Run = solving.plain(found)
    status = recorder.known(recorder.apply("ode_status", found))
    where: list[Any] = []
    at: list[Any] = []
    plan = solving._placed(plan, rhs)
    for k, event in enumerate(plan.events):
        happened = recorder.known(recorder.apply("ode_happened", found, event=k))
        moments, rows = [], []
        for number in range(happened):
            moment = _moment(solving, found, y0, ends, params, rhs, plan, event, k, number)
            moments.append(moment)
            rows.append(solving.states(found, y0, ends, moment, params, rhs, plan, (k, number)))
        empty = recorder.const(np.zeros(0)), recorder.const(np.zeros((0, n)))
        where.append(recorder.apply("concatenate", *moments, axis=0) if moments else empty[0])
        at.append(recorder.apply("concatenate", *rows, axis=0) if rows else empty[1])
    count = len(run.times)
    length = recorder.apply("ode_length", found)
    if not chosen or count != recorder.shape(times)[0]:
        recorder.known(length)
        times = _steps(solving, found, ends, status, where, plan, run, times if chosen else None)
    states = solving.states(found, y0, ends, times, params, rhs, plan, "rows")
    result = Solution(
        t=times,
        y=recorder.apply("transpose", states, axes=None),
        sol=None,
        t_events=where if events is not None else None,
        y_events=at if events is not None else None,
        nfev=recorder.apply("ode_count", found, which=0),
        njev=recorder.apply("ode_count", found, which=1),
        nlu=recorder.apply("ode_count", found, which=2),
        status=status,
        message=run.message,
        success=status >= 0,
    )
    if dense:
        result.sol = _dense(solving, found, y0, ends, params, rhs, plan)  # type: ignore[attr-defined]
    return result


def _steps(
    solving: Solving,
    found: Any,
    ends: Any,
    status: int,
    where: Sequence[Any],
    plan: Plan,
    run: Run,
    times: Any,
) -> Any:
    """The times of a solution that the solver chose, or as far as it came.

    The steps of a solver are taken as fixed times. The first and the last are the ends, which may
    move: the last is the end of the interval or the time of a terminal event.
    """
    recorder = solving.recorder
    count = len(run.times)
    if times is not None:
        return recorder.apply("getitem", times, index=(("slice", 0, count, None),))
    steps = recorder.apply("ode_steps", found, count=count)
    if count < 2 or status < 0:
        return steps
    first = recorder.apply("getitem", ends, index=(("slice", 0, 1, None),))
    middle = recorder.apply("getitem", steps, index=(("slice", 1, count - 1, None),))
    last = recorder.apply("getitem", ends, index=(("slice", 1, 2, None),))
    if status == 1:
        last = recorder.apply("getitem", steps, index=(("slice", count - 1, count, None),))
        for k, event in enumerate(plan.events):
            moments = run.event_times[k]
            if event.terminal and len(moments) and moments[-1] == run.times[-1]:
                size = len(moments)
                last = recorder.apply("getitem", where[k], index=(("slice", size - 1, size, None),))
    return recorder.apply("concatenate", first, middle, last, axis=0)


def _dense(
    solving: Solving, found: Any, y0: Any, ends: Any, params: Any, rhs: Any, plan: Plan
) -> Dense:
    recorder = solving.recorder

    def at(t: Any) -> Any:
        number = not recorder.shape(recorder.array(t) if isinstance(t, list | tuple) else t)
        times = solving.vector(t)
        rows = solving.states(found, y0, ends, times, params, rhs, plan, "dense")
        if number:
            return recorder.apply("getitem", rows, index=(0,))
        return recorder.apply("transpose", rows, axes=None)

    bounds = [recorder.apply("getitem", ends, index=(k,)) for k in (0, 1)]
    return Dense(at, bounds)


# -- events


def _events(
    calls: Calls, solving: Solving, events: Any, further: Any, site: int, t: float, y: Any
) -> tuple[Event, ...]:
    if events is None:
        return ()
    recorder = calls.recorder
    listed = events if isinstance(events, list | tuple) else (events,)
    found = []
    for function in listed:

        def margin(time: Any, state: Any, function: Any = function) -> Any:
            result = calls.call(site, function, time, state, *further)
            result = recorder.array(result) if isinstance(result, list | tuple) else result
            return recorder.apply("reshape", result, shape=(1,))

        def attribute(name: str, default: Any, function: Any = function) -> Any:
            return recorder.known(getattr(function, name, default))

        rhs = solving.equation(margin, t, y, 1)
        terminal = attribute("terminal", None)
        terminal = None if not terminal else int(terminal)
        found.append(Event(rhs, 0, terminal, float(attribute("direction", 0))))
    return tuple(found)


def _moment(
    solving: Solving,
    found: Any,
    y0: Any,
    ends: Any,
    params: Any,
    rhs: Any,
    plan: Plan,
    event: Event,
    k: int,
    number: int,
) -> Any:
    recorder = solving.recorder
    own = [Tracer(recorder, recorder.values[v], v) for v in event.rhs.params]
    return recorder.apply(
        "ode_event",
        found,
        y0,
        ends,
        *params,
        *own,
        rhs=rhs,
        plan=plan,
        margin=event.rhs,
        event=k,
        number=number,
    )


HANDLERS["scipy.integrate._odepack_py.odeint"] = _odeint
HANDLERS["scipy.integrate._ivp.ivp.solve_ivp"] = _solve_ivp
