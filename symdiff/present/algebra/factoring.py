"""The shortest of a few equivalent forms: common factors taken out of sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .costs import operations
from .reductions import Algebra
from .substituting import rebuilt
from .terms import ONE, Exponent, Number, Term, coefficient, factors_of, items_of, walk

_MOST_ITEMS = 24
_ROUNDS = 8

Item = tuple[Term, Number]


class Factoring:
    """Common factors taken out, wherever in a term a sum becomes shorter by it."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.done: dict[Term, Term] = {}

    def shortened(self, term: Term) -> Term:
        """An equal term of as few operations, or fewer."""
        for t in sorted(walk(term), key=lambda t: t.serial):
            if t not in self.done:
                whole = rebuilt(self.algebra, t, self.done)
                if operations(whole) > operations(t):
                    whole = t
                self.done[t] = self._factored(whole)
        return self.done[term]

    def _factored(self, term: Term) -> Term:
        c, inner = coefficient(term)
        if inner.op != "sum" or not 1 < len(inner.args) <= _MOST_ITEMS:
            return term
        for _ in range(_ROUNDS):
            items = items_of(inner)
            count = operations(inner)
            forms = [f for f in self._forms(items, inner) if f.shape == inner.shape]
            best = min(forms, key=operations, default=inner)
            if operations(best) >= count:
                break
            k, inner = coefficient(best)
            c = c * k
            if inner.op != "sum":
                break
        return self.algebra.scaled(inner, c)

    def _forms(self, items: list[Item], whole: Term) -> Iterator[Term]:
        yield from self._by_factor(items)
        yield from self._by_matrix(items)
        yield from self._by_test(items)

    # -- common factors of products

    def _by_factor(self, items: list[Item]) -> Iterator[Term]:
        a = self.algebra
        having: dict[tuple[Term, Term | int], list[Item]] = {}
        for item in items:
            for base, e in factors_of(item[0]):
                if base.op in ("number", "ones"):
                    continue
                kind = e if isinstance(e, Term) else 1 if e > 0 else -1
                having.setdefault((base, kind), []).append(item)
        seen: set[frozenset[Term]] = set()
        for _, group in having.items():
            terms = frozenset(t for t, _ in group)
            if len(group) < 2 or terms in seen:
                continue
            seen.add(terms)
            common = _common([t for t, _ in group])
            under = [(a.multiply(common), -ONE)]
            inner = a.add([(a.multiply([(t, ONE), *under]), c) for t, c in group])
            inner = self._inside(inner)
            rest = [i for i in items if i[0] not in terms]
            yield a.add([*rest, (a.multiply([*common, (inner, ONE)]), ONE)])

    def _inside(self, term: Term) -> Term:
        found = self.done.get(term)
        if found is None:
            self.done[term] = term
            found = self.done[term] = self._factored(term)
        return found

    # -- common factors of matrix products

    def _by_matrix(self, items: list[Item]) -> Iterator[Term]:
        a = self.algebra
        split: list[tuple[Item, Term, Term]] = []
        for item in items:
            number, rest = a.outside(a.scaled(*item))
            if not rest.shape:
                inner = [b for b, e in factors_of(coefficient(number)[1]) if _is_chain(b, e)]
                if len(inner) != 1:
                    continue
                number, rest = a.over(number, inner[0]), inner[0]
            if rest.op in ("matmul", "outer"):
                split.append((item, number, rest))
        for end in (-1, 0):
            ends = Counter((rest.op, rest.args[end]) for _, _, rest in split)
            for (op, last), count in ends.items():
                if count < 2:
                    continue
                group = [s for s in split if s[2].op == op and s[2].args[end] is last]
                yield self._joined(items, group, op, last, end)

    def _joined(
        self, items: list[Item], group: list[tuple[Item, Term, Term]], op: str, last: Term, end: int
    ) -> Term:
        a = self.algebra
        inner = a.zero
        parts = []
        for _, number, rest in group:
            own = rest.args[:-1] if end else rest.args[1:]
            parts.append(a.times(number, a.matmul(*own) if len(own) > 1 else own[0]))
        inner = self._inside(a.plus(*sorted(parts, key=_turned)))
        make = a.matmul if op == "matmul" else a.outer
        new = make(inner, last) if end else make(last, inner)
        taken = {item[0] for item, _, _ in group}
        return a.add([*[i for i in items if i[0] not in taken], (new, ONE)])

    # -- choices by one test

    def _by_test(self, items: list[Item]) -> Iterator[Term]:
        a = self.algebra
        choices = [i for i in items if i[0].op == "where"]
        for test, count in Counter(t.args[0] for t, _ in choices).items():
            if count > 1:
                group = [i for i in choices if i[0].args[0] is test]
                one = a.add([(t.args[1], c) for t, c in group])
                other = a.add([(t.args[2], c) for t, c in group])
                rest = [i for i in items if i not in group]
                yield a.add([*rest, (a.where(test, one, other), ONE)])


def _common(terms: list[Term]) -> list[tuple[Term, Exponent]]:
    """The powers that all of some products share."""
    found = dict(factors_of(terms[0]))
    for term in terms[1:]:
        own = dict(factors_of(term))
        for base, e in list(found.items()):
            k = own.get(base)
            if isinstance(k, Term) or isinstance(e, Term):
                if k is not e:
                    del found[base]
            elif k is None or (k > 0) != (e > 0):
                del found[base]
            else:
                found[base] = min(e, k, key=abs)
    return [(b, e) for b, e in found.items() if b.op != "ones"]


def _is_chain(base: Term, e: Exponent) -> bool:
    return base.op == "matmul" and e == 1


def _turned(term: Term) -> bool:
    """What is transposed comes after what is not."""
    return any(t.op == "transpose" for t in walk(term))
