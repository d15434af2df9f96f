"""An iteration of a loop recorded for all that follow.

While it is recorded, each number that varies is a variable of its own, and an array that varies is
the same handle with a variable behind it, so that every alias and view sees it. At the next head
the handles have the next values behind them: the recorded statements are one way through an
iteration. Other ways that iterations are known to go are recorded from the same head, with the
decisions that lead there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...program.outside import Check, Read
from ...program.program import Aval, Guard, Statement, Var, operand_aval
from .carried import (
    Carried,
    is_array,
    is_same,
    lies_alike,
)
from .grown import Grown
from .heads import Head
from .known import Known
from .lists import Numbers, State
from .operators import Operators
from .statements import root_of
from .tracer import Tracer, plain
from .watching import Watch
from .ways import Signature
from .widening import is_double, may_be_python, may_widen, tells_apart


class Probe(Head):
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
        lists: Sequence[Grown] = (),
    ) -> None:
        super().__init__(recorder, watch)
        self.lists = list(lists)
        self.held: dict[Carried, str] = {}  # names of lists and arrays that are written to
        self.borrowed: list[tuple[Numbers, State]] = []  # as they were
        moving = known.moving
        self.first = watch.early and known.peel == 0  # no iteration is sure to be made
        self.wide = wide  # names of numbers that are Python's or NumPy's: taken for NumPy's
        self.strong = known.strong  # names of Python's numbers that NumPy's are computed into
        self.doubtful: set[Var] = set()
        self.widened = False  # whether a number is of another type than where the loop begins
        recorder.heads[watch.site] = set()
        self.moving = moving  # names of what is active in some iteration
        recorder.hold(most, "most")
        self.most = most
        self.names: dict[str, Any] = {}
        by_handle: dict[int, Carried] = {}
        for name, value in carried.items():
            listed = type(value) is Numbers
            one = by_handle.get(id(value)) if listed or is_array(value) else None
            if one is None:
                made = self._carry_list(name, value) if listed else self._carry(name, value)
                one = by_handle[id(value)] = made
            one.names.append(name)
            self.names[name] = one.list if listed else one.tracer
            if name in moving:
                recorder.active.add(one.var)
        for root in written.values():
            self.carry_written(root)
            array, held = self.carried[-1], self._name_of(root)
            if held is not None:
                self.held[array] = held
                if held in moving:
                    recorder.active.add(array.var)
        for grown in self.lists:
            self.carry_written(grown.numbers.array)
            items = self.carried[-1]
            self.held[items] = grown.name
            if grown.name in moving:
                recorder.active.add(items.var)
            if grown.room is not None:
                grown.length = self._carry("length", grown.numbers.length)
                grown.length.grown = grown
        self.first_place = place
        self.place: Any = None
        self.at: Carried | None = None
        if place is not None:
            self.at = self._carry("place", place)
            self.place = self.at.tracer
        self.begin()

    def _carry(self, name: str, original: Any) -> Carried:
        """A number or an array that names hold: they get another handle."""
        first, value = self.recorder.operand(original, name), plain(original)
        if name in self.wide and may_widen(original):
            value = np.float64(value)
            self.widened = True
            first = first if type(first) is Var else value
            var = Var(name, operand_aval(value))
            self.recorder.heads[self.watch.site].add(var)
            return self.add(Carried(original, self.recorder.handle(value, var), var, first, value))
        value = np.array(value, order="K") if isinstance(value, np.ndarray) else value
        aval = operand_aval(first)
        if name in self.strong and type(value) is float and not aval.shape:
            first = first if type(first) is Var else np.float64(value)
            aval = Aval.of((), "float64")
        var = Var(name, aval)
        if name in self.wide:
            self.recorder.heads[self.watch.site].add(var)
        return self.add(Carried(original, self.recorder.handle(value, var), var, first, value))

    def _carry_list(self, name: str, numbers: Numbers) -> Carried:
        """A list of numbers that names hold: they get another one."""
        self.borrowed.append((numbers, numbers.state()))
        if not numbers.trim() or numbers.kind is None:
            self.recorder.unroll("a list holds other things than numbers of one type")
        found = self._carry(name, numbers.array)
        found.origin = numbers
        found.list = Numbers.of(numbers.recorder, found.tracer, numbers.kind, numbers.mixed)
        return found

    def _name_of(self, root: Tracer) -> str | None:
        """The name of an array that is written to."""
        scope = self.watch.scope
        found = [n for n, v in scope.items() if type(v) is Tracer and root_of(v) is root]
        return min(found, default=None)

    def grows(self, numbers: Any) -> bool:
        """Whether a list is known to change."""
        return any(g.numbers is numbers for g in self.lists)

    def let_go(self) -> None:
        super().let_go()
        for numbers, before in self.borrowed:
            numbers.load(before)

    # -- the end of the iteration

    def is_outside(self, statement: Statement, varies: bool) -> bool:
        kind = type(statement.operation)
        decides = kind in (Guard, Check) or statement.target in self.recorder.bounding
        return kind is Read or (decides and not varies)

    def is_regular(self, values: Mapping[str, Any]) -> bool:
        """Whether the next iteration finds numbers and arrays like those of this one."""
        recorder, watch = self.recorder, self.watch
        if watch.impure or recorder.kept_of_earlier_calls() != self.kept:
            return False
        made = recorder.statements
        if not recorder.only_computed(0):
            return False
        own = {s.target for s in made} | {c.var for c in self.carried}
        if not self.only_decides(own):
            return False
        for c in self.carried:
            if c is self.at:
                c.next = recorder.operator("add", c.tracer, 1)
            elif c.grown is not None:
                c.next = c.grown.numbers.length
            elif not c.names:
                c.next = c.tracer
            else:
                c.next = values[c.names[0]]
                if any(not is_same(values[n], c.next) for n in c.names):
                    return False
                if (c.list is not None or type(c.next) is Numbers) and not self._take_list(c):
                    return False
        self.doubtful = self._doubtful()
        # Of all of them it is asked, so that all is learned at once.
        alike = [self._is_like(c) for c in self.carried]
        return self._shares_as_before() and all(alike)

    def _doubtful(self) -> set[Var]:
        """Numbers of this iteration that may be Python's, though they are taken for NumPy's."""
        recorder = self.recorder
        doubtful = {var for _, var in recorder.joined}.union(*recorder.heads.values())
        if not doubtful:
            return doubtful
        for c in self.carried:  # what is pending becomes a statement
            recorder.operand(c.next, c.var.name)
        return may_be_python(recorder.statements, doubtful, recorder.values, recorder.python)

    def _take_list(self, c: Carried) -> bool:
        """Take the items of the list that names hold at the next head, if it is like this one."""
        numbers = c.next
        if type(numbers) is not Numbers or c.list is None or numbers.escaped:
            return False
        own = numbers is c.list or numbers.born >= self.watch.since
        if not own or not numbers.trim() or numbers.kind is not c.list.kind:
            return False
        if numbers.mixed or c.list.mixed:
            return False
        c.next = numbers.array
        return True

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
        if c.kind is float and not self.strong.isdisjoint(c.names):
            if not is_double(kind, aval):
                return False
            if kind is not float:  # on another way it is one of NumPy's
                if not tells_apart(recorder.statements, c.var):
                    self.strong.difference_update(c.names)
                    self.wide.update(c.names)
                return False
        elif c.kind is kind is float and aval is not c.var.aval and is_double(kind, aval):
            # As `y *= math.cos(v[k])`: Python's number, which another type computes with.
            if c.names and not tells_apart(recorder.statements, c.var):
                self.strong.update(c.names)
            return False
        elif c.kind is np.float64 and not self.wide.isdisjoint(c.names):
            c.mixed |= kind is not np.float64 or operand in self.doubtful
            if type(c.next) in (int, float):
                c.next = np.float64(c.next)
            elif kind not in (float, np.float64) or aval.dtype != "float64":
                return False
        elif c.names and may_widen(c.original) and is_double(kind, aval):
            if aval is c.var.aval and kind is c.kind and operand not in self.doubtful:
                return True
            if not tells_apart(recorder.statements, c.var):
                self.wide.update(c.names)
            return False
        elif c.kind is kind is np.float64 and operand in self.doubtful:
            if c.names and not tells_apart(recorder.statements, c.var):
                self.wide.update(c.names)
            return False
        elif aval is not c.var.aval or kind is not c.kind:
            return False
        if type(operand) is Var and operand in recorder.active and c.var not in recorder.active:
            self.moving.update(c.names or ([self.held[c]] if c in self.held else []))
            return False
        return True

    def take_way(self) -> Signature:
        """Keep the way that has been recorded, which is regular."""
        recorder = self.recorder
        heads = {id(c.tracer) for c in self.carried}
        for grown in self.lists:
            grown.take_way()
        outputs = tuple([recorder.operand(c.next) for c in self.carried])
        for c in self.carried:
            if is_array(c.next) and c.saved is None:
                c.passed |= id(c.next) in heads
                c.shared |= c.next.base is not None
        return self.keep_way(outputs)
