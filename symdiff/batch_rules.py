"""A program over a whole batch: `Program -> Program`, every batched variable with an axis in front.

Elementwise templates line up their axes by axes of length one. A structural operation has a rule in
`RULES`; one without is run for each element of the batch, which is slower and as right. What the
program assumed of a single element becomes a `Condition`: one truth value for each element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .errors import UnsupportedError
from .operations.builder import Builder
from .operations.entry import TABLE, StructuralEntry
from .operations.indexing import IndexCode, indexed_shape
from .operations.structural import Structural
from .operations.template import Literal, Template
from .outside import Check, Read
from .program import INT, Aval, Guard, Keep, Operand, Program, Statement, Var, operand_aval

_EXACT = 2.0**53
"""Integers up to here are the same as floats."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of an element for the program to be its own.

    `kind` is `"truth"` or `"equal"` (a guard's), `"finite"` (computing it may have raised), or
    `"small"`: Python's integers have no end, and an array's have.
    """

    kind: str
    expected: Any

    def holds(self, values: Any) -> Any:
        """For each element of the batch, whether its value is as assumed."""
        values = np.asarray(values).reshape(len(values), -1)
        if self.kind == "truth":
            return values.astype(bool).all(axis=1) == bool(self.expected)
        if self.kind == "small":
            return (np.abs(values.astype(float)) < _EXACT).all(axis=1)
        if self.kind == "finite":
            return np.isfinite(values).all(axis=1)
        return (values == np.reshape(self.expected, -1)).all(axis=1)


@dataclass(slots=True)
class BatchedProgram:
    """A program over a batch: its outputs, then one output for each condition."""

    program: Program
    conditions: list[Condition]


def batch(
    program: Program, batched: Collection[Var], size: int, *, once: bool = False
) -> BatchedProgram:
    """Put an axis of length `size` in front of the variables in `batched`, and all that follows.

    Args:
        program: what to compute for each element.
        batched: inputs, or variables it reads from arguments; they become inputs of the result.
        size: of the batch.
        once: whether effects are meant once for the batch, and not once for each element.

    Raises:
        UnsupportedError: it has effects, or catches what an element may raise.

    >>> from symdiff.program import FLOAT
    >>> ops, x, y = Builder(), Var("x", FLOAT), Var("y", Aval.of((3,), "float64"))
    >>> z = ops.mul(x, y)
    >>> print(batch(Program("f", (x, y), ops.statements, (z,)), {x}, 5).program)
    f(y: float64[3], x: float64[5]):
        t = reshape(x, shape=(5, 1))
        t_1 = t*y
        return t_1
    """
    from .program import name_uniquely

    sweep = _Batch(size, once)
    inputs = []
    for var in program.variables():
        if var in batched:
            front = Var(var.name, Aval.of((size, *var.aval.shape), var.aval.dtype))
            inputs.append(front)
            sweep.fronts[var] = front
            if var.aval is INT:
                sweep.conditions.append((front, Condition("small", True)))
    for statement in program.statements:
        sweep.step(statement)
    outputs = [sweep.lifted(o) for o in program.outputs]
    result = Program(
        program.name,
        (*[v for v in program.inputs if v not in batched], *inputs),
        sweep.statements,
        (*outputs, *[o for o, _ in sweep.conditions]),
        program.extra,
    )
    return BatchedProgram(name_uniquely(result), [c for _, c in sweep.conditions])


class _Batch(Builder):
    """The statements of a batched program; `fronts` maps variables to batched ones."""

    def __init__(self, size: int, once: bool) -> None:
        super().__init__()
        self.size = size
        self.once = once
        self.fronts: dict[Var, Operand] = {}
        self.conditions: list[tuple[Operand, Condition]] = []

    def is_batched(self, operand: Operand) -> bool:
        return type(operand) is Var and operand in self.fronts

    def lifted(self, operand: Operand) -> Operand:
        """An operand of the program with the batch in front, repeated if it does not vary."""
        if self.is_batched(operand):
            return self.fronts[operand]
        shape = (self.size, *operand_aval(operand).shape)
        if type(operand) is Var:
            return self.broadcast_to(operand, shape=shape)
        return np.broadcast_to(operand, shape)

    def step(self, statement: Statement) -> None:
        operation, target = statement.operation, statement.target
        self.span = statement.span
        if isinstance(operation, Read) and target in self.fronts:
            return
        if not any(self.is_batched(o) for o in statement.operands):
            if operation.name in ("opaque", "write") and not self.once:
                raise UnsupportedError("a batch has effects", where=statement.span)
            self.statements.append(statement)
            return
        if isinstance(operation, Check):
            return
        if isinstance(operation, Guard):
            if operation.kind not in ("truth", "equal"):
                raise UnsupportedError("an element may raise", where=statement.span)
            condition = Condition(operation.kind, operation.expected)
            self.conditions.append((self.fronts[statement.operands[0]], condition))
            return
        if isinstance(operation, Keep):
            value = self.fronts[statement.operands[0]]
            self.conditions.append((value, Condition("finite", True)))
            return
        if target is None or not isinstance(operation, Template | Structural):
            raise UnsupportedError("a batch has effects", where=statement.span)
        self.hint = target.name
        result = self.result(operation, statement, target)
        want = Aval.of((self.size, *target.aval.shape), target.aval.dtype)
        have = operand_aval(result)
        if have.shape != want.shape:
            result = self.reshape(result, shape=want.shape)
        if have.dtype != want.dtype:
            result = self.cast(result, dtype=want.dtype)
        self.fronts[target] = result

    def result(self, operation: Template | Structural, statement: Statement, target: Var) -> Any:
        if isinstance(operation, Template):
            return self.template(operation, statement, target)
        own = TABLE.entries.get(operation.name) is operation.entry
        rule = RULES.get(operation.name) if own else None
        found = None
        if rule is not None:
            found = rule(self, statement.operands, operation.params, target.aval)
        return self.each(operation, statement, target) if found is None else found

    def template(self, template: Template, statement: Statement, target: Var) -> Any:
        operands = [self.aligned(o, target.aval.ndim) for o in statement.operands]
        counts = [
            k
            for k, o in enumerate(statement.operands)
            if self.is_batched(o) and o.aval is INT and template.code != (0,)
        ]
        if counts:
            # Python's integers do not overflow.
            floats = list(operands)
            for k in counts:
                floats[k] = self.cast(operands[k], dtype="float64")
            if not target.aval.is_inexact:
                bound = _bound(template)
                if bound is None:
                    return self.each(template, statement, target)
                sizes = tuple([self.abs(o) for o in floats])
                size = self.elementwise(bound, sizes, target.name)
                self.conditions.append((size, Condition("small", True)))
            if target.aval.dtype != "int64":
                operands = floats
        return self.elementwise(template, tuple(operands), target.name)

    def aligned(self, operand: Operand, ndim: int) -> Operand:
        """An operand whose axes line up with a batch of arrays of `ndim` axes."""
        if not self.is_batched(operand):
            return operand
        shape = operand.aval.shape
        return self.shaped(self.fronts[operand], (1,) * (ndim - len(shape)) + shape)

    def shaped(self, operand: Operand, shape: tuple[int, ...]) -> Operand:
        """A batched operand whose elements have another shape."""
        whole = (self.size, *shape)
        if operand_aval(operand).shape == whole:
            return operand
        return self.reshape(operand, shape=whole)

    def each(self, operation: Template | Structural, statement: Statement, target: Var) -> Operand:
        """The operation, run for each element of the batch."""
        flags = tuple([self.is_batched(o) for o in statement.operands])
        avals = [operand_aval(o) for o in statement.operands]
        entry = _each(operation, flags, avals, self.size, target.aval)
        operands = [self.fronts.get(o, o) if type(o) is Var else o for o in statement.operands]
        return self.emit(Structural(entry, {}), tuple(operands), target.name)


_STACKED: dict[str, Callable[..., Any]] = {
    "solve": np.linalg.solve,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "cholesky": np.linalg.cholesky,
    "det_sign": lambda a: np.linalg.slogdet(a)[0],
    "log_abs_det": lambda a: np.linalg.slogdet(a)[1],
}
"""Functions of NumPy that take a stack of matrices."""


def _each(
    operation: Template | Structural,
    flags: tuple[bool, ...],
    avals: Sequence[Aval],
    size: int,
    aval: Aval,
) -> StructuralEntry:
    stacked = _STACKED.get(operation.name)
    if isinstance(operation, Template) or TABLE.entries.get(operation.name) is not operation.entry:
        stacked = None
    if operation.name == "solve" and (avals[0].ndim != 2 or avals[1].ndim not in (1, 2)):
        stacked = None
    weak = [a.weak for a in avals]

    def value(*operands: Any) -> Any:
        if operation.name == "solve" and stacked is not None:
            a, b = operands
            lines = b if len(aval.shape) == 2 else b[..., None]
            return stacked(a, lines).reshape(size, *aval.shape)
        if stacked is not None:
            return stacked(*operands)
        whole = np.empty((size, *aval.shape), aval.dtype)
        for k in range(size):
            one = [o[k] if f else o for o, f in zip(operands, flags, strict=True)]
            one = [
                o.item() if w and isinstance(o, np.generic) else o
                for o, w in zip(one, weak, strict=True)
            ]
            whole[k] = operation.evaluate(*one)
        return whole

    return StructuralEntry(
        name=f"each_{operation.name}",
        numpy=value,
        infer=lambda *avals: Aval.of((size, *aval.shape), aval.dtype),
        describe=lambda operands, params: f"each({operation.describe(operands)})",
    )


_BOUNDS = {
    **dict.fromkeys(("add", "sub", "floordiv", "mod", "maximum", "minimum"), ("add",)),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), ("add",)),
    **dict.fromkeys(("neg", "pos", "abs"), ()),
    "mul": ("mul",),
    "pow": ("pow",),
    "where": ("add", "add"),
}
"""What bounds the size of each operation on integers, given the sizes of its operands."""


def _bound(template: Template) -> Template | None:
    """A template of sizes that is at least as large as anything `template` computes on the way."""
    code: list[Any] = []
    for token in template.code:
        if isinstance(token, Literal):
            code.append(Literal.of(abs(float(token.value)) + 1.0))
        elif isinstance(token, int):
            code += [token, Literal.of(1.0), "add"]
        elif token in _BOUNDS:
            code += _BOUNDS[token]
        else:
            return None
    return Template.of(tuple(code))


# -- rules: `rule(batch, operands, params, aval of one result)`, `None` where it cannot


Params: TypeAlias = "dict[str, Any]"
BatchRule: TypeAlias = "Callable[[_Batch, Sequence[Operand], Params, Aval], Any]"


def _same(name: str) -> BatchRule:
    """The operation itself serves the whole batch."""
    return lambda b, operands, params, aval: b.apply(name, b.fronts[operands[0]], **params)


def _front(axis: int, ndim: int) -> int:
    return axis % ndim + 1


def _along(name: str) -> BatchRule:
    """An operation along `axis`, an integer or `None` for all elements in line."""

    def rule(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
        x, shape = b.fronts[operands[0]], operands[0].aval.shape
        axis = params.get("axis", -1 if name == "argsort" else None)
        if not shape:
            return None
        if axis is None:
            x, axis, shape = b.shaped(x, (math.prod(shape),)), 0, (math.prod(shape),)
        return b.apply(name, x, **{**params, "axis": _front(axis, len(shape))})

    return rule


def _reduction(name: str) -> BatchRule:
    """A reduction over `axis`, a tuple or `None` for all."""

    def rule(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
        x, shape = b.fronts[operands[0]], operands[0].aval.shape
        axis = params.get("axis")
        axes = tuple(range(len(shape))) if axis is None else axis
        if not shape:
            return b.abs(x) if name == "norm" else (None if name in ("any", "all") else x)
        if axis is None and len(shape) > 1:
            x, axes = b.shaped(x, (math.prod(shape),)), (0,)
            return b.apply(name, x, axis=(1,), keepdims=False)
        over = tuple([_front(a, len(shape)) for a in axes])
        return b.apply(name, x, axis=over, keepdims=params.get("keepdims", False))

    return rule


def _unbroadcast(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, shape, to = b.fronts[operands[0]], operands[0].aval.shape, params["shape"]
    lead = len(shape) - len(to)
    axes = [k for k in range(len(shape)) if k < lead or to[k - lead] != shape[k]]
    return b.sum(x, axis=tuple([a + 1 for a in axes]), keepdims=False) if axes else x


def _broadcast(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    return b.broadcast_to(b.aligned(operands[0], aval.ndim), shape=(b.size, *aval.shape))


def _reshape(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    return b.shaped(b.fronts[operands[0]], aval.shape)


def _transpose(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    n = aval.ndim
    axes = range(n - 1, -1, -1) if params.get("axes") is None else params["axes"]
    return b.transpose(b.fronts[operands[0]], axes=(0, *[_front(a, n) for a in axes]))


def _flip(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    axes = range(aval.ndim) if params.get("axis") is None else params["axis"]
    return b.flip(b.fronts[operands[0]], axis=tuple([_front(a, aval.ndim) for a in axes]))


def _roll(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, axis, shift = b.fronts[operands[0]], params.get("axis"), params["shift"]
    if axis is None:
        return b.roll(b.shaped(x, (aval.size,)), shift=shift, axis=(1,))
    return b.roll(x, shift=shift, axis=tuple([_front(a, aval.ndim) for a in axis]))


def _concatenate(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    whole = [b.lifted(o) for o in operands]
    return b.concatenate(*whole, axis=_front(params["axis"], aval.ndim))


def _rows(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    shape = (1, *aval.shape[1:])
    rows = [b.shaped(b.lifted(o), shape) for o in operands]
    return b.concatenate(*rows, axis=1)


def _array(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    columns = []
    for operand in operands:
        column = b.shaped(b.lifted(operand), (1,))
        if operand_aval(column).dtype != aval.dtype:
            column = b.cast(column, dtype=aval.dtype)
        columns.append(column)
    return b.concatenate(*columns, axis=1)


# -- indexing


_ALL = ("slice", None, None, None)


def _advanced(code: IndexCode) -> tuple[bool, list[int]]:
    """Whether an index has arrays that slices stand between, and where its arrays and integers are.

    NumPy then puts the axes of the arrays first, before the batch.
    """
    arrays = any(isinstance(i, tuple) and i[0] in ("array", "mask") for i in code)
    places = [
        k
        for k, i in enumerate(code)
        if arrays and (isinstance(i, int) or (isinstance(i, tuple) and i[0] != "slice"))
    ]
    return bool(places) and places[-1] - places[0] + 1 != len(places), places


class _Index:
    """An index into one element, as an index into the batch.

    Attributes:
        code: of the index into the batch; `None` if there is no such index.
        arrays: the operands it refers to.
        front: how many axes of arrays stand before the batch in what it selects.
    """

    def __init__(self, b: _Batch, code: IndexCode, arrays: Sequence[Operand], whole: bool) -> None:
        separated, places = _advanced(code)
        self.front = 0
        self.arrays: list[Operand] = list(arrays)
        self.code: IndexCode | None = (_ALL, *code)
        shapes = [
            (i[2],) if i[0] == "mask" else operand_aval(arrays[i[1]]).shape
            for i in code
            if isinstance(i, tuple) and i[0] in ("array", "mask")
        ]
        ndim = len(np.broadcast_shapes(*shapes))
        if not any(b.is_batched(a) for a in arrays):
            self.front = ndim if separated else 0
            return
        masks = any(isinstance(i, tuple) and i[0] == "mask" for i in code)
        if masks or separated or places[0] != 0:
            self.code = None
            return
        self.arrays = [b.aligned(a, ndim) for a in arrays]
        self.code = code
        if whole:
            rows = np.arange(b.size).reshape((b.size,) + (1,) * ndim)
            self.arrays = [rows, *self.arrays]
            moved = [("array", i[1] + 1) if _is_array(i) else i for i in code]
            self.code = (("array", 0), *moved)


def _is_array(item: Any) -> bool:
    return isinstance(item, tuple) and item[0] == "array"


def _getitem(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, *arrays = operands
    index = _Index(b, params["index"], arrays, b.is_batched(x))
    if index.code is None:
        return None
    found = b.getitem(b.fronts.get(x, x) if type(x) is Var else x, *index.arrays, index=index.code)
    if not index.front:
        return found
    n = index.front
    return b.transpose(found, axes=(n, *range(n), *range(n + 1, aval.ndim + 1)))


def _selected(b: _Batch, value: Any, selection: tuple[int, ...], front: int) -> Any:
    """A batch of what is written, with the batch where the index has it."""
    if not front:
        return value
    n = front
    value = b.broadcast_to(value, shape=(b.size, *selection))
    return b.transpose(value, axes=(*range(1, n + 1), 0, *range(n + 1, len(selection) + 1)))


def _selection(shape: tuple[int, ...], code: IndexCode, arrays: Sequence[Operand]) -> Any:
    return indexed_shape(shape, code, tuple([operand_aval(a).shape for a in arrays]))


def _scatter_add(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, *arrays = operands
    index = _Index(b, params["index"], arrays, True)
    if index.code is None:
        return None
    selection = _selection(params["shape"], params["index"], arrays)
    value = _selected(b, b.lifted(x), selection, index.front)
    return b.scatter_add(value, *index.arrays, index=index.code, shape=(b.size, *aval.shape))


def _scatter_sum(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    parts = [b.lifted(o) for o in operands]
    indexes = tuple([(_ALL, *i) for i in params["indexes"]])
    return b.scatter_sum(*parts, indexes=indexes, shape=(b.size, *aval.shape))


def _setitem(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, value, *arrays = operands
    index = _Index(b, params["index"], arrays, True)
    if index.code is None:
        return None
    selection = _selection(aval.shape, params["index"], arrays)
    given = operand_aval(value).shape
    # NumPy lets the value have more leading axes of length one than the selection.
    core = given[max(len(given) - len(selection), 0) :]
    spread = (1,) * (len(selection) - len(core)) + core
    if operand_aval(value).shape or b.is_batched(value) or index.front:
        value = _selected(b, b.shaped(b.lifted(value), spread), selection, index.front)
    return b.setitem(b.lifted(x), value, *index.arrays, index=index.code)


# -- products


def _matmul(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, y = operands
    left, right = operand_aval(x).shape, operand_aval(y).shape
    if not b.is_batched(y) and len(left) == 1 and len(right) <= 2:
        return b.matmul(b.fronts[x], y)
    if not b.is_batched(x) and len(right) == 1 and len(left) <= 2:
        turned = x if len(left) == 1 else b.transpose(x, axes=None)
        return b.matmul(b.fronts[y], turned)
    left = (1, *left) if len(left) == 1 else left
    right = (*right, 1) if len(right) == 1 else right
    ndim = max(len(left), len(right))
    return b.matmul(_matrices(b, x, left, ndim), _matrices(b, y, right, ndim))


def _matrices(b: _Batch, x: Operand, shape: tuple[int, ...], ndim: int) -> Any:
    if b.is_batched(x):
        return b.shaped(b.fronts[x], (1,) * (ndim - len(shape)) + shape)
    return x if operand_aval(x).shape == shape else b.reshape(x, shape=shape)


def _outer(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    rows, columns = aval.shape
    shapes = ((rows, 1), (1, columns))
    parts = [b.shaped(b.lifted(o), s) for o, s in zip(operands, shapes, strict=True)]
    return b.mul(*parts)


def _einsum(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    inputs, _, output = params["subscripts"].partition("->")
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    free = next((c for c in letters if c not in params["subscripts"]), None)
    if free is None:
        return None
    terms = [
        free + t if b.is_batched(o) else t for t, o in zip(inputs.split(","), operands, strict=True)
    ]
    reads = [b.fronts.get(o, o) if type(o) is Var else o for o in operands]
    return b.contraction(*reads, subscripts=f"{','.join(terms)}->{free}{output}")


def _interval(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    x, knots = operands
    return None if b.is_batched(knots) else b.interval(b.fronts[x], knots)


def _solve(b: _Batch, operands: Sequence[Operand], params: Params, aval: Aval) -> Any:
    a, y = operands
    if b.is_batched(a) or operand_aval(a).ndim != 2 or operand_aval(y).ndim not in (1, 2):
        return None
    # One matrix: the right-hand sides of the batch stand side by side.
    shape = operand_aval(y).shape
    columns = shape[1:] or (1,)
    side = b.transpose(b.shaped(b.fronts[y], (shape[0], *columns)), axes=(1, 0, 2))
    side = b.reshape(side, shape=(shape[0], b.size * columns[0]))
    found = b.reshape(b.solve(a, side), shape=(shape[0], b.size, columns[0]))
    return b.transpose(found, axes=(1, 0, 2))


RULES: dict[str, BatchRule] = {
    **{name: _same(name) for name in ("cast", "detach", "copy", "zeros_like", "ones_like")},
    **{name: _along(name) for name in ("cumsum", "argmax", "argmin", "argsort")},
    **{
        name: _reduction(name)
        for name in ("sum", "mean", "max", "min", "prod", "norm", "any", "all")
    },
    "unbroadcast": _unbroadcast,
    "broadcast_to": _broadcast,
    "reshape": _reshape,
    "item": _reshape,
    "transpose": _transpose,
    "flip": _flip,
    "roll": _roll,
    "concatenate": _concatenate,
    "array": _array,
    "getitem": _getitem,
    "scatter_add": _scatter_add,
    "scatter_sum": _scatter_sum,
    "setitem": _setitem,
    "matmul": _matmul,
    "outer": _outer,
    "contraction": _einsum,
    "rows": _rows,
    "interval": _interval,
    "solve": _solve,
}
"""How each structural entry is batched; one that is not here is run for each element."""
