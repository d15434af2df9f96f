"""Root finding, recursion, dynamic programming, graphs, queues and units."""

import itertools
import math
from collections import Counter, namedtuple
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np

from ._program import program

rs = np.random.RandomState


@program(rs(0).normal(size=5), rs(1).normal(size=5))
def dtw(a):
    b = np.sin(np.arange(6))
    n, m = (len(a), len(b))
    D = np.full((n + 1, m + 1), np.inf)
    D[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            c = (a[i - 1] - b[j - 1]) ** 2
            D[i, j] = c + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[n, m]


@program(rs(0).normal(size=(4, 4)))
def soft_nw(S):
    g = -0.5
    n = 4
    V = {(0, 0): 0.0}
    for i in range(1, n + 1):
        V[i, 0] = i * g
        V[0, i] = i * g
    for i, j in itertools.product(range(1, n + 1), repeat=2):
        o = [V[i - 1, j - 1] + S[i - 1, j - 1], V[i - 1, j] + g, V[i, j - 1] + g]
        m = max(o)
        V[i, j] = m + math.log(sum((math.exp(v - m) for v in o)))
    return V[n, n]


@program(0.3, 0.8, reset=None)
def kepler(e):
    M = 1.2
    E = M
    while True:
        d = (E - e * math.sin(E) - M) / (1 - e * math.cos(E))
        E -= d
        if abs(d) < 1e-15 * max(1, abs(E)):
            break
    return E


@program(2.0, 5.0, 9.0, tol=0.0001)
def secant(a):
    f = lambda x: x**3 - a
    x0, x1 = (1.0, 2.5)
    for _ in range(40):
        if abs(f(x1)) < 1e-13:
            break
        x0, x1 = (x1, x1 - f(x1) * (x1 - x0) / (f(x1) - f(x0)))
    return x1


@program(1.0, 0.4, 2.3)
def simpson(a):
    f = lambda x: math.exp(-a * x * x) * math.cos(3 * x)

    def rec(l, r, fl, fm, fr, whole, eps, depth):
        m = (l + r) / 2
        lm, rm = ((l + m) / 2, (m + r) / 2)
        flm, frm = (f(lm), f(rm))
        left = (m - l) / 6 * (fl + 4 * flm + fm)
        right = (r - m) / 6 * (fm + 4 * frm + fr)
        if depth <= 0 or abs(left + right - whole) < 15 * eps:
            return left + right + (left + right - whole) / 15
        return rec(l, m, fl, flm, fm, left, eps / 2, depth - 1) + rec(
            m, r, fm, frm, fr, right, eps / 2, depth - 1
        )

    l, r = (0.0, 2.0)
    fl, fm, fr = (f(l), f(1.0), f(r))
    return rec(l, r, fl, fm, fr, (r - l) / 6 * (fl + 4 * fm + fr), 1e-05, 12)


@program(0.3, 1.7, -0.4)
def memo(x):

    @lru_cache(maxsize=None)
    def cheb(n):
        return 1.0 if n == 0 else x if n == 1 else 2 * x * cheb(n - 1) - cheb(n - 2)

    return sum((cheb(k) / (k + 1) for k in range(12)))


@program(0.3, 1.7, -0.4)
def memo_dict(x, cache={}):
    cache.clear()

    def leg(n):
        if n in cache:
            return cache[n]
        if n < 2:
            v = (1.0, x)[n]
        else:
            v = ((2 * n - 1) * x * leg(n - 1) - (n - 1) * leg(n - 2)) / n
        cache[n] = v
        return v

    return leg(9)


R = rs(0).rand(5, 6)
MASK = R > 0.4


@program(rs(2).normal(size=(11, 2)))
def matfac(P):
    U, V = (P[:5], P[5:])
    err = (R - U @ V.T)[MASK]
    return np.sum(err**2) + 0.1 * (np.linalg.norm(U) ** 2 + np.linalg.norm(V) ** 2)


PT = rs(0).normal(size=(12, 2))


@program(rs(2).normal(size=(3, 2)))
def softkmeans(C):
    for _ in range(3):
        d = ((PT[:, None] - C[None]) ** 2).sum(2)
        w = np.exp(-d)
        w /= w.sum(1, keepdims=True)
        C = w.T @ PT / w.sum(0)[:, None]
    return np.sum(np.min(((PT[:, None] - C) ** 2).sum(-1), axis=1))


Pm = np.abs(rs(5).normal(size=(6, 6)))
Pm = Pm + Pm.T
np.fill_diagonal(Pm, 0)
Pm /= Pm.sum()


@program(rs(2).normal(size=(6, 2)))
def tsne(Y):
    D = np.sum(Y**2, 1)[:, None] + np.sum(Y**2, 1)[None] - 2 * Y @ Y.T
    n = 1 / (1 + D)
    np.fill_diagonal(n, 0.0)
    Q = np.maximum(n / n.sum(), 1e-12)
    off = ~np.eye(6, dtype=bool)
    return np.sum(Pm[off] * np.log(Pm[off] / Q[off]))


@program(0.85, 0.5)
def pagerank(d):
    links = {0: [1, 2], 1: [2], 2: [0], 3: [0, 2]}
    r = {k: 0.25 for k in links}
    for _ in range(30):
        new = {k: (1 - d) / 4 for k in links}
        for k, outs in links.items():
            for o in outs:
                new[o] += d * r[k] / len(outs)
        if max((abs(new[k] - r[k]) for k in r)) < 1e-09:
            break
        r = new
    return r[2]


@dataclass
class Params:
    beta: float = 0.96
    alpha: float = 0.36
    delta: float = 0.1
    A: float = 1.0

    def steady(self):
        return (self.alpha * self.A / (1 / self.beta - 1 + self.delta)) ** (1 / (1 - self.alpha))


@program(np.array([0.96, 0.36, 0.1]), np.array([0.9, 0.3, 0.2]))
def ramsey(p):
    par = Params(beta=p[0], alpha=p[1], delta=p[2])
    k = 0.5 * par.steady()
    W = 0.0
    for t in range(20):
        y = par.A * k**par.alpha
        inv = 0.25 * y
        c = y - inv
        W += par.beta**t * np.log(c)
        k = (1 - par.delta) * k + inv
    return W


class Quantity:
    UN = {"m": (1, 0), "s": (0, 1), "km": (1, 0)}

    def __init__(self, v, dim):
        self.v, self.dim = (v, dim)

    def __add__(s, o):
        if s.dim != o.dim:
            raise TypeError(f"{s.dim} vs {o.dim}")
        return Quantity(s.v + o.v, s.dim)

    def __mul__(s, o):
        if isinstance(o, Quantity):
            return Quantity(s.v * o.v, tuple((a + b for a, b in zip(s.dim, o.dim))))
        return Quantity(s.v * o, s.dim)

    __rmul__ = __mul__

    def __truediv__(s, o):
        return (
            s * Quantity(1 / o.v, tuple((-d for d in o.dim)))
            if isinstance(o, Quantity)
            else Quantity(s.v / o, s.dim)
        )

    def __pow__(s, n):
        return Quantity(s.v**n, tuple((d * n for d in s.dim)))

    def __lt__(s, o):
        return s.v < o.v

    def to(s, u):
        return s.v

    def __repr__(s):
        return f"{s.v:.3f}{s.dim}"


@program(3.0, 7.0)
def units(t):
    T = Quantity(t, (0, 1))
    g = Quantity(9.81, (1, -2))
    v = Quantity(2.0, (1, 0)) / Quantity(1.0, (0, 1))
    d = v * T + 0.5 * g * T**2
    try:
        d + T
    except TypeError as e:
        assert str(e)
    return d.to("m") if Quantity(50.0, (1, 0)) < d else (d * 2).to("m")


@program(np.array([2.0, 3.0]), np.array([1.0, 1.5]))
def queue_mmc(p):
    lam, mu = p
    c = 3
    a = lam / mu
    rho = a / c
    s = sum((a**k / math.factorial(k) for k in range(c)))
    last = a**c / math.factorial(c) / (1 - rho)
    C = last / (s + last)
    return C / (c * mu - lam) + 1 / mu


@program(np.array([2.0, 3.0]), np.array([1.0, 1.5]))
def lindley(p):
    rng = np.random.RandomState(0)
    w = 0.0
    tot = 0.0
    for _ in range(30):
        u, v = rng.rand(2)
        s = -math.log(u) / p[1]
        a = -math.log(v) / p[0]
        w = max(0.0, w + s - a)
        tot += w
    return tot / 30


@program(np.linspace(0.1, 0.9, 4))
def bisect_inner(p):

    def root(a):
        lo, hi = (0.0, 3.0)
        for _ in range(40):
            m = 0.5 * (lo + hi)
            if m**3 + m - a > 0:
                hi = m
            else:
                lo = m
        m = m - (m**3 + m - a) / (3 * m * m + 1)
        return m

    return sum((root(v) for v in p))


@program(rs(1).normal(size=5))
def genprog(x):

    def smooth(xs):
        prev = None
        for v in xs:
            yield (v if prev is None else 0.5 * (v + prev))
            prev = v

    Pt = namedtuple("Pt", "a b")
    pts = [Pt(a, b) for a, b in zip(smooth(x), itertools.accumulate(x))]
    pts.sort(key=lambda p: p.a)
    c = Counter((int(abs(p.b) * 2) for p in pts))
    return sum((p.a * p.b * c[int(abs(p.b) * 2)] for p in pts)) + reduce(
        lambda s, p: s * p.a, pts, 1.0
    )


@program(rs(1).normal(size=(3, 3)))
def string_builder(A):
    log = []
    tot = 0.0
    for (i, j), v in np.ndenumerate(A):
        log.append(f"{i},{j}: {v:.2f}")
        tot += v**2 * (i + 1) if i != j else math.fabs(v)
    return tot
