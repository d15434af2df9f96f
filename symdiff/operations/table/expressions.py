"""A postfix code as a SymPy expression, and the way back from SymPy to postfix code.

What the user wrote is found again on the way back (`Known`), and what SymPy has made of the rest is
written so that it stays within the range of floats.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import chain, zip_longest
from typing import Any

from .entry import TABLE, ElementwiseEntry
from .limits import quotient_of
from .plain import Plain, algebra
from .quotients import is_extreme, over
from .template import Code, Literal, Tree


class Known(dict[Any, Tree]):
    """The trees of expressions: those `written` by the user, and those made from them since."""

    written: frozenset[Any] = frozenset()


Stage = tuple[list[Any], Any]
"""What a product is multiplied by, and what it is divided by then."""

_OF_PAIRS = {
    **dict.fromkeys(("maximum_along", "fmax_along", "larger_along"), "larger_taken"),
    **dict.fromkeys(("minimum_along", "fmin_along", "smaller_along"), "smaller_taken"),
}
_KNOWING = ("length", "scaled_length", "magnitude")
_OTHERWISE = frozenset({*_OF_PAIRS, *_KNOWING, "abs_along", "given"})
_WRAPPING = frozenset({"abs", "add", "floordiv", "mod", "mul", "neg", "pow", "square", "sub"})
PREFIX = "sd_"
_DIV, _POW, _SIDED = "sd_div", "sd_pow", "sd_sided"
_OPAQUE = 1_000_000
"""From this number on, a placeholder stands for what is no operand."""


def parse(code: Code, make: Any, whole: Collection[int] = ()) -> tuple[Tree, Known, Any]:
    """The tree of a code, the SymPy expression of each of its subtrees, and that of the whole.

    `make` is the algebra of the expressions. The map lets a partial that contains a subexpression
    of the value reuse exactly the user's own way of computing it. What is computed of bools and of
    the operands in `whole` alone is a symbol to it, for which `k + k` is `2*k`: NumPy's small
    integers wrap around, and two bools are one.
    """
    stack: list[tuple[Tree, Any]] = []
    wraps: set[Tree] = set(whole)
    opaque: dict[Tree, Any] = {}
    known = Known()
    given: set[Any] = set()
    named: dict[Any, Any] = {}
    for token in code:
        if type(token) is int:
            item: tuple[Tree, Any] = (
                token,
                named[token] if token in named else make.placeholder(token),
            )
        elif isinstance(token, Literal):
            item = (token, make.number(token.value))
        else:
            entry = TABLE.entries[token]  # type: ignore[index]
            assert isinstance(entry, ElementwiseEntry)
            operands = stack[len(stack) - entry.arity :]
            del stack[len(stack) - entry.arity :]
            expr = getattr(make.m, entry.name)(*[e for _, e in operands])
            if entry.name == "mul":
                expr = (
                    _with_quotient(operands, given)
                    or quotient_of(operands[0][1], operands[1][1])
                    or expr
                )
            trees = [t for t, _ in operands]
            item = ((entry.name, *trees), expr)
            if (wraps or not entry.differentiable) and _wraps(entry, trees, wraps):
                wraps.add(item[0])
                if entry.name in _WRAPPING:
                    expr = opaque.setdefault(item[0], make.placeholder(_OPAQUE + len(opaque)))
                    item = item[0], expr
                    known[expr] = item[0]
            name = entry.name
            if name not in _OTHERWISE:
                if not expr.is_Atom:
                    known.setdefault(expr, item[0])
                stack.append(item)
                continue
            if entry.name == "abs_along":  # what stands in the derivative
                item = ("abs_side", *item[0][1:]), expr
            if entry.name in _OF_PAIRS:  # what is differentiated again is the one that is taken
                _, one, other, first = item[0]
                value = (entry.name.removesuffix("_along"), one, other)
                taken = (_OF_PAIRS[entry.name], one, other, first)
                item = ("valued", value, ("where", taken, one, other)), expr
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


def _wraps(entry: ElementwiseEntry, operands: Sequence[Tree], wraps: Collection[Tree]) -> bool:
    """Whether an operation gives bools or integers of NumPy's, as far as its operands tell."""
    if not entry.differentiable:
        return True
    arms = operands[1:] if entry.name == "where" else operands
    if entry.name not in _WRAPPING and entry.name != "where":
        return False
    if entry.name == "mul" and not any(type(o) is int or o[0] in _WRAPPING for o in arms):
        return False  # a product of predicates is what it says
    return any(o in wraps for o in arms) and all(o in wraps or isinstance(o, Literal) for o in arms)


