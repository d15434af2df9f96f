"""Sums over axes, axes of length 1, and the algebra with all of its constructors."""

from __future__ import annotations

from collections.abc import Iterable

from .costs import operations
from .functions import Functions
from .terms import (
    ONE,
    Exponent,
    NoFormulaError,
    Number,
    Shape,
    Term,
    broadcast,
    coefficient,
    factors_of,
    is_zero,
    items_of,
)

_MOST_EXPANDED = 32


class Algebra(Functions):
    """All constructors of terms.

    >>> algebra = Algebra()
    >>> A, x = algebra.name("A", ("n", "n")), algebra.name("x", ("n",))
    >>> algebra.plus(algebra.matmul(x, A), algebra.matmul(algebra.transpose(A), x))
    sum[(Fraction(2, 1),)](matmul(transpose(A), x))
    """

    # -- sums over axes

    def total(self, term: Term, axes: tuple[int, ...] | None = None) -> Term:
        """The sum over some axes, or all."""
        axes = tuple(range(term.ndim)) if axes is None else tuple(sorted(axes))
        if not axes:
            return term
        shape = tuple(d for k, d in enumerate(term.shape) if k not in axes)
        if is_zero(term):
            return self.zeros(shape)
        number, rest = self.outside(term)
        if rest.op == "ones":
            count = self.size(tuple(term.shape[k] for k in axes))
            return self.times(number, count, self.ones(shape))
        return self.times(number, self._total(rest, axes, shape))

    def _total(self, term: Term, axes: tuple[int, ...], shape: Shape) -> Term:
        if term.op == "sum":
            whole = self._total_of_sum(term, axes, shape)
            if whole is not None:
                return whole
        elif not shape:
            found = self._whole_total(term)
            if found is not None:
                return found
        elif term.op == "transpose":
            return self.total(term.args[0], (1 - axes[0],))
        elif term.op == "outer":
            (axis,) = axes
            return self.times(self.total(term.args[axis]), term.args[1 - axis])
        if term.op == "softmax" and term.data == axes:
            return self.ones(shape)
        if term.op == "product":
            found = self._fixed_outside(term, axes)
            if found is not None:
                return found
        return self.make("total", (term,), axes, shape)

    def _fixed_outside(self, term: Term, axes: tuple[int, ...]) -> Term | None:
        """Factors that are the same along the axes, before the sum."""
        fixed: list[tuple[Term, Exponent]] = []
        left: list[tuple[Term, Exponent]] = []
        for base, e in factors_of(term):
            if isinstance(e, Term):
                left.append((base, e))
            elif base.op == "expand" and base.data == axes:
                fixed.append((base.args[0], e))
            elif axes == (0,) and term.ndim == 2 and base.ndim == 1:
                fixed.append((base, e))
            else:
                left.append((base, e))
        if not fixed:
            return None
        left.append((self.ones(term.shape), ONE))
        return self.times(self.multiply(fixed), self.total(self.multiply(left), axes))

    def _total_of_sum(self, term: Term, axes: tuple[int, ...], shape: Shape) -> Term | None:
        """The sum of the sums, where that is no longer."""
        ones = self.ones(term.shape)
        parts = [(self.total(self.times(t, ones), axes), c) for t, c in items_of(term)]
        whole = self.add(parts)
        kept = self.make("total", (term,), axes, shape)
        return whole if operations(whole) < operations(kept) else None

    def _whole_total(self, term: Term) -> Term | None:
        """The sum of all elements, as a product of vectors where it is one."""
        if term.op == "outer":
            return self.times(self.total(term.args[0]), self.total(term.args[1]))
        if term.op == "unit":
            return self.one
        if term.op in ("transpose", "total"):
            return self.total(term.args[0])
        if term.op == "diag":
            return self.total(term.args[0])
        if term.op == "diagonal":
            return self.trace(term.args[0])
        found = self.log_determinant(term)
        if found is not None:
            return found
        if term.op != "product":
            return None
        pairs = factors_of(term)
        outer = next((b for b, e in pairs if b.op == "outer" and e == 1), None)
        if outer is not None:
            rest = self.multiply([(b, e) for b, e in pairs if b is not outer])
            if rest.ndim == 2:
                return self.matmul(outer.args[0], rest, outer.args[1])
        flat: list[Term] = []
        for b, e in pairs:
            if e not in (1, 2) or b.ndim != 1:
                return None
            flat += [b] * int(e)
        if len(flat) != 2:
            return None
        known = len(self.known)
        whole = self.matmul(*flat)
        if self.telling and len(self.known) > known:
            self.as_totals[whole] = (flat[0], flat[1])
        return whole

    def expand(self, term: Term, axes: tuple[int, ...]) -> Term:
        """An array with axes of length 1 put in: `v[:, None]`."""
        if not axes:
            return term
        if term.ndim + len(axes) > 2:
            raise NoFormulaError("an array of more than two axes")
        shape = list(term.shape)
        for axis in sorted(axes):
            shape.insert(axis, 1)
        if term.op in ("zeros", "ones"):
            return self.make(term.op, shape=tuple(shape))
        if all(n == 1 for n in shape[: len(shape) - term.ndim]) and axes == tuple(
            range(len(shape) - term.ndim)
        ):
            # NumPy puts axes in front by itself.
            return term
        number, rest = self.outside(term)
        if rest.op == "product":
            pairs = [(self.expand(b, axes) if b.shape else b, e) for b, e in factors_of(rest)]
            return self.times(number, self.multiply(pairs))
        whole = self.make("expand", (rest,), tuple(sorted(axes)), tuple(shape))
        return self.times(number, whole)

    def reduced(self, term: Term, shape: Shape) -> Term:
        """The sum over what an array of a shape was repeated along: the adjoint of broadcasting."""
        if term.shape == shape:
            return term
        lead = term.ndim - len(shape)
        if lead < 0:
            raise NoFormulaError("an array with fewer axes")
        found = self.total(term, tuple(range(lead))) if lead else term
        ones = [k for k, n in enumerate(shape) if n == 1 and found.shape[k] != 1]
        if ones:
            found = self.expand(self.total(found, tuple(ones)), tuple(ones))
        return found

    # -- multiplied out

    def settled(self, term: Term) -> Term:
        whole = self.expanded(term)
        return whole if operations(whole) < operations(term) else term

    def _ratio(self, a: Term, b: Term) -> Term:
        number, ratio = coefficient(self.over(a, b))
        bases = factors_of(ratio)
        exps = [u for u, e in bases if u.op == "exp" and e == 1]
        if len(exps) != 1:
            return ratio if ratio.op != "number" else self.number(number)
        u = self.expanded(self.expanded(exps[0].args[0]))
        others = [(b, e) for b, e in bases if b is not exps[0]]
        whole = self.multiply([*others, (self.apply("exp", u), ONE)])
        return self.scaled(whole, number)

    def expanded(self, term: Term) -> Term:
        """Products of sums multiplied out, elementwise and of matrices, as far as bounds allow."""
        items = items_of(term)
        for _ in range(4):
            found: list[tuple[Term, Number]] = []
            changed = False
            for inner, c in items:
                pieces = self._pieces(inner)
                changed |= pieces is not None
                for t, k in pieces if pieces is not None else [(inner, ONE)]:
                    for u, own in items_of(t):
                        found.append((u, own * k * c))
            if len(found) > _MOST_EXPANDED:
                return term
            items = items_of(self.add(found))
            if not changed:
                break
        whole = self.add(items)
        if whole.shape != term.shape:
            whole = self.times(whole, self.ones(term.shape))
        return whole

    def _pieces(self, term: Term) -> Iterable[tuple[Term, Number]] | None:
        """One product as a sum of products, by one of its factors."""
        if term.op == "sum" and len(term.args) > 1:
            return items_of(term)
        if term.op == "product":
            for base, e in factors_of(term):
                if base.op == "sum" and not isinstance(e, Term) and e in (1, 2):
                    rest = [(b, k) for b, k in factors_of(term) if b is not base]
                    if e == 2:
                        rest.append((base, ONE))
                    return [
                        (self.multiply([*rest, (t, ONE), (self.ones(term.shape), ONE)]), c)
                        for t, c in items_of(base)
                    ]
        if term.op in ("matmul", "outer"):
            for k, base in enumerate(term.args):
                if base.op == "sum" and len(base.args) > 1:
                    ones = self.ones(base.shape)
                    make = self.matmul if term.op == "matmul" else self.outer
                    parts = []
                    for t, c in items_of(base):
                        args = [*term.args]
                        args[k] = self.times(t, ones)
                        parts.append((make(*args), c))
                    return parts
        return None

    # -- extremes and products of elements

    def reduction(self, op: str, term: Term, axes: tuple[int, ...] | None = None) -> Term:
        """`max`, `min` or `prod` over some axes."""
        every = tuple(range(term.ndim)) if axes is None else tuple(sorted(axes))
        shape = tuple(d for k, d in enumerate(term.shape) if k not in every)
        return self.make(op, (term,), every, shape)

    def softmax(self, term: Term, axes: tuple[int, ...]) -> Term:
        e = self.apply("exp", term)
        whole = self.total(e, axes)
        if whole.shape:
            whole = self.expand(whole, axes)
        return self.over(e, whole)

    def broadcast_to(self, term: Term, shape: Shape) -> Term:
        if term.shape == shape:
            return term
        if broadcast(term.shape, shape) != shape:
            raise NoFormulaError("an array that is repeated")
        return self.times(term, self.ones(shape))
