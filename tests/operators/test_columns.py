"""Matrices of derivatives from one sweep: diagonals, colours, and unit seeds side by side."""

import numpy as np
import pytest

from symdiff import grad, hessian, jacobian
from symdiff.errors import UsageError


def first(f, x):
    """The Jacobian, by complex steps."""
    columns = []
    for k in range(x.size):
        moved = x.astype(complex)
        moved.flat[k] += 1e-30j
        columns.append(np.imag(f(moved)) / 1e-30)
    found = np.stack(columns, axis=-1)
    return found.reshape(*np.shape(f(x)), *x.shape)


def second(f, x):
    """The Hessian, by differences of complex steps."""
    columns = []
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = 1e-5
        step = step.reshape(x.shape)
        columns.append((first(f, x + step) - first(f, x - step)) / 2e-5)
    return np.stack(columns, axis=-1).reshape(x.shape * 2)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def joined(x):
    y = np.concatenate([np.sin(x[::-1]), x[:2] * x[-1]])
    return np.sum(y[2:] * y[:-2] ** 2)


def gathered(x):
    places = np.array([0, 1, 0, 1, 1])
    return np.sum(x[places] ** 3 * np.exp(x[places[::-1]])) + np.sum(np.roll(x, 1) * x**2)


def written(x):
    y = np.zeros(x.shape, x.dtype)
    y[1:] = x[:-1] ** 2
    y[0] = x[-1] * x[0]
    y += x
    return np.sum(y**3)


def in_pairs(x):
    points = np.stack([x, x**2, np.sin(x)], axis=1)
    lengths = np.sum(points**2, axis=1)
    return np.sum(lengths[1:] * lengths[:-1])


def whole_sum(x):
    return np.exp(-np.sum(x**2) / 9) * np.sum(np.cos(x))


def product_of_matrices(x):
    matrix = np.cos(np.arange(x.size * 4).reshape(4, x.size))
    return np.sum(np.sqrt(1 + (matrix @ x) ** 2)) + x @ x


