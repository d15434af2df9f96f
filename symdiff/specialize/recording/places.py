"""Places that a loop may change beside names: items of containers and attributes of objects.

A place belongs to an object that was there before the iteration, and holds something already, so
that its object keeps its structure. What is written to it is remembered with what it held, so that
an iteration that is recorded can be taken back.
"""

from __future__ import annotations

from collections import deque
from types import MemberDescriptorType
from typing import Any, Protocol

from .carried import MISSING

_GET: Any = object.__getattribute__
_SET: Any = object.__setattr__


class Place:
    """An item of a list, dict or deque, or an attribute of an object."""

    __slots__ = ("attribute", "key", "owner")

    def __init__(self, owner: Any, key: Any, attribute: bool = False) -> None:
        self.owner = owner
        self.key = key
        self.attribute = attribute

    @property
    def identity(self) -> tuple[int, Any, bool]:
        """What tells it from others, as long as its object lives."""
        return id(self.owner), self.key, self.attribute

    def read(self) -> Any:
        """What it holds, or `MISSING`."""
        if self.attribute:
            return _own(self.owner, self.key)
        try:
            return self.owner[self.key]
        except LookupError:
            return MISSING

    def write(self, value: Any) -> None:
        """Let it hold another value."""
        if self.attribute:
            _SET(self.owner, self.key, value)
        else:
            self.owner[self.key] = value


def _own(owner: Any, name: str) -> Any:
    """What an object itself holds as an attribute: what its class holds may change for itself."""
    try:
        held = _GET(owner, "__dict__")
    except AttributeError:
        held = {}
    if name in held:
        return held[name]
    if not any(type(vars(c).get(name)) is MemberDescriptorType for c in type(owner).__mro__):
        return MISSING
    try:
        return _GET(owner, name)  # in a slot
    except AttributeError:
        return MISSING


def item_place(owner: Any, index: Any) -> Place | None:
    """The place of an item, where a constant index tells it."""
    if type(owner) is dict and type(index) in (str, int):
        return Place(owner, index)
    if type(owner) in (list, deque) and type(index) is int and -len(owner) <= index < len(owner):
        return Place(owner, index % len(owner))
    return None


class Changed(Protocol):
    """What is known of the changes of an iteration."""

    changed: dict[Any, tuple[Place, Any]]


def take_back(watch: Changed) -> None:
    """What has been changed in an iteration is as it was at its head."""
    for place, held in reversed(watch.changed.values()):
        place.write(held)
    watch.changed.clear()
