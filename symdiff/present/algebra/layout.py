"""A term as it is laid out: what stands over and under a line, which sign goes where.

What is written as text and as LaTeX is laid out in one way: signs go into differences, numbers
before names, names before sums, and matrices last.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from .terms import (
    ONE,
    Dimension,
    Exponent,
    Number,
    Term,
    coefficient,
    factors_of,
    items_of,
    size_of,
)

_HALF = Fraction(1, 2)


class Node(NamedTuple):
    """A part of a formula.

    `array` says whether its value is one. `kind` is `"name"`, `"number"`, `"constant"`,
    `"length"`, `"sum"` (with the signs of its parts), `"quotient"` (what is above the line, then
    what is below), `"matrices"` (and whether the first is a row), `"group"`, `"power"`, `"call"`,
    `"transpose"`, `"inverse"`, `"element"`, `"column"`, `"where"`, `"compare"`, `"unit"`,
    `"identity"`, `"ones"` or `"zeros"`.
    """

    kind: str
    parts: tuple[Node, ...] = ()
    data: Any = None
    array: bool = False


class Layout:
    """Terms laid out; some have names."""

    def __init__(
        self, names: Mapping[Term, str], as_totals: Mapping[Term, tuple[Term, Term]]
    ) -> None:
        self.names = names
        self.as_totals = as_totals
        self.units: set[tuple[int, Dimension]] = set()
        self.used: set[str] = set()

    def node(self, term: Term) -> Node:
        """A term laid out."""
        return self._node(term)._replace(array=bool(term.shape))

    def _node(self, term: Term) -> Node:
        name = self.names.get(term)
        if name is not None:
            return Node("name", data=name)
        c, inner = coefficient(term)
        if c != 1 and inner.op != "number":
            return self._multiple(c, inner)
        make = getattr(self, f"_{term.op}", None)
        if make is not None:
            return make(term)  # type: ignore[no-any-return]
        self.used.add(term.op)
        return Node("call", tuple(map(self.node, term.args)), (term.op, None))

    # -- leaves

    def _name(self, term: Term) -> Node:
        return Node("name", data=term.data)

    def _constant(self, term: Term) -> Node:
        self.used.add(term.data)
        return Node("constant", data=term.data)

    def _length(self, term: Term) -> Node:
        return Node("length", data=term.data)

    def _number(self, term: Term) -> Node:
        value = term.data
        if isinstance(value, Fraction) and value < 0:
            return Node("sum", (self._fraction(-value),), (-1,))
        return self._fraction(value)

    def _fraction(self, value: Number) -> Node:
        if not isinstance(value, Fraction) or value.denominator == 1 or is_decimal(value):
            return Node("number", data=value)
        top, below = Fraction(value.numerator), Fraction(value.denominator)
        return Node("quotient", (Node("number", data=top), Node("number", data=below)), 1)

    def _unit(self, term: Term) -> Node:
        self.units.add((term.data, term.shape[0]))
        return Node("unit", data=(term.data, term.shape[0]))

    def _identity(self, term: Term) -> Node:
        return Node("identity", data=term.shape[0])

    def _ones(self, term: Term) -> Node:
        return Node("ones", data=term.shape)

    def _zeros(self, term: Term) -> Node:
        return Node("zeros", data=term.shape)

    # -- sums and products

    def _sum(self, term: Term) -> Node:
        items = items_of(term)
        if items[0][1] < 0:
            items = sorted(items, key=lambda item: item[1] < 0)
        parts, signs = [], []
        for t, c in items:
            node = self.node(t) if abs(c) == 1 else self._multiple(size_of(c), t)
            if t.op == "number":
                node = self._fraction(size_of(c))
            if node.kind == "sum" and len(node.parts) == 1:
                c, node = -c, node.parts[0]
            parts.append(node)
            signs.append(1 if c > 0 else -1)
        return Node("sum", tuple(parts), tuple(signs))

    def _multiple(self, c: Number, inner: Term) -> Node:
        if c >= 0:
            return self._scaled(c, factors_of(inner))
        pairs = factors_of(inner)
        if inner in self.names:
            pairs = [(inner, ONE)]
        for k, (base, e) in enumerate(pairs):
            odd = not isinstance(e, Term) and e.denominator == 1 and e.numerator % 2
            if base.op == "sum" and odd and base not in self.names and _has_both_signs(base):
                flipped = self._flipped(base)
                rest = [*pairs[:k], *pairs[k + 1 :]]
                return self._scaled(-c, rest, (flipped, e))
        if inner.op == "matmul" and inner not in self.names:
            found = self._flipped_chain(inner)
            if found is not None:
                return found if c == -1 else self._scaled(-c, [], (found, ONE))
        return Node("sum", (self._scaled(-c, pairs),), (-1,))

    def _flipped(self, base: Term) -> Node:
        parts = [(t, -c) for t, c in items_of(base)]
        parts.sort(key=lambda item: item[1] < 0)
        shown = Term("sum", tuple(t for t, _ in parts), tuple(c for _, c in parts), base.shape, -1)
        return self._sum(shown)._replace(array=bool(base.shape))

    def _flipped_chain(self, inner: Term) -> Node | None:
        """`-(A @ (a - b))` as `A @ (b - a)`."""
        for k, base in reversed(list(enumerate(inner.args))):
            if base.op == "sum" and base not in self.names and _has_both_signs(base):
                nodes = [self.node(t) for t in inner.args]
                nodes[k] = self._flipped(base)._replace(array=True)
                return Node("matrices", tuple(nodes), _is_row(inner), bool(inner.shape))
        return None

    def _product(self, term: Term) -> Node:
        return self._scaled(ONE, factors_of(term))

    def _scaled(
        self,
        c: Number,
        pairs: list[tuple[Term, Exponent]],
        more: tuple[Node, Exponent] | None = None,
    ) -> Node:
        """A positive multiple of a product."""
        pairs = self._means(_roots_joined(pairs))
        above: list[tuple[tuple[int, int], Node]] = []
        below: list[tuple[tuple[int, int], Node]] = []
        powers = [
            (self._rank(b, e), self._power(b, e)._replace(array=bool(b.shape)), e) for b, e in pairs
        ]
        if more is not None:
            node, e = more
            size = -e if not isinstance(e, Term) and e < 0 else e
            last = (6, 1) if node.kind == "matrices" else (4, 1)
            powers.append((last, _raised(node, size)._replace(array=node.array), e))
        for rank, node, e in powers:
            lower = not isinstance(e, Term) and e < 0
            (below if lower else above).append((rank, node))
        top, under = self._coefficient(c)
        numbers = [((-1, 0), n) for n in top]
        above = numbers + sorted(above, key=lambda pair: pair[0])
        below = [((-1, 0), n) for n in under] + sorted(below, key=lambda pair: pair[0])
        if not above:
            above = [((-1, 0), Node("number", data=ONE))]
        if len(above) == 1 and not below:
            return above[0][1]
        over = _grouped([n for _, n in above])
        nodes = (*over, *[n for _, n in below])
        return Node("quotient", nodes, len(above), any(n.array for n in nodes))

    def _coefficient(self, c: Number) -> tuple[list[Node], list[Node]]:
        if c == 1:
            return [], []
        if not isinstance(c, Fraction) or c.denominator == 1 or is_decimal(c):
            return [Node("number", data=c)], []
        top = [Node("number", data=Fraction(c.numerator))] if c.numerator != 1 else []
        return top, [Node("number", data=Fraction(c.denominator))]

    def _rank(self, base: Term, e: Exponent) -> tuple[int, int]:
        """Numbers, lengths and names come first, then calls, then sums, and arrays last."""
        if base.op in ("number", "length", "constant") or (base.serial < 0 and not base.shape):
            return 0, 0
        atom = base.op == "name" or base in self.names
        array = int(bool(base.shape))
        if array and base.op == "matmul" and base not in self.names:
            return 6, 0
        atom = atom and (isinstance(e, Term) or e.denominator == 1)
        kind = 0 if atom else 2 if base.op == "sum" else 1
        return (3 + kind if array else 1 + kind // 2), kind

    def _means(self, pairs: list[tuple[Term, Exponent]]) -> list[tuple[Term, Exponent]]:
        """A sum over a length as a mean, and the variance as one."""
        found = dict(pairs)
        for base, e in pairs:
            if isinstance(e, Term) or base in self.names:
                continue
            arg, axes = self._summed(base)
            if arg is None or (e != 1 and e.denominator != 2):
                continue
            lengths = [arg.shape[k] for k in axes]
            under = [
                next((b for b in found if b.op == "length" and b.data == d), None) for d in lengths
            ]
            if None in under or len(set(lengths)) != len(lengths):
                continue
            if any(found[b] != -e for b in under if b is not None):
                continue
            for b in under:
                if b is not None:
                    del found[b]
            del found[base]
            mean = Term("mean", (arg,), axes, base.shape, -1)
            deviation = _deviation(arg)
            if deviation is not None and len(axes) == 1 and not base.shape:
                found[Term("std", (deviation,), axes, (), -1)] = 2 * e
            else:
                found[mean] = e
        return list(found.items())

    def _summed(self, base: Term) -> tuple[Term | None, tuple[int, ...]]:
        if base.op == "total":
            return base.args[0], base.data
        if base in self.as_totals or (base.op == "matmul" and _is_square_of_deviations(base)):
            return self._elementwise(base), (0,)
        return None, ()

    def _power(self, base: Term, e: Exponent) -> Node:
        """A power with what is under a line taken for what it is above one."""
        if isinstance(e, Term):
            return Node("power", (self.node(base), self.node(e)))
        e = abs(e)
        if e.denominator == 2 and base not in self.names:
            norm = _norm_of(base)
            if norm is not None:
                self.used.add("norm")
                return _raised(Node("call", (self.node(norm),), ("norm", None)), 2 * e)
            if e == _HALF:
                return Node("call", (self.node(base),), ("sqrt", None))
        if base.op == "std":
            name = "std" if e.numerator % 2 else "var"
            node = Node("call", (self.node(base.args[0]),), (name, None))
            return _raised(node, e if name == "std" else e / 2)
        return _raised(self.node(base), e)

    # -- arrays

    def _mean(self, term: Term) -> Node:
        return self._along("mean", term)

    def _along(self, name: str, term: Term) -> Node:
        (inner,) = term.args
        axes = None if len(term.data) == inner.ndim else term.data
        return Node("call", (self.node(inner),), (name, axes))

    def _total(self, term: Term) -> Node:
        return self._along("sum", term)

    def _max(self, term: Term) -> Node:
        return self._along("max", term)

    def _min(self, term: Term) -> Node:
        return self._along("min", term)

    def _prod(self, term: Term) -> Node:
        return self._along("prod", term)

    def _softmax(self, term: Term) -> Node:
        self.used.add("softmax")
        return self._along("softmax", term)

    def _log(self, term: Term) -> Node:
        (inner,) = term.args
        if inner.op == "total" and inner not in self.names and inner.args[0].op == "exp":
            self.used.add("logsumexp")
            shown = Term("logsumexp", inner.args[0].args, inner.data, term.shape, -1)
            return self._along("logsumexp", shown)
        return Node("call", (self.node(inner),), ("log", None))

    def _matmul(self, term: Term) -> Node:
        if term in self.as_totals:
            return Node("call", (self.node(self._elementwise(term)),), ("sum", None))
        return Node("matrices", tuple(map(self.node, term.args)), _is_row(term))

    def _elementwise(self, base: Term) -> Term:
        """A product of two vectors element by element, to be shown."""
        a, b = self.as_totals.get(base, base.args)
        if a is b:
            return Term("product", (a,), (Fraction(2),), a.shape, -1)
        return Term("product", (a, b), (ONE, ONE), a.shape, -1)

    def _outer(self, term: Term) -> Node:
        return Node("call", tuple(map(self.node, term.args)), ("outer", None))

    def _transpose(self, term: Term) -> Node:
        return Node("transpose", (self.node(term.args[0]),))

    def _inv(self, term: Term) -> Node:
        (inner,) = term.args
        if inner.op == "transpose":
            turned = Node("inverse", (self.node(inner.args[0]),))
            return Node("transpose", (turned,))
        return Node("inverse", (self.node(inner),))

    def _expand(self, term: Term) -> Node:
        return Node("column", (self.node(term.args[0]),), term.data)

    def _element(self, term: Term) -> Node:
        return Node("element", (self.node(term.args[0]),), term.data)

    def _where(self, term: Term) -> Node:
        return Node("where", tuple(map(self.node, term.args)))

    def _compare(self, term: Term) -> Node:
        return Node("compare", tuple(map(self.node, term.args)), term.data)


def _roots_joined(pairs: list[tuple[Term, Exponent]]) -> list[tuple[Term, Exponent]]:
    """`sqrt(2)*sqrt(pi)` as `sqrt(2*pi)`."""
    found = list(pairs)
    for sign in (_HALF, -_HALF):
        same = [b for b, e in pairs if e == sign and b.op in ("number", "constant")]
        if len(same) > 1:
            product = Term("product", tuple(same), (ONE,) * len(same), (), -1)
            left = [(b, e) for b, e in found if b not in same or e != sign]
            found = [*left, (product, sign)]
    return found


def _is_row(term: Term) -> bool:
    """Whether a product of matrices begins with a vector."""
    return term.args[0].ndim == 1


def _grouped(above: list[Node]) -> list[Node]:
    """Products of matrices in brackets, but for one that only numbers are multiplied with."""
    chains = [n for n in above if n.kind == "matrices"]
    others = [n for n in above if n.kind != "matrices"]
    alone = len(chains) == 1 and above[-1] is chains[0] and not any(n.array for n in others)
    if alone and (chains[0].array or all(n.kind == "number" for n in others)):
        return above
    return [Node("group", (n,), None, n.array) if n in chains else n for n in above]


def _raised(node: Node, e: Exponent) -> Node:
    if e == 1:
        return node
    return Node("power", (node, Node("number", data=e)))


def is_decimal(value: Fraction) -> bool:
    """Whether a fraction is better written as a decimal: `0.3`, but not `1/2`."""
    below = value.denominator
    while below % 10 == 0:
        below //= 10
    ends = below
    for p in (2, 5):
        while ends % p == 0:
            ends //= p
    return ends == 1 and value.denominator > 4 and len(str(value.numerator)) < 7


def _has_both_signs(base: Term) -> bool:
    return len({c > 0 for _, c in items_of(base)}) == 2


def _norm_of(base: Term) -> Term | None:
    """The array whose squares are summed up."""
    if base.op == "matmul" and base.args[0] is base.args[-1] and len(base.args) == 2:
        return base.args[0] if base.args[0].ndim == 1 else None
    if base.op == "matmul" and not base.shape:
        return _half(base)
    if base.op == "total" and not base.shape:
        (inner,) = base.args
        if inner.op == "product" and inner.data == (2,):
            return inner.args[0]
    return None


def _half(base: Term) -> Term | None:
    """The `A @ x` of `x @ A.T @ A @ x`."""
    n = len(base.args) // 2
    pairs = list(zip(base.args[:n], reversed(base.args[n:])))
    if len(base.args) % 2 or pairs[0][0] is not pairs[0][1]:
        return None
    for a, b in pairs[1:]:
        if (a.op != "transpose" or a.args[0] is not b) and (
            b.op != "transpose" or b.args[0] is not a
        ):
            return None
    half = base.args[n:]
    return Term("matmul", half, None, half[0].shape[:1], -1)


def _deviation(term: Term) -> Term | None:
    """The `x` of `(x - mean(x))**2`."""
    if term.op != "product" or term.data != (2,) or term.args[0].ndim != 1:
        return None
    return _from_mean(term.args[0])


def _is_square_of_deviations(base: Term) -> bool:
    same = len(base.args) == 2 and base.args[0] is base.args[1]
    return same and _from_mean(base.args[0]) is not None


def _from_mean(inner: Term) -> Term | None:
    if inner.op != "sum" or len(inner.args) != 2 or inner.data != (1, -1):
        return None
    x, mean = inner.args
    parts = dict(factors_of(mean))
    total = next((t for t in parts if t.op == "total" and t.args[0] is x), None)
    if total is None or len(parts) != 2 or parts[total] != 1 or not x.shape:
        return None
    length = next(t for t in parts if t is not total)
    ok = length.op == "length" and length.data == x.shape[0] and parts[length] == -1
    return x if ok else None
