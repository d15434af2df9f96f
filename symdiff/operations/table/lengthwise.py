"""Powers of lengths whose exponent is no number that is known: `abs(x)**p`, `norm(x)**p`.

The exponent may happen to be 2, where the power is smooth and its second derivative is not that of
the kink of a length. So the power is not differentiated by the length. That of an absolute value is
differentiated by the number within, `p*abs(x)**(p - 1)*sign(x)`. That of any other length `r` is
taken for `(h*t)**(p/2)`, in which `h` is a number that is equal to `r` and does not move, and `t`,
the square of the length over `h`, does. So nothing leaves the range of floats. Both are nodes that
know what they are where `r` is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from .chain_rule import derivative
from .quotients import over, quotient_derivative

Inner = Callable[[Any], Any]

_SIGNED = {"sd_abs": 0, "sd_magnitude": 1}
_SCALED = {"sd_scaled_length": 1}


def length_in(base: Any) -> Any:
    """The one length that is a factor of a product or quotient; `None` for none."""
    name = base.func.__name__
    if name in _SIGNED or name in _SCALED or name in ("sd_hypot", "sd_deviation"):
        return base
    if base.is_Pow and base.exp.is_Number and float(base.exp) == 0.5:
        return base
    if base.is_Mul:
        found = [a for a in map(length_in, base.args) if a is not None]
        return found[0] if len(found) == 1 else None
    return length_in(base.args[0]) if name == "sd_div" else None


def power_by_length(base: Any, p: Any, inner: Inner, m: Any) -> Any:
    """The derivative of `base**p` as the length in the base moves, and nothing else."""
    length, zero, one = length_in(base), sympy.S.Zero, sympy.S.One
    factor = _scaled(base, length, one)
    name = length.func.__name__
    if name in _SIGNED:
        x = length.args[_SIGNED[name]]
        return p * m.signed_power(one, zero, base, x, factor, p - 1) * factor * inner(x)
    moved = _along(length, zero, zero, p, inner, m)
    return moved if factor == 1 else m.pow(factor, p) * moved


def _along(r: Any, k: Any, j: Any, e: Any, inner: Inner, m: Any) -> Any:
    """That of `r**e*log(r)**j`, which has come of `k` derivatives already."""
    slope = (e - k) / 2 * m.length_power(k + 1, j, r, e - 1)
    if j != 0:
        slope += j / 2 * m.length_power(k + 1, j - 1, r, e - 1)
    return slope * _relative_square(r, inner, m)


def _scaled(base: Any, length: Any, change: Any) -> Any:
    """A base with something else in the place of its length."""
    if base == length:
        return change
    if base.is_Mul:
        inside = next(a for a in base.args if length_in(a) is not None)
        rest = sympy.Mul(*[a for a in base.args if a != inside])
        return rest * _scaled(inside, length, change)
    return over(type(base), _scaled(base.args[0], length, change), base.args[1])


def _relative_square(length: Any, inner: Inner, m: Any) -> Any:
    """How the square of a length changes, over the length."""
    name = length.func.__name__
    if name in _SCALED:
        return inner(length.args[_SCALED[name]])
    if name == "sd_hypot":
        return 2 * sympy.Add(*[m.relative(x * inner(x), length) for x in length.args])
    return m.relative(inner(length.args[0]), length)


def beside_length(base: Any, inner: Inner) -> Any:
    """How a product or quotient changes by all but the length in it."""
    length = length_in(base)
    if base == length:
        return sympy.S.Zero
    if base.is_Mul:
        inside = next(a for a in base.args if length_in(a) is not None)
        rest = sympy.Mul(*[a for a in base.args if a != inside])
        return inner(rest) * inside + rest * beside_length(inside, inner)
    above = base.args[0]
    return quotient_derivative(
        base, lambda e: beside_length(above, inner) if e == above else inner(e)
    )


def length_power_derivative(self: Any, inner: Inner, m: Any) -> Any:
    """The derivative of `length_power(k, j, r, e)`."""
    k, j, r, e = self.args
    moved = inner(e) * m.length_power(k, j + 1, r, e)
    if length_in(r) is None:
        return moved + self.fdiff(3) * inner(r)
    return moved + _along(r, k, j, e, inner, m)


def signed_power_derivative(self: Any, inner: Inner, m: Any) -> Any:
    """The derivative of `signed_power(k, j, r, x, c, e)` with `r = c*abs(x)`."""
    k, j, r, x, c, e = self.args

    def slope(k: Any) -> Any:
        lower = j * m.signed_power(k, j - 1, r, x, c, e - 1) if j != 0 else 0
        return e * m.signed_power(k, j, r, x, c, e - 1) + lower

    total = m.signed_power(k, j + 1, r, x, c, e) * inner(e)
    if inner(x) != 0:
        total += slope(k + 1) * c * inner(x)
    return total + slope(k) * m.abs(x) * inner(c) if inner(c) != 0 else total


def relative_derivative(self: Any, inner: Inner) -> Any:
    """The derivative of `relative(x, r)`, whose `r` does not move."""
    x, r = self.args
    change = inner(x)
    return type(self)(change, r) if change != 0 else change


def at_tip_derivative(self: Any, inner: Inner, m: Any) -> Any:
    """The derivative of `at_tip(e, r, t)`, in which `r` is a length whose square moves as `t`.

    At the tip, where `e'(r)` is 0 and `r` is said not to move, it is half of `e''(r)`; and if `e`
    is even, a function of `r**2`, its second derivative by that is a twelfth of the fourth by `r`.
    Where `r` is the root of a number they are so near the tip, too, the first one less twice the
    second times `r**2`: the difference of slopes that the second is elsewhere is lost there.
    """
    e, r, t = self.args
    change, moved = inner(e), inner(t)
    root = self.func is m.at_root
    if moved == 0 and not (root and inner(r) != 0):
        return change
    bend = derivative(derivative(e, r), r)
    if self.func is m.at_tip:
        return change + m.on_tip(m.tip_bend(bend / 2, t) * moved, r)
    further = derivative(derivative(bend, r), r) / 12
    if not root:
        return change + m.on_tip(m.tip_slope(bend / 2, m.tip_bend(further, t), t) * moved, r)
    held = {r: m.held(r)}
    bend, further = bend.xreplace(held), further.xreplace(held)
    scale, still = m.still_length(r), m.held(r)  # `t` is the square over this scale
    slope = m.tip_slope(bend / 2 - 2 * still**2 * further, m.tip_bend(further, t) * scale, t)
    beside = slope * scale * moved + inner(e.xreplace(held))
    return m.where(m.near_tip(r, bend, further), beside, change)
