"""`self.__dict__` of an object from outside: its attributes, as a mapping."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from ..outside import Attribute, structure
from .writes import DELETED

if TYPE_CHECKING:
    from .attributes import Attributes


class InstanceDict(MutableMapping[str, Any]):
    """Reads and writes go the way that attributes go."""

    def __init__(self, attributes: Attributes, owner: Any) -> None:
        self.attributes = attributes
        self.owner = owner

    def _names(self) -> list[str]:
        reader, owner = self.attributes.reader, self.owner
        place = Attribute(reader.source_of(owner), "__dict__")
        held = object.__getattribute__(owner, "__dict__")
        reader.check_once((id(owner), "__dict__"), place, "structure", structure(held))
        written = {n: v for (key, n), v in reader.overlay.items() if key == id(owner)}
        names = [n for n in held if written.get(n) is not DELETED]
        return names + [n for n, v in written.items() if v is not DELETED and n not in held]

    def __getitem__(self, name: str) -> Any:
        if name not in self._names():
            raise KeyError(name)
        return self.attributes.outside(self.owner, name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.attributes.recorder.hold(value, name)
        self.attributes.reader.overlay[id(self.owner), name] = value

    def __delitem__(self, name: str) -> None:
        if name not in self._names():
            raise KeyError(name)
        self.attributes.delete(self.owner, name, self.attributes.recorder.site)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())
