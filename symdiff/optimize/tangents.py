"""The slope of a hyperbolic tangent of an array from the tangent that there is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from ..operations.table.template import Literal, Template, is_node
from ..program.program import Operand, Program, Statement, Var, place_among
from .doubles import with_tree
from .seen import seen_in

LEAST = 256
"""Of fewer numbers the slope is computed by itself in no more time."""

_TANH = Template.of((0, "tanh"))


def with_tangents_shared(program: Program, own: Collection[Operand]) -> Program:
    """The program, in which `sech(x)**2` is computed of `tanh(x)`, where that is computed.

    Args:
        program: what is to be compiled.
        own: the outputs that are to be what NumPy gives, to the last bit.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import Aval
    >>> ops, x = Builder(), Var("x", Aval.of((500,), "float64"))
    >>> slope = ops.emit(Template.of((0, "sech", Literal.of(2), "pow")), (x,))
    >>> t = ops.tanh(x)
    >>> print(*with_tangents_shared(Program("f", (x,), ops.statements, (slope, t)), ()).statements)
    t = tanh(x) t = ((1.0/cosh(x))**2)
    """
    tangents = {
        s.operands[0]: s for s in program.statements if s.operation is _TANH and _is_long(s)
    }
    if not tangents:
        return program
    seen = seen_in(program, own)
    made: set[Statement] = set()
    statements: list[Statement] = []
    changed = False
    for statement in program.statements:
        if statement in made:
            continue
        operation, target = statement.operation, statement.target
        if type(operation) is Template and "sech" in operation.code and target not in seen:
            operands = list(statement.operands)
            before = operation.tree
            after, used = _shared(before, operands, tangents)
            if after != before:
                for tangent in used:
                    if tangent not in made:
                        made.add(tangent)
                        statements.append(tangent)
                statement = with_tree(statement, after, tuple(operands))
                changed = True
        if statement.operation is _TANH:
            made.add(statement)
        statements.append(statement)
    return replace(program, statements=statements) if changed else program


def _is_long(statement: Statement) -> bool:
    x, target = statement.operands[0], statement.target
    if type(x) is not Var or target is None:
        return False
    return x.aval is target.aval and x.aval.dtype == "float64" and x.aval.size >= LEAST


def _shared(
    tree: Any, operands: list[Operand], tangents: dict[Operand, Statement]
) -> tuple[Any, list[Statement]]:
    """An expression with the tangents among its operands, and which these are."""
    used: list[Statement] = []

    def walk(tree: Any) -> Any:
        if not is_node(tree) or tree[0] == "where":  # an arm is not chosen everywhere
            return tree
        if tree[0] == "pow" and tree[2] in _TWO and is_node(tree[1]) and tree[1][0] == "sech":
            x = operands[tree[1][1]] if type(tree[1][1]) is int else None
            tangent = tangents.get(x) if type(x) is Var else None
            if tangent is not None:
                assert tangent.target is not None
                if tangent not in used:
                    used.append(tangent)
                place = place_among(operands, tangent.target)
                return ("sech_squared", tree[1][1], place)
        return (tree[0], *[walk(part) for part in tree[1:]])

    return walk(tree), used


_TWO = (Literal.of(2), Literal.of(2.0))
