"""A loop that only prepares another one's tapes is run within that one, and stacks nothing.

So the gradient of a sum over elements goes over them once: what the way back reads of an iteration
is computed there, and not for all iterations beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..operations.statements.counting import step_of
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import INT, Keep, Operand, Program, Statement, Var
from .branches import acts
from .loops import in_bodies
from .steady import AT_LEAST_ZERO


def fused(program: Program) -> Program:
    """The program, in which no loop stacks what another alone reads, if it may run within that.

    A loop may that carries nothing but what counts, and whose arrays nobody writes to in between.
    """
    if not any(type(s.operation) is Loop for s in program.statements):
        return program
    sweep = _Sweep(program)
    for statement in program.statements:
        if type(statement.operation) is Loop and statement.target is not None:
            sweep.fuse(statement.target)
    return in_bodies(replace(program, statements=sweep.statements), fused)


class _Sweep:
    def __init__(self, program: Program) -> None:
        self.outputs = {o for o in program.outputs if type(o) is Var}
        self.take(program.statements)

    def take(self, statements: Sequence[Statement]) -> None:
        """Take these statements, and know where each variable is made and read."""
        self.statements = list(statements)
        self.made = {s.target: k for k, s in enumerate(statements)}
        self.read: dict[Var, list[int]] = {}
        for k, statement in enumerate(statements):
            for var in {o for o in statement.operands if type(o) is Var}:
                self.read.setdefault(var, []).append(k)

    def readers(self, var: Var) -> list[int]:
        return self.read.get(var, [])

    def fuse(self, found: Var) -> None:
        """Run a loop within the one that reads its tapes, if that may be."""
        at = self.made.get(found)
        if at is None:
            return
        statement = self.statements[at]
        loop = statement.operation
        assert isinstance(loop, Loop)
        if not _only_prepares(loop):
            return
        results = [self.statements[k] for k in self.readers(found)]
        reader = self._reader(results)
        if reader is None:
            return
        if not self._may_be_moved(statement, at, reader):
            return
        made = self._within(statement, loop, results, reader)
        gone = {found, *[r.target for r in results]}
        lines: list[Statement] = []
        for k, line in enumerate(self.statements):
            if k == reader:
                lines += made
            elif line.target is None or line.target not in gone:
                lines.append(line)
        self.take(lines)

    def _reader(self, results: Sequence[Statement]) -> int | None:
        """The one loop that reads all tapes, each once, and nothing else does."""
        readers: set[int] = set()
        for result in results:
            operation, tape = result.operation, result.target
            if not isinstance(operation, Result) or operation.kind != "stacked":
                return None
            if tape is None or tape in self.outputs:
                return None
            own = self.readers(tape)
            readers.update(own)
            if len(readers) != 1:
                return None
            other = self.statements[own[0]]
            if not isinstance(other.operation, Loop) or other.operation.until:
                return None
            tapes = other.operation.parts(other.operands[1:])[1]
            if sum(o is tape for o in other.operands) != 1 or not any(o is tape for o in tapes):
                return None
        return readers.pop() if len(readers) == 1 else None

    def _may_be_moved(self, statement: Statement, at: int, reader: int) -> bool:
        """Whether arrays are the same where the other loop runs, without a copy of them."""
        arrays = {o for o in statement.operands if type(o) is Var and o.aval.shape}
        for k in range(at + 1, reader + 1):
            line = self.statements[k]
            mine = [n for n, o in enumerate(line.operands) if type(o) is Var and o in arrays]
            if not mine:
                continue
            operation = line.operation
            if isinstance(operation, Loop):
                if any(n <= operation.carried for n in mine):
                    return False
            elif (
                isinstance(operation, Branch)
                or (isinstance(operation, Structural) and operation.name == "setitem" and 0 in mine)
                or not isinstance(operation, Structural | Template)
            ):
                return False
        return True

    def _within(
        self, statement: Statement, loop: Loop, results: Sequence[Statement], reader: int
    ) -> list[Statement]:
        """The lines of the other loop, with this one's in its iterations."""
        line = self.statements[reader]
        other = line.operation
        assert isinstance(other, Loop)
        ahead: list[Statement] = []
        lines: list[Statement] = []
        names: dict[Var, Operand] = {}
        first, tapes, fixed = (list(part) for part in other.parts(line.operands[1:]))
        carried, entries, given = (list(part) for part in other.parts(other.body.inputs))
        outputs = list(other.body.outputs[: other.carried])
        own_first, own_tapes, own_fixed = loop.parts(statement.operands[1:])
        own_carried, own_entries, own_given = loop.parts(loop.body.inputs)
        statements = list(other.body.statements)
        for k, (var, start) in enumerate(zip(own_carried, own_first, strict=True)):
            step = step_of(var, loop.body.outputs[k], loop.body.statements)
            assert step is not None
            back, begin = other.backward, start
            if back:
                begin = self._after(ahead, start, step, statement)
                step = -step
            known = _counter(other, first, begin, step)
            if known is None:
                counter, now = Var(var.name, INT), Var(var.name, INT)
                code = Template.of((0, Literal.of(abs(step)), "add" if step > 0 else "sub"))
                lines.append(Statement(now, code, (counter,), statement.span))
                carried.append(counter)
                first.append(begin)
                outputs.append(now)
            else:
                counter, now = carried[known], outputs[known]
                lines += [s for s in statements if s.target is now]
                statements = [s for s in statements if s.target is not now]
            names[var] = now if back else counter
        for var, operand in zip(own_entries, own_tapes, strict=True):
            names[var] = Var(var.name, var.aval)
            entries.append(names[var])
            tapes.append(operand)
        for var, operand in zip(own_given, own_fixed, strict=True):
            names[var] = Var(var.name, var.aval)
            given.append(names[var])
            fixed.append(operand)
        for one in loop.body.statements:
            target = None
            if one.target is not None:
                target = Var(one.target.name, one.target.aval)
            reads = tuple([_named(o, names) for o in one.operands])
            lines.append(Statement(target, one.operation, reads, one.span))
            if one.target is not None:
                names[one.target] = target
        handed: dict[Var, Operand] = {}
        for result in results:
            assert isinstance(result.operation, Result)
            place = next(n for n, tape in enumerate(tapes) if tape is result.target)
            output = loop.body.outputs[loop.carried + result.operation.k]
            handed[entries[place]] = _named(output, names)
            del tapes[place], entries[place]
        stacked = [_named(o, handed) for o in other.body.outputs[other.carried :]]
        outputs = [_named(o, handed) for o in outputs]
        lines += [
            Statement(s.target, s.operation, tuple([_named(o, handed) for o in s.operands]), s.span)
            for s in statements
        ]
        body = replace(
            other.body,
            inputs=(*carried, *entries, *given),
            statements=lines,
            outputs=(*outputs, *stacked),
        )
        made_loop = replace(other, body=body, carried=len(carried), elements=len(entries))
        count = None if tapes else statement.operands[0]
        operands = (count, *first, *tapes, *fixed)
        return [*ahead, Statement(line.target, made_loop, operands, line.span)]

    def _after(
        self, ahead: list[Statement], start: Operand, step: int, statement: Statement
    ) -> Operand:
        """What a number that counts is after the loop."""
        count = statement.operands[0]
        if type(count) is int and type(start) is int:
            return start + step * max(count, 0)
        trips: Operand = max(count, 0) if type(count) is int else None
        if trips is None:
            trips = self._made(ahead, AT_LEAST_ZERO, (count,), statement)
        if type(start) is int and start == 0 and step == 1:
            return trips
        code = Template.of((0, 1, Literal.of(step), "mul", "add"))
        return self._made(ahead, code, (start, trips), statement)

    def _made(
        self,
        ahead: list[Statement],
        template: Template,
        operands: tuple[Operand, ...],
        statement: Statement,
    ) -> Var:
        """The value of a template, which may have been computed already."""
        for line in self.statements:
            if line.operation is template and _same(line.operands, operands):
                assert line.target is not None
                return line.target
        var = Var("trips", INT)
        ahead.append(Statement(var, template, operands, statement.span))
        return var


