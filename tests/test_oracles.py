"""The oracles agree with each other, so that a disagreement with symdiff means something."""

from __future__ import annotations

import math

import numpy as np
import pytest

from .comparing import assert_close
from .oracle import autograd_gradient, central_difference, complex_step, mp_gradient
from .zoo import Case, all_cases

pytestmark = pytest.mark.sampled(every=31)

CASES = all_cases()


def each(oracle: str):
    chosen = [(name, case) for name, case in CASES if case.oracle == oracle]
    return pytest.mark.parametrize("case", [c for _, c in chosen], ids=[n for n, _ in chosen])


@each("complex")
def test_complex_step_agrees_with_mpmath(case: Case) -> None:
    for call in case.calls:
        assert_close(
            complex_step(case.function, *call.args),
            mp_gradient(case.function, call.args),
        )


@each("autograd")
def test_autograd_agrees_with_mpmath(case: Case) -> None:
    for call in case.calls:
        assert_close(
            autograd_gradient(case.function, call.args, case.wrt),
            mp_gradient(case.function, call.args, case.wrt),
            1e-11,
        )


@each("mp")
def test_mpmath_agrees_with_differences(case: Case) -> None:
    for call in case.calls:
        argument = call.args[case.wrt]
        function = case.twin or case.function
        if call.before is not None:
            call.before()

        def along(value, call=call, function=function):
            args = (*call.args[: case.wrt], value, *call.args[case.wrt + 1 :])
            return function(*args, **call.kwargs)

        try:
            rough = central_difference(along, argument, 1e-3 * (1 + np.min(np.abs(argument))))
        except AttributeError:  # a method that a float does not have
            continue
        exact = mp_gradient(function, call.args, case.wrt, call.kwargs)
        np.testing.assert_allclose(rough, exact, rtol=0, atol=1e-5 * np.max(np.abs(exact)) + 1e-9)


def test_mpmath_is_exact_to_a_double() -> None:
    def f(x):
        return math.exp(-x * x) * np.sin(1 / x)

    x = 0.3
    exact = math.exp(-x * x) * (-2 * x * math.sin(1 / x) - math.cos(1 / x) / (x * x))
    assert mp_gradient(f, x) == pytest.approx(exact, rel=1e-15)


def test_a_wrong_gradient_is_told_apart() -> None:
    with pytest.raises(AssertionError, match="differs"):
        assert_close(1.0 + 1e-11, 1.0)
    with pytest.raises(AssertionError):
        assert_close(np.ones(2), np.ones((2, 1)))
    with pytest.raises(AssertionError):
        assert_close(math.nan, 1.0)
