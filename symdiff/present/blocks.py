"""A program with loops and branches as blocks of lines, with one variable for what is one value.

The body of a loop and the arms of a branch have inputs and results of their own. Here what is the
same in all iterations, what an arm is given, and what a loop has found are the variables that they
are made of, as in Python; and a body that is run in two places has variables of its own in each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import TypeAlias

from ..errors import SourceSpan
from ..operations.table.template import Literal, Template
from ..program.branches import Branch
from ..program.loops import TAPE, Loop, Result
from ..program.program import INT, Guard, Keep, Operand, Program, Statement, Var
from ..records import dataclass

_NUMBERS = re.compile(r"(_\d+)+(?=_bar|_dot|_part|$)")
"""What a name has been given to be unlike others."""

ONE = Literal.of(1)
NEXT = ((0, ONE, "add"), (ONE, 0, "add"), (0, 1, "add"))


def plain_hint(name: str) -> str:
    """The name that a variable had before it was made unlike others.

    >>> plain_hint("theta_3_1"), plain_hint("x_1_bar_2"), plain_hint("k2")
    ('theta', 'x_bar', 'k2')
    """
    return _NUMBERS.sub("", name) or name


@dataclass(slots=True, eq=False)
class Line:
    """One statement."""

    statement: Statement


@dataclass(slots=True, eq=False)
class Append:
    """An entry for a tape."""

    tape: Var
    value: Operand


@dataclass(slots=True, eq=False)
class Repeat:
    """A loop.

    Attributes:
        loop: its operation.
        span: where it is from.
        count: the largest number of iterations.
        carried: the variables that it carries, in which its results are as well.
        first: what they are before the loop.
        after: what they become in an iteration.
        entries: the variables that hold the entries of `tapes`.
        tapes: what it goes through.
        stacked: the tapes that it writes.
        trips: what counts its iterations, if somebody asks for that.
        counter: what is 0, 1, 2, ... in its iterations.
        made: the number of iterations, where that is known when the loop is over.
        down: what is n - 1, n - 2, ... in its iterations, and n.
        nodes: its body.
    """

    loop: Loop
    span: SourceSpan | None
    count: Operand
    carried: list[Var]
    first: list[Operand]
    after: list[Operand]
    entries: list[Var]
    tapes: list[Operand]
    stacked: list[Var] = field(default_factory=list)
    trips: Var | None = None
    counter: Var | None = None
    made: Var | None = None
    down: tuple[Var, Operand] | None = None
    nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Choose:
    """A branch: each arm gives each of `results` a value."""

    span: SourceSpan | None
    condition: Operand
    results: list[Var]
    arms: list[tuple[list[Node], list[Operand]]]


Node: TypeAlias = Line | Append | Repeat | Choose


@dataclass(slots=True)
class Blocks:
    """The blocks of a program.

    Attributes:
        nodes: its lines, loops and branches.
        outputs: what it returns.
        hints: the names of the results of loops and branches, which are those of lines elsewhere.
    """

    nodes: list[Node]
    outputs: list[Operand]
    hints: dict[Var, str]


def blocks_of(program: Program) -> Blocks:
    """The blocks of a program; its own inputs and targets stay the variables they are."""
    maker = _Maker()
    nodes, found = maker.block(program.statements, {}, inside=False)
    outputs = [maker.at(o, found) for o in program.outputs]
    return Blocks(nodes, outputs, maker.hints)


def operands_of(node: Node) -> Iterator[Operand]:
    """What a node reads; not what the nodes inside it do."""
    if isinstance(node, Line):
        yield from node.statement.operands
    elif isinstance(node, Append):
        yield node.tape
        yield node.value
    elif isinstance(node, Repeat):
        yield from (node.count, *node.first, *node.after, *node.tapes)
        if node.down is not None:
            yield node.down[1]
    else:
        yield node.condition
        for _, outputs in node.arms:
            yield from outputs


def nodes_in(nodes: Sequence[Node]) -> Iterator[Node]:
    """All nodes, those inside others as well."""
    for node in nodes:
        yield node
        if isinstance(node, Repeat):
            yield from nodes_in(node.nodes)
        elif isinstance(node, Choose):
            for arm, _ in node.arms:
                yield from nodes_in(arm)


def uses_in(nodes: Sequence[Node], outputs: Sequence[Operand] = ()) -> Counter[Var]:
    """How often each variable is read."""
    found = Counter(o for o in outputs if type(o) is Var)
    for node in nodes_in(nodes):
        found.update(o for o in operands_of(node) if type(o) is Var)
    return found


def may_end(node: Node) -> bool:
    """Whether a node may end the loop that it is in."""
    if isinstance(node, Line):
        return isinstance(node.statement.operation, Guard)
    return isinstance(node, Choose) and any(may_end(n) for arm, _ in node.arms for n in arm)


Names: TypeAlias = dict[Var, Operand]


class _Maker:
    def __init__(self) -> None:
        self.hints: dict[Var, str] = {}

    def at(self, operand: Operand, known: Names) -> Operand:
        return known.get(operand, operand) if type(operand) is Var else operand

    def block(
        self, statements: Sequence[Statement], known: Names, inside: bool
    ) -> tuple[list[Node], Names]:
        nodes: list[Node] = []
        read: dict[Operand, dict[tuple[str, int], list[Var]]] = {}
        for statement in statements:
            operation = statement.operation
            if isinstance(operation, Result) and statement.target is not None:
                places = read.setdefault(statement.operands[0], {})
                places.setdefault((operation.kind, operation.k), []).append(statement.target)
        for statement in statements:
            operation, target = statement.operation, statement.target
            if isinstance(operation, Result | Keep):
                continue
            wanted = read.get(target, {})
            if isinstance(operation, Loop):
                self.loop(operation, statement, known, wanted, nodes)
            elif isinstance(operation, Branch):
                self.branch(operation, statement, known, wanted, nodes)
            else:
                if inside and target is not None:
                    known[target] = target = Var(plain_hint(target.name), target.aval)
                operands = tuple([self.at(o, known) for o in statement.operands])
                nodes.append(Line(Statement(target, operation, operands, statement.span)))
                continue
            if not inside:
                for targets in wanted.values():
                    found = known.get(targets[0])
                    if type(found) is Var and found.aval is not TAPE:
                        self.hints.setdefault(found, targets[0].name)
        return nodes, known

    def loop(
        self,
        loop: Loop,
        statement: Statement,
        known: Names,
        wanted: dict[tuple[str, int], list[Var]],
        nodes: list[Node],
    ) -> None:
        count, *given = [self.at(o, known) for o in statement.operands]
        first, tapes, fixed = loop.parts(given)
        body = loop.body
        inner: Names = {v: Var(plain_hint(v.name), v.aval) for v in body.inputs}
        carried, entries, invariants = loop.parts(body.inputs)
        inner.update(zip(invariants, fixed, strict=True))
        entered: dict[Var, Var] = {}  # from each tape
        for var, tape in zip(entries, tapes, strict=True):
            if type(tape) is Var:
                inner[var] = entered.setdefault(tape, _var(inner, var))
        node = Repeat(
            loop,
            statement.span,
            count,
            [_var(inner, v) for v in carried],
            list(first),
            [],
            [*entered.values()],
            [*entered],
        )
        node.nodes, inner = self.block(body.statements, inner, inside=True)
        outputs = [self.at(o, inner) for o in body.outputs]
        node.after = outputs[: loop.carried]
        kept: dict[Var, Var] = {}
        for k, value in enumerate(outputs[loop.carried :]):
            targets = wanted.get(("stacked", k))
            if targets is None:
                continue
            tape = kept.get(value) if type(value) is Var else None
            if tape is None:
                tape = Var(f"{plain_hint(targets[0].name)}_saved", TAPE)
                node.stacked.append(tape)
                _append(node.nodes, Append(tape, value))
            if type(value) is Var:
                kept[value] = tape
            known.update(dict.fromkeys(targets, tape))
        counting = _count(node, wanted)
        asked = [*wanted.get(("trips", 0), ())]
        if counting is not None and not loop.until:
            asked += wanted.get(("carried", counting), [])
        for k, var in enumerate(node.carried):
            known.update(dict.fromkeys(wanted.get(("carried", k), ()), var))
        if asked:
            hint = asked[0].name if counting is None else node.carried[counting].name
            known.update(dict.fromkeys(asked, self._trips(node, hint)))
        if counting is not None and (not loop.until or ("carried", counting) not in wanted):
            _take_out(node, counting)
        nodes.append(node)

    def _trips(self, node: Repeat, hint: str) -> Operand:
        """How many iterations a loop has made."""
        if not node.loop.until:
            if type(node.count) is int and not node.entries:
                return max(node.count, 0)
            node.made = Var(plain_hint(hint), INT)
            return node.made
        node.trips = Var(plain_hint(hint), INT)
        return node.trips

    def branch(
        self,
        branch: Branch,
        statement: Statement,
        known: Names,
        wanted: dict[tuple[str, int], list[Var]],
        nodes: list[Node],
    ) -> None:
        condition, *given = [self.at(o, known) for o in statement.operands]
        results = [k for k in range(len(branch.arms[0].outputs)) if ("joined", k) in wanted]
        made = []
        for k in results:
            targets = wanted["joined", k]
            made.append(Var(plain_hint(targets[0].name), targets[0].aval))
            known.update(dict.fromkeys(targets, made[-1]))
        arms = []
        for arm in branch.arms:
            inner: Names = dict(zip(arm.inputs, given, strict=True))
            inside, inner = self.block(arm.statements, inner, inside=True)
            arms.append((inside, [self.at(arm.outputs[k], inner) for k in results]))
        nodes.append(Choose(statement.span, condition, made, arms))


def _var(known: Names, var: Var) -> Var:
    found = known[var]
    assert isinstance(found, Var)
    return found


def _append(nodes: list[Node], append: Append) -> None:
    """Put an entry onto a tape as soon as it is known that the iteration is made."""
    place = 0
    for k, node in enumerate(nodes):
        made: Sequence[Operand] = ()
        if isinstance(node, Line):
            made = (node.statement.target,)
        elif isinstance(node, Repeat):
            made = (*node.carried, *node.stacked, node.trips, node.made)
        elif isinstance(node, Choose):
            made = node.results
        earlier = isinstance(node, Append) and place == k
        if may_end(node) or earlier or any(o is append.value for o in made if o is not None):
            place = k + 1
    nodes.insert(place, append)


def _count(node: Repeat, wanted: dict[tuple[str, int], list[Var]]) -> int | None:
    """Which carried value counts iterations from 0."""
    if node.entries or node.count is None or node.loop.endless:
        return None
    for k, (var, first, after) in enumerate(zip(node.carried, node.first, node.after, strict=True)):
        if type(first) is not int or first != 0 or type(after) is not Var:
            continue
        made = next((n for n in node.nodes if isinstance(n, Line) and gives(n, after)), None)
        if made is not None and is_next(made, var):
            return k
    return None


def is_next(line: Line, var: Var) -> bool:
    """Whether a line computes a number and one."""
    operation = line.statement.operation
    plain = line.statement.operands in ((var,), (var, 1))
    return plain and isinstance(operation, Template) and operation.code in NEXT


def gives(line: Line, var: Operand) -> bool:
    """Whether a line gives a variable its value."""
    return line.statement.target is var


def _take_out(node: Repeat, k: int) -> None:
    """Have the head of a loop count, instead of a line of its body."""
    node.counter = node.carried.pop(k)
    node.first.pop(k)
    after = node.after.pop(k)
    if not uses_in(node.nodes, node.after)[after]:
        node.nodes = [n for n in node.nodes if not (isinstance(n, Line) and gives(n, after))]
