"""The other operators: products with derivatives, batches, sparse and checkpointed derivatives."""

from __future__ import annotations

import math

import numpy as np

from symdiff import (
    batched,
    grad,
    hvp,
    jacfwd,
    jacrev,
    linearize,
    memory_limit,
    sparse_hessian,
    sparse_jacobian,
    vjp,
)

from .cases import emitted

X = np.linspace(0.5, 1.5, 60)
ROWS = np.outer(np.linspace(0.5, 1.5, 4), np.ones(5))


def in_little_memory(f):
    def call(*args):
        with memory_limit(2_000):
            return grad(f, wrt=0)(*args)

    return call


def mapped(f):
    return lambda x: linearize(f, x)[1](np.ones_like(x) if np.ndim(x) else 1.0)


def pulled(f):
    return lambda *args: vjp(f, *args)[1](1.0)


@emitted((0.7,), (-0.7,), by=(mapped, pulled))
def number(x):
    y = math.sin(x) if x > 0.0 else x**3
    return y * math.exp(y)


@emitted((X,), by=(mapped, pulled))
def looped(x):
    s, p = 0.0, 1.0
    for v in x:
        s, p = s + p * math.sin(v), p * (1.0 + 0.01 * s)
    return s


@emitted((X,), by=(mapped, pulled))
def looped_with_arms(x):
    s = 0.0
    for v in x:
        if v > 1.0:
            s = s * 0.99 + v
        else:
            s += math.exp(-v) * s
    return s


@emitted((0.7, 400), by=in_little_memory)
def checkpointed(x, n):
    y = 0.1
    for _ in range(n):
        x, y = x + 0.01 * math.sin(y), y - 0.01 * math.sin(x) * y
    return x * y


@emitted((X, X), by=lambda f: lambda x, v: hvp(f)(x, v))
def curvature(x):
    return np.sum(np.exp(x[1:]) * np.sin(x[:-1])) * np.sum(x)


@emitted((X[:5],), by=(jacfwd, jacrev))
def wide_and_tall(x):
    return np.stack([np.sum(x**2), np.prod(x), x[0] * x[4]])


@emitted((X,), by=sparse_jacobian)
def banded(x):
    return x[1:-1] ** 2 + np.sin(x[2:]) * x[:-2]


@emitted((X,), by=sparse_hessian)
def chained(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@emitted((ROWS,), by=lambda f: batched(grad(f)))
def of_rows(x):
    return np.sum(np.exp(x)) / np.sum(x) + x[0] * np.max(x)


@emitted((X,), by=lambda f: batched(grad(f)))
def of_numbers(x):
    y = x * x
    for _ in range(3):
        y = math.sin(y) + x
    return y if x > 1.0 else -y
