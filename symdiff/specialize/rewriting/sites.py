"""Sites: the places of user source that hooks report from, numbered across the process."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import CodeType
from typing import Generic, NamedTuple, TypeVar

from ...errors import SourceSpan

T = TypeVar("T")


class Site(NamedTuple):
    """A source span, and the numbers written in the function it belongs to.

    A number written in the source is part of a template; any other number is a parameter of it.
    """

    span: SourceSpan
    literals: frozenset[tuple[type, object]]


class _Sites(dict[int, Site]):
    """Sites by their number; one that has been forgotten is unknown."""

    def __missing__(self, number: int) -> Site:
        return _UNKNOWN


_UNKNOWN = Site(SourceSpan("<unknown>", 0, 1, 0, 1), frozenset())

SITES = _Sites({0: _UNKNOWN})

_next = 1


def next_site() -> int:
    """The number of the site that is added next."""
    return _next


def add_site(span: SourceSpan, literals: frozenset[tuple[type, object]]) -> int:
    """Number a place of the source, with the numbers written in its function."""
    global _next
    number = _next
    _next += 1
    SITES[number] = Site(span, literals)
    return number


class OfCode(Generic[T]):
    """What is known of code objects, with the sites it needed; forgotten when a code object is.

    By identity: equal code objects may come from different files.
    """

    def __init__(self) -> None:
        self.known: dict[int, tuple[weakref.ref[CodeType], T]] = {}

    def get(self, code: CodeType, make: Callable[[], T]) -> T:
        """What is known of a code object, found out now if this is the first time."""
        found = self.known.get(id(code))
        if found is not None and found[0]() is code:
            return found[1]
        first = next_site()
        made = make()
        identity, last = id(code), next_site()
        known, sites = self.known, SITES  # a module's globals are gone when Python ends

        def forget(reference: object) -> None:
            held = known.get(identity)
            if held is not None and held[0] is reference:
                del known[identity]
            for number in range(first, last):
                sites.pop(number, None)

        known[identity] = (weakref.ref(code, forget), made)
        return made
