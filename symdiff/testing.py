"""Check derivatives: of the table of primitives, and of functions users write.

Nothing here trusts a derivative rule: values are compared with NumPy and `math`, derivatives with
complex steps or extrapolated central differences, forward mode with reverse mode, and the gradient
program is differentiated and checked again.
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .differentiate import jvp, vjp
from .operations import runtime
from .operations.builder import Builder, elementwise_template
from .operations.entry import ElementwiseEntry, Entry, StructuralEntry
from .operations.structural import Structural
from .operations.template import Template
from .program import (
    Aval,
    Guard,
    Program,
    Var,
    aval_of,
    name_uniquely,
    operand_aval,
    validate,
)

__all__ = ["check_grads", "check_primitive", "check_program", "evaluate"]

_NAMESPACE = {"math": math, "numpy": np, "rt": runtime}


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

    >>> from symdiff.program import FLOAT, Program, Var
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


def _audit(program: Program, values: Sequence[Any]) -> None:
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
        scalar = all(np.ndim(o) == 0 for o in operands)
        text = operation.render(names, "math" if scalar else "numpy")
    elif isinstance(operation, Structural) and operation.entry.emit is not None:
        text = operation.entry.emit(names, operation.params)
    else:
        return operation.evaluate(*operands)
    return eval(text, dict(_NAMESPACE), dict(zip(names, operands, strict=True)))


# -- numbers


def _extrapolated(f: Callable[[float], Any], step: float = 1e-3) -> Any:
    """The derivative of `f` at 0: central differences, extrapolated twice (Richardson)."""

    def central(h: float) -> Any:
        return (np.asarray(f(h)) - np.asarray(f(-h))) / (2 * h)

    a, b, c = central(step), central(step / 2), central(step / 4)
    ab, bc = (4 * b - a) / 3, (4 * c - b) / 3
    return (16 * bc - ab) / 15


def _close(have: Any, want: Any, rtol: float, atol: float, what: str) -> None:
    have, want = np.asarray(have), np.asarray(want)
    if have.shape != want.shape:
        raise AssertionError(f"{what}: shape {have.shape}, expected {want.shape}")
    if not np.allclose(have, want, rtol=rtol, atol=atol, equal_nan=True):
        raise AssertionError(f"{what}: {have}, expected {want}")


def _finite(value: Any, what: str) -> None:
    if not np.all(np.isfinite(np.asarray(value, dtype=float))):
        raise AssertionError(f"{what} is not finite: {value}")


def _dot(a: Any, b: Any) -> float:
    return float(np.sum(np.asarray(a, dtype=float) * np.asarray(b, dtype=float)))


def _moved(value: Any, tangent: Any, h: float) -> Any:
    moved = value + h * tangent
    return float(moved) if type(value) is float else moved


# -- programs


def _gradient(program: Program, wrt: Sequence[Var]) -> tuple[Program, list[Var]]:
    """`vjp` with a cotangent input for each output, named and validated."""
    seeds = [Var(f"ct{k}", operand_aval(o)) for k, o in enumerate(program.outputs)]
    return validate(name_uniquely(vjp(program, wrt, seeds))), seeds


def _tangent(program: Program, wrt: Sequence[Var]) -> Program:
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
        _finite(value, f"the value of {program.name}")
        inferred, actual = operand_aval(output), aval_of(value)
        if (inferred.shape, inferred.dtype) != (actual.shape, actual.dtype):
            raise AssertionError(f"{program.name}: {inferred!r} inferred, {actual!r} computed")
    if not wrt or not outputs:
        return

    def draw(like: Any) -> Any:
        return rng.normal(size=np.shape(like)) if np.shape(like) else float(rng.normal())

    tangents = [draw(values[k]) for k in places]
    cotangents = [draw(value) for value in primal]
    gradient, _ = _gradient(program, wrt)
    forward = _tangent(program, wrt)
    _audit(gradient, [*values, *cotangents])
    _audit(forward, [*values, *tangents])
    pulled = evaluate(gradient, *values, *cotangents)[len(outputs) :]
    pushed = evaluate(forward, *values, *tangents)[len(outputs) :]
    for k, part in zip(places, pulled, strict=True):
        _finite(part, f"the cotangent of {program.inputs[k].name} in {program.name}")
        if np.shape(part) != np.shape(values[k]):
            raise AssertionError(
                f"{program.name}: a cotangent of shape {np.shape(part)} for "
                f"{program.inputs[k].name} of shape {np.shape(values[k])}"
            )
    for part in pushed:
        _finite(part, f"the tangent of {program.name}")

    def along(h: float, only: int | None) -> list[Any]:
        at = list(values)
        for k, tangent in zip(places, tangents, strict=True):
            if only is None or only == k:
                at[k] = _moved(at[k], tangent, h)
        return list(evaluate(program, *at))

    for n, part in enumerate(pushed):
        numeric = _extrapolated(lambda h, n=n: along(h, None)[n])  # type: ignore[misc]
        _close(part, numeric, rtol, atol, f"{program.name}: forward mode, output {n}")
    for k, tangent, part in zip(places, tangents, pulled, strict=True):
        numeric = _extrapolated(
            lambda h, k=k: sum(  # type: ignore[misc]
                _dot(c, y) for c, y in zip(cotangents, along(h, k), strict=True)
            )
        )
        what = f"{program.name}: reverse mode, input {program.inputs[k].name}"
        _close(_dot(part, tangent), numeric, rtol, 10 * atol, what)
    left = sum(_dot(c, p) for c, p in zip(cotangents, pushed, strict=True))
    right = sum(_dot(t, p) for t, p in zip(tangents, pulled, strict=True))
    _close(left, right, 1e-9, 1e-9, f"{program.name}: <jvp, ct> against <t, vjp>")
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


def call_program(
    entry: Entry, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Program, list[Any]]:
    """A program that makes one call, as NumPy spells it; its floating-point arguments are inputs.

    Returns:
        The program and the values of its inputs.
    """
    ops = Builder()
    inputs: list[Var] = []
    values: list[Any] = []

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


# -- primitives


def check_primitive(
    entry: Entry,
    *,
    reference: Callable[..., Any] | None = None,
    seed: int = 0,
) -> None:
    """Check everything an entry of the table says about itself.

    Value against NumPy, `math` and SciPy (by the entry's own names); partials or pullback and
    pushforward, first and second order; every kink; broadcasting; `float32` in, `float32` out; and
    that the source for Python numbers agrees with the source for arrays or raises.

    Args:
        entry: an entry of the table.
        reference: an independent implementation, where no name of the entry has one.
        seed: of the random points.

    Raises:
        AssertionError: something does not agree.

    >>> from symdiff.operations import TABLE
    >>> check_primitive(TABLE.entries["tanh"])
    """
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        if isinstance(entry, ElementwiseEntry):
            _check_elementwise(entry, reference, rng)
        else:
            _check_structural(entry, reference, rng)


def _references(entry: Entry) -> list[tuple[str, Callable[..., Any]]]:
    """The functions an entry names that are independent of symdiff."""
    found = []
    for name in entry.names:
        if name.partition(".")[0] not in ("math", "numpy", "scipy", "builtins", "operator"):
            continue
        function = _by_path(name)
        if callable(function) and not _is_deprecated(function):
            found.append((name, function))
    return found


def _is_deprecated(function: Callable[..., Any]) -> bool:
    """Whether calling it warns that it will go away, such as `numpy.fix`."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeprecationWarning)
        try:
            function(0.5)
        except Exception:
            return False
    return any(issubclass(w.category, DeprecationWarning) for w in caught)


def _by_path(name: str) -> Any:
    """What a dotted name stands for, also `scipy.stats.norm.logpdf`; `None` where nothing does."""
    module, _, attribute = name.rpartition(".")
    try:
        owner: Any = importlib.import_module(module)
    except ImportError:
        owner = _by_path(module) if module else None
    return getattr(owner, attribute, None)


def _operands(
    entry: ElementwiseEntry, rng: np.random.Generator, *shapes: tuple[int, ...]
) -> list[Any]:
    domain = entry.domain if len(entry.domain) == entry.arity else entry.domain * entry.arity
    values: list[Any] = [
        rng.uniform(low, high, size=shapes[k % len(shapes)]) for k, (low, high) in enumerate(domain)
    ]
    if entry.name.startswith(("bit_", "invert")):
        values = [v > 0 for v in values]
    return [v if np.ndim(v) else v.item() if hasattr(v, "item") else v for v in values]


def _check_elementwise(
    entry: ElementwiseEntry, reference: Callable[..., Any] | None, rng: np.random.Generator
) -> None:
    template = elementwise_template(entry.name)
    names = [f"x{k}" for k in range(entry.arity)]
    references = _references(entry)
    if reference is not None:
        references.append(("the reference", reference))
    if not references:
        raise AssertionError(f"{entry.name}: nothing to compare its value with")

    values = _operands(entry, rng, (5,))
    have = template.evaluate(*values)
    for name, function in references:
        _compare_value(entry.name, name, function, values, have)
    scalars = _operands(entry, rng, ())
    _check_targets(entry, template, rng, scalars)
    if not entry.differentiable:
        return

    inputs = tuple(
        Var(n, Aval.of((5,), "float64")) for k, n in enumerate(names) if k not in entry.refuses
    )
    given = iter(inputs)
    ops = Builder()
    output = ops.emit(
        template,
        tuple(values[k] if k in entry.refuses else next(given) for k in range(entry.arity)),
    )
    program = Program(entry.name, inputs, ops.statements, (output,))
    drawn, values = values, [v for k, v in enumerate(values) if k not in entry.refuses]
    moving = [d for k, d in enumerate(entry.domain) if k not in entry.refuses]
    fixed = [k for k, (low, high) in enumerate(moving) if low == high]
    if not fixed:
        check_program(program, values, rng=rng)
    if operand_aval(output).is_inexact:
        _check_partials(entry, program, values, fixed)
    _check_kinks(entry)
    if operand_aval(output).is_inexact:
        _check_gradient_targets(entry, [scalars, *_hard_points(entry, rng)])
    if fixed or not operand_aval(output).is_inexact:
        return
    check_program(*_call(entry, _operands(entry, rng, ())), rng=rng)
    if entry.arity > 1:
        check_program(*_call(entry, _operands(entry, rng, (3, 1), (4,))), rng=rng)
        check_program(*_call(entry, _operands(entry, rng, (2, 3), ())), rng=rng)
    _check_float32(*_call(entry, [v.astype(np.float32) for v in drawn]))


def _call(entry: ElementwiseEntry, values: Sequence[Any]) -> tuple[Program, list[Any]]:
    """A program of one call; operands without a rule are constants of it."""
    ops = Builder()
    inputs: list[Var] = []
    for k, value in enumerate(values):
        if k not in entry.refuses:
            inputs.append(Var(f"x{k}", aval_of(value)))
    given = iter(inputs)
    output = ops.apply(
        entry.name, *[v if k in entry.refuses else next(given) for k, v in enumerate(values)]
    )
    program = name_uniquely(Program(entry.name, tuple(inputs), ops.statements, (output,)))
    return program, [v for k, v in enumerate(values) if k not in entry.refuses]


def _compare_value(
    entry: str, name: str, function: Callable[..., Any], values: Sequence[Any], have: Any
) -> None:
    try:
        want = function(*values)
    except TypeError:  # a function of numbers: math.sin
        points = zip(*[np.broadcast_to(v, np.shape(have)).tolist() for v in values], strict=True)
        want = np.array([function(*point) for point in points])
    _close(have, want, 1e-13, 1e-14, f"{entry}: value against {name}")


def _check_targets(
    entry: ElementwiseEntry, template: Template, rng: np.random.Generator, scalars: list[Any]
) -> None:
    """The source for Python numbers agrees with that for arrays, or raises."""
    names = [f"a{k}" for k in range(entry.arity)]
    text = compile(template.render(names, "math"), entry.name, "eval")
    for point in [scalars, *_hard_points(entry, rng)]:
        strong = [np.float64(v) if type(v) is float else v for v in point]
        want = template.evaluate(*strong)
        try:
            have = eval(text, dict(_NAMESPACE), dict(zip(names, point, strict=True)))
        except (ArithmeticError, ValueError):
            if np.all(np.isfinite(want)) and point is scalars:
                raise
            continue
        if type(have) is int:
            have, want = float(have), float(want)
        if isinstance(have, complex):
            raise AssertionError(f"{entry.name}{tuple(point)}: the math form is complex: {have}")
        want = float(want)
        if math.isfinite(want) and abs(want) < 1e-300:
            continue  # a subnormal number has no relative accuracy
        _close(have, want, 1e-12, 1e-15, f"{entry.name}{tuple(point)}: math against numpy")


def _check_gradient_targets(entry: ElementwiseEntry, points: Sequence[Sequence[Any]]) -> None:
    """The gradient for Python numbers agrees with that for arrays, or raises."""
    gradient = None
    for number, operands in enumerate(points):
        program, point = _call(entry, operands)
        if gradient is None or entry.refuses:
            gradient, _ = _gradient(program, program.inputs)
        want = evaluate(gradient, *[np.float64(v) for v in point], np.float64(1.0))[1:]
        try:
            have = evaluate(gradient, *point, 1.0, target="math")[1:]
        except (ArithmeticError, ValueError):
            if number == 0:
                raise
            continue
        for k, (one, other) in enumerate(zip(have, want, strict=True)):
            what = f"{entry.name}{tuple(point)}: partial {k}, math against numpy"
            _close(one, other, 1e-11, 1e-300 if number == 0 else 1e-14, what)


_HARD = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, 30.0, -30.0, 800.0, -800.0, 1e-9, 1e308, -1e308)


