"""The SymPy node of every elementwise entry.

Smooth functions use SymPy's own node, whose derivative SymPy knows. Functions with kinks, with a
domain SymPy would widen, or written for numerical care (`log1p`, `hypot`) have nodes of their own,
which SymPy does not evaluate and whose partials come from the table.

This module imports SymPy, which takes a second: import it where something symbolic is wanted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, lru_cache, reduce
from typing import Any

import sympy
from sympy.core.function import ArgumentIndexError
from sympy.core.parameters import distribute

from ...errors import UnsupportedError
from ...program.interning import LATEST
from .entry import TABLE, ElementwiseEntry
from .lengthwise import (
    at_tip_derivative,
    beside_length,
    length_in,
    length_power_derivative,
    power_by_length,
    relative_derivative,
    signed_power_derivative,
)
from .limits import near_limit
from .logarithms import log1p_derivative, log_derivative
from .plain import SYMBOLIC
from .quotients import (
    is_extreme,
    merges,
    power_derivative,
    quotient_derivative,
)

PREFIX = "sd_"
SYMBOLIC.append(sys.modules[__name__])
Add, Mul, Pow, Integer, S, Half = (
    sympy.Add,
    sympy.Mul,
    sympy.Pow,
    sympy.Integer,
    sympy.S,
    sympy.S.Half,
)
Abs, E, log, nan, oo = sympy.Abs, sympy.E, sympy.log, sympy.nan, sympy.oo
expand, expand_mul = sympy.expand, sympy.expand_mul
preorder_traversal = sympy.preorder_traversal
no_distribution = distribute
"""`with no_distribution(False):` keeps `0.1*(x - y)` from becoming `0.1*x - 0.1*y`: it cancels."""


@cache
def placeholder(k: int) -> sympy.Symbol:
    """The symbol of operand number `k`, real."""
    return sympy.Symbol(f"p{k}", real=True)


@lru_cache(LATEST, typed=True)
def number(value: Any) -> Any:
    """A Python number as a SymPy one, to the last bit.

    One object for each value: what SymPy finds out about a number it keeps with it.
    """
    if isinstance(value, bool):
        return sympy.Integer(int(value))
    if isinstance(value, int):
        return sympy.Integer(value)
    return sympy.Float(value, precision=53)


class Nodes:
    """`m.log1p(x)`: the SymPy expression of an entry of the table, by its name."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        entry = TABLE.entries.get(name)
        if not isinstance(entry, ElementwiseEntry):
            raise AttributeError(name)
        build = _BUILDERS.get(name) or _new_class(entry)
        setattr(self, name, build)
        return build


m = Nodes()


def _new_class(entry: ElementwiseEntry) -> Any:
    if entry.sympy is not None and entry.partials is None:
        native = getattr(sympy, entry.sympy)
        _ENTRY_OF_CLASS[native] = entry
        return native

    def fdiff(self: Any, argindex: int = 1) -> Any:
        if not 1 <= argindex <= entry.arity:
            raise ArgumentIndexError(self, argindex)
        if entry.dtype == "bool" or entry.partials is None:
            return sympy.S.Zero
        if argindex - 1 in entry.refuses:
            raise UnsupportedError(
                f"`{entry.name}` has no derivative rule for its argument number {argindex}",
                why=entry.refuses[argindex - 1],
                remedy="register a rule for it, or use symdiff.detach(...) on that argument",
            )
        return sympy.sympify(entry.partials(m, *map(_held, self.args))[argindex - 1])

    body = {
        "nargs": entry.arity,
        "fdiff": fdiff,
        "_eval_is_extended_real": lambda self: True,
        "_eval_is_real": lambda self: True,
        "is_commutative": True,
        "eval": classmethod(lambda cls, *args: None),
    }
    if entry.name in _DERIVATIVES:
        body["derivative_by"] = _DERIVATIVES[entry.name]
        body["_eval_derivative"] = lambda self, symbol: self.derivative_by(lambda e: e.diff(symbol))
    cls = type(PREFIX + entry.name, (sympy.Function,), body)
    _ENTRY_OF_CLASS[cls] = entry
    return cls


def _held(expr: Any) -> Any:
    """The same, as one thing to SymPy where it is a product that a power would take apart.

    Of `1e-300*p` or `p*q` SymPy makes `1e-600*p**2` and `p**2*q**2`, which leave the range of
    floats where the product does not.
    """
    if not expr.is_Mul:
        return expr
    number, rest = expr.as_coeff_Mul()
    if rest.is_Mul:
        rest = reduce(node_class("mul"), rest.args)
    return node_class("mul")(number, rest) if is_extreme(number) else number * rest


