"""Entries for `scipy.spatial.distance`: between points, and between all points of two sets."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ..table.entry import Ops
from ..table.lowering import lowered
from ..table.signatures import refuse


def _apart(ops: Ops, difference: Any, metric: str) -> Any:
    """The distance along the last axis."""
    last = (ops.aval(difference).ndim - 1,)
    if metric == "euclidean":
        return ops.norm(difference, axis=last)
    terms = ops.square(difference) if metric == "sqeuclidean" else ops.abs(difference)
    if metric not in ("sqeuclidean", "cityblock"):
        raise UnsupportedError(
            f"the distance {metric!r} is not supported",
            remedy="use 'euclidean', 'sqeuclidean' or 'cityblock', or write it with NumPy",
        )
    return ops.sum(terms, axis=last, keepdims=False)


def _cdist(ops: Ops, XA: Any, XB: Any, metric: Any = "euclidean", **more: Any) -> Any:
    refuse("cdist", more)
    one = ops.getitem(XA, index=(("slice", None, None, None), None))
    return _apart(ops, ops.sub(one, XB), metric)


def _pdist(ops: Ops, X: Any, metric: Any = "euclidean", **more: Any) -> Any:
    refuse("pdist", more)
    rows, columns = np.triu_indices(ops.aval(X).shape[0], 1)
    one = ops.getitem(X, rows, index=(("array", 0),))
    return _apart(ops, ops.sub(one, ops.getitem(X, columns, index=(("array", 0),))), metric)


def _squareform(ops: Ops, X: Any, force: Any = "no", checks: Any = True) -> Any:
    shape = ops.aval(X).shape
    if len(shape) == 2:
        rows, columns = np.triu_indices(shape[0], 1)
        return ops.getitem(X, rows, columns, index=(("array", 0), ("array", 1)))
    n = round((1 + math.sqrt(1 + 8 * shape[0])) / 2)
    places = np.zeros((n, n), int)
    places[np.triu_indices(n, 1)] = np.arange(shape[0])
    places = places + places.T
    return ops.where(np.eye(n, dtype=bool), 0.0, ops.getitem(X, places, index=(("array", 0),)))


def _cosine_distance(ops: Ops, u: Any, v: Any, w: Any = None) -> Any:
    refuse("cosine", {"w": w}, {"w": None})
    both = ops.mul(ops.norm(u, axis=None), ops.norm(v, axis=None))
    return ops.sub(1.0, ops.div(ops.sum(ops.mul(u, v), axis=None, keepdims=False), both))


def _two(metric: str) -> Callable[..., Any]:
    def lower(ops: Ops, u: Any, v: Any, w: Any = None) -> Any:
        refuse(metric, {"w": w}, {"w": None})
        return _apart(ops, ops.sub(u, v), metric)

    return lower


_DISTANCE = "scipy.spatial.distance"
lowered(
    "cdist",
    _cdist,
    (f"{_DISTANCE}.cdist",),
    lambda rng: [
        ((rng.normal(size=(3, 2)), rng.normal(size=(4, 2)), m), {})
        for m in ("euclidean", "sqeuclidean", "cityblock")
    ],
    "XA",
    "XB",
)
lowered(
    "pdist",
    _pdist,
    (f"{_DISTANCE}.pdist",),
    lambda rng: [((rng.normal(size=(4, 2)),), {}), ((rng.normal(size=(4, 2)), "cityblock"), {})],
    "X",
)
lowered(
    "squareform",
    _squareform,
    (f"{_DISTANCE}.squareform",),
    lambda r: [((r.normal(size=6),), {})],
    "X",
)
for _name, _lower in (
    ("euclidean", _two("euclidean")),
    ("sqeuclidean", _two("sqeuclidean")),
    ("cityblock", _two("cityblock")),
    ("cosine", _cosine_distance),
):
    lowered(
        f"distance_{_name}",
        _lower,
        (f"{_DISTANCE}.{_name}",),
        lambda rng: [((rng.normal(size=3), rng.normal(size=3)), {})],
        "u",
        "v",
    )
