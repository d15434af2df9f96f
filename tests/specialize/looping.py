"""Functions with loops of all kinds, of a number and a count: some may stay loops, some may not."""

# ruff: noqa: B007

from __future__ import annotations

import math

COUNT = 0


def nonlocal_(x, n):
    c = 0

    def step(v):
        nonlocal c
        c += 1
        return v * 0.9 + c

    for i in range(n):
        x = step(x)
    return x


def list_(x, n):
    held = [x]
    for i in range(n):
        held.append(held[-1] * 0.5 + i)
    return sum(held)


def listset_(x, n):
    held = [x, 1.0]
    for i in range(n):
        held[i % 2] = held[0] * 0.5 + 0.3
    return held[0] + held[1]


def gen_(x, n):
    g = (k * x for k in range(1000))
    for i in range(n):
        x = x + next(g)
    return x


def gen2_(x, n):
    g = (k * x for k in range(1000))
    for i in range(n):
        for v in g:
            x = x + v
            break
    return x


def zipgen_(x, n):
    z = zip(range(1000), range(1000))
    for i in range(n):
        a, b = 0, 0
        for a, b in z:
            break
        x = x + a * b * 0.01
    return x


def attr_(x, n):
    class A:
        pass

    a = A()
    a.v = x
    for i in range(n):
        a.v = a.v * 0.5 + i
    return a.v


def break_(x, n):
    for i in range(n):
        x = x * 1.3 + 0.1
        if x > 20.0:
            break
    else:
        return x * 2
    return x + i


def return_(x, n):
    for i in range(n):
        x = x * 1.3 + 0.1
        if x > 5.0:
            return x * i
    return x


def continue_(x, n):
    for i in range(n):
        if i % 3 == 1:
            continue
        x = x * 0.9 + i
    return x


def branchlate_(x, n):
    s = 0.0
    for i in range(n):
        if i > 15:
            s = s + x
        else:
            s = s - 2 * x
    return s


def target_after_(x, n):
    i = -1
    for i in range(n):
        x = x * 0.9 + i
    return x + i * 100


def while_(x, n):
    k = 0
    while k < n:
        x = math.cos(x) + k
        k += 1
    return x + k


def while_step_(x, n):
    k = n
    while k:
        x = math.cos(x) + k
        k -= 1
    return x


def flag_(x, n):
    done = False
    k = 0
    while not done:
        x = x * 1.1
        k += 1
        done = x > 3.0 or k >= n
    return x + k


def none_(x, n):
    best = None
    for i in range(n):
        v = math.sin(i * x)
        if best is None or v > best:
            best = v
    return 0.0 if best is None else best


def tuple_(x, n):
    a, b = x, 1.0
    for i in range(n):
        a, b = b, a * 0.5 + b
    return a * b


def swap_(x, n):
    a, b = x, 2.0
    for i in range(n):
        a, b = b, a
    return a - 3 * b


def shift_(x, n):
    a = b = c = d = x
    for i in range(n):
        a, b, c, d = d * 1.1, a, b, c
    return a + 2 * b + 3 * c + 4 * d


def int_to_float_(x, n):
    s = 0
    for i in range(n):
        if i == 12:
            s = s + x
        s = s + 1
    return s * 1.0


def closure_(x, n):
    a = x

    def get():
        return a * 2

    for i in range(n):
        a = get() * 0.4 + i
    return a


def lambda_(x, n):
    f = lambda t: t
    for i in range(n):
        x = f(x) + 0.1
        f = lambda t, i=i: t * 0.9
    return x


def inner_(x, n):
    s = x
    for i in range(n):
        for j in range(3):
            s = s * 0.9 + i * 0.1 + j
    return s


def enumzip_(x, n):
    s = x
    for i, (a, b) in enumerate(zip(range(n), range(5, 5 + n)), 2):
        s = s * 0.9 + i * a - b
    return s


def reversed_(x, n):
    s = x
    for i in reversed(range(n)):
        s = s * 0.9 + i
    return s


