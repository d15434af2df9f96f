"""Statements and calls that decide, in rewritten code: when their ways are put together.

In the first trace a region is just run, and its decisions are remembered. When a later trace comes
to it, it is recorded on the way that the values lead and then on the others that are known, with
their decisions forced (`recording/regions.py`): from there on it goes all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ...errors import SourceSpan
from ...program.program import Guard
from ..recording.carried import MISSING
from ..recording.regions import Region
from ..recording.statements import root_of
from ..recording.tracer import Tracer
from ..recording.watching import Watch
from ..recording.ways import signature
from ..rewriting.sites import OfCode, add_site

_HOISTS = 8
"""So often what is read in a region is read before it."""


class Part:
    """One run through a region."""

    __slots__ = (
        "before",
        "depth",
        "hoists",
        "known",
        "passing",
        "recorder",
        "region",
        "site",
        "start",
        "within",
    )

    def __init__(self, recorder: Any, site: int) -> None:
        self.recorder = recorder
        self.site = site
        self.known = recorder.known_of(site)
        self.region: Region | None = None
        self.passing = False  # it is run as it is, once more
        self.hoists = _HOISTS
        self.before: Mapping[str, Any] = {}

    def begin(self, scope: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """At its head.

        Args:
            scope: the names of the function, with what they hold.
            before: those that the region may change.
        """
        recorder, known = self.recorder, self.known
        self.start, self.within = len(recorder.statements), recorder.statements
        self.before = before
        if not known.ways or not recorder.may_choose(known) or not recorder.may_roll(self.site):
            return
        watch = Watch(self.site, recorder.epoch)
        watch.scope = dict(scope)
        watch.region = True
        self.depth = len(recorder.watches)
        recorder.watches.append(watch)
        held = [scope.get(name) for name in sorted(known.writes)]
        roots = [root_of(v) for v in held if type(v) is Tracer]
        written = {id(r): r for r in roots if isinstance(r.value, np.ndarray)}
        watch.probe = self.region = Region(recorder, watch, written)

    def end(self, ends: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """At its end: what names hold from here on, or `None` to run it again from its head."""
        recorder, region, known = self.recorder, self.region, self.known
        if region is None:
            self._learn()
            return {}
        watches = recorder.watches
        if any(w.probing for w in watches[self.depth + 1 :]):
            recorder.unroll("an exception ended a part that was recorded")
        del watches[self.depth + 1 :]
        forced = region.forced
        if self.hoists > 0 and region.find_outside():
            self.hoists -= 1
            region.record_again(None if forced is None else forced.decisions)
            return None
        regular = region.take(ends)
        if forced is None:
            if not regular:
                return self._give_up()
            known.learn(next(iter(region.ways)))
        elif forced.decisions not in region.ways:
            known.bar(forced.decisions)
        further = next((way for way in known.ways if way not in region.ways), None)
        if further is not None:
            region.record_again(further)
            return None
        return self._put_together()

    def _put_together(self) -> Mapping[str, Any] | None:
        region = self.region
        assert region is not None
        region.check_discarded()
        region.restore()
        new: Mapping[str, Any] | None = None
        if len(region.ways) > 1:
            new = region.splice()
        if new is None and not region.carried:
            new = region.absorb()
        self._leave()
        return new  # where an array is written to, it is run once more as it is

    def _give_up(self) -> Mapping[str, Any] | None:
        """It does more than to compute."""
        region = self.region
        assert region is not None
        self.known.closed = True
        if region.carried:
            region.cancel()
            self._leave()
            return None
        region.absorb_recorded()
        self._leave()
        return {}

    def _leave(self) -> None:
        recorder = self.recorder
        del recorder.watches[self.depth :]
        if not recorder.watches:
            recorder.closed.clear()
            recorder.refreshed.clear()
        self.region = None
        self.passing = True

    def _learn(self) -> None:
        """Remember the way that has been gone."""
        recorder = self.recorder
        if recorder.statements is not self.within or self.passing or self.known.closed:
            return
        settled = recorder.settled
        own = [s for s in recorder.statements[self.start :] if id(s) not in settled]
        way = signature(own)
        if way:
            self.known.learn(way)
            settled.update({id(s): s for s in own if type(s.operation) is Guard})


class Choice(Part):
    """One run through a statement that is a region.

    Attributes:
        changes: whether names are to be set or unbound.
    """

    __slots__ = ("begun", "changes", "names", "new", "now")

    def __init__(self, recorder: Any, site: int, names: tuple[str, ...]) -> None:
        super().__init__(recorder, site)
        self.names = names
        self.begun = False
        self.changes = False
        self.new: Mapping[str, Any] = {}
        self.now: Mapping[str, Any] = {}

    def goes(self, values: Mapping[str, Any]) -> bool:
        """Whether it is run, from its head."""
        self.recorder.site = self.site
        now = self.now = {name: values.get(name, MISSING) for name in self.names}
        if not self.begun:
            self.begun = True
            self.begin(values, now)
            return True
        new = self.end(now)
        self.new = self.before if new is None else new
        self.changes = bool(self.new)
        return new is None

    def sets(self, name: str) -> bool:
        return self.new.get(name, MISSING) is not MISSING

    def value(self, name: str) -> Any:
        return self.new[name]

    def unbinds(self, name: str) -> bool:
        return self.new.get(name) is MISSING and self.now[name] is not MISSING


class Straight:
    """A statement that is run once."""

    __slots__ = ("changes", "made")

    def __init__(self, site: int, names: tuple[str, ...]) -> None:
        self.made = self.changes = False

    def goes(self, values: Mapping[str, Any]) -> bool:
        first, self.made = not self.made, True
        return first


def whole_call(recorder: Any, function: FunctionType, call: Callable[[], Any]) -> Any:
    """The result of a call of a function, on all ways through it that are known."""
    site = _sites.get(function.__code__, lambda: _site_of(function.__code__))
    if site in recorder.running or function.__code__.co_flags & _SUSPENDS:
        return call()
    part = Part(recorder, site)
    recorder.running.add(site)
    try:
        part.begin({}, {})
        result = call()
        own, new = result, part.end(_flat(result, {}, ""))
        while new is None:
            result = call()
            new = part.end(_flat(result, {}, ""))
    finally:
        recorder.running.discard(site)
    return _built(own, new, "") if new else result


def _flat(value: Any, found: dict[str, Any], key: str) -> dict[str, Any]:
    """What a result holds, by its place in tuples."""
    if type(value) is not tuple:
        found[key] = value
        return found
    found[key] = f"a tuple of {len(value)}"
    for k, part in enumerate(value):
        _flat(part, found, f"{key}.{k}")
    return found


def _built(like: Any, ends: Mapping[str, Any], key: str) -> Any:
    """The result that has been made flat."""
    if type(like) is not tuple:
        return ends[key]
    return tuple([_built(part, ends, f"{key}.{k}") for k, part in enumerate(like)])


_SUSPENDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def _site_of(code: CodeType) -> int:
    line = code.co_firstlineno
    return add_site(SourceSpan(code.co_filename, line, 1, line, 1), frozenset())


_sites: OfCode[int] = OfCode()