def _where_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    """The derivative chooses too: an arm that is not taken must not even be multiplied by zero."""
    condition, yes, no = self.args
    yes, no = derivative(yes), derivative(no)
    return yes if yes == no else m.where(condition, yes, no)


def _first_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    """That of a choice by what does not move."""
    change = derivative(self.args[0])
    return change if change == 0 else type(self)(change, self.args[1])


def _product_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    """That of a product which is held together."""
    one, other = self.args
    return derivative(one) * other + one * derivative(other)


def _vanishing_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    """That of what is zero here, where it is a number: nothing may come of zero times infinity."""
    change = derivative(self.args[0])
    return change if change.is_number else m.where(m.isfinite(change), change, 0)


def _pow_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    base, exponent = self.args
    if exponent.is_number or length_in(base) is None:
        return power_derivative(self, derivative, node_class("div"))
    changes = ((1, beside_length(base, derivative)), (2, derivative(exponent)))
    moved = power_by_length(base, exponent, derivative, m)
    return moved + sympy.Add(*[self.fdiff(k) * d for k, d in changes if d != 0])


def _div_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    return near_limit(self, derivative, quotient_derivative(self, derivative), m)


def _log_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    return log_derivative(self, derivative, m)


def _log1p_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    return log1p_derivative(self, derivative, m)


_DERIVATIVES = {
    "at_tip": lambda self, inner: at_tip_derivative(self, inner, m),
    "at_even_tip": lambda self, inner: at_tip_derivative(self, inner, m),
    "at_root": lambda self, inner: at_tip_derivative(self, inner, m),
    "on_tip": lambda self, inner: _first_derivative(self, inner),
    "off_tip": lambda self, inner: _first_derivative(self, inner),
    "mul": _product_derivative,
    "log": _log_derivative,
    "log1p": _log1p_derivative,
    "where": _where_derivative,
    "vanishing": _vanishing_derivative,
    "div": _div_derivative,
    "pow": _pow_derivative,
    "length_power": lambda self, inner: length_power_derivative(self, inner, m),
    "signed_power": lambda self, inner: signed_power_derivative(self, inner, m),
    "relative": lambda self, inner: relative_derivative(self, inner),
}
"""Nodes that are differentiated as a whole."""

_ENTRY_OF_CLASS: dict[Any, ElementwiseEntry] = {}


def _power(base: Any, exponent: Any) -> Any:
    if base.func.__name__ == f"{PREFIX}valued":
        return m.valued(*[_power(b, exponent) for b in base.args])
    if exponent.is_Number and not exponent.is_infinite:
        # (SymPy does not hold a float to be equal to a whole number.)
        if exponent.is_Float and abs(exponent) < 1000 and float(exponent).is_integer():
            exponent = sympy.Integer(int(exponent))
        if exponent.is_Integer and exponent > 0 and exponent % 2 == 0:
            base = _without_sign(base)
        own = exponent.could_extract_minus_sign() or (
            merges(base) and not any(f.func.__name__ in _MARKED for f in base.args)
        )
        pole = base.is_zero and exponent.is_negative  # SymPy's infinity has no sign: no float
        if not own or (base.is_number and not pole) or exponent == 1:
            return _of_lengths(_own_abs(sympy.Pow(base, exponent)))
    return node_class("pow")(base, exponent)


def _quotient(above: Any, below: Any) -> Any:
    if above == 0 or above == below:
        return above / below
    # SymPy's `x/0` is an infinity of no sign; the quotient of arrays has that of `x`.
    plain = below.is_number and not below.is_zero
    if plain and (not is_extreme(below) or sympy.sympify(above).is_number):
        return above / below
    return node_class("div")(above, below)


def _of_numbers(name: str) -> Callable[[Any], Any]:
    """SymPy's function of a number, which is a number again; of anything else a node of its own.

    SymPy merges `exp(x)*exp(x)` into `exp(2*x)`, which overflows earlier.
    """
    native = getattr(sympy, name)

    def build(argument: Any) -> Any:
        argument = sympy.sympify(argument)
        constant = argument.is_number and not argument.has(*own_classes())
        return native(argument) if constant else node_class(name)(argument)

    return build


