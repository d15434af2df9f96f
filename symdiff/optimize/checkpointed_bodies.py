"""Bodies of loops that are run again: with variables of their own, or counting what they stack."""

from __future__ import annotations

from dataclasses import replace

from ..operations.statements.builder import Builder
from ..program.branches import Branch
from ..program.loops import Loop, Result, bytes_of
from ..program.program import (
    FOUND,
    INT,
    Guard,
    Operand,
    Program,
    Statement,
    Var,
    operand_aval,
    substituted,
)


def anew(program: Program) -> Program:
    """The same program with variables of its own, so that it may stand beside itself."""
    names: dict[Var, Operand] = {v: _like(v) for v in program.variables()}
    statements = []
    for statement in program.statements:
        operation, target = statement.operation, statement.target
        if isinstance(operation, Loop):
            operation = replace(operation, body=anew(operation.body))
        elif isinstance(operation, Branch):
            operation = Branch((anew(operation.arms[0]), anew(operation.arms[1])))
        if target is not None:
            target = names[target]
        operands = substituted(statement.operands, names)
        statements.append(Statement(target, operation, operands, statement.span))
    inputs = tuple([names[v] for v in program.inputs])
    outputs = substituted(program.outputs, names)
    return Program(program.name, inputs, statements, outputs, program.extra)


def _like(var: Var) -> Var:
    made = Var(var.name, var.aval)
    made.derived, made.moved, made.still = var.derived, var.moved, var.still
    return made


def size_of(loop: Loop) -> int:
    """The bytes that an iteration stacks, without what loops in it do."""
    return sum([bytes_of(operand_aval(o)) for o in loop.body.outputs[loop.carried :]])


def stacks_inside(body: Program) -> bool:
    """Whether loops in a body stack, too."""
    for statement in body.statements:
        operation = statement.operation
        if isinstance(operation, Loop) and (operation.stacked or stacks_inside(operation.body)):
            return True
        if isinstance(operation, Branch) and any(map(stacks_inside, operation.arms)):
            return True
    return False


def ending_in_time(loop: Loop) -> Loop:
    """A loop that ends when it has stacked so much.

    It carries one value more, the bytes that it has stacked, and has one invariant more, the bytes
    that it may stack: the last of each.
    """
    body = anew(loop.body)
    used, room = Var("used", INT), Var("room", INT)
    lines = Builder()
    lines.statements.append(Statement(None, Guard("truth", True), (lines.lt(used, room),)))
    inside = _counted(body, lines)
    after = lines.add(used, lines.add(inside, size_of(loop)))
    carried, elements, fixed = loop.parts(body.inputs)
    outputs = (*body.outputs[: loop.carried], after, *body.outputs[loop.carried :])
    inputs = (*carried, used, *elements, *fixed, room)
    made = replace(body, inputs=inputs, statements=lines.statements, outputs=outputs)
    return replace(loop, body=made, carried=loop.carried + 1, until=True)


def _counted(body: Program, lines: Builder) -> Operand:
    """Append the statements of a body, in which loops count what they stack; gives the bytes."""
    total: Operand = 0
    for statement in body.statements:
        operation, target = statement.operation, statement.target
        made: Loop | Branch
        if isinstance(operation, Loop) and (operation.stacked or stacks_inside(operation.body)):
            loop = _counting(operation)
            place = 1 + operation.carried
            operands = (*statement.operands[:place], 0, *statement.operands[place:])
            result, made = Result.carried(loop, operation.carried), loop
        elif isinstance(operation, Branch) and any(map(stacks_inside, operation.arms)):
            branch = _counting_arms(operation)
            result, made = Result.joined(branch, len(operation.arms[0].outputs)), branch
            operands = statement.operands
        else:
            lines.statements.append(statement)
            continue
        assert target is not None
        assert target.aval is FOUND
        lines.statements.append(Statement(target, made, operands, statement.span))
        inside = Var("used", INT)
        lines.statements.append(Statement(inside, result, (target,), statement.span))
        total = lines.add(total, inside)
    return total


def _counting(loop: Loop) -> Loop:
    body, lines, used = loop.body, Builder(), Var("used", INT)
    inside = _counted(body, lines)
    after = lines.add(used, lines.add(inside, size_of(loop)))
    carried, elements, fixed = loop.parts(body.inputs)
    outputs = (*body.outputs[: loop.carried], after, *body.outputs[loop.carried :])
    inputs = (*carried, used, *elements, *fixed)
    made = replace(body, inputs=inputs, statements=lines.statements, outputs=outputs)
    return replace(loop, body=made, carried=loop.carried + 1)


def _counting_arms(branch: Branch) -> Branch:
    arms = []
    for arm in branch.arms:
        lines = Builder()
        inside = _counted(arm, lines)
        arms.append(replace(arm, statements=lines.statements, outputs=(*arm.outputs, inside)))
    return Branch((arms[0], arms[1]))
