"""Terms: operations on terms, each held once, with shapes in symbols.

Terms are made by the constructors of `Algebra` alone, which simplify as they build, so that what is
equal by their rules is one object. Nothing here searches: what a constructor does is bounded by the
number of its arguments.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

Dimension: TypeAlias = str | int
Shape: TypeAlias = tuple[Dimension, ...]
Number: TypeAlias = Fraction | float
"""An exact number where the user wrote one; else a float."""

ONE = Fraction(1)


class NoFormulaError(Exception):
    """What has no form in the terms of mathematics, as far as they are known here."""


class Term:
    """An operation on terms. Two terms are the same only if identical.

    Attributes:
        op: the operation.
        args: what it is applied to.
        data: what else tells it from others: coefficients, exponents, a name, axes.
        shape: of the value; a length is a symbol or a number.
        serial: terms are numbered as they are made, so that a term comes after its arguments.
    """

    __slots__ = ("args", "data", "op", "serial", "shape")

    def __init__(
        self, op: str, args: tuple[Term, ...], data: Any, shape: Shape, serial: int
    ) -> None:
        self.op = op
        self.args = args
        self.data = data
        self.shape = shape
        self.serial = serial

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        inner = ", ".join(map(repr, self.args))
        told = "" if self.data is None else f"[{self.data}]"
        return f"{self.op}{told}({inner})" if inner or self.op != "name" else str(self.data)


Exponent: TypeAlias = Fraction | Term


def broadcast(*shapes: Shape) -> Shape:
    """The shape of an elementwise operation on arrays.

    >>> broadcast(("n",), (), ("m", "n"), ("m", 1))
    ('m', 'n')
    """
    found: Shape = ()
    for shape in shapes:
        if shape == found or not shape:
            continue
        longer, shorter = (found, shape) if len(found) >= len(shape) else (shape, found)
        apart = len(longer) - len(shorter)
        merged = list(longer)
        for k, own in enumerate(shorter):
            one = longer[apart + k]
            if one == own or own == 1:
                continue
            if one != 1:
                raise NoFormulaError(f"shapes {shapes} do not fit")
            merged[apart + k] = own
        found = tuple(merged)
    return found


def walk(*roots: Term) -> Iterator[Term]:
    """All terms in some, each once."""
    seen = set(roots)
    stack = list(roots)
    while stack:
        term = stack.pop()
        yield term
        inner = [*term.args, *exponents_of(term)]
        fresh = [t for t in inner if t not in seen]
        seen.update(fresh)
        stack += fresh


def exponents_of(term: Term) -> list[Term]:
    """The terms among the exponents of a product."""
    if term.op != "product":
        return []
    return [e for e in term.data if isinstance(e, Term)]


class Terms:
    """The terms of one function, each held once, and what the constructors must offer each other.

    Attributes:
        read: whether the function has been read: what is made from then on is of a derivative.
        primal: the terms of the function itself.
        equal: terms with exponentials that were seen to be equal.
        telling: whether a sum that the user has written is being built.
        symmetric: names of matrices that are known to be symmetric.
        as_totals: products of vectors that the user wrote as sums, with the vectors.
    """

    def __init__(self) -> None:
        self.known: dict[Hashable, Term] = {}
        self.read = False
        self.primal: frozenset[Term] = frozenset()
        self.as_totals: dict[Term, tuple[Term, Term]] = {}
        self.symmetric: set[Term] = set()
        self.telling = False
        self.equal: list[tuple[Term, Term]] = []
        self.one = self.number(ONE)
        self.zero = self.number(Fraction(0))

    def end_of_reading(self) -> None:
        """From now on, what is made is of a derivative."""
        self.read = True
        self.primal = frozenset(self.known.values())

    def make(
        self,
        op: str,
        args: Sequence[Term] = (),
        data: Any = None,
        shape: Shape = (),
        key: Hashable = None,
    ) -> Term:
        """The term with these parts as they are; `key` tells it where their order does not."""
        whole = (op, key if key is not None else (tuple(args), data), shape)
        found = self.known.get(whole)
        if found is None:
            found = Term(op, tuple(args), data, shape, len(self.known))
            self.known[whole] = found
        return found

    # -- leaves

    def number(self, value: Number | int) -> Term:
        value = Fraction(value) if isinstance(value, int) else value
        return self.make("number", data=value, key=(type(value), value))

    def name(self, name: str, shape: Shape = ()) -> Term:
        return self.make("name", data=name, shape=shape)

    def length(self, dimension: Dimension) -> Term:
        """A length as a number."""
        if isinstance(dimension, int):
            return self.number(dimension)
        return self.make("length", data=dimension)

    def size(self, shape: Shape) -> Term:
        return self.times(*[self.length(d) for d in shape])

    def constant(self, name: str) -> Term:
        return self.make("constant", data=name)

    def zeros(self, shape: Shape) -> Term:
        return self.make("zeros", shape=shape) if shape else self.zero

    def ones(self, shape: Shape) -> Term:
        return self.make("ones", shape=shape) if shape else self.one

    def identity(self, n: Dimension) -> Term:
        return self.make("identity", shape=(n, n))

    def unit(self, place: int, n: Dimension) -> Term:
        """The vector that is 1 in one place: counted from the end where that is negative."""
        return self.make("unit", data=place, shape=(n,))

    # -- what the constructors need of each other, written in the modules that follow

    def add(self, items: Iterable[tuple[Term, Number]]) -> Term:
        raise NotImplementedError

    def scaled(self, term: Term, by: Number | int) -> Term:
        raise NotImplementedError

    def plus(self, *terms: Term) -> Term:
        return self.add([(t, ONE) for t in terms])

    def minus(self, a: Term, b: Term) -> Term:
        return self.add([(a, ONE), (b, -ONE)])

    def negative(self, term: Term) -> Term:
        return self.scaled(term, -1)

    def multiply(self, factors: Iterable[tuple[Term, Exponent]]) -> Term:
        raise NotImplementedError

    def times(self, *terms: Term) -> Term:
        return self.multiply([(t, ONE) for t in terms])

    def over(self, a: Term, b: Term) -> Term:
        return self.multiply([(a, ONE), (b, -ONE)])

    def power(self, a: Term, e: Exponent | int) -> Term:
        return self.multiply([(a, Fraction(e) if isinstance(e, int) else e)])

    def bare(self, term: Term) -> Term:
        raise NotImplementedError

    def matmul(self, *terms: Term) -> Term:
        raise NotImplementedError

    def outer(self, u: Term, v: Term) -> Term:
        raise NotImplementedError

    def transpose(self, term: Term) -> Term:
        raise NotImplementedError

    def apply(self, name: str, *args: Term) -> Term:
        raise NotImplementedError

    def total(self, term: Term, axes: tuple[int, ...] | None = None) -> Term:
        raise NotImplementedError

    def where(self, test: Term, a: Term, b: Term) -> Term:
        raise NotImplementedError

    def expand(self, term: Term, axes: tuple[int, ...]) -> Term:
        raise NotImplementedError


def items_of(term: Term) -> list[tuple[Term, Number]]:
    """A term as a sum of multiples.

    A number is a multiple of 1.
    """
    if term.op == "sum":
        return list(zip(term.args, term.data, strict=True))
    return [(term, ONE)]


def coefficient(term: Term) -> tuple[Number, Term]:
    """A term as a multiple of another."""
    if term.op == "sum" and len(term.args) == 1:
        return term.data[0], term.args[0]
    return ONE, term


def factors_of(term: Term) -> list[tuple[Term, Exponent]]:
    """A term without its coefficient as a product of powers."""
    if term.op == "product":
        return list(zip(term.args, term.data, strict=True))
    return [(term, ONE)]


def size_of(value: Number) -> Number:
    """The absolute value of a number, of its own type."""
    return value if value >= 0 else -value


def is_number(term: Term, value: Number | int) -> bool:
    """Whether a term is a certain number."""
    return term.op == "number" and term.data == value


def is_zero(term: Term) -> bool:
    """Whether a term is 0, or an array of it."""
    return term.op == "zeros" or is_number(term, 0)
