"""Parts of expressions that an iteration of a loop computes several times, computed once.

Value numbering knows whole statements. The derivatives of one statement by its operands have
factors in common, and so have the contributions to several cotangents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..operations.statements.known import without_gaps
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Template
from ..program.loops import Loop
from ..program.program import Keep, Operand, Program, Statement, Var, operand_aval
from .loops import in_bodies
from .marks import CHOOSING
from .value_numbering import name_of

Pass = Callable[[Program], Program]
Key = tuple[Hashable, ...]

_ROUNDS = 3
"""Parts that only parts of others hold are found in the second round."""

_NUMBERS = ("float64", "int64")


class _Part(NamedTuple):
    """A part of an expression, and where it ends in the code."""

    key: Key
    reads: bool  # whether a variable is read
    end: int


def with_parts_shared(program: Program, number_values: Pass) -> Program:
    """The program, in which bodies of loops compute once what several expressions hold.

    Not before a derivative is taken: a statement is differentiated as it was written.

    Args:
        program: the program.
        number_values: computes the parts once that have been made statements of their own.
    """
    if not any(type(s.operation) is Loop for s in program.statements):
        return program
    for _ in range(_ROUNDS):
        made: list[Statement] = []

        def shared(body: Program, made: list[Statement] = made) -> Program:
            return _shared(in_bodies(body, shared), made)

        changed = in_bodies(program, shared)
        if not made:
            break
        program = number_values(changed)
    return program


def _shared(body: Program, made: list[Statement]) -> Program:
    """A body with a statement for each part that is found several times; adds those to `made`."""
    kept = {s.operands[0] for s in body.statements if type(s.operation) is Keep}
    parts = {
        id(s): list(_parts(s)) for s in body.statements if _is_open(s) and s.target not in kept
    }
    times = Counter(part.key for found in parts.values() for part in found)
    common = {key for key, n in times.items() if n > 1}
    if not common:
        return body
    statements: list[Statement] = []
    for line in body.statements:
        ends = [part.end for part in parts.get(id(line), ()) if part.key in common]
        found = _cut(line, ends) if ends else [line]
        made += found[:-1]
        statements += found
    return replace(body, statements=statements)


def _is_open(line: Statement) -> bool:
    """Whether parts of a statement may be computed before it: a choice decides what is computed."""
    operation, target = line.operation, line.target
    if type(operation) is not Template or target is None or not CHOOSING.isdisjoint(operation.code):
        return False
    return all(map(_is_number, (target, *line.operands)))


def _is_number(operand: Operand) -> bool:
    aval = operand_aval(operand)
    return not aval.shape and aval.dtype in _NUMBERS


def _parts(line: Statement) -> Iterator[_Part]:
    """The parts of an expression that read variables, each behind its own parts."""
    operation = line.operation
    assert isinstance(operation, Template)
    stack: list[_Part] = []
    for end, token in enumerate(operation.code):
        if type(token) is int:
            operand = line.operands[token]
            stack.append(_Part(("operand", name_of(operand)), type(operand) is Var, end))
        elif not isinstance(token, str):
            stack.append(_Part((token,), False, end))
        else:
            first = len(stack) - _arity(token)
            read = stack[first:]
            key = (token, *[part.key for part in read])
            stack[first:] = [_Part(key, any(part.reads for part in read), end)]
            if stack[-1].reads:
                yield stack[-1]


def _arity(token: str) -> int:
    entry = TABLE.entries[token]
    assert isinstance(entry, ElementwiseEntry)
    return entry.arity


def _cut(line: Statement, ends: Collection[int]) -> list[Statement]:
    """A statement, behind one for each of the largest of its parts that end where it is said."""
    operation = line.operation
    assert isinstance(operation, Template)
    if len(operation.code) - 1 in ends:
        return [line]
    operands = list(line.operands)
    made: list[Statement] = []
    stack: list[tuple[list[Any], bool]] = []  # the code of each value, and whether it is common

    def taken_out(code: list[Any]) -> list[Any]:
        part = _statement(code, operands, line)
        if part is None or part.target is None:
            return code
        made.append(part)
        operands.append(part.target)
        return [len(operands) - 1]

    for end, token in enumerate(operation.code):
        if not isinstance(token, str):
            stack.append(([token], False))
            continue
        first = len(stack) - _arity(token)
        read = stack[first:]
        if end not in ends:
            read = [(taken_out(code) if common else code, False) for code, common in read]
        stack[first:] = [([*[t for code, _ in read for t in code], token], end in ends)]
    if not made:
        return [line]
    left, reads = without_gaps(stack[0][0], operands)
    return [*made, Statement(line.target, left, tuple(reads), line.span)]


def _statement(code: list[Any], operands: Sequence[Operand], line: Statement) -> Statement | None:
    part, reads = without_gaps(code, operands)
    aval = part.infer([operand_aval(o) for o in reads])
    if not aval.weak or aval.dtype not in _NUMBERS:
        return None
    return Statement(Var("part", aval), part, tuple(reads), line.span)
