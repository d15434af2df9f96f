"""Derivatives inside a differentiated function: Newton steps, meta-gradients, `grad(grad(f))`.

The inner function is traced into the same program with fresh variables for what it is
differentiated with respect to; the statements it added are differentiated where they stand, with
everything older held constant. Levels cannot be confused: each is a program of its own variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import NonScalarError, UsageError
from .operations.structural import Structural
from .operations.template import COPY, Template
from .program import Operand, Program, Statement, Var, operand_aval
from .specialize.recorder import Recorder
from .specialize.sites import SITES
from .specialize.tracer import UNKNOWN, Tracer

if TYPE_CHECKING:
    from .gradient import Gradient
    from .specialize.calls import Calls


@dataclass(frozen=True, slots=True)
class _Inner:
    """An inner function after its trace: its program, and where that stands in the outer one."""

    program: Program
    wrt: list[Var]
    result: Any
    start: int


def _trace_inner(gradient: Gradient[...], calls: Calls, values: Sequence[Any]) -> _Inner:
    recorder = calls.recorder
    start = len(recorder.statements)
    values = list(values)
    fresh: list[Var] = []
    for name in gradient.wrt_names():
        k = gradient._traced.names.index(name)
        tracer = _fresh(recorder, values[k], name)
        values[k] = tracer
        fresh.append(tracer.operand)
    result = gradient._traced.run(calls, values)
    items = result if isinstance(result, tuple | list) else [result]
    outputs = tuple([recorder.operand(item) for item in items])
    program = Program("inner", (), recorder.statements[start:], outputs)
    return _Inner(program, fresh, result, start)


def gradient_in_trace(
    gradient: Gradient[...], calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """Record the gradient of the inner function at traced arguments."""
    from .differentiate import vjp

    recorder = calls.recorder
    bound = gradient.__signature__.bind(*args, **kwargs)
    bound.apply_defaults()
    inner = _trace_inner(gradient, calls, tuple(bound.arguments.values()))
    result = inner.result
    if (
        not isinstance(result, Tracer | int | float | np.generic)
        or operand_aval(inner.program.outputs[0]).shape
    ):
        raise NonScalarError(
            f"the inner gradient of `{getattr(gradient, '__name__', 'f')}` is not defined: "
            "its result is not one number",
            where=recorder.where(),
            remedy="return a sum",
        )
    derived = vjp(inner.program, inner.wrt, [1.0])
    recorder.statements[inner.start :] = derived.statements
    parts = _recorded(recorder, derived.statements, derived.outputs[1:])
    gradients = parts[0] if gradient._single else tuple(parts)
    return (result, gradients) if gradient._with_value else gradients


def vjp_in_trace(gradient: Gradient[...], calls: Calls, primals: Sequence[Any]) -> Any:
    """Record the inner function; its pullback records the reverse sweep when it is called."""
    from .differentiate import vjp

    recorder = calls.recorder
    inner = _trace_inner(gradient, calls, primals)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        given = cotangent if isinstance(inner.result, tuple | list) else [cotangent]
        derived = vjp(inner.program, inner.wrt, [recorder.operand(c) for c in given])
        return tuple(_appended(recorder, derived, len(inner.program.outputs)))

    return inner.result, _handled(pullback)


def jvp_in_trace(
    gradient: Gradient[...], calls: Calls, primals: Sequence[Any], tangents: Sequence[Any]
) -> Any:
    """Record the inner function and how it moves."""
    from .differentiate import jvp

    recorder = calls.recorder
    inner = _trace_inner(gradient, calls, primals)
    moves = [recorder.operand(float(t) if type(t) is int else t) for t in tangents]
    parts = _appended(recorder, jvp(inner.program, inner.wrt, moves), len(inner.program.outputs))
    kind = type(inner.result)
    return inner.result, kind(parts) if kind in (tuple, list) else parts[0]


def _handled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function of ours, so that the call hook calls it as it is."""

    def traced(calls: Calls, *args: Any) -> Any:
        return function(*args)

    function.__symdiff_traced__ = traced  # type: ignore[attr-defined]
    return function


def _appended(recorder: Recorder, derived: Program, primal_outputs: int) -> list[Any]:
    """Append a derived program with variables of its own; repeated values are merged later."""
    replaced: dict[Var, Var] = {}

    def renamed(operand: Operand) -> Operand:
        return replaced.get(operand, operand) if type(operand) is Var else operand

    added = []
    for statement in derived.statements:
        target = statement.target
        if target is None or type(statement.operation) not in (Template, Structural):
            continue  # guards and reads stand in the program already
        operands = tuple([renamed(o) for o in statement.operands])
        replaced[target] = Var(target.name, target.aval)
        added.append(Statement(replaced[target], statement.operation, operands, statement.span))
    recorder.statements.extend(added)
    outputs = tuple([renamed(o) for o in derived.outputs[primal_outputs:]])
    return _recorded(recorder, added, outputs)


def _fresh(recorder: Recorder, value: Any, name: str) -> Tracer:
    """A variable of its own with the same value: what the inner level differentiates."""
    if type(value) is int:
        value = float(value)
    if not isinstance(value, Tracer | float | np.ndarray | np.floating):
        raise UsageError(
            f"cannot differentiate with respect to `{name}`: it is a {type(value).__name__}",
            where=recorder.where(),
        )
    operand = recorder.operand(value)
    var = Var(name, operand_aval(operand))
    span = SITES[recorder.site].span
    recorder.statements.append(Statement(var, COPY, (operand,), span))
    plain = value.value if type(value) is Tracer else value
    plain = np.array(plain) if isinstance(plain, np.ndarray) else plain
    recorder.values[var] = plain
    recorder.active.add(var)
    return Tracer(recorder, plain, var)


def _recorded(
    recorder: Recorder, statements: Sequence[Statement], outputs: Sequence[Operand]
) -> list[Any]:
    """Handles of derived variables, with their concrete values."""
    for statement in statements:
        if statement.target is not None:
            recorder.unnamed.add(statement.target)
            recorder.spread_activity(statement.operation, statement.operands, statement.target)
    values = _evaluate(recorder, statements, outputs)
    return [
        Tracer(recorder, value, operand) if type(operand) is Var else recorder.const(value)
        for value, operand in zip(values, outputs, strict=True)
    ]


def _evaluate(
    recorder: Recorder, statements: Sequence[Statement], outputs: Sequence[Operand]
) -> list[Any]:
    if recorder.abstract:
        return [UNKNOWN if type(o) is Var else o for o in outputs]
    known = recorder.values

    def value(operand: Operand) -> Any:
        return known[operand] if type(operand) is Var else operand

    with np.errstate(all="ignore"):
        for statement in statements:
            target = statement.target
            if target is not None and target not in known:
                result = statement.operation.evaluate(*map(value, statement.operands))
                if target.aval.weak and isinstance(result, np.generic):
                    result = result.item()
                known[target] = result
    return [value(o) for o in outputs]
