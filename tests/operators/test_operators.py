"""Every operator against independent oracles, alone and composed."""

from __future__ import annotations

import importlib.util
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
from symdiff.program.program import validate

from ..oracle import (
    MP,
    assert_close,
    assert_trees_close,
    autograd_gradient,
    complex_step,
    in_jax,
    mp_curvature,
    mp_gradient,
)
from ..random_functions.vectors import SIZE, function_of, random_text
from ..zoo import all_cases

pytestmark = pytest.mark.sampled(every=83)

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX not installed")
needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch not installed"
)

X = np.array([0.7, -1.2, 0.4, 1.9])
V = np.array([0.3, 1.1, -0.6, 0.8])


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def ridge(x):
    return np.tanh(x[0] * x[1]) + np.exp(-(x[2] ** 2)) * np.sin(x[3]) + np.sqrt(1 + x @ x)


def stepwise(x):
    total = 0.0
    for k in range(4):
        total = total * 0.5 + np.sin(x[k]) * x[k - 1]
        if total > 0.2:
            total = total * total
    return total


def quadratic(x):
    a = np.outer(np.arange(1.0, 5.0), np.array([0.5, -1.0, 2.0, 0.1]))
    return x @ a @ x


NUMBERS = [rosenbrock, ridge, stepwise, quadratic]


def curve(x):
    return np.array([x[0] * x[1], np.sin(x[2]) + x[3], x[0] ** 3])


def field(x):
    return np.cumsum(np.cos(x) * x[::-1])


def table(x):
    return np.outer(np.sin(x), x[:2])


def several(x):
    return x * x, {"a": x.sum() ** 2, "b": [x[1:] * x[0], 2.0]}


VECTORS = [curve, field, table, several]

each_number = pytest.mark.parametrize("f", NUMBERS, ids=lambda f: f.__name__)
each_vector = pytest.mark.parametrize("f", VECTORS, ids=lambda f: f.__name__)


# --- first and second order, against JAX --------------------------------------------------------


@pytest.mark.slow
@needs_jax
@each_number
def test_numbers_against_jax(f: Any) -> None:
    import jax

    twin = in_jax(f)
    assert_close(grad(f)(X), np.asarray(jax.grad(twin)(X)))
    value, slope = value_and_grad(f)(X)
    assert_close(value, np.asarray(twin(X)))
    assert_close(slope, np.asarray(jax.grad(twin)(X)))
    jit = jax.jit if f is not stepwise else lambda g: g  # JAX cannot compile a branch
    expected = np.asarray(jit(jax.hessian(twin))(X))
    assert_close(hessian(f)(X), expected, 1e-9)
    assert_close(jacfwd(jacrev(f))(X), expected, 1e-9)
    assert_close(jacrev(jacfwd(f))(X), expected, 1e-9)
    assert_close(jacobian(grad(f))(X), expected, 1e-9)
    assert_close(hvp(f)(X, V), expected @ V, 1e-9)
    assert_close(grad(lambda x: grad(f)(x) @ V)(X), expected @ V, 1e-9)
    assert_close(jvp(grad(f), (X,), (V,))[1], expected @ V, 1e-9)
    assert_close(vjp(grad(f), X)[1](V)[0], expected @ V, 1e-9)
    if f is quadratic or f is rosenbrock:
        third = np.asarray(jax.jit(jax.jacfwd(jax.hessian(twin)))(X))
        assert np.abs(jacobian(hessian(f))(X) - third).max() <= 1e-9 * np.abs(expected).max()


@pytest.mark.slow
@needs_jax
@each_vector
@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobians_against_jax(f: Any, mode: Any) -> None:
    import jax

    expected = jax.jacfwd(in_jax(f))(X)
    assert_trees_close(jacobian(f, mode=mode)(X), expected)


@pytest.mark.slow
@needs_jax
@each_vector
def test_directions_against_jax(f: Any) -> None:
    import jax

    twin = in_jax(f)
    value, tangent = jvp(f, (X,), (V,))
    expected = jax.jvp(twin, (X,), (V,))
    # JAX takes 2.0 in a result as an array, too.
    assert_trees_close((value, tangent), expected)
    value, push = linearize(f, X)
    assert_trees_close((value, push(V)), expected)
    assert_trees_close(push(2 * V), jax.jvp(twin, (X,), (2 * V,))[1])
    value, pull = vjp(f, X)
    cotangent = jax.tree.map(lambda y: np.asarray(y) * 0.5 + 1.0, value)
    assert_trees_close(pull(cotangent)[0], jax.vjp(twin, X)[1](_like(cotangent, twin(X)))[0])


def _like(cotangent: Any, value: Any) -> Any:
    import jax
    import jax.numpy as jnp

    return jax.tree.map(lambda c, y: jnp.asarray(c, jnp.asarray(y).dtype), cotangent, value)


