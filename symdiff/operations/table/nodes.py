"""The SymPy node of every elementwise entry, and the way back from SymPy to postfix code.

Smooth functions use SymPy's own node, whose derivative SymPy knows. Functions with kinks, with a
domain SymPy would widen, or written for numerical care (`log1p`, `hypot`) have nodes of their own,
which SymPy does not evaluate and whose partials come from the table.

This module imports SymPy, which takes a second: import it where something symbolic is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import sympy
from sympy.core.function import ArgumentIndexError
from sympy.core.parameters import distribute

from ...errors import UnsupportedError
from .entry import TABLE, ElementwiseEntry
from .lengthwise import (
    beside_length,
    length_in,
    length_power_derivative,
    power_by_length,
    relative_derivative,
    signed_power_derivative,
)
from .limits import near_limit
from .logarithms import log1p_derivative, log_derivative
from .quotients import (
    is_extreme,
    is_power_over_base,
    merges,
    over,
    power_derivative,
    quotient_derivative,
)
from .template import Code, Literal

PREFIX = "sd_"
no_distribution = distribute
"""`with no_distribution(False):` keeps `0.1*(x - y)` from becoming `0.1*x - 0.1*y`: it cancels."""


@cache
def placeholder(k: int) -> sympy.Symbol:
    """The symbol of operand number `k`, real."""
    return sympy.Symbol(f"p{k}", real=True)


class Nodes:
    """`m.log1p(x)`: the SymPy expression of an entry of the table, by its name."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        entry = TABLE.entries.get(name)
        if not isinstance(entry, ElementwiseEntry):
            raise AttributeError(name)
        build = _BUILDERS.get(name) or _node_class(entry)
        setattr(self, name, build)
        return build


m = Nodes()


def _node_class(entry: ElementwiseEntry) -> Any:
    if entry.sympy is not None and entry.partials is None:
        native = getattr(sympy, entry.sympy)
        _ENTRY_OF_CLASS[native] = entry
        return native

    def fdiff(self: Any, argindex: int = 1) -> Any:
        if not 1 <= argindex <= entry.arity:
            raise ArgumentIndexError(self, argindex)
        if entry.dtype == "bool" or entry.partials is None:
            return sympy.S.Zero
        if argindex - 1 in entry.refuses:
            raise UnsupportedError(
                f"`{entry.name}` has no derivative rule for its argument number {argindex}",
                why=entry.refuses[argindex - 1],
                remedy="register a rule for it, or use symdiff.detach(...) on that argument",
            )
        return sympy.sympify(entry.partials(m, *map(_held, self.args))[argindex - 1])

    body = {
        "nargs": entry.arity,
        "fdiff": fdiff,
        "_eval_is_extended_real": lambda self: True,
        "_eval_is_real": lambda self: True,
        "is_commutative": True,
        "eval": classmethod(lambda cls, *args: None),
    }
    if entry.name in _DERIVATIVES:
        body["derivative_by"] = _DERIVATIVES[entry.name]
        body["_eval_derivative"] = lambda self, symbol: self.derivative_by(lambda e: e.diff(symbol))
    cls = type(PREFIX + entry.name, (sympy.Function,), body)
    _ENTRY_OF_CLASS[cls] = entry
    return cls


def _held(expr: Any) -> Any:
    """The same, as one thing to SymPy where its number is extreme.

    SymPy takes a power of `1e-300*p` apart, and `p**2` leaves the range of floats.
    """
    if not expr.is_Mul or not expr.args[0].is_Number or not is_extreme(expr.args[0]):
        return expr
    number, rest = expr.as_coeff_Mul()
    return _node_class_cached("mul")(number, rest)


def _where_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    """The derivative chooses too: an arm that is not taken must not even be multiplied by zero."""
    condition, yes, no = self.args
    yes, no = derivative(yes), derivative(no)
    return yes if yes == no else m.where(condition, yes, no)


def _vanishing_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    """That of what is zero here, where it is a number: nothing may come of zero times infinity."""
    change = derivative(self.args[0])
    return change if change.is_number else m.where(m.isfinite(change), change, 0)


