"""The derivative of a SymPy expression with respect to a symbol, by the chain rule.

It gives what `expr.diff(symbol)` gives. SymPy's own asks at every node whether the derivative can
be proved to be zero, which costs ten times the rest: here what is zero is the number 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .plain import Applied, Plain, algebra
from .quotients import over


def derivative(expr: Any, symbol: Any, known: dict[Any, Any] | None = None) -> Any:
    """The derivative of `expr`; `known` keeps those of its parts, for one symbol.

    >>> import sympy
    >>> from symdiff.operations.table import nodes
    >>> x = sympy.Symbol("x", real=True)
    >>> derivative(sympy.sin(x**2), x)
    2*x*cos(x**2)
    """
    if isinstance(expr, Plain) and not expr.reads & symbol.reads:
        return expr.algebra.S.Zero
    known = {} if known is None else known
    found = known.get(expr)
    if found is None:
        found = known[expr] = _derivative(expr, symbol, lambda e: derivative(e, symbol, known))
    return found


def _derivative(expr: Any, symbol: Any, inner: Callable[[Any], Any]) -> Any:
    make = algebra(expr)
    zero = make.S.Zero
    if expr.is_Atom:
        return make.S.One if expr == symbol else zero
    chosen = getattr(expr, "derivative_by", None)
    if chosen is not None:
        return chosen(inner)
    if expr.is_Add:
        return make.Add(*[d for d in map(inner, expr.args) if d is not zero])
    if expr.is_Mul:
        args = expr.args
        parts = [(k, d) for k, d in enumerate(map(inner, args)) if d is not zero]
        return _shortest(make.Add(*[_with(args, k, d) for k, d in parts]))
    if expr.is_Pow:
        base, exponent = inner(expr.base), inner(expr.exp)
        terms = []
        if exponent is not zero:
            terms.append(exponent * make.log(expr.base))
        if base is not zero:
            terms.append(base * expr.exp / expr.base)
        return expr * make.Add(*terms) if terms else zero
    if isinstance(expr, Applied) or make.is_by_arguments(expr):
        changes = [(k, d) for k, d in enumerate(map(inner, expr.args), 1) if d is not zero]
        return make.Add(*[expr.fdiff(k) * d for k, d in changes])
    return expr.diff(symbol)


def _with(args: tuple[Any, ...], k: int, change: Any) -> Any:
    """The product of `args` with `change` in place of one of them.

    Where that is a quotient of the factor itself, as for a power below zero, the product comes
    first: `(x*p)/y`, not `x*(p/y)`.
    """
    make = algebra(change)
    number, rest = change.as_coeff_Mul()
    if rest.func.__name__ == "sd_div" and rest.args[0] == args[k]:
        return number * over(rest.func, make.Mul(*args), rest.args[1])
    return make.Mul(*args[:k], change, *args[k + 1 :])


def _shortest(expr: Any) -> Any:
    """`(1 - x) - (1 + x)`, the derivative of `(1 - x)*(1 + x)`, as `-2*x`: it loses no digits."""
    make = algebra(expr)
    terms = make.Add.make_args(expr)
    if not any(_is_number_times_sum(term) for term in terms):
        return expr
    expanded = make.Add(
        *[make.expand_mul(t, deep=False) if _is_number_times_sum(t) else t for t in terms]
    )
    return expanded if len(make.Add.make_args(expanded)) < len(terms) else expr


def _is_number_times_sum(term: Any) -> bool:
    return bool(
        term.is_Mul and len(term.args) == 2 and term.args[0].is_number and term.args[1].is_Add
    )