def _hard_points(entry: ElementwiseEntry, rng: np.random.Generator) -> list[list[Any]]:
    if entry.name.startswith(("bit_", "invert")):
        return [[bool(b) for b in rng.integers(0, 2, entry.arity)] for _ in range(4)]
    if any(low == high for low, high in entry.domain):
        return []
    if entry.arity == 1:
        return [[v] for v in _HARD]
    if entry.arity == 2:
        return [[a, b] for a in _HARD for b in _HARD]
    return [[float(v) for v in rng.choice(_HARD, entry.arity)] for _ in range(30)]


def _check_partials(
    entry: ElementwiseEntry, program: Program, values: list[Any], fixed: list[int]
) -> None:
    """Each partial by itself, by complex step where the function is analytic."""
    gradient, _ = _gradient(program, program.inputs)
    partials = evaluate(gradient, *values, np.ones(5))[1:]
    for k, partial in enumerate(partials):
        if k in fixed:
            continue
        _finite(partial, f"partial {k} of {entry.name}")
        numeric, rtol = _complex_step(entry, program, values, k), 1e-12
        if numeric is None:
            rtol = 1e-7

            def move(h: float, k: int = k) -> Any:
                return evaluate(program, *[v + h if j == k else v for j, v in enumerate(values)])[0]

            numeric = _extrapolated(move)
        what = f"{entry.name}: partial with respect to operand {k}"
        _close(np.broadcast_to(partial, (5,)), numeric, rtol, 1e-9 if rtol > 1e-8 else 1e-14, what)


