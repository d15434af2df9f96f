"""Numbers taken apart and put together: `modf`, `frexp`, `ldexp`; and weights that are counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.lowering import draw, lowered, numpy_and_jax, whole
from ..table.masked import as_dtype


def _exponent(x: Any) -> Any:
    return np.frexp(x)[1]


TABLE.add(
    StructuralEntry(
        name="exponent",
        numpy=_exponent,
        infer=lambda x: Aval.of(x.shape, np.frexp(np.ones(1, x.dtype))[1].dtype.name),
        pullback=lambda ops, ct, result, x: (None,),
        pushforward=lambda ops, tangents, result, x: None,
        samples=draw((((3,),), {})),
    )
)


def _modf(ops: Ops, x: Any) -> tuple[Any, Any]:
    integral = ops.trunc(x)
    return ops.sub(x, integral), integral


def _ldexp(ops: Ops, x1: Any, x2: Any) -> Any:
    """The exponent is an integer: it has no derivative."""
    scale = ops.pow(2.0, ops.detach(x2))
    if ops.aval(x1).is_inexact and not ops.aval(x1).weak:
        scale = ops.cast(scale, dtype=ops.aval(x1).dtype)
    return ops.mul(x1, scale)


def _frexp(ops: Ops, x: Any) -> tuple[Any, Any]:
    exponent = ops.exponent(x)
    return _ldexp(ops, x, ops.neg(exponent)), exponent


lowered("modf", _modf, numpy_and_jax("modf"), draw((((3,),), {}), ((2.75,), {})))
lowered("modf_of_number", _modf, ("math.modf",), lambda rng: [((-2.75,), {})])
_FREXP = draw(((np.array([0.3, 1.2, -0.7]),), {}), ((2.75,), {}))
lowered("frexp", _frexp, numpy_and_jax("frexp"), _FREXP)
lowered("frexp_of_number", _frexp, ("math.frexp",), lambda rng: [((-2.75,), {})])
lowered(
    "ldexp",
    _ldexp,
    numpy_and_jax("ldexp"),
    lambda rng: [((rng.normal(size=3), np.array([1, -2, 0])), {}), ((1.5, 3), {})],
    "x1",
    "x2",
)
lowered("ldexp_of_number", _ldexp, ("math.ldexp",), lambda rng: [((1.5, -3), {})], "x1", "x2")
lowered(
    "float_power",
    lambda ops, x1, x2: ops.pow(as_dtype(ops, x1, np.float64), x2),
    numpy_and_jax("float_power"),
    lambda rng: [((rng.uniform(1, 2, 3), rng.normal(size=3)), {}), ((np.float64(1.5), 2), {})],
    "x1",
    "x2",
)


def _bincount(ops: Ops, x: Any, /, weights: Any = None, minlength: Any = 0) -> Any:
    places = np.asarray(ops.known(whole(ops, x)))
    size = max(int(places.max(initial=-1)) + 1, minlength)
    if weights is None:
        return np.bincount(places, minlength=minlength)
    return ops.scatter_add(
        as_dtype(ops, weights, np.float64), places, index=(("array", 0),), shape=(size,)
    )


lowered(
    "bincount",
    _bincount,
    numpy_and_jax("bincount"),
    lambda rng: [
        ((np.array([0, 2, 2, 1]), rng.normal(size=4)), {}),
        ((np.array([0, 2, 2]),), {"weights": rng.normal(size=3), "minlength": 5}),
    ],
    "weights",
    free=("x",),
)
