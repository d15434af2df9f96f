"""Piecewise polynomials of SciPy: `CubicSpline`, `PchipInterpolator`, `interp1d` and their kin.

The knots are constants. The values at the knots may be differentiated where the coefficients are
linear in them (cubic splines, every kind of `interp1d`): the coefficients are then a constant
matrix times the values. The point is looked up among the knots and the polynomial there evaluated
by Horner's scheme (DLMF 3.3.1), all with functions of the table. At a knot it is the polynomial
that SciPy takes, the one to the right for most.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...records import dataclass
from ..outside.callbacks import public_name, refuse_by_name
from ..recording.tracer import contains_tracer
from .scipy import HANDLERS, NOT_HANDLED

if TYPE_CHECKING:
    from ..outside.parts import Calls


def scipy_interpolate() -> Any:
    """SciPy's module, imported when it is needed."""
    return importlib.import_module("scipy.interpolate")


@dataclass(frozen=True)
class Pieces:
    """Polynomials between knots.

    Attributes:
        name: what the user calls it.
        starts: where each polynomial counts from.
        turns: where one gives way to the next.
        side: which one a point at such a place belongs to, as `numpy.searchsorted` has it.
        coefficients: shape `(degree + 1, pieces, ...)`, the highest power first.
        axis: where the axis of the knots was among those of the values.
        ends: the first and last knot.
        outside: `None` to go on beyond the ends, `"periodic"`, or what is there instead.
        strict: whether a point beyond the ends is an error.
    """

    name: str
    starts: Any
    turns: Any
    side: str
    coefficients: Any
    axis: int
    ends: tuple[float, float]
    outside: Any
    strict: bool = False

    def at(self, calls: Calls, x: Any, order: int = 0) -> Any:
        """The value, or a derivative, at `x`."""
        site = calls.recorder.site

        def call(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            return calls.call(site, function, *args, **kwargs)

        shape = calls.recorder.shape
        x = call(np.asarray, x)
        asked = shape(x)
        x = call(np.reshape, x, (-1,))  # one number is looked up as an array is
        low, high = self.ends
        if self.outside == "periodic":
            x = call(np.add, call(np.mod, call(np.subtract, x, low), high - low), low)
        below, above = call(np.less, x, low), call(np.greater, x, high)
        if self.strict:
            for beyond, where in ((below, "below"), (above, "above")):
                if calls.hooks.test(call(np.any, beyond), site):
                    raise ValueError(f"A value in x_new is {where} the interpolation range")
        place = call(np.searchsorted, self.turns, x, side=self.side)
        rest = shape(self.coefficients)[2:]
        widened = (-1, *[1] * len(rest))
        step = call(np.subtract, x, call(np.take, self.starts, place))
        step = call(np.reshape, step, widened)
        degree = shape(self.coefficients)[0] - 1
        value: Any = None
        for power in range(degree, order - 1, -1):
            row = calls.recorder.getitem(self.coefficients, degree - power)
            term = call(np.take, row, place, axis=0)
            if order:
                term = call(np.multiply, term, float(math.perm(power, order)))
            value = term if value is None else call(np.add, call(np.multiply, value, step), term)
        if value is None:
            value = call(np.zeros, (*shape(x), *rest))
        if self.outside is not None and self.outside != "periodic":
            for beyond, there in zip((below, above), self.outside, strict=True):
                value = call(np.where, call(np.reshape, beyond, widened), there, value)
        value = call(np.reshape, value, (*asked, *rest))
        n = len(asked)
        if self.axis and n != 0:
            order_of = list(range(n + len(rest)))
            order_of = order_of[n : n + self.axis] + order_of[:n] + order_of[n + self.axis :]
            value = call(np.transpose, value, order_of)
        return value

    def derivative(self, calls: Calls, order: int = 1) -> Pieces:
        """The polynomials' derivatives."""
        made = self.coefficients
        degree = calls.recorder.shape(made)[0] - 1
        rest = calls.recorder.shape(made)[2:]
        if order > degree:
            zeros = np.zeros((1, len(self.starts), *rest))
            return replace(self, coefficients=zeros)
        factors = [float(math.perm(power, order)) for power in range(degree, order - 1, -1)]
        kept = calls.recorder.getitem(made, slice(None, degree + 1 - order))
        scale = np.reshape(factors, (-1, *[1] * (1 + len(rest))))
        moved = calls.call(calls.recorder.site, np.multiply, kept, scale)
        return replace(self, coefficients=moved)

    def antiderivative(self, calls: Calls) -> Pieces:
        """The integral from the first knot."""
        site = calls.recorder.site
        made = self.coefficients
        degree = calls.recorder.shape(made)[0] - 1
        rest = calls.recorder.shape(made)[2:]
        widths = np.diff([*self.starts, self.ends[1]]).reshape(-1, *[1] * len(rest))
        rows, area = [], 0.0
        for power in range(degree, -1, -1):
            row = calls.recorder.getitem(made, degree - power)
            rows.append(calls.call(site, np.divide, row, float(power + 1)))
            part = calls.call(site, np.multiply, rows[-1], widths ** (power + 1))
            area = calls.call(site, np.add, area, part)
        sums = calls.call(site, np.cumsum, area, axis=0)
        zero = np.zeros((1, *rest))
        kept = calls.recorder.getitem(sums, slice(None, -1))
        rows.append(calls.call(site, np.concatenate, [zero, kept], axis=0))
        return replace(self, coefficients=calls.call(site, np.stack, rows))


class Interpolant:
    """An interpolant made of values that are traced."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        return _at(calls, self.pieces, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def _derivative(calls: Calls, made: Interpolant, nu: Any = 1) -> Any:
    order, pieces = int(calls.recorder.concrete_deep(nu)), made.pieces
    if order < 0:
        return _antiderivative(calls, made, -order)
    return Interpolant(pieces.derivative(calls, order)) if order else made


def _antiderivative(calls: Calls, made: Interpolant, nu: Any = 1) -> Any:
    order, pieces = int(calls.recorder.concrete_deep(nu)), made.pieces
    if order < 0:
        return _derivative(calls, made, -order)
    for _ in range(order):
        pieces = pieces.antiderivative(calls)
    return Interpolant(pieces)


def _integral(calls: Calls, made: Interpolant, a: Any, b: Any, extrapolate: Any = None) -> Any:
    known = calls.recorder.concrete_deep(extrapolate)
    if "periodic" in (known, made.pieces.outside):
        refuse_by_name(calls, f"{made.pieces.name}.integrate")
    whole = made.pieces.antiderivative(calls)
    ends = [_at(calls, whole, end, 0, known) for end in (b, a)]
    return calls.call(calls.recorder.site, np.subtract, *ends)


_METHODS: dict[str, Callable[..., Any]] = {
    "derivative": _derivative,
    "antiderivative": _antiderivative,
    "integrate": _integral,
}


def _own(name: str) -> Callable[..., Any]:
    def placeholder(self: Interpolant, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("called outside a trace")

    placeholder.__name__ = name
    placeholder.__symdiff_traced__ = _METHODS[name]  # type: ignore[attr-defined]
    return placeholder


for _method in _METHODS:
    setattr(Interpolant, _method, _own(_method))


def _attribute(calls: Calls, interpolant: Interpolant, name: str) -> Any:
    if name in _METHODS and interpolant.pieces.name not in _CALLED_ONLY:
        return MethodType(getattr(Interpolant, name), interpolant)
    return refuse_by_name(calls, f"{interpolant.pieces.name}.{name}")


_CALLED_ONLY = frozenset({"scipy.interpolate.interp1d"})
"""What has no further methods in SciPy."""


_lookup: Any = Interpolant.__getattr__
_lookup.__symdiff_traced__ = _attribute


def _at(calls: Calls, pieces: Pieces, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
    """`spline(x, nu, extrapolate)`."""
    known = calls.recorder.concrete_deep
    if (extrapolate := known(extrapolate)) is not None:
        pieces = replace(pieces, outside=_beyond(extrapolate))
    if (order := int(known(nu))) < 0:
        raise ValueError("order of derivative cannot be negative")
    return pieces.at(calls, x, order)


def _beyond(extrapolate: Any) -> Any:
    if isinstance(extrapolate, str):
        return "periodic"
    return None if extrapolate else (math.nan, math.nan)


# -- interpolants that SciPy has made, of constants


def read_held(calls: Calls, owner: Any, name: str) -> Any:
    """An attribute of an object of SciPy's, read again at every call if it is from outside."""
    if calls.hooks.reader.is_outside(owner):
        return calls.hooks.attributes.outside(owner, name)
    return calls.recorder.const(getattr(owner, name))


def _polynomials(calls: Calls, made: Any) -> Pieces:
    """Those of a `PPoly`, read again at every call if it is from outside."""
    known = calls.recorder.concrete_deep
    knots = np.asarray(known(read_held(calls, made, "x")), float)
    return Pieces(
        public_name(type(made)),
        knots[:-1],
        knots[1:-1],
        "right",
        read_held(calls, made, "c"),
        int(made.axis),
        (float(knots[0]), float(knots[-1])),
        _beyond(known(read_held(calls, made, "extrapolate"))),
    )


def _is_made_of_polynomials(calls: Calls, made: Any) -> bool:
    if not isinstance(made, scipy_interpolate().PPoly) or not np.all(np.diff(made.x) > 0):
        return False
    return bool(made.c.dtype.kind == "f")


def _call_polynomial(calls: Calls, made: Any, *args: Any, **kwargs: Any) -> Any:
    if not contains_tracer(args) and not contains_tracer(kwargs):
        return NOT_HANDLED
    if not _is_made_of_polynomials(calls, made):
        refuse_by_name(calls, f"{public_name(type(made))}.__call__")
    return _at(calls, _polynomials(calls, made), *args, **kwargs)


def _integrate(calls: Calls, made: Any, a: Any, b: Any, extrapolate: Any = None) -> Any:
    """`spline.integrate(a, b)`."""
    if not contains_tracer((a, b)):
        return NOT_HANDLED
    pieces = _polynomials(calls, made) if _is_made_of_polynomials(calls, made) else None
    known = calls.recorder.concrete_deep(extrapolate)
    if pieces is None or "periodic" in (known, pieces.outside):
        refuse_by_name(calls, f"{public_name(type(made))}.integrate")
    whole = pieces.antiderivative(calls)
    ends = [_at(calls, whole, end, 0, known) for end in (b, a)]
    return calls.call(calls.recorder.site, np.subtract, *ends)


def _call_interp1d(calls: Calls, made: Any, x: Any) -> Any:
    if not contains_tracer(x):
        return NOT_HANDLED
    if type(made) is not scipy_interpolate().interp1d:
        refuse_by_name(calls, f"{public_name(type(made))}.__call__")
    knots = np.asarray(calls.recorder.concrete_deep(read_held(calls, made, "x")), float)
    kind = made._spline.k if made._kind == "spline" else made._kind
    rest = tuple(n for k, n in enumerate(made.y.shape) if k != made.axis)
    fill: Any = "extrapolate"
    if not made._extrapolate:
        ends = (made._fill_value_below, made._fill_value_above)
        fill = tuple(np.broadcast_to(e, rest) if rest else np.reshape(e, ()) for e in ends)
    y = read_held(calls, made, "y")
    return _interp1d_pieces(calls, knots, y, kind, made.axis, fill, bool(made.bounds_error)).at(
        calls, x
    )


# -- interpolants of values that are traced


def first(calls: Calls, y: Any, axis: int) -> tuple[Any, int]:
    """The values with the axis of the knots first."""
    y = calls.recorder.array(y)
    axis %= len(calls.recorder.shape(y))
    return calls.call(calls.recorder.site, np.moveaxis, y, axis, 0), axis


def times(calls: Calls, matrix: Any, y: Any) -> Any:
    """A constant `(degree + 1, pieces, knots)` times the values."""
    return calls.call(calls.recorder.site, np.tensordot, matrix, y, axes=1)


def _cubic_spline(
    calls: Calls,
    x: Any,
    y: Any,
    axis: Any = 0,
    bc_type: Any = "not-a-knot",
    extrapolate: Any = None,
) -> Any:
    kind, recorder = scipy_interpolate().CubicSpline, calls.recorder
    if recorder.is_active((x, axis, bc_type, extrapolate)):
        refuse_by_name(calls, "scipy.interpolate.CubicSpline")
    known = recorder.concrete_deep
    x, bc_type, axis, extrapolate = map(known, (x, bc_type, axis, extrapolate))
    movable = bc_type != "periodic" and (isinstance(bc_type, str) or _at_rest(bc_type))
    if is_constant(calls, y) or not (movable or recorder.is_active(y)):
        return kind(x, known(y), axis, bc_type, extrapolate)
    if not movable:
        recorder.refuse(
            "`CubicSpline` of traced values that is periodic or has derivatives given at its ends",
            remedy="use bc_type='natural', 'clamped' or 'not-a-knot'",
        )
    y, axis = first(calls, y, int(axis))
    n = recorder.shape(y)[0]
    if not isinstance(bc_type, str):
        bc_type = tuple(b if isinstance(b, str) else (b[0], np.zeros(n)) for b in bc_type)
    unit = kind(x, np.eye(n), 0, bc_type, extrapolate)
    pieces = replace(
        _polynomials(calls, unit),
        name="scipy.interpolate.CubicSpline",
        coefficients=times(calls, unit.c, y),
        axis=axis,
    )
    return Interpolant(pieces)


def _at_rest(bc_type: Any) -> bool:
    return all(isinstance(b, str) or not np.any(b[1]) for b in bc_type)


def is_constant(calls: Calls, value: Any) -> bool:
    """Whether nothing traced is in it, or only a constant of the trace."""
    if not contains_tracer(value):
        return True
    value = calls.recorder.array(value)
    return bool(calls.recorder.is_const(value))


def _interp1d(
    calls: Calls,
    x: Any,
    y: Any,
    kind: Any = "linear",
    axis: Any = -1,
    copy: Any = True,
    bounds_error: Any = None,
    fill_value: Any = math.nan,
    assume_sorted: Any = False,
) -> Any:
    recorder, known = calls.recorder, calls.recorder.concrete_deep
    fixed = (x, kind, axis, bounds_error, assume_sorted)
    if recorder.is_active(fixed):
        refuse_by_name(calls, "scipy.interpolate.interp1d")
    x, kind, axis, bounds_error, assume_sorted = known(list(fixed))
    if is_constant(calls, y) and not contains_tracer(fill_value):
        return scipy_interpolate().interp1d(
            x, known(y), kind, axis, copy, bounds_error, fill_value, assume_sorted
        )
    goes_on = isinstance(fill_value, str)
    if goes_on and bounds_error:
        raise ValueError("Cannot extrapolate and raise at the same time.")
    x = np.asarray(x, float)
    y = recorder.array(y)
    order = np.argsort(x, kind="mergesort")
    if not assume_sorted and not np.array_equal(order, np.arange(len(x))):
        x, y = x[order], calls.call(recorder.site, np.take, y, order, axis=axis)
    kind = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}.get(kind, kind)
    strict = (not goes_on) if bounds_error is None else bool(bounds_error)
    # SciPy checks what does not fit together.
    scipy_interpolate().interp1d(x, np.zeros(recorder.shape(y)), kind, axis)
    if not goes_on and not (isinstance(fill_value, tuple) and len(fill_value) == 2):
        fill_value = (fill_value, fill_value)
    return Interpolant(_interp1d_pieces(calls, x, y, kind, int(axis), fill_value, strict))


