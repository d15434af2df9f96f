"""`solve_ivp` as a traced function calls it: steps, events, and the solution at any time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....specialize.calls.scipy import HANDLERS
from ....specialize.recording.tracer import Tracer
from .calls import Solving
from .keeping import Keeping
from .solve import Event, Plan, Run

if TYPE_CHECKING:
    from ....specialize.calls.dispatch import Calls


class Solution:
    """What `solve_ivp` gives: times and states; the states in columns.

    Where the solver chose the times, their number is a guard of the trace as soon as they are
    looked at. The first and the last of them are there for any number.
    """

    def __init__(self, whole: Callable[[], tuple[Any, Any]], ends: Any, **found: Any) -> None:
        self._whole = whole
        self._ends = ends
        self._known: tuple[Any, Any] | None = None
        self.__dict__.update(found)

    def __symdiff_part__(self, name: str) -> Any:
        """The times or states, of which only a part is asked for."""
        if self._known is None and self._ends is not None:
            return Part(self, name, ())
        return getattr(self, name)

    def _look(self) -> tuple[Any, Any]:
        if self._known is None:
            self._known = self._whole()
        return self._known

    @property
    def t(self) -> Any:
        """The times."""
        return self._look()[0]

    @property
    def y(self) -> Any:
        """The states in columns."""
        return self._look()[1]


class Part:
    """Times or states at an index: the ends without the steps between, where that will do."""

    def __init__(self, solution: Solution, name: str, index: tuple[Any, ...]) -> None:
        self.solution = solution
        self.name = name
        self.index = index

    def __symdiff_item__(self, recorder: Any, index: Any, done: bool) -> Any:
        """An item; with `done`, nothing more is asked of it."""
        index = (*self.index, *(index if type(index) is tuple else (index,)))
        size = 1 if self.name == "t" else 2
        last_or_first = type(index[-1]) is int and index[-1] in (0, -1)
        before = all(type(k) is int or k is ... or k == slice(None) for k in index[:-1])
        if len(index) == size and last_or_first and before:
            times, states = self.solution._ends()
            return recorder.getitem(times if size == 1 else states, index)
        if len(index) < size and type(index[0]) is int and not done:
            return Part(self.solution, self.name, index)
        whole = getattr(self.solution, self.name)
        return recorder.getitem(whole, index)


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
    keeping = Keeping(calls, fun, further)
    rhs = solving.equation(slope, start, state, keeping)
    happenings = _events(calls, solving, events, further, site, start, state)
    chosen = t_eval is not None
    times = solving.vector(t_eval) if chosen else recorder.const(np.zeros(0))
    plan = Plan("solve_ivp", settings, chosen, dense, happenings)
    found, params = solving.run(rhs, plan, y0, ends, times)
    solving.count(keeping, found)
    run: Run = solving.plain(found)
    status = recorder.known(recorder.apply("ode_status", found))
    where: list[Any] = []
    at: list[Any] = []
    plan = solving.placed(plan, rhs)
    for k, event in enumerate(plan.events):
        happened = recorder.known(recorder.apply("ode_happened", found, event=k))
        if happened and type(found) is Tracer and len(event.rhs.branches) > 1:
            recorder.refuse(
                "the time of an event whose function decides by the time or the state",
                why="which of its ways holds at the event is not known",
                remedy="write the choice with numpy.where or numpy.maximum",
            )
        moments, rows = [], []
        for number in range(happened):
            moment = _moment(solving, found, y0, ends, params, rhs, plan, event, k, number)
            moments.append(moment)
            rows.append(solving.states(found, y0, ends, moment, params, rhs, plan, (k, number)))
        empty = recorder.const(np.zeros(0)), recorder.const(np.zeros((0, n)))
        where.append(recorder.apply("concatenate", *moments, axis=0) if moments else empty[0])
        at.append(recorder.apply("concatenate", *rows, axis=0) if rows else empty[1])
    terminal = any(event.terminal for event in plan.events)

    def whole() -> tuple[Any, Any]:
        at_times = times
        if not chosen or terminal or status < 0:
            recorder.known(recorder.apply("ode_length", found))
            at_times = _steps(solving, found, ends, status, where, plan, run, times, chosen)
        states = solving.states(found, y0, ends, at_times, params, rhs, plan, "rows")
        return at_times, recorder.apply("transpose", states, axes=None)

    def first_and_last() -> tuple[Any, Any]:
        last = _last(solving, found, ends, status, where, plan, run)
        first = recorder.apply("getitem", ends, index=(("slice", 0, 1, None),))
        both = recorder.apply("concatenate", first, last, axis=0)
        states = solving.states(found, y0, ends, both, params, rhs, plan, "ends")
        return both, recorder.apply("transpose", states, axes=None)

    result = Solution(
        whole,
        None if chosen or status < 0 else functools.cache(first_and_last),
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
    chosen: bool,
) -> Any:
    """The times of a solution that the solver chose, or as far as it came.

    The steps of a solver are taken as fixed times. The first and the last are the ends, which may
    move: the last is the end of the interval or the time of a terminal event.
    """
    recorder = solving.recorder
    count = len(run.times)
    if chosen:
        return recorder.apply("getitem", times, index=(("slice", 0, count, None),))
    steps = recorder.apply("ode_steps", found, count=count)
    if count < 2 or status < 0:
        return steps
    first = recorder.apply("getitem", ends, index=(("slice", 0, 1, None),))
    middle = recorder.apply("getitem", steps, index=(("slice", 1, count - 1, None),))
    last = _last(solving, found, ends, status, where, plan, run)
    return recorder.apply("concatenate", first, middle, last, axis=0)


def _last(
    solving: Solving,
    found: Any,
    ends: Any,
    status: int,
    where: Sequence[Any],
    plan: Plan,
    run: Run,
) -> Any:
    """The last time: the end of the interval, or the time of a terminal event."""
    recorder = solving.recorder
    if status == 1:
        for k, event in enumerate(plan.events):
            size = len(run.event_times[k])
            if event.terminal and size and run.event_times[k][-1] == run.times[-1]:
                return recorder.apply("getitem", where[k], index=(("slice", size - 1, size, None),))
    return recorder.apply("getitem", ends, index=(("slice", 1, 2, None),))


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
            return recorder.known(calls.builtins[getattr](function, name, default))

        rhs = solving.equation(margin, t, y, Keeping(calls, function, further))
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


HANDLERS["scipy.integrate._ivp.ivp.solve_ivp"] = _solve_ivp