def _complex_step(
    entry: ElementwiseEntry, program: Program, values: list[Any], k: int
) -> Any | None:
    if entry.kinks:
        return None
    moved = [v + 1e-30j if j == k else v for j, v in enumerate(values)]
    try:
        result = evaluate(program, *moved)[0]
    except (TypeError, ValueError):
        return None
    return np.imag(result) / 1e-30 if np.iscomplexobj(result) else None


def _check_kinks(entry: ElementwiseEntry) -> None:
    for kink in entry.kinks:
        wanted = [p for k, p in enumerate(kink.partials) if k not in entry.refuses]
        for shape in ((), (1,)):
            values = [np.full(shape, v)[()] for v in kink.at]
            program, values = _call(entry, values)
            gradient, _ = _gradient(program, program.inputs)
            ct: Any = np.ones(shape)[()]
            partials = evaluate(gradient, *values, ct)[1:]
            for k, (have, want) in enumerate(zip(partials, wanted, strict=True)):
                what = f"{entry.name} at the kink {kink.at}: partial {k}"
                _close(have, np.full(shape, want), 1e-14, 1e-14, what)
        program, floats = _call(entry, [float(v) for v in kink.at])
        gradient, _ = _gradient(program, program.inputs)
        try:
            partials = evaluate(gradient, *floats, 1.0, target="math")[1:]
        except (ArithmeticError, ValueError):
            continue
        for k, (have, want) in enumerate(zip(partials, wanted, strict=True)):
            what = f"{entry.name} at the kink {kink.at}, in Python numbers: partial {k}"
            _close(have, want, 1e-14, 1e-14, what)


