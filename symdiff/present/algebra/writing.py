"""A formula that is laid out as text in NumPy's notation, and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ..text import latex_name
from .layout import Node, is_decimal
from .terms import Dimension, Shape

ADD, MUL, UNARY, POW, ATOM = range(5)

_TEXT_NAMES = {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
}


class Text:
    """Text in NumPy's notation; `lengths` says how a length is written."""

    def __init__(self, lengths: Mapping[str, str] | None = None) -> None:
        self.lengths = lengths or {}

    def write(self, node: Node) -> str:
        return self._write(node)[0]

    def _write(self, node: Node) -> tuple[str, int]:
        make: Callable[[Node], tuple[str, int]] = getattr(self, f"_{node.kind}")
        return make(node)

    def _in(self, node: Node, least: int) -> str:
        text, own = self._write(node)
        return text if own >= least else f"({text})"

    def dimension(self, n: Dimension) -> str:
        return self.lengths.get(n, n) if isinstance(n, str) else str(n)

    def _name(self, node: Node) -> tuple[str, int]:
        return str(node.data), ATOM

    _constant = _name

    def _length(self, node: Node) -> tuple[str, int]:
        return self.dimension(node.data), ATOM

    def _number(self, node: Node) -> tuple[str, int]:
        return number_text(node.data)

    def _sum(self, node: Node) -> tuple[str, int]:
        text = ""
        for k, (part, sign) in enumerate(zip(node.parts, node.data, strict=True)):
            own = self._in(part, MUL)
            if k:
                text += f" {'+' if sign > 0 else '-'} {own}"
            else:
                text = own if sign > 0 else f"-{own}"
        return text, ADD if len(node.parts) > 1 else UNARY

    def _quotient(self, node: Node) -> tuple[str, int]:
        above, below = node.parts[: node.data], node.parts[node.data :]
        text = self._factors(above)
        if below:
            under = self._factors(below)
            if len(below) > 1 or (self._write(below[0])[1] < POW and under[:1] != "("):
                under = f"({under})"
            text = f"{text}/{under}"
        return text, MUL

    def _factors(self, nodes: tuple[Node, ...]) -> str:
        # Products are read from the left: a chain of matrices is last, behind numbers alone.
        return "*".join([self._in(node, MUL if _is_open(node) else UNARY) for node in nodes])

    def _group(self, node: Node) -> tuple[str, int]:
        return f"({self.write(node.parts[0])})", ATOM

    def _matrices(self, node: Node) -> tuple[str, int]:
        return " @ ".join([self._in(part, UNARY + 1) for part in node.parts]), MUL

    def _power(self, node: Node) -> tuple[str, int]:
        base, e = node.parts
        return f"{self._in(base, ATOM)}**{self._in(e, UNARY)}", POW

    def _call(self, node: Node) -> tuple[str, int]:
        name, axes = node.data
        args = [self.write(part) for part in node.parts]
        if axes is not None:
            args.append(f"axis={axes[0] if len(axes) == 1 else axes!r}")
        return f"{_TEXT_NAMES.get(name, name)}({', '.join(args)})", ATOM

    def _transpose(self, node: Node) -> tuple[str, int]:
        return f"{self._in(node.parts[0], ATOM)}.T", ATOM

    def _inverse(self, node: Node) -> tuple[str, int]:
        return f"inv({self.write(node.parts[0])})", ATOM

    def _element(self, node: Node) -> tuple[str, int]:
        places = ", ".join(map(str, node.data))
        return f"{self._in(node.parts[0], ATOM)}[{places}]", ATOM

    def _column(self, node: Node) -> tuple[str, int]:
        inner = self._in(node.parts[0], ATOM)
        return f"{inner}[{'None, :' if node.data == (0,) else ':, None'}]", ATOM

    def _where(self, node: Node) -> tuple[str, int]:
        return f"where({', '.join(map(self.write, node.parts))})", ATOM

    def _compare(self, node: Node) -> tuple[str, int]:
        a, b = node.parts
        return f"{self._in(a, ADD)} {node.data} {self._in(b, ADD)}", -1

    def _unit(self, node: Node) -> tuple[str, int]:
        return unit_name(*node.data), ATOM

    def _identity(self, node: Node) -> tuple[str, int]:
        return f"eye({self.dimension(node.data)})", ATOM

    def _ones(self, node: Node) -> tuple[str, int]:
        return f"ones({self._shape(node.data)})", ATOM

    def _zeros(self, node: Node) -> tuple[str, int]:
        return "0", ATOM

    def _shape(self, shape: Shape) -> str:
        told = [self.dimension(d) for d in shape]
        return told[0] if len(told) == 1 else f"({', '.join(told)})"