def _pow_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    base, exponent = self.args
    if exponent.is_number or length_in(base) is None:
        return power_derivative(self, derivative, _node_class_cached("div"))
    changes = ((1, beside_length(base, derivative)), (2, derivative(exponent)))
    moved = power_by_length(base, exponent, derivative, m)
    return moved + sympy.Add(*[self.fdiff(k) * d for k, d in changes if d != 0])


def _div_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    return near_limit(self, derivative, quotient_derivative(self, derivative), m)


def _log_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    return log_derivative(self, derivative, m)


def _log1p_derivative(self: Any, derivative: Callable[[Any], Any]) -> Any:
    return log1p_derivative(self, derivative, m)


_DERIVATIVES = {
    "log": _log_derivative,
    "log1p": _log1p_derivative,
    "where": _where_derivative,
    "vanishing": _vanishing_derivative,
    "div": _div_derivative,
    "pow": _pow_derivative,
    "length_power": lambda self, inner: length_power_derivative(self, inner, m),
    "signed_power": lambda self, inner: signed_power_derivative(self, inner, m),
    "relative": lambda self, inner: relative_derivative(self, inner),
}
"""Nodes that are differentiated as a whole."""

_ENTRY_OF_CLASS: dict[Any, ElementwiseEntry] = {}


def _power(base: Any, exponent: Any) -> Any:
    if base.func.__name__ == f"{PREFIX}valued":
        return m.valued(*[_power(b, exponent) for b in base.args])
    if exponent.is_Number and not exponent.is_infinite:
        # (SymPy does not hold a float to be equal to a whole number.)
        if exponent.is_Float and abs(exponent) < 1000 and float(exponent).is_integer():
            exponent = sympy.Integer(int(exponent))
        own = exponent.could_extract_minus_sign() or (
            merges(base) and not any(f.func.__name__ in _MARKED for f in base.args)
        )
        if not own or base.is_number or exponent == 1:
            return _of_lengths(_own_abs(sympy.Pow(base, exponent)))
    return _node_class_cached("pow")(base, exponent)


def _quotient(above: Any, below: Any) -> Any:
    if above == 0 or above == below:
        return above / below
    # SymPy's `x/0` is an infinity of no sign; the quotient of arrays has that of `x`.
    plain = below.is_number and not below.is_zero
    if plain and (not is_extreme(below) or sympy.sympify(above).is_number):
        return above / below
    return _node_class_cached("div")(above, below)


def times(factor: Any, expr: Any) -> Any:
    """A product, in which `factor` meets what varies before an extreme number or a base does.

    In `-3*(1e-100*u)/v`, which is the slope of a power where `u` is 1e300, a factor of 1e-300 has
    to be multiplied with `u`: with the number it would make 0.
    """
    for part in sympy.Mul.make_args(expr):
        if part.func.__name__ != f"{PREFIX}div":
            continue
        coefficient, rest = part.args[0].as_coeff_Mul()
        if rest != 1 and (is_extreme(coefficient) or is_power_over_base(part)):
            above = coefficient * _node_class_cached("mul")(factor, rest)
            others = [p for p in sympy.Mul.make_args(expr) if p is not part]
            return sympy.Mul(*others, part.func(above, part.args[1]))
    return factor * expr


def _of_numbers(name: str) -> Callable[[Any], Any]:
    """SymPy's function of a number, which is a number again; of anything else a node of its own.

    SymPy merges `exp(x)*exp(x)` into `exp(2*x)`, which overflows earlier.
    """
    native = getattr(sympy, name)

    def build(argument: Any) -> Any:
        argument = sympy.sympify(argument)
        constant = argument.is_number and not argument.has(*_own_classes())
        return native(argument) if constant else _node_class_cached(name)(argument)

    return build


@cache
def _node_class_cached(name: str) -> Any:
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    return _node_class(entry)


def _own_abs(expr: Any) -> Any:
    """`sqrt(x**2)` becomes SymPy's `Abs`, whose second derivative is a `DiracDelta`; ours is 0."""
    return expr.replace(sympy.Abs, m.abs) if expr.has(sympy.Abs) else expr


def _of_lengths(expr: Any) -> Any:
    """The expression, with powers of lengths as those of their squares, which are smooth."""
    if expr.is_Mul and any(a.is_Pow for a in expr.args):
        return sympy.Mul(*[_of_length(a) for a in expr.args])
    return _of_length(expr)


