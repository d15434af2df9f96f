"""Which arrays written-out Python may write to element by element, instead of copying them.

`y[i] = value` of a program is a new array. A loop that makes one in each iteration may write to one
array of its own, which is copied before the loop, where nothing else sees that array: only elements
and what is computed of it are read, and no older state of it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.program import Operand, Statement, Var
from .blocks import Append, Choose, Line, Node, Repeat, nodes_in
from .lives import Lives

_FRESH = frozenset(
    {"sum", "mean", "max", "min", "dot", "matmul", "outer", "cumsum", "stack", "concatenate"}
) | {"scatter_add", "scatter_sum"}
"""Operations whose result shares no memory with what they read."""


class InPlace:
    """Where arrays are written to in place.

    Attributes:
        copied: the carried variables that hold an array of the loop's own from the start.
        writes: the statements `x with [i] = value` that write to `x` itself.
    """

    def __init__(self, nodes: Sequence[Node], lives: Lives) -> None:
        self.lives = lives
        self.copied: set[Var] = set()
        self.writes: set[Statement] = set()
        self._look(nodes, frozenset())

    def _look(self, nodes: Sequence[Node], done: frozenset[Var]) -> None:
        for node in nodes:
            if isinstance(node, Choose):
                for arm, _ in node.arms:
                    self._look(arm, done)
            elif isinstance(node, Repeat):
                found = set(done)
                for var in node.carried:
                    root = self.lives.root(var)
                    if var.aval.shape and root not in done:
                        writes = self._writes(node, root)
                        if writes:
                            self.copied.add(var)
                            self.writes |= writes
                            found.add(root)
                self._look(node.nodes, frozenset(found))

    def _is(self, operand: Operand, root: Var) -> bool:
        return type(operand) is Var and self.lives.root(operand) is root

    def _writes(self, loop: Repeat, root: Var) -> set[Statement]:
        """What writes to an array in a loop; nothing where it may not be written to."""
        found: set[Statement] = set()
        if not self._hands_on(loop.carried, loop.after, root):
            return set()
        for node in nodes_in(loop.nodes):
            if isinstance(node, Line):
                if not self._line(node.statement, root, found):
                    return set()
            elif isinstance(node, Append):
                if self._is(node.value, root):
                    return set()
            elif isinstance(node, Repeat):
                fine = self._hands_on(node.carried, node.after, root)
                fine = fine and self._hands_on(node.carried, node.first, root)
                if not fine or any(self._is(v, root) for v in node.entries):
                    return set()
            elif not all(self._hands_on(node.results, o, root) for _, o in node.arms):
                return set()
        return found

    def _hands_on(self, variables: Sequence[Var], values: Sequence[Operand], root: Var) -> bool:
        """Whether an array is handed on to itself alone, and gets nothing else."""
        return all(
            self._is(var, root) == self._is(value, root)
            for var, value in zip(variables, values, strict=True)
        )

    def _line(self, statement: Statement, root: Var, found: set[Statement]) -> bool:
        """Whether a line leaves an array to the loop alone; what writes to it goes to `found`."""
        operation, target = statement.operation, statement.target
        own = [self._is(o, root) for o in statement.operands]
        if not any(own) and not self._is(target, root):
            return True
        if isinstance(operation, Template):
            return operation is not COPY
        if not isinstance(operation, Structural):
            return not any(own)
        if operation.name == "setitem" and own[0] and self._is(target, root):
            if any(own[1:]):
                return False
            found.add(statement)
            return True
        if operation.name == "getitem" and is_element(statement):
            return not self._is(target, root)
        return operation.name in _FRESH


def is_element(statement: Statement) -> bool:
    """Whether a statement reads or writes one element of an array."""
    operation, first = statement.operation, statement.operands[0]
    if not isinstance(operation, Structural) or type(first) is not Var:
        return False
    index = operation.params["index"]
    whole = all(type(i) is int or (isinstance(i, tuple) and i[0] == "place") for i in index)
    return whole and len(index) == first.aval.ndim
