"""Programs run one statement at a time, and their derivatives checked at a point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..differentiate import jvp, vjp
from ..operations.runtime import functions as runtime
from ..operations.statements.builder import Builder
from ..operations.table.entry import ElementwiseEntry, Entry
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Guard, Program, Var, aval_of, name_uniquely, operand_aval, validate
from .numeric import close, dot, draw, extrapolated, finite, stepped

NAMESPACE = {"math": math, "numpy": np, "rt": runtime}


def evaluate(program: Program, *inputs: Any, target: str = "numpy") -> tuple[Any, ...]:
    """Run a program, one statement at a time.

    Args:
        program: what to run; guards in it are not checked.
        inputs: one value for each input of the program.
        target: `"numpy"`, or `"math"` for the source text that Python numbers run.

    Returns:
        The outputs.

    Raises:
        ArithmeticError: the `"math"` target leaves the finite numbers.
        ValueError: the same, or outside of a function's domain.

    >>> from symdiff.program.program import FLOAT, Program, Var
    >>> ops, x = Builder(), Var("x", FLOAT)
    >>> y = ops.exp(x)
    >>> float(evaluate(Program("f", (x,), ops.statements, (y,)), 0.0)[0])
    1.0
    """
    values: dict[Var, Any] = dict(zip(program.inputs, inputs, strict=True))

    def read(operand: Any) -> Any:
        return values[operand] if type(operand) is Var else operand

    for statement in program.statements:
        operation = statement.operation
        if isinstance(operation, Guard):
            continue
        operands = [read(o) for o in statement.operands]
        result = _run(operation, operands) if target == "math" else operation.evaluate(*operands)
        if statement.target is not None:
            values[statement.target] = result
    return tuple([read(o) for o in program.outputs])


def audit(program: Program, values: Sequence[Any]) -> None:
    """Every statement gives the shape and dtype that was inferred for it."""
    targets = tuple(s.target for s in program.statements if s.target is not None)
    results = evaluate(Program(program.name, program.inputs, program.statements, targets), *values)
    for target, result in zip(targets, results, strict=True):
        actual, known = aval_of(result), target.aval
        if actual.shape != known.shape or (actual.dtype != known.dtype and not known.weak):
            raise AssertionError(
                f"{program.name}: {target} is {actual!r}, but {known!r} was inferred"
            )


def _run(operation: Any, operands: list[Any]) -> Any:
    """The value by the source text that the operation prints."""
    names = [f"a{k}" for k in range(len(operands))]
    if isinstance(operation, Template):
        scalar = all(np.ndim(o) == 0 and not np.iscomplexobj(o) for o in operands)
        text = operation.render(names, "math" if scalar else "numpy")
    elif isinstance(operation, Structural) and operation.entry.emit is not None:
        text = operation.entry.emit(names, operation.params)
    else:
        return operation.evaluate(*operands)
    return eval(text, dict(NAMESPACE), dict(zip(names, operands, strict=True)))


def gradient_of(program: Program, wrt: Sequence[Var]) -> tuple[Program, list[Var]]:
    """`vjp` with a cotangent input for each output, named and validated."""
    seeds = [Var(f"ct{k}", operand_aval(o)) for k, o in enumerate(program.outputs)]
    return validate(name_uniquely(vjp(program, wrt, seeds))), seeds


def tangent_of(program: Program, wrt: Sequence[Var]) -> Program:
    """`jvp` with a tangent input for each variable, named and validated."""
    tangents = [Var(f"d_{v.name}", v.aval) for v in wrt]
    return validate(name_uniquely(jvp(program, wrt, tangents)))


def check_program(
    program: Program,
    values: Sequence[Any],
    *,
    order: int = 2,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    rng: np.random.Generator | None = None,
) -> None:
    """Check forward and reverse derivatives of a program at one point.

    Every floating-point input moves, alone and together with the others. The gradient program is
    checked in its turn until `order` is used up.

    Args:
        program: anything without guards that matter.
        values: an input each, where the function is smooth in a neighbourhood.
        order: how often to differentiate.
        rtol: relative tolerance.
        atol: absolute tolerance.
        rng: where random directions come from.

    Raises:
        AssertionError: something does not agree, or is not finite.
        InvalidProgramError: a derivative breaks the rules of programs.
    """
    rng = rng or np.random.default_rng(0)
    validate(program)
    wrt = [v for v in program.inputs if v.aval.is_inexact]
    places = [k for k, v in enumerate(program.inputs) if v.aval.is_inexact]
    outputs = [o for o in program.outputs if operand_aval(o).is_inexact]
    program = Program(program.name, program.inputs, program.statements, tuple(outputs))
    primal = evaluate(program, *values)
    for output, value in zip(outputs, primal, strict=True):
        finite(value, f"the value of {program.name}")
        inferred, actual = operand_aval(output), aval_of(value)
        if (inferred.shape, inferred.dtype) != (actual.shape, actual.dtype):
            raise AssertionError(f"{program.name}: {inferred!r} inferred, {actual!r} computed")
    if not wrt or not outputs:
        return

    tangents = [draw(rng, values[k]) for k in places]
    cotangents = [draw(rng, value) for value in primal]
    gradient, _ = gradient_of(program, wrt)
    forward = tangent_of(program, wrt)
    audit(gradient, [*values, *cotangents])
    audit(forward, [*values, *tangents])
    pulled = evaluate(gradient, *values, *cotangents)[len(outputs) :]
    pushed = evaluate(forward, *values, *tangents)[len(outputs) :]
    for k, part in zip(places, pulled, strict=True):
        finite(part, f"the cotangent of {program.inputs[k].name} in {program.name}")
        if np.shape(part) != np.shape(values[k]):
            raise AssertionError(
                f"{program.name}: a cotangent of shape {np.shape(part)} for "
                f"{program.inputs[k].name} of shape {np.shape(values[k])}"
            )
    for part in pushed:
        finite(part, f"the tangent of {program.name}")

    def along(h: float, only: int | None) -> list[Any]:
        at = list(values)
        for k, tangent in zip(places, tangents, strict=True):
            if only is None or only == k:
                at[k] = stepped(at[k], tangent, h)
        return list(evaluate(program, *at))

    for n, part in enumerate(pushed):
        numeric = extrapolated(lambda h, n=n: along(h, None)[n])  # type: ignore[misc]
        close(part, numeric, rtol, atol, f"{program.name}: forward mode, output {n}")
    for k, tangent, part in zip(places, tangents, pulled, strict=True):
        numeric = extrapolated(
            lambda h, k=k: sum(  # type: ignore[misc]
                dot(c, y) for c, y in zip(cotangents, along(h, k), strict=True)
            )
        )
        what = f"{program.name}: reverse mode, input {program.inputs[k].name}"
        close(dot(part, tangent), numeric, rtol, 10 * atol, what)
    left = sum(dot(c, p) for c, p in zip(cotangents, pushed, strict=True))
    right = sum(dot(t, p) for t, p in zip(tangents, pulled, strict=True))
    close(left, right, 1e-9, 1e-9, f"{program.name}: <jvp, ct> against <t, vjp>")
    if order > 1:
        second = Program(
            f"gradient of {program.name}",
            gradient.inputs,
            gradient.statements,
            tuple(o for o in gradient.outputs[len(outputs) :] if type(o) is Var),
        )
        if second.outputs:
            check_program(
                second,
                [*values, *cotangents],
                order=order - 1,
                rtol=10 * rtol,
                atol=10 * atol,
                rng=rng,
            )


class _AtValues(Builder):
    """A builder that knows the values of its inputs, and so what a rule decides by."""

    def __init__(self, inputs: list[Var], values: list[Any]) -> None:
        super().__init__()
        self.inputs = inputs
        self.values = values

    def known(self, value: Any) -> Any:
        if type(value) is not Var:
            return value
        so_far = Program("known", tuple(self.inputs), list(self.statements), (value,))
        return evaluate(so_far, *self.values)[0]


def call_program(
    entry: Entry, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Program, list[Any]]:
    """A program that makes one call, as NumPy spells it; its floating-point arguments are inputs.

    Returns:
        The program and the values of its inputs.
    """
    inputs: list[Var] = []
    values: list[Any] = []
    ops = _AtValues(inputs, values)

    def enter(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)([enter(v) for v in value])
        if isinstance(value, (np.ndarray, np.complexfloating)) and value.dtype.kind == "c":
            return ops.apply("complex_of", enter(value.real), enter(value.imag))
        array = isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f"
        if array or (type(value) is float and math.isfinite(value)):
            var = Var(f"x{len(inputs)}", aval_of(value))
            inputs.append(var)
            values.append(value)
            return var
        return value

    args = [enter(a) for a in args]
    if isinstance(entry, ElementwiseEntry):
        result = ops.apply(entry.name, *args, **kwargs)
    elif (rule := entry.rule_for(kwargs)) is not None:
        result = rule(ops, *args, **kwargs)
    else:
        operands, params = entry.signature(*args, **kwargs) if entry.signature else (args, kwargs)
        result = ops.apply(entry.name, *operands, **params)
    outputs = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    parts = [_real_parts(ops, o) for o in outputs]
    outputs = tuple(o for part in parts for o in part)
    program = Program(entry.name, tuple(inputs), ops.statements, outputs)
    return name_uniquely(program), values


def _real_parts(ops: Builder, output: Any) -> list[Any]:
    """A complex output as two real ones."""
    if not operand_aval(output).dtype.startswith("complex"):
        return [output]
    return [ops.apply("real", output), ops.apply("imag", output)]


def check_float32(program: Program, values: Sequence[Any]) -> None:
    """Single precision in, single precision out, for the value and for every cotangent."""
    outputs = [o for o in program.outputs if operand_aval(o).is_inexact]
    if not outputs or not program.inputs:
        return
    program = Program(program.name, program.inputs, program.statements, tuple(outputs))
    results = evaluate(program, *values)
    gradient, _ = gradient_of(program, program.inputs)
    cotangents = [np.ones(np.shape(r), np.asarray(r).dtype)[()] for r in results]
    pulled = evaluate(gradient, *values, *cotangents)
    for var, part in zip([*program.outputs, *program.inputs], pulled, strict=True):
        have, known = np.asarray(part).dtype, operand_aval(var)
        if not known.weak and (have != "float32" or known.dtype != "float32"):
            raise AssertionError(f"{program.name}: float32 became {have} ({known!r} inferred)")
