"""Elementwise functions and what simplifies them; their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from .matrices import Matrices
from .products import is_nonnegative
from .terms import (
    ONE,
    Term,
    broadcast,
    coefficient,
    factors_of,
    is_number,
    size_of,
)

if TYPE_CHECKING:
    from .terms import Number

_HALF = Fraction(1, 2)

EVEN = frozenset({"cos", "cosh", "abs"})
ODD = frozenset(
    {"sin", "tan", "sinh", "tanh", "erf", "arctan", "arcsin", "arcsinh", "arctanh", "sign"}
)


class Functions(Matrices):
    """The constructor of functions of numbers, applied to arrays element by element."""

    def apply(self, name: str, *args: Term) -> Term:
        """A function of numbers by its name."""
        rule = _RULES.get(name)
        if rule is not None:
            found = rule(self, *args)
            if found is not None:
                return found
        (u,) = args
        c, inner = coefficient(u)
        if c < 0 and name in EVEN:
            u = self.scaled(inner, -c)
        elif c < 0 and name in ODD:
            return self.negative(self.apply(name, self.scaled(inner, -c)))
        if inner.op == "ones":
            return self.times(self.apply(name, self.number(c)), inner)
        if is_number(u, 0) and (name in ODD or name == "abs"):
            return self.zero
        return self.make(name, (u,), shape=u.shape)

    def compare(self, sign: str, a: Term, b: Term) -> Term:
        return self.make("compare", (a, b), sign, broadcast(a.shape, b.shape))

    def where(self, test: Term, a: Term, b: Term) -> Term:
        """A choice between two values; none where they are equal."""
        if a is b:
            return a
        shape = broadcast(test.shape, a.shape, b.shape)
        return self.make("where", (test, a, b), shape=shape)

    def larger(self, a: Term, b: Term, sign: str = ">") -> Term:
        if a.op == "number" and b.op != "number":
            a, b = b, a
        return self.where(self.compare(sign, a, b), a, b)

    # -- derivatives

    def slope(self, term: Term) -> Term:
        """The derivative of a function of one number by its argument."""
        rule = _SLOPES.get(term.op)
        if rule is None:
            raise KeyError(term.op)
        return rule(self, term, term.args[0])

    def square(self, u: Term) -> Term:
        return self.power(u, 2)

    def normal_density(self, u: Term) -> Term:
        """The standard normal density, as an exponential."""
        root = self.multiply([(self.number(2), _HALF), (self.constant("pi"), _HALF)])
        return self.over(self.apply("exp", self.scaled(self.square(u), -_HALF)), root)

    def log_total(self, term: Term, axes: tuple[int, ...], kept: bool) -> Term:
        """`log(sum(exp(u)))`."""
        whole = self.apply("log", self.total(self.apply("exp", term), axes))
        return self.expand(whole, axes) if kept and whole.shape else whole

    def one_and(self, u: Term, c: Number | int = 1) -> Term:
        """`1 + c*u`."""
        return self.add([(self.one, ONE), (u, Fraction(c))])


def _exp(algebra: Functions, u: Term) -> Term:
    return algebra.multiply([(algebra.make("exp", (u,), shape=u.shape), ONE)])


def _log(algebra: Functions, u: Term) -> Term | None:
    """Exponentials and powers of what cannot be negative come out of a logarithm."""
    c, inner = coefficient(u)
    if is_number(u, 1):
        return algebra.zero
    if inner.op == "exp" and c == 1:
        return inner.args[0]
    out: list[tuple[Term, Number]] = []
    left: list[tuple[Term, object]] = []
    for base, e in factors_of(inner):
        if base.op == "exp" and e == 1:
            out.append((base.args[0], ONE))
        elif base.op == "softmax" and e == 1:
            out += [(base.args[0], ONE), (algebra.log_total(base.args[0], base.data, True), -ONE)]
        elif (inner.op == "product" and isinstance(e, Fraction) and is_nonnegative(base)) or (
            inner.op == "product"
            and len(inner.args) == 1
            and isinstance(e, Fraction)
            and (e.denominator > 1 or e == -1)
        ):
            out.append((algebra.apply("log", base), e))
        else:
            left.append((base, e))
    if not out or (left and c < 0):
        return None
    rest = algebra.scaled(algebra.multiply(left), c)  # type: ignore[arg-type]
    if not is_number(rest, 1):
        out.append((algebra.make("log", (rest,), shape=rest.shape), ONE))
    return algebra.add(out)


def _sigmoid(algebra: Functions, u: Term) -> Term | None:
    opposite = algebra.known.get(("sigmoid", ((algebra.negative(u),), None), u.shape))
    own = algebra.known.get(("sigmoid", ((u,), None), u.shape))
    if algebra.read and opposite in algebra.primal and own not in algebra.primal:
        assert opposite is not None
        return algebra.one_and(opposite, -1)
    return algebra.make("sigmoid", (u,), shape=u.shape)


def _abs(algebra: Functions, u: Term) -> Term | None:
    if is_nonnegative(u):
        return u
    c, inner = coefficient(u)
    if c not in (1, -1):
        return algebra.scaled(algebra.apply("abs", inner), size_of(c))
    if inner.op == "product" and any(is_nonnegative(b) for b in inner.args):
        pairs = factors_of(inner)
        out = [(b, e) for b, e in pairs if is_nonnegative(b)]
        rest = algebra.multiply([(b, e) for b, e in pairs if not is_nonnegative(b)])
        return algebra.times(algebra.multiply(out), algebra.apply("abs", rest))
    return None


_RULES: dict[str, Callable[..., Term | None]] = {
    "exp": _exp,
    "log": _log,
    "sigmoid": _sigmoid,
    "abs": _abs,
    "sqrt": lambda a, u: a.power(u, Fraction(1, 2)),
    "square": lambda a, u: a.power(u, 2),
    "reciprocal": lambda a, u: a.power(u, -1),
    "log1p": lambda a, u: a.apply("log", a.plus(a.one, u)),
    "expm1": lambda a, u: a.minus(a.apply("exp", u), a.one),
}

_SLOPES: dict[str, Callable[[Functions, Term, Term], Term]] = {
    "exp": lambda a, f, u: f,
    "log": lambda a, f, u: a.power(u, -1),
    "sin": lambda a, f, u: a.apply("cos", u),
    "cos": lambda a, f, u: a.negative(a.apply("sin", u)),
    "tan": lambda a, f, u: a.power(a.apply("cos", u), -2),
    "sinh": lambda a, f, u: a.apply("cosh", u),
    "cosh": lambda a, f, u: a.apply("sinh", u),
    "tanh": lambda a, f, u: a.one_and(a.square(f), -1),
    "arctan": lambda a, f, u: a.power(a.one_and(a.square(u)), -1),
    "arcsin": lambda a, f, u: a.power(a.one_and(a.square(u), -1), Fraction(-1, 2)),
    "arccos": lambda a, f, u: a.negative(a.power(a.one_and(a.square(u), -1), Fraction(-1, 2))),
    "arcsinh": lambda a, f, u: a.power(a.one_and(a.square(u)), Fraction(-1, 2)),
    "arctanh": lambda a, f, u: a.power(a.one_and(a.square(u), -1), -1),
    "abs": lambda a, f, u: a.apply("sign", u),
    "sigmoid": lambda a, f, u: a.times(f, a.one_and(f, -1)),
    "Phi": lambda a, f, u: a.normal_density(u),
    "erf": lambda a, f, u: a.times(
        a.number(2),
        a.power(a.constant("pi"), Fraction(-1, 2)),
        a.apply("exp", a.negative(a.square(u))),
    ),
    "lgamma": lambda a, f, u: a.apply("digamma", u),
    "sign": lambda a, f, u: a.zeros(u.shape),
    "floor": lambda a, f, u: a.zeros(u.shape),
}
