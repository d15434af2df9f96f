"""Functions that decide in straight code, whose ways meet again, or do not."""

from __future__ import annotations

import math

import numpy as np


def four_ways(x, y):
    if x > 0:
        a = x * x
    else:
        a = -x
    if y > 1:
        b = math.sin(a) * y
    else:
        b = a * 3
    return a * b


def without_else(x, y):
    a = x
    if x < 0:
        a = 0.0
    if x > 1:
        a = 1.0
    b = y
    if y < 0:
        b = 0.0
    if y > 1:
        b = 1.0
    return a * b + x


def elif_(x, y):
    if x < -1:
        t = 0
    elif x < 0:
        t = (x + 1) * 0.2 * y
    elif x < 1:
        t = 0.2 * y + x * 0.4
    else:
        t = x
    return t * t + y


def ternary(x, y):
    a = x if x > y else y
    b = a * a if a < 1 else 2 * a - 1
    return b if b < 2 else b * y


def both(x, y):
    if 0 < x < 1 and y > 0:
        return x * y
    if x > y or y > 1:
        return x + y * y
    return x - y


def early(x, y):
    if x < 0:
        return x * x
    r = math.sqrt(x)
    if r < y:
        return math.sin(r)
    return 3 * r


def called(x, y):
    return early(x, y) * four_ways(y, x) + early(y, x)


def pair(p, q):
    return (p, q * p) if p > q else (q * q, p)


def of_pairs(x, y):
    a, b = pair(x, y)
    c, d = pair(b, x)
    return a * b + c * d


def constants(x, y):
    if x > 0:
        k, text = 1, "a"
    else:
        k, text = 2, "a"
    b = x * x
    if y > 0:
        b = b * k
    return b * len(text) + y


def texts(x, y):
    mode = "up" if x > 0 else "down"
    b = y * y
    if y > 0:
        b = b * 2 if mode == "up" else b * 3
    return b + x


def kinds(x, y):
    a = 0 if x > 0 else x * 0.5
    if y > 0:
        return a + 1 if isinstance(a, int) else a * y
    return x * y


def kinds_shown(x, y):
    a = 1 if x > 0 else y
    return x + y if "." in f"{a}" else x * y


def nothing(x, y):
    kept = None
    if x > 0:
        kept = x * y
    b = y * 2
    if y > 0:
        b = b * b
    return b if kept is None else kept + b


def functions(x, y):
    f = math.sin if x > 0 else math.cos
    b = y
    if y > 0:
        b = y * y
    return f(b) + x


def unbound(x, y):
    if x > -1.5:
        a = x * y
    if y > 0:
        b = 1.0
    else:
        b = y
    return a * b


def arrays(x, y):
    u = np.array([x, y, x * y])
    if x > 0:
        u = u * 2
    else:
        u = np.sin(u)
    if y > 0:
        v = u
    else:
        v = u + 1
    return u.sum() + (v * v).sum()


def written(x, y):
    u = np.array([x, y, 1.0])
    if x > 0:
        u[0] = y * y
    if y > 0:
        u[1] *= 3
    else:
        u[2] = x
    return u[0] * u[1] + u[2]


def aliases(x, y):
    u = np.array([x, y, 1.0])
    w = u
    if x > 0:
        w = u * 2
    if y > 0:
        w[0] = 7.0
    return u.sum() + 3 * w.sum()


def appended(x, y):
    seen = [x]
    if x > 0:
        seen.append(y)
    if y > 0:
        seen.append(x * y)
    return sum(seen) * len(seen)


def swallowed(x, y):
    try:
        if x > 0:
            a = 1 / (y - y)
        else:
            a = x * y
        if y > 0:
            a = a * 2
    except ZeroDivisionError:
        a = y
    return a + x


def divided(x, y):
    a = 0 if x > 0 else x
    if y > 0:
        return y / a
    return x


def not_taken(x, y):
    if x > 0:
        a = math.log(x) + math.sqrt(x)
    else:
        a = 0.0
    b = y / x if x != 0 else y
    c = math.asin(y) if -1 < y < 1 else y
    return a + b + c


def table(x, y):
    rows = [1.0, 2.0, 4.0]
    i = int(abs(x))
    t = rows[i] if i < 3 else 8.0
    if y > 0:
        t = t * y
    return t * x


def looping(x, y):
    s = 0.0
    for i in range(4):
        if x > i - 2:
            s += x * i
        else:
            s -= y
        if s > 2:
            s = s * 0.5
    return s


def rolled(x, y):
    if x > 0:
        s = x
        for _ in range(20):
            s = s * 0.9 + y
    else:
        s = 0.0
        while s < 5:
            s = s + y * y + 0.5
    return s if s < 9 else s * x


def recursive(x, y):
    if x < 1:
        return y * x
    return recursive(x - 1, y) * 0.5 + (x if y > 0 else -x)


def counted(x, y):
    n = 0

    def bump(t):
        nonlocal n
        n += 1
        return t * n

    a = bump(x) if x > 0 else x
    b = bump(y) if y > 0 else y
    return a * b + n


def matched(x, y):
    match (x > 0, y > 0):
        case (True, True):
            a = x * y
        case (True, False):
            a = x
        case _:
            a = y
    return a * a


def asserted(x, y):
    assert x > -1.9, "x"
    if y > 0:
        assert y < 5
        a = y
    else:
        a = x
    return a * x


MEETING = [four_ways, without_else, elif_, ternary, both, early, called, of_pairs, constants]
MEETING += [nothing, arrays, written, not_taken, looping, rolled, asserted, table]
APART = [texts, kinds, kinds_shown, functions, unbound, aliases, appended, swallowed, divided]
APART += [recursive, counted, matched]
