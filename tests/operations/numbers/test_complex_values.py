"""Complex numbers from outside and on the way: constants, integrands, roots, eigenvalues."""

from __future__ import annotations

import cmath
import functools
import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, linalg

from symdiff import grad, hessian, jacfwd
from symdiff.errors import SymdiffError, UnsupportedError

pytestmark = pytest.mark.sampled(every=7)

J = 1j
Z = 2.0 + 0.5j
ROW = np.array([1 + 1j, 2 - 0.5j, 0.3j])
TABLE = {"z": 1j, "rest": [0.5 + 1j, 2.0]}


def slope(f: Any, x: float, h: float = 1e-3) -> float:
    d = [(f(x + k * h) - f(x - k * h)) / (2 * k * h) for k in (1, 2, 3)]
    return (15 * d[0] - 6 * d[1] + d[2]) / 10


def by_differences(f: Any, x: Any) -> Any:
    if np.ndim(x) == 0:
        return slope(f, x)
    return np.array([slope(lambda s, e=e: f(x + s * e), 0.0) for e in np.eye(len(x))])


class Filter:
    pole = 0.3 + 0.7j

    def __init__(self) -> None:
        self.zero = 1 - 1j

    def gain(self, w: Any) -> Any:
        return abs((J * w - self.zero) / (J * w - self.pole))


POINTS = 1j * np.array([0.1, 1.0, 5.0])


def of_an_array(p: Any, s: Any = POINTS) -> Any:
    return np.sum(np.abs(p[0] / (s**2 + p[1] * s + 1)) ** 2)


def delayed(u: Any, rate: Any, tau: Any = 0.5) -> Any:
    return cmath.exp(-1j * u * tau * rate - 0.5 * rate * u * u)


def inverted(rate: Any) -> Any:
    f = functools.partial(delayed, rate=rate)
    return integrate.quad(lambda u: (f(u) / f(-0.5j)).real, 0.0, 6.0)[0]


def heston(p: Any) -> Any:
    def characteristic(u: Any) -> Any:
        d = cmath.sqrt((-0.6 * p[1] * 1j * u - 0.9) ** 2 + p[1] ** 2 * (1j * u + u * u))
        a, b = 0.9 + 0.6 * p[1] * 1j * u - d, 0.9 + 0.6 * p[1] * 1j * u + d
        g, decay = a / b, cmath.exp(-d)
        c = 0.9 * p[0] / p[1] ** 2 * (a - 2 * cmath.log((1 - g * decay) / (1 - g)))
        return cmath.exp(c + 0.04 / p[1] ** 2 * a * (1 - decay) / (1 - g * decay))

    first = characteristic(-1j)
    return integrate.quad(
        lambda u: (cmath.exp(-0.05j * u) * characteristic(u - 1j) / (1j * u * first)).real, 0.01, 30
    )[0]


def vapour_volume(b: Any) -> Any:
    z = np.roots([1.0, -(1.0 - b), 0.3, -0.05 * b])
    return np.max(z[np.abs(z.imag) < 1e-9].real)


def matrix(c: Any) -> Any:
    return np.array([[0.0, 1.0], [-4.0, -c]])


