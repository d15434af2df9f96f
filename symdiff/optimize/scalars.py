"""Take small arrays apart: the same program over their elements, as numbers.

NumPy's calls cost more than the arithmetic of a small array. A program that runs thousands of
times, such as the right-hand side of a differential equation, is ten times faster over numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from ..operations.arrays.index_codes import decode_index, has_place
from ..operations.statements.builder import Builder
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import FLOAT, NUMERIC, Aval, Operand, Program, Statement, Var, operand_aval
from ..records import dataclass

_MOVES = frozenset(
    {
        *("getitem", "setitem", "reshape", "transpose", "flip", "roll", "concatenate", "stack"),
        *("rows", "squeeze", "copy", "broadcast_to", "array", "number", "swapaxes", "moveaxis"),
        *("expand_dims", "ravel", "repeat", "tile", "diagonal", "item"),
    }
)
"""Operations whose results are elements of their operands: run on the elements' numbers."""

_MOST_STATEMENTS = 6000


@dataclass(frozen=True, slots=True)
class Scalars:
    """A program over numbers.

    Attributes:
        program: its inputs are the elements of the inputs that were taken apart, its outputs those
            of the outputs.
        inputs: for each input of the original the variables of its elements, or `None` where it
            stays an array.
    """

    program: Program
    inputs: tuple[tuple[Var, ...] | None, ...]


def scalarize(program: Program, most: int = 32) -> Scalars | None:
    """The program over numbers; `None` where that would not be shorter.

    Args:
        program: templates and structural operations; others stay as they are.
        most: the size up to which an array is taken apart.

    >>> ops, x = Builder(), Var("x", Aval.of((2,), "float64"))
    >>> y = ops.sum(ops.mul(x, 2.0), axis=None, keepdims=False)
    >>> print(scalarize(Program("f", (x,), ops.statements, (y,))).program)
    f(x_0: float, x_1: float):
        t_0 = x_0*2.0
        t_1 = x_1*2.0
        t = t_0 + t_1
        return t
    """
    sweep = Sweep(most)
    inputs = tuple([sweep.input(var) for var in program.inputs])
    for statement in program.statements:
        if not sweep.step(statement) or len(sweep.statements) > _MOST_STATEMENTS:
            return None
    outputs: list[Operand] = []
    for output in program.outputs:
        elements = sweep.elements(output, operand_aval(output).size)
        if elements is None:
            return None
        outputs.extend(elements.ravel())
    own = tuple(
        v
        for var, parts in zip(program.inputs, inputs, strict=True)
        for v in ((var,) if parts is None else parts)
    )
    made = Program(program.name, own, sweep.statements, tuple(outputs), program.extra)
    return Scalars(made, inputs)


def _plain(aval: Aval) -> bool:
    return aval.dtype in ("float64", "int64", "bool")


