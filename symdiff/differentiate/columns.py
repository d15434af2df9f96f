"""All columns of a derivative in one forward sweep, where a tangent is a sum of diagonals.

An elementwise function of `x[1:]` and `x[:-1]` has a tangent of two numbers an element: its slopes
by the two elements of `x` that it reads. So instead of a tangent for each element of `x`, of which
most are zeros, the sweep carries arrays of slopes with what is known beforehand of each, the
element it belongs to. Elementwise operations multiply the slopes, what moves elements moves both,
and slopes by the same elements are added. An operation that mixes elements, a product of matrices
or a long sum, has no such tangent: then `NotDiagonal` is raised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from ..operations.arrays.index_codes import ALL, decode_index
from ..operations.table.linearization import symbolic
from ..operations.table.lines import Linearization
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import Operand, Program, Statement, Var, operand_aval
from ..records import dataclass
from .activity import compute, derived_from, linearization_of, repeated, zeros_of
from .forward import jvp
from .masks import is_finite
from .preparing import prepared
from .tangents import Forward

MOST = 64
"""A tangent of more diagonals than this is as well a full array."""

LONGEST_SUM = 8
"""A sum of no more than this is one of so many diagonals."""


class NotDiagonal(Exception):
    """The tangents of a program are no sums of few diagonals."""


@dataclass(frozen=True, slots=True, eq=False)
class Diagonal:
    """Slopes of the elements of a variable, each by one element of what is differentiated by.

    Attributes:
        slopes: an operand that broadcasts to the shape of `columns`.
        columns: for each slope the number of the element that it is by, in C order; -1 where there
            is none, and the slope is 0.
        rows: for each slope the number of the element that it is of; `None` if they are those of
            all elements of the variable, in their order.
    """

    slopes: Operand
    columns: Any
    rows: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Diagonals of what has been put into one array, which is made of them where it is read.

    Attributes:
        operation: what puts them there.
        operands: of that; of those that do not move it takes the shape.
        members: the diagonals, by the operand each is of.
        columns: of all elements of the result.
    """

    operation: Structural
    operands: tuple[Operand, ...]
    members: dict[int, Tangent]
    columns: Any


Tangent: TypeAlias = "Diagonal | Joined"


@symbolic
def columns_of(program: Program, wrt: Var, most: int) -> tuple[Program, list[list[Diagonal]]]:
    """The primal outputs with their tangents by all elements of a variable.

    Args:
        program: the primal.
        wrt: an array among its inputs.
        most: statements that the tangents may take.

    Returns:
        The primal with the statements of the tangents, and the diagonals of each output.

    Raises:
        NotDiagonal: a tangent is no sum of few diagonals, or they take more statements.
    """
    sweep = Columns(wrt, most)
    outputs = program.outputs
    program, active, twice = prepared(program, [wrt], jvp)
    for statement in program.statements:
        if statement.target in twice:
            sweep.span = statement.span
            repeated(sweep, statement, active)
        else:
            sweep.step(statement, active)
    found = [[p for t in sweep.diagonals_of(o) for p in parts_of(t)] for o in program.outputs]
    derived_from(program, sweep.statements)
    return Program(program.name, program.inputs, sweep.statements, outputs, program.extra), found


