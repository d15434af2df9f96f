"""Comparisons, hashes, iterators and copies of the user's own."""

from __future__ import annotations

import collections
import copy

from ._attempt import attempt


@attempt
def list_of_objects_equal():
    class P:
        def __init__(s, k):
            s.k = k

        def __eq__(s, o):
            return s.k * SCALE[0] == o.k

        __hash__ = None

    a, b = P(1.0), P(2.0)
    return lambda x: x if [a] == [b] else x * x, [
        lambda: SCALE.__setitem__(0, 2.0),
        lambda: setattr(a, "k", 5.0),
    ]


SCALE = [1.0]


@attempt
def dict_keys_own_hash():
    class P:
        def __init__(s, k):
            s.k = k

        def __eq__(s, o):
            return s.k == o.k

        def __hash__(s):
            return 1

    a, b = P(1.0), P(2.0)
    d = {a: 3.0}
    return lambda x: x if b in d else x * x, [lambda: setattr(b, "k", 1.0)]


@attempt
def sort_own_lt():
    class P:
        def __init__(s, k):
            s.k = k

        def __lt__(s, o):
            return s.k < o.k

    a, b = P(1.0), P(2.0)
    return lambda x: x * sorted([b, a])[0].k + x * min([a, b], key=lambda p: p.k).k, [
        lambda: setattr(a, "k", 5.0)
    ]


@attempt
def list_index_own_eq():
    class P:
        def __init__(s, k):
            s.k = k

        def __eq__(s, o):
            return s.k == o.k

        __hash__ = None

    a, b, c = P(1.0), P(2.0), P(2.0)
    return lambda x: x * ([a, b].index(c) + 1) + x * [a, b].count(c), [lambda: setattr(a, "k", 2.0)]


@attempt
def tuple_compare_own():
    class P:
        def __init__(s, k):
            s.k = k

        def __lt__(s, o):
            return s.k < o.k

        def __eq__(s, o):
            return s.k == o.k

        __hash__ = None

    a, b = P(1.0), P(2.0)
    return lambda x: x if (1, a) < (1, b) else x * x, [lambda: setattr(a, "k", 5.0)]


@attempt
def max_own():
    class P:
        def __init__(s, k):
            s.k = k

        def __gt__(s, o):
            return s.k > o.k

    a, b = P(1.0), P(2.0)
    return lambda x: x * max(a, b).k, [lambda: setattr(a, "k", 5.0)]


@attempt
def for_pairs_own_iter():
    s = [1.0]

    class P:
        def __iter__(self):
            return iter((s[0], 2.0))

    p = P()

    def f(x):
        t = 0.0
        for a, b in [p, p]:
            t += a * b * x
        return t + sum(a * x for a, b in [p])

    return f, [lambda: s.__setitem__(0, 5.0)]


@attempt
def star_own_iter():
    s = [1.0]

    class P:
        def __iter__(self):
            return iter((s[0], 2.0))

    p = P()
    return lambda x: x * max(*p) + x * sum([*p]) + x * sum((*p, 1.0)), [
        lambda: s.__setitem__(0, 5.0)
    ]


@attempt
def double_star_own_mapping():
    s = [1.0]

    class P:
        def keys(self):
            return ["k"]

        def __getitem__(self, n):
            return s[0]

    p = P()

    def h(k):
        return k

    return lambda x: x * h(**p) + x * {**p}["k"] + x * dict(p)["k"], [lambda: s.__setitem__(0, 5.0)]


@attempt
def deepcopy_own():
    s = [2.0]

    class C:
        def __deepcopy__(self, memo):
            return s[0]

        def __copy__(self):
            return s[0] * 2

    c = C()
    return lambda x: x * copy.deepcopy(c) + x * copy.copy(c), [lambda: s.__setitem__(0, 5.0)]


@attempt
def sort_of_objects_list():
    class P:
        def __init__(s, k):
            s.k = k

        def __lt__(s, o):
            return s.k < o.k

    a, b = P(1.0), P(2.0)

    def f(x):
        held = [b, a]
        held.sort()
        return x * held[0].k

    return f, [lambda: setattr(a, "k", 5.0)]


@attempt
def remove_of_objects():
    class P:
        def __init__(s, k):
            s.k = k

        def __eq__(s, o):
            return s.k == o.k

        __hash__ = None

    a, b, c = P(1.0), P(2.0), P(2.0)

    def f(x):
        held = [a, b]
        held.remove(c)
        return x * held[0].k

    return f, [lambda: setattr(a, "k", 2.0)]


@attempt
def in_deque():
    class P:
        def __init__(s, k):
            s.k = k

        def __eq__(s, o):
            return s.k == o.k

        __hash__ = None

    a, b = P(1.0), P(2.0)
    d = collections.deque([a])
    return lambda x: x if b in d else x * x, [lambda: setattr(a, "k", 2.0)]
