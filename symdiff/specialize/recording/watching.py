"""What happens in one iteration of a loop that may stay a loop.

An iteration may stand for others if all that it does is to record statements and to change names of
its own function and arrays of this trace: then the next one, which finds the same objects and other
numbers, would record the same. Whatever else may happen tells `impure` before it does: a change of
a container or an attribute, a step of an iterator, a call that is not known to be pure, a question
for the identity of a number. What is made in the iteration itself is nobody else's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, cast

import numpy as np

from ...errors import SymdiffError
from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.branches import Branch
from ...program.lengths import Filled
from ...program.loops import Loop, Result
from ...program.program import Guard, Keep, Statement, Var
from .carried import MISSING
from .known import Known
from .places import Place
from .pushed import Pushed
from .short import Short
from .tracer import Tracer
from .ways import Signature

MOST_NESTED = 8
"""So many regions are recorded within each other."""

COMPUTING: frozenset[type] = frozenset(
    {Template, Structural, Guard, Keep, Loop, Branch, Result, Filled}
)
"""The operations that a body may hold: the others reach what lies outside."""


class Unrolled(SymdiffError):
    """A trace that has begun to take an iteration for others, and may not: it is made again.

    It is no refusal: the next trace unrolls these loops.
    """

    def __init__(self, sites: frozenset[int], why: str) -> None:
        super().__init__("a loop is unrolled after all", why=why)
        self.sites = sites


FORCED_ROUNDS = 100
"""The most iterations of a loop that are made on a way that is not taken."""


class Forced:
    """The decisions that an iteration takes which is recorded with others than its own."""

    __slots__ = ("decisions", "statements", "taken")

    def __init__(self, statements: list[Statement], decisions: Signature) -> None:
        self.statements = statements
        self.decisions = decisions
        self.taken = 0

    def outcome(self, own: bool) -> bool:
        """How the next decision comes out."""
        k = self.taken
        self.taken += 1
        return self.decisions[k][1] if k < len(self.decisions) else own


def some_number(name: str, values: Sequence[Any]) -> Any:
    """A number in the place of one that cannot be computed, on a way that is not taken.

    Such a way is recorded with values that need not fit it: the root of what is negative.
    """
    if name in ("floordiv", "mod", "lshift", "rshift") and all(
        isinstance(v, int | np.integer) for v in values
    ):
        return 0
    python = all(type(v) in (int, float, bool) for v in values)
    return math.nan if python else np.float64(math.nan)


class Watch:
    """One iteration of one loop, while it runs.

    Attributes:
        site: the loop.
        since: handles born from here on are of this iteration.
        probing: whether the iteration is recorded for all that follow.
        impure: why it stands for itself alone.
        written: arrays that were there before and are written to, by identity.
        handles: those of them that are known to vary.
        fresh: iterators made in this iteration, by identity.
        scope: the names of the function at the head, with what they hold.
        learned: whether an inner loop has learned of a way in it.
        probe: what records the iteration.
        early: whether it is one of the first, and none was watched before.
        region: whether it is no iteration, but a part of a function (`regions.py`).
        follows: whether places of objects may be carried, as names are.
        changed: what was there before and has been written to: places, with what they held.
    """

    __slots__ = (
        "changed",
        "early",
        "follows",
        "fresh",
        "handles",
        "impure",
        "learned",
        "probe",
        "probing",
        "region",
        "scope",
        "since",
        "site",
        "written",
    )

    def __init__(self, site: int, since: int) -> None:
        self.site = site
        self.since = since
        self.probing = False
        self.impure = ""
        self.written: dict[int, Tracer] = {}
        self.handles: dict[int, Tracer] = {}
        self.fresh: dict[int, Any] = {}
        self.scope: dict[str, Any] = {}
        self.learned = False
        self.probe: Any = None
        self.early = False
        self.region = False
        self.follows = False
        self.changed: dict[Any, tuple[Place, Any]] = {}


class Refusing(Protocol):
    """What raises a refusal, and remembers it."""

    def refused(self, error: SymdiffError) -> NoReturn: ...


class Watching:
    """The iterations that are watched, inner ones last; a part of the recorder."""

    statements: list[Statement]
    catching: int
    swallowing: int
    abstract: bool

    def __init__(self) -> None:
        self.epoch = 0  # counts heads of loops: what is made later is born later
        self.watches: list[Watch] = []
        self.unrolled: set[int] = set()  # loops that are not to be rolled in this trace
        self.closed: list[tuple[Tracer, Any, Any, Any, Any]] = []  # while a loop is watched
        self.refreshed: list[tuple[Tracer, Any, int]] = []
        self.short = Short(self)
        self.rolled: set[int] = set()  # loops that stayed loops
        self.runner: Any = None  # computes iterations that are not traced
        self.most_rounds = 0  # the most iterations that a `while` loop may make
        self.uncertain: dict[int, tuple[Tracer, int]] = {}  # after loops, by identity
        self.of_loops: dict[int, Known] = {}  # of loops, by their sites
        self.vain: dict[int, int] = {}  # how often a loop has been tried since it was rolled
        self.learned = False  # of a way through a loop that has been rolled without it
        self.forced: list[Forced] = []
        self.settled: dict[int, Statement] = {}  # decisions of regions, by identity
        self.running: set[int] = set()  # functions that are called now
        self.joined: list[tuple[int, Var]] = []  # by regions and loops, of numbers of two types
        self.heads: dict[int, set[Var]] = {}  # such numbers within the loops that are watched
        self.pushed: list[Pushed] = []
        self.rebuilt: dict[int, tuple[Any, int]] = {}  # containers, by loops, by identity

    def may_roll(self, site: int) -> bool:
        """Whether a loop may stay a loop in this trace."""
        return self.runner is not None and site not in self.unrolled

    def may_choose(self, known: Known) -> bool:
        """Whether the ways through a region may be put together here."""
        return not (
            known.closed
            or self.abstract  # each way is traced by itself
            or self.catching
            or len(self.watches) >= MOST_NESTED
            or not all(w.region for w in self.watches)
        )

    def ask_kind(self, value: Any) -> None:
        """Before code learns of which type a number is, which on another way is of another.

        Raises:
            Unrolled: it may be such a number.
        """
        sites = {site for site, heads in self.heads.items() if heads}
        sites.update(site for site, _ in self.joined)
        if sites and type(value) is Tracer and type(value.value) in (float, np.float64):
            self.part(sites, "a type is asked for")

    def part(self, sites: set[int], why: str) -> NoReturn:
        """Trace again, with the ways of some regions kept apart.

        Raises:
            Unrolled: always.
        """
        for site in sites:
            self.known_of(site).closed = True
        cast(Refusing, self).refused(Unrolled(frozenset(sites), why))

    @contextmanager
    def unrolling(self, whether: bool = True) -> Iterator[None]:
        """Unroll all loops within a `with` block: what is done to its statements knows none."""
        runner = self.runner
        self.runner = None if whether else runner
        try:
            yield
        finally:
            self.runner = runner

    def only_computed(self, start: int) -> bool:
        """Whether what has been recorded from some statement on only computes."""
        return all(type(s.operation) in COMPUTING for s in self.statements[start:])

    def impure(self, why: str) -> None:
        """What the iterations that are watched do now stands for itself alone."""
        for watch in self.watches:
            watch.impure = watch.impure or why
        if any(w.probing for w in self.watches):
            self.unroll(why)

    def unroll(self, why: str) -> NoReturn:
        """Trace again, without rolling the loops that are recorded here.

        Raises:
            Unrolled: always.
        """
        sites = self.at_fault()
        for watch in self.watches:
            if watch.region and watch.site in sites:
                self.known_of(watch.site).closed = True
        cast(Refusing, self).refused(Unrolled(sites, why))

    def refuse_short(self) -> NoReturn:
        """Trace again, because short loops are not unrolled after all.

        Raises:
            Unrolled: always.
        """
        cast(Refusing, self).refused(Unrolled(frozenset(), "short loops make many statements"))

    def at_fault(self) -> frozenset[int]:
        """The loops that cannot be rolled, as an iteration that is recorded shows.

        None, where the iteration takes a way that is not its own, which is left out from then on,
        or where it is one of the first, which then is made as it is.
        """
        probing = [w for w in self.watches if w.probing]
        inner = probing[-1] if probing else None
        if inner is not None and inner.probe is not None:
            known = self.known_of(inner.site)
            if inner.early:
                known.peel += 1
                return frozenset()
            for watch in reversed(probing):
                if watch.probe.forced is not None:
                    self.known_of(watch.site).bar(watch.probe.forced.decisions)
                    return frozenset()
        return frozenset(w.site for w in probing)

    def known_of(self, site: int) -> Known:
        """What is known of a loop."""
        known = self.of_loops.get(site)
        if known is None:
            known = self.of_loops[site] = Known()
        return known

    def check_forced(self, rounds: int) -> None:
        """Leave out a way that is not taken, where a loop on it need not end.

        Raises:
            Unrolled: it has gone round too often.
        """
        if self.forced and rounds > FORCED_ROUNDS:
            self.unroll("a loop does not end on a way that is not taken")

    def made_now(self, iterator: Any) -> Any:
        """Take note of an iterator that nobody else has taken a step of."""
        for watch in self.watches:
            watch.fresh[id(iterator)] = iterator
        return iterator

    def steps(self, iterator: Any) -> None:
        """Somebody is about to go through an iterator."""
        if any(id(iterator) not in w.fresh for w in self.watches):
            self.impure("an iterator goes on that was there before")

    def made_new(self, value: Any) -> Any:
        """Take note of an object that has just been made, which nobody else knows."""
        for watch in self.watches:
            watch.fresh[id(value)] = value
        return value

    def ask_single(self, value: Any) -> None:
        """Before it matters whether a container is the same object as another one.

        Raises:
            Unrolled: a loop has made it, or handed on the one that was there before.
        """
        known = self.rebuilt.get(id(value))
        if known is not None:
            loop = self.known_of(known[1])
            first, loop.peel = loop.peel == 0, loop.peel or 1
            sites = frozenset() if first else frozenset({known[1]})
            why = "it matters which container a loop has handed on"
            cast(Refusing, self).refused(Unrolled(sites, why))

    def about_to_put(self, place: Place | None, owner: Any) -> None:
        """Before an item or attribute of an object is changed; `None` for another change of it."""
        self.ask_single(owner)
        held: Any = MISSING
        for watch in self.watches:
            if id(owner) in watch.fresh:
                continue
            if held is MISSING and place is not None:
                held = place.read()
            if place is None or held is MISSING or not watch.follows:
                self.impure("an object is changed")
                return
            watch.changed.setdefault(place.identity, (place, held))

    def about_to_change(self, root: Tracer, regular: bool) -> None:
        """Before an array is written to in place.

        Args:
            root: the array that owns the memory.
            regular: whether it is an array of this trace alone, which nothing else overlaps.
        """
        known = self.uncertain.get(id(root))
        if known is not None:
            why = "an array that a loop has made may be shared"
            loop = self.known_of(known[1])
            first, loop.peel = loop.peel == 0, loop.peel or 1  # it is new after an iteration
            sites = frozenset() if first else frozenset({known[1]})
            cast(Refusing, self).refused(Unrolled(sites, why))
        for watch in self.watches:
            if root.born >= watch.since:
                continue
            if not regular:
                self.impure("an array is written to that others may see")
            elif watch.probing and id(root) not in watch.handles:
                learned = [self._learn_write(w, root) for w in self.watches]
                if any(learned):
                    why = "an array is written to in some iterations"
                    cast(Refusing, self).refused(Unrolled(frozenset(), why))
                self.unroll("an array is written to that was not before")
            watch.written[id(root)] = root

    def _learn_write(self, watch: Watch, root: Tracer) -> bool:
        """Whether a loop that does not know an array that is written to can know it by a name."""
        if root.born >= watch.since or not watch.probing or id(root) in watch.handles:
            return False
        probe = watch.probe
        held = {id(c.tracer): c.original for c in probe.carried} if probe is not None else {}
        original = held.get(id(root), root)
        names = {n for n, v in watch.scope.items() if type(v) is Tracer and v is original}
        writes = self.known_of(watch.site).writes
        new = bool(names - writes)
        writes |= names
        return new
