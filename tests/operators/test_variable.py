"""Variables, which keep a value and collect its gradient."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import SymdiffError, Variable, grad


def cube_sum(x):
    return (x**3).sum() if isinstance(x, np.ndarray) else x**3


def test_variable_of_a_number() -> None:
    g = grad(cube_sum)
    x = Variable(2.0)
    assert x.grad is None
    assert g.backward(x) == 8.0
    assert x.grad == 12.0
    g.backward(x)
    assert x.grad == 24.0
    x.zero_grad()
    assert x.grad == 0.0


def test_several_variables() -> None:
    x, y = Variable(np.array([1.0, 2.0])), Variable(3.0)
    g = grad(lambda x, y: (x * y).sum(), (0, 1))
    assert g.backward(x, y) == 9.0
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])
    assert y.grad == 3.0


def test_variables_work_as_arguments() -> None:
    x = Variable(np.arange(3.0))
    np.testing.assert_array_equal(grad(cube_sum)(x), 3 * np.arange(3.0) ** 2)
    assert x.grad is None


def test_training_loop() -> None:
    a = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.25]])
    b = a @ np.array([1.5, -0.5])

    @grad
    def loss(w):
        r = a @ w - b
        return r @ r

    w = Variable(np.zeros(2))
    for _ in range(200):
        w.zero_grad()
        loss.backward(w)
        w.value -= 0.05 * w.grad
    np.testing.assert_allclose(w.value, [1.5, -0.5], atol=1e-4)
    assert loss.trace_count == 1


def test_out_for_several_arguments() -> None:
    g = grad(lambda x, y: (x * y).sum(), (0, 1))
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    buffers = (np.empty(2), np.empty(2))
    result = g(x, y, out=buffers)
    assert result[0] is buffers[0]
    assert result[1] is buffers[1]
    np.testing.assert_array_equal(buffers[0], y)
    np.testing.assert_array_equal(buffers[1], x)


def test_out_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises((SymdiffError, ValueError)):
        grad(cube_sum)(np.arange(3.0), out=np.empty(4))
