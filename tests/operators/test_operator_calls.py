"""How the operators are called, and what is computed for a call."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff import (
    derivative,
    detach,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
)
from symdiff.errors import NonScalarError, UsageError

from ..comparing import assert_close
from .functions import NUMBERS, V, X, field, ridge, several

pytestmark = pytest.mark.sampled(every=83)

OPERATORS = [grad, value_and_grad, jacobian, jacfwd, jacrev, hessian, derivative, elementwise_grad]


@pytest.mark.parametrize("operator", [*OPERATORS, hvp], ids=lambda o: o.__name__)
def test_each_is_a_decorator(operator: Any) -> None:
    @operator
    def plain(x):
        """Cube."""
        return x**3

    @operator(wrt="y")
    def named(x, y):
        return x * y**3

    extra = (1.0,) if operator is hvp else ()
    assert plain(2.0, *extra) == named(1.0, 2.0, *extra)
    assert plain.__name__ == "plain"
    assert plain.__doc__ == "Cube."
    assert "plain" in repr(plain)
    with pytest.raises(UsageError):
        operator(3.0)
    with pytest.raises(UsageError):
        operator(lambda x: x, "z")


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: o.__name__)
def test_each_binds_as_a_method(operator: Any) -> None:
    class Model:
        slope = 2.0

        @operator(wrt="x")
        def value(self, x):
            return self.slope * x**3

    model = Model()
    first = model.value(2.0)
    model.slope = 4.0
    np.testing.assert_allclose(np.asarray(model.value(2.0)), 2 * np.asarray(first))


@pytest.mark.parametrize("operator", OPERATORS[2:], ids=lambda o: o.__name__)
def test_a_warm_call_does_not_trace(operator: Any) -> None:
    made = operator(lambda x: x**3 if x > 0 else x)
    for x in (1.0, -1.0, 2.0, -2.0, 3.0):
        made(x)
    assert made.trace_count == 2


def test_keywords_and_defaults() -> None:
    def f(x, scale=2.0, *, power=2):
        return scale * x**power

    assert jacobian(f)(3.0, power=3) == 54.0
    assert hessian(f)(3.0, scale=1.0) == 2.0
    assert hvp(f)(3.0, 1.0) == hvp(f)(3.0, v=1.0) == 4.0
    assert hvp(f)(3.0, 5.0, 1.0) == 10.0
    assert grad(hvp(f))(3.0, v=1.0, power=3) == 12.0


def test_several_arguments() -> None:
    def f(x, y):
        return x * x * y

    assert jacobian(f, (0, "y"))(2.0, 3.0) == (12.0, 4.0)
    assert hessian(f, "all")(2.0, 3.0) == ((6.0, 4.0), (4.0, 0.0))
    assert hvp(f, (0, 1))(2.0, 3.0, (1.0, 2.0)) == (14.0, 4.0)
    assert elementwise_grad(f, (0, 1))(2.0, 3.0) == (12.0, 4.0)
    matrix, vector = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0, 2.0])
    left, right = jacobian(lambda a, b: a @ b, (0, 1))(matrix, vector)
    assert left.shape == (2, 2, 3)
    np.testing.assert_array_equal(left[0], [vector, np.zeros(3)])
    np.testing.assert_array_equal(right, matrix)


def test_has_aux() -> None:
    def f(x):
        y = x * x
        return y * x, {"square": y, "note": "seen", "parts": [x, None]}

    aux = {"square": 4.0, "note": "seen", "parts": [2.0, None]}
    assert grad(f, has_aux=True)(2.0) == (12.0, aux)
    assert value_and_grad(f, has_aux=True)(2.0) == ((8.0, aux), 12.0)
    assert jacobian(f, has_aux=True)(2.0) == (12.0, aux)
    assert hessian(f, has_aux=True)(2.0) == (12.0, aux)
    assert hvp(f, has_aux=True)(2.0, 2.0) == (24.0, aux)
    assert derivative(f, n=2, has_aux=True)(2.0) == (12.0, aux)
    assert elementwise_grad(f, has_aux=True)(2.0) == (12.0, aux)
    assert jvp(f, (2.0,), (1.0,), has_aux=True) == (8.0, 12.0, aux)
    value, pull, found = vjp(f, 2.0, has_aux=True)
    assert (value, pull(1.0), found) == (8.0, (12.0,), aux)
    value, push, found = linearize(f, 2.0, has_aux=True)
    assert (value, push(1.0), found) == (8.0, 12.0, aux)
    assert grad(lambda x: grad(f, has_aux=True)(x)[1]["square"] * x)(2.0) == 12.0
    with pytest.raises(UsageError, match="has_aux"):
        grad(lambda x: x * x, has_aux=True)(2.0)


def test_detach_in_every_operator() -> None:
    def f(x):
        return stop_gradient(x) * x + detach(x * x)

    assert grad(f)(3.0) == jacfwd(f)(3.0) == derivative(f)(3.0) == 3.0
    assert jvp(f, (3.0,), (1.0,))[1] == vjp(f, 3.0)[1](1.0)[0] == 3.0
    assert hessian(f)(3.0) == hvp(f)(3.0, 1.0) == 0.0


def test_types_and_dtypes() -> None:
    assert type(jacobian(lambda x: x * x)(3.0)) is float
    assert type(hessian(lambda x: x * x)(3)) is float
    x = np.ones(3, np.float32)
    for made in (jacobian(np.sin), hessian(lambda x: (x**3).sum()), elementwise_grad(np.sin)):
        assert made(x).dtype == np.float32
    found = hvp(lambda x: (x**3).sum())(x, np.ones(3))
    assert found.dtype == np.float32
    assert jacobian(lambda x: np.array([7.0, 8.0]))(X).tolist() == np.zeros((2, 4)).tolist()
    matrix = jacobian(lambda a: a.T)(np.arange(6.0).reshape(2, 3))
    assert matrix.shape == (3, 2, 2, 3)
    assert matrix[2, 1, 1, 2] == 1.0
    assert matrix.sum() == 6.0


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(NonScalarError, match="Hessian"):
        hessian(field)(X)
    with pytest.raises(NonScalarError, match="jacobian"):
        grad(field)(X)
    with pytest.raises(UsageError, match="shape"):
        hvp(ridge)(X, np.ones(3))
    with pytest.raises(UsageError, match="shape"):
        jvp(ridge, (X,), (np.ones(3),))
    with pytest.raises(UsageError, match="shape"):
        vjp(field, X)[1](np.ones(3))
    with pytest.raises(UsageError, match="structure"):
        vjp(several, X)[1](1.0)
    with pytest.raises(UsageError, match="mode"):
        jacobian(field, mode="sideways")  # type: ignore[call-overload]
    with pytest.raises(UsageError, match=r"params\.v"):
        grad(lambda params: params["w"], "params.v")({"w": 1.0})


# --- what is computed, and how often ------------------------------------------------------------


def test_auto_counts_sweeps_on_the_program() -> None:
    def wide(x):
        return np.array([x[0] * x[1], np.sin(x).sum()])

    def tall(x):
        return np.sin(np.outer(np.arange(1.0, 30.0), x[:2]).ravel())

    n = np.linspace(0.1, 1.0, 40)
    for f, best in ((wide, "reverse"), (tall, "forward")):
        auto, own = jacobian(f), jacobian(f, mode=best)  # type: ignore[call-overload]
        where = n if f is wide else n[:2]
        assert len(auto.program(where)) == len(own.program(where))
        other = jacobian(f, mode="forward" if best == "reverse" else "reverse")
        assert len(auto.program(where)) < len(other.program(where))
        assert_close(auto(where), other(where))


def test_hvp_is_no_larger_than_four_gradients() -> None:
    for f in NUMBERS:
        both = len(value_and_grad(f).program(X))
        assert len(hvp(f).program(X, V)) <= 4 * both


def test_linear_maps_do_not_run_the_function_again() -> None:
    calls = []

    def f(x):
        calls.append(1)
        return np.sin(x) * x

    _, pull = vjp(f, X)
    count = len(calls)
    rows = np.array([pull(e)[0] for e in np.eye(4)])
    assert len(calls) == count
    np.testing.assert_allclose(rows, np.diag(np.cos(X) * X + np.sin(X)))
    _, push = linearize(f, X)
    count = len(calls)
    columns = np.array([push(e) for e in np.eye(4)])
    assert len(calls) == count
    np.testing.assert_allclose(columns, rows)


def test_a_pullback_keeps_its_point_and_hands_out_fresh_arrays() -> None:
    x = X.copy()
    _, pull = vjp(lambda x: x * x, x)
    ct = np.ones(4)
    x[:] = 0.0
    np.testing.assert_array_equal(pull(ct)[0], 2 * X)
    _, same = vjp(lambda x: x, X)
    out = same(ct)[0]
    out += 1
    np.testing.assert_array_equal(ct, np.ones(4))


@pytest.mark.slow
def test_repeated_directions_trace_once() -> None:
    calls = []

    def f(x):
        calls.append(1) if isinstance(x, float) else None
        return x * x

    for k in range(5):
        assert jvp(f, (3.0 + k,), (1.0,))[1] == 2 * (3.0 + k)
        assert vjp(f, 3.0 + k)[1](1.0)[0] == 2 * (3.0 + k)


def test_numbers_out_of_the_range_of_math() -> None:
    value, pull = vjp(lambda x: x * 1e200, 1e200)
    assert value == math.inf
    assert pull(1.0) == (1e200,)
    assert hessian(lambda x: np.exp(x))(1000.0) == math.inf


def test_every_operator_is_public() -> None:
    for operator in [*OPERATORS, hvp, jvp, vjp, linearize]:
        assert operator.__name__ in symdiff.__all__


def test_a_pullback_through_an_array_without_dimensions() -> None:
    def f(x: Any) -> Any:
        a = np.array(x)
        a[...] = a * a
        return a * x

    assert grad(f)(1.5) == pytest.approx(6.75, rel=1e-14)
    for operator in (vjp, linearize):
        linear = operator(f, 1.5)[1]
        found = linear(2.0)
        assert found == pytest.approx((13.5,) if operator is vjp else 13.5, rel=1e-14)
