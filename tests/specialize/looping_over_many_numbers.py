"""Functions that make one number or a list of many: `max`, `reduce`, `sum` of a `map`."""

# ruff: noqa: C417, RUF058

from __future__ import annotations

import functools
import itertools
import math
import operator

import numpy as np


def chained_with_lists(x, n):
    s = 0.0
    for v in itertools.chain([1.0], x, [2.0, 3.0]):
        s = s * 0.9 + v**2
    return s


def chained_of_a_list(x, n):
    s = 0.0
    for v in itertools.chain.from_iterable([x, x * 2]):
        s = s * 0.9 + v**2
    return s


def largest_of_generator(x, n):
    return max(v**2 - v for v in x)


def largest_and_smallest(x, n):
    return max(x[i] * math.sin(i) for i in range(n)) + min(x[i] * math.cos(i) for i in range(n))


def largest_of_list(x, n):
    v = [x[i] * math.sin(3 * i) for i in range(n)]
    return max(v) - 0.5 * min(v)


def largest_of_array(x, n):
    return max(x) - 0.5 * min(x)


def reduced(x, n):
    return functools.reduce(lambda a, b: a * 0.9 + b * b, x)


def reduced_from(x, n):
    return functools.reduce(lambda a, b: a * 0.9 + b * b, x, 1.0)


def reduced_to_product(x, n):
    return functools.reduce(operator.mul, x)


def reduced_over_range(x, n):
    return functools.reduce(lambda a, i: a * 0.9 + x[i], range(n), 1.0)


def reduced_list(x, n):
    def step(a, b):
        return math.sin(a) + b

    return functools.reduce(step, [x[i] for i in range(n)])


def sum_of_map(x, n):
    return sum(map(lambda v: v**2, x))


def sum_of_sines(x, n):
    return sum(map(math.sin, x))


def list_of_map(x, n):
    v = list(map(lambda v: v**2, x))
    s = 0.0
    for a in v:
        s = s * 0.9 + a
    return s


def product_of_generator(x, n):
    return math.prod(v for v in x)


def product_of_list(x, n):
    return math.prod([v * 1.1 for v in x])


def product_of_array(x, n):
    return math.prod(x)


def sum_of_starmap(x, n):
    return sum(itertools.starmap(lambda a, b: a * b, zip(x, range(n))))


def reduced_twice(x, n):
    k = 0.5

    def f(a, b):
        return a * k + b

    t = functools.reduce(f, x)
    k = 0.25
    return t + functools.reduce(f, x, 2.0)


def reduced_pair(x, n):
    a, b = functools.reduce(lambda t, v: (t[1], t[0] * 0.5 + v), x, (0.0, 1.0))
    return a * b


def largest_of_rows(x, n):
    s = 0.0
    A = np.outer(x, x)
    for i in range(n):
        s = s * 0.9 + max(A[i]) - min(A[i, :])
    return s


def largest_integer(x, n):
    return max(i % 7 for i in range(n)) * x[0]


def sum_of_rows(x, n):
    return np.sum(sum(np.outer(x, x[:3])) ** 2)


def sum_of_filter(x, n):
    return sum(filter(lambda v: v > 0.8, x))


def exact_sum(x, n):
    return math.fsum(v * v for v in x)


def largest_by_key(x, n):
    k = max(range(n), key=lambda i: x[i])
    return x[k] ** 2


def reduced_with_effects(x, n):
    seen = []

    def f(a, b):
        seen.append(b)
        return a * 0.5 + b

    return functools.reduce(f, x) + sum(seen) * 0.1


def largest_of_mixed(x, n):
    return max([1] + [a * a for a in x])


def largest_or_default(x, n):
    return max((a for a in x if a > 0.5), default=0.0)


def sums_from_a_start(x, n):
    return sum(x, 1.5) + sum(map(math.exp, x), 2.0)


def list_of_lists(x, n):
    v = list(map(lambda a: [a, a * 2], x))
    return sum(p[0] * p[1] for p in v)


def list_of_map_that_grows(x, n):
    v = list(map(math.sin, x))
    v.append(x[0])
    v[2] = v[3] * 2
    return sum(v) + len(v) + max(v)


def sum_of_its_own(x, n):
    sum = lambda it: len(list(it)) * 1.0
    return sum(map(math.sin, x)) * x[0]


def nearest_by_key(x, n):
    k = min(range(n), key=lambda i: abs(x[i] - 0.8))
    return x[k] ** 2 * k


def largest_of_list_by_key(x, n):
    v = [a * a for a in x]
    return max(v, key=lambda t: math.sin(5 * t)) + min(v, key=lambda t: -t)


def largest_by_two_keys(x, n):
    return x[max(range(n), key=lambda i: (i % 3, x[i]))]


def first_of_those_that_tie(x, n):
    y = np.round(x, 1)
    return x[max(range(n), key=lambda i: y[i])] + 2 * x[min(range(n), key=lambda i: y[i])]


def largest_by_key_in_a_loop(x, n):
    s = 0.0
    for j in range(n):
        k = max(range(n), key=lambda i: math.sin(x[i] * (j + 1)))
        s = s * 0.9 + x[k]
    return s


def largest_by_a_key_that_counts(x, n):
    c = 0

    def key(i):
        nonlocal c
        c += 1
        return x[i]

    return x[max(range(n), key=key)] * c


def largest_of_those_left(x, n):
    return (
        max((v * v for v in x), default=0.0)
        + min(x, default=x[0])
        + max((v * v for v in x if v > 5.0), default=-1.0) * x[1]
        + max([v * x[0] for v in x], default=2.0)
        + max(x, key=lambda v: v * (2.2 - v), default=0.0)
    )


def largest_of_a_few(x, n):
    few = [v for v in x if v > 1.25]
    return max([v * v for v in few], default=x[0]) + max(few, default=2.0)


STAYING = [
    largest_of_those_left,
    largest_or_default,
    largest_by_key,
    nearest_by_key,
    largest_of_list_by_key,
    largest_by_two_keys,
    first_of_those_that_tie,
    largest_by_key_in_a_loop,
    chained_with_lists,
    chained_of_a_list,
    largest_of_generator,
    largest_and_smallest,
    largest_of_list,
    largest_of_array,
    reduced,
    reduced_from,
    reduced_to_product,
    reduced_over_range,
    reduced_list,
    sum_of_map,
    sum_of_sines,
    list_of_map,
    product_of_generator,
    product_of_list,
    product_of_array,
    sum_of_starmap,
    reduced_twice,
    reduced_pair,
    largest_of_rows,
    largest_integer,
    sum_of_rows,
]
UNROLLED = [
    largest_of_a_few,
    largest_by_a_key_that_counts,
    sum_of_filter,
    exact_sum,
    reduced_with_effects,
    largest_of_mixed,
    sums_from_a_start,
    list_of_lists,
    list_of_map_that_grows,
    sum_of_its_own,
]
