"""Lists, tuples and dictionaries that hold values being differentiated."""

import bisect
import heapq

import numpy as np

from . import Case, vector


def list_of_values(x):
    values = [x, x * x, 3.0]
    values.append(values[0] * values[1])
    return values[-1] + values[2] * values[1]


def grown_list(x):
    powers = [1.0]
    for _ in range(5):
        powers.append(powers[-1] * x)
    return sum(powers)


def comprehension(x):
    return sum([k * x**k for k in range(5) if k != 2])


def nested_comprehension(x):
    table = [[x * i + j for j in range(3)] for i in range(2)]
    return sum(a * b for row in table for a, b in zip(row, row[1:]))


def tuple_result(x):
    def both(y):
        return y * y, y + 1

    a, b = both(x)
    return a * b


def dictionary(x):
    values = {"a": x, "b": x * x}
    values["c"] = values["a"] * values["b"]
    return sum(values.values()) + len(values) * x


def changed_in_place(x):
    values = [x] * 3
    values[1] *= x
    values.insert(0, x + 2)
    last = values.pop()
    return last * values[0] + values[2]


def length(x):
    values = [x] * 4
    return len(values) * x * x


def largest(x):
    return max([x, 2 * x, x * x]) + min(x, 1.0, x**3)


def largest_by_key(x):
    return max([x, -3 * x, 2.0], key=abs) * x


def sorted_values(x):
    a, b, c = sorted([x, x * x, 1.0])
    return a + 2 * b + 3 * c


def any_and_all(x):
    values = [x, x * x - 1, x + 2]
    if all(v > 0 for v in values):
        return sum(values)
    if any(v > 1 for v in values):
        return values[0] * values[1]
    return values[2] * 5


def dot_by_hand(x, y):
    return sum(a * b for a, b in zip(x, y, strict=True))


def membership(x, name):
    if name in ("a", "b"):
        return x * 2
    return x * x


def argument_is_list(x):
    a, b = x
    return a * b * b


def set_of_values(x):
    return sum({x, x * 2, x * x})


def grown_set(x):
    seen = set()
    for value in (x, x * x, x, x + 1):
        seen.add(value)
    return sum(v * v for v in seen) + len(seen) * x


def frozen_set(x):
    return max(frozenset([x, x * 2, -x]))


def keyed_by_values(x):
    weights = {x: 1.0, x * x: 2.0}
    weights[x + 1] = 3.0
    weights.setdefault(x * 3, 4.0)
    return sum(key * weight for key, weight in weights.items()) + weights[x] * x


def looked_up_by_value(x):
    table = {}
    table[x * 2] = x
    return table[x + x] * x


def lists_as_arrays(x):
    return np.clip([x, 5.0], 0.0, 1.0).sum() + np.vstack([[x, 1.0], [2.0, x]]).sum() * x


def huffman(x):
    heap = []
    for k, weight in enumerate(x):
        heapq.heappush(heap, (weight, k))
    total = 0.0
    while len(heap) > 1:
        (a, i), (b, j) = heapq.heappop(heap), heapq.heappop(heap)
        total += a * b
        heapq.heappush(heap, (a + b, max(i, j)))
    return total


def kept_sorted(x):
    kept = []
    for v in x:
        bisect.insort(kept, v * v)
    return kept[0] * 3.0 - kept[-1] * bisect.bisect_left([0.5, 1.5, 4.5], kept[1])


def by_its_class(x):
    return x * (2.0 if x.__class__ is float else 3.0) * len(x.__class__.__name__)


CASES = [
    Case(set_of_values, [1.5, -0.75, 0.25], oracle="difference"),
    Case(grown_set, [1.5, -0.75, 0.25], oracle="difference"),
    Case(frozen_set, [1.5, -0.75, 0.25], oracle="difference"),
    Case(keyed_by_values, [1.5, -0.75, 0.25], oracle="difference"),
    Case(looked_up_by_value, [1.5, -0.75, 0.25], oracle="difference"),
    Case(lists_as_arrays, [1.5, -0.5, 0.25], oracle="difference"),
    Case(list_of_values, [1.5, -1.0, 0.25], oracle="complex"),
    Case(grown_list, [1.5, -2.0, 0.25], oracle="complex"),
    Case(comprehension, [1.5, -2.0, 0.25], oracle="complex"),
    Case(nested_comprehension, [1.5, -2.0, 0.25], oracle="complex"),
    Case(tuple_result, [1.5, -2.0, 0.25], oracle="complex"),
    Case(dictionary, [1.5, -2.0, 0.25], oracle="complex"),
    Case(changed_in_place, [1.5, -2.0, 0.25], oracle="complex"),
    Case(length, [1.5, -2.0, 0.25], oracle="complex"),
    Case(largest, [1.5, -2.0, 0.25, 3.0]),
    Case(largest_by_key, [1.5, -2.0, 0.25]),
    Case(sorted_values, [1.5, -2.0, 0.25]),
    Case(any_and_all, [1.5, 0.5, -3.5]),
    Case(
        dot_by_hand,
        [
            (vector(1.0, 2.0), vector(3.0, -1.0)),
            (vector(1.0, 2.0, 4.0), vector(3.0, -1.0, 0.5)),
            (vector(2.0), vector(5.0)),
        ],
        oracle="autograd",
    ),
    Case(membership, [(1.5, "a"), (1.5, "c"), (-1.0, "b")]),
    Case(argument_is_list, [vector(1.0, 2.0), vector(-1.0, 3.0), vector(0.5, 0.25)]),
    Case(huffman, [vector(3.0, 1.0, 2.0), vector(1.0, 2.0, 3.5, 0.5), vector(2.0, 5.0)]),
    Case(kept_sorted, [vector(3.0, 1.0, 2.0), vector(1.0, -2.0, 3.5, 0.5), vector(2.0, -5.0)]),
    Case(by_its_class, [1.5, -2.0, 0.5], oracle="difference"),
]
