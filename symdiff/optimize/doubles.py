"""What is added to itself is doubled: one pass over an array, with the same bits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..operations.table.template import Literal, Template, flatten, is_node, tree_of
from ..program.program import Operand, Program, Statement, Var, operand_aval


def with_doubles(program: Program) -> Program:
    """The program with `2.0*x` for `x + x`, and `4.0*y` where `x` is `2.0*y`.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import Aval
    >>> ops, x = Builder(), Var("x", Aval.of((3,), "float64"))
    >>> y = ops.mul(2.0, x)
    >>> total = ops.emit(Template.of((0, 1, "add")), (y, y))
    >>> print(with_doubles(Program("f", (x,), ops.statements, (total,))).statements[-1])
    t = 4.0*x
    """
    made: dict[Var, Statement] = {}
    statements = []
    changed = False
    for statement in program.statements:
        target = statement.target
        if type(statement.operation) is Template and target is not None:
            doubled = _doubled(statement, made)
            changed = changed or doubled is not statement
            statement = doubled
            made[target] = statement
        statements.append(statement)
    return replace(program, statements=statements) if changed else program


def _doubled(statement: Statement, made: dict[Var, Statement]) -> Statement:
    operation, operands, target = statement.operation, statement.operands, statement.target
    assert isinstance(operation, Template)
    assert target is not None
    code = operation.code
    if "add" not in code or not target.aval.shape or target.aval.dtype != "float64":
        return statement
    first: dict[int, int] = {}
    same = [first.setdefault(id(o), k) for k, o in enumerate(operands)]

    def walk(tree: Any) -> Any:
        if not is_node(tree):
            return same[tree] if type(tree) is int else tree
        parts = [walk(part) for part in tree[1:]]
        if tree[0] == "add" and type(parts[0]) is int and parts[0] == parts[1]:
            x = operands[parts[0]]
            if type(x) is Var and x.aval.dtype == "float64":
                return ("mul", Literal.of(2.0), parts[0])
        return (tree[0], *parts)

    before = tree_of(code)
    after = walk(before)
    if after == before:
        return statement
    own: tuple[Operand, ...] = operands
    if is_node(after) and after[0] == "mul" and after[1] == Literal.of(2.0):
        twice = _twice(operands[after[2]], made) if type(after[2]) is int else None
        if twice is not None:
            number, x = twice
            after, own = ("mul", Literal.of(number), 0), (x,)
    return with_tree(statement, after, own)


def _twice(x: Operand, made: dict[Var, Statement]) -> tuple[float, Var] | None:
    """Twice a number times a variable, if that is what is doubled."""
    known = made.get(x) if type(x) is Var else None
    if known is None or not isinstance(known.operation, Template):
        return None
    tree = known.operation.tree
    if not is_node(tree) or tree[0] != "mul":
        return None
    factors = [known.operands[part] if type(part) is int else part for part in tree[1:]]
    numbers = [float(f.value) for f in factors if isinstance(f, Literal) and f.kind in (int, float)]
    numbers += [float(f) for f in factors if type(f) in (float, np.float64)]
    variables = [f for f in factors if type(f) is Var and f.aval is operand_aval(x)]
    if len(numbers) != 1 or len(variables) != 1:
        return None
    return 2.0 * numbers[0], variables[0]


def with_tree(statement: Statement, tree: Any, operands: tuple[Operand, ...]) -> Statement:
    """The statement with another expression, of those operands that it still reads."""
    code = flatten(tree)
    places = list(dict.fromkeys(t for t in code if type(t) is int))
    template = Template.of(tuple([places.index(t) if type(t) is int else t for t in code]))
    read = tuple([operands[k] for k in places])
    return Statement(statement.target, template, read, statement.span)