class Columns(Forward):
    """Statements with the diagonals of their tangents beside them."""

    def __init__(self, wrt: Var, most: int) -> None:
        super().__init__()
        numbers = np.arange(wrt.aval.size).reshape(wrt.aval.shape)
        self.diagonals: dict[Var, tuple[Tangent, ...]] = {wrt: (Diagonal(1.0, numbers),)}
        self.left = most
        self.lost: set[Var] = set()  # what has other tangents, which may not be needed

    def diagonals_of(self, operand: Operand) -> tuple[Tangent, ...]:
        """The tangent of an operand: none for what does not move."""
        if type(operand) is not Var:
            return ()
        if operand in self.lost:
            raise NotDiagonal
        return self.diagonals.get(operand, ())

    def step(self, statement: Statement, active: set[Var]) -> None:
        operation, target = statement.operation, statement.target
        if target is None or target not in active or target in self.diagonals:
            self._keep(statement)
            return
        self.span, self.hint = statement.span, f"d_{target.name}"
        values = statement.operands
        plan = None
        if isinstance(operation, Template):
            plan = linearization_of(operation, statement, active)
            values, _ = compute(self, statement, plan)
        else:
            self._keep(statement)
        before = len(self.statements)
        try:
            tangents = [self.diagonals_of(o) for o in statement.operands]
            if plan is not None:
                assert isinstance(operation, Template)
                safe = is_finite(operation, plan)
                found = self._scaled(plan, values, tangents, target, safe)
            elif isinstance(operation, Structural):
                found = self._moved(operation, statement, tangents)
            else:
                raise NotDiagonal
            if len(found) > MOST:
                raise NotDiagonal
        except NotDiagonal:
            del self.statements[before:]
            self.lost.add(target)
        else:
            self.diagonals[target] = tuple(found)
        self.left -= len(self.statements) - before
        if self.left < 0:
            raise NotDiagonal

    # -- elementwise

    def _scaled(
        self,
        plan: Linearization,
        values: Sequence[Operand],
        tangents: Sequence[tuple[Tangent, ...]],
        target: Var,
        safe: bool,
    ) -> list[Tangent]:
        """The chain rule: each slope times the partial by the operand it belongs to.

        The partial is computed once for all, where it is `safe`: one that may be infinite is part
        of the product, which may not be.
        """
        shape, terms = target.aval.shape, []
        for k, diagonals in enumerate(tangents):
            line, partial = plan.partials[k], None
            if line is None or not diagonals:
                continue
            own = [self._made(d) for d in diagonals]
            many = safe and sum(not _is_one(d.slopes) for d in own) > 1
            for diagonal in own:
                one = _is_one(diagonal.slopes)
                if one or many:
                    if partial is None:
                        reads = tuple([values[p] for p in line.places])
                        partial = self.elementwise(line.template, reads, "partial")
                    slopes = partial if one else self.apply("mul", partial, diagonal.slopes)
                else:
                    scaled = plan.reverse[k]
                    assert scaled is not None
                    reads = tuple([diagonal.slopes if p < 0 else values[p] for p in scaled.places])
                    slopes = self.elementwise(scaled.template, reads)
                columns = np.broadcast_to(_padded(diagonal.columns, len(shape)), shape)
                terms.append(Diagonal(slopes, columns))
        return self._merged(terms)

    def _merged(self, terms: Sequence[Tangent]) -> list[Tangent]:
        """Slopes by the same elements added."""
        found: list[Tangent] = []
        numbers: dict[int, int] = {}  # where a number's slope by an element is
        for term in terms:
            candidates = range(len(found))
            if term.columns.size == 1:
                k = numbers.setdefault(int(term.columns.flat[0]), len(found))
                candidates = range(k, min(k + 1, len(found)))
            for k in candidates:
                own = found[k]
                columns = _together(own.columns, term.columns)
                if columns is not None:
                    total = self.apply("add", self._made(own).slopes, self._made(term).slopes)
                    found[k] = Diagonal(total, columns)
                    break
            else:
                found.append(term)
        return found

    # -- operations that move elements

    def _moved(
        self, operation: Structural, statement: Statement, tangents: list[tuple[Tangent, ...]]
    ) -> list[Tangent]:
        name, operands = operation.name, statement.operands
        if not any(tangents):
            return []
        if name in _HANDING_ON:
            return list(tangents[0])
        if name in _MOVES and not any(tangents[1:]):
            return [self._put(operation, self._made(d), operands) for d in tangents[0]]
        if name in _JOINS:
            return self._joined(operation, operands, tangents)
        if name == "sum":
            return self._summed(operation, operands[0], tangents[0])
        raise NotDiagonal

    def _put(
        self, operation: Structural, diagonal: Diagonal, operands: tuple[Operand, ...]
    ) -> Diagonal:
        """A diagonal whose elements are put elsewhere."""
        further = operands[1:]
        if any(type(o) is Var for o in further):
            raise NotDiagonal
        columns = diagonal.columns
        if operation.name != "cast":
            columns = np.asarray(operation.evaluate(columns, *further))
        slopes = diagonal.slopes
        if operand_aval(slopes).shape or type(slopes) is Var:
            slopes = self.emit(operation, (self._full(diagonal), *further))
        return Diagonal(slopes, columns)

    def _full(self, diagonal: Diagonal) -> Operand:
        """The slopes, in the shape of the variable."""
        shape = diagonal.columns.shape
        if operand_aval(diagonal.slopes).shape == shape:
            return diagonal.slopes
        return self.apply("broadcast_to", diagonal.slopes, shape=shape)

    def _joined(
        self,
        operation: Structural,
        operands: tuple[Operand, ...],
        tangents: list[tuple[Tangent, ...]],
    ) -> list[Tangent]:
        """Several operands whose elements are put into one array: a diagonal of each at a time."""
        groups: list[tuple[dict[int, Tangent], Any]] = []
        for k, diagonal in [(k, d) for k, own in enumerate(tangents) for d in own]:
            columns = _placed(operation, operands, k, diagonal.columns + 1) - 1
            for j, (members, whole) in enumerate(groups):
                both = None if k in members else _together(whole, columns)
                if both is not None:
                    members[k] = diagonal
                    groups[j] = (members, both)
                    break
            else:
                groups.append(({k: diagonal}, columns))
        return [Joined(operation, operands, members, whole) for members, whole in groups]

    def _made(self, tangent: Tangent) -> Diagonal:
        """A diagonal of all elements of its variable."""
        if type(tangent) is Diagonal:
            return tangent
        assert type(tangent) is Joined
        operation, members = tangent.operation, tangent.members
        count = _count(operation, tangent.operands)
        further = tangent.operands[count:]
        full = {k: self._full(self._made(member)) for k, member in members.items()}
        if operation.name == "scatter_sum":
            kept = sorted(members)
            indexes = tuple([operation.params["indexes"][k] for k in kept])
            shape = operation.params["shape"]
            parts = [full[k] for k in kept]
            slopes = self.apply("scatter_sum", *parts, *further, indexes=indexes, shape=shape)
        else:
            joined = enumerate(tangent.operands[:count])
            filled = [full[k] if k in full else zeros_of(operand_aval(o)) for k, o in joined]
            slopes = self.emit(operation, (*filled, *further))
        return Diagonal(slopes, tangent.columns)

    def _summed(
        self, operation: Structural, operand: Operand, diagonals: tuple[Tangent, ...]
    ) -> list[Tangent]:
        """A sum over few elements: a diagonal for each of them."""
        if set(operation.params) != {"axis", "keepdims"}:
            raise NotDiagonal
        shape, axes = operand_aval(operand).shape, operation.params["axis"]
        axes = [a % len(shape) for a in (range(len(shape)) if axes is None else axes)]
        kept = operation.params["keepdims"]
        if math.prod([shape[a] for a in axes]) > LONGEST_SUM:
            raise NotDiagonal
        found = []
        for diagonal in diagonals:
            own = self._made(diagonal)
            whole = self._full(own)
            for places in product(*[range(shape[a]) for a in axes]):
                at = dict(zip(axes, places, strict=True))
                index = tuple([_code(at.get(a), kept) for a in range(len(shape))])
                columns = own.columns[decode_index(index)]
                found.append(
                    Diagonal(self.apply("getitem", whole, index=index), np.asarray(columns))
                )
        return self._merged(found)


