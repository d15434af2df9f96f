"""Functions with loops that move the items of a `deque` along, of a vector."""

from __future__ import annotations

from collections import deque

import numpy as np


class Window:
    def __init__(self, k):
        self.h = deque([0.0] * k, maxlen=k)

    def step(self, v):
        self.h.append(v)
        return sum(self.h) / len(self.h)


def window(x, n):
    v = deque([x[0], x[1], x[2]], maxlen=3)
    s = 0.0
    for i in range(3, n):
        s = s * 0.9 + v[0] * v[1] + v[2]
        v.append(x[i])
    return s


def turned(x, n):
    v = deque([x[0], x[1], x[2]])
    s = 0.0
    for i in range(3, n):
        v.rotate(1)
        v[0] = v[0] * 0.5 + x[i]
        s = s * 0.9 + v[1]
    return s


def window_gone_through(x, n):
    v = deque([x[0], x[1], x[2]], maxlen=3)
    s = 0.0
    for i in range(3, n):
        for a in v:
            s = s * 0.9 + a * a
        v.append(x[i])
    return s


def fed_back(x, n):
    v = deque([x[0], x[1], x[2]], maxlen=3)
    c = [0.3, 0.2, 0.1]
    s = 0.0
    for i in range(3, n):
        y = sum(a * b for a, b in zip(c, v))
        s = s * 0.9 + y**2
        v.append(y + x[i])
    return s


def window_that_fills(x, n):
    v = deque(maxlen=3)
    s = 0.0
    for i in range(n):
        v.append(x[i])
        s = s * 0.9 + sum(v) / len(v)
    return s


def filtered(x, n):
    b = [0.2, 0.3, 0.5]
    v = deque([0.0] * 3, maxlen=3)
    s = 0.0
    for i in range(n):
        v.appendleft(x[i])
        y = sum(c * a for c, a in zip(b, v))
        s = s * 0.9 + y**2
    return s


def window_of_two_names(x, n):
    v = deque([x[0], x[1]], maxlen=2)
    w = v
    s = 0.0
    for i in range(n):
        v.append(x[i] * w[0])
        s = s * 0.9 + w[-1]
    return s


def window_in_a_dict(x, n):
    d = {"v": deque([1.0, 2.0, 3.0], maxlen=3)}
    s = 0.0
    for i in range(n):
        d["v"].append(x[i])
        s = s * 0.9 + d["v"][0] * d["v"][2]
    return s


def window_in_an_object(x, n):
    f = Window(4)
    s = 0.0
    for i in range(n):
        s = s * 0.9 + f.step(x[i]) ** 2
    return s


def window_read_after(x, n):
    v = deque([1.0, 2.0], maxlen=2)
    for i in range(n):
        v.append(x[i] * v[0])
    v.append(3.0 * x[0])
    return sum(v) * len(v) + v.popleft()


def moved_either_way(x, n):
    v = deque([1.0, 2.0], maxlen=2)
    s = 0.0
    for i in range(n):
        if x[i] > 0.9:
            v.append(x[i])
        else:
            v.appendleft(x[i] * 0.5)
        s = s * 0.9 + v[0] - v[1] ** 2
    return s


def turned_and_written_to(x, n):
    v = deque([x[0], x[1], x[2], 1.0])
    s = 0.0
    for i in range(n):
        v.rotate(-1)
        v[0] = v[0] * 0.9 + x[i]
        s += v[1] * v[3]
    return s


def window_of_known_numbers(x, n):
    v = deque([1.0, 2.0, 3.0], maxlen=3)
    s = 0.0
    for i in range(n):
        v.append(i * 0.5)
        s = s * 0.9 + v[0] * x[i]
    return s


def window_of_arrays(x, n):
    v = deque([x * 0.0, x * 1.0], maxlen=2)
    for i in range(n):
        v.append(v[0] * 0.5 + v[1] * x[i])
    return np.sum(v[1])


def window_read_when_full(x, n):
    v = deque(maxlen=4)
    s = 0.0
    for i in range(n):
        v.append(x[i])
        if len(v) == 4:
            s = s * 0.9 + v[0] * v[3]
    return s


def largest_of_a_window(x, n):
    v = deque([0.0] * 4, maxlen=4)
    s = 0.0
    for i in range(n):
        v.append(x[i])
        s = s * 0.9 + max(v) - min(v)
    return s


def deque_of_any_length(x, n):
    v = deque([x[0], x[1], x[2]])
    s = 0.0
    for i in range(3, n):
        v.append(x[i])
        s = s * 0.9 + v.popleft() * v[0]
    return s


def queue(x, n):
    q = deque()
    for i in range(n):
        q.append(x[i])
    s = 0.0
    while q:
        s = s * 0.9 + q.popleft() ** 2
    return s


def turned_by_a_number(x, n):
    v = deque([x[0], x[1], x[2], 1.0])
    s = 0.0
    for i in range(n):
        v.rotate(i % 3)
        s = s * 0.9 + v[1] * x[i]
    return s


def deque_of_nothing(x, n):
    v = deque(maxlen=0)
    s = 0.0
    for i in range(n):
        v.append(x[i])
        s += x[i] * len(v) + x[i]
    return s


def deque_extended(x, n):
    v = deque([0.0] * 4, maxlen=4)
    s = 0.0
    for i in range(n):
        v.extend([x[i], x[i] ** 2])
        s = s * 0.9 + v[0] * v[3]
    return s


def deque_made_in_a_loop(x, n):
    s = 0.0
    for k in range(n):
        v = deque([0.0] * 2, maxlen=2)
        for i in range(12):
            v.append(x[i % n] * x[k])
            s = s * 0.99 + v[0] * v[1]
    return s


STAYING = [
    window,
    turned,
    window_gone_through,
    fed_back,
    window_that_fills,
    filtered,
    window_of_two_names,
    window_in_a_dict,
    window_in_an_object,
    window_read_after,
    moved_either_way,
    turned_and_written_to,
    window_of_known_numbers,
    window_of_arrays,
    window_read_when_full,
    largest_of_a_window,
]
UNROLLED = [
    deque_of_any_length,
    queue,
    turned_by_a_number,
    deque_of_nothing,
    deque_extended,
    deque_made_in_a_loop,
]
