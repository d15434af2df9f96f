"""Dependence through loops: the iterations in turn, on sets of input elements.

Where a loop has a number of iterations that is known beforehand, whole numbers that count are known
in each of them, and so are the places `x[i + k]` that it reads and writes. Each number of an
iteration then has a set of input elements that it depends on. Of a branch that is not decided by
such numbers both arms count. A loop that ends by what it computes is refused: its pattern would be
that of one input alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..errors import LoopError
from ..operations.table.linearization import linearization
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.branches import Branch
from ..program.loops import TAPE, Loop, Result
from ..program.program import Operand, Program, Statement, Var, operand_aval

Columns: TypeAlias = "frozenset[int]"
Cells: TypeAlias = "list[Columns]"
"""What each element of an array, or the one of a number, depends on."""

Whole = Callable[[Statement, "Sequence[Cells | None]"], Cells]
"""How any other statement passes dependence on."""

_NOTHING: Columns = frozenset()

_MOST_STEPS = 3_000_000
_MOST_PAIRS = 30_000_000
"""A loop that takes more is refused, and unrolled."""


class Entry:
    """An entry of a tape: what it depends on, and its value, if that is known."""

    __slots__ = ("cells", "value")

    def __init__(self, cells: Cells | None, value: Any) -> None:
        self.cells = cells
        self.value = value


class Changed(list[Columns]):
    """An array that an arm has been given: what it writes there stands beside it."""

    def __init__(self, before: Cells) -> None:
        super().__init__()
        self.before = before
        self.changes: dict[int, Columns] = {}

    def __getitem__(self, place: Any) -> Any:
        found = self.changes.get(place)
        return self.before[place] if found is None else found

    def __setitem__(self, place: Any, columns: Any) -> None:
        self.changes[place] = columns

    def __len__(self) -> int:
        return len(self.before)

    def __iter__(self) -> Iterator[Columns]:
        return iter(self.copy())

    def copy(self) -> Cells:
        cells = self.before.copy()
        for place, columns in self.changes.items():
            cells[place] = columns
        return cells


class Inside:
    """What is known of the variables of a program while its loops are gone through.

    Attributes:
        cells: what the elements of a variable depend on; nothing, where it is not here.
        values: the whole numbers and truths that are known.
        tapes: the entries of tapes.
    """

    def __init__(self, whole: Whole) -> None:
        self.cells: dict[Var, Cells] = {}
        self.values: dict[Var, Any] = {}
        self.tapes: dict[Var, list[Entry]] = {}
        self.found: dict[Var, dict[tuple[str, int], Entry | list[Entry]]] = {}
        self.steps = self.pairs = 0
        self.whole = whole
        self.last: dict[int, dict[Var, int]] = {}  # by the identity of a body
        self.twice: set[tuple[Var, str, int]] = set()  # results that are read several times
        self.fixed: set[Var] = set()  # what the next iteration reads again
        self.plans: dict[Any, list[int]] = {}

    # -- operands

    def value(self, operand: Operand) -> Any:
        """The value of an operand, if it is known."""
        return self.values.get(operand) if type(operand) is Var else operand

    def entry(self, operand: Operand) -> Entry:
        if type(operand) is not Var:
            return Entry(None, operand)
        return Entry(self.cells.get(operand), self.values.get(operand))

    def put(self, var: Var, entry: Entry) -> None:
        """Give a variable what an entry has."""
        if entry.cells is None:
            self.cells.pop(var, None)
        else:
            self.cells[var] = entry.cells
        if entry.value is None or var.aval.is_inexact:
            self.values.pop(var, None)
        else:
            self.values[var] = entry.value

    # -- statements

    def run(self, program: Program) -> None:
        """The statements of a body or of an arm."""
        last = self.last.get(id(program))
        if last is None:
            last = self.last[id(program)] = {}
            read: set[tuple[Var, str, int]] = set()
            for k, statement in enumerate(program.statements):
                last.update({o: k for o in statement.operands if type(o) is Var})
                result = statement.operation
                if isinstance(result, Result):
                    key = statement.operands[0], result.kind, result.k
                    (self.twice if key in read else read).add(key)
            last.update({o: len(program.statements) for o in program.outputs if type(o) is Var})
        for k, statement in enumerate(program.statements):
            self.steps += 1
            self.step(statement, k, last)
        if self.steps > _MOST_STEPS or self.pairs > _MOST_PAIRS:
            raise LoopError("the sparsity of a loop that is very long")

    def step(self, statement: Statement, k: int, last: dict[Var, int]) -> None:
        operation, target, operands = statement.operation, statement.target, statement.operands
        if target is None:
            return
        if isinstance(operation, Loop):
            self.loop(operation, statement)
        elif isinstance(operation, Branch):
            self.branch(operation, statement, k, last)
        elif isinstance(operation, Result):
            self.result(operation, statement)
        elif not target.aval.is_inexact:
            self.number(statement, target)
        elif target.still or not any(type(o) is Var and o in self.cells for o in operands):
            self.cells.pop(target, None)
        elif type(operation) is Template and not target.aval.shape:
            self.template(operation, statement, target)
        elif not self.element(statement, target, k, last):
            self.generic(statement, target)

    def number(self, statement: Statement, target: Var) -> None:
        """A whole number or a truth, which depends on nothing."""
        self.values.pop(target, None)
        if target.aval.shape or type(statement.operation) is not Template:
            return
        read = [self.value(o) for o in statement.operands]
        if all(v is not None for v in read):
            self.values[target] = statement.operation.evaluate(*read)

    def template(self, template: Template, statement: Statement, target: Var) -> None:
        operands = statement.operands
        active = tuple([k for k, o in enumerate(operands) if type(o) is Var and o in self.cells])
        key = template, active
        kept = self.plans.get(key)
        if kept is None:
            partials = linearization(template, active).partials
            kept = self.plans[key] = [k for k in active if partials[k] is not None]
        columns = _NOTHING
        for k in kept:
            own = self.cells[operands[k]][0]
            columns = columns | own if columns else own
        self.pairs += len(columns)
        if columns:
            self.cells[target] = [columns]
        else:
            self.cells.pop(target, None)

    def element(self, statement: Statement, target: Var, k: int, last: dict[Var, int]) -> bool:
        """Read or write one element of an array at a place that is known."""
        operation = statement.operation
        if not isinstance(operation, Structural):
            return False
        if operation.name == "item":
            self.cells[target] = self.cells[statement.operands[0]]
            return True
        if operation.name not in ("getitem", "setitem"):
            return False
        x, *further = statement.operands
        value = further.pop(0) if operation.name == "setitem" else None
        place = self.place(operation.params["index"], further, operand_aval(x).shape)
        if place is None:
            return False
        cells = self.cells.get(x) if type(x) is Var else None
        if operation.name == "getitem":
            assert cells is not None
            self.cells[target] = [cells[place]]
            return True
        if operand_aval(value).shape:
            return False
        if cells is None:
            cells = [_NOTHING] * target.aval.size
        elif last[x] > k or x in self.fixed:
            cells = cells.copy()
            self.steps += len(cells) // 16
        own = self.cells.get(value) if type(value) is Var else None
        cells[place] = own[0] if own is not None else _NOTHING
        self.cells[target] = cells
        return True

    def place(self, index: Any, further: Sequence[Operand], shape: tuple[int, ...]) -> int | None:
        """The number of the one element that an index means, if it is known."""
        if len(index) != len(shape):
            return None
        flat = 0
        for item, size in zip(index, shape, strict=True):
            if isinstance(item, tuple) and item[0] == "place":
                item = self.value(further[item[1]])
            if not isinstance(item, int | np.integer) or not -size <= item < size:
                return None
            flat = flat * size + int(item) % size
        return flat

    def generic(self, statement: Statement, target: Var) -> None:
        """A statement that a rule of its own passes dependence through."""
        self.steps += 20
        known = [self.value(o) for o in statement.operands]
        operands = tuple(
            [o if v is None else v for o, v in zip(statement.operands, known, strict=True)]
        )
        made = Statement(target, statement.operation, operands, statement.span)
        parts = [self.cells.get(o) if type(o) is Var else None for o in operands]
        cells = self.whole(made, parts)
        self.pairs += sum(map(len, cells))
        if any(cells):
            self.cells[target] = cells
        else:
            self.cells.pop(target, None)

    # -- loops

    def loop(self, loop: Loop, statement: Statement) -> None:
        body, (count, *given) = loop.body, statement.operands
        if loop.until:
            raise LoopError("the sparsity of a loop that ends by itself", where=statement.span)
        first, tapes, fixed = loop.parts(given)
        carried, elements, invariants = loop.parts(body.inputs)
        trips = len(self.tapes[tapes[0]]) if tapes else self.value(count)
        if trips is None:
            raise LoopError("the sparsity of a loop of any length", where=statement.span)
        trips = max(int(trips), 0)
        for var, operand in zip(invariants, fixed, strict=True):
            self.give(var, operand)
        self.fixed.update(invariants, elements)
        now = [self.entry(o) for o in first]
        for entry in now:  # it is written to in place
            entry.cells = None if entry.cells is None else entry.cells.copy()
        stacked: list[list[Entry]] = [[] for _ in range(loop.stacked)]
        rows: list[Any] = [self.tapes[t] for t in tapes]
        for k in range(trips):
            place = trips - 1 - k if loop.backward and tapes else k
            for var, entry in zip(carried, now, strict=True):
                self.put(var, entry)
            for var, row in zip(elements, rows, strict=True):
                if var.aval is TAPE:
                    self.tapes[var] = row[place]
                else:
                    self.put(var, row[place])
            self.run(body)
            for tape, output in zip(stacked, body.outputs[loop.carried :], strict=True):
                tape.append(self.stacked(output))
            seen: set[int] = set()
            now = []
            for output in body.outputs[: loop.carried]:
                entry = self.entry(output)
                if entry.cells is not None:
                    shared = id(entry.cells) in seen or output in self.fixed
                    seen.add(id(entry.cells))
                    entry.cells = entry.cells.copy() if shared else entry.cells
                now.append(entry)
        found: dict[tuple[str, int], Any] = {("trips", 0): Entry(None, trips)}
        for n, entry in enumerate(now):
            found["carried", n] = entry
        for n, tape in enumerate(stacked):
            found["stacked", n] = tape[::-1] if loop.backward else tape
        assert statement.target is not None
        self.found[statement.target] = found

    def stacked(self, output: Operand) -> Any:
        """What a tape takes of an output."""
        if operand_aval(output) is TAPE:
            return self.tapes[output]
        entry = self.entry(output)
        if entry.cells is not None and len(entry.cells) > 1:
            entry.cells = entry.cells.copy()
            self.steps += len(entry.cells) // 16
        return entry

    def give(self, var: Var, operand: Operand) -> None:
        if var.aval is TAPE:
            self.tapes[var] = self.tapes[operand]
        else:
            self.put(var, self.entry(operand))

    def result(self, result: Result, statement: Statement) -> None:
        target = statement.target
        assert target is not None
        found = self.found[statement.operands[0]][result.kind, result.k]
        if isinstance(found, list):
            self.tapes[target] = found
            return
        self.put(target, found)
        if (statement.operands[0], result.kind, result.k) in self.twice and target in self.cells:
            self.cells[target] = self.cells[target].copy()

    # -- branches

    def branch(self, branch: Branch, statement: Statement, k: int, last: dict[Var, int]) -> None:
        condition, *given = statement.operands
        decided = self.value(condition)
        arms: Sequence[Program] = branch.arms
        if decided is not None:
            arms = [branch.arms[0 if np.all(decided) else 1]]
        results: list[list[Any]] = []
        for arm in arms:
            for var, operand in zip(arm.inputs, given, strict=True):
                self.give(var, operand)
                if var in self.cells and var.aval.shape:
                    self.cells[var] = Changed(self.cells[var])
            self.run(arm)
            results.append([None if o is None else self.handed(o) for o in arm.outputs])
        # What nobody reads after the branch is changed itself.
        read = [o for o in given if type(o) is Var and o in self.cells and o.aval.shape]
        free = {
            id(self.cells[o])
            for o in read
            if last.get(o, k + 1) <= k and o not in self.fixed and read.count(o) == 1
        }
        joined = [
            _either([r for r in own if r is not None], statement)
            for own in zip(*results, strict=True)
        ]
        written = [e.cells for e in joined if isinstance(e, Entry) and type(e.cells) is Changed]
        for cells in written:  # of which two results are made
            if sum(c.before is cells.before for c in written) > 1:
                free.discard(id(cells.before))
        for entry in joined:
            if isinstance(entry, Entry) and type(entry.cells) is Changed:
                entry.cells = self.settled(entry.cells, free)
            elif isinstance(entry, Entry) and entry.cells is not None:
                self.steps += len(entry.cells) // 16
        assert statement.target is not None
        self.found[statement.target] = {("joined", n): entry for n, entry in enumerate(joined)}

    def handed(self, output: Operand) -> Any:
        """What an arm hands on."""
        return self.tapes[output] if operand_aval(output) is TAPE else self.entry(output)

    def settled(self, cells: Changed, free: set[int]) -> Cells:
        """An array with what an arm has written to it."""
        before = cells.before
        if id(before) not in free:
            self.steps += len(before) // 16
            return cells.copy()
        for place, columns in cells.changes.items():
            before[place] = columns
        return before


def _either(results: list[Any], statement: Statement) -> Any:
    """What is known of a result, whichever arm it comes from."""
    if len(results) < 2:
        return results[0] if results else Entry(None, None)
    one, other = results
    if isinstance(one, list):
        if len(one) != len(other):
            raise LoopError("the sparsity of tapes of two lengths", where=statement.span)
        return [_either([a, b], statement) for a, b in zip(one, other, strict=True)]
    same = type(one.value) is type(other.value) and np.array_equal(one.value, other.value)
    value = one.value if same else None
    if one.cells is None or other.cells is None:
        return Entry(one.cells if other.cells is None else other.cells, value)
    return Entry(_union(one.cells, other.cells), value)


def _union(one: Cells, other: Cells) -> Cells:
    """What either array depends on: where both are one, there alone where an arm has written."""
    if isinstance(one, Changed) and isinstance(other, Changed) and one.before is other.before:
        joined = Changed(one.before)
        for place in {**one.changes, **other.changes}:
            joined[place] = one[place] | other[place]
        return joined
    return [a | b for a, b in zip(one, other, strict=True)]
