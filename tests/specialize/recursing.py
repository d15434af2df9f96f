"""Functions that call themselves, of a number and a depth."""

from __future__ import annotations

import functools
import math

import numpy as np


def tail_(x, n):
    if n == 0:
        return x
    return tail_(0.99 * x + 0.01 * math.sin(x), n - 1)


def expression_(x, n):
    return x if n <= 0 else expression_(x * 0.9 + 0.1, n - 1)


def power_(x, n):
    if n == 0:
        return 1.0
    return x * power_(x, n - 1)


def fraction_(x, n):
    return 1.0 if n == 0 else n + x / fraction_(x, n - 1)


def factors_(x, n):
    if n == 0:
        return x
    return (n * 0.1) * factors_(math.sin(x), n - 1)


def after_the_call_(x, n):
    if n == 0:
        return x
    y = 0.9 * x + 0.05
    r = after_the_call_(y, n - 1)
    if r > 0.4:
        r = r * 0.9
    return r * y + math.sin(r) / n


def pair(x, n):
    if n == 0:
        return 0.0, x
    a, b = pair(x, n - 1)
    return b, 0.5 * (a + b)


def tuples_(x, n):
    return sum(pair(x, n))


def two_ways_(x, n):
    if n <= 1:
        return x
    if n % 3 == 0:
        return 0.9 * two_ways_(x, n - 2) + x
    return math.sin(two_ways_(x * 0.99, n - 1)) * x


def halving_(x, n):
    def root(low, high, k):
        middle = 0.5 * (low + high)
        if k == 0:
            return middle * x
        if k % 3 == 1:
            return root(low, middle, k - 1)
        return root(middle, high, k - 1)

    return root(x * 0.1, x * x + 3.0, n)


def until_it_settles_(x, n):
    def root(a, guess):
        new = 0.5 * (guess + a / guess)
        return new if abs(new - guess) < 1e-13 else root(a, new)

    return root(x * n + 0.3, 1.0)


def filled_(x, n):
    y = np.zeros(32)

    def fill(k):
        if k > n:
            return
        y[k] = x * k + y[k - 1] * 0.5
        fill(k + 1)

    fill(1)
    return np.sum(y * y)


def read_(x, n):
    c = np.linspace(0.1, 1.0, 32) * x

    def horner(k):
        return c[k] if k == n else c[k] + x * horner(k + 1)

    return horner(0)


def by_name_(x, n, *, scale=0.5):
    if n == 0:
        return x * scale
    t = 0.1 * n
    return t + 0.9 * by_name_(n=n - 1, scale=scale, x=x * 0.95)


ROLLED = [v for k, v in dict(vars()).items() if k.endswith("_") and not k.startswith("_")]


@functools.cache
def cached_(x, n):
    return x if n == 0 else cached_(x * 0.9, n - 1)


def doubled(function):
    @functools.wraps(function)
    def inner(*args):
        return 2.0 * function(*args)

    return inner


@doubled
def decorated_(x, n):
    return x if n == 0 else decorated_(x * 0.45, n - 1)


def with_a_default_(x, n, scale=0.5):
    if n == 0:
        return x * scale
    return with_a_default_(x * 0.9, n - 1)


def effects_in_order_(x, n):
    log = []

    def go(y, k):
        log.append(k)
        if k == 0:
            return y
        r = go(y * 0.9, k - 1) + 0.1
        log.append(-k)
        return r

    return go(x, n) + sum(v * (k + 1) for k, v in enumerate(log)) * x


def kept_functions_(x, n):
    held = []

    def go(y, k):
        held.append(lambda: y)
        return y if k == 0 else go(y * 0.9, k - 1)

    return go(x, n) + sum(f() for f in held)


def unbound_in_another_call_(x, n):
    def go(y, k):
        if k == 7:
            t = y
        if k == 0:
            try:
                return t
            except UnboundLocalError:
                return y
        return go(y * 0.9, k - 1)

    return go(x, n)


def tree_(x, n):
    def go(low, high, k):
        middle = 0.5 * (low + high)
        if k == 0:
            return math.sin(middle * x) * (high - low)
        return go(low, middle, k - 1) + go(middle, high, k - 1)

    return go(0.0, 1.0, n % 4)


def whole_numbers_and_others_(x, n):
    def go(y, a, k):
        if k == 0:
            return y
        return a * 0.5 + go(y * 0.9, a + 0.5 if k == 9 else a + 1, k - 1) * a

    return go(x, 1, n)


def a_float_that_counts_(x, n):
    def go(y, k):
        return y if k < 0.3 else k * 0.1 + go(y * 0.9, k - 1)

    return go(x, n * 0.7)


def large_numbers_(x, n):
    def go(y, a, k):
        return y if k == 0 else go(y * 0.9, 3 * a, k - 1) + (a % 7) * y

    return go(x, 1, n + 40)


def arrays_(x, n):
    def go(y, k):
        if k == 0:
            return y
        z = y * 0.9 + x
        return go(z, k - 1) + 0.1 * z

    return np.sum(go(np.linspace(0.1, 1.0, 4), n))


def rebound_inside_(x, n):
    def go(y, k):
        return y if k == 0 else go(y * 0.9, k - 1)

    first = go

    def go(y, k):
        return y + 1 if k == 0 else first(y * 0.8, k - 1)

    return go(x, n)


def changes_a_variable_(x, n):
    scale = 1.0

    def change():
        nonlocal scale
        scale = scale * 0.9

    def go(y, k):
        if k == 0:
            return y
        change()
        return scale * y + go(y * 0.9, k - 1) * scale

    return go(x, n)


def returns_from_a_loop_(x, n):
    def go(y, k):
        for j in range(4):
            if j + y > 2.5:
                return y
        if k == 0:
            return y
        return 0.5 + go(y + 0.1, k - 1) * x

    return go(x, n)


def in_try_(x, n):
    def go(y, k):
        try:
            if k == 0:
                return math.sqrt(y - 0.2)
            return go(y * 0.97, k - 1)
        except ValueError:
            return y * 2

    return go(x, n)


def mutual_(x, n):
    def even(y, k):
        return y if k == 0 else odd(y * 0.9, k - 1)

    def odd(y, k):
        return 2 * y if k == 0 else even(y * 0.8, k - 1)

    return even(x, n)


EITHER = [
    v
    for k, v in dict(vars()).items()
    if k.endswith("_") and not k.startswith("_") and v not in ROLLED
]
