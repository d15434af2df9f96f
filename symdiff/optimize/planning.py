"""Find plans for loops: how whole arrays compute what their iterations do. See `plans.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Any

from ..operations.statements.affine import Affine, affine_of, turned
from ..operations.statements.counting import step_of
from ..operations.statements.known import without_gaps
from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import (
    INT,
    Aval,
    Keep,
    Operand,
    Program,
    Statement,
    Var,
    operand_aval,
)
from ..records import dataclass
from .chains import COMPARED, Chain, chains
from .elementwise import EXACT, LARGEST_INT, Kind, kind_of, operands_of
from .facts import Facts
from .ordering import in_order
from .plans import (
    Chosen,
    Computed,
    Lookup,
    Node,
    NoPlanError,
    Part,
    Place,
    Plan,
    Scanned,
    Shifted,
    Stored,
    Term,
    copy_where_needed,
)

_NUMBERS = ("float64", "bool")

_WHERE = Template.of((0, 1, 2, "where"))

_LONGEST = 256
"""An iteration of more statements is not looked at: nodes are compared in pairs."""


def plans_in(program: Program, facts: Facts, without: Collection[Var] = ()) -> dict[Var, Plan]:
    """The loops of a program that have plans, by their targets, but for some.

    What they stack is an array, or numbers that count; loops alone read it.
    """
    uses = _Uses.of(program)
    plans: dict[Var, Plan] = {}
    counts: dict[Var, Affine | None] = {}
    whole: dict[Var, Affine | None] = {}  # tapes, and the numbers on those that count
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if isinstance(operation, Result) and operation.kind == "stacked":
            assert target is not None
            counts[target] = counts.get(statement.operands[0])
            made = plans.get(statement.operands[0])
            if made is not None:
                entry = made.stacked[operation.k]
                whole[target] = made.in_tape(entry) if isinstance(entry, Affine) else None
        if not isinstance(operation, Loop) or target is None:
            continue
        tapes = operation.parts(statement.operands[1:])[1]
        count = facts.number(statement.operands[0]) if not operation.until else None
        if tapes and not operation.until:
            count = next((n for t in tapes if (n := counts.get(t)) is not None), None)
        counts[target] = count
        if target in without or not all(t in whole for t in tapes):
            continue
        if operation.until or (operation.stacked and target not in uses.only_tapes):
            continue
        plan = _Planner(operation, statement, count, facts, whole).plan()
        if plan is not None:
            plans[target] = plan
    return plans


@dataclass(frozen=True, slots=True)
class _Uses:
    """Of which loops all tapes are read by loops alone."""

    only_tapes: set[Var]

    @staticmethod
    def of(program: Program) -> _Uses:
        loops = {s.target for s in program.statements if type(s.operation) is Loop}
        tapes: dict[Var, Var] = {}
        for s in program.statements:
            if isinstance(s.operation, Result) and s.operation.kind == "stacked":
                assert s.target is not None
                tapes[s.target] = s.operands[0]
        other = {tapes[o] for o in program.outputs if type(o) is Var and o in tapes}
        for s in program.statements:
            read: Sequence[Operand] = ()
            if isinstance(s.operation, Loop):
                read = s.operation.parts(s.operands[1:])[1]
            for o in s.operands:
                if type(o) is Var and o in tapes and not any(o is t for t in read):
                    other.add(tapes[o])
        return _Uses({v for v in loops if v is not None and v not in other})


@dataclass(slots=True)
class _Planner:
    loop: Loop
    statement: Statement
    count: Affine | None
    facts: Facts
    whole: Mapping[Var, Affine | None]
    nodes: list[Node] = field(default_factory=list)
    alias: dict[Var, Operand] = field(default_factory=dict)
    affine: dict[Var, Affine] = field(default_factory=dict)
    arrays: dict[Var, int] = field(default_factory=dict)  # what is carried, as it is written to
    vectors: set[Var] = field(default_factory=set)
    in_arms: set[Var] = field(default_factory=set)
    branches: dict[Var, tuple[Operand, Sequence[Program]]] = field(default_factory=dict)
    raises: bool = False

    def plan(self) -> Plan | None:
        try:
            return self._plan()
        except NoPlanError:
            return None

    def _plan(self) -> Plan:
        loop, body = self.loop, self.loop.body
        if len(body.statements) > _LONGEST:
            raise NoPlanError
        first, tapes, fixed = loop.parts(self.statement.operands[1:])
        carried, entries, invariants = loop.parts(body.inputs)
        self.alias.update(zip(invariants, fixed, strict=True))
        read: list[tuple[Var, Var]] = []
        for var, tape in zip(entries, tapes, strict=True):
            counting = self.whole[tape]
            if counting is not None and self.count is not None:
                self.affine[var] = self.from_tape(counting)
                continue
            if var.aval.shape or var.aval.dtype not in _NUMBERS:
                raise NoPlanError
            read.append((var, tape))
            self.vectors.add(var)
        counted: dict[int, Affine] = {}
        numbers: dict[Var, int] = {}
        for k, (var, start) in enumerate(zip(carried, first, strict=True)):
            if var.aval is INT:
                step, begin = step_of(var, body.outputs[k], body.statements), self.number(start)
                if step is None or begin is None:
                    raise NoPlanError
                counted[k] = self.affine[var] = begin.plus(Affine(0, step))
            elif var.aval.dtype != "float64":
                raise NoPlanError
            elif var.aval.shape:
                self.arrays[var] = k
            else:
                numbers[var] = k
                self.vectors.add(var)
        sums = chains(body, numbers)
        inside = {s.target for chain in sums.values() for s in chain.lines}
        for number, statement in enumerate(body.statements):
            if type(statement.operation) is not Keep and statement.target not in inside:
                self.node(statement, number)
            for var, chain in sums.items():
                if chain.lines[-1] is statement:
                    self.scan(numbers[var], var, chain)
        for var, at in numbers.items():
            if var not in sums:
                after = self.value(body.outputs[at])
                if after is var:
                    raise NoPlanError  # it is not carried at all
                self.nodes.append(Shifted(at, var, after))
        for k, (var, output) in enumerate(zip(carried, body.outputs, strict=False)):
            own = type(output) is Var and self.arrays.get(output) == k
            if var in self.arrays and not own:
                raise NoPlanError
        stacked = [self.value(o) for o in body.outputs[loop.carried :]]
        if not all(isinstance(v, Affine) or self.varies(v) for v in stacked) or not self.nodes:
            raise NoPlanError
        nodes = in_order(self.nodes, self.count)
        kept = [*stacked, *[n.after for n in nodes if isinstance(n, Shifted)]]
        kept = [v for v in kept if type(v) is Var and v in self.vectors]
        copy_where_needed(nodes, kept)
        return Plan(
            nodes,
            self.count,
            read,
            loop.backward,
            stacked,
            kept,
            frozenset(self.vectors),
            counted,
            self.raises,
        )

    # -- statements

    def value(self, operand: Operand) -> Any:
        """An operand as an array of the plan, a whole number, or what is outside."""
        while type(operand) is Var and operand in self.alias:
            operand = self.alias[operand]
        if type(operand) is Var and operand.aval is INT:
            return self.affine.get(operand) or self.number(operand)
        return operand

    def number(self, operand: Operand) -> Affine | None:
        """A whole number from outside."""
        number = self.facts.number(operand)
        return None if number is None else self.facts.within(number, self.count)

    def from_tape(self, number: Affine) -> Affine:
        found = turned(number, self.count) if self.loop.backward else number
        assert found is not None
        return self.facts.within(found, self.count)

    def kind(self, value: Any) -> Kind:
        if isinstance(value, Affine):
            return Kind("int64", 1)
        aval: Aval = operand_aval(value)
        whole = type(value) is int and abs(value) <= LARGEST_INT
        if aval.shape or not (whole or aval.dtype in _NUMBERS):
            raise NoPlanError
        return Kind(aval.dtype, 1)

    def node(self, statement: Statement, number: int) -> None:
        operation, target = statement.operation, statement.target
        if target is None:
            raise NoPlanError
        if isinstance(operation, Template):
            self.template(operation, statement.operands, target)
        elif isinstance(operation, Branch):
            self.branch(operation, statement, target)
        elif isinstance(operation, Result) and statement.operands[0] in self.branches:
            self.joined(operation, statement, target)
        elif isinstance(operation, Structural) and operation.name == "getitem":
            if target.aval.shape or target.aval.dtype != "float64":
                raise NoPlanError
            self.nodes.append(Lookup(target, self.place(statement, statement.operands[1:])))
            self.vectors.add(target)
        elif isinstance(operation, Structural) and operation.name == "setitem":
            place = self.place(statement, statement.operands[2:])
            value = self.value(statement.operands[1])
            if place.k is None or self.kind(value).dtype == "bool" or isinstance(value, Affine):
                raise NoPlanError
            self.nodes.append(Stored(place, value, number))
            self.arrays[target] = place.k
        else:
            raise NoPlanError

    def branch(self, branch: Branch, statement: Statement, target: Var) -> None:
        """Both arms are computed, if neither may raise; a choice follows for each result."""
        condition, *given = statement.operands
        self.branches[target] = condition, branch.arms
        raises, self.raises = self.raises, False
        for arm in branch.arms:
            for var, operand in zip(arm.inputs, given, strict=True):
                if self.alias.setdefault(var, operand) is not operand:
                    raise NoPlanError  # the arms have it in common
            for line in arm.statements:
                if type(line.operation) is not Keep:
                    self.arm_line(line)
        if self.raises:
            raise NoPlanError
        self.raises = raises

    def arm_line(self, line: Statement) -> None:
        operation, target = line.operation, line.target
        if target is None or target in self.in_arms:
            raise NoPlanError  # (The arms have it in common.)
        self.in_arms.add(target)
        if isinstance(operation, Template):
            self.template(operation, line.operands, target, in_arm=True)
        elif isinstance(operation, Branch):
            self.branch(operation, line, target)
        elif isinstance(operation, Result) and line.operands[0] in self.branches:
            self.joined(operation, line, target, in_arm=True)
        else:
            raise NoPlanError

    def joined(
        self, result: Result, statement: Statement, target: Var, in_arm: bool = False
    ) -> None:
        """A result of a branch: what one arm or the other gives."""
        condition, arms = self.branches[statement.operands[0]]
        ways = [arm.outputs[result.k] for arm in arms]
        if any(way is None for way in ways):
            raise NoPlanError
        self.template(_WHERE, (condition, *ways), target, in_arm)

    def template(
        self,
        template: Template,
        operands: Sequence[Operand],
        target: Var,
        in_arm: bool = False,
    ) -> None:
        if template is COPY and not target.aval.shape:
            self.alias[target] = operands[0]
            return
        values = tuple([self.value(o) for o in operands])
        if target.aval is INT:
            known = [v if isinstance(v, Affine) else Affine.of(v) for v in values]
            number = affine_of(template, known)
            if number is None:
                raise NoPlanError
            self.affine[target] = number
            return
        kind = kind_of(template, [self.kind(v) for v in values])
        shapes = [(1,) if self.varies(v) else () for v in values]
        varies = bool(template.written_shape(shapes))
        if target.aval.shape or not (varies or in_arm):
            raise NoPlanError  # it is one number for all iterations
        if kind is not None and kind.dtype == target.aval.dtype:
            self.raises = self.raises or not kind.harmless
            self.nodes.append(Computed(target, template, values))
        elif kind is None and template.code[-1] == "where" and target.aval.dtype == "float64":
            self.nodes.append(self.choice(template, values, target))
        else:
            raise NoPlanError
        if varies:
            self.vectors.add(target)

    def choice(self, template: Template, values: Sequence[Any], target: Var) -> Chosen:
        """A choice between values of which one may raise."""
        parts, kinds = [], []
        for code in operands_of(template):
            part, reads = without_gaps(code, values)
            parts.append(Part(part, tuple(reads)))
            kind = kind_of(part, [self.kind(v) for v in reads])
            if kind is None:
                raise NoPlanError
            kinds.append(kind.dtype)
        condition, *arms = parts
        if kinds[0] != "bool" or "float64" not in kinds or "bool" in kinds[1:]:
            raise NoPlanError
        if not any(map(self.varies, condition.operands)):
            raise NoPlanError
        self.raises = True
        return Chosen(target, condition, (arms[0], arms[1]))

    def is_exact(self, code: Sequence[Any], operands: Sequence[Operand]) -> bool:
        """Whether an iteration would compute a value of this code to the last bit as NumPy does."""
        if not EXACT.issuperset(t for t in code if isinstance(t, str)):
            return False
        read = [operands[t] for t in code if type(t) is int]
        made = [s for s in self.loop.body.statements if any(s.target is o for o in read)]
        for s in made:
            operation = s.operation
            if isinstance(operation, Template):
                if not self.is_exact(operation.code, s.operands):
                    return False
            elif not isinstance(operation, Structural):
                return False
        return True

    def varies(self, value: Any) -> bool:
        if isinstance(value, Affine):
            return bool(value.step)
        return type(value) is Var and value in self.vectors

    def place(self, statement: Statement, places: Sequence[Operand]) -> Place:
        operation, x = statement.operation, statement.operands[0]
        assert isinstance(operation, Structural)
        index = []
        for item in operation.params["index"]:
            if type(item) is int:
                number: Any = Affine(item)
            elif isinstance(item, tuple) and item[0] == "place":
                number = self.value(places[item[1]])
                number = number if isinstance(number, Affine) else Affine.of(number)
            else:
                raise NoPlanError
            if number is None:
                raise NoPlanError
            index.append(number)
        k = self.arrays.get(x) if type(x) is Var else None
        array = self.value(x)
        aval = operand_aval(x)
        if aval.dtype != "float64" or len(index) != aval.ndim:
            raise NoPlanError
        if sum(bool(i.step) for i in index) != 1:
            raise NoPlanError
        return Place(array, k, tuple(index))

    # -- what is carried

    def scan(self, k: int, var: Var, chain: Chain) -> None:
        terms = []
        for step in chain.steps:
            template, operands = without_gaps(list(step.code), step.operands)
            values = tuple([self.value(o) for o in operands])
            kind = kind_of(template, [self.kind(v) for v in values])
            if kind is None or kind.dtype == "bool":
                raise NoPlanError
            self.raises = self.raises or not kind.harmless
            terms.append(Term(template, values, step.name == "sub"))
            if step.name in COMPARED and not self.is_exact(step.code, step.operands):
                raise NoPlanError  # a way back that is run as a loop would not know it again
        after = self.loop.body.outputs[k]
        self.nodes.append(Scanned(k, chain.how, tuple(terms), var, after))
        self.vectors.add(after)
