"""When each variable of a program is read for the last time, and whose memory an array uses.

Compiled code forgets a large array after its last use, so that its memory serves the next one, and
writes in place where nobody can see the difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.acts import Opaque, Write
from ..program.loops import Loop
from ..program.outside import Read
from ..program.program import Keep, Operand, Program, Statement, Var, operand_aval

LARGE = 512
"""An array of fewer elements is not worth a line to forget it."""

_OWNERS = frozenset(
    {"setitem", "scatter_add", "scatter_sum", "copy", "array", "matmul", "outer", "concatenate"}
)
"""Operations whose result is an array of its own, never a view and never seen elsewhere."""

_FRESH = frozenset({"sum", "mean", "max", "min", "cast", "roll", "cumsum", "stack", "solve", "dot"})
"""Operations that never give a view, whatever else they may do."""

_READ_ONLY = frozenset({"broadcast_to", "diagonal"})
"""Operations that give a view which NumPy does not let anybody write to."""

_SMALL_PART = 4
"""A view of at most one part in so many is copied, to write to the rest in place."""


class Lifetimes:
    """The last uses in a program, numbered by its statements.

    Attributes:
        last: the number of the statement that reads a variable last.
        element_reads: how often a variable is read at one place, by a plain index.
        in_place: the numbers of the statements `x with [i] = value` and `x + ...` that may write
            to `x` itself.
        written: for each of those whose memory that is, as far as it is known here.
        copied: the numbers of the statements `x[i]` that are copied at once, for `x` is written to
            before they are read.
    """

    def __init__(self, program: Program, owned: Collection[Var] = ()) -> None:
        end = len(program.statements)
        self.last: dict[Var, int] = {}
        self.element_reads: Counter[Var] = Counter()
        self.in_place: set[int] = set()
        self.copied: set[int] = set()
        self._root: dict[Var, Var] = {}
        self._owned = set(owned)
        self.written: dict[int, Var] = {}
        self._pinned: set[Var] = set()
        self._read_only: set[Var] = set()
        self._members: dict[Var, list[Var]] = {}
        self._views: dict[Var, int] = {}
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
                if type(operand) is Var and last.get(operand) != end:  # changes are made at the end
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
            self._follow_memory(program)
        for var in large:
            if last[var] < end:
                self._forget.setdefault(last[var], []).append(var)

    def _follow_memory(self, program: Program) -> None:
        for k, statement in enumerate(program.statements):
            target, operation = statement.target, statement.operation
            if type(operation) in (Opaque, Loop):  # it may keep what it is given, or hand it on
                self._pinned.update([self.root_of(o) for o in _arrays(statement)])
            if target is None or not target.aval.shape:
                continue
            kind = type(operation)
            first = statement.operands[0] if statement.operands else None
            if operation is COPY or (kind is Structural and may_alias(statement)):
                if operation.name in _READ_ONLY or (
                    type(first) is Var and first in self._read_only
                ):
                    self._read_only.add(target)
                if type(first) is Var:
                    self._see(target, first)
                    if operation.name == "getitem":
                        self._views[target] = k
            elif kind is Template:
                self._owned.add(target)
                total = accumulator(operation)  # type: ignore[arg-type]
                if total is not None and self._may_write(statement, k, total):
                    self.in_place.add(k)
                    self._see(target, statement.operands[total])
            elif operation.name in _OWNERS:
                self._owned.add(target)
                if operation.name == "setitem" and self._may_write(statement, k):
                    self.in_place.add(k)
                    self._see(target, first)
            elif kind is Structural and operation.name not in _FRESH:
                several = _arrays(statement)  # it may give a view of one of them after all
                if several:
                    self._see(target, several[0])
                    self._pinned.update([self.root_of(o) for o in several[1:]])

    def _see(self, target: Var, source: Operand) -> None:
        """Note that `target` is in the memory of `source`."""
        assert isinstance(source, Var)
        root = self.root_of(source)
        self._root[target] = root
        self._members.setdefault(root, [root]).append(target)
        self._views.pop(source, None)

    def root_of(self, var: Operand) -> Var:
        """The variable whose memory a variable sees."""
        assert isinstance(var, Var)
        return self._root.get(var, var)

    def owns(self, root: Var) -> bool:
        """Whether memory is of this program alone."""
        return root in self._owned and root not in self._pinned

    def forgotten(self, k: int) -> list[Var]:
        """The large arrays that nothing after statement `k` reads."""
        return self._forget.get(k, [])

    def _may_write(self, statement: Statement, k: int, place: int = 0) -> bool:
        """Whether a statement may write its result to an operand: nobody reads it again."""
        x = statement.operands[place]
        if type(x) is not Var or statement.target is None or x.aval is not statement.target.aval:
            return False
        if x in self._read_only or self.last[x] > k:
            return False
        root = self.root_of(x)
        if root not in self._owned or root in self._pinned:
            return False
        alive = [v for v in self._members.get(root, [root]) if self.last.get(v, -1) > k]
        self._members[root] = alive
        if alive and (
            any(v not in self._views for v in alive)
            or sum(v.aval.size for v in alive) * _SMALL_PART > root.aval.size
        ):
            return False
        for view in alive:  # cheaper to copy than the whole
            self.copied.add(self._views.pop(view))
            self._root[view] = view
            self._owned.add(view)
        self._members[root] = []
        self.written[k] = root
        return True


def _arrays(statement: Statement) -> list[Var]:
    return [o for o in statement.operands if type(o) is Var and o.aval.shape]


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
