"""Functions with loops that whole arrays compute, and what they are compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff.compile.whole

Function = Callable[..., Any]


def product(x: Any) -> Any:
    p = 1.0
    for v in x:
        p *= v
    return p


def product_by_index(x: Any) -> Any:
    p = 0.5
    for i in range(len(x)):
        p = x[i] * p
    return p


def products(x: Any) -> Any:
    """What is multiplied by two factors is the running product of both, one after another."""
    p, total = 1.0, 0.0
    for i in range(len(x) - 1):
        p = p * x[i] * (1.0 + 0.1 * x[i + 1])
        total += p
    return total


def squares(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * np.sin(x[i])
    return total


def rosenbrock(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def two_sums(x: Any) -> Any:
    total, other = 0.1, 0.0
    for i in range(1, len(x)):
        total = total + x[i] * x[i - 1] - 0.5 * x[i]
        other = other - total * x[i]
    return total * other


def mapped(x: Any) -> Any:
    y = 0.0 * x
    for i in range(len(x)):
        y[i] = x[i] * np.sin(x[i])
    return np.sum(y * y)


def smoothed(x: Any) -> Any:
    y = x.copy()
    for i in range(1, len(x) - 1):
        y[i] = 0.5 * x[i] + 0.25 * (x[i - 1] + x[i + 1])
    return np.sum(y * y * x)


def ahead(x: Any) -> Any:
    """Each iteration reads what a later one writes to, twice."""
    y = x.copy()
    for i in range(len(y) - 2):
        y[i] += y[i + 1] * y[i + 2]
        y[i + 1] *= 0.5
    return np.sum(y * y)


def backwards(x: Any) -> Any:
    y = x.copy()
    for i in range(len(y) - 1, 2, -2):
        y[i] = y[i] * y[i - 2] + x[i - 3] / (2.0 + i)
    return np.sum(y * x)


def differences(x: Any) -> Any:
    """The element before is handed on from one iteration to the next."""
    last, total = 0.3, 0.0
    for v in x:
        total += (v - last) ** 2
        last = v
    return total * last


def weighted(x: Any) -> Any:
    total = 0.0
    for k in range(len(x)):
        total += np.cos(0.1 * k * x[k]) / (1.0 + k * k)
    return total


def larger(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total += x[i] * x[i] if x[i] > x[i + 1] else 2.0 * x[i + 1]
    return total


def parts(x: Any) -> Any:
    """Both arms of the branches are computed."""
    total = 0.0
    for i in range(len(x)):
        z = x[i] - 0.9
        if z > 0.1:
            r = 0.4 * z - 0.04
        else:
            r = z * z
        total += r * x[i]
    return total


def strided(x: Any) -> Any:
    y = x.copy()
    for i in range(1, len(y) - 3, 3):
        y[i] = y[i + 1] * y[i + 2]
        y[i + 1] += y[i] * 0.5
    return np.sum(y * x)


ARITHMETIC = [product, product_by_index, products, two_sums, smoothed, ahead, strided, differences]
FUNCTIONS = [*ARITHMETIC, parts, squares, rosenbrock, mapped, backwards, weighted]
LENGTHS = (60, 5, 33, 31, 100, 32)


def by_complex_step(f: Function, x: Any) -> Any:
    found = []
    for k in range(len(x)):
        z = x.astype(complex)
        z[k] += 1e-30j
        found.append(f(z).imag / 1e-30)
    return np.array(found)


def at(n: int, seed: int = 0) -> Any:
    return 1.0 + 0.2 * np.random.default_rng(seed + n).normal(size=n)


def iterated(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Any]) -> Any:
    """What is found if each loop is run as one."""
    with monkeypatch.context() as patch:
        patch.setattr(symdiff.compile.whole, "FEWEST", 10**9)
        return make()


def was_careful(g: Any) -> bool:
    """Whether compiled code has raised, so that NumPy's numbers had to be taken."""
    return any(key[1] for leaf in g._dispatcher.leaves for key in leaf.compiled)
