"""`copy.copy` and `copy.deepcopy` of what holds traced values, or lies outside the function."""

from __future__ import annotations

import copy
from collections import deque
from typing import TYPE_CHECKING, Any

from ..outside import Attribute, is_named_tuple, structure
from .reads import is_library
from .tracer import Tracer
from .writes import DELETED, attributes_of

if TYPE_CHECKING:
    from .calls import Calls


class Copying:
    """Copies values as `copy` does; what is read from outside is read again at every call."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.hooks = calls.hooks

    def copy(self, value: Any) -> Any:
        """`copy.copy(value)`."""
        method = self.hooks.attributes.special(type(value), "__copy__")
        if method is not None:
            return self.calls.call(self.calls.recorder.site, method, value)
        if not self._has_attributes(value):
            return copy.copy(value)
        return self._instance(value, {}, deep=False)

    def deepcopy(self, value: Any, memo: dict[int, Any] | None = None) -> Any:
        """`copy.deepcopy(value)`; `memo` holds what has been copied already."""
        memo = {} if memo is None else memo
        if id(value) in memo:
            return memo[id(value)]
        kind = type(value)
        method = self.hooks.attributes.special(kind, "__deepcopy__")
        if method is not None:
            made = self.calls.call(self.calls.recorder.site, method, value, memo)
        elif kind is list or kind is deque:
            made = memo[id(value)] = copy.copy(value)
            made.clear()
            made.extend([self.deepcopy(v, memo) for v in value])
        elif isinstance(value, dict) and kind.__module__ in ("builtins", "collections"):
            made = memo[id(value)] = copy.copy(value)
            for key, item in value.items():
                made[key] = self.deepcopy(item, memo)
        elif kind is tuple:
            made = tuple([self.deepcopy(v, memo) for v in value])
        elif is_named_tuple(kind):
            made = kind._make([self.deepcopy(v, memo) for v in value])
        elif self._has_attributes(value):
            made = self._instance(value, memo, deep=True)
        else:
            made = copy.deepcopy(value, memo)
        memo[id(value)] = made
        memo.setdefault(id(memo), []).append(value)  # its identity stays its own
        return made

    def _has_attributes(self, value: Any) -> bool:
        """Whether a value is an instance that is no more than its attributes."""
        kind: Any = type(value)
        if kind is Tracer or isinstance(value, type) or callable(value):
            return False
        if self.hooks.reader.is_outside(value) and not is_library(kind):
            return bool(kind.__module__ != "builtins")
        simple = kind.__new__ is object.__new__ and not is_library(kind)
        return bool(simple and attributes_of(value))

    def _instance(self, value: Any, memo: dict[int, Any], deep: bool) -> Any:
        reader, site = self.hooks.reader, self.calls.recorder.site
        kind: Any = type(value)
        names = list(attributes_of(value))
        if reader.is_outside(value):
            if kind.__new__ is not object.__new__:
                self.calls.refuse_outside(value, "a copy")
            if hasattr(value, "__dict__"):
                place = Attribute(reader.source_of(value), "__dict__")
                key = (id(value), "__dict__", "structure")
                reader.check_once(key, place, "structure", structure(vars(value)))
            for (owner, name), written in reader.overlay.items():
                if owner == id(value):
                    names = [n for n in names if n != name]
                    names += [] if written is DELETED else [name]
        made = memo[id(value)] = kind.__new__(kind)
        for name in names:
            outside = reader.is_outside(value)
            item = (
                self.hooks.attributes.outside(value, name)
                if outside
                else self.hooks.attributes.get(value, name, site)
            )
            object.__setattr__(made, name, self.deepcopy(item, memo) if deep else item)
        return made
