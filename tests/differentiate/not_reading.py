"""Functions that compute what may raise, and read it nowhere, or in no derivative."""

# ruff: noqa: B015, F841

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

NUMBERS = [1.0, 2.0, 3.0, 4.0, 5.0]
NAMED = {1: 1.0, 2: 2.0, 3: 3.0}

# -- nobody reads it


def quotient(x, k):
    z = 1 / (k - 3)
    return x * x


def bare_quotient(x, k):
    1 / (k - 3)
    return x * x


def of_the_variable(x, k):
    z = k / (x - 3.0)
    return x * x


def of_a_quotient(x, k):
    z = 1 / (k - 3)
    y = math.exp(-z * z) + 1.0
    return x * x


def logarithm(x, k):
    z = math.log(k - 3)
    return x * x


def bare_logarithm(x, k):
    math.log(x - 1.0 - 0.1 * k)
    return x * x


def root(x, k):
    z = math.sqrt(x - k)
    return x * x


def arc(x, k):
    z = math.asin(x - k)
    return x * x


def exponential(x, k):
    z = math.exp(k * 200.0)
    return x * x


def large_power(x, k):
    z = 10.0 ** (k * 100)
    return x * x


def power_of_zero(x, k):
    z = 0.0 ** (k - 3)
    return x * x


def power_of_whole_numbers(x, k):
    z = (0 * k) ** (k - 3)
    return x * x


def remainder(x, k):
    z = x % (k - 3)
    return x * x


def whole_quotient(x, k):
    z = 7 // (k - 3)
    return x * x


def both(x, k):
    divmod(7, k - 3)
    return x * x


def rounded(x, k):
    z = int(1e300 * 10.0 ** (k * 2))
    return x * x


def item(x, k):
    z = NUMBERS[k]
    return x * x


def named(x, k):
    z = NAMED[k]
    return x * x


def in_a_list(x, k):
    z = [x * x, 1 / (k - 3)]
    return z[0]


def handed_on(x, k):
    def first(a, b):
        return a * a

    return first(x, 1 / (k - 3))


def compared(x, k):
    1 / (k - 3) > 2
    return x * x


def before_a_try(x, k):
    z = 1 / (k - 3)
    try:
        1 / (k - 2)
    except ZeroDivisionError:
        return 3.0 * x
    return x * x


def in_arms(x, k):
    if x > 2:
        z = 1 / (k - 3)
    else:
        z = 1 / (k - 2)
    return x * x


def in_one_arm(x, k):
    if k > 2:
        1 / (k - 3)
    return x * x


# -- no derivative reads it


def summand(x, k):
    return x * x + 1 / (k - 3)


def summand_by_name(x, k):
    c = 1 / (k - 3)
    d = 2.0 * c + 1.0
    return x * x - d


def all_there_is(x, k):
    return 1 / (k - 3)


def beside_a_remainder(x, k):
    return x % (k - 3) + x * x


def beside_a_floor(x, k):
    return x * x + math.floor(x / (k - 3))


def root_of_a_floor(x, k):
    return x * x + math.sqrt((k - 3) // (0.1 + x))


def root_of_a_floor_by_name(x, k):
    t = math.floor((k - 3) * x + 0.3) * 1.0
    return x * x + 1 / t


def factor(x, k):
    return x * (1 / (k - 3))


def quotient_of_x(x, k):
    return x / (k - 3) + x * x


# -- in loops


def invariant(x, k):
    s = x
    for _ in range(40):
        z = 1 / (k - 3)
        s = s * 0.99 + x
    return s


def passing(x, k):
    s = x
    for i in range(40):
        z = 1 / (k - i)
        s = s * 0.99 + x
    return s


def roots(x, k):
    s = x
    for i in range(40):
        math.sqrt(x - i / 20)
        s = s * 0.99 + x
    return s


def summands(x, k):
    s = 0.0
    for i in range(40):
        s = s + x * x + 1 / (k - i)
    return s


def inverse_floors(x, k):
    s = 0.0
    for i in range(40):
        t = (x * i - k + 0.3) // 1.0
        s = s + x * x + 1 / t
    return s


def factors(x, k):
    s = 0.0
    for i in range(40):
        c = 1 / (k - i)
        s = s + x * x * c
    return s


def in_arms_of_a_loop(x, k):
    s = 0.0
    for i in range(40):
        if i % 2 == 0:
            1 / (k - i)
        s = s + x * x
    return s


def items(x, k):
    s = x
    for i in range(k):
        z = NUMBERS[i]
        s = s * x
    return s


def summed_items(x, k):
    s = 0.0
    for i in range(k):
        s = s + x + NUMBERS[i]
    return s


def nested(x, k):
    s = 0.0
    for i in range(12):
        for j in range(4):
            z = 1 / (k - i - j)
            s = s + x * x
    return s


def until(x, k):
    i, s = 0, x
    while i < 3:
        z = 1 / (k - i - 1)
        i += 1
        s = s * x
    return s


def perhaps_not_at_all(x, k):
    s = x
    for _ in range(k - 3):
        h = 1 / (k - 4)
        s = s * x
    return s


def recursive(x, k):
    def go(n, a):
        if n == 0:
            return a
        z = 1 / (k - n)
        return go(n - 1, a * x)

    return go(4, x)


ALL: list[Callable[..., Any]] = [
    value
    for value in list(globals().values())
    if callable(value) and getattr(value, "__module__", None) == __name__
]