def _with_quotient(operands: list[tuple[Tree, Any]], given: set[Any]) -> Any:
    """`w*(a/s)` as `(w*a)/s` where the quotient has a name of its own; else `None`.

    The slope by `s` is then that of a quotient, `-(w*a/s)/s`, which begins with the value. The
    numerator may be a number or an operand: what is exponential is divided before it is multiplied.
    """
    make = algebra(operands[0][1])
    div = make.node_class("div")
    for (_, expr), (_, factor) in (operands, operands[::-1]):
        number, rest = expr.as_coeff_Mul()
        if rest.func is div and rest in given and not factor.is_number:
            above, below = rest.args
            if all(a.is_Atom for a in make.Mul.make_args(above)):
                merged = over(div, above * factor, below)
                given.add(merged.as_coeff_Mul()[1])
                return number * merged
    return None


def unparse(expr: Any, known: Known) -> Tree:
    """The tree of a SymPy expression over placeholders, reusing the trees in `known`."""
    found = known.get(expr)
    if found is not None:
        return found
    tree = known[expr] = _unparse(expr, known)
    return tree


def _unparse(expr: Any, known: Known) -> Tree:
    make = algebra(expr)
    if expr.is_Symbol:
        return int(expr.name[1:])
    if expr.is_Integer:
        return Literal.of(int(expr))
    if expr.is_Rational:
        return ("div", Literal.of(int(expr.p)), Literal.of(int(expr.q)))
    if expr is make.nan:
        return Literal.of(math.nan)  # one object, which equals itself
    if expr.is_number and not expr.has(*make.own_classes()):
        if expr.is_Float and not _in_range(expr):
            factor, scales = _in_pieces(expr)
            return _scaled(Literal.of(float(factor)), scales)
        return Literal.of(float(expr))
    if expr.is_Add:
        return _unparse_sum(expr, known)
    if expr.is_Mul or (_divides(expr) and len(_levels(expr, known)) > 1):
        return _unparse_product(expr, known)
    if expr.is_Pow:
        return _unparse_power(expr.base, expr.exp, known)
    if expr.func.__name__ in ("Abs", "sign"):
        return (expr.func.__name__.lower(), unparse(expr.args[0], known))
    if expr.func.__name__ == _POW and expr.args[1] == 1:
        return unparse(expr.args[0], known)
    if expr.func.__name__ == _SIDED and expr.args[0] == 1:
        return ("sided_one", *[unparse(a, known) for a in expr.args[1:]])
    entry = make.entry_of_node(expr.func)
    if entry is None:
        raise ValueError(f"no entry of the table prints {expr.func.__name__}: {expr}")
    return (entry.name, *[unparse(a, known) for a in expr.args])


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
    make = algebra(expr)
    above: list[Any] = []
    below: list[Any] = []
    last: list[Any] = []
    scales: list[float] = []
    stages: list[Stage] = []
    # What is divided before it is multiplied stays in range.
    product = expr.as_ordered_factors() if expr.is_Mul else [expr]
    others = sum(1 for f in product if not f.is_Atom)
    for factor in product:
        if factor.is_Float and not _in_range(factor):
            factor, scales = _in_pieces(factor)
            above.append(factor)
        elif factor.is_Rational and not factor.is_Integer:
            if factor.p != 1:
                above.append(make.Integer(factor.p))
            below.append(make.Integer(factor.q))
        elif factor.is_Pow and factor.exp.is_number and factor.exp.could_extract_minus_sign():
            below.append(make.Pow(factor.base, -factor.exp))
        elif factor.func.__name__ == _DIV and factor not in known.written:
            numerator, denominator = factor.args
            below_it = [denominator]
            levels = _levels(factor, known)
            symbols = [f for f in (*product, *chain(*(a for a, _ in levels))) if f.is_Symbol]
            if len(levels) > 1 and len(symbols) > 1 and not stages:
                stages = levels
                continue
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
    if stages:
        return _scaled(_by_levels(stages, above, [*below, *last], known), scales)
    above, after = _powers_apart(above, known) if below or last else (above, [])
    divisors = len(last) + sum(1 for b in below if not b.is_number)
    if divisors > 1 or (divisors and any(_divides(f) for f in above)):
        above, after = _in_turn(above, after)
    negative = bool(above) and above[0] == -1
    if negative:
        above = above[1:]
    tree = _chain("mul", above, known, negative) if above else Literal.of(-1 if negative else 1)
    if len(below) > 1 and below[0].is_number:
        first = _chain("mul", below[:2], known)
        tree, below = ("div", tree, first), below[2:]
    tree = _in_stages(tree, [([], divisor) for divisor in (*below, *last)], after[::-1], known)
    return _scaled(tree, scales)


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


def _levels(quotient: Any, known: Known) -> list[Stage]:
    """What is multiplied, and divided by, at each level of a quotient, the innermost first."""
    above, below = quotient.args
    if is_extreme(above.as_coeff_Mul()[0]):
        return []
    factors = above.as_ordered_factors()
    for k, factor in enumerate(factors):
        if _divides(factor) and factor not in known.written:
            inner = _levels(factor, known)
            if inner:
                return [*inner, (factors[:k] + factors[k + 1 :], below)]
    return [(factors, below)]