@cache
def node_class(name: str) -> Any:
    """The node of an entry itself, of which SymPy makes nothing else."""
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    return _new_class(entry)


def _own_abs(expr: Any) -> Any:
    """`sqrt(x**2)` becomes SymPy's `Abs`, whose second derivative is a `DiracDelta`; ours is 0."""
    return expr.replace(sympy.Abs, m.abs) if expr.has(sympy.Abs) else expr


def _of_lengths(expr: Any) -> Any:
    """The expression, with powers of lengths as those of their squares, which are smooth."""
    if expr.is_Mul and any(a.is_Pow for a in expr.args):
        return sympy.Mul(*[_of_length(a) for a in expr.args])
    return _of_length(expr)


def _of_length(expr: Any) -> Any:
    if not expr.is_Pow or not expr.exp.is_Number or not expr.exp >= 2:
        return expr
    base, name = expr.base, expr.base.func.__name__
    if name == f"{PREFIX}scaled_length":
        return m.length_power(sympy.S.Zero, sympy.S.Zero, base, expr.exp)
    if name == f"{PREFIX}valued":
        return _power(base, expr.exp)
    half = expr.exp / 2
    square = _square_of(base) if half.is_Integer else None
    return expr if square is None else square**half


def _without_sign(base: Any) -> Any:
    """A product or quotient, in which the one absolute value is what it is the absolute value of.

    An even power of it is the same, and nothing of it is squared before it is brought into range.
    """
    if base.func.__name__ == f"{PREFIX}div":
        above, below = base.args
        return base if above.is_Atom else _quotient(_without_sign(above), below)
    factors = [f for f in sympy.Mul.make_args(base) if f.func.__name__ in _MARKED]
    if len(factors) != 1 or factors[0] == base or factors[0].func.__name__ not in _WITH_SIGN:
        return base
    inside = factors[0].args[-1]
    return sympy.Mul(*[inside if f == factors[0] else f for f in base.args])


def _square_of(base: Any) -> Any | None:
    """The square of a length, or of a quotient of one; `None` of anything else."""
    square = _SQUARES.get(base.func.__name__)
    if square is not None:
        return square(*base.args)
    if base.func.__name__ != f"{PREFIX}div":
        return None
    above, below = base.args
    factors = [(a, _square_of(a)) for a in sympy.Mul.make_args(above)]
    if sum(square is not None for _, square in factors) != 1:
        return None
    total = sympy.Mul(*[a**2 if square is None else square for a, square in factors])
    return m.div(m.div(total, below), below)


_SQUARES: dict[str, Callable[..., Any]] = {
    f"{PREFIX}length": lambda r, s: s,
    f"{PREFIX}abs": lambda x: x**2,
    f"{PREFIX}magnitude": lambda r, x: x**2,
    f"{PREFIX}hypot": lambda x, y: _of_length(x**2) + _of_length(y**2),
    f"{PREFIX}deviation": lambda s: s,
}


_WITH_SIGN = (f"{PREFIX}abs", f"{PREFIX}magnitude")
_MARKED = {*_SQUARES, f"{PREFIX}scaled_length", f"{PREFIX}valued"}


_BUILDERS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: _of_lengths(a * b),
    "div": _quotient,
    "neg": lambda a: -a,
    "pos": lambda a: a,
    "pow": _power,
    "sqrt": lambda a: _own_abs(sympy.sqrt(a)),
    "square": lambda a: _power(a, sympy.Integer(2)),
    "reciprocal": lambda a: _quotient(sympy.S.One, a),
    "exp": _of_numbers("exp"),
    "log": _of_numbers("log"),
}


def is_by_arguments(expr: Any) -> bool:
    """Whether a function is differentiated by its partials."""
    return isinstance(expr, sympy.Function) and type(expr)._eval_derivative is _BY_ARGUMENTS


_BY_ARGUMENTS = sympy.Function._eval_derivative


def own_classes() -> tuple[Any, ...]:
    """The classes of nodes that are not SymPy's."""
    return tuple(c for c in _ENTRY_OF_CLASS if c.__name__.startswith(PREFIX)) or (sympy.Dummy,)


def entry_of_node(cls: Any) -> ElementwiseEntry | None:
    """The entry that a class of nodes stands for."""
    found = _ENTRY_OF_CLASS.get(cls)
    if found is not None:
        return found
    for entry in TABLE.elementwise():
        if entry.sympy == cls.__name__:
            _ENTRY_OF_CLASS[cls] = entry
            return entry
    return None
