"""What one iteration of a loop hands to the next, and when two values are alike for a loop."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from ...program.program import (
    Operand,
    Var,
)
from .tracer import Tracer

MISSING = object()
"""The value of a name that has none."""

_NUMBERS = frozenset({int, float, np.float64, np.float32, np.int64, np.int32})


def is_same(a: Any, b: Any) -> bool:
    """Whether a name holds the same at two heads, as far as any code could tell."""
    if a is b:
        return True
    if type(a) is not type(b) or type(a) not in (int, float, bool, str):
        return False
    return a == b and (type(a) is not float or str(a) == str(b))


def may_vary(value: Any) -> bool:
    """Whether a name that varies may hold a value: a number or an array."""
    if type(value) is Tracer:
        kind = type(value.value)
        return kind in _NUMBERS or kind is bool or (kind is np.ndarray and value.value.ndim > 0)
    return type(value) in (int, float)


class Carried:
    """What one iteration hands to the next: a number or an array.

    Attributes:
        names: those that hold it at the head; none hold an array that is written to, whose handle
            stays the same.
        original: what they hold there.
        var: what it is in the body.
        first: what it is where the loop begins.
        tracer: what they hold while the iteration is recorded.
        kind: the type of its value.
        saved: the operand and version of the handle of an array that is written to.
        next: what it is at the next head.
        passed: whether some way hands on an array that was there at the head.
        shared: whether some way hands on a view.
        mixed: whether some way may hand on Python's number, where it has been taken for NumPy's.
        grown: the list whose length it is.
        list: the list whose items it is, as the iteration has it.
        origin: as it is at the head.
    """

    __slots__ = (
        "first",
        "grown",
        "kind",
        "list",
        "mixed",
        "names",
        "next",
        "origin",
        "original",
        "passed",
        "saved",
        "shared",
        "tracer",
        "value",
        "var",
    )

    def __init__(self, original: Any, tracer: Tracer, var: Var, first: Operand, value: Any) -> None:
        self.names: list[str] = []
        self.original = original
        self.tracer = tracer
        self.var = var
        self.first = first
        self.value = value
        self.kind = type(value)
        self.saved: tuple[Any, int] | None = None
        self.next: Any = None
        self.passed = self.shared = self.mixed = False
        self.grown: Any = None
        self.list: Any = None
        self.origin: Any = None


def is_array(value: Any) -> bool:
    """Whether a value is a traced array."""
    return type(value) is Tracer and isinstance(value.value, np.ndarray)


def lies_alike(one: Any, other: Any) -> bool:
    """Whether two arrays lie in memory in the same order, without gaps, and may be written to."""
    a, b = one.flags, other.flags
    orders = (a.c_contiguous, a.f_contiguous)
    return orders == (b.c_contiguous, b.f_contiguous) and any(orders) and bool(a.writeable)


def laid_like(value: Any, other: Any) -> Any:
    """An array that lies in memory in the order of another one."""
    order: Literal["C", "F"] = "C" if other.flags.c_contiguous else "F"
    return np.asarray(value, order=order)


def stays(c: Carried, output: Operand) -> bool:
    """Whether the next value is what the first was."""
    if output is c.var:
        return True
    return (
        type(output) is not Var
        and type(c.first) is not Var
        and c.saved is None
        and (is_same(output, c.first))
    )
