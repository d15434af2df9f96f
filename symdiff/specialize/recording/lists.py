"""Lists of numbers that a function makes: as Python has them, or as the elements of an array.

While statements are recorded one after another such a list holds tracers, as any list does. For a
loop that stays a loop its items become the elements of an array with room for those to come, and
its length is a number like others: `values.append(v)` writes to one place, `values[-1]` reads one.
What asks for more than that gets a list of single elements again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...operations.table.structural import Structural
from .carried import may_vary
from .functions import Functions
from .statements import root_of
from .tracer import UNKNOWN, Tracer
from .watching import Unrolled

State = tuple[Any, ...]

_GROWTH = 8
"""A list that has no room left gets so many times as much in the next trace."""


def number_kind(value: Any) -> type | None:
    """The type of a number that may be an item: Python's `float`, or NumPy's."""
    if type(value) is Tracer and value.value is UNKNOWN:
        aval = value.recorder.aval(value)
        return None if aval.shape or aval.dtype != "float64" else float
    kind = type(value.value) if type(value) is Tracer else type(value)
    return kind if kind is float or kind is np.float64 else None


_MOST = 1 << 24
"""No list gets more room than for so many items."""


class Numbers:
    """A list that a function has made, and that names of it alone hold.

    Attributes:
        items: the items, where it is a list of Python's.
        array: where it is not, the array with them, and room for more.
        length: how many there are: a number, which may be traced.
        least: so many there are for certain.
        loose: whether it has grown in the iteration by a number that varies.
        room: so many may be appended for certain.
        kind: the type of all items, if there are any.
        mixed: whether some are Python's and some NumPy's.
        escaped: whether something else may hold the list: it is one of Python's from then on.
        born: how many heads of loops the trace had passed when it was made.
        site: the loop for which it became an array.
        given: a number for the argument that it is, which others hold; 0 where it is made here.
    """

    __slots__ = (
        "array",
        "born",
        "escaped",
        "given",
        "items",
        "kind",
        "least",
        "length",
        "loose",
        "mixed",
        "recorder",
        "room",
        "site",
    )

    def __init__(self, recorder: Functions, items: list[Any]) -> None:
        self.recorder = recorder
        self.items = items
        self.array: Any = None
        self.length: Any = 0
        self.least = 0
        self.loose = False
        self.room = 0
        self.kind: type | None = None
        self.mixed = False
        self.escaped = False
        self.born = recorder.epoch
        self.site = 0
        self.given = 0

    @staticmethod
    def of(recorder: Functions, array: Tracer, kind: type, mixed: bool = False) -> Numbers:
        """A list with the elements of an array."""
        made = Numbers(recorder, [])
        made.array = array
        made.length = made.least = len(array.value)
        made.kind, made.mixed = kind, mixed
        return made

    # -- what it is

    @property
    def capacity(self) -> int:
        return int(self.recorder.shape(self.array)[0])

    @property
    def is_symbolic(self) -> bool:
        """Whether nothing but symbols is known of its items, nor how many there are."""
        return self.array is not None and self.recorder.sizes is not None

    def is_filled(self) -> Any:
        """Whether there are items, as a traced decision where that is not known."""
        if self.least > 0 or type(self.length) is not Tracer:
            return bool(self.least > 0 or self.length)
        return self.recorder.operator("lt", 0, self.length)

    def is_whole(self) -> bool:
        """Whether it is an array without room."""
        return self.array is not None and self.length is self.least and self.least == self.capacity

    def state(self) -> State:
        """What may change."""
        items = self.items
        return (items, self.array, self.length, self.least, self.room, self.kind, self.mixed)

    def load(self, state: State) -> None:
        """Take back what has changed since."""
        self.items, self.array, self.length, self.least, self.room, self.kind, self.mixed = state

    def kind_of_all(self) -> type | None:
        """The type of all items that are there; `None` where they are no such numbers."""
        kinds = {number_kind(v) for v in self.items}
        if None in kinds:
            return None
        return np.float64 if np.float64 in kinds else float

    def settle(self, capacity: int, site: int, wide: bool = False) -> bool:
        """Become an array with that many places; whether that can be."""
        recorder, items = self.recorder, self.items
        count = len(items)
        kind = self.kind_of_all()
        if kind is None or capacity < max(count, 1):
            return False
        mixed = (
            bool(count)
            and (wide or kind is np.float64)
            and any(number_kind(v) is float for v in items)
        )
        if count == capacity:
            array = recorder.apply("array", *items, shape=(count,))
        else:
            array = recorder.const(np.zeros(capacity))
            if count:
                first = recorder.apply("array", *items, shape=(count,))
                recorder.setitem(array, slice(0, count), first)
        if mixed:
            array = self._told_apart(array, site)
        self.array, self.length, self.least, self.room = array, count, count, 0
        self.kind, self.mixed, self.site = (np.float64 if mixed else kind), mixed, site
        if not count:
            self.kind = None
        return True

    def _told_apart(self, array: Tracer, site: int) -> Any:
        """The array as a variable of which it is asked at the end what tells its numbers apart."""
        recorder = self.recorder
        var = recorder.emit(Structural.of("copy"), (recorder.operand(array),), "items")
        recorder.joined.append((site, var))
        value = np.array(array.value)
        recorder.values[var] = value
        return recorder.handle(value, var)

    def grow(self, capacity: int) -> None:
        """Get more places; its length is known."""
        recorder, old = self.recorder, self.array
        self.array = recorder.const(np.zeros(capacity))
        if self.length:
            recorder.setitem(self.array, slice(0, self.length), self._slice(old, self.length))

    def _slice(self, array: Tracer, count: int) -> Any:
        return self.recorder.getitem(array, slice(0, count))

    def trim(self) -> bool:
        """Become an array without room; whether that can be."""
        if self.array is None:
            return bool(self.items) and self.settle(len(self.items), 0)
        count = self.recorder.concrete(self.length)
        if not count:
            return False
        if count != self.capacity:
            self.array = self.recorder.apply("copy", self._slice(self.array, count))
        self.length = self.least = count
        return True

    def whole(self) -> Any:
        """An array of its own with all items, as `np.array` makes one."""
        if self.array is None:
            return self.recorder.array(self.items)
        if self.is_symbolic:
            return self.recorder.apply("copy", self.array)
        count = self.recorder.concrete(self.length)
        return self.recorder.apply("copy", self._slice(self.array, count))

    def copied(self) -> Numbers:
        """Another list with the same items."""
        if self.array is None:
            return Numbers(self.recorder, list(self.items))
        made = Numbers(self.recorder, [])
        made.load(self.state())
        made.array = self.recorder.apply("copy", self.array)
        made.room, made.site = 0, self.site
        return made

    # -- as a list of Python's

    def listed(self) -> list[Any]:
        """All items, in another list."""
        if self.array is None:
            return list(self.items)
        return [self.item(k) for k in range(self.recorder.concrete(self.length))]

    def unsettle(self) -> None:
        """Become a list of Python's again.

        Raises:
            Unrolled: nobody can tell whether other names hold it.
        """
        recorder = self.recorder
        if self.given:
            recorder.refused(Unrolled(frozenset({self.given}), "a list is more than read"))
        if self.array is None:
            return
        known = recorder.uncertain.get(id(root_of(self.array)))
        if known is not None:
            recorder.refused(Unrolled(frozenset({known[1]}), "a list may be shared"))
        items = self.listed()
        self.items = items
        self.array = None

    def escape(self) -> list[Any]:
        """The list itself, which somebody else may hold from here on."""
        self.unsettle()
        self.escaped = True
        return self.items

    def total(self) -> Any:
        """What `sum` makes of it."""
        if self.is_symbolic:
            return self.recorder.apply("sum", self.array)
        if self.least == 0 and not self.holds("lt", 0, self.length):
            return 0
        python = self.kind is float
        return self.recorder.apply("sum_of_items", self.array, self.length, python=python)

    # -- items

    def item(self, place: Any) -> Any:
        """The item at a place that is there."""
        recorder = self.recorder
        found = recorder.getitem(self.array, place)
        if self.kind is not float:
            return found
        return recorder.apply("item", found) if type(found) is Tracer else float(found)

    def getitem(self, index: Any) -> Any:
        return self.item(self.place(index, "list index out of range"))

    def setitem(self, index: Any, value: Any) -> None:
        place = self.place(index, "list assignment index out of range")
        self.recorder.setitem(self.array, place, value)

    def append(self, value: Any) -> None:
        recorder = self.recorder
        self._make_room()
        recorder.setitem(self.array, self.length, value)
        self.length = self.sum("add", self.length, 1)
        self.least += 1

    def pop(self) -> Any:
        self.length = self.place(-1, "pop from empty list")
        self.least = max(self.least - 1, 0)
        return self.item(self.length)

    def takes(self, value: Any) -> bool:
        """Whether a value may become an item of the array."""
        kind = number_kind(value)
        if kind is None or self.kind is None:
            self.kind = kind
        elif self.mixed:
            return True
        return kind is not None and kind is self.kind

    def sum(self, name: str, a: Any, b: int) -> Any:
        """A length and a number, added or subtracted."""
        if type(a) is not Tracer:
            return a + b if name == "add" else a - b
        return self.recorder.operator(name, a, b)

    def _make_room(self) -> None:
        if self.room > 0:
            self.room -= 1
            return
        if not self.holds("lt", self.length, self.capacity):
            self.ask_for_room(self.capacity + 1)

    def ask_for_room(self, least: int) -> None:
        """Trace again, with more room.

        Raises:
            Unrolled: always.
        """
        if self.recorder.forced or least > _MOST:
            self.recorder.unroll("a list has no room left")
        known = self.recorder.known_of(self.site)
        known.room = max(known.room, min(self.capacity * _GROWTH, _MOST), least)
        self.recorder.refused(Unrolled(frozenset(), "a list has no room left"))

    def holds(self, name: str, a: Any, b: Any) -> bool:
        """Whether a number is less than another (or equal to it): a decision."""
        if type(a) is not Tracer and type(b) is not Tracer:
            return bool(a < b) if name == "lt" else bool(a <= b)
        return bool(self.recorder.truth(self.recorder.operator(name, a, b)))

    def place(self, index: Any, error: str) -> Any:
        """The place of an item in the array.

        Raises:
            IndexError: there is no such item.
        """
        if type(index) is Tracer:
            return self._traced_place(index, error)
        if index >= 0:
            if index < self.least or self.holds("lt", index, self.length):
                return index
        elif -index <= self.least or self.holds("le", -index, self.length):
            return self.sum("sub", self.length, -index)
        raise IndexError(error)

    def _ask_exact(self) -> None:
        """Trace again, if a loop reads by place what another has appended, with one length for it.

        It would have to be asked in each iteration whether there is such an item.

        Raises:
            Unrolled: it is so.
        """
        recorder = self.recorder
        known = recorder.known_of(self.site)
        probing = [w for w in recorder.watches if w.probing]
        if not probing or known.exact or any(w.region or w.probe.grows(self) for w in probing):
            return
        known.exact = True
        recorder.refused(Unrolled(frozenset(), "a list is read by place in a loop"))

    def _traced_place(self, index: Tracer, error: str) -> Any:
        recorder = self.recorder
        if self.is_whole():
            if -self.least <= index.value < self.least:
                return index  # arrays count from their end as lists do
            # Another place may be there, so that it is decided.
            ends = (-self.least, index) if index.value < 0 else (index, self.least - 1)
            if not self.holds("le", *ends):
                raise IndexError(error)
            return index
        if self.is_symbolic:
            return index
        self._ask_exact()
        if index.value < 0:
            if self.holds("le", 0, index) or not self.holds(
                "le", 0, recorder.operator("add", index, self.length)
            ):
                raise IndexError(error)
            return recorder.operator("add", index, self.length)
        if not self.holds("le", 0, index) or not self.holds("lt", index, self.length):
            raise IndexError(error)
        return index


def about_to_change(recorder: Functions, numbers: Numbers, why: str) -> None:
    """Before a list changes, or the way it is kept.

    Raises:
        Unrolled: iterations are recorded that others stand for, and it is not known to change.
    """
    for watch in recorder.watches:
        if numbers.born >= watch.since:
            continue
        if watch.region or (watch.probing and not watch.probe.grows(numbers)):
            recorder.impure(why)


def varies(value: Any) -> bool:
    """Whether a name that varies may hold a value: a number, an array, or a list of numbers."""
    if type(value) is not Numbers:
        return may_vary(value)
    if value.escaped or type(value.length) is Tracer:
        return False
    return value.is_whole() or (
        value.array is None and bool(value.items) and (value.kind_of_all() is not None)
    )
