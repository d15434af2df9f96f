"""What is kept between calls, and what is written outside."""

from __future__ import annotations

import math

import numpy as np

from symdiff import grad, value_and_grad

from .cases import emitted

SEEN: dict[str, float] = {}
LOG: list[float] = []
TABLE = np.zeros(3)


class Counter:
    def __init__(self) -> None:
        self.calls = 0
        self.last = 0.0
        self.parts: dict[str, list[float]] = {"a": [1.0], "b": []}


COUNTER = Counter()


@emitted((0.5,), (0.7,), (0.5,), by=grad)
def value_of_the_last_call(x):
    before = SEEN.get("last", 1.0)
    SEEN["last"] = math.sin(x)
    return x * x * before


@emitted((0.5,), (0.7,), by=value_and_grad)
def written_to_objects(x):
    COUNTER.calls += 1
    COUNTER.last = x * x
    COUNTER.parts["a"][0] = COUNTER.last * 2.0
    COUNTER.parts["b"].append(x)
    return COUNTER.last * COUNTER.calls + COUNTER.parts["a"][0]


@emitted((0.5,), (0.7,), by=grad)
def written_to_an_array(x):
    TABLE[0] = x * x
    TABLE[1:] += x
    LOG.append(float(TABLE[0]))
    return TABLE[0] * TABLE[1] + len(LOG)


@emitted((0.5,), (0.7,), by=grad)
def kept_by_argument(x):
    memo: dict[float, float] = {}

    def fib(n: int) -> float:
        if n < 2:
            return x
        if n not in memo:
            memo[n] = fib(n - 1) * x + fib(n - 2)
        return memo[n]

    return fib(6)
