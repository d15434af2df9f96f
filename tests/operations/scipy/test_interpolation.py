"""SciPy's piecewise polynomials: at an active point, and of active values where they are linear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import interpolate

from symdiff import UnsupportedError, grad, jacobian

pytestmark = pytest.mark.sampled(every=7)

X = np.array([0.0, 1.0, 2.5, 3.0, 4.0, 5.5])
Y = np.sin(X) + X
TABLE = np.stack([Y, Y**2, np.cos(Y)], axis=1)
SPLINE = interpolate.CubicSpline(X, Y)
COLUMNS = interpolate.CubicSpline(X, TABLE)
ROWS = interpolate.CubicSpline(X, TABLE.T, axis=1)
LINEAR = interpolate.interp1d(X, Y)
WITHIN = ([0.3, 1.7, 4.9], [2.6, 5.4, 0.1])
BEYOND = (*WITHIN, [-0.5, 6.2, 3.3])
KINDS = ("linear", "nearest", "nearest-up", "zero", "slinear", "quadratic", "cubic")
KINDS = (*KINDS, "previous", "next")


def check(f: Callable[[Any], Any], points: Any, rtol: float = 1e-6) -> None:
    """The Jacobian against differences, forward and backward through one object."""
    gradient = jacobian(f)
    for point in (*points, *reversed(points)):
        x = np.asarray(point, float)
        have = np.asarray(gradient(x))
        columns = []
        for k in range(x.size):
            step = 1e-6 * np.eye(x.size)[k].reshape(x.shape)
            columns.append((np.asarray(f(x + step)) - np.asarray(f(x - step))) / 2e-6)
        want = np.moveaxis(np.array(columns), 0, -1).reshape(have.shape)
        np.testing.assert_allclose(have, np.nan_to_num(want), rtol=rtol, atol=rtol)
    assert gradient.trace_count == 1


AT_A_POINT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "a spline": (lambda x: SPLINE(x), BEYOND),
    "one number": (lambda x: SPLINE(x), (0.3, 1.7, 6.2)),
    "its slope": (lambda x: SPLINE(x, 1), BEYOND),
    "its curvature": (lambda x: SPLINE(x, nu=2), BEYOND),
    "inside only": (lambda x: SPLINE(x, extrapolate=False), WITHIN),
    "columns": (lambda x: COLUMNS(x), BEYOND),
    "along an axis": (lambda x: ROWS(x), BEYOND),
    "a matrix of points": (lambda x: ROWS(x.reshape(1, 3)), BEYOND),
    "made inside": (lambda x: interpolate.CubicSpline(X, Y, bc_type="natural")(x), BEYOND),
    "pchip": (lambda x: interpolate.PchipInterpolator(X, Y)(x), BEYOND),
    "akima": (lambda x: interpolate.Akima1DInterpolator(X, Y)(x), WITHIN),
    "its derivative": (lambda x: SPLINE.derivative()(x), BEYOND),
    "an integral": (lambda x: SPLINE.integrate(x[0], x[1]) * x[2], BEYOND),
    "interp1d": (lambda x: LINEAR(x), WITHIN),
    "interp1d at a number": (lambda x: LINEAR(x), (0.3, 1.7)),
    **{
        f"{kind} {way}": (
            lambda x, kind=kind, more=more: interpolate.interp1d(X, TABLE.T, kind, **more)(x),
            points,
        )
        for kind in KINDS
        for way, more, points in (
            ("within", {}, WITHIN),
            ("beyond", {"fill_value": "extrapolate"}, BEYOND),
            ("filled", {"bounds_error": False, "fill_value": 9.0}, BEYOND),
        )
    },
}
OF_VALUES: dict[str, Callable[[Any], Any]] = {
    **{
        f"a spline, {bc}": lambda y, bc=bc: interpolate.CubicSpline(X, y, bc_type=bc)(
            np.array([0.3, 2.6, 7.0])
        )
        for bc in ("not-a-knot", "natural", "clamped", ((1, 0.0), (2, 0.0)))
    },
    "value and point": lambda y: interpolate.CubicSpline(X, y)(y * 0.3),
    "its slope": lambda y: interpolate.CubicSpline(X, y)(0.7, 1),
    "unsorted": lambda y: interpolate.interp1d(X[::-1], y)(np.array([0.3, 1.7])),
    **{
        f"{kind} {way}": lambda y, kind=kind, more=more, at=at: interpolate.interp1d(
            X, y, kind, **more(y)
        )(np.array(at))
        for kind in KINDS
        for way, more, at in (
            ("within", lambda y: {}, [0.3, 1.7, 5.2]),
            ("beyond", lambda y: {"fill_value": "extrapolate"}, [-1.0, 0.3, 7.2]),
            (
                "filled",
                lambda y: {"bounds_error": False, "fill_value": (y[0], y[-1])},
                [-1.0, 0.3, 7.2],
            ),
        )
    },
}


@pytest.mark.parametrize("name", AT_A_POINT)
def test_at_a_point(name: str) -> None:
    check(*AT_A_POINT[name])


@pytest.mark.parametrize("name", OF_VALUES)
def test_of_values(name: str) -> None:
    check(OF_VALUES[name], (Y, Y**2 / 9, -Y + 5))


def test_columns_of_values() -> None:
    check(lambda y: interpolate.CubicSpline(X, y)(np.array([0.3, 2.6])), (TABLE, TABLE**2))
    check(lambda y: interpolate.interp1d(X, y, axis=0)(np.array([0.3, 2.6])), (TABLE, TABLE**2))


def test_beyond_the_ends_is_an_error_that_can_be_caught() -> None:
    def f(x: Any) -> Any:
        try:
            return LINEAR(x) * 1.0
        except ValueError:
            return x * 3

    gradient = grad(f)
    inside = (Y[2] - Y[1]) / 1.5
    for x, want in ((1.2, inside), (9.0, 3.0), (1.2, inside)):
        assert gradient(x) == pytest.approx(want)


def test_an_interpolant_from_outside_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        return SPLINE(x) + LINEAR(x)

    gradient = grad(f)
    before = gradient(1.2)
    monkeypatch.setitem(globals(), "SPLINE", interpolate.CubicSpline(X, 2 * Y))
    monkeypatch.setitem(globals(), "LINEAR", interpolate.interp1d(X, 2 * Y))
    assert gradient(1.2) == pytest.approx(2 * before)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: interpolate.CubicSpline(X * x, Y)(0.5),
        lambda x: interpolate.interp1d(X * x, Y)(0.5),
        lambda x: interpolate.Akima1DInterpolator(X, Y * x)(0.5),
        lambda x: interpolate.CubicSpline(X, Y * x, bc_type=((1, 2.0), (2, 0.0)))(0.5),
        lambda x: interpolate.BarycentricInterpolator(X, Y)(x),
    ],
)
def test_what_is_not_linear_is_refused(f: Any) -> None:
    with pytest.raises(UnsupportedError, match=r"scipy\.interpolate|CubicSpline"):
        grad(f)(1.3)
