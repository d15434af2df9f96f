"""Entries that are a few others together, written so that they keep their digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..program import Aval
from . import runtime
from .entry import TABLE, Ops, StructuralEntry
from .lowering import reads
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
    refuse("logsumexp", more, {"return_sign": False})
    axes = axes_of(axis)
    moved, largest = _shifted(ops, x, axes)
    terms = ops.exp(moved)
    if b is not None:  # a weight of zero takes its term away, also an infinite one
        terms = ops.mul(b, ops.where(ops.eq(b, 0), 0.0, terms))
    total = ops.add(ops.log(ops.sum(terms, axis=axes, keepdims=True)), largest)
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
    return ops.norm(ops.sub(p, q), axis=None)


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