def _counter(loop: Loop, first: Sequence[Operand], begin: Operand, step: int) -> int | None:
    """Which of the values that a loop carries counts in the same way."""
    body = loop.body
    for k, var in enumerate(body.inputs[: loop.carried]):
        if _same((first[k],), (begin,)) and step_of(var, body.outputs[k], body.statements) == step:
            return k
    return None


def _only_prepares(loop: Loop) -> bool:
    """Whether a loop carries nothing but what counts, and does nothing but compute."""
    if loop.until or not loop.stacked:
        return False
    body = loop.body
    for k, var in enumerate(body.inputs[: loop.carried]):
        if step_of(var, body.outputs[k], body.statements) is None:
            return False
    if loop.carried and loop.elements:
        return False  # how many iterations there are is known by the tapes alone
    return _computes(body)


def _computes(body: Program) -> bool:
    for statement in body.statements:
        operation = statement.operation
        if isinstance(operation, Loop):
            if operation.until or not _computes(operation.body):
                return False
        elif isinstance(operation, Branch):
            if acts(operation):
                return False
        elif type(operation) not in (Template, Structural, Keep, Result):
            return False
    return True


def _named(operand: Operand, names: dict[Var, Any]) -> Operand:
    return names.get(operand, operand) if type(operand) is Var else operand


def _same(some: Sequence[Operand], others: Sequence[Operand]) -> bool:
    return len(some) == len(others) and all(
        a is b or (type(a) is type(b) is int and a == b) for a, b in zip(some, others, strict=True)
    )
