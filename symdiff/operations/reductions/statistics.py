"""Entries of statistics: averages, covariances, quantiles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..table.entry import Ops
from ..table.lowering import draw, in_floats, lowered, numpy_and_jax
from ..table.masked import as_dtype
from ..table.signatures import axes_of, keeps, refuse
from .ordering import sorted_along
from .running import pick

# -- averages


def _like_axes(ops: Ops, x: Any, weights: Any, axes: tuple[int, ...] | None) -> Any:
    """Weights with the shape of `x`: along the axes they stand for."""
    shape, have = ops.aval(x).shape, ops.aval(weights).shape
    if have == shape:
        return weights
    if axes is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    at = [a % len(shape) for a in axes]
    if have != tuple(shape[k] for k in at):
        raise ValueError(
            "Shape of weights must be consistent with shape of a along specified axis."
        )
    order = sorted(range(len(at)), key=lambda k: at[k])
    weights = ops.transpose(weights, axes=tuple(order))
    weights = ops.reshape(weights, shape=tuple(n if k in at else 1 for k, n in enumerate(shape)))
    return ops.broadcast_to(weights, shape=shape)


def _average(
    ops: Ops, a: Any, axis: Any = None, weights: Any = None, returned: Any = False, **more: Any
) -> Any:
    keepdims = more.pop("keepdims", False)
    keepdims = keeps(keepdims)
    refuse("average", more)
    axes = axes_of(axis)
    if weights is None:
        result = ops.mean(a, axis=axes, keepdims=keepdims)
        size = ops.aval(a).size / max(ops.aval(result).size, 1)
        scale: Any = np.full(ops.aval(result).shape, size)[()]
    else:
        a, weights = in_floats(ops, a), _like_axes(ops, a, weights, axes)
        scale = ops.sum(weights, axis=axes, keepdims=keepdims)
        result = ops.div(ops.sum(ops.mul(a, weights), axis=axes, keepdims=keepdims), scale)
    return (result, scale) if returned else result


def _ptp(ops: Ops, a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    refuse("ptp", {"out": out})
    axes, keep = axes_of(axis), keeps(keepdims)
    high = ops.apply("max", a, axis=axes, keepdims=keep)
    return ops.sub(high, ops.apply("min", a, axis=axes, keepdims=keep))


lowered(
    "average",
    _average,
    numpy_and_jax("average"),
    lambda rng: [
        ((rng.normal(size=(2, 3)),), {}),
        ((rng.normal(size=3), None, rng.uniform(1, 2, 3)), {}),
        ((rng.normal(size=(2, 3)), 0, rng.uniform(1, 2, 2)), {}),
        ((rng.normal(size=(2, 3)), 1, rng.uniform(1, 2, 3)), {"keepdims": True}),
        ((rng.normal(size=3), None, rng.uniform(1, 2, 3)), {"returned": True}),
    ],
    "a",
    "weights",
    free=("more",),
)
lowered(
    "ptp",
    _ptp,
    numpy_and_jax("ptp", ".ptp"),
    draw((((2, 3),), {}), (((2, 3), 1), {}), (((2, 3),), {"axis": 0, "keepdims": True})),
    "a",
)


# -- covariance


def _cov(
    ops: Ops,
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    def rows(value: Any) -> Any:
        value = as_dtype(ops, value, dtype or np.float64)  # as NumPy computes it
        if ops.aval(value).ndim > 2:
            raise ValueError("m has more than 2 dimensions")
        if ops.aval(value).ndim < 2:
            return ops.reshape(value, shape=(1, ops.aval(value).size))
        turned = not rowvar and ops.aval(value).shape[0] != 1
        return ops.transpose(value, axes=None) if turned else value

    x = rows(m)
    if y is not None:
        x = ops.concatenate(x, rows(y), axis=0)
    ddof = (0 if bias else 1) if ddof is None else ddof
    n = ops.aval(x).shape[1]
    weights = aweights
    if fweights is not None:
        counts = np.asarray(ops.known(fweights)).astype(float)
        weights = counts if weights is None else ops.mul(counts, weights)
    if weights is None:
        centered = ops.sub(x, ops.mean(x, axis=(1,), keepdims=True))
        product = ops.matmul(centered, ops.transpose(centered, axes=None))
        factor: Any = float(n - ddof)
    else:
        total = ops.sum(weights, axis=None, keepdims=False)
        mean = ops.div(ops.sum(ops.mul(x, weights), axis=(1,), keepdims=True), total)
        centered = ops.sub(x, mean)
        weighted = ops.mul(centered, weights)
        product = ops.matmul(weighted, ops.transpose(centered, axes=None))
        factor = total
        if ddof and aweights is None:
            factor = ops.sub(total, ddof)
        elif ddof:
            square = ops.sum(ops.mul(weights, aweights), axis=None, keepdims=False)
            factor = ops.sub(total, ops.div(ops.mul(square, ddof), total))
    result = ops.div(product, factor)
    return ops.reshape(result, shape=()) if ops.aval(result).size == 1 else result


def _corrcoef(ops: Ops, x: Any, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Any:
    c = _cov(ops, x, y, rowvar, dtype=dtype)
    if not ops.aval(c).shape:
        return ops.div(c, c)
    n = np.arange(ops.aval(c).shape[0])
    scale = ops.sqrt(ops.getitem(c, n, n, index=(("array", 0), ("array", 1))))
    column = ops.reshape(scale, shape=(len(n), 1))
    return ops.clip(ops.div(ops.div(c, column), scale), -1.0, 1.0)


lowered(
    "cov",
    _cov,
    numpy_and_jax("cov"),
    lambda rng: [
        ((rng.normal(size=(2, 4)),), {}),
        ((rng.normal(size=4),), {}),
        ((rng.normal(size=4), rng.normal(size=4)), {"ddof": 0}),
        ((rng.normal(size=(4, 2)),), {"rowvar": False, "bias": True}),
        ((rng.normal(size=(2, 3)), None, True, False, None, None, rng.uniform(1, 2, 3)), {}),
        ((rng.normal(size=(2, 3)),), {"fweights": np.array([1, 2, 1])}),
    ],
    "m",
    "y",
    "aweights",
)
# At a correlation of exactly one the clip would halve the derivative: rows that are not multiples.
lowered(
    "corrcoef",
    _corrcoef,
    numpy_and_jax("corrcoef"),
    draw((((3, 5),), {}), (((4,), (4,)), {})),
    "x",
    "y",
)


# -- quantiles: of the order statistics, two neighbours

_CONTINUOUS = {
    "linear": (1.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "interpolated_inverted_cdf": (0.0, 1.0),
}
_ROUNDED = {"lower": "floor", "higher": "ceil", "nearest": "rint"}
_STEPS = {"inverted_cdf": 1.0, "averaged_inverted_cdf": 1.0, "closest_observation": 1.5}
_METHODS = (*_CONTINUOUS, *_ROUNDED, *_STEPS, "midpoint")
_ELEMENTS = (*_ROUNDED, "inverted_cdf", "closest_observation")
"""Those that give elements, of the type of the others."""


def _lines(ops: Ops, x: Any, axes: tuple[int, ...] | None) -> tuple[Any, tuple[int, ...]]:
    """The array sorted along its reduced axes, which become the last; the shape of the others."""
    shape = ops.aval(x).shape
    gone = tuple(range(len(shape))) if axes is None else tuple(a % len(shape) for a in axes)
    stay = tuple(k for k in range(len(shape)) if k not in gone)
    rest = tuple(shape[k] for k in stay)
    n = math.prod(shape[k] for k in gone)
    moved = x if (*stay, *gone) == tuple(range(len(shape))) else None
    if moved is None:
        moved = ops.transpose(x, axes=(*stay, *gone))
    return sorted_along(ops, ops.reshape(moved, shape=(*rest, n)), -1), rest


def _place(ops: Ops, q: Any, count: Any, method: str) -> Any:
    """Between which of `count` ordered elements a quantile lies, as a number from 0."""
    if method in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[method]
        if (alpha, beta) == (1.0, 1.0):
            return ops.mul(q, ops.sub(count, 1.0))
        place = ops.sub(ops.add(ops.mul(q, ops.add(count, 1.0 - alpha - beta)), alpha), 1.0)
        return ops.maximum(ops.minimum(place, ops.sub(count, 1.0)), 0.0)
    if method in _STEPS:
        place = ops.sub(ops.mul(q, count), _STEPS[method])
        if method != "averaged_inverted_cdf":
            # The next element, or the one it is just at; of two as near the one of odd number.
            below = ops.floor(place)
            on = ops.eq(place, below)
            if method == "closest_observation":
                on = ops.logical_and(on, ops.eq(ops.mod(below, 2.0), 0.0))
            place = ops.where(on, below, ops.add(below, 1.0))
        return ops.maximum(ops.minimum(place, ops.sub(count, 1.0)), 0.0)
    return ops.mul(q, ops.sub(count, 1.0))


def quantile_of(
    ops: Ops, x: Any, q: Any, axis: Any, method: str, keepdims: bool, skip_nan: bool
) -> Any:
    """The quantile `q` along `axis`, q between 0 and 1, its axes first."""
    if method not in _METHODS:
        raise ValueError(f"{method!r} is not a valid method. Use one of: {set(_METHODS)}")
    axes, shape, own = axes_of(axis), ops.aval(x).shape, ops.aval(x)
    x = in_floats(ops, x)
    y, rest = _lines(ops, x, axes)
    n, q_shape = ops.aval(y).shape[-1], ops.aval(q).shape
    if not n:
        kept = _kept(shape, axes, keepdims, rest)
        return np.full((*q_shape, *kept), np.nan, ops.aval(x).dtype)
    flat_q = ops.reshape(q, shape=(-1,)) if q_shape else q
    count: Any = float(n)
    if skip_nan:
        there = ops.cast(ops.logical_not(ops.isnan(y)), dtype=ops.aval(x).dtype)
        count = ops.sum(there, axis=(-1,), keepdims=True)
        if not q_shape:
            flat_q = ops.reshape(q, shape=(1,))
    place = _place(ops, flat_q, count, method)
    if method in _ROUNDED:
        place = ops.apply(_ROUNDED[method], place)
    below = ops.floor(place)
    share = ops.sub(place, below)
    if method == "averaged_inverted_cdf":
        # Just on an element halfway to the next; before the first there is none to share with.
        half = ops.where(ops.ge(ops.mul(flat_q, count), 1.0), 0.5, 0.0)
        share = ops.where(ops.eq(share, 0.0), half, 1.0)
    if method == "midpoint":
        share = ops.where(ops.gt(share, 0.0), 0.5, 0.0)
    low = ops.cast(ops.maximum(below, 0.0), dtype="int64")
    high = ops.minimum(ops.add(low, 1), n - 1)
    if skip_nan:
        high = ops.cast(
            ops.minimum(ops.add(below, 1.0), ops.maximum(ops.sub(count, 1.0), 0.0)), dtype="int64"
        )
        a, b = (pick(ops, y, k, len(rest)) for k in (low, high))
    else:
        a, b = (ops.getitem(y, k, index=("...", ("array", 0))) for k in (low, high))
    # Of equal neighbours, and of infinite ones, the difference counts only where it is used.
    between = ops.add(a, ops.mul(ops.sub(b, a), ops.cast(share, dtype=ops.aval(x).dtype)))
    result = ops.where(ops.gt(share, 0.0), between, a)
    if not skip_nan:
        last = ops.getitem(y, index=("...", ("slice", n - 1, None, None)))
        last = last if q_shape else ops.reshape(last, shape=rest)
        result = ops.where(ops.isnan(last), last, result)
    size = len(rest)
    if q_shape:
        result = ops.transpose(result, axes=(size, *range(size)))
    if method in _ELEMENTS and not own.is_inexact:
        result = ops.cast(result, dtype=own.dtype)
    return ops.reshape(result, shape=(*q_shape, *_kept(shape, axes, keepdims, rest)))


def _kept(
    shape: tuple[int, ...], axes: tuple[int, ...] | None, keepdims: bool, rest: tuple[int, ...]
) -> tuple[int, ...]:
    if not keepdims:
        return rest
    gone = range(len(shape)) if axes is None else [a % len(shape) for a in axes]
    return tuple(1 if k in gone else n for k, n in enumerate(shape))


def _quantile(name: str, scale: float, skip_nan: bool) -> Any:
    def lower(
        ops: Ops,
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: Any = False,
        method: Any = "linear",
        keepdims: Any = False,
        *,
        weights: Any = None,
        interpolation: Any = None,
    ) -> Any:
        refuse(name, {"out": out, "weights": weights}, {"weights": None})
        q = ops.div(q, scale) if scale != 1.0 else q
        keep = keeps(keepdims)
        return quantile_of(ops, a, q, axis, interpolation or method, keep, skip_nan)

    return lower


def _median(name: str, skip_nan: bool) -> Any:
    def lower(
        ops: Ops,
        a: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: Any = False,
        keepdims: Any = False,
    ) -> Any:
        refuse(name, {"out": out})
        return quantile_of(ops, a, 0.5, axis, "linear", keeps(keepdims), skip_nan)

    return lower


def with_gaps(x: Any, *places: int) -> Any:
    """A copy of an array with NaN at flat places."""
    y = np.array(x)
    y.flat[list(places)] = np.nan
    return y


def _quantile_samples(scale: float, *methods: str) -> Any:
    return lambda rng: [
        ((rng.normal(size=5), 0.33 * scale), {}),
        ((rng.normal(size=(2, 3)), 0.8 * scale), {"axis": 1}),
        ((rng.normal(size=(2, 3)), np.array([0.1, 0.55]) * scale, 0), {"keepdims": True}),
        *[((rng.normal(size=5), 0.33 * scale), {"method": m}) for m in methods],
    ]


_MEDIANS = draw(
    (((5,),), {}),
    (((2, 3),), {}),
    (((4, 3),), {"axis": 0}),
    (((2, 3, 2),), {"axis": [0, 2], "keepdims": True}),
)
for _prefix, _skip in (("", False), ("nan", True)):
    lowered(
        f"{_prefix}median",
        _median(f"{_prefix}median", _skip),
        numpy_and_jax(f"{_prefix}median"),
        _MEDIANS,
        "a",
    )
    lowered(
        f"{_prefix}quantile",
        _quantile(f"{_prefix}quantile", 1.0, _skip),
        numpy_and_jax(f"{_prefix}quantile"),
        _quantile_samples(1.0, *(() if _skip else _METHODS)),
        "a",
        "q",
    )
    lowered(
        f"{_prefix}percentile",
        _quantile(f"{_prefix}percentile", 100.0, _skip),
        numpy_and_jax(f"{_prefix}percentile"),
        _quantile_samples(100.0),
        "a",
        "q",
    )
