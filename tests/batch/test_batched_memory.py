"""What a batch is given lies as it does, and what it gives is memory of its own."""

import itertools

import numpy as np
import pytest

from symdiff import batched, grad, jacobian
from symdiff.compile.native.building import why_not


def test_results_are_their_own_whatever_they_are_made_of():
    def f(x, y):
        return x, x * y, y[0], np.array([1.0, 2.0]), x

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 40)), rng.normal(size=(40, 2))
    kept = x.copy(), y.copy()
    many = batched(f, in_axes=(1, 0))
    for _ in range(3):
        found = many(x, y)
        want = [f(x[:, k], y[k]) for k in range(40)]
        for have, column in zip(found, zip(*want, strict=True), strict=True):
            np.testing.assert_array_equal(have, np.array(column))
            assert have.flags.writeable
            assert not np.shares_memory(have, x)
            assert not np.shares_memory(have, y)
        assert not any(np.shares_memory(a, b) for a, b in itertools.combinations(found, 2))
        for have in found:
            have[...] = 7.0
        np.testing.assert_array_equal(x, kept[0])
        np.testing.assert_array_equal(y, kept[1])
    assert many.passes == 1
    assert many.singles == 0


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_arguments_lie_as_they_do(axis):
    def f(p, w):
        return w * np.sin(p[0]) * p[1] / p[2] if p[2] > 0 else p[2] * p[0]

    rng = np.random.default_rng(4)
    p = rng.uniform(0.2, 3.0, size=(60, 3))
    w = rng.normal(size=60)
    a, b, c = p.T
    want = w[:, None] * np.stack([np.cos(a) * b / c, np.sin(a) / c, -np.sin(a) * b / c / c], axis=1)
    given = p if axis == 0 else np.ascontiguousarray(p.T)
    for data in (
        given,
        np.asfortranarray(given),
        np.repeat(given, 2, axis=axis)[(slice(None),) * (axis % 2) + (slice(None, None, 2),)],
        given[::-1][::-1],
    ):
        many = batched(grad(f), in_axes=(axis, 0))
        np.testing.assert_allclose(many(data, w), want, rtol=1e-13)
        assert (many.passes, many.singles) == (1, 0)
    far = given.copy()
    far[(slice(None),) * (axis % 2) + (5,)] = 1e-200, 1e200, 1e100
    found = many(far, w)
    np.testing.assert_allclose(np.delete(found, 5, 0), np.delete(want, 5, 0), rtol=1e-13)
    np.testing.assert_allclose(found[5], w[5] * np.array([1e100, 1e-300, -1e-200]), rtol=1e-12)
    other = given.copy()
    other[(slice(None),) * (axis % 2) + (7,)] = 0.5, 2.0, -3.0
    found = many(other, w)
    np.testing.assert_allclose(np.delete(found, 7, 0), np.delete(want, 7, 0), rtol=1e-13)
    np.testing.assert_array_equal(found[7], [-3.0, 0.0, 0.5])


TARGETS = ["python", pytest.param("c", marks=pytest.mark.skipif(why_not() is not None, reason="c"))]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("axes", [(0, 0), (1, 0), (-1, 1), (2, -1), (0, None)])
def test_any_axis_in_any_form(axes, target):
    rng = np.random.default_rng(6)
    size = 5000
    p, w = rng.uniform(0.3, 2.0, size=(size, 2, 3)), rng.uniform(0.5, 2.0, size=(size, 2))
    given_p = np.moveaxis(p, 0, axes[0]).copy()
    given_w = w[0] if axes[1] is None else np.moveaxis(w, 0, axes[1]).copy()
    if axes[1] is None:
        w = np.broadcast_to(w[0], w.shape)

    many = batched(jacobian(lambda p, w: row(p[0], p[1], w), (0, 1), target=target), in_axes=axes)
    for _ in range(3):
        found = many(given_p, given_w)
        assert (many.passes, many.singles) == (1, 0)
        by_p, by_w = rows_by_hand(p, w)
        np.testing.assert_allclose(found[0], by_p, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(found[1], by_w, rtol=1e-12, atol=1e-14)
        for have in found:
            assert have.flags.writeable
            assert not np.shares_memory(have, given_p)
            have[...] = 0.0
        p[3] *= 1.5
        given_p = np.moveaxis(p, 0, axes[0]).copy()


def row(a, b, w):
    q = np.sqrt(a[0] * a[0] + b[1] * b[1])
    return np.array([q * w[0], a[1] * b[2] / w[1], w[0] * w[1] * q])


def rows_by_hand(p, w):
    (a, b), (u, v) = np.moveaxis(p, 1, 0), w.T
    q = np.hypot(a[:, 0], b[:, 1])
    by_p, by_w = np.zeros((len(p), 3, 2, 3)), np.zeros((len(p), 3, 2))
    for k, factor in ((0, u), (2, u * v)):
        by_p[:, k, 0, 0], by_p[:, k, 1, 1] = factor * a[:, 0] / q, factor * b[:, 1] / q
    by_p[:, 1, 0, 1], by_p[:, 1, 1, 2] = b[:, 2] / v, a[:, 1] / v
    by_w[:, 0, 0], by_w[:, 1, 1] = q, -a[:, 1] * b[:, 2] / v**2
    by_w[:, 2, 0], by_w[:, 2, 1] = v * q, u * q
    return by_p, by_w


@pytest.mark.parametrize("target", TARGETS)
def test_arguments_of_any_structure(target):
    def f(p):
        return p["a"] * np.sin(p["b"][0]) @ p["b"][1]

    rng = np.random.default_rng(8)
    a, b, c = rng.normal(size=(40, 3)), rng.normal(size=(3, 40)), rng.normal(size=(3, 40))
    many = batched(grad(f, target=target), in_axes=-1)
    found = many({"a": a.T, "b": [b, c]})
    np.testing.assert_allclose(found["a"], (np.sin(b) * c).T, rtol=1e-13)
    np.testing.assert_allclose(found["b"][0], (np.cos(b) * c * a.T).T, rtol=1e-13)
    np.testing.assert_allclose(found["b"][1], (np.sin(b) * a.T).T, rtol=1e-13)
    assert (many.passes, many.singles) == (1, 0)
