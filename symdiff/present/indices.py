"""Sums and products as people write them: over the index that the function goes by.

`sum(f(k + 1) for k in range(n - 1))` becomes `sum(f(k) for k in range(1, n))`, a sum over all
elements of vectors that of a vector, and no index goes by a name that means something else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from ..program.program import FLOAT
from .expressions import array_operation, as_doubles
from .forms import Context
from .series import Element, Series, SumOver, Term, _Bound, whole
from .simplify import cost_of, tidy

_LETTERS = "kijmlpqruvw"


def finish(expr: Any, context: Context) -> Any:
    """An expression that is simplified, with all its indices named."""
    expr = sympy.sympify(expr)
    if isinstance(expr, sympy.Expr):
        best = tidy(_rewritten(expr, context))
        apart = _distributed(expr, context)
        if apart != expr:
            other = tidy(_rewritten(apart, context))
            best = min(best, other, key=cost_of)
        expr = _without_unit_floats(best)
    return as_doubles(name_indices(expr, context.letters)[0])


def _rewritten(expr: Any, context: Context) -> Any:
    """The same with each sum and product written as it reads best, inner ones first."""
    mapping = {}
    for node in _outermost(expr):
        inner, *others = node.args
        inner = _rewritten(inner, context)
        best = _best(node.func(inner, *others), context)
        if isinstance(best, _Bound):
            inner, *others = best.args
            best = best.func(tidy(inner), *others)
        mapping[node] = best
    return expr.xreplace(mapping) if mapping else expr


def _without_unit_floats(expr: Any) -> Any:
    """`1.0*x` is `x`, wherever it stands."""
    mapping = {}
    for node in expr.atoms(sympy.Mul):
        number, rest = node.as_coeff_Mul()
        if isinstance(number, sympy.Float) and abs(float(number)) == 1:
            mapping[node] = sympy.Integer(int(number)) * rest
    return expr.xreplace(mapping) if mapping else expr


def _distributed(expr: Any, context: Context) -> Any:
    """Sums of terms of which some do not vary, as sums of each term by itself."""
    mapping = {}
    for node in _outermost(expr):
        inner, *others = node.args
        inner = _distributed(inner, context)
        found = node.func(inner, *others)
        if isinstance(node, SumOver) and not inner.atoms(sympy.Piecewise):
            found = _term_by_term(found, context)
        if found != node:
            mapping[node] = found
    return expr.xreplace(mapping) if mapping else expr


def _term_by_term(node: Any, context: Context) -> Any:
    """A sum as the sum of its terms, where there is one that does not vary."""
    inner, k, start, stop, step = node.args
    count = stop - start
    terms = sympy.Add.make_args(sympy.expand(inner))
    known = count == context.counts.symbol or count.is_nonnegative
    if not known or step != 1 or len(terms) < 2 or all(t.has(k) for t in terms):
        return node
    parts = []
    for t in terms:
        fixed, moving = t.as_independent(k, as_Add=False)
        parts.append(fixed * (count if moving == 1 else node.func(moving, k, start, stop, step)))
    return sympy.Add(*parts)


def _outermost(expr: Any) -> list[Any]:
    found, waiting = [], [expr]
    while waiting:
        e = waiting.pop()
        if isinstance(e, _Bound):
            found.append(e)
        else:
            waiting += e.args
    return list(dict.fromkeys(found))


def _best(node: Any, context: Context) -> Any:
    if not isinstance(node, Series) or len(node.args) != 5:
        return node
    summand, k, start, stop, step = node.args
    if isinstance(node, SumOver) and (start, step) == (0, 1):
        for e in summand.atoms(Element):
            shape = context.shapes.get(e.args[0])
            if e.args[1] == k and shape and context.size(shape[0]) == stop:
                found = whole(summand, k, shape[0], lambda a: context.shapes.get(a, ()))
                if found is not None:
                    return array_operation(
                        "sum", "of a loop", FLOAT, lambda o: f"sum({o[0]})", found
                    )
    return _shifted(node, context.indices.get(k.name))


def _shifted(node: Any, index: tuple[Any, Any] | None) -> Any:
    """A sum over the index that the function goes by, where that is as simple."""
    summand, k, start, stop, _ = node.args
    if start != 0 or index is None or summand.atoms(Term):  # terms have numbers of their own
        return node
    slope, c = index
    moved = _in_terms(summand, k, slope, c) if slope.is_Integer else None
    if moved is None or sympy.count_ops(moved) > sympy.count_ops(summand):
        return node
    if slope == -1:  # in which order does not matter
        return node.func(moved, k, sympy.expand(c - stop + 1), c + 1, 1)
    return node.func(moved, k, c, _stop(c, slope, stop), slope)


def _in_terms(summand: Any, k: Any, slope: Any, c: Any) -> Any:
    """A summand of `k` as one of `c + slope*k`, which then is called `k`; `None` if it is none."""
    if slope in (1, -1):
        return summand.xreplace({k: (k - c) * slope})
    j = sympy.Dummy(k.name, integer=True)
    moved = summand.xreplace({c + slope * k: j})
    return None if moved.has(k) else moved.xreplace({j: k})


def _stop(c: Any, slope: Any, count: Any) -> Any:
    """Where a range of so many steps ends."""
    if slope != 1:
        floors = [t for t in sympy.Add.make_args(count) if isinstance(t, sympy.floor)]
        if len(floors) == 1:
            inner = floors[0].args[0] + count - floors[0]
            size = abs(slope)
            apart = sympy.expand(inner * size - size + 1)
            return sympy.expand(c + (apart if slope > 0 else -apart))
    return sympy.expand(c + slope * count)


# -- names


def free_letter(name: str, taken: Iterable[str]) -> str:
    """A name for an index: the one wanted, or another letter.

    >>> free_letter("k", {"k", "i"})
    'j'
    """
    used = set(taken)
    further: list[str] = [name, *_LETTERS, *(f"k{m}" for m in range(99))]
    return next(n for n in further if n not in used)


def name_indices(expr: Any, letters: Iterable[str], own: Any = None) -> tuple[Any, Any]:
    """An expression whose indices have names that nothing else in reach has.

    Args:
        expr: an expression.
        letters: names that mean something else.
        own: an index that the whole expression depends on.
    """
    taken = set(letters)
    symbol = None
    if own is not None:
        symbol = sympy.Symbol(free_letter(own.name, taken), integer=True, nonnegative=True)
        expr = expr.xreplace({own: symbol})
        taken.add(symbol.name)
    taken |= {s.name for s in expr.free_symbols}
    return _named(expr, frozenset(taken)), symbol


def _named(expr: Any, taken: frozenset[str]) -> Any:
    mapping = {}
    for node in _outermost(expr):
        inner, k, *others = node.args
        index = sympy.Symbol(free_letter(k.name, taken), integer=True, nonnegative=True)
        inside = taken | {index.name}
        others = [_named(o, taken) for o in others]
        mapping[node] = node.func(_named(inner.xreplace({k: index}), inside), index, *others)
    return expr.xreplace(mapping) if mapping else expr