@pytest.mark.slow
@needs_jax
@pytest.mark.parametrize("seed", range(24))
def test_random_programs_against_jax(seed: int) -> None:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=SIZE), rng.normal(size=SIZE)
    text = random_text(seed, "number")
    f, twin = function_of(text), function_of(text, jnp)
    assert_close(grad(f)(x), np.asarray(jax.grad(twin)(x)))
    expected = np.asarray(jax.jit(jax.hessian(twin))(x))
    scale = max(1.0, float(np.abs(expected).max()))
    assert np.abs(hessian(f)(x) - expected).max() <= 1e-9 * scale, text
    assert np.abs(hvp(f)(x, v) - expected @ v).max() <= 1e-9 * scale, text
    text = random_text(seed + 1000, ("vector", "dict")[seed % 2])
    f, twin = function_of(text), function_of(text, jnp)
    expected = jax.jit(jax.jacrev(twin))(x)
    assert_trees_close(jacobian(f, mode="forward")(x), expected, 1e-12)
    assert_trees_close(jacobian(f, mode="reverse")(x), expected, 1e-12)
    assert_trees_close(jvp(f, (x,), (v,))[1], jax.jvp(twin, (x,), (v,))[1], 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_operators_agree_with_each_other_on_random_programs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=SIZE), rng.normal(size=SIZE)
    f = function_of(random_text(seed, "number"))
    matrix = hessian(f)(x)
    size = max(1.0, float(np.abs(matrix).max())) * max(1.0, float(v @ v))
    line = derivative(lambda t: f(x + t * v), n=2)(0.0)
    for found, expected in (
        (matrix.T, matrix),
        (hvp(f)(x, v), matrix @ v),
        (jacrev(grad(f))(x), matrix),
        (line, v @ matrix @ v),
        (grad(grad(lambda t: f(x + t * v)))(0.0), line),
    ):
        assert np.abs(found - expected).max() <= 1e-11 * size
    g = function_of(random_text(seed + 5000, "vector"))
    matrix = jacfwd(g)(x)
    size = max(1.0, float(np.abs(matrix).max())) * max(1.0, float(v @ v))
    for found, expected in (
        (jacrev(g)(x), matrix),
        (vjp(g, x)[1](v)[0], v @ matrix),
        (linearize(g, x)[1](v), matrix @ v),
        (jvp(g, (x,), (v,))[1], matrix @ v),
        (elementwise_grad(g)(x), np.ones(SIZE) @ matrix),
    ):
        assert np.abs(found - expected).max() <= 1e-12 * size
    pulled = grad(lambda x: vjp(g, x)[1](v)[0] @ v)(x)
    pushed = grad(lambda x: jvp(g, (x,), (v,))[1] @ v)(x)
    assert np.abs(pulled - pushed).max() <= 1e-10 * size**2


# --- against others -----------------------------------------------------------------------------


@each_number
def test_numbers_against_autograd_and_mpmath(f: Any) -> None:
    assert_close(grad(f)(X), autograd_gradient(f, X))
    expected = mp_gradient(f, X)
    assert_close(grad(f)(X), expected)
    assert_close(jacfwd(f)(X), expected)
    assert_close(elementwise_grad(f)(X), expected)
    assert_close(float(V @ hvp(f)(X, V)), mp_curvature(f, X, V), 1e-9)


def test_smooth_functions_against_complex_steps() -> None:
    for f in (rosenbrock, ridge):
        assert_close(jacfwd(f)(X), complex_step(f, X))


@pytest.mark.slow
@needs_torch
def test_against_torch() -> None:
    import torch

    def twin(x: Any) -> Any:
        return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    x = torch.tensor(X, dtype=torch.float64)
    expected = torch.autograd.functional.hessian(twin, x).numpy()
    assert_close(hessian(rosenbrock)(X), expected, 1e-9)
    product = torch.autograd.functional.hvp(twin, x, torch.tensor(V))[1].numpy()
    assert_close(hvp(rosenbrock)(X, V), product, 1e-9)


ZOO = [(n, c) for n, c in all_cases() if c.oracle == "mp"]


@pytest.mark.parametrize("case", [c for _, c in ZOO], ids=[n for n, _ in ZOO])
def test_the_zoo_in_forward_mode_and_second_order(case: Any) -> None:
    call = case.calls[0]
    if call.before is not None or call.kwargs:
        pytest.skip("not a function of its arguments alone")
    f, args, k = case.function, call.args, case.wrt
    slope = grad(f, k)(*args)
    assert_close(jacfwd(f, k)(*args), slope, case.tolerance)
    direction = np.cos(np.arange(np.size(args[k]))).reshape(np.shape(args[k]))
    direction = direction if np.shape(args[k]) else 1.0
    found = float(np.sum(direction * hvp(f, k)(*args, direction)))
    expected = mp_curvature(case.twin or f, args, direction, k)
    # A quadratic form of large entries may cancel: what counts is their size.
    scale = max(abs(expected), float(np.max(np.abs(slope))), 1e-3)
    assert abs(found - expected) <= max(1e-9, case.tolerance) * scale, (found, expected)


