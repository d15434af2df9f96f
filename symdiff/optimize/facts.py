"""What is known of the whole numbers of a program, and of the lengths of its arrays."""

from __future__ import annotations

from dataclasses import field

from ..operations.statements.affine import Affine, affine_of
from ..operations.table.template import Template
from ..program.lengths import Filled, LengthOf
from ..program.program import INT, Operand, Program, Statement, Var
from ..records import dataclass
from .steady import AT_LEAST_ZERO


@dataclass(slots=True)
class Facts:
    """What is known of the whole numbers of a program.

    Attributes:
        numbers: what they are made of.
        trips: those that are another number where that is not negative.
        lengths: of arrays, along their first axes.
    """

    numbers: dict[Var, Affine] = field(default_factory=dict)
    trips: dict[Var, Affine] = field(default_factory=dict)
    lengths: dict[Var, Affine] = field(default_factory=dict)

    @staticmethod
    def of(program: Program) -> Facts:
        facts = Facts()
        for statement in program.statements:
            facts.note(statement)
        return facts

    def note(self, statement: Statement) -> None:
        operation, target, operands = statement.operation, statement.target, statement.operands
        if target is None:
            return
        if isinstance(operation, LengthOf):
            own = Affine.of(target)
            assert own is not None
            self.numbers[target] = self.lengths.setdefault(operands[0], own)
        elif isinstance(operation, Filled) and operation.axis == 0:
            length = self.number(operands[0])
            if length is not None:
                self.lengths[target] = length
        elif operation is AT_LEAST_ZERO:
            number = self.number(operands[0])
            if number is not None:
                self.trips[target] = number
        elif isinstance(operation, Template) and target.aval is INT:
            number = affine_of(operation, [self.number(o) for o in operands])
            if number is not None:
                self.numbers[target] = number

    def number(self, operand: Operand) -> Affine | None:
        """A whole number, by what it is made of."""
        known = self.numbers.get(operand) if type(operand) is Var else None
        return known or Affine.of(operand)

    def within(self, number: Affine, count: Affine | None) -> Affine:
        """A number in a loop of so many iterations, of which there are some."""
        for var, times in number.parts:
            if count is not None and self.trips.get(var) == count:
                own = Affine(0, 0, frozenset({(var, times)}))
                number = number.plus(own, -1).plus(count, times)
        return number
