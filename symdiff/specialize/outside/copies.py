"""`copy.copy` and `copy.deepcopy` of what the function sees: tracers, containers and instances.

An instance from outside is copied attribute by attribute, so that each is read at every call.
"""

from __future__ import annotations

import copy
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

from ...program.containers import CONTAINERS, is_named_tuple, put
from ...program.outside import structure
from ...program.sources import MISSING, Attribute
from ..recording.tracer import Tracer
from .libraries import is_library

if TYPE_CHECKING:
    from .parts import Hooks

_HOOKS = ("__copy__", "__deepcopy__", "__reduce__", "__getstate__", "__setstate__", "__slots__")


def shallow(hooks: Hooks, value: Any) -> Any:
    """`copy.copy(value)`."""
    if type(value) is Tracer:
        return hooks.recorder.copied(value)
    method = hooks.attributes.special(type(value), "__copy__")
    if method is not None and not is_library(type(value)):
        return hooks.calls.call(hooks.recorder.site, method, value)
    if _plain_instance(value) and hooks.reader.is_outside(value):
        return _instance(hooks, value, lambda v: v)
    return copy.copy(value)


def deep(hooks: Hooks, value: Any, memo: Any = None) -> Any:
    """`copy.deepcopy(value)`."""
    return _deep(hooks, value, {})


def _by_own(hooks: Hooks, value: Any) -> Any:
    """What the user's own `__deepcopy__` gives, or `MISSING`."""
    method = hooks.attributes.special(type(value), "__deepcopy__")
    if method is None or is_library(type(value)):
        return MISSING
    return hooks.calls.call(hooks.recorder.site, method, value, {})


def _deep(hooks: Hooks, value: Any, memo: dict[int, tuple[Any, Any]]) -> Any:
    known = memo.get(id(value))
    if known is not None:
        return known[1]
    kind: Any = type(value)

    def inner(v: Any) -> Any:
        return _deep(hooks, v, memo)

    if kind is Tracer:
        made: Any = hooks.recorder.copied(value)
    elif kind in (list, deque):
        made = [] if kind is list else deque(maxlen=value.maxlen)
        memo[id(value)] = (value, made)
        made.extend([inner(v) for v in value])
    elif kind in CONTAINERS and isinstance(value, dict):
        made = defaultdict(value.default_factory) if isinstance(value, defaultdict) else kind()
        memo[id(value)] = (value, made)
        for k, v in value.items():
            put(made, inner(k), inner(v))
    elif kind is tuple or is_named_tuple(kind):
        items = [inner(v) for v in value]
        made = tuple(items) if kind is tuple else kind._make(items)
    elif kind in CONTAINERS:
        made = kind([inner(v) for v in value])
    elif _plain_instance(value):
        made = _instance(hooks, value, inner, memo)
    else:
        made = _by_own(hooks, value)
        if made is MISSING:
            return copy.deepcopy(value)
    memo[id(value)] = (value, made)
    return made


def _plain_instance(value: Any) -> bool:
    """Whether Python copies an object of this kind attribute by attribute."""
    kind: Any = type(value)
    if isinstance(value, type) or callable(value) or not hasattr(value, "__dict__"):
        return False
    return kind.__new__ is object.__new__ and not any(
        name in base.__dict__ for base in kind.__mro__[:-1] for name in _HOOKS
    )


def _instance(hooks: Hooks, value: Any, inner: Any, memo: dict[int, Any] | None = None) -> Any:
    reader, kind = hooks.reader, type(value)
    made = object.__new__(kind)
    if memo is not None:
        memo[id(value)] = (value, made)
    names = list(vars(value))
    if reader.is_outside(value):
        place = Attribute(reader.source_of(value), "__dict__")
        reader.check_once((id(value), "__dict__"), place, "structure", structure(vars(value)))
        names += [n for k, n in reader.overlay if k == id(value) and n not in names]
        names = [n for n in names if hooks.attributes.has(value, n, hooks.recorder.site)]
    for name in names:
        part = hooks.attributes.get(value, name, hooks.recorder.site)
        object.__setattr__(made, name, inner(part))
    return made
