"""What a loop does not change: it is given to the iterations, and neither carried nor stacked.

A value that each iteration hands on as it is, what only counts, and a tape whose entries are all
one number need no iteration to be known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

import numpy as np

from ..operations.statements.counting import step_of
from ..operations.statements.known import with_known
from ..operations.table.template import Literal, Template
from ..program.loops import TAPE, Loop, Result
from ..program.program import INT, Aval, Operand, Program, Statement, Var, operand_aval
from ..records import dataclass

_NUMBERS = (float, int, bool, np.float64)
_NUMPY_FLOAT = Aval.of((), "float64")

Pass = Callable[[Program], Program]

AT_LEAST_ZERO = Template.of((0, Literal.of(0), "larger"))
"""`range(n)` makes no iteration where `n` is negative."""


def with_steady(program: Program, again: Pass) -> Program:
    """The program, in which loops carry, stack and read only what changes.

    Args:
        program: the program, whose bodies have been gone through.
        again: goes through a body that has come to know a constant.
    """
    if not any(type(s.operation) is Loop for s in program.statements):
        return program
    sweep = _Sweep(again)
    for statement in program.statements:
        sweep.step(statement)
    outputs = tuple([sweep.follow(o) for o in program.outputs])
    return replace(program, statements=sweep.statements, outputs=outputs)


@dataclass(slots=True)
class _Known:
    """What is known of what a loop finds.

    Attributes:
        count: the number of iterations, if that is an operand; less than zero is none.
        values: where what it carries is, or its number among what the loop carries now.
        stacked: the entries of those tapes on which all entries are one.
        trips: the number of iterations as an operand, once that is asked for.
    """

    count: Operand
    values: list[Any]
    stacked: dict[int, Operand]
    trips: Operand = None


@dataclass(frozen=True, slots=True)
class _At:
    """The number of a carried value."""

    k: int


@dataclass(frozen=True, slots=True)
class _Counted:
    """A whole number that grows by a constant in each iteration."""

    start: Operand
    step: int
    k: int


@dataclass(slots=True)
class _Sweep:
    again: Pass
    statements: list[Statement] = field(default_factory=list)
    replaced: dict[Var, Operand] = field(default_factory=dict)
    known: dict[Var, _Known] = field(default_factory=dict)
    entries: dict[Var, Operand] = field(default_factory=dict)  # of tapes on which all are one
    lengths: dict[Var, Operand] = field(default_factory=dict)  # of tapes

    def follow(self, operand: Operand) -> Operand:
        return self.replaced.get(operand, operand) if type(operand) is Var else operand

    def step(self, statement: Statement) -> None:
        target, operation, span = statement.target, statement.operation, statement.span
        operands = tuple([self.follow(o) for o in statement.operands])
        if isinstance(operation, Loop):
            assert target is not None
            self.statements.append(Statement(target, *self.loop(target, operation, operands), span))
            return
        if isinstance(operation, Result) and (known := self.known.get(operands[0])) is not None:
            assert target is not None
            found = self.found(target, operation, known, statement)
            if found is not None:
                self.replaced[target] = found
                return
            if operation.kind == "carried":
                operation = replace(operation, k=known.values[operation.k].k)
            elif operation.kind == "stacked":
                if operation.k in known.stacked:
                    self.entries[target] = known.stacked[operation.k]
                self.lengths[target] = known.count
        self.statements.append(Statement(target, operation, operands, span))

    def found(
        self, target: Var, result: Result, known: _Known, statement: Statement
    ) -> Operand | None:
        """What a result is, where the loop need not be asked."""
        if result.kind == "trips":
            return self.trips(known, statement)
        if result.kind != "carried":
            return None
        value = known.values[result.k]
        if isinstance(value, _At):
            return None
        if not isinstance(value, _Counted):
            return value
        trips = self.trips(known, statement)
        if trips is None:
            return None
        if type(trips) is int and type(value.start) is int:
            return value.start + value.step * trips
        if type(value.start) is int and value.start == 0 and value.step == 1:
            return trips
        code = (0, 1, Literal.of(value.step), "mul", "add")
        self.statements.append(
            Statement(target, Template.of(code), (value.start, trips), statement.span)
        )
        return target

    def trips(self, known: _Known, statement: Statement) -> Operand | None:
        """The number of iterations."""
        if known.trips is None and known.count is not None:
            if type(known.count) is int:
                known.trips = max(known.count, 0)
            elif operand_aval(known.count) is INT:
                known.trips = Var("trips", INT)
                self.statements.append(
                    Statement(known.trips, AT_LEAST_ZERO, (known.count,), statement.span)
                )
        return known.trips

    def loop(
        self, target: Var, loop: Loop, operands: tuple[Operand, ...]
    ) -> tuple[Loop, tuple[Operand, ...]]:
        body = loop.body
        first, tapes, fixed = loop.parts(operands[1:])
        carried, elements, invariants = loop.parts(body.inputs)
        given = list(zip(invariants, fixed, strict=True))
        count = self.count_of(loop, operands)
        values: list[Any] = []
        kept: list[int] = []
        for k, (var, operand) in enumerate(zip(carried, first, strict=True)):
            output = body.outputs[k]
            if type(operand) is float and var.aval is _NUMPY_FLOAT:
                operand = np.float64(operand)
            if output is var and operand_aval(operand) is var.aval:
                values.append(operand)
                given.append((var, operand))
                continue
            step = None if loop.until or count is None else step_of(var, output, body.statements)
            at = len(kept)
            values.append(_At(at) if step is None else _Counted(operand, step, at))
            kept.append(k)
        read = [
            (var, tape)
            for var, tape in zip(elements, tapes, strict=True)
            if tape not in self.entries or operand_aval(self.entries[tape]) is not var.aval
        ]
        if len(read) < len(elements):
            if not read and count is None:
                read = [(elements[0], tapes[0])]
            left = {v for v, _ in read}
            given += [
                (var, self.entries[tape])
                for var, tape in zip(elements, tapes, strict=True)
                if var not in left
            ]
        body, given = self.informed(body, given)
        outputs = (*[body.outputs[k] for k in kept], *body.outputs[loop.carried :])
        inputs = (*[carried[k] for k in kept], *[v for v, _ in read], *[v for v, _ in given])
        made = replace(
            loop,
            body=replace(body, inputs=inputs, outputs=outputs),
            carried=len(kept),
            elements=len(read),
        )
        within = dict(given)
        stacked = {
            n: within[o] if type(o) is Var else o
            for n, o in enumerate(body.outputs[loop.carried :])
            if (type(o) is not Var or o in within) and operand_aval(o) is not TAPE
        }
        self.known[target] = _Known(count, values, stacked)
        whole = (
            operands[0] if not elements or read else count,
            *[first[k] for k in kept],
            *[tape for _, tape in read],
            *[operand for _, operand in given],
        )
        return made, whole

    def count_of(self, loop: Loop, operands: tuple[Operand, ...]) -> Operand:
        """The number of iterations, if it is known before the loop."""
        if loop.until:
            return None
        tapes = loop.parts(operands[1:])[1]
        if not tapes:
            return operands[0]
        lengths = [self.lengths.get(tape) for tape in tapes]
        return next((n for n in lengths if n is not None), None)

    def informed(
        self, body: Program, given: list[tuple[Var, Operand]]
    ) -> tuple[Program, list[tuple[Var, Operand]]]:
        """A body that knows those numbers that are constants."""
        numbers = {
            v: o
            for v, o in given
            if type(o) in (float, int, bool, np.float64) and operand_aval(o) is v.aval
        }
        if not numbers:
            return body, given
        statements = []
        for line in body.statements:
            reads = tuple([numbers.get(o, o) if type(o) is Var else o for o in line.operands])
            operation: Any = line.operation
            if isinstance(operation, Template) and any(
                a is not b for a, b in zip(reads, line.operands, strict=True)
            ):
                operation, reads = with_known(operation, reads)
            statements.append(Statement(line.target, operation, reads, line.span))
        outputs = tuple([numbers.get(o, o) if type(o) is Var else o for o in body.outputs])
        body = self.again(replace(body, statements=statements, outputs=outputs))
        return body, [(v, o) for v, o in given if v not in numbers]
