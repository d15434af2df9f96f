"""Take small arrays apart: the same program over their elements, as numbers.

NumPy's calls cost more than the arithmetic of a small array. A program that runs thousands of
times, such as the right-hand side of a differential equation, is ten times faster over numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..operations.statements.builder import Builder
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.program import FLOAT, Aval, Operand, Program, Statement, Var, operand_aval

_MOVES = frozenset(
    {
        *("getitem", "setitem", "reshape", "transpose", "flip", "roll", "concatenate", "stack"),
        *("rows", "squeeze", "copy", "broadcast_to", "array", "number", "swapaxes", "moveaxis"),
        *("expand_dims", "ravel", "repeat", "tile"),
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
        t = x_0*2.0
        t = x_1*2.0
        t = t + t
        return t
    """
    sweep = _Sweep(most)
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


class _Sweep(Builder):
    """The statements over numbers; `parts` are the elements of what was taken apart."""

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
        if not aval.shape:
            return _objects([operand], ())
        if not _plain(aval) or aval.size > (self.most if most is None else most):
            return None
        if type(operand) is not Var:
            return _objects(operand.ravel().tolist(), aval.shape)
        whole = self.arrays.get(operand, operand)
        parts = [
            self.getitem(whole, index=tuple(int(i) for i in np.unravel_index(k, aval.shape)))
            for k in range(aval.size)
        ]
        made = self.parts[operand] = _objects(parts, aval.shape)
        return made

    def whole(self, operand: Operand) -> Operand:
        """An operand as the array it is."""
        if type(operand) is not Var or operand not in self.parts:
            return operand
        known = self.arrays.get(operand)
        if known is None:
            parts = self.parts[operand]
            known = self.apply("array", *parts.ravel(), shape=parts.shape)
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
        made = [
            self.elementwise(operation, tuple([self._number(f[k]) for f in flat]))
            for k in range(count)
        ]
        self.parts[target] = _objects(made, target.aval.shape)
        return True


def _objects(values: Sequence[Any], shape: tuple[int, ...]) -> Any:
    made = np.empty(len(values), object)
    for k, value in enumerate(values):
        made[k] = value
    return made.reshape(shape)


def _moved(sweep: _Sweep, statement: Statement, elements: Sequence[Any], **params: Any) -> Any:
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


def _cast(sweep: _Sweep, statement: Statement, elements: Sequence[Any], *, dtype: str) -> Any:
    (part,) = elements
    if dtype != "float64" or operand_aval(statement.operands[0]).dtype != "float64":
        return None
    return part


def _sum(
    sweep: _Sweep, statement: Statement, elements: Sequence[Any], *, axis: Any, keepdims: Any
) -> Any:
    (part,) = elements
    target = statement.target
    assert target is not None
    if not part.shape or operand_aval(statement.operands[0]).dtype != "float64":
        return None
    axes = range(part.ndim) if axis is None else [axis] if type(axis) is int else axis
    axes = sorted({a % part.ndim for a in axes})
    kept = [a for a in range(part.ndim) if a not in axes]
    count = int(np.prod([part.shape[a] for a in axes], dtype=int))
    if not count:
        return None
    rows = part.transpose([*kept, *axes]).reshape(-1, count)
    return _objects([_total(sweep, list(row)) for row in rows], target.aval.shape)


def _total(sweep: _Sweep, terms: list[Any]) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = sweep.add(total, term)
    return total


def _matmul(sweep: _Sweep, statement: Statement, elements: Sequence[Any]) -> Any:
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
                if not _is_zero(x) and not _is_zero(y)
            ]
            made.append(_total(sweep, terms) if terms else 0.0)
    return _objects(made, target.aval.shape)


def _is_zero(operand: Operand) -> bool:
    return type(operand) is float and operand == 0.0


_RULES: dict[str, Callable[..., Any]] = {"cast": _cast, "sum": _sum, "matmul": _matmul}
