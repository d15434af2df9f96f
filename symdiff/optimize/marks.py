"""Take out of statements what only a further derivative would look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ..operations.table.template import COPY, Literal, Template
from ..program.interning import LATEST
from ..program.program import Program, Statement
from .loops import in_bodies

Tree = Any

_VALUES: dict[str, Callable[..., Tree]] = {
    "abs_along": lambda x, s: ("abs", x),
    "abs_side": lambda x, s: ("abs", x),
    "sided": lambda g, x, s: ("mul", g, ("sign", x)),
    "sided_one": lambda x, s: ("sign", x),
    "along_side": lambda g, x, s: ("mul", g, s),
    "along_one": lambda x, s: s,
    "tied": lambda g, s: ("mul", g, Literal.of(0.5)),
    "tied_along": lambda g, s: ("mul", g, s),
    "shared": lambda g, mask, ties, s: ("where", mask, g, Literal.of(0.0)),
    "shared_along": lambda g, mask, ties, s: ("mul", ("mul", g, ties), s),
    **{
        f"{name}_along": lambda a, b, s, name=name: (name, a, b)
        for name in ("maximum", "minimum", "fmax", "fmin", "larger", "smaller")
    },
    "held": lambda x: x,
    **dict.fromkeys(("at_tip", "at_even_tip", "at_root", "tip_slope"), lambda e, r, t: e),
    "tip_length": lambda r, h, t: r,
    "tip_half": lambda h, r: Literal.of(0.5),
    **dict.fromkeys(
        ("tip_bend", "valued", "given", "length", "scaled_length", "magnitude"), lambda v, s: v
    ),
}
_NAMES = frozenset(_VALUES)
_OF_ARRAYS = frozenset(
    {
        *("of_symmetric", "whole_of_symmetric", "change_of_symmetric", "of_singular"),
        *("chosen_extreme", "taken_extreme", "order_of", "place_of"),
    }
)
"""What has the value of its first operand."""

CHOOSING = frozenset({"where", "vanishing", "cusp", "tip_half", "isfinite"})
"""What decides which of its operands are computed, or is written as one number."""


def without_marks(program: Program) -> Program:
    """The same values, computed from what they are made of and nothing else.

    >>> from symdiff.program.program import FLOAT, Var
    >>> from symdiff.operations.statements.builder import Builder
    >>> ops, x, y = Builder(), Var("x", FLOAT), Var("y", FLOAT)
    >>> z = ops.valued(ops.neg(x), y)
    >>> print(without_marks(Program("f", (x, y), ops.statements, (z,))).statements[1].operands)
    (t,)
    """
    statements = [_plain(s) for s in program.statements]
    whole = Program(program.name, program.inputs, statements, program.outputs, program.extra)
    return in_bodies(whole, without_marks)


def _plain(statement: Statement) -> Statement:
    template = statement.operation
    if not isinstance(template, Template):
        if template.name not in _OF_ARRAYS:
            return statement
        return Statement(statement.target, COPY, statement.operands[:1], statement.span)
    if _NAMES.isdisjoint(template.code):
        return statement
    plain, places = _unmarked(template)
    operands = tuple([statement.operands[k] for k in places])
    return Statement(statement.target, plain, operands, statement.span)


@lru_cache(LATEST)
def _unmarked(template: Template) -> tuple[Template, tuple[int, ...]]:
    code: list[Any] = []

    def walk(node: Tree) -> None:
        while isinstance(node, tuple) and not isinstance(node, Literal) and node[0] in _VALUES:
            node = _VALUES[node[0]](*node[1:])
        if isinstance(node, tuple) and not isinstance(node, Literal):
            for child in node[1:]:
                walk(child)
            code.append(node[0])
        else:
            code.append(node)

    walk(template.tree)
    places = tuple(sorted({t for t in code if type(t) is int}))
    code = [places.index(t) if type(t) is int else t for t in code]
    return Template.of(tuple(code)), places
