"""Lists of numbers in rewritten code: made, read, changed, and made ready at heads of loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...program.program import INT
from ..recording.grown import Grown
from ..recording.lists import Numbers, about_to_change, number_kind
from ..recording.pushed import Pushed, cell_contents
from ..recording.tracer import UNKNOWN, Tracer
from ..recording.watching import Unrolled
from ..recording.written import Listed
from ..rewriting.lists import Use

_LEAST_ROOM = 64
"""A list whose length is not known beforehand gets at least so many places."""

_SMALLER = 16
"""The same code serves lists down to one of so many parts of the room."""


def made(recorder: Any, value: Any) -> Any:
    """What a name is bound to that holds nothing but lists."""
    kept = recorder.sizes is not None or not recorder.abstract
    if recorder.runner is None or not kept or type(value) is not list:
        return value
    return Numbers(recorder, value)


def opened(value: Any) -> Any:
    """A list that leaves the names that hold it, as one of Python's."""
    if type(value) is not Numbers:
        return value
    about_to_change(value.recorder, value, "a list is handed on")
    return value.escape()


def append(recorder: Any, numbers: Numbers, value: Any) -> None:
    """`numbers.append(value)`."""
    about_to_change(recorder, numbers, "a list grows")
    recorder.hold(value)
    if numbers.array is not None and not _fits(recorder, numbers, value):
        numbers.unsettle()
    if numbers.array is None:
        numbers.items.append(value)
    else:
        numbers.append(value)


def pop(hooks: Any, numbers: Numbers, site: int) -> Any:
    """`numbers.pop()`."""
    recorder = hooks.recorder
    recorder.site = site
    about_to_change(recorder, numbers, "a list gets shorter")
    if numbers.array is None:
        return numbers.items.pop()
    return numbers.pop()


def _fits(recorder: Any, numbers: Numbers, value: Any) -> bool:
    """Whether a value may stay in the array; outside of loops the list may become another.

    Raises:
        Unrolled: a list that a loop changes is to hold other things.
    """
    watched = any(w.probing and numbers.born < w.since for w in recorder.watches)
    if not numbers.takes(value):
        if not watched:
            return False
        site = numbers.site
        if number_kind(value) is np.float64 and not recorder.known_of(site).wide:
            recorder.known_of(site).wide = True
            recorder.refused(Unrolled(frozenset(), "a list holds Python's and NumPy's numbers"))
        recorder.unroll("a list holds other things than numbers of one type")
    full = type(numbers.length) is int and numbers.length == numbers.capacity
    return watched or not full


def getitem(hooks: Any, numbers: Numbers, index: Any, site: int) -> Any:
    """`numbers[index]`."""
    if numbers.array is None:
        return hooks.getitem(numbers.items, index, site)
    if _is_place(index):
        return numbers.getitem(index)
    return hooks.getitem(numbers.listed(), index, site)


def setitem(hooks: Any, numbers: Numbers, index: Any, value: Any, site: int) -> None:
    """`numbers[index] = value`."""
    recorder = hooks.recorder
    about_to_change(recorder, numbers, "an item of a list is changed")
    recorder.hold(value)
    if numbers.array is not None and not (
        _is_place(index) and _fits_in_place(recorder, numbers, value)
    ):
        numbers.unsettle()
    if numbers.array is not None:
        numbers.setitem(index, value)
    else:
        numbers.items[recorder.concrete(index)] = value


def _fits_in_place(recorder: Any, numbers: Numbers, value: Any) -> bool:
    watched = any(w.probing and numbers.born < w.since for w in recorder.watches)
    return _fits(recorder, numbers, value) if watched else numbers.takes(value)


def _is_place(index: Any) -> bool:
    if type(index) is Tracer:
        if index.value is UNKNOWN:
            return index.recorder.aval(index) is INT
        return isinstance(index.value, int | np.integer) and type(index.value) is not bool
    return type(index) is int


# -- at the head of a loop


def uses_of(pushed: Sequence[Pushed], emits: int) -> dict[Use, Any]:
    """What the bodies that a generator is handed do to lists in an iteration of its loop.

    Args:
        pushed: the bodies, inner ones last.
        emits: how many items an iteration hands over; 0 where that is not known.
    """
    found: dict[Use, Any] = {}
    for k, body in enumerate(pushed):
        times = emits if k == len(pushed) - 1 else 0
        for name, grows, appends, written, shrinks in body.uses:
            use = Use(f"{name} of {k}", grows, appends * times, written, shrinks)
            found[use] = cell_contents(body.free.get(name))
    return found


