"""Minima under constraints: derivatives against differences of closed forms and of the solver."""

import math

import numpy as np
import pytest
import scipy
from scipy.optimize import Bounds, LinearConstraint, NonlinearConstraint, minimize

import symdiff as sd
from symdiff.errors import SymdiffError, UnsupportedError

pytestmark = pytest.mark.sampled(every=83)

COVARIANCE = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]])


def equation(a):
    """On x + y = 1, of (x - a)**2 + y**2: x = (1 + a)/2."""
    found = minimize(
        lambda x: (x[0] - a) ** 2 + x[1] ** 2,
        [0.0, 0.0],
        constraints={"type": "eq", "fun": lambda x: x[0] + x[1] - 1},
    )
    return found.x[0] * found.x[1]


def inequality(a):
    """(min(a, 1), 1), and beyond 1.5 the sum is held at 3.5 - a."""
    found = minimize(
        lambda x: (x[0] - a) ** 2 + (x[1] - 1) ** 2,
        [0.0, 0.0],
        constraints=[
            {"type": "ineq", "fun": lambda x: 1 - x[0]},
            {"type": "ineq", "fun": lambda x, b: 3.5 - b - x[0] - x[1], "args": (a,)},
        ],
        tol=1e-12,
    )
    return found.x[0] + 3 * found.x[1]


def with_jacobians(a):
    """On the circle of radius sqrt(a): -sqrt(2*a) at the minimum of x + y."""
    found = minimize(
        lambda x: x[0] + x[1],
        [-0.5, -0.4],
        jac=lambda x: np.array([1.0, 1.0]),
        constraints=({"type": "eq", "fun": lambda x: x @ x - a, "jac": lambda x: 2 * x},),
        tol=1e-12,
    )
    return found.fun


def nonlinear(a):
    found = minimize(
        lambda x: x[0] + x[1],
        [-0.5, -0.4],
        constraints=NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, 0.0, a),
        tol=1e-12,
    )
    return found.x[0] + found.fun


def linear(b):
    found = minimize(
        lambda x: np.sum(x**2) + x[0] * x[1],
        [1.0, 0.0, 0.0],
        constraints=[
            LinearConstraint([[1.0, 1.0, 1.0]], [b], [b]),
            LinearConstraint([[1.0, -1.0, 0.0]], 0.1, np.inf),
        ],
        tol=1e-12,
    )
    return found.x[0] * found.x[2]


def interior(a):
    """A constraint that is not reached changes nothing."""
    found = minimize(
        lambda x: np.sum((x - a) ** 2),
        [0.0, 0.0],
        constraints=LinearConstraint(np.array([[1.0, 2.0]]), -np.inf, 100.0),
        tol=1e-12,
    )
    return found.x[0] * found.x[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("f", "points", "exact", "second"),
    [
        (equation, [2.0, 0.5], lambda a: -a / 2, lambda a: -0.5),
        (inequality, [0.5, 1.7, 1.2], lambda a: [1, 0, -3][(a > 1) + (a > 1.5)], lambda a: 0),
        (
            with_jacobians,
            [2.0, 0.3],
            lambda a: -1 / math.sqrt(2 * a),
            lambda a: (2 * a) ** -1.5,
        ),
        (nonlinear, [2.0, 1.0], lambda a: -1.5 / math.sqrt(2 * a), lambda a: 1.5 * (2 * a) ** -1.5),
        (interior, [1.5, -0.5], lambda a: 2 * a, lambda a: 2.0),
    ],
)
def test_against_the_closed_form(f, points, exact, second):
    g, h = sd.grad(f), sd.grad(sd.grad(f))
    for a in (*points, *reversed(points)):
        assert g(a) == pytest.approx(exact(a), rel=1e-6, abs=1e-7)
        assert h(a) == pytest.approx(second(a), rel=1e-5, abs=1e-6)
        assert sd.jvp(f, (a,), (1.0,))[1] == pytest.approx(exact(a), rel=1e-6, abs=1e-7)


def differences(f, x, h=1e-4):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


