"""A function shown by the algebra of arrays: its formula and derivatives as text or LaTeX."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from ..errors import ConcreteValueError, TooLargeError
from ..program.dimensions import Dimensions
from ..program.program import Program, guards_in
from .algebra.deriving import NoFormulaError, UnprovedError, derive
from .algebra.shown import Rows, count_operations, rows
from .lengths import Lengths
from .text import format_cases, latex_name, wrap
from .ways import Derivatives, Path

_DEFECTS = (ArithmeticError, AssertionError, LookupError, RecursionError, TypeError, ValueError)
_MOST_OPERATIONS = 50
"""A formula of more operations is not shown, since its program reads better."""


class Written(NamedTuple):
    """What is shown: its own formula, and all of it."""

    value: str
    text: str


def written(
    name: str,
    primals: Sequence[Program],
    ways: Sequence[Derivatives],
    form: str,
    width: int,
    dimensions: Dimensions,
    told: str,
    value: str = "",
) -> Written | None:
    """The formula and derivatives of a function, if the algebra of arrays has them.

    Args:
        name: what the function is called.
        primals: the function, at each of the sizes of `dimensions`.
        ways: the same, differentiated.
        form: `"text"` or `"latex"`.
        width: of the terminal.
        dimensions: the shapes of its inputs.
        told: what is said of them below the formula.
        value: another formula of the function, for where it is called as what it computes.
    """
    if any(True for _ in guards_in(primals[0])):
        return None
    wrt = ways[0].names
    try:
        formulas = derive(name, primals, [w.program for w in ways], wrt, dimensions)
        shown = rows(formulas, latex=form == "latex")
    except NoFormulaError:
        return None
    except (UnprovedError, *_DEFECTS) as error:
        print(
            f"symdiff: the formula of {name} is not what the function computes ({error!r}); it is "
            "not shown. Please report this as a bug.",
            file=sys.stderr,
        )
        return None
    if value and formulas.value.op == name:
        shown = shown._replace(value=value)
    return _laid_out(name, shown, form, width, told)


def _laid_out(name: str, shown: Rows, form: str, width: int, told: str) -> Written:
    if form == "latex":
        return Written(shown.value, _latex(name, shown))
    for text in (shown.value, *shown.gradients.values()):
        if count_operations(text) > _MOST_OPERATIONS:
            raise TooLargeError(
                f"the closed form of {name} has {count_operations(text)} operations"
            )
    labels = [name, *(f"d{name}/d{k}" for k in shown.gradients)]
    texts = [shown.value, *shown.gradients.values()]
    widest = max(map(len, labels))
    lines = [
        f"{label:<{widest}}  = {format_cases([([], text)], indent=widest + 4, width=width - 2)}"
        for label, text in zip(labels, texts, strict=True)
    ]
    for part, text in shown.where:
        lines += wrap(f"where {part} = {text}", width - 2)
    for note in (*([told] if told else ()), *[f"with {n}" for n in shown.notes]):
        lines += wrap(note, width - 2)
    return Written(shown.value, "\n".join(lines))


def _latex(name: str, shown: Rows) -> str:
    d = "d" if len(shown.gradients) == 1 else r"\partial"
    left = latex_name(name)
    lines = [f"{left} = {shown.value}"]
    for k, text in shown.gradients.items():
        lines.append(rf"\frac{{{d} {left}}}{{{d} {latex_name(k)}}} = {text}")
    lines += [rf"\text{{where}}\: {latex_name(part)} = {text}" for part, text in shown.where]
    return "\n".join(lines)


_INTERNAL = re.compile(
    r"\b(onehot|unbroadcast|broadcast_to|scatter_add|keepdims|detach|solve_triangular|zeros\(\(?)\b"
)
"""What a formula is not made of, in the eyes of its reader."""


def shorter(
    name: str,
    paths: Sequence[Path],
    ways: Sequence[Derivatives],
    form: str,
    width: int,
    lengths: Lengths,
    plain: Callable[[str], str],
) -> str:
    """Of the formula that `plain` makes and that of the algebra of arrays, the shorter one.

    Args:
        name: what the function is called.
        paths: the only way through the function, at each length.
        ways: the same, differentiated.
        form: `"text"` or `"latex"`.
        width: of the terminal.
        lengths: what was assumed of arrays.
        plain: makes the other formula in a form.

    Raises:
        TooLargeError: neither is short enough.
        ConcreteValueError: there is neither.
    """
    try:
        text, refused = plain("text"), None
        count = math.inf if _INTERNAL.search(text) else _cost(name, text)
    except (TooLargeError, ConcreteValueError) as error:
        text, refused, count = "", error, math.inf
    found = None
    programs = [path.program for path in paths]
    if programs:
        known = _dimensions(programs[0], lengths)
        with suppress(TooLargeError):
            said = lengths.assumption()
            found = written(name, programs, ways, "text", width, known, said, _value_of(name, text))
    # What SymPy knows of matrices are their names: of two as short, theirs is not the one to read.
    least = 0 if any(v.aval.ndim > 1 for p in programs for v in p.inputs) else 1
    if found is not None and _cost(name, found.text) + least <= count:
        if form == "text":
            return found.text
        value = _right_side(plain(form)) if not refused else ""
        found = written(name, programs, ways, form, width, known, "", value)
        if found is not None:
            return found.text
    if refused is not None:
        raise refused
    return text if form == "text" else plain(form)


def _value_of(name: str, text: str) -> str:
    """The formula of the function itself in what is shown of it, on one line."""
    found = re.match(rf"{re.escape(name)} *= (.*?)\nd", text, re.DOTALL)
    return " ".join(found[1].split()) if found and " if " not in found[1] else ""


def _right_side(text: str) -> str:
    return text.split("\n", 1)[0].partition(" = ")[2]


_NOTE = re.compile(r"^with .*(?:\n  .*)*", re.MULTILINE)


def _cost(name: str, text: str) -> int:
    """How many operations are shown, a name that has to be looked up below counted as one."""
    bare = _NOTE.sub("", text).replace(f"d{name}/d", "")
    return count_operations(bare) + len(re.findall(r"^where \w+ = ", bare, re.MULTILINE))


def _dimensions(program: Program, lengths: Lengths) -> Dimensions:
    """What was assumed of the lengths of arrays."""
    shapes = {
        v.name: (lengths.text,) if v.name in lengths.arrays else v.aval.shape
        for v in program.inputs
    }
    return Dimensions(shapes, [{lengths.text: n} for n in lengths.lengths] or [{}])
