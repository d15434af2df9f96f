"""Loops over what `itertools` and NumPy make of sequences, which stay loops."""

from __future__ import annotations

import itertools
import math
from itertools import pairwise, product

import numpy as np

TABLE = [2.0, -1.0, 0.5]


def places(x, n):
    s = 0.0
    for i, j in np.ndindex(n, 3):
        s += x[i] * x[i] * (j + 1)
    return s


def places_of_a_shape(x, n):
    a = np.outer(x, x)
    s = 0.0
    for i, j in np.ndindex(*a.shape):
        s = s * 0.99 + a[i, j] * (i - j)
    return s


def places_of_a_tuple(x, n):
    s = 0.0
    for (i,) in np.ndindex(x.shape):
        s += math.sin(x[i]) * i
    return s


def enumerated(x, n):
    s = 0.0
    for (i, j), v in np.ndenumerate(np.outer(x, x[:3])):
        s += v * v * (i + 2 * j)
    return s


def products(x, n):
    s = 0.0
    for i, j in itertools.product(range(n), range(2, 8, 2)):
        s += x[i] ** 2 * j
    return s


def products_of_arrays(x, n):
    s = 0.0
    for u, v, w in product(x, TABLE, x[:2]):
        s += u * v * w
    return s


def products_left(x, n):
    s = 0.0
    for i, v in itertools.product(range(n), TABLE):
        if s > 4.0:
            break
        s += abs(x[i] * v)
    else:
        s *= 2.0
    return s


def no_products(x, n):
    s = x[0]
    for i, j in itertools.product(range(n), range(0)):
        s += x[i] * j
    return s


def neighbours(x, n):
    s = 0.0
    for a, b in pairwise(x):
        s += (b - a * a) ** 2
    return s


def neighbours_counted(x, n):
    s = 0.0
    for k, (a, b) in enumerate(itertools.pairwise(x), 1):
        s += (b - a) ** 2 / k
    return s


def part(x, n):
    s = 0.0
    for v in itertools.islice(x, 2, None, 3):
        s = s * 0.9 + v * v
    return s


def first(x, n):
    s = 0.0
    for k, v in enumerate(itertools.islice(x, 25)):
        s += v**2 * k
    return s


def in_turn(x, n):
    s = 0.0
    for v, w in zip(x, itertools.cycle(TABLE)):
        s += math.exp(v) * w
    return s


def around(x, n):
    s = 0.0
    for k, v in zip(range(2 * n + 1), itertools.cycle(x)):
        s += v * v * k
    return s


def counted(x, n):
    s = 0.0
    for k, v in zip(itertools.count(3, 2), x):
        s += v * v / k
    return s


def counted_down(x, n):
    s = 0.0
    for v, k in zip(x, itertools.count(10, -1)):
        s += v * v * k
    return s


def repeated(x, n):
    y = x[0]
    for _ in itertools.repeat(None, n):
        y = math.sin(y) + 0.1
    return y


def repeated_beside(x, n):
    s = 0.0
    for v, c in zip(x, itertools.repeat(x[1])):
        s += v * v * c
    return s


def in_a_sum(x, n):
    return sum(a * b for a, b in itertools.pairwise(x)) + sum(
        [x[i] * j for i, j in itertools.product(range(n), range(3))]
    )


def within_try(x, n):
    s = 0.0
    for i, j in itertools.product(range(n), range(3)):
        try:
            s += math.log(x[i] - 0.5 * j)
        except ValueError:
            s -= x[i]
    return s


def in_a_generator(x, n):
    def items():
        for a, b in itertools.pairwise(x):
            yield a * b

    s = 0.0
    for v in items():
        s = s * 0.9 + v
    return s


def kept_apart(x, n):
    pairs = itertools.product(x, TABLE)
    s = 0.0
    for a, b in pairs:
        s += a * a * b
        if s > 3.0:
            break
    for a, b in pairs:
        s -= a * b
    return s


def written_to_meanwhile(x, n):
    y = x.copy()
    s = 0.0
    for i, (a, b) in enumerate(itertools.pairwise(y)):
        y[i] = a * b
        if i + 2 < n:
            y[i + 2] *= 1.1
        s += a + b * b
    return s + np.sum(y)


def written_to_ahead(x, n):
    y = x.copy()
    s = 0.0
    for i, (a, b) in enumerate(itertools.pairwise(y), 1):
        y[i] = a * b
        s += a + b * b
    return s + np.sum(y)


def written_to_in_a_product(x, n):
    y = x.copy()
    s = 0.0
    for k, (a, b) in enumerate(itertools.product(y, TABLE)):
        s += a * b
        y[(k + 4) // 3 % n] *= 1.01
    return s + np.sum(y)


def written_to_in_turn(x, n):
    y = x.copy()
    s = 0.0
    for k, a in zip(range(3 * n), itertools.cycle(y)):
        s += a * a
        y[k % n] *= 1.1
    return s + np.sum(y)


def written_to_now_and_then(x, n):
    y = x.copy()
    s = 0.0
    for i, (a, b) in enumerate(itertools.pairwise(y), 1):
        s += a * b
        if x[i] > 1.2:
            y[i] = 0.5 * a
    return s + np.sum(y)


def written_to_beside(x, n):
    y = x.copy()
    s = 0.0
    for i, j in itertools.product(range(n - 1), range(2)):
        y[i + 1] += y[i] * 0.1 * (j + 1)
        s += y[i + j] ** 2
    return s


def by_keyword(x, n):
    s = 0.0
    for i, j in itertools.product(range(4), repeat=2):
        s += x[i] * x[j]
    return s


def combinations(x, n):
    s = 0.0
    for a, b in itertools.combinations(x[:6], 2):
        s += a * b
    return s


STAYING = [
    places, places_of_a_shape, places_of_a_tuple, enumerated, products, products_of_arrays,
    products_left, no_products, neighbours, neighbours_counted, part, first, in_turn, around,
    counted, counted_down, repeated, repeated_beside, in_a_sum, in_a_generator,
    written_to_beside,
]  # fmt: skip
UNROLLED = [
    within_try, kept_apart, written_to_meanwhile, written_to_ahead, written_to_in_a_product,
    written_to_in_turn, written_to_now_and_then, by_keyword, combinations,
]  # fmt: skip
