"""The plain expression of every elementwise entry that has one.

What is differentiated as a whole, chooses, or knows what it was made of is SymPy's business.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from .entry import TABLE, ElementwiseEntry
from .limits import near_limit
from .logarithms import log1p_derivative, log_derivative
from .plain import Beyond, Head
from .plain_algebra import Algebra
from .quotients import merges, power_derivative, quotient_derivative

PREFIX = "sd_"

_BY_SYMPY = frozenset(
    {
        *("at_tip", "at_even_tip", "at_root", "on_tip", "off_tip", "where", "vanishing"),
        *("length_power", "signed_power", "relative", "strict_pow", "cusp", "tip_half"),
        *("length", "scaled_length", "magnitude", "valued", "abs", "sign"),
        *("hypot", "deviation", "unless_zero", "tied", "sided", "sided_one"),
    }
)


class PlainNodes:
    """`m.log1p(x)`: the plain expression of an entry of the table, by its name."""

    def __init__(self, algebra: Algebra) -> None:
        self._algebra = algebra
        self._heads: dict[str, Head] = {}
        algebra.node_class, algebra.held = self._node_class, self._held

    def __getattr__(self, name: str) -> Callable[..., Any]:
        build = _BUILDERS.get(name)
        if build is None:
            return self._node_class(name)
        made = _bound(build, self._algebra)
        setattr(self, name, made)
        return made

    def _node_class(self, name: str) -> Head:
        """The node of an entry itself, of which nothing else is made.

        Raises:
            Beyond: the entry takes SymPy.
        """
        found, entry = self._heads.get(name), TABLE.entries.get(name)
        if found is None or found.entry is not entry:  # which may have been entered anew
            if (
                not isinstance(entry, ElementwiseEntry)
                or entry.dtype != "numpy"
                or entry.refuses
                or (entry.partials is None and name not in _DERIVATIVES)
                or name in _BY_SYMPY
                or name.endswith("_along")
            ):
                raise Beyond(name)
            own = _DERIVATIVES.get(name)
            derivative = None if own is None else _bound(own, self._algebra)
            found = self._heads[name] = Head(self._algebra, PREFIX + name, entry, derivative)
        return found

    def _held(self, expr: Any) -> Any:
        """The same, as one thing where it is a product that a power would take apart."""
        if not expr.is_Mul:
            return expr
        number, rest = expr.as_coeff_Mul()
        if rest.is_Mul:
            rest = reduce(self._node_class("mul"), rest.args)
        return number * rest


def _bound(build: Callable[..., Any], algebra: Algebra) -> Callable[..., Any]:
    return lambda *args: build(algebra, *args)


def _quotient(make: Algebra, above: Any, below: Any) -> Any:
    above, below = make.of(above), make.of(below)
    if below.is_zero:
        raise Beyond
    if above == 0 or above == below or below.is_number:
        return above / below
    return make.node_class("div")(above, below)


def _power(make: Algebra, base: Any, exponent: Any) -> Any:
    base, exponent = make.of(base), make.of(exponent)
    if not exponent.is_Number or base.is_number:
        raise Beyond
    if exponent.is_Float and exponent.value.is_integer():
        exponent = make.of(int(exponent.value))
    if exponent != 1 and (exponent.could_extract_minus_sign() or merges(base)):
        return make.node_class("pow")(base, exponent)
    return make.Pow(base, exponent)


def _root(make: Algebra, expr: Any) -> Any:
    return make.Pow(make.of(expr), make.Half)


_BUILDERS: dict[str, Callable[..., Any]] = {
    "add": lambda make, a, b: make.of(a) + b,
    "sub": lambda make, a, b: make.of(a) - b,
    "mul": lambda make, a, b: make.of(a) * b,
    "div": _quotient,
    "neg": lambda make, a: -make.of(a),
    "pos": lambda make, a: make.of(a),
    "pow": _power,
    "sqrt": _root,
    "square": lambda make, a: _power(make, a, 2),
    "reciprocal": lambda make, a: _quotient(make, 1, a),
    "given": lambda make, value, made_of, *others: made_of,
}


def _product_derivative(make: Algebra, expr: Any, inner: Callable[[Any], Any]) -> Any:
    one, other = expr.args
    return inner(one) * other + one * inner(other)


def _pow_derivative(make: Algebra, expr: Any, inner: Callable[[Any], Any]) -> Any:
    if not expr.args[1].is_number:
        raise Beyond
    return power_derivative(expr, inner, make.node_class("div"))


_DERIVATIVES: dict[str, Callable[..., Any]] = {
    "mul": _product_derivative,
    "pow": _pow_derivative,
    "div": lambda make, expr, inner: near_limit(
        expr, inner, quotient_derivative(expr, inner), make.m
    ),
    "log": lambda make, expr, inner: log_derivative(expr, inner, make.m),
    "log1p": lambda make, expr, inner: log1p_derivative(expr, inner, make.m),
}
