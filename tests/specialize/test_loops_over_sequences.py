"""Loops over products, neighbours, parts and the like of sequences: values, slopes, and how many
statements they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import jvp, value_and_grad
from symdiff.settings import rolling

from . import looping_over_maps as maps
from . import looping_over_sequences as sequences
from . import looping_over_steps as steps

STAYING = [*sequences.STAYING, *maps.STAYING, *steps.STAYING]
UNROLLED = [*sequences.UNROLLED, *maps.UNROLLED, *steps.UNROLLED]

pytestmark = pytest.mark.sampled(every=4)


def inputs(n: int) -> tuple[np.ndarray, int]:
    return np.linspace(0.4, 1.3, n) + 0.1 * np.sin(np.arange(n)), n


@pytest.mark.parametrize("f", [*STAYING, *UNROLLED], ids=lambda f: f.__name__)
def test_values_and_slopes(f: Callable[..., Any]) -> None:
    g = value_and_grad(f)
    for n in (30, 47, 8, 30, 60):
        x, count = inputs(n)
        value, slope = g(x, count)
        assert value == pytest.approx(f(x, count), rel=1e-13)
        h = 1e-5
        want = [
            (
                8 * (f(x + h * e, count) - f(x - h * e, count))
                - f(x + 2 * h * e, count)
                + f(x - 2 * h * e, count)
            )
            / (12 * h)
            for e in np.eye(n)
        ]
        assert slope == pytest.approx(want, rel=1e-7, abs=1e-8)
    with rolling(False):
        assert value_and_grad(f)(x, count)[1] == pytest.approx(slope, rel=1e-13, abs=1e-14)
    moved = jvp(lambda x: f(x, count), (x,), (np.ones(len(x)),))[1]
    assert moved == pytest.approx(np.sum(slope), rel=1e-11)


@pytest.mark.parametrize("f", STAYING, ids=lambda f: f.__name__)
def test_loops_stay_loops(f: Callable[..., Any]) -> None:
    counts = {len(value_and_grad(f).program(*inputs(n)).statements) for n in (40, 70)}
    assert len(counts) == 1


def test_a_function_of_the_users_own_with_such_a_name() -> None:
    def product(values, more):
        return [(v, m) for v in values for m in more][::-1]

    def f(x):
        s = 0.0
        for a, b in product(x, [1.0, 2.0]):
            s = s * 0.5 + a * b
        return s

    x = np.linspace(0.5, 1.5, 20)
    want = [(f(x + e) - f(x - e)) / 2e-6 for e in 1e-6 * np.eye(20)]
    assert value_and_grad(f)(x)[1] == pytest.approx(want, rel=1e-7, abs=1e-9)
