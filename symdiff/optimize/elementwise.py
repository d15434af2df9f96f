"""Which expressions NumPy computes for all iterations of a loop at once, as the loop would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template
from ..records import dataclass

HARMLESS = frozenset(
    {"add", "sub", "mul", "neg", "pos", "abs", "sign", "where"}
    | {"lt", "le", "gt", "ge", "eq", "ne", "isfinite", "isnan"}
    | {"larger", "smaller", "maximum", "minimum"}
    | {"logical_and", "logical_or", "logical_not", "bit_and", "bit_or", "bit_xor", "invert"}
)
"""What Python's own numbers do not raise at. An arm of a choice holds nothing else."""

RAISING = frozenset(
    {"div", "pow", "strict_pow", "square", "sqrt", "atan2"}
    | {"exp", "expm1", "exp2", "log", "log2", "log10", "log1p"}
    | {"sin", "cos", "tan", "asin", "acos", "atan"}
    | {"sinh", "cosh", "tanh", "asinh", "acosh", "atanh"}
)
"""What Python's own numbers may raise at: NumPy is asked to raise there, too."""

EXACT = HARMLESS | {"div", "sqrt", "square", "vanishing"}
"""What NumPy computes to the last bit as Python does."""

_COMPARING = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "isfinite", "isnan"})
_OF_BOOLS = frozenset(
    {"logical_and", "logical_or", "logical_not", "bit_and", "bit_or", "bit_xor", "invert"}
)

LARGEST_INT = 2**25
"""Products of two whole numbers within this bound, and sums of a few such, are exact as floats."""

_MOST_INTS = 8


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of number it is: of whole ones, how many are multiplied; what it is made of."""

    dtype: str
    degree: int = 0
    harmless: bool = True


def kind_of(template: Template, kinds: Sequence[Kind]) -> Kind | None:
    """What a template gives for arrays of such numbers; `None` where a loop may give another.

    Whole numbers are computed as floats, which is exact as long as products stay small.

    >>> t = Template.of((0, 0, "mul", 1, "mul", "exp"))
    >>> kind_of(t, [Kind("int64", 1), Kind("float64")])
    Kind(dtype='float64', degree=0, harmless=False)
    >>> kind_of(t, [Kind("int64", 1), Kind("int64", 1)]) is None
    True
    """
    if sum(type(t) is int and kinds[t].dtype == "int64" for t in template.code) > _MOST_INTS:
        return None
    stack: list[Kind] = []
    values: list[object] = []  # of literals
    for token in template.code:
        if type(token) is int:
            stack.append(kinds[token])
            values.append(None)
            continue
        if isinstance(token, Literal):
            if token.kind is int and abs(token.value) > LARGEST_INT:
                return None
            dtype = {int: "int64", float: "float64", bool: "bool"}.get(token.kind)
            if dtype is None:
                return None
            stack.append(Kind(dtype))
            values.append(token.value)
            continue
        if token not in HARMLESS and token not in RAISING and token != "vanishing":
            return None
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        first = len(stack) - entry.arity
        found = _applied(str(token), stack[first:], values[first:])
        if found is None:
            return None
        stack[first:], values[first:] = [found], [None]
    return stack[0]


def _applied(token: str, reads: Sequence[Kind], values: Sequence[object]) -> Kind | None:
    harmless = token in HARMLESS and all(k.harmless for k in reads)
    dtypes = [k.dtype for k in reads]
    if token == "vanishing":  # it is written as a zero, and its operand not at all
        return Kind("float64")
    whole = all(d == "int64" for d in dtypes)
    if token in _OF_BOOLS:
        return Kind("bool", 0, harmless) if all(d == "bool" for d in dtypes) else None
    if token == "where":
        if dtypes[0] != "bool" or not (reads[1].harmless and reads[2].harmless):
            return None
        dtypes = dtypes[1:]
        if "float64" not in dtypes or "bool" in dtypes:
            return None
        return Kind("float64", 0, harmless)
    if "bool" in dtypes:
        return None
    if token in _COMPARING:
        return Kind("bool", 0, harmless)
    if whole and token in ("pow", "strict_pow"):
        if type(values[1]) is not int or values[1] != 2 or reads[0].degree > 1:
            return None
        return Kind("int64", 2, harmless)
    if whole and token in ("add", "sub", "mul", "neg", "pos"):
        degrees = [max(k.degree, 1) for k in reads]
        degree = sum(degrees) if token == "mul" else max(degrees)
        return Kind("int64", degree, harmless) if degree <= 2 else None
    if whole and token not in RAISING:
        return None
    return Kind("float64", 0, harmless)


def operands_of(template: Template) -> list[list[Any]]:
    """The codes of the operands of the operation that is done last.

    >>> operands_of(Template.of((0, 1, "lt", 1, "neg", "mul")))
    [[0, 1, 'lt'], [1, 'neg']]
    """
    stack: list[list[Any]] = []
    for token in template.code[:-1]:
        parts: list[list[Any]] = []
        if isinstance(token, str):
            entry = TABLE.entries[token]
            assert isinstance(entry, ElementwiseEntry)
            first = len(stack) - entry.arity
            parts = stack[first:]
            del stack[first:]
        stack.append([*[t for part in parts for t in part], token])
    return stack
