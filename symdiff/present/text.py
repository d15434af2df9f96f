"""Expressions as one line of Python-like text, as cases, and as LaTeX.

Nothing here evaluates or parses what it prints.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from .expressions import latex_text

Condition = tuple[Any, bool]
"""A truth value and the outcome it has."""

Case = tuple[Sequence[Condition], Any]
"""Conditions that all hold, and what the answer then is."""


class TextPrinter(StrPrinter):  # type: ignore[misc]
    """SymPy's printer, with floats that read back exactly and functions named as NumPy does."""

    def _print_Float(self, expr: Any) -> str:
        return shortest(expr)

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return positive_first(super()._as_ordered_terms(expr, order=order))

    def _print_Mul(self, expr: Any) -> str:
        negated = len(expr.args) == 2 and expr.args[0] == -1
        if negated and getattr(expr.args[1], "is_matrix_product", False):
            return f"-{self._print(expr.args[1])}"
        return str(super()._print_Mul(expr))

    def _print_Exp1(self, expr: Any) -> str:
        return "exp(1)"

    def _print_Infinity(self, expr: Any) -> str:
        return "inf"

    def _print_NegativeInfinity(self, expr: Any) -> str:
        return "-inf"

    def _print_Dummy(self, expr: Any) -> str:
        return str(expr.name)

    def _print_BooleanTrue(self, expr: Any) -> str:
        return "True"

    def _print_BooleanFalse(self, expr: Any) -> str:
        return "False"

    def _print_Relational(self, expr: Any) -> str:
        left = self.parenthesize(expr.lhs, PRECEDENCE["Relational"])
        right = self.parenthesize(expr.rhs, PRECEDENCE["Relational"])
        return f"{left} {_RELATIONS[type(expr).__name__]} {right}"

    def _print_And(self, expr: Any) -> str:
        return " and ".join(self.parenthesize(a, PRECEDENCE["And"]) for a in _ordered(expr))

    def _print_Or(self, expr: Any) -> str:
        return " or ".join(self.parenthesize(a, PRECEDENCE["Or"]) for a in _ordered(expr))

    def _print_Not(self, expr: Any) -> str:
        return f"not {self.parenthesize(expr.args[0], PRECEDENCE['Not'])}"

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if base == sympy.E:
            return f"exp({self._print(exponent)})"
        if exponent.is_Rational and exponent < -1:
            below = self.parenthesize(sympy.Pow(base, -exponent), PRECEDENCE["Mul"] + 1)
            return f"1/{below}"
        return str(super()._print_Pow(expr, rational=rational))

    def _print_Piecewise(self, expr: Any) -> str:
        text = ""
        for value, condition in expr.args:
            shown = self._print(value)
            if condition == sympy.true:
                text += shown
                break
            text += f"{shown} if {self._print(condition)} else "
        else:
            text += "nan"
        return f"({text})"

    def _print_Function(self, expr: Any) -> str:
        name = _FUNCTIONS.get(expr.func.__name__, expr.func.__name__.removeprefix("sd_"))
        return f"{name}({', '.join(self._print(a) for a in expr.args)})"

    _print_Abs = _print_Function

    def _print_polygamma(self, expr: Any) -> str:
        if expr.args[0] == 0:
            return f"digamma({self._print(expr.args[1])})"
        return self._print_Function(expr)

    def _print_LatticeOp(self, expr: Any) -> str:
        operands = sorted(expr.args, key=lambda a: (a.is_number, sympy.default_sort_key(a)))
        return f"{_FUNCTIONS[type(expr).__name__]}({', '.join(map(self._print, operands))})"

    _print_Max = _print_LatticeOp
    _print_Min = _print_LatticeOp


_RELATIONS = {
    "Equality": "==",
    "Unequality": "!=",
    "StrictGreaterThan": ">",
    "GreaterThan": ">=",
    "StrictLessThan": "<",
    "LessThan": "<=",
}
_FUNCTIONS = {"Abs": "abs", "Max": "max", "Min": "min", "ceiling": "ceil", "loggamma": "lgamma"}


def positive_first(terms: list[Any]) -> list[Any]:
    """A sum reads best when it does not begin with a minus sign."""
    first = next((k for k, t in enumerate(terms) if not t.could_extract_minus_sign()), 0)
    return [terms[first], *terms[:first], *terms[first + 1 :]]


