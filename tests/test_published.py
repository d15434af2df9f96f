"""Published test functions of optimisation, as they stand, through one gradient object each.

Their values and gradients are compared at several places, forwards and backwards, with complex
steps where the function allows them and with extrapolated differences elsewhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import value_and_grad

from .oracle import central_difference, complex_step
from .published import all_functions

pytestmark = pytest.mark.sampled(every=41)

FUNCTIONS = all_functions()


def slope(function: Callable[[Any], Any], x: Any) -> tuple[Any, float]:
    """The gradient by an oracle, and how far it can be trusted."""
    near = central_difference(function, x, 1e-4 * max(1.0, 0.1 * float(np.max(np.abs(x)))))
    size = float(np.max(np.abs(near), initial=1e-6))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exact = complex_step(function, x)
    except (TypeError, ValueError, OverflowError):  # it compares, rounds or calls int()
        return near, 1e-6 * size
    if np.all(np.abs(exact - near) <= 2e-8 * size):
        return exact, 1e-10 * size
    return near, 1e-6 * size  # it takes absolute values


def test_there_are_two_hundred() -> None:
    assert len({name for name, *_ in FUNCTIONS}) == len(FUNCTIONS) >= 200


@pytest.mark.parametrize(
    ("function", "places", "reset"),
    [pytest.param(f, places, reset, id=name) for name, f, places, reset in FUNCTIONS],
)
def test_published_function(
    function: Callable[[Any], Any], places: list[Any], reset: Callable[[], None] | None
) -> None:
    def again(x: Any) -> Any:
        if reset is not None:
            reset()  # the same random numbers for the oracle's many calls
        return function(x)

    owner = getattr(function, "__self__", None)
    gradient = value_and_grad(function)
    for x in (*places, *reversed(places)):
        value = again(x.copy())
        if reset is not None:
            reset()
        before = getattr(owner, "nfev", 0)
        found, slopes = gradient(x)
        assert getattr(owner, "nfev", 1) == before + 1  # one evaluation is counted, once
        assert found == pytest.approx(value, rel=1e-12, abs=1e-12)
        expected, tolerance = slope(again, x)
        np.testing.assert_allclose(slopes, expected, rtol=0, atol=tolerance)
