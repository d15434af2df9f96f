"""Which arrays are kept as lists of Python's numbers, over loops, arms and what lies between.

NumPy takes five times as long to read or write one element of an array as Python takes for one of a
list. Variables that stand for one array after another (what becomes of it by writes, what a loop
carries, what the arms of a branch hand on) are kept in one way: as arrays, or as nested lists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import field

from ..operations.table.structural import Structural
from ..operations.table.template import COPY
from ..program.branches import Branch
from ..program.loops import TAPE, Loop, Result
from ..program.program import Keep, Operand, Program, Statement, Var
from ..records import dataclass
from .element_lists import element_of
from .lifetimes import Lifetimes, LoopMemory

_ELEMENT = 45.0
"""What an element that is read or written costs less in a list, in nanoseconds."""

_LIST, _ARRAY, _COPY = 12.0, 22.0, 3.0
"""What an element costs that becomes one of a list, of an array, of another list."""

_START = 200.0
"""What it costs to make any list or array."""

_LARGE, _FEW = 4096, 64.0
"""A loop of an unknown count is thought to go over so many elements of a vector at most, and over
so few of what is larger, or of an axis of a matrix."""

_LEAST = 8.0
"""Shorter loops are most often unrolled."""

Counts = tuple[int | None, ...]
"""How often the loops around a statement run, from the outermost; `None` is unknown."""


def lists_in(
    program: Program, lifetimes: Lifetimes, whole: Collection[Var | None] = ()
) -> set[Var]:
    """The arrays of a program, of its bodies and of its arms that are kept as lists.

    Those of which elements are written to, where that costs less than to make lists of arrays, and
    arrays of lists for what reads them as a whole.

    Args:
        program: the program.
        lifetimes: its own, which know what is written to in place.
        whole: the targets of loops that read and write slices instead of elements.
    """
    sweep = _Sweep(whole)
    if not sweep.any_written(program, lifetimes):
        return set()
    for var in program.inputs:
        sweep.make(var, ())
    sweep.go_through(program, lifetimes, ())
    for output in program.outputs:
        sweep.use(output, ())
    return sweep.lists()


def is_listable(operand: Operand) -> bool:
    """Whether a variable is an array that a list may stand for."""
    if type(operand) is not Var or operand.aval.dtype != "float64":
        return False
    return bool(operand.aval.shape) and operand.aval.size > 0


def is_element_write(statement: Statement, number: int, lifetimes: Lifetimes) -> bool:
    """Whether a statement writes a number to one place of an array, in place."""
    return number in lifetimes.in_place and writes_element(statement)


def writes_element(statement: Statement) -> bool:
    """Whether a statement writes a number to one place of an array, or of a copy of it."""
    operation = statement.operation
    if type(operation) is not Structural or operation.name != "setitem":
        return False
    if element_of(statement) is None:
        return False
    value = statement.operands[1]
    if type(value) is not Var:
        return type(value) in (int, float)
    return not value.aval.shape and value.aval.dtype == "float64"


def is_copy(statement: Statement) -> bool:
    """Whether a statement copies an array."""
    return type(statement.operation) is Structural and statement.operation.name == "copy"


@dataclass(slots=True)
class _Costs:
    """What is done to variables that are kept in one way, in nanoseconds."""

    size: int
    gain: float = 0.0
    cost: float = 0.0
    written: bool = False


@dataclass(slots=True)
class _Sweep:
    whole: Collection[Var | None] = ()
    same: dict[Var, Var] = field(default_factory=dict)
    read: list[tuple[Var, Counts, bool]] = field(default_factory=list)
    made: list[tuple[Var, Counts]] = field(default_factory=list)
    used: list[tuple[Var, Counts]] = field(default_factory=list)
    copies: list[tuple[Operand, Var, Counts]] = field(default_factory=list)

    def any_written(self, program: Program, lifetimes: Lifetimes) -> bool:
        """Whether anything may become a list at all."""
        for number, statement in enumerate(program.statements):
            if is_element_write(statement, number, lifetimes):
                return True
            if any(self.any_written(*inner) for inner in _inside(statement, number, lifetimes)):
                return True
        return False

    def lists(self) -> set[Var]:
        """Decide for each array, by what it costs."""
        costs: dict[Var, _Costs] = {}
        for var in tuple(self.same):
            costs.setdefault(self.root(var), _Costs(var.aval.size))
        for source, target, counts in self.copies:
            if is_listable(source) and self.root(source) is self.root(target):
                costs[self.root(target)].cost += _often(counts, target) * (
                    _START + _COPY * target.aval.size
                )
            else:
                self.use(source, counts)
                self.make(target, counts)
        for var, counts, writes in self.read:
            known = costs[self.root(var)]
            known.gain += _often(counts, var) * _ELEMENT
            known.written = known.written or writes
        for weight, events in ((_LIST, self.made), (_ARRAY, self.used)):
            for var, counts in events:
                known = costs[self.root(var)]
                known.cost += _often(counts, var) * (_START + weight * known.size)
        chosen = {v for v, c in costs.items() if c.written and c.gain > c.cost}
        return {v for v in self.same if self.root(v) in chosen}

    def root(self, var: Var) -> Var:
        same = self.same
        parent = same.setdefault(var, var)
        while parent is not var:
            same[var] = same[parent]  # half the way, for the next who asks
            var, parent = parent, same[parent]
        return var

    def join(self, one: Operand, other: Operand) -> None:
        """Have two arrays be kept in the same way."""
        if is_listable(one) and is_listable(other):
            self.same[self.root(one)] = self.root(other)

    def make(self, operand: Operand, counts: Counts) -> None:
        """Something gives a whole array."""
        if is_listable(operand):
            self.root(operand)
            self.made.append((operand, counts))

    def use(self, operand: Operand, counts: Counts) -> None:
        """Something reads a whole array."""
        if is_listable(operand):
            self.root(operand)
            self.used.append((operand, counts))

    def go_through(self, program: Program, lifetimes: Lifetimes, counts: Counts) -> None:
        found: dict[Var, Statement] = {}
        for number, statement in enumerate(program.statements):
            operation, target = statement.operation, statement.target
            if type(operation) is Keep:
                continue
            if isinstance(operation, Loop):
                assert target is not None
                found[target] = statement
                self.loop(operation, statement, lifetimes.loops[number], counts)
            elif isinstance(operation, Branch):
                assert target is not None
                found[target] = statement
                self.use(statement.operands[0], counts)
                for arm, inside in zip(operation.arms, lifetimes.arms[number], strict=True):
                    for var, operand in zip(arm.inputs, statement.operands[1:], strict=True):
                        self.given(var, operand, counts)
                    self.go_through(arm, inside, counts)
            elif isinstance(operation, Result):
                self.result(operation, statement, found.get(statement.operands[0]), counts)
            elif is_element_write(statement, number, lifetimes):
                self.write(statement, counts)
            elif writes_element(statement) and is_listable(target):
                assert target is not None
                self.root(target)
                self.copies.append((statement.operands[0], target, counts))
                self.read.append((target, counts, True))
            elif operation is COPY and is_listable(target) and is_listable(statement.operands[0]):
                self.join(target, statement.operands[0])
            elif is_copy(statement) and is_listable(target):
                assert target is not None
                self.root(target)
                self.copies.append((statement.operands[0], target, counts))
            elif is_element_read(statement):
                self.root(statement.operands[0])
                self.read.append((statement.operands[0], counts, False))
            else:
                for operand in statement.operands:
                    self.use(operand, counts)
                self.make(target, counts)

    def given(self, var: Var, operand: Operand, counts: Counts) -> None:
        """What a body or an arm is given is kept as it is outside."""
        if type(operand) is Var:
            self.join(var, operand)
        else:
            self.make(var, counts)

    def write(self, statement: Statement, counts: Counts) -> None:
        x = statement.operands[0]
        if is_listable(x) and is_listable(statement.target):
            self.join(x, statement.target)
            self.read.append((x, counts, True))

    def loop(self, loop: Loop, statement: Statement, memory: LoopMemory, counts: Counts) -> None:
        body = loop.body
        given = loop.parts(statement.operands[1:])
        carried, entries, fixed = loop.parts(body.inputs)
        count = statement.operands[0]
        within = (*counts, count if type(count) is int and not loop.until else None)
        for k, (var, operand) in enumerate(zip(carried, given[0], strict=True)):
            output = body.outputs[k]
            if not is_listable(var):
                self.use(operand, counts)
                self.use(output, within)
                continue
            self.root(var)
            if type(output) is Var:
                self.join(var, output)
            else:
                self.make(var, within)
            if k in memory.copied:
                self.make(var, within)
            if type(operand) is not Var:
                self.make(var, counts)
            elif k in memory.written and k not in memory.handed:
                self.copies.append((operand, var, counts))
            else:
                self.join(var, operand)
        for var in entries:
            self.make(var, within)
        for var, operand in zip(fixed, given[2], strict=True):
            self.given(var, operand, counts)
        for output in body.outputs[loop.carried :]:
            self.use(output, within)
        if statement.target in self.whole:
            return
        self.go_through(body, memory.lifetimes, within)

    def result(
        self, result: Result, statement: Statement, source: Statement | None, counts: Counts
    ) -> None:
        """A result is kept as what a loop carries, or as what the arms hand on."""
        target = statement.target
        if source is None or target is None or target.aval is TAPE:
            self.make(target, counts)
            return
        operation = source.operation
        if isinstance(operation, Loop) and result.kind == "carried":
            self.join(target, operation.body.inputs[result.k])
        elif isinstance(operation, Branch):
            for arm in operation.arms:
                output = arm.outputs[result.k]
                if type(output) is Var:
                    self.join(target, output)
                else:
                    self.make(target, counts)


def is_element_read(statement: Statement) -> bool:
    """Whether a statement reads a number at one place of an array."""
    operation = statement.operation
    return (
        type(operation) is Structural
        and operation.name == "getitem"
        and is_listable(statement.operands[0])
        and element_of(statement) is not None
    )


def _inside(
    statement: Statement, number: int, lifetimes: Lifetimes
) -> Iterator[tuple[Program, Lifetimes]]:
    operation = statement.operation
    if isinstance(operation, Loop):
        yield operation.body, lifetimes.loops[number].lifetimes
    elif isinstance(operation, Branch):
        yield from zip(operation.arms, lifetimes.arms[number], strict=True)


def _often(counts: Counts, var: Var) -> float:
    """How often a statement is run, if a loop of an unknown count goes along an axis."""
    size, axes = var.aval.size, var.aval.ndim
    along = float(size) if axes == 1 and size <= _LARGE else min(size ** (1 / axes), _FEW)
    along = max(along, _LEAST)
    often = 1.0
    for count in counts:
        often *= along if count is None else count
    return often


def copied(name: str, ndim: int) -> str:
    """The source of a copy of a nested list."""
    if ndim == 1:
        return f"{name}[:]"
    return f"[{copied('part', ndim - 1)} for part in {name}]"
