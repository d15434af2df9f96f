"""Arrays that are made lie in memory as NumPy's, where the order in which they lie is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import value_and_grad


def filled(y: Any, x: Any) -> Any:
    y[:] = x
    return y


MADE = {
    "copy": lambda x: x.copy(),
    "copy by rows": lambda x: x.copy("C"),
    "copy by columns": lambda x: x.copy("F"),
    "copy as it lies": lambda x: x.copy(order="K"),
    "np.copy": np.copy,
    "np.copy by rows": lambda x: np.copy(x, "C"),
    "np.copy by columns": lambda x: np.copy(x, order="F"),
    "zeros_like": lambda x: np.zeros_like(x) + x,
    "ones_like": lambda x: filled(np.ones_like(x), x),
    "full_like": lambda x: filled(np.full_like(x, 2.0), x),
    "empty_like": lambda x: filled(np.empty_like(x), x),
    "zeros by columns": lambda x: filled(np.zeros(x.shape, order="F"), x),
    "array by columns": lambda x: np.array(x, order="F"),
    "asarray by rows": lambda x: np.asarray(x, order="C"),
    "astype": lambda x: x.astype(float),
    "astype by rows": lambda x: x.astype(float, order="C"),
    "astype by columns": lambda x: x.astype(np.float64, order="F", copy=False),
    "sorted": lambda x: np.sort(x, axis=0),
    "sine": np.sin,
    "sum": lambda x: x + 1.0,
    "transposed": lambda x: x.T,
    "chosen": lambda x: np.where(x > 0.0, x, 2.0 * x),
    "accumulated": lambda x: np.cumsum(x, axis=0),
    "product": lambda x: x @ x.T,
    "joined": lambda x: np.concatenate([x, x]),
    "swapped and copied": lambda x: np.swapaxes(x, 0, 1).copy("K"),
}
ORDERS = ["by rows", "by columns", "with gaps", "columns with gaps", "by rows"]


def lying(order: str) -> Any:
    x = np.random.default_rng(3).normal(size=(3, 4))
    if order == "by columns":
        return np.asfortranarray(x)
    if order == "by rows":
        return x
    wide: Any = np.zeros((6, 8), order="F" if order.startswith("columns") else "C")
    wide[::2, ::2] = x
    return wide[::2, ::2]


@pytest.mark.parametrize("name", MADE)
def test_values_in_the_order_in_which_they_lie(name: str) -> None:
    def f(x):
        made = MADE[name](x)
        return sum((k + 1.0) * v for k, v in enumerate(np.nditer(made)))

    g = value_and_grad(f)
    weights = np.array([1.0, -2.0, 0.5, 3.0])
    for order in (*ORDERS, *ORDERS[::-1]):
        x = lying(order)
        value, slope = g(x)
        assert value == pytest.approx(f(x), rel=1e-13)
        for k in range(3):
            up, down = lying(order), lying(order)
            up[k] += 1e-5 * weights
            down[k] -= 1e-5 * weights
            assert slope[k] @ weights == pytest.approx((f(up) - f(down)) / 2e-5, rel=1e-6)
