"""What a reader does without: questions with known answers, and counts that heads may make."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.table.template import Literal, Template
from ..program.program import Guard, Operand, Program, Statement, Var
from .blocks import (
    ONE,
    Blocks,
    Choose,
    Line,
    Node,
    Repeat,
    blocks_of,
    gives,
    is_next,
    may_end,
    nodes_in,
    uses_in,
)


def readable_blocks(program: Program) -> Blocks:
    """The blocks of a program as they are written down."""
    blocks = blocks_of(program)
    blocks.nodes = _without_known_ends(blocks.nodes, blocks.outputs)
    blocks.nodes = _counting_down(blocks.nodes, blocks.outputs)
    return blocks


# -- where a loop has ended


def head_of(node: Repeat) -> Line | None:
    """The first line of a loop that goes on while that line holds, and ends for nothing else."""
    if not node.loop.endless or len(node.nodes) < 2:
        return None
    line, guard = node.nodes[:2]
    if not isinstance(line, Line) or not isinstance(line.statement.operation, Template):
        return None
    if not isinstance(guard, Line) or not isinstance(guard.statement.operation, Guard):
        return None
    target = line.statement.target
    if target is None or target.aval.shape or guard.statement.operands != (target,):
        return None
    if any(map(may_end, node.nodes[2:])) or uses_in(node.nodes, node.after)[target] != 1:
        return None
    return line


def _without_known_ends(nodes: Sequence[Node], outputs: Sequence[Operand]) -> list[Node]:
    """Leave out to ask, after a `while` loop, whether its condition does not hold any more."""
    known: dict[Var, bool] = {}

    def look(nodes: Sequence[Node]) -> list[Node]:
        ends: list[tuple[Statement, bool]] = []
        left: list[Node] = []
        for node in nodes:
            if isinstance(node, Repeat):
                head = head_of(node)
                if head is not None:
                    ends.append((head.statement, not _guard_of(node.nodes[1]).expected))
                node.nodes = look(node.nodes)
            elif isinstance(node, Choose):
                node.arms = [(look(arm), outputs) for arm, outputs in node.arms]
            elif isinstance(node, Line):
                statement = node.statement
                for end, holds in ends:
                    same = statement.operation is end.operation
                    if same and statement.operands == end.operands and statement.target is not None:
                        known[statement.target] = holds
                if may_end(node):
                    guard = _guard_of(node)
                    asked = statement.operands[0] if guard.kind == "truth" else None
                    if type(asked) is Var and known.get(asked) is guard.expected:
                        continue
            left.append(node)
        return left

    left = look(nodes)
    uses = uses_in(left, outputs)
    unused = {v for v in known if not uses[v]}

    def clear(nodes: Sequence[Node]) -> list[Node]:
        for node in nodes:
            if isinstance(node, Repeat):
                node.nodes = clear(node.nodes)
            elif isinstance(node, Choose):
                node.arms = [(clear(arm), outputs) for arm, outputs in node.arms]
        return [n for n in nodes if not (isinstance(n, Line) and n.statement.target in unused)]

    return clear(left) if unused else left


def _guard_of(node: Node) -> Guard:
    assert isinstance(node, Line)
    assert isinstance(node.statement.operation, Guard)
    return node.statement.operation


# -- loops that count back

_LESS = Template.of((0, ONE, "sub"))
_AT_LEAST_ZERO = Template.of((0, Literal.of(0), "larger"))


def _counting_down(nodes: list[Node], outputs: Sequence[Operand]) -> list[Node]:
    """Have the heads of loops that go back count, where they count back to 0."""
    counts = _Counts(nodes)
    loops = [n for n in nodes_in(nodes) if isinstance(n, Repeat)]
    for loop in loops:
        line = loop.nodes[0] if loop.nodes else None
        if loop.loop.until or loop.counter is not None or not isinstance(line, Line):
            continue
        for k, (var, after) in enumerate(zip(loop.carried, loop.after, strict=True)):
            own = line.statement.operation is _LESS and line.statement.operands == (var,)
            if not own or type(after) is not Var or not gives(line, after):
                continue
            count = counts.made_by(loop, loop.first[k])
            if count is None or uses_in(nodes, outputs)[var] != 1:
                continue
            del loop.carried[k], loop.first[k], loop.after[k], loop.nodes[0]
            loop.down = after, count
            break
    uses = uses_in(nodes, outputs)
    for loop in loops:
        if loop.made is not None and not uses[loop.made]:
            loop.made = None
    unread = {v for v in counts.at_least if not uses[v]}
    return [n for n in nodes if not (isinstance(n, Line) and n.statement.target in unread)]


class _Counts:
    """How many iterations loops make."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.at_least: dict[Operand, Operand] = {}  # a count where it is not negative
        self.makers: dict[Operand, Repeat] = {}  # of tapes, and of what counts iterations
        for node in nodes_in(nodes):
            if isinstance(node, Line):
                if node.statement.operation is _AT_LEAST_ZERO:
                    self.at_least[node.statement.target] = node.statement.operands[0]
            elif isinstance(node, Repeat):
                made = [node.made, node.trips, *node.stacked, *_counting(node)]
                self.makers.update({v: node for v in made if v is not None})

    def _amount(self, operand: Operand) -> Operand:
        return self.at_least.get(operand, operand) if type(operand) is Var else operand

    def made_by(self, loop: Repeat, start: Operand) -> Operand:
        """What `start` is the number of, if a loop makes as many iterations; else `None`."""
        amount = self._amount(start)
        maker = self.makers.get(start) if type(start) is Var else None
        if maker is not None and not maker.loop.until and not maker.entries:
            amount = self._amount(maker.count)
        for tape in loop.tapes:
            other = self.makers.get(tape) if type(tape) is Var else None
            if other is None or other.entries:
                return None
            if other is not maker and (
                other.loop.until or not _same(self._amount(other.count), amount)
            ):
                return None
        if not loop.tapes and not _same(self._amount(loop.count), amount):
            return None
        return amount


def _same(one: Operand, other: Operand) -> bool:
    return one is other or (type(one) is int and type(other) is int and one == other)


def _counting(loop: Repeat) -> list[Var]:
    """The carried values that count iterations from 0."""
    found = []
    for var, first, after in zip(loop.carried, loop.first, loop.after, strict=True):
        made = next((n for n in loop.nodes if isinstance(n, Line) and gives(n, after)), None)
        if type(first) is int and first == 0 and made is not None and is_next(made, var):
            found.append(var)
    return found
