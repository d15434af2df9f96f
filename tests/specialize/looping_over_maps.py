"""Loops over what calls functions, counted and side by side, which stay loops."""

from __future__ import annotations

import math
import operator


def numbers(n):
    for k in range(n):
        yield 0.1 * k


def counted(x, n):
    s = 0.0
    for k, v in enumerate(map(math.sin, x)):
        s = s * 0.9 + k * v
    return s


def side_by_side(x, n):
    s = 0.0
    for a, b in zip(map(math.sin, x), map(math.cos, x)):
        s = s * 0.9 + a * b
    return s


def beside_what_is_given(x, n):
    def whole(values, others):
        s = 0.0
        for p, q in zip(map(math.sin, values), others):
            s = s * 0.9 + p * q
        return s

    return whole(x, x) + whole(x, range(n))


def counted_side_by_side(x, n):
    s = 0.0
    for k, (a, b) in enumerate(zip(x, map(math.cos, x)), 2):
        s = s * 0.9 + k * a * b
    return s


def upon_each_other(x, n):
    s = 0.0
    for v in map(math.cos, map(math.sin, x)):
        s = s * 0.9 + v
    return s


def with_stars(x, n):
    s = 0.0
    for v in map(operator.mul, map(math.sin, x), x):
        s = s * 0.9 + v
    return s


def in_comprehensions(x, n):
    return sum([a * b for a, b in zip(map(math.sin, x), x)]) + sum(
        k * v for k, v in enumerate(map(math.cos, x))
    )


def left_early(x, n):
    s = 0.0
    for a, b in zip(map(math.sqrt, x), x, strict=True):
        s = s * 0.9 + a * b
        if s > 11.3:
            break
    else:
        s += x[0]
    return s


def of_what_the_function_changes(x, n):
    # `map` asks its function before `zip` reads what goes beside it.
    y = x.copy()
    place = [0]

    def changed(v):
        y[place[0]] = v * 2
        place[0] += 1
        return v * v

    s = 0.0
    for a, b in zip(map(changed, x), y):
        s = s * 0.9 + a * b
    return s


def of_another_length(x, n):
    # The function is called once more than there are pairs.
    calls = 0.0

    def seen(v):
        nonlocal calls
        calls += v
        return v * v

    s = 0.0
    for a, b in zip(map(seen, x), x[2:]):
        s = s * 0.9 + a * b
    return s * calls


def beside_a_generator(x, n):
    s = 0.0
    for a, b in zip(numbers(n), map(math.sin, x)):
        s = s * 0.9 + a * b
    for b, a in zip(map(math.cos, x), numbers(n + 3)):
        s = s * 0.9 + a * b
    return s


def left_out(x, n):
    s = 0.0
    for k, v in enumerate(filter(lambda v: v > 0.77, map(math.sin, x))):
        s += k * v
    return s


def gone_on_with(x, n):
    s = 0.0
    pairs = enumerate(map(math.sin, x))
    for k, v in pairs:
        s += k * v
        if k > 3:
            break
    for _, v in pairs:
        s += v * v
    return s


STAYING = [
    counted, side_by_side, beside_what_is_given, counted_side_by_side, upon_each_other,
    with_stars, in_comprehensions, left_early, of_what_the_function_changes,
]  # fmt: skip
UNROLLED = [of_another_length, beside_a_generator, left_out, gone_on_with]
