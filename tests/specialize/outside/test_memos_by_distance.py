"""What is kept for the last input, where that is told by a distance of next to nothing."""

import math

import numpy as np
import pytest

from symdiff import grad
from symdiff.errors import UnsupportedError

pytestmark = pytest.mark.sampled(every=5)


SAME = {
    "absolute values": lambda x, k: sum(abs(x - k)) < 1e-14,
    "their maximum": lambda x, k: max(abs(x - k)) < 1e-14,
    "their maximum by a generator": lambda x, k: max(abs(a - b) for a, b in zip(x, k)) < 1e-14,
    "each": lambda x, k: all(abs(a - b) < 1e-14 for a, b in zip(x, k)),
    "each is close": lambda x, k: all(math.isclose(a, b) for a, b in zip(x, k)),
    "each equal": lambda x, k: all(a == b for a, b in zip(x, k)),
    "all equal": lambda x, k: (x == k).all(),
    "none apart": lambda x, k: not (k != x).any(),
    "scalar product": lambda x, k: (x - k) @ (x - k) < 1e-20,
    "contraction": lambda x, k: np.einsum("i,i", x - k, x - k) < 1e-20,
    "mean of squares": lambda x, k: math.sqrt(((x - k) ** 2).mean()) < 1e-14,
    "dist": lambda x, k: math.dist(x, k) < 1e-14,
    "hypot": lambda x, k: math.hypot(*(x - k)) < 1e-14,
    "relative": lambda x, k: np.linalg.norm(x - k) / np.linalg.norm(x) < 1e-14,
    "by its own size": lambda x, k: np.linalg.norm(x - k) < 1e-14 * (1.0 + np.linalg.norm(x)),
    "range": lambda x, k: np.ptp(x - k) < 1e-14 and abs(x[0] - k[0]) < 1e-14,
    "written out": lambda x, k: abs(x[0] - k[0]) + abs(x[1] - k[1]) + abs(x[2] - k[2]) < 1e-14,
    "no difference": lambda x, k: not np.any(np.subtract(x, k)),
    "other sign": lambda x, k: np.max(np.abs(-x + k)) < 1e-14,
    "reshaped": lambda x, k: np.linalg.norm((x - k).reshape(1, 3)) < 1e-14,
    "quotient": lambda x, k: abs(x[0] / k[0] - 1.0) < 1e-14,
    "quotient of one": lambda x, k: x[0] / k[0] == 1.0,
    "quotients of one": lambda x, k: all(a / b == 1.0 for a, b in zip(x, k)),
    "logarithm": lambda x, k: abs(math.log(x[0] / k[0])) < 1e-14,
    "logarithms": lambda x, k: np.max(np.abs(np.log(x / k))) < 1e-14,
    "sums": lambda x, k: abs(np.sum(x) - np.sum(k)) < 1e-14,
}


@pytest.mark.parametrize("name", SAME)
def test_an_input_next_to_the_last_one_in_another_way(name):
    class Last:
        def __init__(self):
            self.x = None
            self.value = None

        def f(self, x):
            if self.x is not None and SAME[name](x, self.x):
                return self.value + x[1]
            self.x = x.copy()
            self.value = np.sum(x**3) * x[0]
            return self.value + x[1]

    x, y = np.array([1.1, 2.0, 3.0]), np.array([0.3, 0.4, 0.5])
    last = Last()
    last.f(x)
    g = grad(last.f)
    for at in (x, x, y, x, y):
        want = 3 * at**2 * at[0]
        want[0] += np.sum(at**3)
        want[1] += 1.0
        np.testing.assert_allclose(g(at), want)


ORDERS = {
    "neither": lambda x, k: not (x < k or x > k),
    "both": lambda x, k: x <= k and x >= k,
    "turned round": lambda x, k: x <= k and k <= x,
    "chained": lambda x, k: k <= x <= k,
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_input_that_is_neither_smaller_nor_larger_than_the_last_one(name):
    class Last:
        def __init__(self):
            self.x = None
            self.value = None

        def f(self, x):
            if self.x is not None and ORDERS[name](x, self.x):
                return self.value + x
            self.x = x
            self.value = x**3
            return self.value + x

    last = Last()
    last.f(1.5)
    g = grad(last.f)
    for at in (0.5, 2.5):
        assert g(at) == 3.0 * at**2 + 1.0
        with pytest.raises(UnsupportedError, match="holds this very input"):
            g(at)
    last.f(0.5)
    with pytest.raises(UnsupportedError, match="holds this very input"):
        g(0.5)


def test_the_best_so_far_is_no_memo():
    class Best:
        def __init__(self):
            self.best = math.inf

        def f(self, x):
            loss = (x - 1.0) ** 2
            if loss < self.best:
                self.best = loss
            return loss + min(self.best, 4.0) * 0.0

    best = Best()
    g = grad(best.f)
    for at in (3.0, 3.0, 2.0, 2.0, 3.0, 1.0, 1.0):
        assert g(at) == 2.0 * (at - 1.0)
        assert best.best <= (at - 1.0) ** 2


def test_the_larger_of_two_inputs_next_to_each_other():
    class Pair:
        def __init__(self):
            self.center = 2.0

        def move(self, x):
            self.center = x

        def f(self, x):
            return max(abs(x - self.center), abs(x - 2.0) * 3.0) + x

    pair = Pair()
    pair.move(1.0)
    assert grad(pair.f)(1.5) == -2.0
    assert grad(pair.f)(1.0) == -2.0
