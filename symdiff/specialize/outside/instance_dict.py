"""`vars(owner)` and `owner.__dict__` of an instance from outside: attributes by another name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from ...program.outside import structure
from ...program.sources import Attribute
from .writes import DELETED

if TYPE_CHECKING:
    from .parts import Attributes


def _handled(method: Callable[..., Any]) -> Any:
    """Mark a method of ours, so that the call hook calls it as it is."""
    method.__symdiff_traced__ = lambda calls, *args: method(*args)  # type: ignore[attr-defined]
    return method


class InstanceDict(MutableMapping[str, Any]):
    """What an instance from outside holds: read and written as its attributes are."""

    def __init__(self, attributes: Attributes, owner: Any) -> None:
        self._attributes = attributes
        self._owner = owner

    def _site(self) -> int:
        return self._attributes.recorder.site

    def _names(self) -> list[str]:
        """The names of now; those that are there before the call are checked in later calls."""
        reader, owner = self._attributes.reader, self._owner
        place = Attribute(reader.source_of(owner), "__dict__")
        reader.check_once((id(owner), "__dict__"), place, "structure", structure(vars(owner)))
        written = {n: v for (k, n), v in reader.overlay.items() if k == id(owner)}
        names = [*vars(owner), *[n for n in written if n not in vars(owner)]]
        return [n for n in names if written.get(n) is not DELETED]

    @_handled
    def __contains__(self, name: object) -> bool:
        return name in self._names()

    @_handled
    def __getitem__(self, name: str) -> Any:
        if name not in self._names():
            raise KeyError(name)
        return self._attributes.outside(self._owner, name)

    @_handled
    def __setitem__(self, name: str, value: Any) -> None:
        self._attributes.recorder.hold(value, name)
        self._attributes.reader.overlay[id(self._owner), name] = value

    @_handled
    def __delitem__(self, name: str) -> None:
        if name not in self._names():
            raise KeyError(name)
        self._attributes.delete(self._owner, name, self._site())

    @_handled
    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    @_handled
    def __len__(self) -> int:
        return len(self._names())

    @_handled
    def copy(self) -> dict[str, Any]:
        return {name: self[name] for name in self._names()}
