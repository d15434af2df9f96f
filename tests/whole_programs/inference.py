"""Likelihoods: filters, hidden states, processes, samplers."""

import math

import numpy as np
from scipy import linalg

from symdiff import grad

from ._program import program

rs = np.random.RandomState
OBS = np.cumsum(rs(0).normal(size=15))


@program(np.array([0.1, -0.3, 0.2]), np.array([-1.0, 0.5, 0.9]))
def kalman(th):
    q, r, a = (np.exp(th[0]), np.exp(th[1]), np.tanh(th[2]))
    F = np.array([[1.0, 1.0], [0.0, a]])
    H = np.array([[1.0, 0.0]])
    Q = q * np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]])
    R = np.array([[r]])
    x = np.zeros((2, 1))
    P = np.eye(2) * 10
    ll = 0.0
    for y in OBS:
        x = F @ x
        P = F @ P @ F.T + Q
        v = y - (H @ x)[0, 0]
        S = H @ P @ H.T + R
        K = P @ H.T @ np.linalg.inv(S)
        x = x + K * v
        P = (np.eye(2) - K @ H) @ P
        ll += -0.5 * (math.log(2 * math.pi * S[0, 0]) + v * v / S[0, 0])
    return -ll


@program(np.array([0.05, 0.1, 0.8]), np.array([0.1, 0.2, 0.6]))
def garch(p):
    w, a, b = p
    r = np.diff(OBS)
    s2 = np.empty_like(r)
    s2[0] = np.var(r)
    for t in range(1, len(r)):
        s2[t] = w + a * r[t - 1] ** 2 + b * s2[t - 1]
    if a + b >= 1:
        return 1000000.0 + 0 * w
    return 0.5 * np.sum(np.log(2 * np.pi * s2) + r**2 / s2)


SYM = [0, 1, 1, 0, 2, 2, 1, 0, 0, 2]


@program(rs(1).normal(size=18), rs(2).normal(size=18))
def hmm(th):
    from scipy.special import logsumexp

    A = th[:9].reshape(3, 3)
    B = th[9:].reshape(3, 3)
    A = A - logsumexp(A, axis=1, keepdims=True)
    B = B - logsumexp(B, axis=1)[:, None]
    alpha = -math.log(3) + B[:, SYM[0]]
    for s in SYM[1:]:
        alpha = logsumexp(alpha[:, None] + A, axis=0) + B[:, s]
    return -logsumexp(alpha)


XG = rs(3).uniform(-2, 2, (10, 2))
YG = np.sin(XG[:, 0])


@program(np.array([0.1, 0.2, -2.0]), np.array([-0.5, 1.0, -1.0]))
def gp(th):
    l, s, n = np.exp(th)
    d2 = ((XG[:, None, :] - XG[None]) ** 2).sum(-1) / l**2
    K = s**2 * (1 + np.sqrt(3 * d2 + 1e-12)) * np.exp(-np.sqrt(3 * d2 + 1e-12)) + n * np.eye(10)
    L = np.linalg.cholesky(K)
    a = linalg.cho_solve((L, True), YG)
    return 0.5 * YG @ a + np.log(np.diag(L)).sum()


XL = rs(4).normal(size=(12, 2))
YL = (XL[:, 0] > 0) * 1.0


def logpost(w):
    z = XL @ w
    return np.sum(YL * z - np.logaddexp(0, z)) - 0.5 * w @ w


@program(np.array([0.1, 0.3]), np.array([-0.5, 1.0]), tol=1e-05)
def hmc_final(q):
    g = grad(lambda w: -logpost(w))
    p = np.array([0.3, -0.2])
    eps = 0.1
    p = p - eps / 2 * g(q)
    for i in range(5):
        q = q + eps * p
        if i != 4:
            p = p - eps * g(q)
    p = p - eps / 2 * g(q)
    return -logpost(q) + 0.5 * np.sum(p**2)
