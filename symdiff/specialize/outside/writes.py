"""What a trace wrote outside: statements at the end of the program, and recipes for the values."""

from __future__ import annotations

import copy
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import MemberDescriptorType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import UnsupportedError
from ...program.acts import Filled, Fixed, Found, Keyed, Operated, Part, Viewed, Whole, Write
from ...program.changes import commit, difference
from ...program.containers import (
    CONTAINERS,
    is_named_tuple,
    is_own_container,
    items_of,
    keys_of,
    put,
)
from ...program.outside import CONSTANTS, NUMBERS, Read, overlap
from ...program.program import Operand, Statement, operand_aval
from ...program.sources import Source
from ...program.trees import attributes, is_dataclass
from ..recording.text import Text, TracedBytes, TracedText
from ..recording.tracer import Tracer, contains_tracer
from ..rewriting.hook_calls import MARK
from ..rewriting.sites import SITES

if TYPE_CHECKING:
    from .reads import Reader

DELETED = object()

IN_CONTAINERS = frozenset({"items", "append", "splice", "shift", "keys", "members", "contents"})
"""The kinds of changes of containers, whose values are lists."""

_MOST_PLACES = 64
"""An array that is written to at more places is copied as a whole."""


class Builder:
    """Recipes for values of a trace, and the operands they need.

    With `committed`, what came from outside stands for itself even where the function has changed
    it, because the changes are made before anybody looks.
    """

    def __init__(self, reader: Reader, committed: bool) -> None:
        self.reader = reader
        self.committed = committed
        self.operands: list[Operand] = []
        self.shared: dict[int, tuple[Any, Part]] = {}
        self.open: set[int] = set()

    def part(self, value: Any) -> Part:
        """The recipe of a value.

        Raises:
            UnsupportedError: there is no recipe for it.
        """
        kind = type(value)
        if kind is Text:
            self.operands.append(value.var)
            return Operated(len(self.operands) - 1, str)
        if kind is TracedText or kind is TracedBytes:
            return Fixed(str(value) if kind is TracedText else bytes(value))
        if isinstance(value, CONSTANTS) or (kind is not Tracer and isinstance(value, NUMBERS)):
            return Fixed(value)
        known = self.shared.get(id(value))
        if known is not None:
            return known[1]
        origin = self.reader.origins.get(id(value))
        if origin is not None and (self.committed or not changed(self.reader, value)):
            return Found(origin[1])
        if kind is Tracer and self.committed and value.base is not None:
            part: Part = self._view(value)
        elif kind is Tracer:
            self.operands.append(self.reader.recorder.operand(value))
            part = Operated(len(self.operands) - 1, type(value.value))
        elif isinstance(value, OSError) and not reaches_traced(value):
            part = Filled(lambda _: copy.copy(value), (), True)  # it holds more than its arguments
        elif (
            kind in CONTAINERS
            or is_named_tuple(kind)
            or is_own_container(kind)
            or self._own_instance(value)
        ):
            if id(value) in self.open:
                self.reader.recorder.refuse(f"a {kind.__name__} that holds itself goes outside")
            self.open.add(id(value))
            part = self._filled(value)
            self.open.discard(id(value))
        elif self.reader.is_outside(value) and changed(self.reader, value):
            self.reader.recorder.refuse(
                f"`{self.reader.source_of(value)}`, which the function has changed, is handed to "
                "code that symdiff cannot see into",
                remedy="hand over what is needed of it",
            )
        elif callable(value) and MARK in getattr(value, "__globals__", ()):
            self.reader.recorder.refuse(
                "a function made by the function goes outside it",
                remedy="return what it should give, or make the function outside",
            )
        elif reaches_traced(value):
            self.reader.recorder.refuse(
                f"a {kind.__name__} that holds traced values is handed to code that symdiff "
                "cannot see into",
                remedy="hand over what is needed of it",
            )
        else:
            return Fixed(value)
        self.shared[id(value)] = (value, part)
        return part

    def _view(self, value: Tracer) -> Part:
        """A view goes outside as one: of what its base is there."""
        assert value.base is not None
        assert value.view is not None
        base = self.part(value.base)
        operation, further = value.view
        places = []
        for operand in further:
            self.operands.append(operand)
            places.append(len(self.operands) - 1)
        return Viewed(base, operation.evaluate, tuple(places))

    def _own_instance(self, value: Any) -> bool:
        """Whether an instance was made inside, by a class that needs no more than attributes."""
        kind: Any = type(value)
        if self.reader.is_outside(value) or isinstance(value, type) or callable(value):
            return False
        if kind is SimpleNamespace or isinstance(value, BaseException):
            return True
        has_attributes = hasattr(value, "__dict__") or (
            kind.__module__ != "builtins" and hasattr(kind, "__slots__")
        )
        return has_attributes and kind.__new__ is object.__new__

    def _filled(self, value: Any) -> Part:
        kind: Any = type(value)
        if is_own_container(kind):
            held = [*items_of(value), *getattr(value, "__dict__", {}).values()]
            return Filled(_own_like(value), tuple([self.part(v) for v in held]), True)
        if isinstance(value, dict):
            parts = tuple([self.part(v) for v in value.values()])
            return Keyed(_dict_like(value), _keys(value), parts)
        if kind in CONTAINERS or is_named_tuple(kind):
            parts = tuple([self.part(v) for v in value])
            make: Any = kind
            if kind is deque:
                make = _deque_like(value)
            elif is_named_tuple(kind):
                make = kind._make
            return Filled(make, parts, kind in (list, set, deque))
        named = attributes_of(value)
        parts = tuple([self.part(v) for v in named.values()])
        return Keyed(_instance_of(kind), tuple(named), parts)


