"""The numbers in a program: exact, by a name such as pi, or of the lengths of arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from .reductions import Algebra
from .terms import NoFormulaError, Term

_LONGEST = 10
_LARGEST_BELOW = 1000
_SMALL = 64
_MOST_APART = 8
_NEAR = 4e-16
_HALF = Fraction(1, 2)


def number_term(algebra: Algebra, value: Any) -> Term:
    """A number as the user will have meant it.

    A short decimal is exact; what is a small fraction, a root of one, or such a multiple of a power
    of pi to the last bit, is that; anything else is the float that it is.

    >>> algebra = Algebra()
    >>> number_term(algebra, 0.1).data, number_term(algebra, 2.5066282746310002)
    (Fraction(1, 10), product[(Fraction(1, 2), Fraction(1, 2))](number[2](), constant[pi]()))
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NoFormulaError("a constant that is no real number")
    if isinstance(value, int):
        return algebra.number(value)
    if not math.isfinite(value):
        raise NoFormulaError("a number that is not finite")
    if len(repr(abs(value)).replace(".", "").lstrip("0")) <= _LONGEST:
        return algebra.number(Fraction(repr(value)))
    return _known(algebra, value) or algebra.number(value)


def _known(algebra: Algebra, value: float) -> Term | None:
    exact = Fraction(value).limit_denominator(_LARGEST_BELOW)
    if float(exact) == value:
        return algebra.number(exact)
    sign, size = (1, value) if value > 0 else (-1, -value)
    pi = algebra.constant("pi")
    for k in (0, 1, -1, 2, -2):
        found = _small(size * size / math.pi**k)
        if found is not None:  # the root of a fraction and a power of pi
            root = [(algebra.number(found), _HALF), (pi, Fraction(k, 2))]
            return algebra.scaled(algebra.multiply(root), sign)
    for count, inner in ((value, algebra.one), (value - math.log(2 * math.pi), None)):
        if inner is None:
            if abs(count) < _NEAR:
                return algebra.apply("log", algebra.times(algebra.number(2), pi))
            continue
        whole = _small(math.exp(count)) if abs(count) < 5 else None
        if whole is not None and abs(math.log(whole) - value) <= _NEAR * abs(value):
            return algebra.apply("log", algebra.number(whole))
    return None


def _small(value: float) -> Fraction | None:
    """A small fraction that a number is, but for rounding."""
    found = Fraction(value).limit_denominator(_SMALL)
    near = abs(float(found) - value) <= 2 * _NEAR * value
    return found if near and 0 < found.numerator <= _SMALL * 4 else None


def same_number(
    algebra: Algebra, values: Sequence[Any], sizes: Sequence[Mapping[str, int]]
) -> Term:
    """A number of each trace as one: a number, or a simple function of the lengths.

    Raises:
        NoFormulaError: there is none.

    >>> algebra = Algebra()
    >>> same_number(algebra, [6.0, 12.0], [{"n": 7}, {"n": 13}])
    sum[(Fraction(1, 1), Fraction(-1, 1))](length[n](), number[1]())
    """
    first = values[0]
    if all(type(v) is type(first) and v == first for v in values):
        return number_term(algebra, first)
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise NoFormulaError("a constant that depends on a length")
    names = list(sizes[0])
    counts = [[one[name] for one in sizes] for name in names]
    for rule in (_apart, _multiple, _over):
        for k, a in enumerate(names):
            for b in [None, *names[k:]]:
                more = counts[names.index(b)] if b is not None else [1] * len(values)
                n = [p * q for p, q in zip(counts[k], more)]
                length = algebra.times(algebra.length(a), algebra.length(b) if b else algebra.one)
                found = rule(algebra, values, n, length)
                if found is not None:
                    return found
    raise NoFormulaError("a constant that depends on the lengths in no simple way")


def _apart(
    algebra: Algebra, values: Sequence[Any], counts: Sequence[int], length: Term
) -> Term | None:
    """A length with a few more or less."""
    apart = {v - n for v, n in zip(values, counts)}
    more = apart.pop()
    if apart or not float(more).is_integer() or abs(more) > _MOST_APART:
        return None
    return algebra.plus(length, algebra.number(int(more)))


def _multiple(
    algebra: Algebra, values: Sequence[Any], counts: Sequence[int], length: Term
) -> Term | None:
    """A multiple of a length."""
    ratios = [v / n for v, n in zip(values, counts)]
    return algebra.times(number_term(algebra, ratios[0]), length) if _equal(ratios) else None


def _over(
    algebra: Algebra, values: Sequence[Any], counts: Sequence[int], length: Term
) -> Term | None:
    """A small number over a length, or over one more or less."""
    for more in (0, -1, 1, -2, 2):
        tops = [v * (n + more) for v, n in zip(values, counts)]
        top = Fraction(tops[0]).limit_denominator(_SMALL)
        if _equal([*tops, float(top)]) and 0 < abs(top) <= _SMALL / 4:
            below = algebra.plus(length, algebra.number(more))
            return algebra.over(algebra.number(top), below)
    return None


def _equal(values: Sequence[float]) -> bool:
    return all(abs(v - values[0]) <= 2 * _NEAR * abs(values[0]) for v in values)
