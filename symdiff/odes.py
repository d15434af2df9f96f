"""Differential equations inside a differentiated function: `scipy.integrate.odeint`, `solve_ivp`.

The right-hand side is traced once into a program of its own, whose inputs are the time, the state
and everything it reads. Solving is one operation. Forward mode solves for the state and how it
moves together (the sensitivity equations), reverse mode solves the adjoint equation backward from
each output time to the one before, starting from the state that was computed there. Both are
differential equations again, solved by the same method to the same tolerances; so derivatives agree
with those of the exact solution to about the solver's tolerance, and have derivatives themselves.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import UnsupportedError
from .inner import trace_inner
from .operations.builder import Builder
from .operations.entry import TABLE, Ops, StructuralEntry
from .operations.structural import Structural
from .program import FLOAT, Aval, Operand, Program, Statement, Var, operand_aval
from .specialize.scipy_calls import HANDLERS
from .specialize.tracer import Tracer

if TYPE_CHECKING:
    from .specialize.calls import Calls


class RightHandSide:
    """`dy/dt = f(t, y, *params)` as a program whose inputs are those, in that order."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._forward: RightHandSide | None = None
        self._adjoint: RightHandSide | None = None

    def __repr__(self) -> str:
        return "f"

    @property
    def moving(self) -> list[Var]:
        """The parameters that can have a derivative."""
        return [v for v in self.program.inputs[2:] if v.aval.is_inexact]

    def function(self, params: Sequence[Any]) -> Callable[[float, Any], Any]:
        """What a solver calls."""
        program = self.program
        time, state, *rest = program.inputs
        fixed = dict(zip(rest, params, strict=True))
        steps = [(s.target, s.operation.evaluate, s.operands) for s in program.statements]
        (output,) = program.outputs

        def slope(t: float, y: Any) -> Any:
            values: dict[Any, Any] = {**fixed, time: float(t), state: y}
            for target, evaluate, operands in steps:
                values[target] = evaluate(*[values[o] if type(o) is Var else o for o in operands])
            return values[output] if type(output) is Var else output

        return slope

    def forward(self) -> RightHandSide:
        """The equations of the state and its tangent; takes the parameters' tangents as well."""
        from .differentiate import jvp

        if self._forward is None:
            program = self.program
            time, state, *params = program.inputs
            n = state.aval.size
            ops = Builder()
            both = Var("y_and_move", Aval.of((2 * n,), "float64"))
            parts = _cut(ops, both, (state, Var("d_y", state.aval)))
            moves = [Var(f"d_{v.name}", v.aval) for v in self.moving]
            moved = jvp(program, [state, *self.moving], [parts[1], *moves])
            ops.statements.extend(moved.statements)
            result = ops.concatenate(*[_full(ops, o, n) for o in moved.outputs], axis=0)
            made = Program("forward", (time, both, *params, *moves), ops.statements, (result,))
            self._forward = RightHandSide(made)
        return self._forward

    def adjoint(self) -> RightHandSide:
        """The equations of the state, its adjoint, and the cotangents of the parameters."""
        from .differentiate import vjp

        if self._adjoint is None:
            program = self.program
            time, state, *params = program.inputs
            n = state.aval.size
            size = 2 * n + sum(v.aval.size for v in self.moving)
            ops = Builder()
            whole = Var("y_and_adjoint", Aval.of((size,), "float64"))
            parts = _cut(ops, whole, (state, Var("y_bar", state.aval)))
            pulled = vjp(program, [state, *self.moving], [parts[1]])
            ops.statements.extend(pulled.statements)
            slopes = [_full(ops, pulled.outputs[0], n)]
            for var, ct in zip((state, *self.moving), pulled.outputs[1:], strict=True):
                slopes.append(ops.neg(_full(ops, ct, var.aval.size)))
            result = ops.concatenate(*slopes, axis=0)
            made = Program("adjoint", (time, whole, *params), ops.statements, (result,))
            self._adjoint = RightHandSide(made)
        return self._adjoint


def _cut(ops: Builder, whole: Var, parts: Sequence[Var]) -> Sequence[Var]:
    """Statements that give each of `parts` its section of a vector."""
    start = 0
    for part in parts:
        index = (("slice", start, start + part.aval.size, None),)
        operation = Structural.of("getitem", index=index)
        ops.statements.append(Statement(part, operation, (whole,), None))
        start += part.aval.size
    return parts