def prepared(
    recorder: Any, site: int, scope: Mapping[str, Any], uses: Sequence[Use], most: Any
) -> list[Grown]:
    """The lists that an iteration changes which is recorded for others, as arrays.

    Args:
        recorder: of the trace.
        site: the loop.
        scope: what the names of the function hold.
        uses: what the loop does to lists.
        most: how many iterations there may be; `None` where that is not known.
    """
    found: dict[int, Grown] = {}
    for use in uses:
        numbers = scope.get(use.name)
        if type(numbers) is not Numbers or numbers.escaped or id(numbers) in found:
            continue
        before = numbers.state()
        if use.grows or use.shrinks:
            room = _with_room(recorder, numbers, site, use.appends, most)
            if room is not None:
                found[id(numbers)] = Grown(use.name, numbers, before, room, use.shrinks)
        elif numbers.array is not None or numbers.settle(
            len(numbers.items), site, recorder.known_of(site).wide
        ):
            found[id(numbers)] = Grown(use.name, numbers, before, None)
    return list(found.values())


def _with_room(recorder: Any, numbers: Numbers, site: int, appends: int, most: Any) -> int | None:
    """See that there is room; so many may be appended in one iteration without a look at it."""
    known = recorder.known_of(site)
    inside = any(w.probing and numbers.born < w.since for w in recorder.watches)
    if known.exact and not any(w.probing for w in recorder.watches):
        most = recorder.concrete(most)
    count = most if type(most) is not Tracer else most.value
    length = len(numbers.items) if numbers.array is None else numbers.length
    have = length.value if type(length) is Tracer else length
    certain = appends > 0 and count is not None
    need = have + appends * count if certain else max(2 * have, _LEAST_ROOM)
    exact = certain and type(most) is int and type(length) is int and need >= known.room
    need = max(need, known.room)
    if inside:
        if not certain:
            return 0
        further = most if appends == 1 else _times(recorder, most, appends)
        if not numbers.holds("le", _plus(recorder, numbers.length, further), numbers.capacity):
            numbers.ask_for_room(need)
        return appends
    numbers.site = site
    capacity = need if exact else 1 << max(need - 1, _LEAST_ROOM - 1).bit_length()
    if numbers.array is None:
        if not numbers.settle(capacity, site, known.wide):
            return None
    elif type(length) is not int:
        return None if not numbers.trim() else _with_room(recorder, numbers, site, appends, most)
    elif numbers.capacity < capacity:
        numbers.grow(capacity)
    if not certain:
        return 0
    if type(most) is Tracer:
        places = numbers.capacity - length
        if not numbers.holds("le", most, places // appends):
            return None
        if numbers.capacity > _SMALLER * _LEAST_ROOM:
            numbers.holds("lt", numbers.capacity // (_SMALLER * appends), most)
    return appends


def _plus(recorder: Any, a: Any, b: Any) -> Any:
    traced = type(a) is Tracer or type(b) is Tracer
    return recorder.operator("add", a, b) if traced else a + b


def _times(recorder: Any, a: Any, b: int) -> Any:
    return recorder.operator("mul", a, b) if type(a) is Tracer else a * b


# -- where arguments are only symbols


def prepared_symbolic(
    recorder: Any, site: int, scope: Mapping[str, Any], uses: Sequence[Use], count: Any
) -> list[Listed]:
    """The lists that an iteration changes, as arrays with room for what a loop appends.

    Args:
        recorder: of the trace.
        site: the loop.
        scope: what the names of the function hold.
        uses: what the loop does to lists.
        count: how many iterations there are; `None` where that is not known.
    """
    found: dict[int, Listed] = {}
    for use in uses:
        numbers = scope.get(use.name)
        if type(numbers) is not Numbers or numbers.escaped or id(numbers) in found:
            continue
        if use.shrinks or (use.grows and (use.appends != 1 or recorder.watches)):
            continue
        if use.grows:
            room = count if type(count) is int else recorder.sizes.of(count)
            if numbers.array is not None or room is None:
                continue
            if not numbers.items or numbers.kind_of_all() is float:
                _with_places(recorder, numbers, site, room)
        if numbers.array is not None:
            found[id(numbers)] = Listed(recorder, use.name, numbers, use.grows)
    return list(found.values())


def _with_places(recorder: Any, numbers: Numbers, site: int, room: int) -> None:
    """Make a list an array, with room for what a loop appends."""
    items = numbers.items
    array = recorder.const(np.zeros(len(items) + room))
    for k, item in enumerate(items):
        recorder.setitem(array, k, item)
    numbers.array, numbers.site = array, site
    numbers.length = numbers.least = len(items)
    numbers.kind = float if items else None
