"""Lists outside that a function appends to: their length need not be that of the first call.

Appending needs no look into the list. Nor does its length, which is a number read in every run, or
an item counted from the end. Anything else opens the list, and its length is then checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ...program.sources import Item, Length, Source

if TYPE_CHECKING:
    from ..recording.recorder import Recorder


class Reader(Protocol):
    """What a growing list asks of what reads its items."""

    peeked: dict[tuple[int, Any], Any]

    @property
    def recorder(self) -> Recorder: ...

    def wrap(self, value: Any, source: Source, hint: str) -> Any: ...


class Growing:
    """A list from outside that has not been opened.

    Attributes:
        whole: gives the list as the function sees it, with all that is in it.
    """

    __slots__ = ("appended", "opened", "original", "reader", "source", "whole")

    def __init__(
        self,
        reader: Reader,
        original: list[Any],
        source: Source,
        appended: list[Any],
        whole: Callable[[], Any],
    ) -> None:
        self.reader = reader
        self.original = original
        self.source = source
        self.appended = appended
        self.whole = whole
        self.opened: Any = None

    def open(self) -> Any:
        """The list, from now on with all that is in it."""
        if self.opened is None:
            self.opened = self.whole()
        return self.opened

    def length(self) -> Any:
        """Its length now."""
        recorder = self.reader.recorder
        before = self.reader.peeked.get((id(self.original), "len"))
        if before is None:
            before = self.reader.wrap(len(self.original), Length(self.source), "length")
            self.reader.peeked[id(self.original), "len"] = before
        return recorder.operator("add", before, len(self.appended)) if self.appended else before

    def item(self, index: int) -> tuple[bool, Any]:
        """The item at a negative index, and whether that can be told without opening the list."""
        if -index <= len(self.appended):
            return True, self.appended[index]
        index += len(self.appended)
        if -index > len(self.original):
            return False, None
        key = (id(self.original), index)
        if key not in self.reader.peeked:
            item = self.original[index]
            self.reader.peeked[key] = self.reader.wrap(item, Item(self.source, index), "item")
        return True, self.reader.peeked[key]
