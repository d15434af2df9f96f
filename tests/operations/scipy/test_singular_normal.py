"""The normal distribution over a plane, Euler angles, and sizes of complex numbers."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation
from scipy.stats import multivariate_normal

from symdiff import UnsupportedError, hessian, jvp, value_and_grad

pytestmark = pytest.mark.sampled(every=5)

X = np.array([0.7, 1.3, 0.4, 2.1])
PLANE = np.ones((2, 2))
LINES = np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) + np.outer([1.0, 0.0, -1.0], [1.0, 0.0, -1.0])

SINGULAR: dict[str, Callable[..., Any]] = {
    "frozen": lambda x: multivariate_normal(np.zeros(2), PLANE, allow_singular=True).logpdf(
        x[:1].repeat(2)
    ),
    "in a plane": lambda x: multivariate_normal.logpdf(
        x[0] * np.array([1.0, 2.0, 3.0]) + x[1] * np.array([1.0, 0.0, -1.0]),
        np.zeros(3),
        LINES,
        allow_singular=True,
    ),
    "many points": lambda x: multivariate_normal.pdf(
        np.stack([x[:2].sum() * np.ones(2), x[2] * np.ones(2)]),
        x[3] * np.ones(2),
        PLANE,
        allow_singular=True,
    ).sum(),
    "moved": lambda x: multivariate_normal.logpdf(
        [1.0, 1.0], mean=x[:1].repeat(2), cov=2 * PLANE, allow_singular=True
    ),
    "regular": lambda x: multivariate_normal.logpdf(
        x[:2], cov=PLANE + np.eye(2), allow_singular=True
    ),
}

SIZES: dict[str, Callable[..., Any]] = {
    "one of a spectrum": lambda x: np.abs(np.fft.fft(x))[0] * x[1],
    "power and one size": lambda x: (
        (np.fft.fft(x) * np.conj(np.fft.fft(x))).real.sum()
        + np.abs(np.fft.fftshift(np.fft.fft(x)))[0]
    ),
    "some": lambda x: np.abs(np.fft.rfft(x))[1:].sum() ** 2,
    "the largest": lambda x: np.abs(np.fft.rfft(x)).max() * x[0],
    "chosen": lambda x: np.where(np.abs(np.fft.rfft(x)) > 1, np.abs(np.fft.rfft(x)), 0.0).sum(),
    "of a matrix": lambda x: np.abs(x.reshape(2, 2) * (1 + 2j))[1, 0] ** 3,
    "of rows": lambda x: np.abs(x.reshape(2, 2) + 1j * x[:2])[:, 0].prod(),
    "written over": lambda x: _written_over(np.abs(np.fft.fft(x))),
}


def _written_over(sizes: Any) -> Any:
    sizes[1] = 3.0
    return sizes[:2].sum() * sizes[3]


def differences(f: Callable[..., Any], x: Any, h: float = 1e-6) -> Any:
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize("f", [*SINGULAR.values(), *SIZES.values()], ids=[*SINGULAR, *SIZES])
def test_both_modes_and_second_order(f: Callable[..., Any]) -> None:
    g = value_and_grad(f)
    value, gradient = g(X)
    assert_allclose(value, f(X), rtol=1e-12)
    assert_allclose(gradient, differences(f, X), rtol=1e-6, atol=1e-7)
    assert_allclose(jvp(f, (X,), (X[::-1],))[1], gradient @ X[::-1], rtol=1e-9)
    expected = differences(lambda x: g(x)[1], X)
    assert_allclose(hessian(f)(X), expected, rtol=1e-5, atol=1e-6)


def test_beside_the_plane_there_is_nothing() -> None:
    f = lambda x: multivariate_normal.logpdf(x[:2], cov=PLANE, allow_singular=True)
    value, gradient = value_and_grad(f)(X)
    assert value == f(X) == -np.inf
    assert_allclose(gradient, 0.0)


def test_the_matrix_itself_has_no_derivative() -> None:
    with pytest.raises(UnsupportedError, match="singular"):
        value_and_grad(
            lambda x: multivariate_normal.logpdf(np.ones(2), cov=PLANE * x[0], allow_singular=True)
        )(X)


SEQUENCES = ["xyz", "zyx", "XYZ", "ZYX", "zxz", "ZXZ", "yxy", "YXZ", "xzy"]
TURNS = [
    np.array([0.3, -0.5, 0.9]),
    np.array([2.0, 1.4, -2.5]),
    np.array([-3.0, 0.2, 3.0]),
    np.array([1.0, -1.3, 0.1]),
]


needs_readable_rotations = pytest.mark.skipif(
    not isinstance(Rotation.apply, FunctionType), reason="rotations of this SciPy are written in C"
)


@needs_readable_rotations
@pytest.mark.parametrize("seq", SEQUENCES)
def test_euler_angles(seq: str) -> None:
    weights = np.array([1.0, 2.0, 3.0])
    f = lambda v: Rotation.from_rotvec(v).as_euler(seq, degrees=seq.isupper()) @ weights
    g = value_and_grad(f)
    for v in [*TURNS, *TURNS[::-1]]:
        value, gradient = g(v)
        assert_allclose(value, f(v), rtol=1e-11, atol=1e-12)
        assert_allclose(gradient, differences(f, v), rtol=1e-6, atol=1e-6)


@needs_readable_rotations
def test_euler_angles_of_several_rotations() -> None:
    f = lambda v: Rotation.from_rotvec(np.outer([1.0, 2.0, -1.0], v)).as_euler("zyx").sum()
    assert_allclose(value_and_grad(f)(TURNS[0])[1], differences(f, TURNS[0]), rtol=1e-6)


@needs_readable_rotations
def test_axes_that_fall_together_are_refused() -> None:
    f = lambda v: Rotation.from_euler("xyz", [v[0], np.pi / 2, v[1]]).as_euler("xyz").sum()
    with pytest.raises(UnsupportedError, match="fall together"):
        value_and_grad(f)(TURNS[0])
