"""Second derivatives where several kinks meet, which have to take sides that belong together."""

from __future__ import annotations

import random
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symdiff import grad, hessian, hvp, jacfwd, jacobian, jacrev, value_and_grad

pytestmark = pytest.mark.sampled(every=13)

ORDERS = [
    hessian,
    lambda f: jacrev(jacrev(f)),
    lambda f: jacfwd(jacfwd(f)),
    lambda f: jacrev(jacfwd(f)),
    lambda f: jacfwd(jacrev(f)),
]


def in_several_statements(x):
    right, left = max(0.0, x), max(0.0, -x)
    both = right + left
    return both * np.cosh(both)


def behind_another_kink(x):
    y = abs(abs(x) - abs(-x) + x)
    return y * abs(-y)


def in_a_choice(x):
    return np.where(x > -1.0, np.maximum(x, 0) - np.maximum(-x, 0), 2.0) ** 2


def of_the_largest(x):
    return np.max(np.array([x, -x, 3 * x - 2 * x])) ** 2


def by_places(x):
    y = np.array([x, -x])
    return y[np.argmax(y)] ** 2 + y[np.argsort(y)[0]] * y[np.argmin(y)]


def by_loops(x):
    total = 0.0
    for k in range(-2, 3):
        total += np.maximum(k * x, 0.0)
    return total**2 - 9 * np.abs(x) * np.abs(-x)


SMOOTH: list[tuple[Any, Any]] = [
    (lambda x: (max(0, x) + max(0, -x)) ** 2, lambda x: x**2),
    (lambda x: (abs(x) + abs(-x)) ** 2, lambda x: 4 * x**2),
    (lambda x: (np.maximum(0, x) + np.maximum(0, -x)) ** 2, lambda x: x**2),
    (lambda x: np.maximum(x, 0) ** 2 + np.maximum(-x, 0) ** 2, lambda x: x**2),
    (lambda x: abs(x) * abs(-x), lambda x: x**2),
    (lambda x: (abs(x) - abs(-x) + x) ** 2, lambda x: x**2),
    (lambda x: (np.abs(x) - np.abs(-x)) * np.sin(x) + np.exp(x), mp.exp),
    (lambda x: max(x, -x) * min(x, -x), lambda x: -(x**2)),
    (lambda x: np.cos(abs(x) + max(x, -x)), lambda x: mp.cos(2 * x)),
    (lambda x: (np.clip(x, 0.0, None) - np.clip(-x, 0.0, None)) ** 3 + x**2, lambda x: x**3 + x**2),
    (lambda x: max(0, x * x), lambda x: x**2),
    (lambda x: max(-x * x, 0.0) + min(x * x, -x * x), lambda x: -(x**2)),
    (lambda x: abs(-x * x), lambda x: x**2),
    (lambda x: np.ptp(np.array([x, 2 * x])) ** 2, lambda x: x**2),
    (lambda x: np.sort(np.array([x, -x]))[1] * max(x, -x), lambda x: x**2),
    (lambda x: np.median(np.array([x, -x, 2 * x])) * x, lambda x: x**2),
    (lambda x: np.linalg.norm(np.array([x, -x]), np.inf) ** 2, lambda x: x**2),
    (in_several_statements, lambda x: x * mp.cosh(x) * mp.sign(x)),
    (behind_another_kink, lambda x: x**2),
    (in_a_choice, lambda x: x**2),
    (of_the_largest, lambda x: x**2),
    (by_places, lambda x: 2 * x**2),
    (by_loops, lambda x: mp.mpf(0)),
]


@pytest.mark.parametrize("k", range(len(SMOOTH)))
def test_what_is_smooth_has_its_second_derivative(k: int) -> None:
    f, exact = SMOOTH[k]
    right = 1 if f is in_several_statements else 0  # which is x*sinh(x) and no more to the right
    for order in (ORDERS[k % 5], ORDERS[(k + 2) % 5]):
        second = order(f)
        for x in (0.0, 0.25, -0.75):
            with mp.workdps(60):
                h = mp.mpf(10) ** -15
                want = mp.diff(exact, mp.mpf(x), 2, h=h, direction=right if x == 0 else 0)
            assert second(x) == pytest.approx(float(want), rel=1e-9, abs=1e-9)
    assert hvp(f)(0.0, 3.0) == pytest.approx(3 * second(0.0), abs=1e-12)


