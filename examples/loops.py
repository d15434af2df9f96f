"""Loops as one reads them: a sum, a sum over a vector, a recurrence, and one without a solution.

Run `symdiff show examples/loops.py` to read the formulas, or this file for numbers.
"""

import math

import numpy as np

from symdiff import grad


def waves(x, n):
    total = 0.0
    for k in range(n):
        total += math.sin(k * x)
    return total


def energy(w, x):
    total = 0.0
    for i in range(len(x)):
        total += w[i] * x[i] ** 2
    return total


def saved(balance, rate, deposit, years):
    for _ in range(years):
        balance = rate * balance + deposit
    return balance


def orbit(x, r, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


if __name__ == "__main__":
    slope = grad(waves)(0.3, 1000)
    print("d waves/dx =", slope)
    assert math.isclose(slope, math.fsum(k * math.cos(k * 0.3) for k in range(1000)))

    w, x = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])
    print("d energy/dx =", grad(energy, wrt="x")(w, x))
    assert np.allclose(grad(energy, wrt="x")(w, x), 2 * w * x)

    a = 1.05
    print("d saved/d balance =", grad(saved)(100.0, a, 10.0, 30))
    assert math.isclose(grad(saved)(100.0, a, 10.0, 30), a**30)

    by_r = grad(orbit, wrt="r")(0.2, 3.2, 50)
    print("d orbit/dr =", by_r)
    h = 1e-6
    by_differences = (orbit(0.2, 3.2 + h, 50) - orbit(0.2, 3.2 - h, 50)) / (2 * h)
    assert math.isclose(by_r, by_differences, rel_tol=1e-6)