def _check_float32(program: Program, values: Sequence[Any]) -> None:
    """Single precision in, single precision out, for the value and for every cotangent."""
    outputs = [o for o in program.outputs if operand_aval(o).is_inexact]
    if not outputs or not program.inputs:
        return
    program = Program(program.name, program.inputs, program.statements, tuple(outputs))
    results = evaluate(program, *values)
    gradient, _ = _gradient(program, program.inputs)
    cotangents = [np.ones(np.shape(r), np.asarray(r).dtype)[()] for r in results]
    pulled = evaluate(gradient, *values, *cotangents)
    for var, part in zip([*program.outputs, *program.inputs], pulled, strict=True):
        have, known = np.asarray(part).dtype, operand_aval(var)
        if not known.weak and (have != "float32" or known.dtype != "float32"):
            raise AssertionError(f"{program.name}: float32 became {have} ({known!r} inferred)")


_WIDENS = {"cast", "cov", "corrcoef", "float_power", "bincount"}
"""Entries that compute in double precision, as NumPy does, or in any that is asked for."""


def _check_structural(
    entry: StructuralEntry, reference: Callable[..., Any] | None, rng: np.random.Generator
) -> None:
    if entry.samples is None:
        raise AssertionError(f"{entry.name}: no samples to check it with")
    references = _references(entry)
    if reference is not None:
        references = [("the reference", reference)]
    for args, kwargs in entry.samples(rng):
        program, values = call_program(entry, args, kwargs)
        result = evaluate(program, *values)
        for name, function in references:
            want = function(*args, **kwargs)
            want = _split_parts(want if isinstance(want, (tuple, list)) else (want,))
            for have, expected in zip(result, want, strict=True):
                _close(have, expected, 1e-13, 1e-14, f"{entry.name}: value against {name}")
        _check_aliases(program, values)
        for method in entry.names:
            _compare_method(entry, method, args, kwargs, result)
        check_program(program, values, rng=rng)
        gradient, _ = _gradient(program, program.inputs)
        seeds = [rng.normal(size=np.shape(r))[()] if np.ndim(r) else rng.normal() for r in result]
        _compare_targets(gradient, [*values, *seeds], entry.name)
        if entry.name not in _WIDENS and not any(type(v) is float for v in values):
            _check_float32(*call_program(entry, _single(args), kwargs))


