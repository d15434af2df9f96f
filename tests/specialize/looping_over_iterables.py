"""Functions that go through what `map`, `chain`, `max` and the like are given, of a vector."""

# ruff: noqa: C417, RUF058, SIM113

from __future__ import annotations

import functools
import itertools
import math
import operator

import numpy as np


def chained(x, n):
    s = 0.0
    for v in itertools.chain(x, x[::-1]):
        s = s * 0.9 + v**2
    return s


def chained_with_lists(x, n):
    s = 0.0
    for v in itertools.chain([1.0], x, [2.0, 3.0]):
        s = s * 0.9 + v**2
    return s


def chained_ranges(x, n):
    s = 0.0
    for i in itertools.chain(range(n), range(n - 1, -1, -1)):
        s = s * 0.9 + x[i] * i
    return s


def chained_of_a_list(x, n):
    s = 0.0
    for v in itertools.chain.from_iterable([x, x * 2]):
        s = s * 0.9 + v**2
    return s


def pairs_of_places(x, n):
    s = 0.0
    for i, j in itertools.combinations(range(n), 2):
        s = s * 0.99 + x[i] * x[j]
    return s


def pairs(x, n):
    s = 0.0
    for a, b in itertools.combinations(x, 2):
        s = s * 0.99 + a * b
    return s


def ordered_pairs(x, n):
    s = 0.0
    for i, j in itertools.permutations(range(n), 2):
        s = s * 0.99 + x[i] * x[j]
    return s


def pairs_with_repetition(x, n):
    s = 0.0
    for i, j in itertools.combinations_with_replacement(range(n), 2):
        s = s * 0.99 + x[i] * x[j]
    return s


def starred(x, n):
    s = 0.0
    A = np.outer(x, x[:3])
    for a, *rest in A:
        s = s * 0.9 + a * rest[0] + rest[1]
    return s


def starred_sum(x, n):
    s = 0.0
    A = np.outer(x, x[:4])
    for a, *rest in A:
        s = s * 0.9 + a * sum(rest)
    return s


def starred_neighbours(x, n):
    s = 0.0
    for a, *rest in zip(x, x[1:], x[2:]):
        s = s * 0.9 + a * rest[0] + rest[1]
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


def mapped(x, n):
    s = 0.0
    for v in map(lambda v: v**2, x):
        s = s * 0.9 + v
    return s


def mapped_together(x, n):
    s = 0.0
    for v in map(lambda a, b: a * b, x, range(n)):
        s = s * 0.9 + v
    return s


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


def map_that_reads_a_name(x, n):
    k = 1.0
    s = 0.0
    for v in map(lambda a: a * k, x):
        s = s + v
        k = k * 0.9
    return s


def map_left(x, n):
    s = 0.0
    for v in map(math.sin, x):
        s = s + v
        if s > 9.0:
            break
    return s + v


def map_and_its_last(x, n):
    s = 0.0
    for v in map(math.sin, x):
        s = s + v
    return s * v


def map_over_what_changes(x, n):
    y = x.copy()
    s = 0.0
    i = 0
    for v in map(lambda a: a * 2, y):
        if i + 1 < n:
            y[i + 1] = y[i + 1] + v * 0.1
        i += 1
        s += v
    return s


def maps_within(x, n):
    s = 0.0
    for a in map(math.sin, x):
        for b in map(lambda t: t * a, x[:12]):
            s = s * 0.99 + b
    return s


def chain_over_what_changes(x, n):
    y = x.copy()
    s = 0.0
    i = 0
    for v in itertools.chain(y, y):
        s = s * 0.9 + v
        y[i % n] = y[i % n] * 0.5
        i += 1
    return s


def chain_left(x, n):
    s = 0.0
    for v in itertools.chain(x, x[::-1]):
        s = s + v
        if s > 1.2 * n:
            break
    else:
        s = s * 3
    return s + v


def chain_and_its_last(x, n):
    s = 0.0
    for v in itertools.chain(x, [1.0, 2.0], x * 2, []):
        s = s * 0.9 + v
    return s * v


def chain_of_kinds(x, n):
    s = 0.0
    for v in itertools.chain(range(n), x, np.arange(n)):
        s = s * 0.9 + v * x[2]
    return s


def chains_side_by_side(x, n):
    s = 0.0
    for v, w in zip(itertools.chain(x, x), itertools.chain(x[::-1], x)):
        s = s * 0.9 + v * w
    return s


def triples(x, n):
    s = 0.0
    for a, b, c in itertools.combinations(x[:9], 3):
        s = s * 0.99 + a * b * c
    return s


def permutations_of_four(x, n):
    s = 0.0
    for p in itertools.permutations(range(4)):
        s = s * 0.9 + x[p[0]] * x[p[1]] - x[p[2]]
    return s


def counted_pairs(x, n):
    s = 0.0
    for k, (i, j) in enumerate(itertools.combinations(range(n), 2)):
        s = s * 0.99 + x[i] * x[j] * k
    return s


