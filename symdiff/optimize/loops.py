"""What the passes do to loops: to their bodies, and to what they carry, stack and read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import FOUND, Keep, Operand, Operation, Program, Statement, Var
from .branches import Key, acts
from .needs import Needs

Pass = Callable[[Program], Program]


def in_bodies(program: Program, change: Pass) -> Program:
    """The program, in which a pass has been applied to bodies of loops and arms of branches."""
    program = in_loops(program, change)
    if not any(type(s.operation) is Branch for s in program.statements):
        return program
    statements = []
    for statement in program.statements:
        if isinstance(statement.operation, Branch):
            first, second = map(change, statement.operation.arms)
            changed, operands = Branch((first, second)), statement.operands
            statement = Statement(statement.target, changed, operands, statement.span)
        statements.append(statement)
    return replace(program, statements=statements)


def in_loops(program: Program, change: Pass) -> Program:
    """The program, in which a pass has been applied to the bodies of loops."""
    if not any(type(s.operation) is Loop for s in program.statements):
        return program
    statements = []
    for statement in program.statements:
        operation = statement.operation
        if isinstance(operation, Loop):
            changed = replace(operation, body=change(operation.body))
            statement = Statement(statement.target, changed, statement.operands, statement.span)
        statements.append(statement)
    return replace(program, statements=statements)


def with_fixed_outside(program: Program) -> Program:
    """The program, in which loops do not compute again what is the same in all iterations.

    What the function itself may raise there stays, since the loop may have no iteration.
    """
    if not any(type(s.operation) is Loop for s in program.statements):
        return program
    statements: list[Statement] = []
    for statement in program.statements:
        if isinstance(statement.operation, Loop):
            moved, statement = _fixed_outside(statement, statement.operation)
            statements += moved
        statements.append(statement)
    return replace(program, statements=statements)


def _fixed_outside(statement: Statement, loop: Loop) -> tuple[list[Statement], Statement]:
    body = loop.body
    given: dict[Var, Operand] = dict(
        zip(loop.parts(body.inputs)[2], loop.parts(statement.operands[1:])[2], strict=True)
    )
    kept = {s.operands[0] for s in body.statements if type(s.operation) is Keep}
    moved, left = [], []
    for line in body.statements:
        target = line.target
        if (
            target is not None
            and _is_pure(line.operation)
            and target not in kept
            and all(type(o) is not Var or o in given for o in line.operands)
        ):
            outside = given[target] = Var(target.name, target.aval)
            operands = tuple([given[o] if type(o) is Var else o for o in line.operands])
            moved.append(Statement(outside, line.operation, operands, line.span))
        else:
            left.append(line)
    if not moved:
        return [], statement
    made = [line.target for line in body.statements if line.target in given]
    added = [v for v in made if v is not None and v.aval is not FOUND]
    inputs = (*body.inputs, *added)
    operands = (*statement.operands, *[given[v] for v in added])
    loop = replace(loop, body=replace(body, inputs=inputs, statements=left))
    return moved, Statement(statement.target, loop, operands, statement.span)


def _is_pure(operation: Operation) -> bool:
    """Whether an operation may be run elsewhere: it gives a value, and does nothing else."""
    if isinstance(operation, Branch):
        return not acts(operation)
    return type(operation) in (Template, Structural) or (
        isinstance(operation, Result) and operation.kind == "joined"
    )


def pruned(
    statement: Statement, wanted: Collection[Key], remove_dead_code: Pass
) -> tuple[Statement, dict[Key, int]]:
    """A loop that computes what is wanted of it, and where each result is then.

    A value is carried only where a wanted result, or a guard, depends on it in any iteration.
    """
    loop = statement.operation
    assert isinstance(loop, Loop)
    body = loop.body
    carried = Needs().carried(loop, wanted)
    stacked = sorted(k for kind, k in wanted if kind == "stacked")
    while True:
        chosen = sorted(carried)
        outputs = [body.outputs[k] for k in chosen]
        outputs += [body.outputs[loop.carried + k] for k in stacked]
        left = remove_dead_code(replace(body, outputs=tuple(outputs)))
        read = {o for s in left.statements for o in s.operands if type(o) is Var}
        read.update(o for o in left.outputs if type(o) is Var)
        more = {k for k, v in enumerate(body.inputs[: loop.carried]) if v in read} - carried
        if not more:
            break
        carried |= more
    _, elements, fixed = loop.parts(range(len(body.inputs)))
    entries = [k for k in elements if body.inputs[k] in read]
    if elements and not entries:
        entries = [elements[0]]  # its length is the number of iterations
    places = [*chosen, *entries, *[k for k in fixed if body.inputs[k] in read]]
    made = replace(
        loop,
        body=replace(left, inputs=tuple([body.inputs[k] for k in places])),
        carried=len(chosen),
        elements=len(entries),
    )
    operands = (statement.operands[0], *[statement.operands[1 + k] for k in places])
    where = {("carried", k): n for n, k in enumerate(chosen)}
    where |= {("stacked", k): n for n, k in enumerate(stacked)}
    return Statement(statement.target, made, operands, statement.span), where


def read_from(statement: Statement, where: dict[Key, int]) -> Statement:
    """What reads a result of a loop or branch, where that result is now."""
    result = statement.operation
    assert isinstance(result, Result)
    if result.kind == "trips":
        return statement
    moved = replace(result, k=where[result.kind, result.k])
    return Statement(statement.target, moved, statement.operands, statement.span)
