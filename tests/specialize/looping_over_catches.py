"""Functions with loops in and around which exceptions may be caught, of a number and a count."""

# ruff: noqa: B007

from __future__ import annotations

import math


def never_inside_(x, n):
    t = 0.0
    for k in range(n):
        try:
            t += x / (k + 1)
        except ZeroDivisionError:
            t += 1.0
    return t


def never_around_(x, n):
    t = 0.0
    try:
        for k in range(n):
            t += math.sqrt(x + k) if k % 3 else x
    except (ValueError, OverflowError):
        return x
    return t


def ratio(a, b):
    try:
        return a / b
    except ZeroDivisionError:
        return 0.0


def never_in_a_function_(x, n):
    t = 0.0
    k = 0
    while k < n:
        t += ratio(x, k + 0.5) if t < 3.0 else ratio(x, 2.0 * k + 1)
        k += 1
    return t


def leaves_the_loop_(x, n):
    t = 0.0
    for k in range(n):
        try:
            if k % 5 == 4:
                continue
            if t > 4.0:
                break
            v = math.log(x + k)
        except ValueError:
            v = 0.0
        else:
            t += 0.1
        t += v * x
    return t


ROLLED = [v for k, v in dict(vars()).items() if k.endswith("_") and not k.startswith("_")]


def sometimes_(x, n):
    t = 0.0
    for k in range(n):
        try:
            t += x / (k - 9)
        except ZeroDivisionError as error:
            t += len(str(error)) * 0.0 + 3 * x
    return t


def for_nobody_(x, n):
    t = 0.0
    for k in range(n):
        try:
            1 / (k - 9)
            math.sqrt(x * (14.5 - k))
        except ZeroDivisionError:
            t += 10 * x
        except ValueError:
            t += 2 * x
        t += x * k
    return t


def ends_the_loop_(x, n):
    t = 0.0
    values = [x, 2 * x, 3 * x] * 5
    try:
        for k in range(n):
            t += values[k] * (k + 1)
    except IndexError:
        t += 100 * x
    return t


def one_way_alone_(x, n):
    t = x
    for k in range(n):
        try:
            if k % 4 == 3:
                t += math.log(x - 0.3) + math.sqrt(12.5 - k)
            else:
                t += 0.3 * x
        except ValueError:
            t = t * 0.5
    return t


def one_way_around_(x, n):
    t = x
    try:
        for k in range(n):
            if k % 4 == 3:
                t += math.sqrt(t - 0.2) / (k - 15)
            else:
                t += 0.3 * x
    except ZeroDivisionError:
        return t * x
    return t


def raised_by_itself_(x, n):
    t, lost = 0.0, 0
    for k in range(n):
        try:
            if t > 2.5:
                raise OverflowError(t)
            t += 0.3 * x + 0.1
        except OverflowError as error:
            t = error.args[0] * 0.25
            lost += 1
    return t + lost * x


def returns_from_a_handler_(x, n):
    t = 0.0
    for k in range(n):
        try:
            t += math.exp(x * k) / (16 - k)
        except ZeroDivisionError:
            return t * 2
    return t


def within_each_other_(x, n):
    t = 0.0
    for k in range(n):
        try:
            try:
                t += x / (k - 4)
            except ZeroDivisionError:
                t += math.sqrt(3.5 - k) * x
        except ValueError:
            t -= x
    return t


def for_others_that_iterate_(x, n):
    def steps(v):
        for k in range(n):
            v = v * 0.9 + 0.1
            yield v / (k - 12) if k > 10 else v

    t = 0.0
    try:
        for v in steps(x):
            t += v
    except ZeroDivisionError:
        t = t * 3
    for v in (v * 2 for v in [x] * n):
        try:
            t += 1 / (t - v)
        except ZeroDivisionError:
            t += 1
    return t


def keys_(x, n):
    known = {0: x, 3: 2 * x, 20: 0.5}
    t = 0.0
    for k in range(n):
        try:
            t += known[k]
        except KeyError:
            t = 0.9 * t
    return t


EITHER = [
    v
    for k, v in dict(vars()).items()
    if k.endswith("_") and not k.startswith("_") and v not in ROLLED
]
