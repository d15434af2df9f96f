"""Loops that would stack too much: run again from checkpoints when the way back reaches them.

A loop stacks what its way back reads, an entry for each iteration. `with_checkpoints` makes of such
a pair of loops, whose memory grows as the number of iterations does,

    the first iterations    as they were, as many as may be stacked,
    the iterations after    a loop over segments, which stacks what is carried at the head of each,
    the way back            a loop over those, from the end: it runs each segment again, which is
                            stacked now, and goes back over it; at last, over the first iterations.

Each segment is longer than the one before, by what balances what the segments stack with what is
stacked in one of them: so there are about `sqrt(2*n)`, although `n` is known to nobody before. All
of these are loops, which compute what the pair computes, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..operations.statements.builder import Builder
from ..program.loops import TAPE, Loop, Result, Room, bytes_of
from ..program.program import (
    FOUND,
    INT,
    Guard,
    Operand,
    Program,
    Statement,
    Var,
    name_uniquely,
    operand_aval,
)
from ..records import dataclass
from .checkpointed_bodies import anew, ending_in_time, size_of, stacks_inside
from .dead_code import remove_dead_code
from .value_numbering import number_values


@dataclass(frozen=True, slots=True)
class Stacking:
    """A loop that may be run again from checkpoints.

    Attributes:
        number: that of its statement.
        back: the numbers of the loops that go back over its tapes.
        size: the bytes that an iteration stacks, without what loops in it do.
        nested: whether loops in it stack, too.
    """

    number: int
    back: tuple[int, ...]
    size: int
    nested: bool


def stacking(program: Program) -> dict[Operand, Stacking]:
    """The loops of a program that may be run again from checkpoints, by what they find."""
    loops: dict[Operand, tuple[int, Loop]] = {}
    for k, statement in enumerate(program.statements):
        loop = statement.operation
        if isinstance(loop, Loop) and _may_be_run_again(loop):
            loops[statement.target] = k, loop
    if not loops:
        return {}
    tapes: dict[Operand, Var] = {}  # and which loop stacks each
    back: dict[Operand, list[int]] = {found: [] for found in loops}
    going_back: dict[Operand, Var] = {}
    for k, statement in enumerate(program.statements):
        operation, operands = statement.operation, statement.operands
        if isinstance(operation, Result):
            if operation.kind == "stacked" and operands[0] in loops:
                tapes[statement.target] = operands[0]
            elif operation.kind == "trips" and operands[0] in going_back:
                loops.pop(going_back[operands[0]], None)
            continue
        owners = {tapes[o] for o in operands if type(o) is Var and o in tapes}
        if len(owners) == 1 and _goes_back(statement, tapes):
            (owner,) = owners
            back[owner].append(k)
            going_back[statement.target] = owner
        else:
            for owner in owners:
                loops.pop(owner, None)
    for output in program.outputs:
        if type(output) is Var and output in tapes:
            loops.pop(tapes[output], None)
    return {
        found: Stacking(k, tuple(back[found]), size_of(loop), stacks_inside(loop.body))
        for found, (k, loop) in loops.items()
        if back[found]
    }


def _may_be_run_again(loop: Loop) -> bool:
    carried = loop.body.inputs[: loop.carried]
    if loop.elements or loop.backward or any(v.aval is TAPE for v in carried):
        return False
    return bool(loop.stacked)


def _goes_back(statement: Statement, tapes: dict[Operand, Var]) -> bool:
    """Whether a loop goes back over tapes of one other, over no others, and stacks nothing."""
    loop = statement.operation
    if not isinstance(loop, Loop) or not loop.backward or loop.stacked:
        return False
    first, entries, fixed = loop.parts(statement.operands[1:])
    if any(type(o) is Var and o in tapes for o in (*first, *fixed)):
        return False
    return all(type(o) is Var and o in tapes for o in entries)


def with_checkpoints(program: Program) -> Program:
    """The program, in which the loops that may be run again stack no more than they may."""
    loops = stacking(program)
    known = {stacks.number: stacks for stacks in loops.values()}
    whose = {k: found for found, stacks in loops.items() for k in stacks.back}
    segments: dict[Operand, _Segments] = {}
    lines = Builder()
    for k, statement in enumerate(program.statements):
        operation, operands = statement.operation, statement.operands
        lines.span = statement.span
        if k in known:
            made = segments[statement.target] = _Segments(lines, statement, known[k])
            made.go_forward()
        elif k in whose:
            segments[whose[k]].go_back(statement)
        elif isinstance(operation, Result) and operands[0] in segments:
            lines.statements.append(segments[operands[0]].result(statement, operation))
        else:
            lines.statements.append(statement)
    changed = replace(program, statements=lines.statements)
    return name_uniquely(remove_dead_code(number_values(changed)))


class _Segments:
    """The segments of one loop.

    What the loop over them carries, before what the loop itself carries: how many iterations have
    been `made`, what the last segment `got` of what it was `asked` for (iterations, or bytes), and
    what the next may have.
    """

    OWN = 4

    def __init__(self, lines: Builder, statement: Statement, stacks: Stacking) -> None:
        self.lines = lines
        self.statement = statement
        self.size, self.nested = stacks.size, stacks.nested
        loop = statement.operation
        assert isinstance(loop, Loop)
        assert statement.target is not None
        self.loop = loop
        self.found = statement.target
        self.count = statement.operands[0]
        self.first, _, self.fixed = loop.parts(statement.operands[1:])
        self.over, self.segments = loop, self.found
        self.places: dict[Operand, Result] = {}  # of the tapes

    def go_forward(self) -> None:
        """The first iterations, which are stacked, and the segments after them."""
        lines, loop, carried = self.lines, self.loop, self.loop.carried
        length = Var("length", INT)
        room = Room(1 if self.nested else self.size)
        lines.statements.append(Statement(length, room, (), self.statement.span))
        asked = self._asked(lines, length, self.count)
        made, found = self._run(lines, loop, asked, self.count, self.first, self.fixed, self.found)
        states = [self._read(lines, found, Result.carried(loop, k)) for k in range(carried)]
        trips = self._read(lines, found, Result.trips())
        got = self._read(lines, found, Result.carried(made, carried)) if self.nested else trips
        self.over, self.segments = self._over_segments(), Var("segments", FOUND)
        first = (trips, got, asked, length, *states)
        fixed = (*self.fixed, *self._counted())
        operands = (None, *first, *fixed)
        lines.statements.append(Statement(self.segments, self.over, operands, lines.span))

    def _counted(self) -> tuple[Operand, ...]:
        """The count, if it varies: an invariant of the loop over segments."""
        return (self.count,) if type(self.count) is Var else ()

    def _asked(self, lines: Builder, length: Operand, left: Operand) -> Operand:
        if self.nested or left is None:
            return length
        return lines.minimum(length, left)

    def _run(
        self,
        lines: Builder,
        loop: Loop,
        asked: Operand,
        left: Operand,
        first: Sequence[Operand],
        fixed: Sequence[Operand],
        found: Var,
    ) -> tuple[Loop, Var]:
        """Run iterations, no more than may be stacked."""
        if self.nested:
            loop = ending_in_time(loop)
            operands = (left, *first, 0, *fixed, asked)
        else:
            loop = replace(loop, body=anew(loop.body))
            operands = (asked, *first, *fixed)
        lines.statements.append(Statement(found, loop, operands, self.statement.span))
        return loop, found

    def _over_segments(self) -> Loop:
        """The loop over segments: what each begins with is stacked, and how long it is."""
        loop, lines = self.loop, Builder()
        lines.span = self.statement.span
        own = [Var(name, INT) for name in ("made", "got", "asked", "length")]
        made, got, asked, length = own
        states, fixed = self._inputs(loop)
        count = [Var("count", operand_aval(o)) for o in self._counted()]
        left = None
        if self.count is not None:
            left = lines.sub(count[0] if count else self.count, made)
            self._guard(lines, lines.gt(left, 0))
        if loop.until:  # it has not come to its own end
            self._guard(lines, lines.ge(got, asked))
        longer = lines.add(length, self._growth())
        asks = self._asked(lines, longer, left)
        ran, found = self._run(lines, loop, asks, left, states, fixed, Var("segment", FOUND))
        after = [self._read(lines, found, Result.carried(loop, k)) for k in range(loop.carried)]
        trips = self._read(lines, found, Result.trips())
        gets = self._read(lines, found, Result.carried(ran, loop.carried)) if self.nested else trips
        inputs = (*own, *states, *fixed, *count)
        outputs = (lines.add(made, trips), gets, asks, longer, *after, *states, trips)
        name = f"{loop.body.name}_segment"
        body = Program(name, inputs, lines.statements, outputs)
        return Loop(body, self.OWN + loop.carried, until=True)

    def _growth(self) -> int:
        """How much longer each segment is than the one before: in iterations, or bytes."""
        inputs = self.loop.body.inputs[: self.loop.carried]
        state = sum([bytes_of(v.aval) for v in inputs]) + bytes_of(INT)
        return state if self.nested else -(-state // self.size)

    def go_back(self, statement: Statement) -> None:
        """The way back: over the segments, each of which is run again, and the first iterations."""
        loop, back, lines = self.loop, statement.operation, Builder()
        assert isinstance(back, Loop)
        lines.span = statement.span
        first, tapes, given = back.parts(statement.operands[1:])
        states, fixed = self._inputs(loop)
        cotangents = [Var(v.name, v.aval) for v in back.body.inputs[: back.carried]]
        own = [Var(v.name, v.aval) for v in back.parts(back.body.inputs)[2]]
        trips, found = Var("trips", INT), Var("segment", FOUND)
        again = replace(loop, body=anew(loop.body))
        lines.statements.append(Statement(found, again, (trips, *states, *fixed), lines.span))
        entries = [self._read(lines, found, self.places[t]) for t in tapes]
        inside = Var("back", FOUND)
        inner = replace(back, body=anew(back.body))
        operands = (None, *cotangents, *entries, *own)
        lines.statements.append(Statement(inside, inner, operands, lines.span))
        outputs = [self._read(lines, inside, Result.carried(back, k)) for k in range(back.carried)]
        inputs = (*cotangents, *states, trips, *fixed, *own)
        body = Program(f"{back.body.name}_segment", inputs, lines.statements, tuple(outputs))
        whole = Loop(body, back.carried, len(states) + 1, backward=True)
        lines, over = self.lines, Var("back", FOUND)
        stacked = [
            self._read(lines, self.segments, Result.stacked(self.over, k))
            for k in range(self.over.stacked)
        ]
        operands = (None, *first, *stacked, *self.fixed, *given)
        lines.statements.append(Statement(over, whole, operands, statement.span))
        reached = [self._read(lines, over, Result.carried(whole, k)) for k in range(back.carried)]
        operands = (None, *reached, *tapes, *given)
        lines.statements.append(Statement(statement.target, back, operands, statement.span))

    def result(self, statement: Statement, result: Result) -> Statement:
        """What reads a result of the loop, where that is now."""
        target, source = statement.target, self.segments
        if result.kind == "stacked":
            self.places[target] = result
            return statement
        moved = Result.carried(self.over, 0 if result.kind == "trips" else self.OWN + result.k)
        return Statement(target, moved, (source,), statement.span)

    def _inputs(self, loop: Loop) -> tuple[list[Var], list[Var]]:
        """Variables for what a loop carries, and for its invariants."""
        carried, _, fixed = loop.parts(loop.body.inputs)
        return [Var(v.name, v.aval) for v in carried], [Var(v.name, v.aval) for v in fixed]

    @staticmethod
    def _guard(lines: Builder, test: Operand) -> None:
        lines.statements.append(Statement(None, Guard("truth", True), (test,), lines.span))

    @staticmethod
    def _read(lines: Builder, found: Var, result: Result) -> Var:
        target = Var(result.kind, result.aval)
        lines.statements.append(Statement(target, result, (found,), lines.span))
        return target
