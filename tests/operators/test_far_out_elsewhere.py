"""Numbers far out beside what has double precision alone, in loops, and beside changes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg
import scipy.special
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq, fsolve, minimize_scalar

from symdiff import get_memory_limit, grad, hessian, jvp, set_memory_limit, value_and_grad, vjp
from symdiff.operations.runtime.ranges import EXTENDED

pytestmark = pytest.mark.skipif(EXTENDED is None, reason="no floats have a wider range here")

Function = Callable[..., Any]
EXACT: list[tuple[Function, Function, float]] = []


def beside(exact: Function, accuracy: float = 1e-11) -> Callable[[Function], Function]:
    """A function to test, with what it is as a formula."""

    def note(f: Function) -> Function:
        EXACT.append((f, exact, accuracy))
        return f

    return note


def far(y):
    """`exp(-(1.5 + y)**-4)`, by way of numbers far out."""
    return math.exp(-((((1.5 + y) * 1e100) ** -2 * 1e200) ** 2))


def far_in_mpmath(y: Any) -> Any:
    return mpmath.exp(-((y + 1.5) ** -4))


def flowing(a: Any) -> Any:
    return 0.5 / a + (1 - 0.5 / a) * mpmath.exp(-a)


def cubic(a: Any) -> Any:
    return mpmath.findroot(lambda z: z**3 + z - a, 0.4)


@beside(lambda y: flowing(mpmath.tanh(y)), 1e-6)
def equation(y):
    a = math.tanh(y)
    found = solve_ivp(lambda t, u: [0.5 - a * u[0]], (0.0, 1.0), [1.0], rtol=1e-9, atol=1e-11)
    return found.y[0, -1]


@beside(lambda y: flowing(mpmath.tanh(y)), 1e-6)
def far_inside_an_equation(y):
    a = math.tanh(y) * 1e100
    found = solve_ivp(
        lambda t, u: [0.5 - a * 1e-100 * u[0]], (0.0, 1.0), [1.0], rtol=1e-9, atol=1e-11
    )
    return found.y[0, -1]


@beside(cubic)
def root(y):
    return brentq(lambda z: z**3 + z - y, -2.0, 2.0, xtol=1e-14, rtol=1e-14)


@beside(lambda y: cubic(far_in_mpmath(y)))
def root_of_what_is_far(y):
    a = far(y)
    return brentq(lambda z: z**3 + z - a, -2.0, 2.0, xtol=1e-14, rtol=1e-14)


@beside(lambda y: far_in_mpmath(cubic(y)))
def far_of_a_root(y):
    return far(fsolve(lambda z: z**3 + z - y, 0.5)[0])


@beside(lambda y: (mpmath.exp(y) - 1) / y, 1e-9)
def integral(y):
    return quad(lambda t: math.exp(y * t), 0.0, 1.0)[0]


@beside(lambda y: mpmath.sin(y), 1e-7)
def minimum(y):
    return minimize_scalar(lambda z: (z - math.sin(y)) ** 2 + 1.0).x


@beside(lambda y: y * y - 2 * y)
def determinant(y):
    return np.linalg.det(np.array([[y, 2.0], [y, y]]))


@beside(lambda y: (2 * y - 1) / (y * y + 1))
def solved(y):
    return np.linalg.solve(np.array([[y, 1.0], [-1.0, y]]), np.array([2.0, 1.0]))[0]


@beside(lambda y: mpmath.sqrt(1 + y * y))
def eigenvalue(y):
    return np.linalg.eigvalsh(np.array([[1.0, y], [y, -1.0]]))[1]


@beside(lambda y: mpmath.exp(2 * y))
def exponential_of_a_matrix(y):
    return scipy.linalg.expm(np.array([[y, 1.0], [0.0, y]]))[0, 0] ** 2


@beside(lambda y: mpmath.loggamma(2.5 + y))
def special_function(y):
    return scipy.special.gammaln(2.5 + y)


@beside(lambda y: mpmath.besselj(1, y) * mpmath.erfinv(y))
def special_functions_of_arrays(y):
    x = np.array([y, 2 * y])
    return scipy.special.jv(1.0, x)[0] * scipy.special.erfinv(x)[0]


@beside(lambda y: mpmath.sin(mpmath.sin(mpmath.sin(y))) * (1 + y) ** 30)
def loop(y):
    s = y
    for _ in range(3):
        s = math.sin(s)
    p = 1.0
    for _ in range(30):
        p *= 1 + y
    return s * p


@beside(lambda y: 40 * far_in_mpmath(y) ** 2)
def far_inside_a_loop(y):
    s = 0.0
    for _ in range(40):
        s += far(y) * math.exp(-((((1.5 + y) * 1e100) ** -2 * 1e200) ** 2))
    return s


@beside(lambda y: sum(far_in_mpmath(y / k) for k in range(1, 41)))
def far_by_element(y):
    out = np.zeros(40)
    for k in range(40):
        out[k] = far(y / (k + 1))
    return np.sum(out)


@beside(lambda y: sum(far_in_mpmath(y * k) for k in range(10)))
def far_in_some_iterations(y):
    s = 0.0
    for k in range(40):
        if k < 10:
            s += far(y * k)
    return s


@beside(lambda y: sum(far_in_mpmath(y + k / 10) for k in range(1, 21)))
def far_until(y):
    s, k = 0.0, 0
    while k < 20:
        k += 1
        s += far(y + k / 10)
    return s


@beside(lambda y: y**2)
def underflow_ends_it(y):
    s, a = 0.0, y
    while a > 0.0:
        s += a
        a *= 0.25
    return (0.75 * s) ** 2


@beside(lambda y: y)
def overflow_ends_it(y):
    a = 1.0 + y
    while not math.isinf(a + a):
        a *= 2.0
    return a / 2.0**1023 - 1.0


@beside(lambda y: 2 / y)
def newton_ends_where_it_stands_still(y):
    a, before = 1.0 / y, 0.0
    while abs(a - before) > 1e-15 * a:
        a, before = a * (1.0 + 0.5 * (1.0 - 0.25 * (a * y) ** 2)), a
    return a


seen: list[float] = []
latest: dict[str, float] = {}


@beside(lambda y: mpmath.sin(y))
def changes(y):
    seen.append(y)
    latest["y"] = math.sin(y)
    return latest["y"]


@beside(lambda y: mpmath.sin(y))
def text(y):
    latest["text"] = f"at {y}"  # type: ignore[assignment]
    return math.sin(y)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")  # of what is no number
@pytest.mark.parametrize(("f", "exact", "accuracy"), EXACT, ids=[f.__name__ for f, *_ in EXACT])
def test_what_stands_beside_numbers_far_out(f: Function, exact: Function, accuracy: float) -> None:
    def both(y):
        return far(y) * f(y) + far(2 * y)

    def formula(y):
        return far_in_mpmath(y) * exact(y) + far_in_mpmath(2 * y)

    first = value_and_grad(both)
    for y in (0.3, 0.7, 0.3):
        with mpmath.workdps(40):
            value, slope, bend = (float(mpmath.diff(formula, y, n)) for n in range(3))
        found, slopes = first(y)
        assert found == pytest.approx(both(y), rel=1e-15)
        assert found == pytest.approx(value, rel=accuracy)
        assert slopes == pytest.approx(slope, rel=10 * accuracy)
        assert jvp(both, (y,), (1.0,))[1] == pytest.approx(slope, rel=10 * accuracy)
        assert vjp(both, y)[1](1.0)[0] == pytest.approx(slope, rel=10 * accuracy)
        if f is not minimum:  # of which one step more would be a third derivative
            assert hessian(both)(y) == pytest.approx(bend, rel=1000 * accuracy)


def test_changes_are_made_once() -> None:
    def f(y):
        seen.append(y)
        latest["calls"] = latest.get("calls", 0.0) + 1.0
        return far(y) * y

    g = grad(f)
    seen.clear()
    latest["calls"] = 0.0
    for count in range(1, 4):
        assert math.isfinite(g(0.1 * count))
        assert seen == [0.1 * k for k in range(1, count + 1)]
        assert [type(y) for y in seen] == [float] * count
        assert latest["calls"] == count


def test_what_a_change_replaces_is_read_before_it() -> None:
    kept = {"scale": 1.0}

    def f(y):
        scale = kept["scale"]
        kept["scale"] = scale + 1.0
        return far(y) * scale

    g = grad(f)
    with mpmath.workdps(40):
        slope = float(mpmath.diff(far_in_mpmath, 0.3))
    for count in range(1, 5):
        assert g(0.3) == pytest.approx(count * slope, rel=1e-11)
        assert kept["scale"] == count + 1.0


def test_the_memory_of_a_loop_is_bounded_here_too() -> None:
    def f(x, n):
        s = 1.0
        for _ in range(n):
            s = math.sin(s * (x * 1e150) * (1e-150 / x) * x)
        return s

    slope, at = grad(f), 0.9
    wanted = slope(at, 20_000)
    before = get_memory_limit()
    set_memory_limit(100_000)
    try:
        for n in (20, 20_000):
            assert math.isfinite(slope(at, n))
        assert slope(at, 20_000) == pytest.approx(wanted, rel=1e-9)
    finally:
        set_memory_limit(before)


def test_a_loop_of_any_count_and_length() -> None:
    def f(x, n):
        s = 0.0
        for _ in range(n):
            s += x * 1e-200 * x
        return s * 1e200

    def g(x):
        s = 1.0
        for v in x:
            s = s * (v * 1e150) * (1e-150 / v) * v
        return s

    slope = grad(f)
    for n in (50, 3, 0, 20, 1000):
        assert slope(1e100, n) == pytest.approx(2e100 * n, rel=1e-11)
    gradient = grad(g)
    for n in (20, 30, 5, 40, 20):
        x = np.linspace(0.9, 1.1, n)
        np.testing.assert_allclose(gradient(x), np.prod(x) / x, rtol=1e-11)
    x = np.ones(30)
    x[3], x[7] = 1e200, 1e-200
    np.testing.assert_allclose(gradient(x), np.prod(x) / x, rtol=1e-11)
