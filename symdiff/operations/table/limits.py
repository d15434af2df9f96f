"""Quotients that have a limit at 0 where they are 0/0: `sin(x)/x`, `expm1(x)/x`, `x/tanh(x)`,
and what is made of them: `a*sin(k*x)/x`, `(1 - exp(-r*t))/r`, `sin(n*x)/sin(x)`.

The value keeps its digits near 0, and the quotient rule `cos(x)/x - (sin(x)/x)/x` has none of them:
there the derivative is that of the power series. Away from 0 it is the quotient rule's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cached_property, reduce
from typing import Any

from .entry import TABLE, ElementwiseEntry
from .plain import algebra
from .quotients import over

NEAR = 0.25
"""Below this the power series is used. It has all digits there, and so have its derivatives."""

KINDS = (
    *("sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh"),
    *("expm1", "log1p", "erf", "versine"),
)

for _kind in KINDS:
    for _name in (f"{_kind}_near_0", f"inverse_{_kind}_near_0"):
        TABLE.add(
            ElementwiseEntry(
                # The n-th derivative near 0 of f(z)/z, of its inverse z/f(z); the versine stands
                # for (1 - cos(z))/z**2.
                name=_name,
                arity=2,
                math=f"rt.near_0('{_name.removesuffix('_near_0')}', {{0}}, {{1}})",
                numpy=f"rt.near_0_array('{_name.removesuffix('_near_0')}', {{0}}, {{1}})",
                partials=lambda m, n, z, name=_name: (0, getattr(m, name)(n + 1, z)),
                domain=((1.0, 1.0), (-0.2, 0.2)),
                source="DLMF 4.19, 4.24, 4.33, 4.38, 4.6.1, 7.6.1",
            )
        )


def near_limit(self: Any, inner: Callable[[Any], Any], usual: Any, m: Any) -> Any:
    """The derivative of a quotient: `usual`, but the series' near a limit of this kind.

    With `f(z)**n` above and `w**n` below, where `z` is `q*w`, the quotient is `c*(f(z)/z)**n`, with
    what else there is in `c`; so with `f` below and `w` above, or a function on either side.
    """
    u, v = self.args
    above, below = Factors.of(u), Factors.of(v)
    if not (above.vanishing or below.vanishing):
        return usual
    found = _of_functions(self, above, below) or _of_function(self, above, below)
    if found is None:
        return usual
    rest, ratios, power = found
    values = [getattr(m, name)(0, z) for name, z in ratios]
    changes = []
    for k, (name, z) in enumerate(ratios):
        dz = inner(z)
        if dz != 0:
            others = values[:k] + values[k + 1 :]
            changes.append(reduce(operator.mul, others, getattr(m, name)(1, z) * dz))
    if not changes:
        return usual
    moved = rest * reduce(operator.add, changes)
    whole = reduce(operator.mul, values)
    if power > 1:
        moved = power * whole ** (power - 1) * moved
    change = inner(rest)
    if change != 0:
        moved = moved + change * whole**power
    for z in _widest([z for _, z in ratios]):
        moved = m.where(m.lt(m.abs(z), NEAR), moved, usual)
    return moved


def _widest(arguments: list[Any]) -> list[Any]:
    """Those of two arguments that are not near 0 for certain where the other one is."""
    if len(arguments) == 2:
        ratio = arguments[0] / arguments[1]
        if ratio.is_number:
            return [arguments[0] if abs(ratio) >= 1 else arguments[1]]
    return arguments


class Factors:
    """An expression as a number and powers of others.

    Attributes:
        number: the number.
        powers: by base, its exponent.
    """

    def __init__(self, number: Any, powers: dict[Any, int]) -> None:
        self.number = number
        self.powers = powers

    @cached_property
    def vanishing(self) -> dict[Any, tuple[str, Any, Any]]:
        """By factor that is 0 where some `z` is: its kind, that `z`, and what `f(z)` stands times.

        A versine is of second order.
        """
        kinds = {base: _kind_of(base) for base, power in self.powers.items() if power > 0}
        return {base: kind for base, kind in kinds.items() if kind is not None}

    @staticmethod
    def of(expr: Any) -> Factors:
        number, rest = expr.as_coeff_Mul()
        found = Factors(number, {})
        for factor in rest.args if rest.is_Mul else (rest,):
            if factor.is_Pow and factor.exp.is_Integer:
                found.multiply(factor.base, int(factor.exp))
            elif factor.func.__name__ == "sd_pow" and _is_whole(factor.args[1]):
                found.multiply(factor.args[0], int(factor.args[1]))
            elif factor.func.__name__ == "sd_div":
                found.multiply(factor.args[0], 1)
                found.multiply(factor.args[1], -1)
            elif not factor.is_Number:
                found.powers[factor] = found.powers.get(factor, 0) + 1
        found.powers = {base: power for base, power in found.powers.items() if power}
        return found

    @staticmethod
    def of_argument(expr: Any) -> Factors:
        """Of a sum, with the factors that its terms have in common in front of what is left."""
        if not expr.is_Add:
            return Factors.of(expr)
        terms = [Factors.of(term) for term in expr.args]
        shared = {b: min(t.powers.get(b, 0) for t in terms) for b in terms[0].powers}
        shared = {b: k for b, k in shared.items() if k > 0}
        if not shared:
            return Factors.of(expr)
        make = algebra(expr)
        rest = make.Add(*[t.without(shared).product(make) for t in terms])
        return Factors.of(rest).without({b: -k for b, k in shared.items()})

    def multiply(self, expr: Any, power: int) -> None:
        """Multiply by a power of an expression, factor by factor."""
        if expr.is_Atom:
            self.powers[expr] = self.powers.get(expr, 0) + power
            return
        other = Factors.of(expr)
        self.number = self.number * other.number**power
        for base, own in other.powers.items():
            self.powers[base] = self.powers.get(base, 0) + own * power

    def has_limit(self, other: Factors, cause: Any, base: Any, order: int) -> bool:
        """Whether it vanishes over `other` as fast as that does where `cause` is 0, or faster.

        Args:
            other: what it is divided by.
            cause: what both are made of.
            base: a factor of it, which vanishes with `order`.
            order: that order.
        """
        below = other.powers.get(cause, 0)
        if below < order:
            return False
        below -= self.powers.get(cause, 0)
        for factor, (kind, z, _) in self.vanishing.items():
            if factor is not base and factor != base:
                power = Factors.of_argument(z).powers.get(cause, 0)
                order += max(power, 0) * self.powers[factor] * (2 if kind == "versine" else 1)
        return below <= order

    def without(self, taken: dict[Any, int]) -> Factors:
        """What is left of it, divided by powers."""
        powers = dict(self.powers)
        for base, power in taken.items():
            powers[base] = powers.get(base, 0) - power
        return Factors(self.number, {b: k for b, k in powers.items() if k})

    def product(self, make: Any) -> Any:
        """The expression again."""
        return reduce(
            operator.mul, [b**k for b, k in self.powers.items()], make.S.One * self.number
        )


Found = tuple[Any, list[tuple[str, Any]], int]
"""What a quotient of series is multiplied by, these by name and argument, and its exponent."""


def _of_function(self: Any, above: Factors, below: Factors) -> Found | None:
    """`f(z)` over `z`, or `z` over `f(z)`."""
    for one, other, flipped in ((above, below, False), (below, above, True)):
        for base, (kind, z, factor) in one.vanishing.items():
            order = 2 if kind == "versine" else 1
            argument = Factors.of_argument(z)
            for power in range(one.powers[base], 0, -1):
                shared = {
                    b: k
                    for b, k in argument.powers.items()
                    if k > 0 and one.has_limit(other, b, base, k * power * order)
                }
                if not shared:
                    continue
                times = {b: k * power * order for b, k in shared.items()}
                rest = argument.without(shared)
                apart = {b: k * power * order for b, k in rest.powers.items()}
                number = factor**power * argument.number ** (power * order)
                left, right = one.without({base: power}), other.without(times)
                left = left.without({b: -k for b, k in apart.items()})
                left = Factors(left.number * number, left.powers)
                name = f"inverse_{kind}_near_0" if flipped else f"{kind}_near_0"
                pair = (right, left) if flipped else (left, right)
                return _over(self, *pair), [(name, z)], power
    return None


def _of_functions(self: Any, above: Factors, below: Factors) -> Found | None:
    """`f(z)` over `g(w)`, both 0 where what `z` and `w` have in common is."""
    for base, (kind, z, factor) in above.vanishing.items():
        for other, (kind_below, w, factor_below) in below.vanishing.items():
            if "versine" in (kind, kind_below) or (kind, z) == (kind_below, w):
                continue
            one, two = Factors.of_argument(z), Factors.of_argument(w)
            shared = {b: k for b, k in one.powers.items() if k > 0 and two.powers.get(b, 0) == k}
            if not shared:
                continue
            left = above.without({base: 1})
            right = below.without({other: 1})
            for b, k in one.without(shared).powers.items():
                left = left.without({b: -k})
            for b, k in two.without(shared).powers.items():
                right = right.without({b: -k})
            left = Factors(left.number * factor * one.number, left.powers)
            right = Factors(right.number * factor_below * two.number, right.powers)
            ratios = [(f"{kind}_near_0", z), (f"inverse_{kind_below}_near_0", w)]
            return _over(self, left, right), ratios, 1
    return None


def _over(self: Any, above: Factors, below: Factors) -> Any:
    make = algebra(self)
    return over(self.func, above.product(make), below.product(make))


def _kind_of(function: Any) -> tuple[str, Any, Any] | None:
    """Kind, argument and factor of what is `factor*f(z)`; `None` for anything else."""
    if function.is_Add:
        return _of_difference(function) if len(function.args) == 2 else None
    if not getattr(function, "args", ()):
        return None
    name = function.func.__name__.removeprefix("sd_")
    if name == "log" and function.args[0].is_Add and function.args[0].args[0] == 1:
        return "log1p", function.args[0] - 1, 1
    if name in KINDS and name != "versine":
        return name, function.args[0], 1
    return None


def _of_difference(sum_: Any) -> tuple[str, Any, Any] | None:
    """`exp(z) - 1`, and `1 - cos(z)`, which is a versine."""
    one, rest = sum_.args
    if not one.is_number or abs(one) != 1:
        return None
    sign, function = rest.as_coeff_Mul()
    name = function.func.__name__
    if sign != -one or name not in ("sd_exp", "sd_cos"):
        return None
    return (
        ("expm1", function.args[0], sign)
        if name == "sd_exp"
        else ("versine", function.args[0], one)
    )


def _is_whole(exponent: Any) -> bool:
    return bool(exponent.is_number and exponent == int(exponent))


def quotient_of(one: Any, other: Any) -> Any:
    """A product as a quotient, where it has a limit of this kind and neither factor alone has it.

    `None` for any other product.
    """
    parts = [Factors.of(one), Factors.of(other)]
    below = [{b: -k for b, k in p.powers.items() if k < 0} for p in parts]
    if not any(below) or any(map(_has_limit, parts)):
        return None
    merged = parts[0].without({b: -k for b, k in parts[1].powers.items()})
    merged = Factors(parts[0].number * parts[1].number, merged.powers)
    if not _has_limit(merged):
        return None
    make = algebra(one)
    powers = merged.powers
    above = Factors(merged.number, {b: k for b, k in powers.items() if k > 0})
    under = Factors(1, {b: -k for b, k in powers.items() if k < 0})
    return over(make.node_class("div"), above.product(make), under.product(make))


def _has_limit(factors: Factors) -> bool:
    """Whether some `f(z)` above or below stands over, or under, what `z` is made of."""
    for sign in (1, -1):
        one = Factors(1, {b: sign * k for b, k in factors.powers.items() if sign * k > 0})
        other = Factors(1, {b: -sign * k for b, k in factors.powers.items() if sign * k < 0})
        for base, (kind, z, _) in one.vanishing.items():
            order = 2 if kind == "versine" else 1
            causes = Factors.of_argument(z).powers
            if any(k > 0 and one.has_limit(other, b, base, k * order) for b, k in causes.items()):
                return True
    return False
