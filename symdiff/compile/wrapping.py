"""Where whole numbers of NumPy's are computed as Python's own: up to which size nobody can tell.

An element of an array of integers, and what is computed of such alone, wraps around at the end of
its 64 bits; Python's integers have no end. Open `wrapping` first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

import numpy as np

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template
from ..program.program import Statement, Var, operand_aval

_BITS = 63
_EXPONENTS = 64

_SIZES: dict[str, Callable[..., int]] = {
    "abs": lambda a: a,
    "bit_and": lambda a, b: 2 * max(a, b),
    "bit_or": lambda a, b: 2 * max(a, b),
    "bit_xor": lambda a, b: 2 * max(a, b),
    "invert": lambda a: a + 1,
    "add": lambda a, b: a + b,
    "floordiv": lambda a, b: a + 1,
    "mod": lambda a, b: b,
    "mul": lambda a, b: a * b,
    "neg": lambda a: a,
    "pos": lambda a: a,
    "square": lambda a: a * a,
    "sub": lambda a, b: a + b,
    "where": lambda c, a, b: max(a, b),
    "maximum": max,
    "minimum": max,
}
"""How large a result may be, by how large the operands are."""

_GROWING = frozenset({"add", "sub", "mul", "square", "pow", "floordiv", "neg", "abs"})
"""What may leave the range."""

_known: WeakKeyDictionary[Template, dict[tuple[bool, ...], int | None]] = WeakKeyDictionary()


def wrapping(statement: Statement) -> tuple[int, list[Var]]:
    """The whole numbers that must be below a bound where an expression is computed as Python's own.

    Nobody has to ask for any where that is the same whatever they are.
    """
    operation, operands = statement.operation, statement.operands
    wraps = [type(o) is Var and o.aval.wraps and o.aval.dtype == "int64" for o in operands]
    if type(operation) is not Template or not any(wraps):
        return 0, []
    whole = [not operand_aval(o).is_inexact for o in operands]
    bound = bound_of(operation, whole, wraps)
    asked = [o for o, is_whole in zip(operands, whole, strict=True) if is_whole and type(o) is Var]
    return (0, []) if bound is None else (bound, list(dict.fromkeys(asked)))


def bound_of(template: Template, whole: Sequence[bool], wraps: Sequence[bool]) -> int | None:
    """Up to which size of its whole numbers an expression is the same in 64 bits as without end.

    Nothing if that holds whatever they are; 0 if it cannot be told.

    Args:
        template: an expression of numbers.
        whole: for each operand, whether it is an integer, or a truth.
        wraps: for each operand, whether it is one of NumPy's.

    >>> bound_of(Template.of((0, 0, "mul", 1, "mul")), [True, False], [True, False])
    2147483648
    >>> bound_of(Template.of((0, 1, "mul")), [True, False], [True, False])
    """
    key = (*whole, *wraps)
    found = _known.setdefault(template, {})
    if key not in found:
        found[key] = _bound_of(template, whole, wraps)
    return found[key]


def _bound_of(template: Template, whole: Sequence[bool], wraps: Sequence[bool]) -> int | None:
    for exponent in range(_BITS - 1, -1, -1):
        largest = _largest(template, whole, wraps, 2**exponent)
        if largest is None:
            return None
        if largest < 2**_BITS:
            return 1 << exponent
    return 0


def _largest(
    template: Template, whole: Sequence[bool], wraps: Sequence[bool], bound: int
) -> int | None:
    """The largest of what wraps around, of operands below a bound; `None` if nothing does."""
    stack: list[tuple[int | None, bool]] = []  # the size of an integer, and whether it wraps around
    largest: int | None = None
    size: int | None
    for at, token in enumerate(template.code):
        if type(token) is int:
            stack.append((bound if whole[token] else None, wraps[token]))
            continue
        if isinstance(token, Literal):
            size = abs(token.value) if token.kind in (int, bool) else None
            stack.append((size, False))
            continue
        assert isinstance(token, str)
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        first = len(stack) - entry.arity
        given = stack[first:]
        del stack[first:]
        arms = given[1:] if entry.name == "where" else given
        wrapping = any(w for _, w in arms)
        if any(size is None for size, _ in arms):
            stack.append((None, False))
            continue
        size = _size(entry.name, [size or 0 for size, _ in given])
        if entry.name == "pow" and not isinstance(template.code[at - 1], Literal):
            size = 2**_BITS  # an exponent below zero is refused
        stack.append((size, wrapping and size is not None))
        if wrapping and entry.name in _GROWING:
            largest = max(largest or 0, 2**_BITS if size is None else size)
    return largest


def _size(name: str, sizes: Sequence[int]) -> int | None:
    """How large a result of integers may be; `None` if it is no integer."""
    if name == "pow":
        base, exponent = sizes
        return int(base**exponent) if exponent <= _EXPONENTS else 2**_BITS
    found = _SIZES.get(name)
    if found is not None:
        return found(*sizes)
    operation = Template.of((*range(len(sizes)), name))
    with np.errstate(all="ignore"):
        kind = np.asarray(operation.evaluate(*[np.int64(1)] * len(sizes))).dtype.kind
    return {"b": 1, "i": 2**_BITS}.get(kind)
