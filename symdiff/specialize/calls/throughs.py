"""What a loop goes through that is kept as a loop, where arguments are only symbols.

The items of a `for` loop are read by the number of the iteration. A generator that is summed up
runs once, and gives one item that stands for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from ...errors import ConcreteValueError
from ..recording.iteration import PLACE, Iteration
from ..recording.tracer import Tracer
from .lookups import MISSED
from .sequences import Items, Places, items_of

if TYPE_CHECKING:
    from ..outside.parts import Calls

LEAST = 9
"""A loop that goes round less often, and a known number of times, is unrolled."""


def item_at(calls: Calls, items: Items, place: Any, hint: str | None = None) -> Any:
    """The item at a place, which is a symbol."""
    item = Places(calls).item(_of_whole_arrays(calls, items), place)
    if item is MISSED:
        calls.recorder.unroll("an item of a list is looked up")
    if hint:
        calls.recorder.name(item, hint)
    return item


def _of_whole_arrays(calls: Calls, items: Items) -> Items:
    """Items that are read of an array itself, not of a part of it: `x[k + 1]` for `x[1:][k]`."""
    if items.kind == "array":
        (array,) = items.parts
        offset = 0
        while array.base is not None and array.view is not None:
            start = start_of(array.view[0])
            if start is None:
                break
            array, offset = array.base, offset + start
        if not offset:
            return replace(items, parts=(array,))
        inner = replace(items, parts=(array,))
        return replace(items, kind="shifted", parts=(inner, offset))
    parts = [_of_whole_arrays(calls, p) if type(p) is Items else p for p in items.parts]
    return replace(items, parts=tuple(parts))


def start_of(view: Any) -> int | None:
    """Where a part of a vector begins that goes on from there one by one; `None` for others."""
    index = view.params.get("index") if view.name == "getitem" else None
    if index is None or len(index) != 1 or type(index[0]) is not tuple or index[0][0] != "slice":
        return None
    _, start, _, step = index[0]
    if step not in (None, 1) or (start is not None and start < 0):
        return None
    return start or 0


def counted(calls: Calls, value: Any) -> tuple[Items, Any] | None:
    """What a kept loop goes through, and how many items there are; `None` for what is unrolled."""
    recorder = calls.recorder
    if type(value) is Tracer and not recorder.shape(value) and recorder.demand_array is not None:
        recorder.demand_array(value, "iteration")
    items = items_of(value)
    if items is None or holds_list(items):
        return None
    count = Places(calls).count(items)
    if count is None or (type(count) is not Tracer and count < LEAST):
        return None
    return items, count


def holds_list(items: Items) -> bool:
    """Whether a Python list is gone through, whose items may be anything."""
    return items.kind == "list" or any(holds_list(p) for p in items.parts if type(p) is Items)


# -- generators


class Through:
    """What a generator goes through: one item that stands for all, if somebody takes it so."""

    def __init__(self, calls: Calls, items: Items, count: Any, site: int) -> None:
        self.calls = calls
        self.items = items
        self.count = count
        self.site = site
        self.spread: Callable[[Any], Any] | None = None
        self.place: Any = None
        self.given = False
        self.again: Callable[[], bool] | None = None  # whether another way goes through the item

    def __iter__(self) -> Through:
        return self

    def __next__(self) -> Any:
        recorder = self.calls.recorder
        if self.given and (self.again is None or not self.again()):
            raise StopIteration
        if self.place is None:
            recorder.site = self.site
            recorder.refused(
                ConcreteValueError(
                    "the length of this loop depends on an argument",
                    where=recorder.where(),
                    why="without a value, the loop cannot be unrolled",
                )
            )
        self.given = True
        item = item_at(self.calls, self.items, self.place)
        return item if self.spread is None else self.spread(item)


def source_of(values: Any) -> Through | None:
    """What a generator expression goes through that stands for all items at once."""
    if type(values) is not GeneratorType or values.gi_frame is None:
        return None
    source = values.gi_frame.f_locals.get(".0")
    return source if type(source) is Through and not source.given else None


def reduced(
    calls: Calls, values: Any, first: Any, step: Callable[[Any, Any], Any]
) -> tuple[Any] | None:
    """`functools.reduce(step, values, first)` of numbers; `None` where nothing is kept.

    The generator is at one item that stands for all. It comes there once for each way through it:
    those on which it gives numbers, and those on which it leaves the item out.
    """
    recorder: Any = calls.recorder
    source = source_of(values)
    shown = recorder.runner is not None and recorder.abstract
    if shown and type(values) is Tracer and recorder.shape(values):
        known = counted(calls, values)
        if known is not None and len(recorder.shape(values)) == 1:
            source = Through(calls, *known, recorder.site)
            values = source
    if source is None or type(first) not in (int, float, Tracer):
        return None
    site = source.site
    iteration = Iteration(recorder, site, {"total": first, PLACE: 0}, ["total"])
    held: dict[str, Any] = {}

    def begin() -> None:
        held.update(iteration.begin())
        source.place, source.given = held[PLACE], False

    def again() -> bool:
        """The generator is done with the item: whether there is another way through it."""
        recorder.site = site
        following = recorder.operator("add", held[PLACE], 1)
        iteration.finish({"total": held["total"], PLACE: following})
        if not iteration.waiting:
            return False
        begin()
        return True

    begin()
    source.again = again
    for value in values:
        recorder.site = site
        held["total"] = step(held["total"], value)
    return (iteration.emit(source.count)["total"],)