def _full(ops: Ops, value: Operand, size: int) -> Any:
    """A vector of that length from an array, or from the 0 of what does not depend."""
    shape = operand_aval(value).shape
    if int(np.prod(shape, dtype=int)) == size:
        return ops.reshape(value, shape=(size,))
    return ops.broadcast_to(value, shape=(size,))


# -- the operation


def _value(y0: Any, t: Any, *params: Any, rhs: RightHandSide, options: Any) -> Any:
    integrate = importlib.import_module("scipy.integrate")
    solver, settings = options[0], dict(options[1:])
    slope = rhs.function(params)
    y0, t = np.asarray(y0, float), np.asarray(t, float)
    if len(t) > 1 and np.all(t == t[0]):
        return np.broadcast_to(y0, (len(t), len(y0))).copy()
    if solver == "odeint":
        return integrate.odeint(slope, y0, t, tfirst=True, **settings)
    result = integrate.solve_ivp(slope, (t[0], t[-1]), y0, t_eval=t, **settings)
    if not result.success:
        raise ArithmeticError(f"solve_ivp failed: {result.message}")
    return result.y.T.copy()


def _section(ops: Ops, x: Any, start: int, stop: int) -> Any:
    return ops.getitem(x, index=(("slice", start, stop, None),))


def _pullback(
    ops: Ops,
    ct: Any,
    result: Any,
    y0: Any,
    t: Any,
    *params: Any,
    rhs: RightHandSide,
    options: Any,
) -> list[Any]:
    n = ops.aval(y0).size
    sizes = [v.aval.size for v in rhs.moving]
    count = ops.aval(t).size
    state = ops.getitem(ct, index=(count - 1,))
    gathered: Any = np.zeros(sum(sizes))
    for k in range(count - 1, 0, -1):
        start = ops.concatenate(ops.getitem(result, index=(k,)), state, gathered, axis=0)
        step = ops.getitem(t, np.array([k, k - 1]), index=(("array", 0),))
        solved = ops.ode(start, step, *params, rhs=rhs.adjoint(), options=options)
        last = ops.getitem(solved, index=(1,))
        state = ops.add(_section(ops, last, n, 2 * n), ops.getitem(ct, index=(k - 1,)))
        gathered = _section(ops, last, 2 * n, 2 * n + sum(sizes))
    parts: dict[Var, Any] = {}
    begin = 0
    for var, size in zip(rhs.moving, sizes, strict=True):
        piece = _section(ops, gathered, begin, begin + size)
        parts[var] = ops.reshape(piece, shape=var.aval.shape)
        begin += size
    return [state, np.zeros(count), *[parts.get(v) for v in rhs.program.inputs[2:]]]


def _pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    y0: Any,
    t: Any,
    *params: Any,
    rhs: RightHandSide,
    options: Any,
) -> Any:
    y_dot, _, *moves = tangents  # times that move have been refused by `ode_times`
    n = ops.aval(y0).size
    start = ops.concatenate(y0, np.zeros(n) if y_dot is None else y_dot, axis=0)
    known = dict(zip(rhs.program.inputs[2:], moves, strict=True))
    move = [
        known[v] if known[v] is not None else (np.zeros(v.aval.shape) if v.aval.shape else 0.0)
        for v in rhs.moving
    ]
    solved = ops.ode(start, t, *params, *move, rhs=rhs.forward(), options=options)
    return ops.getitem(solved, index=(("slice", None, None, None), ("slice", n, 2 * n, None)))


TABLE.add(
    StructuralEntry(
        name="ode",
        numpy=_value,
        infer=lambda y0, t, *params, rhs, options: Aval.of((t.size, y0.size), "float64"),
        pullback=_pullback,
        pushforward=_pushforward,
        describe=lambda o, p: f"{p['options'][0]}(f, {', '.join(o)})",
    )
)


def _refuse_times(*args: Any, **kwargs: Any) -> Any:
    raise UnsupportedError(
        "the derivative of a differential equation with respect to its times is not supported",
        remedy="scale the time in the right-hand side, or use symdiff.detach(...) on the times",
    )


TABLE.add(
    StructuralEntry(
        name="ode_times",
        numpy=lambda t: np.array(t, float),
        infer=lambda t: Aval.of(t.shape, "float64"),
        pullback=_refuse_times,
        pushforward=_refuse_times,
        describe=lambda o, p: o[0],
    )
)


