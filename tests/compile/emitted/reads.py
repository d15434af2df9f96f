"""Which elements are read, passed over, overwritten and put in order."""

from __future__ import annotations

import numpy as np
import scipy.special

from symdiff import grad, hessian, jvp

from .cases import emitted

X = np.array([0.3, -1.5, 2.0, 1.0, 0.7, -0.2])
A = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]])


def along(f):
    return lambda x: jvp(f, (x,), (np.ones_like(x),))


@emitted((X,), by=(grad, along))
def risky_elements_passed_over(x):
    r, s = np.log(x), 1.0 / x
    return r[2] * s[3] + np.sum(np.sqrt(x)[2:5]) + np.sum(np.where(x > 0.0, r * s, x))


@emitted((X,), by=(grad, along))
def risky_elements_overwritten(x):
    r = np.sqrt(x)
    r[x < 0.0] = 0.0
    s = np.log(x)
    s[1] = x[0]
    s[-1] = 2.0
    return np.sum(r * r * x) + np.sum(s[:3]) + s[-1]


@emitted((X,), by=(grad, along))
def moved_about(x):
    r = 1.0 / x
    y = np.concatenate([np.flip(r)[:2], np.roll(x, 1)[2:]])
    z = np.stack([y[:3], y[1:4]]).reshape(3, 2).T
    return (
        np.sum(np.where(z > 0.0, z, 0.0) ** 2)
        + np.sum(np.repeat(r, 2)[::3])
        + np.sum(np.tile(x, 2))
    )


@emitted((X,), by=(grad, hessian))
def extremes_by_place(x):
    k = np.argmax(x)
    return (
        x[k] * np.min(x)
        + np.sort(x)[::-1][1] ** 2
        + np.partition(x, 2)[2]
        + np.sum(x[np.argsort(x)] * x)
    )


@emitted((X,), by=grad)
def by_tables_of_places(x):
    places = np.array([0, 2, 2, -1])
    y = np.zeros(4)
    y[places[:3]] = x[places[1:]]
    np.add.at(y, [1, 1], x[0])
    return (
        np.sum(y * y)
        + np.sum(np.take(x, places) * x[[0, 1, 2, 3]])
        + np.bincount([0, 1, 1], x[:3])[1]
    )


@emitted((X,), by=(grad, along))
def counted_and_binned(x):
    values, inverse = np.unique(np.round(x), return_inverse=True)
    return np.sum(values[inverse] * x) + np.sum(np.histogram(x, 3, weights=x * x)[0] * x[:3])


@emitted((X,), by=grad)
def running(x):
    return np.sum(np.cumsum(x) * np.cumprod(x)) + np.sum(np.diff(x) ** 2) + np.prod(x)


@emitted((X,), by=grad)
def running_extremes(x):
    return (
        np.sum(np.maximum.accumulate(x) * x)
        + np.sum(np.convolve(x, x[:3]))
        + np.sum(np.gradient(x) ** 2)
    )


@emitted((X,), by=(grad, hessian))
def of_exponentials(x):
    return (
        np.sum(scipy.special.softmax(x) ** 2)
        + np.logaddexp(x[0], x[1])
        + scipy.special.logsumexp(x, b=np.arange(6.0))
    )


@emitted((A,), by=(grad, along))
def one_of_many_vectors(a):
    w, v = np.linalg.eigh(a)
    u, s, _ = np.linalg.svd(a)
    return (
        (v[:, 0] @ A @ v[:, 0]) * w[0]
        + np.sum(np.outer(v[:, -1], v[:, -1]))
        + u[:, 0] @ a @ u[:, 0] / s[0]
    )


@emitted((A,), by=grad)
def projections(a):
    w, v = np.linalg.eigh(a)
    low = v[:, :2] @ v[:, :2].T
    return (
        np.trace(low @ A)
        + np.sum(np.diag(v.T @ A @ v) * w)
        + np.sum((v @ np.diag(1.0 / w) @ v.T)[0])
    )


@emitted((A,), by=(grad, along))
def parts_of_a_matrix(a):
    b = a[1:, :2] @ a[:2, 1:]
    b[0] += a[0, :2]
    b[:, 1] *= 2.0
    return (
        np.sum(b[::-1] * a[:2, :2])
        + np.sum(a[np.triu_indices(3)])
        + a.T[0] @ a[..., 1]
        + np.sum(a.flat[::2])
    )
