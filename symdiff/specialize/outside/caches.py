"""`functools.lru_cache` and `functools.cache` on what is traced: the body runs once for a key.

A function that nothing active reaches is called as it is, with the cache that it has. Otherwise its
body is followed, and a cache of this trace stands for its own: a key is there if it is made of the
same variables, or of equal ones, which is then guarded.
"""

from __future__ import annotations

import contextlib
from collections import deque
from functools import _CacheInfo, _lru_cache_wrapper
from types import CellType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.naming import name_of
from ...program.program import Var
from ..recording.tracer import Tracer
from ..rewriting.hook_calls import MARK
from .recipes import reaches_traced
from .writes import changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .parts import Calls


class Cache:
    """What one function has been called with, the least recently used first."""

    __slots__ = ("entries", "hits", "misses")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.entries: list[tuple[tuple[Any, ...], Any]] = []
        self.hits = 0
        self.misses = 0


class Caches:
    """The caches of one trace."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.caches: dict[int, tuple[Any, Cache]] = {}

    def call(
        self, function: _lru_cache_wrapper[Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Call a function that keeps its results."""
        calls, recorder = self.calls, self.calls.recorder
        inside = is_inside(function)
        if not inside:
            active = recorder.is_active(args) or recorder.is_active(kwargs)
            held = any(map(_holds, (*args, *kwargs.values())))
            symbolic = recorder.harmless_only or (recorder.abstract and calls.touched(args, kwargs))
            if not (active or held or symbolic):
                return calls.effects.call(function, args, kwargs)
        cache = self._cache(function)
        bound = function.cache_parameters()
        key = self._key(args, kwargs, bound["typed"])
        found = None
        for entry in reversed(cache.entries):
            found = self._same(entry[0], key)
            if found is not None:
                break
        if found is not None:
            cache.hits += 1
            if bound["maxsize"] is not None:
                cache.entries.remove(entry)
                cache.entries.append(entry)
            if found:
                return entry[1]
        before = (calls.effects.acted, self._changes())
        state = None if found is None else _state(function.__wrapped__, args, kwargs)
        result = calls.call(recorder.site, function.__wrapped__, *args, **kwargs)
        acted = before != (calls.effects.acted, self._changes())
        acted = acted or (state is not None and state != _state(function.__wrapped__, args, kwargs))
        if acted and (not inside or found is not None):
            recorder.refuse(
                f"`{name_of(function, 'a function')}` keeps its results by what is "
                "differentiated, and changes something when it is called",
                why="symdiff cannot tell which results it has kept from earlier calls",
                remedy="take the effect out of it, or functools.cache off it",
            )
        if found is None:
            cache.misses += 1
            cache.entries.append((key, result))
            if bound["maxsize"] is not None and len(cache.entries) > bound["maxsize"]:
                del cache.entries[0]
        return result

    def method(self, function: _lru_cache_wrapper[Any], name: str) -> Any:
        """`cache_info()` and `cache_clear()` of a function made in the trace."""
        cache = self._cache(function)
        if name == "cache_clear":
            return cache.clear()
        size = function.cache_parameters()["maxsize"]
        return _CacheInfo(cache.hits, cache.misses, size, len(cache.entries))

    def _cache(self, function: Any) -> Cache:
        return self.caches.setdefault(id(function), (function, Cache()))[1]

    def _changes(self) -> Any:
        return [
            (id(source), kind, key, id(value), getattr(value, "version", _size(value)))
            for source, kind, key, value in changes(self.calls.hooks.reader)
        ]

    def _key(self, args: Sequence[Any], kwargs: dict[str, Any], typed: bool) -> tuple[Any, ...]:
        key = (len(args), tuple(kwargs), *args, *kwargs.values())
        for value in key:
            if type(value) is not Tracer:
                hash(value)  # Python's own error for what cannot be a key
            elif isinstance(value.value, np.ndarray):
                raise TypeError("unhashable type: 'numpy.ndarray'")
            else:
                self.calls.recorder.hold(value)
        return (*key, *map(self.calls.builtins[type], key[2:])) if typed else key

    def _same(self, known: tuple[Any, ...], key: tuple[Any, ...]) -> bool | None:
        """Whether two keys are the same variables; `False` if equal only in value, or `None`."""
        if len(known) != len(key):
            return None
        recorder = self.calls.recorder
        unsure = []
        for a, b in zip(known, key, strict=True):
            if type(a) is not Tracer and type(b) is not Tracer:
                if type(a) is tuple and type(b) is tuple and (_holds(a) or _holds(b)):
                    inner = self._same(a, b)
                    if inner is None:
                        return None
                    if not inner:
                        unsure.append((a, b))
                elif a is not b and a != b:
                    return None
            elif a is not b and not self._is_one(a, b):
                unsure.append((a, b))
        if not unsure:
            return True
        if recorder.abstract:
            return None
        for a, b in unsure:
            if type(a) is not tuple and not recorder.truth(recorder.operator("eq", a, b)):
                return None
        return not recorder.is_active([*known, *key])

    def _is_one(self, a: Any, b: Any) -> bool:
        """Whether two values are computed in the same way from the same variables."""
        recorder = self.calls.recorder
        return self._is_made_alike(recorder.operand(a), recorder.operand(b), _DEEPEST)

    def _is_made_alike(self, one: Any, other: Any, depth: int) -> bool:
        if one is other:
            return True
        recorder, depth = self.calls.recorder, depth - 1
        made = [s for s in recorder.statements if s.target is one or s.target is other]
        if type(one) is not Var or type(other) is not Var or len(made) != 2:
            return False
        first, second = made
        return (
            isinstance(first.operation, Template | Structural)
            and first.operation is second.operation
            and len(first.operands) == len(second.operands)
            and all(
                p is q
                or (type(p) is type(q) is not Var and type(p) in _NUMBERS and repr(p) == repr(q))
                or (type(p) is type(q) is Var and depth > 0 and self._is_made_alike(p, q, depth))
                for p, q in zip(first.operands, second.operands, strict=True)
            )
        )