def unit_name(place: int, n: Dimension) -> str:
    """A unit vector as mathematicians count: from 1."""
    if place >= 0:
        return f"e_{place + 1}"
    if isinstance(n, int):
        return f"e_{n + place + 1}"
    n = n if n.isidentifier() else "n"
    return f"e_{n}" if place == -1 else f"e_{n}_{-place - 1}"


def number_text(value: Any) -> tuple[str, int]:
    """A number that is not negative, and how tightly it binds."""
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return str(value.numerator), ATOM
        if is_decimal(value):
            return repr(float(value)), ATOM
        return f"{value.numerator}/{value.denominator}", MUL
    return repr(value), ATOM


def _is_open(node: Node) -> bool:
    return node.kind == "matrices"


_GREEK_CONSTANTS = {"pi": r"\pi", "e": "e"}
_LATEX_CALLS = {
    "log": r"\log",
    "sin": r"\sin",
    "cos": r"\cos",
    "tan": r"\tan",
    "sinh": r"\sinh",
    "cosh": r"\cosh",
    "tanh": r"\tanh",
    "arcsin": r"\arcsin",
    "arccos": r"\arccos",
    "arctan": r"\arctan",
    "det": r"\det",
    "max": r"\max",
    "min": r"\min",
    "Phi": r"\Phi",
    "phi": r"\varphi",
    "sigmoid": r"\sigma",
    "lgamma": r"\log \Gamma",
    "digamma": r"\psi",
    "trace": r"\operatorname{tr}",
}
_LATEX_SIGNS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne", "<": "<", ">": ">"}


