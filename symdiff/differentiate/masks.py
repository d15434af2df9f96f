"""What was not chosen contributes nothing, not even zero times infinity.

A *mask* says which elements of a variable count: those that a `where` chose, that were read, that
nothing has overwritten. The reverse sweep carries it along through the operations that only move
elements; behind any other it is the zeros of the cotangent itself that count.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ..operations.arrays.index_codes import IndexCode, decode_index
from ..operations.table.lines import Line, Linearization
from ..operations.table.template import Literal, Template
from ..program.program import Operand, Var

MASKS_FOLLOW = frozenset(
    {
        "number",
        "reshape",
        "transpose",
        "flip",
        "roll",
        "sum",
        "concatenate",
        "stack",
        "squeeze",
        "copy",
    }
)
"""Operations whose pullback only moves elements, and so moves a mask as it moves a cotangent."""

PASS_OVER = frozenset({"getitem", "setitem", "max", "min", "chosen_extreme"})
"""Operations that some elements of their operands have no part in: which ones, an index decides, or
the values.

There the cotangent is zero. If what lies before makes infinity of ordinary numbers, it gives
nothing there, as where a `where` does not choose. Behind a boolean index it gives nothing in any
case: that is how people leave out what is infinite or no number to begin with.
"""

AT_A_TIP = frozenset({"norm", "complex_abs", "root_mean_square"})
"""Operations whose derivative cannot be differentiated where their value is zero.

There what a `where` did not choose, and nothing but that, must give nothing at second order.
"""

LINE_BY_LINE = frozenset({"log_total", "prod", "squared_norm"})
"""Reductions whose derivative is no number in all of a line that has infinity in it.

Where the result for another line was read alone, that line gives nothing.
"""

_CHOICES = frozenset({"where", "lt", "le", "gt", "ge", "eq", "ne", "neg", "pos"})
_FINITE = frozenset({"add", "sub", "mul", "neg", "pos", "sin", "cos", "tanh", "exp", "where"})
_SMOOTH = _FINITE | {"atan", "asinh", "sigmoid", "square", "erf", "erfc", "abs", "sign"}
_SMOOTH |= {"abs_along", "abs_side", "sided", "sided_one", "side", "tied"}
"""Operations whose partials are finite where their operands are."""


def operations_in(line: Line) -> list[str]:
    """The names of the operations that a line computes with."""
    return [t for t in line.template.code if type(t) is str]


def has_mask(index: IndexCode) -> bool:
    """Whether an index has a boolean array in it."""
    return any(isinstance(item, tuple) and item[0] == "mask" for item in index)


def is_finite(template: Template, plan: Linearization) -> bool:
    """Whether the partials of a statement are finite where its operands are."""
    code = template.code
    if all(_is_smooth(code, k) for k, token in enumerate(code) if type(token) is str):
        return True
    lines = [line for line in (*plan.partials, *plan.shared) if line is not None]
    return all(_FINITE.issuperset(operations_in(line)) for line in lines)


def _is_smooth(code: tuple[Any, ...], k: int) -> bool:
    if code[k] in ("div", "pow") and isinstance(code[k - 1], Literal):
        number = code[k - 1].value
        return bool(number != 0 if code[k] == "div" else number >= 1 and number == int(number))
    return code[k] in _SMOOTH


def may_be_infinite(plan: Linearization, line: Line, mask: Operand, risky: bool) -> bool:
    """Whether cotangent times partial may be infinite, or no number, where the cotangent is zero.

    What a `where` does not choose may be infinite to begin with. An element that nobody reads
    (a constant mask) is so where it comes from an operation that may give infinity (`risky`).
    """
    if type(mask) is not Var:
        return (risky and reads_values(line)) or any(
            not _FINITE.issuperset(operations_in(made)) for made in (line, *plan.shared)
        )
    return any(p >= 0 for p in line.places)


def reads_values(line: Line) -> bool:
    """Whether a line computes with more than the cotangent, and not only to choose."""
    return any(p >= 0 for p in line.places) and not _CHOICES.issuperset(operations_in(line))


@lru_cache(maxsize=64)
def unread(indexes: tuple[IndexCode, ...], shape: tuple[int, ...]) -> Any:
    """A constant that is false where none of the indexes reads; `None` if they read everything."""
    read = np.zeros(shape, bool)
    for index in indexes:
        read[decode_index(index)] = True
    read.flags.writeable = False
    return None if read.all() else read


def chosen(template: Template) -> Template:
    """The template, and zero where one more operand is false."""
    return Template.of((template.arity, *template.code, Literal.of(0.0), "where"))


def vanishing(template: Template) -> Template:
    """The template, and zero where one more operand, whether the cotangent is not zero, is false.

    A cotangent may be zero by chance, and it moves all the same: the zero remembers the product
    that it stands for, whose derivative counts wherever it is a number.
    """
    body = template.code
    return Template.of((template.arity, *body, *body, "vanishing", "where"))
