"""Roots, fixed points, minima and fits, as users write them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import optimize

STIFFNESS = [2.0]


T = np.linspace(0.0, 2.0, 9)


DATA = 1.3 * np.exp(-0.7 * T) + 0.05 * np.cos(9 * T)


TIGHT = {"xtol": 1e-14}


def slope(f: Any, x: float, h: float = 1e-3) -> float:
    """Differences of order six, of a function that is accurate to rounding."""
    d = [(f(x + k * h) - f(x - k * h)) / (2 * k * h) for k in (1, 2, 3)]
    return (15 * d[0] - 6 * d[1] + d[2]) / 10


def by_differences(f: Any, x: Any, h: float = 1e-3) -> Any:
    if np.ndim(x) == 0:
        return slope(f, x, h)
    rows = np.eye(len(x))
    return np.array([slope(lambda s, e=e: f(x + s * e), 0.0, h) for e in rows])


# -- one unknown


def newton_plain(a: Any) -> Any:
    return optimize.newton(lambda z: z**3 - a, 1.0)


def newton_with_slope(p: Any) -> Any:
    def f(z: Any, q: Any, c: Any) -> Any:
        return q * z + math.sin(z) - c

    return optimize.newton(f, 1.0, fprime=lambda z, q, c: q + math.cos(z), args=(p[0], p[1]))


def newton_halley_from_inputs(p: Any) -> Any:
    return optimize.newton(
        lambda z: np.exp(z) - p[0] * z - 3 * p[1],
        p[1],
        fprime=lambda z: np.exp(z) - p[0],
        fprime2=np.exp,
    )


def newton_secant(p: Any) -> Any:
    return optimize.newton(lambda z: z * np.tanh(z) - p[0], p[1], x1=p[1] + 0.5, tol=1e-13)


def newton_told(a: Any) -> Any:
    root, told = optimize.newton(lambda z: z**5 - a, 1.0, full_output=True)
    if not told.converged or told.iterations > 50:
        return -1.0 * a
    return root * told.root


def newton_of_many(p: Any) -> Any:
    roots = optimize.newton(
        lambda z, q: z**3 + z - q, np.array([1.0, 2.0, 3.0]), args=(p * np.arange(1.0, 4.0),)
    )
    return np.sum(roots**2)


def bracket_of_inputs(p: Any) -> Any:
    return optimize.brentq(lambda v: p[0] * np.expm1(v) + v - p[1], -p[1], p[1], xtol=1e-14)


def brenth_told(p: Any) -> Any:
    v, told = optimize.brenth(
        lambda v, a: v**3 - a * v - p[1], 0.5, 4.0, args=(p[0],), full_output=True
    )
    return v if told.converged else np.nan


def bisected(p: Any) -> Any:
    return optimize.bisect(lambda v: np.cos(v) - p[0] * v, 0, 2, xtol=1e-13) * p[1]


def ridder_disp(p: Any) -> Any:
    return optimize.ridder(lambda v: v - p[0] * np.cos(v) - 0.1 * p[1], -4, 4, disp=False)


def toms(p: Any) -> Any:
    return optimize.toms748(lambda v: v**3 + p[0] * v - p[1], -5.0, 5.0, k=2)


def scalar_secant(p: Any) -> Any:
    return optimize.root_scalar(lambda v: v**2 - p[0] * p[1], x0=p[0], x1=2.0, xtol=1e-14).root


def scalar_halley(p: Any) -> Any:
    sol = optimize.root_scalar(
        lambda v, c: v**3 - c,
        args=(p[0] + p[1],),
        x0=1.5,
        fprime=lambda v, c: 3 * v**2,
        fprime2=lambda v, c: 6 * v,
        method="halley",
    )
    assert sol.converged
    return sol.root


def scalar_with_slope_beside(p: Any) -> Any:
    def f(v: Any) -> Any:
        return v**3 - p[0], 3 * v**2

    return optimize.root_scalar(f, x0=1.5, fprime=True, method="newton").root * p[1]


def scalar_bracket(p: Any) -> Any:
    return optimize.root_scalar(lambda v: v**3 - p[0], bracket=[0, 3 * p[1]], method="toms748").root


def implicit_volume(p: Any) -> Any:
    def pressure(v: Any) -> Any:
        if v > 1.0:  # goes this way at the root, the other on the way there
            return p[0] / v - p[1] / v**2 - 0.3
        return p[0] / v - p[1] - 0.3

    return optimize.brentq(pressure, 0.4, 10.0, xtol=1e-14)


def read_from_outside(p: Any) -> Any:
    return optimize.brentq(lambda v: STIFFNESS[0] * v + v**3 - p[0] - p[1], -5, 5, xtol=1e-14)


def nested_root(p: Any) -> Any:
    def inner(u: Any) -> Any:
        return optimize.brentq(lambda v: v**3 + v - u * p[0], -5, 5, xtol=1e-15)

    return optimize.brentq(lambda u: u + inner(u) - p[1], -5.0, 5.0, xtol=1e-14)


# -- several unknowns


def fsolve_two(p: Any) -> Any:
    def f(x: Any) -> Any:
        return [x[0] * np.cos(x[1]) - p[0], x[0] * x[1] - x[1] - p[1]]

    x = optimize.fsolve(f, [2.0, 1.0], xtol=1e-13)
    return x[0] + x[1] ** 2


def fsolve_one(p: Any) -> Any:
    return optimize.fsolve(lambda u: u**3 - p[0] * p[1], p[0])[0]


def fsolve_told(p: Any) -> Any:
    x, told, status, message = optimize.fsolve(
        lambda x, c: np.array([x[0] + x[1] ** 2 - c - 1.0, x[0] * x[1] - 1.0]),
        np.array([1.0, 1.0]),
        args=(p[0] + p[1],),
        fprime=lambda x, c: np.array([[1.0, 2 * x[1]], [x[1], x[0]]]),
        full_output=True,
        xtol=1e-13,
    )
    if status != 1 or "converged" not in message or told["nfev"] < 1:
        return 0.0
    return np.sum(x) + np.sum(told["fvec"])


def root_hybr(p: Any) -> Any:
    sol = optimize.root(lambda x: x + 0.1 * x**3 - p, np.ones(2), tol=1e-13)
    if not sol.success:
        raise ArithmeticError(sol.message)
    return sol.x @ sol.x + sol["x"][0]


def root_lm_with_jac(p: Any) -> Any:
    sol = optimize.root(
        lambda x: (
            np.array([x[0] ** 2 - p[0], x[1] - x[0] * p[1]]),
            np.array([[2 * x[0], 0], [-p[1], 1]]),
        ),
        [1.0, 1.0],
        jac=True,
        method="lm",
        tol=1e-14,
    )
    return sol.x[1]


def root_krylov(p: Any) -> Any:
    sol = optimize.root(
        lambda x: x + 0.2 * np.roll(x, 1) ** 2 - p[0] * np.ones((2, 2)),
        np.ones((2, 2)),
        method="krylov",
        options={"fatol": 1e-11},
    )
    return np.sum(sol.x) * p[1]


def fixed_points(p: Any) -> Any:
    x = optimize.fixed_point(lambda x, c: np.sqrt(c / (x + p)), np.array([1.2, 1.3]), args=(10.0,))
    return x @ np.array([1.0, 2.0])


def fixed_point_of_a_number(p: Any) -> Any:
    return optimize.fixed_point(lambda x: np.cos(p[0] * x) * p[1], 0.5, xtol=1e-12)


# -- minima


def rosen_like(p: Any) -> Any:
    sol = optimize.minimize(
        lambda x: (x[0] - p[0]) ** 2 + 5 * (x[1] - x[0] ** 2) ** 2 + p[1] * x[1] ** 2, [0.0, 0.0]
    )
    return sol.x[0] * sol.x[1]


def with_its_gradient(p: Any) -> Any:
    def f(x: Any, c: Any) -> Any:
        return 0.25 * np.sum(x**4) + 0.5 * x @ x - c @ x, x**3 + x - c

    return np.sum(optimize.minimize(f, np.zeros(2), args=(p,), jac=True, tol=1e-14).x ** 2)


def newton_cg(p: Any) -> Any:
    sol = optimize.minimize(
        lambda x: np.sum(np.cosh(x)) - p @ x,
        p,
        jac=lambda x: np.sinh(x) - p,
        hess=lambda x: np.diag(np.cosh(x)),
        method="Newton-CG",
    )
    return sol.x[0] - sol.x[1]


def nelder_mead(p: Any) -> Any:
    sol = optimize.minimize(
        lambda x: np.cosh(x[0] - p[0]) + (x[1] - p[1] * x[0]) ** 2,
        [0.0, 0.0],
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-6},
    )
    return sol.x[1]


def at_a_bound(p: Any) -> Any:
    sol = optimize.minimize(
        lambda x: np.sum((x - p) ** 2) + x[0] * x[1],
        [0.1, 0.1],
        bounds=[(None, 0.2 * p[1]), (0.0, None)],
    )
    return 3 * sol.x[0] + sol.x[1]


def optimum_value(p: Any) -> Any:
    return optimize.minimize(lambda x: np.sum(x**4 + x**2 - p * x), np.zeros(2)).fun


def of_one_number(p: Any) -> Any:
    return optimize.minimize_scalar(lambda u: np.cosh(u - p[0]) + 0.1 * p[1] * u**2).x


def of_one_number_bounded(p: Any) -> Any:
    sol = optimize.minimize_scalar(
        lambda u, c: (u - c) ** 4 + u**2, bounds=(-p[1], 4), args=(p[0],), method="bounded"
    )
    return sol.x * sol.fun if sol.success else 0.0


def residuals_least(p: Any) -> Any:
    def r(x: Any) -> Any:
        return x[0] * np.exp(-x[1] * T) - DATA * p[0] - 0.1 * p[1]

    return optimize.least_squares(r, [1.0, 1.0], gtol=1e-14, ftol=1e-14, xtol=1e-14).x[1]


def robust_least(p: Any) -> Any:
    sol = optimize.least_squares(
        lambda x, a: x[0] * T + x[1] - a * DATA,
        [0.0, 0.0],
        args=(p[0],),
        loss="soft_l1",
        f_scale=0.3,
        bounds=([-9.0, 0.0], [9.0, 1.0 * p[1]]),
        ftol=1e-15,
        xtol=1e-15,
        gtol=1e-15,
    )
    return sol.x[0] + 2 * sol.x[1]


def fitted(p: Any) -> Any:
    popt, _ = optimize.curve_fit(
        lambda t, a, b: a * np.exp(-b * t), T, p[0] * DATA + p[1] * T, p0=[1.0, 1.0]
    )
    return popt[0] * popt[1]


def decay(t: Any, a: Any, b: Any) -> Any:
    return a / (1 + b * t)


def fitted_with_weights(p: Any) -> Any:
    popt, _ = optimize.curve_fit(decay, T * p[1], DATA * p[0], sigma=1 + T)
    return popt[1]


def fitted_by_leastsq(p: Any) -> Any:
    x, status = optimize.leastsq(
        lambda x, y: decay(T, x[0], x[1]) - y, [1.0, 1.0], args=(p[0] * DATA + 0.1,)
    )
    return x[1] * p[1] if status in (1, 2, 3, 4) else 0.0


def simplex(p: Any) -> Any:
    return optimize.fmin(lambda x: (x[0] - p[0]) ** 2 + (x[0] * x[1] - p[1]) ** 2, [1, 1], disp=0)[
        1
    ]


def quasi_newton(p: Any) -> Any:
    return optimize.fmin_bfgs(lambda x: np.sum((x**2 - p) ** 2), [1.0, 1.0], disp=False)[0]


def bounded_search(p: Any) -> Any:
    return optimize.fminbound(lambda u: (u - p[0]) ** 2 + np.exp(u * p[1]), -3, 3)


TWO = np.array([1.2, 0.7])


CASES = [
    (newton_plain, 1.7),
    (newton_with_slope, TWO),
    (newton_halley_from_inputs, TWO),
    (newton_secant, TWO),
    (newton_told, 2.3),
    (newton_of_many, 0.8),
    (bracket_of_inputs, TWO),
    (brenth_told, TWO),
    (bisected, TWO),
    (ridder_disp, TWO),
    (toms, TWO),
    (scalar_secant, TWO),
    (scalar_halley, TWO),
    (scalar_with_slope_beside, TWO),
    (scalar_bracket, TWO),
    (implicit_volume, TWO),
    (read_from_outside, TWO),
    (nested_root, TWO),
    (fsolve_two, TWO),
    (fsolve_one, TWO),
    (fsolve_told, TWO),
    (root_hybr, TWO),
    (root_lm_with_jac, TWO),
    (root_krylov, TWO),
    (fixed_points, TWO),
    (fixed_point_of_a_number, TWO),
    (rosen_like, TWO),
    (with_its_gradient, TWO),
    (newton_cg, TWO),
    (nelder_mead, TWO),
    (at_a_bound, TWO),
    (optimum_value, TWO),
    (of_one_number, TWO),
    (of_one_number_bounded, TWO),
    (residuals_least, TWO),
    (robust_least, TWO),
    (fitted, TWO),
    (fitted_with_weights, TWO),
    (fitted_by_leastsq, TWO),
    (simplex, TWO),
    (quasi_newton, TWO),
    (bounded_search, TWO),
]


ROUGH = [
    "nelder_mead",
    "residuals_least",
    "simplex",
    "rosen_like",
    "newton_cg",
    "bounded_search",
    "with_its_gradient",
    "of_one_number_bounded",
    "at_a_bound",
    "quasi_newton",
    "fitted",
    "fitted_by_leastsq",
    "fitted_with_weights",
    "of_one_number",
    "robust_least",
    "root_krylov",
]
"""Where the differences are no better than the tolerance of the search."""
