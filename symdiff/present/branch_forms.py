"""A branch in a loop as expressions: the values of its arms, by its condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from ..program.branches import Branch
from ..program.program import Statement, Var
from .expressions import as_condition, as_number
from .forms import Inside, Read, Unwritable
from .readable import choose


class BranchForm:
    """A branch of a program.

    Args:
        s: its statement.
        operands: the expressions of its operands.
        results: the variables of what it finds, by their numbers.
        outer: the program that it stands in.
    """

    def __init__(
        self, s: Statement, operands: Sequence[Any], results: Mapping[int, Var], outer: Inside
    ) -> None:
        branch = s.operation
        assert isinstance(branch, Branch)
        self.outer, self.results = outer, results
        self.condition = as_condition(operands[0])
        self.vars = s.operands[1:]
        self.arms = [outer.inside(arm, operands[1:]) for arm in branch.arms]
        if any(arm.guards for arm in self.arms):
            raise Unwritable("a loop ends in one arm of a branch")

    def values(self) -> dict[int, Any]:
        """What the branch finds."""
        return {k: self._chosen(*[self._output(arm, k) for arm in self.arms]) for k in self.results}

    def _output(self, arm: Inside, k: int) -> Any:
        output = arm.program.outputs[k]
        return sympy.S.Zero if output is None else as_number(arm.value(output))

    def _chosen(self, yes: Any, no: Any) -> Any:
        return yes if yes == no else choose(self.condition, yes, no)

    def pull(self, cts: Mapping[int, Any]) -> tuple[list[tuple[Any, Any]], list[tuple[Read, Any]]]:
        """The cotangents of the operands, and of elements that the program around reads."""
        if all(ct == 0 for ct in cts.values()):
            return [], []
        found = []
        for arm in self.arms:
            seeds = [cts.get(k, sympy.S.Zero) for k in range(len(arm.program.outputs))]
            found.append(arm.pull(seeds))
        ends: list[tuple[Any, Any]] = []
        for k, operand in enumerate(self.vars):
            if type(operand) is not Var or not operand.aval.is_inexact:
                continue
            parts = [
                given[arm.program.inputs[k]]
                for arm, (given, _) in zip(self.arms, found, strict=True)
            ]
            ends.append((operand, self._chosen(*parts)))
        further: list[tuple[Read, Any]] = []
        for side, (arm, (_, read)) in enumerate(zip(self.arms, found, strict=True)):
            for r, e in read:
                operand = self.vars[arm.program.inputs.index(r.source)]
                if operand not in self.outer.program.inputs:
                    raise Unwritable("an element of what is computed is read in an arm")
                parts = [e, sympy.S.Zero] if side == 0 else [sympy.S.Zero, e]
                further.append((Read(operand, r.place, r.var), self._chosen(*parts)))
        return ends, further
