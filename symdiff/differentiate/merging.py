"""Let statements see that two of their operands are one: `x[1]/(x[0] + x[1])`, `sin(pi*x)/(pi*x)`.

A derivative rule simplifies what it knows to be equal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Statement, Var, substituted
from .activity import merged


def elements_once(statements: Sequence[Statement], kept: Collection[Var]) -> list[Statement]:
    """The same statements, which read an element of an array by one name.

    Nothing is left out: what a later element was called is still computed, for whoever reads it.

    Args:
        statements: of a program.
        kept: variables that are not to be read by another name.
    """
    replaced: dict[Var, Var] = {}
    seen: dict[Any, Var] = {}
    found = []
    for statement in statements:
        operation, operands = statement.operation, statement.operands
        if replaced and any(type(o) is Var and o in replaced for o in operands):
            operands = substituted(operands, replaced)
            statement = Statement(statement.target, operation, operands, statement.span)
        if type(operation) is Template and len(operands) > 1:
            statement = merged(statement)
        elif (
            type(operation) is Structural
            and operation.name == "getitem"
            and len(operands) == 1
            and type(operands[0]) is Var
            and statement.target is not None
        ):
            earlier = seen.setdefault((operation, operands[0]), statement.target)
            if earlier is not statement.target and statement.target not in kept:
                replaced[statement.target] = earlier
        found.append(statement)
    return found
