"""Loops that take steps of an iterator, which stay loops."""

from __future__ import annotations

import math

import numpy as np


def products(x, n):
    steps = iter(x)
    s = next(steps)
    for _ in range(n - 1):
        s = math.sin(s) * next(steps)
    return s


def until_there_is_none(x, n):
    steps, s = iter(x), 0.0
    while True:
        v = next(steps, None)
        if v is None:
            break
        s = s * 0.9 + v * v
    return s


def until_it_raises(x, n):
    steps, s = iter(x), 0.0
    try:
        while True:
            s = s * 0.9 + math.sin(next(steps))
    except StopIteration:
        s += x[0]
    return s


def of_a_range(x, n):
    steps, s = iter(range(3 * n)), 0.0
    for v in x:
        s = s * 0.9 + 0.01 * v * next(steps)
    return s + 0.01 * next(steps) * x[0]


def of_what_is_written_to(x, n):
    y = x.copy()
    steps, s = iter(y), 0.0
    for k in range(n - 1):
        y[k + 1] += y[k] * 0.1
        s = s * 0.9 + next(steps)
    return s


def now_and_then(x, n):
    steps, s = iter(x), 0.0
    for k in range(n):
        if x[k] > 0.9:
            s += next(steps) * k
        else:
            s = s * 0.9
    return s + next(steps, 0.5)


def by_two_names(x, n):
    steps = iter(x)
    same, s = steps, 0.0
    for k in range(n + 3):
        s = s * 0.9 + (next(same, 0.3) if k % 2 else next(steps, x[0]))
    return s


def handed_on(x, n):
    def some(steps, many):
        s = 0.1
        for _ in range(many):
            s = s * 0.8 + next(steps)
        return s

    steps = iter(x)
    return some(steps, n // 2) * some(steps, n - n // 2)


def anew_in_each(x, n):
    s = 0.0
    for _ in range(12):
        steps = iter(x)
        for _ in range(n // 2):
            s = s * 0.9 + next(steps) * next(steps, 0.5)
    return s


def of_rows(x, n):
    steps, s = iter(np.outer(x, x)), 0.0
    for _ in range(n):
        row = next(steps)
        s = s * 0.9 + row @ x
    return s


def pairs(x, n):
    steps, s = iter(x), 0.0
    for a, b in zip(steps, steps, strict=False):
        s = s * 0.9 + a * b
    return s


def gone_on_with(x, n):
    steps, s = iter(x), 0.0
    for v in steps:
        s += v
        if v > 0.7:
            break
    first = next(steps, 0.2)
    return s * first + sum(steps) + len(list(steps))


def of_a_generator(x, n):
    def numbers():
        for v in x:
            yield v * v

    steps, s = numbers(), 0.0
    for _ in range(n // 2):
        s = s * 0.9 + next(steps)
    return s + sum(steps)


STAYING = [
    products, until_there_is_none, until_it_raises, of_a_range, of_what_is_written_to,
    now_and_then, by_two_names, handed_on, anew_in_each,
]  # fmt: skip
UNROLLED = [of_rows, pairs, gone_on_with, of_a_generator]
