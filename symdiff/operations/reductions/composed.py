"""Entries that are a few others together, written so that they keep their digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...program.program import Aval
from ...program.shapes import broadcast_shapes
from ..runtime import functions as runtime
from ..table.entry import TABLE, TERNARY, ElementwiseEntry, Ops, StructuralEntry
from ..table.lowering import reads, whole
from ..table.signatures import axes_of, describe_call, refuse
from .products import lined_up
from .reducing import reduced_shape, spread
from .running import pick

_ALL = ("slice", None, None, None)


def _compose(name: str, lower: Any, names: tuple[str, ...], samples: Any) -> None:
    """Enter what is made of other entries."""
    TABLE.add(StructuralEntry(name=name, names=names, lower=lower, samples=samples))


# -- exponentials, shifted by the largest

TABLE.add(
    ElementwiseEntry(
        # One function of weight and exponent: where the weight is zero nothing of the exponent
        # counts, not even infinity, and the slope by the weight is the exponential all the same.
        name="weighted_exp",
        arity=2,
        math="{0}*math.exp({1}) if {0} else 0.0",
        numpy="rt.weighted_exp({0}, {1})",
        precedence=TERNARY,
        partials=lambda m, b, x: (m.exp(x), m.weighted_exp(b, x)),
        domain=((-2.0, 2.0), (-2.0, 2.0)),
    )
)


def _shifted(ops: Ops, x: Any, axis: tuple[int, ...] | None) -> tuple[Any, Any]:
    largest = ops.apply("max", ops.detach(x), axis=axis, keepdims=True)
    # An infinite shift would make inf - inf.
    largest = ops.where(ops.isfinite(largest), largest, 0.0)
    return ops.sub(x, largest), largest


def _along_one(ops: Ops, x: Any, axes: tuple[int, ...] | None, name: str, **params: Any) -> Any:
    """An entry that works along one axis, applied along several."""
    shape = ops.aval(x).shape
    n = len(shape)
    if n and axes is not None and len(axes) == 1:
        return ops.apply(name, x, axis=axes[0] % n, **params)
    line_up, put_back = lined_up(ops, x, axes)
    flat = line_up(x)
    result = ops.apply(
        name, flat, axis=ops.aval(flat).ndim - 1, **{**params, "keepdims": False} if params else {}
    )
    if not params:
        return put_back(result)
    gone = range(n) if axes is None else [a % n for a in axes]
    kept = tuple(1 if k in gone else size for k, size in enumerate(shape))
    rest = tuple(size for k, size in enumerate(shape) if k not in gone)
    return ops.reshape(result, shape=kept if params["keepdims"] else rest)


def _log_total(x: Any, *, axis: int, keepdims: bool) -> Any:
    largest = np.max(x, axis=axis, keepdims=True)
    # An infinite shift would make inf - inf.
    largest = np.where(np.isfinite(largest), largest, 0)
    total = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return total if keepdims else np.squeeze(total, axis)[()]


def _shares(x: Any, *, axis: int) -> Any:
    largest = np.max(x, axis=axis, keepdims=True)
    e = np.exp(x - np.where(np.isfinite(largest), largest, 0))
    return e / np.sum(e, axis=axis, keepdims=True)


def _moved_shares(ops: Ops, moved: Any, shares: Any, axis: int) -> Any:
    """`p*(d - sum(p*d))`, counted from the largest share.

    The share of the largest is nearly one, and `1 - p` would lose all digits. What is common to
    all directions moves nothing, so they are counted from that of the largest.
    """
    place = ops.expand_dims(ops.argmax(shares, axis=axis), axis)
    moved = ops.sub(moved, pick(ops, moved, place, axis))
    weighted = ops.mul(shares, moved)
    return ops.sub(weighted, ops.mul(shares, ops.sum(weighted, axis=(axis,), keepdims=True)))


def _line_samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [
        ((rng.normal(size=4),), {"axis": 0}),
        ((rng.normal(size=(2, 3)),), {"axis": 1}),
        ((np.array([1000.0, 999.0, -1000.0]),), {"axis": 0}),
    ]


TABLE.add(
    StructuralEntry(
        name="shares",
        numpy=_shares,
        infer=lambda x, *, axis: Aval.of(x.shape, x.dtype),
        pullback=lambda ops, ct, result, x, *, axis: (_moved_shares(ops, ct, result, axis),),
        pushforward=lambda ops, tangents, result, x, *, axis: _moved_shares(
            ops, tangents[0], result, axis
        ),
        describe=describe_call("softmax"),
        samples=_line_samples,
    )
)
TABLE.add(
    StructuralEntry(
        name="log_total",
        numpy=_log_total,
        infer=lambda x, *, axis, keepdims: Aval.of(reduced_shape(x, (axis,), keepdims), x.dtype),
        pullback=lambda ops, ct, result, x, *, axis, keepdims: (
            ops.mul(spread(ops, ct, x, (axis,)), ops.shares(x, axis=axis)),
        ),
        pushforward=lambda ops, tangents, result, x, *, axis, keepdims: ops.sum(
            ops.mul(ops.shares(x, axis=axis), tangents[0]), axis=(axis,), keepdims=keepdims
        ),
        describe=describe_call("logsumexp"),
        samples=lambda rng: [
            (args, {**kwargs, "keepdims": keep})
            for args, kwargs in _line_samples(rng)
            for keep in (False, True)
        ],
    )
)


def _logsumexp(
    ops: Ops,
    x: Any,
    axis: Any = None,
    b: Any = None,
    keepdims: Any = False,
    return_sign: Any = False,
    **more: Any,
) -> Any:
    axis = more.pop("dim", axis)
    keepdims = more.pop("keepdim", keepdims)
    signed = bool(ops.known(return_sign))
    refuse("logsumexp", more)
    axes = axes_of(axis)
    x = whole(ops, x)
    if b is None and not signed and ops.aval(x).is_inexact and ops.aval(x).size:
        return _along_one(ops, x, axes, "log_total", keepdims=bool(keepdims))
    b = 1.0 if b is None else whole(ops, b)
    shape = broadcast_shapes(ops.aval(x).shape, ops.aval(b).shape)
    if ops.aval(x).shape != shape:
        x = ops.broadcast_to(x, shape=shape)
    # A weight of zero takes its term away, also an infinite one, and the largest of the rest is
    # what they are shifted by.
    _, largest = _shifted(ops, ops.where(ops.eq(b, 0), -np.inf, x), axes)
    terms = ops.weighted_exp(b, ops.sub(x, largest))
    total = ops.sum(terms, axis=axes, keepdims=True)
    size = ops.abs(total) if signed else total
    shape = ops.aval(x).shape
    gone = range(len(shape)) if axes is None else [a % len(shape) for a in axes]
    shape = tuple(n for k, n in enumerate(shape) if k not in gone)
    parts = (ops.add(ops.log(size), largest), *((ops.sign(total),) if signed else ()))
    parts = tuple([p if keepdims else ops.reshape(p, shape=shape) for p in parts])
    return parts if signed else parts[0]


def _softmax(ops: Ops, x: Any, axis: Any = None, **more: Any) -> Any:
    axis = more.pop("dim", axis)
    refuse("softmax", more, {"_stacklevel": 3})
    axes = axes_of(axis)
    x = whole(ops, x)
    if ops.aval(x).is_inexact and ops.aval(x).size:
        return _along_one(ops, x, axes, "shares")
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


# -- of Python's own


_SUMS: dict[str, Any] = {
    "fsum": lambda *terms: math.fsum(float(t) for t in terms),
    "sum_of_floats": lambda *terms: runtime.sum_of_floats(terms),
}


def _fsum_pullback(ops: Ops, ct: Any, result: Any, *terms: Any) -> list[Any]:
    shapes = [ops.aval(t).shape for t in terms]
    return [ops.reshape(ct, shape=shape) if shape else ct for shape in shapes]


for _name, _names, _call in (
    ("fsum", ("math.fsum",), "math.fsum"),
    ("sum_of_floats", (), "rt.sum_of_floats"),
):
    TABLE.add(
        StructuralEntry(
            name=_name,
            names=_names,
            numpy=_SUMS[_name],
            infer=lambda *terms: Aval.of((), "float64", True),
            pullback=_fsum_pullback,
            linear="joint",
            signature=lambda terms: (tuple(terms), {}),
            emit=lambda o, p, call=_call: f"{call}([{', '.join(o)}])",  # type: ignore[misc]
            describe=lambda o, p, name=_name: f"{name}([{', '.join(o)}])",  # type: ignore[misc]
            samples=lambda rng: [(([0.1, 1.0, -2.5, 0.7],), {}), (([0.1] * 10,), {})],
        )
    )


def _dist(ops: Ops, p: Any, q: Any) -> Any:
    return ops.norm(ops.sub(p, q), axis=None, scaled=True)


TABLE.add(
    StructuralEntry(
        name="dist",
        names=("math.dist",),
        lower=reads(_dist, "p", "q"),
        samples=lambda rng: [
            (([0.1, 0.2, 0.5], [1.0, -2.0, 0.3]), {}),
            ((rng.normal(size=3), rng.normal(size=3)), {}),
        ],
    )
)
