"""The lengths of arrays that a function makes while its arguments are only symbols.

`np.zeros(n)` has the shape of an array all the same: some number stands for `n` in it, as one does
for the length of an argument. A function is traced with several such numbers, so that none of them
can be seen in what is printed.
"""

from __future__ import annotations

from typing import Any

from ...operations.table.template import Template
from ...program.loops import Length
from ...program.program import INT, Statement, Var
from .statements import Statements
from .tracer import UNKNOWN, Tracer

_NEAR = 64
"""Lengths that are made of each other differ by less."""

_APART = 200
"""Lengths that have nothing to do with each other differ by so much."""


class Sizes:
    """The numbers that stand for lengths in one trace.

    Args:
        recorder: of the trace.
        assumed: the length that arrays among the arguments are taken to have.
    """

    def __init__(self, recorder: Statements, assumed: int) -> None:
        self.recorder = recorder
        self.assumed = [assumed]

    def stands(self, length: int) -> bool:
        """Whether a number in a shape stands for what is not known."""
        return any(abs(length - n) <= _NEAR for n in self.assumed)

    def of(self, count: Any) -> int | None:
        """The number that stands for a count in shapes; `None` if there is none."""
        if type(count) is not Tracer:
            return None
        known = count.value is not UNKNOWN or self.recorder.aval(count) is not INT
        return None if known else self._of(self.recorder.operand(count))

    def _of(self, operand: Any) -> int | None:
        recorder = self.recorder
        for length, handle in recorder.lengths.items():
            if handle.operand is operand:
                return length
        made = [s for _, statements in recorder.around() for s in statements]
        definition = next((s for s in made if s.target is operand), None)
        if definition is not None and isinstance(definition.operation, Template):
            moved = self._moved(definition)
            if moved is not None:
                return moved
        if recorder.watches or type(operand) is not Var:
            return None
        length = 2 * self.assumed[0] + _APART * len(self.assumed)
        self.assumed.append(length)
        var = Var("length", INT)
        recorder.statements.append(Statement(var, Length(), (length, operand)))
        recorder.lengths[length] = recorder.handle(UNKNOWN, operand)
        return length

    def _moved(self, definition: Statement) -> int | None:
        """The same for a count to which a small number is added."""
        if len([o for o in definition.operands if type(o) is Var]) != 1:
            return None
        (base,) = [o for o in definition.operands if type(o) is Var]
        apart = {
            definition.operation.evaluate(*[n if o is base else o for o in definition.operands]) - n
            for n in (_NEAR, 4 * _NEAR)
        }
        known = self._of(base) if len(apart) == 1 else None
        (more, *_) = apart
        return known + int(more) if known is not None and abs(more) < _NEAR else None
