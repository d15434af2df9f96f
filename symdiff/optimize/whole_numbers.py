"""Whole numbers that are another one: `(k - 1) + 1` is `k`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..operations.statements.affine import Affine, affine_of
from ..operations.table.template import Template
from ..program.program import INT, Operand, Statement, Var


def whole_numbers(statements: Iterable[Statement]) -> dict[Operand, Affine]:
    """What the whole numbers that statements compute are made of."""
    whole = Whole()
    for s in statements:
        if type(s.operation) is Template and s.target is not None and s.target.aval is INT:
            whole.known(s.target, s.operation, s.operands)
    return dict(whole.numbers)


class Whole:
    """What the whole numbers of a program are made of.

    Attributes:
        numbers: by the variable.
    """

    def __init__(self) -> None:
        self.numbers: dict[Var, Affine] = {}
        self.first: dict[Affine, Var] = {}

    def known(self, target: Var, template: Template, operands: Sequence[Operand]) -> Var | None:
        """The variable that a sum or product of whole numbers is equal to; `None` if it is new."""
        number = affine_of(template, [self._number(o) for o in operands])
        if number is None:
            return None
        self.numbers[target] = number
        if not number.const and len(number.parts) == 1:
            ((var, times),) = number.parts
            if times == 1:
                return var
        same = self.first.setdefault(number, target)
        return None if same is target else same

    def _number(self, operand: Operand) -> Affine | None:
        known = self.numbers.get(operand) if type(operand) is Var else None
        return known or Affine.of(operand)
