"""When each variable of a program is read for the last time, and whose memory an array uses.

Compiled code forgets a large array after its last use, so that its memory serves the next one, and
writes in place where nobody can see the difference.
"""

from __future__ import annotations

from collections import Counter

from ..acts import Opaque, Write
from ..operations.entry import TABLE, ElementwiseEntry
from ..operations.structural import Structural
from ..operations.template import COPY, Template
from ..outside import Read
from ..program import Keep, Operand, Program, Statement, Var, operand_aval

LARGE = 512
"""An array of fewer elements is not worth a line to forget it."""

_OWNERS = frozenset(
    {"setitem", "scatter_add", "scatter_sum", "copy", "array", "matmul", "outer", "concatenate"}
)
"""Operations whose result is an array of its own, never a view and never seen elsewhere."""


class Lifetimes:
    """The last uses in a program, numbered by its statements.

    Attributes:
        last: the number of the statement that reads a variable last.
        element_reads: how often a variable is read at one place, by a plain index.
        in_place: the numbers of the statements `x with [i] = value` and `x + ...` that may write
            to `x` itself.
    """

    def __init__(self, program: Program) -> None:
        end = len(program.statements)
        self.last: dict[Var, int] = {}
        self.element_reads: Counter[Var] = Counter()
        self.in_place: set[int] = set()
        self._root: dict[Var, Var] = {}
        self._owned: set[Var] = set()
        self._last_of_root: dict[Var, int] = {}
        self._forget: dict[int, list[Var]] = {}
        last = self.last
        large: list[Var] = []
        arrays = False
        for k, statement in enumerate(program.statements):
            operation = statement.operation
            kind = type(operation)
            if kind is Keep:
                continue
            when = end if kind is Write else k
            for operand in statement.operands:
                if type(operand) is Var:
                    last[operand] = when
            target = statement.target
            if target is None:
                continue
            last[target] = k
            if kind is Structural:
                arrays = True
                if operation.name == "getitem" and is_element(statement):
                    self.element_reads[statement.operands[0]] += 1
            if target.aval.shape and kind is not Read and target.aval.size >= LARGE:
                large.append(target)
        for operand in program.outputs:
            if type(operand) is Var:
                last[operand] = end
        if arrays:
            self._follow_memory(program, end)
        for var in large:
            if last[var] < end:
                self._forget.setdefault(last[var], []).append(var)

    def _follow_memory(self, program: Program, end: int) -> None:
        for k, statement in enumerate(program.statements):
            target, operation = statement.target, statement.operation
            if type(operation) is Opaque:  # it may keep what it is given
                for operand in statement.operands:
                    if type(operand) is Var:
                        self._last_of_root[self._root_of(operand)] = end
            if target is None or not target.aval.shape:
                continue
            root = target
            first = statement.operands[0] if statement.operands else None
            if operation is COPY or (type(operation) is Structural and may_alias(statement)):
                if type(first) is not Var:
                    continue
                root = self._root_of(first)
                self._root[target] = root
            elif type(operation) is Template:
                self._owned.add(target)
                total = accumulator(operation)
                if total is not None and self._may_write(statement, k, total):
                    self.in_place.add(k)
                    root = self._root_of(statement.operands[total])
                    self._root[target] = root
            elif operation.name in _OWNERS:
                self._owned.add(target)
                if operation.name == "setitem" and self._may_write(statement, k):
                    self.in_place.add(k)
                    root = self._root_of(first)
                    self._root[target] = root
                    self._owned.add(root)
            before = self._last_of_root.get(root, -1)
            self._last_of_root[root] = max(before, self.last[target])

    def _root_of(self, var: Operand) -> Var:
        """The variable whose memory a variable sees."""
        assert isinstance(var, Var)
        return self._root.get(var, var)

    def forgotten(self, k: int) -> list[Var]:
        """The large arrays that nothing after statement `k` reads."""
        return self._forget.get(k, [])

    def _may_write(self, statement: Statement, k: int, place: int = 0) -> bool:
        """Whether a statement may write its result to an operand: nobody reads it again."""
        x = statement.operands[place]
        if type(x) is not Var or statement.target is None:
            return False
        root = self._root_of(x)
        return (
            root in self._owned
            and self._last_of_root.get(root, k) <= k
            and x.aval is statement.target.aval
        )


def accumulator(template: Template) -> int | None:
    """The placeholder `p` of a template `p + ...` that reads `p` once; `None` for any other.

    >>> accumulator(Template.of((1, 0, 0, "mul", "add"))), accumulator(Template.of((0, "sin")))
    (1, None)
    """
    code = template.code
    first = code[0]
    if type(first) is not int or code[-1] != "add" or code.count(first) != 1:
        return None
    depth = 0
    for token in code[1:-1]:
        if isinstance(token, str):
            entry = TABLE.entries[token]
            assert isinstance(entry, ElementwiseEntry)
            depth -= entry.arity
            if depth < 0:  # an operation that takes the first operand in
                return None
        depth += 1
    return first if depth == 1 else None


def may_alias(statement: Statement) -> bool:
    """Whether the result may share memory with the first operand."""
    operation, target = statement.operation, statement.target
    assert isinstance(operation, Structural)
    assert target is not None
    if operation.name == "unbroadcast":  # a sum is an array of its own
        return operand_aval(statement.operands[0]).size == target.aval.size
    return operation.entry.alias


def is_element(statement: Statement) -> bool:
    """Whether a statement reads one number of an array, at a place known beforehand."""
    operation = statement.operation
    assert isinstance(operation, Structural)
    index = operation.params["index"]
    x = statement.operands[0]
    return (
        type(x) is Var and len(index) == operand_aval(x).ndim and all(type(i) is int for i in index)
    )
