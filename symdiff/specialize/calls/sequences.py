"""What a `for` loop goes through by a position: ranges, arrays, lists, and several side by side.

The number of items may depend on traced values (`range(n)`), and so may the position.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...program.program import INT
from ...records import dataclass
from ..recording.lists import Numbers
from ..recording.statements import root_of
from ..recording.tracer import UNKNOWN, Tracer
from .lookups import MISSED, look_up

if TYPE_CHECKING:
    from ..outside.parts import Calls

APPLYING = ("map", "filter", "starmap")
"""What calls a function of each item: the body of the loop does, at its start."""

ENDLESS = math.inf
"""How many items there are where there is no end."""


@dataclass(frozen=True, slots=True)
class Items:
    """Items that a loop goes through, and how to get any of them by its place.

    Attributes:
        kind: `"range"`, `"array"`, `"list"`, `"numbers"`, or what makes items of others:
            `"enumerate"`, `"zip"`, `"reversed"`, those of `itertools` and NumPy, and `"shifted"`:
            from some item on.
        parts: what it is made of: numbers, an array, a list, other items.
        plain: makes what Python would go through.
    """

    kind: str
    parts: tuple[Any, ...]
    plain: Callable[[], Any]

    def holds(self, value: Any) -> bool:
        """Whether items are those of a list, or side by side with them."""
        return any(p.holds(value) if type(p) is Items else p is value for p in self.parts)

    def read_ahead(self, early: bool = False) -> Iterator[Tracer]:
        """The arrays of which Python reads an item earlier than in the iteration that has it.

        Args:
            early: whether that is so of all items.
        """
        early = early or self.kind in ("accumulated", "chosen", "cycle", "pairwise", "product")
        for part in self.parts:
            if type(part) is Items:
                yield from part.read_ahead(early)
            elif early and self.kind == "array":
                yield root_of(part)


@dataclass(frozen=True, slots=True)
class Function:
    """What is called of each item."""

    value: Any


@dataclass(frozen=True, slots=True)
class Given:
    """What a function is still to be called with, for the item of an iteration.

    Attributes:
        items: that call it.
        args: what it is given.
    """

    items: Items
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """An item that is read when the functions have been called that come before it.

    Attributes:
        items: what it is an item of.
        place: which one.
    """

    items: Items
    place: Any


def applies(items: Items) -> bool:
    """Whether items are made by functions that the body of the loop calls."""
    return items.kind in APPLYING or any(type(p) is Items and applies(p) for p in items.parts)


def is_integer(value: Any) -> bool:
    """Whether a value is a whole number, known or traced, and no truth value."""
    if type(value) is Tracer and value.value is UNKNOWN:
        return bool(value.recorder.aval(value) is INT)
    return type(value) is int or (
        type(value) is Tracer and isinstance(value.value, int) and type(value.value) is not bool
    )


def items_of(value: Any) -> Items | None:
    """A value as items by place, if it has any."""
    if isinstance(value, Items):
        return value
    kind = type(value)
    if kind is range:
        parts = (value.start, value.stop, value.step)
        return Items("range", parts, lambda: value)
    if kind is Tracer and value.recorder.shape(value):
        return Items("array", (value,), lambda: value)
    if kind is Numbers:
        return Items("numbers", (value,), lambda: value)
    if kind is list or kind is tuple:
        return Items("list", (value,), lambda: value)
    return None


def of_arrays(items: Items) -> bool:
    """Whether items are read of arrays and ranges alone, the lengths of which do not change."""
    if items.kind in ("array", "range"):
        return True
    return all(isinstance(p, Items) and of_arrays(p) for p in items.parts if type(p) is not int)


class Places:
    """How many items there are, and which one is at a place, with traced numbers for either."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.recorder = calls.recorder

    def _number(self, name: str, a: Any, b: Any) -> Any:
        if type(a) is Tracer or type(b) is Tracer:
            return self.recorder.operator(name, a, b)
        return getattr(operator, name)(a, b)

    def count(self, items: Items) -> Any:
        """How many items there are; `None` where that is not known as one number."""
        count = self._count(items)
        return None if count is ENDLESS else count

    def _count(self, items: Items) -> Any:
        parts = items.parts
        if items.kind == "range":
            return self._count_of_range(*parts)
        if items.kind == "array":
            return self.recorder.length(parts[0])
        if items.kind == "list":
            return len(parts[0])
        if items.kind == "numbers":
            return len(parts[0].items) if parts[0].array is None else parts[0].length
        if items.kind in ("count", "cycle"):
            return ENDLESS
        if items.kind == "repeat":
            return parts[1] if type(parts[1]) is Tracer else max(parts[1], 0)
        if items.kind in ("zip", "product", "ndindex"):
            counts = [self._count(p) for p in parts]
            unknown = (None,) if items.kind == "zip" else (None, ENDLESS)
            if any(c is u for c in counts for u in unknown):  # a traced number is not compared
                return None
            if items.kind == "zip":
                return functools.reduce(self._smaller, counts)
            return functools.reduce(functools.partial(self._number, "mul"), counts)
        if items.kind == "chain":
            counts = [self._count(p) for p in parts]
            if any(c is None for c in counts) or any(c is ENDLESS for c in counts[:-1]):
                return None
            return self._total(counts)
        if items.kind in APPLYING:
            return self._count(Items("zip", parts[1:], items.plain))
        if items.kind == "chosen":
            return len(parts[1])
        if items.kind == "ndenumerate":
            return self._product(self._sizes(parts[0]))
        count = self._count(parts[0])
        if items.kind == "pairwise" and count is not None and count is not ENDLESS:
            return self._number("sub", count, 1) if type(count) is Tracer else max(count - 1, 0)
        if items.kind == "islice" and count is not None:
            return self._count_of_slice(count, *parts[1:])
        return count

    def _total(self, counts: Sequence[Any]) -> Any:
        if counts[-1] is ENDLESS:
            return ENDLESS
        return functools.reduce(functools.partial(self._number, "add"), counts)

    def _product(self, sizes: Sequence[Any]) -> Any:
        return functools.reduce(functools.partial(self._number, "mul"), sizes)

    def _sizes(self, items: Items) -> Sequence[Any]:
        """The lengths of an array."""
        (array,) = items.parts
        shape = self.recorder.shape(array)
        return (self.recorder.length(array), *shape[1:])

    def _count_of_slice(self, count: Any, start: int, stop: int | None, step: int) -> Any:
        if count is ENDLESS:
            return ENDLESS if stop is None else len(range(start, stop, step))
        if type(count) is not Tracer:
            return len(range(start, count if stop is None else min(stop, count), step))
        return self._count_of_range(start, count, step) if stop is None else None

    def _smaller(self, a: Any, b: Any) -> Any:
        """The smaller of two counts: a decision, where they are traced."""
        if a is b or b is ENDLESS:
            return a
        if a is ENDLESS:
            return b
        apart = self.recorder.apart(a, b)
        if apart is not None:
            return b if apart > 0 else a
        if type(a) is not Tracer and type(b) is not Tracer:
            return min(a, b)
        return b if self.calls.hooks.test(self._number("lt", b, a), self.recorder.site) else a

    def is_same(self, a: Any, b: Any) -> bool:
        """Whether two counts are one: a decision, where they are traced."""
        if a is b:
            return True
        apart = self.recorder.apart(a, b)
        if apart is not None:
            return bool(apart == 0)
        if type(a) is not Tracer and type(b) is not Tracer:
            return bool(a == b)
        equal = self.recorder.operator("eq", a, b)
        return bool(self.calls.hooks.test(equal, self.recorder.site))

    def _count_of_range(self, start: Any, stop: Any, step: Any) -> Any:
        if not any(type(v) is Tracer for v in (start, stop, step)):
            return len(range(start, stop, step))
        if type(step) is Tracer or step == 0:
            return None
        low, high = (start, stop) if step > 0 else (stop, start)
        apart = high if type(low) is int and not low else self._number("sub", high, low)
        size = abs(step)
        if size == 1:
            return apart
        return self.recorder.operator("floordiv", self._number("add", apart, size - 1), size)

    def item(self, items: Items, place: Any) -> Any:
        """The item at a place, or `MISSED`."""
        parts = items.parts
        if items.kind == "range":
            start, _, step = parts
            offset = place if type(step) is int and step == 1 else self._number("mul", place, step)
            return (
                offset if type(start) is int and not start else self._number("add", start, offset)
            )
        if items.kind == "array":
            return self.recorder.getitem(parts[0], place)
        if items.kind == "numbers" and parts[0].array is not None:
            return parts[0].item(place)
        if items.kind in ("list", "numbers"):
            held = parts[0] if items.kind == "list" else parts[0].items
            return look_up(self.recorder, held, place) if type(place) is Tracer else held[place]
        if items.kind == "zip":
            found = self._side_by_side(parts, place)
            return MISSED if any(f is MISSED for f in found) else found
        if items.kind in APPLYING:
            given = self._side_by_side(parts[1:], place)
            return MISSED if any(g is MISSED for g in given) else Given(items, given)
        if items.kind == "chain":
            return self._in_chain(parts, place)
        if items.kind == "chosen":
            found = tuple([self.item(parts[0], self._chosen(c, place)) for c in parts[1].T])
            return MISSED if any(f is MISSED for f in found) else found
        if items.kind == "accumulated":
            return self.item(parts[0], place)
        if items.kind == "shifted":
            return self.item(parts[0], self._number("add", place, parts[1]))
        if items.kind == "reversed":
            last = self._number("sub", self.count(parts[0]), 1)
            return self.item(parts[0], self._number("sub", last, place))
        if items.kind == "count":
            start, step = parts
            return self._number("add", start, self._number("mul", place, step))
        if items.kind == "repeat":
            return parts[0]
        if items.kind in ("cycle", "islice"):
            return self._moved(items, place)
        if items.kind == "pairwise":
            found = (self.item(parts[0], place), self.item(parts[0], self._number("add", place, 1)))
            return MISSED if any(f is MISSED for f in found) else found
        if items.kind in ("product", "ndindex"):
            places = self._places([self._count(p) for p in parts], place)
            found = tuple([self.item(p, k) for p, k in zip(parts, places, strict=True)])
            return MISSED if any(f is MISSED for f in found) else found
        if items.kind == "ndenumerate":
            index = self._places(self._sizes(parts[0]), place)
            return index, self.recorder.getitem(parts[0].parts[0], index)
        inner = self.item(parts[0], place)
        if inner is MISSED:
            return MISSED
        return (self._number("add", place, parts[1]), inner)

    def _side_by_side(self, parts: Sequence[Items], place: Any) -> tuple[Any, ...]:
        """The items at a place, those that follow upon the call of a function later."""
        found: list[Any] = []
        called = False
        for part in parts:
            found.append(Later(part, place) if called else self.item(part, place))
            called = called or applies(part)
        return tuple(found)

    def _in_chain(self, parts: Sequence[Items], place: Any) -> Any:
        """The item of what follows one upon the other: whose it is, is a decision."""
        for part in parts[:-1]:
            count = self._count(part)
            traced = type(place) is Tracer or type(count) is Tracer
            left = self.recorder.operator("lt", place, count) if traced else place < count
            if self.calls.hooks.test(left, self.recorder.site):
                return self.item(part, place)
            place = self._number("sub", place, count)
        return self.item(parts[-1], place)

    def _chosen(self, column: Any, place: Any) -> Any:
        """A place of a table, as a number of Python's."""
        if type(place) is not Tracer:
            return int(column[place])
        found = self.recorder.getitem(self.recorder.const(column), place)
        return self.recorder.apply("item", found)

    def _moved(self, items: Items, place: Any) -> Any:
        """The item that others have at another place."""
        if items.kind == "cycle":
            return self.item(
                items.parts[0], self._number("mod", place, self._count(items.parts[0]))
            )
        inner, start, _, step = items.parts
        at = place if step == 1 else self._number("mul", place, step)
        return self.item(inner, at if not start else self._number("add", at, start))

    def _places(self, sizes: Sequence[Any], place: Any) -> tuple[Any, ...]:
        """Where an item is along each of several axes, of which the last runs fastest."""
        found: list[Any] = []
        for size in reversed(sizes[1:]):
            found.append(self._number("mod", place, size))
            place = self._number("floordiv", place, size)
        return (place, *reversed(found))
