"""What the passes do to branches: to what their arms are given, and hand on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from ..program.branches import Branch
from ..program.program import Keep, Operation, Program, Statement, Var, bodies_of, guards_in

Pass = Callable[[Program], Program]
Key = tuple[str, int]
"""The kind and number of a result."""


def acts(operation: Operation) -> bool:
    """Whether a loop or branch does more than to give results: it may raise, or end a loop."""
    if isinstance(operation, Branch) and any(any(guards_in(arm)) for arm in operation.arms):
        return True
    return any(
        type(s.operation) is Keep or acts(s.operation)
        for body in bodies_of(operation)
        for s in body.statements
    )


def pruned_branch(
    statement: Statement, wanted: Collection[Key], remove_dead_code: Pass
) -> tuple[Statement, dict[Key, int]]:
    """A branch that computes what is wanted of it, and where each result is then."""
    branch = statement.operation
    assert isinstance(branch, Branch)
    chosen = sorted(k for _, k in wanted)
    arms = [
        remove_dead_code(replace(arm, outputs=tuple([arm.outputs[k] for k in chosen])))
        for arm in branch.arms
    ]
    read: set[int] = set()
    for arm in arms:
        reads = {o for s in arm.statements for o in s.operands if type(o) is Var}
        reads.update(o for o in arm.outputs if type(o) is Var)
        read |= {k for k, v in enumerate(arm.inputs) if v in reads}
    places = sorted(read)
    first, second = (replace(a, inputs=tuple([a.inputs[k] for k in places])) for a in arms)
    operands = (statement.operands[0], *[statement.operands[1 + k] for k in places])
    made = Statement(statement.target, Branch((first, second)), operands, statement.span)
    return made, {("joined", k): n for n, k in enumerate(chosen)}
