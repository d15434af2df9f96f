"""What is done with a number that a loop carries: running sums, products, maxima and minima."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template
from ..program.branches import Branch
from ..program.loops import Result
from ..program.program import Operand, Program, Statement, Var
from ..records import dataclass
from .resets import factor_in

SUM, PRODUCT, RESET = "add", "mul", "reset"
COMPARED = frozenset({RESET, "larger", "smaller", "maximum", "minimum"})
_CHOICE = Template.of((0, 1, 2, "where"))
_TURNED = {"lt": "gt", "gt": "lt"}


@dataclass(frozen=True, slots=True)
class Step:
    """An operation on what is carried: its name, the code of its other operand, and the operands.

    The name is `sub` where something is taken away, and `reset` for a factor of 0 or a power of 2.
    """

    name: str
    code: Sequence[Any]
    operands: Sequence[Operand]


@dataclass(frozen=True, slots=True)
class Chain:
    """What a number becomes in an iteration by one operation after another.

    Attributes:
        steps: the operations.
        lines: the statements that do nothing else.
    """

    steps: list[Step]
    lines: list[Statement]

    @property
    def how(self) -> str:
        """`add`, `mul`, `reset`, or the name of an extreme."""
        return _sort(self.steps[0].name)


def chains(body: Program, numbers: Mapping[Var, int]) -> dict[Var, Chain]:
    """The running sums, products and the like among what is carried, by the variables of the body.

    Args:
        body: of the loop.
        numbers: the variables that are carried, and the numbers of the outputs they become.
    """
    made = {s.target: s for s in body.statements if s.target is not None}
    found = {}
    for var, k in numbers.items():
        chain = _chain(body, made, var, body.outputs[k])
        if chain is not None:
            found[var] = chain
    return found


def _chain(body: Program, made: Mapping[Var, Statement], var: Var, at: Operand) -> Chain | None:
    active = _made_of(var, body)
    steps: list[Step] = []
    lines: list[Statement] = []
    while type(at) is Var and at is not var and at in made:
        statement = made[at]
        template, operands = _as_choice(statement, made)
        moving = [n for n, o in enumerate(operands) if type(o) is Var and o in active]
        if template is None or not moving or (lines and _reads(body, at) > 1):
            return None
        parts, before = None, moving[-1]
        if len(moving) == 1:
            parts = _terms(template, before)
        if parts is None:
            parts, before = _chosen(template, operands, made)
        if parts is None:
            parts, before = _reset(template, operands, moving, made)
        if parts is None:
            return None
        steps = [Step(name, code, operands) for name, code in parts] + steps
        lines.insert(0, statement)
        at = operands[before]
    if at is not var or len({_sort(step.name) for step in steps}) != 1:
        return None
    return Chain(steps, lines)


def _sort(name: str) -> str:
    return SUM if name == "sub" else name


def _as_choice(
    statement: Statement, made: Mapping[Var, Statement]
) -> tuple[Template | None, Sequence[Operand]]:
    """A statement as an expression: also what a branch gives, if it is given that."""
    operation = statement.operation
    if isinstance(operation, Template):
        return operation, statement.operands
    if not isinstance(operation, Result) or operation.kind != "joined":
        return None, ()
    source = statement.operands[0]
    branch = made[source].operation if type(source) is Var and source in made else None
    if not isinstance(branch, Branch):
        return None, ()
    condition, *given = made[source].operands
    ways: list[Operand] = []
    for arm in branch.arms:
        output = arm.outputs[operation.k]
        if type(output) is Var:
            inside = [o for v, o in zip(arm.inputs, given, strict=True) if v is output]
            if not inside:
                return None, ()
            output = inside[0]
        if output is None:
            return None, ()
        ways.append(output)
    return _CHOICE, (condition, *ways)


def _terms(template: Template, moving: int) -> list[tuple[str, Sequence[Any]]] | None:
    """What is added to, taken from, or multiplied by an operand, or compared to it, in turn."""
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
            # The first of equals is kept, and the first where one is no number.
            is_first = holds == [0] and token in ("sub", "larger", "smaller")
            if not is_first and token not in (SUM, PRODUCT, "maximum", "minimum"):
                return None
            steps = parts[holds[0]][1]
            assert steps is not None
            chain = [*steps, (token, parts[1 - holds[0]][0])]
        stack[first:] = [(code, chain)]
    return stack[0][1] or None


def _chosen(
    template: Template, operands: Sequence[Operand], made: Mapping[Var, Statement]
) -> tuple[list[tuple[str, Sequence[Any]]] | None, int]:
    """A maximum or minimum that is written as a choice: `v if v > m else m`."""
    if template != _CHOICE:
        return None, 0
    condition, taken, kept = operands
    asked = made.get(condition) if type(condition) is Var else None
    if asked is None or not isinstance(asked.operation, Template):
        return None, 0
    code = asked.operation.code
    if len(code) != 3 or code[:2] != (0, 1) or code[2] not in _TURNED:
        return None, 0
    name, (a, b) = str(code[2]), asked.operands
    if _is(a, kept) and _is(b, taken):
        name = _TURNED[name]
    elif not (_is(a, taken) and _is(b, kept)):
        return None, 0
    return [("larger" if name == "gt" else "smaller", [1])], 2


def _is(one: Operand, other: Operand) -> bool:
    if not isinstance(one, float) or not isinstance(other, float):
        return one is other
    return one.hex() == other.hex()


def _reset(
    template: Template,
    operands: Sequence[Operand],
    moving: Sequence[int],
    made: Mapping[Var, Statement],
) -> tuple[list[tuple[str, Sequence[Any]]] | None, int]:
    """A factor that is a power of two, or nothing."""
    for before in moving:
        number = operands[before]
        asked = [n for n in moving if n != before and _asks(operands[n], number, made)]
        if len(asked) + 1 == len(moving):
            code = factor_in(_with_constants(template, operands), before, asked)
            if code is not None:
                return [(RESET, code)], before
    return None, 0


def _with_constants(template: Template, operands: Sequence[Operand]) -> Template:
    """The same with numbers among its operands written in it."""
    known = {
        k: Literal.of(float(o) if isinstance(o, float) else o)
        for k, o in enumerate(operands)
        if isinstance(o, int | float)
    }
    return Template.of(tuple([known.get(t, t) if type(t) is int else t for t in template.code]))


def _asks(operand: Operand, number: Operand, made: Mapping[Var, Statement]) -> bool:
    """Whether a truth is that a number is not zero."""
    asked = made.get(operand) if type(operand) is Var else None
    if asked is None or not isinstance(asked.operation, Template):
        return False
    code = asked.operation.code
    of_zero = len(code) == 3 and code[2] == "ne" and code[0] == 0 and asked.operands[0] is number
    if not of_zero:
        return False
    zero = code[1].value if isinstance(code[1], Literal) else asked.operands[1]
    return isinstance(zero, int | float) and zero == 0


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
