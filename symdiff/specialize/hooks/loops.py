"""Plain loops in rewritten code: what is asked at their heads, and when one stays a loop.

The first iterations run as any code does. Then one is *watched*: if it only computes, the next is
recorded for all that follow (`probe`): each name that varies holds a variable of its own there, so
that nothing that varies can be taken for a constant. At the next head the recorded statements are a
loop (`recording/rolling.py`), or they are forgotten and the iteration is made once more as it is.
Where the loop ends, or decides otherwise than the recorded iteration, Python goes on from its head.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ..recording.rolling import MISSING, Probe, Rolled, is_same, may_vary
from ..recording.watching import Watch
from ..rewriting.sites import SITES

FIRST = 2
"""So many iterations are made before one is watched."""

LEAST = 8
"""A loop of fewer further iterations is unrolled."""

_ATTEMPTS = 4
"""So many iterations are watched or recorded in vain before a loop is unrolled."""

_ROLLS = 3
"""A loop that ends early for another decision is rolled again so many times."""


class Hooks(Protocol):
    """What a loop asks of the hooks of its trace."""

    recorder: Any
    calls: Any
    limit: int

    def iter(self, value: Any, site: int, hint: str | None = None) -> Any: ...

    def test(self, value: Any, site: int) -> Any: ...

    def endless(self, what: str, span: Any, rounds: int | None = None) -> Any: ...


class Loop:
    """One run through a plain loop.

    Attributes:
        live: whether something is to be asked at this head.
        skips: whether what comes before the next head is left out.
        item: what a `for` loop has come to.
    """

    def __init__(self, hooks: Hooks, site: int, names: tuple[tuple[str, ...], str]) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.site = site
        self.names, self.target = names
        self.live = False
        self.skips = False
        self.item: Any = None
        self.heads = 0
        self.attempts = _ATTEMPTS
        self.rolls = _ROLLS
        self.watch: Watch | None = None
        self.probe: Probe | None = None
        self.before: dict[str, Any] = {}
        self.varying: set[str] = set()
        self.moving: set[str] = set()
        self.new: Mapping[str, Any] = {}
        self.start = 0
        self.within = self.recorder.statements
        self.depth = 0

    # -- what rewritten code asks

    def sets(self, name: str) -> bool:
        return name in self.new

    def value(self, name: str) -> Any:
        return self.new[name]

    def again(self) -> bool:
        """Whether the iteration is made once more, because it was recorded for others."""
        self._unwind()
        if self.probe is None:
            return False
        self._cancel()
        return True

    def leave(self) -> None:
        """The loop is left."""
        self._unwind()
        if self.probe is not None:
            self.recorder.unroll("a loop ends in the iteration that was recorded")
        self._unwatch()
        self.live = False

    def enter(self, values: dict[str, Any]) -> bool:
        """At a head: whether names are to be set, which `sets` and `value` then tell."""
        self.recorder.site = self.site
        self.new = {}
        if self.skips:
            # The iteration that was recorded for others is made once more.
            self.skips = False
            self.new = {n: v for n, v in self.before.items() if v is not MISSING}
            self._consider()
            return True
        self._unwind()
        values = {name: values.get(name, MISSING) for name in self.names if name != self.target}
        if self.probe is not None:
            return self._after_probe(values)
        if self.watch is None:
            self._begin_watch(values)
            return False
        return self._after_watch(values)

    # -- the states of a loop

    def _consider(self) -> None:
        """Whether to ask anything at the following heads."""
        self.live = self.attempts > 0 and self.rolls > 0 and self.is_long()

    def is_long(self) -> bool:
        """Whether so many iterations follow that it is worth while."""
        return True

    def _unwind(self) -> None:
        """Forget what inner loops have left behind when an exception ended them."""
        watches = self.recorder.watches
        if self.watch is not None and len(watches) > self.depth + 1:
            if any(w.probing for w in watches[self.depth + 1 :]):
                self.recorder.unroll("an exception ended a loop that was recorded")
            del watches[self.depth + 1 :]

    def _unwatch(self) -> None:
        if self.watch is not None:
            del self.recorder.watches[self.depth :]
            self.watch = None
        if not self.recorder.watches:
            self.recorder.closed.clear()
            self.recorder.refreshed.clear()

    def _begin_watch(self, values: dict[str, Any]) -> None:
        recorder = self.recorder
        if recorder.catching:
            self.live = False
            return
        recorder.epoch += 1
        self.depth = len(recorder.watches)
        self.watch = Watch(self.site, recorder.epoch)
        recorder.watches.append(self.watch)
        self.before = values
        self.start, self.within = len(recorder.statements), recorder.statements

    def _after_watch(self, values: dict[str, Any]) -> bool:
        recorder, watch = self.recorder, self.watch
        assert watch is not None
        varying = {n for n in values if not is_same(self.before[n], values[n])}
        self.varying |= varying
        fine = (
            not watch.impure
            and recorder.statements is self.within
            and recorder.only_computed(self.start)
            and all(may_vary(values[n]) and self.before[n] is not MISSING for n in varying)
        )
        self._unwatch()
        if not fine:
            self.attempts -= 1
            self._consider()
            if self.live:
                self._begin_watch(values)
            return False
        if not self.is_long():
            self.live = False
            return False
        self.before = values
        carried = {n: values[n] for n in values if n in self.varying and values[n] is not MISSING}
        if not all(map(may_vary, carried.values())):
            self.attempts -= 1
            self._consider()
            return False
        own = Watch(self.site, recorder.epoch)
        self.depth = len(recorder.watches)
        self.probe = Probe(
            recorder, own, carried, watch.written, self.place(), self.most(), self.moving
        )
        self.watch = own
        recorder.watches.append(own)
        if not self.take_probed(self.probe):
            return self._once_more()
        self.new = self.probe.names
        return True

    def _after_probe(self, values: dict[str, Any]) -> bool:
        probe = self.probe
        assert probe is not None
        changed = {
            n for n in values if n not in probe.names and not is_same(self.before[n], values[n])
        }
        self.varying |= changed
        if not changed and probe.is_regular(values):
            rolled = probe.roll(LEAST)
            if rolled is not None:
                return self._rolled(rolled)
        return self._once_more()

    def _once_more(self) -> bool:
        self._cancel()
        return self.enter({})

    def _cancel(self) -> None:
        """Forget what has been recorded: the iteration is made once more."""
        assert self.probe is not None
        self.probe.cancel()
        self.probe = None
        self.attempts -= 1
        self._unwatch()
        self.stay()
        self.skips = self.live = True  # to set the names as they were

    def _rolled(self, rolled: Rolled) -> bool:
        self.probe = None
        self._unwatch()
        self.rolls -= 1
        self.new = rolled.names
        self.go_on(rolled)
        return True

    # -- what `for` and `while` do in their own ways

    def place(self) -> Any:
        """Which item a `for` loop has come to."""
        return None

    def take_probed(self, probe: Probe) -> bool:
        """Take the item of an iteration that is recorded for others, if it has one."""
        return True

    def most(self) -> Any:
        """How many iterations there may be, from the one that comes now."""
        return None

    def stay(self) -> None:
        """The iteration before is the one that follows."""

    def go_on(self, rolled: Rolled) -> None:
        """Python goes on where the loop has ended."""
        self._consider()


class While(Loop):
    """A `while` loop."""

    rounds = 0

    def round(self) -> bool:
        """It goes round once more."""
        self.rounds += 1
        if self.rounds > self.hooks.limit:
            self.recorder.watches.clear()
            span = SITES[self.site].span
            self.hooks.endless(f"the `while` loop at line {span.line}", span)
        if self.rounds == FIRST + 1:
            self._consider()
        return True

    def is_long(self) -> bool:
        return bool(self.recorder.may_roll(self.site))

    def go_on(self, rolled: Rolled) -> None:
        if rolled.endless:
            span = SITES[self.site].span
            what = f"the `while` loop at line {span.line}"
            self.hooks.endless(what, span, self.recorder.most_rounds)
        self._consider()
