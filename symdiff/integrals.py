"""Integrals and roots of the user's functions: `scipy.integrate.quad`, `scipy.optimize.brentq`.

The function is traced once into a program whose inputs are its argument and everything it reads.
An integral is differentiated under its sign, and by its ends (Leibniz's rule, DLMF 1.5.22); a root
by the implicit function theorem (DLMF 1.5.6). Both need the function's own derivatives at a point,
which are programs again: so derivatives have derivatives.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .inner import trace_inner
from .operations.builder import Builder
from .operations.entry import TABLE, Ops, StructuralEntry
from .program import FLOAT, Aval, Operand, Program, Var, operand_aval
from .specialize.scipy_calls import HANDLERS
from .specialize.tracer import Tracer

if TYPE_CHECKING:
    from .specialize.calls import Calls


class Inner:
    """`f(t, *params)`, a vector, as a program whose inputs are those, in that order."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._gradient: Inner | None = None
        self._tangent: Inner | None = None

    def __repr__(self) -> str:
        return "f"

    @property
    def size(self) -> int:
        """The length of the result."""
        return operand_aval(self.program.outputs[0]).size

    @property
    def moving(self) -> list[Var]:
        """The argument and the parameters that can have a derivative."""
        return [v for v in self.program.inputs if v.aval.is_inexact]

    def function(self, params: Sequence[Any]) -> Callable[[float], Any]:
        """What a library calls."""
        argument, *rest = self.program.inputs
        fixed = dict(zip(rest, params, strict=True))
        steps = [(s.target, s.operation.evaluate, s.operands) for s in self.program.statements]
        (output,) = self.program.outputs

        def value(t: float) -> Any:
            values: dict[Any, Any] = {**fixed, argument: float(t)}
            for target, evaluate, operands in steps:
                values[target] = evaluate(*[values[o] if type(o) is Var else o for o in operands])
            return np.reshape(values[output] if type(output) is Var else output, -1)

        return value

    def gradient(self) -> Inner:
        """The cotangents of `moving`, one after the other, from one of the result."""
        from .differentiate import vjp

        if self._gradient is None:
            program, ops = self.program, Builder()
            seed = Var("ct", operand_aval(program.outputs[0]))
            pulled = vjp(program, self.moving, [seed])
            ops.statements.extend(pulled.statements)
            parts = [
                _full(ops, ct, v.aval.size)
                for v, ct in zip(self.moving, pulled.outputs[1:], strict=True)
            ]
            result = ops.concatenate(*parts, axis=0)
            made = Program("gradient", (*program.inputs, seed), ops.statements, (result,))
            self._gradient = Inner(made)
        return self._gradient

    def tangent(self) -> Inner:
        """How the result moves with the parameters, the argument at rest."""
        from .differentiate import jvp

        if self._tangent is None:
            program, ops = self.program, Builder()
            params = [v for v in self.moving if v is not program.inputs[0]]
            moves = [Var(f"d_{v.name}", v.aval) for v in params]
            moved = jvp(program, params, moves)
            ops.statements.extend(moved.statements)
            result = _full(ops, moved.outputs[-1], self.size)
            made = Program("tangent", (*program.inputs, *moves), ops.statements, (result,))
            self._tangent = Inner(made)
        return self._tangent


def _full(ops: Any, value: Operand, size: int) -> Any:
    """A vector of that length from an array, or from the 0 of what does not depend."""
    shape = operand_aval(value).shape
    if int(np.prod(shape, dtype=int)) == size:
        return ops.reshape(value, shape=(size,))
    return ops.broadcast_to(value, shape=(size,))


def _cut(ops: Ops, whole: Any, f: Inner) -> dict[Var, Any]:
    """What belongs to each of the moving inputs, from a gradient."""
    parts, start = {}, 0
    for var in f.moving:
        stop = start + var.aval.size
        piece = ops.getitem(whole, index=(("slice", start, stop, None),))
        parts[var] = ops.reshape(piece, shape=var.aval.shape)
        start = stop
    return parts


def _moves(f: Inner, tangents: Sequence[Any]) -> list[Any]:
    """A tangent for each moving parameter, zero where it rests."""
    known = dict(zip(f.program.inputs[1:], tangents, strict=True))
    return [
        known[v] if known[v] is not None else (np.zeros(v.aval.shape) if v.aval.shape else 0.0)
        for v in f.moving
        if v is not f.program.inputs[0]
    ]


# -- the function at a point


def _at_pullback(ops: Ops, ct: Any, result: Any, t: Any, *params: Any, f: Inner) -> list[Any]:
    parts = _cut(ops, ops.inner_at(t, *params, ct, f=f.gradient()), f)
    return [parts.get(v) for v in f.program.inputs]


def _at_pushforward(ops: Ops, tangents: Any, result: Any, t: Any, *params: Any, f: Inner) -> Any:
    t_dot, *moves = tangents
    total = ops.inner_at(t, *params, *_moves(f, moves), f=f.tangent())
    if t_dot is None:
        return total
    slopes = [
        ops.getitem(ops.inner_at(t, *params, seed, f=f.gradient()), index=(("slice", 0, 1, None),))
        for seed in np.eye(f.size)
    ]
    return ops.add(total, ops.mul(ops.concatenate(*slopes, axis=0), t_dot))


