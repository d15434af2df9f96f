"""What makes one number of many: `sum`, `max`, `min`, `math.prod` and `functools.reduce`, as loops.

The functions at the end are followed as the user's own are, so that their loops may stay loops.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..recording.tracer import Tracer, contains_tracer
from .sequences import Items, Places, applies, items_of

if TYPE_CHECKING:
    from ..outside.parts import Calls

_MANY = 16
"""Of fewer items a loop is not worth while."""


def extreme(calls: Calls, function: Any, values: Any) -> Any:
    """`max(values)` or `min(values)` of many numbers; `None` where they are asked one by one."""
    items = _many(calls, values)
    if items is None or not _are_numbers(calls, items):
        return None
    fold = largest if function is max else smallest
    return _followed(calls, fold, _first_and_rest(calls, items))


def extreme_by(calls: Calls, function: Any, values: Any, key: Any) -> tuple[Any] | None:
    """`max(values, key=key)`, in a tuple; `None` where items are asked one by one."""
    items = _many(calls, values)
    if items is None or items.kind not in ("array", "numbers", "range"):
        return None
    fold = largest_by if function is max else smallest_by
    return (_followed(calls, fold, (key, *_first_and_rest(calls, items))),)


def reduced(calls: Calls, function: Any, values: Any, initial: tuple[Any, ...]) -> Any:
    """`functools.reduce`, in a tuple; `None` where items are gone through one by one."""
    items = _many(calls, values)
    if items is None:
        return None
    given = (*initial, items) if initial else _first_and_rest(calls, items)
    return (_followed(calls, folded, (function, *given)),)


def summed(calls: Calls, values: Any) -> Any:
    """`sum` of the rows of an array; `None` where they are added one by one."""
    items = _many(calls, values)
    if items is None or items.kind != "array" or not calls.recorder.aval(values).is_inexact:
        return None
    return _followed(calls, total, _first_and_rest(calls, items))


def multiplied(calls: Calls, values: Any, start: Any) -> Any:
    """`math.prod(values)` of many numbers; `None` where they are multiplied one by one."""
    items = _many(calls, values)
    if items is None or not _are_numbers(calls, items):
        return None
    first, rest = _first_and_rest(calls, items)
    if type(start) is not int or start != 1:
        first = calls.hooks.operator("mul")(start, first, calls.recorder.site)
    return _followed(calls, product, (first, rest))


def _followed(calls: Calls, function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    assert isinstance(function, FunctionType)
    return calls.follow_library(function, given, {})


def _many(calls: Calls, values: Any) -> Items | None:
    """Values as items by place, if there are many."""
    recorder = calls.recorder
    if recorder.runner is None or recorder.abstract:
        return None
    items = items_of(values)
    if items is None or applies(items):
        return None
    if items.kind == "list" and not contains_tracer(values):
        return None
    count = Places(calls).count(items)
    if count is None:
        return None
    if type(count) is not Tracer:
        return items if count >= _MANY else None
    if count.value < _MANY:
        return None
    some = calls.hooks.test(recorder.operator("lt", 0, count), recorder.site)
    return items if some else None


def _are_numbers(calls: Calls, items: Items) -> bool:
    """Whether all items are numbers, which compare as the table has it."""
    (values,) = items.parts[:1]
    if items.kind == "array":
        shape, aval = calls.recorder.shape(values), calls.recorder.aval(values)
        return len(shape) == 1 and bool(aval.dtype == "float64")
    if items.kind == "list":
        held = {type(v.value) if type(v) is Tracer else type(v) for v in values}
        return len(held) == 1 and issubclass(held.pop(), float)
    return items.kind == "numbers"


def _first_and_rest(calls: Calls, items: Items) -> tuple[Any, Items]:
    first = Places(calls).item(items, 0)

    def plain() -> Any:
        rest = itertools.islice(calls.iterable(items.plain()), 1, None)
        return calls.recorder.made_now(rest)

    return first, Items("islice", (items, 1, None, 1), plain)


# -- followed


def largest(best: Any, rest: Iterable[Any]) -> Any:
    """`max` of a number and others."""
    for value in rest:
        best = max(best, value)
    return best


def smallest(best: Any, rest: Iterable[Any]) -> Any:
    """`min` of a number and others."""
    for value in rest:
        best = min(best, value)
    return best


def largest_by(key: Callable[[Any], Any], best: Any, rest: Iterable[Any]) -> Any:
    """`max` by a key, of an item and others: the first of those that are equal."""
    size = key(best)
    for value in rest:
        own = key(value)
        if own > size:
            best, size = value, own
    return best


def smallest_by(key: Callable[[Any], Any], best: Any, rest: Iterable[Any]) -> Any:
    """`min` by a key."""
    size = key(best)
    for value in rest:
        own = key(value)
        if own < size:
            best, size = value, own
    return best


def total(found: Any, rest: Iterable[Any]) -> Any:
    """The sum of a number, or an array, and others."""
    for value in rest:
        found = found + value
    return found


def product(found: Any, rest: Iterable[Any]) -> Any:
    """The product of a number and others."""
    for value in rest:
        found = found * value
    return found


def folded(function: Callable[[Any, Any], Any], value: Any, rest: Iterable[Any]) -> Any:
    """`functools.reduce(function, rest, value)`."""
    for item in rest:
        value = function(value, item)
    return value
