"""What earlier decisions already say of a test, where that is plain arithmetic of one variable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from .text import Condition


def implied(facts: Iterable[Condition], test: Any) -> bool | None:
    """The outcome that `facts` leave to `test`, or `None` where both are possible.

    Only tests that compare one real variable with numbers, linearly, are judged.

    >>> from symdiff.present.expressions import symbol
    >>> x = symbol("x")
    >>> implied([(x > 0, True)], x < -1), implied([(x > 0, False)], x < 1)
    (False, True)
    >>> implied([(x > 0, True)], x < 5) is None
    True
    """
    where = _interval(test)
    if where is None:
        return None
    known: Any = sympy.S.Reals
    for fact, outcome in facts:
        region = _interval(fact)
        if region is not None and fact.free_symbols == test.free_symbols:
            known = known.intersect(region if outcome else region.complement(sympy.S.Reals))
    if known.intersect(where) is sympy.S.EmptySet:
        return False
    if known.is_subset(where):
        return True
    return None


def _interval(test: Any) -> Any:
    """The real numbers for which a linear comparison of one variable holds; `None` for others."""
    if not isinstance(test, sympy.core.relational.Relational) or len(test.free_symbols) != 1:
        return None
    (x,) = test.free_symbols
    difference = test.lhs - test.rhs
    slope = difference.diff(x)
    if not slope.is_number or slope == 0:
        return None
    at_zero = difference.subs(x, 0)
    if not at_zero.is_number or not at_zero.is_finite:
        return None
    # SymPy's own `as_set` simplifies for seconds, of which a loop asks for hundreds.
    root = -at_zero / slope
    kind = test.func if slope > 0 else test.reversed.func
    if kind is sympy.Eq:
        return sympy.FiniteSet(root)
    if kind is sympy.Ne:
        return sympy.FiniteSet(root).complement(sympy.S.Reals)
    if kind in (sympy.Gt, sympy.Ge):
        return sympy.Interval(root, sympy.oo, kind is sympy.Gt)
    return sympy.Interval(-sympy.oo, root, right_open=kind is sympy.Lt)
