"""B-splines of SciPy: `splev`, `BSpline`, `UnivariateSpline`, as polynomials between their knots.

The knots are constants; the coefficients may be differentiated, since a spline is linear in them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..outside.callbacks import public_name, refuse_by_name
from ..recording.tracer import contains_tracer
from .interpolation import Interpolant, Pieces, is_constant, read_held, scipy_interpolate, times
from .scipy import HANDLERS, NOT_HANDLED

if TYPE_CHECKING:
    from ..outside.parts import Calls


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


# -- splines through values that are traced: linear in them


def _splrep(calls: Calls, x: Any, y: Any, w: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The interpolating spline, as FITPACK has it: knots, coefficients, degree."""
    recorder = calls.recorder
    if not contains_tracer((x, y, w, args, kwargs)):
        return NOT_HANDLED
    names = ("xb", "xe", "k", "task", "s", "t", "full_output", "per", "quiet")
    settings = {**dict(zip(names, args, strict=False)), **kwargs}
    if recorder.is_active((x, w, settings)):
        refuse_by_name(calls, "scipy.interpolate.splrep")
    x, w, settings = map(recorder.concrete_deep, (x, w, settings))
    if is_constant(calls, y):
        return scipy_interpolate().splrep(x, recorder.concrete_deep(y), w, **settings)
    degree = settings.pop("k", 3)
    smooth = settings.pop("s", None)
    if settings or (w is not None and smooth is None) or (smooth is not None and smooth != 0):
        recorder.refuse(
            "`splrep` of traced values with smoothing, weights or knots of its own",
            why="its knots would depend on the values",
            remedy="use s=0, or scipy.interpolate.make_lsq_spline",
        )
    t, c = _through(calls, x, y, degree)
    zeros = np.zeros(degree + 1)
    return t, calls.call(recorder.site, np.concatenate, [c, zeros]), degree


def _through(calls: Calls, x: Any, y: Any, degree: int) -> tuple[Any, Any]:
    """Knots and coefficients of FITPACK's spline through points."""
    x = np.asarray(x, float)
    made = [scipy_interpolate().splrep(x, unit, k=degree, s=0) for unit in np.eye(len(x))]
    matrix = np.stack([c[: len(x)] for _, c, _ in made], axis=1)
    return made[0][0], calls.call(calls.recorder.site, np.matmul, matrix, calls.recorder.array(y))


def _fitted(smoothed: bool) -> Callable[..., Any]:
    """`InterpolatedUnivariateSpline` and `UnivariateSpline(s=0)`."""
    name = "UnivariateSpline" if smoothed else "InterpolatedUnivariateSpline"

    def handler(calls: Calls, x: Any, y: Any, w: Any = None, *args: Any, **kwargs: Any) -> Any:
        recorder = calls.recorder
        names = ("bbox", "k", "s") if smoothed else ("bbox", "k")
        settings = {**dict(zip((*names, "ext", "check_finite"), args, strict=False)), **kwargs}
        if recorder.is_active((x, w, settings)):
            refuse_by_name(calls, f"scipy.interpolate.{name}")
        x, w, settings = map(recorder.concrete_deep, (x, w, settings))
        if is_constant(calls, y):
            kind = getattr(scipy_interpolate(), name)
            return kind(x, recorder.concrete_deep(y), w, **settings)
        degree, ext = settings.pop("k", 3), settings.pop("ext", 0)
        settings.pop("check_finite", None)
        if (smoothed and settings.pop("s", None) != 0) or settings or w is not None:
            recorder.refuse(
                f"`{name}` of traced values with smoothing, weights or ends of its own",
                why="its knots would depend on the values",
                remedy="use s=0" if smoothed else "leave them out",
            )
        t, c = _through(calls, x, y, degree)
        pieces = _pieces(calls, f"scipy.interpolate.{name}", t, c, degree)
        return Interpolant(_held_apart(pieces, calls, 0, ext))

    return handler


def _made_spline(
    calls: Calls, x: Any, y: Any, k: Any = 3, t: Any = None, bc_type: Any = None, axis: Any = 0,
    check_finite: Any = True, **more: Any,
) -> Any:  # fmt: skip
    """`make_interp_spline(x, y)`."""
    recorder, name = calls.recorder, "scipy.interpolate.make_interp_spline"
    make = scipy_interpolate().make_interp_spline
    if recorder.is_active((x, k, t, bc_type, axis)):
        refuse_by_name(calls, name)
    x, k, t, bc_type, axis = map(recorder.concrete_deep, (x, k, t, bc_type, axis))
    if is_constant(calls, y):
        return make(x, recorder.concrete_deep(y), k, t, bc_type, axis, **more)
    if axis != 0 or more or not (bc_type is None or isinstance(bc_type, str)):
        refuse_by_name(calls, name)
    y = recorder.array(y)
    unit = make(x, np.eye(recorder.shape(y)[0]), k, t, bc_type)
    coefficients = calls.call(recorder.site, np.tensordot, unit.c, y, axes=1)
    pieces = _pieces(calls, name, unit.t, coefficients, k)
    return Interpolant(replace(pieces, outside="periodic") if bc_type == "periodic" else pieces)


def _spline(calls: Calls, t: Any, c: Any, k: Any, extrapolate: Any = True, axis: Any = 0) -> Any:
    """`BSpline(t, c, k)` of traced coefficients."""
    recorder, name = calls.recorder, "scipy.interpolate.BSpline"
    if recorder.is_active((t, k, extrapolate, axis)):
        refuse_by_name(calls, name)
    t, k, extrapolate, axis = map(recorder.concrete_deep, (t, k, extrapolate, axis))
    if is_constant(calls, c):
        return scipy_interpolate().BSpline(t, recorder.concrete_deep(c), k, extrapolate, axis)
    if axis != 0:
        refuse_by_name(calls, name)
    c = recorder.array(c)
    scipy_interpolate().BSpline(t, np.zeros(recorder.shape(c)), k)  # its own errors
    pieces = _pieces(calls, name, t, c, k)
    if extrapolate == "periodic":
        return Interpolant(replace(pieces, outside="periodic"))
    return Interpolant(pieces if extrapolate else replace(pieces, outside=(math.nan, math.nan)))


_FITPACK: dict[str, Callable[..., Any]] = {"splev": _splev, "splint": _splint, "splrep": _splrep}
for _name, _handler in _FITPACK.items():
    HANDLERS[f"scipy.interpolate._fitpack_py.{_name}"] = _handler
HANDLERS["scipy.interpolate._bsplines.__call__"] = _call_spline
HANDLERS["scipy.interpolate._fitpack2.__call__"] = _call_fitted
HANDLERS["scipy.interpolate._bsplines.BSpline"] = _spline
HANDLERS["scipy.interpolate._bsplines.make_interp_spline"] = _made_spline
HANDLERS["scipy.interpolate._fitpack2.UnivariateSpline"] = _fitted(True)
HANDLERS["scipy.interpolate._fitpack2.InterpolatedUnivariateSpline"] = _fitted(False)
