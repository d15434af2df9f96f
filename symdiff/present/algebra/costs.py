"""How many operations a formula has, as it is written."""

from __future__ import annotations

from fractions import Fraction

from .terms import ONE, Exponent, Number, Term, size_of

_LEAVES = frozenset({"name", "number", "constant", "length", "identity", "zeros", "ones", "unit"})


def operations(term: Term, named: frozenset[Term] = frozenset()) -> int:
    """The operations of a term as it is written; those in `named` have names."""
    return _Costs(named).of(term)


class _Costs:
    def __init__(self, named: frozenset[Term]) -> None:
        self.known: dict[Term, int] = dict.fromkeys(named, 0)

    def of(self, term: Term) -> int:
        found = self.known.get(term)
        if found is None:
            found = self.known[term] = self._count(term)
        return found

    def _count(self, term: Term) -> int:
        if term.op in _LEAVES:
            return int(term.op == "number" and isinstance(term.data, Fraction) and term.data < 0)
        if term.op == "sum":
            parts = zip(term.args, term.data, strict=True)
            count = sum(self._multiple(t, c) for t, c in parts) + len(term.args) - 1
            return count + int(all(c < 0 for c in term.data))
        if term.op == "product":
            return self._product(term, ONE)
        if term.op in ("matmul", "compare"):
            return sum(map(self.of, term.args)) + len(term.args) - 1
        if term.op == "element":
            return self.of(term.args[0])
        return 1 + sum(map(self.of, term.args))

    def _multiple(self, term: Term, c: Number) -> int:
        if term.op == "number":
            return int(isinstance(c, Fraction) and c.denominator > 1 and c.denominator % 5 != 0)
        size = size_of(c)
        if term.op == "product":
            return self._product(term, size)
        if size == 1:
            return self.of(term)
        fraction = isinstance(size, Fraction) and size.denominator > 1 and size.numerator > 1
        return self.of(term) + (2 if fraction else 1)

    def _product(self, term: Term, size: Number) -> int:
        top, below, count = 0, 0, 0
        for base, e in zip(term.args, term.data, strict=True):
            if base.op == "ones":
                top += 1
                continue
            count += self.of(base) + self._power(e)
            if isinstance(e, Fraction) and e < 0:
                below += 1
            else:
                top += 1
        if isinstance(size, Fraction):
            top += size.numerator != 1
            below += size.denominator != 1
        else:
            top += 1
        return count + max(top - 1, 0) + max(below - 1, 0) + (below > 0)

    def _power(self, e: Exponent) -> int:
        if isinstance(e, Term):
            return 1 + self.of(e)
        return int(abs(e) != 1)