def by_numbers(x):
    total = x[0] ** 3
    for k in range(1, 2 * len(x)):
        total = total + np.sin(x[k % len(x)]) * x[k // 2] ** 2
    return total


def in_a_loop(x):
    y = x
    for k in range(3):
        y = np.sin(y) * x[0] + k * y
    return np.sum(y**2)


def blocks(x):
    t = x[: len(x) // 2 * 2].reshape(-1, 2)
    total = np.sum(t, axis=1)
    return np.sum(np.exp(total) * t[:, 0]) + np.sum(x)


LOSSES = [rosenbrock, joined, gathered, written, in_pairs, whole_sum, product_of_matrices]
LOSSES += [by_numbers, in_a_loop, blocks]


@pytest.mark.parametrize("f", LOSSES)
def test_a_hessian_is_right_at_every_length(f):
    rng = np.random.default_rng(5)
    h = hessian(f)
    for size in (3, 40, 2, 9, 3):
        x = rng.uniform(0.2, 1.1, size)
        wanted = second(f, x)
        bound = 1e-7 * np.abs(wanted).max()
        np.testing.assert_allclose(h(x), wanted, rtol=1e-6, atol=bound)
        np.testing.assert_allclose(jacobian(grad(f), mode="forward")(x), wanted, 1e-6, bound)


def mapped(x):
    return np.sin(x[1:]) * x[:-1], x[::-1] ** 2 / x[0], np.outer(x[:2], x[:2])


def to_matrix(x):
    return np.tanh(x)[:, None] * x[None, :2]


def mixing(x):
    return np.cumsum(x**2) / np.sum(x)


def constant_parts(x):
    y = np.ones((3, x.size)) * 2.0
    y[1] = x**2
    return y * np.array([[1.0], [2.0], [3.0]])


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
@pytest.mark.parametrize("f", [mapped, to_matrix, mixing, constant_parts])
def test_a_jacobian_is_right_at_every_length(f, mode):
    rng = np.random.default_rng(6)
    g = jacobian(f, mode=mode)
    for size in (2, 35, 5, 2):
        x = rng.uniform(0.3, 1.2, size)
        found = g(x)
        parts = zip(found, range(3)) if f is mapped else [(found, None)]
        for own, k in parts:
            wanted = first((lambda x, k=k: f(x)[k]) if k is not None else f_complex(f), x)
            np.testing.assert_allclose(own, wanted, rtol=1e-12, atol=1e-13)


def f_complex(f):
    if f is not constant_parts:
        return f

    def same(x):
        y = np.ones((3, x.size), x.dtype) * 2.0
        y[1] = x**2
        return y * np.array([[1.0], [2.0], [3.0]])

    return same


def test_arguments_of_more_axes_and_in_containers():
    def f(p):
        return np.sum(p["a"][1:] * p["b"] ** 2) + np.sum(p["a"] ** 3) * p["c"]

    rng = np.random.default_rng(7)
    p = {"a": rng.normal(size=(4, 2)), "b": rng.normal(size=(3, 2)), "c": 1.5}
    h = hessian(f)(p)
    x = np.concatenate([p["a"].ravel(), p["b"].ravel(), [1.5]])

    def flat(x):
        return f({"a": x[:8].reshape(4, 2), "b": x[8:14].reshape(3, 2), "c": x[14]})

    wanted = second(flat, x)
    own = np.block([[np.reshape(h[r][c], (n, m)) for c, m in (("a", 8), ("b", 6), ("c", 1))]
                    for r, n in (("a", 8), ("b", 6), ("c", 1))])  # fmt: skip
    np.testing.assert_allclose(own, wanted, rtol=1e-6, atol=1e-6)
    assert h["a"]["b"].shape == (4, 2, 3, 2)


@pytest.mark.parametrize("f", [rosenbrock, whole_sum, in_pairs])
def test_single_precision_stays(f):
    x = np.linspace(0.2, 1.0, 6)
    found = hessian(f)(x.astype(np.float32))
    assert found.dtype == np.float32
    wanted = second(f, x)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


def test_an_infinite_slope_stays_in_its_row():
    def f(x):
        return np.sum(np.sqrt(x[1:]) * 2.0) + np.sum(x**3)

    x = np.array([0.5, 0.0, 4.0, 1.0])
    found = hessian(f)(x)
    wanted = np.diag([3.0, -np.inf, 24.0 - 1 / 16, 6.0 - 0.5])
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_the_code_grows_with_the_source_and_not_with_the_length():
    for f in (rosenbrock, joined, written, whole_sum, product_of_matrices):
        h = hessian(f)
        short = h.program(np.linspace(0.1, 1.0, 30)).statements
        long = h.program(np.linspace(0.1, 1.0, 300)).statements
        assert abs(len(long) - len(short)) < 4, f
        assert len(long) < 80, f


def test_third_derivatives_go_through_the_matrix():
    x = np.array([0.4, 0.7, 1.1])
    third = jacobian(hessian(rosenbrock))(x)
    step = 1e-5
    for k in range(3):
        moved = step * np.eye(3)[k]
        wanted = (second(rosenbrock, x + moved) - second(rosenbrock, x - moved)) / (2 * step)
        np.testing.assert_allclose(third[..., k], wanted, rtol=1e-3, atol=0.5)


def test_no_elements():
    assert jacobian(lambda x: x**2)(np.zeros(0)).shape == (0, 0)
    assert hessian(lambda x: np.sum(x**2))(np.zeros(0)).shape == (0, 0)
    with pytest.raises(UsageError):
        jacobian(rosenbrock, mode="sideways")


@pytest.mark.parametrize("operator", [jacobian, lambda f: hessian(lambda x: np.sum(f(x)))])
def test_a_matrix_that_no_machine_holds_is_refused_at_once(operator):
    with pytest.raises(
        UsageError, match=r"(?s)test_columns.py:\d+.*3,000,000 numbers.*batched\(jacobian\(f\)\)"
    ):
        operator(lambda x: x[1:] * x[:-1] ** 2)(np.ones(3_000_000))


def test_a_matrix_is_the_callers_own():
    h = hessian(rosenbrock)
    x = np.linspace(0.1, 1.0, 20)
    one = h(x)
    kept = one.copy()
    one[:] = 7.0
    two = h(x)
    np.testing.assert_array_equal(two, kept)
    assert not np.shares_memory(one, two)
    first, second = jacobian(lambda x: (np.outer(x, x), x[:, None] * x))(x)
    assert not np.shares_memory(first, second)


def test_other_precisions_in_between():
    def f(x):
        return np.sum(x[1:].astype(np.float32).astype(np.float64) ** 3 * x[:-1])

    x = np.linspace(0.25, 1.0, 4)
    found = hessian(f)(x)
    wanted = second(lambda x: np.sum(x[1:] ** 3 * x[:-1]), x)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_blocks_of_rows():
    def project(p):
        return p[:, :2] / p[:, 2:3] * np.sum(p**2, axis=1, keepdims=True)

    g = jacobian(project)
    rng = np.random.default_rng(8)
    for size in (1, 4, 40, 4):
        p = rng.uniform(1, 2, (size, 3))
        found = g(p)
        np.testing.assert_allclose(found, first(project, p), rtol=1e-12, atol=1e-12)
        off = ~np.eye(size, dtype=bool)
        assert not found.transpose(0, 2, 1, 3)[off].any()
