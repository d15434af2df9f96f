"""Plain loops in rewritten code: what is asked at their heads, and when one stays a loop.

The first iterations run as any code does. Then one is *watched*: if it only computes, the next is
recorded for all that follow (`probe`): each name that varies holds a variable of its own there, so
that nothing that varies can be taken for a constant. At the next head the recorded statements are a
loop (`recording/rolling.py`), or they are forgotten and the iteration is made once more as it is.
Where the loop ends, or goes a way that was not recorded, Python goes on from its head. A way that
leads to the next head is remembered, and recorded with the others from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from ...program.program import Var
from ..recording.carried import MISSING, is_array
from ..recording.grown import Grown
from ..recording.lists import Numbers, varies
from ..recording.probe import Probe
from ..recording.rolling import Rolled, roll
from ..recording.statements import root_of
from ..recording.tracer import Tracer
from ..recording.watching import Watch
from ..recording.ways import Signature, signature
from ..rewriting.lists import Use
from ..rewriting.sites import SITES
from .lists import prepared, uses_of
from .loop_ways import Hooks, Ways
from .state import State, is_leaf, unlike

FIRST = 2
"""So many iterations are made before one is watched."""

LEAST = 8
"""A loop of fewer further iterations is unrolled."""

_ATTEMPTS = 4
"""So many iterations are watched or recorded in vain before a loop is unrolled."""

_MANY = 16
"""A loop that is entered many times, and tried in vain so often, is tried later each time."""

_LATEST = 7
"""So often the number of iterations is doubled after which it is tried."""

_ROLLS = 3
"""A loop that ends early for another decision is rolled again so many times."""

_HOISTS = 8
"""So often what is decided of invariants is decided before the loop."""


Names = tuple[tuple[str, ...], str, tuple[Any, ...], bool, int]
"""The names that a loop stores, the one that it stores itself, its lists, whether it decides, and
how many items an iteration hands over."""


class Loop(Ways):
    """One run through a plain loop.

    Attributes:
        live: whether something is to be asked at this head.
        skips: whether what comes before the next head is left out.
        item: what a `for` loop has come to.
    """

    def __init__(self, hooks: Hooks, site: int, names: Names) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.site = site
        self.names, self.target, uses, self.decides, self.emits = names
        self.uses = [Use(*u) for u in uses]
        self.live = False
        self.skips = False
        self.item: Any = None
        self.anew()
        self.watch: Watch | None = None
        self.probe: Probe | None = None
        self.before: dict[str, Any] = {}
        self.scope: dict[str, Any] = {}
        self.known = self.recorder.known_of(site)
        self.state = State(self.recorder, hooks.reader.is_outside, self.known)
        self.wide: set[str] = set()
        self.failed = False
        self.rolled = False
        self.early = False
        self.new: Mapping[str, Any] = {}
        self.start = 0
        self.within = self.recorder.statements
        self.depth = 0

    def anew(self) -> None:
        """Nothing has been tried yet."""
        self.made = 0  # iterations, before the one that comes now
        vain = self.recorder.vain.get(self.site, 0) // _MANY
        self.attempts = 1 if vain else _ATTEMPTS
        self.first = FIRST << min(vain, _LATEST)  # what is tried in vain costs a few iterations
        self.rolls = _ROLLS
        self.hoists = _HOISTS

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
        if self.probe.forced is not None or (self.probe.watch.early and self.known.ways):
            self.failed = self.skips = True
        else:
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
        self.scope = values
        if self.skips and self.probe is not None:
            self.skips = False
            return self._after_probe(self.state.named)
        if self.skips:
            # The iteration that was recorded for others is made once more.
            self.skips = False
            self.new = self.state.at_head()
            self._consider()
            return True
        self._unwind()
        values = {name: values.get(name, MISSING) for name in self.names if name != self.target}
        if self.probe is not None:
            return self._after_probe(values)
        if self.watch is None and self.is_early():
            return self._begin_early(values)
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

    def refuse_written(self, written: Collection[int]) -> None:
        """Unroll the loop, if Python has read ahead what is written to: arrays, by identity."""

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

    def may_begin_early(self) -> bool:
        """Whether one of the first iterations may stand for all, so that none is made before it."""
        recorder = self.recorder
        few = self.known.peel < FIRST == self.first and not recorder.swallowing
        return few and bool(recorder.may_roll(self.site))

    def is_early(self) -> bool:
        """Whether the iteration that comes now is the one."""
        return self.early and self.known.peel <= self.made < FIRST

    def _begin_early(self, named: dict[str, Any]) -> bool:
        known = self.known
        values = self.before = self.state.begin(named, self.scope)
        if self.state.broken or any(v is MISSING for v in values.values()):
            return self._not_early()
        names = known.varying if known.ready else values.keys()
        carried = {n: values[n] for n in values if n in names and values[n] is not MISSING}
        if not known.ready:
            carried = {n: v for n, v in carried.items() if varies(v)}
        elif not all(map(varies, carried.values())):
            return self._not_early()
        written = self._written()
        if not known.ready:
            carried = {n: v for n, v in carried.items() if not is_among(v, written)}
        if any(is_among(v, written) for v in carried.values()):
            return self._not_early()
        return self._begin_probe(carried, written, early=True)

    def _not_early(self) -> bool:
        """This iteration stands for itself, and the next is asked."""
        self.known.peel += 1
        self.live = False
        self.begin()
        return True

    def _begin_watch(self, named: dict[str, Any]) -> None:
        recorder = self.recorder
        if recorder.swallowing:
            self.live = False
            return
        recorder.epoch += 1
        self.depth = len(recorder.watches)
        self.watch = Watch(self.site, recorder.epoch)
        self.watch.follows = True
        self.before = self.state.begin(named, self.scope)
        self.watch.scope = self.state.arrays()
        recorder.watches.append(self.watch)
        self.start, self.within = len(recorder.statements), recorder.statements

    def _after_watch(self, named: dict[str, Any]) -> bool:
        recorder, watch, known, state = self.recorder, self.watch, self.known, self.state
        assert watch is not None
        learned = state.learns(named, watch)
        varying = unlike(self.before, values := state.at_end(named, watch))
        if learned:
            new = values.keys() - self.before.keys()
            known.varying |= {n for n in new if varies(values[n])}
            varying &= self.before.keys() & values.keys()
        known.varying |= {n for n in varying if is_leaf(n)}
        fine = (
            not (watch.impure or state.broken)
            and recorder.statements is self.within
            and recorder.only_computed(self.start)
            and all(varies(values.get(n)) for n in varying)
            and all(self.before.get(n) is not MISSING for n in varying)
        )
        if fine and not watch.learned:
            self._learn(self._way_gone())
        self._unwatch()
        if not fine:
            self._fail()
            self._consider()
            if self.live:
                self._begin_watch(named)
            return False
        if not self.is_long():
            self.live = False
            return False
        values = self.before = state.begin(named, self.scope)
        carried = {n: v for n, v in values.items() if n in known.varying and v is not MISSING}
        written = watch.written | self._written()
        alike = any(is_among(v, written) for v in carried.values())
        if state.broken or alike or not all(map(varies, carried.values())):
            self.attempts -= 1
            self._consider()
            return False
        return self._begin_probe(carried, written)

    def _begin_probe(
        self, carried: Mapping[str, Any], written: Mapping[int, Tracer], early: bool = False
    ) -> bool:
        recorder = self.recorder
        self.refuse_written(written)
        lists = self._lists(carried)
        changed = {id(g.numbers.array) for g in lists}
        written = {k: root for k, root in written.items() if k not in changed}
        own = Watch(self.site, recorder.epoch)
        own.scope = self.state.arrays()
        own.early = early
        own.follows = True
        self.depth = len(recorder.watches)
        self.probe = own.probe = Probe(
            recorder, own, carried, written, self.place(), self.most(), self.known, self.wide, lists
        )
        self.watch = own
        recorder.watches.append(own)
        return self._record(self.probe)

    def _lists(self, carried: Mapping[str, Any]) -> list[Grown]:
        """The lists that the loop changes, made ready for it."""
        found = uses_of(self.recorder.pushed, self.emits)
        found = {**found, **{u: self.scope.get(u.name) for u in self.uses}}
        if not found:
            return []
        held = {id(v) for v in carried.values() if type(v) is Numbers}
        scope = {
            u.name: v
            for u, v in found.items()
            if type(v) is Numbers and id(v) not in held and not self.goes_through(v)
        }
        return prepared(self.recorder, self.site, scope, list(found), self.most()) if scope else []

    def _record(self, probe: Probe) -> bool:
        if not self.take_probed(probe):
            return self._once_more()
        self.new = self.state.standing(probe.names)
        return True

    def _written(self) -> dict[int, Tracer]:
        """The arrays that are known to be written to, by identity."""
        scope = self.state.arrays() if self.known.writes else {}
        held = [scope.get(name) for name in sorted(self.known.writes)]
        roots = [root_of(v) for v in held if type(v) is Tracer]
        return {id(r): r for r in roots if isinstance(r.value, np.ndarray)}

    def _way_gone(self) -> Signature:
        """The way that the iteration has gone that is watched."""
        made = self.recorder.statements[self.start :]
        own: set[Any] = {s.target for s in made}
        own.update(
            v.operand for v in self.before.values() if type(v) is Tracer and type(v.operand) is Var
        )
        way = signature(made, own)
        # Whether a `for` loop goes on is asked between iterations.
        return tuple([(span, outcome) for span, outcome in way if span != SITES[self.site].span])

    def _learn(self, way: Signature) -> None:
        """Remember a way that has led to the next head."""
        if not self.known.learn(way) or self.site not in self.recorder.rolled:
            return
        self.rolls += self.rolled
        self.recorder.learned = True
        for watch in self.recorder.watches[: self.depth]:
            watch.learned = True
            self.recorder.known_of(watch.site).forget_ways()

    @property
    def _learned(self) -> tuple[int, int, int]:
        return len(self.known.moving), len(self.known.strong), len(self.wide)

    def _after_probe(self, named: dict[str, Any]) -> bool:
        probe, state = self.probe, self.state
        assert probe is not None
        forced, left = probe.forced, self.failed
        failed, self.failed = left, False
        if not left:
            known = self._learned
            learned = state.learns(named, probe.watch)
            values = state.at_end(named, probe.watch)
            changed = unlike(self.before, values).difference(probe.names)
            self.known.varying |= {n for n in changed if is_leaf(n)}
            failed = bool(changed) or not probe.is_regular(values)
            if known != self._learned:  # there are only so many names of which it is
                learned, self.attempts = True, self.attempts + 1
            if state.broken:
                self.attempts, self.early = 0, False
                return self._once_more()
            if learned and probe.watch.early and self.attempts > 0:
                return self._begin_again()
            if forced is not None and changed:
                if any(self.before.get(n) is MISSING for n in changed):
                    self.recorder.unroll("a name is bound in some iterations alone")
                return self._once_more()
        if self.hoists > 0 and probe.find_outside():
            self.hoists -= 1
            self.back()
            probe.record_again(None if forced is None else forced.decisions)
            return self._record(probe)
        if not failed:
            way = probe.take_way()
            if forced is None:
                self._learn(way)
        elif forced is None and not left:
            self.known.peel += probe.watch.early
            return self._once_more()
        if forced is not None and forced.decisions not in probe.ways:
            if probe.watch.early and failed:
                self.known.peel += 1
                return self._once_more()
            self.known.bar(forced.decisions)
        further = next((way for way in self.known.ways if way not in probe.ways), None)
        if further is not None:
            self.back()
            probe.record_again(further)
            return self._record(probe)
        rolled = roll(probe, 0 if probe.watch.early else LEAST)
        return self._once_more() if rolled is None else self._rolled(rolled, named)

    def _begin_again(self) -> bool:
        """Record the first iteration anew, knowing more of what varies."""
        assert self.probe is not None
        self.probe.cancel_knowing()
        self.probe = None
        self.attempts -= 1
        self._unwatch()
        self.back()
        self.state.at_head()
        self.scope = self.state.scope
        self._begin_early(self.state.named)
        if self.probe is None:
            self.new = self.state.at_head()
        return True

    def _once_more(self) -> bool:
        self._cancel()
        return self.enter(self.scope)

    def _cancel(self) -> None:
        """Forget what has been recorded: the iteration is made once more."""
        self._discard()
        self.stay()
        self.skips = self.live = True  # to set the names as they were

    def _discard(self) -> None:
        assert self.probe is not None
        self.probe.cancel()
        self.probe = None
        self._fail()
        self._unwatch()

    def _fail(self) -> None:
        self.attempts -= 1
        self.recorder.vain[self.site] = self.recorder.vain.get(self.site, 0) + 1

    def _rolled(self, rolled: Rolled, named: Mapping[str, Any]) -> bool:
        assert self.probe is not None
        self.known.varying.update(self.probe.names)
        uncertain = rolled.until or type(self.probe.most) is Tracer
        self.probe = None
        self._unwatch()
        self.rolls -= 1
        self.recorder.vain.pop(self.site, None)
        self.rolled = self.known.ready = True
        self.early = False
        self.recorder.site = self.site
        self.new = self.state.ended(rolled.names, uncertain)
        self.go_on(rolled)
        if self.live:
            self.scope.update(self.new)
            self._begin_watch({n: self.new.get(n, v) for n, v in named.items()})
        return True


def is_among(value: Any, written: Mapping[int, Tracer]) -> bool:
    """Whether a value shares the memory of an array that is written to."""
    return is_array(value) and id(root_of(value)) in written