def _split_parts(values: Sequence[Any]) -> list[Any]:
    """Values as `call_program` gives them: a complex one is two real ones."""
    parts: list[Any] = []
    for value in values:
        parts += [np.real(value), np.imag(value)] if np.iscomplexobj(value) else [value]
    return parts


def _single(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_single(v) for v in value])
    if isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f":
        return value.astype(np.float32)
    if isinstance(value, (np.ndarray, np.complexfloating)) and value.dtype.kind == "c":
        return value.astype(np.complex64)
    return value


def _compare_method(
    entry: StructuralEntry, name: str, args: Sequence[Any], kwargs: dict[str, Any], result: Any
) -> None:
    if not name.startswith(".") or not args or not isinstance(args[0], np.ndarray):
        return
    method = getattr(args[0], name[1:], None)
    if not callable(method):
        return
    try:
        want = method(*args[1:], **kwargs)
    except TypeError:  # the method spells its arguments otherwise
        return
    for have, part in zip(result, _split_parts([want]), strict=False):
        _close(have, part, 1e-13, 1e-14, f"{entry.name}: value against the method {name}")


def _check_aliases(program: Program, values: Sequence[Any]) -> None:
    """Only an entry marked so gives a view of an operand, and only of the first."""
    known: dict[Any, Any] = dict(zip(program.inputs, values, strict=True))
    for statement in program.statements:
        operands = [known[o] if type(o) is Var else o for o in statement.operands]
        result = known[statement.target] = statement.operation.evaluate(*operands)
        if not isinstance(statement.operation, Structural):
            continue
        entry = statement.operation.entry
        for k, operand in enumerate(operands):
            shared = isinstance(result, np.ndarray) and np.shares_memory(result, operand)
            if shared and not (entry.alias and k == 0):
                raise AssertionError(f"{entry.name}: the result is a view of operand {k}")


