"""A function of the same numbers that several expressions hold is computed once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from ..operations.table.template import Literal, Template, flatten, is_node, tree_of
from ..program.program import Operand, Program, Statement, Var, operand_aval
from .elementwise import RAISING
from .value_numbering import name_of

_DEAR = (RAISING - {"div", "pow", "strict_pow", "square"}) | {"erf", "erfc", "sigmoid"}
"""Functions that take longer than to read what they have given."""


def with_repeats(program: Program) -> Program:
    """The program in which no two expressions compute the same function of the same numbers.

    What is computed in an arm of a choice alone stays there: it may raise.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import FLOAT
    >>> ops, x = Builder(), Var("x", FLOAT)
    >>> y = ops.emit(Template.of((0, "sin")), (x,), "y")
    >>> z = ops.emit(Template.of((0, "sin", 0, "mul")), (x,), "z")
    >>> for statement in with_repeats(Program("f", (x,), ops.statements, (z,))).statements:
    ...     print(statement)
    y = sin(x)
    z = y*x
    """
    times: dict[Hashable, int] = {}
    for statement in program.statements:
        if type(statement.operation) is Template and not _DEAR.isdisjoint(statement.operation.code):
            for key in _keys(tree_of(statement.operation.code), statement.operands):
                times[key] = times.get(key, 0) + 1
    if all(count == 1 for count in times.values()):
        return program
    sweep = _Sweep(times)
    for statement in program.statements:
        sweep.step(statement)
    return replace(program, statements=sweep.statements)


def _keys(tree: Any, operands: tuple[Operand, ...], inside: bool = False) -> list[Hashable]:
    """The dear functions of an expression, but for those in an arm of a choice."""
    if not is_node(tree):
        return []
    found: list[Hashable] = []
    for k, part in enumerate(tree[1:]):
        found += _keys(part, operands, inside or (tree[0] == "where" and k > 0))
    if tree[0] in _DEAR and not inside:
        found.append(_key(tree, operands))
    return found


def _key(tree: Any, operands: tuple[Operand, ...]) -> Hashable:
    if isinstance(tree, Literal):
        return tree
    if not is_node(tree):
        return ("operand", name_of(operands[tree]))
    return (tree[0], *[_key(part, operands) for part in tree[1:]])


class _Sweep:
    """The statements once more, with what has been computed at hand."""

    def __init__(self, times: dict[Hashable, int]) -> None:
        self.times = times
        self.found: dict[Hashable, Var] = {}
        self.statements: list[Statement] = []

    def step(self, statement: Statement) -> None:
        operation, target = statement.operation, statement.target
        if type(operation) is not Template or target is None:
            self.statements.append(statement)
            return
        if _DEAR.isdisjoint(operation.code):
            self.statements.append(statement)
            return
        operands = list(statement.operands)
        before = tree_of(operation.code)
        after = self.walk(before, statement, operands, False)
        if is_node(before) and before[0] in _DEAR:
            key = _key(before, statement.operands)
            parts = (before[0], *[self.walk(p, statement, operands, False) for p in before[1:]])
            known = self.found.setdefault(key, target)
            after = parts if known is target else after
        if after != before:
            code = flatten(after)
            places = list(dict.fromkeys(t for t in code if type(t) is int))
            template = Template.of(tuple([places.index(t) if type(t) is int else t for t in code]))
            read = tuple([operands[k] for k in places])
            if template.infer([operand_aval(o) for o in read]) is target.aval:
                statement = Statement(target, template, read, statement.span)
        self.statements.append(statement)

    def walk(self, tree: Any, statement: Statement, operands: list[Operand], inside: bool) -> Any:
        """The tree with what is known in place of what is computed again."""
        if not is_node(tree):
            return tree
        if tree[0] in _DEAR and self.times.get(key := _key(tree, statement.operands), 0) > 1:
            known = self.found.get(key)
            whole = statement.operation.code if isinstance(statement.operation, Template) else ()
            if known is None and not inside and flatten(tree) != whole:
                known = self.apart(tree, key, statement)
            if known is not None:
                operands.append(known)
                return len(operands) - 1
        parts = [
            self.walk(part, statement, operands, inside or (tree[0] == "where" and k > 0))
            for k, part in enumerate(tree[1:])
        ]
        return (tree[0], *parts)

    def apart(self, tree: Any, key: Hashable, statement: Statement) -> Var | None:
        """Compute a part in a statement of its own."""
        code = flatten(tree)
        places = list(dict.fromkeys(t for t in code if type(t) is int))
        template = Template.of(tuple([places.index(t) if type(t) is int else t for t in code]))
        read = tuple([statement.operands[k] for k in places])
        aval = template.infer([operand_aval(o) for o in read])
        if aval.dtype != "float64":
            return None
        assert statement.target is not None
        made = self.found[key] = Var(f"{statement.target.name}_part", aval)
        self.statements.append(Statement(made, template, read, statement.span))
        return made
