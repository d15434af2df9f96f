"""An iteration of a loop recorded for all that follow.

While it is recorded, each number that varies is a variable of its own, and an array that varies is
the same handle with a variable behind it, so that every alias and view sees it. At the next head
the handles have the next values behind them: the recorded statements are one way through an
iteration. Other ways that iterations are known to go are recorded from the same head, with the
decisions that lead there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...program.outside import Check, Read
from ...program.program import Aval, Guard, Statement, Var, operand_aval
from .carried import (
    Carried,
    is_array,
    is_double,
    is_same,
    lies_alike,
    may_widen,
    plain,
    tells_apart,
)
from .operators import Operators
from .statements import root_of
from .tracer import PENDING, Tracer
from .watching import COMPUTING, Forced, Known, Watch
from .ways import Signature, Way, signature


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
        wide: set[str],
    ) -> None:
        self.recorder = recorder
        moving = known.moving
        self.first = watch.early and known.peel == 0  # no iteration is sure to be made
        self.wide = wide  # names of numbers that are Python's or NumPy's: taken for NumPy's
        self.widened = False  # whether a number is of another type than where the loop begins
        self.moving = moving  # names of what is active in some iteration
        self.watch = watch
        recorder.hold(most, "most")
        self.most = most
        self.carried: list[Carried] = []
        self.names: dict[str, Any] = {}
        by_handle: dict[int, Carried] = {}
        for name, value in carried.items():
            one = by_handle.get(id(value)) if is_array(value) else None
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
        first, value = self.recorder.operand(original, name), plain(original)
        if name in self.wide and may_widen(original):
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

    def restore(self) -> list[Statement]:
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
        self.be_free()
        for c in self.carried:
            if c.saved is not None:
                c.tracer.operand = c.saved[0]
                c.tracer.value[...] = c.value
                c.tracer.version += 1
        self.watch.probing = False
        return made

    def be_free(self) -> None:
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
        self.restore()

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
            if not is_array(c.next):
                return False
            root = root_of(c.next)
            if id(root) in seen or (id(root) not in heads and root.born < self.watch.since):
                return False
            seen.add(id(root))
            if not lies_alike(c.next.value, c.original.value):
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
        elif c.names and may_widen(c.original) and is_double(kind, aval):
            if aval is c.var.aval and kind is c.kind:
                return True
            if not tells_apart(recorder.statements, c.var):
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
            if is_array(c.next) and c.saved is None:
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
        self.restore()
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
