"""Quotients and powers, and derivatives of them that stay within range where the value does.

SymPy writes the slope of `x/y` as `-x/y**2`, and `y**2` leaves the range of floats where `y` and
the slope do not: at 1e200 or 1e-170, in single precision at 1e20 or 1e-23. So a quotient is a node
of its own that nothing merges with other factors, and its derivative is written with the quotient:
`-(x/y)/y`. Likewise a power of a product, and a power below zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .plain import Plain, algebra

Inner = Callable[[Any], Any]

_MOST_TERMS = 8
"""A numerator of more terms is not multiplied out."""

_MODERATE = 1e12
"""A number beyond this, or below its inverse, is not merged with numbers elsewhere: it is there to
bring what it stands next to into range."""


def is_extreme(number: Any) -> bool:
    """Whether a number is a very large or very small one, which no plain number is.

    >>> import sympy
    >>> is_extreme(sympy.Float(1e-100)), is_extreme(sympy.Integer(3)), is_extreme(sympy.S.Zero)
    (True, False, False)
    """
    if isinstance(number, Plain) or not number.is_Number or number == 0 or not number.is_finite:
        return False
    size = abs(number)
    return bool(size > _MODERATE) or bool(size * _MODERATE < 1)


def over(node: Any, above: Any, below: Any) -> Any:
    """`above/below` by the node of quotients, with the numbers of the numerator in front.

    Extreme ones stay where they are.
    """
    make = algebra(below)
    if below.is_zero and above != 0:
        return above * make.oo
    if above == 0 or (above.is_number and below.is_number):
        return above / below
    if below.is_number:
        return node(above, below) if is_extreme(below) else above / below
    if above.is_number:
        return above * node(make.S.One, below)
    coefficient, rest = above.as_coeff_Mul()
    if rest == below:
        return coefficient
    if is_extreme(coefficient):
        return node(above, below)
    return coefficient * node(rest, below)


def quotient_derivative(self: Any, inner: Inner) -> Any:
    """`u'/v - (u/v)*v'/v`, or what is left of that where numerator and denominator cancel."""
    node = self.func
    u, v = self.args
    du, dv = inner(u), inner(v)
    if dv == 0:
        return _rising(node, du, u, v)
    if du == 0:
        return -_falling(node, self, v, inner)
    cancelled = _cancelled(self, du, dv)
    if cancelled is not None:
        return cancelled
    return _rising(node, du, u, v) - _falling(node, over(node, u, v), v, inner)


def _rising(node: Any, du: Any, u: Any, v: Any) -> Any:
    """`u'/v`, where `u'` is `u*w/x`: as `(u/v)*w/x`, for `u/x` may be out of range."""
    make = algebra(u)
    if chooses_power(du):
        condition, yes, no = du.args
        return du.func(condition, _rising(node, yes, u, v), _rising(node, no, u, v))
    parts = make.Mul.make_args(du)
    for part in parts:
        if part.func is node and u in make.Mul.make_args(part.args[0]):
            above, below = part.args
            rest = make.Mul(*[p for p in parts if p is not part])
            return rest * over(node, above / u * over(node, u, v), below)
    return over(node, du, v)


def chooses_power(expr: Any) -> bool:
    """Whether an arm of a `where` is a power over its base, which may only be finite times more."""
    make = algebra(expr)
    return expr.func.__name__ == "sd_where" and any(
        chooses_power(arm) or any(map(is_power_over_base, make.Mul.make_args(arm)))
        for arm in expr.args[1:]
    )


def is_power_over_base(expr: Any) -> bool:
    """Whether it is a power of an exponent that varies, over the base of the power."""
    make = algebra(expr)
    if expr.func.__name__ != "sd_div":
        return False
    above, below = expr.args
    below = below.args[1] if below.func.__name__ == "sd_where" else below
    return any(
        p.func.__name__ in ("sd_pow", "sd_strict_pow")
        and p.args[0] == below
        and not p.args[1].is_number
        for p in make.Mul.make_args(above)
    )


def in_place_of_one(node: Any, factor: Any, expr: Any) -> Any | None:
    """A product with what has a `1/s` inside another quotient, as `factor/s` in its place.

    The slope of `(y/s)/s` is `(1/s)/s`, and where `s` is 1e200 that is 0, though its product with
    how `y` changes is an ordinary number. `None` where there is no such quotient.
    """
    make = algebra(expr)
    if expr.is_Add:
        terms = [in_place_of_one(node, factor, term) for term in expr.args]
        if all(term is None for term in terms):
            return None
        whole = [factor * t if n is None else n for t, n in zip(expr.args, terms, strict=True)]
        return make.Add(*whole)
    parts = make.Mul.make_args(expr)
    quotients = [part for part in parts if part.func is node]
    for part in quotients:
        if len(quotients) == 1 and part.args[0].is_number:
            return None
        inside = _over_in_place(node, factor, part)
        if inside is not None:
            return make.Mul(inside, *[p for p in parts if p is not part])
    return None


def _over_in_place(node: Any, factor: Any, quotient: Any) -> Any | None:
    make = algebra(quotient)
    above, below = quotient.args
    if above.is_number:
        return None if is_extreme(above) else above * node(factor, below)
    parts = make.Mul.make_args(above)
    for part in parts:
        inside = _over_in_place(node, factor, part) if part.func is node else None
        if inside is not None:
            return node(make.Mul(inside, *[p for p in parts if p is not part]), below)
    return None


def times(factor: Any, expr: Any) -> Any:
    """A product, in which `factor` meets what varies before an extreme number or a base does.

    In `-3*(1e-100*u)/v`, which is the slope of a power where `u` is 1e300, a factor of 1e-300 has
    to be multiplied with `u`: with the number it would make 0.
    """
    make = algebra(expr)
    changed = in_place_of_one(make.node_class("div"), factor, expr)
    if changed is not None:
        return changed
    for part in make.Mul.make_args(expr):
        if part.func.__name__ != "sd_div":
            continue
        coefficient, rest = part.args[0].as_coeff_Mul()
        if rest != 1 and (is_extreme(coefficient) or is_power_over_base(part)):
            above = coefficient * make.node_class("mul")(factor, rest)
            others = [p for p in make.Mul.make_args(expr) if p is not part]
            return make.Mul(*others, part.func(above, part.args[1]))
    return factor * expr


def _times_within(quotient: Any, expr: Any, change: Any) -> Any:
    """A product, in which a power is multiplied before it is divided by its base."""
    make = algebra(expr)
    if chooses_power(expr):
        condition, yes, no = expr.args
        arms = [_times_within(quotient, arm, change) for arm in (yes, no)]
        return expr.func(condition, *arms)
    parts = make.Mul.make_args(expr)
    for part in parts:
        if is_power_over_base(part):
            above, below = part.args
            rest = make.Mul(*[p for p in parts if p is not part])
            return rest * over(quotient, above * change, below)
    return expr * change


def _falling(node: Any, value: Any, v: Any, inner: Inner) -> Any:
    """`(u/v)*v'/v`. The quotient comes first: it is the value, and neither too large nor small."""
    if v.is_Mul:
        moving = [factor for factor in v.args if inner(factor) != 0]
        if len(moving) == 1:
            return _falling(node, value, moving[0], inner)
    power = _power_of(v)
    if power is not None:
        base, exponent = power
        return exponent * over(node, value * inner(base), base)
    if v.func.__name__ == "sd_exp":
        return value * inner(v.args[0])
    return over(node, value * inner(v), v)


def _power_of(expr: Any) -> tuple[Any, Any] | None:
    """Base and exponent of a power to a number."""
    if expr.is_Pow or expr.func.__name__ == "sd_pow":
        base, exponent = expr.args
        if exponent.is_number and not base.is_number:
            return base, exponent
    return None


def _cancelled(self: Any, du: Any, dv: Any) -> Any | None:
    """The derivative of a quotient of which `u'*v - u*v'` is shorter than it is written.

    `x/(a + x)` has the slope `a/(a + x)**2`. Written as a difference, it loses all its digits
    where `x` is much larger than `a` and the value has all of its own. Every factor of the
    numerator is divided by the denominator before anything is multiplied.
    """
    make = algebra(self)
    u, v = self.args
    if max(len(make.Add.make_args(e)) for e in (u, v, du, dv)) > _MOST_TERMS:
        return None
    written = [*_multiplied_out(du * v), *[-term for term in _multiplied_out(u * dv)]]
    terms = make.Add.make_args(make.Add(*written))
    if len(terms) >= len(written):
        return None
    parts = [term.as_coeff_Mul() for term in terms]
    factors = [f for f in [_factors(rest) for _, rest in parts] if f is not None]
    if terms == (0,):
        return make.S.Zero
    if len(factors) < len(terms) or len({bool(number > 0) for number, _ in parts}) > 1:
        return None
    if len(terms) == 1:
        return _over_square(self, parts[0][0], factors[0])
    common = [f for f in factors[0] if all(f in other for other in factors)]
    if len(common) != 1:
        return None
    for some in factors:
        some.remove(common[0])
    if any(len(some) > 1 for some in factors):
        return None
    rest = make.Add(*[c * make.Mul(*some) for (c, _), some in zip(parts, factors, strict=True)])
    return _divided(self, common[0]) * over(self.func, rest, v)


def _over_square(self: Any, number: Any, factors: list[Any]) -> Any | None:
    """A product of few factors over the square of the denominator: each over the denominator."""
    make = algebra(self)
    node = self.func
    groups = [make.Pow(f, factors.count(f)) for f in dict.fromkeys(factors)]
    if len(groups) > 2 or any(factors.count(f) > 2 for f in factors):
        return None
    if len(groups) == 1 and len(factors) == 2:
        groups = factors
    if len(groups) == 2:
        return number * _divided(self, groups[0]) * _divided(self, groups[1])
    once = _divided(self, groups[0]) if groups else node(make.S.One, self.args[1])
    return number * node(once, self.args[1])


def _multiplied_out(product: Any) -> tuple[Any, ...]:
    """The terms of a product of sums; what its factors are made of stays as it is."""
    make = algebra(product)
    expanded = make.expand(product, deep=False, power_base=False, power_exp=False, log=False)
    return tuple(make.Add.make_args(expanded))


def _divided(self: Any, factor: Any) -> Any:
    u, v = self.args
    return self if factor == u else over(self.func, factor, v)


def _factors(expr: Any) -> list[Any] | None:
    """The factors of a product, a square as two; `None` where there are other powers."""
    make = algebra(expr)
    found: list[Any] = []
    for factor in make.Mul.make_args(expr):
        if factor == 1:
            continue
        if factor.is_Pow:
            if factor.exp != 2:
                return None
            found += [factor.base, factor.base]
        else:
            found.append(factor)
    return found


def merges(base: Any) -> bool:
    """Whether SymPy would take a power of `base` apart: `(x*y)**2` into `x**2*y**2`."""
    make = algebra(base)
    return bool(base.is_Pow and base.exp != make.Half) or (
        base.is_Mul and sum(1 for factor in base.args if not factor.is_number) > 1
    )


def power_derivative(self: Any, inner: Inner, quotient: Any) -> Any:
    """`n*x**(n - 1)*x'`, below zero `n*(x**n/x)*x'`; else by the partials of the entry.

    The power stays a node of its own, also where `n - 1` is 1: `(x*y)*y` is not `x*y**2`.
    """
    make = algebra(self)
    base, exponent = self.args
    if exponent.is_number:
        if exponent == 1 or inner(base) == 0:  # not infinity times zero where the base is 0
            return inner(base)
        if exponent.could_extract_minus_sign():
            return exponent * over(quotient, self * inner(base), base)
        return exponent * self.func(base, exponent - 1) * inner(base)
    changes = [(k, d) for k, d in enumerate(map(inner, self.args), 1) if d != 0]
    return make.Add(*[_times_within(quotient, self.fdiff(k), d) for k, d in changes])
