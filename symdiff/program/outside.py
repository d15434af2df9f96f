"""What a program assumes of the outside: operations that read it, and operations that check it.

`Read` and `Check` look at what a `Source` finds.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

import numpy as np

from ..records import dataclass
from .containers import CONTAINERS, at_once, is_named_tuple, is_own_container
from .naming import name_of, printable
from .program import Aval
from .sameness import exactly, is_value
from .sources import Source
from .trees import one_level


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """An `Operation` that reads a number or array from outside, at every call."""

    source: Source
    aval: Aval

    @property
    def name(self) -> str:
        return "read"

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return self.aval

    def evaluate(self, *values: Any) -> Any:
        return self.source.read(())

    def describe(self, operands: Sequence[str]) -> str:
        return f"read {self.source}"


class Same:
    """An outcome that compares by identity, and keeps its object alive."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        return f"<the {name_of(type(self.value))} {name_of(self.value, '')}>"


def signature(value: Any) -> Any:
    """What a specialization assumes of a number or array: its type, or dtype and shape."""
    if type(value) is np.ndarray:
        return (value.dtype.str, value.shape)
    return type(value)


def structure(value: Any) -> Any:
    """What a specialization assumes of a container or object: type and length, or keys."""
    kind = type(value)
    if kind is set or kind is frozenset:
        return (
            kind,
            tuple(map(exactly, tuple(value))),
        )  # in its own order: a copy may have another
    value = at_once(value)
    if kind is list or kind is tuple:
        return (kind, len(value))
    if kind is dict:
        if all(type(k) is str for k in value):
            return (kind, tuple(value))
        return (kind, tuple(map(exactly, value)))
    if isinstance(value, dict) and kind in CONTAINERS:
        factory = value.default_factory if isinstance(value, defaultdict) else None
        return (kind, tuple(map(exactly, value)), factory)
    if is_own_container(kind):
        if isinstance(value, list):
            return (kind, list.__len__(value))
        return (kind, tuple(map(exactly, dict.__iter__(value))))
    if kind is deque:
        return (kind, len(value), value.maxlen)
    if is_named_tuple(kind):
        return (kind, len(value))
    if kind is slice:
        return (kind, tuple(map(exactly, (value.start, value.stop, value.step))))
    return kind


NUMBERS = (float, int, np.floating, np.integer)
CONSTANTS = (bool, str, bytes, range, type(None), type(...), np.bool_, np.dtype)
CALLABLES = (
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    MethodWrapperType,
    WrapperDescriptorType,
    type,
    ModuleType,
    np.ufunc,
)


def assumption(value: Any, source: Source) -> tuple[str, Any]:
    """What a specialization assumes of an outside value: the kind of check, and its outcome."""
    if isinstance(value, CONSTANTS) or is_value(type(value)):
        return "equal", exactly(value)
    if isinstance(value, (*NUMBERS, complex, np.complexfloating)) or type(value) is np.ndarray:
        return "signature", signature(value)
    if isinstance(value, CALLABLES):
        return "identity", Same(value)
    return "structure", structure(value)


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """An `Operation` that checks what was assumed of something outside.

    `kind` is `"signature"` (of the operand, a number or array), `"structure"` (of a container or
    object), `"node"` (the names of the children of a registered container), `"equal"` (a string,
    bool or None), `"identity"` (a function, class or module),
    `"absent"` (a global that would hide the builtin `detail` of its name; without one, any name),
    `"has"` (whether the object has the attribute `detail`), `"lacks"` (whether a dict has no key
    `detail`), `"alias"` (whether it is the object at the source `detail`), `"overlap"` (how its
    memory overlaps with the array at the source `detail`), `"writeable"` (whether an array may be
    written to) or `"layout"` (its strides, or `True` where they are the usual ones).
    """

    kind: str
    source: Source
    expected: Any
    detail: Any = None

    @property
    def name(self) -> str:
        return "check"

    def infer(self, avals: Sequence[Aval]) -> None:
        return None

    def evaluate(self, *values: Any) -> Any:
        return None

    def describe(self, operands: Sequence[str]) -> str:
        return f"check {self.source}: {self.kind} {printable(repr(self.expected))}"

    def outcome(self, value: Any, other: Any = None) -> Any:
        """What `value` would be recorded as; equal to `expected` when the check passes."""
        if self.kind == "absent":
            try:
                return Same(self.source.read(()))
            except NameError:
                return True
        if self.kind == "node":
            same = type(value) is self.expected[0]
            return one_level(value)[1] if same else assumption(value, self.source)[1]
        if self.kind == "has":
            return hasattr(value, self.detail)
        if self.kind == "lacks":
            return self.detail not in value
        if self.kind == "alias":
            return value is other
        if self.kind == "writeable":
            return bool(value.flags.writeable)
        if self.kind == "layout":
            return bool(value.flags.c_contiguous) or value.strides
        if self.kind == "overlap":
            return overlap(value, other)
        if self.kind == "identity":
            return Same(value)
        return assumption(value, self.source)[1]


def overlap(a: Any, b: Any) -> Any:
    """How the memory of two arrays overlaps: `None`, or what decides which elements coincide."""
    if not np.may_share_memory(a, b) or not np.shares_memory(a, b):
        return None
    return (_address(b) - _address(a), a.strides, b.strides, a.shape, b.shape)


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])
