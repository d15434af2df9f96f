"""What a trace wrote outside: statements at the end of the program, and values made plain."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program.acts import Filled, Operated, Part, Whole, Write
from ...program.changes import commit, difference
from ...program.containers import (
    CONTAINERS,
    is_named_tuple,
    is_own_container,
    items_of,
)
from ...program.outside import Read, overlap
from ...program.program import Statement, operand_aval
from ...program.sources import Source
from ...program.trees import attributes, is_dataclass
from ..recording.text import Text, TracedBytes, TracedText
from ..recording.tracer import Tracer
from ..rewriting.sites import SITES
from .recipes import (
    Builder,
    attributes_of,
    changed,
    dict_like,
    keys_in,
    own_like,
    plain_keys,
    reaches_traced,
)

if TYPE_CHECKING:
    from .reads import Reader


DELETED = object()
IN_CONTAINERS = frozenset({"items", "append", "splice", "shift", "keys", "members", "contents"})
"""The kinds of changes of containers, whose values are lists."""

_MOST_PLACES = 64
"""An array that is written to at more places is copied as a whole."""


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
            key = plain_keys(key) if kind == "keys" else key
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
            key = plain_keys(key) if kind == "keys" else key
            writes.append((kind, owner, key, [plain(reader, v) for v in value]))
        else:
            writes.append((kind, owner, key, plain(reader, value)))
    commit(writes)


def plain(reader: Reader, value: Any, fresh: bool = False) -> Any:
    """A value of the trace as the user's own code would have it.

    With `fresh`, for a call while the trace goes on, instances are copied: the function still works
    on the ones that hold traced values. At its end they themselves are made plain.
    """
    return Plain(reader, fresh)(value)


class Plain:
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
            return dict_like(value)(keys_in(value), [self(v) for v in value.values()])
        if kind is deque:
            return deque([self(v) for v in value], value.maxlen)
        if is_named_tuple(kind):
            return kind._make([self(v) for v in value])
        if is_own_container(kind):
            held = [*items_of(value), *getattr(value, "__dict__", {}).values()]
            return own_like(value)([self(v) for v in held])
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
