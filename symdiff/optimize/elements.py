"""What is known of an element of an array that has just been written, or read."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import Any

from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Operand, Program, Statement, Var, operand_aval
from ..records import dataclass

_SUM = Template.of((0, 1, "add"))


@dataclass(slots=True)
class Elements:
    """Follows writes of numbers to places, and reads of the same places.

    `c[i] += x` has the cotangents `c_bar with [i] = 0`, and that with what was there added to it
    again: nothing, but for what it gives `x`.
    """

    uses: Counter[Var]
    written: dict[Var, tuple[Any, Operand, Var]] = field(default_factory=dict)
    read: dict[Var, tuple[Any, Var]] = field(default_factory=dict)
    passed_by: Counter[Var] = field(default_factory=Counter)
    zeros: set[Var] = field(default_factory=set)

    @staticmethod
    def of(program: Program) -> Elements | None:
        """What follows the elements of a program; `None` if it writes to none."""
        if not any(s.operation.name == "setitem" for s in program.statements):
            return None
        uses = Counter(o for s in program.statements for o in s.operands if type(o) is Var)
        uses.update(o for o in program.outputs if type(o) is Var)
        return Elements(uses)

    def known(self, statement: Statement) -> Operand | Statement | None:
        """What a statement gives, if that is known; or another statement for it."""
        target, operation = statement.target, statement.operation
        if operation is _SUM and target is not None:
            for k, operand in enumerate(statement.operands):
                other = statement.operands[1 - k]
                if (
                    type(operand) is Var
                    and operand in self.zeros
                    and operand_aval(other) is target.aval
                ):
                    return other
            return None
        if type(operation) is not Structural or target is None:
            return None
        place = _place(operation, statement)
        if place is None:
            return None
        x = statement.operands[0]
        before = self.written.get(x)
        if operation.name == "getitem":
            self.read[target] = place, x
            if before is None or before[0] != place:
                return None
            value = before[1]
            if type(value) is Var and value.aval is target.aval:
                self.passed_by[x] += 1
                return value
            if type(value) is float and value == 0.0:
                self.passed_by[x] += 1
                self.zeros.add(target)
            return None
        value = statement.operands[1]
        if type(value) is Var and (was := self.read.get(value)) is not None:
            array = was[1]
            back = array is x or (
                before is not None and before[2] is array and self._only_between(before, place, x)
            )
            if back and was[0] == place and array.aval is target.aval:
                self.uses[array] += self.uses[target]
                return array
        if before is not None and self._only_between(before, place, x):
            x = before[2]
            operands = (x, *statement.operands[1:])
            statement = Statement(target, operation, operands, statement.span)
            self.written[target] = place, value, x
            return statement
        self.written[target] = place, value, x
        return None

    def _only_between(self, before: tuple[Any, Operand, Var], place: Any, x: Var) -> bool:
        """Whether nobody else reads what lies between two writes to one place."""
        return bool(before[0] == place) and self.uses[x] == 1 + self.passed_by[x]


def _place(operation: Structural, statement: Statement) -> Any:
    """The place of one number in an array of floats, that is read or written."""
    x = statement.operands[0]
    if operation.name not in ("getitem", "setitem") or type(x) is not Var:
        return None
    index: tuple[Any, ...] = operation.params["index"]
    if x.aval.dtype != "float64" or len(index) != x.aval.ndim or not index:
        return None
    if any(type(i) is not int and not (isinstance(i, tuple) and i[0] == "place") for i in index):
        return None
    places = statement.operands[1 if operation.name == "getitem" else 2 :]
    if any(operand_aval(p).shape for p in places):
        return None
    if operation.name == "setitem":
        value = operand_aval(statement.operands[1])
        if value.shape or value.dtype != "float64":
            return None
    return index, tuple([p if type(p) is Var else (type(p), p) for p in places])
