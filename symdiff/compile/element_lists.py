"""Arrays that a loop reads and writes element by element, as lists of Python's numbers.

NumPy takes five times as long to read one element of an array as Python to read one of a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.table.structural import Structural
from ..program.branches import Branch
from ..program.loops import Loop, Result
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
    """Whether nothing but elements is read of an array, here, in loops inside and in arms."""
    return bool(_element_reads(body, var))


def _element_reads(body: Program, var: Var) -> int | None:
    """How many statements read an element of an array; `None` where anything else is read."""
    if _uses(var, body.outputs):
        return None
    found = 0
    for statement in body.statements:
        uses = _uses(var, statement.operands)
        if not uses:
            continue
        operation = statement.operation
        if isinstance(operation, Loop | Branch):
            if isinstance(operation, Loop):
                given = operation.parts(statement.operands[1:])[2]
                inner = [operation.parts(operation.body.inputs)[2]]
            else:
                given = statement.operands[1:]
                inner = [arm.inputs for arm in operation.arms]
            if uses != _uses(var, given):
                return None
            for program, inputs in zip(operation.bodies, inner, strict=True):
                for own, operand in zip(inputs, given, strict=True):
                    reads = _element_reads(program, own) if operand is var else 0
                    if reads is None:
                        return None
                    found += reads
        elif operation.name != "getitem" or uses > 1 or element_of(statement) is None:
            return None
        else:
            found += 1
    return found


def _uses(var: Var, operands: Sequence[Operand]) -> int:
    return sum(o is var for o in operands)


def is_written_by_element(body: Program, var: Var, output: Operand, lifetimes: Lifetimes) -> bool:
    """Whether a carried array becomes an output by writes to its elements, one after another.

    It does not where anything else happens to it, or where it may not be written to in place.
    """
    chain = _written(body, var, lifetimes)
    return len(chain) > 1 and chain[-1] is output


def _written(body: Program, var: Var, lifetimes: Lifetimes) -> list[Var]:
    """What an array becomes, write after write; empty where anything else happens to it."""
    chain = [var]
    waiting: tuple[Var | None, int] | None = None  # the result of a branch that comes next
    for number, statement in enumerate(body.statements):
        operation, target = statement.operation, statement.target
        if isinstance(operation, Result) and (statement.operands[0], operation.k) == waiting:
            assert target is not None
            chain.append(target)
            waiting = None
            continue
        own = [k for k, o in enumerate(statement.operands) if type(o) is Var and o in chain]
        if not own:
            continue
        if waiting is not None or own != own[:1] or statement.operands[own[0]] is not chain[-1]:
            return []
        if isinstance(operation, Branch):
            place = _written_in_arms(operation, own[0] - 1, lifetimes.arms[number])
            if place is None:
                return []
            if place >= 0:
                waiting = target, place
            continue
        if own != [0] or element_of(statement) is None:
            return []
        if operation.name == "setitem":
            value = statement.operands[1]
            number_only = type(value) in (int, float) or (
                type(value) is Var and not value.aval.shape and value.aval.dtype == "float64"
            )
            if number not in lifetimes.in_place or not number_only:
                return []
            assert target is not None
            chain.append(target)
    return [] if waiting is not None else chain


def _written_in_arms(branch: Branch, k: int, lifetimes: Sequence[Lifetimes]) -> int | None:
    """Which output of both arms an array is that they are given as input number `k`.

    It is -1 where they only read elements, and `None` where they do anything else.
    """
    if k < 0:
        return None
    places: set[int] = set()
    changed = False
    for arm, inside in zip(branch.arms, lifetimes, strict=True):
        chain = _written(arm, arm.inputs[k], inside)
        if not chain:
            return None
        changed = changed or len(chain) > 1
        handed = [n for n, o in enumerate(arm.outputs) if type(o) is Var and o in chain]
        if len(handed) > 1 or any(arm.outputs[n] is not chain[-1] for n in handed):
            return None
        places.add(handed[0] if handed else -1)
    (place, *others) = places
    return None if others or (changed and place < 0) else place
