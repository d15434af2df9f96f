"""What an elementwise entry of the table says of itself, checked at random and hard points."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import OutOfReachError
from ..operations.statements.builder import Builder, elementwise_template
from ..operations.table.entry import ElementwiseEntry
from ..operations.table.template import Template
from ..program.program import Aval, Program, Var, aval_of, name_uniquely, operand_aval
from .numeric import close, extrapolated, finite
from .programs import NAMESPACE, check_float32, check_program, evaluate, gradient_of
from .references import references_of


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


def check_elementwise(
    entry: ElementwiseEntry, reference: Callable[..., Any] | None, rng: np.random.Generator
) -> None:
    """Assert what the entry says of values, partials, kinks and dtypes, at random points."""
    template = elementwise_template(entry.name)
    names = [f"x{k}" for k in range(entry.arity)]
    references = references_of(entry)
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
    check_program(*call_of(entry, _operands(entry, rng, ())), rng=rng)
    if entry.arity > 1:
        check_program(*call_of(entry, _operands(entry, rng, (3, 1), (4,))), rng=rng)
        check_program(*call_of(entry, _operands(entry, rng, (2, 3), ())), rng=rng)
    check_float32(*call_of(entry, [v.astype(np.float32) for v in drawn]))


def call_of(
    entry: ElementwiseEntry, values: Sequence[Any], everything: bool = False
) -> tuple[Program, list[Any]]:
    """A program of one call, and its inputs; operands without a rule are constants of it.

    With `everything`, those are inputs too.
    """
    ops = Builder()
    constant = () if everything else entry.refuses
    inputs: list[Var] = []
    for k, value in enumerate(values):
        if k not in constant:
            inputs.append(Var(f"x{k}", aval_of(value)))
    given = iter(inputs)
    output = ops.apply(
        entry.name, *[v if k in constant else next(given) for k, v in enumerate(values)]
    )
    program = name_uniquely(Program(entry.name, tuple(inputs), ops.statements, (output,)))
    return program, [v for k, v in enumerate(values) if k not in constant]


def _compare_value(
    entry: str, name: str, function: Callable[..., Any], values: Sequence[Any], have: Any
) -> None:
    try:
        want = function(*values)
    except TypeError:  # a function of numbers: math.sin
        points = zip(*[np.broadcast_to(v, np.shape(have)).tolist() for v in values], strict=True)
        want = np.array([function(*point) for point in points])
    close(have, want, 1e-13, 1e-14, f"{entry}: value against {name}")


def _check_targets(
    entry: ElementwiseEntry, template: Template, rng: np.random.Generator, scalars: list[Any]
) -> None:
    """The source for Python numbers agrees with that for arrays, or raises."""
    names = [f"a{k}" for k in range(entry.arity)]
    text = compile(template.render(names, "math"), entry.name, "eval")
    for point in [scalars, *_hard_points(entry, rng)]:
        strong = [np.float64(v) if type(v) is float else v for v in point]
        try:
            want = template.evaluate(*strong)
        except OutOfReachError:
            continue
        try:
            have = eval(text, dict(NAMESPACE), dict(zip(names, point, strict=True)))
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
        close(have, want, 1e-12, 1e-15, f"{entry.name}{tuple(point)}: math against numpy")


def _check_gradient_targets(entry: ElementwiseEntry, points: Sequence[Sequence[Any]]) -> None:
    """The gradient for Python numbers agrees with that for arrays, or raises."""
    gradient = None
    for number, operands in enumerate(points):
        program, point = call_of(entry, operands)
        if gradient is None or entry.refuses:
            gradient, _ = gradient_of(program, program.inputs)
        try:
            want = evaluate(gradient, *[np.float64(v) for v in point], np.float64(1.0))[1:]
        except OutOfReachError:
            continue
        except OverflowError:
            if entry.refuses:  # what is not differentiated is a number of Python's own
                continue
            raise
        try:
            have = evaluate(gradient, *point, 1.0, target="math")[1:]
        except (ArithmeticError, ValueError):
            if number == 0:
                raise
            continue
        for k, (one, other) in enumerate(zip(have, want, strict=True)):
            what = f"{entry.name}{tuple(point)}: partial {k}, math against numpy"
            close(one, other, 1e-11, 1e-300 if number == 0 else 1e-14, what)


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
    gradient, _ = gradient_of(program, program.inputs)
    partials = evaluate(gradient, *values, np.ones(5))[1:]
    for k, partial in enumerate(partials):
        if k in fixed:
            continue
        finite(partial, f"partial {k} of {entry.name}")
        numeric, rtol = _complex_step(entry, program, values, k), 1e-12
        if numeric is None:
            rtol = 1e-7

            def move(h: float, k: int = k) -> Any:
                return evaluate(program, *[v + h if j == k else v for j, v in enumerate(values)])[0]

            numeric = extrapolated(move)
        what = f"{entry.name}: partial with respect to operand {k}"
        close(np.broadcast_to(partial, (5,)), numeric, rtol, 1e-9 if rtol > 1e-8 else 1e-14, what)


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
            program, values = call_of(entry, values)
            gradient, _ = gradient_of(program, program.inputs)
            ct: Any = np.ones(shape)[()]
            partials = evaluate(gradient, *values, ct)[1:]
            for k, (have, want) in enumerate(zip(partials, wanted, strict=True)):
                what = f"{entry.name} at the kink {kink.at}: partial {k}"
                close(have, np.full(shape, want), 1e-14, 1e-14, what)
        program, floats = call_of(entry, [float(v) for v in kink.at])
        gradient, _ = gradient_of(program, program.inputs)
        try:
            partials = evaluate(gradient, *floats, 1.0, target="math")[1:]
        except (ArithmeticError, ValueError):
            continue
        for k, (have, want) in enumerate(zip(partials, wanted, strict=True)):
            what = f"{entry.name} at the kink {kink.at}, in Python numbers: partial {k}"
            close(have, want, 1e-14, 1e-14, what)