def _interp1d_pieces(
    calls: Calls, x: Any, y: Any, kind: Any, axis: int, fill: Any, strict: bool
) -> Pieces:
    y, axis = first(calls, y, axis)
    unit, side = np.eye(len(x)), "right"
    outside = None if isinstance(fill, str) else fill
    if kind == "linear":
        slopes = np.diff(unit, axis=0) / np.diff(x)[:, None]
        starts, turns, matrix = x[:-1], x[1:-1], np.stack([slopes, unit[:-1]])
    elif isinstance(kind, str) or kind == 0:
        starts, matrix = x, unit[None]
        half = x / 2.0
        turns = {0: x[1:], "previous": x[1:], "next": x[:-1]}.get(kind, half[1:] + half[:-1])
        side = "left" if kind in ("nearest", "next") else "right"
        if outside is None and kind in ("previous", "next"):  # one way only
            last = calls.recorder.getitem(y, -1 if kind == "previous" else 0)
            outside = (math.nan, last) if kind == "previous" else (last, math.nan)
    else:
        spline = scipy_interpolate().make_interp_spline(x, unit, k=kind)
        starts = np.unique(spline.t[kind : len(spline.t) - kind])[:-1]
        powers = range(kind, -1, -1)
        matrix = np.stack([spline(starts, nu=p) / math.factorial(p) for p in powers])
        turns = starts[1:]
    return Pieces(
        "scipy.interpolate.interp1d",
        starts,
        turns,
        side,
        times(calls, matrix, y),
        axis,
        (float(x[0]), float(x[-1])),
        outside,
        strict,
    )


HANDLERS["scipy.interpolate._cubic.CubicSpline"] = _cubic_spline
HANDLERS["scipy.interpolate._interpolate.interp1d"] = _interp1d
HANDLERS["scipy.interpolate._interpolate.__call__"] = _call_polynomial
HANDLERS["scipy.interpolate._interpolate.integrate"] = _integrate
HANDLERS["scipy.interpolate._polyint.__call__"] = _call_interp1d
