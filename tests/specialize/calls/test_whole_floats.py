"""A float that an integer was made into, and integers that are made of it again."""

from __future__ import annotations

import math
import operator
import statistics
from typing import Any

import numpy as np
import pytest

from symdiff import UnsupportedError, value_and_grad

W = [2.0, 3.0, 5.0]

MADE = {
    "float of int": lambda v: float(int(v)),
    "float of round": lambda v: float(round(v)),
    "float of floor": lambda v: float(math.floor(v)),
    "float of length": lambda v: float(len(W[: int(v)])),
    "float of truth": lambda v: float(v > 1.0),
    "floor division": lambda v: v // 1,
    "int": int,
}
USED = {
    "int": lambda k: W[int(k)],
    "round": lambda k: W[round(k)],
    "floor": lambda k: W[math.floor(k)],
    "int of abs": lambda k: W[int(abs(k))],
    "slice": lambda k: sum(W[: int(k)]),
    "range": lambda k: sum([1.5 for _ in range(int(k))]),
    "repeated": lambda k: sum(W[:1] * int(k)),
    "remainder": lambda k: W[int(k % 2)],
    "text": lambda k: float(len(str(k))),
    "type": lambda k: 1.0 if isinstance(k, float) else 2.0,
    "power": lambda k: (k + 1) ** -1,
    "count": lambda k: float(np.zeros(int(k)).size),
    "caught": lambda k: _caught(k),
    "mean": lambda k: W[statistics.mean([k, 2 * k, 0]) if k != 1 else 0] if type(k) is int else 1.0,
}


def _caught(k):
    try:
        return sum(W[: int(k)])
    except TypeError:
        return 7.0


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("used", USED)
def test_integers_of_whole_floats(made: str, used: str) -> None:
    make, use = MADE[made], USED[used]

    def f(x: Any, v: float) -> Any:
        return x * use(make(v))

    g = value_and_grad(f)
    for v in (0.4, 1.4, 2.4, 1.6, 0.4):
        value = f(2.0, v)
        assert g(2.0, v) == (value, value / 2.0), v


def test_a_whole_float_is_no_index() -> None:
    def f(x, v):
        return x * operator.index(float(int(v)))

    with pytest.raises((TypeError, UnsupportedError)):
        value_and_grad(f)(2.0, 1.4)


def test_the_smaller_of_two_kinds_of_numbers_divided_by_zero() -> None:
    """Python's number raises, and NumPy's does not: what a handler sees depends on which it is."""

    def f(x, y, v):
        try:
            a = math.atan(min(y, v[1]) / int(x))
        except ZeroDivisionError:
            a = math.sin(y)
        return a + x + y

    g = value_and_grad(f)
    with np.errstate(all="ignore"):
        for x, y, other in ((0.5, 1.2, 0.2), (0.5, 0.1, 0.2), (1.5, 1.2, 0.2), (0.5, 1.2, 0.2)):
            v = np.array([0.1, other])
            assert g(x, y, v)[0] == pytest.approx(f(x, y, v), rel=1e-15)