def changed(reader: Reader, value: Any, depth: int = 6) -> bool:
    """Whether the function has changed something from outside, or what is in it, so far.

    All changes are made at the end: who looks at it before must be shown what it will be.
    """
    kind = type(value)
    if kind is Tracer:
        return bool(value.version)
    if depth == 0 or isinstance(value, (*CONSTANTS, *NUMBERS)):
        return False
    if any(owner == id(value) for owner, _ in reader.overlay):
        return True
    _, _, appended = reader.deferred.get(id(value), (None, None, ()))
    if appended:
        return True
    for known in reader.copies:
        if known.copy is value or known.original is value:
            held = items_of(known.copy)
            return known.changed() or any(changed(reader, v, depth - 1) for v in held)
    if kind is np.ndarray:
        return any(array is value and tracer.version for tracer, _, array in reader.arrays)
    if kind in CONTAINERS or is_named_tuple(kind):
        return any(changed(reader, v, depth - 1) for v in items_of(value))
    if isinstance(value, type | ModuleType) or callable(value):
        return False
    held = list(getattr(value, "__dict__", {}).values())
    return any(changed(reader, v, depth - 1) for v in held)


def _keys(value: dict[Any, Any]) -> tuple[Any, ...]:
    """The keys of a dict, as constants."""
    return _constant(keys_of(value))


def _plain_keys(key: tuple[Sequence[Any], Sequence[Any]]) -> tuple[Any, ...]:
    """The keys that a dict outside loses and is given, as constants."""
    deleted, given = key
    return _constant(deleted), _constant(given)


def _constant(keys: Sequence[Any]) -> tuple[Any, ...]:
    """The keys that a dict outside is given; they are constants of the program.

    A traced value has been guarded when it was hashed.
    """
    return tuple(map(_plain_key, keys))


def _plain_key(key: Any) -> Any:
    kind = type(key)
    if kind is Tracer:
        return key.recorder.concrete(key)
    if kind is TracedText or kind is TracedBytes:
        return str(key) if kind is TracedText else bytes(key)
    if isinstance(key, tuple):
        made = tuple(map(_plain_key, key))
        return made if kind is tuple else tuple.__new__(kind, made)
    if kind is frozenset:
        return frozenset(map(_plain_key, key))
    if reaches_traced(key):
        raise UnsupportedError(
            f"cannot differentiate: a {kind.__name__} that holds a traced value is a key of a dict "
            "outside the function",
            why="its keys are constants of the compiled program",
            remedy="use a tuple of the numbers in it as the key",
        )
    return key


def attributes_of(value: Any) -> dict[str, Any]:
    """The attributes that an instance holds itself, in its `__dict__` and in slots."""
    found: dict[str, Any] = {}
    if isinstance(value, BaseException):
        found["args"] = value.args
    for base in reversed(type(value).__mro__):
        for name, member in base.__dict__.items():
            if isinstance(member, MemberDescriptorType) and not name.startswith("__"):
                try:
                    found[name] = member.__get__(value)
                except AttributeError:
                    continue  # a slot that is empty
    with suppress(AttributeError):
        found.update(object.__getattribute__(value, "__dict__"))
    return found


def reaches_traced(value: Any, depth: int = 6) -> bool:
    """Whether a traced value is in a value, or in what it is made of."""
    if contains_tracer(value):
        return True
    if depth == 0 or isinstance(value, type):
        return False
    if isinstance(value, list | tuple | set | frozenset | deque):
        return any(reaches_traced(v, depth - 1) for v in value)
    if isinstance(value, dict):
        return any(reaches_traced(v, depth - 1) for v in value.values())
    exception = isinstance(value, BaseException)
    if (type(value).__module__ == "builtins" and not exception) or callable(value):
        return False
    return any(reaches_traced(v, depth - 1) for v in attributes_of(value).values())


