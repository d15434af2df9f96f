"""Functions with loops through `map`, `chain`, `combinations` and the like, of a vector."""

# ruff: noqa: C417, SIM113

from __future__ import annotations

import itertools
import math
import operator

import numpy as np


def chained(x, n):
    s = 0.0
    for v in itertools.chain(x, x[::-1]):
        s = s * 0.9 + v**2
    return s


def chained_ranges(x, n):
    s = 0.0
    for i in itertools.chain(range(n), range(n - 1, -1, -1)):
        s = s * 0.9 + x[i] * i
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


def filtered(x, n):
    s = 0.0
    for v in filter(lambda v: v > 0.8, x):
        s = s * 0.9 + v
    return s


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


def map_of_its_own(x, n):
    map = lambda f, v: [f(a) * 2 for a in v]
    s = 0.0
    for v in map(math.sin, x):
        s = s * 0.9 + v
    return s


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


def accumulated_list(x, n):
    return sum(v**2 for v in itertools.accumulate(x))


def accumulated_beside(x, n):
    s = 0.0
    for a, v in zip(x, itertools.accumulate(x)):
        s = s * 0.9 + v * a
    return s


def accumulated_of_what_changes(x, n):
    y = x.copy()
    s = 0.0
    for i, v in enumerate(itertools.accumulate(y)):
        s = s * 0.9 + v
        if i + 1 < n:
            y[i + 1] = y[i + 1] * 0.5
    return s


def accumulated_products(x, n):
    s = 0.0
    for v in itertools.accumulate(x, operator.mul):
        s = s * 0.9 + v
    return s


STAYING = [
    accumulated,
    accumulated_list,
    accumulated_beside,
    chained,
    chained_ranges,
    pairs_of_places,
    pairs,
    ordered_pairs,
    pairs_with_repetition,
    starred,
    starred_sum,
    starred_neighbours,
    mapped,
    mapped_together,
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
]
UNROLLED = [
    accumulated_of_what_changes,
    accumulated_products,
    filtered,
    accumulated_by,
    nditer,
    taken_while,
    zipped_to_the_longest,
    map_that_counts,
    map_within_enumerate,
    filter_and_continue,
    filter_of_none,
    chain_in_chain,
    pairs_of_what_changes,
    starred_in_the_midst,
    map_of_its_own,
    map_that_raises,
    filter_of_map,
]
