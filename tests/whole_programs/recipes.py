"""Recipes with arrays, graphs, polynomials and signals."""

import bisect
import functools
import heapq
import itertools
import math
import operator
import random

import numpy as np

from ._program import program

rs = np.random.RandomState


@program(rs(3).normal(size=(4, 5)), rs(7).normal(size=(4, 5)))
def np_tricks(A):
    i = np.argsort(A, axis=1)
    B = np.take_along_axis(A, i, axis=1)
    C = A[np.ix_([0, 2], [1, 3])]
    D = np.lib.stride_tricks.sliding_window_view(A[0], 3)
    out = np.zeros(3)
    np.add.at(out, [0, 1, 1, 2, 0], A[1])
    m = A > 0.0
    E = A.copy()
    E[m] = np.sqrt(E[m])
    E[~m] *= 2
    q = np.searchsorted([-0.5, 0.0, 0.5], A[2])
    w = np.array([1.0, 2.0, 3.0, 4.0])[q]
    return (
        (B[:, 0] * B[:, -1]).sum()
        + C.prod()
        + (D**2).sum()
        + out @ out
        + E.sum()
        + (w * A[2]).sum()
        + np.median(A)
        + np.percentile(A, 30)
        + np.ptp(A[3])
        + A[A.argmax() // 5, 0]
    )


@program(rs(3).normal(size=6))
def heap(x):
    h = []
    for k, v in enumerate(x):
        heapq.heappush(h, (v, k))
    tot = 0.0
    while len(h) > 1:
        a, i = heapq.heappop(h)
        b, j = heapq.heappop(h)
        tot += a * b
        heapq.heappush(h, (a + b, max(i, j)))
    return tot


@program(np.array([0.3, 0.1, 0.9, 0.5]), np.array([0.9, 0.8, 0.1, 0.2]))
def dijkstra(w):
    g = {
        "s": [("a", w[0]), ("b", w[1])],
        "a": [("t", w[2] ** 2)],
        "b": [("a", 0.11), ("t", w[3] + 0.51)],
        "t": [],
    }
    dist = {k: math.inf for k in g}
    dist["s"] = 0.0
    todo = set(g)
    while todo:
        u = min(todo, key=dist.get)
        todo.remove(u)
        for v, l in g[u]:
            if dist[u] + l < dist[v]:
                dist[v] = dist[u] + l
    return dist["t"]


@program(np.array([0.3, 0.1, 0.9, 0.5]), np.array([0.9, 0.8, 0.1, 0.2]))
def dijkstra_heap(w):
    g = {0: {1: w[0], 2: w[1]}, 1: {3: w[2] ** 2}, 2: {1: 0.11, 3: w[3] + 0.51}, 3: {}}
    best = {}
    q = [(0.0, 0)]
    while q:
        d, u = heapq.heappop(q)
        if u in best:
            continue
        best[u] = d
        for v, l in g[u].items():
            if v not in best:
                heapq.heappush(q, (d + l, v))
    return best[3]


@functools.total_ordering
class Poly:
    def __init__(s, *c):
        s.c = list(c)

    def __call__(s, x):
        r = 0
        for c in reversed(s.c):
            r = r * x + c
        return r

    def __mul__(s, o):
        if not isinstance(o, Poly):
            return Poly(*[c * o for c in s.c])
        r = [0] * (len(s.c) + len(o.c) - 1)
        for i, a in enumerate(s.c):
            for j, b in enumerate(o.c):
                r[i + j] += a * b
        return Poly(*r)

    __rmul__ = __mul__

    def __add__(s, o):
        return Poly(*[a + b for a, b in itertools.zip_longest(s.c, o.c, fillvalue=0)])

    def __sub__(s, o):
        return s + -1 * o

    def __matmul__(s, o):
        r = Poly(0)
        for c in reversed(s.c):
            r = r * o + Poly(c)
        return r

    def deriv(s):
        return Poly(*[k * c for k, c in enumerate(s.c)][1:])

    def __eq__(s, o):
        return s.c == o.c

    def __lt__(s, o):
        return s(1.0) < o(1.0)

    def __len__(s):
        return len(s.c)

    def __bool__(s):
        return any((c != 0 for c in s.c))

    def __getitem__(s, k):
        return s.c[k]

    def __neg__(s):
        return Poly(*map(operator.neg, s.c))

    def __pow__(s, n):
        return functools.reduce(operator.mul, [s] * n, Poly(1))


@program(np.array([1.0, -2.0, 0.5]), np.array([-0.3, 0.7, 1.1]))
def polys(x):
    p = Poly(*x)
    q = Poly(1, x[0])
    big, small = (max(p, q), min(p, q))
    r = p @ q * 2 + (-q) ** 3 - small
    return r(x[1]) + big.deriv()(x[2]) + (len(r) if r else 0) * x[0] + r[-1]


def seedr():
    random.seed(4)


@program(np.array([1.0, -2.0, 0.5]), reset=seedr)
def rand_walk(x):
    pos = x[0]
    for _ in range(10):
        step = random.choice([1, -1]) * random.gauss(0, 1)
        pos = pos + x[1] * step if random.random() < 0.7 else pos * x[2]
    return pos**2


@program(np.array([1.0, -2.0, 0.5, 3.0]))
def stats(x):
    z = [v**2 for v in x]
    mu = sum(z) / len(z)
    sd = math.sqrt(sum(((v - mu) ** 2 for v in z)) / (len(z) - 1))
    ranks = sorted(range(len(z)), key=z.__getitem__)
    return (
        mu / sd
        + z[ranks[0]]
        - z[ranks[-1]]
        + bisect.bisect(sorted((float(k) for k in range(5))), 2.5) * x[0]
    )


def strassen(A, B):
    n = A.shape[0]
    if n <= 1:
        return A * B
    h = n // 2
    a, b, c, d = (A[:h, :h], A[:h, h:], A[h:, :h], A[h:, h:])
    e, f, g, hh = (B[:h, :h], B[:h, h:], B[h:, :h], B[h:, h:])
    p1 = strassen(a, f - hh)
    p2 = strassen(a + b, hh)
    p3 = strassen(c + d, e)
    p4 = strassen(d, g - e)
    p5 = strassen(a + d, e + hh)
    p6 = strassen(b - d, g + hh)
    p7 = strassen(a - c, e + f)
    return np.block([[p5 + p4 - p2 + p6, p1 + p2], [p3 + p4, p1 + p5 - p3 - p7]])


@program(rs(0).normal(size=(4, 4)))
def strass(A):
    return np.trace(strassen(A, strassen(A.T, A)))


@program(rs(0).normal(size=(3, 3)))
def expm_ss(A):
    n = max(0, int(math.ceil(math.log2(max(np.linalg.norm(A, 1), 1e-12)))) + 1)
    B = A / 2**n
    T = np.eye(3)
    E = np.eye(3)
    for k in range(1, 12):
        T = T @ B / k
        E = E + T
    for _ in range(n):
        E = E @ E
    return np.sum(E * np.arange(9).reshape(3, 3))


@program(rs(5).normal(size=(6, 2)), rs(6).normal(size=(6, 2)))
def polygon(P):
    c = P.mean(axis=0)
    ang = [math.atan2(p[1] - c[1], p[0] - c[0]) for p in P]
    order = sorted(range(len(P)), key=lambda k: ang[k])
    Q = P[order]
    x, y = Q.T
    area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    per = sum((math.hypot(*Q[k] - Q[k - 1]) for k in range(len(Q))))
    return area / per**2


@program(rs(5).normal(size=(5, 2)), rs(6).normal(size=(5, 2)))
def lagrange(P):
    xs, ys = (P[:, 0], P[:, 1])

    def L(t):
        return sum(
            (
                ys[i] * np.prod([(t - xs[j]) / (xs[i] - xs[j]) for j in range(5) if j != i])
                for i in range(5)
            )
        )

    return L(0.3) + np.polyval(np.polyfit(np.arange(5.0), ys, 2), 2.5)


@program(np.array([0.5, 0.2, 0.7]), np.array([0.1, 0.9, 0.3]))
def logistic_chaos(p):
    x, r, k = p
    xs = []
    for n in range(12):
        x = (3 + r) * x * (1 - x)
        if x < 0.001:
            break
        xs.append(x)
    xs = np.array(xs)
    return np.log(np.abs((3 + r) * (1 - 2 * xs))).mean() + k * xs[-1] * len(xs)


@program(rs(1).normal(size=20))
def iir(x):
    b, a = ([0.2, 0.3], [1.0, -0.5, 0.1])
    y = []
    for n in range(len(x)):
        v = sum((b[k] * x[n - k] for k in range(len(b)) if n - k >= 0)) - sum(
            (a[k] * y[n - k] for k in range(1, len(a)) if n - k >= 0)
        )
        y.append(v)
    y = np.asarray(y)
    S = np.abs(np.fft.rfft(y * np.hanning(len(y)))) ** 2
    return np.log(S + 0.001).mean() + np.convolve(y, [1, -1], mode="valid").std()


@program(rs(1).uniform(0.1, 1, size=(3, 4)))
def sinkhorn(C):
    K = np.exp(-C / 0.5)
    u = np.ones(3)
    for it in range(50):
        v = 1 / 4 / (K.T @ u)
        un = 1 / 3 / (K @ v)
        if np.max(np.abs(un - u)) < 1e-10:
            break
        u = un
    return np.sum(u[:, None] * K * v * C)


@program(rs(1).normal(size=(2, 3)))
def einstein(q):
    g = np.einsum("ia,ja->ij", q, q) + np.eye(2)
    gi = np.linalg.inv(g)
    R = np.einsum("ij,jk,kl->il", g, gi @ gi, g)
    T = np.tensordot(q, q, axes=([1], [1]))
    return np.trace(R) + np.einsum("ii", T) + np.linalg.matrix_power(g, 3)[0, 1] + np.vdot(q, q)


class Tape:
    def __init__(s):
        s.ops = []

    def __enter__(s):
        Tape.cur = s
        return s

    def __exit__(s, *e):
        Tape.cur = None
        return False


class TV:
    def __init__(s, v):
        s.v = v
        s.g = 0.0

    def __mul__(s, o):
        r = TV(s.v * o.v)
        Tape.cur.ops.append(
            lambda: (setattr(s, "g", s.g + o.v * r.g), setattr(o, "g", o.g + s.v * r.g))
        )
        return r

    def __add__(s, o):
        r = TV(s.v + o.v)

        def bk():
            s.g += r.g
            o.g += r.g

        Tape.cur.ops.append(bk)
        return r

    def sin(s):
        r = TV(math.sin(s.v))
        Tape.cur.ops.append(lambda: setattr(s, "g", s.g + math.cos(s.v) * r.g))
        return r


@program(0.6, -1.1)
def tape(x):
    with Tape() as t:
        a = TV(x)
        b = TV(2.0)
        y = (a * b + a).sin() * a
    y.g = 1.0
    for op in reversed(t.ops):
        op()
    return a.g + b.g * y.v
