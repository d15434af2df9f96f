"""Sums, products and extremes of arrays in C, in the order in which NumPy computes them."""

from __future__ import annotations

from typing import Any

from ...operations.table.structural import Structural
from ...program.program import Statement
from .arithmetic import Arithmetic
from .groups import GroupWriter
from .indexing import reshaped
from .values import Array, Dim, Number, Shape, size_of, strides_of, times

_LARGE = 48**3
"""A product of matrices of more multiplications is NumPy's, which has a library for it."""


def total(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    """`sum`."""
    value = w.value(statement.operands[0])
    if isinstance(value, Number):
        return value
    params = operation.params
    return summed(
        w,
        w.array_of(value),
        axes_of(w, value.shape, params.get("axis")),
        bool(params.get("keepdims")),
    )


def mean(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    """`mean`."""
    value, target = w.value(statement.operands[0]), statement.target
    assert target is not None
    if isinstance(value, Number):
        return Arithmetic(w).as_kind(value, "f")
    axes = axes_of(w, value.shape, operation.params.get("axis"))
    found = summed(w, w.array_of(value), axes, bool(operation.params.get("keepdims")))
    count = Number(f"(double)({size_of(tuple([value.shape[a] for a in axes]))})", "f")
    if isinstance(found, Number):
        return Arithmetic(w).let(f"{Arithmetic(w).float(found)} / {count.text}", "f", "mean", True)
    return w.elementwise((0, 1, "div"), [found, count], "f", target)


def axes_of(w: GroupWriter, shape: Shape, axis: Any) -> tuple[int, ...]:
    """The axes that a parameter names."""
    if axis is None:
        return tuple(range(len(shape)))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted({a % len(shape) for a in axes}))


def summed(w: GroupWriter, x: Array, axes: tuple[int, ...], keepdims: bool) -> Any:
    """A sum over some axes."""
    kind = "i" if x.kind == "b" else x.kind
    if len(axes) == len(x.shape):
        found = whole_sum(w, x, kind)
        return w.uniform(found, (Dim("", 1),) * len(x.shape)) if keepdims else found
    kept = [a for a in range(len(x.shape)) if a not in axes]
    shape = tuple([x.shape[a] for a in kept])
    result = w.new(shape, kind, "sum")
    w.fill(result, "0")
    rows = kind == "f" and len(x.shape) - 1 in axes
    within = strides_of(shape)
    wide = tuple([within[kept.index(a)] if a in kept else "0" for a in range(len(x.shape))])
    seen = Array(result.pointer, kind, x.shape, wide, result.buffer)
    if rows:  # pairwise along the last axis, as NumPy does
        outer = Array(x.pointer, x.kind, x.shape[:-1], x.strides[:-1], x.buffer)
        to = Array(result.pointer, kind, x.shape[:-1], wide[:-1], result.buffer)
        heads, (at, of) = w.nested(x.shape[:-1], [to, outer])
        row = f"sd_sum({x.pointer} + {of}, {x.shape[-1]}, {x.strides[-1]})"
        w.nest(heads, [f"{to.pointer}[{at}] += {row};"], False)
    else:
        heads, (at, of) = w.nested(x.shape, [seen, x])
        w.nest(heads, [f"{result.pointer}[{at}] += {x.pointer}[{of}];"], wide[-1] != "0")
    if not keepdims:
        return result
    full = tuple([Dim("", 1) if a in axes else x.shape[a] for a in range(len(x.shape))])
    return Array(result.pointer, kind, full, strides_of(full), result.buffer)


def whole_sum(w: GroupWriter, x: Array, kind: str) -> Number:
    """The sum of all elements."""
    name = w.name("sum")
    if kind == "f":
        stride = x.strides[0] if len(x.shape) == 1 else "1"
        if len(x.shape) > 1:
            x = w.compact(x)
        w.line(f"const double {name} = sd_sum({x.pointer}, {size_of(x.shape)}, {stride});")
        return Number(name, "f")
    heads, (at,) = w.heads(x.shape, [x])
    w.line(f"uint64_t {name} = 0;")
    w.nest(heads, [f"{name} += (uint64_t){x.pointer}[{at}];"])
    return Number(f"((int64_t){name})", "i")


def extreme(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    """`max` and `min`; of no elements they are a miss."""
    value = w.value(statement.operands[0])
    if isinstance(value, Number):
        return value
    x = w.array_of(value)
    axes = axes_of(w, x.shape, operation.params.get("axis"))
    keepdims = bool(operation.params.get("keepdims"))
    if x.kind != "f":
        raise w.refuse(f"{operation.name} of whole numbers has no native form")
    for a in axes:
        if not x.shape[a].known:
            w.line(f"if ({x.shape[a]} < 1) goto miss;")
        elif not x.shape[a].offset:
            raise w.refuse(f"{operation.name} of no elements")
    function = f"sd_{operation.name}imum"
    if len(axes) == len(x.shape):
        name = w.name(operation.name)
        stride = x.strides[0] if len(x.shape) == 1 else "1"
        x = x if len(x.shape) == 1 else w.compact(x)
        size = size_of(x.shape)
        w.line(f"const double {name} = sd_{operation.name}({x.pointer}, {size}, {stride});")
        found = Number(name, "f")
        return w.uniform(found, (Dim("", 1),) * len(x.shape)) if keepdims else found
    kept = [a for a in range(len(x.shape)) if a not in axes]
    shape = tuple([x.shape[a] for a in kept])
    result = w.new(shape, "f", operation.name)
    w.fill(result, "-INFINITY" if operation.name == "max" else "INFINITY")
    within = strides_of(shape)
    wide = tuple([within[kept.index(a)] if a in kept else "0" for a in range(len(x.shape))])
    seen = Array(result.pointer, "f", x.shape, wide, result.buffer)
    heads, (at, of) = w.nested(x.shape, [seen, x])
    place = f"{result.pointer}[{at}]"
    w.nest(heads, [f"{place} = {function}({place}, {x.pointer}[{of}]);"], wide[-1] != "0")
    if not keepdims:
        return result
    full = tuple([Dim("", 1) if a in axes else x.shape[a] for a in range(len(x.shape))])
    return Array(result.pointer, "f", full, strides_of(full), result.buffer)


def unbroadcast(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    """The sum over the axes along which something was broadcast."""
    value, target = w.value(statement.operands[0]), statement.target
    assert target is not None
    if isinstance(value, Number):
        return reshaped(w, value, w.dims(target.aval))
    shape = operation.params["shape"]
    if not shape:
        return summed(w, w.array_of(value), axes_of(w, value.shape, None), False)
    goal = w.dims(target.aval)
    extra = len(value.shape) - len(goal)
    if extra < 0:
        return reshaped(w, value, goal)
    one = Dim("", 1)
    axes = [*range(extra)]
    axes += [extra + k for k, d in enumerate(goal) if d == one and value.shape[extra + k] != one]
    if not axes:
        return value
    found = summed(w, w.array_of(value), tuple(axes), False)
    return reshaped(w, found, goal)


def product(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    """`a @ b` of vectors and matrices."""
    values = [w.value(o) for o in statement.operands]
    if any(isinstance(v, Number) for v in values):
        raise w.refuse("a product of matrices with a number has no native form")
    a, b = (w.array_of(v) for v in values)
    if a.kind != "f" or b.kind != "f":
        raise w.refuse("products of matrices of whole numbers have no native form")
    if len(a.shape) > 2 or len(b.shape) > 2:
        raise w.refuse("products of stacks of matrices have no native form")
    w.same(a.shape[-1], b.shape[0])
    n = a.shape[-1]
    if len(a.shape) == len(b.shape) == 1:
        name = w.name("dot")
        w.line(f"const double {name} = {dot(a.pointer, a.strides[0], b.pointer, b.strides[0], n)};")
        return Number(name, "f")
    shape = (*a.shape[:-1], *b.shape[1:])
    result = w.new(shape, "f", "product")
    if len(shape) == 1:
        matrix, x = (a, b) if len(a.shape) == 2 else (b, a)
        down, along = matrix.strides if matrix is a else reversed(matrix.strides)
        steps = f"{matrix.pointer}, {down}, {along}, {x.pointer}, {x.strides[0]}"
        w.line(f"sd_matvec({result.pointer}, {steps}, {shape[0]}, {n});")
        return result
    size = times([*map(str, shape), str(n)])
    if not size.isdigit() or int(size) > _LARGE:
        if not w.calls:
            raise w.refuse("products of large matrices have no form but that of NumPy's library")
        steps = f"{a.pointer}, {', '.join(a.strides)}, {b.pointer}, {', '.join(b.strides)}"
        call = f"sd_matmul({result.pointer}, {steps}, {shape[0]}, {n}, {shape[1]})"
        w.line(f"if (!{call}) goto miss;")
        return result
    w.fill(result, "0")
    heads, (i, k, j) = [], [w.name("i") for _ in range(3)]
    for name, dim in ((i, shape[0]), (k, n), (j, shape[1])):
        heads.append(f"for (int64_t {name} = 0; {name} < {dim}; ++{name}) {{")
    left = f"{a.pointer}[{i}*({a.strides[0]}) + {k}*({a.strides[1]})]"
    right = f"{b.pointer}[{k}*({b.strides[0]}) + {j}*({b.strides[1]})]"
    place = f"{result.pointer}[{i}*({result.strides[0]}) + {j}]"
    w.nest(heads, [f"{place} += {left} * {right};"])
    return result


def dot(a: str, step: str, b: str, other: str, n: Dim) -> str:
    """C that computes the product of two vectors."""
    return f"sd_dot({a}, {step}, {b}, {other}, {n})"


def running(w: GroupWriter, operation: Structural, statement: Statement) -> Any:
    """`cumsum` of a vector."""
    value = w.value(statement.operands[0])
    axis = operation.params.get("axis")
    if isinstance(value, Number) or len(w.shape_of(value)) != 1 or axis not in (None, 0, -1):
        raise w.refuse("running sums along an axis have no native form")
    x = w.array_of(value)
    if x.kind != "f":
        raise w.refuse("running sums of whole numbers have no native form")
    found = w.new(x.shape, "f", "running")
    name, i = w.name("sum"), w.name("i")
    w.line(f"double {name} = 0.0;")
    w.line(f"for (int64_t {i} = 0; {i} < {x.shape[0]}; ++{i}) {{")
    w.line(f"    {name} += {x.pointer}[{i}*({x.strides[0]})];")
    w.line(f"    {found.pointer}[{i}] = {name};")
    w.line("}")
    return found
