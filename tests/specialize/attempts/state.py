"""State of the process, of iterators and generators, and of what makes functions."""

from __future__ import annotations

import contextlib
import contextvars
import decimal
import functools
import inspect
import itertools
import operator
import os
import random
import sys
import threading
import types

import numpy as np

from ._attempt import attempt


@attempt
def environment():
    os.environ["SD_T"] = "2"
    return lambda x: x * float(os.environ["SD_T"]), [lambda: os.environ.__setitem__("SD_T", "5")]


@attempt
def decimal_context():
    c = decimal.getcontext()
    return lambda x: x * float(decimal.Decimal(1) / 3), [
        lambda: setattr(c, "prec", 3),
        lambda: setattr(c, "prec", 28),
    ]


@attempt
def thread_local():
    held = threading.local()
    held.k = 2.0
    return lambda x: x * held.k, [lambda: setattr(held, "k", 5.0)]


@attempt
def context_var():
    v = contextvars.ContextVar("v")
    v.set(2.0)
    return lambda x: x * v.get(), [lambda: v.set(5.0)]


@attempt
def doc_and_name():
    def h():
        "ab"

    return lambda x: x * len(h.__doc__) + x * len(h.__name__), [
        lambda: setattr(h, "__doc__", "abc"),
        lambda: setattr(h, "__name__", "hh"),
    ]


@attempt
def class_name():
    class A:
        pass

    a = A()
    return lambda x: x * len(type(a).__name__), [lambda: setattr(A, "__name__", "AB")]


@attempt
def signature_():
    def h(a, b=1):
        pass

    return lambda x: x * len(inspect.signature(h).parameters), [
        lambda: setattr(h, "__signature__", inspect.signature(lambda a, b, c: 1))
    ]


@attempt
def vars_of_module():
    m = types.ModuleType("mm")
    m.k = 2.0
    return lambda x: x * vars(m)["k"], [lambda: setattr(m, "k", 5.0)]


@attempt
def closure_read():
    def make():
        k = 2.0

        def h():
            return k

        def put(v):
            nonlocal k
            k = v

        return h, put

    h, put = make()
    return lambda x: x * h.__closure__[0].cell_contents, [lambda: put(5.0)]


@attempt
def globals_of_function():
    s = {"k": 2.0}
    h = types.FunctionType((lambda: 1).__code__, s)
    return lambda x: x * h.__globals__["k"], [lambda: s.__setitem__("k", 5.0)]


@attempt
def itertools_count():
    c = itertools.count(1)
    return lambda x: x * next(c), [], "counts"


@attempt
def generator_outside():
    def gen():
        k = 1.0
        while True:
            yield k
            k += 1.0

    c = gen()
    return lambda x: x * next(c), [], "counts"


@attempt
def lru_cleared():
    s = [1.0]

    @functools.lru_cache
    def h():
        return s[0]

    h()
    return lambda x: x * h(), [lambda: s.__setitem__(0, 5.0), lambda: h.cache_clear()]


@attempt
def cached_property_dropped():
    s = [1.0]

    class M:
        @functools.cached_property
        def k(self):
            return s[0]

    m = M()
    return lambda x: x * m.k, [lambda: s.__setitem__(0, 5.0), lambda: m.__dict__.pop("k")]


@attempt
def attrgetter_outside():
    ns = types.SimpleNamespace(a=2.0, b=3.0)
    h = types.SimpleNamespace(g=operator.attrgetter("a"))
    return lambda x: x * h.g(ns), [
        lambda: setattr(ns, "a", 7.0),
        lambda: setattr(h, "g", operator.attrgetter("b")),
    ]


@attempt
def numpy_generator_state():
    r = np.random.default_rng(0)
    return lambda x: x * r.normal(), [], "counts"


@attempt
def random_state():
    r = random.Random(0)
    return lambda x: x * r.random(), [], "counts"


@attempt
def function_in_dict():
    d = {"f": lambda x: x * 2}
    return lambda x: d["f"](x), [lambda: d.__setitem__("f", lambda x: x * 5)]


@attempt
def singledispatch_():
    @functools.singledispatch
    def h(v):
        return 1.0

    ns = types.SimpleNamespace(v="a")
    return lambda x: x * h(ns.v), [
        lambda: h.register(str, lambda v: 5.0),
        lambda: setattr(ns, "v", 3),
    ]


@attempt
def wrapped_fn():
    def h(x):
        return x * 2

    @functools.wraps(h)
    def w(x):
        return w.__wrapped__(x)

    return lambda x: w(x), [lambda: setattr(w, "__wrapped__", lambda x: x * 7)]


@attempt
def np_printoptions():
    return lambda x: x * len(str(np.array([1 / 3]))), [
        lambda: np.set_printoptions(precision=3),
        lambda: np.set_printoptions(precision=8),
    ]


@attempt
def recursion_limit_():
    return lambda x: x * sys.getrecursionlimit(), [
        lambda: sys.setrecursionlimit(2000),
        lambda: sys.setrecursionlimit(1000),
    ]


@attempt
def partialmethod_():
    class M:
        def m(self, x, k):
            return x * k * self.j

        n = functools.partialmethod(m, k=2.0)

    m = M()
    m.j = 1.0
    return lambda x: m.n(x), [
        lambda: setattr(m, "j", 3.0),
        lambda: setattr(M, "n", functools.partialmethod(M.m, k=7.0)),
    ]


@attempt
def singledispatchmethod_():
    class M:
        @functools.singledispatchmethod
        def m(self, v):
            return 1.0

        @m.register
        def _(self, v: int):
            return 2.0

    m = M()
    ns = types.SimpleNamespace(v=1)
    return lambda x: x * m.m(ns.v), [lambda: setattr(ns, "v", "a")]


@attempt
def callable_attribute():
    class C:
        def __init__(s, k):
            s.k = k

        def __call__(s, x):
            return x * s.k

    o = types.SimpleNamespace(go=C(2.0))
    return lambda x: o.go(x), [
        lambda: setattr(o.go, "k", 5.0),
        lambda: setattr(o, "go", C(9.0)),
        lambda: setattr(C, "__call__", lambda s, x: x * 11),
    ]


@attempt
def frompyfunc_():
    s = [2.0]
    u = np.frompyfunc(lambda t: t * s[0], 1, 1)
    return lambda x: x * u(3.0), [lambda: s.__setitem__(0, 5.0)]


@attempt
def vectorize_():
    s = [2.0]
    u = np.vectorize(lambda t: t * s[0])
    return lambda x: x * u(3.0).sum(), [lambda: s.__setitem__(0, 5.0)]


@attempt
def vectorize_pyfunc():
    u = np.vectorize(lambda t: t * 2)
    return lambda x: x * u(3.0).sum(), [lambda: setattr(u, "pyfunc", lambda t: t * 7)]


@attempt
def module_getattr():
    m = types.ModuleType("mod_x")
    s = [2.0]
    m.__getattr__ = lambda n: s[0]
    return lambda x: x * m.foo, [lambda: s.__setitem__(0, 5.0)]


@attempt
def method_type_in_list():
    class C:
        def m(self, x):
            return x * self.k

    a, b = C(), C()
    a.k, b.k = 2.0, 5.0
    held = [a.m]
    return lambda x: held[0](x), [lambda: held.__setitem__(0, b.m), lambda: setattr(b, "k", 9.0)]


@attempt
def context_generator():
    s = [2.0]

    @contextlib.contextmanager
    def cm():
        yield s[0]

    def f(x):
        with cm() as k:
            return x * k

    return f, [lambda: s.__setitem__(0, 5.0)]
