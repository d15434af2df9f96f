"""A term built anew from other arguments, and one term in the place of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from .costs import operations
from .reductions import Algebra
from .terms import (
    ONE,
    Exponent,
    Term,
    coefficient,
    exponents_of,
    factors_of,
    items_of,
    walk,
)

_HALF = Fraction(1, 2)
_AS_THEY_ARE = frozenset(
    {"softmax", "max", "min", "prod", "cholesky", "element", "expand", "compare"}
)


def rebuilt(algebra: Algebra, term: Term, by: Mapping[Term, Term]) -> Term:
    """A term with other arguments, simplified as it is built."""
    args = [by.get(t, t) for t in term.args]
    if all(a is b for a, b in zip(args, term.args)) and not exponents_of(term):
        return term
    op = term.op
    if op == "sum":
        whole = algebra.add(zip(args, term.data, strict=True))
        return whole if whole.shape == term.shape else algebra.broadcast_to(whole, term.shape)
    if op == "product":
        exponents: list[Exponent] = [by.get(e, e) if isinstance(e, Term) else e for e in term.data]
        whole = algebra.multiply(zip(args, exponents, strict=True))
        return whole if whole.shape == term.shape else algebra.broadcast_to(whole, term.shape)
    if op in _AS_THEY_ARE:
        return algebra.make(op, args, term.data, term.shape)
    if op == "total":
        return algebra.total(args[0], term.data)
    makes: dict[str, Callable[..., Term]] = {
        "matmul": algebra.matmul,
        "outer": algebra.outer,
        "transpose": algebra.transpose,
        "inv": algebra.inverse,
        "det": algebra.determinant,
        "trace": algebra.trace,
        "diag": algebra.diag,
        "diagonal": algebra.diagonal,
        "where": algebra.where,
    }
    return makes[op](*args) if op in makes else algebra.apply(op, *args)


def replaced(algebra: Algebra, term: Term, old: Term, new: Term) -> Term:
    """A term with another one in the place of a part: of a factor or a summand of it, too."""
    by: dict[Term, Term] = {old: new}
    for t in sorted(walk(term), key=lambda t: t.serial):
        if t in by:
            continue
        whole = rebuilt(algebra, t, by)
        if whole.op == "product" or (whole.op == "sum" and len(whole.args) == 1):
            whole = _within_product(algebra, whole, old, new)
        elif whole.op == "sum":
            whole = _within_sum(algebra, whole, old, new)
        if whole is not t:
            by[t] = whole
    return by.get(term, term)


def with_density(algebra: Algebra, term: Term) -> Term:
    """A term with the normal density by its name: `phi(u)` for `exp(-u**2/2)/sqrt(2*pi)`."""
    by: dict[Term, Term] = {}
    for t in sorted(walk(term), key=lambda t: t.serial):
        whole = rebuilt(algebra, t, by)
        if whole.op == "product":
            whole = _density(algebra, whole)
        if whole is not t:
            by[t] = whole
    return by.get(term, term)


def _density(algebra: Algebra, term: Term) -> Term:
    two, pi = algebra.number(2), algebra.constant("pi")
    have = dict(factors_of(term))
    exp = next((b for b in have if b.op == "exp" and have[b] == 1), None)
    if exp is None or have.get(two) != -_HALF or have.get(pi) != -_HALF:
        return term
    for item, c in items_of(exp.args[0]):
        pairs = factors_of(item)
        if c != -_HALF or any(
            isinstance(e, Term) or (e.numerator % 2 and e != -1) for _, e in pairs
        ):
            continue
        u = algebra.multiply([(b, e / 2) for b, e in pairs if isinstance(e, Fraction)])
        left = algebra.apply("exp", algebra.minus(exp.args[0], algebra.scaled(item, c)))
        rest = [(b, e) for b, e in have.items() if b not in (exp, two, pi)]
        phi = algebra.make("phi", (u,), shape=u.shape)
        return algebra.multiply([*rest, (phi, ONE), (left, ONE)])
    return term


def _within_product(algebra: Algebra, term: Term, old: Term, new: Term) -> Term:
    """`a*b*c` with `a*b` in another name."""
    c, inner = coefficient(term)
    k, core = coefficient(old)
    if core.op != "product" or inner.op != "product":
        return term
    have, want = dict(factors_of(inner)), dict(factors_of(core))
    if not want.keys() <= have.keys():
        return term
    best = term
    for base, e in want.items():
        own = have[base]
        if isinstance(own, Term) or isinstance(e, Term):
            continue
        ratio = own / e
        if ratio.denominator != 1 or (not isinstance(k, Fraction) and abs(ratio) > 1):
            continue
        rest = [(core, -ratio), (inner, ONE), (new, ratio)]
        whole = algebra.scaled(algebra.multiply(rest), c / k**ratio.numerator)
        if operations(whole) < operations(best):
            best = whole
    return best


def _within_sum(algebra: Algebra, term: Term, old: Term, new: Term) -> Term:
    """`a + b + c` with `a + b` in another name."""
    want = dict(items_of(old))
    have = dict(items_of(term))
    if len(want) < 2 or not want.keys() <= have.keys():
        return term
    ratios = {have[t] / c for t, c in want.items()}
    if len(ratios) != 1:
        return term
    (ratio,) = ratios
    rest = [(t, c) for t, c in have.items() if t not in want]
    return algebra.add([*rest, (new, ratio)])
