"""Operators that are patched onto a class."""

from __future__ import annotations

import operator

from ._attempt import attempt


class Plain0:
    def __init__(self, k):
        self.k = k


def fresh_class():
    class P:
        def __init__(self, k):
            self.k = k

    return P


def patched(name, method, f):
    def make():
        P = fresh_class()
        o = P(2.0)
        q = P(3.0)
        return (lambda x: f(x, o, q)), [lambda: setattr(P, name, method), lambda: delattr(P, name)]

    make.__name__ = "patched" + name
    attempt(make)


def tried(g):
    def f(x, o, q):
        try:
            return g(x, o, q)
        except TypeError:
            return x * x

    return f


patched("__bool__", lambda s: False, lambda x, o, q: x if o else x * x)


patched("__len__", lambda s: 0, lambda x, o, q: x if o else x * x)


patched("__eq__", lambda s, t: True, lambda x, o, q: x if o == q else x * x)


patched("__ne__", lambda s, t: False, lambda x, o, q: x if o != q else x * x)


patched("__add__", lambda s, t: t * 3, tried(lambda x, o, q: o + x))


patched("__radd__", lambda s, t: t * 3, tried(lambda x, o, q: x + o))


patched("__lt__", lambda s, t: True, tried(lambda x, o, q: x if o < q else 3 * x))


patched("__neg__", lambda s: 3.0, tried(lambda x, o, q: x * -o))


patched("__abs__", lambda s: 3.0, tried(lambda x, o, q: x * abs(o)))


patched("__len__", lambda s: 3, tried(lambda x, o, q: x * len(o)))


patched("__iter__", lambda s: iter([1.0, 2.0]), tried(lambda x, o, q: x * sum(o)))


patched("__contains__", lambda s, v: True, tried(lambda x, o, q: x if 1 in o else 5 * x))


patched("__getitem__", lambda s, v: 4.0, tried(lambda x, o, q: x * o[0]))


patched("__call__", lambda s: 4.0, tried(lambda x, o, q: x * o()))


patched("__call__", lambda s: 4.0, lambda x, o, q: x if callable(o) else x * x)


patched("__float__", lambda s: 4.0, tried(lambda x, o, q: x * float(o)))


patched("__int__", lambda s: 4, tried(lambda x, o, q: x * int(o)))


patched("__round__", lambda s: 4, tried(lambda x, o, q: x * round(o)))


patched("__index__", lambda s: 1, tried(lambda x, o, q: x * [1.0, 5.0][o]))


patched("__str__", lambda s: "abc", lambda x, o, q: x * len(str(o)))


patched("__format__", lambda s, t: "abc", lambda x, o, q: x * len(f"{o}"))


patched("__hash__", lambda s: 4, lambda x, o, q: x * (hash(o) == 4))


patched("__getattr__", lambda s, n: 4.0, lambda x, o, q: x * getattr(o, "foo", 1.5))


patched(
    "__setattr__",
    lambda s, n, v: None,
    lambda x, o, q: (setattr(o, "z", x * 1.0), x * o.__dict__.get("z", 1.0))[1],
)


patched("__iadd__", lambda s, t: 5.0, tried(lambda x, o, q: x * operator.iadd(o, 1.0)))


patched("__reversed__", lambda s: iter([4.0]), tried(lambda x, o, q: x * sum(reversed(o))))


patched("__enter__", lambda s: 4.0, lambda x, o, q: x if hasattr(o, "__enter__") else x * x)


patched("__divmod__", lambda s, t: (1.0, 2.0), tried(lambda x, o, q: x * divmod(o, 2)[0]))


patched("__pow__", lambda s, t: 3.0, tried(lambda x, o, q: x * o**2))


patched("__matmul__", lambda s, t: 3.0, tried(lambda x, o, q: x * (o @ q)))


patched("__init__", lambda s, k: setattr(s, "k", k * 3), lambda x, o, q: x * type(o)(1.5).k)


patched("extra", property(lambda s: 9.0), lambda x, o, q: x * getattr(o, "extra", 2.0))


patched("k", property(lambda s: 9.0), lambda x, o, q: x * o.k)
