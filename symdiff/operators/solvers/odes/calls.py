"""What a call of a solver in a traced function comes to; and `odeint`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....program.program import FLOAT, Aval, Guard, Program, Var
from ....specialize.calls.scipy import HANDLERS
from ....specialize.recording.tracer import Tracer
from ..inner import trace_inner
from .equations import RightHandSide
from .keeping import Keeping, without
from .solve import Event, Plan
from .solve import run as solve

if TYPE_CHECKING:
    from ....specialize.calls.dispatch import Calls

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
        return self.real(value)

    def real(self, value: Any) -> Any:
        """An array of floats.

        Raises:
            UnsupportedError: it is complex.
        """
        dtype = self.recorder.aval(value).dtype
        if dtype.startswith("complex"):
            self.recorder.refuse(
                "a differential equation of complex numbers",
                remedy="solve for the real and the imaginary part as two states",
            )
        return value if dtype == "float64" else self.recorder.apply("cast", value, dtype="float64")

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
        self, slope: Callable[[Any, Any], Any], t: float, y: Any, keeping: Keeping
    ) -> RightHandSide:
        """The right-hand side as a program; what it reads from outside is read by the caller."""

        def trace(t: float, y: Any) -> Program:
            y = np.array(y, float)
            inputs = [(Var("t", FLOAT), float(t)), (Var("y", Aval.of(y.shape, "float64")), y)]

            def once() -> Program:
                return trace_inner(self.calls, slope, inputs, _WHAT, decisions=True)

            program: Program = keeping.trace(once)
            kept = [v for v in program.inputs[2:] if v in self.recorder.foreign]
            if not kept:
                return program
            found = without(program, kept)  # arrays that every call fills anew
            return found if found is not None else keeping.refuse()

        first = trace(t, y)
        rhs = _Traced([first])
        rhs.recorder = self.recorder
        rhs.where = self.recorder.where()
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
        return self.real(recorder.apply("reshape", result, shape=(n,)))

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
                plan = self.placed(plan, rhs)
                values = [recorder.values[v] for r in branches for v in r.params]
                solve(rhs, plan, self.plain(y0), self.plain(ends), self.plain(times), values)
        for r in branches:
            r.missing = None
        plan = self.placed(plan, rhs)
        params = tuple(
            [Tracer(recorder, recorder.values[v], v) for r in branches for v in r.params]
        )
        found = recorder.apply("ode_run", y0, ends, times, *params, rhs=rhs, plan=plan)
        if type(found) is Tracer and not (rhs.smooth and all(e.rhs.smooth for e in events)):
            known_text = "; ".join(str(sorted(map(repr, r.branches))) for r in branches)
            unknown = recorder.apply("ode_unknown", found, known=known_text)
            self._require(unknown)
        return found, params[: len(rhs.params)]

    def count(self, keeping: Keeping, found: Any) -> None:
        """Let what counts calls count those of the solver."""
        if keeping.counters:
            keeping.count(self.recorder.apply("ode_calls", found))

    def placed(self, plan: Plan, rhs: RightHandSide) -> Plan:
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
    keeping = Keeping(calls, func, further)
    rhs = solving.equation(slope, start, state, keeping)
    plan = Plan("odeint", settings)
    ends = recorder.apply("getitem", times, np.array([0, count - 1]), index=(("array", 0),))
    found, params = solving.run(rhs, plan, y0, ends, times)
    solving.count(keeping, found)
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


HANDLERS["scipy.integrate._odepack_py.odeint"] = _odeint