def _ordered(expr: Any) -> list[Any]:
    return sorted(expr.args, key=sympy.default_sort_key)


def shortest(value: Any) -> str:
    """The shortest text of a SymPy float that reads back as the same Python float.

    >>> shortest(sympy.Float("0.1", 40))
    '0.1'
    """
    as_float = float(value)
    if as_float in (float("inf"), float("-inf")) or (as_float == 0 and value != 0):
        return str(sympy.Float(value, 17))
    text = repr(as_float)
    return re.sub(r"e([+-])0*", lambda m: "e" + m[1].replace("+", ""), text)


def format_expression(expr: Any) -> str:
    """One line of Python-like text.

    >>> x = sympy.Symbol("x", real=True)
    >>> format_expression(3*x**2 + sympy.cos(x) - 2)
    '3*x**2 + cos(x) - 2'
    """
    if isinstance(expr, str):
        return expr
    text = str(TextPrinter().doprint(expr))
    if isinstance(expr, sympy.Piecewise):
        text = text[1:-1]
    return text


def format_condition(condition: Condition) -> str:
    """A condition or its negation, as text.

    >>> x = sympy.Symbol("x", real=True)
    >>> format_condition((x > 0, False))
    'x <= 0'
    """
    test, expected = condition
    if isinstance(test, str):
        return test if expected else f"not ({test})"
    return format_expression(test if expected else negate(test))


def negate(test: Any) -> Any:
    """The opposite truth value; of a comparison, the opposite comparison."""
    opposite = _OPPOSITES.get(type(test).__name__)
    if opposite is None:
        return sympy.Not(test)
    return getattr(sympy, opposite)(test.lhs, test.rhs, evaluate=False)


_OPPOSITES = {
    "Equality": "Ne",
    "Unequality": "Eq",
    "StrictGreaterThan": "Le",
    "GreaterThan": "Lt",
    "StrictLessThan": "Ge",
    "LessThan": "Gt",
}


def format_conditions(conditions: Sequence[Condition]) -> str:
    """Conditions that hold together, joined by `and`.

    >>> x = sympy.Symbol("x", real=True)
    >>> format_conditions([(x > 0, True), (x > 1, False)])
    'x > 0 and x <= 1'
    """
    texts = []
    for condition in conditions:
        text = format_condition(condition)
        texts.append(f"({text})" if " or " in text else text)
    return " and ".join(dict.fromkeys(texts))


def format_cases(cases: Sequence[Case], *, indent: int = 0, width: int = 80) -> str:
    """Cases one below the other, each value with its conditions to the right.

    The first case whose conditions hold is meant, so the last may have none: `otherwise`. A case
    too wide for the line has its condition on a line of its own. `indent` is how far right of the
    margin the text will start; it applies to the lines after the first.

    >>> x = sympy.Symbol("x", real=True)
    >>> print(format_cases([([(x > 0, True)], 2*x), ([], sympy.Integer(-1))]))
    2*x   if x > 0
    -1    otherwise
    """
    pad = " " * indent
    room = width - indent
    rows = [
        (format_expression(value), f"if {format_conditions(when)}" if when else "otherwise")
        for when, value in cases
    ]
    if len(rows) == 1 and not cases[0][0]:
        return ("\n" + pad).join(wrap(rows[0][0], room))
    widest = max(len(text) for text, _ in rows)
    lines: list[str] = []
    if widest + 3 + max(len(w) for _, w in rows) <= room:
        lines = [f"{text:<{widest}}   {when}" for text, when in rows]
    else:
        for text, when in rows:
            lines += [*wrap(when + ":", room), *["    " + part for part in wrap(text, room - 4)]]
    return ("\n" + pad).join(lines)


def wrap(text: str, width: int) -> list[str]:
    """Break a long line at its outermost operators; later lines are indented by two.

    >>> for line in wrap("first + second*(third + fourth) + fifth", 36):
    ...     print(line)
    first + second*(third + fourth)
      + fifth
    """
    lines: list[str] = []
    width = max(width, 8)
    while len(text) > width:
        cut = _best_break(text, width)
        if cut is None:
            break
        lines.append(text[:cut].rstrip())
        text = "  " + text[cut:].lstrip()
    return [*lines, text]


