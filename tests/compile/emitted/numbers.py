"""Small arrays, which are taken apart into numbers."""

from __future__ import annotations

import numpy as np

from symdiff import grad, hessian, value_and_grad

from .cases import emitted

X = np.linspace(-1.0, 2.0, 4)
A = np.arange(4.0).reshape(2, 2)


@emitted((X,), by=(grad, hessian))
def differences(x):
    return np.sum((x[1:] - x[:-1] ** 2) ** 2)


@emitted((X, A), by=value_and_grad)
def beside_a_product(x, a):
    return np.sum(np.exp(a @ x[:2])) + np.sum(np.where(x > 0.5, np.sin(x), x))


@emitted((X,), by=grad)
def sorted_as_a_whole(x):
    y = np.sort(x * x)
    return np.sum(y * np.array([1.0, 2.0, 3.0, 4.0])) / (1.0 + x[0] ** 2)
