"""Quotients that have a limit at 0 where they are 0/0: `sin(x)/x`, `expm1(x)/x`, `x/tanh(x)`.

The value keeps its digits near 0, and the quotient rule `cos(x)/x - (sin(x)/x)/x` has none of them:
there the derivative is that of the power series. Away from 0 it is the quotient rule's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .entry import TABLE, ElementwiseEntry

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
    """The derivative of a quotient: `usual`, but the series' near a limit of this kind."""
    u, v = self.args
    root = _root(u, v)
    if root is not None:
        return _of_power(self, *root, inner, m) or usual
    for above, below, flipped in ((u, v, False), (v, u, True)):
        found = _recognized(above, below)
        if found is None:
            continue
        kind, z, factor = found
        dz = inner(z)
        if dz == 0:
            return usual
        name = f"inverse_{kind}_near_0" if flipped else f"{kind}_near_0"
        near = (1 / factor if flipped else factor) * getattr(m, name)(1, z) * dz
        return m.where(m.lt(m.abs(z), NEAR), near, usual)
    return usual


def _root(above: Any, below: Any) -> tuple[Any, Any, Any] | None:
    """Number, base and exponent of `(a/b)**n`, written as `number*a**n/b**n`."""
    number, function = above.as_coeff_Mul()
    if not (function.is_Pow and below.is_Pow and function.exp == below.exp):
        return None
    if not function.exp.is_Integer or function.exp < 2:
        return None
    return number, (function.base, below.base), function.exp


def _of_power(
    self: Any, number: Any, base: tuple[Any, Any], exponent: Any, inner: Any, m: Any
) -> Any:
    """The derivative of the power of a quotient with a limit; `None` for any other quotient."""
    above, below = base
    if _recognized(above, below) is None and _recognized(below, above) is None:
        return None
    ratio = self.func(above, below)
    return number * exponent * ratio ** (exponent - 1) * inner(ratio)


def _recognized(above: Any, below: Any) -> tuple[str, Any, Any] | None:
    """Kind, argument and factor of `above/below = factor*f(z)/z`; `None` for anything else."""
    number, function = above.as_coeff_Mul()
    if function.is_Add and len(function.args) == 2:
        return _of_difference(number, function, below)
    name = function.func.__name__.removeprefix("sd_")
    if name == "log" and function.args[0].is_Add and function.args[0].args[0] == 1:
        name, z = "log1p", function.args[0] - 1
    elif name in KINDS and name != "versine":
        z = function.args[0]
    else:
        return None
    ratio = z / below
    return (name, z, number * ratio) if ratio.is_number else None


def _of_difference(number: Any, sum_: Any, below: Any) -> tuple[str, Any, Any] | None:
    """`exp(z) - 1` over `z` and `1 - cos(z)` over `z**2`."""
    one, rest = sum_.args
    if abs(one) != 1 if one.is_number else True:
        return None
    sign, function = rest.as_coeff_Mul()
    name = function.func.__name__
    if sign != -one or name not in ("sd_exp", "sd_cos"):
        return None
    z = function.args[0]
    kind, ratio = ("expm1", z / below) if name == "sd_exp" else ("versine", z**2 / below)
    if not ratio.is_number:
        return None
    return kind, z, number * ratio * (sign if kind == "expm1" else one)
