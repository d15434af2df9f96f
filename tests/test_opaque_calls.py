"""Calls that symdiff does not look into: allowed where no derivative flows, once per call."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import symdiff
from symdiff import UnsupportedError, grad


def test_a_library_call_of_data_runs_again_at_every_call() -> None:
    data = np.array([3.0, 1.0, 3.0])

    def f(x):
        values, counts = np.unique(data, return_counts=True)
        return (values * counts).sum() * x

    g = grad(f)
    assert g(1.0) == 7.0
    data[1] = 2.0
    assert g(1.0) == 8.0
    assert g.trace_count == 1
    data[1] = 3.0  # another number of results
    assert g(1.0) == 9.0
    assert g.trace_count == 2


def test_a_detached_value_may_reach_a_library_call() -> None:
    def f(x):
        values, _ = np.histogram(symdiff.detach(x), bins=2)
        return (x * values[0]).sum()

    g = grad(f)
    np.testing.assert_array_equal(g(np.array([0.0, 0.1, 1.0])), [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(g(np.array([0.0, 0.9, 1.0])), [1.0, 1.0, 1.0])


def test_an_active_value_may_not() -> None:
    def f(x):
        values, *_ = np.histogram2d(x, x, bins=2)
        return (x * values[0, 0]).sum()

    with pytest.raises(UnsupportedError, match="histogram2d") as caught:
        grad(f)(np.array([0.0, 0.1, 1.0]))
    assert "detach" in str(caught.value)


def test_another_argument_is_data() -> None:
    def f(x, data):
        return x * stats.rankdata(data)[0]

    g = grad(f)
    assert g(2.0, np.array([1.0, 1.0, 2.0])) == 1.5
    assert g(2.0, np.array([6.0, 5.0, 2.0])) == 3.0
    with pytest.raises(UnsupportedError):
        grad(f, "data")(2.0, np.array([1.0, 5.0, 2.0]))
