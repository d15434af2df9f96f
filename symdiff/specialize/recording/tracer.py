"""Tracers: a concrete value together with what the program calls it.

A tracer stands in the place of a number or array while the user's function runs once. Small
expressions of tracers stay *pending*, as postfix code, until an assignment closes them into one
statement; an array tracer is a handle, so that an in-place write is seen through every alias.

A tracer refuses to become a plain number behind symdiff's back: C code that could drop a
derivative silently gets an error instead. Its truth may be asked anywhere: that is a guarded
decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ...errors import UnsupportedError
from .parts import Recording
from .text import Text, TracedBytes, TracedText

if TYPE_CHECKING:
    from ...operations.table.structural import Structural


class Unknown:
    """The value of a symbolic argument: nothing is known of it but its `Aval`."""


UNKNOWN = Unknown()

PENDING = object()


class Tracer:
    """A value that the program computes.

    Attributes:
        recorder: the trace it belongs to.
        value: the concrete value, or `UNKNOWN`.
        operand: the program variable or constant, or `PENDING`.
        code: while pending, postfix code with `None` for each leaf.
        leaves: while pending, the leaves in order: variables and constants.
        python: while pending, for each operation whether it gave a number of Python's own.
        used: while pending, whether some other expression has taken it in already.
        risky: while pending, whether computing it may raise where its derivative would not.
        base: for a view, the tracer whose memory it shares.
        view: for a view, the operation that makes it from `base`, and its further operands.
        version: counts in-place writes; for a view, the version of `base` it was read at.
        flat: whether it is `x.flat`, of which a slice is a copy.
        siblings: arrays from outside that share memory with this one, and which elements.
        born: how many heads of loops the trace had passed when it was made.
    """

    __slots__ = (
        "_aval",
        "base",
        "born",
        "code",
        "flat",
        "leaves",
        "operand",
        "python",
        "recorder",
        "risky",
        "siblings",
        "used",
        "value",
        "version",
        "view",
    )

    def __init__(
        self,
        recorder: Recording,
        value: Any,
        operand: Any,
        code: tuple[Any, ...] = (),
        leaves: tuple[Any, ...] = (),
        python: tuple[bool, ...] = (),
    ) -> None:
        self.recorder = recorder
        self.value = value
        self.operand = operand
        self.code = code
        self.leaves = leaves
        self.python = python
        self.used = False
        self.risky = False
        self.base: Tracer | None = None
        self.view: tuple[Structural, tuple[Any, ...]] | None = None
        self.version = 0
        self.siblings: list[Any] = []
        self.flat = False
        self.born = recorder.epoch
        self._aval: Any = None

    # -- what must not happen behind symdiff's back

    def _refuse(self, what: str) -> NoReturn:
        self.recorder.refused(
            UnsupportedError(
                f"a traced value was used as {what} by code that symdiff cannot see into",
                where=self.recorder.where(),
                why="the derivative would be lost without a word",
                remedy="write this step in Python or NumPy, or use symdiff.detach(...) on it",
            )
        )

    def __float__(self) -> float:
        self._refuse("a plain float")

    def __int__(self) -> int:
        self._refuse("a plain int")

    def __index__(self) -> int:
        if self.recorder.aval(self).is_inexact:
            self._refuse("an index")
        return int(self.recorder.concrete(self))  # guarded: nothing is lost

    def __complex__(self) -> complex:
        self._refuse("a complex number")

    def __bool__(self) -> bool:
        return self.recorder.truth(self)  # a decision, guarded wherever it is taken

    def __hash__(self) -> int:
        # By the value, which is guarded: sets and dicts go by it, and keep the tracer itself.
        return hash(self.recorder.concrete(self))

    def __array__(self, /, *args: Any, **kwargs: Any) -> Any:
        self._refuse("a plain array")

    def __str__(self) -> str:
        self._refuse("text")

    def __repr__(self) -> str:
        self._refuse("text")

    def __format__(self, spec: str) -> str:
        self._refuse("text")

    def __round__(self, digits: int | None = None) -> Any:
        self._refuse("a plain number")

    def __copy__(self) -> Any:
        return self.recorder.copied(self)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.recorder.copied(self)

    def __len__(self) -> int:
        return self.recorder.length(self)

    def __iter__(self) -> Any:
        return self.recorder.each(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.recorder.attribute(self, name)

    def __getitem__(self, index: Any) -> Any:
        return self.recorder.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self.recorder.setitem(self, index, value)

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.recorder.call_entry(function, args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.recorder.call_entry(function, args, kwargs)


def _binary(name: str) -> tuple[Any, Any]:
    def forward(self: Tracer, other: Any) -> Any:
        return self.recorder.operator(name, self, other)

    def backward(self: Tracer, other: Any) -> Any:
        return self.recorder.operator(name, other, self)

    return forward, backward


for _dunder, _name in (
    ("add", "add"),
    ("sub", "sub"),
    ("mul", "mul"),
    ("truediv", "div"),
    ("pow", "pow"),
    ("floordiv", "floordiv"),
    ("mod", "mod"),
    ("matmul", "matmul"),
    ("and", "and_"),
    ("or", "or_"),
    ("xor", "xor"),
):
    _forward, _backward = _binary(_name)
    setattr(Tracer, f"__{_dunder}__", _forward)
    setattr(Tracer, f"__r{_dunder}__", _backward)
for _dunder in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Tracer, f"__{_dunder}__", _binary(_dunder)[0])
for _dunder in ("neg", "pos", "abs", "invert"):

    def _unary(self: Tracer, name: str = _dunder) -> Any:
        return self.recorder.operator(name, self)

    setattr(Tracer, f"__{_dunder}__", _unary)


def plain(value: Any) -> Any:
    """The concrete value of what may be traced."""
    return value.value if type(value) is Tracer else value


def contains_tracer(value: Any, depth: int = 6) -> bool:
    """Whether a tracer is in a value, or in the lists, tuples, dicts and arrays it is made of."""
    kind = type(value)
    if kind is Tracer or kind is Text or kind is TracedText or kind is TracedBytes:
        return True
    if kind in _ATOMS or depth == 0:
        return False
    if isinstance(value, list | tuple | set | frozenset):
        return any(contains_tracer(v, depth - 1) for v in value)
    if isinstance(value, dict):
        return any(contains_tracer(v, depth - 1) for v in value.values())
    if isinstance(value, slice):
        return any(type(v) is Tracer for v in (value.start, value.stop, value.step))
    if isinstance(value, np.ndarray):
        return value.dtype == object and any(type(v) is Tracer for v in value.flat)
    return False


def held_in(value: Any) -> Iterator[Any]:
    """A container, and what is in it and in the lists, tuples, sets and dicts that it holds.

    Each container comes once, also where one holds itself.
    """
    seen, waiting = set[int](), [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list | tuple | set | dict):
            if id(value) in seen:
                continue
            seen.add(id(value))
            waiting += value.values() if isinstance(value, dict) else value
        yield value


def holds_itself(value: Any, within: tuple[Any, ...] = ()) -> bool:
    """Whether a list or tuple is among the lists and tuples that it holds.

    >>> held = [1.0]
    >>> held.append((held,))
    >>> holds_itself(held), holds_itself([[], ()])
    (True, False)
    """
    if any(value is v for v in within):
        return True
    inside = [v for v in value if type(v) is list or type(v) is tuple]
    return any(holds_itself(v, (*within, value)) for v in inside)


_ATOMS = frozenset({float, int, bool, str, bytes, type(None), complex})