def test_what_is_not_has_that_of_one_side() -> None:
    for order in ORDERS:
        assert order(lambda x: abs(x) * max(0, x))(0.0) == 2
        assert order(lambda x: (abs(x) + x) ** 2)(0.0) == 8
        assert order(lambda x: max(0.0, x) ** 2 + 3 * x**2)(0.0) in (6, 8)
        np.testing.assert_array_equal(
            order(lambda x: np.max(x) ** 2)(np.ones(2)), np.diag([0.0, 2.0])
        )
        np.testing.assert_array_equal(
            order(lambda x: np.linalg.norm(x, np.inf) ** 2)(np.zeros(2)), np.diag([0.0, 2.0])
        )
        median = order(lambda x: np.median(x) ** 2)(np.ones(3))
        assert sorted(np.diag(median)) == [0, 0, 2]


W = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0], [2.0, 2.0, 2.0], [1.0, 0.0, 1.0]])


def rectified(y):
    return np.maximum(y, 0) - np.maximum(-y, 0)


ARRAYS: list[tuple[Any, Any, Any]] = [
    (lambda x: np.sum(np.abs(x) + np.abs(-x)) ** 2, np.zeros(2), 8 * np.ones((2, 2))),
    (lambda x: np.sum(np.abs(x) * np.abs(x[::-1])), np.zeros(1), 2 * np.eye(1)),
    (lambda x: np.sum(rectified(W @ x) ** 2), np.zeros(3), 2 * W.T @ W),
    (
        lambda x: np.sum(rectified(W.T @ rectified(W @ x)) ** 2),
        np.zeros(3),
        2 * W.T @ W @ W.T @ W,
    ),
    (lambda x: np.ptp(x) ** 2, np.ones(2), np.array([[2.0, -2.0], [-2.0, 2.0]])),
    (lambda x: (np.max(x) + np.min(x)) ** 2, np.ones(2), 2 * np.ones((2, 2))),
    (lambda x: np.max(x) * np.min(x), np.ones(2), 1 - np.eye(2)),
    (lambda x: np.amax(x) - np.sort(x)[-1] + x @ x, np.ones(3), 2 * np.eye(3)),
    (lambda x: np.sum(np.sort(x)[::-1] ** 2), np.ones(4), 2 * np.eye(4)),
    (lambda x: np.prod(np.partition(x, 1)), np.ones(2), 1 - np.eye(2)),
    (lambda x: np.median(x) ** 2 - np.median(-x) ** 2 + x[0] ** 2, np.ones(3), np.diag([2, 0, 0])),
    (
        lambda x: np.sum(np.max(x, axis=0) * np.min(x, axis=0, keepdims=True)),
        np.ones((2, 2)),
        np.kron(1 - np.eye(2), np.eye(2)).reshape(2, 2, 2, 2),
    ),
    (
        lambda x: np.sum((np.sort(x, axis=1)[:, 0] + np.max(x, axis=1)) ** 2),
        np.zeros((2, 2)),
        2 * np.kron(np.eye(2), np.ones((2, 2))).reshape(2, 2, 2, 2),
    ),
]


@pytest.mark.parametrize("k", range(len(ARRAYS)))
def test_arrays(k: int) -> None:
    f, x, want = ARRAYS[k]
    for order in (ORDERS[k % 5], ORDERS[(k + 2) % 5]):
        np.testing.assert_allclose(order(f)(x), want, rtol=1e-12, atol=1e-12)
    single = ORDERS[(k + 1) % 5](f)(x.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, want, rtol=1e-5, atol=1e-5)


