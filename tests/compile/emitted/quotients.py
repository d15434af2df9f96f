"""Quotients, shares of totals, powers and exponentials: written so that nothing overflows first."""

from __future__ import annotations

import math

import numpy as np

from symdiff import grad, hessian, jacobian

from .cases import emitted

X = np.array([0.5, 1.5, 2.0, 3.0])


def third(f):
    return grad(grad(grad(f)))


@emitted((0.5, 2.0), by=hessian)
def reciprocals(x, y):
    r = 1.0 / (x + y)
    return r * x + r**2 * y + 1.0 / (x * y)


@emitted((0.7,), by=third)
def one_over_a_sum(x):
    return 1.0 / (1.0 + x * x) + x / (1.0 + math.exp(x))


@emitted((0.5, 1.5, 2.0), by=(grad, hessian))
def shares_of_a_total(a, b, c):
    total = a + b + c
    return (a + b) / total * (-c / total) + (a * 2.0 - b) / total**2 + math.log(a / total)


@emitted((X,), by=(grad, hessian))
def shares_of_a_sum(x):
    total = np.sum(x * x)
    p = x * x / total
    q = (x[0] + x[1] - x[2]) / total
    return p[0] * q - p[3] * np.log(p[1]) + (x[:2] / total) @ x[2:]


@emitted((X,), by=(jacobian,))
def weights(x):
    w = np.exp(-x) / np.sum(np.exp(-x))
    return w * x / (w @ x)


@emitted((X,), by=(grad, hessian))
def weighted_average(x):
    w = np.stack([x, 2.0 * x])
    return np.sum(np.average(w, axis=0, weights=[0.3, 0.7]) / np.mean(w)) + np.prod(x) / np.sum(x)


@emitted((0.3,), (400.0,), by=(grad, hessian))
def exponentials_apart(x):
    return math.exp(x) / (1.0 + math.exp(x)) + math.tanh(x) + math.log(math.cosh(x / 4.0))


@emitted((0.3, 0.5), by=(grad, hessian))
def cross_entropy(p, y):
    return -(y * math.log(p) + (1.0 - y) * math.log(1.0 - p))


@emitted((X, 2.5), by=(grad, lambda f: hessian(f, wrt=1)))
def powers_of_arrays(x, k):
    return np.sum(x**k) + np.sum(k**x) + np.sum(x**-2 * x**3) + np.sum(np.power(x, 0.5))


@emitted((1e-200, 1e200), (1.0, 2.0), by=(grad, hessian))
def far_out(x, y):
    return x * y / (x * y + 1.0) + math.sqrt(x) * math.sqrt(y)


@emitted((X,), by=(grad, hessian))
def densities(x):
    z = (x - np.mean(x)) / np.std(x)
    return np.sum(np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)) + np.log(np.sum(np.exp(z)))
