"""What an iteration or an arm has done with counts for nothing, not even zero times infinity.

Each function begins with a root at 0, whose slope there is infinite. The oracle is the function
written out, where what is not read is not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.settings import rolling

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def reset(x, c):
    s = math.sqrt(x[0])
    for k in range(len(x)):
        s = 2.0 * k * x[1]
    return s + x[0]


def read_once(x, c):
    s, t = math.sqrt(x[0]), 0.0
    for k in range(len(x)):
        t = t + s * k
        s = 0.5 * x[k] * k
    return t


def exchanged(x, c):
    s, t = math.sqrt(x[0]), 0.0
    for v in x:
        t, s = s, t
        t = v * 3.0
    return s


def handed_on_twice(x, c):
    p, q, r = math.sqrt(x[0]), x[1], x[2]
    for v in x:
        p, q, r = v, p, q
    return r * q


def entries_of_one_arm(x, c):
    roots = []
    for v in x:
        roots.append(math.sqrt(v))
    t = x[1]
    for k in range(len(x)):
        t = t + roots[k] if k * 1.0 > c else t * 0.5 + x[k]
    return t


def forgotten_by_an_arm(x, c):
    roots = [math.sqrt(v) for v in x]
    t = x[1]
    for y in roots:
        t = t + y if t > c else x[1] + t * 0.5
    return t


def forgotten_inside(x, c):
    s = math.sqrt(x[0])
    for i in range(len(x)):
        for k in range(i):
            s = s + x[k] if x[k] > c else x[i] * 2.0
    return s


def elements_overwritten(x, c):
    y = np.sqrt(x)
    for i in range(len(x)):
        y[i] = x[i] * x[i - 1] if i * 1.0 > c or i == 0 else y[i] * 2.0
    return np.sum(y)


def array_forgotten(x, c):
    y = np.sqrt(x)
    for i in range(len(x) - 1):
        y = y * 0.5 if i * 1.0 < c else x * 2.0
    return np.sum(y)


@pytest.mark.parametrize(
    "f",
    [
        reset, read_once, exchanged, handed_on_twice, entries_of_one_arm, forgotten_by_an_arm,
        forgotten_inside, elements_overwritten, array_forgotten,
    ],
)  # fmt: skip
def test_what_is_forgotten_leaves_no_trace(f: Callable[..., Any]) -> None:
    rolled = grad(f)
    with rolling(False):
        unrolled = grad(f)
        inputs = [(np.linspace(0.0, 2.0, n), c) for n, c in ((9, 1.5), (9, -1.0), (40, 100.0))]
        inputs.append((np.linspace(0.5, 2.0, 9), 0.3))
        expected = [unrolled(x, c) for x, c in inputs]
    for k in (0, 1, 2, 3, 0):
        np.testing.assert_allclose(rolled(*inputs[k]), expected[k], rtol=1e-13, atol=1e-300)
    assert np.isfinite(expected[0]).all()