# --- derivative ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(6))
def test_derivatives_of_any_order(n: int) -> None:
    def f(x):
        return math.exp(-x * x) * math.sin(3 * x) + x**5

    with MP.workdps(60):
        expected = float(MP.diff(lambda x: MP.exp(-x * x) * MP.sin(3 * x) + x**5, MP.mpf(0.7), n))
    assert derivative(f, n=n)(0.7) == pytest.approx(expected, rel=1e-12 if n < 3 else 1e-10)
    nested: Any = f
    for _ in range(n):
        nested = derivative(nested)
    assert nested(0.7) == pytest.approx(expected, rel=1e-12 if n < 3 else 1e-10)


def test_derivative_of_a_curve() -> None:
    found = derivative(lambda t: (math.sin(t), np.array([t, t * t])), n=2)(0.3)
    assert found[0] == pytest.approx(-math.sin(0.3))
    np.testing.assert_allclose(found[1], [0.0, 2.0])


def test_derivative_follows_branches() -> None:
    g = derivative(lambda x: x**3 if x > 0 else -(x**2), n=2)
    assert (g(2.0), g(-1.0), g(3)) == (12.0, -2.0, 18.0)


def test_derivative_refuses_arrays_and_orders() -> None:
    with pytest.raises(UsageError, match="elementwise_grad"):
        derivative(lambda x: x.sum())(X)
    with pytest.raises(UsageError):
        derivative(math.sin, n=-1)
    with pytest.raises(UsageError):
        derivative(lambda x, y: x * y, (0, 1))  # type: ignore[arg-type]


# --- composition --------------------------------------------------------------------------------


@pytest.mark.slow
def test_gradient_of_a_jacobian_and_of_pullbacks() -> None:
    def size(x):
        return np.sum(jacobian(field)(x) ** 2)

    def pulled(x):
        return vjp(field, x)[1](np.ones(4))[0] @ x

    def pushed(x):
        return jvp(field, (x,), (x,))[1].sum()

    def linear(x):
        _, push = linearize(field, x)
        return push(np.ones(4)).sum() + push(x)[0]

    for f in (size, pulled, pushed, linear):
        for where in (X, V):
            numeric = _differences(f, where)
            assert_close(grad(f)(where), numeric, 1e-6)


def _differences(f: Any, x: Any, h: float = 1e-5) -> Any:
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.slow
@needs_jax
def test_deep_compositions_against_jax() -> None:
    import jax

    def inner(x):
        return hvp(ridge)(x, np.sin(x)) @ x

    twin = in_jax(ridge)

    def inner_twin(x):
        sine = jax.numpy.sin(x)
        return jax.jvp(jax.grad(twin), (x,), (sine,))[1] @ x

    assert_close(grad(inner)(X), np.asarray(jax.jit(jax.grad(inner_twin))(X)), 1e-9)
    assert_close(hessian(inner)(X), np.asarray(jax.jit(jax.hessian(inner_twin))(X)), 1e-9)
    assert_close(
        jacobian(hvp(ridge))(X, V),
        np.asarray(jax.jacobian(lambda x: jax.hessian(twin)(x) @ V)(X)),
        1e-9,
    )


def test_hvp_of_a_function_that_uses_grad() -> None:
    def f(x):
        return np.sum(grad(rosenbrock)(x) ** 2)

    numeric = (grad(f)(X + 1e-6 * V) - grad(f)(X - 1e-6 * V)) / 2e-6
    assert_close(hvp(f)(X, V), numeric, 1e-6)


def test_newton_step_inside() -> None:
    def step(a):
        x = 1.5
        for _ in range(6):
            x = x - (x * x - a) / derivative(lambda y: y * y - a)(x)
        return x

    assert grad(step)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-12)


def test_arguments_that_are_one_object_are_kept_apart() -> None:
    def f(a, b):
        return (a * b * b).sum()

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(f)(x, x), x * x)
    first, second = grad(f, (0, 1))(x, x)
    np.testing.assert_array_equal(first, x * x)
    np.testing.assert_array_equal(second, 2 * x * x)
    p, q = [1.0, 2.0], [3.0, 5.0]
    g = grad(lambda x, a, b: x * a[0] * b[1])
    assert [g(1.0, p, p), g(1.0, p, q), g(1.0, q, q), g(1.0, q, p)] == [2.0, 5.0, 15.0, 6.0]
    np.testing.assert_allclose(hvp(rosenbrock)(X, X), hessian(rosenbrock)(X) @ X)


def test_programs_are_valid() -> None:
    for made in (jacobian(field), hessian(ridge), elementwise_grad(np.sin), jacrev(table)):
        validate(made.program(X))
        assert made.generated_source(X).startswith("def")
    validate(hvp(ridge).program(X, V))


# --- how they are called ------------------------------------------------------------------------

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
