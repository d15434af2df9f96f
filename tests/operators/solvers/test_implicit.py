"""Roots, fixed points, minima and fits of functions of users, by the implicit function theorem."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from symdiff import derivative, grad, hessian, jacfwd, jacobian, value_and_grad
from symdiff.errors import SymdiffError, UnsupportedError

pytestmark = pytest.mark.sampled(every=61)

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


@pytest.mark.parametrize(("f", "x"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_derivatives(f: Any, x: Any) -> None:
    rough = f.__name__ in ROUGH
    step, rtol = (0.05, 1e-3) if rough else (1e-2, 1e-7)
    gradient = value_and_grad(f)
    for at in (x, x * 1.1):
        value, got = gradient(at)
        assert value == pytest.approx(float(f(at)), rel=1e-12)
        want = by_differences(f, at, step)
        np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol * np.max(np.abs(want)))


TWICE = (newton_plain, newton_of_many, implicit_volume, nested_root, fsolve_two, fixed_points)
TWICE_SEARCHED = (at_a_bound, residuals_least, fitted)


@pytest.mark.parametrize("f", TWICE + TWICE_SEARCHED, ids=lambda f: f.__name__)
def test_second_derivatives_and_forward_mode(f: Any) -> None:
    x = dict(CASES)[f]
    gradient = grad(f)
    if np.ndim(x):
        got = hessian(f)(x)
        want = np.array([by_differences(lambda s, i=i: gradient(s)[i], x, 1e-2) for i in (0, 1)])
    else:
        got, want = derivative(f, n=2)(x), slope(gradient, x, 1e-2)
    np.testing.assert_allclose(got, want, rtol=2e-5, atol=2e-5 * np.max(np.abs(want)))
    np.testing.assert_allclose(jacfwd(f)(x), gradient(x), rtol=1e-9, atol=1e-12)


# -- what a solver's function may do, and what it may not


def test_what_it_reads_is_read_at_every_call() -> None:
    gradient = grad(read_from_outside)
    before = gradient(TWO)
    np.testing.assert_allclose(before, by_differences(read_from_outside, TWO, 1e-2), rtol=1e-8)
    STIFFNESS[0] = 5.0
    try:
        got = gradient(TWO)
        np.testing.assert_allclose(got, by_differences(read_from_outside, TWO, 1e-2), rtol=1e-8)
        assert abs(got[0] - before[0]) > 0.05
    finally:
        STIFFNESS[0] = 2.0


class Spring:
    def __init__(self, stiffness: float) -> None:
        self.stiffness = stiffness

    def balance(self, v: Any, load: Any) -> Any:
        return self.stiffness * v + v**3 - load

    def settled(self, load: Any) -> Any:
        return optimize.brentq(self.balance, -5, 5, args=(load,), xtol=1e-15)


def test_a_method_whose_object_changes() -> None:
    spring = Spring(2.0)
    gradient = grad(spring.settled)
    for spring.stiffness in (2.0, 3.0, 2.0):
        v = spring.settled(1.5)
        assert gradient(1.5) == pytest.approx(1 / (spring.stiffness + 3 * v * v), rel=1e-10)
    assert gradient.trace_count == 1


def in_pieces(p: Any) -> Any:
    def f(v: Any) -> Any:
        if v < 1.2:
            return v - p
        if v < 2:
            return 2 * v - 1.2 - p
        return v**2 - 1.2 - p

    return optimize.brentq(f, -10, 10, xtol=1e-14)


def in_a_loop(p: Any) -> Any:
    def f(v: Any) -> Any:
        total, term, k = 0.0, 1.0, 0
        while abs(term) > 1e-16 and k < 60:
            total += term
            k += 1
            term = term * v / k
        return total - p

    return optimize.newton(f, 0.5, fprime=math.exp)


def by_an_index(p: Any) -> Any:
    table = [0.0, 1.0, 3.0, 7.0]

    def f(v: Any) -> Any:
        k = int(v)
        return table[k] + (v - k) * (table[k + 1] - table[k]) - p

    return optimize.bisect(f, 0.0, 2.999, xtol=1e-14)


def with_a_choice(p: Any) -> Any:
    return optimize.fsolve(lambda x: [x[0] if x[0] < 0 else abs(x[0]) * x[0] - p], [0.3])[0]


@pytest.mark.parametrize("f", [in_pieces, in_a_loop, by_an_index, with_a_choice])
def test_decisions_on_the_unknown(f: Any) -> None:
    gradient = grad(f)
    points = [0.5, 1.5, 2.7, 0.7, 1.6, 2.6]
    for p in points:
        assert gradient(p) == pytest.approx(slope(f, p), rel=1e-6)
    for _ in range(2):
        traces = gradient.trace_count
        for p in points:
            gradient(p)
    assert gradient.trace_count == traces <= len(points) + 1


def test_an_error_of_the_solver_is_a_path() -> None:
    def f(p):
        try:
            return optimize.brentq(lambda v: v**2 - p, 0.5, 2)
        except ValueError:
            return 7 * p

    gradient = grad(f)
    for p, want in ((1.0, 0.5), (9.0, 7.0), (1.0, 0.5), (-1.0, 7.0)):
        assert gradient(p) == pytest.approx(want)


@pytest.mark.slow
def test_a_solution_that_is_none_has_no_derivative() -> None:
    def stopped(a):
        return optimize.newton(lambda z: z**3 - a, 50.0, maxiter=3, disp=False)

    def unbounded(a):
        return optimize.minimize(lambda x: -a * x[0], [1.0], options={"maxiter": 3}).x[0]

    def interior(a):  # the least value in the bounds is at an end, which it never reaches
        return optimize.minimize_scalar(lambda u: a * u, bounds=(0, 1), method="bounded").x

    for f in (stopped, unbounded, interior):
        value, got = value_and_grad(f)(2.0)
        assert value == f(2.0)
        assert math.isnan(got)
    assert math.isnan(grad(lambda a: optimize.minimize_scalar(lambda u: abs(u - a)).x)(2.0))
    with pytest.raises(RuntimeError, match="Failed to converge"):
        grad(lambda a: optimize.newton(lambda z: z**3 - a, 50.0, maxiter=3))(2.0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_root_of_higher_order_has_no_derivative() -> None:
    cases = [
        lambda a: optimize.brentq(lambda v: (v - 1) ** 3 - a, 0, 3, maxiter=999),
        lambda a: optimize.fsolve(lambda v: (v - 1) ** 2 - a, [1.5])[0],
        lambda a: optimize.newton(lambda v: v * v - 2 * v + 1 - a, 2.0),
        lambda a: optimize.fsolve(lambda x: [x[0] - x[1] - a, (x[0] - x[1]) * x[0]], [1.0, 0.9])[0],
        lambda a: optimize.fsolve(lambda x: 0.0 * x + a, [1.0])[0],
    ]
    for f in cases:
        try:
            got = grad(f)(0.0)
        except (np.linalg.LinAlgError, RuntimeError):
            continue
        assert math.isnan(got)


def test_what_a_function_of_a_solver_changes_is_refused() -> None:
    seen: list[Any] = []

    def appends(a):
        return optimize.newton(lambda z: seen.append(z) or z**3 - a, 1.0)

    def counts(a):
        n = 0

        def f(z):
            nonlocal n
            n += 1
            return z**3 - a

        return optimize.newton(f, 1.0) * n

    def prints(a):
        return optimize.newton(lambda z: print("z") or z**3 - a, 1.0)

    def fills(a):
        place = np.zeros(1)

        def f(x):
            place[0] = x[0] ** 2 - a
            return place

        return optimize.fsolve(f, [1.0])[0]

    for f in (appends, counts, prints, fills):
        with pytest.raises(UnsupportedError, match="changes something or acts"):
            grad(f)(2.0)
    assert not seen


def test_what_is_not_supported_is_refused_by_name() -> None:
    cases = {
        "leave out `callback`": lambda a: (
            optimize.minimize(lambda x: a * x @ x, [1.0], callback=print).x
        ),
        "hess_inv": lambda a: optimize.minimize(lambda x: a * x @ x, [1.0]).hess_inv,
        "depends on the inputs": lambda a: optimize.brentq(lambda x: x - a, 0, 9, xtol=1e-9 * a),
        "equations in": lambda a: optimize.root(lambda x: [x[0] - a] * 2, [1.0], method="lm").x,
    }
    for match, f in cases.items():
        with pytest.raises(SymdiffError, match=match):
            grad(lambda a, f=f: np.sum(f(a)))(2.0)


def test_the_covariance_of_a_fit_is_a_value() -> None:
    def f(p):
        popt, pcov = optimize.curve_fit(decay, T, DATA * p[0])
        return popt[0], np.sqrt(np.diag(pcov))

    np.testing.assert_allclose(jacobian(lambda p: f(p)[0])(TWO)[0], f(TWO)[0] / TWO[0], rtol=1e-6)
    with pytest.raises(UnsupportedError, match="covariance"):
        grad(lambda p: f(p)[1][0])(TWO)
