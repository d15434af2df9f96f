"""Whether a number is how far an input is from what an earlier call has kept of it.

It is followed back through norms, sums and the like to a difference of a differentiated value and
one that is made of what was read from outside, or to their quotient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.program import Statement, Var

NEXT_TO_NOTHING = 1e-9
_MOST_STATEMENTS = 2_000
"""So many statements are looked at, from the last on."""

_DISTANCES = frozenset(
    {
        *("abs", "add", "div", "hypot", "larger", "log", "log10", "log1p", "log2", "maximum"),
        *("mul", "neg", "pos", "pow", "reciprocal", "smaller", "sqrt", "square", "sub", "where"),
    }
)
"""What is nothing only where something in it is, or where it is told apart from the rest."""


def kept_at_no_distance(
    code: Sequence[Any],
    leaves: Sequence[Any],
    statements: Sequence[Statement],
    kept: Mapping[Var, Any],
    active: frozenset[Var] | set[Var],
    values: Mapping[Var, Any],
) -> Var | None:
    """The variable that holds what was kept, where an expression is an input's distance from it.

    Args:
        code: of the expression.
        leaves: its operands.
        statements: those before it.
        kept: the variables that hold what was read from places which the program assigns to.
        active: the variables that depend on what is differentiated.
        values: what the variables are.
    """
    made = {s.target: s for s in statements if s.target is not None}
    for one, others in _applied(code, leaves, made):
        if not _subtracts(one) and "div" not in one:
            continue
        variables = [v for v in others if type(v) is Var]
        for v in variables:
            if v in active or not any(_agree(values, v, w) for w in variables if w in active):
                continue
            read = next((r for r in origins(v, made) if r in kept), None)
            if read is not None:
                return read
    return None


def _subtracts(code: Sequence[Any]) -> bool:
    return "sub" in code or ("neg" in code and "add" in code)


def _agree(values: Mapping[Var, Any], one: Var, other: Var) -> bool:
    """Whether two variables are the same to a few digits."""
    a, b = values.get(one), values.get(other)
    if a is None or b is None or np.shape(a) != np.shape(b):
        return False
    try:
        return bool(np.allclose(a, b, rtol=NEXT_TO_NOTHING, atol=1e-12, equal_nan=True))
    except TypeError:
        return False


def _applied(
    code: Sequence[Any], leaves: Sequence[Any], made: Mapping[Var, Statement]
) -> Iterator[tuple[Sequence[Any], Sequence[Any]]]:
    """Templates with their operands, through what is a distance where they are."""
    waiting: list[Any] = [(code, leaves)]
    seen: set[Var] = set()
    while waiting and len(seen) < _MOST_STATEMENTS:
        code, leaves = waiting.pop()
        if code:
            yield code, leaves
            if not _DISTANCES.issuperset(t for t in code if type(t) is str):
                continue
        for leaf in leaves:
            if type(leaf) is Var and leaf not in seen and leaf in made:
                seen.add(leaf)
                operation, operands = made[leaf].operation, made[leaf].operands
                if type(operation) is Template:
                    waiting.append((operation.code, operands))
                elif type(operation) is Structural:
                    waiting.append(((), operands))


def origins(var: Var, made: Mapping[Var, Statement]) -> Iterator[Var]:
    """The variables that one is made of, and itself."""
    waiting, seen = [var], {var}
    while waiting and len(seen) < _MOST_STATEMENTS:
        one = waiting.pop()
        yield one
        for operand in made[one].operands if one in made else ():
            if type(operand) is Var and operand not in seen:
                seen.add(operand)
                waiting.append(operand)