TABLE.add(
    StructuralEntry(
        name="inner_at",
        numpy=lambda t, *params, f: np.array(f.function(params)(t), float),
        infer=lambda t, *params, f: Aval.of((f.size,), "float64"),
        pullback=_at_pullback,
        pushforward=_at_pushforward,
        describe=lambda o, p: f"f({', '.join(o)})",
    )
)

# -- integrals


def _integral(a: Any, b: Any, *params: Any, f: Inner, options: Any) -> Any:
    integrate = importlib.import_module("scipy.integrate")
    value, settings = f.function(params), dict(options)
    return np.array(
        [integrate.quad(lambda t, k=k: value(t)[k], a, b, **settings)[0] for k in range(f.size)]
    )


def _integral_pullback(
    ops: Ops, ct: Any, result: Any, a: Any, b: Any, *params: Any, f: Inner, options: Any
) -> list[Any]:
    inside = ops.quadrature(a, b, *params, ct, f=f.gradient(), options=options)
    parts = _cut(ops, inside, f)
    ends = [
        ops.sum(ops.mul(ct, ops.inner_at(end, *params, f=f)), axis=None, keepdims=False)
        for end in (a, b)
    ]
    return [ops.neg(ends[0]), ends[1], *[parts.get(v) for v in f.program.inputs[1:]]]


def _integral_pushforward(
    ops: Ops, tangents: Any, result: Any, a: Any, b: Any, *params: Any, f: Inner, options: Any
) -> Any:
    a_dot, b_dot, *moves = tangents
    total = ops.quadrature(a, b, *params, *_moves(f, moves), f=f.tangent(), options=options)
    if b_dot is not None:
        total = ops.add(total, ops.mul(ops.inner_at(b, *params, f=f), b_dot))
    if a_dot is not None:
        total = ops.sub(total, ops.mul(ops.inner_at(a, *params, f=f), a_dot))
    return total


TABLE.add(
    StructuralEntry(
        name="quadrature",
        numpy=_integral,
        infer=lambda a, b, *params, f, options: Aval.of((f.size,), "float64"),
        pullback=_integral_pullback,
        pushforward=_integral_pushforward,
        describe=lambda o, p: f"quad(f, {', '.join(o)})",
        source="DLMF 1.5.22",
    )
)


def _integral_error(a: Any, b: Any, *params: Any, f: Inner, options: Any) -> Any:
    integrate = importlib.import_module("scipy.integrate")
    value = f.function(params)
    return np.float64(integrate.quad(lambda t: value(t)[0], a, b, **dict(options))[1])


TABLE.add(
    StructuralEntry(
        name="quadrature_error",
        numpy=_integral_error,
        infer=lambda a, b, *params, f, options: Aval.of((), "float64"),
        pullback=lambda ops, ct, result, *operands, f, options: [None] * len(operands),
        pushforward=lambda ops, tangents, result, *operands, f, options: None,
    )
)

# -- roots


def _root(*params: Any, f: Inner, solver: str, start: Any, options: Any) -> Any:
    optimize = importlib.import_module("scipy.optimize")
    value = f.function(params)
    return np.float64(
        getattr(optimize, solver)(lambda t: float(value(t)[0]), *start, **dict(options))
    )


def _slopes(ops: Ops, root: Any, params: Sequence[Any], f: Inner) -> tuple[dict[Var, Any], Any]:
    """The derivatives of the function in its parameters, over the one in its argument."""
    parts = _cut(ops, ops.inner_at(root, *params, np.ones(1), f=f.gradient()), f)
    return parts, parts[f.program.inputs[0]]


def _root_pullback(
    ops: Ops, ct: Any, result: Any, *params: Any, f: Inner, **fixed: Any
) -> list[Any]:
    parts, slope = _slopes(ops, result, params, f)
    factor = ops.neg(ops.div(ct, slope))
    return [ops.mul(parts[v], factor) if v in parts else None for v in f.program.inputs[1:]]


def _root_pushforward(
    ops: Ops, tangents: Any, result: Any, *params: Any, f: Inner, **fixed: Any
) -> Any:
    _, slope = _slopes(ops, result, params, f)
    moved = ops.inner_at(result, *params, *_moves(f, tangents), f=f.tangent())
    return ops.neg(ops.div(ops.reshape(moved, shape=()), slope))


TABLE.add(
    StructuralEntry(
        name="root_of",
        numpy=_root,
        infer=lambda *params, f, solver, start, options: Aval.of((), "float64"),
        pullback=_root_pullback,
        pushforward=_root_pushforward,
        describe=lambda o, p: f"{p['solver']}(f, {', '.join(o)})",
        source="DLMF 1.5.6",
    )
)

# -- calls in a traced function


