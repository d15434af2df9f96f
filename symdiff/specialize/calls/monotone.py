"""`PchipInterpolator` of traced values: cubic pieces whose slopes keep to the data's monotony.

Fritsch and Butland, A method for constructing local monotone piecewise cubic interpolants, SIAM J.
Sci. Stat. Comput. 5 (1984).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..outside.callbacks import refuse_by_name
from .interpolation import Interpolant, Pieces, first, is_constant, scipy_interpolate
from .scipy import HANDLERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..outside.parts import Calls

_NAME = "scipy.interpolate.PchipInterpolator"


def _pchip(calls: Calls, x: Any, y: Any, axis: Any = 0, extrapolate: Any = None) -> Any:
    recorder = calls.recorder
    if recorder.is_active((x, axis, extrapolate)):
        refuse_by_name(calls, _NAME)
    x, axis, extrapolate = map(recorder.concrete_deep, (x, axis, extrapolate))
    if is_constant(calls, y):
        return scipy_interpolate().PchipInterpolator(
            x, recorder.concrete_deep(y), axis, extrapolate
        )
    y, axis = first(calls, recorder.in_doubles(y), int(axis))
    scipy_interpolate().PchipInterpolator(x, np.ones(recorder.shape(y)))  # its own errors
    x = np.asarray(x, float)
    outside = None if extrapolate is None or extrapolate else (np.nan, np.nan)
    pieces = Pieces(
        _NAME,
        x[:-1],
        x[1:-1],
        "right",
        _coefficients(calls, x, y),
        axis,
        (float(x[0]), float(x[-1])),
        outside,
    )
    return Interpolant(pieces)


def _coefficients(calls: Calls, x: Any, y: Any) -> Any:
    recorder, site = calls.recorder, calls.recorder.site
    rest = [1] * (len(recorder.shape(y)) - 1)
    h = np.diff(x).reshape(-1, *rest)

    def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return calls.call(site, function, *args, **kwargs)

    def combined(a: float, u: Any, b: float, v: Any) -> Any:
        return call(np.add, call(np.multiply, a, u), call(np.multiply, b, v))

    slope = call(np.divide, call(np.diff, y, axis=0), h)
    bent = _bent(call, recorder, h, slope)
    left, right = recorder.getitem(bent, slice(None, -1)), recorder.getitem(bent, slice(1, None))
    both = call(np.add, left, right)
    cubic = call(np.divide, combined(1.0, both, -2.0, slope), h * h)
    square = call(np.divide, call(np.subtract, combined(3.0, slope, -1.0, both), left), h)
    return call(np.stack, [cubic, square, left, recorder.getitem(y, slice(None, -1))])


def _bent(call: Any, recorder: Any, h: Any, slope: Any) -> Any:
    """The slope at each knot."""
    part = recorder.getitem
    if len(h) == 1:
        return call(np.concatenate, [slope, slope], axis=0)
    before, after = part(slope, slice(None, -1)), part(slope, slice(1, None))
    ahead, behind = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    signs = call(np.multiply, call(np.sign, before), call(np.sign, after))
    turns = call(np.less_equal, signs, 0.0)
    below, above = call(np.where, turns, 1.0, before), call(np.where, turns, 1.0, after)
    weighted = call(np.add, call(np.divide, ahead, below), call(np.divide, behind, above))
    inner = call(np.where, turns, 0.0, call(np.divide, ahead + behind, weighted))
    ends = [
        _at_an_end(call, h[i], h[j], part(slope, i), part(slope, j)) for i, j in ((0, 1), (-1, -2))
    ]
    rows = [call(np.expand_dims, end, 0) for end in ends]
    return call(np.concatenate, [rows[0], inner, rows[1]], axis=0)


def _at_an_end(call: Any, near: Any, far: Any, slope: Any, other: Any) -> Any:
    """By three points, and no steeper than keeps the shape."""
    steep = call(np.multiply, 2 * near + far, slope)
    found = call(np.divide, call(np.subtract, steep, call(np.multiply, near, other)), near + far)
    sign = call(np.sign, slope)
    against = call(np.not_equal, call(np.sign, found), sign)
    turns = call(np.not_equal, sign, call(np.sign, other))
    limit = call(np.multiply, 3.0, slope)
    steeper = call(np.greater, call(np.abs, found), call(np.abs, limit))
    capped = call(np.where, call(np.logical_and, turns, steeper), limit, found)
    return call(np.where, against, 0.0, capped)


def _at_once(calls: Calls, xi: Any, yi: Any, x: Any, der: Any = 0, axis: Any = 0) -> Any:
    """`pchip_interpolate(xi, yi, x, der)`."""
    order = calls.recorder.concrete_deep(der)
    made = _pchip(calls, xi, yi, axis)
    if np.ndim(order):
        refuse_by_name(calls, "scipy.interpolate.pchip_interpolate")
    return calls.call(calls.recorder.site, made, x, int(order))


HANDLERS["scipy.interpolate._cubic.pchip_interpolate"] = _at_once
HANDLERS["scipy.interpolate._cubic.PchipInterpolator"] = _pchip
