"""Integrals of the user's functions: `scipy.integrate.quad` and `dblquad`.

The function is traced once into a program whose inputs are its argument and everything it reads.
An integral is differentiated under its sign, and by its ends (Leibniz's rule, DLMF 1.5.22). That
needs the function's own derivatives at a point, which are programs again: so derivatives have
derivatives.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.table.entry import TABLE, Ops, StructuralEntry
from ...program.program import FLOAT, Aval, Var, operand_aval
from ...specialize.calls.scipy import HANDLERS
from ...specialize.recording.tracer import Tracer
from .inner import trace_inner
from .pointwise import Inner

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls


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
    ct = ops.reshape(ct, shape=operand_aval(f.program.outputs[0]).shape)
    inside = ops.quadrature(a, b, *params, ct, f=f.gradient(False, True), options=options)
    parts = f.cut(ops, inside, False, True)
    ends = [
        ops.sum(ops.mul(ct, ops.inner_at(end, *params, f=f)), axis=None, keepdims=False)
        for end in (a, b)
    ]
    return [ops.neg(ends[0]), ends[1], *[parts.get(v) for v in f.program.inputs[1:]]]


def _integral_pushforward(
    ops: Ops, tangents: Any, result: Any, a: Any, b: Any, *params: Any, f: Inner, options: Any
) -> Any:
    a_dot, b_dot, *moves = tangents
    total = ops.quadrature(a, b, *params, *f.moves(moves), f=f.tangent(False), options=options)
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


def _integral_error(a: Any, b: Any, *params: Any, f: Inner, options: Any, part: int) -> Any:
    integrate = importlib.import_module("scipy.integrate")
    value = f.function(params)
    return np.float64(integrate.quad(lambda t: value(t)[part], a, b, **dict(options))[1])


TABLE.add(
    StructuralEntry(
        name="quadrature_error",
        numpy=_integral_error,
        infer=lambda a, b, *params, **more: Aval.of((), "float64"),
        pullback=lambda ops, ct, result, *operands, **more: [None] * len(operands),
        pushforward=lambda ops, tangents, result, *operands, **more: None,
    )
)

# -- calls in a traced function


def _inner(
    calls: Calls, function: Any, args: Any, at: float, what: str, in_parts: bool = False
) -> tuple[Inner, list[Any]]:
    recorder = calls.recorder
    site = recorder.site
    args = args if isinstance(args, tuple | list) else (args,)

    def call(t: Any) -> Any:
        result = calls.call(site, function, t, *args)
        if recorder.shape(result) not in ((), (1,)):
            recorder.refuse(f"{what} of a function that gives an array")
        if in_parts:
            return [recorder.apply(f"{part}_of", result) for part in ("real", "imag")]
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


def _quad(
    calls: Calls,
    func: Any,
    a: Any,
    b: Any,
    args: Any = (),
    *rest: Any,
    complex_func: Any = False,
    **more: Any,
) -> Any:
    """`quad(f, a, b, args)`: the integral; how wrong it may be has no derivative."""
    more.update(zip(("full_output", "epsabs", "epsrel", "limit"), rest, strict=False))
    recorder = calls.recorder
    if recorder.abstract:
        recorder.need_value("an integral")
    options = _settings(calls, "quad", more, ("epsabs", "epsrel", "limit", "points", "limlst"))
    low, high = _value(a), _value(b)
    finite = [v for v in (low, high) if math.isfinite(v)]
    middle = sum(finite) / len(finite) if finite else 0.5
    middle += 0.0 if len(finite) == 2 else (0.5 if low in finite else -0.5)
    in_parts = bool(recorder.known(complex_func))
    f, params = _inner(calls, func, args, middle, "`quad`", in_parts)
    whole = recorder.apply("quadrature", a, b, *params, f=f, options=options)
    values = [recorder.apply("getitem", whole, index=(k,)) for k in range(1 + in_parts)]
    errors = [
        recorder.apply("quadrature_error", a, b, *params, f=f, options=options, part=k)
        for k in range(1 + in_parts)
    ]
    if in_parts:
        return recorder.apply("complex_of", *values), tuple(errors)
    return values[0], errors[0]


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


HANDLERS["scipy.integrate._quadpack_py.quad"] = _quad
HANDLERS["scipy.integrate._quadpack_py.dblquad"] = _dblquad