def step_(x, n):
    s = x
    for i in range(3, n, 2):
        s = s * 0.9 + i
    return s + 0.0


def step_down_(x, n):
    s = x
    for i in range(n, 0, -1):
        s = s * 0.9 + i
    return s


def step3_down_(x, n):
    s = x
    for i in range(n, -7, -3):
        s = s * 0.9 + i
    return s


def dict_(x, n):
    d = {}
    for i in range(n):
        d[i] = x * i
    return sum(d.values()) + 0.0 * x


def isum_(x, n):
    s = 0
    for i in range(n):
        s += i
    return x * s


def pow_(x, n):
    s = x
    for i in range(n):
        s = s + x**i
    return s


def walrus_(x, n):
    k = 0
    while (k := k + 1) < n:
        x = x * 0.9 + k
    return x + k


def min_(x, n):
    m = 100.0
    for i in range(n):
        m = min(m, math.sin(x * i))
    return m


def str_(x, n):
    s = ""
    for i in range(n):
        s += "a"
        x = x + len(s)
    return x


def set_(x, n):
    seen = set()
    for i in range(n):
        seen.add(i % 4)
        x = x + len(seen)
    return x


def is_(x, n):
    s, other = x, 300
    for i in range(n):
        if i is other:
            s = s * 2
        s = s + 1
    return s


def in_(x, n):
    s = x
    for i in range(n):
        if i in (3, 17):
            s = s * 2
        s = s + 1
    return s


def try_(x, n):
    s = x
    for i in range(n):
        try:
            s = s + 1 / (i - 5)
        except ZeroDivisionError:
            s = s * 2
    return s


def call_rec_(x, n):
    def fact(k):
        return 1 if k <= 1 else k * fact(k - 1)

    s = x
    for i in range(min(n, 14)):
        s = s + 1.0 / fact(i)
    return s


def cond_unbound_(x, n):
    for i in range(n):
        if i == 13:
            z = x
        x = x + 1
    try:
        return z + x
    except UnboundLocalError:
        return x


def sumgen_(x, n):
    s = x
    for i in range(n):
        s = s * 0.5 + sum(s * k for k in (1.0, 2.0, 3.0)) * 0.1
    return s


def inner_break_(x, n):
    s = x
    for i in range(n):
        for j in range(10):
            s = s + 0.1 * j
            if s > i:
                break
    return s


def inner_return_(x, n):
    for i in range(n):
        for j in range(12):
            x = x + 0.05
            if x > 6.0:
                return x * i + j
    return x


def tri_(x, n):
    s = x
    for i in range(n):
        for j in range(i):
            s = s * 0.99 + j
    return s


def global_(x, n):
    global COUNT
    COUNT = 0
    for i in range(n):
        COUNT = COUNT + 1
        x = x + COUNT
    return x


def swapped_kinds_(x, n):
    a, b = x, 3
    for i in range(n):
        a, b = b, a
    return a * 2.0 + b // 2


ROLLED = (
    list_,
    listset_,
    break_,
    branchlate_,
    target_after_,
    while_,
    while_step_,
    flag_,
    none_,
    tuple_,
    swap_,
    shift_,
    int_to_float_,
    closure_,
    inner_,
    enumzip_,
    reversed_,
    step_,
    step_down_,
    step3_down_,
    isum_,
    pow_,
    walrus_,
    min_,
    cond_unbound_,
    sumgen_,
    inner_break_,
    inner_return_,
    tri_,
    swapped_kinds_,
    return_,
    continue_,
    attr_,
)
"""Those of which some iterations are not traced."""

UNROLLED = (
    nonlocal_,
    gen_,
    gen2_,
    zipgen_,
    lambda_,
    dict_,
    str_,
    set_,
    is_,
    in_,
    global_,
)
"""Those in which each iteration is another one, or may be for all that symdiff knows."""

EITHER = (call_rec_, try_)
"""Those that may stay loops for some counts and not for others."""
