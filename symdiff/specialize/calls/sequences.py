"""What a `for` loop goes through by a position: ranges, arrays, lists, and several side by side.

The number of items may depend on traced values (`range(n)`), and so may the position.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...operations.runtime.pristine import PYTHON
from ...program.program import INT
from ..recording.lists import Numbers
from ..recording.tracer import UNKNOWN, Tracer
from .lookups import MISSED, is_place, look_up

if TYPE_CHECKING:
    from ..outside.parts import Calls

_MAKERS = {getattr(PYTHON, n): n for n in ("range", "enumerate", "zip", "reversed")}


@dataclass(frozen=True, slots=True)
class Items:
    """Items that a loop goes through, and how to get any of them by its place.

    Attributes:
        kind: `"range"`, `"array"`, `"list"`, `"numbers"`, `"enumerate"`, `"zip"`, `"reversed"` or
            `"shifted"`: from some item on.
        parts: what it is made of: numbers, an array, a list, other items.
        plain: makes what Python would go through.
    """

    kind: str
    parts: tuple[Any, ...]
    plain: Callable[[], Any]

    def holds(self, value: Any) -> bool:
        """Whether items are those of a list, or side by side with them."""
        return any(p.holds(value) if type(p) is Items else p is value for p in self.parts)


def sequence(calls: Calls, site: int, function: Any, args: Sequence[Any]) -> Any:
    """`range(n)` and the like as what a loop goes through."""
    try:
        kind = _MAKERS.get(function, "")
    except TypeError:
        kind = ""

    def plain() -> Any:
        return calls.call(site, function, *[a.plain() if type(a) is Items else a for a in args])

    if not kind or calls.recorder.runner is None:
        return plain()
    if kind == "range" and calls.recorder.demand_whole is not None:
        for a in args:
            if type(a) is Tracer and a.value is UNKNOWN and not is_integer(a):
                calls.recorder.demand_whole(a)
    if kind == "range" and 1 <= len(args) <= 3 and all(map(is_integer, args)):
        if not any(is_place(calls.recorder, a) for a in args):
            return plain()
        start, stop, step = (0, *args, 1) if len(args) == 1 else (*args, 1)[:3]
        return Items("range", (start, stop, step), plain)
    if kind == "enumerate" and 1 <= len(args) <= 2 and all(map(is_integer, args[1:])):
        parts: tuple[Any, ...] = (items_of(args[0]), *(args[1:] or (0,)))
    elif kind == "reversed" and len(args) == 1 and getattr(args[0], "kind", "range") == "range":
        parts = (items_of(args[0]),)
    elif kind == "zip" and args:
        parts = tuple(map(items_of, args))
    else:
        return plain()
    if parts[0] is None or (kind == "zip" and None in parts):
        return plain()
    return Items(kind, parts, plain)


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
        return {"add": operator.add, "sub": operator.sub, "mul": operator.mul}[name](a, b)

    def count(self, items: Items) -> Any:
        """How many items there are; `None` where that is not known as one number."""
        parts = items.parts
        if items.kind == "range":
            return self._count_of_range(*parts)
        if items.kind == "array":
            return self.recorder.length(parts[0])
        if items.kind == "list":
            return len(parts[0])
        if items.kind == "numbers":
            return len(parts[0].items) if parts[0].array is None else parts[0].length
        if items.kind == "zip":
            counts = [self.count(p) for p in parts]
            if any(c is None for c in counts):
                return None
            return functools.reduce(self._smaller, counts)
        return self.count(parts[0])

    def _smaller(self, a: Any, b: Any) -> Any:
        """The smaller of two counts: a decision, where they are traced."""
        if a is b:
            return a
        apart = self.recorder.apart(a, b)
        if apart is not None:
            return b if apart > 0 else a
        if type(a) is not Tracer and type(b) is not Tracer:
            return min(a, b)
        return b if self.calls.hooks.test(self._number("lt", b, a), self.recorder.site) else a

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
            found = tuple([self.item(p, place) for p in parts])
            return MISSED if any(f is MISSED for f in found) else found
        if items.kind == "shifted":
            return self.item(parts[0], self._number("add", place, parts[1]))
        if items.kind == "reversed":
            last = self._number("sub", self.count(parts[0]), 1)
            return self.item(parts[0], self._number("sub", last, place))
        inner = self.item(parts[0], place)
        if inner is MISSED:
            return MISSED
        return (self._number("add", place, parts[1]), inner)
