"""Loops over parts of arrays that move: values, slopes, and how many statements they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff import batched, hessian, jacobian, jvp, sparse_jacobian, value_and_grad
from symdiff.settings import rolling

from . import looping_over_stretches as stretches
from . import looping_over_windows as windows
from .looping_over_windows import averages, found, of_a_width

STAYING = [*windows.STAYING, *stretches.STAYING]
UNROLLED = stretches.UNROLLED

pytestmark = pytest.mark.sampled(every=4)


def inputs(n: int) -> tuple[np.ndarray, int]:
    return np.linspace(0.4, 1.3, n) + 0.1 * np.sin(np.arange(n)), n


def differences(f: Callable[..., Any], x: np.ndarray, *more: Any) -> np.ndarray:
    h = 1e-5
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    far = [f(x + 2 * e, *more) - f(x - 2 * e, *more) for e in steps]
    near = [f(x + e, *more) - f(x - e, *more) for e in steps]
    return np.array([(8 * a - b) / (12 * h) for a, b in zip(near, far, strict=True)])


@pytest.mark.parametrize("f", [*STAYING, *UNROLLED], ids=lambda f: f.__name__)
def test_values_and_slopes(f: Callable[..., Any]) -> None:
    g = value_and_grad(f)
    for n in (22, 31, 8, 22, 40):
        x, count = inputs(n)
        value, slope = g(x, count)
        assert value == pytest.approx(f(x, count), rel=1e-13)
        assert slope == pytest.approx(differences(f, x, count), rel=1e-6, abs=1e-7)
    with rolling(False):
        assert value_and_grad(f)(x, count)[1] == pytest.approx(slope, rel=1e-12, abs=1e-13)
    moved = jvp(lambda x: f(x, count), (x,), (np.ones(len(x)),))[1]
    assert moved == pytest.approx(np.sum(slope), rel=1e-11)


@pytest.mark.parametrize("f", STAYING, ids=lambda f: f.__name__)
def test_loops_stay_loops(f: Callable[..., Any]) -> None:
    counts = {len(value_and_grad(f).program(*inputs(n)).statements) for n in (40, 70)}
    assert len(counts) == 1


@pytest.mark.parametrize("f", STAYING, ids=lambda f: f.__name__)
def test_what_is_made_of_them(f: Callable[..., Any]) -> None:
    x, n = inputs(14)
    value, slope = value_and_grad(f)(x, n)
    second = hessian(f)(x, n)
    with rolling(False):
        assert second == pytest.approx(hessian(f)(x, n), rel=1e-10, abs=1e-11)
    written: dict[str, Any] = {}
    exec(value_and_grad(f).source(x, n), written)
    made = written[f"value_and_grad_{f.__name__}"](x, n)
    assert made[0] == pytest.approx(value, rel=1e-13)
    assert made[1] == pytest.approx(slope, rel=1e-12)
    several = np.stack([x, 0.7 * x, x[::-1]])
    values, slopes = batched(value_and_grad(lambda x: f(x, n)))(several)
    for row, v, s in zip(several, values, slopes, strict=True):
        assert v == pytest.approx(f(row, n), rel=1e-12)
        assert s == pytest.approx(value_and_grad(f)(row, n)[1], rel=1e-10, abs=1e-12)


def test_one_gradient_for_all_widths_and_lengths() -> None:
    g = value_and_grad(of_a_width)
    for n, w in [(30, 4), (30, 2), (30, 12), (24, 4), (30, 4), (9, 9), (30, 1), (12, 11), (40, 3)]:
        x, count = inputs(n)
        value, slope = g(x, count, w)
        assert value == pytest.approx(of_a_width(x, count, w), rel=1e-13)
        assert slope == pytest.approx(differences(of_a_width, x, count, w), rel=1e-6, abs=1e-7)


def test_a_count_that_goes_beyond_the_end() -> None:
    def f(x, n):
        s = 0.0
        for i in range(n):
            s = s * 0.5 + np.sum(x[i : i + 3]) ** 2
        return s

    def g(x, first):
        s = 1.0
        for i in range(first, 20):
            s = s * 0.5 + np.sum(x[i - 3 : i]) ** 2
        return s

    x, _ = inputs(20)
    gradient = value_and_grad(f)
    for n in (12, 18, 19, 20, 26, 12, 18, 5):
        assert gradient(x, n)[0] == pytest.approx(f(x, n), rel=1e-13)
        assert gradient(x, n)[1] == pytest.approx(differences(f, x, n), rel=1e-6, abs=1e-7)
    gradient = value_and_grad(g)
    for first in (3, 5, 2, 0, -4, 3, 1):
        assert gradient(x, first)[0] == pytest.approx(g(x, first), rel=1e-13)
        assert gradient(x, first)[1] == pytest.approx(differences(g, x, first), rel=1e-6, abs=1e-7)


def test_places_that_the_function_finds() -> None:
    g = value_and_grad(found)
    x, n = inputs(20)
    for scale in (1.0, 0.5, 2.4, 1.0, 2.0, 1e-3):
        value, slope = g(scale * x, n)
        assert value == pytest.approx(found(scale * x, n), rel=1e-13)
        assert slope == pytest.approx(differences(found, scale * x, n), rel=1e-6, abs=1e-7)

    def read(x, y):
        k = int(y)
        return np.sum(x[k : k + 3] ** 2) * y

    gradient = value_and_grad(read)
    for y in (4.5, 7.5, 0.5, 17.5, 18.5, 30.5, -2.5, -5.5, 4.5):
        assert gradient(x, y)[0] == pytest.approx(read(x, y))
        assert gradient(x, y)[1] == pytest.approx(differences(read, x, y), abs=1e-8)
    shares = batched(value_and_grad(read), (None, 0))(x, np.array([4.5, 7.5, 11.0]))
    for k, y in enumerate((4.5, 7.5, 11.0)):
        assert shares[0][k] == pytest.approx(read(x, y))
        assert shares[1][k] == pytest.approx(differences(read, x, y), abs=1e-8)


def test_lengths_that_differ() -> None:
    def f(x):
        s = 0.0
        for i in range(len(x) - 2):
            s = s * 0.9 + np.sum(x[i : i + 3]) ** 2
        return s

    g = value_and_grad(f)
    for n in (30, 40, 50, 3, 2, 60, 1, 30):
        x, _ = inputs(n)
        assert g(x)[0] == pytest.approx(f(x), rel=1e-13)
        assert g(x)[1] == pytest.approx(differences(f, x), rel=1e-6, abs=1e-7)
    assert g._dispatcher.trace_count <= 6


def test_a_pattern_of_sparsity() -> None:
    def f(x):
        y = np.zeros(len(x))
        for i in range(2, len(x) - 2):
            y[i] = np.sum(x[i - 2 : i + 2]) ** 2
        return y

    x, n = inputs(25)
    found = sparse_jacobian(f)(x)
    assert found.nnz == 4 * (n - 4)
    assert found.toarray() == pytest.approx(jacobian(f)(x), rel=1e-12)


@pytest.mark.parametrize("f", stretches.STAYING[3:6], ids=lambda f: f.__name__)
def test_sums_of_parts_in_patterns_and_from_checkpoints(f: Callable[..., Any]) -> None:
    x, n = inputs(14)
    want = value_and_grad(f)(x, n)[1]
    pattern = sparse_jacobian(lambda x: np.array([f(x, n), x[3]]))(x).toarray()
    assert pattern[0] == pytest.approx(want, rel=1e-10, abs=1e-12)
    with symdiff.settings.memory_limit(300):
        assert value_and_grad(f)(x, n)[1] == pytest.approx(want, rel=1e-12, abs=1e-13)


def test_a_memory_limit() -> None:
    x, n = inputs(60)
    want = value_and_grad(averages)(x, n)
    limit = symdiff.get_memory_limit()
    symdiff.set_memory_limit(400)
    try:
        value, slope = value_and_grad(averages)(x, n)
    finally:
        symdiff.set_memory_limit(limit)
    assert value == pytest.approx(want[0], rel=1e-13)
    assert slope == pytest.approx(want[1], rel=1e-12)
