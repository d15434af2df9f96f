"""A list that grows in a loop, while an iteration is recorded for all that follow."""

from __future__ import annotations

from typing import Any

from .carried import Carried
from .lists import Numbers, State


class Grown:
    """A list that an iteration writes to or appends to, while it is recorded for others."""

    __slots__ = ("before", "head", "length", "name", "numbers", "room", "shrinks", "steps")

    def __init__(
        self, name: str, numbers: Numbers, before: State, room: int | None, shrinks: bool = False
    ) -> None:
        self.name = name
        self.numbers = numbers
        self.before = before  # as it was when nobody had a loop in mind
        self.head = numbers.state()
        self.room = room  # `None` where only items are written
        self.shrinks = shrinks  # whether an iteration takes items away
        self.length: Carried | None = None
        self.steps: set[int | None] = set()  # by how much ways through an iteration make it longer

    def begin(self) -> None:
        """Its length varies from here on."""
        self.numbers.loose = self.shrinks
        if self.shrinks:
            self.numbers.least = 0
        if self.length is not None:
            self.numbers.length = self.length.tracer
            self.numbers.room = self.room or 0

    def take_way(self) -> None:
        """A way through the iteration has been recorded."""
        numbers = self.numbers
        self.steps.add(None if numbers.loose else numbers.least - self.head[3])

    def restore(self) -> None:
        """As it was at the head; the type of its items is known from now on."""
        kind, mixed = self.numbers.kind, self.numbers.mixed
        self.numbers.load(self.head)
        self.numbers.kind, self.numbers.mixed = kind, mixed

    def cancel(self) -> None:
        """The loop is not to be."""
        self.numbers.load(self.before)

    def end(self, length: Any, count: int | None) -> None:
        """The loop has been made.

        Args:
            length: the length of the list.
            count: the number of iterations, if it does not vary.
        """
        numbers = self.numbers
        numbers.items, numbers.room = [], 0
        step = next(iter(self.steps)) if len(self.steps) == 1 else None
        if self.shrinks:
            numbers.least = 0
        if step is None or count is None:
            numbers.length, numbers.loose = length, True
        else:
            numbers.length = numbers.sum("add", numbers.length, step * count)
            numbers.least += step * count
        recorder = numbers.recorder
        known = recorder.known_of(numbers.site)
        if known.exact and not any(w.probing for w in recorder.watches):
            numbers.trim()
