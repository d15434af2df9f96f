"""Find plans for loops: how whole arrays compute what their iterations do. See `plans.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..operations.statements.counting import step_of
from ..operations.statements.known import without_gaps
from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.loops import Loop, Result
from ..program.program import (
    INT,
    Aval,
    Keep,
    Operand,
    Program,
    Statement,
    Var,
    bodies_of,
    operand_aval,
)
from .affine import Affine, affine_of, turned
from .chains import Chain, chains
from .elementwise import LARGEST_INT, Kind, kind_of, operands_of
from .facts import Facts
from .plans import (
    Chosen,
    Computed,
    Lookup,
    Node,
    Part,
    Place,
    Plan,
    Scanned,
    Shifted,
    Stored,
    Term,
    copy_where_needed,
    gives,
    reads_of,
)

_NUMBERS = ("float64", "bool")

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


class _NoPlanError(Exception):
    """The loop is computed iteration by iteration."""


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
    raises: bool = False

    def plan(self) -> Plan | None:
        try:
            return self._plan()
        except _NoPlanError:
            return None

    def _plan(self) -> Plan:
        loop, body = self.loop, self.loop.body
        if len(body.statements) > _LONGEST or any(bodies_of(s.operation) for s in body.statements):
            raise _NoPlanError
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
                raise _NoPlanError
            read.append((var, tape))
            self.vectors.add(var)
        counted: dict[int, Affine] = {}
        numbers: dict[Var, int] = {}
        for k, (var, start) in enumerate(zip(carried, first, strict=True)):
            if var.aval is INT:
                step, begin = step_of(var, body.outputs[k], body.statements), self.number(start)
                if step is None or begin is None:
                    raise _NoPlanError
                counted[k] = self.affine[var] = begin.plus(Affine(0, step))
            elif var.aval.dtype != "float64":
                raise _NoPlanError
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
                    raise _NoPlanError  # it is not carried at all
                self.nodes.append(Shifted(at, var, after))
        for k, (var, output) in enumerate(zip(carried, body.outputs, strict=False)):
            own = type(output) is Var and self.arrays.get(output) == k
            if var in self.arrays and not own:
                raise _NoPlanError
        stacked = [self.value(o) for o in body.outputs[loop.carried :]]
        if not all(isinstance(v, Affine) or self.varies(v) for v in stacked) or not self.nodes:
            raise _NoPlanError
        nodes = self.in_order()
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
            raise _NoPlanError
        return Kind(aval.dtype, 1)

    def node(self, statement: Statement, number: int) -> None:
        operation, target = statement.operation, statement.target
        if target is None:
            raise _NoPlanError
        if operation is COPY and not target.aval.shape:
            self.alias[target] = statement.operands[0]
        elif isinstance(operation, Template):
            self.template(operation, statement, target)
        elif isinstance(operation, Structural) and operation.name == "getitem":
            if target.aval.shape or target.aval.dtype != "float64":
                raise _NoPlanError
            self.nodes.append(Lookup(target, self.place(statement, statement.operands[1:])))
            self.vectors.add(target)
        elif isinstance(operation, Structural) and operation.name == "setitem":
            place = self.place(statement, statement.operands[2:])
            value = self.value(statement.operands[1])
            if place.k is None or self.kind(value).dtype == "bool" or isinstance(value, Affine):
                raise _NoPlanError
            self.nodes.append(Stored(place, value, number))
            self.arrays[target] = place.k
        else:
            raise _NoPlanError

    def template(self, template: Template, statement: Statement, target: Var) -> None:
        values = tuple([self.value(o) for o in statement.operands])
        if target.aval is INT:
            known = [v if isinstance(v, Affine) else Affine.of(v) for v in values]
            number = affine_of(template, known)
            if number is None:
                raise _NoPlanError
            self.affine[target] = number
            return
        kind = kind_of(template, [self.kind(v) for v in values])
        shapes = [(1,) if self.varies(v) else () for v in values]
        if target.aval.shape or not template.written_shape(shapes):
            raise _NoPlanError  # it is one number for all iterations
        if kind is not None and kind.dtype == target.aval.dtype:
            self.raises = self.raises or not kind.harmless
            self.nodes.append(Computed(target, template, values))
        elif kind is None and template.code[-1] == "where" and target.aval.dtype == "float64":
            self.nodes.append(self.choice(template, values, target))
        else:
            raise _NoPlanError
        self.vectors.add(target)

    def choice(self, template: Template, values: Sequence[Any], target: Var) -> Chosen:
        """A choice between values of which one may raise."""
        parts, kinds = [], []
        for code in operands_of(template):
            part, reads = without_gaps(code, values)
            parts.append(Part(part, tuple(reads)))
            kind = kind_of(part, [self.kind(v) for v in reads])
            if kind is None:
                raise _NoPlanError
            kinds.append(kind.dtype)
        condition, *arms = parts
        if kinds[0] != "bool" or "float64" not in kinds or "bool" in kinds[1:]:
            raise _NoPlanError
        if not any(map(self.varies, condition.operands)):
            raise _NoPlanError
        self.raises = True
        return Chosen(target, condition, (arms[0], arms[1]))

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
                raise _NoPlanError
            if number is None:
                raise _NoPlanError
            index.append(number)
        k = self.arrays.get(x) if type(x) is Var else None
        array = self.value(x)
        aval = operand_aval(x)
        if aval.dtype != "float64" or len(index) != aval.ndim:
            raise _NoPlanError
        if sum(bool(i.step) for i in index) != 1:
            raise _NoPlanError
        return Place(array, k, tuple(index))

    # -- what is carried

    def scan(self, k: int, var: Var, chain: Chain) -> None:
        terms = []
        for name, code, statement in chain.terms:
            template, operands = without_gaps(list(code), statement.operands)
            values = tuple([self.value(o) for o in operands])
            kind = kind_of(template, [self.kind(v) for v in values])
            if kind is None or kind.dtype == "bool":
                raise _NoPlanError
            self.raises = self.raises or not kind.harmless
            terms.append(Term(template, values, name == "sub"))
        after = self.loop.body.outputs[k]
        self.nodes.append(Scanned(k, chain.product, tuple(terms), var, after))
        self.vectors.add(after)

    # -- order

    def in_order(self) -> list[Node]:
        """The nodes, so that each follows what it reads, and elements are met as in the loop.

        Raises:
            _NoPlanError: there is no such order.
        """
        nodes = self.nodes
        maker: dict[Var, int] = {}
        for n, node in enumerate(nodes):
            for var in gives(node):
                maker[var] = n
        after: list[set[int]] = [set() for _ in nodes]
        for n, node in enumerate(nodes):
            after[n] = {maker[v] for v in reads_of(node) if v in maker}
        placed = [(n, x.place) for n, x in enumerate(nodes) if isinstance(x, Lookup | Stored)]
        for i, (a, one) in enumerate(placed):
            for b, other in placed[i + 1 :]:
                if one.k is None or one.k != other.k:
                    continue
                if isinstance(nodes[a], Stored) or isinstance(nodes[b], Stored):
                    order = self.before(one, other)
                    if order is True:
                        after[b].add(a)
                    elif order is False:
                        after[a].add(b)
        ordered: list[Node] = []
        made: set[int] = set()
        while len(made) < len(nodes):
            ready = [n for n in range(len(nodes)) if n not in made and after[n] <= made]
            if not ready:
                raise _NoPlanError
            made.add(ready[0])
            ordered.append(nodes[ready[0]])
        return ordered

    def before(self, one: Place, other: Place) -> bool | None:
        """Whether elements are met at one place before the other; `None` if none are the same."""
        if one.axis != other.axis:
            raise _NoPlanError
        for i, j in zip(one.index, other.index, strict=True):
            known = not i.step and i.known is not None and j.known is not None
            if known and i.const != j.const and min(i.const, j.const) >= 0:
                return None  # (Otherwise some may be, and the order does no harm if none are.)
        a, b = one.along, other.along
        apart = a.plus(b, -1).known
        if a.step != b.step or apart is None:
            raise _NoPlanError
        iterations, rest = divmod(apart, a.step)
        most = None if self.count is None else self.count.known
        if rest or (most is not None and abs(iterations) >= most):
            return None
        return iterations >= 0
