"""Parts of expressions of numbers that are computed several times, computed once.

Value numbering knows whole statements. The derivatives of one statement by its operands have
factors in common, and so have the contributions to several cotangents. What is the same to the last
bit however it is written counts as one: `-r*t` and `-(r*t)`, `a*b` and `b*a`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..operations.statements.known import without_gaps
from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import COPY, Template
from ..program.program import Keep, Operand, Program, Statement, Var, operand_aval
from .loops import in_bodies
from .marks import CHOOSING
from .value_numbering import name_of

Pass = Callable[[Program], Program]
Key = tuple[bool, int]
"""Whether it is the negative, and the number of what is computed."""

Numbers = dict[Hashable, int]
"""The number of each operand, and of each operation on numbered ones."""

_ROUNDS = 3
"""Parts that only parts of others hold are found in the second round."""

_MANY = 2000
"""In programs of more statements the first round is to be enough."""

_NUMBERS = ("float64", "int64")
_FLOATS = ("float64", "float32")
_WHERE = frozenset({"where"})

_LARGE = 512
"""Arrays of so many elements stay arrays."""


class _Part(NamedTuple):
    """A part of an expression, and where it ends in the code."""

    key: Key
    reads: bool  # whether a variable is read
    end: int


def with_parts_shared(program: Program, number_values: Pass) -> Program:
    """The program, in which is computed once what several expressions hold.

    Not before a derivative is taken: a statement is differentiated as it was written.

    Args:
        program: the program.
        number_values: computes the parts once that have been made statements of their own.
    """
    rounds = _ROUNDS if len(program.statements) < _MANY else 1
    for _ in range(rounds):
        made: list[Statement] = []

        def shared(body: Program, made: list[Statement] = made) -> Program:
            return _shared(in_bodies(body, shared), made)

        changed = shared(program)
        if not made:
            break
        program = number_values(changed)
    return program


def _shared(body: Program, made: list[Statement]) -> Program:
    """A body with a statement for each part that is found several times; adds those to `made`."""
    kept = {s.operands[0] for s in body.statements if type(s.operation) is Keep}
    numbers: Numbers = {}
    parts = {id(s): list(_parts(s, numbers)) for s in body.statements if _is_open(s)}
    times = Counter(part.key for found in parts.values() for part in found)
    common = {key for key, n in times.items() if n > 1}
    if not common and all(map(_is_open, body.statements)):
        return body
    statements: list[Statement] = []
    known: dict[Key, Var] = {}
    whole: dict[Key, Var] = {}  # what statements compute
    for line in body.statements:
        if _is_choice(line):
            choice = _read_known(line, whole, numbers)
            if choice is not line:
                made.append(choice)
            statements.append(choice)
            continue
        ends = {part.end: part.key for part in parts.get(id(line), ()) if part.key in common}
        if line.target in kept:  # it is there to be computed where it stands
            ends = {end: key for end, key in ends.items() if end < _last(line)}
        found = _cut(line, ends, known) if ends else [line]
        if found[-1] is not line:
            made += found
        statements += found
        own = parts.get(id(line))
        if own and own[-1].end == _last(line) and line.target is not None:
            whole.setdefault(own[-1].key, line.target)
    return replace(body, statements=statements)


def _read_known(line: Statement, whole: dict[Key, Var], numbers: Numbers) -> Statement:
    """A choice that reads what has been computed in any case, in its arms, too."""
    last = _last(line)
    ends = {p.end: p.key for p in _parts(line, numbers) if p.key in whole and p.end != last}
    found = _cut(line, ends, dict(whole)) if ends else [line]
    return found[0] if len(found) == 1 else line  # (what it would need besides is in an arm)


def _is_open(line: Statement) -> bool:
    """Whether parts of a statement may be computed before it: a choice decides what is computed.

    That of arrays chooses from what has been computed; small ones may become numbers.
    """
    operation, target = line.operation, line.target
    if type(operation) is not Template or target is None or not _is_number(target):
        return False
    chooses = CHOOSING.intersection(operation.code)
    if chooses and not (target.aval.size >= _LARGE and chooses == _WHERE):
        return False
    return all(_is_number(o) or (chooses and _is_condition(o)) for o in line.operands)


def _is_choice(line: Statement) -> bool:
    """Whether it computes a number by a choice."""
    operation, target = line.operation, line.target
    if type(operation) is not Template or target is None or not _is_number(target):
        return False
    if CHOOSING.isdisjoint(operation.code) or _is_open(line):
        return False
    return all(_is_number(o) or _is_condition(o) for o in line.operands)


def _is_condition(operand: Operand) -> bool:
    return operand_aval(operand).dtype == "bool"


def _is_number(operand: Operand) -> bool:
    aval = operand_aval(operand)
    return aval.dtype in _FLOATS if aval.shape else aval.dtype in _NUMBERS


def _parts(line: Statement, numbers: Numbers) -> Iterator[_Part]:
    """The parts of an expression that read variables, each behind its own parts."""
    operation = line.operation
    assert isinstance(operation, Template)
    stack: list[_Part] = []
    for end, token in enumerate(operation.code):
        if type(token) is int:
            operand = line.operands[token]
            name = ("operand", name_of(operand))
            number = numbers.setdefault(name, len(numbers))
            stack.append(_Part((False, number), type(operand) is Var, end))
        elif not isinstance(token, str):
            number = numbers.setdefault((token,), len(numbers))
            stack.append(_Part((False, number), False, end))
        else:
            first = len(stack) - _arity(token)
            read = stack[first:]
            key = _key(token, [part.key for part in read], numbers)
            stack[first:] = [_Part(key, any(part.reads for part in read), end)]
            if stack[-1].reads and token != "neg":
                yield stack[-1]


def _key(token: str, read: list[Key], numbers: Numbers) -> Key:
    """What an entry gives: signs go through products, and factors and summands change places."""
    if token == "neg":
        return (not read[0][0], read[0][1])
    made: Hashable
    if token not in ("mul", "div"):
        made = (token, *(sorted(read) if token == "add" else read))
        return False, numbers.setdefault(made, len(numbers))
    (one, first), (other, second) = read
    made = (token, *((second, first) if token == "mul" and second < first else (first, second)))
    return one != other, numbers.setdefault(made, len(numbers))


def _last(line: Statement) -> int:
    """Where the whole expression ends."""
    assert isinstance(line.operation, Template)
    return len(line.operation.code) - 1


def _arity(token: str) -> int:
    entry = TABLE.entries[token]
    assert isinstance(entry, ElementwiseEntry)
    return entry.arity


def _cut(line: Statement, ends: dict[int, Key], known: dict[Key, Var]) -> list[Statement]:
    """A statement, behind one for each of the largest of its parts that end where it is said.

    Args:
        line: the statement.
        ends: where parts end that are found elsewhere, too.
        known: what has been computed of those.
    """
    operation, target = line.operation, line.target
    assert isinstance(operation, Template)
    assert target is not None
    last = _last(line)
    own = ends.get(last)
    if own is not None:
        var = known.setdefault(own, target)
        if var is target or var.aval != target.aval:
            return [line]
        return [Statement(target, COPY, (var,), line.span)]
    operands = list(line.operands)
    made: list[Statement] = []
    stack: list[tuple[list[Any], Key | None]] = []  # the code of each value, and what is common

    def taken_out(code: list[Any], key: Key) -> list[Any]:
        var = known.get(key)
        if var is None:
            part = _statement(code, operands, line)
            if part is None or part.target is None:
                return code
            made.append(part)
            var = known[key] = part.target
        operands.append(var)
        return [len(operands) - 1]

    for end, token in enumerate(operation.code):
        if not isinstance(token, str):
            stack.append(([token], None))
            continue
        first = len(stack) - _arity(token)
        read = [code for code, _ in stack[first:]]
        if end not in ends:
            keys = [key for _, key in stack[first:]]
            if (
                token == "neg" and keys[0] is not None and end < last
            ):  # as a whole, where it is read
                stack[first:] = [([*read[0], token], (not keys[0][0], keys[0][1]))]
                continue
            pairs = zip(read, keys, strict=True)
            read = [code if key is None else taken_out(code, key) for code, key in pairs]
        stack[first:] = [([t for code in read for t in code] + [token], ends.get(end))]
    if len(operands) == len(line.operands):
        return [line]
    left, reads = without_gaps(stack[0][0], operands)
    return [*made, Statement(target, left, tuple(reads), line.span)]


def _statement(code: list[Any], operands: Sequence[Operand], line: Statement) -> Statement | None:
    part, reads = without_gaps(code, operands)
    aval = part.infer([operand_aval(o) for o in reads])
    whole = aval.weak and aval.dtype == "int64"  # others wrap around
    if not (aval.dtype in _FLOATS if aval.shape else whole or aval.dtype == "float64"):
        return None
    return Statement(Var("part", aval), part, tuple(reads), line.span)
