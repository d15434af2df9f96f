"""Jacobians of numbers: what a row has no part in is not computed, and no zero meets infinity."""

import math

import numpy as np

from symdiff import batched, jacobian


def outputs(p):
    inner = p[0] * math.exp(p[1])
    return np.array([p[2] * (inner * p[3] + p[4]), p[2] * (inner + p[5]), inner])


def by_hand(p):
    inner = p[0] * math.exp(p[1])
    slopes = [math.exp(p[1]), inner]
    return np.array(
        [
            [p[2] * p[3] * s for s in slopes] + [inner * p[3] + p[4], p[2] * inner, p[2], 0.0],
            [p[2] * s for s in slopes] + [inner + p[5], 0.0, 0.0, p[2]],
            [*slopes, 0.0, 0.0, 0.0, 0.0],
        ]
    )


def test_rows_share_what_they_can() -> None:
    j = jacobian(outputs)
    rng = np.random.default_rng(5)
    for _ in range(3):
        p = rng.normal(size=6)
        np.testing.assert_allclose(j(p), by_hand(p), rtol=1e-14)
    text = j.generated_source(p)
    assert "0.0*" not in text
    assert "*0.0" not in text
    assert "*1.0" not in text
    many = rng.normal(size=(6, 50))
    found = batched(jacobian(outputs), in_axes=1)(many)
    np.testing.assert_allclose(found, [by_hand(p) for p in many.T], rtol=1e-13)


def test_a_row_is_finite_beside_one_that_is_not() -> None:
    def f(p):
        return np.array([np.sqrt(p[0]) * p[1], p[1] * p[1]])

    found = jacobian(f)(np.array([0.0, 3.0]))
    assert found[0, 0] == np.inf
    np.testing.assert_array_equal(found[1], [0.0, 6.0])
