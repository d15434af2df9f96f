"""What lies behind weak references."""

from __future__ import annotations

import weakref

from ._attempt import attempt


@attempt
def behind_weakref():
    class Thing:
        pass

    o = Thing()
    o.k = 2.0
    r = weakref.ref(o)
    return lambda x: (x * r().k, o)[0], [lambda: setattr(o, "k", 5.0)]


@attempt
def weakref_none():
    class Thing:
        pass

    keep = [Thing()]
    keep[0].k = 2.0
    r = weakref.ref(keep[0])
    return lambda x: x if r() is None else x * r().k, [lambda: keep.clear()]


@attempt
def weak_value_dictionary():
    class Thing:
        pass

    o = Thing()
    o.k = 2.0
    d = weakref.WeakValueDictionary(a=o)
    p = Thing()
    p.k = 9.0
    return lambda x: x * d["a"].k, [lambda: setattr(o, "k", 5.0), lambda: d.__setitem__("a", p)]


@attempt
def weak_key_dictionary():
    class Thing:
        pass

    o = Thing()
    d = weakref.WeakKeyDictionary()
    d[o] = 2.0
    return lambda x: x * d[o], [lambda: d.__setitem__(o, 5.0)]


@attempt
def weak_set():
    class Thing:
        pass

    o = Thing()
    o.k = 2.0
    p = Thing()
    p.k = 3.0
    d = weakref.WeakSet([o])
    return lambda x: x * sum(v.k for v in d), [lambda: d.add(p), lambda: setattr(o, "k", 7.0)]


@attempt
def weak_proxy():
    class Thing:
        pass

    o = Thing()
    o.k = 2.0
    p = weakref.proxy(o)
    return lambda x: (x * p.k, o)[0], [lambda: setattr(o, "k", 5.0)]


@attempt
def weak_method():
    class Thing:
        def m(self):
            return self.k

    o = Thing()
    o.k = 2.0
    p = weakref.WeakMethod(o.m)
    return lambda x: (x * p()(), o)[0], [lambda: setattr(o, "k", 5.0)]
