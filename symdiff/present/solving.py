"""Recurrences with a solution that can be written down: sums, products, affine ones.

A number that a loop carries becomes `alpha*x + beta` in an iteration. With `alpha = 1` it is a sum
of `beta`, with `beta = 0` a product of `alpha`; where `alpha` is the same in all iterations it is
`alpha**n*x + beta*(alpha**n - 1)/(alpha - 1)`. So are its derivatives, which obey such recurrences.
Source: Graham, Knuth, Patashnik, Concrete Mathematics, 2.2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from ..errors import TooLargeError
from ..records import dataclass
from .series import ProductOver, SumOver
from .spans import choices, span

Function = Callable[[Any], Any]
"""An expression at an iteration."""


def affine(expr: Any, x: Any) -> tuple[Any, Any] | None:
    """`alpha, beta` where an expression is `alpha*x + beta`; `None` where it is no such.

    >>> x, a = sympy.symbols("x a")
    >>> affine(a*x/2 + x + 3, x)
    (a/2 + 1, 3)
    """
    found = _affine(expr, x)
    return found if found is not None else _affine(sympy.expand(expr), x)


def _affine(expr: Any, x: Any) -> tuple[Any, Any] | None:
    if not expr.has(x):
        return sympy.S.Zero, expr
    alpha, beta = sympy.S.Zero, []
    for t in sympy.Add.make_args(expr):
        if not t.has(x):
            beta.append(t)
            continue
        if isinstance(t, sympy.Piecewise):
            found = _affine_by_cases(t, x)
            if found is None:
                return None
            alpha += found[0]
            beta.append(found[1])
            continue
        factors = sympy.Mul.make_args(t)
        rest = [f for f in factors if f != x]
        if len(rest) != len(factors) - 1 or any(f.has(x) for f in rest):
            return None
        alpha += sympy.Mul(*rest)
    return alpha, sympy.Add(*beta)


def _affine_by_cases(expr: Any, x: Any) -> tuple[Any, Any] | None:
    """The same of a choice that does not depend on `x`."""
    found = [(affine(value, x), test) for value, test in expr.args]
    if any(pair is None or test.has(x) for pair, test in found):
        return None
    parts = []
    for k in (0, 1):
        values = [pair[k] for pair, _ in found if pair is not None]
        same = all(v == values[0] for v in values)
        pieces = [(v, test) for v, (_, test) in zip(values, found, strict=True)]
        parts.append(values[0] if same else sympy.Piecewise(*pieces, evaluate=False))
    return parts[0], parts[1]


@dataclass(frozen=True)
class Assumed:
    """The counts that a closed form assumes not to be negative."""

    counts: dict[Any, None]

    def note(self, count: Any) -> None:
        """Take note of one: the number of an iteration is not negative in any case."""
        inside = any(s.is_integer for s in count.atoms(sympy.Dummy))
        if not (inside or count.is_nonnegative):
            self.counts[count] = None


def total(summand: Any, k: Any, start: Any, stop: Any, assumed: Assumed) -> Any:
    """The sum over `k` in `range(start, stop)`; factors that do not vary stand before it."""
    summand = sympy.sympify(summand)
    if summand == 0:
        return sympy.S.Zero
    for p in choices(summand):
        found = span(p.args[0][1], k, start, stop, assumed.counts)
        if found is not None:
            low, high = found
            yes, no = (summand.xreplace({p: value}) for value, _ in p.args)
            parts = [(no, start, low), (yes, low, high), (no, high, stop)]
            return sympy.Add(*[_part(e, k, a, b, assumed) for e, a, b in parts if a != b])
    if isinstance(summand, sympy.Piecewise):
        return SumOver(summand, k, start, stop, 1)
    fixed, moving = summand.as_independent(k, as_Add=False)
    if not moving.has(k):
        fixed, moving = fixed * moving, sympy.S.One
    if moving == 1:
        assumed.note(stop - start)
        return fixed * (stop - start)
    return fixed * SumOver(moving, k, start, stop, 1)


def _part(summand: Any, k: Any, start: Any, stop: Any, assumed: Assumed) -> Any:
    """A part of a sum, which may be one term."""
    if sympy.expand(stop - start) == 1:
        return sympy.sympify(summand).xreplace({k: start})
    return total(summand, k, start, stop, assumed)


def product(factor: Any, k: Any, start: Any, stop: Any, assumed: Assumed) -> Any:
    """The product over `k` in `range(start, stop)`; what does not vary is a power."""
    fixed, moving = sympy.sympify(factor).as_independent(k, as_Add=False)
    if not moving.has(k):
        fixed, moving = fixed * moving, sympy.S.One
    power = sympy.S.One
    if fixed != 1:
        assumed.note(stop - start)
        power = fixed ** (stop - start)
    if start == 0 and moving in (k + 1, 1 / (k + 1)):
        assumed.note(stop)
        whole = sympy.factorial(stop)
        return power * (whole if moving == k + 1 else 1 / whole)
    return power * (ProductOver(moving, k, start, stop, 1) if moving != 1 else 1)


def geometric(alpha: Any, count: Any) -> Any:
    """`1 + alpha + ... + alpha**(count - 1)`.

    >>> geometric(sympy.Integer(2), sympy.Symbol("n"))
    2**n - 1
    """
    if alpha == 1:
        return count
    whole = (alpha**count - 1) / (alpha - 1)
    if alpha.is_number:
        return whole
    return sympy.Piecewise((count, sympy.Eq(alpha, 1)), (whole, True), evaluate=False)


def geometric_slope(alpha: Any, count: Any) -> Any:
    """The derivative of `geometric` by `alpha`."""
    if alpha == 1:
        return count * (count - 1) / 2
    whole = (count * alpha ** (count - 1) - (alpha**count - 1) / (alpha - 1)) / (alpha - 1)
    if alpha.is_number:
        return whole
    special = count * (count - 1) / 2
    return sympy.Piecewise((special, sympy.Eq(alpha, 1)), (whole, True), evaluate=False)


def _without_one(factor: Any, count: Any) -> Any:
    """A factor so many times but for once.

    Raises:
        TooLargeError: in a loop around, there may be none of it where it is zero.
    """
    if factor.atoms(sympy.Dummy) and count.atoms(sympy.Dummy):
        raise TooLargeError("a factor may be zero where a loop goes round no time")
    return factor ** (count - 1)


class Solution:
    """The solution of `x_{k+1} = alpha*x_k + beta`, where `alpha` and `beta` know no `x`.

    Args:
        first: `x_0`.
        alpha: the factor, an expression of `k`.
        beta: the term, an expression of `k`.
        k: the number of the iteration.
        assumed: takes note of what it assumes.
    """

    def __init__(self, first: Any, alpha: Any, beta: Any, k: Any, assumed: Assumed) -> None:
        self.first, self.alpha, self.beta, self.k = first, alpha, beta, k
        self.assumed = assumed

    @staticmethod
    def of(first: Any, alpha: Any, beta: Any, k: Any, assumed: Assumed) -> Solution | None:
        """The solution, if it can be written down."""
        if alpha.is_number and float(alpha) == 1:
            alpha = sympy.S.One
        if alpha == 0 or (alpha != 1 and beta != 0 and alpha.has(k)):
            return None
        return Solution(first, alpha, beta, k, assumed)

    @property
    def is_sum(self) -> bool:
        return bool(self.alpha == 1)

    @property
    def is_product(self) -> bool:
        return bool(self.beta == 0 and self.alpha != 1)

    def at(self, count: Any) -> Any:
        """`x` after so many iterations."""
        k = sympy.Dummy(self.k.name, integer=True, nonnegative=True)
        inner = {self.k: k}
        alpha, beta = self.alpha.xreplace(inner), self.beta.xreplace(inner)
        if self.is_sum:
            return self.first + total(beta, k, sympy.S.Zero, count, self.assumed)
        if self.is_product:
            return self.first * product(alpha, k, sympy.S.Zero, count, self.assumed)
        self.assumed.note(count)
        if not beta.has(k):
            return alpha**count * self.first + beta * geometric(alpha, count)
        rest = total(alpha ** (count - 1 - k) * beta, k, sympy.S.Zero, count, self.assumed)
        return alpha**count * self.first + rest

    # -- derivatives

    def propagated(self, start: Any, count: Any) -> Any:
        """How much of a change after iteration `start` is left after `count`."""
        k = sympy.Dummy(self.k.name, integer=True, nonnegative=True)
        alpha = self.alpha.xreplace({self.k: k})
        return sympy.S.One if self.is_sum else product(alpha, k, start, count, self.assumed)

    def _parted(self) -> tuple[Any, Any]:
        """`alpha` as what is the same in all iterations, times what is not."""
        fixed, moving = self.alpha.as_independent(self.k, as_Add=False)
        return (fixed, moving) if moving.has(self.k) else (self.alpha, sympy.S.One)

    def without(self, left_out: Any, count: Any) -> Any:
        """`x` after so many iterations where one of the factors of a product is left out."""
        k = sympy.Dummy(self.k.name, integer=True, nonnegative=True)
        alpha = self.alpha.xreplace({self.k: k})
        if not alpha.has(k):
            return self.first * _without_one(alpha, count)
        return self.first * ProductOver(alpha, k, sympy.S.Zero, count, 1, left_out)

    def slope(self, alpha_slope: Any, beta_slope: Any, count: Any) -> Any:
        """The derivative of `x` after so many iterations, by something that `first` is not made of.

        Args:
            alpha_slope: that of `alpha`, an expression of `k`.
            beta_slope: that of `beta`.
            count: how many iterations.
        """
        j = sympy.Dummy(self.k.name, integer=True, nonnegative=True)
        inner = {self.k: j}
        da, db = alpha_slope.xreplace(inner), beta_slope.xreplace(inner)
        zero = sympy.S.Zero
        if self.is_sum and da == 0:
            return total(db, j, zero, count, self.assumed)
        if self.is_product and db == 0:
            fixed, moving = self._parted()
            own = sympy.cancel(da / moving.xreplace(inner))
            if not own.has(j):
                power = _without_one(fixed, count) * product(
                    moving.xreplace(inner), j, zero, count, self.assumed
                )
                self.assumed.note(count)
                return self.first * count * own * power
            if moving == 1:
                return self.without(j, count) * total(da, j, zero, count, self.assumed)
            return total(da * self.without(j, count), j, zero, count, self.assumed)
        fixed = not self.alpha.has(self.k) and not self.beta.has(self.k)
        if fixed and not da.has(j) and not db.has(j) and not self.is_sum:
            self.assumed.note(count)
            alpha, beta = self.alpha, self.beta
            return (
                (count * alpha ** (count - 1) * self.first + beta * geometric_slope(alpha, count))
                * da
            ) + geometric(alpha, count) * db
        moving = da * self.at(j) + db
        return total(self.propagated(j + 1, count) * moving, j, zero, count, self.assumed)
