"""`for` loops in rewritten code that may stay loops: through what has places, by the place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..calls.lookups import MISSED
from ..calls.sequences import Items, Places, applies, items_of, of_arrays
from ..recording.lists import Numbers
from ..recording.probe import Probe
from ..recording.rolling import Rolled
from ..recording.tracer import Tracer
from ..recording.watching import FORCED_ROUNDS
from .loop_ways import Hooks
from .loops import FIRST, LEAST, Loop, Names


class For(Loop):
    """A `for` loop through what has places."""

    def __init__(
        self,
        hooks: Hooks,
        site: int,
        names: Names,
        value: Any,
        hint: str | None,
    ) -> None:
        super().__init__(hooks, site, names)
        self.hint = hint
        self.places = Places(hooks.calls)
        recorder = self.recorder
        self.items = items_of(value) if recorder.may_roll(site) else None
        self.count: Any = None if self.items is None else self.places.count(self.items)
        self.further: list[Items] = []  # what follows upon that, each a loop of its own
        self.plain: Any = None
        if self.count is not None and self.items is not None and self.items.kind == "chain":
            self.further = list(self.items.parts)
            self._next_part()
            return
        traced = type(self.count) is Tracer
        early = self.target not in self.names and self.may_begin_early()
        # Decisions in a short loop within another one would make ways of all their combinations.
        short = early and (traced or self.known.long or bool(self.decides and recorder.watches))
        self.short = 0
        if self.count is None or (_plain(self.count) < FIRST + LEAST and not short):
            if self.items is not None and early:
                self.short = _plain(self.count)
            self.items = None
        free = recorder.free is not None and self.items is not None and of_arrays(self.items)
        applied = self.items is not None and applies(self.items)
        if not applied and (self.items is None or not (traced or free)):
            source = value.plain() if type(value) is Items else value
            self.plain = hooks.iter(source, site, hint)
        self._start(early and self.items is not None)

    def _start(self, early: bool) -> None:
        """Before the first item."""
        self.read_ahead = [] if self.items is None else [*self.items.read_ahead()]
        self.versions = [root.version for root in self.read_ahead]
        self.position: Any = 0  # of the item that comes next
        self.own_item: Any = None
        self.over = False
        self.jumped = False
        self.early = early
        self.begun = not (self.early and type(self.count) is Tracer and self.known.peel == 0)

    def _next_part(self) -> None:
        """Go through what follows, as through something of its own."""
        self.items = self.further.pop(0)
        self.count = self.places.count(self.items)
        self.anew()
        early = self.target not in self.names and self.may_begin_early()
        self._start(early and _plain(self.count) >= FIRST + LEAST)

    def __iter__(self) -> Iterator[Any]:
        # A generator that the loop goes through ends with it: nothing else holds it.
        source, self.plain = self.plain, None
        if self.items is None:
            return self._unrolled(source) if self.short else iter(source)
        return self._items(None if source is None else iter(source))

    def _unrolled(self, source: Any) -> Iterator[Any]:
        recorder = self.recorder
        with recorder.short.around(self.site, self.short):
            statements, start = recorder.statements, len(recorder.statements)
            for k, item in enumerate(source):
                if k in (1, 2, 4) and recorder.statements is statements:
                    recorder.short.check(statements[start:], k)
                yield item

    def _items(self, source: Iterator[Any] | None) -> Iterator[Any]:
        while True:
            if self.over and not self.further:
                return
            if self.over:
                self._next_part()
            if not self.begun:
                self.live = True
                yield None  # `enter` decides
                continue
            if self.skips or self.probe is not None:
                self.live = True
                yield self.item  # once more, or what `enter` decides
                continue
            if source is not None and not self.jumped:
                try:
                    self.item = next(source)
                except StopIteration:
                    self.leave()
                    return
            elif not self._is_left():
                self.leave()
                if not self.further:
                    return
                self._next_part()
                continue
            else:
                self.item = self._at(self.position)
                if self.made > self.first and not self.live and not self.jumped:
                    self.count = self.recorder.concrete(self.count)  # as it is unrolled
            self.position = self._next(self.position)
            if self.is_early():
                self.live = True
            elif self.made == self.first:
                self._consider()
            yield self.item
            self.made += 1

    def _is_left(self) -> bool:
        """Whether there is another item: where their number is traced, a decision."""
        self.recorder.site = self.site
        if type(self.position) is not Tracer and type(self.count) is not Tracer:
            return bool(self.position < self.count)
        left = self.recorder.operator("lt", self.position, self.count)
        return bool(self.hooks.test(left, self.site))

    def _next(self, position: Any) -> Any:
        if type(position) is not Tracer:
            return position + 1
        self.recorder.site = self.site
        return self.recorder.operator("add", position, 1)

    def _at(self, position: Any) -> Any:
        assert self.items is not None
        self.recorder.site = self.site
        for root, version in zip(self.read_ahead, self.versions, strict=True):
            if root.version != version:
                self.refuse_written((id(root),))
        item = self.places.item(self.items, position)
        if self.hint:
            self.recorder.name(item, self.hint)
        return item

    def refuse_written(self, written: Collection[int]) -> None:
        if any(id(root) in written for root in self.read_ahead):
            self.recorder.unroll("an array is written to that a loop has read ahead")

    def is_over(self) -> bool:
        return self.over

    def goes_through(self, numbers: Numbers) -> bool:
        parts = [p for p in (self.items, *self.further) if p is not None]
        return any(p.holds(numbers) for p in parts)

    def is_long(self) -> bool:
        if self.items is None or not self.recorder.may_roll(self.site):
            return False
        return bool(_plain(self.count) - _plain(self.position) >= LEAST)

    def place(self) -> Any:
        """The position of the item that was just taken."""
        if not self.begun:
            return 0
        if type(self.position) is not Tracer:
            return self.position - 1
        return self.recorder.operator("sub", self.position, 1)

    def take_probed(self, probe: Probe) -> bool:
        assert self.items is not None
        if self.recorder.free is not None and probe.at is not None:
            self.recorder.free.goes_round(probe.at.var, self.count)
        if probe.forced is None:
            self.own_item = self.item
        item = self.places.item(self.items, probe.place)
        if item is MISSED:
            return False
        if self.hint:
            self.recorder.name(item, self.hint)
        self.item = item
        return True

    def most(self) -> Any:
        start = self.place()
        if type(self.count) is Tracer or type(start) is Tracer:
            if type(start) is int and start == 0:
                return self.count
            return self.recorder.operator("sub", self.count, start)
        return self.count - start

    def back(self) -> None:
        if self.begun:
            self.item = self.own_item

    def begin(self) -> None:
        if self.begun:
            return
        self.begun = True
        self.over = not self._is_left()
        if self.over:
            self.live = False
            return
        self.item = self._at(0)
        self.position = self.made = 1

    def stay(self) -> None:
        self.back()
        self.begin()

    def go_on(self, rolled: Rolled) -> None:
        self.check_end(rolled, "for")
        start = self.place()
        self.jumped = self.begun = True
        recorder = self.recorder
        recorder.site = self.site
        made = _plain(rolled.place) - _plain(start)
        self.position = rolled.place
        self.over = True
        if rolled.until:
            self.over = not self._is_left()
            if made >= FORCED_ROUNDS and _plain(self.position) < _plain(self.count):
                recorder.check_forced(made + 1)
        if self.over:
            self.live = False
            if self.target in self.names:
                last = self.count
                last = last - 1 if type(last) is int else recorder.operator("sub", last, 1)
                self.new = {**self.new, self.target: self._at(last)}
            return
        self.item = self._at(self.position)
        self.position = self._next(self.position)
        self._consider()


class Straight:
    """A `for` loop that is unrolled: nothing is asked at its heads."""

    __slots__ = ("source",)

    live = False

    def __init__(self, source: Any) -> None:
        self.source = source

    def __iter__(self) -> Iterator[Any]:
        source, self.source = self.source, None  # a generator ends with the loop
        return iter(source)

    def again(self) -> bool:
        return False

    def raises(self) -> bool:
        return False

    def leave(self) -> None:
        pass


def for_loop(hooks: Hooks, value: Any, site: int, hint: str | None, names: Names) -> For | Straight:
    """What a `for` loop goes through."""
    if hooks.recorder.may_roll(site):
        return For(hooks, site, names, value, hint)
    source = value.plain() if type(value) is Items else value
    return Straight(hooks.iter(source, site, hint))


def _plain(value: Any) -> Any:
    return value.value if type(value) is Tracer else value
