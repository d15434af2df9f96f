"""What SciPy asks of a derivative: arrays it made, called as it calls them, without a wrapper."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from symdiff import grad, hessian, hvp, jacobian, value_and_grad

scipy = pytest.importorskip("scipy")
from scipy.integrate import solve_ivp  # noqa: E402
from scipy.optimize import curve_fit, least_squares, minimize, root  # noqa: E402

pytestmark = pytest.mark.sampled(every=3)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


T = np.linspace(0.0, 3.0, 25)
DATA = 2.0 * np.exp(-1.3 * T) + 0.5


def residuals(p):
    return p[0] * np.exp(-p[1] * T) + p[2] - DATA


def van_der_pol(t, y, mu=50.0):
    return [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "TNC"])
def test_minimize_with_a_gradient(method: str) -> None:
    f = value_and_grad(rosenbrock)
    found = minimize(f, np.full(5, -0.5), jac=True, method=method, options={"gtol": 1e-7})
    np.testing.assert_allclose(found.x, 1.0, atol=1e-3)
    assert f.trace_count == 1


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-exact", "dogleg"])
def test_minimize_with_a_hessian(method: str) -> None:
    x0 = np.full(5, 1.2)
    f = value_and_grad(rosenbrock)
    found = minimize(f, x0, jac=True, hess=hessian(rosenbrock), method=method)
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)
    if method != "trust-exact" and method != "dogleg":
        found = minimize(f, x0, jac=True, hessp=hvp(rosenbrock), method=method)
        np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


def test_minimize_with_arguments_and_constraints() -> None:
    def f(x, a):
        return np.sum((x - a) ** 4)

    x0 = np.zeros(3)
    found = minimize(
        value_and_grad(f), x0, args=(2.0,), jac=True, hess=hessian(f), method="trust-exact"
    )
    np.testing.assert_allclose(found.x, 2.0, atol=0.05)

    def circle(x):
        return 1.0 - x @ x

    limits = [{"type": "ineq", "fun": circle, "jac": grad(circle)}]
    found = minimize(
        grad(f).value, x0, args=(2.0,), jac=grad(f), constraints=limits, method="SLSQP"
    )
    np.testing.assert_allclose(found.x, 1 / np.sqrt(3.0), atol=1e-5)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares(method: str) -> None:
    jac = jacobian(residuals)
    found = least_squares(residuals, [1.0, 1.0, 0.0], jac=jac, method=method)
    np.testing.assert_allclose(found.x, [2.0, 1.3, 0.5], rtol=1e-6)
    assert jac.trace_count == 1


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_solve_ivp(method: str) -> None:
    jac = jacobian(van_der_pol, wrt=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = solve_ivp(van_der_pol, (0.0, 30.0), [2.0, 0.0], method=method, jac=jac, rtol=1e-6)
    assert found.success
    plain = solve_ivp(van_der_pol, (0.0, 30.0), [2.0, 0.0], method=method, rtol=1e-6)
    np.testing.assert_allclose(found.y[0, -1], plain.y[0, -1], rtol=1e-3)
    assert found.nfev <= plain.nfev
    assert jac.trace_count <= 2  # for a Python float as the time, and for a NumPy one


def test_curve_fit() -> None:
    def decay(t, a, b, c):
        return a * np.exp(-b * t) + c

    columns = jacobian(decay, wrt=(1, 2, 3), stack=True)
    found, _ = curve_fit(decay, T, DATA, p0=[1.0, 1.0, 0.0], jac=columns)
    np.testing.assert_allclose(found, [2.0, 1.3, 0.5], rtol=1e-6)

    stacked = jacobian(lambda t, p: p[0] * np.exp(-p[1] * t) + p[2], wrt=1)
    np.testing.assert_allclose(stacked(T, found), columns(T, *found))


def test_root() -> None:
    def system(x):
        return [x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]]

    found = root(system, [0.0, 0.0], jac=jacobian(system))
    np.testing.assert_allclose(found.x, [0.8411639, 0.1588361], rtol=1e-6)


def _strided(x: np.ndarray) -> np.ndarray:
    wide = np.full(2 * len(x), np.nan)
    wide[::2] = x
    return wide[::2]


def _read_only(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


KINDS = {
    "view": lambda x: np.concatenate([x, x])[len(x) :],
    "strided": _strided,
    "reversed": lambda x: x[::-1].copy()[::-1],
    "read-only": _read_only,
    "big-endian": lambda x: x.astype(">f8"),
    "column": lambda x: np.asfortranarray(np.stack([x, x]))[0],
}


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_of_every_kind(kind: str) -> None:
    x = np.array([0.3, -0.8, 1.2, 0.5])
    given = KINDS[kind](x)
    before = given.copy()
    for operator in (grad, hessian, jacobian):
        np.testing.assert_allclose(operator(rosenbrock)(given), operator(rosenbrock)(x), rtol=1e-14)
    np.testing.assert_allclose(hvp(rosenbrock)(given, given), hvp(rosenbrock)(x, x), rtol=1e-14)
    value, slope = value_and_grad(rosenbrock)(given)
    assert isinstance(value, float)
    assert slope.flags.writeable
    np.testing.assert_array_equal(given, before)
