"""Loops: the first gradient, a warm gradient, and the memory, as the number of iterations grows.

    python benchmarks/loops.py                    # from 100 to 10,000 iterations
    python benchmarks/loops.py --most 1000000     # and further
    python benchmarks/loops.py --only pendulum --unrolled

A warm gradient is shown over the gradient that is written by hand, where there is one, and over the
function itself. `MB` is the memory that a first gradient takes at most.
"""

from __future__ import annotations

import argparse
import math
import re
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from _timing import per_call

from symdiff import grad
from symdiff.settings import rolling


@dataclass(frozen=True)
class Workload:
    """A function of its first argument, its arguments for a size, and its gradient by hand."""

    function: Callable[..., Any]
    arguments: Callable[[int], tuple[Any, ...]]
    by_hand: Callable[..., Any] | None = None
    most: int = 10**6


def scalar(x, c, n):
    for _ in range(n):
        x = x + 0.01 * math.sin(x) * c
    return x


def scalar_by_hand(x, c, n):
    kept = []
    keep = kept.append
    for _ in range(n):
        keep(x)
        x = x + 0.01 * math.sin(x) * c
    bar = 1.0
    for x in reversed(kept):
        bar = bar + bar * (0.01 * c * math.cos(x))
    return bar


def reads(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * math.sin(x[i])
    return total


def reads_by_hand(x):
    bar = [0.0] * len(x)
    for i, v in enumerate(x.tolist()):
        bar[i] = 2.0 * v * math.sin(v) + v * v * math.cos(v)
    return np.array(bar)


def writes(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * math.sin(x[i])
    return np.sum(y * y)


def writes_by_hand(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * math.sin(x[i])
    bar = 2.0 * y
    x_bar = np.zeros(len(x))
    for i in range(len(x)):
        x_bar[i] += bar[i] * (math.sin(x[i]) + x[i] * math.cos(x[i]))
    return x_bar


def appended(x, n):
    values = [x]
    for k in range(n):
        values.append(math.sin(values[-1]) * x + 0.1 * k)
    return sum(values)


def chapter(a):
    b = a * 2.0
    while abs(b) < 1000.0:
        b = b * 2.0
    return b if b > 0 else 100.0 * b


def chapter_by_hand(a):
    b, slope = a * 2.0, 2.0
    while abs(b) < 1000.0:
        b, slope = b * 2.0, slope * 2.0
    return slope if b > 0 else 100.0 * slope


def branches(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0:
            total += x[i] * x[i]
        else:
            total -= x[i]
    return total


def branches_by_hand(x):
    bar = np.zeros(len(x))
    for i in range(len(x)):
        bar[i] = 2.0 * x[i] if x[i] > 0 else -1.0
    return bar


def nested(x, n):
    total = 0.0
    for i in range(n):
        for j in range(n):
            total += math.sin(x * i) * j
    return total


def nested_by_hand(x, n):
    bar = 0.0
    for i in range(n):
        for j in range(n):
            bar += j * i * math.cos(x * i)
    return bar


def pendulum(angle, n):
    h, speed = 0.01, 0.0
    for _ in range(n):
        k1, l1 = speed, -9.81 * math.sin(angle)
        k2, l2 = speed + h / 2 * l1, -9.81 * math.sin(angle + h / 2 * k1)
        k3, l3 = speed + h / 2 * l2, -9.81 * math.sin(angle + h / 2 * k2)
        k4, l4 = speed + h * l3, -9.81 * math.sin(angle + h * k3)
        angle = angle + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        speed = speed + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    return angle


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_by_hand(x):
    bar = np.zeros(len(x))
    for i in range(len(x) - 1):
        step = x[i + 1] - x[i] ** 2
        bar[i] += -400.0 * x[i] * step - 2.0 * (1.0 - x[i])
        bar[i + 1] += 200.0 * step
    return bar


def speelpenning(x):
    product = 1.0
    for v in x:
        product = product * v
    return product


def speelpenning_by_hand(x):
    values, before, product = x.tolist(), [], 1.0
    for v in values:
        before.append(product)
        product *= v
    bar, after = [], 1.0
    for v, left in zip(reversed(values), reversed(before)):
        bar.append(left * after)
        after *= v
    return np.array(bar[::-1])


def heat(rate, n):
    u = np.zeros((8, 8))
    u[3, 4] = 1.0
    for _ in range(n):
        inner = u[1:-1, 1:-1]
        flow = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * inner
        u = np.pad(inner + 0.01 * rate * flow, 1)
    return np.sum(u * u)


def product(a, b):
    n = len(a)
    c = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(c * c)


def product_by_hand(a, b):
    n = len(a)
    c = a @ b
    bar = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for k in range(n):
                bar[i, k] += 2.0 * c[i, j] * b[k, j]
    return bar


def kalman(q, n):
    mean, variance, loss = 0.0, 1.0, 0.0
    for k in range(n):
        variance = variance + q
        spread = variance + 0.5
        error = math.sin(0.1 * k) - mean
        loss += math.log(spread) + error * error / spread
        gain = variance / spread
        mean, variance = mean + gain * error, (1.0 - gain) * variance
    return loss


def escape(c, n):
    z = 0.0
    for _ in range(n):
        if z > 2.0:
            break
        z = z * z + c
    return z


def option(volatility, n):
    up = math.exp(volatility * math.sqrt(1.0 / n))
    p = (1.0 - 1.0 / up) / (up - 1.0 / up)
    values = np.maximum(100.0 * up ** (2.0 * np.arange(n + 1) - n) - 100.0, 0.0)
    for _ in range(n):
        values = p * values[1:] + (1.0 - p) * values[:-1]
    return values[0]


def lstm(w, n):
    h, c = 0.0, 0.0
    for k in range(n):
        x = math.sin(0.3 * k)
        forget = 1.0 / (1.0 + math.exp(-(w * x + 0.5 * h)))
        gate = math.tanh(w * h + x)
        c = forget * c + (1.0 - forget) * gate
        h = math.tanh(c) * forget
    return h


WORKLOADS = {
    "scalar loop": Workload(scalar, lambda n: (0.5, 2.0, n), scalar_by_hand),
    "reads x[i]": Workload(reads, lambda n: (np.linspace(0.1, 1.0, n),), reads_by_hand),
    "writes y[i]": Workload(writes, lambda n: (np.linspace(0.1, 1.0, n),), writes_by_hand),
    "appended list": Workload(appended, lambda n: (0.5, n), None, 10**4),
    "chapter's while": Workload(chapter, lambda n: (1.0 / n,), chapter_by_hand),
    "branch inside": Workload(
        branches, lambda n: (np.sin(np.arange(1.0, n + 1)),), branches_by_hand, 10**2
    ),
    "nested": Workload(nested, lambda n: (0.5, math.isqrt(n)), nested_by_hand, 10**5),
    "pendulum": Workload(pendulum, lambda n: (1.0, n)),
    "Rosenbrock": Workload(rosenbrock, lambda n: (np.linspace(-1.0, 1.0, n),), rosenbrock_by_hand),
    "Speelpenning": Workload(
        speelpenning, lambda n: (np.linspace(0.9, 1.1, n),), speelpenning_by_hand
    ),
    "heat equation": Workload(heat, lambda n: (1.0, n), None, 10**4),
    "matrix product": Workload(
        product,
        lambda n: (
            (np.sin(np.arange(float(m * m))).reshape(m, m), np.ones((m, m)))
            if (m := round(n ** (1 / 3)))
            else ()
        ),
        product_by_hand,
        10**4,
    ),
    "Kalman filter": Workload(kalman, lambda n: (0.1, n)),
    "LSTM cell": Workload(lstm, lambda n: (0.7, n)),
    "escape count": Workload(escape, lambda n: (0.2499, n)),
    "option tree": Workload(option, lambda n: (0.2, n), None, 10**3),
}


def measure(workload: Workload, n: int, roll: bool) -> list[str]:
    """A row of the table: in milliseconds, ratios, lines and megabytes."""
    arguments = workload.arguments(n)
    with rolling(roll):
        g = grad(workload.function)
        start = time.perf_counter()
        found = g(*arguments)
        first = time.perf_counter() - start
        tracemalloc.start()
        grad(workload.function)(*arguments)
        memory = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        own = per_call(g, *arguments, repeats=5)
    plain = per_call(workload.function, *arguments, repeats=5)
    hand = "-"
    if workload.by_hand is not None:
        np.testing.assert_allclose(found, workload.by_hand(*arguments), rtol=1e-7, atol=1e-300)
        hand = f"{own / per_call(workload.by_hand, *arguments, repeats=5):.2f}"
    return [f"{n:,}", f"{first * 1e3:.0f}", hand, f"{own / plain:.2f}", f"{memory:.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=10_000, help="iterations")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--unrolled", action="store_true", help="as long as loops are unrolled")
    options = parser.parse_args()
    grad(scalar)(0.5, 2.0, 3)  # what is imported at the first gradient is not measured
    row = "{:16}{:>10}{:>10}{:>8}{:>12}{:>8}".format
    print(row("", "n", "first ms", "/ hand", "/ function", "MB"))
    for name, workload in WORKLOADS.items():
        if not re.search(options.only, name):
            continue
        n = 100
        while n <= min(options.most, workload.most):
            print(row(name, *measure(workload, n, not options.unrolled)), flush=True)
            n *= 10


if __name__ == "__main__":
    main()