def test_linear_rows_of_which_one_is_an_equation():
    g = sd.grad(linear)
    for b in (1.0, 2.0, -1.0):
        assert g(b) == pytest.approx(
            differences(lambda v: linear(v[0]), np.array([b]))[0], abs=1e-5
        )


def portfolio(mu):
    found = minimize(
        lambda w: w @ COVARIANCE @ w - 0.3 * (mu @ w),
        np.ones(3) / 3,
        bounds=[(0, 1)] * 3,
        constraints={"type": "eq", "fun": lambda w: np.sum(w) - 1},
        tol=1e-12,
    )
    return np.sum(found.x**2)


@pytest.mark.slow
def test_a_portfolio_with_bounds():
    """Inside, and where a weight is held at zero."""
    g = sd.grad(portfolio)
    for mu in (np.array([0.08, 0.12, 0.15]), np.array([0.08, 0.12, -0.6])):
        for _ in range(2):
            assert g(mu) == pytest.approx(differences(portfolio, mu), abs=1e-4)
    assert g(np.array([0.08, 0.12, -0.6]))[2] == 0.0


@pytest.mark.skipif(
    np.lib.NumpyVersion(scipy.__version__) < "1.15.0", reason="SciPy stops short of the minimum"
)
def test_traced_bounds_and_ends_together():
    def f(a):
        found = minimize(
            lambda x: np.sum((x - 3.0) ** 2) + x[0] * x[1],
            [0.0, 0.0],
            bounds=Bounds([-1.0, -1.0], [a, 9.0]),
            constraints=LinearConstraint(np.ones((1, 2)), -np.inf, 2 * a + 1),
            tol=1e-12,
        )
        return found.x[0] * found.x[1]

    # x[0] is at its bound a, and the sum at its end: x[1] = a + 1
    assert sd.grad(f)(0.5) == pytest.approx(2 * 0.5 + 1, rel=1e-6)


def test_a_constraint_that_only_touches_is_a_kink():
    def f(a):
        found = minimize(
            lambda x: (x[0] - a) ** 2,
            [0.0],
            constraints={"type": "ineq", "fun": lambda x: 1 - x[0]},
            tol=1e-12,
        )
        return found.x[0]

    g = sd.grad(f)
    assert [g(0.5), g(1.5), g(0.25)] == pytest.approx([1.0, 0.0, 1.0], abs=1e-9)
    assert math.isnan(g(1.0))


@pytest.mark.parametrize("constraints", [{"type": "le", "fun": abs}, [3.0], {"type": "eq"}])
def test_what_is_no_constraint_is_refused(constraints):
    def f(a):
        return minimize(lambda x: (x[0] - a) ** 2, [0.0], constraints=constraints).x[0]

    with pytest.raises(SymdiffError) as caught:
        sd.grad(f)(1.0)
    assert "constraint" in str(caught.value)


@pytest.mark.parametrize("rows", [np.ones((1, 3)), np.ones(3), [[1.0]], np.ones((2, 1))])
@pytest.mark.parametrize("several", [False, True])
def test_a_linear_constraint_of_another_width_is_refused(rows, several):
    def nearest(a):
        held = LinearConstraint(rows, -1.0, 1.0)
        found = minimize(
            lambda x: np.sum((x - a) ** 2),
            np.zeros(2),
            constraints=[held] if several else held,
            method="SLSQP",
        )
        return found.x[0]

    width = np.shape(rows)[-1]
    with pytest.raises(UnsupportedError, match=f"of 2 unknowns with a LinearConstraint of {width}"):
        sd.grad(nearest)(0.3)


def test_where_a_search_begins_and_what_constrains_it_are_no_decisions():
    def begun(p, a):
        return minimize(lambda x: np.sum((x - p) ** 2), np.array([a, 0.0])).x[0]

    def constrained(p, a):
        rows = LinearConstraint(np.array([[a, 1.0]]), 0.0, 1.0)
        return minimize(lambda x: np.sum((x - p) ** 2), [0.0, a], constraints=rows).x[0]

    for f in (begun, constrained):
        g = sd.grad(f)
        for a in (0.1, 0.2, 0.3):
            g(1.0, a)
        assert g.trace_count == 1
