"""The SymPy expressions that closed forms are made of: numbers, names, and whole-array operations.

A name is only ever a `Symbol`, never parsed, so a variable may be called `exp`, `I` or `lambda_`.
A float is kept as the decimal it was written as, with digits to spare, and prints as the shortest
text that reads back as the same float: `0.1*3` prints as `0.3`.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from sympy.core.parameters import distribute
from sympy.printing.precedence import PRECEDENCE

from ..program.interning import LATEST
from ..program.naming import printable
from ..program.program import Aval

_DIGITS = 40
_SHORT_DECIMAL = 16
_LARGEST_DENOMINATOR = 4096
_MARK = re.compile(r"\boperand_(\d+)_")
Shape = tuple[int, ...]


@lru_cache(LATEST)
def symbol(name: str, boolean: bool = False) -> sympy.Symbol:
    """The symbol of a variable; real, unless it is a truth value."""
    return sympy.Symbol(name) if boolean else sympy.Symbol(name, real=True)


def number(value: Any, *, literal: bool = True) -> Any:
    """A number as SymPy sees it. A `literal` float stays one; another, such as 2.0 or 1/3, may be
    the whole number or the fraction that it stands for.

    >>> number(0.1) * 3 == number(0.3)
    True
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if isinstance(value, int):
        return sympy.Integer(value)
    if isinstance(value, complex):
        return number(value.real) + sympy.I * number(value.imag)
    if math.isnan(value):
        return sympy.nan
    if math.isinf(value):
        return sympy.oo if value > 0 else -sympy.oo
    if not literal and value.is_integer() and abs(value) < 1e15:
        return sympy.Integer(int(value))
    if not literal and len(repr(value)) > _SHORT_DECIMAL:
        ratio = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
        if float(ratio) == value:
            return sympy.Rational(ratio.numerator, ratio.denominator)
    return sympy.Float(repr(value), _DIGITS)


def as_doubles(expr: Any) -> Any:
    """The expression with every float rounded to a double, as the caller's own SymPy has them.

    >>> as_doubles(number(0.1) * 3 * symbol("x"))
    0.3*x
    """
    floats = expr.atoms(sympy.Float)
    with distribute(False):  # 0.1*(x - y) stays as it is
        return expr.xreplace({f: sympy.Float(float(f), precision=53) for f in floats})


def as_number(expr: Any) -> Any:
    """A truth value used as a number is 1 or 0."""
    if expr in (sympy.true, sympy.false):
        return sympy.Integer(int(bool(expr)))
    if isinstance(expr, sympy.logic.boolalg.Boolean) and not isinstance(expr, sympy.Expr):
        return sympy.Piecewise((1, expr), (0, True), evaluate=False)
    return expr


def as_condition(expr: Any) -> Any:
    """A number used as a truth value is true unless it is 0."""
    if isinstance(expr, sympy.logic.boolalg.Boolean):
        return expr
    return sympy.Ne(expr, 0, evaluate=bool(expr.is_number))


class ArrayOperation(sympy.Expr):  # type: ignore[misc]  # SymPy is untyped
    """An operation on whole arrays, applied: `sum(x)`, `x @ w`, `x[0]`.

    Subclasses hold `describe`, which writes it down from the text of its operands.
    """

    is_commutative = True
    is_real = True
    is_extended_real = True
    is_finite = True
    is_of_shape_of_first = False
    aval: Aval
    describe: Callable[[Sequence[str]], str]

    def __new__(cls, *args: Any) -> ArrayOperation:
        made: ArrayOperation = sympy.Expr.__new__(cls, *map(sympy.sympify, args))
        return made

    def text(self, print_operand: Callable[[Any], str]) -> str:
        """What people read, with each operand in parentheses where it needs them."""
        return self._text(tuple([print_operand(a) for a in self.args]))

    def _text(self, operands: tuple[str, ...]) -> str:
        marks = [f"operand_{k}_" for k in range(len(operands))]
        form = type(self).describe(marks)

        def fill(match: re.Match[str]) -> str:
            text = operands[int(match[1])]
            before = form[: match.start()].rstrip()[-1:]
            after = form[match.end() :].lstrip()[:1]
            alone = before in ("", "(", ",", "[", "=") and after in ("", ")", ",", "]")
            if after == "." and text[:1].isdigit():
                return f"({text})"
            return text if alone or is_atomic(text) else f"({text})"

        return _MARK.sub(fill, form)

    @property
    def precedence(self) -> int:
        form = type(self).describe([f"a{k}" for k in range(len(self.args))])
        return _precedence_of_text(form)

    @property
    def is_matrix_product(self) -> bool:
        """Whether it is written `a @ b`, whose sign may stand before it without parentheses."""
        form = type(self).describe([f"a{k}" for k in range(len(self.args))])
        return bool(re.fullmatch(r"a\d+ @ a\d+", form))

    def _sympystr(self, printer: Any) -> str:
        return self.text(printer.doprint)

    def _latex(self, printer: Any) -> str:
        form = type(self).describe([f"a{k}" for k in range(len(self.args))])
        operands = [printer.doprint(a) for a in self.args]
        return latex_of_text(form, operands)

    def _pretty(self, printer: Any) -> Any:
        from sympy.printing.pretty.stringpict import prettyForm

        return prettyForm(self.text(str))


