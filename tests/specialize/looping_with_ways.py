"""Functions with loops whose iterations go several ways, and inputs that take all of them."""

from __future__ import annotations

import math

import numpy as np

DATA = np.random.default_rng(3).normal(size=(40, 2))


def signs(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0:
            total += x[i] * x[i]
        else:
            total -= x[i]
    return total


def several(x):
    total, scale = 0, 1.0
    for v in x:
        if v > 0.5:
            total += v * v
        elif v < -0.5:
            total -= v
        else:
            scale = scale * 1.1
        if total > 3.0:
            total = total - 3.0
        half = total * 0.5
        total = total + scale * half * 0.01
    return total * scale


def bubble_sorted(x):
    y = x.copy()
    for i in range(len(y)):
        for j in range(len(y) - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    total = 0.0
    for k in range(len(y)):
        total += k * y[k] * y[k]
    return total


def insertion_sorted(x):
    y = x.copy()
    for i in range(1, len(y)):
        key = y[i]
        j = i - 1
        while j >= 0 and y[j] > key:
            y[j + 1] = y[j]
            j -= 1
        y[j + 1] = key
    total = 0.0
    for k in range(len(y)):
        total += (k + 1.0) * y[k] * y[k]
    return total


def marched(x):
    t = 0.0
    for _ in range(100):
        px, py, pz = x[0] * t, x[1] * t + 0.3, 3.0 - x[2] * t
        distance = math.sqrt(px * px + py * py + pz * pz) - 1.0
        ground = py + 1.0
        if ground < distance:
            distance = ground
        if distance < 1e-3:
            break
        t = t + distance
        if t > 20.0:
            break
    return t


def robust(w):
    total = 0.0
    for i in range(len(DATA)):
        r = DATA[i, 1] - w[0] - w[1] * DATA[i, 0]
        a = abs(r)
        if a <= 0.7:
            total += 0.5 * r * r
        else:
            total += 0.7 * (a - 0.35)
    return total


def largest(x):
    found = x[0]
    for i in range(1, len(x)):
        if x[i] > found:
            found = x[i]
    return found * found


def runs(x):
    """The longest stretch of rising numbers, and what lies on it."""
    length, best, total, kept = 1, 1, x[0], x[0]
    for i in range(1, len(x)):
        if x[i] > x[i - 1]:
            length += 1
            total = total + x[i]
        else:
            length, total = 1, x[i]
        if length > best:
            best, kept = length, total
    return kept * best


def skipping(x):
    total = 0.0
    for i in range(len(x)):
        if x[i] < -1.0:
            continue
        if x[i] > 1.5 and i % 2 == 0:
            total = total * 0.5
            continue
        total += math.sin(x[i]) * (1.0 + 0.1 * i)
    return total


def written(x):
    y = np.zeros(len(x))
    for i in range(1, len(x)):
        if x[i] > x[i - 1]:
            y[i] = x[i] * y[i - 1] + 1.0
        else:
            y[i - 1] = 0.5 * x[i]
    return np.sum(y * y)


def of_rows(x):
    """Row by row, with a branch inside and another around."""
    total = 0.0
    for i in range(12):
        row = 0.0
        for j in range(12):
            if x[(i + j) % 20] > x[(i * j) % 20]:
                row += x[j] * x[i]
            else:
                row -= math.tanh(x[j])
        if row > 0.0:
            total += math.sqrt(row)
        else:
            total += row
    return total


def guarded(x):
    """The root of what is negative is never computed."""
    total = 0.0
    for v in x:
        if v > 0.0:
            total += math.sqrt(v) + math.log(v)
        else:
            total += v * v
    return total


def _normal(n):
    return lambda rng: rng.normal(size=n)


def _rays(rng):
    return np.array([rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 0.3), 1.0])


CASES = [
    (signs, _normal(64)),
    (several, _normal(20)),
    (bubble_sorted, _normal(20)),
    (insertion_sorted, _normal(20)),
    (marched, _rays),
    (robust, _normal(2)),
    (largest, _normal(20)),
    (runs, _normal(25)),
    (skipping, _normal(30)),
    (written, _normal(15)),
    (of_rows, _normal(20)),
    (guarded, _normal(16)),
]
