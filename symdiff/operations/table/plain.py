"""Sums, products and powers in the very form that SymPy gives them, at a hundredth of its price.

Most statements are made of a few sums, products, powers and smooth functions, and of their partials
SymPy makes no more than what these rules give: like terms and factors are merged, numbers come
first, and both are ordered as SymPy orders them. What needs more than that raises `Beyond`, and
SymPy is asked. Expressions answer to the names that SymPy's have, so that one chain rule and one
way of writing them serve both. Equal expressions are one object.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .entry import ElementwiseEntry

Value = int | float | Fraction

_ORDER = {
    **{"Zero": 0, "One": 1, "Half": 2, "NegativeOne": 5, "Integer": 7, "Rational": 8, "Float": 9},
    **{"Symbol": 13, "Pow": 15, "Mul": 16, "Add": 17, "": 100},
}
"""Which comes first in a sum or a product of SymPy's, by the names of its classes."""


class Beyond(Exception):
    """It takes SymPy."""


SYMBOLIC: list[Any] = []
"""The algebra of SymPy's expressions, once it is loaded."""


def algebra(expr: Any) -> Any:
    """What makes sums, products and so on of an expression."""
    return expr.algebra if isinstance(expr, Plain) else SYMBOLIC[0]


class Plain:
    """An expression: of operands of its own kind, in `args`."""

    __slots__ = ("_compared", "_sorted", "algebra", "args", "reads")

    func: Any
    derivative_by: Any = None
    is_Add = is_Mul = is_Pow = is_Atom = is_Symbol = False
    is_Number = is_number = is_Integer = is_Rational = is_Float = is_zero = False

    def __init__(self, algebra: Any, args: tuple[Any, ...]) -> None:
        self.algebra = algebra
        self.args = args
        self.reads = 0  # which symbols it holds, a bit for each
        for arg in args:
            self.reads |= arg.reads
        self._compared: tuple[Any, ...] | None = None
        self._sorted: tuple[Any, ...] | None = None

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __getattr__(self, name: str) -> Any:
        raise Beyond(name)

    def __add__(self, other: Any) -> Any:
        return self.algebra.Add(self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self.algebra.Add(self, -self.algebra.of(other))

    def __rsub__(self, other: Any) -> Any:
        return self.algebra.Add(other, -self)

    def __mul__(self, other: Any) -> Any:
        return self.algebra.Mul(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.algebra.Mul(self.algebra.of(other), self)

    def __neg__(self) -> Any:
        return self.algebra.Mul(self.algebra.S.NegativeOne, self)

    def __truediv__(self, other: Any) -> Any:
        make = self.algebra
        return make.Mul(self, make.Pow(make.of(other), make.S.NegativeOne))

    def __rtruediv__(self, other: Any) -> Any:
        return self.algebra.of(other) / self

    def __pow__(self, other: Any) -> Any:
        return self.algebra.Pow(self, self.algebra.of(other))

    def has(self, *classes: Any) -> bool:
        """Whether there is something in it that is no plain expression: there is not."""
        return False

    def as_coeff_Mul(self) -> tuple[Any, Any]:
        return self.algebra.S.One, self

    def as_ordered_factors(self) -> list[Any]:
        return [self]

    def as_ordered_terms(self) -> list[Any]:
        return [self]

    def could_extract_minus_sign(self) -> bool:
        return False

    @property
    def compared(self) -> tuple[Any, ...]:
        """By which sums and products keep their operands in order."""
        if self._compared is None:
            self._compared = self._to_compare()
        return self._compared

    @property
    def sorted(self) -> tuple[Any, ...]:
        """By which sums and products are written in order."""
        if self._sorted is None:
            number, expr = self.as_coeff_Mul()
            exponent = 1
            if expr.is_Pow:
                expr, exponent = expr.args[0], expr.args[1].value
            kind, parts = expr._to_sort()
            self._sorted = kind, (len(parts), parts), _sorted_number(exponent), number.value
        return self._sorted

    def _to_compare(self) -> tuple[Any, ...]:
        name = self.func.__name__
        order = _ORDER.get(name, 100)
        args = [a.compared for a in self.args]
        return (order, name if order == 100 else "", len(args), *args)

    def _to_sort(self) -> tuple[Any, tuple[Any, ...]]:
        raise NotImplementedError


def _sorted_number(value: Value) -> tuple[Any, ...]:
    return (1, 0, "Number"), (0, ()), (), value


class Symbol(Plain):
    """An operand."""

    __slots__ = ("name",)
    name: str
    is_Atom = is_Symbol = True

    def _to_compare(self) -> tuple[Any, ...]:
        return _ORDER["Symbol"], "", 1, self.name

    def _to_sort(self) -> tuple[Any, tuple[Any, ...]]:
        return (2, 0, "Symbol"), (self.name,)


class Number(Plain):
    """A whole number, a fraction or a float."""

    __slots__ = ("value",)
    value: Any
    is_Atom = is_Number = is_number = is_finite = True

    @property
    def is_Integer(self) -> bool:  # type: ignore[override]
        return type(self.value) is int

    @property
    def is_Rational(self) -> bool:  # type: ignore[override]
        return type(self.value) is not float

    @property
    def is_Float(self) -> bool:  # type: ignore[override]
        return type(self.value) is float

    @property
    def is_zero(self) -> bool:  # type: ignore[override]
        return not self.value

    @property
    def is_negative(self) -> bool:
        return bool(self.value < 0)

    @property
    def p(self) -> int:
        return int(self.value.numerator)

    @property
    def q(self) -> int:
        return int(self.value.denominator)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is int and self.is_Integer and self.value == other)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < (other.value if isinstance(other, Number) else other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > (other.value if isinstance(other, Number) else other))

    def __le__(self, other: Any) -> bool:
        return not self > other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __abs__(self) -> Any:
        return self.algebra.of(abs(self.value))

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __truediv__(self, other: Any) -> Any:
        other = self.algebra.of(other)
        if not other.is_Number:
            return Plain.__truediv__(self, other)
        if not other.value:
            raise Beyond
        if self.is_Float or other.is_Float:
            return self.algebra.of(float(self.value) / float(other.value))
        return self.algebra.of(Fraction(self.value) / other.value)

    def as_coeff_Mul(self) -> tuple[Any, Any]:
        return self, self.algebra.S.One

    def could_extract_minus_sign(self) -> bool:
        return self.is_negative

    @property
    def sorted(self) -> tuple[Any, ...]:
        return _sorted_number(self.value)

    def _to_compare(self) -> tuple[Any, ...]:
        value = self.value
        if type(value) is float:
            return _ORDER["Float"], "", 2, _as_mpmath(value), 53
        names = {0: "Zero", 1: "One", -1: "NegativeOne", Fraction(1, 2): "Half"}
        name = names.get(value, "Integer" if type(value) is int else "Rational")
        return _ORDER[name], "", 2, self.p, self.q


def _as_mpmath(value: float) -> tuple[int, int, int, int]:
    """Sign, odd integer, power of two and number of bits."""
    above, below = abs(value).as_integer_ratio()
    zeros = (above & -above).bit_length() - 1
    odd = above >> zeros
    return int(value < 0), odd, zeros - below.bit_length() + 1, odd.bit_length()


class Power(Plain):
    """A power, to a number."""

    __slots__ = ()
    is_Pow = True

    @property
    def base(self) -> Any:
        return self.args[0]

    @property
    def exp(self) -> Any:
        return self.args[1]


class Product(Plain):
    """A product: the number first, then its factors, no two alike."""

    __slots__ = ()
    is_Mul = True

    def as_coeff_Mul(self) -> tuple[Any, Any]:
        first = self.args[0]
        if not first.is_Number:
            return self.algebra.S.One, self
        if len(self.args) == 2:
            return first, self.args[1]
        return first, self.algebra.made(Product, self.args[1:])

    def as_ordered_factors(self) -> list[Any]:
        first, rest = self.args[0], self.args[1:]
        if first.is_Number and first.is_negative and first != -1:
            factors = [self.algebra.S.NegativeOne, -first, *rest]
        else:
            factors = list(self.args)
        return sorted(factors, key=lambda factor: factor.sorted)

    def could_extract_minus_sign(self) -> bool:
        return bool(self.args[0].could_extract_minus_sign()) and bool(self.args[0].is_Number)

    def _to_sort(self) -> tuple[Any, tuple[Any, ...]]:
        return (3, 0, "Mul"), tuple([f.sorted for f in self.as_ordered_factors()])


class Sum(Plain):
    """A sum: the number first, then its terms, no two alike."""

    __slots__ = ()
    is_Add = True

    def as_ordered_terms(self) -> list[Any]:
        args = self.args
        if len(args) == 2 and args[0].is_Number and args[1].is_Mul and args[0] > 0:
            factors = args[1].args
            if len(factors) == 2 and factors[0].is_Number and factors[0].is_negative:
                return list(args)
        powers = [(term, *_powers(term)) for term in args]
        bases = sorted({b for _, _, found in powers for b in found}, key=lambda base: base.sorted)
        keys = {t: ([-found.get(b, 0) for b in bases], number) for t, number, found in powers}
        return sorted(args, key=keys.__getitem__)

    def could_extract_minus_sign(self) -> bool:
        negative = sum(1 for term in self.args if term.could_extract_minus_sign())
        return 2 * negative > len(self.args)

    def _to_sort(self) -> tuple[Any, tuple[Any, ...]]:
        return (3, 1, "Add"), tuple([t.sorted for t in self.as_ordered_terms()])


def _powers(term: Any) -> tuple[float, dict[Any, int]]:
    """The number of a term, and how often each base is a factor of it."""
    number, rest = term.as_coeff_Mul()
    found: dict[Any, int] = {}
    for factor in rest.args if rest.is_Mul else (rest,):
        if factor.is_Pow:
            base, exponent = factor.args
            if exponent.q != 1:
                base = base.algebra.Pow(base, base.algebra.of(Fraction(1, exponent.q)))
            found[base] = exponent.p
        elif not factor.is_Number:
            found[factor] = 1
    return float(number.value), found


class Head:
    """The name of a function of the table, which makes nodes of it."""

    __slots__ = ("__name__", "algebra", "derivative", "entry")

    def __init__(
        self,
        algebra: Any,
        name: str,
        entry: ElementwiseEntry,
        derivative: Callable[[Any, Any], Any] | None,
    ) -> None:
        self.__name__ = name
        self.algebra = algebra
        self.entry = entry
        self.derivative = derivative

    def __call__(self, *args: Any) -> Any:
        made = tuple([self.algebra.of(a) for a in args])
        if all(a.is_number for a in made):
            raise Beyond
        return self.algebra.applied(self, made)


class Applied(Plain):
    """A function of the table."""

    __slots__ = ("head", "partials")
    head: Head
    partials: tuple[Any, ...] | None

    @property
    def func(self) -> Any:
        return self.head

    @property
    def derivative_by(self) -> Any:
        own = self.head.derivative
        return None if own is None else lambda inner: own(self, inner)

    def fdiff(self, k: int) -> Any:
        """The partial by argument number `k`, from 1 on."""
        if self.partials is None:
            make, found = self.algebra, self.head.entry.partials
            assert found is not None
            held = [make.held(a) for a in self.args]
            self.partials = tuple([make.of(p) for p in found(make.m, *held)])
        return self.partials[k - 1]

    def _to_sort(self) -> tuple[Any, tuple[Any, ...]]:
        return (4, 10000, self.head.__name__), tuple([a.sorted for a in self.args])


def _beyond(self: Any, *others: Any) -> Any:
    raise Beyond


for _operation in (
    *("lt", "le", "gt", "ge", "abs", "float", "int", "complex", "index", "round", "iter"),
    *("mod", "rmod", "floordiv", "rfloordiv", "divmod", "rdivmod", "rpow", "call", "getitem"),
):
    setattr(Plain, f"__{_operation}__", _beyond)  # what a rule of a user's may do with SymPy's


class _Kind:
    """What `func` is of a node that is no function of the table."""

    def __init__(self, name: str) -> None:
        self.__name__ = name


for _class, _name in ((Symbol, "Symbol"), (Number, "Number"), (Power, "Pow")):
    _class.func = _Kind(_name)
Product.func, Sum.func = _Kind("Mul"), _Kind("Add")
