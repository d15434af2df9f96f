"""Methods of lists, dicts, sets and deques that the function holds, with traced values in them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..recording.places import item_place
from ..recording.tracer import contains_tracer

if TYPE_CHECKING:
    from ..outside.parts import Calls


def container_method(
    calls: Calls, function: Any, owner: Any, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """Call a method of a list, dict, set or deque that may hold traced values."""
    name = function.__name__
    if isinstance(owner, list):
        if name == "sort":
            owner[:] = calls.builtins[sorted](owner, **kwargs)
            return None
        if name in ("index", "count", "remove") and (
            contains_tracer(owner) or contains_tracer(args) or _compares(calls, [*owner, *args])
        ):
            return _search(calls, name, owner, *args)
        if name in ("pop", "insert"):
            args = (calls.recorder.concrete(args[0]), *args[1:]) if args else args
        if name == "extend":
            args = [list(calls.iterable(args[0]))]
    elif isinstance(owner, deque):
        if name in ("rotate", "insert") and args:
            args = (calls.recorder.concrete(args[0]), *args[1:])
        if name in ("extend", "extendleft"):
            args = [list(calls.iterable(args[0]))]
    elif name not in ("update", "values", "items", "keys") and args:
        if name in ("get", "pop", "setdefault", "__contains__", "__getitem__"):
            calls.hooks.remembered.forget(owner, args[0])
        stored = name in ("add", "setdefault")
        held = calls.recorder.key if stored else calls.recorder.concrete_deep
        args = (held(args[0]), *args[1:])
        if name in _KEYED:
            args = (calls.hooks.own_key(owner, args[0], calls.recorder.site), *args[1:])
        elif isinstance(owner, set):
            hash_own(calls, [owner, *args])
    calls.hold(args, kwargs)
    return function(*args, **kwargs)


def moved(calls: Calls, method: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    """`values.append(v)` of a full `deque`, or `values.rotate(k)`: writes to each of its places."""
    owner, recorder = method.__self__, calls.recorder
    calls.hold(args, kwargs)
    after = deque(owner, owner.maxlen)
    given = [recorder.concrete(a) for a in args] if method.__name__ == "rotate" else args
    getattr(after, method.__name__)(*given, **kwargs)
    outside = calls.hooks.reader.is_outside(owner)
    for k, value in enumerate(after):
        place = None if outside else item_place(owner, k)
        if owner[k] is not value:
            recorder.about_to_put(place, owner)
            owner[k] = value


_KEYED = frozenset(
    {"get", "pop", "setdefault", "__contains__", "__getitem__", "add", "discard", "remove"}
)


def _compares(calls: Calls, values: Sequence[Any]) -> bool:
    """Whether there is an object among some values whose class says what is equal to it."""
    special = calls.hooks.attributes.special
    return any(special(kind, "__eq__") is not None for kind in {type(v) for v in values})


def hash_own(calls: Calls, groups: Sequence[Any]) -> None:
    """Follow the hashes of the user's objects in sets that are put together."""
    for group in groups:
        if isinstance(group, set | frozenset | dict | list | tuple):
            for item in list(group):
                calls.hooks.own_hash(item, calls.recorder.site)


def _search(calls: Calls, name: str, owner: list[Any], item: Any) -> Any:
    equal = [calls.hooks.contains(item, [v], calls.recorder.site) for v in owner]
    if name == "count":
        return sum(map(bool, equal))
    if True not in equal:
        raise ValueError("value is not in list")
    where = equal.index(True)
    if name == "index":
        return where
    del owner[where]
    return None
