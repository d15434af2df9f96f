"""Where a right-hand side is not smooth: comparisons and steps, each in a statement of its own."""

from __future__ import annotations

from collections.abc import Sequence

from ....operations.statements.builder import Builder, elementwise_template
from ....operations.table.entry import TABLE, ElementwiseEntry
from ....operations.table.template import Template
from ....program.program import Guard, Operand, Program, Statement, Var
from ....records import dataclass

COMPARISONS = frozenset({"lt", "le", "gt", "ge"})
STEPS = frozenset({"floor", "ceil", "round", "trunc", "sign", "rint", "heaviside"})
_JUMPS = COMPARISONS | STEPS
_REMAINDERS = frozenset({"mod", "fmod", "floordiv", "remainder"})


@dataclass(frozen=True, slots=True)
class Switch:
    """A comparison `left < right`, or a step such as `floor(left)`, with its outcome.

    Its *margin* is what changes sign, or passes a whole number, where the outcome changes:
    `left - right`, or `left`.
    """

    outcome: Var
    margin: Var


def isolate(program: Program) -> tuple[Program, list[Switch]]:
    """The same program with each comparison and step as a statement of its own.

    A remainder jumps where the quotient passes a whole number: `a % b` becomes `a - b*floor(a/b)`.
    """
    ops = Builder()
    switches: list[Switch] = []
    for statement in program.statements:
        operation = statement.operation
        if (
            type(operation) is Template
            and statement.target is not None
            and any(t in _JUMPS or t in _REMAINDERS for t in operation.code if type(t) is str)
        ):
            ops.span = statement.span
            _cut(ops, operation, statement.operands, statement.target, switches)
        else:
            ops.statements.append(statement)
    made = Program(program.name, program.inputs, ops.statements, program.outputs, program.extra)
    return made, switches


def _cut(
    ops: Builder,
    template: Template,
    operands: Sequence[Operand],
    target: Var,
    switches: list[Switch],
) -> None:
    reads = list(operands)
    stack: list[tuple[object, ...]] = []

    def value(code: tuple[object, ...]) -> Operand:
        """The value of a part of the code, as an operand."""
        used = list(dict.fromkeys(t for t in code if type(t) is int))
        if len(code) == 1 and used:
            return reads[used[0]]
        placed = tuple([used.index(t) if type(t) is int else t for t in code])
        return ops.emit(Template.of(placed), tuple([reads[k] for k in used]), "part")  # type: ignore[arg-type]

    def put(operand: Operand) -> tuple[object, ...]:
        reads.append(operand)
        return (len(reads) - 1,)

    def step(name: str, parts: list[Operand]) -> Operand:
        if all(type(p) is not Var for p in parts):
            return elementwise_template(name).evaluate(*parts)
        outcome = ops.emit(elementwise_template(name), tuple(parts), "outcome")
        margin = ops.sub(*parts) if name in COMPARISONS else parts[0]
        if type(margin) is Var and type(outcome) is Var:
            switches.append(Switch(outcome, margin))
        return outcome

    for token in template.code:
        if type(token) is not str:
            stack.append((token,))
            continue
        entry = TABLE.entries[token]
        assert isinstance(entry, ElementwiseEntry)
        args = stack[len(stack) - entry.arity :]
        del stack[len(stack) - entry.arity :]
        if token in _JUMPS:
            stack.append(put(step(token, [value(a) for a in args])))
        elif token in _REMAINDERS:
            left, right = [value(a) for a in args]
            whole = step("trunc" if token == "fmod" else "floor", [ops.div(left, right)])
            if token != "floordiv":
                whole = ops.sub(left, ops.mul(right, whole))
            stack.append(put(whole))
        else:
            stack.append((*[t for a in args for t in a], token))
    (code,) = stack
    used = list(dict.fromkeys(t for t in code if type(t) is int))
    placed = tuple([used.index(t) if type(t) is int else t for t in code])
    final = Template.of(placed)  # type: ignore[arg-type]
    ops.statements.append(Statement(target, final, tuple([reads[k] for k in used]), ops.span))


def without_guards(program: Program, fixed: Sequence[Var]) -> Program:
    """The program with some outcomes as further inputs, and what only a decision needs left out."""
    from ....optimize import remove_dead_code

    known = set(fixed)
    statements = [
        s
        for s in program.statements
        if type(s.operation) is not Guard and not (s.target is not None and s.target in known)
    ]
    made = Program(
        program.name, (*program.inputs, *fixed), statements, program.outputs, program.extra
    )
    return remove_dead_code(made)
