"""Derivatives of elementwise entries where numbers are very large, very small, or at an edge.

The bar: wherever the value of a function is accurate in floating point, so is its derivative, to
second order; wherever the function is finite and has a derivative, that is finite. The reference is
a function of mpmath's numbers, moved by a step so small, with so many digits, that differences of
it are exact for every purpose.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from ..operations.table.entry import ElementwiseEntry
from ..program.program import Program, Var
from ..records import dataclass
from .differences import Differences
from .elementwise import call_of
from .programs import evaluate, gradient_of, tangent_of


@dataclass(frozen=True)
class Precision:
    """What is asked of one floating-point type."""

    dtype: Any
    accurate: float
    rtol: float

    @property
    def tiny(self) -> float:
        """Below it numbers have fewer digits."""
        return float(np.finfo(self.dtype).tiny)

    @property
    def largest(self) -> float:
        return float(np.finfo(self.dtype).max)


DOUBLE = Precision(np.float64, 1e-13, 1e-10)
SINGLE = Precision(np.float32, 1e-6, 1e-4)


BIG, SMALL = float(np.float32(1e30)), float(np.float32(1e-30))
"""Numbers that single precision holds too: one reference serves for both."""


def extreme_points(arity: int, *edges: float) -> list[tuple[float, ...]]:
    """Operands to try: very large and very small, zeros of both signs, denormal, ordinary, edges.

    A precision that does not hold a number leaves its point out.
    """
    if arity > 1:
        return [
            *product((1e200, 1e-200, 0.0, -1.0, *edges), repeat=arity),
            *product((BIG, SMALL, -0.0, -2.5), repeat=arity),
        ]
    sizes = (1e200, 1e-200, BIG, SMALL, 5e-324, 1e-42, 0.0, 1.0, 0.5, 30.0, 400.0)
    return [(s * size,) for size in (*sizes, *edges) for s in (1.0, -1.0)]


def check_extremes(
    entry: ElementwiseEntry,
    exact: Callable[..., Any],
    points: Sequence[tuple[float, ...]],
    precisions: Sequence[Precision] = (DOUBLE, SINGLE),
) -> int:
    """Assert the bar at each point; returns how many derivatives were compared.

    Args:
        entry: the entry.
        exact: its value as a function of mpmath's numbers; what it raises, or a complex result,
            says that it is not defined there.
        points: operands.
        precisions: floating-point types.
    """
    count = 0
    references: dict[Any, Differences] = {}
    for precision in precisions:
        seen = set()
        for point in points:
            with np.errstate(all="ignore"):
                given = tuple(float(precision.dtype(v)) for v in point)
            key = tuple((v, math.copysign(1.0, v)) for v in given)
            if key in seen or not all(map(math.isfinite, given)):
                continue
            seen.add(key)
            if key not in references:
                references[key] = Differences(exact, given)
            count += _check_point(entry, references[key], given, precision)
    return count


def _check_point(
    entry: ElementwiseEntry, reference: Differences, point: tuple[float, ...], to: Precision
) -> int:
    values = [to.dtype(v) for v in point]
    active = [k for k in range(entry.arity) if k not in entry.refuses and not _is_order(entry, k)]
    derivatives = _Derivatives(entry, active, to.dtype)
    with np.errstate(all="ignore"):
        value = float(derivatives.value(values))
    finite = math.isfinite(value) and reference.here is not None
    if not finite or not _is_close(value, reference.here, to, to.accurate):
        return 0
    count = 0
    wanted = [reference.partial(k) for k in active]
    wanted += [reference.partial(k, j) for k in active for j in active]
    # Of what leaves the range of floats on the way, nothing is asked to come back.
    in_range = all(part is None or abs(part) < to.largest for part in wanted)
    for what, order, have in derivatives.at(values):
        want = reference.partial(*order)
        if want is None or (len(order) > 1 and not in_range):
            continue
        count += 1
        if want == 0 and len(order) > 1:
            # Terms that cancel exactly leave the rounding of what they are.
            size = point[order[1]] and abs(reference.partial(order[0]) / point[order[1]])
            want = have if abs(have) <= to.accurate * size else want
        if not _is_close(have, want, to, to.rtol):
            raise AssertionError(
                f"{entry.name}{point} in {np.dtype(to.dtype)}: the partial by {order}, {what}, "
                f"is {have}, and should be {_text(want)}; the value, {value}, is accurate"
            )
    return count


def _is_order(entry: ElementwiseEntry, k: int) -> bool:
    """Whether an operand is a whole number that nothing moves."""
    return len(entry.domain) == entry.arity and entry.domain[k][0] == entry.domain[k][1]


def _is_close(have: float, want: Any, to: Precision, rtol: float) -> bool:
    if math.isnan(have):
        return False
    if abs(want) > to.largest * (1 - rtol):
        return math.isinf(have) or abs(have) > to.largest / 2
    if math.isinf(have):
        return False
    # A number below the smallest normal one has lost digits, and what was made of it too.
    return bool(abs(have - want) <= rtol * abs(want) + to.tiny)


def _text(number: Any) -> str:
    import mpmath

    return str(mpmath.nstr(number, 17))


# -- by symdiff


class _Derivatives:
    """First and second partials of an entry in both modes, for NumPy's and for Python's numbers."""

    _made: dict[Any, Any] = {}

    def __init__(self, entry: ElementwiseEntry, active: list[int], dtype: Any) -> None:
        key = (entry.name, dtype)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._make(entry, active, dtype)
        self.program: Program = made[0]
        self.programs: list[tuple[str, tuple[int, ...], Program, int]] = made[1]
        self.dtype = dtype

    @staticmethod
    def _make(
        entry: ElementwiseEntry, active: list[int], dtype: Any
    ) -> tuple[Program, list[tuple[str, tuple[int, ...], Program, int]]]:
        program, _ = call_of(entry, [dtype(0.5)] * entry.arity, everything=True)
        wrt = [program.inputs[k] for k in active]
        found: list[tuple[str, tuple[int, ...], Program, int]] = []
        gradient, _ = gradient_of(program, wrt)
        for n, k in enumerate(active):
            found.append(("in reverse mode", (k,), gradient, 1 + n))
            found.append(("in forward mode", (k,), tangent_of(program, [wrt[n]]), 1))
            output = gradient.outputs[1 + n]
            if type(output) is not Var:
                continue
            first = Program(entry.name, gradient.inputs, gradient.statements, (output,))
            for j in active[n:]:
                # Only what moves is differentiated: zero times infinity is no number.
                moved = gradient.inputs[j]
                found.append(("forward over reverse", (k, j), tangent_of(first, [moved]), 1))
                found.append(("reverse over reverse", (k, j), gradient_of(first, [moved])[0], 1))
        return program, found

    def value(self, values: Sequence[Any]) -> Any:
        return evaluate(self.program, *values)[0]

    def at(self, values: Sequence[Any]) -> Iterator[tuple[str, tuple[int, ...], float]]:
        for what, order, program, n in self.programs:
            one = self.dtype(1.0)
            seeds = [one] * (len(program.inputs) - len(values))
            with np.errstate(all="ignore"):
                yield what, order, float(evaluate(program, *values, *seeds)[n])
            if self.dtype is not np.float64:
                continue
            floats = [float(v) for v in values]
            try:
                have = evaluate(program, *floats, *[1.0] * len(seeds), target="math")[n]
            except (ArithmeticError, ValueError):
                continue
            yield f"{what}, of Python's numbers", order, float(have)
