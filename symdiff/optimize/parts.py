"""Parts of expressions, computed once: before a loop, or where several statements hold them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..operations.statements.known import without_gaps
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Template
from ..program.loops import Loop
from ..program.program import Keep, Program, Statement, Var, operand_aval
from .common_parts import with_parts_shared
from .dead_code import remove_dead_code
from .fusion import fused
from .loops import in_bodies
from .marks import CHOOSING

Pass = Callable[[Program], Program]


def with_parts_outside(program: Program, number_values: Pass) -> Program:
    """The program, in which parts of expressions are not computed again and again.

    Loops compute none that does not change in them, and none is computed by several expressions.

    Not before a derivative is taken: a statement is differentiated as it was written.

    Args:
        program: the program.
        number_values: moves the parts that have been made statements of their own.
    """
    if any(type(s.operation) is Loop for s in program.statements):
        program = number_values(_cut(remove_dead_code(number_values(fused(program)))))
    return remove_dead_code(with_parts_shared(program, number_values))


def _cut(program: Program) -> Program:
    program = in_bodies(program, _cut)
    statements = []
    for statement in program.statements:
        operation = statement.operation
        if isinstance(operation, Loop):
            _, _, fixed = operation.parts(operation.body.inputs)
            body = _cut_body(operation.body, set(fixed))
            if body is not operation.body:
                changed = replace(operation, body=body)
                statement = Statement(statement.target, changed, statement.operands, statement.span)
        statements.append(statement)
    return replace(program, statements=statements)


def _cut_body(body: Program, fixed: set[Var]) -> Program:
    kept = {s.operands[0] for s in body.statements if type(s.operation) is Keep}
    lines: list[Statement] = []
    changed = False
    for line in body.statements:
        operation, target = line.operation, line.target
        if isinstance(operation, Template) and target is not None:
            whole = all(type(o) is not Var or o in fixed for o in line.operands)
            if whole and target not in kept:
                fixed.add(target)
            elif not whole and target not in kept and CHOOSING.isdisjoint(operation.code):
                found = _parts(operation, line, fixed)
                if found:
                    lines += found
                    changed = True
                    continue
        lines.append(line)
    return replace(body, statements=lines) if changed else body


def _parts(template: Template, line: Statement, fixed: set[Var]) -> list[Statement]:
    """The line, behind a line for each of its largest parts that do not change; or nothing."""
    operands = list(line.operands)
    made: list[Statement] = []
    stack: list[tuple[list[Any], bool]] = []  # the code of each value, and whether it is fixed

    def taken_out(code: list[Any], still: bool) -> list[Any]:
        places = {t for t in code if type(t) is int}
        if not still or len(code) == 1 or not any(type(operands[t]) is Var for t in places):
            return code
        part, reads = without_gaps(code, operands)
        avals = [operand_aval(o) for o in reads]
        if any(a.shape or a.dtype not in ("float64", "int64") for a in avals):
            return code
        aval = part.infer(avals)
        if aval.shape or not aval.weak:
            return code
        var = Var("part", aval)
        fixed.add(var)
        made.append(Statement(var, part, tuple(reads), line.span))
        operands.append(var)
        return [len(operands) - 1]

    for token in template.code:
        if not isinstance(token, str):
            operand = operands[token] if type(token) is int else None
            stack.append(([token], type(operand) is not Var or operand in fixed))
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        first = len(stack) - entry.arity
        parts = stack[first:]
        if all(still for _, still in parts):
            stack[first:] = [([*[t for code, _ in parts for t in code], token], True)]
        else:
            codes = [taken_out(code, still) for code, still in parts]
            stack[first:] = [([*[t for code in codes for t in code], token], False)]
    if not made:
        return []
    left, reads = without_gaps(stack[0][0], operands)
    return [*made, Statement(line.target, left, tuple(reads), line.span)]
