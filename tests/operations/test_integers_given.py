"""Functions of arrays of integers and truths: what they are computed in is NumPy's, or SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import interpolate, ndimage, signal, spatial, special

from symdiff import UnsupportedError, value_and_grad

A: Any = None
M: Any = None

FUNCTIONS = {
    "median": lambda: np.median(A),
    "medians": lambda: np.median(M, axis=0).sum(),
    "nanmedian": lambda: np.nanmedian(A),
    "percentile": lambda: np.percentile(A, 30),
    "quantiles": lambda: np.quantile(A, [0.2, 0.9]).sum(),
    "an element": lambda: np.percentile(A, 30, method="lower") * 1.5,
    "average": lambda: np.average(A, weights=A + 1),
    "gradient": lambda: np.gradient(A, 0.5).sum(),
    "vander": lambda: np.vander(A, 3).sum(),
    "insert": lambda: np.insert(A, 1, 2.5).sum(),
    "interp": lambda: np.interp(2.5, [0, 1, 2, 3, 4, 5], A[::-1]),
    "interp of places": lambda: np.interp(A, [0, 200], [3, 1]).sum(),
    "expit": lambda: special.expit(A).sum(),
    "distances": lambda: spatial.distance.cdist(M, M).sum(),
    "square of a distance": lambda: spatial.distance.sqeuclidean(A, A[::-1]),
    "fftconvolve": lambda: signal.fftconvolve(A, A).sum(),
    "pchip": lambda: interpolate.PchipInterpolator([0, 1, 2, 3, 4, 5], A)(1.5),
}


@pytest.fixture(params=["int8", "uint8", "int64", "uint32"])
def given(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.array([100, 3, 7, 120, 0, 2])
    rows = np.array([[1, 2, 3], [7, 5, 100], [9, 2, 1], [8, 100, 3]])
    monkeypatch.setitem(globals(), "A", numbers.astype(request.param))
    monkeypatch.setitem(globals(), "M", rows.astype(request.param))


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_of_integers(name: str) -> None:
    make = FUNCTIONS[name]

    def f(x: float) -> Any:
        return x * make()

    found, slope = value_and_grad(f)(1.5)
    single = name == "expit" and A.dtype.itemsize < 4  # which SciPy computes in
    rtol = 1e-6 if single else 1e-12
    np.testing.assert_allclose([found, 1.5 * slope], f(1.5), rtol=rtol)


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize("name", ["gaussian_filter", "uniform_filter", "convolve"])
def test_an_image_of_integers_is_refused_where_it_would_be_rounded(name: str) -> None:
    more = [1, 2, 1] if name == "convolve" else 1

    def f(x: float) -> Any:
        return x * getattr(ndimage, name)(A, more).sum()

    with pytest.raises(UnsupportedError, match="astype"):
        value_and_grad(f)(1.5)
