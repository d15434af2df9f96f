"""Which elements of a program's outputs depend on which elements of an input, read off the program.

For each active variable a `Dependence` lists pairs (element, input element). A statement combines
those of its operands: elementwise templates by broadcasting; an operation that only moves elements
by running it on the numbers of the elements; the rest by a rule in `RULES`. An operation without a
rule is taken to be dense. The pattern may name an element that happens to be zero, never the other
way round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from ..operations.arrays.index_codes import decode_index
from ..operations.table.entry import TABLE
from ..operations.table.linearization import linearization
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import Operand, Program, Statement, Var, operand_aval
from .loops import Inside

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"


class Dependence:
    """Pairs (row, column): element `row` of a variable depends on input element `column`.

    Sorted by row, then column, without repetition; rows and columns count in C order.
    """

    __slots__ = ("columns", "rows")

    def __init__(self, rows: Numbers, columns: Numbers) -> None:
        self.rows = rows
        self.columns = columns

    @staticmethod
    def of(rows: Numbers, columns: Numbers) -> Dependence:
        """From pairs in any order.

        >>> d = Dependence.of(np.array([1, 0, 1]), np.array([0, 2, 0]))
        >>> d.rows, d.columns
        (array([0, 1]), array([2, 0]))
        """
        if not rows.size:
            return Dependence(rows, columns)
        width = int(columns.max()) + 1
        keys = np.unique(rows * width + columns)
        return Dependence(keys // width, keys % width)

    @staticmethod
    def identity(size: int) -> Dependence:
        return Dependence(np.arange(size), np.arange(size))

    @staticmethod
    def of_cells(cells: Sequence[frozenset[int]]) -> Dependence:
        """From the columns of each row.

        >>> d = Dependence.of_cells([frozenset(), frozenset({2, 1})])
        >>> d.rows, d.columns
        (array([1, 1]), array([1, 2]))
        """
        columns = [sorted(c) for c in cells]
        rows = np.repeat(np.arange(len(cells)), [len(c) for c in columns])
        return Dependence(rows, np.array([c for own in columns for c in own], np.int64))

    def cells(self, size: int) -> list[frozenset[int]]:
        """The columns of each of `size` rows."""
        columns, stops = self.columns.tolist(), np.searchsorted(self.rows, np.arange(size + 1))
        return [frozenset(columns[a:b]) for a, b in pairwise(stops.tolist())]

    def through(self, out: Numbers, source: Numbers) -> tuple[Numbers, Numbers]:
        """Pairs of a result whose element `out[k]` depends on element `source[k]` of this."""
        start = np.searchsorted(self.rows, source, "left")
        count = np.searchsorted(self.rows, source, "right") - start
        total = int(count.sum())
        first = np.repeat(start - (np.cumsum(count) - count), count)
        return np.repeat(out, count), self.columns[first + np.arange(total)]

    def moved(self, out: Numbers, source: Numbers) -> Dependence:
        return Dependence.of(*self.through(out.ravel(), source.ravel()))


def union(parts: Sequence[Dependence]) -> Dependence:
    """All pairs of several."""
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate([p.rows for p in parts]) if parts else np.zeros(0, np.int64)
    columns = np.concatenate([p.columns for p in parts]) if parts else np.zeros(0, np.int64)
    return Dependence.of(rows, columns)


def dependence(program: Program, wrt: Var) -> list[Dependence]:
    """For each output of a program, what its elements depend on among the elements of `wrt`.

    Raises:
        LoopError: the program has a loop whose iterations are not known.

    >>> from symdiff.operations.statements.builder import Builder
    >>> from symdiff.program.program import Aval
    >>> ops, x = Builder(), Var("x", Aval.of((3,), "float64"))
    >>> y = ops.mul(ops.flip(x, axis=None), ops.sum(x, axis=(0,), keepdims=False))
    >>> z = ops.flip(x, axis=None)
    >>> [d.columns.tolist() for d in dependence(Program("f", (x,), ops.statements, (y, z)), x)]
    [[0, 1, 2, 0, 1, 2, 0, 1, 2], [2, 1, 0]]
    """
    known: dict[Var, Dependence] = {wrt: Dependence.identity(wrt.aval.size)}
    inside = Inside(_through_cells)
    for statement in program.statements:
        target, operation = statement.target, statement.operation
        if isinstance(operation, Loop | Branch | Result) and _is_inside(statement, inside):
            _go_through(statement, inside, known)
            continue
        if target is None or target in known or not target.aval.is_inexact or target.still:
            continue
        parts = [known.get(o) if type(o) is Var else None for o in statement.operands]
        if any(p is not None for p in parts):
            found = _statement(statement, parts)
            if found.rows.size:
                known[target] = found
    nothing = union([])
    return [known.get(o, nothing) if type(o) is Var else nothing for o in program.outputs]


def _is_inside(statement: Statement, inside: Inside) -> bool:
    """Whether a statement is a loop or branch, or reads what one has found."""
    operation = statement.operation
    return not isinstance(operation, Result) or statement.operands[0] in inside.found


def _go_through(statement: Statement, inside: Inside, known: dict[Var, Dependence]) -> None:
    """Go through a loop or branch, or read a result."""
    target = statement.target
    assert target is not None
    for operand in statement.operands:
        if type(operand) is Var and operand in known and operand not in inside.cells:
            inside.cells[operand] = known[operand].cells(operand.aval.size)
    inside.step(statement, 0, {})
    if isinstance(statement.operation, Result) and target in inside.cells:
        known[target] = Dependence.of_cells(inside.cells[target])


def _through_cells(statement: Statement, cells: Sequence[Any]) -> Any:
    """What the elements of a result depend on, by a rule for whole arrays."""
    parts = [None if c is None else Dependence.of_cells(c) for c in cells]
    return _statement(statement, parts).cells(target_of(statement).aval.size)


Parts: TypeAlias = "Sequence[Dependence | None]"
Rule: TypeAlias = "Callable[[Statement, Parts], Dependence | None]"

RULES: dict[str, Rule] = {}
"""How each structural entry passes dependence on; one that is not here is dense."""


def _statement(statement: Statement, parts: Parts) -> Dependence:
    operation = statement.operation
    if isinstance(operation, Template):
        return _template(operation, statement, parts)
    found = None
    if isinstance(operation, Structural):
        if operation.entry.elementwise:
            return _broadcast(statement, parts)
        if TABLE.entries.get(operation.name) is operation.entry and operation.name in RULES:
            found = RULES[operation.name](statement, parts)
    return _dense(statement, parts) if found is None else found


def numbers_of(operand: Operand, first: int = 0) -> Numbers:
    """The numbers of the elements of an operand, from `first`, in its shape."""
    aval = operand_aval(operand)
    return np.arange(first, first + aval.size).reshape(aval.shape)


def target_of(statement: Statement) -> Var:
    """The variable that a statement of arithmetic gives a value."""
    assert statement.target is not None
    return statement.target


def _dense(statement: Statement, parts: Parts) -> Dependence:
    columns = np.unique(np.concatenate([p.columns for p in parts if p is not None]))
    size = target_of(statement).aval.size
    return Dependence(np.repeat(np.arange(size), columns.size), np.tile(columns, size))


def _nothing(statement: Statement, parts: Parts) -> Dependence:
    return union([])


# -- element by element


def _template(template: Template, statement: Statement, parts: Parts) -> Dependence:
    active = tuple([k for k, p in enumerate(parts) if p is not None])
    plan = linearization(template, active)
    keep: list[Any] = [True] * len(parts)
    for k in active:
        line = plan.partials[k]
        if line is None:
            keep[k] = False
            continue
        reads = [statement.operands[p] if p < len(parts) else None for p in line.places]
        if any(isinstance(r, np.ndarray) for r in reads) and not any(
            r is None or type(r) is Var for r in reads
        ):
            # A partial made of constants alone is zero where it is zero.
            with np.errstate(all="ignore"):
                keep[k] = line.template.evaluate(*reads) != 0
    return _broadcast(statement, parts, keep)


def _broadcast(statement: Statement, parts: Parts, keep: Sequence[Any] | None = None) -> Dependence:
    shape = target_of(statement).aval.shape
    found = []
    for k, (operand, part) in enumerate(zip(statement.operands, parts, strict=True)):
        if part is None or (keep is not None and keep[k] is False):
            continue
        mask = None if keep is None or keep[k] is True else np.broadcast_to(keep[k], shape).ravel()
        if mask is None and operand_aval(operand).shape == shape:
            found.append(part)
            continue
        out = np.arange(math.prod(shape))
        source = np.broadcast_to(numbers_of(operand), shape).ravel()
        if mask is not None:
            out, source = out[mask], source[mask]
        found.append(part.moved(out, source))
    return union(found)


# -- operations that move elements: run on their numbers


def _constants(operands: Sequence[Operand]) -> bool:
    return not any(type(o) is Var for o in operands)


def _move(statement: Statement, parts: Parts) -> Dependence | None:
    """One operand whose elements are put elsewhere; further operands are index arrays."""
    (x, *further), part = statement.operands, parts[0]
    if part is None:
        return union([])
    if not _constants(further):
        return None
    source = np.asarray(statement.operation.evaluate(numbers_of(x), *further))
    return part.moved(np.arange(source.size), source)


def _join(count: int | None) -> Rule:
    """Several operands (the first `count`) whose elements are put into one array."""

    def rule(statement: Statement, parts: Parts) -> Dependence | None:
        operands = statement.operands
        joined, further = operands[:count], operands[len(operands[:count]) :]
        if not _constants(further):
            return None
        starts = np.cumsum([0, *[operand_aval(o).size for o in joined]])
        numbers = [numbers_of(o, int(s)) for o, s in zip(joined, starts, strict=False)]
        source = np.asarray(statement.operation.evaluate(*numbers, *further)).ravel()
        found = []
        for part, start, stop in zip(parts, starts, starts[1:], strict=False):
            if part is not None:
                (out,) = np.nonzero((source >= start) & (source < stop))
                found.append(part.moved(out, source[out] - start))
        return union(found)

    return rule


def _scatter(statement: Statement, parts: Parts) -> Dependence | None:
    (x, *arrays), part = statement.operands, parts[0]
    if part is None or not _constants(arrays):
        return None
    params = statement.operation.params  # type: ignore[attr-defined]
    shape = params["shape"]
    places = np.arange(math.prod(shape)).reshape(shape)[decode_index(params["index"], arrays)]
    return part.moved(np.asarray(places), np.broadcast_to(numbers_of(x), np.shape(places)))


def _scatter_sum(statement: Statement, parts: Parts) -> Dependence | None:
    params = statement.operation.params  # type: ignore[attr-defined]
    shape = params["shape"]
    whole = np.arange(math.prod(shape)).reshape(shape)
    found = []
    further = statement.operands[len(params["indexes"]) :]
    if not _constants(further):
        return None
    for operand, part, index in zip(statement.operands, parts, params["indexes"], strict=False):
        if part is not None:
            places = np.asarray(whole[decode_index(index, further)])
            found.append(part.moved(places, np.broadcast_to(numbers_of(operand), places.shape)))
    return union(found)


# -- reductions


def _reduce(statement: Statement, parts: Parts) -> Dependence | None:
    (x,), (part,) = statement.operands, parts
    assert part is not None
    shape = operand_aval(x).shape
    params = statement.operation.params  # type: ignore[attr-defined]
    axis = params.get("axis")
    axes = range(len(shape)) if axis is None else [a % len(shape) for a in axis]
    kept = tuple([1 if k in axes else n for k, n in enumerate(shape)])
    out = np.broadcast_to(np.arange(math.prod(kept)).reshape(kept), shape)
    return part.moved(out, numbers_of(x))


def _unbroadcast(statement: Statement, parts: Parts) -> Dependence | None:
    (x,), (part,) = statement.operands, parts
    assert part is not None
    out = np.broadcast_to(numbers_of(target_of(statement)), operand_aval(x).shape)
    return part.moved(out, numbers_of(x))


def _cumsum(statement: Statement, parts: Parts) -> Dependence | None:
    (x,), (part,) = statement.operands, parts
    assert part is not None
    axis = statement.operation.params["axis"]  # type: ignore[attr-defined]
    numbers = numbers_of(x)
    lines = numbers.reshape(1, -1) if axis is None else np.moveaxis(numbers, axis, -1)
    out, source = np.tril_indices(lines.shape[-1])
    return part.moved(lines[..., out], lines[..., source])


RULES.update(
    {
        **dict.fromkeys(("reshape", "transpose", "flip", "roll", "broadcast_to", "getitem"), _move),
        **dict.fromkeys(("copy", "cast", "item"), lambda s, parts: parts[0]),
        **dict.fromkeys(("detach", "zeros_like", "ones_like", "det_sign"), _nothing),
        **dict.fromkeys(("sum", "mean", "max", "min", "prod", "norm", "root_mean_square"), _reduce),
        "unbroadcast": _unbroadcast,
        "cumsum": _cumsum,
        "running_product": _cumsum,
        "scatter_add": _scatter,
        "scatter_sum": _scatter_sum,
        "setitem": _join(2),
        "concatenate": _join(None),
        "array": _join(None),
        "rows": _join(None),
    }
)