def _of_length(expr: Any) -> Any:
    if not expr.is_Pow or not expr.exp.is_Number or not expr.exp >= 2:
        return expr
    base, name = expr.base, expr.base.func.__name__
    if name == f"{PREFIX}scaled_length":
        return m.length_power(sympy.S.Zero, sympy.S.Zero, base, expr.exp)
    if name == f"{PREFIX}valued":
        return _power(base, expr.exp)
    half = expr.exp / 2
    square = _square_of(base) if half.is_Integer else None
    return expr if square is None else square**half


def _square_of(base: Any) -> Any | None:
    """The square of a length, or of a quotient of one; `None` of anything else."""
    square = _SQUARES.get(base.func.__name__)
    if square is not None:
        return square(*base.args)
    if base.func.__name__ != f"{PREFIX}div":
        return None
    above, below = base.args
    factors = [(a, _square_of(a)) for a in sympy.Mul.make_args(above)]
    if sum(square is not None for _, square in factors) != 1:
        return None
    total = sympy.Mul(*[a**2 if square is None else square for a, square in factors])
    return m.div(m.div(total, below), below)


_SQUARES: dict[str, Callable[..., Any]] = {
    f"{PREFIX}length": lambda r, s: s,
    f"{PREFIX}abs": lambda x: x**2,
    f"{PREFIX}magnitude": lambda r, x: x**2,
    f"{PREFIX}hypot": lambda x, y: _of_length(x**2) + _of_length(y**2),
    f"{PREFIX}deviation": lambda s: s,
}


_MARKED = {*_SQUARES, f"{PREFIX}scaled_length", f"{PREFIX}valued"}


_BUILDERS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: _of_lengths(a * b),
    "div": _quotient,
    "neg": lambda a: -a,
    "pos": lambda a: a,
    "pow": _power,
    "sqrt": lambda a: _own_abs(sympy.sqrt(a)),
    "square": lambda a: _power(a, sympy.Integer(2)),
    "reciprocal": lambda a: _quotient(sympy.S.One, a),
    "exp": _of_numbers("exp"),
    "log": _of_numbers("log"),
}


@lru_cache(4096, typed=True)
def number(value: Any) -> Any:
    """A Python number as a SymPy one, to the last bit.

    One object for each value: what SymPy finds out about a number it keeps with it.
    """
    if isinstance(value, bool):
        return sympy.Integer(int(value))
    if isinstance(value, int):
        return sympy.Integer(value)
    return sympy.Float(value, precision=53)


Tree = Any
"""A postfix code as nested tuples: a placeholder `int`, a `Literal`, or `(name, *operands)`."""


class Known(dict[Any, Tree]):
    """The trees of expressions: those `written` by the user, and those made from them since."""

    written: frozenset[Any] = frozenset()


_KNOWING = ("length", "scaled_length", "magnitude")


def parse(code: Code) -> tuple[Tree, Known, Any]:
    """The tree of a code, the SymPy expression of each of its subtrees, and that of the whole.

    The map lets a partial that contains a subexpression of the value reuse exactly the user's own
    way of computing it.
    """
    stack: list[tuple[Tree, Any]] = []
    known = Known()
    given: set[Any] = set()
    named: dict[Any, Any] = {}
    for token in code:
        if type(token) is int:
            item: tuple[Tree, Any] = (token, named.get(token, placeholder(token)))
        elif isinstance(token, Literal):
            item = (token, number(token.value))
        else:
            entry = TABLE.entries[token]  # type: ignore[index]
            assert isinstance(entry, ElementwiseEntry)
            operands = stack[len(stack) - entry.arity :]
            del stack[len(stack) - entry.arity :]
            expr = getattr(m, entry.name)(*[e for _, e in operands])
            if entry.name == "mul":
                expr = _with_quotient(operands, given) or expr
            item = ((entry.name, *[t for t, _ in operands]), expr)
            if entry.name == "abs_along":  # what stands in the derivative
                item = ("abs_side", *item[0][1:]), expr
            if entry.name in _KNOWING:  # its square is for derivatives alone
                item = operands[0][0], expr
            if entry.name == "given":  # derivatives are written with the value that is known
                item = operands[0][0], operands[1][1]
                known[item[1]] = item[0]
                named[item[0]] = item[1]
                given.add(item[1].as_coeff_Mul()[1])
            elif not expr.is_Atom:
                known.setdefault(expr, item[0])
        stack.append(item)
    known.written = frozenset(known)
    tree, expr = stack[-1]
    return tree, known, expr


