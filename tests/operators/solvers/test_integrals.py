"""Integrals and roots of functions of users, by their ends, parameters and what they read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize

from symdiff import grad, value_and_grad
from symdiff.errors import UnsupportedError
from symdiff.testing import check_grads

pytestmark = pytest.mark.sampled(every=3)

FACTOR = [2.0]


def over_the_line(a: Any) -> Any:
    return integrate.quad(lambda t: np.exp(-a * t * t), -np.inf, np.inf)[0]


def to_an_end(a: Any) -> Any:
    return integrate.quad(lambda t, b, c: np.exp(-b * t * t) * c, 0, a, args=(a, 2.0))[0]


def of_an_array(p: Any) -> Any:
    return integrate.quad(lambda t: p[0] * np.sin(p[1] * t) + p[2], p[0], 2.0, limit=90)[0] ** 2


def cube_root(a: Any) -> Any:
    return optimize.brentq(lambda x: x**3 - a, 0, 3)


def root_with_arguments(p: Any) -> Any:
    return optimize.ridder(lambda x, b: np.exp(x) * p[0] - b, -5, 5, args=(p[1],))


def root_of_a_polynomial(a: Any) -> Any:
    return optimize.root_scalar(lambda x: x**3 - a * x - 1, bracket=[0, 3]).root * a


CASES = [
    (over_the_line, 1.5),
    (to_an_end, 0.8),
    (of_an_array, np.array([0.3, 1.0, 2.0])),
    (cube_root, 1.5),
    (root_with_arguments, np.array([0.5, 2.0])),
    (root_of_a_polynomial, 1.5),
]


@pytest.mark.parametrize(("f", "x"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_both_orders_and_modes(f: Any, x: Any) -> None:
    check_grads(f, (x,), modes=("rev", "fwd"))
    check_grads(f, (x * 1.2,), modes=("rev", "fwd"))


def test_values_are_those_of_scipy() -> None:
    value, slope = value_and_grad(over_the_line)(1.5)
    assert value == over_the_line(1.5)
    assert slope == pytest.approx(-0.5 * np.sqrt(np.pi) * 1.5**-1.5, rel=1e-12)
    assert grad(cube_root)(2.0) == pytest.approx(2.0 ** (-2 / 3) / 3, rel=1e-10)


def test_what_the_integrand_reads_is_read_at_every_call() -> None:
    gradient = grad(lambda a: integrate.quad(lambda t: FACTOR[0] * a * t, 0, 1)[0])
    assert gradient(1.0) == pytest.approx(1.0)
    FACTOR[0] = 5.0
    try:
        assert gradient(1.0) == pytest.approx(2.5)
    finally:
        FACTOR[0] = 2.0


def test_a_decision_on_the_variable_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="variable inside the function of `quad`"):
        grad(lambda a: integrate.quad(lambda t: t if t < 0.5 else a, 0, 1)[0])(1.0)
    with pytest.raises(UnsupportedError, match="weight"):
        grad(lambda a: integrate.quad(lambda t: a * t, 0, 1, weight="cos", wvar=2.0)[0])(1.0)


@pytest.mark.slow
def test_a_double_integral() -> None:
    def f(x):
        return integrate.dblquad(
            lambda y, t: y * t * x + x, 0, x, lambda t: t * x, lambda t: t + x
        )[0]

    def g(x):
        return integrate.dblquad(lambda y, t, k: y * t * k, 0, 1, 0, lambda t: t, args=(x,))[0]

    for function in (f, g):
        gradient = grad(function)
        for x in (0.7, 1.3, 0.7):
            want = (function(x + 1e-5) - function(x - 1e-5)) / 2e-5
            assert gradient(x) == pytest.approx(want, rel=1e-7)
        assert gradient.trace_count == 1
