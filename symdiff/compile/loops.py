"""The lines of a loop: a `for` or `while` of Python around the lines of its body.

`lambdify` puts lines behind each other as they stand, so a line may hold the head of a loop as
well. Variables of a body get names of their own in the compiled function, where they are locals
like all others: the values that a loop carries stay in them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import count as counting

from ..optimize.checkpointed_bodies import size_of
from ..optimize.checkpoints import Stacking
from ..program.loops import Loop, Result, Room
from ..program.naming import checked
from ..program.program import Guard, Keep, Operand, Program, Statement, Var
from ..records import dataclass
from ..settings import MEMORY_LIMIT
from .checks import ALONE, is_math
from .counters import Count, counted_in, factor_of, most_powers
from .element_lists import is_read_by_element, is_worth_a_list
from .guards import beyond, within
from .lifetimes import LoopMemory, may_end
from .list_lines import NUMBER, ListEmitter
from .rows import Line, rows_before
from .storage import lists_in


@dataclass(frozen=True, slots=True)
class Found:
    """The names that hold what a loop has found."""

    carried: list[str]
    stacked: list[str]
    trips: str
    count: Operand  # the number of iterations, if it is known beforehand


@dataclass(slots=True)
class LoopEmitter(ListEmitter):
    """Writes the lines of a program in which there are loops."""

    found: dict[Var, Found] = field(default_factory=dict)
    ending: bool = False  # whether guards end the loop whose body is written
    depth: int = 0  # how many loops are around what is written
    counts: dict[Var, Operand] = field(default_factory=dict)  # of the entries of tapes
    limited: Mapping[Operand, Stacking] = field(
        default_factory=dict
    )  # the loops that may stack so much
    room: str = ""  # what holds how many bytes may be stacked still, in a loop over loops
    trips: set[Var] = field(default_factory=set)
    spans: dict[range, str] = field(default_factory=dict)
    quiet: bool = False  # whether NumPy computes what Python's own numbers are for

    def arrange(self, program: Program) -> None:
        """Decide how the arrays of a program are kept."""
        self.as_lists = lists_in(program, self.lifetimes)

    def statement(self, statement: Statement, number: int) -> None:
        operation = statement.operation
        self.before = [*self.before[-2:], statement]
        if type(operation) is Loop:
            self.held.clear()
            assert statement.target is not None
            memory = self.lifetimes.loops[number]
            self.found[statement.target] = self.loop(operation, statement, memory)
        elif type(operation) is Result:
            self.result(operation, statement)
        elif type(operation) is Room:
            assert statement.target is not None
            self.python_numbers.add(statement.target)
            source = f"{self.object(operation, 'room')}.evaluate()"
            self.lines.append((statement.target.name, source))
        elif type(operation) is Guard and self.ending:
            test = self.test(statement.operands[0], number)
            test = f"not {test}" if operation.expected else test
            self.lines.append((f"if {test}: break", ALONE))
        elif type(operation) is Guard and operation.kind == "truth":
            (condition,) = statement.operands
            text = self.taken_back(condition, number)
            name = None if text is None else condition.name
            if text is not None:
                condition.name = f"({text})"
            ListEmitter.statement(self, statement, number)
            if name is not None:
                condition.name = name
        elif not self.as_lists or not self.of_lists(statement, number):
            names = self.at_once(statement, number) if self.depth else {}
            ListEmitter.statement(self, statement, number)
            for var, name in names.items():
                var.name = name

    def result(self, operation: Result, statement: Statement) -> None:
        target = statement.target
        assert target is not None
        found = self.found[statement.operands[0]]
        if operation.kind == "trips":
            source = found.trips
            self.trips.add(target)
        else:
            names = found.carried if operation.kind == "carried" else found.stacked
            source = names[operation.k]
            if operation.kind == "stacked":
                self.counts[target] = found.count
        if is_math(target) and not self.careful:
            self.python_numbers.add(target)
        seen = self.lifetimes.seen.get(target)
        if seen is None or seen in self.shared:
            self.shared.add(target)
        self.lines.append((target.name, source))

    def loop(self, loop: Loop, statement: Statement, memory: LoopMemory) -> Found:
        body, operands = loop.body, statement.operands
        first, tapes, fixed = loop.parts(operands[1:])
        carried, _, invariants = loop.parts(body.inputs)
        for var in body.variables():
            var.name = checked(self.namer(NUMBER.sub("", var.name) or var.name))
        count = self.count_of(loop, operands)
        begin = len(self.lines)
        assert statement.target is not None
        asked = self.lifetimes.joined.get(statement.target, {})
        counted = None if operands[0] is None else counted_in(loop, first, asked)
        for k, (var, operand) in enumerate(zip(carried, first, strict=True)):
            if counted is not None and k == counted.k:
                continue
            anew = k in memory.written and k not in memory.handed
            self.lines.append((var.name, self.kept(operand, var, anew)))
        for var, operand in zip(invariants, fixed, strict=True):
            if type(operand) is Var and operand in self.as_lists:
                self.as_lists.add(var)
                var.name = operand.name
                continue
            if type(operand) is Var:
                self.as_lists.discard(var)  # an earlier loop may have it in common with this one
            if type(operand) is Var and (
                self.careful or not is_math(var) or operand in self.python_numbers
            ):
                if self.is_worth_a_list(var, count) and is_read_by_element(body, var):
                    self.lines.append((var.name, f"{operand.name}.tolist()"))
                    self.as_lists.add(var)
                else:
                    var.name = operand.name
            else:
                self.lines.append((var.name, self.kept(operand, var)))
        if not self.careful:
            self.python_numbers.update([v for v in body.inputs if is_math(v)])
            if counted is not None:
                self.python_numbers.add(counted.var)
        self.shared.update(body.inputs)
        stacked = [self.namer(f"stack_{k}") for k in range(loop.stacked)]
        self.lines += [(name, "[]") for name in stacked]
        outside, stacks = self.room, self.limited.get(statement.target)
        room = "" if stacks is None else self.limit(stacks)
        names = [t.name for t in tapes]
        head, trips, after = self.head(loop, operands[0], names, counted, room)
        outer = self.lines, self.lifetimes, self.ending
        self.lines, self.lifetimes, self.ending = [], memory.lifetimes, loop.until
        self.depth += 1
        try:
            self.body(loop, memory, carried, stacked, counted)
            if self.room and stacks is not None:
                self.use_room(size_of(loop))
            inner = self.lines
        finally:
            self.lines, self.lifetimes, self.ending = outer
            self.depth -= 1
        inner = self.with_rows(inner, head, operands[0], names)
        self.lines += indented(head, inner or [("pass", ALONE)])
        self.lines += after
        if self.room and stacks is None and loop.stacked:
            self.use_room(f"{size_of(loop)}*{trips}")
        self.room = outside
        factor = None if self.careful else factor_of(loop)
        if factor is not None:
            self.power(factor, operands[0], carried[0].name, begin)
        if statement.target in self.lifetimes.counted and not trips.isidentifier():
            self.lines.append((self.namer("trips"), trips))  # while the count is what it was
            trips = self.lines[-1][0]
        if loop.backward:
            self.lines += [(f"{name}.reverse()", ALONE) for name in stacked]
        return Found([v.name for v in carried], stacked, trips, count)

    def with_rows(
        self, inner: Sequence[Line], head: str, count: Operand, tapes: Sequence[str]
    ) -> list[Line]:
        """Look rows of lists up that a body does not change, and name them in its lines."""
        nested = {v.name for v in self.as_lists if v.aval.ndim > 1}
        if not nested or (type(count) is int and count < 1):
            return list(inner)
        runs = "" if count is None or type(count) is int else f"{self.operand(count)} > 0"
        before, inner = rows_before(inner, head, nested, tapes[0] if tapes else runs, self.namer)
        self.lines += before
        return inner

    def power(self, factor: float, count: Operand, name: str, begin: int) -> None:
        """Take a power of a factor, instead of so many products, where that is as precise."""
        (_, start), *_ = lines = self.lines[begin:]
        n = self.operand(count)
        if type(count) is int or count not in self.trips:
            n = f"max({n}, 0)"
        times = "" if start == "1.0" else f"*{start}"
        short = [(name, f"{self.operand(factor)}**{n}{times}")]
        self.lines[begin:] = indented(f"if {self.operand(count)} <= {most_powers(factor)}:", short)
        self.lines += indented("else:", lines)

    def limit(self, stacks: Stacking) -> str:
        """Ask how much a loop may stack; gives the name of how many iterations, if known."""
        room = self.namer("room")
        size = 1 if stacks.nested else stacks.size
        limit = f"{self.function(MEMORY_LIMIT.get, 'memory_limit')}()"
        self.lines.append((room, limit if size == 1 else f"{limit}//{size} or 1"))
        self.room = room if stacks.nested else ""
        return "" if stacks.nested else room

    def use_room(self, used: int | str) -> None:
        """Note that so many bytes have been stacked."""
        self.lines.append((self.room, f"{self.room} - {used}"))
        over = self.object(beyond, "beyond")
        self.lines.append((f"if {self.room} < 0: {over}()", ALONE))

    def is_worth_a_list(self, var: Var, count: Operand) -> bool:
        return not self.careful and is_worth_a_list(var, count, self.depth > 0)

    def count_of(self, loop: Loop, operands: Sequence[Operand]) -> Operand:
        """The number of iterations, if it is known."""
        if loop.until:
            return None
        known = [self.counts.get(tape) for tape in loop.parts(operands[1:])[1]]
        return next((n for n in known if n is not None), operands[0])

    def head(
        self,
        loop: Loop,
        count: Operand,
        tapes: Sequence[str],
        counted: Count | None,
        room: str,
    ) -> tuple[str, str, list[tuple[str, str | None]]]:
        """The head of the loop, the number of iterations, and what follows the loop for it."""
        _, elements, _ = loop.parts([v.name for v in loop.body.inputs])
        if elements:
            order = [f"reversed({t})" for t in tapes] if loop.backward else tapes
            over = order[0] if len(order) == 1 else f"zip({', '.join(order)})"
            return f"for {', '.join(elements)} in {over}:", f"len({tapes[0]})", []
        if room:
            most = None if count is None else self.operand(count)
            all_of = f"{self.object(within, 'within')}({most}, {room})"
            if loop.until:
                few = f"min({most}, {room})" if most else room
                return self.ended(counted, self.range_of(few, counted), all_of)
            self.line(f"{most} <= {room} or {self.object(beyond, 'beyond')}()")
        if count is None:
            made = self.namer("trips")
            return f"for {made} in {self.object(counting, 'count')}():", made, []
        most = str(max(count, 0)) if type(count) is int else f"max({self.operand(count)}, 0)"
        if loop.until:
            return self.ended(counted, self.span(count, counted), most)
        if counted is None:
            return f"for {self.unused} in {self.span(count)}:", most, []
        ahead = counted.step if counted.ahead else 0
        return f"for {counted.var.name} in {self.span(count, counted, ahead)}:", most, []

    def ended(
        self, counted: Count | None, numbers: str, most: str
    ) -> tuple[str, str, list[tuple[str, str | None]]]:
        """The same for a loop that guards may end: what its head counts stays what it was then."""
        made = self.namer("trips") if counted is None else counted.var.name
        trips, end = made, most
        if counted is not None and (counted.start != 0 or counted.step != 1):
            start, step = self.number(counted.start, counted.var), counted.step
            trips = f"({made} - {start})" if step == 1 else f"({made} - {start})//{step}"
            end = f"{start} + {_times(step, most)}"
        return f"for {made} in {numbers}:", trips, [(f"else:\n        {made}", end)]

    def range_of(self, n: str, counted: Count | None, ahead: int = 0) -> str:
        """So many whole numbers in a row."""
        start: Operand = 0 if counted is None else counted.start
        step = 1 if counted is None else counted.step
        if type(start) is int:
            start += ahead
            if start == 0:
                return f"range({n})" if step == 1 else f"range(0, {step}*{n}, {step})"
        first = self.operand(start)
        if ahead and type(start) is Var:
            first = f"{first} + {ahead}"
        more = "" if step == 1 else f", {step}"
        return f"range({first}, {first} + {_times(step, n)}{more})"

    def span(self, count: Operand, counted: Count | None = None, ahead: int = 0) -> str:
        """So many whole numbers in a row; made once and for all, if they are known."""
        start: Operand = 0 if counted is None else counted.start
        step = 1 if counted is None else counted.step
        if type(count) is int and type(start) is int:
            start += ahead
            numbers = range(start, start + step * max(count, 0), step)
            if numbers not in self.spans:
                self.spans[numbers] = self.object(numbers, "range")
            return self.spans[numbers]
        return self.range_of(self.operand(count), counted, ahead)

    def body(
        self,
        loop: Loop,
        memory: LoopMemory,
        carried: Sequence[Var],
        stacked: Sequence[str],
        counted: Count | None,
    ) -> None:
        """The lines of one iteration."""
        body = loop.body
        left_out = None if counted is None else counted.left_out
        early = stacked_early(loop, left_out)
        in_place = _assigned_at_once(body, loop.carried, early)
        for k, var in in_place.items():
            if counted is None or k != counted.k:
                var.name = carried[k].name
        for var in loop.parts(body.inputs)[1]:
            if var in self.as_lists:
                self.lines.append((var.name, f"{var.name}.tolist()"))
        self.stack(loop, memory, stacked, early.get(-1, ()))
        for number, statement in enumerate(body.statements):
            if type(statement.operation) is not Keep and number != left_out:
                self.statement(statement, number)
            self.stack(loop, memory, stacked, early.get(number, ()))
        # What a line forgets is forgotten by the next iteration anyway.
        self.lines[:] = [line for line in self.lines if line[1] is not None]
        later = {*range(len(stacked))}.difference(*early.values())
        self.stack(loop, memory, stacked, sorted(later))
        pairs = []
        for k, var in enumerate(carried):
            if counted is not None and k == counted.k:
                continue
            source = self.handed(body.outputs[k], memory, k, var)
            if source != var.name:
                pairs.append((var.name, source))
        self.lines += in_order(pairs)

    def stack(
        self, loop: Loop, memory: LoopMemory, stacked: Sequence[str], chosen: Collection[int]
    ) -> None:
        """Stack some of what an iteration leaves for a way back."""
        body = loop.body
        for k in chosen:
            output = body.outputs[loop.carried + k]
            source = self.handed(output, memory, loop.carried + k)
            if type(output) is Var and self.lines and self.lines[-1][0] == source == output.name:
                read = [o for s in body.statements for o in s.operands] + [*body.outputs]
                if sum(o is output for o in read) == 1:
                    source = self.lines.pop()[1] or source
            self.line(f"{stacked[k]}.append({source})")

    def handed(self, output: Operand, memory: LoopMemory, k: int, var: Var | None = None) -> str:
        """What an iteration hands on as its output number `k`: to the next, or to a tape."""
        anew = k in memory.copied
        if var is not None:
            return self.kept(output, var, anew)
        if type(output) is not Var:
            source = self.constant(output)
        elif output in self.as_lists:
            return f"numpy.array({output.name})"
        else:
            source = self.number(output, output)
        return f"numpy.array({source})" if anew else source


def _times(step: int, n: str) -> str:
    return n if step == 1 else f"{step}*{n}"


def indented(
    head: str, lines: Sequence[tuple[str, str | None]]
) -> Iterator[tuple[str, str | None]]:
    """Lines under a head, which stands in front of the first."""
    for k, (target, source) in enumerate(lines):
        deeper = target.replace("\n", "\n    ")
        yield (f"{head}\n        {deeper}" if k == 0 else f"    {deeper}"), source


def stacked_early(loop: Loop, left_out: int | None) -> dict[int, list[int]]:
    """Which numbers may be stacked behind which statement: as soon as the iteration is sure.

    Behind statement -1 are those that are there beforehand.
    """
    body = loop.body
    guarded = max([k for k, s in enumerate(body.statements) if may_end(s)], default=-1)
    defined = {s.target: k for k, s in enumerate(body.statements) if k != left_out}
    found: dict[int, list[int]] = {}
    for k, output in enumerate(body.outputs[loop.carried : loop.carried + loop.stacked]):
        if type(output) is Var and is_math(output):
            found.setdefault(max(guarded, defined.get(output, -1)), []).append(k)
    return found


def _assigned_at_once(
    body: Program, carried: int, early: Mapping[int, Sequence[int]]
) -> dict[int, Var]:
    """The outputs that may be assigned to the carried variables where they are computed.

    Nothing reads the old value after that, and no guard that would keep it follows.
    """
    before = Counter(body.outputs[carried + k] for ks in early.values() for k in ks)
    last: dict[Var, int] = {}
    defined: dict[Var, int] = {}
    guarded = -1
    for k, statement in enumerate(body.statements):
        operation, target = statement.operation, statement.target
        if may_end(statement):
            guarded = k
        last.update({o: k for o in statement.operands if type(o) is Var})
        if target is not None and not target.aval.shape and type(operation) is not Loop:
            if type(operation) is not Result:
                defined[target] = k
            elif operation.kind == "joined":
                defined[target] = defined[statement.operands[0]]  # the arms assign it
    uses = Counter(o for o in body.outputs if type(o) is Var)
    found: dict[int, Var] = {}
    for k, (old, new) in enumerate(zip(body.inputs[:carried], body.outputs, strict=False)):
        if uses[old] > before[old] or type(new) is not Var or new not in defined or uses[new] > 1:
            continue
        if not is_math(new) or not is_math(old) or new.aval.dtype != old.aval.dtype:
            continue
        at = defined[new]
        if last.get(old, -1) <= at and guarded < at:
            found[k] = new
    return found


def in_order(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str | None]]:
    """Assignments that are made at the same time, as lines one after another where that is so."""
    waiting, lines = list(pairs), list[tuple[str, str | None]]()
    while waiting:
        words = [set(re.findall(r"\w+", source)) for _, source in waiting]  # it may be a copy
        read = Counter(word for found in words for word in found)
        free = [p for p, own in zip(waiting, words, strict=True) if read[p[0]] == int(p[0] in own)]
        if not free:
            names, sources = zip(*waiting, strict=True)
            return [*lines, (", ".join(names), ", ".join(sources))]
        lines += free
        waiting = [p for p in waiting if p not in free]
    return lines
