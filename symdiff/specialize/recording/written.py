"""Arrays and lists that an iteration writes to, while arguments are only symbols.

While the iteration is recorded that stands for all, a variable of the iteration's own stands behind
the handle of the array, so that every name and view sees it.
"""

from __future__ import annotations

from typing import Any

from ...program.program import Operand, Var
from .arrays import Arrays
from .lists import Numbers
from .statements import root_of
from .tracer import Tracer


class Written:
    """An array that an iteration writes to.

    Args:
        recorder: of the trace.
        name: a name that holds it.
        root: its handle, which owns the memory.
    """

    def __init__(self, recorder: Arrays, name: str, root: Tracer) -> None:
        self.recorder, self.name, self.root = recorder, name, root
        self.key = f" {name}"  # none that a user's name can be
        self.first: Operand = recorder.operand(root)
        self.held = (root.operand, root.value)

    def begin(self, var: Var, place: Any) -> None:
        """A variable stands behind the handle from here on."""
        self.recorder.stand_for(self.root, var)

    def is_regular(self) -> bool:
        """Whether it is like that at every head."""
        return True

    def restore(self) -> None:
        """As it was before the loop."""
        root = self.root
        root.operand, root.value = self.held
        root.version += 1

    def end(self, var: Var) -> None:
        """The loop has been made, and has left this."""
        self.recorder.stand_for(self.root, var)


class Listed(Written):
    """A list that an iteration appends an item to, or whose items it writes to.

    Args:
        recorder: of the trace.
        name: a name that holds it.
        numbers: the list, which is an array already.
        grows: whether an item is appended.
    """

    def __init__(self, recorder: Arrays, name: str, numbers: Numbers, grows: bool) -> None:
        super().__init__(recorder, name, root_of(numbers.array))
        self.numbers, self.grows = numbers, grows
        self.state = numbers.state()

    def begin(self, var: Var, place: Any) -> None:
        super().begin(var, place)
        numbers = self.numbers
        numbers.kind = numbers.kind or float
        if self.grows:
            numbers.length = numbers.sum("add", place, numbers.length) if numbers.length else place
            numbers.room = 1

    def is_regular(self) -> bool:
        """Whether one item has been appended."""
        return not self.grows or self.numbers.room == 0

    def restore(self) -> None:
        super().restore()
        self.numbers.load(self.state)

    def end(self, var: Var) -> None:
        super().end(var)
        numbers = self.numbers
        numbers.kind = numbers.kind or float
        if self.grows:
            numbers.length, numbers.room = self.recorder.length(self.root), 0


def may_be_written(root: Tracer) -> bool:
    """Whether an array may be carried: a vector of floats."""
    aval = root.recorder.aval(root)
    return len(aval.shape) == 1 and bool(aval.dtype == "float64")
