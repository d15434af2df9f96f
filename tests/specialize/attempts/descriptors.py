"""Lazy properties, and descriptors of one's own."""

from __future__ import annotations

import functools
import weakref

from ._attempt import attempt


class Lazy:
    def __init__(self, f):
        self.f = f

    def __set_name__(self, cls, name):
        self.name = name

    def __get__(self, o, cls=None):
        if o is None:
            return self
        v = o.__dict__[self.name] = self.f(o)
        return v


@attempt
def lazy_property():
    class M:
        @Lazy
        def k(self):
            return self.a * 2

    m = M()
    m.a = 1.5
    return lambda x: x * m.k, [
        lambda: setattr(m, "a", 7.0),
        lambda: m.__dict__.__setitem__("k", 100.0),
        lambda: m.__dict__.pop("k"),
    ]


@attempt
def lazy_property_user_value():
    class M:
        @Lazy
        def k(self):
            return self.a * 2

    m = M()
    m.a = 1.5
    m.__dict__["k"] = 11.0
    return lambda x: x * m.k, [
        lambda: m.__dict__.__setitem__("k", 100.0),
        lambda: m.__dict__.pop("k"),
    ]


@attempt
def cached_property_user_value():
    class M:
        @functools.cached_property
        def k(self):
            return self.a * 2

    m = M()
    m.a = 1.5
    m.__dict__["k"] = 11.0
    return lambda x: x * m.k, [
        lambda: m.__dict__.__setitem__("k", 100.0),
        lambda: m.__dict__.pop("k"),
    ]


@attempt
def descriptor_state():
    class D:
        def __init__(self):
            self.v = 2.0

        def __get__(self, o, cls):
            return self.v

        def __set__(self, o, v):
            self.v = v

    class M:
        k = D()

    m = M()
    return lambda x: x * m.k, [lambda: setattr(m, "k", 5.0), lambda: setattr(M, "k", 9.0)]


@attempt
def descriptor_weak_state():
    class D:
        def __init__(self):
            self.v = weakref.WeakKeyDictionary()

        def __get__(self, o, cls):
            return self.v.get(o, 2.0)

        def __set__(self, o, v):
            self.v[o] = v

    class M:
        k = D()

    m = M()
    return lambda x: x * m.k, [lambda: setattr(m, "k", 5.0)]


@attempt
def descriptor_of_class_access():
    class D:
        def __get__(self, o, cls):
            return cls.scale

    class M:
        k = D()
        scale = 2.0

    return lambda x: x * M.k, [lambda: setattr(M, "scale", 5.0)]