# -- calls in a traced function


def _trace(calls: Calls, slope: Callable[[Any, Any], Any], t: float, y: Any) -> RightHandSide:
    """The right-hand side as a program; what it reads from outside is read by the caller."""
    inputs = [(Var("t", FLOAT), t), (Var("y", Aval.of(np.shape(y), "float64")), y)]
    what = "the state or the time inside the right-hand side of a differential equation"
    return RightHandSide(trace_inner(calls, slope, inputs, what))


def _solve(
    calls: Calls,
    slope: Callable[[Any, Any], Any],
    y0: Any,
    t: Any,
    options: tuple[Any, ...],
) -> Any:
    recorder = calls.recorder
    if recorder.abstract:
        recorder.need_value("a differential equation")
    y0 = recorder.array(y0)
    y0 = recorder.apply("reshape", y0, shape=(int(np.prod(recorder.shape(y0), dtype=int)),))
    if recorder.aval(y0).dtype != "float64":
        y0 = recorder.apply("cast", y0, dtype="float64")
    t = recorder.apply("ode_times", recorder.array(t))
    first = float(np.asarray(t.value if type(t) is Tracer else t)[0])
    state = np.array(y0.value if type(y0) is Tracer else y0, float)
    rhs = _trace(calls, slope, first, state)
    params = [Tracer(recorder, recorder.values[v], v) for v in rhs.program.inputs[2:]]
    return recorder.apply("ode", y0, t, *params, rhs=rhs, options=options)


def _plain_options(calls: Calls, name: str, given: dict[str, Any], known: Sequence[str]) -> Any:
    options = []
    for key, value in sorted(given.items()):
        value = calls.recorder.concrete_deep(value)
        if value is None:
            continue
        if key not in known or not isinstance(value, int | float | str):
            calls.recorder.refuse(
                f"`{name}` with `{key}`",
                remedy="leave it out; tolerances are numbers",
            )
        options.append((key, value))
    return tuple(options)


def _odeint(calls: Calls, func: Any, y0: Any, t: Any, args: Any = (), **more: Any) -> Any:
    """`odeint(func, y0, t, args)`: states in rows."""
    tfirst = more.pop("tfirst", False)
    more = {k: v for k, v in more.items() if k not in ("printmessg",) and v not in (0, False)}
    options = _plain_options(
        calls, "odeint", more, ("rtol", "atol", "hmax", "hmin", "mxstep", "h0")
    )
    site = calls.recorder.site

    def slope(time: Any, state: Any) -> Any:
        first = (time, state) if tfirst else (state, time)
        return calls.call(site, func, *first, *tuple(args))

    return _solve(calls, slope, y0, t, ("odeint", *options))


class Solution:
    """What `solve_ivp` gives: times and states; the states in columns."""

    def __init__(self, t: Any, y: Any) -> None:
        self.t = t
        self.y = y
        self.success = True
        self.status = 0
        self.message = "The solver successfully reached the end of the integration interval."


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
    """`solve_ivp(fun, t_span, y0, t_eval=t)`."""
    recorder = calls.recorder
    if t_eval is None or dense_output or events is not None or vectorized:
        recorder.refuse(
            "`solve_ivp` without `t_eval`, or with `dense_output`, `events` or `vectorized`",
            why="the times that the solver chooses are no function of the inputs",
            remedy="say with t_eval=[...] where the solution is wanted; t_eval=[t1] for its end",
        )
    known = ("rtol", "atol", "max_step", "first_step", "method")
    options = _plain_options(calls, "solve_ivp", {**more, "method": method}, known)
    site = recorder.site

    def slope(time: Any, state: Any) -> Any:
        return calls.call(site, fun, time, state, *tuple(args or ()))

    start = recorder.apply("reshape", recorder.array([t_span[0]]), shape=(1,))
    times = recorder.array(t_eval)
    whole = recorder.apply("concatenate", start, times, axis=0)
    rows = _solve(calls, slope, y0, whole, ("solve_ivp", *options))
    after = recorder.apply("getitem", rows, index=(("slice", 1, None, None),))
    return Solution(times, recorder.apply("transpose", after, axes=None))


HANDLERS["scipy.integrate._odepack_py.odeint"] = _odeint
HANDLERS["scipy.integrate._ivp.ivp.solve_ivp"] = _solve_ivp
