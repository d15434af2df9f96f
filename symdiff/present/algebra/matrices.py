"""Matrix products, transposes, inverses, determinants and traces, simplified as they are built."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from .products import Products
from .terms import (
    ONE,
    Exponent,
    NoFormulaError,
    Shape,
    Term,
    coefficient,
    factors_of,
    is_zero,
    items_of,
)

_ELEMENTWISE = frozenset(
    {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign", "sigmoid", "erf"}
    | {"Phi", "phi", "arctan", "arcsin", "arccos", "arcsinh", "floor", "where", "compare"}
)


def chain_of(term: Term) -> tuple[Term, ...]:
    """A term as a product of matrices."""
    return term.args if term.op == "matmul" else (term,)


def product_shape(factors: Sequence[Term]) -> Shape:
    """The shape of a product of matrices, of which the first and the last may be vectors."""
    first = factors[0].shape[:1] if factors[0].ndim == 2 else ()
    last = factors[-1].shape[1:] if factors[-1].ndim == 2 else ()
    return (*first, *last)


class Matrices(Products):
    """The constructors of linear algebra."""

    def outside(self, term: Term) -> tuple[Term, Term]:
        """A term as a number times an array, with all that is a number taken out of it."""
        c, inner = coefficient(term)
        if not inner.shape:
            return term, self.one
        scalars: list[tuple[Term, Exponent]] = []
        arrays: list[tuple[Term, Exponent]] = []
        for base, e in factors_of(inner):
            number = not base.shape and not (isinstance(e, Term) and e.shape)
            if base.op == "exp" and base.shape and e == 1:
                fixed = [(t, k) for t, k in items_of(base.args[0]) if not t.shape]
                if fixed:
                    u = self.minus(base.args[0], self.add(fixed))
                    scalars.append((self.apply("exp", self.add(fixed)), ONE))
                    base = self.apply("exp", u)
            (scalars if number else arrays).append((base, e))
        if not scalars:
            return self.number(c), inner
        return self.scaled(self.multiply(scalars), c), self.multiply(
            [*arrays, (self.ones(inner.shape), ONE)]
        )

    def bare(self, term: Term) -> Term:
        """The number that an array has everywhere, or else the array."""
        number, rest = self.outside(term)
        return number if rest.op == "ones" else term

    # -- products

    def matmul(self, *terms: Term) -> Term:
        """The product of matrices, of which the first and the last may be vectors."""
        numbers: list[Term] = []
        chain: list[Term] = []
        for k, term in enumerate(terms):
            number, rest = self.outside(term)
            numbers.append(number)
            own = chain_of(rest)
            if k == 0 and rest.ndim == 1 and len(own) > 1:
                own = tuple(self.transpose(t) for t in reversed(own))
            chain += own
        _check(chain)
        shape = product_shape(chain)
        if any(map(is_zero, (*numbers, *chain))):
            return self.zeros(shape)
        return self.times(*numbers, self._chain(chain))

    def _chain(self, chain: list[Term]) -> Term:
        shape = product_shape(chain)
        left = [t for t in chain if t.op != "identity"]
        if not left:
            return chain[0]
        if len(left) > 1:
            left = self._cancelled(left)
        if len(left) == 1:
            return left[0]
        for k, term in enumerate(left):
            if term.op == "outer":
                u = self.matmul(*left[:k], term.args[0]) if k else term.args[0]
                v = term.args[1]
                v = self.matmul(v, *left[k + 1 :]) if left[k + 1 :] else v
                return self.outer(u, v) if u.shape and v.shape else self.times(u, v)
        if left[0].ndim == 1 and left[-1].ndim == 2:
            left = [self.transpose(t) for t in reversed(left)]
        if left[0].op == "unit" and left[-1].ndim == 1:
            left = left[::-1] if len(left) == 2 else left
        if left[-1].op == "unit" and len(left) == 2 and left[0].ndim == 1:
            return self.element(left[0], (left[-1].data,))
        for ones, other, axis in ((left[-1], left[0], -1), (left[0], left[-1], 0)):
            if ones.op == "ones" and ones.ndim == 1 and len(left) == 2:
                return self.total(other, None if other.ndim == 1 else (axis % 2,))
        if not shape:
            return self._number_product(left)
        return self.make("matmul", left, shape=shape)

    def _number_product(self, chain: list[Term]) -> Term:
        """A product that is one number is written as it was first: it is its own transpose."""
        turned = tuple(self.transpose(t) for t in reversed(chain))
        known = self.known.get(("matmul", (turned, None), ()))
        return known if known is not None else self.make("matmul", chain)

    def _cancelled(self, chain: list[Term]) -> list[Term]:
        """Without a matrix beside its inverse, and with triangular factors joined."""
        k = 0
        while k + 1 < len(chain):
            found = self._joined(chain, k)
            if found is None:
                k += 1
                continue
            first, last, new = found
            chain[first:last] = new
            k = max(first - 1, 0)
        if not chain:
            raise AssertionError("a product of nothing")
        return chain

    def _joined(self, chain: list[Term], k: int) -> tuple[int, int, list[Term]] | None:
        a, b = chain[k], chain[k + 1]
        if a.op == "inv":
            own = chain_of(a.args[0])
            if tuple(chain[k + 1 : k + 1 + len(own)]) == own:
                return k, k + 1 + len(own), self._identity_among(chain, len(own) + 1, a)
            u, v = a.args[0], b.args[0] if b.op == "inv" else None
            if v is not None and v.op == "cholesky" and u is self.transpose(v):
                return k, k + 2, [self.inverse(v.args[0])]
        if b.op == "inv":
            own = chain_of(b.args[0])
            first = k + 1 - len(own)
            if first >= 0 and tuple(chain[first : k + 1]) == own:
                return first, k + 2, self._identity_among(chain, len(own) + 1, b)
        if a.op == "cholesky" and b is self.transpose(a):
            return k, k + 2, [a.args[0]]
        if a.op == "diag" and b.ndim == 1:
            return k, k + 2, [self.times(a.args[0], b)]
        if b.op == "diag" and a.ndim == 1:
            return k, k + 2, [self.times(a, b.args[0])]
        if a.op == "diag" and b.op == "diag":
            return k, k + 2, [self.diag(self.times(a.args[0], b.args[0]))]
        return None

    def _identity_among(self, chain: list[Term], taken: int, like: Term) -> list[Term]:
        return [] if len(chain) > taken else [self.identity(like.shape[0])]

    def outer(self, u: Term, v: Term) -> Term:
        a, u = self.outside(u)
        b, v = self.outside(v)
        shape = (*u.shape, *v.shape)
        if is_zero(u) or is_zero(v) or is_zero(a) or is_zero(b):
            return self.zeros(shape)
        if u.op == "ones" and v.op == "ones":
            return self.times(a, b, self.ones(shape))
        return self.times(a, b, self.make("outer", (u, v), shape=shape))

    # -- transposes

    def transpose(self, term: Term) -> Term:
        """The transpose, as far inward as it goes."""
        if term.ndim < 2:
            return term
        if term.ndim > 2:
            raise NoFormulaError("the transpose of an array of more than two axes")
        op, shape = term.op, term.shape[::-1]
        if op == "transpose":
            return term.args[0]
        if op in ("identity", "diag") or term in self.symmetric:
            return term
        if op in ("zeros", "ones"):
            return self.make(op, shape=shape)
        if op == "sum":
            if any(t.ndim == 1 for t in term.args):
                raise NoFormulaError("the transpose of a sum of a matrix and a vector")
            return self.add([(self.transpose(t), c) for t, c in items_of(term)])
        if op == "product":
            if any(t.ndim == 1 for t in term.args):
                raise NoFormulaError("the transpose of a product of a matrix and a vector")
            return self.multiply([(self.transpose(t), e) for t, e in factors_of(term)])
        if op == "matmul":
            return self.matmul(*[self.transpose(t) for t in reversed(term.args)])
        if op == "outer":
            return self.outer(term.args[1], term.args[0])
        if op == "inv":
            return self.inverse(self.transpose(term.args[0]))
        if op == "expand":
            return self.make("expand", term.args, (1 - term.data[0],), shape)
        if op in _ELEMENTWISE and all(t.ndim != 1 for t in term.args):
            args = [self.transpose(t) for t in term.args]
            return self.make(op, args, term.data, shape)
        return self.make("transpose", (term,), shape=shape)

    def is_symmetric(self, term: Term) -> bool:
        return term.ndim == 2 and self.transpose(term) is term

    # -- square matrices

    def inverse(self, term: Term) -> Term:
        number, rest = self.outside(term)
        n = rest.shape[0]
        if rest.op == "identity":
            inner = rest
        elif rest.op == "inv":
            inner = rest.args[0]
        elif rest.op == "diag":
            inner = self.diag(self.power(rest.args[0], -1))
        elif rest.op == "matmul" and all(t.shape == (n, n) for t in rest.args):
            return self.over(self.matmul(*[self.inverse(t) for t in reversed(rest.args)]), number)
        else:
            inner = self.make("inv", (rest,), shape=rest.shape)
        return self.over(inner, number)

    def determinant(self, term: Term) -> Term:
        if term.op == "identity":
            return self.one
        if term.op == "inv":
            return self.power(self.determinant(term.args[0]), -1)
        if term.op == "matmul" and all(t.shape == term.shape for t in term.args):
            return self.times(*map(self.determinant, term.args))
        turned = self.transpose(term)
        if turned.serial < term.serial and turned is not term:
            term = turned
        return self.make("det", (term,))

    def trace(self, term: Term) -> Term:
        number, rest = self.outside(term)
        if rest.op == "identity":
            return self.times(number, self.length(rest.shape[0]))
        if rest.op == "outer":
            return self.times(number, self.matmul(*rest.args))
        if rest.op == "diag":
            return self.times(number, self.total(rest.args[0]))
        if rest.op == "zeros":
            return self.zero
        if rest.op == "transpose":
            rest = rest.args[0]
        return self.times(number, self.make("trace", (rest,)))

    def diag(self, v: Term) -> Term:
        """The matrix with a vector on its diagonal."""
        number, rest = self.outside(v)
        n = v.shape[0]
        if rest.op == "ones":
            return self.times(number, self.identity(n))
        return self.times(number, self.make("diag", (rest,), shape=(n, n)))

    def diagonal(self, a: Term) -> Term:
        number, rest = self.outside(a)
        if rest.op == "diag":
            inner = rest.args[0]
        elif rest.op == "identity":
            inner = self.ones(rest.shape[:1])
        elif rest.op == "outer":
            inner = self.times(*rest.args)
        else:
            inner = self.make("diagonal", (rest,), shape=rest.shape[:1])
        return self.times(number, inner)

    def cholesky(self, a: Term) -> Term:
        return self.make("cholesky", (a,), shape=a.shape)

    def element(self, term: Term, place: tuple[int, ...]) -> Term:
        """An element in a fixed place."""
        number, rest = self.outside(term)
        if rest.op == "ones":
            return number
        if is_zero(rest):
            return self.zero
        return self.times(number, self.make("element", (rest,), place))

    def log_determinant(self, term: Term) -> Term | None:
        """`sum(log(diagonal(cholesky(S))))` as half of `log(det(S))`."""
        if term.op != "log" or term.args[0].op != "diagonal":
            return None
        (inner,) = term.args[0].args
        if inner.op != "cholesky":
            return None
        det = self.determinant(inner.args[0])
        return self.scaled(self.apply("log", det), Fraction(1, 2))


def _check(chain: Sequence[Term]) -> None:
    for a, b in pairwise(chain):
        if a.ndim not in (1, 2) or b.ndim not in (1, 2) or a.shape[-1] != b.shape[0]:
            raise NoFormulaError("a product of arrays that are no matrices")
    if any(t.ndim == 1 for t in chain[1:-1]):
        raise NoFormulaError("a product of matrices with a vector among them")
