"""Functions of a number and a count with loops over lists, which stay loops."""

from __future__ import annotations

# ruff: noqa: B007
import math

import numpy as np

OUTSIDE = [0.5]


def appended_(x, n):
    values = [x]
    for k in range(n):
        values.append(math.sin(values[-1]) * x + 0.1 * k)
    return sum(values) + values[0] * len(values) + values[-1]


def recurrence_(x, n):
    f = [x, x * x]
    for i in range(2, n):
        f.append(0.5 * f[i - 1] + 0.3 * f[i - 2])
    total = 0.0
    for v in f:
        total += v * v
    return total


def all_before_(x, n):
    c = [x]
    for i in range(1, n):
        s = 0.0
        for j in range(i):
            s += 0.1 * c[j] * c[i - 1 - j]
        c.append(math.tanh(s))
    return sum(c)


def filtered_(x, n):
    kept = []
    for i in range(n):
        v = math.sin(x * i)
        if v > 0.2:
            kept.append(v * v)
    total = 0.0
    for k, v in enumerate(kept):
        total += k * v
    return total


def in_either_arm_(x, n):
    values = []
    for i in range(n):
        if math.sin(3.0 * i) > x:
            values.append(x * i)
        else:
            values.append(-x)
    return sum(values)


def until_close_(x, n):
    values = [x]
    while len(values) < n and abs(values[-1]) > 1e-3:
        values.append(0.8 * math.sin(values[-1]))
    return sum(values)


def nested_append_(x, n):
    values = []
    for i in range(n):
        for j in range(i % 4):
            values.append(x * i + j)
    return sum(values) + x


def mixed_(x, n):
    u = np.linspace(0.0, 1.0, 40) * x
    values = [0.0]
    for i in range(n):
        values.append(values[-1] * 0.9 + u[i])
    return values[-1]


def written_(x, n):
    v = [0.0] * 12
    for i in range(n):
        v[i % 12] = 0.5 * v[(i + 5) % 12] + x
    return v[0] * v[7] + sum(v)


def sorted_(x, n):
    y = [math.sin(7.0 * i * x) for i in range(n)]
    for i in range(len(y)):
        for j in range(len(y) - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    total = 0.0
    for i in range(len(y)):
        total += i * y[i]
    return total + x


def comprehension_(x, n):
    return sum([math.sin(x * k) for k in range(n)]) + np.sum(np.array([x * k for k in range(n)]))


def generator_(x, n):
    return sum(math.sin(x * k) for k in range(n) if k % 3)


def of_pairs_(x, n):
    d = [x * i - j for i in range(n) for j in range(i)]
    return sum(a * b for a, b in zip(d, reversed(range(n)))) + x


def rows_(x, n):
    rows = [sum(x**j / (1 + i) for j in range(1, 4)) for i in range(n)]
    return sum(rows)


def row_by_row_(x, n):
    row = [x * j for j in range(11)]
    for k in range(n):
        new = []
        for j in range(11):
            best = row[j]
            if j > 0 and row[j - 1] + 0.1 * k > best:
                best = row[j - 1] * 0.5
            new.append(0.9 * best)
        row = new
    return sum(row)


def short_within_(x, n):
    row = [x * j for j in range(3)]
    for k in range(n):
        new = []
        for j in range(3):
            best = row[0] + 0.1 * j
            for i in range(1, 3):
                c = row[i] - 0.2 * i * k
                if c > best:
                    best = c
            new.append(0.9 * math.sin(best) + sum([0.1 * v for v in row]))
        row = new
    return sum(row)


ROLLED = (
    appended_,
    recurrence_,
    all_before_,
    filtered_,
    in_either_arm_,
    until_close_,
    nested_append_,
    mixed_,
    written_,
    sorted_,
    comprehension_,
    generator_,
    of_pairs_,
    rows_,
    row_by_row_,
    short_within_,
)


def aliased_(x, n):
    values = [x]
    holder = [values]
    for k in range(n):
        values.append(values[-1] * 0.5 + k)
    return holder[0][-1] + sum(holder[0])


def same_list_(x, n):
    values = [x]
    other = values
    for k in range(n):
        values.append(x * k)
        other[0] += 0.1
    return sum(other) + len(values)


def kept_outside_(x, n):
    values = [x]
    for k in range(n):
        values.append(x * OUTSIDE[0])
        OUTSIDE[0] = 0.5
    return sum(values)


def of_whole_numbers_(x, n):
    values = [1]
    for k in range(n):
        values.append(values[-1] // 2 + k)
    return x * sum(values)


def captured_(x, n):
    values = [x]

    def last():
        return values[-1]

    for k in range(n):
        values.append(0.5 * last() + k)
    return sum(values)


def popped_(x, n):
    values = [x, x * x]
    for k in range(n):
        values.append(values.pop(0) * 0.5 + k)
    return values[0] * values[1]


def grows_while_read_(x, n):
    values = [x]
    for v in values:
        if len(values) > n:
            break
        values.append(0.5 * v + 1.0)
    return sum(values)


def swapped_lists_(x, n):
    a, b = [x, 1.0], [0.5, x]
    for k in range(n):
        a[0] += 0.1 * b[1]
        a, b = b, a
    return a[0] * b[0]


OTHERS = (
    aliased_,
    same_list_,
    kept_outside_,
    of_whole_numbers_,
    captured_,
    popped_,
    grows_while_read_,
    swapped_lists_,
)