def _best_break(text: str, width: int) -> int | None:
    """Where to break: the least nested place, the last such in the second half of the line."""
    depth = 0
    generators: set[int] = set()  # how deep there is one around
    places: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip()) + 1
    for k, char in enumerate(text):
        if char in "([":
            depth += 1
        elif char in ")]":
            generators.discard(depth)
            depth -= 1
        if text[k : k + 5] == " for ":
            generators.add(depth)
        if k < start or k > width:
            continue
        if depth in generators and re.match(r" (?:for|if) ", text[k:]):
            places.append((depth + 1 if depth else 0, k))
        elif char == " " and re.match(r" (?:[-+@]|if|else|and|or)\b| [-+@] ", text[k:]):
            places.append((depth, k))
        elif k < width and text[k : k + 2] == ", ":
            places.append((depth + 1, k + 1))
        elif k < width and char in "*/" and text[k - 1] not in "*" and text[k + 1] != "*":
            places.append((depth + 2, k + 1))
    if not places:
        return None
    late = [p for p in places if p[1] > width // 2] or places
    best = min(late, key=lambda p: (p[0], -p[1]))
    earlier = min((p for p in places if p[1] > width // 3), default=best)
    return earlier[1] if earlier[0] < best[0] else best[1]


class _Latex(LatexPrinter):  # type: ignore[misc]
    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return positive_first(super()._as_ordered_terms(expr, order=order))

    def _print_Float(self, expr: Any) -> str:
        text = shortest(expr)
        mantissa, _, exponent = text.partition("e")
        if not exponent:
            return text
        return rf"{mantissa} \cdot 10^{{{exponent}}}"

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        name = str(expr.name)
        if name.startswith("len(") and name.endswith(")"):
            return rf"\operatorname{{len}}{{\left({latex_name(name[4:-1])}\right)}}"
        return latex_name(name)

    _print_Dummy = _print_Symbol

    def _needs_brackets(self, expr: Any) -> bool:
        return _is_product_of_arrays(expr) or bool(super()._needs_brackets(expr))

    def _needs_mul_brackets(self, expr: Any, first: bool = False, last: bool = False) -> bool:
        needed = super()._needs_mul_brackets(expr, first=first, last=last)
        return _is_product_of_arrays(expr) or bool(needed)

    def _print_Function(self, expr: Any, exp: Any = None) -> str:
        name = expr.func.__name__
        if not name.startswith("sd_"):
            return str(super()._print_Function(expr, exp))
        operands = ", ".join(self._print(a) for a in expr.args)
        text = rf"\operatorname{{{name[3:]}}}{{\left({operands}\right)}}".replace("_", r"\_")
        return text if exp is None else rf"{{{text}}}^{{{exp}}}"


def _is_product_of_arrays(expr: Any) -> bool:
    """Whether an expression is written with an operator between arrays, such as `x @ y`."""
    precedence = getattr(expr, "precedence", None)
    return isinstance(precedence, int) and precedence < PRECEDENCE["Mul"]


_GREEK = {
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
    *("lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi"),
    *("omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi"),
    *("Psi", "Omega"),
}


def latex_name(name: str) -> str:
    r"""A variable's name in LaTeX.

    >>> print(latex_name("lambda_"), latex_name("x_1"), latex_name("step_size"))
    \lambda x_{1} \mathrm{step\_size}
    """
    match = re.fullmatch(r"([A-Za-z]+)_?(\d*)_*", name)
    if match and (len(match[1]) == 1 or match[1] in _GREEK):
        base = match[1] if len(match[1]) == 1 else "\\" + match[1]
        return f"{base}_{{{match[2]}}}" if match[2] else base
    return rf"\mathrm{{{latex_text(name)}}}"


def latex(expr: Any) -> str:
    r"""LaTeX of an expression, with floats that read back exactly.

    >>> x = sympy.Symbol("x", real=True)
    >>> latex(x**2/2)
    '\\frac{x^{2}}{2}'
    """
    return str(_Latex().doprint(expr))


def latex_cases(cases: Sequence[Case]) -> str:
    """LaTeX of cases; of a single one without conditions, just the expression."""
    if len(cases) == 1 and not cases[0][0]:
        return latex(cases[0][1])
    rows = []
    for when, value in cases:
        tests = r" \wedge ".join(
            latex(t if expected else negate(t)) if not isinstance(t, str) else rf"\text{{{t}}}"
            for t, expected in when
        )
        rows.append(
            latex(value) + (rf" & \text{{if}}\: {tests}" if when else r" & \text{otherwise}")
        )
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"