CASES = {
    "a global": (lambda w: np.real(np.exp(J * w) * 2.0), [0.7, 1.0]),
    "an impedance": (lambda w: abs(1 / (0.02 + J * w * 1e-3 + 1 / (J * w * Z))), [3.0]),
    "cmath": (lambda w: (cmath.exp(J * w) * np.complex128(1 - 2j)).imag, [0.7]),
    "an array": (lambda x: np.sum(np.abs(ROW * x + x**2) ** 2), [0.7]),
    "a dict and a list": (lambda x: (TABLE["z"] * x * TABLE["rest"][0] * x).real, [0.7]),
    "attributes": (Filter().gain, [0.7, 2.0]),
    "a default": (of_an_array, [np.array([2.0, 0.5])]),
    "phase and root": (lambda x: cmath.phase(x + Z) + cmath.sqrt(x * Z).real, [0.7]),
    "an integrand": (inverted, [0.8]),
    "a characteristic function": (heston, [np.array([0.05, 0.4])]),
    "a complex integral": (
        lambda r: abs(integrate.quad(lambda u: np.exp(1j * u * r) * Z, 0, r, complex_func=True)[0]),
        [0.8],
    ),
    "a cubic": (vapour_volume, [0.1, 0.3, 1.5]),
    "damping": (lambda c: np.max(np.roots([1.0, c, 4.0]).real), [1.0, 5.0, 1.2]),
    "a frequency": (lambda c: np.max(np.abs(np.imag(np.roots([1.0, c, 4.0])))), [1.0]),
    "moduli": (lambda p: np.sum(np.abs(np.roots(p)) ** 2), [np.array([1.0, 0.3, 2.0, 0.5])]),
    "real roots alone": (
        lambda b: sum(r.real for r in np.roots([1.0, 0.0, b, -1.0]) if not np.iscomplex(r)),
        [1.0],
    ),
    "by isreal": (lambda b: _real_ones(np.roots([b, 0.0, 1.0, -1.0])), [1.0]),
    "a root at zero": (lambda p: np.sum(np.abs(np.roots([p[0], 1.0, p[1], 0.0]))), [np.ones(2)]),
    "no leading coefficient": (
        lambda p: np.sum(np.roots(np.array([0.0 * p[0], p[0], 0.3, p[1]])).imag ** 2),
        [np.array([1.0, 0.7])],
    ),
    "if close": (
        lambda b: np.sum(np.real_if_close(np.roots([1.0, -3 * b, 2 * b * b])) ** 2),
        [1.0],
    ),
    "eigenvalues": (lambda c: np.max(np.linalg.eigvals(matrix(c)).real), [0.5, 6.0, 0.7]),
    "eig": (lambda c: np.sum(np.abs(np.linalg.eig(matrix(c))[0])) * c, [0.5]),
    "SciPy's": (lambda c: np.min(linalg.eigvals(matrix(c)).real), [0.5, 6.0]),
    "a spectral radius": (
        lambda p: np.max(np.abs(np.linalg.eigvals(np.outer(p, p[::-1]) + np.diag(p, 1)[:3, :3]))),
        [np.array([0.3, -1.0, 0.2])],
    ),
}


def _real_ones(z: Any) -> Any:
    return np.sum(z[np.isreal(z)].real ** 3)


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str) -> None:
    f, points = CASES[name]
    gradient = grad(f)
    for x in points:
        want = by_differences(f, x)
        atol = 1e-6 * np.max(np.abs(want))
        np.testing.assert_allclose(gradient(x), want, rtol=1e-6, atol=atol)
        np.testing.assert_allclose(jacfwd(f)(x), gradient(x), rtol=1e-9, atol=1e-12)


def test_a_complex_constant_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = grad(lambda w: np.real(np.exp(J * w)) + np.sum(ROW.imag * w) + abs(TABLE["z"] * w))
    for value in (1j, 2j, 0.5 + 1j):
        monkeypatch.setitem(globals(), "J", value)
        monkeypatch.setitem(TABLE, "z", 3 * value)
        ROW[1] = 2 - value
        want = (value * cmath.exp(value * 0.7)).real + np.sum(ROW.imag) + abs(3 * value)
        assert gradient(0.7) == pytest.approx(want, rel=1e-12)
    ROW[1] = 2 - 0.5j
    assert gradient.trace_count == 1


def test_a_complex_argument_that_is_not_differentiated() -> None:
    gradient = grad(lambda a, z: abs(a + z) ** 2)
    assert gradient(1.0, 1 + 2j) == pytest.approx(4.0)
    assert gradient(1.0, 3 - 2j) == pytest.approx(8.0)
    with pytest.raises(SymdiffError, match="complex"):
        grad(lambda z: abs(z))(1 + 2j)


def test_second_derivatives() -> None:
    def roots(p):
        return np.sum(np.roots(np.array([1.0, p[0], p[1]])).imag ** 2 * p[0])

    def values(p):
        return np.sum(np.linalg.eigvals(np.array([[0.0, p[0]], [-4.0, -p[1]]])).imag ** 2)

    # The imaginary parts are those of sqrt(p0**2/4 - p1) and sqrt(p1**2/4 - 4*p0).
    p = np.array([0.5, 3.0])
    np.testing.assert_allclose(hessian(roots)(p), [[-3 * p[0], 2], [2, 0]], atol=1e-9)
    np.testing.assert_allclose(hessian(values)(np.array([1.0, 0.5])), [[0, 0], [0, -1]], atol=1e-9)


def test_complex_eigenvectors_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="phase"):
        grad(lambda c: np.sum(np.abs(np.linalg.eig(matrix(c))[1])))(0.5)
    assert math.isfinite(grad(lambda c: np.sum(np.linalg.eig(matrix(c))[1].real ** 2))(6.0))
