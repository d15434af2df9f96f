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
from ..recording.statements import root_of
from ..recording.tracer import UNKNOWN, Tracer
from ..recording.written import Written, may_be_written
from ..rewriting.lists import Use
from .lists import prepared_symbolic
from .loops import Names


class Hooks(Protocol):
    """What a loop asks of the hooks of its trace."""

    recorder: Any
    calls: Any
    tested: Any

    def test(self, value: Any, site: int) -> Any: ...


class SymbolicLoop:
    """One run through a loop that is kept."""

    live = True

    def __init__(self, hooks: Hooks, site: int, names: Names) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.site = site
        self.names, self.target, uses, *_ = names
        self.uses = [Use(*u) for u in uses]
        self.iteration: Iteration | None = None
        self.recording = False
        self.over = False
        self.item: Any = None
        self.before: dict[str, Any] = {}
        self.new: dict[str, Any] = {}
        self.leaving: list[tuple[bool, ...]] | None = None  # the ways on which it may be left
        self.decided = 0
        self.forced: set[Any] = set()

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
            if self.leaving is not None:
                self.iteration.give_up("the iteration that leaves a loop goes another way")
            self.new = self.iteration.emit(self.count())
            self.place = self.new.pop(PLACE, None)
            for w in self.iteration.written:
                del self.new[w.key]
            self.new |= self._others()
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
        written = self._written(values, carried)
        self.iteration = Iteration(self.recorder, self.site, carried, written=written)
        self.iteration.scope = {n: v for n, v in values.items() if type(v) is Tracer}

    def _written(self, values: dict[str, Any], carried: dict[str, Any]) -> list[Written]:
        """What is written to in an iteration, as far as that is known."""
        recorder = self.recorder
        if recorder.sizes is None:
            return []
        found: dict[int, Written] = {}
        for listed in prepared_symbolic(recorder, self.site, values, self.uses, self.count()):
            found[id(listed.root)] = listed
        for name in sorted(recorder.known_of(self.site).writes):
            value = values.get(name)
            root = root_of(value) if type(value) is Tracer else None
            if root is not None and id(root) not in found and may_be_written(root):
                found[id(root)] = Written(recorder, name, root)
        if any(type(v) is Tracer and id(root_of(v)) in found for v in carried.values()):
            return []
        return list(found.values())

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
        self.new |= self._others()
        for w in iteration.written:
            del self.new[w.key]
        self.recording = True
        self.take(self.place)

    def _next(self) -> Any:
        return self.recorder.operator("add", self.place, 1)

    def _others(self) -> dict[str, Any]:
        """What names hold at each head that are not carried, whatever a way has bound them to."""
        assert self.iteration is not None
        known = self.iteration.vars
        return {n: v for n, v in self.before.items() if n not in known and v is not MISSING}

    def _check_others(self, values: dict[str, Any]) -> None:
        """What is no number stays what it is."""
        assert self.iteration is not None
        for name, value in self.before.items():
            if name in self.iteration.vars or value is MISSING:
                continue
            if not is_same(value, values.get(name, MISSING)):
                self.recorder.unroll(f"`{name}` holds something else after an iteration")

    def again(self) -> bool:
        """Before the loop is left: whether it goes on, with the next way through an iteration."""
        if not self.recording:
            return False
        assert self.iteration is not None
        self.iteration.leave()
        self.recording = False
        return True

    def raises(self) -> bool:
        """Before an exception is raised, which leaves the loop."""
        if self.again():
            return True
        self.leave()
        return False

    def leave(self) -> None:
        """The loop is left."""
        if self.recording:
            self.recorder.unroll("an iteration leaves more than its loop")
        if self.leaving is None:
            return
        self.leaving = None
        if self.recorder.decide == self._leave_by:
            self.recorder.decide = self.outer
        statements = self.recorder.statements
        statements[self.start :] = [
            s
            for s in statements[self.start :]
            if s.operation.name != "guard" or s.operands[0] not in self.forced
        ]

    # -- the iteration that is not finished

    def _begin_leaving(self, iteration: Iteration) -> None:
        """Make the iteration in which the loop is left, which is no decision."""
        self.leaving = list(iteration.exits)
        self.start, self.outer = len(self.recorder.statements), self.recorder.decide
        self.recorder.decide = self._leave_by

    def _leave_by(self, tracer: Tracer) -> bool:
        """How a decision comes out there: one is left only where several ways leave the loop."""
        if self.leaving is None:
            found: bool = self.outer(tracer)
            return found
        assert self.iteration is not None
        var = self.recorder.operand(tracer)
        known = self.iteration.known_outcome(var, self.recorder.statements[self.start :])
        if known is not None:
            self.forced.add(var)
            return known
        k, self.decided = self.decided, self.decided + 1
        outcomes = {way[k] for way in self.leaving if len(way) > k}
        if not outcomes:
            self.iteration.give_up("the iteration that leaves a loop decides otherwise")
        if len(outcomes) == 1:
            self.forced.add(var)
            (outcome,) = outcomes
        else:
            outcome = self.outer(tracer)
        self.leaving = [way for way in self.leaving if way[k : k + 1] == (outcome,)]
        return outcome

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
        names: Names,
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

    def ended(self, iteration: Iteration) -> None:
        if not iteration.exits:
            return
        left = self.recorder.operator("lt", self.place, self.times)
        if self.hooks.test(left, self.site):
            self.over = False
            self.take(self.place)
            self._begin_leaving(iteration)


class SymbolicWhile(SymbolicLoop):
    """A `while` loop."""

    testing = False
    skipping = False

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
        self.skipping = self.recording and self.testing  # the body has not begun
        self.testing = False
        return super().again()

    def ended(self, iteration: Iteration) -> None:
        if not iteration.exits:
            iteration.give_up("the loop does not end")
        self._begin_leaving(iteration)

    def leave(self) -> None:
        self.hooks.tested.remove(self)
        super().leave()
