"""What is added to elements of what an arm hands on, where another arm has nothing to add.

    if t:                              if t:
        ...                                ...
        r = e                              y[p] = y[p] + e
    else:                    =>
        r = 0.0
    y[p] = y[p] + r

Where a branch has swapped two elements, or written to some, its way back adds what it has found to
the elements that the condition has read. Behind the branch that would be done on both ways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..operations.statements.affine import Affine
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.branches import Branch
from ..program.lengths import LEAST_FREE
from ..program.loops import Result
from ..program.program import Operand, Program, Statement, Var, operand_aval
from ..records import dataclass
from .whole_numbers import whole_numbers

_SUM = Template.of((0, 1, "add"))


def with_adds_in_arms(program: Program) -> Program:
    """The program, in which arms add to elements what they alone have to add."""
    statements = list(program.statements)
    while True:
        uses = Counter(o for s in statements for o in s.operands if type(o) is Var)
        uses.update(o for o in program.outputs if type(o) is Var)
        found = next(_adds(statements, uses), None)
        if found is None:
            break
        statements = found.moved(statements)
    return replace(program, statements=statements)


@dataclass(slots=True)
class _Add:
    """What is added to an element of what a branch hands on.

    Attributes:
        branch: the number of its statement.
        array: which of its results has the element.
        part: which of them is added.
        arm: in which arm there is something to add.
        lines: the numbers of the statements that read the results, read, add and write.
        numbers: what the whole numbers around are made of.
    """

    branch: int
    array: int
    part: int
    arm: int
    lines: Sequence[int]
    numbers: Mapping[Operand, Affine]

    def moved(self, statements: Sequence[Statement]) -> list[Statement]:
        """The statements, with the addition in the arm."""
        s = statements[self.branch]
        branch = s.operation
        assert isinstance(branch, Branch)
        source, _, read, add, write = (statements[k] for k in self.lines)
        places = [o for o in read.operands[1:] if type(o) is Var and o not in s.operands[1:]]
        arms = []
        for k, arm in enumerate(branch.arms):
            more = [Var(o.name, o.aval) for o in places]
            arm = replace(arm, inputs=(*arm.inputs, *more))
            arms.append(self._within(arm, s, places, read, add, write) if k == self.arm else arm)
        made = Branch((arms[0], arms[1]))
        operands = (*s.operands, *places)
        gone = set(self.lines)
        found = []
        for k, line in enumerate(statements):
            if k == self.branch:
                found.append(Statement(s.target, made, operands, s.span))
            elif k == self.lines[0]:
                found.append(
                    Statement(write.target, source.operation, source.operands, source.span)
                )
            elif k not in gone:
                found.append(line)
        return found

    def _within(
        self,
        arm: Program,
        s: Statement,
        places: Sequence[Var],
        read: Statement,
        add: Statement,
        write: Statement,
    ) -> Program:
        inputs = dict(zip((*s.operands[1:], *places), arm.inputs, strict=False))
        at = tuple([inputs.get(o, o) if type(o) is Var else o for o in read.operands[1:]])
        array, part = arm.outputs[self.array], arm.outputs[self.part]
        assert type(array) is Var
        assert write.target is not None
        here = _Element(write.operation, at, {v: o for o, v in inputs.items()}, self.numbers)
        statements = list(arm.statements)
        last = here.last_write(statements, array)
        more: list[Statement] = []
        old: Operand = None if last is None else last.operands[1]
        if last is None:
            assert read.target is not None
            old = Var(read.target.name, read.target.aval)
            more.append(Statement(old, read.operation, (array, *at), read.span))
        total = part
        if last is None or not (isinstance(old, float) and old == 0.0):
            assert add.target is not None
            total = Var(add.target.name, add.target.aval)
            terms = [old if o is read.target else part for o in add.operands]
            more.append(Statement(total, add.operation, tuple(terms), add.span))
        new = Var(write.target.name, write.target.aval)
        if last is not None and here.unread(statements, last, arm.outputs):
            array = _without(statements, last, array)
        more.append(Statement(new, write.operation, (array, total, *at), write.span))
        outputs = list(arm.outputs)
        outputs[self.array] = new
        return replace(arm, statements=[*statements, *more], outputs=tuple(outputs))


class _Element:
    """An element of the arrays in an arm, by its place.

    Args:
        write: the operation that writes to it.
        at: the places that are computed, as the arm names them.
        outside: what these are outside.
        numbers: what whole numbers are made of there.
    """

    def __init__(
        self,
        write: Any,
        at: Sequence[Operand],
        outside: Mapping[Operand, Operand],
        numbers: Mapping[Operand, Affine],
    ) -> None:
        self.index = write.params["index"]
        self.at = at
        self.outside = outside
        self.numbers = numbers

    def last_write(self, statements: Sequence[Statement], array: Var) -> Statement | None:
        """What writes to it last, where what is written elsewhere later is sure to be elsewhere."""
        made = {s.target: s for s in statements}
        while type(array) is Var:
            s = made.get(array)
            if s is None or s.operation.name != "setitem":
                break
            same = self.is_same(s, s.operands[2:])
            if same is None:
                return None
            if same:
                number = operand_aval(s.operands[1])
                return s if not number.shape and number.dtype == "float64" else None
            array = s.operands[0]
        return None

    def unread(
        self, statements: Sequence[Statement], write: Statement, outputs: Sequence[Operand]
    ) -> bool:
        """Whether nothing in the arm reads what has been written to it."""
        if any(o is write.target for o in outputs):
            return False
        versions = {write.target}
        for s in statements:
            if s is write or not any(o in versions for o in s.operands if type(o) is Var):
                continue
            places = s.operands[2:] if s.operation.name == "setitem" else s.operands[1:]
            single = s.operation.name in ("getitem", "setitem") and s.operands[0] in versions
            if not single or self.is_same(s, places) is not False:
                return False
            if s.operation.name == "setitem":
                if s.operands[1] in versions:
                    return False
                versions.add(s.target)
        return True

    def is_same(self, s: Statement, places: Sequence[Operand]) -> bool | None:
        """Whether a statement reads or writes this element; `None` where nobody knows."""
        assert isinstance(s.operation, Structural)
        index, shape = s.operation.params["index"], operand_aval(s.operands[0]).shape
        if len(index) != len(self.index) or len(index) != len(shape):
            return None
        apart = [
            self._apart(item, places, own, n)
            for item, own, n in zip(index, self.index, shape, strict=True)
        ]
        if any(d is True for d in apart):
            return False
        return True if all(d is False for d in apart) else None

    def _apart(self, item: Any, places: Sequence[Operand], own: Any, size: int) -> bool | None:
        one, other = _place(item, places), _place(own, self.at)
        if one is None or other is None:
            return None
        if one is other:
            return False
        first, second = self._number(one), self._number(other)
        if first is None or second is None:
            return None
        more = first.plus(second, -1).known
        if more is None or (more and not abs(more) < size < LEAST_FREE):
            return None  # a place may be counted from the end
        return bool(more)

    def _number(self, operand: Operand) -> Affine | None:
        operand = self.outside.get(operand, operand) if type(operand) is Var else operand
        return (self.numbers.get(operand) if type(operand) is Var else None) or Affine.of(operand)


def _place(item: Any, places: Sequence[Operand]) -> Operand:
    """The place that an item of an index stands for; `None` for a part of an axis."""
    if type(item) is int:
        return item
    return places[item[1]] if type(item) is tuple and item[0] == "place" else None


def _without(statements: list[Statement], write: Statement, array: Var) -> Var:
    """Leave out a write; the last version of the array then."""
    before = write.operands[0]
    statements[:] = [
        Statement(
            s.target,
            s.operation,
            tuple([before if o is write.target else o for o in s.operands]),
            s.span,
        )
        for s in statements
        if s is not write
    ]
    return before if array is write.target else array


def _adds(statements: Sequence[Statement], uses: Counter[Var]) -> Iterator[_Add]:
    """What may be moved."""
    made: dict[Operand, int] = {}
    for k, s in enumerate(statements):
        write = s.operation
        if s.target is not None:
            made[s.target] = k
        if type(write) is not Structural or write.name != "setitem":
            continue
        array, total = s.operands[:2]
        if type(array) is not Var or type(total) is not Var:
            continue
        lines: list[Any] = [made.get(array), None, None, made.get(total), k]
        if lines[0] is None or lines[3] is None or uses[array] != 2 or uses[total] != 1:
            continue
        add = statements[lines[3]]
        if add.operation is not _SUM:
            continue
        for n in (0, 1):
            old, part = add.operands[n], add.operands[1 - n]
            if type(old) is not Var or type(part) is not Var:
                continue
            lines[1], lines[2] = made.get(part), made.get(old)
            found = _found(statements, lines, uses, s)
            if found is not None:
                yield found


def _found(
    statements: Sequence[Statement], lines: Sequence[Any], uses: Counter[Var], s: Statement
) -> _Add | None:
    if None in lines or len(set(lines)) != 5:
        return None
    source, given, read = (statements[k] for k in lines[:3])
    joined = all(
        isinstance(r.operation, Result) and r.operation.kind == "joined" for r in (source, given)
    )
    write: Any = s.operation
    if (
        not joined
        or source.operands != given.operands
        or type(read.operation) is not Structural
        or read.operation.name != "getitem"
        or read.operation.params["index"] != write.params["index"]
        or read.operands[0] is not source.target
        or read.operands[1:] != s.operands[2:]
        or uses[given.target] != 1
        or uses[read.target] != 1
        or given.target is read.target
    ):
        return None
    number = next(k for k, b in enumerate(statements) if b.target is source.operands[0])
    before: set[Operand] = {b.target for b in statements[number:] if b.target is not None}
    if any(type(o) is Var and o in before for o in read.operands[1:]):
        return None
    branch = statements[number].operation
    assert isinstance(branch, Branch)
    assert isinstance(source.operation, Result)
    assert isinstance(given.operation, Result)
    array, part = source.operation.k, given.operation.k
    nothing = [isinstance(a.outputs[part], float) and a.outputs[part] == 0.0 for a in branch.arms]
    whole = all(type(a.outputs[array]) is Var for a in branch.arms)
    if sum(nothing) != 1 or not whole:
        return None
    return _Add(number, array, part, nothing.index(False), lines, whole_numbers(statements))
