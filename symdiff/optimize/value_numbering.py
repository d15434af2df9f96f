"""Compute each value once: a statement that repeats an earlier one gives way to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import INT, Operand, Program, Statement, Var, operand_aval
from .arms import with_adds_in_arms
from .elements import Elements
from .loops import in_loops, with_fixed_outside
from .steady import with_steady
from .whole_numbers import Whole

Lookup = Callable[[Any], Var | None]
"""What has been computed already, by what computes it."""


def number_values(program: Program) -> Program:
    """The same program, in which no two statements compute the same thing.

    Only elementwise and structural operations are merged: a read or a call may differ each time.
    What is the same in all iterations of a loop is computed before it, and what a loop does not
    change is not carried. An arm of a branch reads
    what has been computed before the branch; nothing moves out of an arm.

    >>> from symdiff.program.program import FLOAT
    >>> from symdiff.operations.statements.builder import Builder
    >>> ops, x = Builder(), Var("x", FLOAT)
    >>> y = ops.mul(ops.sin(x), ops.sin(x))
    >>> len(ops.statements), len(number_values(Program("f", (x,), ops.statements, (y,))))
    (3, 2)
    """
    if any(type(s.operation) is Loop for s in program.statements):
        program = with_fixed_outside(in_loops(program, number_values))
        program = with_fixed_outside(with_steady(program, number_values))
    if any(type(s.operation) is Branch for s in program.statements):
        program = with_adds_in_arms(program)
    replaced: dict[Var, Operand] = {}  # never maps to a variable that is itself replaced
    seen: dict[Any, Var] = {}
    found: dict[Var, Statement] = {}
    elements = Elements.of(program)
    whole = Whole()
    statements: list[Statement] = []
    for statement in program.statements:
        operands = statement.operands
        if replaced:
            for operand in operands:
                if type(operand) is Var and operand in replaced:
                    operands = tuple([_follow(o, replaced) for o in operands])
                    statement = Statement(
                        statement.target, statement.operation, operands, statement.span
                    )
                    break
        target, operation = statement.target, statement.operation
        if target is not None and operation is COPY and type(operands[0]) is Var:
            replaced[target] = operands[0]
            continue
        if elements is not None and target is not None:
            known = elements.known(statement)
            if type(known) is Statement:
                statement, operands = known, known.operands
            elif known is not None:
                replaced[target] = known
                continue
        if type(operation) is Template and target is not None and target.aval is INT:
            same = whole.known(target, operation, operands)
            if same is not None:
                replaced[target] = same
                continue
        if type(operation) is Loop or type(operation) is Branch:
            assert target is not None
            statement = _given_once(statement, seen.get)
            found[target] = statement
        elif type(operation) is Result:
            assert target is not None
            source = found.get(operands[0])
            if source is not None:
                known = _handed_on(source, operation)
                if known is not None and operand_aval(known) is target.aval:
                    replaced[target] = known
                    continue
                operation = _first_such(source, operation)
                statement = Statement(target, operation, operands, statement.span)
        if target is not None and type(operation) in (Template, Structural, Result):
            earlier = seen.setdefault(_key(operation, operands), target)
            if earlier is not target and earlier.aval is target.aval:
                replaced[target] = earlier
                continue
        statements.append(statement)
    outputs = tuple([_follow(o, replaced) for o in program.outputs])
    return Program(program.name, program.inputs, statements, outputs, program.extra)


def _key(operation: Any, operands: Sequence[Operand]) -> Any:
    return (operation, *[o if type(o) is Var else name_of(o) for o in operands])


def name_of(operand: Operand) -> Any:
    """What tells operands apart."""
    if type(operand) is Var:
        return operand
    if type(operand) in (int, float, bool):
        return (type(operand), repr(operand))
    return id(operand)


def _follow(operand: Operand, replaced: Mapping[Var, Operand]) -> Operand:
    return replaced.get(operand, operand) if type(operand) is Var else operand


def _given_once(statement: Statement, seen: Lookup) -> Statement:
    """A loop or branch whose bodies read by one name what they are given twice."""
    operation, operands = statement.operation, statement.operands
    if isinstance(operation, Loop):
        same = _same(operation.body.inputs[operation.carried :], operands[1 + operation.carried :])
        if not same:
            return statement
        loop = replace(operation, body=number_values(_renamed(operation.body, same)))
        return Statement(statement.target, loop, operands, statement.span)
    assert isinstance(operation, Branch)
    given = list(operands[1:])
    arms = []
    for arm in operation.arms:
        arm = replace(arm, inputs=arm.inputs + _more(given[len(arm.inputs) :]))
        arms.append(_read_outside(arm, given, seen))
    first = replace(arms[0], inputs=arms[0].inputs + _more(given[len(arms[0].inputs) :]))
    branch = Branch((number_values(first), number_values(arms[1])))
    return Statement(statement.target, branch, (operands[0], *given), statement.span)


def _more(operands: Sequence[Var]) -> tuple[Var, ...]:
    return tuple([Var(o.name, o.aval) for o in operands])


def _read_outside(arm: Program, given: list[Operand], seen: Lookup) -> Program:
    """An arm that knows its constants, and reads what has been computed outside.

    Appends to what both arms are given what this one reads.
    """
    known: dict[Var, Operand] = {
        v: o
        for v, o in zip(arm.inputs, given, strict=True)
        if type(o) is not Var and operand_aval(o) is v.aval
    }
    known.update(_same(arm.inputs, given))
    outside: dict[Var, Operand] = dict(zip(arm.inputs, given, strict=True))
    inputs, statements = list(arm.inputs), []
    for statement in arm.statements:
        target = statement.target
        operands = tuple([_follow(o, known) for o in statement.operands])
        if (
            target is not None
            and type(statement.operation) in (Template, Structural)
            and all(type(o) is not Var or o in outside for o in operands)
        ):
            earlier = seen(_key(statement.operation, [_follow(o, outside) for o in operands]))
            if earlier is not None and earlier.aval is target.aval:
                places = [k for k, o in enumerate(given) if o is earlier]
                if places:
                    known[target] = inputs[places[0]]
                else:
                    given.append(earlier)
                    inputs.append(target)
                outside[target] = earlier
                continue
        statements.append(Statement(target, statement.operation, operands, statement.span))
    outputs = tuple([_follow(o, known) for o in arm.outputs])
    return replace(arm, inputs=tuple(inputs), statements=statements, outputs=outputs)


def _same(inputs: Sequence[Var], operands: Sequence[Operand]) -> dict[Var, Operand]:
    """The inputs that are given what an earlier one is given, and that one."""
    first: dict[Any, Var] = {}
    same: dict[Var, Operand] = {}
    for var, operand in zip(inputs, operands, strict=True):
        if type(operand) is Var:
            earlier = first.setdefault(operand, var)
            if earlier is not var and earlier.aval is var.aval:
                same[var] = earlier
    return same


def _renamed(body: Program, names: Mapping[Var, Operand]) -> Program:
    statements = [
        Statement(s.target, s.operation, tuple([_follow(o, names) for o in s.operands]), s.span)
        for s in body.statements
    ]
    outputs = tuple([_follow(o, names) for o in body.outputs])
    return replace(body, statements=statements, outputs=outputs)


def _handed_on(source: Statement, result: Result) -> Operand | None:
    """What a result of a branch is where both arms only hand it on."""
    branch = source.operation
    if not isinstance(branch, Branch):
        return None
    found: dict[Any, Operand] = {}
    for arm in branch.arms:
        output = arm.outputs[result.k]
        if type(output) is Var:
            if output not in arm.inputs:
                return None
            output = source.operands[1 + arm.inputs.index(output)]
        if output is not None:
            found[name_of(output)] = output
    return next(iter(found.values())) if len(found) == 1 else None


def _first_such(source: Statement, result: Result) -> Result:
    """The first result that is the same."""
    operation = source.operation
    if isinstance(operation, Branch):
        rows = list(zip(*[map(name_of, arm.outputs) for arm in operation.arms], strict=True))
        return replace(result, k=rows.index(rows[result.k]))
    assert isinstance(operation, Loop)
    if result.kind != "stacked":
        return result
    names = list(map(name_of, operation.body.outputs[operation.carried :]))
    return replace(result, k=names.index(names[result.k]))
