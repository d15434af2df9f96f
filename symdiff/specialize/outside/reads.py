"""Read what lies outside the function, so that it is read again at every call.

A number or array read from a global, a closure cell, an argument, or an attribute of an outside
object becomes a program variable. What cannot vary quietly (a function, a string, a length) is
checked instead. Containers are copied element by element; what the function does to the copy is
written back once, at the end of the compiled function.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from weakref import ReferenceType

import numpy as np

from ...program.containers import (
    CONTAINERS,
    at_once,
    is_named_tuple,
    is_own_container,
    items_of,
    keys_of,
    put,
)
from ...program.naming import name_of
from ...program.outside import (
    CALLABLES,
    CONSTANTS,
    NUMBERS,
    Check,
    Read,
    Same,
    assumption,
    overlap,
    signature,
    structure,
)
from ...program.program import Statement, Var, aval_of
from ...program.sameness import is_value
from ...program.sources import Argument, Attribute, Child, Fixed, Item, Made, Source, held_by_class
from ...program.trees import attributes, is_dataclass, is_node, one_level, rebuild
from ...source.installed import is_library_file
from ..recording.memory import layout, lying_like
from ..recording.methods import BoundMethod
from ..recording.recorder import Recorder
from ..recording.tracer import UNKNOWN, Tracer
from ..rewriting.hook_calls import MARK
from ..rewriting.sites import SITES
from .growing import Growing
from .set_order import copy_in_order


def _module_of(value: Any) -> ModuleType | None:
    return sys.modules.get(getattr(value, "__module__", None) or "")


def is_library(value: Any) -> bool:
    """Whether a module, class or function belongs to Python or an installed package."""
    module = value if isinstance(value, ModuleType) else _module_of(value)
    if module is None:  # gone, or never imported: what `exec` made, for instance
        return not _is_written(value)
    names = vars(module)
    file = names.get("__file__")
    if file is None:  # built in, or made by the user at run time
        return names.get("__spec__") is not None and module.__name__ != "__main__"
    return is_library_file(file) and module.__name__ != "__main__"


_HEAP_TYPE = 1 << 9
"""The flag of a class that was made while Python runs, rather than written in C."""


def _is_written(value: Any) -> bool:
    """Whether a function, class or instance of no module has code of the user's in it."""
    if isinstance(value, FunctionType):
        return not is_library_file(value.__code__.co_filename)
    kind: type = value if isinstance(value, type) else type(value)
    if not kind.__flags__ & _HEAP_TYPE:
        return False
    held = [getattr(v, "__func__", v) for v in vars(kind).values()]
    codes = [v.__code__ for v in held if isinstance(v, FunctionType)]
    return not codes or any(not is_library_file(code.co_filename) for code in codes)


_TEXTS = (str, bytes)
_COMPLEX = (complex, np.complexfloating)

Promote = bool | Mapping[str | int, Any]
"""What of an outside value is to be differentiated: nothing, all of it, or what lies at keys."""


def below(promote: Promote, *keys: Any) -> Promote:
    """What is to be differentiated of a child, which may have several names."""
    if isinstance(promote, bool):
        return promote
    found: Promote = next((promote[k] for k in keys if k in promote), False)
    return found


class Copy:
    """A container from outside, and the copy that the function works on."""

    __slots__ = ("before", "copy", "original", "source")

    def __init__(self, original: Any, copy: Any, source: Source) -> None:
        self.original = original
        self.copy = copy
        self.source = source
        self.before = contents(copy)

    def changed(self) -> bool:
        """Whether the function has changed it."""
        now = contents(self.copy)
        if isinstance(self.copy, set):
            return bool(now != self.before)
        return len(now) != len(self.before) or any(
            a is not b for a, b in zip(now, self.before, strict=True)
        )


def contents(container: Any) -> Any:
    """What is in a container, in order: keys and values of a dict one after the other."""
    if isinstance(container, dict):
        return [*keys_of(container), *items_of(container)]
    return set(container) if isinstance(container, set) else items_of(container)


