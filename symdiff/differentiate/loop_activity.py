"""What of a loop a derivative runs through: what is active in any of its iterations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..program.loops import Loop
from ..program.program import Operand, Program, Var

Active = Callable[[Program, Iterable[Var]], set[Var]]
Key = tuple[str, int]
"""The kind and number of a result."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What of a loop a derivative runs through.

    Attributes:
        inputs: the inputs of the body.
        within: the variables of the body.
        results: the results of the loop.
    """

    inputs: tuple[Var, ...]
    within: frozenset[Var]
    results: frozenset[Key]


def activity_of(
    loop: Loop, operands: Sequence[Operand], active: set[Var], active_variables: Active
) -> Activity:
    """What a derivative runs through: what is carried is active if it is so in any iteration."""
    body = loop.body
    given = operands[1:]
    moving = {k for k, o in enumerate(given) if type(o) is Var and o in active}
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
