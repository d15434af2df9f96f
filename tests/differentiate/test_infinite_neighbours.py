"""What is infinite beside an element that is read: it adds nothing, however it was moved about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import logsumexp

import symdiff
from symdiff import grad, hessian, jvp

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def _written(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = 1 / x[i]
    return y


def _written_behind(x):
    y = np.ones(len(x) + 1)
    y[:-1] = 1 / x
    return y


def _appended(x):
    y = []
    for v in x:
        y.append(1 / v)
    return np.array(y)


def _added_up(x):
    total = 0.0
    for v in x:
        total = total + 1 / v
    return np.array([1 / x[0], total])


def _by_sign(x):
    return np.array([1 / v if v >= 0 else -1 / v for v in x])


def _until_infinite(x):
    k, found = 0, 1 / x
    while k < len(x) - 1 and found[k] < 1e300:
        k = k + 1
    return np.array([found[0], found[k]])


def _joined(x):
    a, b = x[:1], x[1:]
    return np.concatenate([1 / a, 1 / b])


MOVED = {
    "read one by one": lambda x: np.array([1 / x[0], 1 / x[-1]]),
    "comprehension": lambda x: np.array([1 / v for v in x]),
    "stacked": lambda x: np.stack([1 / x[0], 1 / x[-1]]),
    "columns": lambda x: np.column_stack([1 / x, x]).ravel(),
    "concatenated": _joined,
    "hstack": lambda x: np.hstack([1 / x[0], 1 / x]),
    "appended": lambda x: np.append(1 / x[:1], 1 / x[1:]),
    "inserted": lambda x: np.insert(1 / x, 1, 3.0),
    "padded": lambda x: np.pad(1 / x, (0, 2)),
    "rolled": lambda x: np.roll(np.roll(1 / x, 1), -1),
    "turned": lambda x: (1 / x)[::-1][::-1],
    "repeated": lambda x: np.repeat(1 / x, 2),
    "tiled": lambda x: np.tile(1 / x, 2),
    "reshaped": lambda x: (1 / x).reshape(2, -1).T.reshape(-1),
    "spread": lambda x: np.broadcast_to(1 / x, (3, len(x))).ravel(),
    "diagonal": lambda x: np.diag(np.diag(1 / x)),
    "triangle": lambda x: np.triu(np.outer(np.ones(len(x)), 1 / x)).ravel(),
    "sorted": lambda x: np.sort(1 / x)[[-2 if x[0] < 1 else list(np.sort(1 / x)).index(1 / x[0])]],
    "running sum": lambda x: np.cumsum(1 / x),
    "sums of columns": lambda x: np.stack([1 / x, x]).sum(axis=0) - x,
    "products of columns": lambda x: np.stack([1 / x, np.ones(len(x))]).prod(axis=0),
    "products of rows": lambda x: (
        np.prod(np.stack([1 / x, 2 + 0 * x], 1), axis=1, keepdims=True) / 2
    ),
    "lengths of columns": lambda x: np.linalg.norm(np.stack([1 / x, 0 * x]), axis=0),
    "totals of columns": lambda x: np.exp(logsumexp(np.stack([-np.log(x), x * 0 - 800]), axis=0)),
    "chosen": lambda x: np.where(x >= 0, 1 / x, 0.0),
    "taken": lambda x: np.take(1 / x, np.arange(len(x))),
    "written": _written,
    "written behind": _written_behind,
    "list": _appended,
    "added up": _added_up,
    "by sign": _by_sign,
    "until infinite": _until_infinite,
}


@pytest.mark.parametrize("rolling", [True, False])
@pytest.mark.parametrize("name", MOVED)
def test_what_is_not_read_adds_nothing(name: str, rolling: bool) -> None:
    move: Any = MOVED[name]

    def square(x):
        moved = move(x)
        return (moved * moved)[0]

    def first(x):
        moved = move(x) ** 2
        return moved[:1].sum()

    with symdiff.settings.rolling(rolling):
        for function in (square, first):
            slope, second = grad(function), hessian(function)
            for length in (2, 20):
                x = np.full(length, 0.0)
                x[0] = 2.0
                x[1:-1] = 4.0
                wanted = np.zeros(length)
                wanted[0] = -0.25
                np.testing.assert_allclose(slope(x), wanted)
                np.testing.assert_allclose(slope(x + 1.0)[0], -2 / 27)
                np.testing.assert_allclose(slope(x), wanted)
                wanted[0] = 0.375
                np.testing.assert_allclose(second(x)[0], wanted)
                direction = np.zeros(length)
                direction[0] = 1.0
                assert jvp(function, (x,), (direction,))[1] == pytest.approx(-0.25)
