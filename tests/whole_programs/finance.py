"""Prices, calibrations and simulations of the market."""

import math
from dataclasses import dataclass, replace

import numpy as np

from ._program import program

rs = np.random.RandomState


@dataclass(frozen=True)
class Market:
    spot: float
    rate: float
    vol: float
    div: float = 0.0

    def discount(self, t):
        return math.exp(-self.rate * t)

    def forward(self, t):
        return self.spot * math.exp((self.rate - self.div) * t)


def bs_price(m, k, t, kind="call"):
    sd = m.vol * math.sqrt(t)
    d1 = math.log(m.forward(t) / k) / sd + sd / 2
    d2 = d1 - sd
    N = lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2)))
    w = {"call": 1, "put": -1}[kind]
    return m.discount(t) * w * (m.forward(t) * N(w * d1) - k * N(w * d2))


@program(np.array([100.0, 0.03, 0.2, 0.01]), np.array([80.0, 0.01, 0.35, 0.0]))
def portfolio(p):
    m = Market(*p)
    book = [(1, "call", 100, 1.0), (-2, "put", 90, 0.5), (1, "call", 120, 2.0)]
    return sum((q * bs_price(m, k, t, kind) for q, kind, k, t in book))


@program(10.0, 12.0, 7.0)
def implied_vol(price):
    m = Market(100.0, 0.02, 0.3)
    v = m.vol
    for _ in range(50):
        mm = replace(m, vol=v)
        diff = bs_price(mm, 100.0, 1.0) - price
        if abs(diff) < 1e-13:
            break
        d1 = (math.log(mm.forward(1.0) / 100.0) + v * v / 2) / v
        vega = mm.discount(1.0) * mm.forward(1.0) * math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
        v = v - diff / vega
    return v


@program(np.array([100.0, 0.2, 0.03]), np.array([105.0, 0.3, 0.01]))
def mc_asian(p):
    S0, sig, r = p
    rng = np.random.default_rng(42)
    n, m = (200, 12)
    dt = 1 / m
    Z = rng.standard_normal((n, m))
    S = np.full(n, S0)
    acc = 0
    for k in range(m):
        S = S * np.exp((r - sig**2 / 2) * dt + sig * np.sqrt(dt) * Z[:, k])
        acc = acc + S
    pay = np.maximum(acc / m - 100, 0)
    return np.exp(-r) * pay.mean()


def rseed():
    np.random.seed(3)


@program(np.array([100.0, 0.2]), np.array([105.0, 0.3]), reset=rseed)
def mc_barrier_loop(p):
    S0, sig = p
    tot = 0.0
    for i in range(20):
        s = S0
        mx = s
        for _ in range(10):
            s *= math.exp(-(sig**2) / 20 + sig * math.sqrt(0.1) * np.random.randn())
            mx = max(mx, s)
        tot += max(s - 95, 0.0) + 0.1 * mx
    return tot / 20


@program(np.array([100.0, 0.2, 0.05]), np.array([92.0, 0.4, 0.02]))
def american_put(p):
    S, sig, r = p
    n = 20
    T = 1.0
    K = 101.0
    dt = T / n
    u = np.exp(sig * np.sqrt(dt))
    d = 1 / u
    q = (np.exp(r * dt) - d) / (u - d)
    disc = np.exp(-r * dt)
    V = [max(K - S * u**j * d ** (n - j), 0) for j in range(n + 1)]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            cont = disc * (q * V[j + 1] + (1 - q) * V[j])
            V[j] = max(cont, K - S * u**j * d ** (i - j))
    return V[0]


@program(np.array([100.0, 0.2, 0.05]), np.array([92.0, 0.4, 0.02]))
def american_put_vec(p):
    S, sig, r = p
    n = 30
    K = 100.0
    dt = 1 / n
    u = np.exp(sig * np.sqrt(dt))
    q = (np.exp(r * dt) - 1 / u) / (u - 1 / u)
    j = np.arange(n + 1)
    V = np.maximum(K - S * u ** (2 * j - n), 0)
    for i in range(n - 1, -1, -1):
        V = np.exp(-r * dt) * (q * V[1:] + (1 - q) * V[:-1])
        V = np.maximum(V, K - S * u ** (2 * np.arange(i + 1) - i))
    return V[0]


@program(np.array([1.5, 0.04, 0.3, -0.7, 0.04]), np.array([2.0, 0.09, 0.5, -0.3, 0.05]))
def heston(p):
    kappa, theta, sigma, rho, v0 = p
    S, K, T, r = (100.0, 95.0, 1.0, 0.02)

    def phi(u):
        i = 1j
        d = np.sqrt((rho * sigma * i * u - kappa) ** 2 + sigma**2 * (i * u + u**2))
        g = (kappa - rho * sigma * i * u - d) / (kappa - rho * sigma * i * u + d)
        C = r * i * u * T + kappa * theta / sigma**2 * (
            (kappa - rho * sigma * i * u - d) * T - 2 * np.log((1 - g * np.exp(-d * T)) / (1 - g))
        )
        D = (
            (kappa - rho * sigma * i * u - d)
            / sigma**2
            * (1 - np.exp(-d * T))
            / (1 - g * np.exp(-d * T))
        )
        return np.exp(C + D * v0 + i * u * np.log(S))

    u = np.linspace(0.001, 60, 200)
    k = np.log(K)
    integrand = np.real(np.exp(-1j * u * k) * phi(u - 0.5j) / (u**2 + 0.25))
    return S - np.sqrt(S * K) / np.pi * np.exp(-r * T / 2) * np.trapezoid(integrand, u)


@program(np.array([0.2, 0.5, -0.3, 0.4]), np.array([0.3, 0.7, 0.1, 0.6]))
def sabr_fit(p):
    alpha, beta, rho, nu = p
    F, T = (100.0, 2.0)
    ks = np.array([80.0, 90, 100, 110, 120])
    mk = np.array([0.025, 0.023, 0.021, 0.0205, 0.021])
    out = []
    for K in ks:
        if abs(F - K) < 1e-12:
            v = (
                alpha
                / F ** (1 - beta)
                * (
                    1
                    + (
                        (1 - beta) ** 2 / 24 * alpha**2 / F ** (2 - 2 * beta)
                        + rho * beta * nu * alpha / 4 / F ** (1 - beta)
                        + (2 - 3 * rho**2) / 24 * nu**2
                    )
                    * T
                )
            )
        else:
            lm = math.log(F / K)
            fk = (F * K) ** ((1 - beta) / 2)
            z = nu / alpha * fk * lm
            x = math.log((math.sqrt(1 - 2 * rho * z + z * z) + z - rho) / (1 - rho))
            v = (
                alpha
                / (fk * (1 + (1 - beta) ** 2 / 24 * lm**2 + (1 - beta) ** 4 / 1920 * lm**4))
                * z
                / x
            )
        out.append(v)
    return np.sum((np.array(out) - mk) ** 2)


@program(np.array([0.01, 0.015, 0.02, 0.022]), np.array([0.03, 0.028, 0.025, 0.02]))
def bootstrap(par):
    dfs = []
    for n, c in enumerate(par, 1):
        z = 0.02
        for it in range(20):
            f = sum((c * d for d in dfs)) + (1 + c) * math.exp(-z * n) - 1
            fp = -n * (1 + c) * math.exp(-z * n)
            step = f / fp
            z -= step
            if abs(step) < 1e-14:
                break
        dfs.append(math.exp(-z * n))
    interp = np.interp([1.5, 2.5, 3.5], np.arange(1, 5), np.log(dfs))
    return np.exp(interp).sum()
