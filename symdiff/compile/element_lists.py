"""Arrays that a loop reads and writes element by element, as lists of Python's numbers.

NumPy takes five times as long to read one element of an array as Python to read one of a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.table.structural import Structural
from ..program.loops import Loop
from ..program.program import Operand, Program, Statement, Var
from .lifetimes import Lifetimes

_MOST = 4096
"""A larger array becomes a list only where it is known that the loop has many iterations."""

_ITERATIONS = 8
"""One for so many elements, at least."""


def is_worth_a_list(var: Var, count: Operand, inside: bool) -> bool:
    """Whether an array is small enough, for so many iterations, to be made a list before them.

    Args:
        var: the array.
        count: the number of iterations, if it is known.
        inside: whether the loop is itself in a loop, and the list made again and again.
    """
    if not var.aval.shape or var.aval.dtype != "float64":
        return False
    if type(count) is int and var.aval.size <= _ITERATIONS * count:
        return True
    return not inside and var.aval.size <= _MOST


def element_of(statement: Statement) -> tuple[Any, ...] | None:
    """The places of one element that is read or written, with operands for those computed."""
    operation = statement.operation
    if type(operation) is not Structural or operation.name not in ("getitem", "setitem"):
        return None
    x, *rest = statement.operands
    places = rest if operation.name == "getitem" else rest[1:]
    index = operation.params["index"]
    if type(x) is not Var or len(index) != x.aval.ndim:
        return None
    found = []
    for item in index:
        if type(item) is int:
            found.append(item)
        elif isinstance(item, tuple) and item[0] == "place":
            found.append(places[item[1]])
        else:
            return None
    return tuple(found)


def is_read_by_element(body: Program, var: Var) -> bool:
    """Whether nothing but elements is read of an array, here and in loops inside."""
    if _uses(var, body.outputs):
        return False
    found = False
    for statement in body.statements:
        uses = _uses(var, statement.operands)
        if not uses:
            continue
        found = True
        operation = statement.operation
        if isinstance(operation, Loop):
            inner = operation.parts(operation.body.inputs)[2]
            given = operation.parts(statement.operands[1:])[2]
            if uses != _uses(var, given) or not all(
                is_read_by_element(operation.body, v)
                for v, o in zip(inner, given, strict=True)
                if o is var
            ):
                return False
        elif operation.name != "getitem" or uses > 1 or element_of(statement) is None:
            return False
    return found


def _uses(var: Var, operands: Sequence[Operand]) -> int:
    return sum(o is var for o in operands)


def written_by_element(body: Program, var: Var, output: Operand, lifetimes: Lifetimes) -> set[Var]:
    """What a carried array becomes in an iteration that writes elements of it, one after another.

    Empty where anything else happens to the array, or where it may not be written to in place.
    """
    chain, latest = {var}, var
    for number, statement in enumerate(body.statements):
        if chain.isdisjoint([o for o in statement.operands if type(o) is Var]):
            continue
        places = element_of(statement)
        if places is None or statement.operands[0] is not latest:
            return set()
        if any(o in chain for o in statement.operands[1:] if type(o) is Var):
            return set()
        if statement.operation.name == "setitem":
            value = statement.operands[1]
            number_only = type(value) in (int, float) or (
                type(value) is Var and not value.aval.shape and value.aval.dtype == "float64"
            )
            if number not in lifetimes.in_place or not number_only:
                return set()
            assert statement.target is not None
            latest = statement.target
            chain.add(latest)
    return chain if latest is output and latest is not var else set()
