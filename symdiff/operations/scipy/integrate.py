"""Entries for `scipy.integrate`: rules of integration for samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ..table.entry import Ops
from ..table.lowering import lowered
from .linear import Options, apply_along, enter_along, options_of


def _simpson(ops: Ops, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    given = {"x": x} if x is not None else {"dx": dx}
    if x is not None and np.ndim(ops.known(x)) != 1:
        raise UnsupportedError("`simpson` with `x` of several dimensions is not supported")
    return _reduced(ops, "simpson", y, axis, options_of(ops, "simpson", given, ("x", "dx")))


def _romb(ops: Ops, y: Any, dx: Any = 1.0, axis: Any = -1, show: Any = False) -> Any:
    return _reduced(ops, "romb", y, axis, options_of(ops, "romb", {"dx": dx}, ("dx",)))


def _reduced(ops: Ops, name: str, y: Any, axis: Any, options: Options) -> Any:
    whole = apply_along(ops, name, y, axis, options)
    axis = int(axis) % ops.aval(whole).ndim
    return ops.getitem(whole, index=(*[("slice", None, None, None)] * axis, 0))


def _cumulative_trapezoid(
    ops: Ops, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None
) -> Any:
    axis = int(ops.known(axis)) % ops.aval(y).ndim
    initial = ops.known(initial)

    def part(array: Any, start: Any, stop: Any) -> Any:
        before = [("slice", None, None, None)] * (axis if ops.aval(array).ndim > 1 else 0)
        return ops.getitem(array, index=(*before, ("slice", start, stop, None)))

    if x is not None:
        dx = ops.sub(part(x, 1, None), part(x, None, -1))
        if ops.aval(x).ndim == 1:
            dx = ops.reshape(dx, shape=(-1, *[1] * (ops.aval(y).ndim - axis - 1)))
    both = ops.add(part(y, 1, None), part(y, None, -1))
    total = ops.cumsum(ops.div(ops.mul(both, dx), 2.0), axis=axis)
    if initial is None:
        return total
    shape = list(ops.aval(total).shape)
    shape[axis] = 1
    first = np.full(shape, float(initial), ops.aval(total).dtype)
    return ops.concatenate(first, total, axis=axis)


enter_along(
    "simpson",
    "scipy.integrate.simpson",
    _simpson,
    [(((5,),), {"dx": 2}), (((4, 3),), {"axis": 0}), (((4,),), {"x": [0, 1, 3, 4]})],
    "y",
)
enter_along(
    "romb", "scipy.integrate.romb", _romb, [(((5,),), {"dx": 2}), (((3, 2),), {"axis": 0})], "y"
)
lowered(
    "cumulative_trapezoid",
    _cumulative_trapezoid,
    ("scipy.integrate.cumulative_trapezoid",),
    lambda rng: [
        ((rng.normal(size=4),), {"initial": 0}),
        ((rng.normal(size=(4, 2)), np.cumsum(rng.uniform(0.5, 1, 4))), {"axis": 0}),
    ],
    "y",
    "x",
    free=("dx",),
)
