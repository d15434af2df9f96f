"""An iteration of a loop recorded for all that follow, and the loop that is made of it.

While the iteration is recorded, each number that varies is a variable of its own, and an array that
varies is the same handle with a variable behind it, so that every alias and view sees it. At the
next head the handles have the next values behind them: the recorded statements are one way through
an iteration. Other ways that iterations are known to go are recorded from the same head, with the
decisions that lead there. Together (`ways.py`) they are the body of a `Loop`. Its iterations are
computed by a function that is compiled of them, not traced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...program.loops import Loop, Result
from ...program.outside import Check, Read
from ...program.program import (
    INT,
    Aval,
    Guard,
    Keep,
    Operand,
    Program,
    Statement,
    Var,
    guards_in,
    operand_aval,
)
from ..rewriting.sites import SITES
from .bodies import body_of
from .operators import Operators
from .statements import root_of
from .tracer import PENDING, Tracer
from .watching import COMPUTING, Forced, Known, Watch
from .ways import Signature, UnlikeError, Way, in_order, put_together, signature

_FORCED_ROUNDS = 100
"""The most iterations that are computed on a way that is not taken."""

MISSING = object()
"""The value of a name that has none."""

_NARROW = frozenset({"float16", "float32", "complex64"})

_NUMBERS = frozenset({int, float, np.float64, np.float32, np.int64, np.int32})


class Runner(Protocol):
    """What computes the other iterations: given by those who can compile."""

    def __call__(
        self, body: Program, types: Sequence[type], python: Mapping[Var, tuple[bool, ...]]
    ) -> Callable[[list[Any], list[Any], int], tuple[list[Any], int, bool]]:
        """A function of what is carried, of invariants and of the most iterations to make.

        It gives what is carried at the end, how many iterations were made, and whether the next
        one raises.
        """


def is_same(a: Any, b: Any) -> bool:
    """Whether a name holds the same at two heads, as far as any code could tell."""
    if a is b:
        return True
    if type(a) is not type(b) or type(a) not in (int, float, bool, str):
        return False
    return a == b and (type(a) is not float or str(a) == str(b))


def may_vary(value: Any) -> bool:
    """Whether a name that varies may hold a value: a number or an array."""
    if type(value) is Tracer:
        kind = type(value.value)
        return kind in _NUMBERS or kind is bool or (kind is np.ndarray and value.value.ndim > 0)
    return type(value) in (int, float)


class Carried:
    """What one iteration hands to the next: a number or an array.

    Attributes:
        names: those that hold it at the head; none hold an array that is written to, whose handle
            stays the same.
        original: what they hold there.
        var: what it is in the body.
        first: what it is where the loop begins.
        tracer: what they hold while the iteration is recorded.
        kind: the type of its value.
        saved: the operand and version of the handle of an array that is written to.
        next: what it is at the next head.
        passed: whether some way hands on an array that was there at the head.
        shared: whether some way hands on a view.
    """

    __slots__ = (
        "first",
        "kind",
        "names",
        "next",
        "original",
        "passed",
        "saved",
        "shared",
        "tracer",
        "value",
        "var",
    )

    def __init__(self, original: Any, tracer: Tracer, var: Var, first: Operand, value: Any) -> None:
        self.names: list[str] = []
        self.original = original
        self.tracer = tracer
        self.var = var
        self.first = first
        self.value = value
        self.kind = type(value)
        self.saved: tuple[Any, int] | None = None
        self.next: Any = None
        self.passed = self.shared = False


@dataclass(frozen=True, slots=True)
class Rolled:
    """A loop that stays a loop.

    Attributes:
        names: what names hold after it.
        place: the position of a `for` loop after it.
        until: whether a decision may end it.
        endless: whether it has been ended because it does not end.
    """

    names: Mapping[str, Any]
    place: Any
    until: bool
    endless: bool


class Probe:
    """One iteration that is recorded for all that follow."""

    def __init__(
        self,
        recorder: Operators,
        watch: Watch,
        carried: Mapping[str, Any],
        written: Mapping[int, Tracer],
        place: Any,
        most: Any,
        known: Known,
    ) -> None:
        self.recorder = recorder
        moving = known.moving
        self.first = watch.early and known.peel == 0  # no iteration is sure to be made
        self.wide = known.wide
        self.widened = False  # whether a number is of another type than where the loop begins
        self.moving = moving  # names of what is active in some iteration
        self.watch = watch
        recorder.hold(most, "most")
        self.most = most
        self.carried: list[Carried] = []
        self.names: dict[str, Any] = {}
        by_handle: dict[int, Carried] = {}
        for name, value in carried.items():
            one = by_handle.get(id(value)) if _is_array(value) else None
            if one is None:
                one = by_handle[id(value)] = self._carry(name, value)
            one.names.append(name)
            self.names[name] = one.tracer
            if name in moving:
                recorder.active.add(one.var)
        for root in written.values():
            self._carry_written(root)
        self.first_place = place
        self.place: Any = None
        self.at: Carried | None = None
        self.ways: dict[Signature, Way] = {}
        self.forced: Forced | None = None
        self.outside: list[tuple[Statement, Any]] = []
        if place is not None:
            self.at = self._carry("place", place)
            self.place = self.at.tracer
        self._begin()

    def _carry(self, name: str, original: Any) -> Carried:
        """A number or an array that names hold: they get another handle."""
        first, value = self.recorder.operand(original, name), _plain(original)
        if name in self.wide and _may_widen(original):
            value = np.float64(value)
            self.widened = True
            first = first if type(first) is Var else value
            var = Var(name, operand_aval(value))
            return self._add(Carried(original, self.recorder.handle(value, var), var, first, value))
        value = np.array(value, order="K") if isinstance(value, np.ndarray) else value
        var = Var(name, operand_aval(first))
        return self._add(Carried(original, self.recorder.handle(value, var), var, first, value))

    def _carry_written(self, handle: Tracer) -> None:
        """An array that is written to: the handle itself gets a variable behind it."""
        recorder = self.recorder
        first = recorder.operand(handle, "array")
        var = Var(first.name if type(first) is Var else "array", operand_aval(first))
        value = np.array(handle.value)
        found = self._add(Carried(handle, handle, var, first, value))
        found.saved = (handle.operand, handle.version)
        if type(first) is Var:
            recorder.values[first] = value  # the memory of the handle is written to
        self.watch.handles[id(handle)] = handle

    def _add(self, found: Carried) -> Carried:
        recorder = self.recorder
        recorder.values[found.var] = found.value
        if type(found.first) is Var and found.first in recorder.active:
            recorder.active.add(found.var)
        self.carried.append(found)
        return found

    def _begin(self) -> None:
        recorder = self.recorder
        for c in self.carried:
            if c.saved is not None:
                c.tracer.operand = c.var
                c.tracer.version += 1  # its views are read again
        self.outer = recorder.statements
        recorder.statements = []
        self.marks = {
            "path": len(recorder.path),
            "closed": len(recorder.closed),
            "refreshed": len(recorder.refreshed),
            "decided": len(recorder.decided),
            "stacked": len(recorder.stacked),
        }
        self.kept = recorder.kept_of_earlier_calls()
        recorder.epoch += 1
        self.watch.since = recorder.epoch
        self.watch.probing = True

    # -- the end of the iteration

    def _restore(self) -> list[Statement]:
        """The state of the trace as it was at the head; what has been recorded."""
        recorder, marks = self.recorder, self.marks
        made, recorder.statements = recorder.statements, self.outer
        del recorder.path[marks["path"] :]
        for table in ("decided", "stacked"):
            known = getattr(recorder, table)
            while len(known) > marks[table]:
                known.popitem()
        for tracer, code, leaves, python, risky in recorder.closed[marks["closed"] :]:
            if tracer.born < self.watch.since:
                tracer.operand, tracer.code, tracer.leaves = PENDING, code, leaves
                tracer.python, tracer.risky = python, risky
        for view, operand, version in reversed(recorder.refreshed[marks["refreshed"] :]):
            view.operand, view.version = operand, version
        del recorder.closed[marks["closed"] :], recorder.refreshed[marks["refreshed"] :]
        self._be_free()
        for c in self.carried:
            if c.saved is not None:
                c.tracer.operand = c.saved[0]
                c.tracer.value[...] = c.value
                c.tracer.version += 1
        self.watch.probing = False
        return made

    def _be_free(self) -> None:
        """Decisions come out as they are again."""
        if self.forced is not None:
            self.recorder.forced.remove(self.forced)
            self.forced = None

    def cancel(self) -> None:
        """Forget what has been recorded.

        Raises:
            Unrolled: something outside has been read for the first time, which is known by now.
        """
        self.check_discarded()
        self._restore()

    def check_discarded(self) -> None:
        """Before what has been recorded is forgotten.

        Raises:
            Unrolled: something outside has been read for the first time, which is known by now.
        """
        if not self.recorder.only_computed(0):
            self.recorder.unroll("something outside is read in the iteration that was recorded")

    def find_outside(self) -> bool:
        """Whether something is read or decided that does not vary: it belongs before the loop."""
        recorder = self.recorder
        outcomes = iter(recorder.path[self.marks["path"] :])
        own: set[Any] = {c.var for c in self.carried}
        self.outside = []
        for s in recorder.statements:
            kind = type(s.operation)
            outcome = next(outcomes) if kind in (Guard, Check) else None
            if kind is Read or (
                kind in (Guard, Check) and not any(type(o) is Var and o in own for o in s.operands)
            ):
                self.outside.append((s, outcome))
            elif kind not in COMPUTING:
                self.outside = []
                return False
            elif s.target is not None:
                own.add(s.target)
        return bool(self.outside)

    def is_regular(self, values: Mapping[str, Any]) -> bool:
        """Whether the next iteration finds numbers and arrays like those of this one."""
        recorder, watch = self.recorder, self.watch
        if watch.impure or recorder.kept_of_earlier_calls() != self.kept:
            return False
        made = recorder.statements
        if not recorder.only_computed(0):
            return False
        own = {s.target for s in made} | {c.var for c in self.carried}
        for s in made:
            if type(s.operation) is Guard and (
                s.operation.kind != "truth" or s.operands[0] not in own
            ):
                return False
        for c in self.carried:
            if c is self.at:
                c.next = recorder.operator("add", c.tracer, 1)
            elif not c.names:
                c.next = c.tracer
            else:
                c.next = values[c.names[0]]
                if any(not is_same(values[n], c.next) for n in c.names):
                    return False
        return self._shares_as_before() and all(map(self._is_like, self.carried))

    def _shares_as_before(self) -> bool:
        """Whether the next arrays are the iteration's own, or those of its head."""
        heads = {id(c.tracer) for c in self.carried if c.names}
        seen: set[int] = set()
        for c in self.carried:
            if not c.names or not isinstance(c.value, np.ndarray):
                continue
            if not _is_array(c.next):
                return False
            root = root_of(c.next)
            if id(root) in seen or (id(root) not in heads and root.born < self.watch.since):
                return False
            seen.add(id(root))
            if not _lies_alike(c.next.value, c.original.value):
                return False
        return True

    def _is_like(self, c: Carried) -> bool:
        recorder = self.recorder
        operand = recorder.operand(c.next, c.var.name)
        aval: Aval = operand_aval(operand)
        kind = type(c.next.value) if type(c.next) is Tracer else type(c.next)
        if c.kind is np.float64 and not self.wide.isdisjoint(c.names):
            if type(c.next) in (int, float):
                c.next = np.float64(c.next)
            elif kind not in (float, np.float64) or aval.dtype != "float64":
                return False
        elif c.names and _may_widen(c.original) and _is_double(kind, aval):
            if aval is c.var.aval and kind is c.kind:
                return True
            if not _tells_apart(recorder.statements, c.var):
                self.wide.update(c.names)
            return False
        elif aval is not c.var.aval or kind is not c.kind:
            return False
        if type(operand) is Var and operand in recorder.active and c.var not in recorder.active:
            self.moving.update(c.names)
            return False
        return True

    def take_way(self) -> Signature:
        """Keep the way that has been recorded, which is regular."""
        recorder = self.recorder
        heads = {id(c.tracer) for c in self.carried}
        outputs = tuple([recorder.operand(c.next) for c in self.carried])
        for c in self.carried:
            if _is_array(c.next) and c.saved is None:
                c.passed |= id(c.next) in heads
                c.shared |= c.next.base is not None
        made = list(recorder.statements)
        decisions = signature(made)
        self.ways[decisions] = Way(made, outputs)
        return decisions

    def record_again(self, decisions: Signature | None) -> None:
        """From the same head once more, with other decisions.

        What has been read and decided that does not vary is so before the loop.
        """
        recorder = self.recorder
        if not self.outside:
            self.check_discarded()
        self._restore()
        for s, outcome in self.outside:
            if type(s.operation) is Guard:
                key = (s.operation.kind, s.operands[0])
                if key in recorder.decided:
                    continue
                recorder.decided[key] = s.operation.expected
            recorder.statements.append(s)
            if s.target is None:
                recorder.path.append(outcome)
        self.outside = []
        self._begin()
        if decisions is None:
            return
        self.forced = Forced(self.recorder.statements, decisions)
        self.recorder.forced.append(self.forced)

    # -- the loop

    def roll(self, least: int) -> Rolled | None:
        """The rest of the loop, computed and recorded; `None` where it ends too soon."""
        recorder = self.recorder
        self.check_discarded()
        self._be_free()
        own = next(iter(self.ways.values()))
        try:
            whole = put_together([self.ways[k] for k in sorted(self.ways, key=in_order)])
        except UnlikeError:
            whole = own
        outputs = dict(zip(self.carried, whole.outputs, strict=True))
        stays = [c for c in self.carried if c is not self.at and _stays(c, outputs[c])]
        carried = [c for c in self.carried if c not in stays]
        body = body_of(
            whole,
            [c.var for c in carried],
            [outputs[c] for c in carried],
            {c.var: c.first for c in stays},
        )
        program, invariants = body.program, body.invariants
        if any(v not in recorder.values for v in invariants):
            return None
        until = any(True for _ in guards_in(program))
        most = _plain(self.most)
        limit = recorder.most_rounds if most is None else most
        if recorder.forced:  # with values that need not fit, it need not end
            limit = min(limit, _FORCED_ROUNDS)
        python = recorder.python
        assert recorder.runner is not None
        run = recorder.runner(program, [c.kind for c in carried], python)
        values, trips, raises = run(
            [c.value for c in carried], [recorder.values[v] for v in invariants], limit
        )
        if raises and not recorder.forced:
            recorder.unroll("an iteration raises")
        if (until and trips < least and trips != most) or (self.widened and trips == 0):
            return None
        self._restore()
        recorder.statements += body.before
        operation = Loop(program, len(carried), 0, False, until)
        count = recorder.most_rounds if self.most is None else recorder.operand(self.most)
        found = recorder.emit(operation, (count, *[c.first for c in carried], *invariants), "loop")
        if self.widened and (until or type(self.most) is Tracer):
            self._check_begun(found, trips)
        names: dict[str, Any] = {n: c.original for c in stays for n in c.names}
        place: Any = self.first_place
        for k, (c, value) in enumerate(zip(carried, values, strict=True)):
            var = self._result(found, k, "place" if c is self.at else c.var.name, c)
            value = _laid_like(value, c.value) if _is_array(c.tracer) else c.kind(value)
            if c.saved is not None:
                recorder.values[var] = np.array(value)
                c.tracer.value[...] = value
                c.tracer.operand = var
                c.tracer.version += 1
                continue
            recorder.values[var] = value
            result = recorder.handle(value, var)
            alone = not (until or c.passed or c.shared or self.first)
            if isinstance(value, np.ndarray) and not alone:
                # It may be what the name held at the head, if no iteration is made.
                self._may_be_shared(result)
                self._may_be_shared(root_of(c.original))
            for name in c.names:
                names[name] = result
            if c is self.at:
                place = result
        recorder.rolled.add(self.watch.site)
        endless = most is None and trips >= limit and not recorder.forced
        return Rolled(names, place, until, endless)

    def _check_begun(self, found: Var, trips: int) -> None:
        """What is of another type where the loop begins must be what an iteration makes of it."""
        recorder = self.recorder
        var = Var("trips", INT)
        recorder.statements.append(Statement(var, Result.trips(), (found,)))
        recorder.values[var] = trips
        recorder.truth(recorder.operator("gt", recorder.handle(trips, var), 0))

    def _may_be_shared(self, handle: Tracer) -> None:
        """Nobody can tell whether others see what is written to an array from here on."""
        self.recorder.uncertain[id(handle)] = (handle, self.watch.site)

    def _result(self, found: Var, k: int, hint: str, c: Carried) -> Var:
        recorder = self.recorder
        var = Var(hint, c.var.aval)
        span = SITES[self.watch.site].span
        result = Result("carried", k, c.var.aval)
        recorder.statements.append(Statement(var, result, (found,), span))
        recorder.unnamed.add(var)
        if c.var in recorder.active:
            recorder.active.add(var)
        return var


