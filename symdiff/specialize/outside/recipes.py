"""Recipes by which values of a trace are made again, in every run."""

from __future__ import annotations

import copy
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from types import MemberDescriptorType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import UnsupportedError, an
from ...program.acts import Filled, Fixed, Found, Keyed, Operated, Part, Viewed
from ...program.containers import (
    CONTAINERS,
    is_named_tuple,
    is_own_container,
    items_of,
    keys_of,
    put,
)
from ...program.outside import CONSTANTS, NUMBERS
from ...program.program import Operand
from ..recording.text import Text, TracedBytes, TracedText
from ..recording.tracer import Tracer, contains_tracer
from ..rewriting.hook_calls import MARK

if TYPE_CHECKING:
    from .reads import Reader


class Builder:
    """Recipes for values of a trace, and the operands they need.

    With `committed`, what came from outside stands for itself even where the function has changed
    it, because the changes are made before anybody looks.
    """

    def __init__(self, reader: Reader, committed: bool) -> None:
        self.reader = reader
        self.committed = committed
        self.operands: list[Operand] = []
        self.shared: dict[int, tuple[Any, Part]] = {}
        self.open: set[int] = set()

    def part(self, value: Any) -> Part:
        """The recipe of a value.

        Raises:
            UnsupportedError: there is no recipe for it.
        """
        kind = type(value)
        if kind is Text:
            self.operands.append(value.var)
            return Operated(len(self.operands) - 1, str)
        if kind is TracedText or kind is TracedBytes:
            return Fixed(str(value) if kind is TracedText else bytes(value))
        if isinstance(value, CONSTANTS) or (kind is not Tracer and isinstance(value, NUMBERS)):
            return Fixed(value)
        known = self.shared.get(id(value))
        if known is not None:
            return known[1]
        origin = self.reader.origins.get(id(value))
        if origin is not None and (self.committed or not changed(self.reader, value)):
            return Found(origin[1])
        if kind is Tracer and self.committed and value.base is not None:
            part: Part = self._view(value)
        elif kind is Tracer:
            self.operands.append(self.reader.recorder.operand(value))
            part = Operated(len(self.operands) - 1, type(value.value))
        elif isinstance(value, OSError) and not reaches_traced(value):
            part = Filled(lambda _: copy.copy(value), (), True)  # it holds more than its arguments
        elif (
            kind in CONTAINERS
            or is_named_tuple(kind)
            or is_own_container(kind)
            or self._own_instance(value)
        ):
            if id(value) in self.open:
                self.reader.recorder.refuse(
                    f"{an(kind.__name__)} that holds itself goes outside",
                    why="it would have to be made again in every run, and has no end",
                    remedy="hand over what is needed of it",
                )
            self.open.add(id(value))
            part = self._filled(value)
            self.open.discard(id(value))
        elif self.reader.is_outside(value) and changed(self.reader, value):
            self.reader.recorder.refuse(
                f"`{self.reader.source_of(value)}`, which the function has changed, is handed to "
                "code that symdiff cannot see into",
                remedy="hand over what is needed of it",
            )
        elif callable(value) and MARK in getattr(value, "__globals__", ()):
            self.reader.recorder.refuse(
                "a function made by the function goes outside it",
                remedy="return what it should give, or make the function outside",
            )
        elif reaches_traced(value):
            self.reader.recorder.refuse(
                f"{an(kind.__name__)} that holds traced values is handed to code that symdiff "
                "cannot see into",
                remedy="hand over what is needed of it",
            )
        else:
            return Fixed(value)
        self.shared[id(value)] = (value, part)
        return part

    def _view(self, value: Tracer) -> Part:
        """A view goes outside as one: of what its base is there."""
        assert value.base is not None
        assert value.view is not None
        base = self.part(value.base)
        operation, further = value.view
        places = []
        for operand in further:
            self.operands.append(operand)
            places.append(len(self.operands) - 1)
        return Viewed(base, operation.evaluate, tuple(places))

    def _own_instance(self, value: Any) -> bool:
        """Whether an instance was made inside, by a class that needs no more than attributes."""
        kind: Any = type(value)
        if self.reader.is_outside(value) or isinstance(value, type) or callable(value):
            return False
        if kind is SimpleNamespace or isinstance(value, BaseException):
            return True
        has_attributes = hasattr(value, "__dict__") or (
            kind.__module__ != "builtins" and hasattr(kind, "__slots__")
        )
        return has_attributes and kind.__new__ is object.__new__

    def _filled(self, value: Any) -> Part:
        kind: Any = type(value)
        if is_own_container(kind):
            held = [*items_of(value), *getattr(value, "__dict__", {}).values()]
            return Filled(own_like(value), tuple([self.part(v) for v in held]), True)
        if isinstance(value, dict):
            parts = tuple([self.part(v) for v in value.values()])
            return Keyed(dict_like(value), keys_in(value), parts)
        if kind in CONTAINERS or is_named_tuple(kind):
            parts = tuple([self.part(v) for v in value])
            make: Any = kind
            if kind is deque:
                make = _deque_like(value)
            elif is_named_tuple(kind):
                make = kind._make
            return Filled(make, parts, kind in (list, set, deque))
        named = attributes_of(value)
        parts = tuple([self.part(v) for v in named.values()])
        return Keyed(_instance_of(kind), tuple(named), parts)


