"""Results kept under a number or text that is made of the input."""

import math

import numpy as np
import pytest

from symdiff import grad

KEYS = {
    "int": lambda x: int(x),
    "floor of NumPy's": lambda x: int(np.floor(x)),
    "floor": lambda x: math.floor(x),
    "trunc": lambda x: math.trunc(x),
    "round": lambda x: round(x),
    "whole part": lambda x: x // 1,
    "place": lambda x: int(np.searchsorted([0.0, 1.0, 2.0, 3.0], x)),
    "place as it is": lambda x: np.searchsorted([0.0, 1.0, 2.0, 3.0], x),
    "item of a table": lambda x: [5, 6, 7, 8][int(x)],
    "text": lambda x: f"{x:.0f}",
    "cast": lambda x: np.asarray(x).astype(int).item(),
    "place of the largest": lambda x: int(np.argmax([x, 1.5, x * x])),
    "several": lambda x: (int(x), round(x, 0)),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_result_of_another_input_with_the_same_key(name):
    kept = {}

    def f(x):
        key = KEYS[name](x)
        if key not in kept:
            kept[key] = x**2
        return kept[key] * x

    f(1.3)
    g = grad(f)
    assert [g(x) for x in (1.3, 1.3, 2.3, 1.3)] == pytest.approx([3 * 1.69, 3 * 1.69, 15.87, 5.07])
