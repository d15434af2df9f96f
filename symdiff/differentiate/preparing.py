"""What both sweeps do to a program first: it is told what is known of its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..program.program import Program, Var
from .activity import active_variables
from .diagonals import Jvp
from .exact import at_exact_values
from .merging import elements_once
from .sides import with_sides
from .spectra import with_spectra
from .squares import with_squares
from .through import seen_through
from .totals import with_totals
from .zero_flags import with_zero_flags
from .zeros import hold_zeros


def prepared(
    program: Program, wrt: Sequence[Var], jvp: Jvp
) -> tuple[Program, set[Var], frozenset[Var]]:
    """The same function in statements that differentiate well.

    Args:
        program: the primal.
        wrt: the variables to differentiate with respect to.
        jvp: the forward sweep, by which functions of a matrix find the slopes of their values.

    Returns:
        The program, its active variables, and which of them derivatives compute a second time.
    """
    if hold_zeros(program):
        program = with_zero_flags(program, wrt)
    program = at_exact_values(program, wrt)
    program, twice = with_sides(with_squares(program, wrt), wrt)
    program = with_totals(with_spectra(program, wrt, jvp), wrt)
    statements = elements_once(program.statements, set(wrt))
    active = active_variables(replace(program, statements=statements), wrt)
    program = replace(program, statements=seen_through(statements, set(wrt), active))
    return program, active, twice
