"""Numbers that stand beside arrays, as arrays of no axes: NumPy takes less time to take them in.

An operation of an array with a number of Python's takes half as long again as one with an array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any

import numpy as np

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template, format_number
from ..program.interning import LATEST
from ..program.program import Operand, Statement, operand_aval
from ..records import dataclass
from .range_lines import RangeLines

_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "maximum", "minimum"})
_COMPARING = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
_EXACT = 2**53

LONG = 16_384
"""Beside longer arrays it does not matter how a number is written."""


def with_constants(
    template: Template,
    operands: Sequence[Operand],
    names: Sequence[str],
    named: Callable[[float], str],
) -> str:
    """The source of an expression of arrays, in which constants beside arrays go by names.

    Args:
        template: the expression.
        operands: what it reads.
        names: their sources.
        named: gives a name for an array of no axes.
    """
    kinds = tuple([_kind(o) for o in operands])
    made, places = _replaced(template, kinds)
    values = [(operands[at] if type(at) is int else at.value, sign) for at, sign in places]
    constants = [float(-value if sign < 0.0 else value) for value, sign in values]
    return made.render([*names, *map(named, constants)], "numpy")


def name_of(value: float) -> str:
    """A name that tells a number.

    >>> name_of(-0.5), name_of(1e-300)
    ('c_minus_0_5', 'c_1e_minus_300')
    """
    text = format_number(float(value)).removesuffix(".0").replace("+", "")
    return "c_" + text.replace("-", "minus_").replace(".", "_").replace("eminus", "e_minus")


def as_array(value: float) -> Any:
    """A number as an array of no axes, which nobody writes to."""
    made = np.array(float(value))
    made.flags.writeable = False
    return made


def _kind(operand: Operand) -> str:
    """`"array"` of floats, `"number"` that is known, or anything else."""
    if type(operand) in (int, float):
        return "number" if type(operand) is float or abs(operand) <= _EXACT else ""
    aval = operand_aval(operand)
    return "array" if aval.shape and aval.dtype == "float64" else ""


@dataclass(slots=True)
class ConstantLines(RangeLines):
    """Writes expressions of arrays with constants in them."""

    constant_arrays: dict[str, str] = field(default_factory=dict)

    def of_arrays(self, operation: Template, statement: Statement, names: Sequence[str]) -> str:
        """The source of an expression of arrays."""
        target = statement.target
        assert target is not None
        if self.careful or not target.aval.shape or target.aval.size >= LONG:
            return operation.render(names, "numpy")
        return with_constants(operation, statement.operands, names, self.constant_array)

    def constant_array(self, value: float) -> str:
        """The name of a number as an array of no axes."""
        key = repr(float(value))
        if key not in self.constant_arrays:
            name = self.constant_arrays[key] = self.namer(name_of(value))
            self.namespace[name] = as_array(value)
        return self.constant_arrays[key]


Place = tuple[Any, float]
"""Where a constant is, a literal or the number of an operand, and its sign there."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression: what it is, where it begins and ends, and where its constant is."""

    kind: str
    start: int
    end: int
    place: Place = (0, 1.0)


@lru_cache(LATEST)
def _replaced(template: Template, kinds: tuple[str, ...]) -> tuple[Template, list[Place]]:
    """The expression with further operands for the constants beside arrays, and where these are.

    >>> code = (Literal.of(2), "neg", 0, "mul", 1, "add")
    >>> made, ((literal, sign),) = _replaced(Template.of(code), ("array", ""))
    >>> made, literal.value, sign
    (<p2*p0 + p1>, 2, -1.0)
    """
    code: list[Any] = [[token] for token in template.code]
    places: list[Place] = []
    stack: list[_Part] = []
    for end, token in enumerate(template.code):
        if type(token) is int:
            stack.append(_Part(kinds[token], end, end, (token, 1.0)))
            continue
        if isinstance(token, Literal):
            whole = token.kind is int and abs(token.value) <= _EXACT
            kind = "number" if whole or type(token.value) is float else ""
            stack.append(_Part(kind, end, end, (token, 1.0)))
            continue
        entry = TABLE.entries[str(token)]
        assert isinstance(entry, ElementwiseEntry)
        read = stack[len(stack) - entry.arity :]
        del stack[len(stack) - entry.arity :]
        known = [part.kind for part in read]
        if token == "neg" and known == ["number"]:
            at, sign = read[0].place
            stack.append(_Part("number", read[0].start, end, (at, -sign)))
            continue
        if "array" in known and (token in _ARITHMETIC or token in _COMPARING):
            for part in read:
                if part.kind != "number":
                    continue
                if part.place not in places:
                    places.append(part.place)
                for k in range(part.start, part.end + 1):
                    code[k] = []
                code[part.end] = [template.arity + places.index(part.place)]
        floats = "array" in known and token not in _COMPARING and token != "where"
        kind = "array" if floats and entry.dtype == "numpy" else ""
        stack.append(_Part(kind, read[0].start if read else end, end))
    return Template.of(tuple([t for part in code for t in part])), places
