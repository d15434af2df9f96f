"""Loops and branches in C: what is carried are local variables, what is stacked are tapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from ...program.branches import Branch
from ...program.loops import TAPE, Loop, Result, Room
from ...program.program import (
    Aval,
    Guard,
    Operand,
    Program,
    Statement,
    Var,
)
from ...records import dataclass
from ..lifetimes import Lifetimes
from .arithmetic import Arithmetic
from .statements import StatementWriter
from .values import KINDS, TYPES, Array, Entry, Number, Tape, size_of

_TICKS = 0xFFFF
"""A loop without a known end asks for interrupts every so many iterations."""


@dataclass(slots=True)
class Found:
    """What a loop or a branch has found: values of what it carries or joins, tapes, and trips."""

    values: list[Any]
    tapes: list[Tape | None]
    trips: str = ""


@dataclass(slots=True)
class LoopWriter(StatementWriter):
    """Writes the lines of a program in which there are loops and branches."""

    results: dict[Var, Found] = field(default_factory=dict)
    ending: bool = False  # whether guards end the loop whose body is written
    lifetimes: Lifetimes | None = None
    stacks: bool = False  # whether a loop stacks anything

    def program(self, program: Program, lifetimes: Lifetimes) -> None:
        """The lines of the statements of a program, which is the whole or a part of it."""
        outer, self.lifetimes = self.lifetimes, lifetimes
        reads, self.last_reads = self.last_reads, lifetimes.last
        number_before = self.number_of_statement
        for number, statement in enumerate(program.statements):
            self.span = statement.span or self.span
            self.number_of_statement = number
            self.in_place = number in lifetimes.in_place
            self.copied = number in lifetimes.copied
            self.statement(statement)
        self.number_of_statement = len(program.statements)  # only outputs are read after it
        self.flush()
        self.lifetimes, self.last_reads = outer, reads
        self.number_of_statement = number_before

    def statement(self, statement: Statement) -> None:
        operation = statement.operation
        if type(operation) is Loop:
            self.flush()
            self.loop(operation, statement, self.number_of_statement)
        elif type(operation) is Branch:
            self.flush()
            self.branch(operation, statement, self.number_of_statement)
        elif type(operation) is Result:
            self.result(operation, statement)
        elif type(operation) is Room:
            self.stacks = True
            number = Arithmetic(self).let(f"(int64_t)(pool.limit / {2 * operation.size})", "i")
            self.define(statement, Arithmetic(self).let(f"{number.text} ? {number.text} : 1", "i"))
        elif type(operation) is Guard and self.ending:
            self.flush()
            test = self.truth(statement.operands[0])
            self.line(f"if ({'!' if operation.expected else ''}{test}) break;")
        else:
            StatementWriter.statement(self, statement)

    def result(self, operation: Result, statement: Statement) -> None:
        found = self.results[statement.operands[0]]
        target = statement.target
        assert target is not None
        if operation.kind == "trips":
            self.known[target] = Number(found.trips, "i")
            return
        value = (found.tapes if operation.kind == "stacked" else found.values)[operation.k]
        if value is None:
            raise self.refuse(f"{target.name} has no native form")
        self.known[target] = value

    # -- loops

    def loop(self, loop: Loop, statement: Statement, number: int) -> None:
        assert self.lifetimes is not None
        assert statement.target is not None
        body, operands = loop.body, statement.operands
        memory = self.lifetimes.loops[number]
        first, tapes, fixed = loop.parts(operands[1:])
        carried, elements, invariants = loop.parts(body.inputs)
        for var, operand in zip(invariants, fixed, strict=True):
            self.known[var] = self.as_input(self.value(operand), var.aval)
        slots = [
            self.slot(var, operand, k in memory.handed)
            for k, (var, operand) in enumerate(zip(carried, first, strict=True))
        ]
        trips = self.name("trips")
        self.head.append(f"int64_t {trips} = 0;")
        read = [self.tape(t) for t in tapes]
        count = self.head_of(loop, operands[0], read, trips)
        self.line(f"for ({trips} = 0; {count}; ++{trips}) {{")
        outer_lines, outer_ending = self.lines, self.ending
        self.lines, self.ending = [], loop.until
        for var, tape in zip(elements, read, strict=True):
            at = f"{tape.name}.count - 1 - {trips}" if loop.backward else trips
            self.known[var] = self.entry(var, tape, at)
        stacks = [Tape(self.name("stack"), Entry()) for _ in range(loop.stacked)]
        self.program(body, memory.lifetimes)
        self.hand_on(loop, slots, stacks)
        if loop.until:
            self.line("if (!(sd_check == 0.0)) goto miss;")
            self.line(f"if (!(~{trips} & {_TICKS}) && PyErr_CheckSignals()) goto error;")
        inner = self.lines
        self.lines, self.ending = outer_lines, outer_ending
        self.stacks = self.stacks or bool(stacks)
        for tape in stacks:  # now it is known what they hold
            self.head.append(f"sd_tape {tape.name} = {{NULL, 0, 0}};")
            self.lines.insert(len(self.lines) - 1, f"{tape.name} = (sd_tape){{NULL, 0, 0}};")
        self.lines += inner_lines(inner)
        self.line("}")
        if loop.backward:
            for tape in stacks:
                self.line(f"sd_reverse(&{tape.name}, {tape.entry.bytes});")
        self.results[statement.target] = Found(list(slots), list(stacks), trips)

    def head_of(self, loop: Loop, count: Operand, tapes: Sequence[Tape], trips: str) -> str:
        """The condition under which an iteration is made; empty where only guards end the loop."""
        if tapes:
            for tape in tapes[1:]:
                self.line(f"if ({tape.name}.count != {tapes[0].name}.count) goto miss;")
            return f"{trips} < {tapes[0].name}.count"
        if count is None:
            return ""
        return f"{trips} < {self.scalar(count).text}"

    def slot(self, var: Var, operand: Operand, handed: bool) -> Any:
        """Where what a loop carries lies: a variable, or an array of its own."""
        value = self.as_input(self.value(operand), var.aval)
        if isinstance(value, Number):
            name = self.name(var.name)
            self.head.append(f"{TYPES[value.kind]} {name} = 0;")
            self.line(f"{name} = {value.text};")
            self.known[var] = Number(name, value.kind)
            return self.known[var]
        if isinstance(value, Tape):
            raise self.refuse("a loop that carries what another has stacked has no native form")
        array = self.array_of(value)
        if not (handed and array.buffer.own and array.contiguous):
            array = self.copy(array, var.name)
        self.known[var] = array
        return array

    def hand_on(self, loop: Loop, slots: Sequence[Any], stacks: Sequence[Tape]) -> None:
        """Stack what an iteration leaves, and assign to the slots all at once."""
        outputs = loop.body.outputs
        for tape, output in zip(stacks, outputs[loop.carried :], strict=True):
            self.push(tape, self.value(output))
        numbers: list[tuple[str, Number]] = []
        for slot, output, var in zip(slots, outputs, loop.body.inputs, strict=False):
            value = self.as_input(self.value(output), var.aval)
            if isinstance(slot, Number):
                if value.text != slot.text:
                    numbers.append((slot.text, value))
                continue
            array = self.array_of(value)
            if array.pointer == slot.pointer and array.strides == slot.strides:
                continue
            others = [s for s in slots if isinstance(s, Array) and s is not slot]
            if any(array.buffer is s.buffer for s in others):
                raise self.refuse("a loop that swaps arrays has no native form")
            if array.buffer is slot.buffer:
                array = self.copy(array, "kept")
            self.assign(slot, array)
        if {text for text, _ in numbers} & {value.text for _, value in numbers}:
            kept = [(slot, self.name("next"), value) for slot, value in numbers]
            for _, name, value in kept:
                self.line(f"const {TYPES[value.kind]} {name} = {value.text};")
            numbers = [(slot, Number(name, value.kind)) for slot, name, value in kept]
        for text, value in numbers:
            self.line(f"{text} = {value.text};")

    # -- tapes

    def tape(self, operand: Operand) -> Tape:
        found = self.value(operand)
        if not isinstance(found, Tape):
            raise self.refuse("a tape is expected here")
        return found

    def entry(self, var: Var, tape: Tape, at: str) -> Any:
        """An entry of a tape."""
        entry = tape.entry
        if entry.entry is not None:
            name = self.name("tape")
            self.line(f"const sd_tape {name} = ((sd_tape *){tape.name}.data)[{at}];")
            return Tape(name, entry.entry)
        kind = TYPES[entry.kind]
        name = self.name(var.name)
        if entry.shape:
            start = f"({kind} *)({tape.name}.data) + ({at})*({size_of(entry.shape)})"
            return self.at_entry(name, entry, start)
        self.line(f"const {kind} {name} = (({kind} *){tape.name}.data)[{at}];")
        return Number(name, entry.kind)

    def push(self, tape: Tape, value: Any) -> None:
        """Stack a number, an array or a tape."""
        name = tape.name
        if isinstance(value, Tape):
            tape.entry = Entry(entry=value.entry)
            kind, text = "sd_tape", value.name
        elif isinstance(value, Number):
            tape.entry = Entry(value.kind)
            kind, text = TYPES[value.kind], value.text
        else:
            array = self.array_of(value)
            tape.entry = Entry(array.kind, array.shape)
            where = self.name("entry")
            kind = TYPES[array.kind]
            self.line(f"{kind} *{where} = sd_push(&pool, &{name}, {tape.entry.bytes});")
            self.line(f"if (!{where}) goto miss;")
            self.assign(self.at(where, array.shape, array.kind), array)
            return
        where = self.name("entry")
        self.line(f"{kind} *{where} = sd_push(&pool, &{name}, sizeof({kind}));")
        self.line(f"if (!{where}) goto miss;")
        self.line(f"*{where} = {text};")

    # -- branches

    def branch(self, branch: Branch, statement: Statement, number: int) -> None:
        assert self.lifetimes is not None
        assert statement.target is not None
        condition, *given = statement.operands
        test = self.truth(condition)
        read = _joined(self.lifetimes, statement.target)
        outputs = len(branch.arms[0].outputs)
        places = [self.place_of_joined(branch, k) if k in read else None for k in range(outputs)]
        tapes: list[Tape | None] = [None] * outputs
        values = [self.value(o) for o in given]
        values = [v if isinstance(v, Number | Tape) else self.array_of(v) for v in values]
        written = []
        for arm, lifetimes in zip(branch.arms, self.lifetimes.arms[number], strict=True):
            outer, self.lines = self.lines, []
            for var, value in zip(arm.inputs, values, strict=True):
                self.known[var] = self.as_input(value, var.aval)
            self.program(arm, lifetimes)
            for k, place in enumerate(places):
                if place is None or arm.outputs[k] is None:
                    continue
                self.join(place, arm.outputs[k], tapes, k)
            written.append(self.lines)
            self.lines = outer
        if written[0] or written[1]:
            self.line(f"if ({test}) {{")
            self.lines += inner_lines(written[0])
            if written[1]:
                self.line("} else {")
                self.lines += inner_lines(written[1])
            self.line("}")
        found = [t if t is not None else p for t, p in zip(tapes, places, strict=True)]
        self.results[statement.target] = Found(found, [])

    def place_of_joined(self, branch: Branch, k: int) -> Any:
        """What holds result number `k` of a branch, whichever arm is run."""
        aval = branch.joined(k)
        if aval is TAPE:
            name = self.name("joined")
            self.head.append(f"sd_tape {name} = {{NULL, 0, 0}};")
            self.line(f"{name} = (sd_tape){{NULL, 0, 0}};")
            return Tape(name, Entry())
        if not aval.shape:
            kind = self.kind_of(aval)
            name = self.name("joined")
            self.head.append(f"{TYPES[kind]} {name} = 0;")
            return Number(name, kind)
        if self.free:
            raise self.refuse("a branch that gives arrays of any length has no native form")
        return self.new(self.dims(aval), self.kind_of(aval), "joined")

    def join(self, place: Any, output: Operand, tapes: list[Tape | None], k: int) -> None:
        value = self.value(output)
        if isinstance(place, Tape):
            assert isinstance(value, Tape)
            self.line(f"{place.name} = {value.name};")
            known = tapes[k]
            if known is not None and known.entry != value.entry:
                raise self.refuse("the arms of a branch stack different things")
            place.entry = value.entry
            tapes[k] = place
        elif isinstance(place, Number):
            number = Arithmetic(self).as_kind(value, place.kind)
            self.line(f"{place.text} = {number.text};")
        else:
            self.assign(place, self.array_of(value))

    def as_input(self, value: Any, aval: Aval) -> Any:
        """What is given to a body or an arm, as the kind of number that it takes."""
        if not isinstance(value, Number):
            return value
        kind = KINDS.get(aval.dtype)
        if kind is None:
            raise self.refuse(f"numbers of {aval.dtype} have no native form")
        number = Arithmetic(self).as_kind(value, kind)
        if number is value:
            return value
        name = self.name("given")
        self.line(f"const {TYPES[kind]} {name} = {number.text};")
        return Number(name, kind)


def _joined(lifetimes: Lifetimes, target: Var) -> set[int]:
    return {*lifetimes.joined.get(target, {})}


def inner_lines(lines: Sequence[str]) -> list[str]:
    """Lines within a block."""
    return ["    " + line for line in lines]
