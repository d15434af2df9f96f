"""What a right-hand side keeps from one call to the next: counters, and what must be refused.

A solver calls a right-hand side hundreds of times, and symdiff follows one call. What that call
changes outside its own variables would be changed hundreds of times: a count of calls goes up by
the number of calls, and anything else is refused: the slope would depend on the calls before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ....optimize import remove_dead_code
from ....optimize.scalars import scalarize
from ....program.program import Program, Statement, Var, substituted
from ....source.partials import is_partial
from ....specialize.outside.libraries import is_library
from ....specialize.recording.tracer import Tracer

if TYPE_CHECKING:
    from ....specialize.calls.dispatch import Calls

_DEPTH = 4

Slot = tuple[Any, Callable[[Any], None] | None]


def _slots(value: Any, where: Any, depth: int, seen: set[int]) -> Iterator[tuple[Any, Slot]]:
    """The places that can change in what a function reaches, with their contents."""
    if depth == 0 or id(value) in seen:
        return
    if isinstance(value, Tracer):
        if isinstance(value.value, np.ndarray):
            yield (*where, "contents"), (value.version, None)
        return
    if isinstance(value, MethodType):
        yield from _slots(value.__self__, (*where, "self"), depth, seen)
        value = value.__func__
    if is_partial(value):
        yield from _slots((value.func, value.args, value.keywords), where, depth, seen)
        return
    if isinstance(value, FunctionType):
        seen.add(id(value))
        for k, cell in enumerate(value.__closure__ or ()):
            place = (*where, "cell", k)
            try:
                held = cell.cell_contents
            except ValueError:
                continue

            def put(new: Any, cell: Any = cell) -> None:
                cell.cell_contents = new

            yield place, (held, put)
            yield from _slots(held, place, depth - 1, seen)
        return
    items: Any
    if isinstance(value, list):
        items = enumerate(value)
    elif isinstance(value, dict):
        items = value.items()
    elif isinstance(value, tuple):
        for k, part in enumerate(value):
            yield from _slots(part, (*where, k), depth, seen)
        return
    elif isinstance(value, type | ModuleType) or is_library(type(value)):
        return
    elif hasattr(value, "__dict__") and not callable(value):
        seen.add(id(value))
        yield from _slots(vars(value), (*where, "attributes"), depth, seen)
        return
    else:
        return
    seen.add(id(value))
    yield (*where, "length"), (len(value), None)
    for key, held in list(items):

        def put_item(new: Any, key: Any = key) -> None:
            value[key] = new

        yield (*where, "item", key), (held, put_item)
        yield from _slots(held, (*where, "item", key), depth - 1, seen)


class Keeping:
    """Watches what the traces of one right-hand side change."""

    def __init__(self, calls: Calls, function: Any, args: Any) -> None:
        self.calls = calls
        self.reached = (function, tuple(args))
        self.counters: dict[Any, tuple[Any, Any, Callable[[Any], None]]] = {}
        self._first: dict[Any, Slot] | None = None

    def _state(self) -> dict[Any, Slot]:
        reader = self.calls.hooks.reader
        found: dict[Any, Slot] = dict(_slots(self.reached, (), _DEPTH, set()))
        for key, value in reader.overlay.items():

            def overlaid(new: Any, key: Any = key) -> None:
                reader.overlay[key] = new

            found["attribute", key] = (value, overlaid)
        for name, (source, value) in reader.names.items():

            def named(new: Any, name: Any = name, source: Any = source) -> None:
                reader.names[name] = (source, new)

            found["name", name] = (value, named)
        for k, known in enumerate(c for c in reader.copies if c.changed()):
            found.update(_slots(known.copy, ("copy", k), 2, set()))
        for identity, (_, _, appended) in reader.deferred.items():
            found["appended", identity] = (len(appended), None)
        for k, (tracer, _, _) in enumerate(reader.arrays):
            found["array", k] = (tracer.version, None)
        return found

    def trace(self, once: Callable[[], Any]) -> Any:
        """Trace one call; refuse it where the next one would find another world."""
        before = self._state()
        made = once()
        after = self._state()
        changed = self._changes(before, after)
        if self._first is None:
            if changed:
                made = self._learn(changed, once, after)
            self._first = self._state()
        elif changed:
            self._same_again(changed)
        return made

    def _changes(self, before: dict[Any, Slot], after: dict[Any, Slot]) -> dict[Any, Any]:
        found = {}
        for key, (value, put) in after.items():
            old = before.get(key, (None, None))[0]
            if key in before and (old is value or _equal(old, value)):
                continue
            if key not in before and not (isinstance(key, tuple) and key[0] in _WRITTEN):
                continue  # read for the first time
            found[key] = (old, value, put)
        return found

    def _learn(self, changed: dict[Any, Any], once: Callable[[], Any], after: Any) -> Any:
        """Trace a second call, to see what each call changes."""
        made = once()
        again = self._changes(after, self._state())
        foreign = self.calls.recorder.foreign
        for key, (old, value, put) in again.items():
            step = _difference(old, value)
            if (isinstance(key, tuple) and key[-1] == "contents") or key[:1] == ("array",):
                continue  # written anew in every call, or refused where it is read
            if step is None or put is None or key not in changed:
                self.refuse()
            if type(value) is Tracer and self.calls.recorder.operand(value) in foreign:
                self.refuse()
            self.counters[key] = (old, step, put)
            put(old)
        return made

    def _same_again(self, changed: dict[Any, Any]) -> None:
        for key, (old, value, put) in changed.items():
            if key[-1] == "contents" or key[:1] == ("array",):
                continue
            known = self.counters.get(key)
            if known is None or put is None or _difference(old, value) != known[1]:
                self.refuse()
            put(known[0])

    def count(self, number: Any) -> None:
        """Let the counters go on as so many calls would have."""
        recorder = self.calls.recorder
        for first, step, put in self.counters.values():
            more = recorder.operator("mul", recorder.operator("sub", number, 1), step)
            put(recorder.operator("add", first, more))

    def refuse(self) -> NoReturn:
        self.calls.recorder.refuse(
            "the right-hand side of a differential equation changes something that it keeps",
            why="what it gives would depend on the calls before, in the order of the solver's",
            remedy="compute it from the time and the state alone; a count of calls is followed",
        )


_WRITTEN = ("attribute", "name", "appended", "copy")


def _plain(value: Any) -> Any:
    return value.value if type(value) is Tracer else value


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and isinstance(a, int | float | str) and bool(a == b)


def _difference(old: Any, new: Any) -> Any:
    """By how much a number has gone up; `None` for anything else."""
    a, b = _plain(old), _plain(new)
    if isinstance(a, bool) or not isinstance(a, int | float) or not isinstance(b, int | float):
        return None
    return b - a


def without(program: Program, inputs: Sequence[Var]) -> Program | None:
    """The program without some inputs; `None` where its result depends on them."""
    scalars = scalarize(program, 256)
    if scalars is None:
        return None
    elements: set[Var] = set()
    for var, parts in zip(program.inputs, scalars.inputs, strict=True):
        if var in inputs:
            elements.update((var,) if parts is None else parts)
    for statement in remove_dead_code(scalars.program).statements:
        if any(type(o) is Var and o in elements for o in statement.operands):
            return None
    if any(type(o) is Var and o in elements for o in scalars.program.outputs):
        return None
    constants = {v: np.zeros(v.aval.shape, v.aval.dtype) for v in inputs}
    statements = [
        Statement(
            s.target,
            s.operation,
            substituted(s.operands, constants),
            s.span,
        )
        for s in program.statements
    ]
    kept = tuple([v for v in program.inputs if v not in constants])
    return Program(program.name, kept, statements, program.outputs, program.extra)
