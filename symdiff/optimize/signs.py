"""What is added with its sign changed is subtracted: one operation less, with the same bits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..operations.table.template import Template, is_node
from ..program.program import Program, Statement, operand_aval
from .doubles import with_tree
from .loops import in_bodies

_FLOATS = ("float64", "float32")


def with_differences(program: Program) -> Program:
    """The program with `x - y*z` for `x + -y*z`, and `x + y` for `x - -y`.

    A sign moves out of products and quotients, which it changes to the last bit alone. That of a
    sum stays where it is: `-a - b` and `-(a + b)` have zeros of different signs.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import FLOAT, Var
    >>> ops, x, y = Builder(), Var("x", FLOAT), Var("y", FLOAT)
    >>> code = (0, 1, "neg", 0, "mul", "add")
    >>> total = ops.emit(Template.of(code), (x, y))
    >>> print(with_differences(Program("f", (x, y), ops.statements, (total,))).statements[-1])
    t = x - y*x
    """
    program = in_bodies(program, with_differences)
    statements = [_rewritten(s) for s in program.statements]
    if all(a is b for a, b in zip(statements, program.statements, strict=True)):
        return program
    return replace(program, statements=statements)


def _rewritten(statement: Statement) -> Statement:
    operation, target = statement.operation, statement.target
    if type(operation) is not Template or "neg" not in operation.code or target is None:
        return statement
    if "add" not in operation.code and "sub" not in operation.code:
        return statement
    if any(operand_aval(o).dtype not in _FLOATS for o in (target, *statement.operands)):
        return statement  # what has no sign of its own
    before = operation.tree
    after = _walk(before)
    return statement if after == before else with_tree(statement, after, statement.operands)


def _walk(tree: Any) -> Any:
    if not is_node(tree):
        return tree
    name, *parts = tree
    parts = [_walk(part) for part in parts]
    if name not in ("add", "sub"):
        return (name, *parts)
    left, right = parts
    (changed, plain), (subtracted, other) = _without_sign(left), _without_sign(right)
    if changed and (subtracted if name == "sub" else not subtracted):
        return ("sub", other, plain)
    if subtracted:
        return ("sub" if name == "add" else "add", left, other)
    return (name, left, right)


def _without_sign(tree: Any) -> tuple[bool, Any]:
    """Whether a product, quotient or anything else is the negative of another, and that."""
    if not is_node(tree):
        return False, tree
    name, *parts = tree
    if name == "neg":
        changed, inner = _without_sign(parts[0])
        return not changed, inner
    if name in ("mul", "div"):
        (one, left), (two, right) = map(_without_sign, parts)
        return one != two, (name, left, right)
    return False, tree