def _may_widen(value: Any) -> bool:
    """Whether a number may be taken for one of NumPy's double precision."""
    if type(value) is Tracer:
        return type(value.value) is float
    return type(value) is float or (type(value) is int and abs(value) < 2**53)


def _is_double(kind: type, aval: Aval) -> bool:
    return kind in (float, np.float64) and aval.dtype == "float64" and not aval.shape


def _tells_apart(statements: Sequence[Statement], var: Var) -> bool:
    """Whether what is computed of a number tells Python's from NumPy's.

    Python's raises where NumPy's gives an infinity, and widens no array.
    """
    moved = {var}
    for s in statements:
        if any(type(o) is Var and o in moved for o in s.operands):
            narrow = any(operand_aval(o).dtype in _NARROW for o in s.operands)
            if type(s.operation) is Keep or narrow:
                return True
            if s.target is not None:
                moved.add(s.target)
    return False


def _is_array(value: Any) -> bool:
    return type(value) is Tracer and isinstance(value.value, np.ndarray)


def _lies_alike(one: Any, other: Any) -> bool:
    """Whether two arrays lie in memory in the same order, without gaps, and may be written to."""
    a, b = one.flags, other.flags
    orders = (a.c_contiguous, a.f_contiguous)
    return orders == (b.c_contiguous, b.f_contiguous) and any(orders) and bool(a.writeable)


def _laid_like(value: Any, other: Any) -> Any:
    order = "C" if other.flags.c_contiguous else "F"
    return np.asarray(value, order=order)  # type: ignore[call-overload]


def _plain(value: Any) -> Any:
    return value.value if type(value) is Tracer else value


def _stays(c: Carried, output: Operand) -> bool:
    """Whether the next value is what the first was."""
    if output is c.var:
        return True
    return (
        type(output) is not Var
        and type(c.first) is not Var
        and c.saved is None
        and (is_same(output, c.first))
    )
