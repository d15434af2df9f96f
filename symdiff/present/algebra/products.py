"""Products of powers: bases merged, exponentials joined, softmax and sigmoid recognised."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from .sums import Sums
from .terms import (
    ONE,
    Exponent,
    Number,
    Shape,
    Term,
    broadcast,
    coefficient,
    factors_of,
    is_number,
    is_zero,
    items_of,
)

_NOT_NEGATIVE = frozenset({"exp", "abs", "sigmoid", "softmax", "length", "constant", "cosh", "Phi"})
_LARGEST_POWER = 64


def is_nonnegative(term: Term) -> bool:
    """Whether a term is known not to be negative, wherever it is a real number."""
    if term.op in _NOT_NEGATIVE or term.op == "ones":
        return True
    if term.op == "number":
        return bool(term.data >= 0)
    if term.op == "product":
        pairs = zip(term.args, term.data, strict=True)
        return all(is_even(e) or not is_integer(e) or is_nonnegative(b) for b, e in pairs)
    if term.op == "sum":
        return all(c > 0 and is_nonnegative(t) for t, c in items_of(term))
    if term.op == "total":
        return is_nonnegative(term.args[0])
    if term.op == "matmul":
        return len(term.args) == 2 and term.args[0] is term.args[1] and term.args[0].ndim == 1
    return False


def is_integer(e: Exponent) -> bool:
    """Whether an exponent is a whole number."""
    return not isinstance(e, Term) and e.denominator == 1


def is_even(e: Exponent) -> bool:
    """Whether an exponent is an even number."""
    return not isinstance(e, Term) and e.denominator == 1 and e.numerator % 2 == 0


class Products(Sums):
    """The constructor of products of powers."""

    def multiply(self, factors: Iterable[tuple[Term, Exponent]]) -> Term:
        """The elementwise product of powers of terms."""
        given = list(factors)
        shape = broadcast(*[t.shape for t, _ in given])
        product = _Product()
        stack = given[::-1]
        while stack:
            term, e = stack.pop()
            if is_zero(term):
                if isinstance(e, Term) or e < 0:
                    raise NotImplementedError("division by zero")
                return self.zeros(shape)
            stack += reversed(self._taken_apart(product, term, e))
        self._exponential(product)
        self._shares(product)
        self._signs(product)
        self._choices(product)
        if product.coefficient == 0:
            return self.zeros(shape)
        return self.scaled(self._product(product.bases, shape), product.coefficient)

    def _product(self, bases: dict[Term, Exponent], shape: Shape) -> Term:
        own = broadcast(*[b.shape for b in bases])
        if own != shape:
            bases = {**bases, self.ones(shape): ONE}
        if not bases:
            return self.one
        if len(bases) == 1:
            ((base, e),) = bases.items()
            if e == 1:
                return base
        return self.make(
            "product", tuple(bases), tuple(bases.values()), shape, frozenset(bases.items())
        )

    def _taken_apart(
        self, product: _Product, term: Term, e: Exponent
    ) -> list[tuple[Term, Exponent]]:
        """Put a power into a product, or give what it is made of."""
        op = term.op
        if op == "ones" or e == 0:
            return []
        if op == "number":
            root = _number_power(term.data, e)
            if root is not None:
                product.coefficient = product.coefficient * root
            else:
                self._put_base(product, term, e)
            return []
        if op == "sum" and len(term.args) == 1:
            c, inner = coefficient(term)
            if is_integer(e):
                assert isinstance(e, Fraction)
                product.coefficient = product.coefficient * c**e.numerator
                return [(inner, e)]
            if c > 0:
                return [(self.number(c), e), (inner, e)]
        elif op == "sum":
            u = _one_plus_exponential(term, self.one)
            if u is not None and not isinstance(e, Term):  # 1/(1 + exp(u))
                return [(self.apply("sigmoid", self.negative(u)), -e)]
        elif op == "product":
            return self._power_of_product(product, term, e)
        elif op == "exp":
            product.exponents.append((term.args[0], e))
            return []
        self._put_base(product, term, e)
        return []

    def _power_of_product(
        self, product: _Product, term: Term, e: Exponent
    ) -> list[tuple[Term, Exponent]]:
        """`(a**k * b)**e`; what may be negative stays under a root."""
        pairs = factors_of(term)
        if is_integer(e):
            return [(b, self._times_exponent(k, e)) for b, k in pairs]
        out: list[tuple[Term, Exponent]] = []
        inside: list[tuple[Term, Exponent]] = []
        for b, k in pairs:
            if is_nonnegative(b) or (not isinstance(k, Term) and k.denominator > 1):
                out.append((b, self._times_exponent(k, e)))
            elif is_even(k):
                out.append((self.apply("abs", b), self._times_exponent(k, e)))
            else:
                inside.append((b, k))
        if len(inside) == 1 and not out:
            ((b, k),) = inside
            return [(b, self._times_exponent(k, e))]
        if inside and not out:
            self._put_base(product, term, e)
            return []
        return [*out, (self.multiply(inside), e)] if inside else out

    def _times_exponent(self, k: Exponent, e: Exponent) -> Exponent:
        if isinstance(k, Fraction) and isinstance(e, Fraction):
            return k * e
        return self._exponent(self.times(self._as_term(k), self._as_term(e)))

    def _as_term(self, e: Exponent) -> Term:
        return e if isinstance(e, Term) else self.number(e)

    def _exponent(self, e: Term) -> Exponent:
        return e.data if e.op == "number" and isinstance(e.data, Fraction) else e

    def _put_base(self, product: _Product, base: Term, e: Exponent) -> None:
        old = product.bases.get(base)
        if old is not None:
            e = self._exponent(self.plus(self._as_term(old), self._as_term(e)))
            if e == 0:
                del product.bases[base]
                return
            if base.op == "number" and (root := _number_power(base.data, e)) is not None:
                del product.bases[base]
                product.coefficient = product.coefficient * root
                return
        product.bases[base] = e

    # -- exponentials

    def _exponential(self, product: _Product) -> None:
        """All exponentials as one, with logarithms taken out of it."""
        if not product.exponents:
            return
        items = []
        for u, e in product.exponents:
            items.append((self.times(u, e), ONE) if isinstance(e, Term) else (u, e))
        whole = self.add(items)
        if len(product.exponents) > 1:
            whole = self.settled(whole)
        rest: list[tuple[Term, Number]] = []
        for term, c in items_of(whole):
            if term.op == "log" and isinstance(c, Fraction):
                for b, k in factors_of(term.args[0]):
                    self._put_base(product, b, self._times_exponent(k, c))
            else:
                rest.append((term, c))
        whole = self.bare(self.add(rest)) if rest else self.zero
        if not is_zero(whole):
            self._put_base(product, self.make("exp", (whole,), shape=whole.shape), ONE)

    def settled(self, term: Term) -> Term:
        """An exponent multiplied out where that makes it shorter; written where sums are."""
        return term

    def _shares(self, product: _Product) -> None:
        """`exp(u)/sum(exp(u))` is softmax(u), and `exp(-u)*sigmoid(u)` is sigmoid(-u)."""
        for _ in range(4):
            exp = next((b for b in product.bases if b.op == "exp"), None)
            if exp is None or product.bases[exp] != 1:
                return
            (u,) = exp.args
            for base, e in list(product.bases.items()):
                found = self._share(base, e, u)
                if found is None:
                    continue
                used, left = found
                del product.bases[exp]
                more = self._exponent(self.minus(self._as_term(e), self.number(used[1])))
                del product.bases[base]
                if more != 0:
                    self._put_base(product, base, more)
                for b, k in factors_of(used[0]):
                    self._put_base(product, b, k)
                if not is_zero(left):
                    self._put_base(product, self.make("exp", (left,), shape=left.shape), ONE)
                break
            else:
                return

    def _share(self, base: Term, e: Exponent, u: Term) -> tuple[tuple[Term, Fraction], Term] | None:
        """What a power and `exp(u)` are together, the part of the power used, what is left of u."""
        if isinstance(e, Term):
            return None
        inner = base.args[0] if base.op == "expand" else base
        if e <= -1 and inner.op == "total" and inner.args[0].op == "exp":
            v = inner.args[0].args[0]
            left = self.bare(self.minus(u, v))
            if v.shape == u.shape and _is_smaller(left, u):
                axes = inner.data
                return (self.make("softmax", (v,), axes, v.shape), -ONE), left
        if e >= 1 and base.op == "sigmoid":
            v = base.args[0]
            left = self.plus(u, v)
            if v.shape == u.shape and _is_smaller(left, u):
                other = self.apply("sigmoid", self.negative(v))
                if other.op in ("sigmoid", "sum"):
                    return (other, ONE), left
        return None

    # -- choices

    def _choices(self, product: _Product) -> None:
        """Arrays go into a choice between something and 0."""
        bases = product.bases
        choices = [b for b, e in bases.items() if b.op == "where" and e == 1]
        if len(choices) != 1 or not any(map(is_zero, choices[0].args[1:])):
            return
        arrays = [(b, e) for b, e in bases.items() if b.shape and b is not choices[0]]
        if not arrays or any(b.op == "ones" for b, _ in arrays):
            return
        test, one, other = choices[0].args
        arms = [t if is_zero(t) else self.multiply([(t, ONE), *arrays]) for t in (one, other)]
        for b in [choices[0], *[b for b, _ in arrays]]:
            del bases[b]
        self._put_base(product, self.where(test, *arms), ONE)

    # -- signs

    def _signs(self, product: _Product) -> None:
        """`sign(x)*abs(x)` is x, `x/abs(x)` is sign(x), and even powers need no `abs`."""
        bases = product.bases
        for base in [b for b in bases if b.op in ("abs", "sign")]:
            (u,) = base.args
            e = bases.get(base)
            if isinstance(e, Term) or e is None or not is_integer(e):
                continue
            if base.op == "sign":
                del bases[base]
                if is_even(e):
                    continue
                size = self.apply("abs", u)
                if isinstance(bases.get(size), Fraction) and bases[size] == 1:
                    del bases[size]
                    self._put_base(product, u, ONE)
                elif bases.get(u) == 1:
                    del bases[u]
                    self._put_base(product, size, ONE)
                else:
                    bases[base] = ONE
                continue
            own = bases.get(u)
            if is_even(e):
                del bases[base]
                self._put_base(product, u, e)
            elif own is not None and is_even(own):
                assert isinstance(own, Fraction)
                del bases[u]
                self._put_base(product, base, own)
            elif own == 1 and e == -1:
                del bases[u], bases[base]
                self._put_base(product, self.apply("sign", u), ONE)


class _Product:
    """A product that is being put together."""

    def __init__(self) -> None:
        self.coefficient: Number = ONE
        self.bases: dict[Term, Exponent] = {}
        self.exponents: list[tuple[Term, Exponent]] = []


def _number_power(value: Number, e: Exponent) -> Number | None:
    """A power of a number, if it is exact."""
    if isinstance(e, Term):
        return ONE if value == 1 else None
    if e.denominator == 1:
        if abs(e) > _LARGEST_POWER:
            return None
        return _whole_power(value, e.numerator)
    if value < 0:
        return None
    if not isinstance(value, Fraction):
        rounded: float = float(value) ** float(e)
        return rounded
    top, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if e.denominator == 2 and top**2 == value.numerator and below**2 == value.denominator:
        return _whole_power(Fraction(top, below), e.numerator)
    return None


def _whole_power(value: Number, n: int) -> Number:
    return value**n if isinstance(value, Fraction) else float(value**n)


def _one_plus_exponential(term: Term, one: Term) -> Term | None:
    """The `u` of `1 + exp(u)`."""
    if len(term.args) != 2 or set(term.data) != {1} or one not in term.args:
        return None
    other = next(t for t in term.args if t is not one)
    return other.args[0] if other.op == "exp" else None


def _is_smaller(left: Term, whole: Term) -> bool:
    """Whether taking away a part has left fewer parts."""
    return is_zero(left) or len(items_of(left)) < len(items_of(whole)) or is_number(left, 0)
