"""Iterators that never end are stopped by the step limit, where the function catches all, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from symdiff import grad, step_limit
from symdiff.errors import StepLimitError


def of_a_function(x):
    s = 0.0
    for _ in iter(lambda: 1, 2):
        s += x
    return s


def of_a_traced_function(x):
    s = 0.0
    for v in iter(lambda: x, None):
        s += v
    return s


def summed(x):
    return sum(x for _ in iter(lambda: 1, 2))


def listed(x):
    return len(list(iter(lambda: 1, 2))) * x


def caught(x):
    try:
        for _ in iter(lambda: 1, 2):
            pass
    except Exception:
        return 2 * x
    return x


def while_caught(x):
    try:
        while True:
            x = x + 1
    except BaseException:
        return 2 * x


@pytest.mark.parametrize(
    "f", [of_a_function, of_a_traced_function, summed, listed, caught, while_caught]
)
def test_an_endless_iterator_is_stopped(f: Callable[..., Any]) -> None:
    with step_limit(200), pytest.raises(StepLimitError) as error:
        grad(f)(1.0)
    assert error.value.where is not None


def test_one_that_ends_is_not() -> None:
    def f(x):
        items = [1.0, 2.0, x]
        return sum(v * x for v in iter(lambda: items.pop() if items else None, None))

    with step_limit(200):
        assert grad(f)(3.0) == 9.0
