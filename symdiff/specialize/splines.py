"""B-splines of SciPy: `splev`, `BSpline`, `UnivariateSpline`, as polynomials between their knots.

The knots are constants; the coefficients may be differentiated, since a spline is linear in them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .callbacks import public_name, refuse_by_name
from .interpolation import Pieces, read_held, scipy_interpolate, times
from .scipy_calls import HANDLERS, NOT_HANDLED
from .tracer import contains_tracer

if TYPE_CHECKING:
    from .calls import Calls


def _pieces(calls: Calls, name: str, t: Any, c: Any, k: Any) -> Pieces:
    """A spline in its B-spline form: knots, coefficients along the first axis, degree."""
    recorder = calls.recorder
    if recorder.is_active((t, k)):
        calls.recorder.refuse("knots of a spline that depend on the inputs")
    knots = np.asarray(recorder.concrete(recorder.array(t)), float)
    degree = int(recorder.concrete(k))
    count = len(knots) - degree - 1
    c = recorder.array(c)
    if recorder.shape(c)[0] > count:  # FITPACK fills up with zeros
        c = recorder.getitem(c, slice(None, count))
    spline = scipy_interpolate().BSpline(knots, np.eye(count), degree)
    ends = knots[degree : count + 1]
    starts = np.unique(ends)[:-1]
    powers = range(degree, -1, -1)
    matrix = np.stack([spline(starts, nu=p) / math.factorial(p) for p in powers])
    span = (float(ends[0]), float(ends[-1]))
    return Pieces(name, starts, starts[1:], "right", times(calls, matrix, c), 0, span, None)


def _held_apart(pieces: Pieces, calls: Calls, order: int, ext: Any) -> Pieces:
    """What is beyond the ends, by FITPACK's numbers."""
    names = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}
    ext = names.get(ext, ext)
    if ext == 1:
        return replace(pieces, outside=(0.0, 0.0))
    if ext == 2:
        return replace(pieces, strict=True)
    if ext == 3:
        return replace(pieces, outside=tuple(pieces.at(calls, e, order) for e in pieces.ends))
    return pieces


def _splev(calls: Calls, x: Any, tck: Any, der: Any = 0, ext: Any = 0) -> Any:
    known = calls.recorder.concrete_deep
    if isinstance(tck, scipy_interpolate().BSpline):
        t, c, k = (read_held(calls, tck, name) for name in ("t", "c", "k"))
    else:
        t, c, k = calls.iterable(tck)
    if not contains_tracer(x) and not contains_tracer(c):
        return NOT_HANDLED
    order, ext = int(known(der)), known(ext)
    if isinstance(c, list | tuple):  # a curve: one spline for each coordinate
        return [_splev(calls, x, (t, row, k), der, ext) for row in c]
    pieces = _pieces(calls, "scipy.interpolate.splev", t, c, k)
    return _held_apart(pieces, calls, order, ext).at(calls, x, order)


def _splint(calls: Calls, a: Any, b: Any, tck: Any, full_output: Any = 0) -> Any:
    t, c, k = calls.iterable(tck)
    if full_output or not contains_tracer((a, b, c)):
        return NOT_HANDLED
    whole = _pieces(calls, "scipy.interpolate.splint", t, c, k)
    # FITPACK takes the spline for zero beyond its ends.
    clipped = [calls.call(calls.recorder.site, np.clip, e, *whole.ends) for e in (b, a)]
    area = whole.antiderivative(calls)
    ends = [area.at(calls, e) for e in clipped]
    return calls.recorder.number(calls.call(calls.recorder.site, np.subtract, *ends))


def _call_spline(calls: Calls, made: Any, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
    """`BSpline(t, c, k)(x, nu)`."""
    if not contains_tracer(x):
        return NOT_HANDLED
    known = calls.recorder.concrete_deep
    if made.axis != 0 or made.c.dtype.kind != "f":
        refuse_by_name(calls, f"{public_name(type(made))}.__call__")
    if extrapolate is None:
        extrapolate = read_held(calls, made, "extrapolate")
    extrapolate = known(extrapolate)
    parts = [read_held(calls, made, name) for name in ("t", "c", "k")]
    pieces = _pieces(calls, public_name(type(made)), *parts)
    if extrapolate == "periodic":
        pieces = replace(pieces, outside="periodic")
    elif not extrapolate:
        pieces = replace(pieces, outside=(math.nan, math.nan))
    return pieces.at(calls, x, int(known(nu)))


def _call_fitted(calls: Calls, made: Any, x: Any, nu: Any = 0, ext: Any = None) -> Any:
    """`UnivariateSpline(...)(x, nu)`."""
    if not contains_tracer(x):
        return NOT_HANDLED
    if not isinstance(made, scipy_interpolate().UnivariateSpline):
        refuse_by_name(calls, f"{public_name(type(made))}.__call__")
    known = calls.recorder.concrete_deep
    ext = known(read_held(calls, made, "ext") if ext is None else ext)
    t, c, k = calls.iterable(read_held(calls, made, "_eval_args"))
    order = int(known(nu))
    pieces = _pieces(calls, public_name(type(made)), t, c, k)
    return _held_apart(pieces, calls, order, ext).at(calls, x, order)


_FITPACK: dict[str, Callable[..., Any]] = {"splev": _splev, "splint": _splint}
for _name, _handler in _FITPACK.items():
    HANDLERS[f"scipy.interpolate._fitpack_py.{_name}"] = _handler
HANDLERS["scipy.interpolate._bsplines.__call__"] = _call_spline
HANDLERS["scipy.interpolate._fitpack2.__call__"] = _call_fitted