_NUMBERS = (int, float, bool)

_DEEPEST = 4
"""So many steps back two values are compared in how they are computed."""


def _state(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
    """What a function could change of what the trace has made, as far as containers hold it.

    Every thing in it is kept by the list, so that no other one takes its identity.
    """
    found: list[Any] = []
    seen: set[int] = set()
    waiting: list[Any] = [*args, *kwargs.values(), *(getattr(function, "__defaults__", ()) or ())]
    for cell in getattr(function, "__closure__", ()) or ():
        with contextlib.suppress(ValueError):  # a cell that is empty so far
            waiting.append(cell.cell_contents)
    while waiting:
        value = waiting.pop()
        found.append(_Seen(value))
        if id(value) in seen or isinstance(value, type | ModuleType):
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple | set | deque):
            waiting += value
        elif isinstance(value, FunctionType):
            cells = value.__closure__ or ()
            waiting += [c.cell_contents for c in cells if c != _EMPTY]
        elif type(value) is not Tracer and hasattr(value, "__dict__"):
            waiting.append(vars(value))
    return found


_EMPTY = CellType()


class _Seen:
    """A thing as it was seen, an array with the number of its writes."""

    __slots__ = ("value", "version")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.version = value.version if type(value) is Tracer else 0

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Seen) and self.value is other.value and self.version == other.version
        )

    __hash__ = None  # type: ignore[assignment]


def is_inside(function: _lru_cache_wrapper[Any]) -> bool:
    """Whether the trace has made the function, so that its cache is empty in every run."""
    return MARK in getattr(function.__wrapped__, "__globals__", ())


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list | dict | set) else 0


def _holds(value: Any) -> bool:
    return type(value) is not Tracer and reaches_traced(value)