def _with_quotient(operands: list[tuple[Tree, Any]], given: set[Any]) -> Any:
    """`w*(a/s)` as `(w*a)/s` where the quotient has a name of its own; else `None`.

    The slope by `s` is then that of a quotient, `-(w*a/s)/s`, which begins with the value. The
    numerator may be a number or an operand: what is exponential is divided before it is multiplied.
    """
    div = _node_class_cached("div")
    for (_, expr), (_, factor) in (operands, operands[::-1]):
        number, rest = expr.as_coeff_Mul()
        if rest.func is div and rest in given and not factor.is_number:
            above, below = rest.args
            if all(a.is_Atom for a in sympy.Mul.make_args(above)):
                merged = over(div, above * factor, below)
                given.add(merged.as_coeff_Mul()[1])
                return number * merged
    return None


def flatten(tree: Tree) -> Code:
    """Postfix code of a tree."""
    code: list[Any] = []

    def walk(node: Tree) -> None:
        if isinstance(node, tuple) and not isinstance(node, Literal):
            for child in node[1:]:
                walk(child)
            code.append(node[0])
        else:
            code.append(node)

    walk(tree)
    return tuple(code)


def unparse(expr: Any, known: Known) -> Tree:
    """The tree of a SymPy expression over placeholders, reusing the trees in `known`."""
    found = known.get(expr)
    if found is not None:
        return found
    tree = known[expr] = _unparse(expr, known)
    return tree


def _unparse(expr: Any, known: Known) -> Tree:
    if expr.is_Symbol:
        return int(expr.name[1:])
    if expr.is_Integer:
        return Literal.of(int(expr))
    if expr.is_Rational:
        return ("div", Literal.of(int(expr.p)), Literal.of(int(expr.q)))
    if expr is sympy.nan:
        return Literal.of(math.nan)  # one object, which equals itself
    if expr.is_number and not expr.has(*_own_classes()):
        return Literal.of(float(expr))
    if expr.is_Add:
        return _unparse_sum(expr, known)
    if expr.is_Mul:
        return _unparse_product(expr, known)
    if expr.is_Pow:
        return _unparse_power(expr.base, expr.exp, known)
    if isinstance(expr, sympy.Abs):
        return ("abs", unparse(expr.args[0], known))
    if isinstance(expr, sympy.sign):
        return ("sign", unparse(expr.args[0], known))
    if expr.func.__name__ == f"{PREFIX}pow" and expr.args[1] == 1:
        return unparse(expr.args[0], known)
    if expr.func.__name__ == f"{PREFIX}sided" and expr.args[0] == 1:
        return ("sided_one", *[unparse(a, known) for a in expr.args[1:]])
    entry = _ENTRY_OF_CLASS.get(expr.func) or _native_entry(expr.func)
    if entry is None:
        raise ValueError(f"no entry of the table prints {expr.func.__name__}: {expr}")
    return (entry.name, *[unparse(a, known) for a in expr.args])


def _own_classes() -> tuple[Any, ...]:
    return tuple(c for c in _ENTRY_OF_CLASS if c.__name__.startswith(PREFIX)) or (sympy.Dummy,)


def _native_entry(cls: Any) -> ElementwiseEntry | None:
    for entry in TABLE.elementwise():
        if entry.sympy == cls.__name__:
            _ENTRY_OF_CLASS[cls] = entry
            return entry
    return None


def _unparse_sum(expr: Any, known: Known) -> Tree:
    terms = list(expr.as_ordered_terms())
    # A sum reads best when it does not begin with a minus sign.
    first = next((k for k, t in enumerate(terms) if not t.could_extract_minus_sign()), 0)
    terms.insert(0, terms.pop(first))
    tree = unparse(terms[0], known)
    for term in terms[1:]:
        if term.could_extract_minus_sign():
            tree = ("sub", tree, unparse(-term, known))
        else:
            tree = ("add", tree, unparse(term, known))
    return tree


