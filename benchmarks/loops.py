"""Loops: the first gradient, a warm gradient, and the memory, as the number of iterations grows.

    python benchmarks/loops.py                    # from 100 to 10,000 iterations
    python benchmarks/loops.py --most 1000000     # and further
    python benchmarks/loops.py --only pendulum --unrolled

A warm gradient is shown over the gradient that is written by hand, where there is one, and over
the function itself: the fastest of many calls, by turns. `lines` is the length of the compiled
gradient, `MB` the memory that a first gradient takes at most. `n` is how often the innermost loop
runs, about.
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


SIXTEEN = [3.0 * 1.7**-k for k in range(16)]
"""With as many trip counts as there are numbers."""


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


def pendulum_by_hand(angle, n):
    h, speed, kept = 0.01, 0.0, []
    for _ in range(n):
        k1, l1 = speed, -9.81 * math.sin(angle)
        second = angle + h / 2 * k1
        k2, l2 = speed + h / 2 * l1, -9.81 * math.sin(second)
        third = angle + h / 2 * k2
        k3, l3 = speed + h / 2 * l2, -9.81 * math.sin(third)
        fourth = angle + h * k3
        k4, l4 = speed + h * l3, -9.81 * math.sin(fourth)
        kept.append((angle, second, third, fourth))
        angle = angle + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        speed = speed + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    angle_bar, speed_bar = 1.0, 0.0
    for first, second, third, fourth in reversed(kept):
        k1_bar = k4_bar = h / 6 * angle_bar
        k2_bar = k3_bar = 2 * k1_bar
        l1_bar = l4_bar = h / 6 * speed_bar
        l2_bar = l3_bar = 2 * l1_bar
        l3_bar += h * k4_bar
        fourth_bar = -9.81 * math.cos(fourth) * l4_bar
        k3_bar += h * fourth_bar
        l2_bar += h / 2 * k3_bar
        third_bar = -9.81 * math.cos(third) * l3_bar
        k2_bar += h / 2 * third_bar
        l1_bar += h / 2 * k2_bar
        second_bar = -9.81 * math.cos(second) * l2_bar
        k1_bar += h / 2 * second_bar
        first_bar = -9.81 * math.cos(first) * l1_bar
        angle_bar += first_bar + second_bar + third_bar + fourth_bar
        speed_bar += k1_bar + k2_bar + k3_bar + k4_bar
    return angle_bar


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


def heat_by_hand(rate, n):
    u, kept = np.zeros((8, 8)), []
    u[3, 4] = 1.0
    for _ in range(n):
        kept.append(u)
        inner = u[1:-1, 1:-1]
        flow = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * inner
        u = np.pad(inner + 0.01 * rate * flow, 1)
    bar, rate_bar = 2.0 * u, 0.0
    for u in reversed(kept):
        inner, bar = u[1:-1, 1:-1], bar[1:-1, 1:-1]
        flow = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * inner
        rate_bar += 0.01 * np.sum(bar * flow)
        flow_bar = 0.01 * rate * bar
        whole = np.zeros((8, 8))
        whole[1:-1, 1:-1] = bar - 4.0 * flow_bar
        whole[2:, 1:-1] += flow_bar
        whole[:-2, 1:-1] += flow_bar
        whole[1:-1, 2:] += flow_bar
        whole[1:-1, :-2] += flow_bar
        bar = whole
    return rate_bar


def stencil(u):
    for _ in range(10):
        v = u.copy()
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                v[i, j] = u[i, j] + 0.1 * (around - 4.0 * u[i, j])
        u = v
    return np.sum(u * u)


def stencil_by_hand(u):
    n = len(u)
    rows = u.tolist()
    for _ in range(10):
        new = [row[:] for row in rows]
        for i in range(1, n - 1):
            above, row, below, to = rows[i - 1], rows[i], rows[i + 1], new[i]
            for j in range(1, n - 1):
                around = above[j] + below[j] + row[j - 1] + row[j + 1]
                to[j] = row[j] + 0.1 * (around - 4.0 * row[j])
        rows = new
    bar = [[2.0 * v for v in row] for row in rows]
    for _ in range(10):
        old = [row[:] for row in bar]
        for i in range(1, n - 1):
            above, row, below = old[i - 1], old[i], old[i + 1]
            for j in range(1, n - 1):
                part = 0.1 * bar[i][j]
                row[j] -= 4.0 * part
                above[j] += part
                below[j] += part
                row[j - 1] += part
                row[j + 1] += part
        bar = old
    return np.array(bar)


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


def elimination(a):
    a = a.copy()
    n = len(a)
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] = a[i, k] / a[k, k]
            for j in range(k + 1, n):
                a[i, j] = a[i, j] - a[i, k] * a[k, j]
    total = 0.0
    for i in range(n):
        total += math.log(abs(a[i, i]))
    return total


def elimination_by_hand(a):
    n, a, kept = len(a), a.tolist(), []
    for k in range(n):
        top = a[k]
        for i in range(k + 1, n):
            row = a[i]
            factor = row[k] / top[k]
            kept.append(factor)
            for j in range(k + 1, n):
                row[j] -= factor * top[j]
    bar = [[0.0] * n for _ in range(n)]
    for i in range(n):
        bar[i][i] = 1.0 / a[i][i]
    for k in range(n - 1, -1, -1):
        top, top_bar = a[k], bar[k]
        for i in range(n - 1, k, -1):
            row_bar, factor = bar[i], kept.pop()
            factor_bar = 0.0
            for j in range(k + 1, n):
                factor_bar -= row_bar[j] * top[j]
                top_bar[j] -= row_bar[j] * factor
            row_bar[k] = factor_bar / top[k]
            top_bar[k] -= factor_bar * factor / top[k]
    return np.array(bar)


def bubbles(x, w):
    y = x.copy()
    for i in range(len(y)):
        for j in range(len(y) - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return np.sum(w * y)


def bubbles_by_hand(x, w):
    y, places = x.tolist(), list(range(len(x)))
    for i in range(len(y)):
        for j in range(len(y) - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
                places[j], places[j + 1] = places[j + 1], places[j]
    bar = np.zeros(len(x))
    bar[places] = w
    return bar


def forward(a, emitted):
    belief, loss = emitted[:, 0] / 3.0, 0.0
    for k in range(1, emitted.shape[1]):
        belief = (belief @ a) * emitted[:, k]
        scale = np.sum(belief)
        loss = loss + np.log(scale)
        belief = belief / scale
    return loss


def viterbi(a, emitted):
    best = [emitted[s, 0] for s in range(3)]
    for k in range(1, emitted.shape[1]):
        following = []
        for s in range(3):
            top = best[0] + a[0, s]
            for p in range(1, 3):
                if best[p] + a[p, s] > top:
                    top = best[p] + a[p, s]
            following.append(top + emitted[s, k])
        best = following
    return max(best)


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


def kalman_by_hand(q, n):
    mean, variance, kept = 0.0, 1.0, []
    for k in range(n):
        variance = variance + q
        spread = variance + 0.5
        error = math.sin(0.1 * k) - mean
        gain = variance / spread
        kept.append((variance, spread, error, gain))
        mean, variance = mean + gain * error, (1.0 - gain) * variance
    q_bar = mean_bar = variance_bar = 0.0
    for variance, spread, error, gain in reversed(kept):
        gain_bar = mean_bar * error - variance_bar * variance
        error_bar = mean_bar * gain + 2.0 * error / spread
        variance_bar *= 1.0 - gain
        variance_bar += gain_bar / spread
        ratio = error / spread
        spread_bar = 1.0 / spread - ratio * ratio - gain_bar * gain / spread
        mean_bar -= error_bar
        variance_bar += spread_bar
        q_bar += variance_bar
    return q_bar


def escape(c, n):
    z = 0.0
    for _ in range(n):
        if z > 2.0:
            break
        z = z * z + c
    return z


def escape_by_hand(c, n):
    z, kept = 0.0, []
    for _ in range(n):
        if z > 2.0:
            break
        kept.append(z)
        z = z * z + c
    bar, c_bar = 1.0, 0.0
    for z in reversed(kept):
        c_bar += bar
        bar *= 2.0 * z
    return c_bar


def option(volatility, n):
    up = math.exp(volatility * math.sqrt(1.0 / n))
    p = (1.0 - 1.0 / up) / (up - 1.0 / up)
    values = np.maximum(100.0 * up ** (2.0 * np.arange(n + 1) - n) - 100.0, 0.0)
    for _ in range(n):
        values = p * values[1:] + (1.0 - p) * values[:-1]
    return values[0]


def option_by_hand(volatility, n):
    root = math.sqrt(1.0 / n)
    up = math.exp(volatility * root)
    down = 1.0 / up
    p = (1.0 - down) / (up - down)
    powers = 2.0 * np.arange(n + 1) - n
    ends = 100.0 * up**powers
    values, kept = np.maximum(ends - 100.0, 0.0), []
    for _ in range(n):
        kept.append(values)
        values = p * values[1:] + (1.0 - p) * values[:-1]
    bar, p_bar = np.ones(1), 0.0
    for values in reversed(kept):
        p_bar += np.dot(bar, values[1:] - values[:-1])
        whole = np.zeros(len(values))
        whole[1:] = p * bar
        whole[:-1] += (1.0 - p) * bar
        bar = whole
    taken = np.where(ends > 100.0, 1.0, np.where(ends == 100.0, 0.5, 0.0))
    up_bar = np.sum(bar * taken * ends * powers) / up
    up_bar += p_bar * (down * down - p * (1.0 + down * down)) / (up - down)
    return up_bar * up * root


def lstm(w, n):
    h, c = 0.0, 0.0
    for k in range(n):
        x = math.sin(0.3 * k)
        forget = 1.0 / (1.0 + math.exp(-(w * x + 0.5 * h)))
        gate = math.tanh(w * h + x)
        c = forget * c + (1.0 - forget) * gate
        h = math.tanh(c) * forget
    return h


def lstm_by_hand(w, n):
    h, c, kept = 0.0, 0.0, []
    for k in range(n):
        x = math.sin(0.3 * k)
        forget = 1.0 / (1.0 + math.exp(-(w * x + 0.5 * h)))
        gate = math.tanh(w * h + x)
        new = forget * c + (1.0 - forget) * gate
        squashed = math.tanh(new)
        kept.append((x, h, c, forget, gate, squashed))
        c, h = new, squashed * forget
    w_bar, h_bar, c_bar = 0.0, 1.0, 0.0
    for x, h, c, forget, gate, squashed in reversed(kept):
        c_bar += h_bar * forget * (1.0 - squashed * squashed)
        forget_bar = h_bar * squashed + c_bar * (c - gate)
        gate_bar = c_bar * (1.0 - forget) * (1.0 - gate * gate)
        c_bar *= forget
        inner = forget_bar * forget * (1.0 - forget)
        w_bar += inner * x + gate_bar * h
        h_bar = 0.5 * inner + gate_bar * w
    return w_bar


NESTED = {10**3: 30, 10**5: 300}
"""The counts of the loops in a loop that are asked for."""


def side(n, power=2):
    return max(2, round(n ** (1.0 / power)))


def square(m):
    return np.sin(np.arange(1.0, m * m + 1.0)).reshape(m, m)


WORKLOADS = {
    "scalar loop": Workload(scalar, lambda n: (0.5, 2.0, n), scalar_by_hand),
    "reads x[i]": Workload(reads, lambda n: (np.linspace(0.1, 1.0, n),), reads_by_hand),
    "writes y[i]": Workload(writes, lambda n: (np.linspace(0.1, 1.0, n),), writes_by_hand),
    "appended list": Workload(appended, lambda n: (0.5, n), None, 10**4),
    "chapter's while": Workload(chapter, lambda n: (1.0 / n,), chapter_by_hand),
    "branch inside": Workload(
        branches, lambda n: (np.sin(np.arange(1.0, n + 1)),), branches_by_hand, 10**2
    ),
    "nested": Workload(nested, lambda n: (0.5, NESTED.get(n, math.isqrt(n))), nested_by_hand),
    "pendulum": Workload(pendulum, lambda n: (1.0, n), pendulum_by_hand),
    "Rosenbrock": Workload(rosenbrock, lambda n: (np.linspace(-1.0, 1.0, n),), rosenbrock_by_hand),
    "Speelpenning": Workload(
        speelpenning, lambda n: (np.linspace(0.9, 1.1, n),), speelpenning_by_hand
    ),
    "heat equation": Workload(heat, lambda n: (1.0, n), heat_by_hand, 10**4),
    "2-D stencil": Workload(stencil, lambda n: (square(side(n / 10)),), stencil_by_hand, 10**5),
    "matrix product": Workload(
        product, lambda n: (square(side(n, 3)), np.ones((side(n, 3),) * 2)), product_by_hand, 10**5
    ),
    "elimination": Workload(
        elimination,
        lambda n: (square(side(3 * n, 3)) + 3.0 * np.eye(side(3 * n, 3)),),
        elimination_by_hand,
        10**4,
    ),
    "bubble sort": Workload(
        bubbles,
        lambda n: (np.cos(np.arange(1.0, side(2 * n) + 1.0)), np.arange(1.0, side(2 * n) + 1.0)),
        bubbles_by_hand,
        10**4,
    ),
    "forward pass": Workload(
        forward, lambda n: (np.full((3, 3), 1.0 / 3.0), np.sin(np.ones((3, n)))), None, 10**4
    ),
    "Viterbi": Workload(
        viterbi, lambda n: (square(3), np.sin(np.arange(3.0 * n)).reshape(3, n)), None, 10**3
    ),
    "Kalman filter": Workload(kalman, lambda n: (0.1, n), kalman_by_hand),
    "LSTM cell": Workload(lstm, lambda n: (0.7, n), lstm_by_hand),
    "escape count": Workload(escape, lambda n: (0.2499, n), escape_by_hand),
    "option tree": Workload(option, lambda n: (0.2, n), option_by_hand, 10**3),
}


def fastest(*calls: Callable[[], Any], seconds: float = 0.3) -> list[float]:
    """Seconds that each call takes at best, by turns: what else runs here disturbs all alike."""
    counts, best = [], [math.inf] * len(calls)
    for call in calls:
        for _ in range(3):  # what is compiled once a path is known is no part of a warm call
            call()
        start = time.perf_counter()
        call()
        counts.append(max(1, int(1e-3 / (time.perf_counter() - start + 1e-9))))
    end = time.perf_counter() + seconds * len(calls)
    while time.perf_counter() < end or math.inf in best:
        for k, call in enumerate(calls):
            start = time.thread_time()
            for _ in range(counts[k]):
                call()
            best[k] = min(best[k], (time.thread_time() - start) / counts[k])
    return best


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
        lines = len(g.generated_source(*arguments).splitlines())
        calls = [lambda: g(*arguments), lambda: workload.function(*arguments)]
        if workload.by_hand is not None:
            by_hand = workload.by_hand
            np.testing.assert_allclose(found, by_hand(*arguments), rtol=1e-7, atol=1e-12)
            calls.append(lambda: by_hand(*arguments))
        own, plain, *hand = fastest(*calls)
    ratio = f"{own / hand[0]:.2f}" if hand else "-"
    return [
        f"{n:,}",
        f"{first * 1e3:.0f}",
        ratio,
        f"{own / plain:.2f}",
        f"{lines}",
        f"{memory:.1f}",
    ]


def sixteen_in_turn() -> str:
    """The chapter's `while` with sixteen inputs in turn, over the gradient by hand."""
    g = grad(chapter)
    for a in SIXTEEN:
        assert g(a) == chapter_by_hand(a)
    own, hand = fastest(
        lambda: [g(a) for a in SIXTEEN], lambda: [chapter_by_hand(a) for a in SIXTEEN]
    )
    return f"{own / hand:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=10_000, help="iterations")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--unrolled", action="store_true", help="as long as loops are unrolled")
    options = parser.parse_args()
    grad(scalar)(0.5, 2.0, 3)  # what is imported at the first gradient is not measured
    row = "{:16}{:>10}{:>10}{:>8}{:>12}{:>7}{:>8}".format
    print(row("", "n", "first ms", "/ hand", "/ function", "lines", "MB"))
    for name, workload in WORKLOADS.items():
        if not re.search(options.only, name):
            continue
        n = 100
        while n <= min(options.most, workload.most):
            print(row(name, *measure(workload, n, not options.unrolled)), flush=True)
            n *= 10
    if re.search(options.only, "sixteen in turn"):
        print(row("sixteen in turn", "", "", sixteen_in_turn(), "", "", ""))


if __name__ == "__main__":
    main()
