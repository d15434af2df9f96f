"""Iterators that go on one step at a time: `it = iter(x)` and `next(it)`.

Where one stands is a place that a loop may change, as an attribute of an object is: so an iteration
that takes a step may stand for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...operations.runtime.pristine import PYTHON
from ..recording.places import Place
from ..recording.tracer import UNKNOWN, Tracer
from .sequences import Items, Places, items_of

if TYPE_CHECKING:
    from ..outside.parts import Calls


class Steps:
    """An iterator over an array or a range.

    Attributes:
        place: that of the item which comes next: a number, which may be traced.
    """

    __slots__ = ("calls", "items", "place")

    def __init__(self, calls: Calls, items: Items) -> None:
        self.calls = calls
        self.items = items
        self.place: Any = 0

    def __iter__(self) -> Steps:
        return self

    def __next__(self) -> Any:
        return self.step()

    def step(self, *default: Any) -> Any:
        """The next item, or what is given in its stead.

        Raises:
            StopIteration: there is neither.
        """
        places, recorder, place = Places(self.calls), self.calls.recorder, self.place
        count = places.count(self.items)
        traced = type(place) is Tracer or type(count) is Tracer
        left = recorder.operator("lt", place, count) if traced else place < count
        if not self.calls.hooks.test(left, recorder.site):
            if default:
                return default[0]
            raise StopIteration
        item = places.item(self.items, place)
        recorder.about_to_put(Place(self, "place", True), self)
        self.place = recorder.operator("add", place, 1) if traced else place + 1
        return item


def takes_steps(function: Any, value: Any) -> bool:
    """Whether a call makes such an iterator, or takes a step of one."""
    if function is PYTHON.next:
        return type(value) is Steps
    return function is PYTHON.iter and type(value) in (Tracer, range)


def steps_through(calls: Calls, value: Any) -> Steps | None:
    """What `iter(value)` gives, if a loop may take its steps."""
    recorder = calls.recorder
    if recorder.runner is None or recorder.abstract or recorder.free is not None:
        return None
    if type(value) is not range and not (type(value) is Tracer and value.value is not UNKNOWN):
        return None
    items = items_of(value)
    if items is None or (items.kind == "range" and not all(type(p) is int for p in items.parts)):
        return None
    made = Steps(calls, items)
    recorder.made_new(made)
    return made
