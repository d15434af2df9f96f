"""A part of a function recorded on several ways, which meet where it ends.

A *region* is a statement or a call that decides, changes nothing but names (and arrays of this
trace), and comes to its end on each of its ways. It has been seen to go one way in an earlier trace
and another one now: then both are recorded from its head, and put together as branches. What names
hold at its end is joined; where that is the same object on all ways, it stays what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...program.alike import same_operation
from ...program.outside import Check, Read
from ...program.program import (
    NUMERIC,
    Guard,
    Operand,
    Statement,
    Var,
    operand_aval,
    substituted,
)
from .carried import MISSING, is_array, is_same, lies_alike, may_vary
from .heads import Head
from .operators import Operators
from .statements import root_of
from .tracer import Tracer, plain
from .watching import Watch
from .ways import Signature, UnlikeError, in_order, put_together
from .widening import is_double, may_widen

Ends = Mapping[str, Any]
"""What names hold at the end of a way."""


class Region(Head):
    """A part of a function, while its ways are recorded."""

    def __init__(self, recorder: Operators, watch: Watch, written: Mapping[int, Tracer]) -> None:
        super().__init__(recorder, watch)
        for root in written.values():
            self.carry_written(root)
        self.at_first = recorder.epoch + 1  # what is older was there at the head
        self.ends: dict[Signature, Ends] = {}
        self.contents: list[Any] = []  # of the arrays that are written to, on the own way
        self.begin()

    def is_outside(self, statement: Statement, varies: bool) -> bool:
        operation = statement.operation
        if type(operation) is Guard:
            return operation.kind != "truth" and not varies
        return type(operation) in (Read, Check)

    def take(self, ends: Ends) -> bool:
        """Keep the way that has been recorded, if it meets the others."""
        recorder = self.recorder
        kept = recorder.kept_of_earlier_calls() == self.kept
        if not kept or not recorder.only_computed(0) or not self.only_decides():
            return False
        if self.ends and not self._meets(ends):
            return False
        outputs = [recorder.operand(ends[n], n) for n in _varying(ends)]
        outputs += [recorder.operand(c.tracer) for c in self.carried]
        if not self.ends:
            self.contents = [np.array(c.tracer.value) for c in self.carried]
        self.ends[self.keep_way(tuple(outputs))] = ends
        return True

    def _meets(self, ends: Ends) -> bool:
        own = next(iter(self.ends.values()))
        if own.keys() != ends.keys():
            return False
        return all(is_same(own[n], ends[n]) or self._joins(own[n], ends[n]) for n in own)

    def _joins(self, one: Any, other: Any) -> bool:
        """Whether a name may hold one value or the other."""
        if not may_vary(one) or not may_vary(other):
            return False
        a, b = (operand_aval(self.recorder.operand(v)) for v in (one, other))
        if a.dtype not in NUMERIC or b.dtype not in NUMERIC or a.shape != b.shape:
            return False
        if is_array(one) != is_array(other):
            return False
        if is_array(one):
            return a.dtype == b.dtype and lies_alike(plain(one), plain(other))
        if type(plain(one)) is type(plain(other)):
            return a.dtype == b.dtype
        return _is_wide(one) and _is_wide(other)

    # -- the end of the region

    def absorb(self) -> dict[str, Any]:
        """Take the own way as it has been recorded; what names hold at its end."""
        decisions, way = next(iter(self.ways.items()))
        self._append(way.statements)
        return dict(self.ends[decisions])

    def absorb_recorded(self) -> None:
        """Take what is just recorded as it is, with all that it has left."""
        recorder = self.recorder
        made, recorder.statements = recorder.statements, self.outer
        recorder.statements += made
        self.watch.probing = False

    def _append(self, statements: Sequence[Statement]) -> None:
        recorder = self.recorder
        for s in statements:
            recorder.statements.append(s)
            if type(s.operation) is Guard:
                recorder.path.append(s.operation.expected)

    def splice(self) -> dict[str, Any] | None:
        """Put the ways together; what names hold after them, or `None` if they are too unlike."""
        own = next(iter(self.ends.values()))
        names = _varying(own)
        kinds = [self._kind([e[n] for e in self.ends.values()]) for n in names]
        ways = []
        for decisions in sorted(self.ways, key=in_order):
            way = self.ways[decisions]
            outputs = [
                kind(o) if kind in (float, np.float64) and type(o) in (int, float) else o
                for kind, o in zip(kinds, way.outputs, strict=False)
            ]
            ways.append(type(way)(way.statements, (*outputs, *way.outputs[len(names) :])))
        try:
            whole = put_together(ways)
        except UnlikeError:
            return None
        first = {c.var: c.first for c in self.carried}
        self._append(
            [
                Statement(s.target, s.operation, substituted(s.operands, first), s.span)
                for s in whole.statements
            ]
        )
        self._value_ends(whole.statements)
        ends = substituted(whole.outputs, first)
        new = dict(own)
        for k, name in enumerate(names):
            values = [e[name] for e in self.ends.values()]
            if not all(is_same(v, values[0]) for v in values):
                new[name] = self._joined(values, ends[k], kinds[k], k)
        for c, operand, value in zip(self.carried, ends[len(names) :], self.contents, strict=True):
            self._mark(operand, value, len(names) + self.carried.index(c))
            c.tracer.value[...] = value
            c.tracer.operand = operand
            c.tracer.version += 1
        return new

    def _value_ends(self, statements: Sequence[Statement]) -> None:
        """Give what all ways do at their end the values of the own one."""
        values = self.recorder.values
        own = next(iter(self.ways.values())).statements
        for s, t in zip(reversed(statements), reversed(own), strict=False):
            if not same_operation(s.operation, t.operation):
                break
            if s.target is not None and t.target in values:
                values[s.target] = values[t.target]

    def _kind(self, values: Sequence[Any]) -> type:
        """The type of what is joined: NumPy's, where Python's and NumPy's numbers meet."""
        kinds = {type(plain(v)) for v in values}
        if len(kinds) == 1:
            return kinds.pop()
        return np.float64 if np.float64 in kinds else float

    def _joined(self, values: Sequence[Any], operand: Operand, kind: type, k: int) -> Any:
        """The handle of what is joined."""
        recorder = self.recorder
        value = plain(values[0])
        if not isinstance(value, np.ndarray):
            wide = any(type(plain(v)) is not kind for v in values)
            value = kind(value)
            self._mark(operand, value, k)
            if wide and type(operand) is Var:
                recorder.joined.append((self.watch.site, operand))
            return recorder.handle(value, operand) if type(operand) is Var else value
        self._mark(operand, value, k)
        result = recorder.handle(value, operand)
        roots = [root_of(v) for v in values]
        heads = [r for r in roots if r.born < self.at_first]
        if heads or any(v.base is not None for v in values):
            for handle in (result, *heads):  # it may be what others hold, on some way
                recorder.uncertain[id(handle)] = (handle, self.watch.site)
        return result

    def _mark(self, operand: Operand, value: Any, k: int) -> None:
        recorder = self.recorder
        if type(operand) is not Var:
            return
        recorder.values[operand] = np.array(value) if isinstance(value, np.ndarray) else value
        made = [way.outputs[k] for way in self.ways.values()]
        if any(type(o) is Var and o in recorder.active for o in made):
            recorder.active.add(operand)
        if recorder.free is not None:
            for o in made:
                recorder.free.alike(operand, o)


def _varying(ends: Ends) -> list[str]:
    """The names that hold what may be joined."""
    return [n for n, v in ends.items() if v is not MISSING and may_vary(v)]


def _is_wide(value: Any) -> bool:
    if may_widen(value):
        return True
    return is_double(
        type(plain(value)), operand_aval(value.operand if type(value) is Tracer else value)
    )
