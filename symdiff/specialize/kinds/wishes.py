"""What is odd in a program that could be traced: its arrays may have more axes all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...operations.table.entry import TABLE, ElementwiseEntry
from ...operations.table.template import Template
from ...program.program import Program, Var
from ..misfits import Origins
from ..paths import Path
from .names import CAPITAL, DESIGN, VECTOR


class Wish(NamedTuple):
    """An axis more for one of some parameters, and what it costs that they do not have it."""

    names: tuple[str, ...]
    cost: float


def wishes(paths: Sequence[Path]) -> list[Wish]:
    """What is odd on the ways through a function."""
    found: dict[tuple[str, ...], Wish] = {}
    for path in paths:
        for wish in _of_program(path.program):
            known = found.get(wish.names)
            if known is None or wish.cost > known.cost:
                found[wish.names] = wish
    return list(found.values())


def _of_program(program: Program) -> list[Wish]:
    origins = Origins(program.statements, program.inputs)
    vectors = {v.name for v in program.inputs if len(v.aval.shape) == 1}
    capitals = {name for name in vectors if CAPITAL.match(name)}
    found = []
    for statement in program.statements:
        operands = [o for o in statement.operands if type(o) is Var]
        given = {origins.inputs.get(o, "") for o in operands}
        axis = getattr(statement.operation, "params", {}).get("axis")
        odd = vectors & given if statement.operation.name == "transpose" else set()
        if statement.operation.name == "matmul":
            # `X @ w`: whoever writes `X` has a matrix.
            odd = capitals & {n for o in operands for n in origins.given([o], ()).elements}
        elif axis is not None:
            odd = capitals & given
        found += [Wish((name,), 1.2) for name in sorted(odd)]
        if type(statement.operation) is Template:
            found += _of_expression(statement.operation, origins, operands, program.inputs)
    return found


def _of_expression(
    operation: Template, origins: Origins, operands: Sequence[Var], inputs: Sequence[Var]
) -> list[Wish]:
    products = [o for o in operands if o not in inputs]
    terms = _terms(operation)
    found = []
    matrices = any(len(o.aval.shape) > 1 for o in operands)
    made = any(o.aval.shape for o in products)
    for k, operand in enumerate(operands):
        if operand.aval.shape:
            # `A + B @ C`: beside a matrix or a product, what is called so is a matrix.
            name = origins.inputs.get(operand, "")
            vector = len(operand.aval.shape) == 1 and CAPITAL.match(name)
            if vector and k in terms and (matrices or made):
                found.append(Wish((name,), 1.2))
            continue
        if operand in inputs:
            # `X @ w - y`: of a product that is a vector, one takes a vector.
            name = origins.inputs.get(operand, "")
            of = {n for p in products if p.aval.shape for n in origins.names([p])}
            term = k in terms and not any(map(DESIGN.match, of))
            if name and of and (term or VECTOR.match(name)):
                found.append(Wish((name,), 2.5 if matrices and CAPITAL.match(name) else 1.2))
            continue
        source = origins.by_target.get(operand)
        if k in terms and source is not None and source.operation.name == "matmul":
            # The same of a product that is a number, and a vector it has nothing to do with.
            names = origins.given([operand], ()).made[0]
            others = [origins.names([v]) for v in operands if v.aval.shape]
            if any(of and not of.intersection(names) for of in others):
                found.append(Wish(names, 2.5))
    return found


def _terms(operation: Template) -> set[int]:
    """The operands that stand in a sum or difference by themselves."""
    stack: list[Any] = []
    terms: set[int] = set()
    for token in operation.code:
        if not isinstance(token, str):
            stack.append(token)
            continue
        entry = TABLE.entries[token]
        count = entry.arity if isinstance(entry, ElementwiseEntry) else 1
        parts = stack[len(stack) - count :]
        stack[len(stack) - count :] = [None]
        if token in ("add", "sub"):
            terms |= {p for p in parts if type(p) is int}
    return terms
