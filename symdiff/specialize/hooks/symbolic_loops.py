"""Loops in a function whose arguments are only symbols, kept as loops.

There is no value to follow, so nothing is unrolled: each way through one iteration is recorded once
(`recording/iteration.py`), and what names hold after the loop is what the loop finds. What a loop
goes through is read by the number of the iteration, as `calls/sequences.py` tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from ...program.program import FLOAT, Var
from ..calls.sequences import Items
from ..calls.throughs import item_at
from ..recording.carried import MISSING, is_same
from ..recording.iteration import PLACE, Iteration, may_vary
from ..recording.tracer import UNKNOWN, Tracer


class Hooks(Protocol):
    """What a loop asks of the hooks of its trace."""

    recorder: Any
    calls: Any
    tested: Any


class SymbolicLoop:
    """One run through a loop that is kept."""

    live = True

    def __init__(self, hooks: Hooks, site: int, names: tuple[tuple[str, ...], str]) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.site = site
        self.names, self.target = names
        self.iteration: Iteration | None = None
        self.recording = False
        self.over = False
        self.item: Any = None
        self.before: dict[str, Any] = {}
        self.new: dict[str, Any] = {}

    # -- what rewritten code asks

    @property
    def skips(self) -> bool:
        """Whether the body is left out."""
        return False

    def sets(self, name: str) -> bool:
        return name in self.new

    def value(self, name: str) -> Any:
        return self.new[name]

    def is_over(self) -> bool:
        return self.over

    def enter(self, values: dict[str, Any]) -> bool:
        """At a head: names are set, as `sets` and `value` then tell."""
        self.recorder.site = self.site
        if self.iteration is None:
            self._first(values)
        elif self.recording:
            self._check_others(values)
            self.recorder.site = self.site
            self.iteration.finish({**values, PLACE: self._next()})
            self.recording = False
        assert self.iteration is not None
        if self.iteration.waiting:
            self._record(self.iteration)
        else:
            self.recorder.site = self.site
            self.new = self.iteration.emit(self.count())
            self.new.pop(PLACE, None)
            for name in self.names:
                if self.before.get(name, MISSING) is MISSING:
                    self.new[name] = self._lost(name)
            self.over = True
            self.ended(self.iteration)
        return True

    def _first(self, values: dict[str, Any]) -> None:
        self.before = {n: self._held(values.get(n, MISSING)) for n in self.names}
        self.before.pop(self.target, None)
        carried = {n: v for n, v in self.before.items() if may_vary(self.recorder, v)}
        carried[PLACE] = 0
        self.iteration = Iteration(self.recorder, self.site, carried)

    def _held(self, value: Any) -> Any:
        """What a name holds, if that is known."""
        lost = type(value) is Tracer and value.operand in self.recorder.lost
        return MISSING if lost else value

    def _lost(self, name: str) -> Tracer:
        """What a name holds that only an iteration binds: there may have been none."""
        var = Var(name, FLOAT)
        self.recorder.lost.add(var)
        found: Tracer = self.recorder.handle(UNKNOWN, var)
        return found

    def _record(self, iteration: Iteration) -> None:
        self.new = iteration.begin()
        self.place = self.new.pop(PLACE)
        self.recording = True
        self.take(self.place)

    def _next(self) -> Any:
        return self.recorder.operator("add", self.place, 1)

    def _check_others(self, values: dict[str, Any]) -> None:
        """What is no number stays what it is."""
        assert self.iteration is not None
        for name, value in self.before.items():
            if name in self.iteration.vars or value is MISSING:
                continue
            if not is_same(value, values.get(name, MISSING)):
                self.recorder.unroll(f"`{name}` holds something else after an iteration")

    def again(self) -> bool:
        """Before the loop is left."""
        if self.recording:
            self.recorder.unroll("an iteration may leave the loop")
        return False

    def leave(self) -> None:
        """The loop is left."""

    # -- what `for` and `while` do in their own ways

    def count(self) -> Any:
        """How often it goes round; `None` where a condition tells."""

    def take(self, place: Any) -> None:
        """Take the item at a place."""

    def ended(self, iteration: Iteration) -> None:
        """All ways are known."""


class SymbolicFor(SymbolicLoop):
    """A `for` loop over what has places."""

    def __init__(
        self,
        hooks: Hooks,
        site: int,
        names: tuple[tuple[str, ...], str],
        items: Items,
        count: Any,
        hint: str | None,
    ) -> None:
        super().__init__(hooks, site, names)
        self.items = items
        self.times = count
        self.hint = hint if hint and hint.strip("_") else None

    def __iter__(self) -> Iterator[Any]:
        while not self.over:
            yield None  # `enter` tells

    def count(self) -> Any:
        return self.times

    def take(self, place: Any) -> None:
        self.item = item_at(self.hooks.calls, self.items, place, self.hint)


class SymbolicWhile(SymbolicLoop):
    """A `while` loop, which its condition ends and nothing else."""

    testing = False
    skipping = False
    leaving: list[bool] | None = None

    def round(self) -> bool:
        return True

    def enter(self, values: dict[str, Any]) -> bool:
        if self.iteration is None:
            self.hooks.tested.append(self)
        done = super().enter(values)
        self.testing = True
        return done

    @property
    def skips(self) -> bool:
        self.testing = False  # the condition holds
        skipping, self.skipping = self.skipping, False
        return skipping

    def again(self) -> bool:
        if self.recording and self.testing:
            assert self.iteration is not None
            self.iteration.leave()
            self.recording = self.testing = False
            self.skipping = True
            return True
        return super().again()

    def ended(self, iteration: Iteration) -> None:
        if not iteration.exits:
            iteration.give_up("the loop does not end")
        self.leaving = list(iteration.exits[0])
        self.start, self.outer = len(self.recorder.statements), self.recorder.decide
        self.recorder.decide = self._leave_by

    def _leave_by(self, tracer: Tracer) -> bool:
        """The condition fails after the loop, which is no decision."""
        assert self.leaving is not None
        assert self.iteration is not None
        var = self.recorder.operand(tracer)
        known = self.iteration.known_outcome(var, self.recorder.statements[self.start :])
        if known is not None:
            return known
        if not self.leaving:
            self.iteration.give_up("the condition decides otherwise after the loop")
        return self.leaving.pop(0)

    def leave(self) -> None:
        self.hooks.tested.remove(self)
        if self.leaving is not None:
            self.recorder.decide = self.outer
            statements = self.recorder.statements
            statements[self.start :] = [
                s for s in statements[self.start :] if s.operation.name != "guard"
            ]
            self.leaving = None
