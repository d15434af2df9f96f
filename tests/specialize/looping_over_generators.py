"""Functions with loops over generators, of a number and a count."""

# ruff: noqa: B007

from __future__ import annotations

import math

import numpy as np


def damped(x, n):
    for k in range(n):
        x = x * 0.99 + math.sin(x) * 0.1
        yield x


def endless(x):
    while True:
        yield x
        x = x * 0.9 + 0.01


def squares_of(x, n):
    for v in damped(x, n):
        yield v * v


def falling(x):
    while x > 0.01:
        yield x
        x = x * 0.7


def both(x, n):
    yield x
    yield from damped(x, n)
    yield from damped(x * 0.5, n)


class Model:
    def __init__(self, rate):
        self.rate = rate

    def steps(self, x, n):
        for k in range(n):
            self.rate = self.rate * 0.99
            x = x + self.rate * math.sin(x)
            yield k, x


def inner_(x, n):
    def steps(x):
        for k in range(n):
            x = x * 0.99 + math.sin(x) * 0.1
            yield x

    t = 0.0
    for v in steps(x):
        t += v * v
    return t


def outer_(x, n):
    t = 0.0
    for v in damped(x, n):
        t += v * v
    return t


def method_(x, n):
    model = Model(0.3)
    t = 0.0
    for k, v in model.steps(x, n):
        t = t * 0.9 + v * k
    return t + model.rate


def enumerated_(x, n):
    t = 0.0
    for k, v in enumerate(damped(x, n), 1):
        t += v / k
    return t


def enumerated_by_name_(x, n):
    t = 0.0
    for k, v in enumerate(damped(x, n), start=n):
        t += v / (k + 1)
    return t


def nested_(x, n):
    t = 0.0
    for v in squares_of(x, n):
        t += v
    return t


def yield_from_(x, n):
    t = 0.0
    for v in both(x, n):
        t += math.sin(v)
    return t


def break_(x, n):
    t = 0.0
    for v in damped(x, n):
        if t > 3.0:
            break
        t += v
    else:
        t += 10.0
    return t


def continue_(x, n):
    t, odd = 0.0, 0
    for k, v in enumerate(damped(x, n)):
        if k % 3 == 1:
            odd += 1
            continue
        t += v
    return t + odd


def return_(x, n):
    t = 0.0
    for v in damped(x, n):
        t += v
        if t > 4.0:
            return t * 2
    return t


def with_state_(x, n):
    s = {"t": 0.0, "last": x}
    for v in damped(x, n):
        s["t"] += v * s["last"]
        s["last"] = v
    return s["t"]


def pair_(x, n):
    pair = (x, 0.0)
    for v in damped(x, n):
        pair = (pair[1] + v, pair[0] * 0.5)
    return pair[0] + pair[1]


def target_after_(x, n):
    v = x
    for v in damped(x, n):
        pass
    return v


def loop_inside_(x, n):
    t = 0.0
    for v in damped(x, n):
        for j in range(n):
            t = t * 0.99 + v
    return t


def inside_loop_(x, n):
    t = 0.0
    for k in range(n):
        for v in damped(x + 0.01 * k, n):
            t = t * 0.99 + v
    return t


def kept_in_a_name_(x, n):
    values = damped(x, n)
    t = 0.0
    for v in values:
        t += v * v
    return t


def doubled(source):
    for v in source:
        yield 2 * v
        yield v * v


def total(source, factor):
    t = 0.0
    for k, v in enumerate(source, 1):
        if t > 6.0:
            return t
        t += factor * v / k
    return t


def handed_to_functions_(x, n):
    return total(damped(x, n), 0.5) + total(factor=x, source=doubled(damped(x, n)))


def summed_(x, n):
    return sum(damped(x, n)) + sum(v * v for v in damped(x, n))


def beside_a_range_(x, n):
    t = 0.0
    for k, v in zip(range(2, n), endless(x)):
        t += k * v
    return t


def before_a_range_(x, n):
    t = 0.0
    for v, k in zip(damped(x, 25), range(n), strict=False):
        t += k * v
    else:
        t += 0.5
    return t


def between_arrays_(x, n):
    a = np.linspace(0.1, 1.0, 40) * x
    t = 0.0
    for u, v, w in zip(a, damped(x, n), a[::-1]):
        if v > 2.5:
            continue
        t += u * v - w
    return t


class Cooling:
    def __init__(self, x, n):
        self.x, self.n = x, n

    def __iter__(self):
        v = self.x
        for k in range(self.n):
            v = 0.9 * v + 0.1 * math.sin(v)
            yield v


def an_object_that_iterates_(x, n):
    t = 0.0
    for v in Cooling(x, n):
        t = 0.5 * t + v
    return t


ROLLED = [v for k, v in dict(vars()).items() if k.endswith("_") and not k.startswith("_")]
