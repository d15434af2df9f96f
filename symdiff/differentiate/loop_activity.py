"""What of a loop or a branch a derivative runs through: in any of its iterations, or arms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..program.branches import Branch
from ..program.loops import Loop
from ..program.program import Operand, Operation, Program, Var
from ..records import dataclass

Active = Callable[[Program, Iterable[Var]], set[Var]]
Key = tuple[str, int]
"""The kind and number of a result."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What of a loop or a branch a derivative runs through.

    Attributes:
        inputs: the inputs of the body, or of the arms.
        within: the variables of those.
        results: the results.
    """

    inputs: tuple[Var, ...]
    within: frozenset[Var]
    results: frozenset[Key]


def activity_of(
    operation: Operation, operands: Sequence[Operand], active: set[Var], active_variables: Active
) -> Activity:
    """What of a loop or a branch a derivative runs through."""
    moving = {k for k, o in enumerate(operands[1:]) if type(o) is Var and o in active}
    if isinstance(operation, Branch):
        return _of_branch(operation, moving, active_variables)
    assert isinstance(operation, Loop)
    return _of_loop(operation, moving, active_variables)


def _of_branch(branch: Branch, moving: set[int], active_variables: Active) -> Activity:
    """What is active in either arm."""
    inputs: tuple[Var, ...] = ()
    within: set[Var] = set()
    results: set[Key] = set()
    for arm in branch.arms:
        own = tuple([v for k, v in enumerate(arm.inputs) if k in moving])
        found = active_variables(arm, own)
        results |= {
            ("joined", k) for k, o in enumerate(arm.outputs) if type(o) is Var and o in found
        }
        inputs += own
        within |= found
    return Activity(inputs, frozenset(within), frozenset(results))


def _of_loop(loop: Loop, moving: set[int], active_variables: Active) -> Activity:
    """What is carried is active if it is so in any iteration."""
    body = loop.body
    while True:
        inputs = tuple([v for k, v in enumerate(body.inputs) if k in moving])
        within = active_variables(body, inputs)
        reached = {k for k, o in enumerate(body.outputs) if type(o) is Var and o in within}
        more = {k for k in reached if k < loop.carried} - moving
        if not more:
            break
        moving |= more
    results = {("carried", k) for k in moving if k < loop.carried}
    results |= {("stacked", k - loop.carried) for k in reached if k >= loop.carried}
    return Activity(inputs, frozenset(within), frozenset(results))
