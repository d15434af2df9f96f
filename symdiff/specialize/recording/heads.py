"""A place of a trace from which statements are recorded: once, or again with other decisions.

What has been recorded from there on is taken back as if it had never been, so that the same code
may run once more from the same state. What it reads outside, and checks of that, goes before it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...program.outside import Check, Read
from ...program.program import Guard, Operand, Statement, Var, operand_aval
from .carried import Carried
from .grown import Grown
from .marks import Mark
from .operators import Operators
from .places import take_back
from .tracer import Tracer
from .watching import COMPUTING, Forced, Watch
from .ways import Signature, Way, signature


class Head:
    """Where recording begins.

    Attributes:
        carried: what has a variable of its own while it is recorded.
        ways: what has been recorded, by its decisions.
        forced: the decisions that are taken now, if they are others than those of the values.
    """

    def __init__(self, recorder: Operators, watch: Watch) -> None:
        self.recorder = recorder
        self.watch = watch
        self.carried: list[Carried] = []
        self.ways: dict[Signature, Way] = {}
        self.forced: Forced | None = None
        self.outside: list[tuple[Statement, Any]] = []
        self.lists: list[Grown] = []

    def carry_written(self, handle: Tracer) -> None:
        """An array that is written to: the handle itself gets a variable behind it."""
        recorder = self.recorder
        first = recorder.operand(handle, "array")
        var = Var(first.name if type(first) is Var else "array", operand_aval(first))
        value = np.array(handle.value)
        found = self.add(Carried(handle, handle, var, first, value))
        found.saved = (handle.operand, handle.version)
        if type(first) is Var:
            recorder.values[first] = value  # the memory of the handle is written to
        self.watch.handles[id(handle)] = handle

    def add(self, found: Carried) -> Carried:
        recorder = self.recorder
        recorder.values[found.var] = found.value
        if type(found.first) is Var and found.first in recorder.active:
            recorder.active.add(found.var)
        if recorder.free is not None:
            recorder.free.alike(found.var, found.first)
        self.carried.append(found)
        return found

    def begin(self) -> None:
        """What is recorded from here on is kept apart."""
        recorder = self.recorder
        for c in self.carried:
            if c.saved is not None:
                c.tracer.operand = c.var
                c.tracer.version += 1  # its views are read again
        for grown in self.lists:
            grown.begin()
        self.outer = recorder.statements
        recorder.statements = []
        self.mark = Mark(recorder)
        self.kept = recorder.kept_of_earlier_calls()
        recorder.epoch += 1
        self.watch.since = recorder.epoch
        self.watch.probing = True

    def restore(self) -> list[Statement]:
        """The state of the trace as it was at the head; what has been recorded."""
        recorder = self.recorder
        made, recorder.statements = recorder.statements, self.outer
        self.mark.take_back(self.watch.since)
        take_back(self.watch)
        self.be_free()
        for c in self.carried:
            if c.saved is not None:
                c.tracer.operand = c.saved[0]
                c.tracer.value[...] = c.value
                c.tracer.version += 1
        for grown in self.lists:
            grown.restore()
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
        self.let_go()

    def let_go(self) -> None:
        """Lists are again as they were before they were made ready."""
        for grown in self.lists:
            grown.cancel()

    def cancel_knowing(self) -> None:
        """Forget what has been recorded, but for what has been read outside.

        Raises:
            Unrolled: it does more than to compute.
        """
        recorder = self.recorder
        if not recorder.only_computed(0) and not self.find_outside():
            self.check_discarded()
        self.restore()
        self.let_go()
        for s, outcome in self.outside:
            if type(s.operation) is not Guard:
                recorder.statements.append(s)
                if s.target is None:
                    recorder.path.append(outcome)
        self.outside = []

    def check_discarded(self) -> None:
        """Before what has been recorded is forgotten.

        Raises:
            Unrolled: something outside has been read for the first time, which is known by now.
        """
        if not self.recorder.only_computed(0):
            self.recorder.unroll("something outside is read in the iteration that was recorded")

    def is_outside(self, statement: Statement, varies: bool) -> bool:
        """Whether a statement belongs before what is recorded."""
        return type(statement.operation) is Read

    def find_outside(self) -> bool:
        """Whether something is read or decided that does not vary: it belongs before the head."""
        recorder = self.recorder
        outcomes = iter(recorder.path[self.mark.lengths["path"] :])
        own: set[Any] = {c.var for c in self.carried}
        self.outside = []
        for s in recorder.statements:
            kind = type(s.operation)
            outcome = next(outcomes) if kind in (Guard, Check) else None
            if self.is_outside(s, any(type(o) is Var and o in own for o in s.operands)):
                self.outside.append((s, outcome))
            elif kind not in COMPUTING:
                self.outside = []
                return False
            elif s.target is not None:
                own.add(s.target)
        return bool(self.outside)

    def only_decides(self, own: Any = None) -> bool:
        """Whether all guards are decisions; with `own`, on those variables."""
        return all(
            s.operation.kind == "truth" and (own is None or s.operands[0] in own)
            for s in self.recorder.statements
            if type(s.operation) is Guard
        )

    def keep_way(self, outputs: tuple[Operand, ...]) -> Signature:
        """Keep the way that has been recorded."""
        made = list(self.recorder.statements)
        decisions = signature(made)
        self.ways[decisions] = Way(made, outputs)
        return decisions

    def record_again(self, decisions: Signature | None) -> None:
        """From the same head once more, with other decisions.

        What has been read and decided that does not vary is so before it.
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
                bound = recorder.bounding.get(s.operands[0])
                if bound is not None:
                    recorder.decided["bound", bound] = s.operation.expected
            recorder.statements.append(s)
            if s.target is None:
                recorder.path.append(outcome)
        self.outside = []
        self.begin()
        if decisions is None:
            return
        self.forced = Forced(self.recorder.statements, decisions)
        self.recorder.forced.append(self.forced)
