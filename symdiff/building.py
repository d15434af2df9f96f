"""From a specialization to the derivative program to compile, and how results are handed over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .compile.emit import Output
from .errors import UsageError
from .outside import Argument, Check, Read
from .program import Keep, Operand, Program, Statement, Var, name_uniquely, operand_aval
from .specialize.trace import Specialization, Traced

Wrt = int | str | Sequence[int | str]
Built = tuple[Program, list[Output], str | None]
STRUCTURES = {"one": "{}", "tuple": "({})", "list": "[{}]"}


def derivative(
    specialization: Specialization, wrt: Sequence[str], cotangents: Sequence[Operand]
) -> Program:
    """The reverse-mode program of a specialization with respect to some of its arguments."""
    from .differentiate import vjp as differentiate

    variables = [specialization.arguments[n] for n in wrt]
    return differentiate(specialization.program, variables, cotangents)


def as_function(program: Program) -> Program:
    """A program as people read it: arguments are inputs, and checks of their types are left out."""
    inputs = []
    statements = []
    for statement in program.statements:
        operation = statement.operation
        if type(operation) is Read and type(operation.source) is Argument:
            assert statement.target is not None
            inputs.append(statement.target)
        elif type(operation) not in (Check, Keep):
            statements.append(statement)
    return Program(
        program.name, (*inputs, *program.inputs), statements, program.outputs, program.extra
    )


def optimized(program: Program) -> Program:
    """The program with each value computed once, and none that nobody needs."""
    from .optimize import number_values, remove_dead_code

    return name_uniquely(remove_dead_code(number_values(program)))


def argument_type(specialization: Specialization, var: Var) -> type:
    """The type a gradient has for an argument: its own, and a float for an integer."""
    for statement in specialization.program.statements:
        operation = statement.operation
        if type(operation) is Check and statement.operands == (var,):
            expected = operation.expected
            if isinstance(expected, tuple):
                return np.ndarray
            return float if expected is int else expected
    return float


def output_of(specialization: Specialization, k: int) -> Output:
    """How result number `k` of the function is handed over: as the function itself gives it."""
    aval = operand_aval(specialization.program.outputs[k])
    return Output(specialization.output_types[k], aval.dtype, aval.shape)


def result_span(program: Program) -> Any:
    """Where the result was computed."""
    output = program.outputs[0] if program.outputs else None
    made: Statement | None = next(
        (s for s in reversed(program.statements) if s.target is output and s.span), None
    )
    return made.span if made is not None else None


def resolve_wrt(wrt: Wrt, traced: Traced, function: Any) -> tuple[str, ...]:
    """The parameter names that `wrt` means.

    Raises:
        UsageError: it names no parameter.
    """
    names = traced.names
    if wrt == "all":
        return tuple(
            p.name for p in traced.parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        )
    items = [wrt] if isinstance(wrt, int | str) or not isinstance(wrt, Sequence) else list(wrt)
    variadic = next(
        (k for k, p in enumerate(traced.parameters) if p.kind is p.VAR_POSITIONAL), len(names)
    )
    resolved = []
    for item in items:
        if isinstance(item, int) and not isinstance(item, bool):
            if len(names) > variadic <= item:
                # Position 2 of f(x, *rest) is the second of rest.
                resolved.append(f"{names[variadic]}[{item - variadic}]")
                continue
            if not -len(names) <= item < len(names):
                raise UsageError(
                    f"wrt={item}, but `{getattr(function, '__name__', function)}` has "
                    f"{len(names)} parameter{'s' * (len(names) != 1)}",
                    remedy=f"name one of: {', '.join(names)}" if names else "",
                )
            resolved.append(names[item])
        elif item in names:
            resolved.append(str(item))
        else:
            raise UsageError(
                f"wrt: `{item}` is no parameter of `{getattr(function, '__name__', function)}`",
                remedy=f"name one of: {', '.join(names)}",
            )
    return tuple(resolved)
