"""Differences, slopes and sums along a grid: `diff`, `gradient`, `trapezoid`, `interp`."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, in_floats, lowered, numpy_and_jax, section
from ..table.signatures import axes_of

# -- differences


def _step(ops: Ops, x: Any, axis: int) -> Any:
    return ops.sub(section(ops, x, axis, 1, None), section(ops, x, axis, None, -1))


def _diff(
    ops: Ops, a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None
) -> Any:
    k = axis % ops.aval(a).ndim
    ends = [None if type(v).__name__ == "_NoValueType" else v for v in (prepend, append)]
    shape = list(ops.aval(a).shape)
    shape[k] = 1

    def end(value: Any) -> list[Any]:
        if value is None:
            return []
        if not ops.aval(value).shape:
            value = ops.broadcast_to(value, shape=tuple(shape))
        return [value]

    parts = [*end(ends[0]), a, *end(ends[1])]
    if len(parts) > 1:
        a = ops.concatenate(*parts, axis=k)
    for _ in range(n):
        a = _step(ops, a, k)
    return a


def _ediff1d(ops: Ops, ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = ops.reshape(ary, shape=(ops.aval(ary).size,))
    parts = [to_begin, _step(ops, flat, 0), to_end]
    joined = [ops.reshape(p, shape=(ops.aval(p).size,)) for p in parts if p is not None]
    return ops.concatenate(*joined, axis=0) if len(joined) > 1 else joined[0]


lowered(
    "diff",
    _diff,
    (*numpy_and_jax("diff"), "torch.diff"),
    draw(
        (((5,),), {}),
        (((3, 4), 2), {}),
        (((3, 4),), {"axis": 0}),
        (((4,), 1, -1, np.float64(0.5), np.array([1.0, 2.0])), {}),
    ),
    "a",
    "prepend",
    "append",
)
lowered(
    "ediff1d",
    _ediff1d,
    numpy_and_jax("ediff1d"),
    draw((((4,),), {}), (((2, 2), 0.5, (2,)), {})),
    "ary",
    "to_end",
    "to_begin",
)


# -- slopes on a grid: central inside, one-sided at the ends


def _along(ops: Ops, v: Any, axis: int, n: int) -> Any:
    """A vector as an array of n axes that runs along one of them."""
    return ops.reshape(v, shape=tuple(-1 if k == axis else 1 for k in range(n)))


def _slope(ops: Ops, f: Any, axis: int, spacing: Any, edge: int) -> Any:
    n, size = ops.aval(f).ndim, ops.aval(f).shape[axis]
    if size < edge + 1:
        raise ValueError("Shape of array too small to calculate a numerical gradient")

    def at(start: int, stop: int | None) -> Any:
        return section(ops, f, axis, start, stop)

    even = not ops.aval(spacing).shape
    if even:
        h0 = h1 = hn = hm = spacing
        inside = ops.div(ops.sub(at(2, size), at(0, size - 2)), ops.mul(2.0, spacing))
    else:
        if ops.aval(spacing).shape != (size,):
            raise ValueError("distances must match the length of the corresponding dimension")
        steps = _step(ops, spacing, 0)
        left = _along(ops, section(ops, steps, 0, 0, size - 2), axis, n)
        right = _along(ops, section(ops, steps, 0, 1, size - 1), axis, n)
        both = ops.add(left, right)
        a = ops.neg(ops.div(right, ops.mul(left, both)))
        b = ops.div(ops.sub(right, left), ops.mul(left, right))
        c = ops.div(left, ops.mul(right, both))
        inside = ops.add(
            ops.add(ops.mul(a, at(0, size - 2)), ops.mul(b, at(1, size - 1))),
            ops.mul(c, at(2, size)),
        )
        h0, h1 = (ops.getitem(steps, index=(k,)) for k in (0, 1 if size > 2 else 0))
        hn, hm = (ops.getitem(steps, index=(k,)) for k in (-1, -2 if size > 2 else -1))
    if edge == 1:
        first = ops.div(ops.sub(at(1, 2), at(0, 1)), h0)
        last = ops.div(ops.sub(at(size - 1, size), at(size - 2, size - 1)), hn)
    else:
        first = _three_points(ops, at(0, 1), at(1, 2), at(2, 3), h0, h1)
        a, b, c = (at(size - k - 1, size - k) for k in range(3))
        last = ops.neg(_three_points(ops, a, b, c, hn, hm))
    return ops.concatenate(first, inside, last, axis=axis)


def _three_points(ops: Ops, f0: Any, f1: Any, f2: Any, h: Any, k: Any) -> Any:
    """The slope at the first of three points with steps h and k."""
    both = ops.add(h, k)
    a = ops.neg(ops.div(ops.add(ops.mul(2.0, h), k), ops.mul(h, both)))
    b = ops.div(both, ops.mul(h, k))
    c = ops.neg(ops.div(h, ops.mul(k, both)))
    return ops.add(ops.add(ops.mul(a, f0), ops.mul(b, f1)), ops.mul(c, f2))


def _gradient(ops: Ops, f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    f = in_floats(ops, f)
    n = ops.aval(f).ndim
    axes = tuple(range(n)) if axis is None else tuple(a % n for a in axes_of(axis) or ())
    spacing = list(varargs) or [1.0]
    if len(spacing) == 1 and not ops.aval(spacing[0]).shape:
        spacing = spacing * len(axes)
    if len(spacing) != len(axes):
        raise TypeError("invalid number of arguments")
    slopes = [_slope(ops, f, a, h, edge_order) for a, h in zip(axes, spacing)]
    return slopes[0] if len(axes) == 1 else tuple(slopes)


lowered(
    "gradient",
    _gradient,
    numpy_and_jax("gradient"),
    lambda rng: [
        ((rng.normal(size=5),), {}),
        ((rng.normal(size=5), 0.3), {"edge_order": 2}),
        ((rng.normal(size=2),), {}),
        ((rng.normal(size=5), np.array([0.0, 0.4, 1.0, 1.3, 2.5])), {}),
        ((rng.normal(size=5), np.array([0.0, 0.4, 1.0, 1.3, 2.5])), {"edge_order": 2}),
        ((rng.normal(size=(3, 4)),), {}),
        ((rng.normal(size=(3, 4)), 0.5, np.array([0.0, 1.0, 1.5, 3.0])), {}),
        ((rng.normal(size=(3, 4)),), {"axis": 0}),
    ],
    "f",
    "varargs",
)


# -- area under a curve


def _trapezoid(ops: Ops, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    n = ops.aval(y).ndim
    k = axis % n
    if x is not None:
        flat = ops.aval(x).ndim == 1
        dx = _step(ops, x, 0 if flat else k)
        if flat:
            dx = _along(ops, dx, k, n)
    pairs = ops.add(section(ops, y, k, 1, None), section(ops, y, k, None, -1))
    return ops.sum(ops.div(ops.mul(dx, pairs), 2.0), axis=(k,), keepdims=False)


lowered(
    "trapezoid",
    _trapezoid,
    ("numpy.trapezoid", "numpy.trapz", "scipy.integrate.trapezoid", "jax.numpy.trapezoid"),
    lambda rng: [
        ((rng.normal(size=5),), {}),
        ((rng.normal(size=(2, 4)), np.sort(rng.normal(size=4))), {}),
        ((rng.normal(size=(4, 2)), np.sort(rng.normal(size=4))), {"axis": 0}),
        ((rng.normal(size=(2, 4)), np.sort(rng.normal(size=(2, 4)), axis=1)), {}),
        ((rng.normal(size=5),), {"dx": 0.25}),
    ],
    "y",
    "x",
    "dx",
)


# -- piecewise linear interpolation: at a knot, the slope to the right


def _interval(x: Any, knots: Any) -> Any:
    """The number of the interval between knots that `x` lies in."""
    last = max(len(knots) - 2, 0)
    return np.clip(np.searchsorted(knots, x, side="right") - 1, 0, last)


TABLE.add(
    StructuralEntry(
        name="interval",
        numpy=_interval,
        infer=lambda x, knots: Aval.of(x.shape, np.dtype(np.intp).name),
        pullback=lambda ops, ct, result, x, knots: (None, None),
        pushforward=lambda ops, tangents, result, x, knots: None,
        samples=lambda rng: [((rng.uniform(-1, 4, 5), np.arange(3.0)), {})],
    )
)


def _interp(
    ops: Ops, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    x, xp, fp = (in_floats(ops, v) for v in (x, xp, fp))
    if period is not None:
        if not period:
            raise ValueError("period must be a non-zero value")
        period = abs(period)
        x, xp = ops.mod(x, period), ops.mod(xp, period)
        order = ops.argsort(xp, axis=-1, stable=True)
        xp, fp = (ops.getitem(v, order, index=(("array", 0),)) for v in (xp, fp))
        low, high = section(ops, xp, 0, -1, None), section(ops, xp, 0, 0, 1)
        xp = ops.concatenate(ops.sub(low, period), xp, ops.add(high, period), axis=0)
        fp = ops.concatenate(section(ops, fp, 0, -1, None), fp, section(ops, fp, 0, 0, 1), axis=0)
    if ops.aval(xp).size < 2:
        raise UnsupportedError("`interp` between fewer than two points is not supported")
    k = ops.interval(x, xp)
    after = ops.add(k, 1)

    def at(values: Any, place: Any) -> Any:
        return ops.getitem(values, place, index=(("array", 0),))

    def end(values: Any, place: int) -> Any:
        return ops.getitem(values, index=(operator.index(place),))

    rise, run = ops.sub(at(fp, after), at(fp, k)), ops.sub(at(xp, after), at(xp, k))
    inside = ops.add(ops.mul(ops.div(rise, run), ops.sub(x, at(xp, k))), at(fp, k))
    if period is not None:
        return inside
    low = ops.where(ops.lt(x, end(xp, 0)), end(fp, 0) if left is None else left, inside)
    return ops.where(ops.gt(x, end(xp, -1)), end(fp, -1) if right is None else right, low)


lowered(
    "interp",
    _interp,
    numpy_and_jax("interp"),
    lambda rng: [
        ((rng.uniform(-1, 4, 6), np.array([0.0, 1.0, 2.5, 3.0]), rng.normal(size=4)), {}),
        ((0.7, np.array([0.0, 1.0, 2.5]), [1.0, 4.0, 9.0]), {}),
        (
            (np.array([-1.0, 0.4, 9.0]), np.array([0.0, 1.0, 2.5]), rng.normal(size=3)),
            {"left": 5.0, "right": 7.0},
        ),
        ((rng.uniform(-9, 9, 6), np.array([0.2, 3.0, 1.1]), rng.normal(size=3)), {"period": 4.0}),
    ],
    "x",
    "xp",
    "fp",
    "left",
    "right",
)


# -- phases without jumps


def _unwrap(
    ops: Ops, p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 2 * np.pi
) -> Any:
    k = axis % ops.aval(p).ndim
    discont = period / 2 if discont is None else discont
    steps = _step(ops, p, k)
    half = period / 2
    folded = ops.sub(ops.mod(ops.add(steps, half), period), half)
    at_half = ops.logical_and(ops.eq(folded, -half), ops.gt(steps, 0))
    folded = ops.where(at_half, half, folded)
    jump = ops.where(ops.lt(ops.abs(steps), discont), 0.0, ops.sub(folded, steps))
    # The jumps are whole periods: they have no derivative.
    jump = ops.detach(jump)
    head = section(ops, p, k, 0, 1)
    tail = ops.add(section(ops, p, k, 1, None), ops.cumsum(jump, axis=k))
    return ops.concatenate(head, tail, axis=k)


lowered(
    "unwrap",
    _unwrap,
    numpy_and_jax("unwrap"),
    lambda rng: [((np.array([0.1, 3.0, 6.5, 0.3, -4.0]),), {})],
    "p",
)