def test_which_moves_and_which_does_not() -> None:
    def hinges(x, c):
        return (max(0.0, x) + max(c, -x)) ** 2

    assert hessian(hinges)(0.0, 0.0) == 2  # x alone moves
    product = lambda x, y: abs(x * y) - abs(-x * y) + x * y
    for x, y in ((1.0, 0.0), (0.0, 2.0), (0.0, 0.0)):
        assert jacfwd(grad(product), 1)(x, y) == 1
        assert jacrev(grad(product, 1), 0)(x, y) == 1
        assert hessian(product, wrt=(0, 1))(x, y) == ((0, 1), (1, 0))


def test_what_does_not_move_with_the_kink_meets_the_mean() -> None:
    for f, mean in (
        (lambda x: max(x, 0.0), 0.5),
        (abs, 0.0),
        (lambda x: np.max([x, 0.0, 0.0]), 1 / 3),
    ):
        slope = grad(lambda x, y, f=f: f(x) * y)
        assert slope(0.0, 3.0) == pytest.approx(3 * mean)
        for order in (jacobian, jacfwd, jacrev):
            assert order(slope, 1)(0.0, 3.0) == pytest.approx(mean)


def test_inside_other_derivatives() -> None:
    def within(x):
        return hessian(lambda u: (abs(u) + max(-u, u)) ** 2)(-x * 1.0) * x * x

    assert hessian(within)(0.0) == 16
    assert grad(lambda x: grad(lambda u: (abs(u) + abs(-u)) ** 2)(-1.0 * x))(0.0) == -8
    value, slope = jacrev(value_and_grad(lambda x: abs(x) * abs(-x) + abs(x)))(0.0)
    assert (value, slope) == (0.0, 2.0)


def expression(draw: random.Random, depth: int) -> tuple[str, str]:
    """A random expression full of kinks, and the polynomial that it is."""
    if not depth:
        atom = draw.choice(["x[0]", "x[1]", "x[2]", "(x[0] - x[1])", "2.0"])
        return atom, atom
    (u, p), (v, q) = expression(draw, depth - 1), expression(draw, depth - 1)
    return draw.choice(
        [
            (f"({u} + {v})", f"({p} + {q})"),
            (f"({u} * {v})", f"({p} * {q})"),
            (f"(max({u}, 0.0) - max(0, -({u})))", p),
            (f"(np.maximum({u}, {v}) + min({u}, {v}))", f"({p} + {q})"),
            (f"(max({u}, {v}) * np.minimum({u}, {v}))", f"({p} * {q})"),
            (f"(abs({u}) * np.abs(-({u})))", f"({p})**2"),
            (f"(abs({u}) - abs(-({u})) + {u})", p),
            (f"(np.max([{u}, {v}, {v}]) + np.sort([{u}, {v}])[0])", f"({p} + {q})"),
            (f"np.ptp([{u}, {v}])**2", f"({p} - {q})**2"),
            (f"(np.median([{u}, {v}, {v}]) + 0*{u})", q),
        ]
    )


@pytest.mark.parametrize("seed", range(24))
def test_random_expressions(seed: int, tmp_path: Any) -> None:
    draw = random.Random(seed)
    kinked, polynomial = expression(draw, 2 + seed % 2)
    path = tmp_path / "expression.py"
    path.write_text(f"import numpy as np\n\ndef f(x):\n    return {kinked} * 1.0\n")
    namespace: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    x = np.array([draw.choice([0.0, 0.0, 1.0, -1.0]) for _ in range(3)])
    exact = eval(f"lambda *x: {polynomial}")
    want = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            orders = tuple((k == i) + (k == j) for k in range(3))
            want[i, j] = mp.diff(exact, tuple(map(mp.mpf, x)), orders)
    found = ORDERS[seed % 5](namespace["f"])(x)
    np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-4)


def test_the_gradient_is_as_short_as_before() -> None:
    def f(x):
        return np.max(x) * np.sum(np.maximum(x, 0) + np.abs(x)) + np.median(x)

    text = value_and_grad(f).source(np.ones(3))
    for name in ("toward", "facing", "direction", "first_taken", "first_extreme"):
        assert name not in text
