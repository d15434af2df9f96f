"""Metaclasses, and classes that say themselves what is an instance."""

from __future__ import annotations

import collections
import types
import typing

from ._attempt import attempt


@attempt
def instancecheck():
    flag = [True]

    class Meta(type):
        def __instancecheck__(cls, o):
            return flag[0]

    class C(metaclass=Meta):
        pass

    ns = types.SimpleNamespace()
    return lambda x: x if isinstance(ns, C) else x * x, [lambda: flag.__setitem__(0, False)]


@attempt
def instancecheck_of_tracer():
    flag = [True]

    class Meta(type):
        def __instancecheck__(cls, o):
            return flag[0] and isinstance(o, float)

    class C(metaclass=Meta):
        pass

    return lambda x: x if isinstance(x, C) else x * x, [lambda: flag.__setitem__(0, False)]


@attempt
def subclasscheck():
    flag = [True]

    class Meta(type):
        def __subclasscheck__(cls, o):
            return flag[0]

    class C(metaclass=Meta):
        pass

    return lambda x: x if issubclass(float, C) else x * x, [lambda: flag.__setitem__(0, False)]


@attempt
def metaclass_call_state():
    class Meta(type):
        made = 0

        def __call__(cls, *a):
            Meta.made += 1
            o = super().__call__(*a)
            o.k = float(Meta.made)
            return o

    class C(metaclass=Meta):
        pass

    return lambda x: x * C().k, [], "counts"


@attempt
def metaclass_singleton():
    class Meta(type):
        kept = {}

        def __call__(cls, *a):
            if cls not in Meta.kept:
                Meta.kept[cls] = super().__call__(*a)
            return Meta.kept[cls]

    class C(metaclass=Meta):
        def __init__(self):
            self.k = 2.0

    C()
    return lambda x: x * C().k, [lambda: setattr(C(), "k", 5.0), lambda: Meta.kept.clear()]


@attempt
def metaclass_getattr():
    k = [2.0]

    class Meta(type):
        def __getattr__(cls, n):
            return k[0]

    class C(metaclass=Meta):
        pass

    return lambda x: x * C.foo, [lambda: k.__setitem__(0, 5.0), lambda: setattr(C, "foo", 8.0)]


@attempt
def metaclass_property():
    k = [2.0]

    class Meta(type):
        @property
        def foo(cls):
            return k[0]

    class C(metaclass=Meta):
        pass

    return lambda x: x * C.foo, [lambda: k.__setitem__(0, 5.0)]


@attempt
def metaclass_len_iter():
    k = [2.0]

    class Meta(type):
        def __len__(cls):
            return len(k)

        def __iter__(cls):
            return iter(k)

        def __getitem__(cls, i):
            return k[i]

        def __contains__(cls, v):
            return v in k

    class C(metaclass=Meta):
        pass

    return lambda x: x * len(C) + x * sum(C) + C[0] * x + (x if 5.0 in C else 0), [
        lambda: k.append(5.0)
    ]


@attempt
def runtime_protocol():
    @typing.runtime_checkable
    class P(typing.Protocol):
        def go(self): ...

    class Thing:
        pass

    o = Thing()
    return lambda x: x if isinstance(o, P) else x * x, [
        lambda: setattr(Thing, "go", lambda self: 1),
        lambda: delattr(Thing, "go"),
        lambda: setattr(o, "go", 1),
    ]


@attempt
def hashable_abc():
    class Thing:
        pass

    o = Thing()
    return lambda x: x if isinstance(o, collections.abc.Sized) else x * x, [
        lambda: setattr(Thing, "__len__", lambda self: 1)
    ]


@attempt
def subclasses():
    class Thing:
        k = 1.0

    made_ = []

    def change():
        class P(Thing):
            k = 2.0

        made_.append(P)

    return lambda x: x * sum(c.k for c in Thing.__subclasses__()) + x * x, [change]
