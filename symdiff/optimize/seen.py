"""Which values of a program may be seen: returned, compared, or told to the world.

The last digits of others may come out as they like: a derivative that reads them is as good.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.interning import LATEST
from ..program.program import Keep, Operand, Program, Var
from .elementwise import RAISING

_WITHOUT_STEPS = frozenset(
    {"add", "sub", "mul", "neg", "pos", "abs", "erf", "erfc", "sigmoid", "logaddexp", "where"}
    | (RAISING - {"atan2"})
)
"""Elementwise operations without a step, but for the condition of a choice."""

_NEVER_STEPS = _WITHOUT_STEPS - {"where"}

_SMOOTH = frozenset(
    {"getitem", "setitem", "scatter_add", "scatter_sum", "array", "stack", "rows", "concatenate"}
    | {"reshape", "transpose", "flip", "roll", "repeat", "tile", "diagonal", "copy", "cast", "item"}
    | {"broadcast_to", "unbroadcast", "sum", "mean", "detach", "number", "max", "min"}
    | {"matmul", "dot", "outer", "contraction", "cumsum", "prod"}
)
"""Structural operations of which there is none: the last digits of an operand do not matter."""


def seen_in(program: Program, own: Collection[Operand]) -> set[Var]:
    """The values whose last digits may be seen: returned, compared, or told to the world."""
    seen = {o for o in own if type(o) is Var}
    for statement in reversed(program.statements):
        operation, target = statement.operation, statement.target
        if type(operation) is Keep:
            continue  # which tells nobody
        places: Collection[int] = range(len(statement.operands))
        if type(operation) is Template and target not in seen:
            steps = any(type(t) is str and t not in _NEVER_STEPS for t in operation.code)
            places = _compared(operation) if steps else ()
        elif type(operation) is Structural and target not in seen and operation.name in _SMOOTH:
            places = ()
        seen.update([o for o in map(statement.operands.__getitem__, places) if type(o) is Var])
    return seen


@lru_cache(LATEST)
def _compared(template: Template) -> frozenset[int]:
    """The operands of an expression on whose last digits a decision may depend.

    >>> sorted(_compared(Template.of((0, 1, "lt", 2, 3, "where"))))
    [0, 1]
    """
    found: set[int] = set()

    def walk(tree: Any, compared: bool) -> None:
        if type(tree) is not tuple:
            if compared and type(tree) is int:
                found.add(tree)
            return
        for k, part in enumerate(tree[1:]):
            chooses = tree[0] == "where" and k == 0
            walk(part, compared or chooses or tree[0] not in _WITHOUT_STEPS)

    walk(template.tree, False)
    return frozenset(found)
