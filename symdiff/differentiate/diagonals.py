"""Diagonals whose elements are functions of one value each, and their slopes by those values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..operations.statements.builder import Builder
from ..operations.table.template import Template
from ..program.program import Operand, Program, Statement, Var
from .activity import active_variables

Jvp = Callable[[Program, Sequence[Var], Sequence[Operand]], Program]
"""A forward sweep: program, what moves, how it moves."""

_ALL = ("slice", None, None, None)


class Diagonals(Builder):
    """Statements, among which there are such diagonals."""

    def __init__(self, ends: set[Var], jvp: Jvp) -> None:
        super().__init__()
        self.ends = ends
        self.jvp = jvp

    def reaches(self, var: Var, end: Operand) -> bool:
        """Whether a variable has a part in another one."""
        reached = {var}
        for statement in self.statements:
            if statement.target is not None and any(
                type(o) is Var and o in reached for o in statement.operands
            ):
                reached.add(statement.target)
        return end in reached if type(end) is Var else False

    def chain(self, sources: list[Var], function: Operand) -> list[Statement] | None:
        """The statements by which each element of a diagonal comes from its own value.

        `None` where an element depends on other values by themselves, and not only on what all
        of them have in common, such as their sum.
        """
        if type(function) is not Var:
            return []
        n = sources[0].aval.shape[0]
        own, mixed = set(sources), set()
        chain: list[Statement] = []
        for statement in self.statements:
            target, operation = statement.target, statement.operation
            read = [o for o in statement.operands if type(o) is Var and (o in own or o in mixed)]
            if target is None or not read or target in own or operation.name in _TOGETHER:
                continue
            row = target.aval.shape in ((n,), (1, n), (n, 1))
            follows = isinstance(operation, Template) or _moves(operation)
            if any(o in mixed for o in read) or (row and not follows):
                mixed.add(target)
            elif row:
                own.add(target)
                chain.append(statement)
            elif operation.name not in _SYMMETRIC:
                mixed.add(target)
        if function in mixed:
            return None
        return _needed(chain, function)

    def with_slopes(
        self, chain: list[Statement], sources: Sequence[Var], function: Operand, count: int
    ) -> list[Operand]:
        """A diagonal, and so many derivatives of each element by its own value."""
        values = sources[0]
        nothing = np.zeros(values.aval.shape, values.aval.dtype)
        found = [function]
        for _ in range(count):
            if type(found[-1]) is not Var or not (chain or found[-1] in sources):
                found.append(nothing)
                continue
            derived = self.jvp(
                Program("slope", (), chain, (found[-1],)), sources, [nothing + 1] * len(sources)
            )
            known = {s.target for s in self.statements}
            self.statements += [s for s in derived.statements if s.target not in known]
            chain = derived.statements
            found.append(derived.outputs[1])
        return found

    def moves_besides(self, chain: list[Statement], sources: Sequence[Var]) -> bool:
        """Whether a diagonal moves with anything but its own values."""
        program = Program("", (), self.statements, ())
        moving = active_variables(program, self.ends)
        own = {*sources, *(s.target for s in chain)}
        return any(
            type(o) is Var and o in moving and o not in own for s in chain for o in s.operands
        )

    def with_still_values(
        self, chain: list[Statement], sources: Sequence[Var], function: Operand
    ) -> list[Operand]:
        """The same with values that do not move: as it depends on anything else."""
        renamed: dict[Var, Operand] = {v: self.apply("detach", v) for v in sources}
        again: list[Statement] = []
        for statement in chain:
            assert statement.target is not None
            copy = Var(statement.target.name, statement.target.aval)
            operands = [renamed.get(o, o) if type(o) is Var else o for o in statement.operands]
            made = Statement(copy, statement.operation, tuple(operands), statement.span)
            renamed[statement.target] = copy
            self.definitions[copy] = made
            again.append(made)
        self.statements += again
        still = [renamed[v] for v in sources]
        whole = renamed.get(function, function) if type(function) is Var else function
        return self.with_slopes(again, still, whole, 2)


def _needed(chain: list[Statement], function: Var) -> list[Statement]:
    """The statements of a chain in which one variable comes about."""
    needed, found = {function}, []
    for statement in reversed(chain):
        if statement.target in needed:
            needed.update(o for o in statement.operands if type(o) is Var)
            found.append(statement)
    return found[::-1]


_TOGETHER = frozenset({"of_symmetric", "whole_of_symmetric", "change_of_symmetric", "of_singular"})
"""Functions of a whole matrix, which no single value has to itself."""

_MOVES = frozenset(
    {
        *("reshape", "broadcast_to", "copy", "cast", "detach", "zeros_like"),
        *("real", "imag", "conj", "complex_of", "complex_abs", "complex_angle"),
    }
)


def _moves(operation: Any) -> bool:
    """Whether each element of a result is that of one element, in their order."""
    if operation.name == "getitem":
        return all(item in (_ALL, None, "...") for item in operation.params["index"])
    return operation.name in _MOVES


_SYMMETRIC = frozenset({"sum", "mean", "prod", "max", "min", "norm"})
