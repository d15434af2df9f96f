"""What a `for` loop goes through, made of calls of `range`, `zip` and the like by name."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.runtime.pristine import PYTHON
from ..recording.tracer import UNKNOWN, Tracer
from .lookups import is_place
from .sequences import APPLYING, ENDLESS, Function, Items, Places, applies, is_integer, items_of

if TYPE_CHECKING:
    from ..outside.parts import Calls

CHOOSING = ("combinations", "combinations_with_replacement", "permutations")
"""What chooses some of the items, by their places."""

_RUNNING = {operator.add: np.cumsum, operator.mul: np.cumprod}
"""What adds or multiplies up from the first item to the last, as `accumulate` does."""

_MOST_CHOICES = 1_000_000

_MAKERS = {
    **{getattr(PYTHON, n): n for n in ("range", "enumerate", "zip", "reversed", *APPLYING[:2])},
    **{getattr(itertools, n): n for n in ("count", "cycle", "islice", "pairwise", "product")},
    **{
        getattr(itertools, n): n
        for n in ("accumulate", "chain", "repeat", *APPLYING[2:], *CHOOSING)
    },
    itertools.chain.from_iterable: "chained",
    np.ndenumerate: "ndenumerate",
    np.ndindex: "ndindex",
}


def sequence(
    calls: Calls, site: int, function: Any, args: Sequence[Any], names: Sequence[str] = ()
) -> Any:
    """`range(n)` and the like as what a loop goes through.

    Args:
        calls: the calls of the trace.
        site: where it is called.
        function: what is called.
        args: what it is given.
        names: the keywords by which it is given the last of them.
    """
    try:
        kind = _MAKERS.get(function, "")
    except TypeError:
        kind = ""

    def plain() -> Any:
        given = [a.plain() if type(a) is Items else a for a in args]
        count = len(given) - len(names)
        named = dict(zip(names, given[count:], strict=True))
        return calls.call(site, function, *given[:count], **named)

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
    if kind == "accumulate":
        return plain() if names else _accumulated(calls, site, args, plain)
    if kind in CHOOSING:
        return _choices(calls, kind, args, plain) if not names else plain()
    strict = bool(names) and kind == "zip"
    parts = _parts(kind, args[:-1] if strict else args)
    if parts is None or (names and kind not in ("zip", "enumerate")):
        return plain()
    if strict and args[-1] is not False and not (args[-1] is True and _as_many(calls, parts)):
        return plain()
    items = Items("chain" if kind == "chained" else kind, parts, plain)
    sides = [p for p in parts if type(p) is Items]
    if len(sides) > 1 and any(map(applies, sides)) and not _as_many(calls, sides):
        return plain()  # where one ends before the others, a function has been called in vain
    return items


def _parts(kind: str, args: Sequence[Any]) -> tuple[Any, ...] | None:
    """What items are made of, if they may be read by their places."""
    parts: tuple[Any, ...]
    if kind == "enumerate" and 1 <= len(args) <= 2 and all(map(is_integer, args[1:])):
        parts = (items_of(args[0]), *(args[1:] or (0,)))
    elif kind in ("pairwise", "cycle", "reversed") and len(args) == 1:
        whole = kind != "reversed" or getattr(args[0], "kind", "range") == "range"
        parts = (items_of(args[0]) if whole else None,)
    elif kind in ("zip", "product") and args:
        parts = tuple(map(items_of, args))
    elif kind == "chain" and args:
        parts = tuple([p for a in args for p in _chained(a)])
    elif kind == "chained" and len(args) == 1 and type(args[0]) in (list, tuple):
        parts = tuple([p for a in args[0] for p in _chained(a)])
    elif kind in APPLYING and (len(args) == 2 or (kind == "map" and len(args) > 2)):
        parts = (Function(args[0]), *map(items_of, args[1:]))
    elif kind == "ndindex" and args:
        sizes = args[0] if len(args) == 1 and type(args[0]) is tuple else args
        if not sizes or not all(map(is_integer, sizes)):
            return None
        parts = tuple([Items("range", (0, n, 1), lambda: None) for n in sizes])
    elif kind == "ndenumerate" and len(args) == 1:
        array = items_of(args[0])
        parts = (array if array is not None and array.kind == "array" else None,)
    elif kind == "count" and len(args) <= 2 and all(map(is_integer, args)):
        return (*args, *(0, 1)[len(args) :])
    elif kind == "repeat" and 1 <= len(args) <= 2 and all(map(is_integer, args[1:])):
        return (args[0], args[1] if len(args) == 2 else ENDLESS)
    elif (
        kind == "islice"
        and 2 <= len(args) <= 4
        and all(a is None or type(a) is int for a in args[1:])
    ):
        start, stop, step = (0, args[1], 1) if len(args) == 2 else (*args[1:], None)[:3]
        parts = (items_of(args[0]), start or 0, stop, 1 if step is None else step)
        if parts[1] < 0 or (stop is not None and stop < 0) or parts[3] < 1:
            return None
        return None if parts[0] is None else parts
    else:
        return None
    if any(p is None for p in parts):
        return None
    applied = any(type(p) is Items and applies(p) for p in parts)
    fine = kind in ("enumerate", "map", "starmap", "zip") and not any(map(_filters, parts))
    return None if applied and not fine else parts


def _filters(part: Any) -> bool:
    """Whether some items are left out, by what is made of them."""
    return type(part) is Items and (part.kind == "filter" or any(map(_filters, part.parts)))


def _chained(value: Any) -> tuple[Items | None, ...]:
    """What follows one upon the other."""
    items = items_of(value)
    return items.parts if items is not None and items.kind == "chain" else (items,)


def _choices(calls: Calls, kind: str, args: Sequence[Any], plain: Callable[[], Any]) -> Any:
    """`combinations(values, k)` and the like: which places are chosen is a table."""
    items = items_of(args[0]) if args else None
    whole = kind == "permutations" and len(args) == 1
    size = args[1] if len(args) == 2 else None
    if items is None or not (whole or type(size) is int):
        return plain()
    count = Places(calls).count(items)
    if type(count) is Tracer and count.value is not UNKNOWN:
        count = calls.recorder.concrete(count)
    if type(count) is not int or (size is not None and not 0 < size < _MOST_CHOICES):
        return plain()
    made = getattr(itertools, kind)(range(count), count if size is None else size)
    table = list(itertools.islice(made, _MOST_CHOICES))
    if not table or len(table) == _MOST_CHOICES:
        return plain()
    return Items("chosen", (items, np.array(table, dtype=np.int64)), plain)


def _accumulated(calls: Calls, site: int, args: Sequence[Any], plain: Callable[[], Any]) -> Any:
    """`accumulate(values)` as the running sums, or products, of an array."""
    function = args[1] if len(args) == 2 else operator.add
    running = _RUNNING.get(function) if function in (operator.add, operator.mul) else None
    items = items_of(args[0]) if args else None
    if running is None or items is None or items.kind != "array" or calls.recorder.abstract:
        return plain()
    aval, shape = calls.recorder.aval(args[0]), calls.recorder.shape(args[0])
    if len(shape) != 1 or aval.dtype != "float64":
        return plain()
    found = items_of(calls.call(site, running, args[0]))
    return plain() if found is None else Items("accumulated", (found, items), plain)


def _as_many(calls: Calls, parts: Sequence[Any]) -> bool:
    """Whether there are as many items of each: a decision, where their numbers are traced."""
    places = Places(calls)
    counts = [places.count(p) for p in parts]
    return not any(c is None for c in counts) and all(
        places.is_same(counts[0], c) for c in counts[1:]
    )