def _compare_targets(program: Program, values: Sequence[Any], name: str) -> None:
    have = evaluate(program, *values, target="math")
    for one, other in zip(have, evaluate(program, *values), strict=True):
        _close(one, other, 1e-12, 1e-14, f"{name}: what `emit` prints against `numpy`")


# -- functions of users


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    *,
    order: int = 2,
    modes: Sequence[str] = ("rev",),
    rtol: float = 1e-5,
    atol: float = 1e-7,
    step: float = 1e-3,
) -> None:
    """Compare the derivatives of a function with central differences.

    Args:
        f: a function of numbers and arrays; its result is a number or an array.
        args: where to check it, at a point where it is smooth. Arguments that are floats or arrays
            of floats are moved, the others stay.
        order: 1 checks the gradient; 2 also the gradient of a gradient.
        modes: `"rev"` for reverse mode, `"fwd"` for forward mode.
        rtol: relative tolerance.
        atol: absolute tolerance.
        step: the step of the central differences, extrapolated twice.

    Raises:
        AssertionError: a derivative disagrees; the message says which, and by how much.
    """
    transforms: Any = importlib.import_module("symdiff.transforms")

    rng = np.random.default_rng(0)
    args = tuple(args)
    places = [
        k
        for k, a in enumerate(args)
        if isinstance(a, (float, np.floating, np.ndarray)) and np.asarray(a).dtype.kind == "f"
    ]
    name = getattr(f, "__name__", repr(f))
    if not places:
        raise AssertionError(f"{name}: no argument is a float or an array of floats")
    tangents = {k: _draw(rng, args[k]) for k in places}

    def at(h: float, only: int | None = None) -> tuple[Any, ...]:
        return tuple(
            _moved(a, tangents[k], h) if k in tangents and only in (None, k) else a
            for k, a in enumerate(args)
        )

    if "rev" in modes:
        value, pullback = transforms.vjp(f, *args)
        cotangent = _draw(rng, value)
        pulled = _as_tuple(pullback(cotangent), len(args), places)
        for k in places:
            _finite(pulled[k], f"{name}: the derivative with respect to argument {k}")
            numeric = _extrapolated(lambda h, k=k: _dot(f(*at(h, k)), cotangent), step)  # type: ignore[misc]
            what = f"{name}: reverse mode, argument {k} (slope in a random direction)"
            _close(_dot(pulled[k], tangents[k]), numeric, rtol, atol, what)
        if order > 1:

            def along(s: float) -> Any:
                """The function on a line through the point: one number in, one number out."""
                moved = [a + s * tangents[k] if k in tangents else a for k, a in enumerate(args)]
                return np.sum(f(*moved) * cotangent)

            def slope(h: float) -> float:
                back = _as_tuple(transforms.vjp(f, *at(h))[1](cotangent), len(args), places)
                return sum(_dot(back[k], tangents[k]) for k in places)

            have = transforms.grad(transforms.grad(along))(0.0)
            what = f"{name}: second order, reverse mode"
            _close(have, _extrapolated(slope, step), 10 * rtol, 10 * atol, what)
    if "fwd" in modes:
        moving = tuple(tangents.get(k, a) for k, a in enumerate(args))
        _, pushed = transforms.jvp(f, args, moving)
        numeric = _extrapolated(lambda h: f(*at(h)), step)
        _close(pushed, numeric, rtol, atol, f"{name}: forward mode")


def _draw(rng: np.random.Generator, like: Any) -> Any:
    return rng.normal(size=np.shape(like)) if np.shape(like) else float(rng.normal())


def _as_tuple(cotangents: Any, n: int, places: Sequence[int]) -> list[Any]:
    """A cotangent for each argument, from what a pullback returns."""
    if not isinstance(cotangents, (tuple, list)):
        cotangents = (cotangents,)
    if len(cotangents) == n:
        return list(cotangents)
    whole: list[Any] = [None] * n
    for k, c in zip(places, cotangents, strict=True):
        whole[k] = c
    return whole
