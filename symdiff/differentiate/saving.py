"""What a loop stacks for the way back, or a branch hands out, and what that computes again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Program, Statement, Var, operand_aval

_CHEAP = frozenset(
    {"add", "sub", "mul", "neg", "pos", "abs", "gt", "ge", "lt", "le", "eq", "ne", "square"}
)
"""What costs no more to compute again than to stack and to read."""

_DEEP = 3
"""How many lines behind each other are looked at, to find what may be computed again."""


def saved_of(
    body: Program,
    fixed: Collection[Var],
    forward: Sequence[Statement],
    read: Collection[Var],
    counting: Collection[Var] = (),
) -> tuple[list[Var], list[Statement]]:
    """What is saved, and the lines that the way back computes again.

    Args:
        body: what is gone back through: an iteration, or an arm.
        fixed: those of its inputs that are the same in all iterations.
        forward: its lines, and those that the way back shares with them.
        read: the variables that the way back reads.
        counting: those of its inputs that need not be stacked, since they are counted back.
    """
    made = {s.target: s for s in forward if s.target is not None}
    steady = set(fixed)  # what is the same in all iterations
    for statement in forward:
        if statement.target is not None and _is_pure(statement, steady):
            steady.add(statement.target)
    saved = [v for v in (*body.inputs, *made) if v in read and v not in steady]
    known = steady | set(saved)
    needed = {v for v in read if v in steady and v not in fixed}
    ahead = _read_ahead(body, forward)

    def is_free(var: Var, depth: int = 0) -> bool:
        """Whether a value costs no more on the way back than it costs to keep."""
        if var in known or var in counting:
            return True
        line = made.get(var)
        return (
            line is not None
            and depth < _DEEP
            and (var not in ahead or _is_cheap(line))
            and type(line.operation) in (Template, Structural)
            and all(type(o) is not Var or is_free(o, depth + 1) for o in line.operands)
        )

    for var in reversed(saved[:]):
        known.discard(var)
        if is_free(var):
            saved.remove(var)
            needed.add(var)
        else:
            known.add(var)
    kept, again = set(saved), []
    for statement in reversed(forward):
        if statement.target in needed:
            again.append(statement)
            needed.update([o for o in statement.operands if type(o) is Var and o not in kept])
    saved += [v for v in body.inputs if v in counting and v in needed and v not in kept]
    return saved, again[::-1]


def _read_ahead(body: Program, forward: Sequence[Statement]) -> set[Var]:
    """What is computed anyway, for results and for what ends a loop."""
    needed = {o for o in body.outputs if type(o) is Var}
    for statement in reversed(forward):
        if statement.target is None or statement.target in needed:
            needed.update([o for o in statement.operands if type(o) is Var])
    return needed


def _is_pure(statement: Statement, known: set[Var]) -> bool:
    """Whether a statement may be run again elsewhere, from what is known there."""
    return type(statement.operation) in (Template, Structural) and all(
        type(o) is not Var or o in known for o in statement.operands
    )


def _is_cheap(statement: Statement) -> bool:
    """Whether a number costs no more to compute than to keep."""
    operation = statement.operation
    if type(operation) is not Template or operand_aval(statement.target).shape:
        return False
    names = [t for t in operation.code if type(t) is str]
    return len(names) <= 2 and _CHEAP.issuperset(names)
