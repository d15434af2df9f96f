"""Derivatives that choose: what is not chosen is not multiplied, and moves nothing."""

from __future__ import annotations

from typing import Any

import sympy

from .nodes import PREFIX, m
from .quotients import chooses_power, times


def _is_choice(expr: Any) -> bool:
    """Whether an expression is a `where` that is zero in some case."""
    return expr.func.__name__ == f"{PREFIX}where" and any(
        arm == 0 or _is_choice(arm) for arm in expr.args[1:]
    )


def _chooses_number(expr: Any) -> bool:
    """Whether it is a choice of whole numbers, which as an array would widen single precision."""
    return expr.func is m.where and all(arm.is_Integer for arm in expr.args[1:])


def multiplied(factor: Any, expr: Any) -> Any:
    """A product, in which what is not chosen is not multiplied: infinity times zero is not zero."""
    if expr == 0:
        return expr
    if expr.func is m.on_tip:
        return m.on_tip(multiplied(factor, expr.args[0]), expr.args[1])
    if expr.func is m.sided:
        return m.sided(factor * expr.args[0], *expr.args[1:])
    if expr.has(*_held_inside()):
        return _within(factor, expr)
    if factor.has(*_held_inside()):
        return _within(expr, factor)
    if not (_is_choice(expr) or chooses_power(expr) or _chooses_number(expr)):
        return times(factor, expr)
    condition, yes, no = expr.args
    return m.where(condition, multiplied(factor, yes), multiplied(factor, no))


def _held_inside() -> tuple[Any, ...]:
    """What a product is put into: its own derivative depends on the whole of it."""
    return m.unless_zero, m.tied


def _within(factor: Any, expr: Any) -> Any:
    """A product with such a slope: of one that nobody can tell it is no number, if it moves."""
    if expr.func in _held_inside():
        return expr.func(multiplied(factor, expr.args[0]), *expr.args[1:])
    if expr.is_Add:
        return sympy.Add(*[multiplied(factor, term) for term in expr.args])
    if expr.is_Mul:
        held = next(a for a in expr.args if a.has(*_held_inside()))
        return multiplied(sympy.Mul(factor, *[a for a in expr.args if a != held]), held)
    if expr.func is m.where:
        condition, yes, no = expr.args
        return m.where(condition, multiplied(factor, yes), multiplied(factor, no))
    return factor * expr


def choice_first(expr: Any) -> Any:
    """`a*where(c, b, 0)` as `where(c, a*b, 0)`."""
    if not expr.is_Mul:
        return expr
    tied = next((a for a in expr.args if a.has(m.tied)), None)
    if tied is not None and not _is_choice(tied):
        return multiplied(sympy.Mul(*[a for a in expr.args if a != tied]), tied)
    choice = next((a for a in expr.args if _is_choice(a)), None)
    if choice is None:
        choice = next((a for a in expr.args if chooses_power(a)), None)
    if choice is None:
        return expr
    rest = choice_first(sympy.Mul(*[a for a in expr.args if a != choice]))
    return multiplied(rest, choice) if not _is_choice(rest) else multiplied(choice, rest)


def taken(expr: Any) -> Any:
    """Where a chain of choices does not end in zero; `None` if it is no choice."""
    if not _is_choice(expr):
        return None
    condition, yes, no = expr.args
    if no == 0:
        inner = taken(yes)
        return condition if inner is None else m.logical_and(condition, inner)
    if yes == 0:
        inner, condition = taken(no), m.logical_not(condition)
        return condition if inner is None else m.logical_and(condition, inner)
    first, second = taken(yes), taken(no)
    if first is None:
        return m.logical_or(condition, second)
    if second is None:
        return m.logical_or(m.logical_not(condition), first)
    return m.where(condition, first, second)


def refused() -> tuple[Any, ...]:
    """What no derivative may hold."""
    return sympy.Derivative, sympy.Subs, sympy.DiracDelta, sympy.Heaviside, sympy.I
