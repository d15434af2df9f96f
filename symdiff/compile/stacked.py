"""Arrays that are stacked, written where they belong as they are computed.

The Jacobians of a batch are the rows of one array. What is computed elsewhere and stacked then
takes the memory twice, and new memory takes longer to come by than most rows take to be computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Keep, Operand, Program, Statement, Var

ROW = 4096
"""Rows of fewer elements are stacked."""


class Writer(Protocol):
    """What is asked of a writer of lines."""

    begun: set[Var]
    lines: list[Any]


Row = tuple[Var, int]
"""What is stacked from rows, and the place of one."""


def rows_in(program: Program, last: Mapping[Var, int]) -> dict[Var, Row]:
    """The expressions that are nothing but rows of what is stacked once.

    Args:
        program: the program.
        last: the number of the statement that reads a variable last.
    """
    stacks = [(k, s) for k, s in enumerate(program.statements) if _is_stack(s)]
    if not stacks:
        return {}
    made: set[Var] = set()
    others = {o for o in program.outputs if type(o) is Var}
    for statement in program.statements:
        if type(statement.operation) is Template and statement.target is not None:
            made.add(statement.target)
        elif not _is_stack(statement) and type(statement.operation) is not Keep:
            others.update([o for o in statement.operands if type(o) is Var])
    found: dict[Var, Row] = {}
    for k, statement in stacks:
        assert statement.target is not None
        for place, row in enumerate(statement.operands):
            if type(row) is not Var or row in found or row in others or row not in made:
                continue
            if last[row] == k and row.aval.dtype == "float64":
                found[row] = statement.target, place
    return found


def _is_stack(statement: Statement) -> bool:
    operation, target = statement.operation, statement.target
    if type(operation) is not Structural or operation.name != "rows" or target is None:
        return False
    return target.aval.dtype == "float64" and target.aval.size >= ROW * target.aval.shape[0]


def begin(writer: Writer, rows: Mapping[Var, Row], target: Var) -> str | None:
    """The source of the row that an expression is; what it is stacked to is there then."""
    if target not in rows:
        return None
    whole, place = rows[target]
    if whole not in writer.begun:
        writer.begun.add(whole)
        writer.lines.append((whole.name, f"numpy.empty({whole.aval.shape!r})"))
    return f"{whole.name}[{place}]"


def put(writer: Writer, rows: Mapping[Var, Row], target: Var | None) -> None:
    """Have an expression that has been computed elsewhere be a row."""
    row = None if target is None else begin(writer, rows, target)
    if target is not None and row is not None:
        writer.lines += [(row, target.name), (target.name, row)]


def stack(
    writer: Writer, rows: Mapping[Var, Row], statement: Statement, names: Sequence[str]
) -> bool:
    """Write the rows that are not there yet."""
    whole = statement.target
    if whole not in writer.begun:
        return False
    assert whole is not None
    for place, (operand, name) in enumerate(zip(statement.operands, names, strict=True)):
        if type(operand) is not Var or rows.get(operand) != (whole, place):
            writer.lines.append((f"{whole.name}[{place}]", _uniform(operand) or name))
    return True


def _uniform(operand: Operand) -> str | None:
    """The source of the number that a constant holds everywhere."""
    if type(operand) is Var:
        return None
    first = np.asarray(operand).reshape(-1)[0]
    same = np.isfinite(first) and np.all(operand == first)
    return repr(float(first)) if same else None
