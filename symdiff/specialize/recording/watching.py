"""What happens in one iteration of a loop that may stay a loop.

An iteration may stand for others if all that it does is to record statements and to change names of
its own function and arrays of this trace: then the next one, which finds the same objects and other
numbers, would record the same. Whatever else may happen tells `impure` before it does: a change of
a container or an attribute, a step of an iterator, a call that is not known to be pure, a question
for the identity of a number. What is made in the iteration itself is nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, cast

from ...errors import SymdiffError
from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.loops import Loop, Result
from ...program.program import Guard, Keep, Statement
from .tracer import Tracer

COMPUTING: frozenset[type] = frozenset({Template, Structural, Guard, Keep, Loop, Result})
"""The operations that a body may hold: the others reach what lies outside."""


class Unrolled(SymdiffError):
    """A trace that has begun to take an iteration for others, and may not: it is made again.

    It is no refusal: the next trace unrolls these loops.
    """

    def __init__(self, sites: frozenset[int], why: str) -> None:
        super().__init__("a loop is unrolled after all", why=why)
        self.sites = sites


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
    """

    __slots__ = ("fresh", "handles", "impure", "probing", "since", "site", "written")

    def __init__(self, site: int, since: int) -> None:
        self.site = site
        self.since = since
        self.probing = False
        self.impure = ""
        self.written: dict[int, Tracer] = {}
        self.handles: dict[int, Tracer] = {}
        self.fresh: dict[int, Any] = {}


class Refusing(Protocol):
    """What raises a refusal, and remembers it."""

    def refused(self, error: SymdiffError) -> NoReturn: ...


class Watching:
    """The iterations that are watched, inner ones last; a part of the recorder."""

    statements: list[Statement]

    def __init__(self) -> None:
        self.epoch = 0  # counts heads of loops: what is made later is born later
        self.watches: list[Watch] = []
        self.unrolled: set[int] = set()  # loops that are not to be rolled in this trace
        self.closed: list[tuple[Tracer, Any, Any, Any, Any]] = []  # while a loop is watched
        self.refreshed: list[tuple[Tracer, Any, int]] = []
        self.rolled: set[int] = set()  # loops that stayed loops
        self.runner: Any = None  # computes iterations that are not traced
        self.most_rounds = 0  # the most iterations that a `while` loop may make
        self.uncertain: dict[int, tuple[Tracer, int]] = {}  # after loops, by identity

    def may_roll(self, site: int) -> bool:
        """Whether a loop may stay a loop in this trace."""
        return self.runner is not None and site not in self.unrolled

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
        sites = frozenset(w.site for w in self.watches if w.probing)
        cast(Refusing, self).refused(Unrolled(sites, why))

    def made_now(self, iterator: Any) -> Any:
        """Take note of an iterator that nobody else has taken a step of."""
        for watch in self.watches:
            watch.fresh[id(iterator)] = iterator
        return iterator

    def steps(self, iterator: Any) -> None:
        """Somebody is about to go through an iterator."""
        if any(id(iterator) not in w.fresh for w in self.watches):
            self.impure("an iterator goes on that was there before")

    def about_to_change(self, root: Tracer, regular: bool) -> None:
        """Before an array is written to in place.

        Args:
            root: the array that owns the memory.
            regular: whether it is an array of this trace alone, which nothing else overlaps.
        """
        known = self.uncertain.get(id(root))
        if known is not None:
            why = "an array that a loop has made may be shared"
            cast(Refusing, self).refused(Unrolled(frozenset({known[1]}), why))
        for watch in self.watches:
            if root.born >= watch.since:
                continue
            if not regular:
                self.impure("an array is written to that others may see")
            elif watch.probing and id(root) not in watch.handles:
                self.unroll("an array is written to that was not before")
            watch.written[id(root)] = root
