"""Look numbers up in lists, tuples and dicts by an integer that the function has computed.

Which item it is does not decide what the function does next: it is an operand of a statement, where
all items are numbers of one type. Anything else is a matter of a guard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...program.program import INT
from ..recording.recorder import Recorder
from ..recording.tracer import UNKNOWN, Tracer, contains_tracer

MISSED = object()
"""What `look_up` gives where a guard has to decide."""

_MOST_ITEMS = 4096
"""A longer table is better kept in an array: each item of a list is read by itself."""


def is_place(recorder: Recorder, value: Any) -> bool:
    """Whether a value is an integer that the program computes."""
    if type(value) is not Tracer or recorder.is_const(value):
        return False
    if value.value is UNKNOWN:
        return bool(recorder.aval(value) is INT)
    return type(value.value) is not bool and isinstance(value.value, int | np.integer)


def look_up(recorder: Recorder, owner: Any, index: Tracer) -> Any:
    """`owner[index]` as a statement of the program, or `MISSED`."""
    if not is_place(recorder, index) or index.value is UNKNOWN:
        return MISSED
    kind = type(owner)
    if kind is dict:
        keys = tuple(owner)
        if not keys or any(type(k) is not int for k in keys) or index.value not in owner:
            return MISSED
        items: Sequence[Any] = list(owner.values())
        if _type_of_all(items) is None:
            return MISSED
        return _picked(recorder, items, recorder.apply("key_place", index, keys=keys))
    if kind not in (list, tuple) or not -len(owner) <= index.value < len(owner):
        return MISSED
    if _type_of_all(owner) is None:
        return MISSED
    return _picked(recorder, owner, index)


def _type_of_all(items: Sequence[Any]) -> type | None:
    """The one type of all items, where they are numbers; `None` otherwise."""
    if not 0 < len(items) <= _MOST_ITEMS:
        return None
    kinds = {type(v.value) if type(v) is Tracer else type(v) for v in items}
    kind = kinds.pop()
    known = kind in (float, int) or (issubclass(kind, np.generic) and kind is not np.bool_)
    return kind if not kinds and known else None


def _picked(recorder: Recorder, items: Sequence[Any], place: Any) -> Any:
    if not any(recorder.is_active(v) for v in items):
        return recorder.apply("pick", *items, place)
    # Of one array, however often it is asked: its adjoint is put together once.
    key = tuple([id(v) for v in items])
    known = recorder.stacked.get(key)
    if known is None:
        stack = recorder.apply("array", *items, shape=(len(items),))
        known = recorder.stacked[key] = (list(items), stack)
    item = recorder.getitem(known[1], place)
    first = items[0].value if type(items[0]) is Tracer else items[0]
    return recorder.apply("item", item) if type(first) in (float, int) else item


def insertion_point(recorder: Recorder, items: Any, x: Any, right: bool) -> Any:
    """`bisect_left` or `bisect_right` of a sequence of numbers, or `MISSED`."""
    value: Any = x.value if type(x) is Tracer else x
    if not isinstance(value, int | float | np.number):
        return MISSED
    if type(items) is Tracer:
        if items.value is UNKNOWN or len(recorder.shape(items)) != 1:
            return MISSED
        return recorder.apply("insertion_point", items, x, right=right)
    if type(items) not in (list, tuple) or not 0 < len(items) <= _MOST_ITEMS:
        return MISSED
    if not contains_tracer(list(items)) and type(x) is not Tracer:
        return MISSED
    numbers = [v.value if type(v) is Tracer else v for v in items]
    if not all(isinstance(v, int | float | np.number) for v in numbers):
        return MISSED
    return recorder.apply("insertion_point", *items, x, right=right)
