"""What is added to, or multiplied by, a number that a loop carries: running sums and products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Template
from ..program.program import Program, Statement, Var


@dataclass(frozen=True, slots=True)
class Chain:
    """What a number becomes in an iteration by one operation after another.

    Attributes:
        terms: each operation, the code of its other operand, and the statement that this is of.
        lines: the statements that do nothing else.
    """

    terms: list[tuple[str, Sequence[Any], Statement]]
    lines: list[Statement]

    @property
    def product(self) -> bool:
        return self.terms[0][0] == "mul"


def chains(body: Program, numbers: Mapping[Var, int]) -> dict[Var, Chain]:
    """The running sums and products among what is carried, by the variables of the body.

    Args:
        body: of the loop.
        numbers: the variables that are carried, and the numbers of the outputs they become.
    """
    found = {}
    made = {s.target: s for s in body.statements}
    for var, k in numbers.items():
        active = _made_of(var, body)
        terms: list[tuple[str, Sequence[Any], Statement]] = []
        lines: list[Statement] = []
        at = body.outputs[k]
        while type(at) is Var and at is not var and at in made:
            statement = made[at]
            moving = [n for n, o in enumerate(statement.operands) if type(o) is Var and o in active]
            parts = None
            if type(statement.operation) is Template and len(moving) == 1:
                parts = _terms(statement.operation, moving[0])
            if parts is None or (lines and _reads(body, at) > 1):
                break
            terms = [(name, code, statement) for name, code in parts] + terms
            lines.insert(0, statement)
            at = statement.operands[moving[0]]
        if at is var and len({name == "mul" for name, _, _ in terms}) == 1:
            found[var] = Chain(terms, lines)
    return found


def _terms(template: Template, moving: int) -> list[tuple[str, Sequence[Any]]] | None:
    """What is added to, taken from or multiplied by an operand, one after another."""
    if template.code.count(moving) != 1:
        return None
    stack: list[tuple[list[Any], list[tuple[str, Sequence[Any]]] | None]] = []
    for token in template.code:
        if not isinstance(token, str):
            stack.append(([token], [] if token == moving and type(token) is int else None))
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        first = len(stack) - entry.arity
        parts = stack[first:]
        code = [*[t for part, _ in parts for t in part], token]
        chain = None
        holds = [n for n, (_, steps) in enumerate(parts) if steps is not None]
        if holds:
            if token not in ("add", "mul") and (token != "sub" or holds != [0]):
                return None
            steps = parts[holds[0]][1]
            assert steps is not None
            chain = [*steps, (token, parts[1 - holds[0]][0])]
        stack[first:] = [(code, chain)]
    return stack[0][1] or None


def _made_of(var: Var, body: Program) -> set[Var]:
    """What is computed of a variable in an iteration."""
    found = {var}
    for statement in body.statements:
        if statement.target is not None and any(o in found for o in _variables(statement.operands)):
            found.add(statement.target)
    return found


def _reads(body: Program, var: Var) -> int:
    found = sum(o is var for s in body.statements for o in s.operands)
    return found + sum(o is var for o in body.outputs)


def _variables(operands: Sequence[Any]) -> Iterator[Var]:
    return (o for o in operands if type(o) is Var)