def starred_assignment(x, n):
    s = 0.0
    rest = [1.0, 1.0]
    for i in range(n - 2):
        a, *rest2 = x[i], rest[0], rest[1]
        rest = [a * 0.5 + rest2[1], rest2[0]]
        s = s * 0.9 + rest[0]
    return s


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


def filtered(x, n):
    s = 0.0
    for v in filter(lambda v: v > 0.8, x):
        s = s * 0.9 + v
    return s


def sum_of_filter(x, n):
    return sum(filter(lambda v: v > 0.8, x))


def accumulated(x, n):
    s = 0.0
    for v in itertools.accumulate(x):
        s = s * 0.9 + v**2
    return s


def accumulated_by(x, n):
    s = 0.0
    for v in itertools.accumulate(x, lambda a, b: a * 0.5 + b):
        s = s * 0.9 + v**2
    return s


def nditer(x, n):
    s = 0.0
    for v in np.nditer(x):
        s = s * 0.9 + v**2
    return s


def exact_sum(x, n):
    return math.fsum(v * v for v in x)


def taken_while(x, n):
    s = 0.0
    for v in itertools.takewhile(lambda v: v < 1.1, x):
        s = s * 0.9 + v
    return s


def zipped_to_the_longest(x, n):
    s = 0.0
    for a, b in itertools.zip_longest(x, x[1:], fillvalue=0.0):
        s = s * 0.9 + a * b
    return s


def largest_by_key(x, n):
    k = max(range(n), key=lambda i: x[i])
    return x[k] ** 2


def map_that_counts(x, n):
    c = 0
    s = 0.0

    def f(v):
        nonlocal c
        c += 1
        return v * c

    for v in map(f, x):
        s = s + v
    return s + c


def map_within_enumerate(x, n):
    s = 0.0
    for i, v in enumerate(map(math.sin, x)):
        s = s + v * i
    else:
        s = s * 2
    return s + v


def filter_and_continue(x, n):
    s = 0.0
    c = 0
    for v in filter(lambda a: a > 0.8, x):
        if v > 1.2:
            continue
        c += 1
        s = s * 0.9 + v * c
    return s


def filter_of_none(x, n):
    s = 0.0
    for v in filter(None, [a * (i % 3) for i, a in enumerate(x)]):
        s = s * 0.9 + v
    return s


def chain_in_chain(x, n):
    s = 0.0
    for v in itertools.chain(itertools.chain(x, x), enumerate(x)):
        s = s * 0.9 + (v[1] if type(v) is tuple else v)
    return s


def pairs_of_what_changes(x, n):
    y = x[:10].copy()
    s = 0.0
    for a, b in itertools.combinations(y, 2):
        s = s * 0.9 + a * b
        y[0] = 0.0
    return s


def starred_in_the_midst(x, n):
    s = 0.0
    A = np.outer(x, x[:4])
    for a, *m, b in A:
        s = s * 0.9 + a * len(m) * m[-1] + b
    return s + m[0]


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


def map_of_its_own(x, n):
    map = lambda f, v: [f(a) * 2 for a in v]
    s = 0.0
    for v in map(math.sin, x):
        s = s * 0.9 + v
    return s


def sum_of_its_own(x, n):
    sum = lambda it: len(list(it)) * 1.0
    return sum(map(math.sin, x)) * x[0]


def map_that_raises(x, n):
    s = 0.0
    try:
        for v in map(lambda a: math.sqrt(a - 0.5), x):
            s = s + v
    except ValueError:
        s = s + 100.0 * x[0]
    return s


def filter_of_map(x, n):
    s = 0.0
    for v in filter(lambda a: a > 0.6, map(lambda a: a * a, x)):
        s = s * 0.9 + v
    return s


STAYING = [
    chained,
    chained_with_lists,
    chained_ranges,
    chained_of_a_list,
    pairs_of_places,
    pairs,
    ordered_pairs,
    pairs_with_repetition,
    starred,
    starred_sum,
    starred_neighbours,
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
    mapped,
    mapped_together,
    list_of_map,
    product_of_generator,
    product_of_list,
    product_of_array,
    sum_of_starmap,
    map_that_reads_a_name,
    map_left,
    map_and_its_last,
    map_over_what_changes,
    maps_within,
    chain_over_what_changes,
    chain_left,
    chain_and_its_last,
    chain_of_kinds,
    chains_side_by_side,
    triples,
    permutations_of_four,
    counted_pairs,
    starred_assignment,
    reduced_twice,
    reduced_pair,
    largest_of_rows,
    largest_integer,
    sum_of_rows,
]
UNROLLED = [
    filtered,
    sum_of_filter,
    accumulated,
    accumulated_by,
    nditer,
    exact_sum,
    taken_while,
    zipped_to_the_longest,
    largest_by_key,
    map_that_counts,
    map_within_enumerate,
    filter_and_continue,
    filter_of_none,
    chain_in_chain,
    pairs_of_what_changes,
    starred_in_the_midst,
    reduced_with_effects,
    largest_of_mixed,
    largest_or_default,
    sums_from_a_start,
    list_of_lists,
    list_of_map_that_grows,
    map_of_its_own,
    sum_of_its_own,
    map_that_raises,
    filter_of_map,
]
