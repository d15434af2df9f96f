"""Absolute values, lengths, extremes and choices, where they bend and to the second order."""

from __future__ import annotations

import math

import numpy as np

from symdiff import grad, hessian, jvp

from .cases import emitted

X = np.array([0.0, -1.5, 2.0])
Y = np.array([1.0, -1.5, 0.5])


def by_the_first(f):
    return hessian(f, wrt=0)


def second(f):
    return grad(grad(f))


@emitted((1.0, 2.0), (2.0, 2.0), by=by_the_first)
def the_larger_of_an_input_and_a_constant(x, c):
    return max(x, c) ** 2 * x + min(x * x, c) * math.fabs(x - c)


@emitted((0.5,), (0.0,), by=second)
def several_sides(x):
    a, b = abs(x), max(x, -x)
    return a * b + math.sqrt(x * x) * a + abs(a - b) * x


@emitted((1.5, -0.5), (0.0, 0.0), by=hessian)
def lengths_squared(x, y):
    r = math.hypot(x, y)
    s = math.sqrt(x * x + y * y)
    return r * r + s**4 + abs(x) * abs(x) * r**2


@emitted((X,), by=(grad, hessian))
def norms_to_even_powers(x):
    r = np.linalg.norm(x)
    return r**2 * np.exp(-(r**2)) + np.abs(x) @ np.abs(x) + np.sqrt(np.mean(x**2)) ** 2


@emitted((X, Y), by=by_the_first)
def extremes_of_arrays(x, y):
    return (
        np.sum(np.maximum(x, y) ** 2 * np.fmin(x, 1.0)) + np.max(x * x) + np.sum(np.clip(x, y, 2.0))
    )


@emitted((X,), by=(grad, hessian))
def choices_of_arrays(x):
    safe = np.where(x == 0.0, 1.0, x)
    y = np.where(x == 0.0, 1.0, np.sin(safe) / safe)
    return np.sum(y * np.where(x > 0.0, np.log1p(np.abs(x)), x**3))


@emitted((X,), by=(grad, hessian))
def masked(x):
    mask = x > 0.0
    y = x * mask + np.exp(x) * ~mask
    return np.sum(y[mask] ** 2) + np.sum(y) + np.sum(np.sign(x) * x)


@emitted((np.array([3.0, 1.0, 2.0, 1.0]),), by=(grad, hessian))
def ordered_values(x):
    s = np.sort(x)
    return s[0] * s[-1] + np.median(x) ** 2 + np.ptp(x) * x[np.argmax(x)] + np.percentile(x, 30.0)


@emitted((0.0,), (0.3,), by=second)
def tips(x):
    return math.cos(math.sqrt(abs(x))) + math.exp(-math.sqrt(x * x)) + abs(x) ** 2.5


@emitted((0.3, 2.0), (-0.3, 2.0), by=by_the_first)
def pieces_of_a_spline(x, k):
    t = max(0.0, 1.0 - abs(x)) ** 3
    return t * k + math.copysign(x, k) * (x if x > 0.0 else 0.0)


@emitted((X,), by=lambda f: lambda x: jvp(f, (x,), (np.ones(3),)))
def leaky_and_clipped(x):
    return np.where(x > 0.0, x, 0.01 * x) * np.clip(x, -1.0, 1.0) + np.heaviside(x, 0.5) * x


@emitted((np.array([0.0, -1.5, 2.0]), np.array([1.0, -1.5, 0.5])), by=by_the_first)
def kinks_in_arms(x, y):
    risky = np.where(x > 0.5, np.abs(np.log(x)) * np.maximum(np.sqrt(x), x * y), 0.0)
    return np.sum(risky + np.where(x > 0.5, np.abs(x), np.abs(x * y - 1.0) * np.maximum(x, y)))


@emitted((-1.5, 0.7), by=hessian)
def absolute_values_to_even_powers(x, y):
    return (abs(x) / y) ** 2 + (2.0 * abs(x)) ** 4 * y + (abs(x) * y / 3.0) ** 2.0 + abs(x) ** 3