class Reader:
    """The outside values one trace has read.

    Attributes:
        owners: by the identity of an outside object: the object, and where it was found first.
        seen: by the identity of an outside container or object: what the function sees.
        origins: by the identity of a copy, handle or object that the function sees: its source.
        made: classes that the function itself has made.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.owners: dict[int, tuple[Any, Source]] = {}
        self.seen: dict[int, Any] = {}
        self.origins: dict[int, tuple[Any, Source]] = {}
        self.copies: list[Copy] = []
        self.texts: dict[int, tuple[Any, list[Source]]] = {}  # by identity, and where they are
        self.twins: list[tuple[Any, Source, dict[str, Any]]] = []
        self.beside: list[tuple[Any, str, Source, Tracer]] = []  # what such an instance keeps
        self.arrays: list[tuple[Tracer, Source, Any]] = []
        self.overlay: dict[tuple[int, str], Any] = {}
        self.names: dict[tuple[int, str], tuple[Source, Any]] = {}
        self.made: dict[int, Any] = {}
        self.peeked: dict[tuple[int, Any], Any] = {}
        self.deferred: dict[int, tuple[Any, Source, list[Any]]] = {}
        self.arguments: Sequence[Any] = ()
        self.checked: set[Any] = set()
        self.read_from: dict[Var, Source] = {}
        self.plains: dict[int, tuple[Any, Any]] = {}
        self.fixed: dict[int, tuple[Any, Any, Source]] = {}  # numbers and tuples, as in `origins`
        self.promoted: list[Source] = []  # integers taken as floats, for their derivative
        recorder.on_write = self._written
        recorder.is_outside = lambda tracer: id(tracer) in self.origins

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
            if kind in _TEXTS:
                self.texts.setdefault(id(value), (value, []))[1].append(source)
            return value
        if isinstance(value, Enum):
            self.identity(value, source)
            return value
        if isinstance(value, NUMBERS) or (isinstance(value, _COMPLEX) and promote is not True):
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
            and not hasattr(value, "keywords")
            and type(source) is not Made  # which is another one in every run
        ):
            self.identity(value, source)
            if isinstance(value, ReferenceType):  # whose referent is another matter
                self.owners.setdefault(id(value), (value, source))
            if callable(value) and isinstance(type(value).__call__, FunctionType):
                self.owners.setdefault(id(value), (value, source))
            return value
        if isinstance(value, _COMPLEX) or kind is np.ndarray:
            self.recorder.refuse(
                f"`{source}` is {kind.__name__}"
                + (f" of dtype {value.dtype}" if kind is np.ndarray else ""),
                why="symdiff differentiates functions of real numbers",
            )
        if isinstance(value, np.ndarray):
            self.recorder.refuse(
                f"`{source}` is a {kind.__name__}, which is not a plain NumPy array",
                remedy="pass numpy.asarray(...) of it",
            )
        if promote and is_node(value):
            if is_dataclass(value):
                return self._twin(value, source, promote)
            return self._registered(value, source, hint, promote)
        return self._object(value, source)

    def check(self, source: Source, kind: str, expected: Any, detail: Any = None) -> None:
        recorder = self.recorder
        check = Check(kind, source, expected, detail)
        recorder.statements.append(Statement(None, check, (), SITES[recorder.site].span))
        recorder.path.append(expected)

    def check_once(self, key: Any, source: Source, kind: str, expected: Any) -> None:
        """A check that holds for the whole call, so that once is enough."""
        if key not in self.checked:
            self.checked.add(key)
            self.check(source, kind, expected)

    def identity(self, value: Any, source: Source) -> None:
        """Take a function, class or module for what it is now, and check that."""
        self.check(source, "identity", Same(value))
        if not is_library(value):
            # What the user's functions, modules and classes hold is read again, too.
            self.owners.setdefault(id(value), (value, Fixed(value, name_of(value))))

    def _read(self, value: Any, source: Source, hint: str, promote: bool) -> Var:
        recorder = self.recorder
        span = SITES[recorder.site].span
        seen = float(value) if promote and type(value) is int else value
        var = Var(hint, aval_of(seen))
        if not isinstance(source, Argument):
            self.read_from[var] = source
        recorder.statements.append(Statement(var, Read(source, var.aval), (), span))
        expected = signature(value)
        check = Check("signature", source, expected)
        recorder.statements.append(Statement(None, check, (var,), span))
        recorder.path.append(expected)
        return var

    def _number(self, value: Any, source: Source, hint: str, promote: bool) -> Tracer:
        var = self._read(value, source, hint, promote)
        seen = float(value) if promote and type(value) is int else value
        self.recorder.values[var] = seen
        if promote:
            self.recorder.active.add(var)
            if seen is not value:
                self.promoted.append(source)
        tracer = Tracer(self.recorder, seen, var)
        self.fixed[id(tracer)] = (tracer, value, source)
        return tracer

    def _array(self, value: Any, source: Source, hint: str, promote: bool) -> Tracer:
        var = self._read(value, source, hint, False)
        seen = lying_like(value)
        seen.flags.writeable = value.flags.writeable
        tracer = Tracer(self.recorder, seen, var)
        self.recorder.values[var] = np.array(value)
        if promote:
            self.recorder.active.add(var)
        self.origins[id(tracer)] = (tracer, source)
        for other, _, original in self.arrays:
            shared = overlap(original, value)
            if shared is not None:
                self.recorder.share_memory(other, original, tracer, value)
        self.arrays.append((tracer, source, value))
        self.owners.setdefault(id(value), (value, source))
        return tracer

    def _written(self, tracer: Tracer) -> None:
        """Before a write to an array from outside: NumPy asks whether it may be written to."""
        origin = self.origins.get(id(tracer))
        key = (id(tracer), "writeable")
        if origin is not None and key not in self.checked and tracer.value is not UNKNOWN:
            self.checked.add(key)
            self.check(origin[1], "writeable", bool(tracer.value.flags.writeable))

    def check_layouts(self) -> None:
        """In later calls the arrays must lie in memory as they do now."""
        for _, source, value in self.arrays:
            self.check(source, "layout", layout(value))

    def _again(self, value: Any, source: Source) -> bool:
        """Whether an object has been seen; then this source must lead to it in later calls."""
        if id(value) not in self.seen:
            return False
        self.check(source, "alias", True, self.owners[id(value)][1])
        return True

    def growing(self, value: Any, source: Source, open: Callable[[], Any]) -> Growing | None:
        """A list from outside that nobody has looked into: its length does not matter."""
        if type(value) is not list or id(value) in self.seen:
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

    # -- what is outside

    def is_outside(self, value: Any) -> bool:
        return id(value) in self.owners

    def is_made(self, value: Any) -> bool:
        """Whether a class was made by the function itself."""
        return id(value) in self.made

    def source_of(self, value: Any) -> Source:
        return self.owners[id(value)][1]

    def pin(self, value: Any) -> None:
        """In later calls an object that is used as a key must be this one."""
        self.check_once((id(value), "key"), self.source_of(value), "identity", Same(value))

    def identical(self, a: Any, b: Any) -> bool:
        """`a is b`; of two things from outside it is checked in later calls."""
        here, there = self._found(a), self._found(b)
        if here is None or there is None:
            if type(a) in _TEXTS and type(a) is type(b) and a == b:
                self._which_text(a, b)
            return a is b
        (one, source), (other, place) = here, there
        same = one is other
        remembered = self.recorder.remembered
        if same and remembered is not None and remembered.is_last(a, b):
            return False
        if source is not place and not isinstance(one, CALLABLES):
            self.check(source, "alias", same, place)
        return same

    def _which_text(self, a: Any, b: Any) -> None:
        """Equal texts may be one object or two: those from outside are to be the same again."""
        for value in (a, b):
            for source in self.texts.get(id(value), (value, ()))[1]:
                self.check(source, "identity", Same(value))

    def both_found(self, a: Any, b: Any) -> bool:
        """Whether both are from outside."""
        return self._found(a) is not None and self._found(b) is not None

    def _found(self, value: Any) -> tuple[Any, Source] | None:
        """The object outside that the function sees as `value`, and where it is."""
        for tracer, source, original in self.arrays:
            if tracer is value:
                return original, source
        for copy in self.copies:
            if copy.copy is value:
                return copy.original, copy.source
        if id(value) in self.fixed:
            _, original, source = self.fixed[id(value)]
            return original, source
        return self.owners.get(id(value))

    def adopt(self, value: Any) -> None:
        """Take a user's class, module or function that turns up for what it is: outside."""
        if id(value) in self.owners or id(value) in self.made or is_library(value):
            return
        if isinstance(value, FunctionType) and MARK in value.__globals__:
            return
        self.owners[id(value)] = (value, Fixed(value, name_of(value)))


def _hint(hint: str, key: Any) -> str:
    text = f"{hint}_{key}"
    return text if text.isidentifier() else hint
