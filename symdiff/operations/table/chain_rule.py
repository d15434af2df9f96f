"""The derivative of a SymPy expression with respect to a symbol, by the chain rule.

It gives what `expr.diff(symbol)` gives. SymPy's own asks at every node whether the derivative can
be proved to be zero, which costs ten times the rest: here what is zero is the number 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from .quotients import over


def derivative(expr: Any, symbol: Any, known: dict[Any, Any] | None = None) -> Any:
    """The derivative of `expr`; `known` keeps those of its parts, for one symbol.

    >>> x = sympy.Symbol("x", real=True)
    >>> derivative(sympy.sin(x**2), x)
    2*x*cos(x**2)
    """
    known = {} if known is None else known
    found = known.get(expr)
    if found is None:
        found = known[expr] = _derivative(expr, symbol, lambda e: derivative(e, symbol, known))
    return found


def _derivative(expr: Any, symbol: Any, inner: Callable[[Any], Any]) -> Any:
    zero = sympy.S.Zero
    if expr.is_Atom:
        return sympy.S.One if expr == symbol else zero
    chosen = getattr(expr, "derivative_by", None)
    if chosen is not None:
        return chosen(inner)
    if expr.is_Add:
        return sympy.Add(*[d for d in map(inner, expr.args) if d is not zero])
    if expr.is_Mul:
        args = expr.args
        parts = [(k, d) for k, d in enumerate(map(inner, args)) if d is not zero]
        return _shortest(sympy.Add(*[_with(args, k, d) for k, d in parts]))
    if expr.is_Pow:
        base, exponent = inner(expr.base), inner(expr.exp)
        terms = []
        if exponent is not zero:
            terms.append(exponent * sympy.log(expr.base))
        if base is not zero:
            terms.append(base * expr.exp / expr.base)
        return expr * sympy.Add(*terms) if terms else zero
    if isinstance(expr, sympy.Function) and type(expr)._eval_derivative is _BY_ARGUMENTS:
        changes = [(k, d) for k, d in enumerate(map(inner, expr.args), 1) if d is not zero]
        return sympy.Add(*[expr.fdiff(k) * d for k, d in changes])
    return expr.diff(symbol)


def _with(args: tuple[Any, ...], k: int, change: Any) -> Any:
    """The product of `args` with `change` in place of one of them.

    Where that is a quotient of the factor itself, as for a power below zero, the product comes
    first: `(x*p)/y`, not `x*(p/y)`.
    """
    number, rest = change.as_coeff_Mul()
    if rest.func.__name__ == "sd_div" and rest.args[0] == args[k]:
        return number * over(rest.func, sympy.Mul(*args), rest.args[1])
    return sympy.Mul(*args[:k], change, *args[k + 1 :])


def _shortest(expr: Any) -> Any:
    """`(1 - x) - (1 + x)`, the derivative of `(1 - x)*(1 + x)`, as `-2*x`: it loses no digits."""
    terms = sympy.Add.make_args(expr)
    if not any(_is_number_times_sum(term) for term in terms):
        return expr
    expanded = sympy.Add(
        *[sympy.expand_mul(t, deep=False) if _is_number_times_sum(t) else t for t in terms]
    )
    return expanded if len(sympy.Add.make_args(expanded)) < len(terms) else expr


def _is_number_times_sum(term: Any) -> bool:
    return bool(
        term.is_Mul and len(term.args) == 2 and term.args[0].is_number and term.args[1].is_Add
    )


_BY_ARGUMENTS = sympy.Function._eval_derivative