@lru_cache(LATEST)
def is_atomic(text: str) -> bool:
    """Whether a text needs no parentheses wherever it is put.

    >>> is_atomic("f(x)[0]"), is_atomic("x + 1")
    (True, False)
    """
    return _precedence_of_text(text) == int(PRECEDENCE["Atom"])


@lru_cache(LATEST)
def _precedence_of_text(text: str) -> int:
    try:
        body = ast.parse(text, mode="eval").body
    except SyntaxError:
        return PRECEDENCE["Atom"] if text.startswith("<") and text.endswith(">") else 0
    if isinstance(body, ast.BinOp | ast.UnaryOp) and not isinstance(body.op, ast.Not):
        # A product of arrays is not associative with the products around it. As a product with a
        # minus sign is printed at the precedence of a sum, so is anything that is not to stand bare
        # in one.
        return int(PRECEDENCE["Add"])
    if isinstance(body, ast.Compare | ast.BoolOp | ast.IfExp | ast.Lambda | ast.UnaryOp):
        return 0
    return int(PRECEDENCE["Atom"])


_CLASSES: dict[Any, type[ArrayOperation]] = {}


def array_operation(
    title: str, key: Any, aval: Aval, describe: Callable[[Sequence[str]], str], *args: Any
) -> ArrayOperation:
    """Apply the array operation known by `title` and `key`; equal ones compare equal."""
    identity = (title, key, aval, len(args))
    cls = _CLASSES.get(identity)
    if cls is None:
        cls = _CLASSES[identity] = _array_class(aval, describe, len(args))
    return cls(*args)


def _array_class(
    aval: Aval, describe: Callable[[Sequence[str]], str], arity: int
) -> type[ArrayOperation]:
    body: dict[str, Any] = {"describe": staticmethod(describe), "aval": aval}
    bases: tuple[type, ...] = (ArrayOperation,)
    if aval.dtype == "bool":
        bases = (ArrayOperation, sympy.logic.boolalg.Boolean)
        body |= {"is_real": None, "is_extended_real": None, "is_finite": None}
    # SymPy orders terms by the names of their classes: `x[0]` before `x[2]`.
    name = "array_" + describe([f"a{k}" for k in range(arity)])
    return type(name, bases, body)


def latex_of_text(form: str, operands: Sequence[str]) -> str:
    """LaTeX of the text of an array operation over operands called `a0`, `a1`, ..."""
    try:
        body = ast.parse(form, mode="eval").body
    except SyntaxError:
        return rf"\mathtt{{\text{{{latex_text(form)}}}}}"

    def walk(node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            if re.fullmatch(r"a\d+", node.id) and int(node.id[1:]) < len(operands):
                return operands[int(node.id[1:])]
            return rf"\operatorname{{{latex_text(node.id)}}}"
        if isinstance(node, ast.Call):
            inside = [walk(a) for a in node.args]
            inside += [
                rf"\mathrm{{{latex_text(str(k.arg))}}}={walk(k.value)}" for k in node.keywords
            ]
            return rf"{walk(node.func)}{{\left({', '.join(inside)}\right)}}"
        if isinstance(node, ast.Constant):
            return latex_text(repr(node.value))
        if isinstance(node, ast.List):
            return rf"\left[{', '.join(map(walk, node.elts))}\right]"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return rf"{group(node.left)} \, {group(node.right)}"
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return rf"{group(node.value)}^{{\mathsf{{T}}}}"
        if isinstance(node, ast.Subscript):
            return rf"{{{group(node.value)}}}_{{{latex_text(ast.unparse(node.slice))}}}"
        if isinstance(node, ast.Attribute):
            return rf"{walk(node.value)}.\mathrm{{{latex_text(node.attr)}}}"
        return rf"\mathtt{{{latex_text(ast.unparse(node))}}}"

    def group(node: ast.expr) -> str:
        text = walk(node)
        plain = re.fullmatch(r"(\\?\w+|\\mathrm\{[\w\\]+\}|\w_\{\w+\})(\^\{\\mathsf\{T\}\})?", text)
        return text if plain else rf"\left({text}\right)"

    return walk(body)


_LATEX = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}


def latex_text(text: str) -> str:
    r"""Text as LaTeX shows it: nothing in it is a command.

    >>> print(latex_text(r"a_b\input{x}"))
    a\_b\textbackslash{}input\{x\}
    """
    return re.sub(r"[_%&#{}$\\^~]", lambda c: _LATEX.get(c[0], "\\" + c[0]), printable(text))
