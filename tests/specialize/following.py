"""One gradient object for counts or depths in turn, against differences of the function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from symdiff import value_and_grad
from symdiff.settings import rolling


def differences(function: Callable[..., Any], x: float, n: int, h: float = 1e-6) -> float:
    return float((function(x + h, n) - function(x - h, n)) / (2 * h))


def followed(
    function: Callable[..., Any], counts: Iterable[int], x: float = 0.37, rtol: float = 1e-6
) -> Any:
    with rolling(True):
        g = value_and_grad(function)
        for n in counts:
            value, slope = g(x, n)
            np.testing.assert_allclose(value, function(x, n), rtol=1e-12, err_msg=f"n = {n}")
            wanted = differences(function, x, n)
            np.testing.assert_allclose(slope, wanted, rtol=rtol, atol=1e-8, err_msg=f"n = {n}")
    return g
