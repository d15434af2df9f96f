"""What one trace has found outside: which objects, where, and what is checked of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from ...program.containers import (
    items_of,
    keys_of,
)
from ...program.lengths import AnyLength
from ...program.naming import name_of
from ...program.outside import (
    CALLABLES,
    Check,
    Read,
    Same,
    overlap,
    signature,
)
from ...program.program import Statement, Var, aval_of
from ...program.sources import Argument, Fixed, Source
from ..recording.memory import layout, lying_like
from ..recording.recorder import Recorder
from ..recording.tracer import UNKNOWN, Tracer
from ..rewriting.hook_calls import MARK
from ..rewriting.sites import SITES
from .libraries import is_library

TEXTS = (str, bytes)
COMPLEX = (complex, np.complexfloating)


class Seen:
    """The outside values one trace has read.

    Attributes:
        owners: by the identity of an outside object: the object, and where it was found first.
        seen: by the identity of an outside container or object: what the function sees.
        origins: by the identity of a copy, handle or object that the function sees: its source.
        made: classes that the function itself has made.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.owners: dict[int, tuple[Any, Source]] = {}
        self.seen: dict[int, Any] = {}
        self.origins: dict[int, tuple[Any, Source]] = {}
        self.copies: list[Copy] = []
        self.texts: dict[int, tuple[Any, list[Source]]] = {}  # by identity, and where they are
        self.twins: list[tuple[Any, Source, dict[str, Any]]] = []
        self.beside: list[tuple[Any, str, Source, Tracer]] = []  # what such an instance keeps
        self.arrays: list[tuple[Tracer, Source, Any]] = []
        self.overlay: dict[tuple[int, str], Any] = {}
        self.names: dict[tuple[int, str], tuple[Source, Any]] = {}
        self.made: dict[int, Any] = {}
        self.peeked: dict[tuple[int, Any], Any] = {}
        self.deferred: dict[int, tuple[Any, Source, list[Any]]] = {}
        self.gathered: dict[int, int] = {}  # lists that are arrays here, by identity
        self.arguments: Sequence[Any] = ()
        self.checked: set[Any] = set()
        self.read_from: dict[Var, Source] = {}
        self.plains: dict[int, tuple[Any, Any]] = {}
        self.fixed: dict[int, tuple[Any, Any, Source]] = {}  # numbers and tuples, as in `origins`
        self.promoted: list[Source] = []  # integers taken as floats, for their derivative
        recorder.on_write = self._written
        recorder.assume = self._assume
        recorder.is_outside = lambda tracer: id(tracer) in self.origins

    def check(self, source: Source, kind: str, expected: Any, detail: Any = None) -> None:
        recorder = self.recorder
        check = Check(kind, source, expected, detail)
        recorder.statements.append(Statement(None, check, (), SITES[recorder.site].span))
        recorder.path.append(expected)

    def check_once(self, key: Any, source: Source, kind: str, expected: Any) -> None:
        """A check that holds for the whole call, so that once is enough."""
        if key not in self.checked:
            self.checked.add(key)
            self.check(source, kind, expected)

    def _assume(self, subject: Any, checks: Callable[[], Sequence[Check]]) -> None:
        """What a statement assumes of a subject outside, once in a call."""
        if ("assumed", id(subject)) not in self.checked:
            self.checked.add(("assumed", id(subject)))
            for check in checks():
                self.check(check.source, check.kind, check.expected, check.detail)

    def identity(self, value: Any, source: Source) -> None:
        """Take a function, class or module for what it is now, and check that."""
        self.check(source, "identity", Same(value))
        if not is_library(value):
            # What the user's functions, modules and classes hold is read again, too.
            self.owners.setdefault(id(value), (value, Fixed(value, name_of(value))))

    def _read(self, value: Any, source: Source, hint: str, promote: bool) -> Var:
        recorder = self.recorder
        span = SITES[recorder.site].span
        seen = float(value) if promote and type(value) is int else value
        var = Var(hint, aval_of(seen))
        if not isinstance(source, Argument):
            self.read_from[var] = source
        recorder.statements.append(Statement(var, Read(source, var.aval), (), span))
        expected = signature(value)
        free = recorder.free
        group = None if free is None else free.group_at(source, value)
        if group is not None:
            expected = (expected[0], (AnyLength(group), *value.shape[1:]))
        check = Check("signature", source, expected)
        recorder.statements.append(Statement(None, check, (var,), span))
        recorder.path.append(expected)
        if free is not None and group is not None:
            free.take(var, group, len(value))
        return var

    def _number(self, value: Any, source: Source, hint: str, promote: bool) -> Tracer:
        var = self._read(value, source, hint, promote)
        seen = float(value) if promote and type(value) is int else value
        self.recorder.values[var] = seen
        if promote:
            self.recorder.active.add(var)
            if seen is not value:
                self.promoted.append(source)
        tracer = Tracer(self.recorder, seen, var)
        self.fixed[id(tracer)] = (tracer, value, source)
        return tracer

    def _array(self, value: Any, source: Source, hint: str, promote: bool) -> Tracer:
        var = self._read(value, source, hint, False)
        seen = lying_like(value)
        seen.flags.writeable = value.flags.writeable
        tracer = Tracer(self.recorder, seen, var)
        self.recorder.values[var] = np.array(value)
        if promote:
            self.recorder.active.add(var)
        self.origins[id(tracer)] = (tracer, source)
        for other, _, original in self.arrays:
            shared = overlap(original, value)
            if shared is not None:
                self.recorder.share_memory(other, original, tracer, value)
        self.arrays.append((tracer, source, value))
        self.owners.setdefault(id(value), (value, source))
        return tracer

    def _written(self, tracer: Tracer) -> None:
        """Before a write to an array from outside: NumPy asks whether it may be written to."""
        origin = self.origins.get(id(tracer))
        key = (id(tracer), "writeable")
        if origin is not None and key not in self.checked and tracer.value is not UNKNOWN:
            self.checked.add(key)
            self.check(origin[1], "writeable", bool(tracer.value.flags.writeable))

    def check_layouts(self) -> None:
        """In later calls the arrays must lie in memory as they do now."""
        for _, source, value in self.arrays:
            self.check(source, "layout", layout(value))

    def _again(self, value: Any, source: Source) -> bool:
        """Whether an object has been seen; then this source must lead to it in later calls."""
        if id(value) not in self.seen:
            return False
        self.check(source, "alias", True, self.owners[id(value)][1])
        return True

    # -- what is outside

    def is_outside(self, value: Any) -> bool:
        return id(value) in self.owners

    def is_made(self, value: Any) -> bool:
        """Whether a class was made by the function itself."""
        return id(value) in self.made

    def source_of(self, value: Any) -> Source:
        return self.owners[id(value)][1]

    def pin(self, value: Any) -> None:
        """In later calls an object that is used as a key must be this one."""
        self.check_once((id(value), "key"), self.source_of(value), "identity", Same(value))

    def identical(self, a: Any, b: Any) -> bool:
        """`a is b`; of two things from outside it is checked in later calls."""
        here, there = self._found(a), self._found(b)
        if here is None or there is None:
            if type(a) in TEXTS and type(a) is type(b) and a == b:
                self._which_text(a, b)
            return a is b
        (one, source), (other, place) = here, there
        same = one is other
        remembered = self.recorder.remembered
        if same and remembered is not None and remembered.is_last(a, b):
            return False
        if source is not place and not isinstance(one, CALLABLES):
            self.check(source, "alias", same, place)
        return same

    def _which_text(self, a: Any, b: Any) -> None:
        """Equal texts may be one object or two: those from outside are to be the same again."""
        for value in (a, b):
            for source in self.texts.get(id(value), (value, ()))[1]:
                self.check(source, "identity", Same(value))

    def both_found(self, a: Any, b: Any) -> bool:
        """Whether both are from outside."""
        return self._found(a) is not None and self._found(b) is not None

    def _found(self, value: Any) -> tuple[Any, Source] | None:
        """The object outside that the function sees as `value`, and where it is."""
        for tracer, source, original in self.arrays:
            if tracer is value:
                return original, source
        for copy in self.copies:
            if copy.copy is value:
                return copy.original, copy.source
        if id(value) in self.fixed:
            _, original, source = self.fixed[id(value)]
            return original, source
        return self.owners.get(id(value))

    def adopt(self, value: Any) -> None:
        """Take a user's class, module or function that turns up for what it is: outside."""
        if id(value) in self.owners or id(value) in self.made or is_library(value):
            return
        if isinstance(value, FunctionType) and MARK in value.__globals__:
            return
        self.owners[id(value)] = (value, Fixed(value, name_of(value)))


class Copy:
    """A container from outside, and the copy that the function works on."""

    __slots__ = ("before", "copy", "original", "source")

    def __init__(self, original: Any, copy: Any, source: Source) -> None:
        self.original = original
        self.copy = copy
        self.source = source
        self.before = contents(copy)

    def changed(self) -> bool:
        """Whether the function has changed it."""
        now = contents(self.copy)
        if isinstance(self.copy, set):
            return bool(now != self.before)
        return len(now) != len(self.before) or any(
            a is not b for a, b in zip(now, self.before, strict=True)
        )


def contents(container: Any) -> Any:
    """What is in a container, in order: keys and values of a dict one after the other."""
    if isinstance(container, dict):
        return [*keys_of(container), *items_of(container)]
    return set(container) if isinstance(container, set) else items_of(container)
