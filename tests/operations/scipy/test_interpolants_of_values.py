"""Interpolants of SciPy whose values are differentiated, at and beside their points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.interpolate as si
import scipy.ndimage
from numpy.testing import assert_allclose

from symdiff import UnsupportedError, hessian, value_and_grad

pytestmark = pytest.mark.sampled(every=11)

K = np.array([0.0, 1.0, 2.5, 3.0])
INPUTS = [
    np.array([0.7, 1.3, 0.4, 2.1]),
    np.array([1.0, 3.0, 2.0, 5.0]),
    np.array([0.1, 0.2, 0.5, 0.6]),
    np.array([2.0, 0.5, 0.9, 0.1]),
]
PLACES = np.array([0.2, 1.3, 2.7, 3.1])

SPLINES: dict[str, Callable[..., Any]] = {
    "splrep": lambda x: float(si.splev(1.5, si.splrep(K, x))) * x[0],
    "splrep at many": lambda x: si.splev(x / 4, si.splrep(K, x, s=0)).sum(),
    "splrep, slope": lambda x: float(si.splev(0.5, si.splrep(K, x, k=2), der=1)) ** 2,
    "splrep, area": lambda x: si.splint(0.3, x[0], si.splrep(K, x, k=1)),
    "splrep to BSpline": lambda x: si.BSpline(*si.splrep(K, x))(1.1) * x[1],
    "interpolated": lambda x: si.InterpolatedUnivariateSpline(K, x)(1.2) * x[3],
    "interpolated, line": lambda x: si.InterpolatedUnivariateSpline(K, x, k=1)(PLACES).sum(),
    "univariate": lambda x: si.UnivariateSpline(K, x, s=0, k=2, ext=1)(np.array([1.2, 5])).sum(),
    "made": lambda x: (
        si.make_interp_spline(K, x)(1.2) + si.make_interp_spline(K, x, k=1)(x[0] / 2.1)
    ),
    "made, slope": lambda x: si.make_interp_spline(K, x).derivative()(1.1) ** 2,
    "made, natural": lambda x: si.make_interp_spline(K, x, bc_type="natural")(PLACES) @ x,
    "coefficients": lambda x: si.BSpline(np.arange(8.0), x, 3)(3.5) * x[0],
    "coefficients, area": lambda x: si.BSpline(np.arange(8.0), x, 3).integrate(3.1, 3.9) ** 2,
    "inside": lambda x: si.BSpline(np.arange(8.0), x, 3, extrapolate=False)(np.array([3.5]))[0],
    "cubic, area": lambda x: si.CubicSpline(K, x).integrate(0.2, 2.7) ** 2,
    "cubic, slopes": lambda x: (
        si.CubicSpline(K, x).derivative()(1.1) * x[0]
        + si.CubicSpline(K, x).derivative(2)(0.3)
        + si.CubicSpline(K, x).antiderivative()(2.2) ** 2
    ),
    "monotone": lambda x: si.PchipInterpolator(K, x)(1.5) * x[0],
    "monotone, rising": lambda x: si.PchipInterpolator(K, np.cumsum(x))(PLACES).sum() ** 2,
    "monotone, slope": lambda x: si.PchipInterpolator(K, x).derivative()(0.7) * x[1],
    "monotone, area": lambda x: si.PchipInterpolator(K, np.cumsum(x)).integrate(0.0, 2.0) ** 2,
    "monotone, two points": lambda x: si.PchipInterpolator(K[:2], x[:2])(0.3) * x[2],
    "monotone, columns": lambda x: si.PchipInterpolator(K, np.stack([x, x**2], 1))(0.4).sum(),
    "monotone, rows": lambda x: si.PchipInterpolator(
        K, np.stack([x, x**2]), axis=1, extrapolate=False
    )(np.array([0.4, 0.5])).sum(),
    "monotone, in x": lambda x: si.PchipInterpolator(K, [0.0, 1.0, 5.0, 6.0])(x).sum(),
    "monotone at once": lambda x: si.pchip_interpolate(K, x, 1.2) * x[0],
    "image": lambda x: scipy.ndimage.map_coordinates(np.outer(x, x), [[0.3, 1.2], [0.6, 2.2]])[0],
    "image, both": lambda x: scipy.ndimage.map_coordinates(
        np.outer(x, [1.0, 3.0, 2.0]), np.stack([x[:2] / 2, [0.4, 1.3]])
    ).sum(),
}


def differences(f: Callable[..., Any], x: Any, h: float = 1e-6) -> Any:
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize("name", SPLINES)
def test_value_and_gradient(name: str) -> None:
    f = SPLINES[name]
    g = value_and_grad(f)
    for x in [*INPUTS, *INPUTS[::-1]]:
        value, gradient = g(x)
        assert_allclose(value, f(x), rtol=1e-12, atol=1e-13)
        assert_allclose(gradient, differences(f, x), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["monotone, rising", "image", "splrep", "cubic, area"])
def test_second_order(name: str) -> None:
    g = value_and_grad(SPLINES[name])
    x = INPUTS[0]
    expected = differences(lambda x: g(x)[1], x)
    assert_allclose(hessian(SPLINES[name])(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: si.splrep(K, x, s=1.0)[1].sum(),
        lambda x: si.UnivariateSpline(K, x)(1.0) * 1.0,
        lambda x: si.splrep(x, K)[1].sum(),
        lambda x: si.PchipInterpolator(x, K)(0.3),
        lambda x: si.CubicSpline(K, x).roots().sum(),
        lambda x: si.interp1d(K, x).derivative()(0.1),
    ],
)
def test_the_rest_is_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedError):
        value_and_grad(f)(np.sort(INPUTS[1]))
