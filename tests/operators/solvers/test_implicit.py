"""Roots, fixed points, minima and fits of functions of users, by the implicit function theorem."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from symdiff import derivative, grad, hessian, jacfwd, jacobian, value_and_grad
from symdiff.errors import SymdiffError, UnsupportedError

from .implicit_cases import (
    CASES,
    DATA,
    ROUGH,
    STIFFNESS,
    TWO,
    T,
    at_a_bound,
    by_differences,
    decay,
    fitted,
    fixed_points,
    fsolve_two,
    implicit_volume,
    nested_root,
    newton_of_many,
    newton_plain,
    read_from_outside,
    residuals_least,
    slope,
)

pytestmark = pytest.mark.sampled(every=61)


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
