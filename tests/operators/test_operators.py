"""Every operator against independent oracles, alone and composed."""

from __future__ import annotations

import importlib.util
import math
from typing import Any

import numpy as np
import pytest

from symdiff import (
    derivative,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)
from symdiff.errors import UsageError
from symdiff.program.program import validate

from ..comparing import assert_close, assert_trees_close
from ..oracle import MP, autograd_gradient, complex_step, in_jax, mp_curvature, mp_gradient
from ..random_functions.vectors import SIZE, function_of, random_text
from ..zoo import all_cases
from .functions import (
    V,
    X,
    each_number,
    each_vector,
    field,
    quadratic,
    ridge,
    rosenbrock,
    stepwise,
    table,
)

pytestmark = pytest.mark.sampled(every=83)

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX not installed")


needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch not installed"
)


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