def _dict_like(value: dict[Any, Any]) -> Any:
    kind: Any = type(value)
    factory = value.default_factory if isinstance(value, defaultdict) else None

    def make(keys: Sequence[Any], values: Sequence[Any]) -> Any:
        made = kind() if factory is None else kind(factory)
        for k, v in zip(keys, values, strict=True):
            put(made, k, v)
        return made

    return make


def _own_like(value: Any) -> Any:
    """A list or dict of the user's own class, made of its items and then its attributes."""
    kind: Any = type(value)
    count = len(items_of(value))
    names = tuple(getattr(value, "__dict__", ()))
    keys = _keys(value) if isinstance(value, dict) else None

    def make(parts: Sequence[Any]) -> Any:
        made = kind.__new__(kind)
        if keys is None:
            list.extend(made, parts[:count])
        else:
            dict.update(made, zip(keys, parts, strict=False))
        for name, part in zip(names, parts[count:], strict=True):
            vars(made)[name] = part
        return made

    return make


def _deque_like(value: deque[Any]) -> Any:
    maxlen = value.maxlen
    return lambda items: deque(items, maxlen)


def _instance_of(kind: Any) -> Any:
    def make(names: Sequence[str], values: Sequence[Any]) -> Any:
        instance = kind.__new__(kind)
        for name, value in zip(names, values, strict=True):
            object.__setattr__(instance, name, value)
        return instance

    return make


# --- at the end of a trace ----------------------------------------------------------------------


def changes(reader: Reader) -> Iterator[tuple[Source, str, Any, Any]]:
    """What the function changed outside: where, how, the key and the new value."""
    for (owner_id, name), value in reader.overlay.items():
        if owner_id in reader.owners:
            yield reader.owners[owner_id][1], "attribute", name, value
    for (_, name), (source, value) in reader.names.items():
        yield source, "global" if hasattr(source, "namespace") else "cell", name, value
    for known in reader.copies:
        if known.changed():
            for kind, key, values in difference(known.before, known.copy, type(known.original)):
                yield known.source, kind, key, values
    for twin, source, before in reader.twins:
        for name in attributes(twin) if is_dataclass(twin) else vars(twin):
            if getattr(twin, name) is not before.get(name):
                yield source, "attribute", name, getattr(twin, name)
        if not is_dataclass(twin):
            for name in set(before).difference(vars(twin)):
                yield source, "attribute", name, DELETED
    for _, source, appended in reader.deferred.values():
        if appended:
            yield source, "append", None, appended
    for tracer, source, _ in reader.arrays:
        if tracer.version:
            yield source, "array", None, tracer


def record_changes(reader: Reader) -> None:
    """Record what the function wrote outside, as statements of the program."""
    recorder = reader.recorder
    if recorder.lays_matter:
        reader.check_layouts()
    found = list(changes(reader))
    if not found:
        return
    _check_single(reader)
    _check_distinct(reader)
    builder = Builder(reader, committed=True)
    writes: list[Write] = []
    for source, kind, key, value in found:
        part: Part | None
        if value is DELETED:
            part = None
        elif kind == "array":
            writes.extend(_array_writes(builder, value, source))
            continue
        elif kind in IN_CONTAINERS:
            key = _plain_keys(key) if kind == "keys" else key
            part = Filled(list, tuple([builder.part(v) for v in value]), False)
        else:
            part = builder.part(value)
        writes.append(Write(source, kind, key, part))
    span = SITES[recorder.site].span
    operands = tuple(builder.operands)
    recorder.statements.extend([Statement(None, write, operands, span) for write in writes])


def _array_writes(builder: Builder, tracer: Tracer, source: Source) -> Iterator[Write]:
    """The writes to an array outside: at the places that the function wrote to, in its order."""
    recorder = builder.reader.recorder
    final = recorder.operand(tracer)
    made = {s.target: s for s in recorder.statements if s.target is not None}
    chain: list[Statement] = []
    var = final
    while var in made and made[var].operation.name == "setitem" and len(chain) < _MOST_PLACES:
        chain.append(made[var])
        var = made[var].operands[0]
    whole = tracer.siblings or not chain or type(getattr(made.get(var), "operation", 0)) is not Read
    if whole:
        builder.operands.append(final)
        yield Write(source, "array", None, Whole(len(builder.operands) - 1, np.ndarray))
        return
    for statement in reversed(chain):
        _, value, *arrays = statement.operands
        start = len(builder.operands)
        # A view may show what an earlier one of these writes changes: it is copied beforehand.
        kind = np.ndarray if operand_aval(value).shape else float
        builder.operands.extend([value, *arrays])
        places = tuple(range(start + 1, len(builder.operands)))
        part = Operated(start, kind) if kind is np.ndarray else Whole(start, kind)
        yield Write(source, "place", (statement.operation.params["index"], places), part)  # type: ignore[attr-defined]
        if arrays:
            builder.operands.append(statement.target)  # an index out of range raises before