def changed(reader: Reader, value: Any, depth: int = 6) -> bool:
    """Whether the function has changed something from outside, or what is in it, so far.

    All changes are made at the end: who looks at it before must be shown what it will be.
    """
    kind = type(value)
    if kind is Tracer:
        return bool(value.version)
    if depth == 0 or isinstance(value, (*CONSTANTS, *NUMBERS)):
        return False
    if any(owner == id(value) for owner, _ in reader.overlay):
        return True
    _, _, appended = reader.deferred.get(id(value), (None, None, ()))
    if appended:
        return True
    for known in reader.copies:
        if known.copy is value or known.original is value:
            held = items_of(known.copy)
            return known.changed() or any(changed(reader, v, depth - 1) for v in held)
    if kind is np.ndarray:
        return any(array is value and tracer.version for tracer, _, array in reader.arrays)
    if kind in CONTAINERS or is_named_tuple(kind):
        return any(changed(reader, v, depth - 1) for v in items_of(value))
    if isinstance(value, type | ModuleType) or callable(value):
        return False
    held = list(getattr(value, "__dict__", {}).values())
    return any(changed(reader, v, depth - 1) for v in held)


def keys_in(value: dict[Any, Any]) -> tuple[Any, ...]:
    """The keys of a dict, as constants."""
    return _constant(keys_of(value))


def plain_keys(key: tuple[Sequence[Any], Sequence[Any]]) -> tuple[Any, ...]:
    """The keys that a dict outside loses and is given, as constants."""
    deleted, given = key
    return _constant(deleted), _constant(given)


def _constant(keys: Sequence[Any]) -> tuple[Any, ...]:
    """The keys that a dict outside is given; they are constants of the program.

    A traced value has been guarded when it was hashed.
    """
    return tuple(map(_plain_key, keys))


def _plain_key(key: Any) -> Any:
    kind = type(key)
    if kind is Tracer:
        return key.recorder.concrete(key)
    if kind is TracedText or kind is TracedBytes:
        return str(key) if kind is TracedText else bytes(key)
    if isinstance(key, tuple):
        made = tuple(map(_plain_key, key))
        return made if kind is tuple else tuple.__new__(kind, made)
    if kind is frozenset:
        return frozenset(map(_plain_key, key))
    if reaches_traced(key):
        raise UnsupportedError(
            f"cannot differentiate: {an(kind.__name__)} that holds a traced value is a key of "
            "a dict outside the function",
            why="its keys are constants of the compiled program",
            remedy="use a tuple of the numbers in it as the key",
        )
    return key


def attributes_of(value: Any) -> dict[str, Any]:
    """The attributes that an instance holds itself, in its `__dict__` and in slots."""
    found: dict[str, Any] = {}
    if isinstance(value, BaseException):
        found["args"] = value.args
    for base in reversed(type(value).__mro__):
        for name, member in base.__dict__.items():
            if isinstance(member, MemberDescriptorType) and not name.startswith("__"):
                try:
                    found[name] = member.__get__(value)
                except AttributeError:
                    continue  # a slot that is empty
    with suppress(AttributeError):
        found.update(object.__getattribute__(value, "__dict__"))
    return found


def reaches_traced(value: Any, depth: int = 6) -> bool:
    """Whether a traced value is in a value, or in what it is made of."""
    if contains_tracer(value):
        return True
    if depth == 0 or isinstance(value, type):
        return False
    if isinstance(value, list | tuple | set | frozenset | deque):
        return any(reaches_traced(v, depth - 1) for v in value)
    if isinstance(value, dict):
        return any(reaches_traced(v, depth - 1) for v in value.values())
    exception = isinstance(value, BaseException)
    if (type(value).__module__ == "builtins" and not exception) or callable(value):
        return False
    return any(reaches_traced(v, depth - 1) for v in attributes_of(value).values())


def dict_like(value: dict[Any, Any]) -> Any:
    """What makes a dict of the same kind of keys and values."""
    kind: Any = type(value)
    factory = value.default_factory if isinstance(value, defaultdict) else None

    def make(keys: Sequence[Any], values: Sequence[Any]) -> Any:
        made = kind() if factory is None else kind(factory)
        for k, v in zip(keys, values, strict=True):
            put(made, k, v)
        return made

    return make


def own_like(value: Any) -> Any:
    """A list or dict of the user's own class, made of its items and then its attributes."""
    kind: Any = type(value)
    count = len(items_of(value))
    names = tuple(getattr(value, "__dict__", ()))
    keys = keys_in(value) if isinstance(value, dict) else None

    def make(parts: Sequence[Any]) -> Any:
        made = kind.__new__(kind)
        if keys is None:
            list.extend(made, parts[:count])
        else:
            dict.update(made, zip(keys, parts, strict=False))
        for name, part in zip(names, parts[count:], strict=True):
            vars(made)[name] = part
        return made

    return make


def _deque_like(value: deque[Any]) -> Any:
    maxlen = value.maxlen
    return lambda items: deque(items, maxlen)


def _instance_of(kind: Any) -> Any:
    def make(names: Sequence[str], values: Sequence[Any]) -> Any:
        instance = kind.__new__(kind)
        for name, value in zip(names, values, strict=True):
            object.__setattr__(instance, name, value)
        return instance

    return make