def _inner(calls: Calls, function: Any, args: Any, at: float, what: str) -> tuple[Inner, list[Any]]:
    recorder = calls.recorder
    site = recorder.site
    args = args if isinstance(args, tuple | list) else (args,)

    def call(t: Any) -> Any:
        result = calls.call(site, function, t, *args)
        if recorder.shape(result) not in ((), (1,)):
            recorder.refuse(f"{what} of a function that gives an array")
        return result

    program = trace_inner(
        calls, call, [(Var("t", FLOAT), at)], f"the variable inside the function of {what}"
    )
    params = [Tracer(recorder, recorder.values[v], v) for v in program.inputs[1:]]
    return Inner(program), params


def _settings(calls: Calls, name: str, given: dict[str, Any], known: Sequence[str]) -> Any:
    options = []
    for key, value in sorted(given.items()):
        if value is None or value is False or (key == "disp" and value is True):
            continue
        if key not in known:
            calls.recorder.refuse(f"`{name}` with `{key}`", remedy="leave it out")
        value = calls.recorder.known(value)
        options.append((key, tuple(value) if isinstance(value, list | np.ndarray) else value))
    return tuple(options)


def _value(x: Any) -> float:
    return float(x.value if type(x) is Tracer else x)


def _quad(calls: Calls, func: Any, a: Any, b: Any, args: Any = (), **more: Any) -> Any:
    """`quad(f, a, b, args)`: the integral; how wrong it may be has no derivative."""
    recorder = calls.recorder
    if recorder.abstract:
        recorder.need_value("an integral")
    options = _settings(calls, "quad", more, ("epsabs", "epsrel", "limit", "points", "limlst"))
    low, high = _value(a), _value(b)
    finite = [v for v in (low, high) if math.isfinite(v)]
    middle = sum(finite) / len(finite) if finite else 0.5
    middle += 0.0 if len(finite) == 2 else (0.5 if low in finite else -0.5)
    f, params = _inner(calls, func, args, middle, "`quad`")
    whole = recorder.apply("quadrature", a, b, *params, f=f, options=options)
    value = recorder.apply("getitem", whole, index=(0,))
    return value, recorder.apply("quadrature_error", a, b, *params, f=f, options=options)


def _dblquad(
    calls: Calls, func: Any, a: Any, b: Any, gfun: Any, hfun: Any, args: Any = (), **more: Any
) -> Any:
    """`dblquad(f, a, b, g, h)`: the integral over `x` of the integral over `y` of `f(y, x)`."""
    site = calls.recorder.site

    def inside(calls: Calls, x: Any) -> Any:
        ends = [calls.call(site, e, x) if callable(e) else e for e in (gfun, hfun)]
        return _quad(calls, func, ends[0], ends[1], (x, *args), **more)[0]

    return _quad(calls, _followed(inside), a, b, **more)


def _followed(inside: Callable[..., Any]) -> Any:
    """A function of a trace, as a function that can be called in it."""

    def function(*args: Any) -> Any:
        raise AssertionError("called outside a trace")

    function.__symdiff_traced__ = inside  # type: ignore[attr-defined]
    return function


class Root:
    """What `root_scalar` gives."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.converged = True
        self.flag = "converged"


def _find(
    calls: Calls, solver: str, function: Any, start: Sequence[Any], args: Any, options: Any
) -> Any:
    recorder = calls.recorder
    if recorder.abstract:
        recorder.need_value("a root")
    start = tuple(float(recorder.known(s)) for s in start)
    f, params = _inner(calls, function, args, sum(start) / len(start), f"`{solver}`")
    return recorder.apply("root_of", *params, f=f, solver=solver, start=start, options=options)


def _bracketing(solver: str) -> Callable[..., Any]:
    def handler(calls: Calls, f: Any, a: Any, b: Any, args: Any = (), **more: Any) -> Any:
        options = _settings(calls, solver, more, ("xtol", "rtol", "maxiter"))
        return _find(calls, solver, f, (a, b), args, options)

    return handler


def _root_scalar(
    calls: Calls,
    f: Any,
    args: Any = (),
    method: Any = None,
    bracket: Any = None,
    fprime: Any = None,
    fprime2: Any = None,
    x0: Any = None,
    x1: Any = None,
    **more: Any,
) -> Any:
    if bracket is None or method not in (None, "brentq", "brenth", "ridder", "bisect"):
        calls.recorder.refuse(
            "`root_scalar` without a bracket",
            remedy="pass bracket=(a, b), and a method that keeps it",
        )
    options = _settings(calls, "root_scalar", more, ("xtol", "rtol", "maxiter"))
    return Root(_find(calls, method or "brentq", f, tuple(bracket), args, options))


HANDLERS["scipy.integrate._quadpack_py.quad"] = _quad
HANDLERS["scipy.integrate._quadpack_py.dblquad"] = _dblquad
for _solver in ("brentq", "brenth", "ridder", "bisect"):
    HANDLERS[f"scipy.optimize._zeros_py.{_solver}"] = _bracketing(_solver)
HANDLERS["scipy.optimize._root_scalar.root_scalar"] = _root_scalar
