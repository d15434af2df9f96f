"""Kinds of small mistakes in the machinery that larger tests pass over."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import scipy.special

from symdiff import grad, value_and_grad

pytestmark = pytest.mark.sampled(every=3)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1)])
@pytest.mark.parametrize("shape", [(3,), (2, 1), (1, 3), (1, 1)])
def test_weights_of_a_sum_of_exponentials_may_have_more_elements(axis, shape):
    rng = np.random.default_rng(0)
    x, b = rng.normal(size=shape), rng.uniform(0.5, 2.0, size=(2, 3))

    def f(x):
        return np.sum(scipy.special.logsumexp(x, axis=axis, b=b))

    terms = b * np.exp(x)
    share = terms / terms.sum(axis=axis, keepdims=True)
    lost = tuple(k for k in range(2) if np.broadcast_shapes((1, 1), shape)[k] == 1)
    value, slope = value_and_grad(f)(x)
    assert value == pytest.approx(f(x))
    np.testing.assert_allclose(slope, share.sum(axis=lost).reshape(shape), rtol=1e-12)


@pytest.mark.parametrize("before", ["float64", "float32", "int64", "int32"])
@pytest.mark.parametrize("after", ["float64", "float32", "complex128", "int64", "bool"])
@pytest.mark.parametrize("copy", [True, False])
def test_a_cast_without_a_copy_is_a_cast(before, after, copy):
    given = np.array([1, 2, 3]).astype(before) + np.array(300).astype(before)
    given = given / np.array(7, before) if before.startswith("float") else given

    def f(x, a):
        made = a.astype(after, copy=copy)
        kind = 10.0 * made.dtype.itemsize + len(made.dtype.name)
        return x * np.sum(np.abs(made)) + kind * x

    expected = float(np.sum(np.abs(given.astype(after))))
    kind = 10.0 * np.dtype(after).itemsize + len(np.dtype(after).name)
    assert grad(f)(2.0, given) == pytest.approx(expected + kind, rel=1e-14)


@pytest.mark.parametrize(
    "made",
    [
        lambda b: b * b,
        lambda b: b + b,
        lambda b: (b * b) * b,
        lambda b: b * b + b,
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16"])
def test_a_factor_wraps_as_numpys_integers_do(made, dtype):
    b = np.array([100, 90, 77], dtype)

    def f(x, b):
        return np.sum(x * made(b))

    np.testing.assert_array_equal(grad(f)(np.ones(3), b), made(b).astype(float))


@pytest.mark.parametrize("running", [True, False])
def test_the_collector_runs_after_a_trace_as_before(running):
    def f(x):
        return x * x

    def broken(x):
        raise ValueError(x)

    try:
        (gc.enable if running else gc.disable)()
        assert grad(f)(3.0) == 6.0
        assert gc.isenabled() is running
        with pytest.raises(ValueError, match="3"):
            grad(broken)(3.0)
        assert gc.isenabled() is running
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 2 * x if x else 3 * x,
        lambda x: 3 * x if not x else 2 * x,
        lambda x: 2 * x if bool(x) else 3 * x,
        lambda x: 2 * x if (x and True) else 3 * x,
        lambda x: 2 * x if any([x]) else 3 * x,
    ],
)
def test_the_truth_of_a_zero(f):
    g = grad(f)
    for x in (1.0, 0.0, -0.0, 1e-300, 0.0, -1.0):
        assert g(x) == (2.0 if x else 3.0)


@pytest.mark.parametrize("outer", [[True, False, True], [False, False, True]])
@pytest.mark.parametrize("way", ["yes", "no"])
def test_a_condition_that_is_broadcast_behind_another_choice(outer, way):
    outer = np.array([outer, [True, True, False]])

    def f(x, c):
        r = np.sqrt(x)
        y = np.where(c, r, 1.0) if way == "yes" else np.where(c, 1.0, r)
        z = np.where(outer, y, 0.0)
        return np.sum(z)

    c = np.array([True, False, True])
    counts = outer & (c if way == "yes" else ~c)
    x = np.where(counts, 4.0, 0.0)
    np.testing.assert_array_equal(grad(f)(x, c), np.where(counts, 0.25, 0.0))


def test_what_is_kept_for_a_constant_is_kept():
    class Model:
        def __init__(self):
            self.key, self.times = -1.0, 0

        def value(self, x, n):
            if self.key != n:
                self.key = n
                self.times += 1
            return x * n

    model, plain = Model(), Model()
    g = grad(model.value)
    for n in (2.0, 2.0, 3.0, 3.0, 2.0):
        plain.value(1.0, n)
        assert g(1.0, n) == n
        assert model.times == plain.times


@pytest.mark.parametrize("scale", [1.0, 1e17, 1e-17])
def test_elements_that_are_read_twice_are_one(scale):
    def f(x):
        top = x[1] * 1.0
        y = np.array([x[0], x[1]])
        below = y[0] + x[1]
        return top / below

    x = np.array([3.0, 5.0]) * scale
    np.testing.assert_allclose(grad(f)(x), np.array([-5.0, 3.0]) / (64 * scale), rtol=1e-13)
