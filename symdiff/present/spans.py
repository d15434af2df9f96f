"""In which part of a range it is known what is chosen by the index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from .series import Series


def choices(expr: Any) -> list[Any]:
    """What is chosen in an expression by one test, but not within sums."""
    found, waiting = [], [expr]
    while waiting:
        e = waiting.pop()
        if isinstance(e, sympy.Piecewise):
            if len(e.args) == 2 and e.args[1][1] == sympy.true:
                found.append(e)
        elif not isinstance(e, Series):
            waiting += e.args
    return found


def span(test: Any, m: Any, start: Any, stop: Any, least: Iterable[Any]) -> Any:
    """The part of a range in which a test of the index holds; `None` where that is not known.

    Args:
        test: of the index.
        m: the index.
        start: of the range.
        stop: of the range, which is not before it.
        least: what is not negative.
    """
    low, high = start, stop
    for t in sympy.And.make_args(test):
        if isinstance(t, sympy.Eq) and m in t.args:
            (at,) = [a for a in t.args if a != m] or (m,)
            first, last = at, at + 1
        elif isinstance(t, sympy.Ge) and t.lhs == m:
            first, last = t.rhs, high
        elif isinstance(t, sympy.Lt) and t.lhs == m:
            first, last = low, t.rhs
        elif isinstance(t, sympy.Le) and t.lhs == m:
            first, last = low, t.rhs + 1
        else:
            return None
        if first.has(m) or last.has(m):
            return None
        if not (_in_order(low, first, least) and _in_order(last, high, least)):
            return None
        low, high = first, last
    return (low, high) if _in_order(low, high, least) else None


def _in_order(a: Any, b: Any, least: Iterable[Any]) -> bool:
    """Whether a number is not less than another."""
    apart = sympy.expand(b - a)
    if apart.is_nonnegative:
        return True
    more = [sympy.expand(apart - e) for e in least]
    return any(e.is_Integer and e >= 0 for e in more)


def chosen_within(expr: Any, m: Any, start: Any, stop: Any, least: Iterable[Any]) -> Any:
    """An expression without choices that come out in one way for all of a range."""
    for p in choices(expr):
        found = span(p.args[0][1], m, start, stop, least)
        if found is None:
            continue
        low, high = found
        if sympy.expand(low - start) == 0 and sympy.expand(high - stop) == 0:
            return chosen_within(expr.xreplace({p: p.args[0][0]}), m, start, stop, least)
        if sympy.expand(high - low) == 0:
            return chosen_within(expr.xreplace({p: p.args[1][0]}), m, start, stop, least)
    return expr


def decided(expr: Any, least: Iterable[Any]) -> Any:
    """An expression without choices of which it is known how they come out.

    Args:
        expr: what is chosen, by lengths and the like.
        least: what is not negative.
    """
    for p in choices(expr):
        outcome = _outcome(p.args[0][1], least)
        if outcome is not None:
            return decided(expr.xreplace({p: p.args[0 if outcome else 1][0]}), least)
    return expr


def _outcome(test: Any, least: Iterable[Any]) -> bool | None:
    found: list[bool | None] = []
    for t in sympy.And.make_args(test):
        if not isinstance(t, sympy.Eq | sympy.Ge | sympy.Gt | sympy.Le | sympy.Lt):
            return None
        a, b = t.args
        if isinstance(t, sympy.Eq):
            if sympy.expand(a - b) == 0:
                found.append(True)
            elif _in_order(a + 1, b, least) or _in_order(b + 1, a, least):
                return False
            else:
                found.append(None)
            continue
        low, high = (b, a) if isinstance(t, sympy.Ge | sympy.Gt) else (a, b)
        apart = int(isinstance(t, sympy.Gt | sympy.Lt))
        if _in_order(low + apart, high, least):
            found.append(True)
        elif _in_order(high + 1 - apart, low, least):
            return False
        else:
            found.append(None)
    return True if all(found) else None
