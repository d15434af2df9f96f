"""Tables on a regular grid, read between their points, as `RegularGridInterpolator` does.

The grid is a constant; the values may be differentiated. Which cell a point lies in is a number and
not a decision: it is looked up in every call.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...records import dataclass
from ..outside.callbacks import refuse_by_name
from ..recording.tracer import contains_tracer
from .interpolation import read_held
from .scipy import HANDLERS, NOT_HANDLED

if TYPE_CHECKING:
    from ..outside.parts import Calls

_NAME = "scipy.interpolate.RegularGridInterpolator"


@dataclass(frozen=True)
class Grid:
    """Values at the crossings of `axes`; `values` has further axes for several results."""

    axes: tuple[Any, ...]
    values: Any
    method: str
    bounds_error: bool
    fill: Any

    def at(self, calls: Calls, xi: Any, method: Any = None) -> Any:
        """The values at points, in the last axis of `xi` or as a tuple of coordinates."""
        recorder, site = calls.recorder, calls.recorder.site

        def call(function: Any, *args: Any, **kwargs: Any) -> Any:
            return calls.call(site, function, *args, **kwargs)

        method = self.method if method is None else recorder.concrete_deep(method)
        if method not in ("linear", "nearest"):
            refuse_by_name(calls, f"{_NAME} with method={method!r}")
        count = len(self.axes)
        if isinstance(xi, tuple):
            xi = call(np.stack, list(call(np.broadcast_arrays, *xi)), axis=-1)
        xi = recorder.array(xi)
        shape: tuple[int, ...] = recorder.shape(xi)
        if len(shape) == 1:
            shape = (int(np.prod(recorder.shape(xi))) // count, count)
        if shape[-1] != count:
            raise ValueError(
                f"The requested sample points xi have dimension {shape[-1]} but this "
                f"RegularGridInterpolator has dimension {count}"
            )
        points = recorder.apply("reshape", xi, shape=(int(np.prod(shape[:-1])), count))
        columns = [recorder.getitem(points, (slice(None), k)) for k in range(count)]
        beyond: Any = None
        cells, parts = [], []
        for k, (axis, column) in enumerate(zip(self.axes, columns, strict=True)):
            below, above = call(np.less, column, axis[0]), call(np.greater, column, axis[-1])
            either = call(np.logical_or, below, above)
            if self.bounds_error and calls.hooks.test(call(np.any, either), site):
                raise ValueError(f"One of the requested xi is out of bounds in dimension {k}")
            beyond = either if beyond is None else call(np.logical_or, beyond, either)
            cell = call(np.searchsorted, axis[1:-1], column, side="right")
            start, width = call(np.take, axis[:-1], cell), call(np.take, np.diff(axis), cell)
            cells.append(cell)
            parts.append(call(np.divide, call(np.subtract, column, start), width))
        result = self._between(calls, cells, parts, method)
        rest = recorder.shape(self.values)[count:]
        if not self.bounds_error and self.fill is not None:
            mask = recorder.apply("reshape", beyond, shape=(-1, *[1] * len(rest)))
            result = call(np.where, mask, self.fill, result)
        return recorder.apply("reshape", result, shape=(*shape[:-1], *rest))

    def _between(
        self, calls: Calls, cells: Sequence[Any], parts: Sequence[Any], method: str
    ) -> Any:
        recorder, site = calls.recorder, calls.recorder.site
        sizes = [len(axis) for axis in self.axes]
        rest = recorder.shape(self.values)[len(sizes) :]
        flat = recorder.apply("reshape", self.values, shape=(int(np.prod(sizes)), *rest))
        widened = (-1, *[1] * len(rest))

        def corner(steps: Sequence[Any]) -> Any:
            place: Any = 0
            for size, cell, step in zip(sizes, cells, steps, strict=True):
                here = calls.call(site, np.add, cell, step)
                place = calls.call(site, np.add, calls.call(site, np.multiply, place, size), here)
            return calls.call(site, np.take, flat, place, axis=0)

        if method == "nearest":
            nearest = [
                calls.call(site, np.where, calls.call(site, np.less_equal, part, 0.5), 0, 1)
                for part in parts
            ]
            return corner(nearest)
        total: Any = None
        for steps in itertools.product((0, 1), repeat=len(sizes)):
            weight: Any = 1.0
            for part, step in zip(parts, steps, strict=True):
                factor = part if step else calls.call(site, np.subtract, 1.0, part)
                weight = calls.call(site, np.multiply, weight, factor)
            weight = recorder.apply("reshape", weight, shape=widened)
            term = calls.call(site, np.multiply, corner(steps), weight)
            total = term if total is None else calls.call(site, np.add, total, term)
        return total

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        return self.at(calls, *args, **kwargs)


def _axes(calls: Calls, points: Any) -> tuple[Any, ...]:
    if calls.recorder.is_active(points):
        refuse_by_name(calls, _NAME)
    axes = [np.asarray(calls.recorder.concrete_deep(p), float) for p in calls.iterable(points)]
    if any(np.any(np.diff(axis) <= 0) for axis in axes):
        calls.recorder.refuse("a grid whose points do not rise", remedy="sort them beforehand")
    return tuple(axes)


def _call_grid(calls: Calls, made: Any, xi: Any, method: Any = None, *, nu: Any = None) -> Any:
    if not contains_tracer(xi):
        return NOT_HANDLED
    if nu is not None:
        refuse_by_name(calls, f"{_NAME}.__call__ with nu")
    known = calls.recorder.concrete_deep
    values = calls.recorder.array(read_held(calls, made, "values"))
    if calls.recorder.aval(values).dtype.startswith("complex"):
        refuse_by_name(calls, f"{_NAME}.__call__")
    fill = read_held(calls, made, "fill_value")
    bounds_error = bool(known(read_held(calls, made, "bounds_error")))
    axes = _axes(calls, read_held(calls, made, "grid"))
    held = known(read_held(calls, made, "method"))
    return Grid(axes, values, held, bounds_error, fill).at(calls, xi, method)


def _regular_grid(
    calls: Calls,
    points: Any,
    values: Any,
    method: Any = "linear",
    bounds_error: Any = True,
    fill_value: Any = np.nan,
    **more: Any,
) -> Any:
    recorder = calls.recorder
    if more or not (recorder.is_active(values) or contains_tracer(points)):
        return NOT_HANDLED
    known = recorder.concrete_deep
    axes = _axes(calls, points)
    return Grid(axes, recorder.array(values), known(method), bool(known(bounds_error)), fill_value)


def _interpn(
    calls: Calls,
    points: Any,
    values: Any,
    xi: Any,
    method: Any = "linear",
    bounds_error: Any = True,
    fill_value: Any = np.nan,
) -> Any:
    known = calls.recorder.concrete_deep
    if not contains_tracer((values, xi)) or known(method) not in ("linear", "nearest"):
        return NOT_HANDLED
    axes, bounded = _axes(calls, points), bool(known(bounds_error))
    values = calls.recorder.array(values)
    return Grid(axes, values, known(method), bounded, fill_value).at(calls, xi)


# -- images


def _map_coordinates(
    calls: Calls,
    input: Any,
    coordinates: Any,
    output: Any = None,
    order: Any = 3,
    mode: Any = "constant",
    cval: Any = 0.0,
    prefilter: Any = True,
) -> Any:
    """An image between its points: order 1 or 3; beyond the image `cval`, or the nearest point."""
    recorder, site = calls.recorder, calls.recorder.site
    if not (contains_tracer(coordinates) or contains_tracer(input)):
        return NOT_HANDLED
    order, mode, cval = recorder.concrete_deep((order, mode, cval))
    prefilter = recorder.concrete_deep(prefilter)
    known = (order, mode) in ((1, "constant"), (1, "nearest"), (3, "constant"))
    if not known or output is not None or not prefilter:
        return NOT_HANDLED
    image = recorder.array(input)
    if not recorder.aval(image).is_inexact:
        return NOT_HANDLED  # its result is rounded to integers
    shape = recorder.shape(image)
    given = recorder.array(coordinates)
    rest = recorder.shape(given)[1:]
    rows = [recorder.apply("reshape", row, shape=(-1,)) for row in recorder.rows(given)]
    if min(shape) < 2:
        return NOT_HANDLED
    if order == 3:
        value = _cubic(calls, recorder.apply("image_spline", image), shape, rows, cval)
        return recorder.apply("reshape", value, shape=rest)
    axes = tuple(np.arange(float(n)) for n in shape)
    if mode == "nearest":
        rows = [
            calls.call(site, np.clip, row, 0.0, float(n - 1))
            for row, n in zip(rows, shape, strict=True)
        ]
    grid = Grid(axes, image, "linear", False, cval if mode == "constant" else None)
    return recorder.apply("reshape", grid.at(calls, tuple(rows)), shape=rest)


def _cubic(
    calls: Calls, coefficients: Any, shape: tuple[int, ...], rows: Sequence[Any], cval: Any
) -> Any:
    """A cubic spline of an image, whose coefficients are mirrored at the edges."""
    recorder, site = calls.recorder, calls.recorder.site

    def call(function: Any, *args: Any, **kwargs: Any) -> Any:
        return calls.call(site, function, *args, **kwargs)

    def power(t: Any, scale: float) -> Any:
        return call(np.multiply, call(np.multiply, call(np.multiply, t, t), t), scale)

    flat = recorder.apply("reshape", coefficients, shape=(-1,))
    beyond: Any = None
    parts = []
    for n, row in zip(shape, rows, strict=True):
        either = call(np.logical_or, call(np.less, row, 0.0), call(np.greater, row, n - 1.0))
        beyond = either if beyond is None else call(np.logical_or, beyond, either)
        inside = call(np.clip, row, 0.0, n - 1.0)
        cell = call(np.searchsorted, np.arange(1.0, n - 1.0), inside, side="right")
        t = call(np.subtract, inside, cell)
        u = call(np.subtract, 1.0, t)
        near = []
        for one in (t, u):  # 2/3 - t**2 + t**3/2 for the two points beside it
            square = call(np.multiply, one, one)
            near.append(call(np.add, call(np.subtract, 2 / 3, square), power(one, 0.5)))
        weights = [power(u, 1 / 6), near[0], near[1], power(t, 1 / 6)]
        places = []
        for step in (-1, 0, 1, 2):
            place = call(np.abs, call(np.add, cell, step))
            mirrored = call(np.subtract, 2 * (n - 1), place)
            places.append(call(np.where, call(np.greater, place, n - 1), mirrored, place))
        parts.append(list(zip(weights, places, strict=True)))
    total: Any = None
    for chosen in itertools.product(*parts):
        weight: Any = 1.0
        spot: Any = 0
        for n, (factor, here) in zip(shape, chosen, strict=True):
            weight = call(np.multiply, weight, factor)
            spot = call(np.add, call(np.multiply, spot, n), here)
        term = call(np.multiply, weight, call(np.take, flat, spot))
        total = term if total is None else call(np.add, total, term)
    return call(np.where, beyond, cval, total)


HANDLERS["scipy.interpolate._rgi.__call__"] = _call_grid
HANDLERS["scipy.interpolate._rgi.RegularGridInterpolator"] = _regular_grid
HANDLERS["scipy.interpolate._rgi.interpn"] = _interpn
HANDLERS["scipy.ndimage._interpolation.map_coordinates"] = _map_coordinates