def parts_of(tangent: Tangent) -> list[Diagonal]:
    """What a tangent is made of: slopes that may be those of some elements only."""
    if type(tangent) is Diagonal:
        return [tangent]
    assert type(tangent) is Joined
    found = []
    for k, member in tangent.members.items():
        size = operand_aval(tangent.operands[k]).size
        numbers = np.arange(1, size + 1).reshape(operand_aval(tangent.operands[k]).shape)
        source = _placed(tangent.operation, tangent.operands, k, numbers).ravel()
        (rows,) = np.nonzero(source)
        for part in parts_of(member):
            own = np.arange(size).reshape(numbers.shape) if part.rows is None else part.rows
            at = np.full(size + 1, -1)
            at[source[rows]] = rows
            columns = np.where(at[own + 1] < 0, -1, part.columns)
            found.append(Diagonal(part.slopes, columns, at[own + 1]))
    return found


def _placed(operation: Structural, operands: Sequence[Operand], k: int, numbers: Any) -> Any:
    """Where the numbers of the elements of one operand come to lie, and 0 elsewhere.

    Raises:
        NotDiagonal: that is not known, elements are added up, or one is put at several places.
    """
    count = _count(operation, operands)
    if any(type(o) is Var for o in operands[count:]) or k >= count:
        raise NotDiagonal

    def put(numbers: Any) -> Any:
        given: list[Any] = [np.zeros(operand_aval(o).shape, np.int64) for o in operands[:count]]
        given[k] = numbers
        return np.asarray(operation.evaluate(*given, *operands[count:]))

    ones = put(np.ones(np.shape(numbers), np.int64))
    if ones.max(initial=0) > 1 or ones.sum() > np.size(numbers):
        raise NotDiagonal
    return put(numbers)


def _is_one(slopes: Operand) -> bool:
    return type(slopes) in (int, float) and slopes == 1


def _count(operation: Structural, operands: Sequence[Operand]) -> int:
    """How many operands of what joins them are joined; the others are indices."""
    if operation.name == "scatter_sum":
        return len(operation.params["indexes"])
    return {"scatter_add": 1, "setitem": 2}.get(operation.name, len(operands))


def _code(place: int | None, kept: bool) -> Any:
    """An item of an index: one place, as an axis of one element if it is kept, or all."""
    if place is None:
        return ALL
    return ("slice", place, place + 1, None) if kept else place


def _padded(columns: Any, ndim: int) -> Any:
    return columns.reshape((1,) * (ndim - columns.ndim) + columns.shape)


def _together(one: Any, other: Any) -> Any:
    """The columns of both, if no element has two; else `None`."""
    if one is other:
        return one
    agree = (one == other) | (one < 0) | (other < 0)
    return np.maximum(one, other) if agree.all() else None


_HANDING_ON = frozenset({"copy"})
_MOVES = frozenset(
    {"reshape", "transpose", "flip", "roll", "broadcast_to", "getitem", "cast", "item", "ravel"}
)
_JOINS = frozenset({"scatter_add", "scatter_sum", "setitem", "concatenate", "array", "rows"})
