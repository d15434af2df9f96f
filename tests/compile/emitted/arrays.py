"""Arrays: broadcasting, reductions, memory that is shared or written to, linear algebra."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.special

from symdiff import grad, hessian, jacobian, jvp, value_and_grad

from .cases import emitted

X = np.linspace(-1.0, 2.0, 6)
POSITIVE = X + 1.5
A = np.arange(9.0).reshape(3, 3) / 7.0 + 3.0 * np.eye(3)
LARGE = np.linspace(-1.0, 1.0, 40_000)


def along(f):
    return lambda *args: jvp(f, args, tuple(np.ones_like(a) for a in args))


@emitted((X,), (np.float32(X),), by=(value_and_grad, hessian))
def softmax_by_hand(x):
    e = np.exp(x - np.max(x))
    p = e / e.sum()
    return -np.log(p[2])


@emitted((X[:3], A), by=(grad, along))
def quadratic_form(x, a):
    return x @ a @ x / (x @ x)


@emitted((A,), by=(grad, hessian))
def matrices(a):
    return np.linalg.det(a) + np.trace(np.linalg.inv(a)) + np.sum(np.linalg.solve(a, a.T))


@emitted((A,), by=grad)
def eigenvalues(a):
    w, v = np.linalg.eigh(a @ a.T)
    return np.sum(np.sqrt(w)) + np.sum((v * w) @ v.T)


@emitted((A,), by=grad)
def singular_values(a):
    u, s, v = np.linalg.svd(a)
    return np.sum(s**2) + np.sum((u * np.exp(-s)) @ v)


@emitted((A,), by=grad)
def triangular(a):
    c = np.linalg.cholesky(a @ a.T)
    return np.sum(scipy.linalg.solve_triangular(c, a[0], lower=True) ** 2)


@emitted((X,), by=(grad, jacobian))
def written_in_place(x):
    y = x.copy()
    y[1:-1] = x[:-2] + x[2:]
    y[0] *= 3.0
    y += x
    y[y > 1.0] = 0.0
    return np.sum(y * x)


@emitted((LARGE,), by=grad)
def large_in_place(x):
    y = np.exp(x)
    y *= x
    y += 1.0
    z = y.reshape(200, 200)
    z[3] = x[:200] * 2.0
    return np.sum(y * y) + np.sum(z.T[5])


@emitted((LARGE,), by=(grad, along))
def large_views(x):
    z = x.reshape(200, 200)
    top, rest = z[0], z[1:]
    return np.sum(top * z[:, 1]) + np.sum(rest**2) + np.sum(z[::2, ::-1] * z[1::2])


@emitted((X,), by=jacobian)
def gathered(x):
    return np.concatenate([x[[0, 2, 2]] * x[1], np.cumsum(x)[::-2], np.sort(x)[:2]])


@emitted((POSITIVE,), by=(grad, hessian))
def means(x):
    return np.mean(x) * np.std(x) + np.var(x, ddof=1) / np.median(x) + np.prod(x)


@emitted((X,), by=(grad, hessian))
def norms(x):
    n = np.linalg.norm(x)
    return n**2 + n + np.linalg.norm(x, 1) + np.max(np.abs(x)) ** 2


@emitted((X,), by=(grad, hessian))
def chosen(x):
    return np.sum(np.where(x > 0.0, x**2, np.exp(x))) + np.sum(
        np.maximum(x, 0.5) * np.clip(x, 0, 1)
    )


@emitted((X, POSITIVE), by=grad)
def broadcast(x, y):
    grid = x[:, None] * y[None, :] + y
    return np.sum(grid**2 / np.sum(grid, axis=1, keepdims=True))


@emitted((X[:4], A), by=grad)
def products(x, a):
    t = np.einsum("i,jk->ijk", x, a)
    return np.tensordot(t, t, 3) + np.sum(np.outer(x, x)) + np.sum(np.kron(x, a[0]))


@emitted((X,), by=(grad, hessian))
def log_sum_exp(x):
    return scipy.special.logsumexp(x) + np.log(np.sum(np.exp(x)))


@emitted((POSITIVE,), by=hessian)
def total_and_share(x):
    share = x / np.sum(x)
    return -np.sum(share * np.log(share))


@emitted((POSITIVE,), by=(grad, hessian))
def stacked_and_divided(x):
    parts = np.stack([x[:3], x[3:]])
    shares = parts / np.sum(np.concatenate([x[:3] * 2.0, x[3:]]))
    joined = np.array([x[0] + x[1], x[2], x[0] * x[3]])
    return np.sum(shares**2) + joined[0] / np.sum(joined)


@emitted((X,), by=grad)
def through_complex_arrays(x):
    f = np.fft.rfft(x)
    return np.sum(np.abs(f) ** 2) + np.sum((f * 1j).real)


@emitted((X,), by=(grad, hessian))
def interpolated(x):
    return np.sum(np.interp(x, [0.0, 0.5, 1.0], [1.0, 3.0, 2.0]) * x)


@emitted((np.float32(X), 2), by=grad)
def mixed_types(x, k):
    half = x.astype(np.float64)
    return np.sum(x * k) + np.sum(half[: k + 1] ** k) + float(x[k]) * 0.1


@emitted((X,), by=jacobian)
def handed_out_twice(x):
    y = x * 2.0
    return {"a": y, "b": [y, x, y[0]]}
