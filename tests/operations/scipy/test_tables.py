"""Tables and fitted curves of SciPy: B-splines, regular grids, images between their points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import interpolate, ndimage

from symdiff import grad, hessian, jacfwd
from symdiff.errors import UnsupportedError

pytestmark = pytest.mark.sampled(every=11)

XS = np.linspace(0, 5, 11)
TCK = interpolate.splrep(XS, np.sin(XS))
SMOOTH = interpolate.splrep(XS, np.sin(XS) + 0.1 * np.cos(7 * XS), s=0.1)
SPLINE = interpolate.make_interp_spline(XS, np.sin(XS), k=3)
FITTED = interpolate.UnivariateSpline(XS, np.sin(XS), s=0.01)
ENDING = interpolate.InterpolatedUnivariateSpline(XS, np.sin(XS), ext=1)

AXES = (np.arange(4.0), np.array([0.0, 1.0, 3.0]))
HEIGHTS = np.random.default_rng(0).normal(size=(4, 3))
GRID = interpolate.RegularGridInterpolator(AXES, HEIGHTS)
FILLED = interpolate.RegularGridInterpolator(AXES, HEIGHTS, bounds_error=False, fill_value=7.0)
GOING_ON = interpolate.RegularGridInterpolator(AXES, HEIGHTS, bounds_error=False, fill_value=None)
NEAREST = interpolate.RegularGridInterpolator(AXES, HEIGHTS, method="nearest")
LINE = interpolate.RegularGridInterpolator(AXES[:1], HEIGHTS[:, 0])
SOLID = interpolate.RegularGridInterpolator(
    (AXES[0], np.arange(3.0), np.arange(2.0)), np.random.default_rng(1).normal(size=(4, 3, 2, 2))
)
IMAGE = np.random.default_rng(2).normal(size=(5, 6))
POINT = np.array([1.25, 0.6])


def slope(f: Any, x: float, h: float = 1e-3) -> float:
    d = [(f(x + k * h) - f(x - k * h)) / (2 * k * h) for k in (1, 2, 3)]
    return (15 * d[0] - 6 * d[1] + d[2]) / 10


def by_differences(f: Any, x: Any) -> Any:
    if np.ndim(x) == 0:
        return slope(f, x)
    return np.array([slope(lambda s, e=e: f(x + s * e), 0.0) for e in np.eye(len(x))])


def near(f: Any, *points: Any) -> None:
    gradient = grad(f)
    for x in points:
        want = by_differences(f, x)
        np.testing.assert_allclose(gradient(x), want, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(jacfwd(f)(points[0]), gradient(points[0]), rtol=1e-9, atol=1e-12)


CURVES: dict[str, tuple[Any, list[Any]]] = {
    "splev": (lambda x: float(interpolate.splev(x, TCK)) ** 2, [1.3, 4.9, 5.5, -0.3]),
    "of an array": (lambda x: np.sum(interpolate.splev(x, SMOOTH) ** 2), [np.array([0.3, 1.7])]),
    "a derivative": (lambda x: interpolate.splev(x, TCK, der=2) * x, [1.3]),
    "zero outside": (lambda x: interpolate.splev(x, TCK, ext=1) * 2 + x, [1.3, 5.7, -0.4]),
    "constant outside": (lambda x: interpolate.splev(x, TCK, ext=3) * x, [1.3, 5.7, -0.4]),
    "of degree one": (lambda x: interpolate.splev(x, interpolate.splrep(XS, XS**2, k=1)), [1.3]),
    "a curve": (
        lambda u: sum(v * v for v in interpolate.splev(u, (TCK[0], [TCK[1], 2 * TCK[1]], 3))),
        [1.3],
    ),
    "an area": (lambda b: interpolate.splint(0.3, b, TCK) * b, [1.3, 4.0]),
    "coefficients": (lambda c: interpolate.splev(1.3, (TCK[0], c, 3)) ** 2, [TCK[1][:11]]),
    "BSpline": (lambda x: SPLINE(x) * x, [1.3, 5.5]),
    "its derivative": (lambda x: SPLINE(x, nu=1) + SPLINE.derivative()(x), [1.3]),
    "not beyond": (lambda x: SPLINE(x, extrapolate=False) * x, [1.3]),
    "UnivariateSpline": (lambda x: FITTED(x) * x + FITTED(x, nu=1), [1.3, 5.6]),
    "with an end": (lambda x: ENDING(x) * x + x, [1.3, 5.6]),
}


@pytest.mark.parametrize("name", CURVES)
def test_splines(name: str) -> None:
    f, points = CURVES[name]
    near(f, *points)


def test_a_spline_is_read_at_every_call() -> None:
    t, c, k = (np.array(v) if np.ndim(v) else v for v in TCK)
    held = interpolate.make_interp_spline(XS, np.sin(XS), k=3)
    gradient = grad(lambda x: interpolate.splev(x, (t, c, k)) + held(x))
    before = gradient(1.3)
    c[:] *= 2
    held.c[:] *= 2
    assert gradient(1.3) == pytest.approx(2 * before)
    for x in np.linspace(0.1, 4.9, 20).tolist():
        gradient(x)
    assert gradient.trace_count == 1
    assert grad(grad(lambda x: interpolate.splev(x, TCK) + 0.0))(1.3) == pytest.approx(
        interpolate.splev(1.3, TCK, der=2)
    )
    with pytest.raises(ValueError, match=r"range|domain"):
        grad(lambda x: interpolate.splev(x, TCK, ext=2) + 0.0)(5.7)


@pytest.mark.parametrize("grid", [GRID, FILLED, GOING_ON, NEAREST], ids=["", "fill", "on", "near"])
def test_points_in_a_grid(grid: Any) -> None:
    near(lambda p: np.sum(grid(p.reshape(1, 2)) ** 2) + p[0], POINT)
    near(lambda p: grid(p)[0] * grid([p[0], p[1]])[0] + p[1], POINT)
    near(lambda p: np.sum(grid(np.stack([p, p * 0.5, p * 1.1])) ** 2), POINT)
    near(lambda p: grid((p[0], p[1])).item() ** 2 + np.sum(grid((p, p[::-1]))), POINT)


@pytest.mark.slow
def test_further_grids() -> None:
    outside = np.array([4.5, 0.6])
    near(lambda p: GOING_ON(p)[0] ** 2 + p[0], outside, POINT)
    near(lambda p: FILLED(p)[0] ** 2 + p[0], outside, POINT)
    near(lambda x: np.sum(LINE(x) ** 2), np.array([0.3, 1.7]))
    near(lambda p: np.sum(SOLID(p) * np.array([1.0, 2.0])), np.array([1.2, 0.3, 0.6]))
    near(lambda p: GRID(p, method="nearest")[0] * p[0], POINT)
    near(lambda p: interpolate.interpn(AXES, HEIGHTS, p)[0] ** 2, POINT)
    near(
        lambda v: interpolate.RegularGridInterpolator(AXES, v.reshape(4, 3))([[1.2, 0.7]])[0] ** 2,
        HEIGHTS.ravel(),
    )
    with pytest.raises(ValueError, match="out of bounds in dimension 0"):
        grad(lambda p: GRID(p)[0])(outside)


def test_a_cell_is_no_path() -> None:
    heights = HEIGHTS.copy()
    grid = interpolate.RegularGridInterpolator(AXES, heights)
    gradient = grad(lambda p: grid(p)[0])
    before = gradient(POINT)
    grid.values[:] *= 3
    np.testing.assert_allclose(gradient(POINT), 3 * before)
    for p in np.random.default_rng(3).uniform(0, 2.9, (20, 2)):
        np.testing.assert_allclose(gradient(p), by_differences(lambda q: grid(q)[0], p), atol=1e-8)
    assert gradient.trace_count == 1


IMAGES: dict[str, tuple[Any, list[Any]]] = {
    "linear": (
        lambda p: np.sum(ndimage.map_coordinates(IMAGE, [[p[0], p[1]], [p[1], 2.2]], order=1) ** 2),
        [np.array([1.3, 2.6])],
    ),
    "at the edge": (
        lambda p: np.sum(ndimage.map_coordinates(IMAGE, [p, p[::-1]], order=1, mode="nearest")),
        [np.array([1.3, 7.6])],
    ),
    "beyond it": (
        lambda p: np.sum(ndimage.map_coordinates(IMAGE, [p, p[::-1]], order=1, cval=3.0)) + p[0],
        [np.array([1.3, 7.6])],
    ),
    "cubic": (
        lambda p: ndimage.map_coordinates(IMAGE, [[p[0]], [p[1]]])[0] ** 2,
        [np.array([1.3, 2.6]), np.array([0.2, 4.9]), np.array([3.8, 0.1])],
    ),
    "cubic, beyond": (
        lambda p: np.sum(ndimage.map_coordinates(IMAGE, [p, p[::-1]], cval=2.0)) * p[0],
        [np.array([1.3, 7.6]), np.array([1.3, 2.1])],
    ),
    "of the image": (
        lambda v: ndimage.map_coordinates(v.reshape(5, 6), [[1.2], [3.4]], order=1)[0] ** 2,
        [IMAGE.ravel()],
    ),
}


@pytest.mark.parametrize("name", IMAGES)
def test_images(name: str) -> None:
    f, points = IMAGES[name]
    near(f, *points)


@pytest.mark.slow
def test_second_derivatives_of_an_image() -> None:
    def f(p):
        return ndimage.map_coordinates(IMAGE, p.reshape(2, 1))[0]

    gradient, p = grad(f), np.array([1.3, 2.6])
    want = [by_differences(lambda q, k=k: gradient(q)[k], p) for k in (0, 1)]
    np.testing.assert_allclose(hessian(f)(p), want, rtol=1e-6, atol=1e-8)


def test_what_is_not_followed_is_refused() -> None:
    for f in (
        lambda p: ndimage.map_coordinates(IMAGE, p.reshape(2, 1), mode="reflect")[0],
        lambda p: ndimage.map_coordinates(IMAGE * p[0], [[1.2], [3.4]], order=5)[0],
        lambda p: GRID(p, method="cubic")[0],
        lambda p: interpolate.splev(1.3, (p[0] * TCK[0], TCK[1], 3)) + 0.0,
    ):
        with pytest.raises(UnsupportedError):
            grad(f)(POINT)
