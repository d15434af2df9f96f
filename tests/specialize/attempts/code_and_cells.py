"""The code of a function, what a partial holds, cells, imports that fail and later work."""

from __future__ import annotations

import functools
import os
import sys
import types

from ._attempt import attempt


@attempt
def code_of_helper():
    def h(t):
        return t * 2

    def k(t):
        return t * 5

    return lambda x: h(x), [lambda: setattr(h, "__code__", k.__code__)]


@attempt
def code_of_itself():
    def f(x):
        return x * 2

    def k(x):
        return x * 5

    return f, [lambda: setattr(f, "__code__", k.__code__)]


@attempt
def code_of_method():
    class M:
        def m(self, x):
            return x * 2

        def n(self, x):
            return x * 5

    m = M()
    return m.m, [lambda: setattr(M.m, "__code__", M.n.__code__)]


@attempt
def method_replaced_bound():
    class M:
        def m(self, x):
            return x * 2

        def n(self, x):
            return x * 5

    m = M()
    return (lambda x: m.m(x)), [
        lambda: setattr(M, "m", M.n),
        lambda: setattr(m, "m", lambda x: x * 9),
    ]


@attempt
def partial_keywords():
    p = functools.partial(lambda x, k: x * k, k=2.0)
    return p, [lambda: p.keywords.__setitem__("k", 5.0)]


@attempt
def partial_keywords_added():
    p = functools.partial(lambda x, k=2.0: x * k)
    return p, [lambda: p.keywords.__setitem__("k", 5.0), lambda: p.keywords.clear()]


@attempt
def partial_keywords_added_inside():
    p = functools.partial(lambda x, k=2.0: x * k)
    return lambda x: p(x), [lambda: p.keywords.__setitem__("k", 5.0), lambda: p.keywords.clear()]


@attempt
def partial_setstate():
    p = functools.partial(lambda x, k=2.0: x * k)
    return lambda x: p(x), [lambda: p.__setstate__((lambda x: x * 9, (), {}, {}))]


@attempt
def partial_of_partial():
    p = functools.partial(lambda x, k=2.0, j=1.0: x * k * j, k=3.0)
    q = functools.partial(p, j=2.0)
    return q, [lambda: q.keywords.__setitem__("k", 5.0)]


@attempt
def partial_attribute_dict():
    p = functools.partial(lambda x: x)
    p.k = 2.0
    return lambda x: p(x) * p.k, [lambda: setattr(p, "k", 5.0)]


@attempt
def emptied_cell():
    def make():
        k = 2.0

        def f(x):
            return x * k

        return f

    f = make()
    return f, [
        lambda: f.__closure__[0].__delattr__("cell_contents"),
        lambda: setattr(f.__closure__[0], "cell_contents", 3.0),
    ]


@attempt
def emptied_cell_caught():
    def make():
        k = 2.0

        def f(x):
            try:
                return x * k
            except NameError:
                return x * x

        return f

    f = make()
    c = f.__closure__[0]
    return f, [lambda: c.__delattr__("cell_contents"), lambda: setattr(c, "cell_contents", 3.0)]


@attempt
def filled_cell_caught():
    def make():
        def f(x):
            try:
                return x * k
            except NameError:
                return x * x

        if False:
            k = 1
        return f

    f = make()
    c = f.__closure__[0]
    return f, [lambda: setattr(c, "cell_contents", 3.0), lambda: c.__delattr__("cell_contents")]


@attempt
def deleted_global():
    s = globals()
    s["GG"] = 2.0

    def f(x):
        try:
            return x * GG
        except NameError:
            return x * x

    return f, [lambda: s.pop("GG"), lambda: s.__setitem__("GG", 7.0)]


@attempt
def shadowed_builtin():
    s = globals()
    return lambda x: x * round(-3.0), [
        lambda: s.__setitem__("round", lambda v: 10.0),
        lambda: s.pop("round"),
    ]


@attempt
def import_later():
    def f(x):
        try:
            import not_there_yet as m

            return x * m.k
        except ImportError:
            return x * x

    def put():
        m = types.ModuleType("not_there_yet")
        m.k = 5.0
        sys.modules["not_there_yet"] = m

    return f, [put, lambda: sys.modules.pop("not_there_yet")]


@attempt
def import_name_later():
    m = types.ModuleType("partly_there")
    m.j = 5.0
    sys.modules["partly_there"] = m

    def f(x):
        try:
            from partly_there import k

            return x * k
        except ImportError:
            return x * x

    return f, [lambda: setattr(m, "k", 5.0), lambda: delattr(m, "k")]


@attempt
def import_blocked():
    def f(x):
        try:
            import decimal

            return x * 3 * bool(decimal)
        except ImportError:
            return x * x

    old = sys.modules["decimal"]
    return f, [
        lambda: sys.modules.__setitem__("decimal", None),
        lambda: sys.modules.__setitem__("decimal", old),
    ]


@attempt
def import_submodule_attr():
    def f(x):
        from os import path as p

        return x * len(p.sep)

    old = os.path

    class Fake:
        sep = "abc"

    return f, [lambda: setattr(os, "path", Fake), lambda: setattr(os, "path", old)]
