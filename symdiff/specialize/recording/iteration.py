"""One iteration of a loop whose values are only symbols, recorded for all of them.

Each name that a loop may change holds a variable of its own while the iteration runs. What has been
recorded when it comes to the next head is one way through it; for each decision on what varies the
iteration is made again with the other outcome. All ways together are the body of a `Loop`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...program.loops import Loop, Result
from ...program.outside import Check, Read
from ...program.program import (
    FLOAT,
    Guard,
    Operand,
    Statement,
    Var,
    guards_in,
    operand_aval,
)
from ..rewriting.sites import SITES
from .bodies import body_of
from .marks import Mark
from .operators import Operators
from .tracer import UNKNOWN, Tracer
from .watching import COMPUTING, Watch
from .ways import UnlikeError, Way, put_together
from .written import Listed, Written

MOST_WAYS = 16
"""A loop with more ways through an iteration is not kept."""

_FIXED = COMPUTING | {Read, Check}
"""What is done once for all iterations, if it does not vary."""

PLACE = " place"
"""The name of the number of the iteration: none that a user's name can be."""


def may_vary(recorder: Operators, value: Any) -> bool:
    """Whether a loop may change what a name holds: a number or an array."""
    if type(value) is Tracer:
        return bool(recorder.aval(value).dtype in ("float64", "int64"))
    return type(value) in (int, float)


