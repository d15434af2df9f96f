"""Ways through a function, and their derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..differentiate import vjp
from ..errors import NonScalarError, UsageError
from ..optimize import number_values, remove_dead_code, without_marks
from ..program.bodies import first_structured
from ..program.program import (
    Aval,
    Program,
    Var,
    name_uniquely,
    operand_aval,
)
from ..records import dataclass
from .closed_form import conditions
from .text import (
    Condition,
)


class Path(Protocol):
    """One way through a function: what it computes there, with the decisions as guards."""

    @property
    def program(self) -> Program: ...

    @property
    def raised(self) -> Exception | None: ...


@dataclass(frozen=True)
class Derivatives:
    """One way through a function, differentiated.

    Attributes:
        program: the value, then one derivative for each of `names`.
        names: the inputs the derivatives are with respect to.
        conditions: what holds on this way.
    """

    program: Program
    names: tuple[str, ...]
    conditions: list[Condition]


def differentiate_path(program: Program, wrt: Sequence[str]) -> Derivatives:
    """Differentiate a program with respect to its inputs that belong to the names in `wrt`.

    Raises:
        NonScalarError: the result is not one number.
        UsageError: no input belongs to one of the names.
    """
    chosen = chosen_inputs(program, wrt)
    check_scalar(program)
    names = tuple([v.name for v in chosen])
    when = conditions(program)
    outputs = program.outputs[:1]
    primal = Program(program.name, program.inputs, program.statements, outputs, program.extra)
    derived = vjp(primal, chosen, [1.0])
    if first_structured(derived) is not None:
        derived = remove_dead_code(number_values(remove_dead_code(without_marks(derived))))
    return Derivatives(name_uniquely(derived), names, when)


def chosen_inputs(program: Program, wrt: Sequence[str]) -> list[Var]:
    """The inputs that belong to some names.

    Raises:
        UsageError: none belongs to one of the names.
    """
    chosen: list[Var] = []
    for name in wrt:
        found = [v for v in program.inputs if _belongs(v.name, name) and v.aval.is_inexact]
        if not found:
            inputs = ", ".join(f"`{v.name}`" for v in program.inputs) or "none"
            raise UsageError(
                f"`{name}` is not a real number or array that {program.name} takes",
                why=f"its inputs are: {inputs}",
            )
        chosen += found
    return chosen


def check_scalar(program: Program) -> None:
    """Refuse a program whose result is not one number.

    Raises:
        NonScalarError: it is not.
    """
    results = [operand_aval(output) for output in program.outputs]
    if len(results) != 1 or results[0].shape:
        raise NonScalarError(
            f"`{program.name}` returns not one number but {_described(results)}",
            where=next((s.span for s in program.statements if s.target in program.outputs), None),
            remedy="show a function that returns a number, such as a sum",
        )


def _described(results: Sequence[Aval]) -> str:
    """What there is instead of one number; a length may be one that was only assumed."""
    kinds = [f"an array of {r.dtype}" if r.shape else repr(r) for r in results]
    return ", ".join(kinds) or "None"


def _belongs(variable: str, name: str) -> bool:
    return variable == name or (
        variable.startswith(name) and variable[len(name) :][:1] in (".", "[", "_")
    )
