"""A shorter way to write an expression, found by a bounded number of targeted rewritings.

Which rewritings are tried depends on how many operations the expression has. None is tried that
could take long, and the shortest result wins; the expression as it came wins a tie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy

from ..operations.table.nodes import no_distribution
from .expressions import ArrayOperation
from .text import format_expression

_FACTOR, _RATIONAL, _EXPAND, _TRIGONOMETRY = 400, 60, 40, 30
_MOST_GENERATORS = 4
_MOST_FUNCTIONS, _LARGEST_DEGREE, _LARGEST_FACTOR = 4, 8, 4


def tidy(expr: Any) -> Any:
    """The shortest of a few equal expressions.

    >>> x = sympy.Symbol("x", real=True)
    >>> tidy(x**3*sympy.cos(x)/x + 0)
    x**2*cos(x)
    """
    if not isinstance(expr, sympy.Expr):
        return expr
    if isinstance(expr, sympy.Piecewise):
        pieces = [(tidy(value), condition) for value, condition in expr.args]
        return sympy.Piecewise(*pieces, evaluate=False)
    best, cost = expr, cost_of(expr)
    for candidate in _candidates(expr):
        if candidate.has(sympy.nan, sympy.zoo) and not expr.has(sympy.nan, sympy.zoo):
            continue
        other = cost_of(candidate)
        if other < cost:
            best, cost = candidate, other
    return _without_unit_floats(best)


def cost_of(expr: Any) -> tuple[int, int]:
    """How much there is to read."""
    return int(sympy.count_ops(expr)), len(format_expression(expr))


def _candidates(expr: Any) -> Iterator[Any]:
    size = sympy.count_ops(expr)
    if size < 2 or size > _FACTOR or expr.has(sympy.Piecewise, sympy.Max, sympy.Min):
        return
    names: dict[Any, Any] = {}
    plain = _hide_arrays(expr, names)
    back = {dummy: whole for whole, dummy in names.items()}
    exact = not expr.has(sympy.Float)
    for most, needs_exact, rewrite in _REWRITINGS:
        if size > most or (needs_exact and not exact):
            continue
        if rewrite in (sympy.cancel, sympy.together) and _generators(plain) > _MOST_GENERATORS:
            continue
        try:
            result = rewrite(plain)
        except (ValueError, TypeError, NotImplementedError, ArithmeticError, RecursionError):
            continue
        with no_distribution(False):
            yield result.xreplace(back)


def _hide_arrays(expr: Any, names: dict[Any, Any]) -> Any:
    """Put a plain symbol for each array operation, so that a rewriting leaves it alone."""
    for whole in expr.atoms(ArrayOperation):
        names.setdefault(whole, sympy.Dummy("a", real=True))
    if not names:
        return expr
    outermost = {w: d for w, d in names.items() if w not in _inside(names)}
    with no_distribution(False):
        return expr.xreplace(outermost)


def _inside(names: dict[Any, Any]) -> set[Any]:
    return {inner for whole in names for a in whole.args for inner in a.atoms(ArrayOperation)}


def _generators(expr: Any) -> int:
    return len(expr.free_symbols) + len(expr.atoms(sympy.Function))


def _expanded_trigonometry(expr: Any) -> Any:
    found = expr.atoms(sympy.functions.elementary.trigonometric.TrigonometricFunction)
    powers = {p for f in found for p in f.atoms(sympy.Pow)}
    if not found or any(not p.exp.is_number for p in powers):  # over which SymPy takes minutes
        return expr
    degree = sum(abs(p.exp) for p in expr.atoms(sympy.Pow) if p.base in found and p.exp.is_Integer)
    if len(found) > _MOST_FUNCTIONS or degree > _LARGEST_DEGREE:  # or seconds
        return expr
    hard = [f.args[0] for f in found if not _is_plain(f.args[0])]  # which it would multiply out
    names = {argument: sympy.Dummy("a", real=True) for argument in hard}
    back = {name: argument for argument, name in names.items()}
    return sympy.trigsimp(expr.xreplace(names)).xreplace(back)


def _is_plain(angle: Any) -> bool:
    """Whether an angle is a sum of products of symbols, with no large factors."""
    for term in sympy.Add.make_args(angle):
        factor, rest = term.as_coeff_Mul()
        if factor.is_Integer and abs(factor) > _LARGEST_FACTOR:
            return False
        if not all((p.base if p.is_Pow else p).is_Atom for p in sympy.Mul.make_args(rest)):
            return False
    return True


def _collected(expr: Any) -> Any:
    expanded = sympy.expand(expr)
    return sympy.factor_terms(expanded)


_REWRITINGS: tuple[tuple[int, bool, Callable[[Any], Any]], ...] = (
    (_FACTOR, False, sympy.factor_terms),
    (_EXPAND, False, sympy.expand_mul),
    (_EXPAND, False, _collected),
    (_RATIONAL, True, sympy.together),
    (_RATIONAL, True, sympy.cancel),
    (_TRIGONOMETRY, False, _expanded_trigonometry),
)


def _without_unit_floats(expr: Any) -> Any:
    """`1.0*x` is `x`."""
    units = {f: sympy.Integer(int(f)) for f in expr.atoms(sympy.Float) if abs(float(f)) == 1}
    if not units or (not expr.is_Mul and not expr.is_Add):
        return expr
    terms = []
    for term in sympy.Add.make_args(expr):
        coefficient, rest = term.as_coeff_Mul()
        if coefficient in units and rest != 1:
            term = sympy.Mul(units[coefficient], rest, evaluate=not rest.is_Add)
            if units[coefficient] == 1:
                term = rest
        terms.append(term)
    return sympy.Add(*terms) if len(terms) > 1 else terms[0]
