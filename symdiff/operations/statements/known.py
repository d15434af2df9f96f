"""Leave out of an elementwise expression what constants among its operands decide.

A choice by a condition that is known is the arm it takes, and a product with one is its other
factor, as is a quotient by one. Nothing else is done: zero times a number that is not known may be
anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...program.program import Operand, Var, operand_aval
from ..table.entry import TABLE, ElementwiseEntry
from ..table.template import Literal, Template

_DECIDED = frozenset({"where", "mul", "div"})

MOST_FILLED = 16
"""A larger constant is computed by the program rather than stored in it."""


def with_known(
    template: Template, operands: tuple[Operand, ...]
) -> tuple[Template, tuple[Operand, ...]]:
    """The same value, by a template without the choices and the factors that constants decide.

    >>> from symdiff.program.program import FLOAT
    >>> t, x = Template.of((1, 0, 0, "neg", "where")), Var("x", FLOAT)
    >>> with_known(t, (x, True)) == (Template.of((0,)), (x,))
    True
    """
    code = template.code
    if _DECIDED.isdisjoint(code):
        return template, operands
    known = {k: _uniform(o) for k, o in enumerate(operands) if type(o) is not Var}
    decided = "where" in code and any(v is True or v is False for v in known.values())
    multiplies = "mul" in code or "div" in code
    if not decided and not (multiplies and any(_is_one(v) for v in known.values())):
        return template, operands

    def floats(parts: list[tuple[list[Any], Any]]) -> bool:
        """Whether all are floats, so that none makes floats of another that it meets."""
        return all(_is_float(part, operands) for part, _ in parts)

    stack: list[tuple[list[Any], Any]] = []  # the code of each value, and the number where known
    for token in code:
        if isinstance(token, Literal):
            stack.append(([token], token.value))
            continue
        if isinstance(token, int):
            stack.append(([token], known.get(token)))
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        first = len(stack) - entry.arity
        parts = stack[first:]
        values = [value for _, value in parts]
        if token == "where" and (values[0] is True or values[0] is False) and floats(parts[1:]):
            stack[first:] = [parts[1] if values[0] else parts[2]]
        elif token == "where" and (parts[1][0] == parts[2][0] or _same(values[1], values[2])):
            stack[first:] = [parts[1]]
        elif token == "mul" and (_is_one(values[0]) or _is_one(values[1])) and floats(parts):
            stack[first:] = [parts[1] if _is_one(values[0]) else parts[0]]
        elif token == "div" and _is_one(values[1]) and floats(parts):
            stack[first:] = [parts[0]]
        else:
            finite = token == "isfinite" and type(values[0]) is float
            value = math.isfinite(values[0]) if finite else None
            stack[first:] = [([t for part, _ in parts for t in part] + [token], value)]
    ((left, _),) = stack
    places = list(dict.fromkeys(t for t in left if type(t) is int))
    shorter = Template.of(tuple([places.index(t) if type(t) is int else t for t in left]))
    reads = tuple([operands[k] for k in places])
    aval = template.infer([operand_aval(o) for o in operands])
    if not places:
        if aval.size > MOST_FILLED:
            return template, operands
        filled = np.full(aval.shape, shorter.evaluate(), aval.dtype)
        return Template.of((0,)), (filled if aval.shape else filled[()],)
    same = shorter.infer([operand_aval(o) for o in reads]) == aval
    if not same or shorter.written_shape([operand_aval(o).shape for o in reads]) != aval.shape:
        return template, operands
    return shorter, reads


def without_gaps(code: list[Any], operands: Sequence[Operand]) -> tuple[Template, list[Operand]]:
    """The template of a code, and those operands alone that it reads."""
    read = sorted({token for token in code if type(token) is int})
    place = {token: k for k, token in enumerate(read)}
    code = [place[t] if type(t) is int else t for t in code]
    return Template.of(tuple(code)), [operands[k] for k in read]


def _is_float(code: list[Any], operands: tuple[Operand, ...]) -> bool:
    """Whether a part computes with floats alone: of bools and integers, one times them is a float.

    A number that is written takes the type of what it meets.
    """
    for token in code:
        if type(token) is int and not operand_aval(operands[token]).is_inexact:
            return False
        if isinstance(token, str):
            entry = TABLE.entries[token]
            if isinstance(entry, ElementwiseEntry) and entry.dtype != "numpy":
                return False
    return True


def _uniform(operand: Operand) -> Any:
    """The one number that a constant holds everywhere, as Python's; `None` where there are more."""
    if type(operand) is float or type(operand) is bool:
        return operand
    array = np.asarray(operand)
    if not array.size or array.dtype.kind not in "bf":
        return None
    first = array.reshape(-1)[0]
    return first.item() if array.size == 1 or (array == first).all() else None


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) is float and one == other and one != 0.0


def _is_one(value: Any) -> bool:
    return type(value) is float and value == 1.0
