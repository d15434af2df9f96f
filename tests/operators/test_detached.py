"""A detached value is a constant: nothing behind it is differentiated, in any mode or order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff import detach, grad, hessian, jacobian, jvp, value_and_grad, vjp

from ..comparing import same

SPACE: dict[str, Any] = {"np": np}
exec("def unknown(x): return float(np.median(x)) + 1.0", SPACE)  # no source, and no rule
unknown = SPACE["unknown"]
exec("def rank(x): return np.argsort(np.argsort(x)) + 1.0", SPACE)
rank = SPACE["rank"]

X = np.array([0.5, -1.0, 2.0])


def product(x):
    return np.sum(detach(x**2) * x)


def through_what_has_no_rule(x):
    return unknown(detach(x)) * np.sum(x)


def through_ranks(x):
    return rank(detach(x)) @ x


def through_further_steps(x):
    y = np.sin(detach(x)) * 2
    z = np.exp(y)[::-1]
    return np.sum(z * x)


def beside_itself(x):
    return np.sum(x * x - detach(x) * detach(x))


def written_into(x):
    y = np.zeros(3)
    y[:2] = detach(x[:2])
    y[2] = x[2]
    return np.sum(y * y)


def decided_by(x):
    return np.sum(x) * (2 if detach(x)[0] > 0 else 3)


def of_the_result(x):
    return detach(np.sum(x**2)) + x[0]


SLOPES: list[tuple[Any, Any]] = [
    (product, X**2),
    (through_what_has_no_rule, np.full(3, 1.5)),
    (through_ranks, [2.0, 1.0, 3.0]),
    (through_further_steps, np.exp(2 * np.sin(X))[::-1]),
    (beside_itself, 2 * X),
    (written_into, [0.0, 0.0, 4.0]),
    (decided_by, np.full(3, 2.0)),
    (of_the_result, [1.0, 0.0, 0.0]),
]


@pytest.mark.parametrize(("function", "slope"), SLOPES)
def test_both_modes(function: Any, slope: Any) -> None:
    value, gradient = value_and_grad(function)(X)
    assert same(value, function(X))
    np.testing.assert_allclose(gradient, slope, rtol=1e-14)
    np.testing.assert_allclose(jacobian(function)(X), slope, rtol=1e-14)
    tangents = [jvp(function, (X,), (e,))[1] for e in np.eye(3)]
    np.testing.assert_allclose(tangents, slope, rtol=1e-14)
    (pulled,) = vjp(function, X)[1](1.0)
    np.testing.assert_allclose(pulled, slope, rtol=1e-14)


def test_second_order_takes_it_for_a_constant_too() -> None:
    np.testing.assert_array_equal(hessian(product)(X), np.zeros((3, 3)))
    np.testing.assert_array_equal(hessian(beside_itself)(X), 2 * np.eye(3))
    inner = grad(lambda x: np.sum(detach(grad(product)(x)) * x))
    np.testing.assert_allclose(inner(X), X**2, rtol=1e-14)
    outer = grad(lambda x: np.sum(grad(lambda y: np.sum(detach(x) * y**2))(x)))
    np.testing.assert_allclose(outer(X), 2 * X, rtol=1e-14)


def test_a_rule_that_refuses_is_not_asked() -> None:
    @symdiff.primitive
    def refusing(x: Any) -> Any:
        return np.cumsum(x)

    def f(x):
        return refusing(detach(x)) @ x

    np.testing.assert_array_equal(grad(f)(X), np.cumsum(X))
    assert jvp(f, (X,), (np.ones(3),))[1] == np.cumsum(X).sum()


@pytest.mark.slow
def test_what_is_detached_stays_what_it_is_at_other_inputs() -> None:
    for function, _ in SLOPES:
        g = value_and_grad(function)
        for x in (X, -X, 2 * X, X):
            value, slope = g(x)
            assert same(value, function(x))
            np.testing.assert_allclose(slope, grad(function)(x), rtol=1e-15)
