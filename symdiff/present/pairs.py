"""Two recurrences that need each other, with constant factors, solved together by `rsolve`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from .solving import Assumed

_LARGEST = 12
"""Whole numbers beyond this, as factors, make roots that nobody reads."""


class Pair:
    """The solution of one of two recurrences `x_{k+1} = a*x_k + b*y_k + c`, `y_{k+1} = ...`.

    Args:
        first: `x_0` and `y_0`.
        parts: how much of `x_0`, of `y_0`, and of 1 there is after `n` iterations.
        n: the symbol for that number.
        assumed: takes note of what it assumes.
    """

    is_product = False

    def __init__(
        self, first: Sequence[Any], parts: Sequence[Any], n: Any, assumed: Assumed
    ) -> None:
        self.first, self.parts, self.n, self.assumed = first, parts, n, assumed

    def at(self, count: Any) -> Any:
        """The value after so many iterations."""
        self.assumed.note(count)
        parts = [p.xreplace({self.n: count}) for p in self.parts]
        return parts[0] * self.first[0] + parts[1] * self.first[1] + parts[2]

    def moved(self, which: int, count: Any) -> Any:
        """How the value moves with the first value of `x` or of `y`."""
        self.assumed.note(count)
        return self.parts[which].xreplace({self.n: count})


def pair_of(
    nexts: Sequence[Any], phis: Sequence[Any], first: Sequence[Any], assumed: Assumed
) -> tuple[Pair, Pair] | None:
    """The solutions of two recurrences, if SymPy finds any that can be read.

    >>> x, y = sympy.symbols("x y")
    >>> pair, _ = pair_of([y, 3*y - 2*x], [x, y], [x, sympy.S.One], Assumed({}))
    >>> pair.moved(0, sympy.Symbol("n"))
    2 - 2**n
    """
    rows = [_row(after, phis) for after in nexts]
    if rows[0] is None or rows[1] is None or not rows[0][1] or not rows[1][0]:
        return None
    matrix = sympy.Matrix([rows[0][:2], rows[1][:2]])
    terms = sympy.Matrix([rows[0][2], rows[1][2]])
    n = sympy.Symbol("n", integer=True, nonnegative=True)
    starts = [(sympy.Matrix([1, 0]), 0), (sympy.Matrix([0, 1]), 0), (sympy.Matrix([0, 0]), 1)]
    found = []
    for i in range(2):
        parts = []
        for start, constant in starts:
            values = [start]
            for _ in range(2):
                values.append(matrix * values[-1] + constant * terms)
            part = _solved(matrix, [v[i] for v in values], n)
            if part is None:
                return None
            parts.append(part)
        found.append(Pair(first, parts, n, assumed))
    return found[0], found[1]


def _row(after: Any, phis: Sequence[Any]) -> tuple[Any, Any, Any] | None:
    """The factors and the term of a linear expression, where all are small whole numbers."""
    factors = [sympy.diff(after, phi) for phi in phis]
    term = sympy.expand(after - sum(f * p for f, p in zip(factors, phis, strict=True)))
    row = (*factors, term)
    if not all(e.is_Integer and abs(e) <= _LARGEST for e in row):
        return None
    return factors[0], factors[1], term


def _solved(matrix: Any, values: Sequence[Any], n: Any) -> Any:
    """What begins with some values and goes on as a matrix tells, after `n` steps."""
    if all(v == 0 for v in values):
        return sympy.S.Zero
    f = sympy.Function("f")
    trace, det = matrix.trace(), matrix.det()
    rest = values[2] - trace * values[1] + det * values[0]
    try:
        found = sympy.rsolve(
            f(n + 2) - trace * f(n + 1) + det * f(n) - rest,
            f(n),
            {f(0): values[0], f(1): values[1]},
        )
    except (ValueError, NotImplementedError, ArithmeticError, TypeError):
        return None
    if (
        found is None
        or found.has(f)
        or not all(p.exp.is_Integer or p.base.is_Rational for p in found.atoms(sympy.Pow))
    ):
        return None  # roots of roots say less than the recurrence
    return sympy.expand(found)