class Iteration:
    """What an iteration records.

    Args:
        recorder: of the trace.
        site: the loop.
        carried: the names that it may change, with what they hold before it.
        wide: those of them that are taken for floats from the beginning.
        written: the arrays and lists that it writes to.
    """

    forced = None  # no way is recorded but by its own decisions
    carried: Sequence[Any] = ()

    def __init__(
        self,
        recorder: Operators,
        site: int,
        carried: Mapping[str, Any],
        wide: Sequence[str] = (),
        written: Sequence[Written] = (),
    ) -> None:
        self.recorder = recorder
        self.site = site
        self.original = carried
        self.first = {name: recorder.operand(value) for name, value in carried.items()}
        self.first |= {w.key: w.first for w in written}
        self.written = list(written)
        self.scope: Mapping[str, Any] = {}
        self.wide = set(wide)
        self.outer_decide = recorder.decide
        self.decided: dict[Any, bool] = {}  # of what does not vary
        self.hoisted: set[Any] = set()
        self._start()

    def _start(self) -> None:
        self.vars: dict[str, Var] = {}
        for name, first in self.first.items():
            aval = operand_aval(first)
            if name in self.wide and not aval.shape:
                aval = FLOAT
            self.vars[name] = Var("k" if name == PLACE else name.strip(), aval)
        self.waiting: list[tuple[bool, ...]] = [()]
        self.ways: list[Way] = []
        self.exits: list[tuple[bool, ...]] = []

    # -- recording

    def begin(self) -> dict[str, Tracer]:
        """What names hold while the next way is recorded."""
        recorder = self.recorder
        self.prefix = self.waiting.pop()
        self.decisions: list[bool] = []
        self.outer, self.made = recorder.statements, list[Statement]()
        recorder.statements = self.made
        self.mark = Mark(recorder)
        recorder.epoch += 1
        self.watch = Watch(self.site, recorder.epoch)
        self.watch.probing = True
        self.watch.probe, self.watch.scope = self, dict(self.scope)
        origins = {var: self.first[name] for name, var in self.vars.items()}
        recorder.loops_around.append((origins, self.outer))
        self.depth = len(recorder.watches)
        recorder.watches.append(self.watch)
        recorder.decide = self.decide
        handles = {}
        for name, var in self.vars.items():
            if var.aval.is_inexact:
                recorder.active.add(var)
            handles[name] = recorder.handle(UNKNOWN, var)
            if name == PLACE:
                recorder.unnamed.add(var)  # what it goes through may name it
        for w in self.written:
            w.begin(self.vars[w.key], handles[PLACE])
            self.watch.handles[id(w.root)] = w.root
        return handles

    def grows(self, numbers: Any) -> bool:
        """Whether a list is known to change."""
        return any(isinstance(w, Listed) and w.numbers is numbers for w in self.written)

    def restore(self) -> None:
        """The state of the trace as it was at the head."""
        recorder = self.recorder
        recorder.statements = self.outer
        recorder.decide = self.outer_decide
        recorder.loops_around.pop()
        for w in self.written:
            w.restore()
        del recorder.watches[self.depth :]
        self.mark.take_back(self.watch.since)

    def decide(self, tracer: Tracer) -> bool:
        """How a decision comes out: one on what does not vary belongs before the loop."""
        var = self.recorder.operand(tracer)
        if not self.varies(var):
            key = self._meaning(var)
            if key not in self.decided:
                self._hoist()
                assert self.outer_decide is not None
                self.decided[key] = self.outer_decide(tracer)
            return self.decided[key]
        return self.outcome()

    def known_outcome(self, var: Any, statements: Sequence[Statement]) -> bool | None:
        """How a decision has come out before the loop, if it does not vary."""
        return self.decided.get(self._meaning(var, statements))

    def outcome(self) -> bool:
        """How the next decision comes out on the way that is recorded."""
        k = len(self.decisions)
        outcome = self.prefix[k] if k < len(self.prefix) else True
        self.decisions.append(outcome)
        return outcome

    def varying(self) -> set[Any]:
        """The variables that differ between iterations."""
        own: set[Any] = set(self.vars.values())
        for s in self.made:
            if s.target is not None and any(type(o) is Var and o in own for o in s.operands):
                own.add(s.target)
        return own

    def varies(self, var: Any) -> bool:
        return var in self.varying()

    def _meaning(self, operand: Any, statements: Sequence[Statement] | None = None) -> Any:
        """What a variable stands for that does not vary: equal where it is computed anew."""
        made = [*self.outer, *self.made] if statements is None else [*self.outer, *statements]
        defined = {s.target: s for s in made}

        def meaning(operand: Any) -> Any:
            statement = defined.get(operand) if type(operand) is Var else None
            if statement is None:
                return operand if type(operand) is Var else repr(operand)
            return (id(statement.operation), *map(meaning, statement.operands))

        return meaning(operand)

    def _hoist(self) -> None:
        """Move what does not vary before the loop."""
        own = self.varying()
        stays = []
        for s in self.made:
            fixed = type(s.operation) in _FIXED and not any(
                type(o) is Var and o in own for o in s.operands
            )
            if type(s.operation) is Guard and fixed:
                key = (self._meaning(s.operands[0]), s.operation.kind)
                if key not in self.hoisted:
                    self.hoisted.add(key)
                    self.outer.append(s)
            elif fixed:
                self.outer.append(s)
            else:
                stays.append(s)
        self.made[:] = stays

    # -- the end of the iteration

    def finish(self, values: Mapping[str, Any]) -> None:
        """The next head is reached, where names hold these values.

        Raises:
            Unrolled: they are unlike those at the head before.
        """
        recorder = self.recorder
        if not all(w.is_regular() for w in self.written):
            recorder.unroll("a list grows by another number of items than one in each iteration")
        values = {**values, **{w.key: w.root for w in self.written}}
        outputs: list[Operand] = []
        wide = set(self.wide)
        for name, var in self.vars.items():
            value = values[name]
            if not may_vary(recorder, value):
                recorder.unroll("a name holds something else after an iteration")
            operand = recorder.operand(value, name)
            aval = operand_aval(operand)
            if aval.shape != var.aval.shape:
                recorder.unroll("an array has another shape after an iteration")
            if aval.dtype != var.aval.dtype:
                if var.aval.dtype == "float64":
                    operand = self._as_float(operand)
                else:
                    wide.add(name)
            outputs.append(operand)
        self._hoist()
        self._check_computed()
        made = list(self.made)
        self.restore()
        if wide != self.wide:
            self.wide = wide
            self._start()
            return
        self.ways.append(Way(made, tuple(outputs)))
        self._branch()

    def leave(self) -> None:
        """The way that is recorded leads out of the loop."""
        self._hoist()
        self._check_computed()
        self.restore()
        self.exits.append(tuple(self.decisions))
        self._branch()

    def _branch(self) -> None:
        if len(self.ways) + len(self.exits) + len(self.waiting) > MOST_WAYS:
            self.give_up("there are too many ways through an iteration")
        for k in range(len(self.decisions) - 1, len(self.prefix) - 1, -1):
            self.waiting.append((*self.decisions[:k], not self.decisions[k]))

    def give_up(self, why: str) -> None:
        """Trace again, with this loop unrolled.

        Raises:
            Unrolled: always.
        """
        self.recorder.watches.append(self.watch)
        self.recorder.unroll(why)

    def _check_computed(self) -> None:
        if any(type(s.operation) not in COMPUTING for s in self.made):
            self.recorder.unroll("something outside is read in the iteration that was recorded")

    def _as_float(self, operand: Operand) -> Operand:
        if type(operand) is not Var:
            return np.asarray(operand, dtype=float) if np.ndim(operand) else float(operand)
        recorder = self.recorder
        cast = recorder.apply("cast", recorder.handle(UNKNOWN, operand), dtype="float64")
        return recorder.operand(cast)

    # -- the loop

    def emit(self, count: Any) -> dict[str, Any]:
        """Record the loop; what names hold after it.

        Args:
            count: how many iterations there are at most; `None` for no bound.

        Raises:
            Unrolled: the ways through an iteration cannot be put together.
        """
        recorder = self.recorder
        if not self.ways:
            self.give_up("no way leads to the next iteration")
        try:
            whole = put_together(self.ways)
        except UnlikeError:
            self.give_up("the ways through an iteration part elsewhere than at a decision")
        outputs = dict(zip(self.vars, whole.outputs, strict=True))
        fixed = [n for n, v in self.vars.items() if outputs[n] is v]
        carried = [n for n in self.vars if n not in fixed]
        first = {
            n: f if operand_aval(f).dtype == self.vars[n].aval.dtype else self._as_float(f)
            for n, f in self.first.items()
        }
        body = body_of(
            whole,
            [self.vars[n] for n in carried],
            [outputs[n] for n in carried],
            {self.vars[n]: first[n] for n in fixed},
        )
        recorder.statements += body.before
        until = any(True for _ in guards_in(body.program))
        operation = Loop(body.program, len(carried), 0, False, until, count is None)
        operands = (
            None if count is None else recorder.operand(count),
            *[first[n] for n in carried],
            *body.invariants,
        )
        found = recorder.emit(operation, operands, "loop")
        results = {n: self.original.get(n) for n in fixed}
        span = SITES[self.site].span
        for k, name in enumerate(carried):
            var = Var(self.vars[name].name, self.vars[name].aval)
            statement = Statement(var, Result("carried", k, var.aval), (found,), span)
            recorder.statements.append(statement)
            recorder.unnamed.add(var)
            if var.aval.is_inexact:
                recorder.active.add(var)
            results[name] = recorder.handle(UNKNOWN, var)
        for w in self.written:
            if w.key in carried:
                w.end(recorder.operand(results[w.key]))
        return results
