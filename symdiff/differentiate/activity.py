"""Which variables a derivative runs through, and the linearization of a statement for those."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from ..errors import UnsupportedError
from ..operations.statements.builder import Builder
from ..operations.table.linearization import linearization
from ..operations.table.lines import Linearization
from ..operations.table.template import Template
from ..program.loops import TAPE, Result
from ..program.program import Aval, Operand, Program, Statement, Var, bodies_of, operand_aval
from .loop_activity import Activity, activity_of

T = TypeVar("T")


def active_variables(program: Program, wrt: Iterable[Var]) -> set[Var]:
    """The variables that depend, differentiably, on those in `wrt`."""
    active = set(wrt)
    inside: dict[Var, Activity] = {}
    for statement in program.statements:
        target, operation = statement.target, statement.operation
        if type(operation) is not Template and (type(operation) is Result or bodies_of(operation)):
            assert target is not None
            if _is_active(statement, active, inside) and not target.still:
                active.add(target)
        elif target is not None and target.aval.is_inexact and not target.still:
            for operand in statement.operands:
                if type(operand) is Var and operand in active:
                    if operation.name not in _STOPS:
                        active.add(target)
                    break
    return active


_STOPS = {"detach"}


def _is_active(statement: Statement, active: set[Var], inside: dict[Var, Activity]) -> bool:
    """Whether a loop or branch has active results, or a result is one of those."""
    operation, target = statement.operation, statement.target
    if isinstance(operation, Result):
        known = inside.get(statement.operands[0])
        return known is not None and (operation.kind, operation.k) in known.results
    assert target is not None
    if not any(type(o) is Var and o in active for o in statement.operands):
        return False
    inside[target] = activity_of(operation, statement.operands, active, active_variables)
    return bool(inside[target].results)


def live_variables(program: Program, active: set[Var]) -> set[Var]:
    """The active variables that an output depends on."""
    live = {o for o in program.outputs if type(o) is Var and o in active}
    for statement in reversed(program.statements):
        if statement.target in live:
            live.update([o for o in statement.operands if type(o) is Var and o in active])
    return live


def dependent(
    statements: Iterable[Statement], seeds: set[Var]
) -> tuple[list[Statement], list[Statement]]:
    """The statements that depend on the seeds, and the others."""
    reached = set(seeds)
    linear: list[Statement] = []
    rest: list[Statement] = []
    for statement in statements:
        if any(type(o) is Var and o in reached for o in statement.operands):
            linear.append(statement)
            if statement.target is not None:
                reached.add(statement.target)
        else:
            rest.append(statement)
    return linear, rest


def linearization_of(template: Template, statement: Statement, active: set[Var]) -> Linearization:
    """The partials of an elementwise statement with respect to its active operands."""
    places = tuple([k for k, o in enumerate(statement.operands) if type(o) is Var and o in active])
    whole = tuple([k for k, o in enumerate(statement.operands) if is_whole(o)])
    return at(statement, linearization, template, places, whole)


def at(statement: Statement, rule: Callable[..., T], /, *args: Any, **params: Any) -> T:
    """What a rule gives for a statement; if it refuses, at the statement's place."""
    try:
        return rule(*args, **params)
    except UnsupportedError as error:
        if error.where is None:
            error.where = statement.span
        raise


def merged(statement: Statement) -> Statement:
    """The statement with each variable and each float among its operands once."""
    operation, operands = statement.operation, statement.operands
    if not isinstance(operation, Template):
        return statement
    if len(operands) == len(set(map(id, operands))) and [*map(type, operands)].count(float) < 2:
        return statement
    keys = [repr(o) if type(o) is float else id(o) for o in operands]
    if len(set(keys)) == len(keys):
        return statement
    first: dict[Any, int] = {}
    places = [first.setdefault(key, len(first)) for key in keys]
    code = tuple([places[t] if type(t) is int else t for t in operation.code])
    read = tuple([operands[keys.index(key)] for key in first])
    return Statement(statement.target, Template.of(code), read, statement.span)


def compute(
    ops: Builder, statement: Statement, plan: Linearization
) -> tuple[tuple[Operand, ...], Statement]:
    """Append what value and partials share, and the statement itself.

    Returns:
        The operands and the shared lines, as the places of `plan` number them, and the statement
        that computes the value.
    """
    values, target = statement.operands, statement.target
    assert target is not None
    whole = plan.whole(len(values))
    for k, line in enumerate(plan.shared):
        reads = tuple([values[p] for p in line.places])
        if k == whole:  # the value itself is what partials read
            statement = Statement(target, line.template, reads, statement.span)
            ops.statements.append(statement)
            values = (*values, target)
        else:
            values = (*values, ops.elementwise(line.template, reads, f"{target.name}_part"))
    if whole < 0:
        if plan.shared or not _KNOWING.isdisjoint(getattr(statement.operation, "code", ())):
            reads = tuple([values[p] for p in plan.value.places])
            statement = Statement(target, plan.value.template, reads, statement.span)
        ops.statements.append(statement)
    return values, statement


_KNOWING = frozenset(
    {
        *("length", "given", "scaled_length", "magnitude", "abs_along"),
        *("maximum_along", "minimum_along", "fmax_along", "fmin_along"),
        *("larger_along", "smaller_along"),
    }
)
"""What says more of a value than the value: for derivatives alone."""


def derived_from(program: Program, statements: Iterable[Statement]) -> None:
    """Mark the variables of a derivative that are not those of the program."""
    own = {s.target for s in program.statements}
    for statement in statements:
        if statement.target is not None and statement.target not in own:
            statement.target.derived = True


def repeated(ops: Builder, statement: Statement, active: set[Var]) -> Statement:
    """Append a statement that derivatives compute a second time, in the parts that it has there.

    So the two are one in the end.
    """
    operation = statement.operation
    if not isinstance(operation, Template) or statement.target not in active:
        ops.statements.append(statement)
        return statement
    return compute(ops, statement, linearization_of(operation, statement, active))[1]


def is_whole(operand: Operand) -> bool:
    """Whether an operand holds bools or integers of a NumPy type: their arithmetic wraps around."""
    if type(operand) is Var:
        return operand.aval.wraps
    return type(operand) not in (float, int) and operand_aval(operand).wraps


def zeros_of(aval: Aval) -> Any:
    """The cotangent or tangent of what nothing reaches; `None` for that of a tape."""
    if aval is TAPE:
        return None
    if not aval.shape:
        return 0.0 if aval.weak else np.dtype(aval.dtype).type(0)
    return np.zeros(aval.shape, aval.dtype)


def is_zero(operand: Operand) -> bool:
    """Whether a cotangent or tangent is none, or zeros known beforehand."""
    return operand is None or (type(operand) is not Var and not np.any(operand))
