"""Derivatives of loops: loops whose bodies are made of the derivative of the body.

Forward, the tangents are carried beside the values. In reverse, the loop stacks what the reverse
lines of its body read, and a second loop goes back over that: it carries the cotangents of what the
first carries, and sums up those of the invariants.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from ..errors import SourceSpan
from ..operations.statements.builder import Builder
from ..operations.statements.counting import counting_in, step_of
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import (
    FOUND,
    Operand,
    Program,
    Statement,
    Var,
    operand_aval,
)
from .activity import dependent, is_zero, live_variables, zeros_of
from .cotangents import added_at
from .inside import (
    CHANCE_ZEROS,
    NO_ZEROS,
    Contribution,
    Jvp,
    Moved,
    Pulled,
    Vjp,
    conform,
    operations_in,
    tangent_for,
)
from .loop_activity import Activity, Key
from .saving import saved_of

# -- forward


def tangents_of(
    ops: Builder,
    statement: Statement,
    activity: Activity,
    tangents: Mapping[Var, Operand],
    still: Collection[Var],
    jvp: Jvp,
) -> Moved:
    """Append the loop with the tangents beside what it carries."""
    loop = statement.operation
    assert isinstance(loop, Loop)
    body, active = loop.body, set(activity.inputs)
    seeds = {v: Var(f"d_{v.name}", v.aval) for v in activity.inputs}
    stays = {
        v
        for v, o in zip(body.inputs, statement.operands[1:], strict=True)
        if v in active and (type(o) is not Var or o not in tangents or o in still)
    }
    while True:
        moved, found = jvp(body, activity.inputs, list(seeds.values()), stays)
        ends = {v for v, stay in zip(body.inputs[: loop.carried], found, strict=False) if stay}
        if stays.issuperset(ends & active):
            break
        stays |= ends & active
    values, changes = moved.outputs[: len(body.outputs)], moved.outputs[len(body.outputs) :]
    places: dict[Key, Result] = {}
    inputs: list[Var] = []
    operands: list[Operand] = []
    parts = zip(loop.parts(body.inputs), loop.parts(statement.operands[1:]), strict=True)
    for own, given in parts:
        beside = [(v, o) for v, o in zip(own, given, strict=True) if v in active]
        inputs += [*own, *[seeds[v] for v, _ in beside]]
        operands += [*given, *[tangent_for(ops, o, v.aval, tangents) for v, o in beside]]
    carried = [k for k, v in enumerate(body.inputs[: loop.carried]) if v in active]
    stacked = [k for k in range(loop.stacked) if ("stacked", k) in activity.results]
    outputs = [
        *values[: loop.carried],
        *[conform(changes[k], body.inputs[k].aval, moved.statements) for k in carried],
        *values[loop.carried :],
        *[changes[loop.carried + k] for k in stacked],
    ]
    elements = loop.elements + sum(v in active for v in loop.parts(body.inputs)[1])
    whole = Program(body.name, tuple(inputs), moved.statements, tuple(outputs))
    beside_it = replace(loop, body=whole, carried=loop.carried + len(carried), elements=elements)
    for n, k in enumerate(carried):
        places["carried", k] = Result.carried(beside_it, loop.carried + n)
    for n, k in enumerate(stacked):
        places["stacked", k] = Result.stacked(beside_it, loop.stacked + n)
    resting = {("carried", k) for k in carried if body.inputs[k] in stays}
    resting |= {("stacked", k) for k in stacked if found[loop.carried + k]}
    made = Statement(
        statement.target, beside_it, (statement.operands[0], *operands), statement.span
    )
    ops.statements.append(made)
    return Moved(places, resting)


# -- reverse


def pulled_back(
    ops: Builder,
    statement: Statement,
    activity: Activity,
    given: Mapping[Key, Operand],
    zeros: Mapping[Key, int],
    vjp: Vjp,
    taken_out: Callable[[Var], Operand | None],
) -> Pulled:
    """Append the loop that goes back, and have the loop itself stack what that reads.

    The statement of the loop is changed in place: its results stay what they are, it only stacks
    more. So the loop runs once, however many sweeps go back through it.

    Args:
        ops: what the lines are appended to.
        statement: the loop.
        activity: what of it is differentiated.
        given: the cotangents of its results.
        zeros: where they may be zero for certain.
        vjp: the reverse sweep through a body.
        taken_out: takes out what there is of a cotangent, for the loop back to add to.
    """
    loop = statement.operation
    assert isinstance(loop, Loop)
    sweep = _Back(ops, statement, loop, activity, given)
    sweep.reach()
    sweep.go_back(zeros, vjp)
    return sweep.append(taken_out)


class _Back:
    """The reverse of one loop."""

    def __init__(
        self,
        ops: Builder,
        statement: Statement,
        loop: Loop,
        activity: Activity,
        given: Mapping[Key, Operand],
    ) -> None:
        self.ops = ops
        self.statement = statement
        self.loop = loop
        self.activity = activity
        self.given = given
        self.carried = sorted(k for kind, k in given if kind == "carried")
        self.stacked = sorted(k for kind, k in given if kind == "stacked")
        self.wrt: list[Var] = []
        self.onto: dict[Var, Var] = {}  # the sums that arms, and loops inside, add to
        self.seeds: list[Var] = []
        self.saved: list[Var] = []
        self.after: dict[int, Var] = {}  # carried values that are counted back, at the end
        self.zeros: dict[Var, int] = {}

    def go_back(self, given: Mapping[Key, int], vjp: Vjp) -> None:
        """Go back through an iteration, with what may be zero for certain in any of them."""
        outputs, carried = self.outputs(), [self.loop.body.inputs[k] for k in self.carried]
        # (Of what nobody reads after the last iteration the cotangent is zero there.)
        zeros = [given.get(("carried", k), CHANCE_ZEROS) for k in self.carried]
        entries = [given["stacked", k] for k in self.stacked]
        before = list(operations_in(outputs))
        for rounds in range(3):
            for statement, operation in before if rounds else ():
                statement.operation = operation  # a round has each hand out what it reads
            derived, found = vjp(outputs, self.wrt, self.seeds, [*zeros, *entries], self.onto)
            cotangents = dict(zip(self.wrt, derived.outputs[len(self.seeds) :], strict=True))
            self.zeros = dict(zip(self.wrt, found, strict=True))
            for var, level in zip(carried, zeros, strict=True):
                reset = CHANCE_ZEROS if is_zero(cotangents[var]) else NO_ZEROS
                self.zeros[var] = max(self.zeros[var], level, reset)
            now = [self.zeros[var] for var in carried]
            if now == zeros:
                break
            zeros = [max(now)] * len(now) if rounds else now
        self.take_apart(derived)

    def reach(self) -> None:
        """Find which carried values have a cotangent in any iteration."""
        loop, active = self.loop, self.activity.inputs
        carried = set(self.carried)
        while True:
            self.carried = sorted(carried)
            live = live_variables(self.outputs(), set(self.activity.within))
            reached = {k for k, v in enumerate(loop.body.inputs[: loop.carried]) if v in live}
            more = {k for k in reached if loop.body.inputs[k] in active} - carried
            if not more:
                break
            carried |= more
        own = {loop.body.inputs[k] for k in self.carried}
        rest = loop.body.inputs[loop.carried :]
        kept = [v for v in loop.body.inputs if v in own]
        self.wrt = [*kept, *[v for v in rest if v in live and v in active]]
        given = _given_inside(loop.body)
        fixed = loop.parts(loop.body.inputs)[2]
        sums = [v for v in self.wrt if v in fixed and v in given]
        self.onto = {v: Var(f"{v.name}_bar", v.aval) for v in sums}
        avals = [operand_aval(o) for o in self.outputs().outputs]
        names = [f"{o.name}_bar" if type(o) is Var else "bar" for o in self.outputs().outputs]
        self.seeds = [Var(name, aval) for name, aval in zip(names, avals, strict=True)]
        for k, var in zip(self.carried, self.seeds, strict=False):
            var.aval = loop.body.inputs[k].aval

    def outputs(self) -> Program:
        """The body, with those outputs that have a cotangent."""
        body = self.loop.body
        chosen = [body.outputs[k] for k in self.carried]
        chosen += [body.outputs[self.loop.carried + k] for k in self.stacked]
        return Program(body.name, body.inputs, body.statements, tuple(chosen))

    def take_apart(self, derived: Program) -> None:
        """Divide a derived body in what goes forward, what goes back, and what the latter reads."""
        own = {*self.seeds, *self.onto.values()}
        back, self.forward = dependent(derived.statements, own)
        self.cotangents = list(derived.outputs[len(self.outputs().outputs) :])
        needed = {o for o in self.cotangents if type(o) is Var}
        kept = []
        for statement in reversed(back):
            if statement.target in needed:
                kept.append(statement)
                needed.update([o for o in statement.operands if type(o) is Var])
        self.back = kept[::-1]
        self._choose_saved(needed - own - {s.target for s in self.back})

    def _choose_saved(self, read: set[Var]) -> None:
        loop = self.loop
        fixed = loop.parts(loop.body.inputs)[2]
        carried, outputs = loop.body.inputs[: loop.carried], loop.body.outputs[: loop.carried]
        counting = counting_in(carried, outputs, self.forward)
        self.saved, self.again = saved_of(loop.body, fixed, self.forward, read, counting)
        for k, var in enumerate(carried):
            step = step_of(var, outputs[k], self.forward) if var in self.saved else None
            if step is not None:
                self.saved.remove(var)
                after = self.after[k] = Var(var.name, var.aval)
                back = Template.of((0, Literal.of(step), "sub"))
                self.again.insert(0, Statement(var, back, (after,), self.statement.span))
        reads = {o for s in (*self.again, *self.back) for o in s.operands if type(o) is Var}
        reads.update(o for o in self.cotangents if type(o) is Var)
        self.fixed = [v for v in fixed if v in reads]

    def _counted(self, k: int, start: Operand) -> int | None:
        """What a number that counts is after the loop, if that is known: nothing need be kept."""
        loop, count = self.loop, self.statement.operands[0]
        step = step_of(loop.body.inputs[k], loop.body.outputs[k], self.forward)
        if loop.until or type(count) is not int or type(start) is not int or step is None:
            return None
        return start + step * max(count, 0)

    def append(self, taken_out: Callable[[Var], Operand | None]) -> Pulled:
        """The loop that stacks more, and the loop back."""
        loop, statement = self.loop, self.statement
        body = loop.body
        found = statement.target
        assert found is not None
        span = statement.span
        carried = body.inputs[: loop.carried]
        given = dict(zip(body.inputs, statement.operands[1:], strict=True))
        tapes = self._tapes(found, given)
        invariants = set(loop.parts(body.inputs)[2])
        cotangents = {
            v: ct
            for v, ct in zip(self.wrt, self.cotangents, strict=True)
            if not is_zero(ct) and ct is not self.onto.get(v)
        }
        lines = Builder()
        lines.statements = [*self.again, *self.back]
        sums = [v for v in cotangents if v in invariants]
        totals = {v: self.onto.get(v) or Var(f"{v.name}_bar", v.aval) for v in sums}
        handed = [
            conform(cotangents[body.inputs[k]], body.inputs[k].aval, lines.statements)
            if body.inputs[k] in cotangents
            else zeros_of(body.inputs[k].aval)
            for k in self.carried
        ]
        for var in sums:
            lines.hint, lines.span = f"{var.name}_bar", span
            if var in self.onto:
                handed.append(conform(cotangents[var], var.aval, lines.statements))
            else:
                handed.append(self._added(lines, totals[var], cotangents[var]))
        elements = [v for v in cotangents if v not in invariants and v not in carried]
        own_seeds = self.seeds[: len(self.carried)]
        read = [*self.saved, *self.seeds[len(self.carried) :]]
        inputs = (*own_seeds, *totals.values(), *self.after.values(), *read, *self.fixed)
        handed += [body.inputs[k] for k in self.after]
        made = Loop(
            Program(
                f"{body.name}_bar",
                inputs,
                lines.statements,
                (*handed, *[cotangents[v] for v in elements]),
            ),
            carried=len(own_seeds) + len(totals) + len(self.after),
            elements=len(read),
            backward=not loop.backward,
        )
        first = [
            conform(self.given["carried", k], body.inputs[k].aval, self.ops.statements)
            if ("carried", k) in self.given
            else zeros_of(body.inputs[k].aval)
            for k in self.carried
        ]
        first += [self._start(v, given[v], taken_out) for v in sums]
        first += [
            self._result(found, Result.carried(loop, k), var.name, span) if end is None else end
            for k, var in self.after.items()
            for end in (self._counted(k, given[body.inputs[k]]),)
        ]
        tapes += [self.given["stacked", k] for k in self.stacked]
        known = not loop.until and not loop.elements  # a count below zero makes no iteration
        count = statement.operands[0] if known else None
        if not tapes and not known:
            count = self._result(found, Result.trips(), "trips", span)
        back = Var("back", FOUND)
        operands = (None if tapes else count, *first, *tapes, *[given[v] for v in self.fixed])
        self.ops.statements.append(Statement(back, made, operands, span))
        level = max([self.zeros[var] for var in elements], default=NO_ZEROS)
        pulled = Pulled([], [], max(level, CHANCE_ZEROS))
        for n, var in enumerate([*[body.inputs[k] for k in self.carried], *sums]):
            operand = given[var]
            # Without an iteration the cotangents of what is carried stay what they are.
            if type(operand) is Var and (n < len(self.carried) or var in cotangents):
                result = self._result(back, Result.carried(made, n), f"{operand.name}_bar", span)
                # Without an iteration nothing reaches an invariant.
                summed = n >= len(self.carried)
                zeros = max(self.zeros[var], CHANCE_ZEROS) if summed else self.zeros[var]
                pulled.numbers.append(Contribution(operand, result, zeros))
        for n, var in enumerate(elements):
            result = self._result(back, Result.stacked(made, n), f"{var.name}_bar", span)
            pulled.tapes.append((given[var], result, var.aval))
        return pulled

    def _start(
        self, var: Var, operand: Operand, taken_out: Callable[[Var], Operand | None]
    ) -> Operand:
        """What the sum of an invariant's cotangents starts from: of an array, what there is.

        So a loop in a loop does not add up an array for what it adds at single places.
        """
        if var.aval.shape and type(operand) is Var:
            whole = taken_out(operand)
            if whole is not None:
                return conform(whole, var.aval, self.ops.statements)
        return zeros_of(var.aval)

    def _added(self, lines: Builder, total: Var, part: Operand) -> Operand:
        """The sum of what there is and of what an iteration adds: at single places, one by one."""
        made = next((s for s in self.back if s.target is part), None)
        if made is None or made.operation.name != "scatter_sum":
            return lines.apply("add", total, conform(part, total.aval, lines.statements))
        assert isinstance(made.operation, Structural)
        indexes = made.operation.params["indexes"]
        parts, places = made.operands[: len(indexes)], made.operands[len(indexes) :]
        whole: Operand = total
        for index, one in zip(indexes, parts, strict=True):
            whole = added_at(lines, whole, one, places, index)
        return whole

    def _tapes(self, found: Var, given: Mapping[Var, Operand]) -> list[Operand]:
        """The tapes of what is saved: those that the loop reads, and those that it writes."""
        loop, statement = self.loop, self.statement
        body = loop.body
        stacked = list(body.outputs[loop.carried :])
        read = loop.parts(body.inputs)[1]
        places = {o: k for k, o in enumerate(stacked) if type(o) is Var}
        for var in self.saved:
            if var not in read and var not in places:
                places[var] = len(stacked)
                stacked.append(var)
        outputs = (*body.outputs[: loop.carried], *stacked)
        made = replace(
            loop, body=Program(body.name, body.inputs, self.forward, outputs, body.extra)
        )
        statement.operation = made
        return [
            given[v]
            if v in read
            else self._result(found, Result.stacked(made, places[v]), v.name, statement.span)
            for v in self.saved
        ]

    def _result(self, found: Var, result: Result, name: str, span: SourceSpan | None) -> Var:
        target = Var(name, result.aval)
        self.ops.statements.append(Statement(target, result, (found,), span))
        return target


def _given_inside(body: Program) -> set[Operand]:
    """What branches in a body are given, and the arrays that loops in it do not change."""
    found: set[Operand] = set()
    for statement in body.statements:
        operation = statement.operation
        if isinstance(operation, Branch):
            found.update([o for o in statement.operands if type(o) is Var])
        elif isinstance(operation, Loop):
            fixed = operation.parts(statement.operands[1:])[2]
            found.update([o for o in fixed if type(o) is Var and o.aval.shape])
    return found
