"""Functions with loops that pop from lists and extend them, of a vector."""

# ruff: noqa: B007, RUF005

from __future__ import annotations

import numpy as np


def popped(x, n):
    v = [x[i] for i in range(n)]
    s = 0.0
    for i in range(n - 1):
        s = s * 0.9 + v.pop() ** 2
    return s


def stacked_and_popped(x, n):
    v = []
    s = 0.0
    for i in range(n):
        v.append(x[i])
        v.append(x[i] ** 2)
        s = s * 0.9 + v.pop() * 2
    return s + sum(v)


def popped_while_there_are_any(x, n):
    q = [x[i] for i in range(n)]
    s = 0.0
    while q:
        s = s * 0.9 + q.pop() ** 2
    return s


def popped_in_pairs(x, n):
    q = [x[i] for i in range(n)]
    s = 0.0
    while len(q) > 1:
        a = q.pop()
        b = q.pop()
        q.append(a * b * 0.9)
        s = s + a
    return s + q[0]


def popped_in_a_loop_within(x, n):
    v = [x[0]]
    s = 0.0
    for i in range(n):
        while len(v) > 1 and v[-1] > x[i]:
            s = s * 0.9 + v.pop() ** 2
        v.append(x[i])
    return s + sum(v)


def popped_twice(x, n):
    v = [x[i] for i in range(n)]
    s = 0.0
    for i in range(n // 2):
        s = s * 0.9 + v.pop() * 2 - v.pop()
    return s


def popped_and_written_to(x, n):
    v = [x[i] for i in range(n)]
    for i in range(n - 2):
        a = v.pop()
        v[-1] = v[-1] * a + x[0]
    return v[-1] + len(v)


def reduced_on_a_stack(x, n):
    st = []
    for i in range(n):
        st.append(x[i])
        if len(st) == 2:
            b = st.pop()
            a = st.pop()
            st.append(a * b + 0.1)
    return st[0]


def popped_now_and_then(x, n):
    v = [x[0]]
    s = 0.0
    for i in range(n):
        if x[i] > 0.9 and v:
            v.append(x[i] * v[-1])
        elif v:
            s = s * 0.9 + v.pop()
        else:
            v.append(x[i])
    return s + sum(v) + len(v)


def extended(x, n):
    v = []
    for i in range(n):
        v.extend([x[i], x[i] ** 2])
    return sum(v) + v[3] * v[-1]


def extended_by_a_tuple(x, n):
    v = []
    for i in range(n):
        v.extend((x[i], x[i] ** 2))
    return sum(v) + v[3] * v[-1]


def added_to(x, n):
    v = []
    for i in range(n):
        v += [x[i], x[i] ** 2]
    return sum(v) + v[3] * v[-1]


def extended_and_left(x, n):
    v = []
    for i in range(n):
        v.extend([x[i], x[i] ** 2])
        v += [1.0 * x[0]]
        if len(v) > 100:
            break
    return sum(v) + len(v)


def extended_by_its_last(x, n):
    v = [x[0]]
    for i in range(n):
        v.extend([v[-1] * 0.5 + x[i]])
    return sum(v)


def extended_and_read(x, n):
    v = []
    for i in range(n):
        v += [x[i]]
    return np.sum(np.array(v) ** 2)


def extended_by_nothing(x, n):
    v = []
    for i in range(n):
        v += []
        v.append(x[i])
    return sum(v)


def list_made_anew(x, n):
    v = [x[0], x[1], x[2]]
    s = 0.0
    for i in range(3, n):
        s = s * 0.9 + v[0] * v[1] + v[2]
        v = v[1:] + [x[i]]
    return s


def popped_at_the_front(x, n):
    v = [x[i] for i in range(n)]
    s = 0.0
    for i in range(n - 1):
        s = s * 0.9 + v.pop(0) ** 2
    return s


def list_as_a_window(x, n):
    v = [x[0], x[1], x[2]]
    s = 0.0
    for i in range(3, n):
        s = s * 0.9 + sum(v) ** 2
        v.append(x[i])
        v.pop(0)
    return s


def list_that_loses_its_first(x, n):
    v = [x[0], x[1], x[2]]
    s = 0.0
    for i in range(3, n):
        s = s * 0.9 + v[0] * v[1] + v[2]
        v.append(x[i])
        del v[0]
    return s


def list_that_gets_a_first(x, n):
    v = [x[0], x[1], x[2]]
    s = 0.0
    for i in range(3, n):
        s = s * 0.9 + v[0] * v[1] + v[2]
        v.insert(0, x[i])
        v.pop()
    return s


def cleared(x, n):
    v = []
    s = 0.0
    for i in range(n):
        v.append(x[i])
        if len(v) == 4:
            s = s * 0.9 + sum(v) ** 2
            v.clear()
    return s


def turned_round(x, n):
    v = [x[0], x[1] ** 2, x[2]]
    s = 0.0
    for i in range(n):
        v.reverse()
        v[0] = v[0] * 0.9 + x[i]
        s = s + v[1]
    return s


def popped_until_it_raises(x, n):
    v = [x[i] for i in range(5)]
    s = 0.0
    for i in range(n):
        try:
            s = s * 0.9 + v.pop()
        except IndexError:
            s = s + 0.1 * x[i]
    return s


def popped_by_another_name(x, n):
    v = [x[i] for i in range(n)]
    w = v
    for i in range(n - 2):
        a = v.pop()
        w[-1] = w[-1] * 0.9 + a
    return w[0] + w[-1]


def extended_by_what_it_holds(x, n):
    v = [x[0]]
    for i in range(n):
        v.extend([v[-1] * 0.5 + x[i], v[-1]])
    return sum(v)


def extended_by_a_generator(x, n):
    v = []
    for i in range(n):
        v.extend(x[i] * k for k in range(3))
    return sum(v)


def extended_by_another_name(x, n):
    v = []
    w = v
    for i in range(n):
        v += [x[i]]
    return sum(w)


def array_added_to(x, n):
    v = np.zeros(2)
    for i in range(n):
        v += [x[i], 2.0]
    return v[0] * v[1]


def extended_by_a_function(x, n):
    def add(v):
        v += [x[0]]

    v = []
    for i in range(n):
        add(v)
    return sum(v)


STAYING = [
    popped,
    stacked_and_popped,
    popped_while_there_are_any,
    popped_in_pairs,
    popped_in_a_loop_within,
    popped_twice,
    popped_and_written_to,
    reduced_on_a_stack,
    extended,
    extended_by_a_tuple,
    added_to,
    extended_and_left,
    extended_by_its_last,
    extended_and_read,
    extended_by_nothing,
    list_made_anew,
]
UNROLLED = [
    popped_now_and_then,
    popped_at_the_front,
    list_as_a_window,
    list_that_loses_its_first,
    list_that_gets_a_first,
    cleared,
    turned_round,
    popped_until_it_raises,
    popped_by_another_name,
    extended_by_what_it_holds,
    extended_by_a_generator,
    extended_by_another_name,
    array_added_to,
    extended_by_a_function,
]
