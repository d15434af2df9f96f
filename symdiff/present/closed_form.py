"""A program's lines substituted into each other: its answer as one SymPy expression.

It is for reading. Names stand for real numbers, or for arrays taken element by element; sums,
products and indexing of whole arrays stand in it as `sum(x)`, `x @ w`, `x[0]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from ..errors import TooLargeError
from ..program.bodies import first_structured
from ..program.program import (
    Guard,
    Operand,
    Program,
    format_operand,
)
from .expressions import as_condition, as_doubles
from .lengths import Counts
from .simplify import tidy
from .size import READABLE, check_size
from .substitution import NO_COUNTS, Substitution
from .text import Condition


def closed_form(
    program: Program,
    output: int = 0,
    limit: int = READABLE,
    *,
    simplify: bool = True,
    counts: Counts = NO_COUNTS,
) -> Any:
    """The SymPy expression of one output of a program, in the names of its inputs.

    Args:
        program: a primal or a derivative.
        output: which of its outputs.
        limit: how many operations the expression may have before simplification.
        simplify: look for a shorter way to write it; bounded, and only for small expressions.
        counts: what of the program is a matter of an assumed length.

    Raises:
        TooLargeError: it is not a number anywhere, or would have more operations than `limit`.
        LoopError: the program has loops or branches.

    >>> from symdiff.operations import TABLE
    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import FLOAT, Program, Var
    >>> ops, x = Builder(), Var("x", FLOAT)
    >>> y = ops.mul(ops.sin(x), 2)
    >>> closed_form(Program("f", (x,), ops.statements, (y,)))
    2*sin(x)
    """
    wanted = program.outputs[output]
    check_size(program, [wanted], limit)
    substitution = Substitution(program, counts)
    try:
        found = as_doubles(_substituted(substitution, wanted, simplify))
    except RecursionError as error:  # SymPy looks for periods in conditions made of choices
        raise TooLargeError(
            f"`{program.name}` chooses by choices, in more ways than SymPy can write down"
        ) from error
    if isinstance(found, sympy.Basic) and found.has(sympy.zoo):
        raise TooLargeError(f"`{program.name}` divides by zero, and has no closed form")
    return found


def _substituted(substitution: Substitution, wanted: Operand, simplify: bool) -> Any:
    expr = substitution.expression(wanted)
    elements = substitution.elements(expr)
    if elements is None:
        return tidy(expr) if simplify else expr
    return substitution.vector([tidy(e) if simplify else e for e in elements])


def conditions(
    program: Program, limit: int = READABLE, *, counts: Counts = NO_COUNTS
) -> list[Condition]:
    """The decisions a program was made for, in order: `(truth value, its outcome)`.

    A decision that is too large to read as one expression, or that may come from a loop, is given
    as the text of its variable.

    >>> from symdiff.program.program import BOOL, Guard, Program, Statement, Var
    >>> flag = Var("flag", BOOL)
    >>> conditions(Program("f", (flag,), [Statement(None, Guard("truth", True), (flag,))], ()))
    [(flag, True)]
    """
    found: list[Condition] = []
    structured = first_structured(program) is not None
    substitution: Substitution | None = None
    for guard in program.guards():
        kind = guard.operation
        if not isinstance(kind, Guard) or kind.kind != "truth":
            continue
        test, expected = guard.operands[0], bool(kind.expected)
        if structured:
            found.append((format_operand(test), expected))
            continue
        try:
            check_size(program, [test], limit)
        except TooLargeError:
            found.append((format_operand(test), expected))
            continue
        substitution = substitution or Substitution(program, counts)
        expr = as_condition(substitution.expression(test))
        if expr != (sympy.true if expected else sympy.false):  # else it always holds
            found.append((expr, expected))
    return found


def is_possible(conditions_met: Sequence[Condition]) -> bool:
    """Whether no condition is known to fail everywhere.

    >>> from symdiff.present.expressions import symbol
    >>> is_possible([(sympy.false, True)]), is_possible([(symbol("x") > 0, True)])
    (False, True)
    """
    return not any(
        test == (sympy.false if expected else sympy.true) for test, expected in conditions_met
    )
