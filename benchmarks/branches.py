"""Functions that decide much, called with 1,000 random inputs each: traces, and the mean warm call.

    python benchmarks/branches.py
    python benchmarks/branches.py --count 200 --only sort

Each input goes other ways than the ones before. A trace costs milliseconds, so there are to be few
of them; then the inputs are gone through again, and the mean of the gradient is shown over that of
the function. Gradients are compared with those written by hand, or with differences.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from _timing import show

from symdiff import grad

TRACES, RATIO = 10, 3.0
"""The bounds: traces in all, and the mean gradient over the mean function."""


@dataclass(frozen=True)
class Workload:
    """A function of its first argument, and random arguments."""

    function: Callable[..., Any]
    arguments: Callable[[np.random.Generator], tuple[Any, ...]]
    by_hand: Callable[..., Any] | None = None


def switches(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0:
            total += x[i] * x[i]
        else:
            total -= 0.5 * x[i]
    return total


def switches_by_hand(x):
    return np.where(x > 0, 2.0 * x, -0.5)


def bubble_sorted(x, weights):
    y = x.copy()
    n = len(y)
    for i in range(n):
        for j in range(n - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return np.sum(weights * y)


def insertion_sorted(x, weights):
    y = x.copy()
    for i in range(1, len(y)):
        value = y[i]
        j = i - 1
        while j >= 0 and y[j] > value:
            y[j + 1] = y[j]
            j -= 1
        y[j + 1] = value
    return np.sum(weights * y)


def sorted_by_hand(x, weights):
    bar = np.empty(len(x))
    bar[np.argsort(x, kind="stable")] = weights
    return bar


def marched(angle, height):
    """How far a ray goes until it meets a ball or the floor."""
    dx, dy = math.cos(angle), math.sin(angle)
    far = 0.0
    for _ in range(80):
        x, y = far * dx, height + far * dy
        ball = math.sqrt((x - 3.0) ** 2 + (y - 1.0) ** 2) - 1.0
        floor = y
        near = ball if ball < floor else floor
        if near < 1e-6:
            break
        far = far + near
        if far > 20.0:
            far = 20.0
            break
    return far


def huber_fit(w, t, y, delta):
    total = 0.0
    for k in range(len(t)):
        r = w[0] + w[1] * t[k] - y[k]
        if r < 0:
            r = -r
        if r <= delta:
            total += 0.5 * r * r
        else:
            total += delta * (r - 0.5 * delta)
    return total


def huber_by_hand(w, t, y, delta):
    slope = np.clip(w[0] + w[1] * t - y, -delta, delta)
    return np.array([np.sum(slope), np.sum(slope * t)])


TIMES = np.linspace(-1.0, 1.0, 50)

WORKLOADS = {
    "64 switches": Workload(switches, lambda rng: (rng.normal(size=64),), switches_by_hand),
    "bubble sort of 20": Workload(
        bubble_sorted, lambda rng: (rng.normal(size=20), rng.normal(size=20)), sorted_by_hand
    ),
    "insertion sort of 20": Workload(
        insertion_sorted, lambda rng: (rng.normal(size=20), rng.normal(size=20)), sorted_by_hand
    ),
    "ray marcher": Workload(marched, lambda rng: (rng.uniform(-0.6, 0.6), rng.uniform(0.5, 2.0))),
    "Huber fit of 50": Workload(
        huber_fit,
        lambda rng: (rng.normal(size=2), TIMES, TIMES + rng.standard_cauchy(size=50), 0.5),
        huber_by_hand,
    ),
}


def mean_call(f: Callable[..., Any], inputs: list[tuple[Any, ...]], rounds: int = 5) -> float:
    """Seconds a call takes, over all inputs in turn: the least of several rounds."""
    best = math.inf
    for _ in range(rounds):
        start = time.thread_time()
        for arguments in inputs:
            f(*arguments)
        best = min(best, (time.thread_time() - start) / len(inputs))
    return best


def check(workload: Workload, found: Any, arguments: tuple[Any, ...]) -> None:
    """Compare a gradient with the one by hand, or away from kinks with differences."""
    if workload.by_hand is not None:
        np.testing.assert_allclose(found, workload.by_hand(*arguments), rtol=1e-9, atol=1e-12)
        return
    f, (x, *rest) = workload.function, arguments
    slopes = [(f(x + h, *rest) - f(x - h, *rest)) / (2 * h) for h in (1e-7, 2e-7)]
    if abs(slopes[0] - slopes[1]) <= 1e-5 * (1 + abs(slopes[0])):
        np.testing.assert_allclose(found, slopes[0], rtol=1e-3, atol=1e-3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="random inputs")
    parser.add_argument("--only", default="", metavar="REGEX")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    rows = [("", "traces", "gradient / function")]
    fine = True
    for name, workload in WORKLOADS.items():
        if not re.search(options.only, name):
            continue
        inputs = [workload.arguments(rng) for _ in range(options.count)]
        g = grad(workload.function)
        for arguments in inputs:
            check(workload, g(*arguments), arguments)
        ratio = mean_call(g, inputs) / mean_call(workload.function, inputs)
        rows.append((name, str(g.trace_count), f"{ratio:.2f}"))
        fine = fine and g.trace_count <= TRACES and ratio <= RATIO
    show(rows)
    print(f"bounds: {TRACES} traces, {RATIO:g}: {'pass' if fine else 'FAIL'}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
