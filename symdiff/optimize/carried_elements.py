"""Elements that the iteration before has written, as numbers that a loop carries.

    for i in range(1, n):                      z = y[0]
        y[i] = a*y[i - 1] + x[i]        =>     for i in range(1, n):
                                                   z = a*z + x[i]
                                                   y[i] = z

What is carried has a cotangent that is carried. As an element it would be read from an array on the
way back, and added to in another place of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..operations.statements.affine import Affine, affine_of
from ..operations.statements.counting import step_of
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.loops import Loop
from ..program.program import INT, Operand, Program, Statement, Var, operand_aval

_PLACE = (("place", 0),)


def with_carried_elements(statements: Sequence[Statement]) -> list[Statement]:
    """Statements whose loops carry what their iterations read of the one before."""
    made: list[Statement] = []
    for s in statements:
        if isinstance(s.operation, Loop):
            before, s = _carrying(s, s.operation)
            made += before
        made.append(s)
    return made


def _carrying(s: Statement, loop: Loop) -> tuple[list[Statement], Statement]:
    body = replace(loop.body, statements=with_carried_elements(loop.body.statements))
    before: list[Statement] = []
    firsts: list[Operand] = []
    numbers = _numbers(loop, body, s.operands)
    for k in range(loop.carried):
        found = _read_again(body, k, numbers)
        first = s.operands[1 + k]
        if found is None or operand_aval(first).shape != body.inputs[k].aval.shape:
            continue
        place, read, value = found
        start, lines = _element(first, place, read)
        z = Var(body.inputs[k].name, operand_aval(start))
        body = _with(body, loop.carried + len(firsts), z, value, read)
        before += lines
        firsts.append(start)
    operands = s.operands
    if firsts:
        end = 1 + loop.carried
        operands = (*operands[:end], *firsts, *operands[end:])
    if not firsts and all(a is b for a, b in _pairs(body, loop.body)):
        return [], s
    made = replace(loop, body=body, carried=loop.carried + len(firsts))
    return before, Statement(s.target, made, operands, s.span)


def _pairs(one: Program, other: Program) -> list[tuple[Statement, Statement]]:
    if len(one.statements) != len(other.statements):
        return [(one.statements[0], one.statements[-1])] if one.statements else []
    return list(zip(one.statements, other.statements, strict=True))


def _numbers(loop: Loop, body: Program, operands: Sequence[Operand]) -> dict[Var, Affine]:
    """The whole numbers of an iteration, by its number."""
    found: dict[Var, Affine] = {}
    carried = body.inputs[: loop.carried]
    for k, var in enumerate(carried):
        step, first = step_of(var, body.outputs[k], body.statements), operands[1 + k]
        if step is not None and type(first) is int:
            found[var] = Affine(first, step)
    moving: set[Operand] = set(body.inputs[: loop.carried + loop.elements]) - set(found)
    for s in body.statements:
        target, operation = s.target, s.operation
        if target is None:
            continue
        known = [
            (found.get(o) or (None if o in moving else Affine.of(o)))
            if type(o) is Var
            else Affine.of(o)
            for o in s.operands
        ]
        number = None
        if isinstance(operation, Template) and target.aval is INT:
            number = affine_of(operation, known)
        if number is not None:
            found[target] = number
        else:
            moving.add(target)
    return found


def _read_again(
    body: Program, k: int, numbers: Mapping[Var, Affine]
) -> tuple[int, Statement, Operand] | None:
    """What an iteration reads of an array that the one before has written.

    The place that the first iteration reads, the statement that reads, and what one writes.
    """
    head = body.inputs[k]
    if len(head.aval.shape) != 1 or head.aval.dtype != "float64" or body.outputs[k] is head:
        return None
    write = next((s for s in body.statements if s.target is body.outputs[k]), None)
    if write is None or not _is_at_place(write, "setitem") or write.operands[0] is not head:
        return None
    value, place = write.operands[1:]
    there = numbers.get(place) if type(place) is Var else None
    if there is None or not there.step or operand_aval(value).shape:
        return None
    for s in body.statements:
        if not _is_at_place(s, "getitem") or s.operands[0] is not head:
            continue
        here = numbers.get(s.operands[1]) if type(s.operands[1]) is Var else None
        if here is None or here.parts or there.plus(here, -1) != Affine(there.step):
            continue
        size = head.aval.shape[0]
        read = _as_number(body, s, operand_aval(value))
        if read is not None and -size <= here.const < size:
            return here.const % size, read, value
    return None


def _is_at_place(s: Statement, name: str) -> bool:
    operation = s.operation
    return (
        isinstance(operation, Structural)
        and operation.name == name
        and operation.params["index"] == _PLACE
        and type(s.operands[0]) is Var
    )


def _as_number(body: Program, s: Statement, aval: Any) -> Statement | None:
    """What gives the element as a number like the one that is written."""
    if s.target is not None and s.target.aval is aval:
        return s
    readers = [r for r in body.statements if any(o is s.target for o in r.operands)]
    items = [
        r for r in readers if isinstance(r.operation, Structural) and r.operation.name == "item"
    ]
    if len(items) == 1 == len(readers) and items[0].target is not None:
        return items[0] if items[0].target.aval is aval else None
    return None


def _element(array: Operand, place: int, read: Statement) -> tuple[Operand, list[Statement]]:
    """The element that the first iteration reads, before the loop."""
    getitem = Structural.of("getitem", index=(place,))
    item = Var("first", getitem.infer([operand_aval(array)]))
    lines = [Statement(item, getitem, (array,), read.span)]
    if read.operation.name == "item":
        assert read.target is not None
        number = Var("first", read.target.aval)
        lines.append(Statement(number, read.operation, (item,), read.span))
        return number, lines
    return item, lines


def _with(body: Program, at: int, z: Var, value: Operand, read: Statement) -> Program:
    """A body that carries a number instead of reading it."""

    def of(operand: Operand) -> Operand:
        return z if operand is read.target else operand

    statements = []
    for s in body.statements:
        if s is not read:
            operands = tuple(map(of, s.operands))
            statements.append(Statement(s.target, s.operation, operands, s.span))
    return replace(
        body,
        inputs=(*body.inputs[:at], z, *body.inputs[at:]),
        statements=statements,
        outputs=(*map(of, body.outputs[:at]), of(value), *map(of, body.outputs[at:])),
    )
