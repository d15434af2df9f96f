"""Functions of one vector, short and long, and of twenty arrays in a dict."""

from __future__ import annotations

import math

import numpy as np

from .workload import Workload

ROOT_2 = math.sqrt(2.0)
ROOT_8 = math.sqrt(8.0)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_by_hand(x):
    inner = x[:-1]
    step = inner * inner
    np.subtract(x[1:], step, out=step)
    bar = np.empty(len(x))
    bar[-1] = 0.0
    first = bar[:-1]
    np.multiply(inner, step, out=first)
    first *= -400.0
    rest = inner - 1.0
    rest *= 2.0
    first += rest
    step *= 200.0
    bar[1:] += step
    return bar


def helmholtz(x, a, b, t):
    mixed = np.dot(b, x)
    ideal = t * np.sum(x * np.log(x / (1.0 - mixed)))
    quotient = np.dot(x, a @ x) / (ROOT_8 * mixed)
    return ideal - quotient * np.log(
        (1.0 + (1.0 + ROOT_2) * mixed) / (1.0 + (1.0 - ROOT_2) * mixed)
    )


def helmholtz_by_hand(x, a, b, t):
    mixed = float(b @ x)
    left = 1.0 - mixed
    more, less = 1.0 + ROOT_2, 1.0 - ROOT_2
    upper, lower = 1.0 + more * mixed, 1.0 + less * mixed
    log = math.log(upper / lower)
    product = a @ x
    quotient = float(x @ product) / (ROOT_8 * mixed)
    slope = t * float(x.sum()) / left
    slope += quotient * (log / mixed - more / upper + less / lower)
    bar = x / left
    np.log(bar, out=bar)
    bar += 1.0
    bar *= t
    bar += slope * b
    product += x @ a
    product *= log / (ROOT_8 * mixed)
    bar -= product
    return bar


def squared(x):
    return 2 * np.dot(x, x)


def squared_by_hand(x):
    return 4.0 * x


def chain(x):
    t = np.tanh(x)
    u = np.exp(t + 1.0)
    v = np.sin(u) * x
    return np.sum(v / (1.0 + t * t))


def chain_by_hand(x):
    t = np.tanh(x)
    u = t + 1.0
    np.exp(u, out=u)
    sine = np.sin(u)
    square = t * t
    quotient = 1.0 + square
    np.reciprocal(quotient, out=quotient)
    bar = sine * quotient
    # By t: x*u*cos(u)/(1 + t*t) - 2*t*x*sin(u)/(1 + t*t)**2
    cosine = np.cos(u)
    cosine *= u
    cosine *= quotient
    t *= quotient
    t *= bar
    t *= 2.0
    cosine -= t
    cosine *= x
    np.subtract(1.0, square, out=square)
    cosine *= square
    bar += cosine
    return bar


def penalty(parameters):
    total = 0.0
    for name in parameters:
        total = total + np.sum(parameters[name] ** 2)
    return total


def penalty_by_hand(parameters):
    return {name: 2.0 * value for name, value in parameters.items()}


def start(n):
    return np.sin(np.arange(1.0, n + 1.0))


def mixture(n):
    """A mixture of n liquids, for the free energy of Helmholtz."""
    shares = (1.5 + start(n)) / (4.0 * n)
    energies = np.cos(np.arange(float(n * n))).reshape(n, n)
    return shares, energies, 0.5 + 0.1 * start(n), 1.3


def twenty():
    return ({f"w{k}": start(10 * k + 10) for k in range(20)},)


def logsumexp(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def logsumexp_by_hand(x):
    bar = x - x.max()
    np.exp(bar, out=bar)
    bar *= 1.0 / bar.sum()
    return bar


WORKLOADS = [
    *(
        Workload(f"Rosenbrock {n:,}", rosenbrock, lambda n=n: (start(n),), rosenbrock_by_hand)
        for n in (2, 10, 1000, 100_000)
    ),
    *(
        Workload(f"Helmholtz {n}", helmholtz, lambda n=n: mixture(n), helmholtz_by_hand)
        for n in (20, 100)
    ),
    *(
        Workload(f"2*dot(x, x) {n:,}", squared, lambda n=n: (start(n),), squared_by_hand)
        for n in (4, 10**6)
    ),
    Workload("elementwise chain 10^6", chain, lambda: (start(10**6),), chain_by_hand),
    Workload("20 arrays in a dict", penalty, twenty, penalty_by_hand),
    Workload("log-sum-exp 10^4", logsumexp, lambda: (start(10**4),), logsumexp_by_hand),
]
