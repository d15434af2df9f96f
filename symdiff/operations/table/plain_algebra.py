"""What makes plain expressions: like terms and like factors are merged, and all is put in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from operator import attrgetter
from typing import Any

from .entry import ElementwiseEntry
from .plain import Applied, Beyond, Head, Number, Plain, Power, Product, Sum, Symbol, Value

_LARGEST = 10**12
"""Numbers beyond this, or below its inverse, are SymPy's business: it does not round them."""


_compared = attrgetter("compared")


class _Maker:
    """`Add(...)` and `Mul(...)` of an algebra, with `make_args`, as SymPy has them."""

    __slots__ = ("kind", "make")

    def __init__(self, make: Callable[..., Any], kind: type[Plain]) -> None:
        self.make, self.kind = make, kind

    def __call__(self, *args: Any) -> Any:
        return self.make(args)

    def make_args(self, expr: Any) -> tuple[Any, ...]:
        return tuple(expr.args) if type(expr) is self.kind else (expr,)


class _Singletons:
    def __init__(self, algebra: Algebra) -> None:
        self.Zero, self.One = algebra.of(0), algebra.of(1)
        self.NegativeOne = algebra.of(-1)


class Algebra:
    """The expressions of some derivations. Its nodes refer to it: `clear` it in the end.

    >>> from symdiff.operations.table.plain_nodes import PlainNodes
    >>> make = Algebra(PlainNodes)
    >>> x, y = make.placeholder(0), make.placeholder(1)
    >>> x + 2 * y + x is 2 * (x + y) - 0 * x, (x * y) / x is y
    (False, True)
    """

    nan = oo = E = Abs = None

    def __init__(self, nodes: Callable[[Algebra], Any]) -> None:
        self.known: dict[Any, Any] = {}
        self.derivatives: dict[Any, dict[Any, Any]] = {}  # by symbol and expression
        self.symbols = 0
        self.S = _Singletons(self)
        self.Half = self.of(Fraction(1, 2))
        self.Add, self.Mul = _Maker(self._sum, Sum), _Maker(self._product, Product)
        self.Integer = self.of
        self.node_class: Callable[[str], Head]
        self.held: Callable[[Any], Any]
        self.m = nodes(self)

    def clear(self) -> None:
        self.known.clear()
        self.derivatives.clear()
        del self.Add, self.Mul, self.Integer, self.m, self.node_class, self.held, self.S, self.Half

    def own_classes(self) -> tuple[Any, ...]:
        return ()

    def entry_of_node(self, head: Any) -> ElementwiseEntry | None:
        return getattr(head, "entry", None)

    # -- nodes

    def made(self, kind: type[Plain], args: tuple[Any, ...]) -> Any:
        key = (kind, *args)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = kind(self, args)
        return found

    def applied(self, head: Head, args: tuple[Any, ...]) -> Any:
        key = (head, *args)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = Applied(self, args)
            found.head, found.partials = head, None
        return found

    def placeholder(self, k: int) -> Any:
        key = (Symbol, k)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = Symbol(self, ())
            found.name = f"p{k}"
            found.reads = 1 << self.symbols
            self.symbols += 1
        return found

    def of(self, value: Any) -> Any:
        """A number as an expression.

        Raises:
            Beyond: it is very large or small, or a zero of a float, which has a sign.
        """
        if isinstance(value, Plain):
            return value
        kind = type(value)
        if kind is bool:
            kind, value = int, int(value)
        elif kind is Fraction and value.denominator == 1:
            kind, value = int, value.numerator
        key = (Number, kind, value)
        found = self.known.get(key)
        if found is None:
            if kind is float:
                moderate = math.isfinite(value) and 1 / _LARGEST <= abs(value) <= _LARGEST
            elif kind is int:
                moderate = abs(value) <= _LARGEST
            elif kind is Fraction:
                moderate = abs(value.numerator) <= _LARGEST and value.denominator <= _LARGEST
            else:
                moderate = False
            if not moderate:
                raise Beyond
            found = self.known[key] = Number(self, ())
            found.value = value
        return found

    number = of

    def _sum(self, args: Iterable[Any]) -> Any:
        number: Value = 0
        terms: dict[Any, Value] = {}
        waiting = list(args)
        for term in waiting:
            kind = type(term)
            if kind is Number:
                number = _plus(number, term.value)
                continue
            if kind is Sum:
                waiting.extend(term.args)
                continue
            factor: Value = 1
            if kind is Product:
                first, rest = term.as_coeff_Mul()
                factor, term = first.value, rest
            elif not isinstance(term, Plain):
                waiting.append(self.of(term))
                continue
            terms[term] = _plus(terms[term], factor) if term in terms else factor
        found = []
        for term, factor in terms.items():
            if type(factor) is int and factor == 1:
                found.append(term)
            elif factor:
                first = self.of(factor)
                rest = term.args if type(term) is Product else (term,)
                found.append(self.made(Product, (first, *rest)))
        if len(found) > 1:
            found.sort(key=_compared)
        if number or type(number) is float:
            found.insert(0, self.of(number))
        if not found:
            return self.S.Zero
        return found[0] if len(found) == 1 else self.made(Sum, tuple(found))

    def _product(self, args: Iterable[Any]) -> Any:
        number: Value = 1
        powers: dict[Any, Value] = {}
        waiting = list(args)
        for factor in waiting:
            kind = type(factor)
            if kind is Number:
                number = _times(number, factor.value)
            elif kind is Product:
                waiting.extend(factor.args)
            elif kind is Power:
                base, exponent = factor.args
                powers[base] = powers.get(base, 0) + exponent.value
            elif isinstance(factor, Plain):
                powers[factor] = powers.get(factor, 0) + 1
            else:
                waiting.append(self.of(factor))
        if not number:
            return self.of(number)
        found = []
        for base, power in powers.items():
            if power == 1:
                found.append(base)
            elif power:
                found.append(self._power(base, power))
        if len(found) > 1:
            found.sort(key=_compared)
        if type(number) is not int or number != 1 or not found:
            found.insert(0, self.of(number))
        return found[0] if len(found) == 1 else self.made(Product, tuple(found))

    def Pow(self, base: Any, exponent: Any) -> Any:
        base, exponent = self.of(base), self.of(exponent)
        if not exponent.is_Rational:
            raise Beyond
        return self._power(base, exponent.value)

    def _power(self, base: Any, power: Any) -> Any:
        kind, whole = type(base), power == int(power)
        if whole:
            power = int(power)
        if power == 0:
            return self.S.One
        if power == 1:
            return base
        if kind is Number:
            return self.of(_power_of_number(base.value, power))
        if kind is Product:
            if not whole:
                raise Beyond
            return self._product([self._power(factor, power) for factor in base.args])
        if kind is Power:
            if not whole:
                raise Beyond
            return self._power(base.args[0], base.args[1].value * power)
        return self.made(Power, (base, self.of(power)))

    # -- forms

    def expand_mul(self, expr: Any, deep: bool = False) -> Any:
        """A number times a sum, multiplied out."""
        number, terms = expr.args
        return self._sum([self._product((number, term)) for term in terms.args])

    def expand(self, expr: Any, **hints: Any) -> Any:
        """A product of sums, multiplied out; what its factors are made of stays as it is."""
        factors = expr.args if type(expr) is Product else (expr,)
        for factor in factors:
            if type(factor) is Power and (
                type(factor.base) is Sum or factor.exp.is_negative or not factor.exp.is_Integer
            ):
                raise Beyond
        if type(expr) is not Product or not any(type(f) is Sum for f in factors):
            return expr
        plain = self._product([f for f in factors if type(f) is not Sum])
        terms = [self.S.One]
        for factor in factors:
            if type(factor) is Sum:
                terms = [self._product((t, other)) for t in terms for other in factor.args]
        return self._sum([self._product((plain, term)) for term in terms])

    def preorder_traversal(self, expr: Any) -> Iterator[Any]:
        yield expr
        for arg in expr.args:
            yield from self.preorder_traversal(arg)


def _plus(one: Value, other: Value) -> Value:
    if type(one) is float or type(other) is float:
        return float(one) + float(other) or 0
    return _normal(one + other)


def _times(one: Value, other: Value) -> Value:
    if type(one) is float or type(other) is float:
        return float(one) * float(other) or 0
    return _normal(one * other)


def _normal(value: Any) -> int | Fraction:
    found: int | Fraction = value.numerator if value.denominator == 1 else value
    return found


def _power_of_number(value: Value, power: Any) -> Value:
    if type(value) is int and value == 1:
        return 1
    if type(power) is not int:
        raise Beyond
    if type(value) is not float:
        if abs(power) > 64:
            raise Beyond
        return Fraction(value) ** power
    if power == 2:
        return value * value
    if power == -1:
        return 1 / value
    raise Beyond
