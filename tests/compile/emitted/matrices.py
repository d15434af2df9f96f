"""Matrices: their spectra and functions, products in every order, and what is left out of them."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from symdiff import grad, hessian, jvp, vjp

from .cases import emitted

A = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]])
B = np.arange(6.0).reshape(3, 2) / 5.0
V = np.array([1.0, -0.5, 2.0])


def along(f):
    return lambda *args: jvp(f, args, tuple(np.ones_like(a) for a in args))


@emitted((A,), by=(grad, along))
def root_of_a_matrix(a):
    w, v = np.linalg.eigh(a)
    return np.sum(v @ np.diag(np.sqrt(w)) @ v.T) + np.sum(np.einsum("ij,j,kj->ik", v, np.exp(w), v))


@emitted((A,), by=grad)
def polar_factor(a):
    u, s, vt = np.linalg.svd(a)
    return np.sum(u @ vt) + np.sum((u * s[None, :]) @ vt) + np.sum(np.log(s))


@emitted((np.stack([A, 2.0 * A]),), by=grad)
def stacks(a):
    w, v = np.linalg.eigh(a)
    back = (v * w[:, None, :]) @ np.swapaxes(v, -1, -2)
    return np.sum(w**2) + np.sum(back) + np.sum(np.linalg.det(a)) + np.sum(np.linalg.inv(a))


@emitted((A, V), by=(grad, lambda f: hessian(f, wrt=1)))
def least_squares(a, b):
    x = np.linalg.solve(a, b)
    r = a @ x - 2.0 * b
    return r @ r + np.linalg.slogdet(a)[1] + np.sum(np.linalg.lstsq(a, b, rcond=None)[0])


@emitted((A,), by=(grad, along))
def factors(a):
    q, r = np.linalg.qr(a)
    c = np.linalg.cholesky(a)
    return np.sum(q * r) + np.sum(np.log(np.diag(c))) + np.trace(scipy.linalg.expm(0.1 * a))


@emitted((A, B), by=grad)
def products_in_every_order(a, b):
    t = b.T @ a @ b
    u = np.tensordot(a, b, axes=1)
    return np.trace(t @ t.T) + np.sum(np.einsum("ij,jk,kl->il", b.T, a, b)) + np.vdot(u, b)


@emitted((A, B), by=lambda f: lambda a, b: vjp(f, a, b)[1](np.ones((2, 3))))
def transposed_product(a, b):
    return (a @ b).T * np.sum(a, axis=0) + b.T


@emitted((V,), by=(grad, hessian))
def outer_and_diagonal(v):
    m = np.outer(v, v) + np.diag(v)
    return np.trace(m @ m) + np.sum(np.tril(m)) + np.sum(np.diag(m) * v) + np.linalg.norm(m) ** 2
