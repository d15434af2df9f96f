"""The gradient of a number by an array, as a term: adjoints, from the last term to the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from .reductions import Algebra
from .terms import ONE, Exponent, NoFormulaError, Term, exponents_of, factors_of, is_zero, items_of

Given = Iterable[tuple[Term, Term]]
"""What arguments are given of the adjoint of a term, each of the argument's shape or repeated."""


def gradient(algebra: Algebra, value: Term, by: Term) -> Term:
    """The gradient of a term that is one number by a name.

    Raises:
        NoFormulaError: something on the way has no derivative in terms.

    >>> algebra = Algebra()
    >>> x = algebra.name("x", ("n",))
    >>> gradient(algebra, algebra.matmul(x, x), x)
    sum[(Fraction(2, 1),)](x)
    """
    depends = _dependents(value, by)
    if value not in depends:
        return algebra.zeros(by.shape)
    adjoints: dict[Term, list[Term]] = {value: [algebra.one]}
    for term in sorted(depends, key=lambda t: -t.serial):
        given = adjoints.pop(term, None)
        if given is None:
            continue
        ct = algebra.plus(*given)
        if term is by:
            return ct
        if is_zero(ct):
            continue
        rule = _RULES.get(term.op, _elementwise)
        for arg, adjoint in rule(algebra, term, ct):
            if arg in depends:
                _give(algebra, adjoints, arg, adjoint)
    return algebra.zeros(by.shape)


def _dependents(value: Term, by: Term) -> set[Term]:
    found: set[Term] = set()
    seen: list[Term] = []
    stack, known = [value], {value}
    while stack:
        term = stack.pop()
        seen.append(term)
        for t in (*term.args, *exponents_of(term)):
            if t not in known:
                known.add(t)
                stack.append(t)
    for term in sorted(seen, key=lambda t: t.serial):
        inner = (*term.args, *exponents_of(term))
        if term is by or any(t in found for t in inner):
            found.add(term)
    return found


def _give(algebra: Algebra, adjoints: dict[Term, list[Term]], arg: Term, ct: Term) -> None:
    if arg.op == "expand" and ct.ndim == arg.ndim:
        wide = tuple(k for k in arg.data if ct.shape[k] != 1)
        if wide == arg.data:
            inner = algebra.total(ct, arg.data)
            shape = arg.args[0].shape
            adjoints.setdefault(arg.args[0], []).append(algebra.reduced(inner, shape))
            return
    ct = algebra.reduced(ct, arg.shape)
    if ct.shape != arg.shape:
        ct = algebra.broadcast_to(ct, arg.shape)
    adjoints.setdefault(arg, []).append(ct)


# -- rules


def _sum(a: Algebra, term: Term, ct: Term) -> Given:
    return [(t, a.scaled(ct, c)) for t, c in items_of(term)]


def _product(a: Algebra, term: Term, ct: Term) -> Given:
    pairs = factors_of(term)
    for base, e in pairs:
        rest = [(b, k) for b, k in pairs if b is not base]
        if isinstance(e, Term):
            less: Exponent = _exponent(a.minus(e, a.one))
            yield base, a.multiply([(ct, ONE), (e, ONE), *rest, (base, less)])
            yield e, a.times(ct, term, a.apply("log", base))
        else:
            yield base, a.scaled(a.multiply([(ct, ONE), *rest, (base, e - 1)]), e)


def _exponent(e: Term) -> Exponent:
    return e.data if e.op == "number" and isinstance(e.data, Fraction) else e


def _total(a: Algebra, term: Term, ct: Term) -> Given:
    (inner,) = term.args
    if term.shape:
        ct = a.expand(ct, term.data)
    return [(inner, a.times(ct, a.ones(inner.shape)))]


def _matmul(a: Algebra, term: Term, ct: Term) -> Given:
    chain = term.args
    for k, factor in enumerate(chain):
        before, after = chain[:k], chain[k + 1 :]
        yield factor, _factor_adjoint(a, factor, before, after, ct)


