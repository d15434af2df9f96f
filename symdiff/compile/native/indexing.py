"""Indexes in C: parts of arrays as other strides of the same memory, and what is written to them.

An integer that lies outside, or a slice that NumPy would cut off, is a miss.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...operations.arrays.index_codes import length_of_window
from ...operations.table.structural import Structural
from ...program.program import Statement
from .arithmetic import Arithmetic
from .groups import GroupWriter, Pending
from .values import Array, Dim, Number, Shape, strides_of, times


def view(w: GroupWriter, x: Array, index: Sequence[Any], places: Sequence[Any]) -> Array:
    """The part of an array that an index names; of no dimensions, if it is one number."""
    given = sum(1 for item in index if item is not None and item != "...")
    items: list[Any] = []
    for item in index:
        if item == "...":
            items += [("slice", None, None, None)] * (len(x.shape) - given)
        else:
            items.append(item)
    items += [("slice", None, None, None)] * (len(x.shape) - sum(i is not None for i in items))
    shape: list[Dim] = []
    strides: list[str] = []
    offsets: list[str] = []
    axis = 0
    for item in items:
        if item is None:
            shape.append(Dim("", 1))
            strides.append("0")
            continue
        dim, stride = x.shape[axis], x.strides[axis]
        axis += 1
        if type(item) is int:
            offsets.append(times([at(w, item, dim), stride]))
        elif item[0] == "slice":
            start, length, step = bounds(w, item, dim)
            offsets.append(times([start, stride]))
            shape.append(length)
            strides.append(scaled(stride, step))
        elif item[0] == "place":
            offsets.append(times([place(w, places[item[1]], dim), stride]))
        elif item[0] == "window":
            count = length_of_window(item)
            start, step = w.scalar(places[item[1]]).text, item[3]
            last = f"{start} + {(count - 1) * step}"
            w.line(
                f"if ({start} < 0 || {start} >= {dim} || {last} < 0 || {last} >= {dim}) goto miss;"
            )
            offsets.append(times([start, stride]))
            shape.append(Dim("", count))
            strides.append(scaled(stride, step))
        else:
            raise w.refuse("an index of this kind has no native form")
    terms = [t for t in offsets if t != "0" and not t.startswith("0*")]
    pointer = x.pointer
    if terms:
        pointer = w.name("part")
        c = {"f": "double", "i": "int64_t", "b": "npy_bool"}[x.kind]
        w.line(f"{c} *const {pointer} = {x.pointer} + {' + '.join(terms)};")
    return Array(pointer, x.kind, tuple(shape), tuple(strides), x.buffer)


def scaled(stride: str, step: int) -> str:
    """The stride of every so many elements."""
    if step == 1:
        return stride
    if step < 0:
        return f"(-{times([stride, str(-step)])})"
    return times([stride, str(step)])


def at(w: GroupWriter, k: int, dim: Dim) -> str:
    """The place of an integer on an axis."""
    if dim.known:
        place = k if k >= 0 else k + dim.offset
        if not 0 <= place < dim.offset:
            raise w.refuse("an index lies outside")
        return str(place)
    w.line(f"if ({dim} <= {k if k >= 0 else -k - 1}) goto miss;")
    return str(k) if k >= 0 else str(dim + k)


def place(w: GroupWriter, operand: Any, dim: Dim) -> str:
    """The place of an integer that the program computes."""
    number = w.scalar(operand)
    if number.text.startswith("INT64_C("):
        return at(w, int(number.text[8:-1]), dim)
    whole = Arithmetic(w).as_kind(number, "i").text
    name = w.name("place")
    w.line(f"const int64_t {name} = {whole} < 0 ? {whole} + {dim} : {whole};")
    w.line(f"if ((uint64_t){name} >= (uint64_t){dim}) goto miss;")
    return name


def bounds(w: GroupWriter, item: Any, dim: Dim) -> tuple[str, Dim, int]:
    """Where a slice begins, its length, and its step."""
    _, start, stop, step = item
    if dim.known:
        found = range(*slice(start, stop, step).indices(dim.offset))
        return str(found.start if found else 0), Dim("", len(found)), found.step
    if step not in (None, 1):
        if start is None and stop is None and step == -1:
            w.line(f"if ({dim} < 1) goto miss;")
            return str(dim + -1), dim, -1
        raise w.refuse("a slice with a step has no native form where lengths are left free")
    first = Dim("", 0) if start is None else Dim("", start) if start >= 0 else dim + start
    last = dim if stop is None else Dim("", stop) if stop >= 0 else dim + stop
    w.line(f"if ({first} < 0 || {last} < {first} || {last} > {dim}) goto miss;")
    if last.base == first.base:
        return str(first), Dim("", last.offset - first.offset), 1
    if first.known:
        return str(first), last + -first.offset, 1
    name = w.name("length")
    w.line(f"const int64_t {name} = {last} - {first};")
    return str(first), Dim(name), 1


def read(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    """`x[index]`."""
    value = w.value(statement.operands[0])
    index, places = operation.params["index"], statement.operands[1:]
    if isinstance(value, Number):
        if any(item is not None and item != "..." for item in index):
            raise w.refuse("an index of a number has no native form")
        return reshaped_number(w, value, index.count(None))
    x = w.array_of(value)
    if is_gather(index):
        return gather(w, x, w.array_of(w.value(places[index[0][1]])))
    found = view(w, x, index, places)
    return element(w, found) if not found.shape else found


def element(w: GroupWriter, x: Array) -> Number:
    """The number that an array of no dimensions holds."""
    kind = {"f": "double", "i": "int64_t", "b": "npy_bool"}[x.kind]
    name = w.name("element")
    w.line(f"const {kind} {name} = *{x.pointer};")
    return Number(name, x.kind)


def reshaped(w: GroupWriter, value: Any, shape: Shape) -> Any:
    """A value in another shape, in the same memory where that goes."""
    if isinstance(value, Number):
        return w.uniform(value, shape)
    if value.shape == shape:
        return value
    given = w.array_of(value)
    strides = None if given.contiguous else divided(given, shape)
    if strides is not None:
        return Array(given.pointer, given.kind, shape, strides, given.buffer)
    x = w.compact(given)
    if not shape:
        return element(w, x)
    return Array(x.pointer, x.kind, shape, strides_of(shape), x.buffer)


def divided(x: Array, shape: Shape) -> tuple[str, ...] | None:
    """The strides of an array each of whose axes becomes one or several; `None` for another."""
    strides: list[str] = []
    left = list(shape)
    for dim, stride in zip(x.shape, x.strides, strict=True):
        if not dim.known or not stride.isdigit():
            return None
        own: list[Dim] = []
        while math.prod([d.offset for d in own]) < dim.offset and left and left[0].known:
            own.append(left.pop(0))
        if math.prod([d.offset for d in own]) != dim.offset:
            return None
        strides += [times([stride, *map(str, own[k + 1 :])]) for k in range(len(own))]
    return None if left else tuple(strides)


def reshaped_number(w: GroupWriter, value: Number, ndim: int) -> Any:
    """A number, or an array of it that has so many axes."""
    return w.uniform(value, (Dim("", 1),) * ndim) if ndim else value


def is_gather(index: Sequence[Any]) -> bool:
    """Whether an index is one array of integers."""
    return len(index) == 1 and isinstance(index[0], tuple) and index[0][0] == "array"


def gather(w: GroupWriter, x: Array, chosen: Array) -> Array:
    """The rows of an array that a list of integers names."""
    if len(chosen.shape) != 1 or chosen.kind != "i":
        raise w.refuse("an index by such an array has no native form")
    found = w.new((*chosen.shape, *x.shape[1:]), x.kind, "rows")
    rows(w, x, chosen, lambda row, k: w.assign(part(found, k), row))
    return found


def rows(w: GroupWriter, x: Array, chosen: Array, act: Any) -> None:
    """A loop over the rows of an array that a list of integers names."""
    i, k = w.name("i"), w.name("row")
    w.line(f"for (int64_t {i} = 0; {i} < {chosen.shape[0]}; ++{i}) {{")
    w.line(f"int64_t {k} = {chosen.pointer}[{i}*({chosen.strides[0]})];")
    w.line(f"if ({k} < 0) {k} += {x.shape[0]};")
    w.line(f"if ((uint64_t){k} >= (uint64_t){x.shape[0]}) goto miss;")
    act(part(x, k), i)
    w.line("}")


def part(x: Array, k: str) -> Array:
    """The row of a number that C computes, which lies within."""
    pointer = f"({x.pointer} + {times([k, f'({x.strides[0]})'])})"
    return Array(pointer, x.kind, x.shape[1:], x.strides[1:], x.buffer)


def write(w: GroupWriter, operation: Structural, statement: Statement) -> Array:
    """`x` with `x[index] = value`: in place, where nobody reads `x` again."""
    x, value, *places = statement.operands
    index = operation.params["index"]
    known = w.value(x)
    if isinstance(known, Number):
        raise w.refuse("an element of a number has no native form")
    given = w.value(value)
    given = given if isinstance(given, Number) else w.array_of(given)
    array = w.array_of(known)
    w.flush()  # what is pending may read what is overwritten
    if not (w.in_place and array.buffer.own):
        array = w.copy(array, "changed")
    elif isinstance(given, Array) and given.buffer is array.buffer:
        given = w.copy(given)
    if is_gather(index):
        raise w.refuse("a write by an array of indexes has no native form")
    put(w, view(w, array, index, places), given, "=")
    return array


def put(w: GroupWriter, to: Array, given: Number | Array, sign: str) -> None:
    """Assign or add a number or an array, with broadcasting, to a part of an array."""
    if sign == "+=" and to.kind == "b":
        sign = "|="  # NumPy's sum of bools is a bool
    if isinstance(given, Number):
        text = Arithmetic(w).as_kind(given, to.kind).text
        if not to.shape:
            w.line(f"*{to.pointer} {sign} {text};")
            return
        heads, (where,) = w.heads(to.shape, [to])
        w.nest(heads, [f"{to.pointer}[{where}] {sign} {text};"])
        return
    if "fib".index(given.kind) < "fib".index(to.kind):
        raise w.refuse("floats are written to an array of whole numbers")
    shape = given.shape
    while len(shape) > len(to.shape):
        if shape[0] != Dim("", 1):
            raise w.refuse("shapes do not agree")
        shape = shape[1:]
    strides = given.strides[len(given.strides) - len(shape) :]
    wide = ["0"] * (len(to.shape) - len(shape))
    for dim, stride, goal in zip(shape, strides, to.shape[len(wide) :], strict=True):
        if dim == Dim("", 1):
            wide.append("0")
        else:
            w.same(goal, dim)
            wide.append(stride)
    seen = Array(given.pointer, given.kind, to.shape, tuple(wide), given.buffer)
    heads, (where, of) = w.heads(to.shape, [to, seen])
    w.nest(heads, [f"{to.pointer}[{where}] {sign} {seen.pointer}[{of}];"])


def zeros(w: GroupWriter, statement: Statement, shape: tuple[int, ...]) -> Array:
    """An array of zeros, of the shape that the program says."""
    target = statement.target
    assert target is not None
    if w.free:
        raise w.refuse("this has no native form for arrays of any length")
    array = w.new(tuple([Dim("", n) for n in shape]), w.kind_of(target.aval), target.name)
    w.fill(array, "0")
    return array


def scatter_add(w: GroupWriter, operation: Structural, statement: Statement) -> Array:
    """Zeros, to a part of which an array is added."""
    value, *places = statement.operands
    index = operation.params["index"]
    given = w.value(value)
    given = given if isinstance(given, Number) else w.array_of(given)
    array = zeros(w, statement, operation.params["shape"])
    if is_gather(index):
        chosen = w.array_of(w.value(places[index[0][1]]))
        if len(chosen.shape) != 1 or chosen.kind != "i":
            raise w.refuse("an index by such an array has no native form")
        if isinstance(given, Number):
            rows(w, array, chosen, lambda row, k: put(w, row, given, "+="))
        else:
            rows(w, array, chosen, lambda row, k: put(w, row, part(given, k), "+="))
        return array
    put(w, view(w, array, index, places), given, "+=")
    return array


def scatter_sum(w: GroupWriter, operation: Structural, statement: Statement) -> Array:
    """The sum of arrays that each fill a part of a larger one."""
    indexes, shape = operation.params["indexes"], operation.params["shape"]
    parts, places = statement.operands[: len(indexes)], statement.operands[len(indexes) :]
    values = [w.value(p) for p in parts]
    if w.free:
        raise w.refuse("this has no native form for arrays of any length")
    target = statement.target
    assert target is not None
    array = w.new(tuple([Dim("", n) for n in shape]), w.kind_of(target.aval), target.name)
    goals = [view(w, array, index, places) for index in indexes]
    direct = written_first(w, indexes, shape, values, goals)
    if direct is None:
        w.fill(array, "0")
    else:
        start, stop = direct
        if start < stop:
            w.fill(view(w, array, (("slice", start, stop, None),), ()), "0")
    for k, (goal, value) in enumerate(zip(goals, values, strict=True)):
        given = value if isinstance(value, Number) else w.array_of(value)
        if direct is None or k:
            put(w, goal, given, "+=")
    return array


def written_first(
    w: GroupWriter, indexes: Any, shape: tuple[int, ...], values: Sequence[Any], goals: Any
) -> tuple[int, int] | None:
    """Have the first part of a vector be computed where it goes; gives what is left to be zero."""
    first = values[0]
    if len(shape) != 1 or not isinstance(first, Pending):
        return None
    if any(v is first for v in values[1:]):  # it is read while what it lies in is added to
        return None
    (item,) = indexes[0] if len(indexes[0]) == 1 else (None,)
    if not isinstance(item, tuple) or item[0] != "slice":
        return None
    places = range(*slice(*item[1:]).indices(shape[0]))
    if places.step != 1 or not places or not w.redirected(first, goals[0]):
        return None
    if places.start == 0:
        return places.stop, shape[0]
    if places.stop == shape[0]:
        return 0, places.start
    first.array, first.elsewhere = None, False
    return None
