"""Loops through iterators, over many numbers, and with lists and windows that change."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import jvp, value_and_grad
from symdiff.settings import rolling
from symdiff.specialize.recording.statements import Statements

from . import (
    looping_over_iterables,
    looping_over_many_numbers,
    looping_with_lists,
    looping_with_windows_of_items,
)

MODULES = (
    looping_over_iterables,
    looping_over_many_numbers,
    looping_with_lists,
    looping_with_windows_of_items,
)
STAYING = [f for module in MODULES for f in module.STAYING]
UNROLLED = [f for module in MODULES for f in module.UNROLLED]

pytestmark = pytest.mark.sampled(every=4)


def inputs(n: int) -> tuple[np.ndarray, int]:
    return np.linspace(0.4, 1.3, n) + 0.1 * np.sin(np.arange(n)), n


def differences(f: Callable[..., Any], x: np.ndarray, *more: Any) -> np.ndarray:
    h = 1e-5
    steps = h * np.eye(len(x))
    far = [f(x + 2 * e, *more) - f(x - 2 * e, *more) for e in steps]
    near = [f(x + e, *more) - f(x - e, *more) for e in steps]
    return np.array([(8 * a - b) / (12 * h) for a, b in zip(near, far, strict=True)])


@pytest.mark.parametrize("f", [*STAYING, *UNROLLED], ids=lambda f: f.__name__)
def test_values_and_slopes(f: Callable[..., Any]) -> None:
    g = value_and_grad(f)
    for n in (18, 25, 8, 18, 30):
        x, count = inputs(n)
        value, slope = g(x, count)
        assert value == pytest.approx(f(x, count), rel=1e-13)
        scale = max(1.0, abs(value))
        assert slope == pytest.approx(differences(f, x, count), rel=1e-6, abs=1e-8 * scale)
    with rolling(False):
        assert value_and_grad(f)(x, count)[1] == pytest.approx(slope, rel=1e-12, abs=1e-13 * scale)
    moved = jvp(lambda x: f(x, count), (x,), (np.ones(len(x)),))[1]
    assert moved == pytest.approx(np.sum(slope), rel=1e-11)


@pytest.mark.parametrize("f", STAYING, ids=lambda f: f.__name__)
def test_loops_stay_loops(f: Callable[..., Any]) -> None:
    counts = {len(value_and_grad(f).program(*inputs(n)).statements) for n in (40, 70)}
    assert len(counts) == 1


@pytest.mark.parametrize("function", [max, min], ids=["max", "min"])
def test_ties_and_what_is_no_number_as_python_has_them(function: Callable[..., Any]) -> None:
    def f(x):
        return function(x) * 2.0 + function([v * v for v in x])

    g = value_and_grad(f)
    rng = np.random.default_rng(3)
    for _ in range(4):
        x = rng.permutation(np.repeat(rng.normal(size=12), 2))
        with rolling(False):
            value, slope = value_and_grad(f)(x)
        assert g(x)[0] == value == f(x)
        assert g(x)[1] == pytest.approx(slope, rel=1e-14)
        for place in (0, 7, 23):
            y = x.copy()
            y[place] = math.nan
            assert g(y)[0] == pytest.approx(f(y), nan_ok=True)


def test_what_is_empty_or_short_raises_what_python_raises() -> None:
    for f in (
        lambda x, n: max(x[:n]),
        lambda x, n: min([v for v in x[:n]]),  # noqa: C416
        lambda x, n: functools.reduce(lambda a, b: a * b, x[:n]),
    ):
        g = value_and_grad(f)
        x, _ = inputs(30)
        for n in (30, 1, 20, 0, 17, 2, 0):
            if n:
                assert g(x, n)[0] == f(x, n)
                continue
            with pytest.raises((TypeError, ValueError)) as told:
                f(x, n)
            with pytest.raises(told.type):
                g(x, n)


def test_one_gradient_for_all_that_a_function_reads_outside() -> None:
    factor = 2.0
    more = [1.0, 2.0]

    def f(x):
        s = 0.0
        for v in itertools.chain(map(lambda a: a * factor, x), more):  # noqa: C417
            s = s * 0.9 + v
        return s + sum(map(lambda a: a**factor, x))  # noqa: C417

    def g(x):
        return sum(filter(lambda a: a * factor > 1.5, x))

    by_map, by_filter = value_and_grad(f), value_and_grad(g)
    for factor, more, n in [  # noqa: B007
        (2.0, [1.0, 2.0], 20),
        (3.0, [1.0, 2.0], 20),
        (3.0, [4.0], 33),
        (0.5, [], 20),
        (2.0, [1.0] * 30, 5),
    ]:
        x, _ = inputs(n)
        assert by_map(x)[0] == pytest.approx(f(x), rel=1e-13)
        assert by_map(x)[1] == pytest.approx(differences(f, x), rel=1e-6)
        assert by_filter(x)[0] == pytest.approx(g(x), rel=1e-13)
        assert by_filter(x)[1] == pytest.approx(differences(g, x), rel=1e-6, abs=1e-9)


def test_a_long_loop_stays_one_on_a_way_that_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    f = looping_with_lists.popped_in_a_loop_within
    g = value_and_grad(f)
    recorded = []
    emit = Statements.emit

    def counted(self: Any, operation: Any, *more: Any) -> Any:
        recorded.append(operation.name)
        return emit(self, operation, *more)

    monkeypatch.setattr(Statements, "emit", counted)
    for n in (1000, 3000):
        x = np.linspace(0.4, 1.3, n)
        assert g(x, n)[0] == pytest.approx(f(x, n))
    assert len(recorded) < 3000
