"""Derivatives of branches: branches over the same condition, whose arms are derivatives of arms.

Forward, tangents come out of an arm beside the values. In reverse, each arm hands out what its
reverse lines read, and a second branch goes back: what an arm has no part in has the cotangent
zero, or stays what it is where there is one to add to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from ..operations.statements.builder import Builder
from ..program.branches import Branch
from ..program.loops import TAPE, Result
from ..program.program import FOUND, Aval, Operand, Program, Statement, Var, operand_aval
from .activity import dependent, live_variables
from .inside import ANY_ZEROS, NO_ZEROS, Contribution, Jvp, Moved, Pulled, Vjp, conform, tangent_for
from .loop_activity import Activity, Key
from .saving import saved_of
from .slots import Handing, Slot, handing_out
from .tapes import entry_of, zero_tape

# -- forward


def tangents_in_arms(
    ops: Builder,
    statement: Statement,
    activity: Activity,
    tangents: Mapping[Var, Operand],
    still: Collection[Var],
    jvp: Jvp,
) -> Moved:
    """Append the branch with the tangents beside its results."""
    branch = statement.operation
    assert isinstance(branch, Branch)
    active, moved = set(activity.inputs), sorted(k for _, k in activity.results)
    condition, *given = statement.operands
    moving = [
        tangent_for(ops, o, v.aval, tangents)
        for v, o in zip(branch.arms[0].inputs, given, strict=True)
        if v in active
    ]
    beside = [t for t in moving if type(t) is Var]
    arms = []
    resting: set[Key] = set()
    for arm in branch.arms:
        wrt = [v for v in arm.inputs if v in active]
        own = [
            Var(f"d_{v.name}", v.aval) if type(t) is Var else t  # a constant is known in the arm
            for v, t in zip(wrt, moving, strict=True)
        ]
        seeds = [t for t in own if type(t) is Var]
        stays = {v for v, o in zip(arm.inputs, given, strict=True) if v in active and o in still}
        derived, found = jvp(arm, wrt, own, stays)
        resting |= {("joined", k) for k in moved if found[k] and arm.outputs[k] is not None}
        count = len(arm.outputs)
        values, changes = derived.outputs[:count], derived.outputs[count:]
        lines = derived.statements
        outputs = [*values, *[_tangent(arm, k, branch.joined(k), changes[k], lines) for k in moved]]
        arms.append(Program(arm.name, (*arm.inputs, *seeds), lines, tuple(outputs)))
    made = Branch((arms[0], arms[1]))
    operands = (condition, *given, *beside)
    ops.statements.append(Statement(statement.target, made, operands, statement.span))
    count = len(branch.arms[0].outputs)
    places: dict[Key, Result] = {
        ("joined", k): Result.joined(made, count + n) for n, k in enumerate(moved)
    }
    return Moved(places, resting)


def _tangent(
    arm: Program, k: int, aval: Aval, tangent: Operand, statements: list[Statement]
) -> Operand:
    """The tangent of an output of an arm, in the shape and dtype of the result."""
    output = arm.outputs[k]
    if output is None:
        return None
    if aval is not TAPE:
        return conform(tangent, aval, statements)
    if tangent is None:
        return zero_tape(statements, output, entry_of(arm, output))
    return tangent


# -- reverse


def pulled_through(
    ops: Builder,
    statement: Statement,
    activity: Activity,
    given: Mapping[Key, Operand],
    zeros: Mapping[Key, int],
    vjp: Vjp,
    taken_out: Callable[[Var], Operand | None],
) -> Pulled:
    """Append the branch that goes back, and have the branch itself hand out what that reads.

    As that of a loop, the statement is changed in place.

    Args:
        ops: what the lines are appended to.
        statement: the branch.
        activity: what of it is differentiated.
        given: the cotangents of its results.
        zeros: where they may be zero for certain.
        vjp: the reverse sweep through an arm.
        taken_out: what there is of the cotangent of an operand, to which the arms add.
    """
    back = _Back(ops, statement, activity, given, zeros, vjp)
    return back.append(taken_out) if back.places else Pulled([], [], NO_ZEROS)


class _Arm:
    """The reverse of one arm."""

    def __init__(self, arm: Program, outputs: Sequence[Operand], activity: Activity) -> None:
        self.program = arm
        self.chosen = Program(arm.name, arm.inputs, arm.statements, tuple(outputs))
        live = live_variables(self.chosen, set(activity.within))
        active = set(activity.inputs)
        self.reached = {k for k, v in enumerate(arm.inputs) if v in live and v in active}
        self.seeds: list[Var] = []
        self.totals: dict[Var, Var] = {}

    def derive(
        self,
        places: Sequence[int],
        given: Sequence[Operand],
        wholes: Sequence[Operand],
        zeros: Sequence[int],
        vjp: Vjp,
    ) -> None:
        """Go back, and divide what comes of it in what goes forward and what goes back.

        Args:
            places: for which inputs cotangents are asked.
            given: the cotangents of the results; a constant is known in the arm itself.
            wholes: what those asked for are added to.
            zeros: where those given may be zero for certain.
            vjp: the reverse sweep.
        """
        arm = self.program
        wrt = [arm.inputs[k] for k in places]
        cotangents = []
        for output, ct in zip(self.chosen.outputs, given, strict=True):
            if type(ct) is Var:
                name = f"{output.name if type(output) is Var else 't'}_bar"
                self.seeds.append(Var(name, ct.aval))
                ct = self.seeds[-1]
            cotangents.append(ct)
        onto: dict[Var, Operand] = {}
        for var, whole in zip(wrt, wholes, strict=True):
            if type(whole) is Var:
                self.totals[var] = Var(f"{var.name}_bar", var.aval)
            if whole is not None:
                onto[var] = self.totals.get(var, whole)
        derived, levels = vjp(self.chosen, wrt, cotangents, zeros, onto)
        own = {*self.seeds, *self.totals.values()}
        back, self.forward = dependent(derived.statements, own)
        self.cotangents = list(derived.outputs[len(given) :])
        self.levels = dict(zip(places, levels, strict=True))
        needed = {o for o in self.cotangents if type(o) is Var}
        self.back: list[Statement] = []
        for line in reversed(back):
            if line.target in needed:
                self.back.insert(0, line)
                needed.update([o for o in line.operands if type(o) is Var])
        read = needed - own - {s.target for s in self.back}
        saved, again = saved_of(arm, (), self.forward, read)
        self.saved = [v for v in saved if v not in arm.inputs]
        self.lines = [*again, *self.back]

    def reads(self) -> set[Var]:
        found = {o for s in self.lines for o in s.operands if type(o) is Var}
        return found | {o for o in self.cotangents if type(o) is Var}


class _Back:
    """The reverse of one branch."""

    def __init__(
        self,
        ops: Builder,
        statement: Statement,
        activity: Activity,
        given: Mapping[Key, Operand],
        zeros: Mapping[Key, int],
        vjp: Vjp,
    ) -> None:
        branch = statement.operation
        assert isinstance(branch, Branch)
        self.ops, self.statement, self.branch = ops, statement, branch
        self.vjp = vjp
        self.results = sorted(k for _, k in given)
        self.zeros = [zeros["joined", k] for k in self.results]
        self.given = [given["joined", k] for k in self.results]
        self.avals = [branch.joined(k) for k in self.results]
        self.arms = [
            _Arm(arm, [arm.outputs[k] for k in self.results], activity) for arm in branch.arms
        ]
        self.places = sorted(self.arms[0].reached | self.arms[1].reached)

    def append(self, taken_out: Callable[[Var], Operand | None]) -> Pulled:
        """The branch that hands out more, and the branch back."""
        operands = self.statement.operands[1:]
        # (An operand that is given twice is added to where it is given first.)
        wholes: list[Operand] = []
        for n, k in enumerate(self.places):
            operand = operands[k]
            first = all(operands[j] is not operand for j in self.places[:n])
            known = type(operand) is Var and operand.aval is not TAPE and first
            whole = taken_out(operand) if known else None
            if whole is not None:
                whole = conform(whole, operand.aval, self.ops.statements)
            wholes.append(whole)
        added_to = {k for k, w in zip(self.places, wholes, strict=True) if w is not None}
        given = [
            conform(ct, aval, self.ops.statements)
            for ct, aval in zip(self.given, self.avals, strict=True)
        ]
        for arm in self.arms:
            arm.derive(self.places, given, wholes, self.zeros, self.vjp)
        self._leave_out_tapes()
        if any(type(o) is Var for o in (*given, *wholes)):
            found, made, start = self._second([o for o in (*given, *wholes) if type(o) is Var])
        else:
            found, made, start = self._first()
        pulled = Pulled([], [], NO_ZEROS)
        for n, k in enumerate(self.places):
            operand = operands[k]
            if type(operand) is not Var:
                continue
            result = Result.joined(made, start + n)
            ct = Var(f"{operand.name}_bar", result.aval)
            self.ops.statements.append(Statement(ct, result, (found,), self.statement.span))
            reaching = [n for n, arm in enumerate(self.arms) if k in arm.reached]
            zeros = max(self.arms[n].levels[k] for n in reaching)
            side = reaching[0] if len(reaching) == 1 else None
            if result.aval is TAPE:
                assert result.entry is not None
                pulled.tapes.append((operand, ct, result.entry))
                pulled.zeros = max(pulled.zeros, zeros if side is None else ANY_ZEROS)
            elif k in added_to:
                pulled.numbers.append(Contribution(operand, ct, NO_ZEROS))
            else:
                pulled.numbers.append(Contribution(operand, ct, zeros, side))
        return pulled

    def _first(self) -> tuple[Var, Branch, int]:
        """Have the branch itself compute the cotangents, which depend on nothing that follows."""
        arms, start = [], len(self.branch.arms[0].outputs)
        for arm in self.arms:
            own, lines = arm.program, arm.forward
            outputs = (*own.outputs, *self._cotangents(arm, lines))
            arms.append(Program(own.name, own.inputs, lines, outputs, own.extra))
        found, made = self.statement.target, Branch((arms[0], arms[1]))
        assert found is not None
        self.statement.operation = made
        return found, made, start

    def _second(self, given: Sequence[Var]) -> tuple[Var, Branch, int]:
        """Append the branch back, given cotangents, and what those of operands are added to."""
        operands, slots = self.statement.operands[1:], self._slots()
        read = [
            k
            for k in range(len(operands))
            if any(a.program.inputs[k] in a.reads() for a in self.arms)
            or (k in self.places and operand_aval(operands[k]) is TAPE)
        ]
        arms = []
        for n, arm in enumerate(self.arms):
            inputs = (
                *arm.seeds,
                *arm.totals.values(),
                *[slot.input(n) for slot in slots],
                *[arm.program.inputs[k] for k in read],
            )
            outputs = self._cotangents(arm, arm.lines)
            arms.append(Program(f"{arm.program.name}_bar", inputs, arm.lines, outputs))
        back, made = Var("back", FOUND), Branch((arms[0], arms[1]))
        handed = [self._result(slot) for slot in slots]
        reads = (self.statement.operands[0], *given, *handed, *[operands[k] for k in read])
        self.ops.statements.append(Statement(back, made, reads, self.statement.span))
        return back, made, 0

    def _leave_out_tapes(self) -> None:
        """Give no cotangent of a tape that has none in either arm."""
        each = zip(*[arm.cotangents for arm in self.arms], strict=True)
        kept = [n for n, (a, b) in enumerate(each) if a is not None or b is not None]
        self.places = [self.places[n] for n in kept]
        for arm in self.arms:
            arm.cotangents = [arm.cotangents[n] for n in kept]

    def _cotangents(self, arm: _Arm, lines: list[Statement]) -> tuple[Operand, ...]:
        """What an arm gives for its inputs."""
        found: list[Operand] = []
        for k, ct in zip(self.places, arm.cotangents, strict=True):
            var = arm.program.inputs[k]
            if var.aval is not TAPE:
                ct = conform(ct, var.aval, lines)
            elif ct is None:
                ct = zero_tape(lines, var, self._entry(k))
            found.append(ct)
        return tuple(found)

    def _entry(self, k: int) -> Aval:
        """What the entries of a tape are that one arm alone reads."""
        for arm in self.arms:
            ct = arm.cotangents[self.places.index(k)]
            if ct is not None:
                return entry_of(Program("", (), [*arm.forward, *arm.lines], ()), ct)
        raise AssertionError("a tape that no arm reads")

    def _slots(self) -> list[Slot]:
        """Where the arms put what they save."""
        handing = [Handing(a.program, a.forward, a.program.outputs, a.saved) for a in self.arms]
        self.branch, slots = handing_out(handing)
        self.statement.operation = self.branch
        return slots

    def _result(self, slot: Slot) -> Var:
        result = Result.joined(self.branch, slot.k)
        target = Var(slot.name(), result.aval)
        found = self.statement.target
        self.ops.statements.append(Statement(target, result, (found,), self.statement.span))
        return target
