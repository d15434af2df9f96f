"""Squares and cubes of numbers as products, which take a fifth of the time of a power.

Python raises where a power is too large to be a float, and a product is infinite there. So numbers
that are not known to be of ordinary size are looked at when all has been computed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template, in_arms
from ..program.interning import LATEST

ORDINARY = 2.0**600
"""The cube of a number whose square is smaller is a float."""


@lru_cache(LATEST)
def with_products(template: Template) -> tuple[Template, dict[int, float]] | None:
    """An expression with products in the place of squares and cubes of its operands.

    And these operands, with the largest exponent of each. Those that a choice may leave out stay.

    >>> two = Literal.of(2.0)
    >>> with_products(Template.of((0, two, "pow", 1, "add", two, "mul")))
    (<(p0*p0 + p1)*2.0>, {0: 2.0})
    >>> with_products(Template.of((0, 1, "add", two, "pow"))) is None
    True
    """
    code = template.code
    if "pow" not in code and "strict_pow" not in code:
        return None
    inside = in_arms(code)
    made: list[Any] = []
    exponents: dict[int, float] = {}
    for k, token in enumerate(code):
        made.append(token)
        if token not in ("pow", "strict_pow") or inside[k]:
            continue
        base, exponent = code[k - 2], code[k - 1]
        if type(base) is not int or not isinstance(exponent, Literal):
            continue
        if exponent.kind is not float or exponent.value not in (2.0, 3.0):
            continue
        exponents[base] = max(exponents.get(base, 0.0), exponent.value)
        made[-3:] = [base, base, "mul", *([base, "mul"] if exponent.value == 3.0 else [])]
    if not exponents or any(_decides(t) for t in code if isinstance(t, str)):
        return None
    return Template.of(tuple(made)), exponents


def _decides(token: str) -> bool:
    """Whether an operation may leave out an operand, and is no choice."""
    entry = TABLE.entries[token]
    assert isinstance(entry, ElementwiseEntry)
    return token != "where" and (" if " in entry.math or " or " in entry.math)
