"""Bodies, animals, heat, arms and cameras, step by step."""

import math

import numpy as np

from ._program import program

rs = np.random.RandomState


@program(rs(5).normal(size=12), rs(6).normal(size=12))
def nbody(y0):
    m = [1.0, 0.5, 0.2]
    q = y0[:6].reshape(3, 2).copy()
    v = 0.1 * y0[6:].reshape(3, 2)

    def acc(q):
        a = np.zeros_like(q)
        for i in range(3):
            for j in range(3):
                if i != j:
                    d = q[j] - q[i]
                    a[i] += m[j] * d / (np.dot(d, d) + 0.1) ** 1.5
        return a

    dt = 0.05
    a = acc(q)
    for _ in range(8):
        v += 0.5 * dt * a
        q += dt * v
        a = acc(q)
        v += 0.5 * dt * a
    return 0.5 * sum((mi * np.dot(vi, vi) for mi, vi in zip(m, v))) + q[0, 0]


def rk4(f, y, t, h, *args):
    k1 = f(t, y, *args)
    k2 = f(t + h / 2, [a + h / 2 * b for a, b in zip(y, k1)], *args)
    k3 = f(t + h / 2, [a + h / 2 * b for a, b in zip(y, k2)], *args)
    k4 = f(t + h, [a + h * b for a, b in zip(y, k3)], *args)
    return [a + h / 6 * (p + 2 * q + 2 * r + s) for a, p, q, r, s in zip(y, k1, k2, k3, k4)]


@program(np.array([1.1, 0.4, 0.4, 0.1]), np.array([0.8, 0.3, 0.2, 0.3]))
def lotka(th):

    def f(t, y, a, b, c, d):
        prey, pred = y
        return [a * prey - b * prey * pred, -c * pred + d * prey * pred]

    y = [10.0, 5.0]
    loss = 0.0
    for k in range(30):
        y = rk4(f, y, k * 0.1, 0.1, *th)
        loss += (y[0] - 8) ** 2 + (y[1] - 4) ** 2
    return loss / 30


@program(0.3, 0.4)
def heat_loops(alpha):
    n = 10
    u = [math.sin(math.pi * i / (n - 1)) for i in range(n)]
    for _ in range(12):
        new = u[:]
        for i in range(1, n - 1):
            new[i] = u[i] + alpha * (u[i - 1] - 2 * u[i] + u[i + 1])
        u = new
    return sum((v * v for v in u))


@program(rs(7).normal(size=(6, 7)))
def heat_slices(u0):
    u = u0.copy()
    for _ in range(10):
        lap = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
        u[1:-1, 1:-1] += 0.1 * lap
        u[0] = u[1]
        u[-1] = u[-2]
        u[:, 0], u[:, -1] = (u[:, 1], u[:, -2])
    return np.sum(u**2)


@program(np.array([0.3, -0.5, 0.7]), np.array([1.0, 2.0, -0.4]))
def arm(q):
    T = np.eye(3)
    for th, l in zip(q, [1.0, 0.8, 0.5]):
        c, s = (np.cos(th), np.sin(th))
        T = T @ np.array([[c, -s, l * c], [s, c, l * s], [0, 0, 1]])
    tgt = np.array([1.0, 1.2])
    return np.linalg.norm(T[:2, 2] - tgt) + 0.1 * abs(np.arctan2(T[1, 0], T[0, 0]))


PTS = rs(8).normal(size=(5, 3)) + [0, 0, 6]
UV = rs(9).normal(size=(5, 2))


@program(
    np.array([0.1, -0.2, 0.05, 0.1, 0.2, 0.3, 500.0, 0.01]),
    np.array([1e-09, 0, 0, 0.1, 0.2, 0.3, 400.0, -0.01]),
    np.array([0.3, 0.3, 0.1, -0.1, 0.2, 0.3, 400.0, -0.01]),
    tol=2e-05,
)
def bundle(c):
    w = c[:3]
    t = c[3:6]
    f, k = c[6:]
    th = np.sqrt(np.dot(w, w))
    cost = 0.0
    for P, uv in zip(PTS, UV):
        if th > 1e-06:
            a = w / th
            R = P * np.cos(th) + np.cross(a, P) * np.sin(th) + a * np.dot(a, P) * (1 - np.cos(th))
        else:
            R = P + np.cross(w, P)
        X = R + t
        xy = X[:2] / X[2]
        r2 = xy @ xy
        e = f / 500 * (1 + k * r2) * xy - uv
        r = np.linalg.norm(e)
        cost += 0.5 * r**2 if r <= 1.0 else r - 0.5
    return cost


@program(np.array([0.1, 0.7, -0.3, 1.2, 0.5, 0.9]), np.array([1.0, 2, 3, 4, 5, 6]))
def deboor(c):
    k = 3
    t = [0, 0, 0, 0, 0.4, 0.7, 1, 1, 1, 1]

    def ev(x):
        i = k
        while i < len(c) - 1 and x >= t[i + 1]:
            i += 1
        d = [c[j + i - k] for j in range(k + 1)]
        for r in range(1, k + 1):
            for j in range(k, r - 1, -1):
                a = (x - t[j + i - k]) / (t[j + 1 + i - r] - t[j + i - k])
                d[j] = (1 - a) * d[j - 1] + a * d[j]
        return d[k]

    return sum(((ev(x) - math.sin(3 * x)) ** 2 for x in np.linspace(0, 0.99, 9)))


@program(0.2, 0.5, 0.9)
def deboor_x(x):
    c = [0.1, 0.7, -0.3, 1.2, 0.5, 0.9]
    k = 3
    t = [0, 0, 0, 0, 0.4, 0.7, 1, 1, 1, 1]
    i = k
    while i < len(c) - 1 and x >= t[i + 1]:
        i += 1
    d = c[i - k : i + 1]
    for r in range(1, k + 1):
        for j in range(k, r - 1, -1):
            a = (x - t[j + i - k]) / (t[j + 1 + i - r] - t[j + i - k])
            d[j] = (1 - a) * d[j - 1] + a * d[j]
    return d[k]
