"""A program with loops and branches line by line, as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..program.program import Guard, Operand, Program, Statement, Var, format_operand, operand_aval
from .block_lines import BlockLines, Lines, place_of
from .blocks import Line, uses_in
from .in_place import InPlace
from .lives import Lives, names_of_blocks
from .tidying import readable_blocks


def described(program: Program) -> tuple[Lines, list[str], list[str]]:
    """The lines of a program, its outputs, and the decisions that it is for."""
    blocks = readable_blocks(program)
    given = {v: v.name for v in program.inputs}
    lives = Lives(blocks, given, lambda statement: ())
    own = {s.target for s in program.statements if s.target is not None}
    names = names_of_blocks(blocks, lives, given, given.values(), own)
    sides = _Sides(names)
    uses = uses_in(blocks.nodes, blocks.outputs)
    written = BlockLines(sides, lives, InPlace(blocks.nodes, lives), uses, sides.line)
    made = {n.statement.target: n.statement for n in blocks.nodes if isinstance(n, Line)}
    decisions = []
    for node in blocks.nodes:
        guard = node.statement.operation if isinstance(node, Line) else None
        if isinstance(node, Line) and isinstance(guard, Guard) and guard.kind == "truth":
            (asked,) = node.statement.operands
            test = made.get(asked, asked) if type(asked) is Var else asked
            decisions.append(sides.condition(test, bool(guard.expected)))
    return written.lines(blocks.nodes), [sides.text(o) for o in blocks.outputs], decisions


class _Sides:
    """What statements compute, as their operations describe it."""

    def __init__(self, names: Mapping[Var, str]) -> None:
        self.names = names

    def line(self, statement: Statement) -> Lines:
        """The line of a statement that is in no loop and no branch."""
        operation = statement.operation
        shown = operation.kind in ("truth", "equal") if isinstance(operation, Guard) else True
        if not shown or operation.name in ("check", "keep"):
            return []
        text = self._value(statement) if statement.target is None else self.assignment(statement)
        return [(text, place_of(statement.span))]

    def assignment(self, statement: Statement) -> str:
        assert statement.target is not None
        return f"{self.names[statement.target]} = {self._value(statement)}"

    def _value(self, statement: Statement) -> str:
        return statement.operation.describe([self.text(o) for o in statement.operands])

    def condition(self, asked: Statement | Operand, holds: bool = True) -> str:
        if isinstance(asked, Statement):
            text = self._value(asked)
        else:
            text = self.text(asked)
            text = f"all({text})" if operand_aval(asked).shape else text
        if holds:
            return text
        joined = any(word in text for word in (" and ", " or ", " if "))
        return f"not ({text})" if joined else f"not {text}"

    def text(self, operand: Operand) -> str:
        if type(operand) is Var:
            return self.names[operand]
        zeros = isinstance(operand, np.ndarray) and operand.ndim and not operand.any()
        if zeros and not np.signbit(operand).any():
            return f"zeros({_size(operand.shape)})"
        return format_operand(operand)

    def own(self, array: str) -> str:
        return array if array.startswith("zeros(") else f"copy({array})"

    def builtin(self, name: str) -> str:
        return name


def _size(shape: Sequence[int]) -> str:
    return str(shape[0]) if len(shape) == 1 else str(tuple(shape))
