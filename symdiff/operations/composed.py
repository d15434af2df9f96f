"""Entries that are a few others together, written so that they keep their digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..program import Aval
from .entry import TABLE, Ops, StructuralEntry
from .signatures import axes_of, refuse

_ALL = ("slice", None, None, None)


def _compose(name: str, lower: Any, names: tuple[str, ...], samples: Any) -> None:
    """Enter what is made of other entries."""
    TABLE.add(StructuralEntry(name=name, names=names, lower=lower, samples=samples))


# -- exponentials, shifted by the largest


def _shifted(ops: Ops, x: Any, axis: tuple[int, ...] | None) -> tuple[Any, Any]:
    largest = ops.apply("max", ops.detach(x), axis=axis, keepdims=True)
    # An infinite shift would make inf - inf.
    largest = ops.where(ops.isfinite(largest), largest, 0.0)
    return ops.sub(x, largest), largest


def _logsumexp(
    ops: Ops, x: Any, axis: Any = None, b: Any = None, keepdims: Any = False, **more: Any
) -> Any:
    axis = more.pop("dim", axis)
    keepdims = more.pop("keepdim", keepdims)
    refuse("logsumexp", {"b": b, **more}, {"b": None, "return_sign": False})
    axes = axes_of(axis)
    moved, largest = _shifted(ops, x, axes)
    total = ops.add(ops.log(ops.sum(ops.exp(moved), axis=axes, keepdims=True)), largest)
    if keepdims:
        return total
    shape = ops.aval(x).shape
    gone = range(len(shape)) if axes is None else [a % len(shape) for a in axes]
    return ops.reshape(total, shape=tuple(n for k, n in enumerate(shape) if k not in gone))


def _softmax(ops: Ops, x: Any, axis: Any = None, **more: Any) -> Any:
    axis = more.pop("dim", axis)
    refuse("softmax", more, {"_stacklevel": 3})
    axes = axes_of(axis)
    e = ops.exp(_shifted(ops, x, axes)[0])
    return ops.div(e, ops.sum(e, axis=axes, keepdims=True))


def _log_softmax(ops: Ops, x: Any, axis: Any = None, **more: Any) -> Any:
    axis = more.pop("dim", axis)
    refuse("log_softmax", more, {"_stacklevel": 3})
    axes = axes_of(axis)
    moved, _ = _shifted(ops, x, axes)
    return ops.sub(moved, ops.log(ops.sum(ops.exp(moved), axis=axes, keepdims=True)))


def _last_axis(lower: Any) -> Any:
    """JAX takes the last axis where SciPy takes all."""
    return lambda ops, x, axis=-1, **more: lower(ops, x, axis, **more)


def _soft_samples(rng: Any) -> Any:
    return [
        ((rng.normal(size=4),), {}),
        ((rng.normal(size=(2, 3)),), {"axis": 1}),
        ((np.array([1000.0, 999.0, -1000.0]),), {}),
    ]


_compose(
    "logsumexp",
    _logsumexp,
    (
        "scipy.special.logsumexp",
        "torch.logsumexp",
        "jax.scipy.special.logsumexp",
        "jax.nn.logsumexp",
        ".logsumexp",
    ),
    _soft_samples,
)
_compose(
    "softmax",
    _softmax,
    ("scipy.special.softmax", "torch.softmax", "torch.nn.functional.softmax", ".softmax"),
    _soft_samples,
)
_compose(
    "log_softmax",
    _log_softmax,
    (
        "scipy.special.log_softmax",
        "torch.log_softmax",
        "torch.nn.functional.log_softmax",
        ".log_softmax",
    ),
    _soft_samples,
)
_compose(
    "softmax_last",
    _last_axis(_softmax),
    ("jax.nn.softmax",),
    lambda rng: [((rng.normal(size=(2, 3)),), {})],
)
_compose(
    "log_softmax_last",
    _last_axis(_log_softmax),
    ("jax.nn.log_softmax",),
    lambda rng: [((rng.normal(size=(2, 3)),), {})],
)


# -- means and differences


def _average(ops: Ops, x: Any, axis: Any = None, weights: Any = None, **more: Any) -> Any:
    refuse("average", more, {"returned": False, "keepdims": False})
    axes = axes_of(axis)
    if weights is None:
        return ops.mean(x, axis=axes, keepdims=False)
    shape, have = ops.aval(x).shape, ops.aval(weights).shape
    if have != shape:
        if axes is None or len(axes) != 1 or len(have) != 1:
            raise UnsupportedError("`average` with weights of another shape needs one axis")
        k = axes[0] % len(shape)
        weights = ops.reshape(weights, shape=(*(1,) * k, have[0], *(1,) * (len(shape) - k - 1)))
        weights = ops.broadcast_to(weights, shape=shape)
    total = ops.sum(ops.mul(x, weights), axis=axes, keepdims=False)
    return ops.div(total, ops.sum(weights, axis=axes, keepdims=False))


def _ptp(ops: Ops, x: Any, axis: Any = None, **more: Any) -> Any:
    refuse("ptp", more, {"keepdims": False})
    axes = axes_of(axis)
    high = ops.apply("max", x, axis=axes, keepdims=False)
    return ops.sub(high, ops.apply("min", x, axis=axes, keepdims=False))


def _trapezoid(ops: Ops, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    n = ops.aval(y).ndim
    k = axis % n
    after = (*[_ALL] * k, ("slice", 1, None, None))
    before = (*[_ALL] * k, ("slice", None, -1, None))
    if x is not None:
        step = ops.diff(x, 1, -1 if ops.aval(x).ndim == 1 else k)
        if ops.aval(x).ndim == 1:
            size = ops.aval(step).shape[0]
            step = ops.reshape(step, shape=(*(1,) * k, size, *(1,) * (n - k - 1)))
        dx = step
    pairs = ops.add(ops.getitem(y, index=after), ops.getitem(y, index=before))
    return ops.sum(ops.div(ops.mul(dx, pairs), 2.0), axis=(k,), keepdims=False)


def _polyval(ops: Ops, p: Any, x: Any) -> Any:
    coefficients = (
        p
        if isinstance(p, (list, tuple))
        else [ops.getitem(p, index=(k,)) for k in range(ops.aval(p).size)]
    )
    value: Any = ops.mul(x, 0)
    for c in coefficients:
        value = ops.add(ops.mul(value, x), c)
    return value


_compose(
    "average",
    _average,
    ("numpy.average", "jax.numpy.average"),
    lambda rng: [
        ((rng.normal(size=(2, 3)),), {}),
        ((rng.normal(size=3), None, rng.uniform(1, 2, 3)), {}),
        ((rng.normal(size=(2, 3)), 0, rng.uniform(1, 2, 2)), {}),
    ],
)
_compose(
    "ptp",
    _ptp,
    ("numpy.ptp", "jax.numpy.ptp", ".ptp"),
    lambda rng: [((rng.normal(size=(2, 3)),), {}), ((rng.normal(size=(2, 3)), 1), {})],
)
_compose(
    "trapezoid",
    _trapezoid,
    ("numpy.trapezoid", "numpy.trapz", "scipy.integrate.trapezoid", "jax.numpy.trapezoid"),
    lambda rng: [
        ((rng.normal(size=5),), {}),
        ((rng.normal(size=(2, 4)), np.sort(rng.normal(size=4))), {}),
        ((rng.normal(size=(4, 2)), np.sort(rng.normal(size=4))), {"axis": 0}),
    ],
)
_compose(
    "polyval",
    _polyval,
    ("numpy.polyval", "jax.numpy.polyval"),
    lambda rng: [
        ((rng.normal(size=3), rng.normal(size=4)), {}),
        (([1.0, -2.0, 0.5], 0.7), {}),
    ],
)


# -- products


def _cross(ops: Ops, a: Any, b: Any, **more: Any) -> Any:
    refuse("cross", more, {"axis": None, "axisa": -1, "axisb": -1, "axisc": -1})
    if ops.aval(a).shape[-1] != 3 or ops.aval(b).shape[-1] != 3:
        raise UnsupportedError(
            "`cross` of vectors that do not have three elements is not supported"
        )

    def part(x: Any, k: int) -> Any:
        return ops.getitem(x, index=("...", k))

    parts = [
        ops.sub(ops.mul(part(a, i), part(b, j)), ops.mul(part(a, j), part(b, i)))
        for i, j in ((1, 2), (2, 0), (0, 1))
    ]
    return ops.stack(parts, -1)


def _kron(ops: Ops, a: Any, b: Any) -> Any:
    n = max(ops.aval(a).ndim, ops.aval(b).ndim)
    x, y = (ops.aval(v).shape for v in (a, b))
    x, y = (1,) * (n - len(x)) + x, (1,) * (n - len(y)) + y
    left = ops.reshape(a, shape=tuple(v for m in x for v in (m, 1)))
    right = ops.reshape(b, shape=tuple(v for m in y for v in (1, m)))
    joined = tuple(p * q for p, q in zip(x, y, strict=True))
    return ops.reshape(ops.mul(left, right), shape=joined)


def _pairs(*shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> Any:
    return lambda rng: [((rng.normal(size=a), rng.normal(size=b)), {}) for a, b in shapes]


_compose("cross", _cross, ("numpy.cross", "jax.numpy.cross"), _pairs(((3,), (3,)), ((2, 3), (3,))))
_compose(
    "kron",
    _kron,
    ("numpy.kron", "scipy.linalg.kron", "jax.numpy.kron"),
    _pairs(((2, 2), (2, 3)), ((2,), (3,))),
)


# -- of Python's own


def _fsum_pullback(ops: Ops, ct: Any, result: Any, *terms: Any) -> list[Any]:
    return [ops.reshape(ct, shape=ops.aval(t).shape) for t in terms]


TABLE.add(
    StructuralEntry(
        name="fsum",
        names=("math.fsum",),
        numpy=lambda *terms: math.fsum(float(t) for t in terms),
        infer=lambda *terms: Aval.of((), "float64", True),
        pullback=_fsum_pullback,
        linear="joint",
        signature=lambda terms: (tuple(terms), {}),
        emit=lambda o, p: f"math.fsum([{', '.join(o)}])",
        describe=lambda o, p: f"fsum([{', '.join(o)}])",
        samples=lambda rng: [(([0.1, 1.0, -2.5, 0.7],), {}), (([0.1] * 10,), {})],
    )
)


def _dist(ops: Ops, p: Any, q: Any) -> Any:
    if isinstance(p, (list, tuple)) or isinstance(q, (list, tuple)):
        differences = [ops.sub(a, b) for a, b in zip(p, q, strict=True)]
        return ops.norm(ops.array(*differences, shape=(len(differences),)), axis=None)
    return ops.norm(ops.sub(p, q), axis=None)


TABLE.add(
    StructuralEntry(
        name="dist",
        names=("math.dist",),
        lower=_dist,
        samples=lambda rng: [
            (([0.1, 0.2, 0.5], [1.0, -2.0, 0.3]), {}),
            ((rng.normal(size=3), rng.normal(size=3)), {}),
        ],
    )
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


def _interp(ops: Ops, x: Any, xp: Any, fp: Any, **more: Any) -> Any:
    refuse("interp", more, {"left": None, "right": None, "period": None})
    xp, fp = (
        ops.array(*v, shape=(len(v),)) if isinstance(v, (list, tuple)) else v for v in (xp, fp)
    )
    if ops.aval(xp).size < 2:
        raise UnsupportedError("`interp` between fewer than two points is not supported")
    k = ops.interval(x, xp)
    after = ops.add(k, 1)

    def at(values: Any, place: Any) -> Any:
        return ops.getitem(values, place, index=(("array", 0),))

    def end(values: Any, place: int) -> Any:
        return ops.getitem(values, index=(place,))

    rise, run = ops.sub(at(fp, after), at(fp, k)), ops.sub(at(xp, after), at(xp, k))
    inside = ops.add(ops.mul(ops.div(rise, run), ops.sub(x, at(xp, k))), at(fp, k))
    low = ops.where(ops.lt(x, end(xp, 0)), end(fp, 0), inside)
    return ops.where(ops.gt(x, end(xp, -1)), end(fp, -1), low)


_compose(
    "interp",
    _interp,
    ("numpy.interp", "jax.numpy.interp"),
    lambda rng: [
        ((rng.uniform(-1, 4, 6), np.array([0.0, 1.0, 2.5, 3.0]), rng.normal(size=4)), {}),
        ((0.7, np.array([0.0, 1.0, 2.5]), [1.0, 4.0, 9.0]), {}),
    ],
)