def _check_single(reader: Reader) -> None:
    """A container that is differentiated has a copy for each way to it: it is not changed then."""
    by_original: dict[int, list[Any]] = defaultdict(list)
    for known in reader.copies:
        by_original[id(known.original)].append(known)
    for identity, copies in by_original.items():
        appended = reader.deferred.get(identity, (None, None, ()))[2]
        several = len(copies) > 1 or appended
        if several and (appended or any(known.changed() for known in copies)):
            reader.recorder.refuse(
                f"the function changes `{copies[0].source}`, which is differentiated, and also "
                "reaches it in another way",
                why="each way to it is a variable of its own",
                remedy="pass a copy, or do not differentiate with respect to it",
            )


def _check_distinct(reader: Reader) -> None:
    """What is changed must not, in a later call, be what was taken for another object."""
    written = [(t, s, o) for t, s, o in reader.arrays if t.version]
    for tracer, source, original in written:
        for other, place, array in reader.arrays:
            if other is not tracer:
                reader.check(source, "overlap", overlap(original, array), place)
    changed = [(c.original, c.source) for c in reader.copies if c.changed()]
    changed += [(value, source) for value, source, new in reader.deferred.values() if new]
    changed += [reader.owners[k] for k, _ in reader.overlay if k in reader.owners]
    others = list(reader.owners.values())
    others += [(value, source) for value, source, _ in reader.deferred.values()]
    for value, source in changed:
        for other, place in others:
            if type(other) is type(value) and other is not value and place is not source:
                reader.check(source, "alias", False, place)


def commit_now(reader: Reader) -> None:
    """Make the changes of a function that raised: they were made before the exception."""
    writes: list[tuple[str, Any, Any, Any]] = []
    for source, kind, key, value in changes(reader):
        owner = getattr(source, "namespace", getattr(source, "cell", None))
        if kind not in ("global", "cell"):
            owner = source.read(reader.arguments)
        if value is DELETED:
            writes.append(("delete", owner, key, None))
        elif kind in IN_CONTAINERS:
            key = _plain_keys(key) if kind == "keys" else key
            writes.append((kind, owner, key, [plain(reader, v) for v in value]))
        else:
            writes.append((kind, owner, key, plain(reader, value)))
    commit(writes)


def plain(reader: Reader, value: Any, fresh: bool = False) -> Any:
    """A value of the trace as the user's own code would have it.

    With `fresh`, for a call while the trace goes on, instances are copied: the function still works
    on the ones that hold traced values. At its end they themselves are made plain.
    """
    return _Plain(reader, fresh)(value)


class _Plain:
    """Makes values plain; what is met twice is one object in the result, too."""

    def __init__(self, reader: Reader, fresh: bool) -> None:
        self.reader = reader
        self.fresh = fresh
        self.known: dict[int, Any] = {}

    def __call__(self, value: Any) -> Any:
        kind = type(value)
        reader = self.reader
        origin = reader.origins.get(id(value))
        if kind is Tracer:
            if origin is not None and not value.version:
                return origin[1].read(reader.arguments)
            if not isinstance(value.value, np.ndarray):
                return value.value
            if self.fresh:
                return self.known.setdefault(id(value), np.array(value.value))
            made = reader.plains.get(id(value))
            if made is None:
                made = reader.plains[id(value)] = (value, np.array(value.value))
            return made[1]
        if origin is not None and not (self.fresh and changed(reader, value)):
            return origin[1].read(reader.arguments)
        if kind is TracedText or kind is Text:
            return str(value) if kind is TracedText else value.value
        if kind is TracedBytes:
            return bytes(value)
        if id(value) not in self.known:
            self.known[id(value)] = value
            self.known[id(value)] = self._made(value, kind)
        return self.known[id(value)]

    def _made(self, value: Any, kind: Any) -> Any:
        if isinstance(value, dict) and kind in CONTAINERS:
            return _dict_like(value)(_keys(value), [self(v) for v in value.values()])
        if kind is deque:
            return deque([self(v) for v in value], value.maxlen)
        if is_named_tuple(kind):
            return kind._make([self(v) for v in value])
        if is_own_container(kind):
            held = [*items_of(value), *getattr(value, "__dict__", {}).values()]
            return _own_like(value)([self(v) for v in held])
        if kind in CONTAINERS:
            return kind([self(v) for v in value])
        if isinstance(value, type | ModuleType) or callable(value) or not reaches_traced(value):
            return value
        attributes_held = attributes_of(value)
        if self.fresh:
            made = self.known[id(value)] = kind.__new__(kind)
        else:
            made = value
        for name, item in attributes_held.items():
            object.__setattr__(made, name, self(item))
        return made