def _unparse_product(expr: Any, known: Known) -> Tree:
    """A product, divided by one factor of its denominator after the other.

    The product of all of them may leave the range of floats where the result does not.
    """
    above: list[Any] = []
    below: list[Any] = []
    last: list[Any] = []
    scales: list[float] = []
    # What is divided before it is multiplied stays in range.
    others = sum(1 for f in expr.args if not f.is_Atom)
    for factor in expr.as_ordered_factors():
        if factor.is_Float and not _in_range(factor):
            factor, scales = _in_pieces(factor)
            above.append(factor)
        elif factor.is_Rational and not factor.is_Integer:
            if factor.p != 1:
                above.append(sympy.Integer(factor.p))
            below.append(sympy.Integer(factor.q))
        elif factor.is_Pow and factor.exp.is_number and factor.exp.could_extract_minus_sign():
            below.append(sympy.Pow(factor.base, -factor.exp))
        elif factor.func.__name__ == f"{PREFIX}div" and factor not in known.written:
            numerator, denominator = factor.args
            below_it = [denominator]
            inner = numerator.func is factor.func and numerator not in known.written
            if inner and not last and not numerator.args[0].is_Mul and numerator.args[0] != 1:
                numerator, below_it = numerator.args[0], [numerator.args[1], denominator]
            if numerator == 1:
                last.append(denominator)
            elif (
                last
                or (others > 1 and not numerator.is_Atom)
                or is_extreme(numerator.as_coeff_Mul()[0])
            ):
                above.append(factor)
            else:
                above += numerator.as_ordered_factors()
                last += below_it
        else:
            above.append(factor)
    above, after = _powers_apart(above, known) if below or last else (above, [])
    negative = bool(above) and above[0] == -1
    if negative:
        above = above[1:]
    tree = _chain("mul", above, known, negative) if above else Literal.of(-1 if negative else 1)
    if len(below) > 1 and below[0].is_number:
        first = _chain("mul", below[:2], known)
        tree, below = ("div", tree, first), below[2:]
    for divisor in (*below, *last):
        tree = ("div", tree, unparse(divisor, known))
        if after:
            tree = ("mul", tree, unparse(after.pop(), known))
    for factor in after:
        tree = ("mul", tree, unparse(factor, known))
    for scale in scales:
        tree = ("mul", tree, Literal.of(scale))
    return tree


def _powers_apart(factors: list[Any], known: Known) -> tuple[list[Any], list[Any]]:
    """Factors, and those to multiply by after a division: the square of a number may be none."""
    first: list[Any] = []
    after: list[Any] = []
    for factor in factors:
        whole = factor.is_Pow and factor.exp.is_Integer and 2 <= factor.exp <= 3
        if whole and not factor.base.is_number and factor not in known.written:
            first.append(factor.base)
            after += [factor.base] * (int(factor.exp) - 1)
        else:
            first.append(factor)
    return first, after


def _in_range(value: Any) -> bool:
    """Whether a SymPy number is a float of full precision, or zero, or no finite number."""
    return value == 0 or not value.is_finite or 2.0**-1022 <= abs(value) < 2.0**1023


def _in_pieces(value: Any) -> tuple[Any, list[float]]:
    """A number outside the range of floats as one within it, and the powers of two left over.

    SymPy's numbers have no such range: it makes `1e-100/1e300` of two constants, which as a float
    is 0, also where what it is multiplied by is large enough for the product.
    """
    exponent = int(sympy.log(abs(value), 2))
    count = max(1, (abs(exponent) - 1) // 1000)
    power = int(exponent / (count + 1))
    return value / sympy.Integer(2) ** (power * count), [2.0**power] * count


def _chain(name: str, factors: list[Any], known: Known, negative: bool = False) -> Tree:
    tree = unparse(factors[0], known)
    if negative:
        tree = ("neg", tree)
    for factor in factors[1:]:
        tree = (name, tree, unparse(factor, known))
    return tree


def _unparse_power(base: Any, exponent: Any, known: Known) -> Tree:
    if base == sympy.E:
        return ("exp", unparse(exponent, known))
    if exponent == sympy.Rational(1, 2):
        return ("sqrt", unparse(base, known))
    if exponent.is_number and exponent.could_extract_minus_sign():
        return ("div", Literal.of(1), unparse(sympy.Pow(base, -exponent), known))
    return ("pow", unparse(base, known), unparse(exponent, known))