def _factor_adjoint(
    a: Algebra, factor: Term, before: tuple[Term, ...], after: tuple[Term, ...], ct: Term
) -> Term:
    turned = [a.transpose(t) for t in reversed(before)]
    if factor.ndim == 1:
        if before:  # at the end: what is before it, transposed, times the adjoint
            return a.matmul(*turned, ct) if ct.shape else a.times(ct, a.matmul(*turned))
        whole = a.matmul(*after)
        return a.matmul(whole, ct) if ct.shape else a.times(ct, whole)
    vector_before = bool(before) and before[0].ndim == 1
    vector_after = bool(after) and after[-1].ndim == 1
    if not vector_before and not vector_after:
        behind = [a.transpose(t) for t in reversed(after)]
        return a.matmul(*turned, ct, *behind)
    left = a.matmul(*turned) if vector_before else a.matmul(*turned, ct)
    if not vector_after:
        behind = [a.transpose(t) for t in reversed(after)]
        return a.outer(left, a.matmul(ct, *behind))
    right = a.matmul(*after)
    whole = a.outer(left, right)
    return a.times(ct, whole) if vector_before else whole


def _outer(a: Algebra, term: Term, ct: Term) -> Given:
    u, v = term.args
    return [(u, a.matmul(ct, v)), (v, a.matmul(a.transpose(ct), u))]


def _inverse(a: Algebra, term: Term, ct: Term) -> Given:
    turned = a.transpose(term)
    return [(term.args[0], a.negative(a.matmul(turned, ct, turned)))]


def _determinant(a: Algebra, term: Term, ct: Term) -> Given:
    (inner,) = term.args
    return [(inner, a.times(ct, term, a.transpose(a.inverse(inner))))]


def _trace(a: Algebra, term: Term, ct: Term) -> Given:
    (inner,) = term.args
    return [(inner, a.times(ct, a.identity(inner.shape[0])))]


def _element(a: Algebra, term: Term, ct: Term) -> Given:
    (inner,) = term.args
    units = [a.unit(k, n) for k, n in zip(term.data, inner.shape, strict=True)]
    return [(inner, a.times(ct, units[0] if len(units) == 1 else a.outer(*units)))]


def _softmax(a: Algebra, term: Term, ct: Term) -> Given:
    (inner,) = term.args
    mean = a.total(a.times(term, ct), term.data)
    if mean.shape:
        mean = a.expand(mean, term.data)
    return [(inner, a.times(term, a.minus(ct, mean)))]


def _extreme(a: Algebra, term: Term, ct: Term) -> Given:
    (inner,) = term.args
    if term.shape:
        raise NoFormulaError("an extreme along an axis")
    return [(inner, a.where(a.compare("==", inner, term), ct, a.zero))]


def _prod(a: Algebra, term: Term, ct: Term) -> Given:
    (inner,) = term.args
    if term.shape:
        raise NoFormulaError("a product along an axis")
    return [(inner, a.over(a.times(ct, term), inner))]


def _where(a: Algebra, term: Term, ct: Term) -> Given:
    test, one, other = term.args
    bare = a.outside(ct)[0] if a.outside(ct)[1].op == "ones" else ct
    return [(one, a.where(test, bare, a.zero)), (other, a.where(test, a.zero, bare))]


def _refused(a: Algebra, term: Term, ct: Term) -> Given:
    raise NoFormulaError(f"the derivative of {term.op}")


def _elementwise(a: Algebra, term: Term, ct: Term) -> Given:
    try:
        slope = a.slope(term)
    except KeyError:
        raise NoFormulaError(f"the derivative of {term.op}") from None
    return [(term.args[0], a.times(ct, slope))]


_RULES: dict[str, Callable[[Algebra, Term, Term], Given]] = {
    "sum": _sum,
    "product": _product,
    "total": _total,
    "matmul": _matmul,
    "outer": _outer,
    "transpose": lambda a, t, ct: [(t.args[0], a.transpose(ct))],
    "inv": _inverse,
    "det": _determinant,
    "trace": _trace,
    "diag": lambda a, t, ct: [(t.args[0], a.diagonal(ct))],
    "diagonal": lambda a, t, ct: [(t.args[0], a.diag(ct))],
    "element": _element,
    "softmax": _softmax,
    "max": _extreme,
    "min": _extreme,
    "prod": _prod,
    "where": _where,
    "compare": lambda a, t, ct: [],
    "cholesky": _refused,
    "expand": _refused,
}
