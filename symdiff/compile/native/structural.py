"""The C form of each operation on whole arrays: one function an entry of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...operations.table.structural import Structural
from ...operations.table.template import Literal
from ...program.program import Statement
from . import indexing, reducing
from .arithmetic import Arithmetic
from .groups import GroupWriter, Pending
from .values import Array, Dim, Number

Form = Callable[[GroupWriter, Structural, Statement], Any]


def _first(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    """What is its first operand."""
    return w.value(statement.operands[0])


def _copy(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    value = w.value(statement.operands[0])
    if isinstance(value, Number):
        return value
    assert statement.target is not None
    return w.copy(w.array_of(value), statement.target.name)


def _cast(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    value, target = w.value(statement.operands[0]), statement.target
    assert target is not None
    kind = w.kind_of(target.aval)
    code: tuple[Any, ...] = (0,)
    if kind == "b" and value.kind != "b":
        code = (0, Literal.of(0), "ne")
    elif "fib".index(value.kind) < "fib".index(kind):
        raise w.refuse("floats that become whole numbers have no native form")
    if isinstance(value, Number):
        if len(code) > 1:
            return Number(Arithmetic(w).test(value), "b")
        return Arithmetic(w).as_kind(value, kind)
    return w.elementwise(code, [value], kind, target)


def _item(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    value = w.value(statement.operands[0])
    if isinstance(value, Number):
        return value
    return indexing.element(w, w.array_of(value))


def _number(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    value = w.value(statement.operands[0])
    if isinstance(value, Number) or w.shape_of(value):
        return value
    return indexing.element(w, w.array_of(value))


def _like(fill: str) -> Form:
    def form(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
        value = w.value(statement.operands[0])
        return w.uniform(Number(fill, value.kind), w.shape_of(value))

    return form


def _broadcast(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    value, target = w.value(statement.operands[0]), statement.target
    assert target is not None
    shape = w.dims(target.aval)
    if isinstance(value, Number):
        return w.uniform(value, shape)
    x = w.array_of(value)
    wide = ["0"] * (len(shape) - len(x.shape))
    wide += ["0" if d == Dim("", 1) else s for d, s in zip(x.shape, x.strides, strict=True)]
    return Array(x.pointer, x.kind, shape, tuple(wide), x.buffer)


def _reshape(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    value, target = w.value(statement.operands[0]), statement.target
    assert target is not None
    return indexing.reshaped(w, value, w.dims(target.aval))


def _transpose(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    value = w.value(statement.operands[0])
    if isinstance(value, Number):
        return value
    x = w.array_of(value)
    axes = operation.params.get("axes")
    order = [a % len(x.shape) for a in axes] if axes else list(reversed(range(len(x.shape))))
    shape = tuple([x.shape[a] for a in order])
    return Array(x.pointer, x.kind, shape, tuple([x.strides[a] for a in order]), x.buffer)


def _array(w: GroupWriter, operation: Structural, statement: Statement) -> Array:
    """An array of numbers, in order."""
    target = statement.target
    assert target is not None
    values = [w.value(o) for o in statement.operands]
    if not all(isinstance(v, Number) for v in values):
        raise w.refuse("an array of arrays has no native form")
    kind = w.kind_of(target.aval)
    found = w.new(tuple([Dim("", n) for n in operation.params["shape"]]), kind, target.name)
    for k, value in enumerate(values):
        w.line(f"{found.pointer}[{k}] = {Arithmetic(w).as_kind(value, kind).text};")
    return found


def _rows(w: GroupWriter, operation: Structural, statement: Statement) -> Array:
    """Arrays of one shape as the rows of one: computed there, where nothing else reads them."""
    target = statement.target
    assert target is not None
    values = [w.value(o) for o in statement.operands]
    found = w.new(
        (Dim("", len(values)), *w.shape_of(values[0])), w.kind_of(target.aval), target.name
    )
    rows = [indexing.view(w, found, (k,), ()) for k in range(len(values))]
    there = [
        isinstance(value, Pending) and w.redirected(value, row)
        for value, row in zip(values, rows, strict=True)
    ]
    given = [v if isinstance(v, Number) else w.array_of(v) for v in values]
    for value, row, is_there in zip(given, rows, there, strict=True):
        if not is_there:
            indexing.put(w, row, value, "=")
    return found


def _concatenate(w: GroupWriter, operation: Structural, statement: Statement) -> Array:
    target = statement.target
    assert target is not None
    arrays = [w.array_of(w.value(o)) for o in statement.operands]
    axis = operation.params.get("axis", 0)
    if axis is None or not all(a.shape for a in arrays):
        raise w.refuse("concatenating such arrays has no native form")
    axis %= len(arrays[0].shape)
    if not all(a.shape[axis].known for a in arrays):
        raise w.refuse("concatenating arrays of any length has no native form")
    length = sum(a.shape[axis].offset for a in arrays)
    first = arrays[0].shape
    shape = (*first[:axis], Dim("", length), *first[axis + 1 :])
    found = w.new(shape, w.kind_of(target.aval), target.name)
    begin = 0
    for array in arrays:
        end = begin + array.shape[axis].offset
        index = (*[("slice", None, None, None)] * axis, ("slice", begin, end, None))
        indexing.put(w, indexing.view(w, found, index, ()), array, "=")
        begin = end
    return found


def _outer(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    target = statement.target
    assert target is not None
    sides = []
    for operand, index in zip(statement.operands, ((("..."), None), (None, "...")), strict=True):
        value = w.value(operand)
        if isinstance(value, Number) or len(w.shape_of(value)) != 1:
            raise w.refuse("an outer product of such arrays has no native form")
        sides.append(indexing.view(w, w.array_of(value), index, ()))
    return w.elementwise((0, 1, "mul"), sides, w.kind_of(target.aval), target)


STRUCTURAL: dict[str, Form] = {
    "getitem": indexing.read,
    "setitem": indexing.write,
    "scatter_add": indexing.scatter_add,
    "scatter_sum": indexing.scatter_sum,
    "detach": _first,
    "copy": _copy,
    "cast": _cast,
    "item": _item,
    "number": _number,
    "zeros_like": _like("0"),
    "ones_like": _like("1"),
    "broadcast_to": _broadcast,
    "reshape": _reshape,
    "transpose": _transpose,
    "array": _array,
    "rows": _rows,
    "concatenate": _concatenate,
    "outer": _outer,
    "sum": reducing.total,
    "mean": reducing.mean,
    "max": reducing.extreme,
    "min": reducing.extreme,
    "unbroadcast": reducing.unbroadcast,
    "matmul": reducing.product,
    "dot": reducing.product,
    "cumsum": reducing.running,
}
