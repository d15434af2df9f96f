"""Loops and branches as lines of Python that people read: `for`, `while`, `if`, `break`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ..errors import SourceSpan, UnsupportedError
from ..operations.arrays.index_codes import format_index
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.loops import TAPE, Length
from ..program.naming import printable
from ..program.program import BOOL, Guard, Operand, Statement, Var
from .blocks import Append, Choose, Line, Node, Repeat
from .in_place import InPlace
from .lives import Lives, in_order
from .right_sides import SEVERAL_LINES
from .tidying import head_of

Lines = list[tuple[str, str]]
"""Lines, each with its place in the user's source; a line may be several, joined by newlines."""


class Sides(Protocol):
    """Writes what statements compute."""

    names: Mapping[Var, str]

    def assignment(self, statement: Statement) -> str:
        """The line that gives the target of a statement its value."""

    def condition(self, asked: Statement | Operand, holds: bool = True) -> str:
        """That something holds, or does not: what a statement computes, or an operand."""

    def text(self, operand: Operand) -> str:
        """An operand."""

    def own(self, array: str) -> str:
        """An array that nobody else sees."""

    def builtin(self, name: str) -> str:
        """How a builtin is called."""


class BlockLines:
    """Writes the nodes of a program with loops and branches.

    Args:
        sides: writes what statements compute.
        lives: of the variables.
        in_place: which arrays are written to.
        uses: how often each variable is read.
        outer: writes a statement that is in no loop and no branch.
    """

    def __init__(
        self,
        sides: Sides,
        lives: Lives,
        in_place: InPlace,
        uses: Counter[Var],
        outer: Callable[[Statement], Lines],
    ) -> None:
        self.sides = sides
        self.lives = lives
        self.in_place = in_place
        self.uses = uses
        self.outer = outer
        self.alone: set[Var] = set()  # arrays that are made for one reader

    def lines(self, nodes: Sequence[Node], depth: int = 0, ends: bool = False) -> Lines:
        """The lines of some nodes.

        Args:
            nodes: what to write.
            depth: how many loops and branches they are in.
            ends: whether a guard among them ends a loop.
        """
        found: Lines = []
        k = 0
        while k < len(nodes):
            taken = self._added(nodes[k:], found)
            if not taken:
                taken = self._node(nodes[k], nodes[k + 1 : k + 2], found, depth, ends)
            k += taken
        return found

    def _node(
        self, node: Node, following: Sequence[Node], found: Lines, depth: int, ends: bool
    ) -> int:
        """Write a node, perhaps with the one that follows, and say how many that were."""
        if isinstance(node, Line):
            target = node.statement.target
            makes = node.statement.operation.name in SEVERAL_LINES
            if makes and target is not None and self.uses[target] == 1:
                self.alone.add(target)
            test = self._test(node, following, depth, ends)
            if test is not None:
                self._asking(following[0], test, found, depth, ends)
                return 2
            guard = isinstance(node.statement.operation, Guard)
            if depth == 0 or (guard and not ends):
                found += self.outer(node.statement)
            elif guard:
                self._asking(node, node.statement.operands[0], found, depth, ends)
            else:
                found += self._inner(node.statement)
        elif isinstance(node, Append):
            name = self.sides.names[node.tape]
            value = self.sides.text(node.value)
            found.append((f"{name}.append({value})", ""))
        elif isinstance(node, Choose):
            self._asking(node, node.condition, found, depth, ends)
        else:
            found += self._repeat(node, depth)
        return 1

    # -- statements

    def _inner(self, statement: Statement) -> Lines:
        """A statement in a body or an arm."""
        if statement in self.in_place.writes:
            x, value, *arrays = statement.operands
            assert isinstance(statement.operation, Structural)
            index = format_index(
                statement.operation.params["index"], [self.sides.text(o) for o in arrays]
            )
            text = f"{self.sides.text(x)}[{index}] = {self.sides.text(value)}"
            return [(text, place_of(statement.span))]
        if isinstance(statement.operation, Length):
            assert statement.target is not None
            text = (
                f"{self.sides.names[statement.target]} = {self.sides.text(statement.operands[0])}"
            )
            return [(text, place_of(statement.span))]
        if statement.target is None or not isinstance(statement.operation, Template | Structural):
            raise UnsupportedError(
                f"`{statement.operation.name}` in a loop or a branch cannot be written as Python "
                "that stands alone",
                where=statement.span,
            )
        return [(self.sides.assignment(statement), place_of(statement.span))]

    def _added(self, nodes: Sequence[Node], found: Lines) -> int:
        """Write `x[i] += y` for lines that read an element, add to it and write it."""
        read = nodes[0].statement if isinstance(nodes[0], Line) else None
        if read is None or read.operation.name != "getitem" or self.uses[_target(read)] != 1:
            return 0
        old, parts, taken = read.target, list[Operand](), 1
        for node in nodes[1:]:
            taken += 1
            if not isinstance(node, Line):
                return 0
            statement = node.statement
            if statement in self.in_place.writes:
                break
            if statement.operation is not _ADDED or statement.operands[0] is not old:
                return 0
            old = statement.target
            parts.append(statement.operands[1])
            if self.uses[_target(statement)] != 1:
                return 0
        else:
            return 0
        assert isinstance(statement.operation, Structural)
        assert isinstance(read.operation, Structural)
        x, new, *arrays = statement.operands
        index = statement.operation.params["index"]
        same = read.operation.params["index"] == index and read.operands == (x, *arrays)
        if not parts or new is not old or not same:
            return 0
        where = format_index(index, [self.sides.text(o) for o in arrays])
        for part in parts:
            text = f"{self.sides.text(x)}[{where}] += {self.sides.text(part)}"
            found.append((text, place_of(statement.span)))
        return taken

    # -- conditions

    def _test(
        self, node: Line, following: Sequence[Node], depth: int, ends: bool
    ) -> Statement | None:
        """A condition that is written where it is asked, if that is the next node."""
        statement = node.statement
        target = statement.target
        if target is None or target.aval is not BOOL or self.uses[target] != 1:
            return None
        if not isinstance(statement.operation, Template) or not following:
            return None
        after = following[0]
        if isinstance(after, Choose):
            asked = after.condition
        elif isinstance(after, Line) and isinstance(after.statement.operation, Guard) and ends:
            asked = after.statement.operands[0]
        else:
            return None
        return statement if asked is target else None

    def _asking(
        self, node: Node, test: Statement | Operand, found: Lines, depth: int, ends: bool
    ) -> None:
        """Write what is decided by a condition."""
        if isinstance(node, Line):
            guard = node.statement.operation
            assert isinstance(guard, Guard)
            text = f"if {self.sides.condition(test, not guard.expected)}:\n    break"
            found.append((text, place_of(node.statement.span)))
            return
        assert isinstance(node, Choose)
        (first, one), (second, other) = node.arms
        arms = [
            self.lines(nodes, depth + 1, ends) + self._given(node.results, outputs)
            for nodes, outputs in ((first, one), (second, other))
        ]
        where = place_of(node.span)
        if not arms[0] and not arms[1]:
            return
        holds = bool(arms[0])
        if not holds:
            arms = [arms[1], []]
        found.append((f"if {self.sides.condition(test, holds)}:", where))
        found += indented(arms[0])
        if arms[1]:
            found.append(("else:", ""))
            found += indented(arms[1])

    # -- loops

    def _repeat(self, node: Repeat, depth: int) -> Lines:
        names = self.sides.names
        found: Lines = self._first(node)
        found += [(f"{names[tape]} = []", "") for tape in node.stacked]
        if node.trips is not None:
            found.append((f"{names[node.trips]} = 0", ""))
        nodes = node.nodes
        head = head_of(node)
        if head is not None:
            guard = nodes[1]
            assert isinstance(guard, Line)
            assert isinstance(guard.statement.operation, Guard)
            holds = bool(guard.statement.operation.expected)
            text = f"while {self.sides.condition(head.statement, holds)}:"
            nodes = nodes[2:]
        else:
            text = self._head(node)
        body = self.lines(nodes, depth + 1, node.loop.until)
        body += self._given(node.carried, node.after)
        if node.trips is not None:
            body.append((f"{names[node.trips]} += 1", ""))
        found.append((text, place_of(node.span)))
        found += indented(body or [("pass", "")])
        if node.loop.backward:
            found += [(f"{names[tape]}.reverse()", "") for tape in node.stacked]
        if node.made is not None:
            if node.tapes:
                made = f"{self.sides.builtin('len')}({self.sides.text(node.tapes[0])})"
            else:
                made = f"{self.sides.builtin('max')}({self.sides.text(node.count)}, 0)"
            found.append((f"{names[node.made]} = {made}", ""))
        return found

    def _head(self, node: Repeat) -> str:
        names, text, builtin = self.sides.names, self.sides.text, self.sides.builtin
        if node.entries or node.down is not None:
            entries = [names[v] for v in node.entries]
            order = [text(t) for t in node.tapes]
            if node.loop.backward:
                order = [f"{builtin('reversed')}({t})" for t in order]
            if node.down is not None:
                entries.insert(0, names[node.down[0]])
                range_ = f"{builtin('range')}({text(node.down[1])})"
                order.insert(0, f"{builtin('reversed')}({range_})")
            over = order[0] if len(order) == 1 else f"{builtin('zip')}({', '.join(order)})"
            return f"for {', '.join(entries)} in {over}:"
        if node.loop.endless or node.count is None:
            return "while True:"
        counter = "_" if node.counter is None else names[node.counter]
        return f"for {counter} in {builtin('range')}({text(node.count)}):"

    def _first(self, node: Repeat) -> Lines:
        """What a loop carries before it begins; an array that it writes to is its own."""
        lines = self._given(node.carried, node.first)
        for var, first in zip(node.carried, node.first, strict=True):
            if var not in self.in_place.copied or (type(first) is Var and first in self.alone):
                continue
            name, before = self.sides.names[var], self.sides.text(first)
            if not self.lives.are_one(var, first) and (f"{name} = {before}", "") in lines:
                lines[lines.index((f"{name} = {before}", ""))] = (
                    f"{name} = {self.sides.own(before)}",
                    "",
                )
            else:
                lines.append((f"{name} = {self.sides.own(name)}", ""))
        return lines

    def _given(self, variables: Sequence[Var], values: Sequence[Operand]) -> Lines:
        """The lines that give variables their values, all at the same time."""
        pairs = []
        for var, value in zip(variables, values, strict=True):
            if not self.lives.are_one(var, value):
                read = {self.sides.names[value]} if type(value) is Var else set[str]()
                text = "[]" if value is None and var.aval is TAPE else self.sides.text(value)
                pairs.append((self.sides.names[var], text, read))
        return [(f"{left} = {right}", "") for left, right in in_order(pairs)]


def _target(statement: Statement) -> Var:
    assert statement.target is not None
    return statement.target


_ADDED = Template.of((0, 1, "add"))


def indented(lines: Lines) -> Lines:
    """Lines one level deeper."""
    return [("    " + text.replace("\n", "\n    "), where) for text, where in lines]


def place_of(span: SourceSpan | None) -> str:
    """The place in the user's source, as a comment has it."""
    return "" if span is None else f"{printable(span.file.rpartition('/')[2])}:{span.line}"