class Sweep(Builder):
    """The statements over numbers; `parts` are the elements of what was taken apart."""

    skips_zeros = True  # whether 0 times infinity need not be NaN

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.parts: dict[Var, Any] = {}
        self.arrays: dict[Var, Operand] = {}

    def input(self, var: Var) -> tuple[Var, ...] | None:
        if not _plain(var.aval) or var.aval.size > self.most:
            return None
        if not var.aval.shape:
            return (var,)
        aval = FLOAT if var.aval.dtype == "float64" else Aval.of((), var.aval.dtype, True)
        parts = [Var(f"{var.name}_{k}", aval) for k in range(var.aval.size)]
        self.parts[var] = _objects(parts, var.aval.shape)
        return tuple(parts)

    def elements(self, operand: Operand, most: int | None = None) -> Any:
        """The elements of an operand as an array of operands; `None` for a large array."""
        if type(operand) is Var and operand in self.parts:
            return self.parts[operand]
        aval = operand_aval(operand)
        if not aval.shape:  # (NumPy writes NaN for `None`)
            return _objects([operand], ()) if aval.dtype in NUMERIC else None
        if not _plain(aval) or aval.size > (self.most if most is None else most):
            return None
        if type(operand) is not Var:
            return _objects(operand.ravel().tolist(), aval.shape)
        whole = self.arrays.setdefault(operand, operand)
        parts, hint = [], self.hint
        for k in range(aval.size):
            self.hint = f"{operand.name}_{k}"
            place = tuple(int(i) for i in np.unravel_index(k, aval.shape))
            parts.append(self.getitem(whole, index=place))
        self.hint = hint
        made = self.parts[operand] = _objects(parts, aval.shape)
        return made

    def whole(self, operand: Operand) -> Operand:
        """An operand as the array it is."""
        if type(operand) is not Var or operand not in self.parts:
            return operand
        known = self.arrays.get(operand)
        if known is None:
            parts = self.parts[operand]
            if not parts.shape:
                return parts[()]
            hint, self.hint = self.hint, operand.name
            known = self.apply("array", *parts.ravel(), shape=parts.shape)
            self.hint = hint
            self.arrays[operand] = known
        return known

    def step(self, statement: Statement) -> bool:
        """Take in one statement; whether that could be done."""
        operation, target = statement.operation, statement.target
        self.span = statement.span
        if target is not None:
            self.hint = target.name
        if type(operation) is Template:
            assert target is not None
            if not target.aval.shape and all(not operand_aval(o).shape for o in statement.operands):
                self._keep(statement, statement.operands)
                return True
            return self._template(operation, statement, target)
        if type(operation) is Structural and target is not None:
            rule: Callable[..., Any] | None = _RULES.get(operation.name)
            if operation.name in _MOVES:
                rule = _moved
            elements = [self.elements(o) for o in statement.operands] if rule is not None else []
            if rule is not None and all(e is not None for e in elements):
                made = rule(self, statement, elements, **operation.params)
                if made is not None:
                    self.parts[target] = made
                    return True
        self._keep(statement, tuple([self.whole(o) for o in statement.operands]))
        return True

    def _keep(self, statement: Statement, operands: tuple[Operand, ...]) -> None:
        own = [self._number(o) for o in operands]
        if any(a is not b for a, b in zip(own, statement.operands, strict=True)):
            statement = Statement(statement.target, statement.operation, tuple(own), statement.span)
        self.statements.append(statement)

    def _number(self, operand: Operand) -> Operand:
        """What stands for a number that came out of an array."""
        if type(operand) is Var and not operand.aval.shape and operand in self.parts:
            return self.parts[operand][()]
        return operand

    def _template(self, operation: Template, statement: Statement, target: Var) -> bool:
        elements = [self.elements(o) for o in statement.operands]
        if (
            not _plain(target.aval)
            or any(e is None for e in elements)
            or (target.aval.size > self.most)
        ):
            self._keep(statement, tuple([self.whole(o) for o in statement.operands]))
            return True
        spread = np.broadcast_arrays(*elements) if len(elements) > 1 else elements
        count = target.aval.size
        flat = [np.broadcast_to(e, target.aval.shape).ravel() for e in spread]
        made = []
        for k in range(count):
            self.hint = f"{target.name}_{k}"
            made.append(self.elementwise(operation, tuple([self._number(f[k]) for f in flat])))
        self.parts[target] = _objects(made, target.aval.shape)
        return True


def _objects(values: Sequence[Any], shape: tuple[int, ...]) -> Any:
    made = np.empty(len(values), object)
    for k, value in enumerate(values):
        made[k] = value
    return made.reshape(shape)


def _moved(sweep: Sweep, statement: Statement, elements: Sequence[Any], **params: Any) -> Any:
    """Run an operation that only moves elements on their numbers in a list."""
    if any(
        type(o) is Var and not operand_aval(o).is_inexact and statement.operation.name != "array"
        for o in statement.operands
    ):
        return None  # an index that is computed
    places: list[Any] = []
    numbered = []
    further = statement.operation.name in ("getitem", "setitem")
    moved = 2 if statement.operation.name == "setitem" else 1
    if further and any(type(o) is Var for o in statement.operands[moved:]):
        return None  # an index that is computed, of whatever sort of number
    for k, (operand, part) in enumerate(zip(statement.operands, elements, strict=True)):
        if further and k >= moved:
            numbered.append(operand)
            continue
        start = len(places)
        places.extend(part.ravel())
        ids = np.arange(start, start + part.size).reshape(part.shape)
        numbered.append(ids if part.shape else ids[()])
    found = np.asarray(statement.operation.evaluate(*numbered))
    return _objects([sweep._number(places[int(i)]) for i in found.ravel()], found.shape)


def _cast(sweep: Sweep, statement: Statement, elements: Sequence[Any], *, dtype: str) -> Any:
    (part,) = elements
    if dtype != "float64" or operand_aval(statement.operands[0]).dtype != "float64":
        return None
    return part


def _sum(
    sweep: Sweep,
    statement: Statement,
    elements: Sequence[Any],
    *,
    axis: Any = None,
    keepdims: Any = False,
) -> Any:
    (part,) = elements
    target = statement.target
    assert target is not None
    if not part.shape or operand_aval(statement.operands[0]).dtype != "float64":
        return None
    axes = range(part.ndim) if axis is None else [axis] if type(axis) is int else axis
    return _reduced(sweep, part, {a % part.ndim for a in axes}, target.aval.shape)


