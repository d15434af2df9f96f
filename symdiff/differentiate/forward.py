"""Forward mode: tangents beside the primal."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..operations.table.linearization import symbolic
from ..program.program import Operand, Program, Var
from .activity import derived_from, repeated
from .preparing import prepared
from .tangents import Forward


@symbolic
def jvp(program: Program, wrt: Sequence[Var], tangents: Sequence[Operand]) -> Program:
    """Forward mode: the primal outputs, then the tangent of each output.

    Args:
        program: the primal.
        wrt: inputs of `program` that move.
        tangents: how they move, one for each. A `Var` becomes an input of the result.
    """
    return swept(program, wrt, tangents, ())[0]


def swept(
    program: Program, wrt: Sequence[Var], tangents: Sequence[Operand], still: Collection[Var]
) -> tuple[Program, list[bool]]:
    """The same, and which of the outputs may not move at all.

    Args:
        program: the primal.
        wrt: what moves.
        tangents: how it moves.
        still: which of it may not move.
    """
    sweep, values = Forward(swept), program.outputs
    program, active, twice = prepared(program, wrt, jvp)
    sweep.tangents.update(zip(wrt, tangents, strict=True))
    sweep.still.update(still)
    for statement in program.statements:
        if statement.target in twice:
            sweep.span = statement.span
            repeated(sweep, statement, active)
        else:
            sweep.step(statement, active)
    results = [sweep.tangent_of(output) for output in program.outputs]
    moving = sweep.tangents.keys() - sweep.still
    stays = [type(output) is not Var or output not in moving for output in program.outputs]
    derived_from(program, sweep.statements)
    seeds = tuple(t for t in tangents if type(t) is Var)
    derived = Program(
        program.name,
        program.inputs + seeds,
        sweep.statements,
        values + tuple(results),
        program.extra,
    )
    return derived, stays
