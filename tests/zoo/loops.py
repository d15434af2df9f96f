"""while and for loops, break, continue and else."""

import math
from itertools import pairwise

from . import Case, vector


def doubling(x):
    while abs(x) < 100:
        x = x * 2
    return x


def newton_square_root(x):
    y = x
    while abs(y * y - x) > 1e-3:
        y = (y + x / y) / 2
    return y


def counted_while(x):
    k = 0
    y = x
    while k < 5:
        y = y * x + k
        k += 1
    return y


def while_else(x):
    y = x
    while y < 10:
        y = y + x * x
        if y > 8:
            y = y * 3
            break
    else:
        y = y * 7
    return y


def while_true(x):
    n = 0
    while True:
        x = x * 1.5
        n = n + 1
        if x > 20 or n == 12:
            break
        if n % 2:
            continue
        x = x - 0.25
    return x * n


def power_by_loop(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


def taylor_exponential(x):
    total, term = 1.0, 1.0
    for k in range(1, 15):
        term = term * x / k
        total = total + term
    return total


def powers_of_index(x):
    total = 0.0
    for i in range(6):
        total += x**i / (i + 1)
    return total


def backwards(x):
    y = x
    for k in range(6, 0, -2):
        y = y * k + x
    return y


def over_table(x):
    total = 0.0
    for c in [0.5, -1.25, 2.0, 3.5]:
        total += c * x * total + c * x
    return total


def over_array(x):
    total = 0.0
    for v in x:
        total = total * 0.5 + v * v
    return total


def enumerated(x):
    total = 0.0
    for k, v in enumerate(x, start=1):
        total += v**k
    return total


def zipped(x, weights):
    total = 0.0
    for v, w in zip(x, weights):
        total += w * v * v
    return total


def neighbours(x):
    return sum((b - a) ** 2 for a, b in pairwise(x))


def nested_loops(x):
    total = 0.0
    for i in range(3):
        for j in range(i + 1):
            total += (i + 1) * x**j
    return total


def breaking(x):
    total = 0.0
    for k in range(10):
        total += x * k
        if total > 5:
            break
    return total * x


def continuing(x):
    total = 0.0
    for k in range(8):
        if k % 3 == 0:
            continue
        total += x**2 * k
    return total


def for_else(x, limit):
    for k in range(limit):
        x = x * 1.1 + k
        if x > 6:
            break
    else:
        x = -x * 3
    return x * x


def returning_from_loop(x):
    for k in range(1, 20):
        x = x + 0.5 * k
        if x > 4:
            return x * k
    return x


def reversed_and_sorted(x):
    total = 0.0
    for k, v in enumerate(reversed(x)):
        total += k * v * v
    return total


def simulation(x):
    position, speed = 0.0, x
    for _ in range(50):
        speed = speed - 0.1 * math.sin(position) - 0.05 * speed
        position = position + 0.1 * speed
    return position


def collatz_like(x):
    steps = 0
    while x > 1 and steps < 30:
        if math.floor(x) % 2 == 0:
            x = x / 2
        else:
            x = 1.5 * x - 2.25
        steps += 1
    return x


def empty_loop(x):
    for _ in range(0):
        x = x * 100
    while False:
        x = x * 100
    return x * 2


CASES = [
    Case(doubling, [1.5, -3.0, 70.0, 300.0]),
    Case(newton_square_root, [2.0, 1000.0, 0.5]),
    Case(counted_while, [1.5, -0.5, 0.25]),
    Case(while_else, [1.1, 12.0, 1.75, 3.0]),
    Case(while_true, [1.0, 6.0, -2.0]),
    Case(power_by_loop, [(1.5, 3), (1.5, 0), (-2.0, 5), (1.5, 3)]),
    Case(taylor_exponential, [1.0, -0.5, 2.0]),
    Case(powers_of_index, [0.5, -2.0, 1.5]),
    Case(backwards, [0.5, -2.0, 1.5]),
    Case(over_table, [0.5, -2.0, 1.5]),
    Case(over_array, [vector(1.0, 2.0), vector(3.0), vector(1.0, -2.0, 0.5, 4.0)]),
    Case(enumerated, [vector(1.0, 2.0), vector(3.0), vector(1.0, -2.0, 0.5, 4.0)]),
    Case(
        zipped,
        [
            (vector(1.0, 2.0), [3.0, 4.0]),
            (vector(1.0, 2.0, 5.0), [0.5, 0.25, 2.0]),
            (vector(1.0, 2.0), [-1.0, 1.0]),
        ],
    ),
    Case(neighbours, [vector(1.0, 2.5), vector(3.0, 1.0, 2.0), vector(1.0, -2.0, 0.5, 4.0)]),
    Case(nested_loops, [0.5, -2.0, 1.5]),
    Case(breaking, [0.25, 2.0, -1.0]),
    Case(continuing, [0.25, 2.0, -1.0]),
    Case(for_else, [(1.0, 3), (1.0, 8), (5.9, 1), (-1.0, 4)]),
    Case(returning_from_loop, [0.25, 3.9, -100.0]),
    Case(reversed_and_sorted, [vector(1.0, 2.0), vector(3.0), vector(1.0, -2.0, 0.5)]),
    Case(simulation, [1.0, -0.5, 2.0]),
    Case(collatz_like, [6.5, 3.25, 0.5]),
    Case(empty_loop, [1.0, -0.5, 2.0]),
]