def _unbroadcast(
    sweep: Sweep, statement: Statement, elements: Sequence[Any], *, shape: tuple[int, ...]
) -> Any:
    (part,) = elements
    if operand_aval(statement.operands[0]).dtype != "float64":
        return None
    lead = part.ndim - len(shape)
    axes = {*range(lead), *[lead + k for k, n in enumerate(shape) if n == 1]}
    return _reduced(sweep, part, axes, shape) if axes else part.reshape(shape)


def _reduced(sweep: Sweep, part: Any, axes: Collection[int], shape: tuple[int, ...]) -> Any:
    """Sums along axes, as NumPy adds up what lies in memory row by row."""
    kept = [a for a in range(part.ndim) if a not in axes]
    count = int(np.prod([part.shape[a] for a in axes], dtype=int))
    if not count:
        return None
    rows = part.transpose([*kept, *sorted(axes)]).reshape(-1, count)
    inner = 1  # so many elements lie beside each other
    for a in reversed(range(part.ndim)):
        if a not in axes:
            break
        inner *= part.shape[a]
    made = []
    for row in rows:
        sums = [_in_eights(sweep, list(row[k : k + inner])) for k in range(0, count, inner)]
        made.append(_total(sweep, sums))
    return _objects(made, shape)


def _total(sweep: Sweep, terms: list[Any]) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = sweep.add(total, term)
    return total


def _in_eights(sweep: Sweep, terms: list[Any]) -> Any:
    """The sum of numbers that lie beside each other, in the order in which NumPy adds them."""
    if len(terms) < 8:
        return _total(sweep, terms)
    eight, rest = terms[:8], terms[8:]
    while len(rest) >= 8:
        eight = [sweep.add(a, b) for a, b in zip(eight, rest[:8], strict=True)]
        rest = rest[8:]
    while len(eight) > 1:
        eight = [sweep.add(a, b) for a, b in zip(eight[::2], eight[1::2], strict=True)]
    return _total(sweep, [*eight, *rest])


def _scatter_sum(
    sweep: Sweep,
    statement: Statement,
    elements: Sequence[Any],
    *,
    indexes: tuple[Any, ...],
    shape: tuple[int, ...],
) -> Any:
    if any(map(has_place, indexes)):
        return None
    whole = _zeros(shape)
    for index, part in zip(indexes, elements[: len(indexes)], strict=True):
        _add(sweep, whole, decode_index(index), part)
    return whole


def _scatter_add(
    sweep: Sweep,
    statement: Statement,
    elements: Sequence[Any],
    *,
    index: tuple[Any, ...],
    shape: tuple[int, ...],
) -> Any:
    places = statement.operands[1:]
    if any(type(o) is Var for o in places):
        return None
    whole = _zeros(shape)
    _add(sweep, whole, decode_index(index, places), elements[0])
    return whole


def _zeros(shape: tuple[int, ...]) -> Any:
    return _objects([0.0] * int(np.prod(shape, dtype=int)), shape)


def _add(sweep: Sweep, whole: Any, where: tuple[Any, ...], part: Any) -> None:
    """Add elements to those of an array of operands."""
    places = np.arange(whole.size).reshape(whole.shape)[where]
    flat = whole.reshape(-1)
    added = np.broadcast_to(part, np.shape(places)).ravel()
    for place, term in zip(np.ravel(places).tolist(), added, strict=True):
        flat[place] = term if _is_zero(flat[place]) else sweep.add(flat[place], term)


def _matmul(sweep: Sweep, statement: Statement, elements: Sequence[Any]) -> Any:
    a, b = elements
    target = statement.target
    assert target is not None
    if a.ndim > 2 or b.ndim > 2 or not a.shape or not b.shape or not a.shape[-1]:
        return None
    if any(operand_aval(o).dtype != "float64" for o in statement.operands):
        return None
    left = a if a.ndim == 2 else a[None, :]
    right = b if b.ndim == 2 else b[:, None]
    made = []
    for row in left:
        for column in right.T:
            terms = [
                sweep.mul(x, y)
                for x, y in zip(row, column, strict=True)
                if not sweep.skips_zeros or (not _is_zero(x) and not _is_zero(y))
            ]
            made.append(_total(sweep, terms) if terms else 0.0)
    return _objects(made, target.aval.shape)


def _is_zero(operand: Operand) -> bool:
    return type(operand) is float and operand == 0.0


_RULES: dict[str, Callable[..., Any]] = {
    "cast": _cast,
    "sum": _sum,
    "unbroadcast": _unbroadcast,
    "matmul": _matmul,
    "scatter_sum": _scatter_sum,
    "scatter_add": _scatter_add,
}
