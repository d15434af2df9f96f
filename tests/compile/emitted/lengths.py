"""Lengths and their powers, quotients by totals and by numbers, and quotients that are 0/0."""

from __future__ import annotations

import math

import numpy as np

from symdiff import grad, hessian

from .cases import emitted

X = np.array([0.3, -1.5, 2.0])
POSITIVE = np.array([0.3, 1.5, 2.0])


def by_the_first(f):
    return hessian(f, wrt=0)


@emitted((X, 3.0), by=(grad, by_the_first))
def power_known_when_called(x, p):
    return np.linalg.norm(x) ** p + np.sum(np.abs(x) ** p)


@emitted((X, 1.5), by=by_the_first)
def power_in_several_statements(x, p):
    r = np.sqrt(x @ x) / 0.25
    s = 3.0 * r / 2.0
    return s**p + (0.5 * math.hypot(x[0], x[1])) ** p


@emitted((X, 3.0), by=by_the_first)
def power_of_a_mean(x, p):
    return np.std(x) ** p + np.sqrt(np.mean(x * x)) ** p + math.dist(x, (0.0, 1.0, 2.0)) ** p


@emitted((np.outer(X, X), 3.0), by=by_the_first)
def powers_of_rows(x, p):
    return np.sum(np.linalg.norm(x, axis=1) ** p) + np.linalg.norm(x) ** p


@emitted((X, 3.0), by=by_the_first)
def power_of_complex_sizes(x, p):
    return np.sum(np.abs(np.fft.rfft(x)) ** p) + abs(complex(x[0], x[1])) ** p


@emitted((X,), by=hessian)
def even_powers(x):
    r = np.linalg.norm(x)
    return r**4 - 2.0 * r**2 + np.exp(-r * r / 2.0)


@emitted((X, 0.5), by=by_the_first)
def pseudo_huber(x, d):
    return np.sum(d * d * (np.sqrt(1.0 + (x / d) ** 2) - 1.0)) + np.where(
        np.linalg.norm(x) < d, 0.5 * x @ x, d * np.linalg.norm(x)
    )


@emitted((0.4, -0.3), by=hessian)
def unit_vector(x, y):
    r = math.sqrt(x * x + y * y)
    return x / r * math.exp(-r) + (y / r) ** 2 + math.log(r)


@emitted((X,), by=(grad, hessian))
def normalized(x):
    u = x / np.linalg.norm(x)
    return u[0] * u[1] + np.sum(u**3)


@emitted((POSITIVE,), by=(grad, hessian))
def softmax_and_entropy(x):
    e = np.exp(x - np.max(x))
    p = e / np.sum(e)
    return -np.sum(p * np.log(p)) + p[0]


@emitted((0.3, 0.5, 2.0), by=hessian)
def share_in_several_statements(a, b, c):
    s = math.exp(a) + math.exp(b) + math.exp(c)
    p = math.exp(a) / s
    q = math.exp(b) / s
    return p * q - p * math.log(q)


@emitted((POSITIVE,), by=(grad, hessian))
def shares_by_list(x):
    parts = [v * v for v in x]
    total = sum(parts)
    return sum(p / total * k for k, p in enumerate(parts)) + parts[0] / (parts[0] + parts[1])


@emitted((np.outer(POSITIVE, POSITIVE),), by=grad)
def shares_of_rows(x):
    w = x / x.sum(axis=1, keepdims=True)
    v = x / np.mean(x, axis=0)
    return np.sum(w**2) + np.sum(v[0] * v[1]) + (x / np.sum(x))[0, 1]


@emitted((0.7, 2.0), by=hessian)
def divided_by_numbers(x, y):
    g = math.exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi)
    return g + x / 3.0 / (2.0 + x / 5.0) + (x * y / 2.0) ** 2 + x**3 / 7.0 / y + 2.0 / (y / 4.0)


@emitted((0.7, 2.0), by=hessian)
def powers_of_powers(x, y):
    return (x**2) ** 1.5 + (x**y) ** 2 + math.sqrt(x**3) + x**0.5 * x**-1.5 + (x * y) ** -2 + 2.0**x


@emitted((0.7, 2.0), by=hessian)
def logarithms(x, y):
    return math.log(x / y) + math.log(x * x * y) + math.log1p(x / y) + math.log2(x) * math.log(x, y)


@emitted((0.4,), by=(grad, hessian))
def ways_through_zero(x):
    return (
        math.expm1(x) / x
        + math.log1p(x) / x
        + (math.cosh(x) - 1.0) / (x * x)
        + math.tan(x) / x
        + (math.exp(x) - 1.0 - x) / x**2
        + math.sinh(x) / math.sin(x)
        + (1.0 - math.sqrt(1.0 - x * x)) / x
    )


@emitted((np.array([0.0, 1e-3, 0.5]),), by=(grad, hessian))
def arrays_through_zero(x):
    return np.sum(np.sinc(x) + np.sin(x) / x + (1.0 - np.cos(x)) / x**2 + np.expm1(x) / x)


@emitted((0.3, 2.0), by=hessian)
def hyperbolic(x, y):
    return (
        math.tanh(x * y) + 1.0 / math.cosh(x) + math.asinh(x / y) + math.atan(y / x) + math.acos(x)
    )


@emitted((1e120, 1e-150), (0.5, 2.0), by=hessian)
def constants_far_out(x, y):
    return (
        1e-200 * x * (3e-120 * x) * 1e90
        + x * y / (1e-300 + y)
        + (y * 1e-180) / (1e-200 * y * y + 1e-200)
    )


@emitted((0.5, 2.0), by=by_the_first)
def lengths_brought_into_range(x, s):
    r = math.hypot(s * x * x, s)
    q = 2.0 * r / s
    return q**2 + 1.0 / (1.0 + (r * (1.0 / s)) ** 2) + (abs(complex(s * x, s)) / s) ** 2