def _by_levels(levels: list[Stage], outside: list[Any], divisors: list[Any], known: Known) -> Tree:
    """A product with a quotient of quotients: each level is in range, as the innermost is.

    Each level further out is multiplied by one factor from outside before it is divided: `x/s*y/s`.
    """
    factors = [f for own, _ in levels for f in own] + outside
    numbers = sorted((f for f in factors if f.is_number and f != 1), key=lambda f: f != -1)
    outside = [f for f in outside if not f.is_number]
    negative = bool(numbers) and numbers[0] == -1
    first = [*numbers[negative:], *[f for f in levels[0][0] if not f.is_number]]
    if not first or all(f.is_number for f in first):
        first += [outside.pop(0)] if outside else [algebra(levels[0][1]).S.One]
    further = [([f for f in own if not f.is_number], divisor) for own, divisor in levels[1:]]
    stages = [([], levels[0][1]), *further, *[([], divisor) for divisor in divisors]]
    return _in_stages(_chain("mul", first, known, negative), stages, outside, known)


def _in_turn(above: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    """One factor to begin with, and those to multiply by after one division each.

    In `x*y/s/s` the product may leave the range of floats where `x/s*y/s` does not.
    """
    numbers = sorted((f for f in above if f.is_number), key=lambda f: f != -1)
    atoms = [f for f in above if f.is_Symbol] + after
    if len(atoms) < 2:
        return above, after
    others = [f for f in above if not f.is_number and not f.is_Symbol]
    steep = [f for f in others if _is_steep(f)]  # what it is divided by is as steep
    turn = [f for pair in zip_longest(steep, atoms) for f in pair if f is not None]
    turn += [f for f in others if f not in steep]
    return [*numbers, turn[0]], turn[:0:-1]


def _in_stages(tree: Tree, stages: list[Stage], factors: list[Any], known: Known) -> Tree:
    """A tree that is multiplied and divided stage by stage: `x/s*y/s`.

    Each stage but the first takes one of the factors as well; those that are left come last.
    """
    for k, (own, divisor) in enumerate(stages):
        for factor in [*own, *factors[:1]] if k else own:
            tree = ("mul", tree, unparse(factor, known))
        factors = factors[1:] if k else factors
        tree = ("div", tree, unparse(divisor, known))
    for factor in factors:
        tree = ("mul", tree, unparse(factor, known))
    return tree


def _divides(expr: Any) -> bool:
    return bool(expr.func.__name__ == _DIV)


def _is_steep(expr: Any) -> bool:
    """Whether it is something exponential, or a multiple or power of that."""
    return any(e.func.__name__ in _STEEP for e in algebra(expr).preorder_traversal(expr))


_STEEP = frozenset(
    f"{prefix}{name}"
    for name in ("exp", "exp2", "expm1", "cosh", "sinh", "sigmoid", "ndtr", "erfc", "erfcx")
    for prefix in ("", PREFIX)
)


def _in_range(value: Any) -> bool:
    """Whether a SymPy number is a float of full precision, or zero, or no finite number."""
    if isinstance(value, Plain):
        return True
    return value.is_zero or not value.is_finite or 2.0**-1022 <= abs(value) < 2.0**1023


def _in_pieces(value: Any) -> tuple[Any, list[float]]:
    """A number outside the range of floats as one within it, and the powers of two left over.

    SymPy's numbers have no such range: it makes `1e-100/1e300` of two constants, which as a float
    is 0, also where what it is multiplied by is large enough for the product.
    """
    exponent = int(algebra(value).log(abs(value), 2))
    count = max(1, (abs(exponent) - 1) // 1000)
    power = int(exponent / (count + 1))
    return value / algebra(value).Integer(2) ** (power * count), [2.0**power] * count


def _scaled(tree: Tree, scales: list[float]) -> Tree:
    for scale in scales:
        tree = ("mul", tree, Literal.of(scale))
    return tree


def _chain(name: str, factors: list[Any], known: Known, negative: bool = False) -> Tree:
    tree = unparse(factors[0], known)
    if negative:
        tree = ("neg", tree)
    for factor in factors[1:]:
        tree = (name, tree, unparse(factor, known))
    return tree


def _unparse_power(base: Any, exponent: Any, known: Known) -> Tree:
    make = algebra(base)
    if base == make.E:
        return ("exp", unparse(exponent, known))
    if exponent == make.Half:
        return ("sqrt", unparse(base, known))
    if exponent.is_number and exponent.could_extract_minus_sign():
        return ("div", Literal.of(1), unparse(make.Pow(base, -exponent), known))
    return ("pow", unparse(base, known), unparse(exponent, known))
