"""Read what lies outside the function, so that it is read again at every call.

A number or array read from a global, a closure cell, an argument, or an attribute of an outside
object becomes a program variable. What cannot vary quietly (a function, a string, a length) is
checked instead. Containers are copied element by element; what the function does to the copy is
written back once, at the end of the compiled function.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from weakref import ReferenceType

import numpy as np

from ...errors import an
from ...program.containers import (
    CONTAINERS,
    at_once,
    is_named_tuple,
    is_own_container,
    items_of,
    keys_of,
    put,
)
from ...program.outside import (
    CALLABLES,
    CONSTANTS,
    NUMBERS,
    assumption,
    structure,
)
from ...program.sameness import is_value
from ...program.sources import (
    Attribute,
    Child,
    Fixed,
    Floats,
    Item,
    Made,
    Source,
    floats_of,
    held_by_class,
)
from ...program.trees import attributes, is_dataclass, is_node, one_level, rebuild
from ...source.partials import is_partial
from ..recording.methods import BoundMethod
from ..recording.tracer import Tracer
from ..recording.watching import Unrolled
from .growing import Growing
from .libraries import is_library
from .seen import COMPLEX, TEXTS, Copy, Seen
from .set_order import copy_in_order

Promote = bool | Mapping[str | int, Any]
"""What of an outside value is to be differentiated: nothing, all of it, or what lies at keys."""


def below(promote: Promote, *keys: Any) -> Promote:
    """What is to be differentiated of a child, which may have several names."""
    if isinstance(promote, bool):
        return promote
    found: Promote = next((promote[k] for k in keys if k in promote), False)
    return found


class Reader(Seen):
    """The outside values one trace has read, as the function sees them."""

    # -- wrapping

    def wrap(self, value: Any, source: Source, hint: str, promote: Promote = False) -> Any:
        """An outside value as the traced function sees it.

        What is promoted is to be differentiated: containers are taken apart to their leaves, and
        each is a variable of its own even where f(x, x) is called: the derivative by one argument
        holds the other constant.
        """
        kind = type(value)
        if kind is Tracer:
            return value
        if isinstance(value, CONSTANTS) or is_value(kind) or kind is slice:
            self.check(source, *assumption(value, source))
            if kind in TEXTS:
                self.texts.setdefault(id(value), (value, []))[1].append(source)
            return value
        if isinstance(value, Enum):
            self.identity(value, source)
            return value
        if isinstance(value, NUMBERS) or (isinstance(value, COMPLEX) and promote is not True):
            return self._number(value, source, hint, promote is True)
        kinds = "fiub" if promote is True else "fiubc"
        if kind is np.ndarray and value.dtype.kind in kinds:
            return self._array(value, source, hint, promote is True)
        if kind in CONTAINERS or is_named_tuple(kind):
            return self._container(value, source, hint, promote)
        if is_own_container(kind) and not is_library(kind) and not (promote and is_node(value)):
            return self._own_container(value, source, hint)
        if kind is MethodType:
            return self._method(value, source)
        if kind is BuiltinFunctionType and not isinstance(
            value.__self__, ModuleType | type | type(None)
        ):
            return self._builtin_method(value, source)
        if isinstance(value, CALLABLES) or (
            callable(value)
            and is_library(kind)
            and not is_partial(value)
            and type(source) is not Made  # which is another one in every run
        ):
            self.identity(value, source)
            if isinstance(value, ReferenceType):  # whose referent is another matter
                self.owners.setdefault(id(value), (value, source))
            if callable(value) and isinstance(type(value).__call__, FunctionType):
                self.owners.setdefault(id(value), (value, source))
            return value
        if isinstance(value, COMPLEX) or kind is np.ndarray:
            self.recorder.refuse(
                f"`{source}` is {kind.__name__}"
                + (f" of dtype {value.dtype}" if kind is np.ndarray else ""),
                why="symdiff differentiates functions of real numbers",
            )
        if isinstance(value, np.ndarray):
            self.recorder.refuse(
                f"`{source}` is {an(kind.__name__)}, which is not a plain NumPy array",
                remedy="pass numpy.asarray(...) of it",
            )
        if promote and is_node(value):
            if is_dataclass(value):
                return self._twin(value, source, promote)
            return self._registered(value, source, hint, promote)
        return self._object(value, source)

    def as_array(self, value: list[float], source: Source, hint: str, promote: bool) -> Tracer:
        """A list of floats of which only items are asked, as an array of this trace."""
        kind = type(value[0])
        values = floats_of(value, kind)
        tracer = self.recorder.handle(values, self._read(values, Floats(source, kind), hint, False))
        self.recorder.values[tracer.operand] = np.array(values)
        if promote:
            self.recorder.active.add(tracer.operand)
        return tracer

    def growing(self, value: Any, source: Source, open: Callable[[], Any]) -> Growing | None:
        """A list from outside that nobody has looked into: its length does not matter."""
        if type(value) is not list or id(value) in self.seen or id(value) in self.gathered:
            return None
        if id(value) not in self.deferred:
            self.check(source, "structure", list)
            self.deferred[id(value)] = (value, source, [])
        elif self.deferred[id(value)][1] is not source:
            self.check(source, "alias", True, self.deferred[id(value)][1])
        return Growing(self, value, source, self.deferred[id(value)][2], open)

    def _twin(self, value: Any, source: Source, promote: Promote) -> Any:
        """An instance like a dataclass outside, with traced fields; changes are written back."""
        self.check(source, "structure", structure(value))
        made = object.__new__(type(value))
        before = {}
        fields = {f.name for f in dataclasses.fields(type(value))}
        for name in attributes(value):
            if isinstance(held_by_class(type(value), name), cached_property):
                continue  # what is kept of a field's value is computed again
            item = getattr(value, name)
            wrapped = self.wrap(item, Attribute(source, name), name, below(promote, name))
            object.__setattr__(made, name, wrapped)
            before[name] = wrapped
            if promote and name not in fields and type(wrapped) is Tracer:
                self.beside.append((made, name, Attribute(source, name), wrapped))
        self.twins.append((made, source, before))
        return made

    def _registered(self, value: Any, source: Source, hint: str, promote: Promote) -> Any:
        """A registered container: another one like it, with traced children."""
        children, kind = one_level(value)
        self.check(source, "node", kind)
        wrapped = [
            self.wrap(v, Child(source, k), _hint(hint, key), below(promote, key, k))
            for k, (key, v) in enumerate(zip(kind[1], children, strict=True))
        ]
        return rebuild(value, wrapped)

    def _container(self, value: Any, source: Source, hint: str, promote: Promote) -> Any:
        if id(value) in self.gathered:
            why = "a list is found in two places"
            self.recorder.refused(Unrolled(frozenset({self.gathered[id(value)]}), why))
        _, first, appended = self.deferred.pop(id(value), (None, source, []))
        if first is not source:
            self.check(source, "alias", True, first)
        if not promote and self._again(value, source):
            return self.seen[id(value)]
        given = list(value) if type(value) is list else at_once(value)
        self.check(source, "structure", structure(given))
        kind = type(value)
        if kind is not tuple and kind is not frozenset and not is_named_tuple(kind):
            self.owners[id(value)] = (value, source)
        copy = self._copied(value, given, source, hint, promote)
        if promote:
            self.seen.pop(id(value), None)
        if id(value) in self.owners:
            self.copies.append(Copy(value, copy, source))
            self.origins[id(copy)] = (copy, source)
        if appended:
            copy.extend(appended)
        if isinstance(value, tuple):
            self.fixed[id(copy)] = (copy, value, source)
        return copy

    def _own_container(self, value: Any, source: Source, hint: str) -> Any:
        """A list or dict of the user's own class: its items, and its attributes."""
        known = id(value) in self.seen
        copy = self._container(value, source, hint, False)
        if not known and hasattr(value, "__dict__"):
            place = Attribute(source, "__dict__")
            self.check(place, "structure", structure(vars(value)))
            before = {}
            for name, item in vars(value).items():
                before[name] = self.wrap(item, Item(place, name), name)
                vars(copy)[name] = before[name]
            self.twins.append((copy, source, before))
        return copy

    def _copied(self, value: Any, given: Any, source: Source, hint: str, promote: Promote) -> Any:
        """A container like `value`, with what was in it when `given` was taken."""
        kind: Any = type(value)
        own = is_own_container(kind)
        if isinstance(value, dict):
            factory = value.default_factory if isinstance(value, defaultdict) else None
            named = defaultdict(factory) if kind is defaultdict else kind.__new__(kind)
            self.seen[id(value)] = named
            for key, item in zip(keys_of(given), items_of(given), strict=True):
                if not isinstance(key, (*CONSTANTS, *NUMBERS, tuple)):
                    self.wrap(key, Fixed(key, hint), hint)
                deeper = below(promote, key)
                put(named, key, self.wrap(item, Item(source, key, own), _hint(hint, key), deeper))
            return named
        if isinstance(value, set | frozenset):
            for item in given:
                if not isinstance(item, (*CONSTANTS, *NUMBERS, tuple)):
                    self.wrap(item, Fixed(item, hint), hint)
            if kind is not set:
                return kind(given)
            copy: Any = self._set_in_order(value, source)
            self.seen[id(value)] = copy
            return copy
        if isinstance(value, list) or kind is deque:
            copy = deque(maxlen=value.maxlen) if kind is deque else kind.__new__(kind)
            self.seen[id(value)] = copy
            add: Any = deque.append if kind is deque else list.append
            for k, item in enumerate(items_of(given)):
                deeper = below(promote, k, k - len(given))
                add(copy, self.wrap(item, Item(source, k, own), _hint(hint, k), deeper))
            return copy
        items = []
        fields = getattr(value, "_fields", ())
        for k, item in enumerate(value):
            deeper = below(promote, k, k - len(value), *fields[k : k + 1])
            items.append(self.wrap(item, Item(source, k), _hint(hint, k), deeper))
        return tuple(items) if kind is tuple else kind._make(items)

    def _set_in_order(self, value: Any, source: Source) -> Any:
        """A copy of a set, which is gone through in the order of the original."""
        held = tuple(value)  # at once: other threads may change it
        made = copy_in_order(held, set.copy(value))
        if made is None:
            self.recorder.refuse(
                f"`{source}` is a set that a copy has in another order",
                why="it once held more, and a loop over it would be another one",
                remedy="use a sorted list or a frozenset of what is in it now",
            )
        return made

    def _method(self, value: MethodType, source: Source) -> Any:
        self.check(source, "structure", MethodType)
        self.identity(value.__func__, Attribute(source, "__func__"))
        owner = self.wrap(value.__self__, Attribute(source, "__self__"), "self")
        return MethodType(value.__func__, owner)

    def _builtin_method(self, value: Any, source: Source) -> Any:
        """`values.append` or `rng.normal`, held in a name."""
        self.check(source, "structure", type(value))
        self.check(Attribute(source, "__name__"), "equal", (str, value.__name__))
        owner = self.wrap(value.__self__, Attribute(source, "__self__"), "self")
        if type(owner) is Tracer:
            return BoundMethod(self.recorder, owner, value.__name__)
        return getattr(owner, value.__name__)

    def _object(self, value: Any, source: Source) -> Any:
        if not self._again(value, source):
            self.seen[id(value)] = value
            self.owners[id(value)] = (value, source)
            self.origins[id(value)] = (value, source)
            self.check(source, "structure", structure(value))
        return value


def _hint(hint: str, key: Any) -> str:
    text = f"{hint}_{key}"
    return text if text.isidentifier() else hint
