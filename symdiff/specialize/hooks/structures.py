"""Containers of fixed structure: taken apart into what they hold, and put together again."""

from __future__ import annotations

import abc
import typing
from collections import deque
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from ...program.containers import is_named_tuple
from ..calls.steps import Steps
from ..outside.libraries import is_library
from ..recording.carried import MISSING
from ..recording.places import Place

MOST_PARTS = 64
"""A container of more parts is not taken apart."""

Step = tuple[str, Any]
"""From a container to a part of it: ("item", key) or ("attribute", name)."""

_WITHOUT_STATE: tuple[Any, ...] = (object, abc.ABC, typing.Generic, typing.Protocol)
_OWN_WAYS = ("__setattr__", "__getattribute__", "__delattr__", "__getattr__", "__del__")
_OF_FROZEN = {"__setattr__", "__delattr__"}  # which `dataclasses` writes, to refuse


class Parts:
    """What a container is made of.

    Attributes:
        kind: its class.
        steps: the ways to its parts, in order.
        held: its parts.
    """

    __slots__ = ("held", "kind", "steps")

    def __init__(self, kind: type, steps: tuple[Step, ...], held: Sequence[Any]) -> None:
        self.kind = kind
        self.steps = steps
        self.held = held

    @property
    def may_change(self) -> bool:
        """Whether such a container may be written to in place."""
        return not issubclass(self.kind, tuple)

    def rebuilt(self, held: Sequence[Any]) -> Any:
        """A container of the same structure."""
        if self.kind is list:
            return list(held)
        if self.kind is dict:
            return {key: v for (_, key), v in zip(self.steps, held, strict=True)}
        if issubclass(self.kind, tuple):
            return tuple.__new__(self.kind, held)
        made: Any = object.__new__(self.kind)
        for (_, name), value in zip(self.steps, held, strict=True):
            object.__setattr__(made, name, value)
        return made


def parts_of(value: Any) -> Parts | None:
    """The parts of a container, or `None` where it is none that can be made again."""
    kind = type(value)
    if kind is tuple or kind is list or (issubclass(kind, tuple) and is_named_tuple(kind)):
        if len(value) > MOST_PARTS:
            return None
        return Parts(kind, tuple([("item", k) for k in range(len(value))]), list(value))
    if kind is dict:
        if len(value) > MOST_PARTS or not all(type(k) in (str, int) for k in value):
            return None
        return Parts(kind, tuple([("item", k) for k in value]), list(value.values()))
    if not _is_plain_class(kind):
        return None
    names = list(vars(value)) if hasattr(value, "__dict__") else []
    names += [n for n in _slots(kind) if Place(value, n, True).read() is not MISSING]
    if len(names) > MOST_PARTS:
        return None
    steps = tuple([("attribute", n) for n in names])
    return Parts(kind, steps, [Place(value, n, True).read() for n in names])


def part_at(value: Any, step: Step) -> Any:
    """A part of a container, or `MISSING`."""
    way, key = step
    kind = type(value)
    if way == "item":
        if kind is dict:
            return value.get(key, MISSING)
        if kind in (list, deque) or issubclass(kind, tuple):
            return value[key] if type(key) is int and key < len(value) else MISSING
        return MISSING
    known = kind is Steps or _is_plain_class(kind)
    return Place(value, key, True).read() if known else MISSING


def _is_plain_class(kind: Any) -> bool:
    """Whether all that an instance is lies in its attributes."""
    if is_library(kind) or kind.__module__.partition(".")[0] == "symdiff":
        return False
    if type(kind) not in (type, abc.ABCMeta) or kind.__new__ is not object.__new__:
        return False
    for base in kind.__mro__:
        if is_library(base) and base not in _WITHOUT_STATE:
            return False
        written = {n for n in _OWN_WAYS if isinstance(vars(base).get(n), FunctionType)}
        if written - (_OF_FROZEN if _is_frozen(base) else set()):
            return False
    return True


def _is_frozen(kind: type) -> bool:
    """Whether it is a dataclass that lets nobody set an attribute."""
    parameters: Any = vars(kind).get("__dataclass_params__")
    return parameters is not None and bool(parameters.frozen)


def _slots(kind: type) -> list[str]:
    found = []
    for base in kind.__mro__:
        names = vars(base).get("__slots__", ())
        found += [names] if isinstance(names, str) else list(names)
    return [n for n in found if n not in ("__dict__", "__weakref__")]
