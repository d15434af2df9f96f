"""What a loop carries, and leaves as it is, halves, turns round or sets to nothing.

So the way back of a running maximum hands on its cotangent: a choice in each iteration. That is a
product with one, a half or zero, and such products are exact in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template

_ONE = Literal.of(1.0)
_NOTHING = Literal.of(0.0)
_ASKED = object()
"""What stands for the question whether a number is anything but zero."""


def factor_in(template: Template, moving: int, asked: Collection[int]) -> list[Any] | None:
    """The code of the factor by which a template multiplies an operand, if it is such a number.

    Args:
        template: what a number becomes.
        moving: which of its operands is the number.
        asked: which of them tell whether the number is not zero.

    >>> t = Template.of((1, Literal.of(0.0), 0, "where"))
    >>> Template.of(tuple(factor_in(t, 0, ()))).describe(["x", "c"])
    '0.0 if c else 1.0'
    """
    stack: list[tuple[list[Any], Any]] = []  # code, and the code of the factor if it has one
    for token in template.code:
        if not isinstance(token, str):
            factor: Any = None
            if type(token) is int and token in asked:
                factor = _ASKED
            elif type(token) is int and token == moving:
                factor = [_ONE]
            stack.append(([token], factor))
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        first = len(stack) - entry.arity
        parts = stack[first:]
        code = [*[t for part, _ in parts for t in part], token]
        if token == "vanishing":
            made: Any = [_NOTHING], None
        elif all(factor is None for _, factor in parts):
            made = code, None
        else:
            factor = _applied(token, parts)
            if factor is None:
                return None
            made = code, factor
        stack[first:] = [made]
    _, factor = stack[0]
    return factor if isinstance(factor, list) else None


def _applied(token: str, parts: Sequence[tuple[list[Any], Any]]) -> Any:
    """The factor of an operation of which some operands have one."""
    (first, one), *rest = parts
    if token == "neg" and isinstance(one, list):
        return [*one, "neg"]
    if token == "mul":
        other, code = (first, rest[0][1]) if one is None else (rest[0][0], one)
        constant = other[0] if len(other) == 1 else None
        if code == [_ONE] and isinstance(constant, Literal) and _is_half(constant):
            return [Literal.of(float(constant.value))]
    if token == "ne" and one == [_ONE] and _is_nothing(rest[0][0]):
        return _ASKED
    if token == "where":
        arms = [[_NOTHING] if _is_nothing(code) else factor for code, factor in rest]
        if not all(isinstance(arm, list) for arm in arms):
            return None
        if one is _ASKED:
            return arms[0]  # of zero, any multiple is zero
        return None if one is not None else [*first, *arms[0], *arms[1], "where"]
    return None


def _is_nothing(code: Sequence[Any]) -> bool:
    return len(code) == 1 and isinstance(code[0], Literal) and code[0].value == 0


def _is_half(constant: Literal) -> bool:
    """Products of larger powers might be no floats where those with the number are."""
    return type(constant.value) in (int, float) and abs(constant.value) in (0.5, 1.0)
