"""How loops are batched: one loop over iterations, whose body is batched.

Elements may end a loop at different times. It then goes on while some are under way, and a *mask*
says which: the others keep what they carry. What varies from one iteration to the next but not
among elements stays one value, which is that of the elements under way; what each has at its end
is carried beside it. A tape of such a loop has a tape of masks, by which loops over it go.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import LoopError
from ..program.loops import TAPE, Loop, Result
from ..program.program import FOUND, INT, Aval, Operand, Program, Statement, Var, operand_aval
from .program import STRUCTURED, Batch, Condition, Found, Key


def loop_of(b: Batch, statement: Statement) -> None:
    """Append the loop over a whole batch."""
    _Loop(b, statement).append()


STRUCTURED[Loop] = loop_of

_MOST_ROUNDS = 100_000
"""An element that goes round a `while` loop more often is run by itself: a decision may hang on the
last bit of a function that NumPy computes otherwise, and the loop not end for it."""


def front_of(var: Var, size: int) -> Var:
    """A variable with the batch in front; the entries of a tape have it there."""
    if var.aval is TAPE:
        return Var(var.name, TAPE)
    return Var(var.name, Aval.of((size, *var.aval.shape), var.aval.dtype))


class _Loop:
    """One loop, over a whole batch."""

    def __init__(self, outer: Batch, statement: Statement) -> None:
        loop = statement.operation
        assert isinstance(loop, Loop)
        assert statement.target is not None
        self.outer, self.statement, self.loop, self.found = outer, statement, loop, statement.target
        self.count, *self.given = statement.operands
        self.truths = Aval.of((outer.size,), "bool")
        self.coming = outer.under_way()
        tapes = loop.parts(self.given)[1]
        masks = [outer.masks[t] for t in tapes if t in outer.masks]
        self.mask_tape: Operand = masks[0] if masks else None
        # On the way back elements come in one after another, and what varies is of each its own.
        self.late = self.mask_tape is not None and loop.backward
        self.counted = outer.is_batched(self.count)
        if any(v.aval is TAPE for v in loop.body.inputs[: loop.carried]):
            raise LoopError("a batch of a loop that carries a tape", where=statement.span)

    def append(self) -> None:
        """Find what is batched in any iteration, and append the loop."""
        loop, body = self.loop, self.loop.body
        flags = [self.outer.is_batched(o) for o in self.given]
        masked = self.counted or self.mask_tape is not None
        masked = masked or (loop.until and self.coming is not None)
        while True:
            inner = self._run(flags, masked)
            more = flags.copy()
            for k, var in enumerate(body.inputs[: loop.carried]):
                output = body.outputs[k]
                more[k] |= inner.is_batched(output) or (self.late and output is not var)
            if more == flags and masked >= inner.masking:
                break
            flags, masked = more, masked or inner.masking
        if masked and loop.backward and not loop.elements and loop.stacked:
            raise LoopError("a batch of a loop that goes back", where=self.statement.span)
        self._finish(inner, flags, masked)

    def _run(self, flags: list[bool], masked: bool) -> Batch:
        """One iteration, of which some inputs are batched."""
        loop, outer, body = self.loop, self.outer, self.loop.body
        inner = Batch(outer.size, outer.once)
        inner.ending, inner.span = loop.until, self.statement.span
        for var, flag in zip(body.inputs, flags, strict=True):
            if flag:
                inner.fronts[var] = front_of(var, outer.size)
        self.more_elements: list[tuple[Var, Operand]] = []
        self.more_fixed: list[tuple[Var, Operand]] = []
        _, elements, _ = loop.parts(body.inputs)
        for var, tape in zip(elements, loop.parts(self.given)[1], strict=True):
            if tape in outer.entries:
                mask = inner.masks[var] = Var("under_way", TAPE)
                self.more_elements.append((mask, outer.entries[tape]))
        self.start: Var | None = None
        if masked or self.coming is not None:
            self.start = Var("under_way", self.truths)
            inner.active = self.start
        if self.mask_tape is not None:
            assert self.start is not None
            self.more_elements.append((self.start, self.mask_tape))
        elif not masked and self.start is not None:
            self.more_fixed.append((self.start, self.coming))
        self.made = Var("made", INT)
        if self.counted:
            most = front_of(self.count, outer.size)
            self.more_fixed.append((most, outer.fronts[self.count]))
            inner.go_on(inner.lt(self.made, most))
        elif masked and loop.until and self.coming is not None:
            inner.go_on(self.start)  # where nobody comes to the loop, it need not end
        for statement in body.statements:
            inner.step(statement)
        return inner

    def _finish(self, inner: Batch, flags: list[bool], masked: bool) -> None:
        """Append the loop that was found, and note where its results are."""
        loop, outer, body, span = self.loop, self.outer, self.loop.body, self.statement.span
        carried: list[tuple[Var, Operand, Operand]] = []  # the input, the first value, the next
        places: dict[Key, tuple[int, bool]] = {}
        ends = []
        for k, (var, first) in enumerate(
            zip(*(loop.parts(part)[0] for part in (body.inputs, self.given)), strict=True)
        ):
            output = body.outputs[k]
            own = inner.fronts[var] if flags[k] else var
            if not flags[k]:
                following, start = output, first
                if masked and output is not var:
                    ends.append((k, var, first, output))
            else:
                start = outer.lifted(first)
                following = self._next(inner, own, output, masked)
            places["carried", k] = len(carried), flags[k]
            carried.append((own, start, following))
        for k, var, first, output in ends:
            last = front_of(var, outer.size)
            places["carried", k] = len(carried), True
            carried.append((last, outer.lifted(first), self._next(inner, last, output, True)))
        everybody = np.ones(outer.size, bool)
        if masked:
            if self.mask_tape is None:
                start = everybody if self.coming is None else self.coming
                assert self.start is not None
                carried.append((self.start, start, inner.active))
            if self.counted:
                carried.append((self.made, 0, inner.add(self.made, 1)))
            trips = Var("trips", Aval.of((outer.size,), "int64"))
            more = inner.add(trips, inner.cast(inner.active, dtype="int64"))
            places["trips", 0] = len(carried), True
            carried.append((trips, np.zeros(outer.size, np.int64), more))
        conditions = []
        for soft in (False, True):
            holds = inner.all_held(soft)
            if holds is not None:
                fine = Var("fine", self.truths)
                conditions.append((len(carried), soft))
                carried.append((fine, everybody, inner.logical_and(fine, holds)))
        stacked, flagged, masks, entries = self._stacked(inner, masked)
        _, elements, invariants = loop.parts(body.inputs)
        _, tapes, fixed = loop.parts(self.given)
        count = None if self.counted else self.count
        bounded = masked and loop.until and type(count) is int and count > _MOST_ROUNDS
        if bounded:
            k = places["trips", 0][0]
            ended = inner.lt(carried[k][2], _MOST_ROUNDS)
            conditions.append((len(carried), False))
            carried.append((Var("ended", self.truths), everybody, ended))
        inputs = (
            *[v for v, _, _ in carried],
            *[inner.fronts.get(v, v) for v in elements],
            *[v for v, _ in self.more_elements],
            *[inner.fronts.get(v, v) for v in invariants],
            *[v for v, _ in self.more_fixed],
        )
        operands = (
            _MOST_ROUNDS if bounded else count,
            *[start for _, start, _ in carried],
            *[self._front(t) for t in tapes],
            *[t for _, t in self.more_elements],
            *[self._front(o) for o in fixed],
            *[o for _, o in self.more_fixed],
        )
        outputs = (*[following for _, _, following in carried], *stacked)
        whole = Program(body.name, inputs, inner.statements, outputs, body.extra)
        entered = loop.elements + len(self.more_elements)
        until = loop.until or self.counted
        made = Loop(whole, len(carried), entered, loop.backward, until)
        found = Var(self.found.name, FOUND)
        outer.statements.append(Statement(found, made, operands, span))
        results: dict[Key, Found] = {("trips", 0): Found((Result.trips(), found), False)}
        for key, (k, flag) in places.items():
            results[key] = Found((Result.carried(made, k), found), flag)

        def tape(k: int | None) -> Operand:
            return None if k is None else self._tape(found, made, k)

        own_mask = self.mask_tape if masks is None else tape(masks)
        for k in range(loop.stacked):
            reader = Result.stacked(made, k), found
            results["stacked", k] = Found(reader, flagged[k], own_mask, tape(entries[k]))
        outer.found[self.found] = results
        for k, soft in conditions:
            result = Result.carried(made, k)
            value = Var("fine", result.aval)
            outer.statements.append(Statement(value, result, (found,), span))
            outer.assume(value, Condition("fine" if soft else "truth", True))

    def _stacked(
        self, inner: Batch, masked: bool
    ) -> tuple[list[Operand], list[bool], int | None, list[int | None]]:
        """What is stacked, which of it is batched, and where its masks and those in it are."""
        loop = self.loop
        stacked: list[Operand] = []
        flagged = []
        for output in loop.body.outputs[loop.carried :]:
            flag = inner.is_batched(output)
            if self.outer.selected and not flag:  # who takes another arm has none
                if operand_aval(output) is TAPE:
                    raise LoopError("a batch of tapes in an arm", where=self.statement.span)
                flag, output = True, inner.lifted(output)
                stacked.append(output)
            else:
                stacked.append(inner.fronts[output] if flag else output)
            flagged.append(flag)
        masks: int | None = None
        if masked and self.mask_tape is None and stacked:
            masks = len(stacked)
            stacked.append(inner.active)
        entries: list[int | None] = []
        for output in loop.body.outputs[loop.carried :]:
            if type(output) is Var and output in inner.entries:
                raise LoopError("a batch of tapes of tapes of tapes", where=self.statement.span)
            if type(output) is Var and output in inner.masks:
                entries.append(len(stacked))
                stacked.append(inner.masks[output])
            else:
                entries.append(None)
        return stacked, flagged, masks, entries

    def _next(self, inner: Batch, own: Var, output: Operand, masked: bool) -> Operand:
        """What an element carries into the next iteration; what it had, where it has ended."""
        value = inner.lifted(output)
        if operand_aval(value).dtype != own.aval.dtype:
            value = inner.cast(value, dtype=own.aval.dtype)
        if not masked or value is own:
            return value
        return inner.chosen(inner.active, value, own)

    def _front(self, operand: Any) -> Operand:
        return self.outer.fronts.get(operand, operand) if type(operand) is Var else operand

    def _tape(self, found: Var, made: Loop, k: int) -> Var:
        """A tape of masks, read at once."""
        target = Var("under_way", TAPE)
        reading = Statement(target, Result.stacked(made, k), (found,), self.statement.span)
        self.outer.statements.append(reading)
        return target
