"""The lines of a loop that whole arrays compute, where that is worth it: see `optimize/plans.py`.

Whether a loop has iterations enough is asked when the function runs, unless it is known before.
The loop itself then follows as the other way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from functools import partial
from typing import Any

import numpy as np

from ..operations.statements.affine import Affine
from ..optimize.elementwise import LARGEST_INT
from ..optimize.facts import Facts
from ..optimize.planning import plans_in
from ..optimize.plans import Place, Plan, Stored, numbers_in
from ..program.acts import Opaque
from ..program.lengths import AnyLength
from ..program.loops import Loop, Result
from ..program.outside import Check
from ..program.program import INT, Operand, Program, Statement, Var, operand_aval
from ..records import dataclass
from .branches import BranchEmitter
from .counters import factor_of
from .lifetimes import Lifetimes, LoopMemory
from .list_lines import NUMBER
from .loops import Found, indented
from .storage import lists_in
from .whole_lines import Writer

FEWEST = 32
"""A loop of fewer iterations is run as one: NumPy takes longer to begin than Python to go on.

Measured on sums, products, maps and their ways back: NumPy is as fast at 14 to 24 iterations. Where
a loop reads no array, and NumPy has to be told to be silent, it is at 50: of such a loop twice as
many are asked for.
"""

FEWEST_INSIDE = 20
"""The same for a loop in a loop of arrays, which costs a call nothing; as fast at 16."""

Lines = list[tuple[str, str | None]]


@dataclass(slots=True)
class WholeEmitter(BranchEmitter):
    """Writes the lines of a program in which some loops are computed by whole arrays."""

    plans: dict[Var, Plan] = field(default_factory=dict)
    listed: set[Var] = field(default_factory=set)  # what would be lists without these plans
    facts: Facts = field(default_factory=Facts)
    sized: bool = True  # whether arrays have the shapes that are recorded
    exact: bool = False  # whether only what is the same to the last bit is computed so
    acts: bool = False  # whether functions run of which nobody knows what they do
    found_arrays: dict[Var, bool] = field(default_factory=dict)  # of loops: whether they may not be
    arrays: set[Var] = field(default_factory=set)  # tapes that are arrays, or may be
    unsure: set[Var] = field(default_factory=set)  # tapes that are lists where loops are short

    def arrange(self, program: Program) -> None:
        """Decide which loops are computed by whole arrays, and how arrays are kept."""
        if not any(isinstance(s.operation, Loop) for s in program.statements):
            self.as_lists = lists_in(program, self.lifetimes)
            return
        self.acts = any(isinstance(s.operation, Opaque) for s in program.statements)
        self.sized = not self.exact and not _has_free_lengths(program)
        self.listed = lists_in(program, self.lifetimes)
        self.as_lists = self.listed
        self.facts = Facts.of(program)
        scopes = [Scope(program, self.lifetimes, self.facts), *_inside(program, self.lifetimes)]
        targets = Counter(t for scope in scopes for t in scope.loops)
        without = {t for t, times in targets.items() if times > 1}
        while True:
            plans: dict[Var, Plan] = {}
            for k, scope in enumerate(scopes):
                found = plans_in(scope.program, scope.facts, without)
                plans |= found if k == 0 else {t: p for t, p in found.items() if not p.has_tapes}
            lists = lists_in(program, self.lifetimes, plans) if plans else self.listed
            bad = {
                target
                for k, scope in enumerate(scopes)
                for target, (statement, memory) in scope.loops.items()
                if target in plans and not self.fits(plans[target], statement, memory, lists, k > 0)
            }
            if not bad:
                self.plans, self.as_lists, self.quiet = plans, lists, bool(plans)
                return
            without |= bad

    def fits(
        self,
        plan: Plan,
        statement: Statement,
        memory: LoopMemory,
        lists: set[Var],
        inside: bool,
    ) -> bool:
        """Whether a plan is worth it, and its arrays are arrays that it may write to.

        In a loop, it has to be known beforehand that it always is: arrays are not made lists there.
        """
        loop = statement.operation
        assert isinstance(loop, Loop)
        if (plan.count is None and not plan.tapes) or factor_of(loop) is not None:
            return False
        for node in plan.nodes:
            if isinstance(node, Stored):
                k = node.place.k
                if node.number not in memory.lifetimes.in_place or k in memory.copied:
                    return False
        if any(type(o) is Var and o in lists for o in statement.operands):
            return False
        if any(v in lists for v in memory.body.inputs):
            return False
        if plan.raises and self.exact:
            return False
        conditions = self.conditions(plan, statement, self.count_in(plan), inside)
        return conditions == [] if inside else conditions is not None

    def count_in(self, plan: Plan) -> Affine:
        return plan.count or Affine(0, 0, frozenset({(Var("trips", INT), 1)}))

    # -- when

    def conditions(
        self, plan: Plan, statement: Statement, n: Affine, inside: bool
    ) -> list[str] | None:
        """What has to hold when the function runs; `None` if it never does."""
        fewest = FEWEST if plan.places else 2 * FEWEST
        if inside and plan.places:
            fewest = min(FEWEST, FEWEST_INSIDE)
        found: list[str | None] = [self.at_least(n, fewest)]
        last = n.plus(Affine(1), -1)
        bounds: dict[Any, list[Affine]] = {}
        for place in plan.places:
            key = id(place.array) if place.k is None else place.k
            along = place.along
            bounds.setdefault((key, place.axis, along.step, along.parts), []).append(along)
        for place in plan.places:
            key = id(place.array) if place.k is None else place.k
            along = place.along
            several = bounds.pop((key, place.axis, along.step, along.parts), None)
            if several is None:
                continue
            lowest = min(several, key=lambda a: a.const)
            highest = max(several, key=lambda a: a.const)
            begin, end = Affine(0), last
            if along.step < 0:
                begin, end = last, Affine(0)
            found.append(self.at_least(lowest.at(begin), 0))
            array = self.array_of(place, statement)
            size = self.size_of(array, place.axis, plan)
            if size is not None:
                found.append(self.at_least(size.plus(highest.at(end), -1), 1))
            else:
                length = f"{array.name}.shape[{place.axis}]" if place.axis else f"len({array.name})"
                found.append(f"{highest.at(end).text()} < {length}")
        for number in numbers_in(plan.nodes):
            begin, end = number.at(Affine(0)), number.at(last)
            low, high = (begin, end) if number.step >= 0 else (end, begin)
            found.append(self.at_least(low, -LARGEST_INT))
            found.append(self.at_least(high.times(-1), -LARGEST_INT))
        if "False" in found:
            return None
        return list(dict.fromkeys([text for text in found if text]))

    def at_least(self, number: Affine, least: int) -> str:
        """The question whether a number is as large as that; none if it is known to be."""
        if number.known is not None:
            return "" if number.known >= least else "False"
        return f"{number.text()} >= {least}"

    def size_of(self, array: Operand, axis: int, plan: Plan) -> Affine | None:
        """How long an array is along an axis, if that is known."""
        if self.sized or type(array) is not Var:
            return Affine(operand_aval(array).shape[axis])
        known = None if axis else self.facts.lengths.get(array)
        return None if known is None else self.facts.within(known, plan.count)

    def size_at(self, statement: Statement, plan: Plan, place: Place) -> Affine | None:
        return self.size_of(self.array_of(place, statement), place.axis, plan)

    def array_of(self, place: Place, statement: Statement) -> Operand:
        return place.array if place.k is None else statement.operands[1 + place.k]

    # -- the loop

    def loop(self, loop: Loop, statement: Statement, memory: LoopMemory) -> Found:
        assert statement.target is not None
        plan = self.plans.get(statement.target)
        if plan is None:
            return self.one_by_one(loop, statement, memory)
        outer = self.lines
        n = plan.count
        if n is None:
            trips = Var(self.namer("trips"), INT)
            self.lines.append((trips.name, f"len({plan.tapes[0][1].name})"))
            n = Affine(0, 0, frozenset({(trips, 1)}))
        conditions = self.conditions(plan, statement, n, self.depth > 0)
        assert conditions is not None
        unsure = [t for _, t in plan.tapes if t in self.unsure]
        kind = self.object(np.ndarray, "ndarray") if unsure else ""
        conditions += [f"{t.name}.__class__ is {kind}" for t in unsure]
        found = None
        scalar: Lines = []
        if conditions:
            self.lines = scalar
            found = self.one_by_one(loop, statement, memory)
            self.lists_to_arrays(loop, statement, found)
            scalar = self.lines
        names = [(v, v.name) for v in plan.variables(loop.body)]
        self.lines = []
        size = partial(self.size_at, statement, plan)
        writer = Writer(self, plan, loop, statement, memory, n, size, not self.acts)
        found = writer.write(found)
        whole, self.lines = self.lines, outer
        for var, name in names:
            var.name = name
        self.found_arrays[statement.target] = bool(conditions)
        if conditions:
            self.lines += indented(f"if {' and '.join(conditions)}:", whole)
            self.lines += indented("else:", scalar)
        else:
            self.lines += whole
        return found

    def one_by_one(self, loop: Loop, statement: Statement, memory: LoopMemory) -> Found:
        """The lines of the loop itself, which reads tapes that are lists."""
        tapes = [t for t in loop.parts(statement.operands[1:])[1] if t in self.arrays]
        names = [t.name for t in tapes]
        for tape in tapes:
            name = self.namer(f"{NUMBER.sub('', tape.name)}_list")
            self.lines.append((name, f"rt.listed({tape.name})"))
            tape.name = name
        mine = statement.target in self.plans
        lists = {v for v in loop.body.variables() if v in self.listed} if mine else set()
        self.as_lists |= lists
        found = BranchEmitter.loop(self, loop, statement, memory)
        self.as_lists -= lists
        for tape, name in zip(tapes, names, strict=True):
            tape.name = name
        return found

    def lists_to_arrays(self, loop: Loop, statement: Statement, found: Found) -> None:
        """Make arrays of what the loop carries as lists."""
        assert statement.target is not None
        for k in self.lifetimes.joined.get(statement.target, {}):
            if loop.body.inputs[k] in self.listed:
                name = found.carried[k]
                self.lines.append((name, f"numpy.array({name})"))

    def result(self, operation: Result, statement: Statement) -> None:
        BranchEmitter.result(self, operation, statement)
        source, target = statement.operands[0], statement.target
        if operation.kind == "stacked" and source in self.found_arrays and target is not None:
            self.arrays.add(target)
            if self.found_arrays[source]:
                self.unsure.add(target)


@dataclass(slots=True)
class ExactEmitter(WholeEmitter):
    """The same for a function as it is traced, whose own numbers are asked for.

    Its arrays may have other lengths when they are traced than when a derivative is computed.
    """

    exact: bool = True


def _has_free_lengths(program: Program) -> bool:
    """Whether arrays may be longer or shorter than is recorded."""
    for statement in program.statements:
        check = statement.operation
        if isinstance(check, Check) and check.kind == "signature":
            shape = check.expected[1] if isinstance(check.expected, tuple) else ()
            if shape and isinstance(shape[0], AnyLength):
                return True
    return False


class Scope:
    """The loops of a program: of the whole, or of a body in it."""

    def __init__(self, program: Program, lifetimes: Lifetimes, facts: Facts) -> None:
        self.program, self.facts = program, facts
        self.loops = {
            s.target: (s, lifetimes.loops[k])
            for k, s in enumerate(program.statements)
            if isinstance(s.operation, Loop) and s.target is not None
        }


def _inside(program: Program, lifetimes: Lifetimes) -> Iterator[Scope]:
    """The bodies of loops. A whole number in one stands for itself: it may be counted by a head."""
    for k, statement in enumerate(program.statements):
        if isinstance(statement.operation, Loop):
            memory = lifetimes.loops[k]
            yield Scope(statement.operation.body, memory.lifetimes, Facts())
            yield from _inside(statement.operation.body, memory.lifetimes)
