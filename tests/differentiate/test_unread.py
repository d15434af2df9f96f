"""Where a function raises its derivatives do, though none of them reads what cannot be computed."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from symdiff import derivative, grad, hessian, jvp, value_and_grad, vjp
from symdiff.operations.table.raising import may_raise
from symdiff.operations.table.template import Template
from symdiff.program.program import FLOAT, Statement, Var
from symdiff.settings import rolling
from symdiff.testing.numeric import extrapolated

from .not_reading import ALL, in_arms_of_a_loop, invariant, items, summands, until

pytestmark = pytest.mark.sampled(every=4)

INPUTS = [
    *((4.5, 50), (4.5, 3), (4.5, 4), (4.5, 2), (4.5, 5), (3.0, 1)),
    *((0.5, 2), (1.01, 1), (4.25, -9), (2.5, 3), (2.5, 40)),
]


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """A value, or the class of the exception and the last line of the user's that it came from."""
    try:
        return f(*args)
    except Exception as error:
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename.endswith("not_reading.py")
        ]
        return type(error), frames[-1].lineno


def raises(found: Any) -> bool:
    return isinstance(found, tuple) and isinstance(found[0], type)


@pytest.mark.parametrize("f", ALL, ids=lambda f: f.__name__)
def test_first_derivatives(f: Callable[..., Any]) -> None:
    wanted = {a: outcome(f, *a) for a in INPUTS}
    assert any(map(raises, wanted.values()))
    assert not all(map(raises, wanted.values()))
    slope, both = grad(f), value_and_grad(f)
    for x, k in INPUTS:
        want = wanted[x, k]
        found = outcome(both, x, k)
        if raises(want):
            assert found == want
            continue
        assert found[0] == want
        numeric = extrapolated(partial(lambda h, x, k: f(x + h, k), x=x, k=k), 1e-3)
        assert found[1] == pytest.approx(numeric, rel=1e-6)
    for x, k in INPUTS[::-1]:
        want, found = wanted[x, k], outcome(slope, x, k)
        assert found == want if raises(want) else found == both(x, k)[1]
    for x, k in INPUTS[:3]:
        assert outcome(slope.value, x, k) == wanted[x, k]


@pytest.mark.parametrize("f", ALL[::5], ids=lambda f: f.__name__)
def test_other_derivatives(f: Callable[..., Any]) -> None:
    operators: list[Callable[..., Any]] = [
        hessian(f),
        derivative(f, n=3),
        grad(grad(f)),
        lambda x, k: jvp(lambda x: f(x, k), (x,), (1.0,)),
        lambda x, k: vjp(lambda x: f(x, k), x)[1](1.0),
    ]
    for x, k in ((2.5, 50), (4.5, 3), (4.5, 2), (2.5, 40)):
        want = outcome(f, x, k)
        for operator in operators:
            found = outcome(operator, x, k)
            assert found == want if raises(want) else not raises(found)


LOOPS = [invariant, in_arms_of_a_loop, summands, items, until]


@pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__name__)
def test_loops_that_are_unrolled(f: Callable[..., Any]) -> None:
    with rolling(False):
        slope = grad(f)
        for x, k in INPUTS[:5]:
            want, found = outcome(f, x, k), outcome(slope, x, k)
            assert found == want if raises(want) else not raises(found)


def text(f: Callable[..., Any], *args: Any) -> str:
    g = grad(f)
    g(*args)
    return str(g._build(g._dispatcher.leaves[0].specialization)[0])


def test_what_a_derivative_computes_anyway_has_no_cost() -> None:
    def divided(x, k):
        c = 1 / (k - 3)
        return x * c + x / (k - 2) + 1 / x

    assert "keep" not in text(divided, 2.0, 7)

    def in_a_loop(x, k):
        s = 0.0
        for i in range(50):
            h = 1 / (k + 1)
            s = s + h * x * x / (i + k)
        return s

    assert "keep" not in text(in_a_loop, 2.0, 7)

    def of_arrays(x, k):
        x / (k - 3)  # NumPy warns
        1 / (np.float64(k) - 3)
        return np.sum(x * x)

    assert "keep" not in text(of_arrays, np.ones(3), 7)

    def by_constants(x, k):
        k / 3, k % 7, k**2
        return x * x

    assert "keep" not in text(by_constants, 2.0, 7)


def test_a_factor_that_a_second_derivative_does_not_read() -> None:
    def f(x, k):
        c = 1 / (k - 3)
        return x * c

    second = hessian(f)
    assert second(2.0, 5) == 0.0
    with pytest.raises(ZeroDivisionError):
        second(2.0, 3)
    twice = hessian(lambda x, k: x * x * x / (k - 3))
    assert twice(2.0, 5) == 6.0
    with pytest.raises(ZeroDivisionError):
        twice(2.0, 3)


def test_statements_that_derivatives_have_written_anew() -> None:
    x, y = Var("x", FLOAT), Var("y", FLOAT)
    divided = Statement(y, Template.of((0, 1, "div")), (2.0, x))
    assert may_raise(divided, ())
    assert may_raise(divided, (False, False))  # of the statement that it was
    assert not may_raise(divided, (False,))