class Latex:
    """LaTeX, in the notation of mathematics."""

    def write(self, node: Node) -> str:
        return self._write(node)[0]

    def _write(self, node: Node) -> tuple[str, int]:
        make: Callable[[Node], tuple[str, int]] = getattr(self, f"_{node.kind}")
        return make(node)

    def _in(self, node: Node, least: int) -> str:
        text, own = self._write(node)
        return text if own >= least else _round(text)

    def _name(self, node: Node) -> tuple[str, int]:
        return latex_name(node.data), ATOM

    def _constant(self, node: Node) -> tuple[str, int]:
        return _GREEK_CONSTANTS[node.data], ATOM

    def _length(self, node: Node) -> tuple[str, int]:
        of = re.fullmatch(r"len\((.*)\)", node.data)
        if of:
            return rf"\operatorname{{len}}{{\left({latex_name(of[1])}\right)}}", ATOM
        return latex_name(node.data), ATOM

    def _number(self, node: Node) -> tuple[str, int]:
        value = node.data
        if isinstance(value, Fraction) and value.denominator > 1 and not is_decimal(value):
            return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", MUL
        text, own = number_text(value)
        if "e" in text:
            head, _, tail = text.partition("e")
            text = rf"{head} \cdot 10^{{{int(tail)}}}"
        return text, own

    def _sum(self, node: Node) -> tuple[str, int]:
        text = ""
        for k, (part, sign) in enumerate(zip(node.parts, node.data, strict=True)):
            own = self._in(part, MUL)
            if k:
                text += f" {'+' if sign > 0 else '-'} {own}"
            else:
                text = own if sign > 0 else f"- {own}"
        return text, ADD

    def _quotient(self, node: Node) -> tuple[str, int]:
        above, below = node.parts[: node.data], node.parts[node.data :]
        if not below:
            return self._factors(above), MUL
        return rf"\frac{{{self._factors(above)}}}{{{self._factors(below)}}}", MUL

    def _factors(self, nodes: tuple[Node, ...]) -> str:
        if len(nodes) == 1:
            inner = nodes[0].parts[0] if nodes[0].kind == "group" else nodes[0]
            return self.write(inner)
        text = self._in(nodes[0], UNARY)
        for before, node in pairwise(nodes):
            if before.array and node.array:
                between = r" \odot "
            elif before.kind == node.kind == "number":
                between = r" \cdot "
            else:
                between = " " if before.kind == "number" else r" \, "
            text += between + self._in(node, MUL if _is_open(node) else UNARY)
        return text

    def _group(self, node: Node) -> tuple[str, int]:
        inner = node.parts[0]
        text = self.write(inner)
        return _round(text), ATOM

    def _matrices(self, node: Node) -> tuple[str, int]:
        pieces = [self._in(part, UNARY + 1) for part in node.parts]
        if node.data:
            pieces[0] = _turned(self._in(node.parts[0], ATOM))
        return r" \, ".join(pieces), MUL

    def _power(self, node: Node) -> tuple[str, int]:
        base, e = node.parts
        return f"{self._in(base, ATOM)}^{{{self.write(e)}}}", POW

    def _call(self, node: Node) -> tuple[str, int]:
        name, axes = node.data
        args = [self.write(part) for part in node.parts]
        if name == "exp":
            return f"e^{{{args[0]}}}", POW
        if name == "sqrt":
            return rf"\sqrt{{{args[0]}}}", ATOM
        if name == "norm":
            return rf"\left\lVert {args[0]} \right\rVert", ATOM
        if name == "abs":
            return rf"\left| {args[0]} \right|", ATOM
        if name == "outer":
            u, v = (self._in(part, POW) for part in node.parts)
            return rf"{u} \, {_turned(v)}", MUL
        shown = _LATEX_CALLS.get(name, rf"\operatorname{{{name}}}")
        if axes is not None:
            shown += f"_{{{', '.join(str(k + 1) for k in axes)}}}"
        return f"{shown}{_round(', '.join(args))}", ATOM

    def _transpose(self, node: Node) -> tuple[str, int]:
        inner = node.parts[0]
        if inner.kind == "inverse":
            return rf"{self._in(inner.parts[0], ATOM)}^{{-\mathsf{{T}}}}", POW
        return _turned(self._in(inner, ATOM)), POW

    def _inverse(self, node: Node) -> tuple[str, int]:
        return f"{self._in(node.parts[0], ATOM)}^{{-1}}", POW

    def _element(self, node: Node) -> tuple[str, int]:
        places = ", ".join(str(k + 1) if k >= 0 else _from_end(k) for k in node.data)
        inner = node.parts[0]
        name = inner.data if inner.kind == "name" else ""
        text = self._in(inner, ATOM)
        text = rf"{{{text}}}" if "_" in str(name) else text
        return rf"{text}_{{{places}}}", ATOM

    def _column(self, node: Node) -> tuple[str, int]:
        return self._in(node.parts[0], ATOM), ATOM

    def _where(self, node: Node) -> tuple[str, int]:
        test, a, b = map(self.write, node.parts)
        body = rf"{a} & \text{{for}}\: {test} \\{b} & \text{{otherwise}}"
        return rf"\begin{{cases}} {body} \end{{cases}}", ADD

    def _compare(self, node: Node) -> tuple[str, int]:
        a, b = map(self.write, node.parts)
        return f"{a} {_LATEX_SIGNS[node.data]} {b}", -1

    def _unit(self, node: Node) -> tuple[str, int]:
        place, n = node.data
        if place >= 0:
            return f"e_{{{place + 1}}}", ATOM
        return f"e_{{{_from_end(place, n)}}}", ATOM

    def _identity(self, node: Node) -> tuple[str, int]:
        return f"I_{{{node.data}}}", ATOM

    def _ones(self, node: Node) -> tuple[str, int]:
        sizes = r" \times ".join(map(str, node.data))
        return rf"\mathbf{{1}}_{{{sizes}}}", ATOM

    def _zeros(self, node: Node) -> tuple[str, int]:
        return "0", ATOM


def _round(text: str) -> str:
    return rf"\left({text}\right)"


def _turned(text: str) -> str:
    return rf"{text}^{{\mathsf{{T}}}}"


def _from_end(place: int, n: Dimension = "n") -> str:
    return str(n) if place == -1 else f"{n} - {-place - 1}"
