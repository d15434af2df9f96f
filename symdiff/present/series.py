"""What closed forms of loops are made of: bounded sums and products, elements, terms of sequences.

They print as Python that means them: `sum(x[k]**2 for k in range(n))`. The variable that a sum goes
over is a `Dummy`, so that substituting into one never captures a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE

from ..program.program import FLOAT, Aval
from .expressions import ArrayOperation, is_atomic, latex_text


class _Closed(ArrayOperation):
    """An operation that needs no brackets around it."""

    @property
    def precedence(self) -> int:
        return int(PRECEDENCE["Atom"])

    @property
    def is_matrix_product(self) -> bool:
        return False


class _Bound(_Closed):
    """An operation that binds a variable, its second operand."""

    @property
    def free_symbols(self) -> set[Any]:
        summand, k, *others = self.args
        found = {s for s in summand.free_symbols if s != k}
        return found.union(*[o.free_symbols for o in others])

    def _eval_subs(self, old: Any, new: Any) -> Any:
        """SymPy puts a number in the place of an index where that is known, but not of this one."""
        summand, k, *others = self.args
        if old != k:
            return None  # as in any expression
        return self.func(summand, k, *[o.subs(old, new) for o in others])

    def _xreplace(self, rule: Any) -> Any:
        """What is put in the place of an index, if it is no index, is not put in for this one."""
        if self in rule:
            return rule[self], True
        summand, k, *others = self.args
        inner = rule
        if k in rule and not rule[k].is_Symbol:
            inner = {old: new for old, new in rule.items() if old != k}
        parts = [*[e.xreplace(inner) for e in (summand, k)], *[o.xreplace(rule) for o in others]]
        changed = any(a is not b for a, b in zip(parts, self.args, strict=True))
        return (self.func(*parts), True) if changed else (self, False)


class Series(_Bound):
    """A sum or product over `k` in `range(start, stop, step)`, without `k = left_out`, if given.

    Its operands are the summand, `k`, `start`, `stop`, `step` and what is left out.
    """

    aval = FLOAT
    is_of_shape_of_first = True
    word = "sum"
    sign = r"\sum"

    @staticmethod
    def describe(operands: Any) -> str:
        return f"series({', '.join(operands)})"

    def _sympystr(self, printer: Any) -> str:
        summand, k, start, stop, step, *left_out = self.args
        text = printer.doprint(summand)
        bounds = [stop] if (start, step) == (0, 1) else [start, stop, step][: 2 + (step != 1)]
        over = f"range({', '.join(map(printer.doprint, bounds))})"
        test = f" if {k.name} != {printer.doprint(left_out[0])}" if left_out else ""
        return f"{self.word}({text} for {k.name} in {over}{test})"

    def _latex(self, printer: Any) -> str:
        summand, k, start, stop, step, *left_out = self.args
        name = printer.doprint(k)
        below, above = f"{name}={printer.doprint(start)}", ""
        if step == 1:
            above = f"^{{{printer.doprint(stop - 1)}}}"
        else:
            below = (
                rf"{name}={printer.doprint(start)},\, {printer.doprint(start + step)},\, \ldots,"
                rf"\; {name} {'<' if step.is_positive else '>'} {printer.doprint(stop)}"
            )
        if left_out:
            below = rf"\substack{{{below} \\ {name} \ne {printer.doprint(left_out[0])}}}"
        inner = printer.doprint(summand)
        if summand.is_Add:
            inner = rf"\left({inner}\right)"
        return rf"{self.sign}_{{{below}}}{above} {inner}"


class SumOver(Series):
    """A bounded sum."""


class ProductOver(Series):
    """A bounded product."""

    word = "prod"
    sign = r"\prod"


class Components(_Bound):
    """A vector given by its element at `k`: its operands are that, `k` and how many there are."""

    @staticmethod
    def describe(operands: Any) -> str:
        return f"components({', '.join(operands)})"

    def _sympystr(self, printer: Any) -> str:
        element, k, count = self.args
        over = f"range({printer.doprint(count)})"
        return f"array([{printer.doprint(element)} for {k.name} in {over}])"

    def _latex(self, printer: Any) -> str:
        element, k, _ = self.args
        name = printer.doprint(k)
        return rf"\left[{printer.doprint(element)}\right]_{{{name}}}"


def components(element: Any, k: Any, count: Any, shape: tuple[int, ...]) -> Components:
    """A vector by its elements."""
    aval = Aval.of(shape, "float64")
    cls = _COMPONENTS.get(shape)
    if cls is None:
        cls = _COMPONENTS[shape] = type("Components", (Components,), {"aval": aval})
    made: Components = cls(element, k, count)
    return made


_COMPONENTS: dict[tuple[int, ...], Any] = {}


class _Indexed(_Closed):
    """Something with an index, the last operand."""


class Element(_Indexed):
    """`x[k]` of a vector, where `k` is computed."""

    aval = FLOAT

    @staticmethod
    def describe(operands: Any) -> str:
        return f"{operands[0]}[{operands[1]}]"

    def _sympystr(self, printer: Any) -> str:
        owner = printer.doprint(self.args[0])
        owner = owner if is_atomic(owner) else f"({owner})"
        return f"{owner}[{printer.doprint(self.args[1])}]"

    def _latex(self, printer: Any) -> str:
        owner = printer.doprint(self.args[0])
        if not isinstance(self.args[0], sympy.Symbol):
            owner = rf"\left({owner}\right)"
        return rf"{{{owner}}}_{{{printer.doprint(self.args[1])}}}"


class Term(_Indexed):
    """`x_k`: what a recurrence says of `x` at iteration `k`."""

    title = ""

    @staticmethod
    def describe(operands: Any) -> str:
        return f"term({', '.join(operands)})"

    def _sympystr(self, printer: Any) -> str:
        index = printer.doprint(self.args[0]).replace(" ", "")
        return (
            f"{self.title}_{index}"
            if re.fullmatch(r"\w+", index)
            else (f"{self.title}_{{{index}}}")
        )

    def _latex(self, printer: Any) -> str:
        name, bar = self.title.removesuffix("_bar"), self.title.endswith("_bar")
        plain = name if len(name) == 1 else rf"\mathrm{{{latex_text(name)}}}"
        plain = rf"\bar{{{plain}}}" if bar else plain
        return rf"{plain}_{{{printer.doprint(self.args[0])}}}"


def term(name: str, aval: Aval, index: Any) -> Any:
    """The term of a sequence at an index."""
    key = (name, aval)
    cls = _TERMS.get(key)
    if cls is None:
        shape = Aval.of(aval.shape, aval.dtype)
        cls = _TERMS[key] = type(f"term_{name}", (Term,), {"title": name, "aval": shape})
    return cls(index)


_TERMS: dict[Any, Any] = {}


# -- elements of what is computed element by element

NONE: Mapping[Any, Any] = MappingProxyType({})


def element(expr: Any, index: Any, shape_of: Any, known: Mapping[Any, Any] = NONE) -> Any:
    """The element of an expression at an index: that of each vector in it.

    Args:
        expr: what is computed of vectors element by element.
        index: where.
        shape_of: tells the shape of an expression by itself.
        known: what tells the elements of some vectors.
    """
    expr = sympy.sympify(expr)
    shape = shape_of(expr)
    if not shape:
        return expr
    if isinstance(expr, Components):
        inner, k, _ = expr.args
        return inner.xreplace({k: index})
    if isinstance(expr, Series):
        inner, *others = expr.args
        return expr.func(element(inner, index, shape_of, known), *others)
    if expr in known:
        return known[expr](index)
    if isinstance(expr, ArrayOperation) or not expr.args:
        return Element(expr, index)
    return expr.func(*[element(a, index, shape_of, known) for a in expr.args])


def whole(expr: Any, k: Any, length: int, shape_of: Any) -> Any:
    """What is computed of `x[k]` as what is computed of `x`; `None` where that is not the same."""
    if expr.has(sympy.Piecewise):
        return None
    replaced = {
        e: e.args[0]
        for e in expr.atoms(Element)
        if e.args[1] == k and shape_of(e.args[0]) == (length,) and not e.args[0].has(k)
    }
    found = expr.xreplace(replaced)
    return None if found.has(k, Element) else found
