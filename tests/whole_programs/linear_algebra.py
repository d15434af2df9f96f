"""Factorizations, iterations and transforms written out."""

import cmath
import math
from collections import deque

import numpy as np

from ._program import program

rs = np.random.RandomState


@program(rs(0).normal(size=(4, 4)) + 3 * np.eye(4), rs(1).normal(size=(4, 4)))
def lu_det(A):
    n = len(A)
    A = A.astype(float).copy()
    sign = 1
    for k in range(n):
        p = k + int(np.argmax(np.abs(A[k:, k])))
        if p != k:
            A[[k, p]] = A[[p, k]]
            sign = -sign
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            A[i, k + 1 :] -= A[i, k] * A[k, k + 1 :]
    return sign * np.prod(np.diag(A))


@program(rs(0).normal(size=(5, 3)), rs(1).normal(size=(5, 3)))
def gram_schmidt(A):
    Q = np.zeros_like(A)
    R = np.zeros((3, 3))
    for j in range(A.shape[1]):
        v = A[:, j].copy()
        for i in range(j):
            R[i, j] = Q[:, i] @ A[:, j]
            v -= R[i, j] * Q[:, i]
        R[j, j] = np.linalg.norm(v)
        Q[:, j] = v / R[j, j]
    return np.sum(np.log(np.diag(R))) + Q[0, 1]


@program(rs(0).normal(size=(4, 4)))
def householder_qr(A):
    R = A.copy()
    n = A.shape[0]
    Q = np.eye(n)
    for k in range(n - 1):
        x = R[k:, k]
        e = np.zeros_like(x)
        e[0] = np.copysign(np.linalg.norm(x), x[0])
        v = x + e
        v = v / np.linalg.norm(v)
        R[k:] -= 2 * np.outer(v, v @ R[k:])
        Q[:, k:] -= 2 * np.outer(Q[:, k:] @ v, v)
    return np.abs(np.diag(R)).sum() + Q[1, 2]


@program(rs(0).normal(size=(4, 4)))
def power_iter(A):
    S = A @ A.T
    v = np.ones(4)
    for _ in range(20):
        w = S @ v
        v = w / np.linalg.norm(w)
    return v @ S @ v


@program(rs(0).normal(size=8), rs(1).normal(size=8))
def dft_hand(x):
    N = len(x)
    tot = 0.0
    for k in range(N):
        s = sum((x[n] * cmath.exp(-2j * math.pi * k * n / N) for n in range(N)))
        tot += abs(s) ** 2 * k + s.real
    return tot


def fft_rec(x):
    N = len(x)
    if N == 1:
        return x
    e, o = (fft_rec(x[::2]), fft_rec(x[1::2]))
    w = np.exp(-2j * np.pi * np.arange(N // 2) / N)
    return np.concatenate([e + w * o, e - w * o])


@program(rs(0).normal(size=8))
def fft_recursive(x):
    return np.sum(np.abs(fft_rec(x)) ** 3)


@program(rs(0).normal(size=6), rs(3).normal(size=6))
def quantum(th):
    I = np.eye(2)
    X = np.array([[0, 1], [1, 0]], dtype=complex)
    Z = np.diag([1.0 + 0j, -1])
    Yg = np.array([[0, -1j], [1j, 0]])
    R = lambda P, t: np.cos(t / 2) * I - 1j * np.sin(t / 2) * P
    CX = np.eye(4, dtype=complex)[[0, 1, 3, 2]]
    psi = np.zeros(4, dtype=complex)
    psi[0] = 1
    for l in range(2):
        U = np.kron(R(Yg, th[3 * l]), R(X, th[3 * l + 1]))
        psi = CX @ (U @ psi)
        psi = np.kron(R(Z, th[3 * l + 2]), I) @ psi
    H = np.kron(Z, Z) + 0.5 * np.kron(X, I)
    return np.real(np.conj(psi) @ H @ psi)


@program(np.array([1.0, 0.5]), np.array([2.0, 0.2]), tol=1e-05)
def gauss_newton(y0):
    t = np.linspace(0, 1, 6)
    y = y0[0] * np.exp(-y0[1] * t) + 0.05 * np.sin(9 * t)
    p = np.array([1.2, 0.4])
    for _ in range(8):
        r = p[0] * np.exp(-p[1] * t) - y
        J = np.column_stack([np.exp(-p[1] * t), -p[0] * t * np.exp(-p[1] * t)])
        p = p - np.linalg.solve(J.T @ J, J.T @ r)
    return p @ p


@program(np.array([1.0, 2.0, 0.5]), tol=1e-05)
def lbfgs_unrolled(a):
    f = lambda x: np.sum(a * (x - 1) ** 2) + 0.1 * np.sum(x**4)
    g = lambda x: 2 * a * (x - 1) + 0.4 * x**3
    x = np.zeros(3)
    mem = deque(maxlen=3)
    gr = g(x)
    for k in range(5):
        q = gr.copy()
        al = []
        for s, y in reversed(mem):
            rho = 1 / (y @ s)
            A = rho * (s @ q)
            q = q - A * y
            al.append((A, rho))
        if mem:
            s, y = mem[-1]
            q = q * (s @ y / (y @ y))
        for (s, y), (A, rho) in zip(mem, reversed(al)):
            q = q + s * (A - rho * (y @ q))
        t = 0.5
        xn = x - t * q
        gn = g(xn)
        mem.append((xn - x, gn - gr))
        x, gr = (xn, gn)
    return f(x)


@program(np.array([0.2, 0.4, 0.1]), np.array([1.2, -0.4, 0.3]))
def adam_unrolled(w):
    m = v = np.zeros(3)
    lr = 0.1
    target = np.array([1.0, -1, 0.5])
    for t in range(1, 11):
        g = 2 * (w - target) * np.array([1.0, 5.0, 10.0])
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-08)
    return np.sum((w - target) ** 2)
