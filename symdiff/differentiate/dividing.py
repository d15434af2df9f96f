"""What of a program depends on some variables, and what does not: inside loops and branches, too.

A loop that carries values and tangents side by side becomes two: one that computes the values, and
stacks what the other reads, and one over those tapes that carries the tangents. A branch becomes
two over one condition. So a linear map is run again without what it is linear at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from ..errors import LoopError
from ..operations.statements.counting import counting_in, step_of
from ..operations.table.template import Literal, Template
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import FOUND, Operand, Program, Statement, Var, bodies_of
from .loop_activity import Key
from .saving import saved_of
from .slots import Handing, handing_out


def divided(program: Program, seeds: Collection[Var]) -> Program:
    """The program, in which no loop or branch computes both what depends on some variables and
    what does not.

    What goes back through a loop counts as dependent as a whole: what it computes again from tapes
    was worth no tape of its own.

    Args:
        program: what is divided.
        seeds: its inputs, or variables that it reads.

    Raises:
        LoopError: what does not depend on them cannot be had by itself.
    """
    statements, _ = _Division(program.statements, seeds).run()
    return replace(program, statements=statements)


class _Division:
    """The division of the statements of one program."""

    def __init__(self, statements: Sequence[Statement], seeds: Iterable[Var]) -> None:
        self.given = statements
        self.reached = set(seeds)
        self.statements: list[Statement] = []
        self.divided: dict[Var, dict[Key, tuple[Var, Result]]] = {}
        self.read: dict[Var, set[Key]] = {}
        for statement in statements:
            result = statement.operation
            if isinstance(result, Result):
                self.read.setdefault(statement.operands[0], set()).add((result.kind, result.k))

    def run(self) -> tuple[list[Statement], set[Var]]:
        """The statements, and the variables that depend on the seeds."""
        for statement in self.given:
            operation = statement.operation
            if isinstance(operation, Result) and statement.operands[0] in self.divided:
                places = self.divided[statement.operands[0]]
                found, result = places[operation.kind, operation.k]
                statement = Statement(statement.target, result, (found,), statement.span)
            elif bodies_of(operation) and self.depends(statement.operands):
                if isinstance(operation, Loop):
                    self.loop(operation, statement)
                else:
                    assert isinstance(operation, Branch)
                    self.branch(operation, statement)
                continue
            self.append(statement)
        return self.statements, self.reached

    def depends(self, operands: Iterable[Operand]) -> bool:
        return any(type(o) is Var and o in self.reached for o in operands)

    def append(self, statement: Statement) -> None:
        self.statements.append(statement)
        if self.depends(statement.operands):
            if statement.target is None:
                raise LoopError("a decision that depends on a tangent", where=statement.span)
            self.reached.add(statement.target)

    def results(self, places: dict[Key, tuple[Var, Result]], statement: Statement) -> None:
        assert statement.target is not None
        self.divided[statement.target] = places

    # -- loops

    def loop(self, loop: Loop, statement: Statement) -> None:
        body, operands = loop.body, statement.operands
        linear = {k for k, o in enumerate(operands[1:]) if self.depends((o,))}
        while True:
            inside = _Division(body.statements, [body.inputs[k] for k in linear])
            lines, reached = inside.run()
            outputs = {k for k, o in enumerate(body.outputs) if type(o) is Var and o in reached}
            more = {k for k in outputs if k < loop.carried} - linear
            if not more:
                break
            linear |= more
        if not self._is_worth_while(loop, statement, linear, outputs):
            self.append(statement)
            return
        _Loop(self, loop, statement, linear, outputs, lines, reached).append()

    def _is_worth_while(
        self, loop: Loop, statement: Statement, linear: set[int], outputs: set[int]
    ) -> bool:
        """Whether a loop computes more than what depends on the seeds and what that counts by."""
        assert statement.target is not None
        for kind, k in self.read.get(statement.target, ()):
            place = k if kind == "carried" else loop.carried + k
            moving = linear if kind == "carried" else outputs
            if kind == "trips" or place not in moving:
                return True
        body = loop.body
        return any(
            k not in linear
            and body.outputs[k] is not var
            and step_of(var, body.outputs[k], body.statements) is None
            for k, var in enumerate(body.inputs[: loop.carried])
        )

    # -- branches

    def branch(self, branch: Branch, statement: Statement) -> None:
        assert statement.target is not None
        if self.depends(statement.operands[:1]):
            raise LoopError("a decision that depends on a tangent", where=statement.span)
        given = statement.operands[1:]
        linear = [k for k, o in enumerate(given) if self.depends((o,))]
        arms = [_Arm(arm, linear) for arm in branch.arms]
        moved = sorted({k for arm in arms for k in arm.outputs})
        read = {k for _, k in self.read.get(statement.target, ())}
        if read.issubset(moved):
            self.append(statement)
            return
        rest = [k for k in range(len(branch.arms[0].outputs)) if k not in moved]
        for arm in arms:
            arm.take_apart(moved)
        handing = [Handing(a.program, a.known, a.chosen(rest), a.saved) for a in arms]
        made, slots = handing_out(handing)
        found = Var(statement.target.name, FOUND)
        whole = Statement(statement.target, made, statement.operands, statement.span)
        self.statements.append(whole)
        handed = []
        for slot in slots:
            result = Result.joined(made, slot.k)
            handed.append(Var(slot.name(), result.aval))
            reading = Statement(handed[-1], result, (statement.target,), statement.span)
            self.statements.append(reading)
        fixed = [k for k in range(len(given)) if any(a.reads_input(k) for a in arms)]
        back = []
        for n, arm in enumerate(arms):
            inputs = (*[s.input(n) for s in slots], *[arm.program.inputs[k] for k in fixed])
            name = arm.program.name
            back.append(Program(name, inputs, arm.lines, tuple(arm.chosen(moved))))
        second = Branch((back[0], back[1]))
        reads = (statement.operands[0], *handed, *[given[k] for k in fixed])
        self.append(Statement(found, second, reads, statement.span))
        self.reached.add(found)
        places: dict[Key, tuple[Var, Result]] = {
            ("joined", k): (statement.target, Result.joined(made, n)) for n, k in enumerate(rest)
        }
        for n, k in enumerate(moved):
            places["joined", k] = found, Result.joined(second, n)
        self.results(places, statement)


class _Arm:
    """One arm of a branch that is divided."""

    def __init__(self, arm: Program, linear: Sequence[int]) -> None:
        self.program = arm
        self.seeds = [arm.inputs[k] for k in linear]
        self.statements, self.reached = _Division(arm.statements, self.seeds).run()
        self.outputs = {
            k for k, o in enumerate(arm.outputs) if type(o) is Var and o in self.reached
        }

    def chosen(self, places: Sequence[int]) -> list[Operand]:
        return [self.program.outputs[k] for k in places]

    def take_apart(self, moved: Sequence[int]) -> None:
        """Divide the lines, and choose what the linear ones are handed."""
        self.known, linear, read = _taken_apart(self.statements, self.reached, self.chosen(moved))
        read -= set(self.seeds)
        saved, again = saved_of(self.program, (), self.known, read)
        self.saved = [v for v in saved if v not in self.program.inputs]
        self.lines = [*again, *linear]
        self.reads = {o for s in self.lines for o in s.operands if type(o) is Var}
        self.reads.update(o for o in self.chosen(moved) if type(o) is Var)

    def reads_input(self, k: int) -> bool:
        return self.program.inputs[k] in self.reads


class _Loop:
    """A loop that is divided in two."""

    def __init__(
        self,
        division: _Division,
        loop: Loop,
        statement: Statement,
        linear: set[int],
        outputs: set[int],
        lines: list[Statement],
        reached: set[Var],
    ) -> None:
        self.division, self.loop, self.statement = division, loop, statement
        self.linear = linear
        self.given = dict(zip(loop.body.inputs, statement.operands[1:], strict=True))
        carried = range(loop.carried)
        self.moving = [k for k in carried if k in linear]
        self.staying = [k for k in carried if k not in linear]
        stacked = range(loop.stacked)
        self.moved = [k for k in stacked if loop.carried + k in outputs]
        self.kept = [k for k in stacked if loop.carried + k not in outputs]
        body = loop.body
        self.seeds = {body.inputs[k] for k in linear}
        ends = [body.outputs[k] for k in self.moving]
        ends += [body.outputs[loop.carried + k] for k in self.moved]
        self.known, self.lines, self.read = _taken_apart(lines, reached, ends)
        self.read -= self.seeds
        self.ends = ends

    def append(self) -> None:
        """Append the loop that computes what is known, and the one over what it has stacked."""
        loop, statement, body = self.loop, self.statement, self.loop.body
        found = statement.target
        assert found is not None
        own_inputs = [v for v in body.inputs if v not in self.seeds]
        parts = [[v for v in p if v not in self.seeds] for p in loop.parts(body.inputs)]
        if loop.elements and not parts[1]:
            raise LoopError("a loop over tapes of tangents alone", where=statement.span)
        first = [body.outputs[k] for k in self.staying]
        stacked: list[Operand] = [body.outputs[loop.carried + k] for k in self.kept]
        whole = Program(body.name, tuple(own_inputs), self.known, (*first, *stacked), body.extra)
        counting = counting_in([body.inputs[k] for k in self.staying], first, self.known)
        saved, again = saved_of(whole, parts[2], self.known, self.read, counting)
        counted: dict[int, int] = {}
        for k in self.staying:
            var = body.inputs[k]
            step = step_of(var, body.outputs[k], self.known) if var in saved else None
            if step is not None:
                saved.remove(var)
                counted[k] = step
        written = {o: n for n, o in reversed([*enumerate(stacked)]) if type(o) is Var}
        for var in saved:
            if var not in parts[1] and var not in written:
                written[var] = len(stacked)
                stacked.append(var)
        whole.outputs = (*first, *stacked)
        known = replace(loop, body=whole, carried=len(first), elements=len(parts[1]))
        operands = (statement.operands[0], *[self.given[v] for v in own_inputs])
        self.division.statements.append(Statement(found, known, operands, statement.span))
        tapes = [
            self.given[v]
            if v in parts[1]
            else self._result(found, Result.stacked(known, written[v]), v.name)
            for v in saved
        ]
        second, made, counts = self._second(found, parts[2], saved, again, counted, tapes)
        places: dict[Key, tuple[Var, Result]] = {("trips", 0): (found, Result.trips())}
        for n, k in enumerate(self.staying):
            places["carried", k] = found, Result.carried(known, n)
        for n, k in enumerate(self.kept):
            places["stacked", k] = found, Result.stacked(known, n)
        for n, k in enumerate(self.moving):
            places["carried", k] = second, Result.carried(made, counts + n)
        for n, k in enumerate(self.moved):
            places["stacked", k] = second, Result.stacked(made, n)
        self.division.results(places, statement)

    def _second(
        self,
        found: Var,
        fixed: Sequence[Var],
        saved: Sequence[Var],
        again: Sequence[Statement],
        counted: dict[int, int],
        tapes: Sequence[Operand],
    ) -> tuple[Var, Loop, int]:
        """Append the loop that depends on the seeds."""
        loop, statement, body = self.loop, self.statement, self.loop.body
        carried, elements, invariants = loop.parts(body.inputs)
        lines = [*again, *self.lines]
        reads = {o for s in lines for o in s.operands if type(o) is Var}
        reads.update(o for o in self.ends if type(o) is Var)
        after = []
        for k, step in counted.items():
            var = body.inputs[k]
            after.append(Var(var.name, var.aval))
            further = Template.of((0, Literal.of(step), "add"))
            lines.append(Statement(after[-1], further, (var,), statement.span))
        counters = [body.inputs[k] for k in counted]
        own = [v for v in elements if v in self.seeds]
        moving = [carried[k] for k in self.moving]
        steady = [v for v in invariants if v in self.seeds or (v in fixed and v in reads)]
        inputs = (*counters, *moving, *own, *saved, *steady)
        whole = Program(f"{body.name}_linear", inputs, lines, (*after, *self.ends))
        made = Loop(whole, len(counters) + len(moving), len(own) + len(saved), loop.backward)
        count: Operand = None
        if not (own or saved):
            count = statement.operands[0]
            if loop.until or count is None:
                count = self._result(found, Result.trips(), "trips")
        first = [self.given[v] for v in (*counters, *moving)]
        entries = [*[self.given[v] for v in own], *tapes]
        operands = (count, *first, *entries, *[self.given[v] for v in steady])
        second = Var("linear", FOUND)
        self.division.statements.append(Statement(second, made, operands, statement.span))
        self.division.reached.add(second)
        return second, made, len(counters)

    def _result(self, found: Var, result: Result, name: str) -> Var:
        target = Var(name, result.aval)
        made = Statement(target, result, (found,), self.statement.span)
        self.division.statements.append(made)
        return target


def _taken_apart(
    statements: Sequence[Statement], reached: set[Var], ends: Sequence[Operand]
) -> tuple[list[Statement], list[Statement], set[Var]]:
    """The statements that do not depend on seeds, and those of the others that are needed.

    Last comes what the latter read of the former.
    """
    known = [s for s in statements if s.target not in reached]
    needed = {o for o in ends if type(o) is Var}
    linear: list[Statement] = []
    for statement in reversed(statements):
        if statement.target in reached and statement.target in needed:
            linear.append(statement)
            needed.update([o for o in statement.operands if type(o) is Var])
    linear.reverse()
    return known, linear, needed - {s.target for s in linear}


__all__ = ["divided"]
