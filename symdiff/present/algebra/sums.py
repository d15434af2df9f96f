"""Sums: flat, with like terms merged, and a number that all coefficients share taken out."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from .terms import (
    ONE,
    Number,
    Shape,
    Term,
    Terms,
    broadcast,
    coefficient,
    factors_of,
    is_number,
    items_of,
    size_of,
)

_MOST_COMPARED = 6


class Sums(Terms):
    """The constructor of sums."""

    def add(self, items: Iterable[tuple[Term, Number]]) -> Term:
        """The sum of multiples of terms.

        What is added keeps the order in which it is given. A multiple of a sum, `2*(a - b)`, is
        multiplied out only where something of it merges with something beside it.
        """
        items = list(items)
        shape = broadcast(*[t.shape for t, _ in items])
        merged: dict[Term, Number] = {}
        for term, c in items:
            self._put(merged, term, c)
        if len(merged) > 1:
            self._merge_inner(merged)
        self._identities(merged)
        merged = {t: c for t, c in merged.items() if c != 0}
        full = [t for t in merged if t.shape == shape and t.op != "ones"]
        if full and shape:  # an array of ones is 1 beside another array
            for t in [t for t in merged if t.op == "ones"]:
                self._put(merged, self.one, merged.pop(t))
            merged = {t: c for t, c in merged.items() if c != 0}
        return self._summed(merged, shape)

    def _put(self, merged: dict[Term, Number], term: Term, c: Number) -> None:
        if term.op == "number":
            term, c = self.one, c * term.data
        elif term.op == "zeros":
            return
        elif term.op == "sum" and (c in (1, -1) or len(term.args) == 1):
            for inner, k in items_of(term):
                self._put(merged, inner, c * k)
            return
        merged[term] = merged.get(term, Fraction(0)) + c

    def _merge_inner(self, merged: dict[Term, Number]) -> None:
        """Multiply out the multiples of sums of which a part is beside them, too."""
        for term in [t for t in merged if t.op == "sum"]:
            others = {t for t in merged if t is not term}
            others |= {i for t in others if t.op == "sum" for i in t.args}
            if not others.isdisjoint(term.args) or merged[term] in (1, -1):
                c = merged.pop(term)
                for inner, k in items_of(term):
                    self._put(merged, inner, c * k)

    def _summed(self, merged: dict[Term, Number], shape: Shape) -> Term:
        if not merged:
            return self.zeros(shape)
        own = broadcast(*[t.shape for t in merged])
        if own != shape:
            return self.times(self._summed(merged, own), self.ones(shape))
        if len(merged) == 1:
            ((term, c),) = merged.items()
            return self.scaled(term, c)
        coefficients = list(merged.values())
        content = size_of(coefficients[0])
        if any(abs(c) != content for c in coefficients):
            content = ONE
        if all(c < 0 for c in coefficients):
            content = -content
        primitive = {t: c / content for t, c in merged.items()}
        opposite = ("sum", frozenset((t, -c) for t, c in primitive.items()), shape)
        if opposite in self.known:
            return self.scaled(self.known[opposite], -content)
        key = frozenset(primitive.items())
        whole = self.make("sum", tuple(primitive), tuple(primitive.values()), shape, key)
        return self.scaled(whole, content)

    def scaled(self, term: Term, by: Number | int) -> Term:
        """A multiple of a term."""
        own, inner = coefficient(term)
        c = own * by
        if inner.op == "number":
            return self.number(c * inner.data)
        if c == 0 or inner.op == "zeros":
            return self.zeros(inner.shape)
        if c == 1:
            return inner
        return self.make("sum", (inner,), (c,), inner.shape, frozenset([(inner, c)]))

    # -- what sums of functions are

    def _identities(self, merged: dict[Term, Number]) -> None:
        one = merged.get(self.one, 0)
        for term, c in list(merged.items()):
            if term.op == "sigmoid" and self.read and one == -c and one:
                if self._is_told(term):
                    continue
                if len(merged) == 2:  # 1 - sigmoid(u)
                    merged.clear()
                    self._put(merged, self.apply("sigmoid", self.negative(term.args[0])), one)
                    return
            elif term.op == "erf" and one and abs(c) == one:
                # 1 + erf(u) is 2*Phi(sqrt(2)*u)
                inner = self.scaled(term.args[0], -1) if c != one else term.args[0]
                root = self.power(self.number(2), Fraction(1, 2))
                del merged[term], merged[self.one]
                self._put(merged, self.apply("Phi", self.times(root, inner)), 2 * one)
                return
            elif term.op == "log":
                self._softplus(merged, term, c)
        self._constant_ratios(merged)
        self._squares(merged)

    def _is_told(self, sigmoid: Term) -> bool:
        """Whether the user computes it, and not the one of the opposite."""
        (u,) = sigmoid.args
        opposite = self.known.get(("sigmoid", ((self.scaled(u, -1),), None), u.shape))
        return sigmoid in self.primal and opposite not in self.primal

    def _squares(self, merged: dict[Term, Number]) -> None:
        """`sin(u)**2 + cos(u)**2` is 1, and `cosh(u)**2 - sinh(u)**2`."""
        squares = {
            t.args[0].args[0]: t
            for t in merged
            if t.op == "product" and t.data == (2,) and t.args[0].op in ("cos", "cosh")
        }
        for term, c in list(merged.items()):
            if term.op != "product" or term.data != (2,) or term.args[0].op not in ("sin", "sinh"):
                continue
            other = squares.get(term.args[0].args[0])
            if other is None or (other.args[0].op == "cosh") != (term.args[0].op == "sinh"):
                continue
            sign = 1 if other.args[0].op == "cos" else -1
            if merged.get(other) == sign * c:
                total = merged.pop(other)
                del merged[term]
                self._put(merged, self.ones(term.shape), total)

    def _softplus(self, merged: dict[Term, Number], term: Term, c: Number) -> None:
        """`maximum(u, 0) + log(1 + exp(-abs(u)))` is `log(1 + exp(u))`."""
        (inner,) = term.args
        if inner.op != "sum" or set(inner.data) != {1} or len(inner.args) != 2:
            return
        exps = [t for t in inner.args if t.op == "exp"]
        if not exps or self.one not in inner.args:
            return
        sign, size = coefficient(exps[0].args[0])
        if sign != -1 or size.op != "abs":
            return
        for other, k in list(merged.items()):
            if k == c and other.op == "where" and is_number(other.args[2], 0):
                u = other.args[1]
                if self.apply("abs", u) is size:
                    del merged[other], merged[term]
                    whole = self.plus(self.one, self.apply("exp", u))
                    self._put(merged, self.apply("log", whole), c)
                    return

    def _constant_ratios(self, merged: dict[Term, Number]) -> None:
        """Merge products with exponentials that differ by a constant: `a*exp(b + log(c))`."""
        with_exp = [t for t in merged if any(f.op == "exp" for f, _ in factors_of(t))]
        if not 1 < len(with_exp) <= _MOST_COMPARED:
            return
        for k, a in enumerate(with_exp):
            for b in with_exp[k + 1 :]:
                if a.shape != b.shape or a not in merged or b not in merged:
                    continue
                ratio = self._ratio(a, b)
                if ratio.op == "number":
                    c = merged.pop(a)
                    self._put(merged, b, c * ratio.data)
                    self.equal.append((self.scaled(b, ratio.data), a))

    def _ratio(self, a: Term, b: Term) -> Term:
        return self.over(a, b)
