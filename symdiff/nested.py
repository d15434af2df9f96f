"""A gradient taken inside a differentiated function: Newton steps, meta-gradients, `grad(grad(f))`.

The inner function is traced into the same program with fresh variables for what it is
differentiated with respect to; the statements it added are differentiated where they stand, with
everything older held constant. Levels cannot be confused: each is a program of its own variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import NonScalarError, UsageError
from .operations.template import COPY
from .program import Operand, Program, Statement, Var, aval_of, operand_aval
from .specialize.sites import SITES
from .specialize.tracer import UNKNOWN, Tracer

if TYPE_CHECKING:
    from .specialize.calls import Calls
    from .transforms import Gradient


def gradient_in_trace(
    gradient: Gradient[...], calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """Record the gradient of the inner function at traced arguments."""
    from .differentiate import vjp

    recorder = calls.recorder
    bound = gradient.__signature__.bind(*args, **kwargs)
    bound.apply_defaults()
    values = list(bound.arguments.values())
    names = gradient._traced.names
    start = len(recorder.statements)
    fresh: list[Var] = []
    for name in gradient.wrt_names():
        k = names.index(name)
        tracer = _fresh(recorder, values[k], name)
        values[k] = tracer
        fresh.append(tracer.operand)
    result = gradient._traced.run(calls, values)
    if type(result) is not Tracer:
        output: Operand = result
    else:
        output = recorder.operand(result)
    if not isinstance(result, Tracer | int | float | np.generic) or operand_aval(output).shape:
        raise NonScalarError(
            f"the inner gradient of `{getattr(gradient, '__name__', 'f')}` is not defined: "
            "its result is not one number",
            where=recorder.where(),
            remedy="return a sum",
        )
    inner = Program("inner", (), recorder.statements[start:], (output,))
    derived = vjp(inner, fresh, [1.0])
    recorder.statements[start:] = derived.statements
    recorder.unnamed.update(s.target for s in derived.statements if s.target is not None)
    parts = derived.outputs[1:]
    concrete = _evaluate(recorder, derived.statements, parts)
    tracers = [
        _handle(recorder, value, operand)
        for value, operand in zip(concrete, parts, strict=True)
    ]
    gradients = tracers[0] if gradient._single else tuple(tracers)
    return (result, gradients) if gradient._with_value else gradients


def _handle(recorder: Any, value: Any, operand: Operand) -> Any:
    return Tracer(recorder, value, operand) if type(operand) is Var else recorder.const(value)


def _fresh(recorder: Any, value: Any, name: str) -> Tracer:
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
    return Tracer(recorder, plain, var)


def _evaluate(
    recorder: Any, statements: Sequence[Statement], outputs: Sequence[Operand]
) -> list[Any]:
    """The concrete values of the derivative, from those of the trace."""
    if recorder.abstract:
        return [UNKNOWN if type(o) is Var else o for o in outputs]
    known: dict[Var, Any] = recorder.values

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


__all__ = ["aval_of", "gradient_in_trace"]
