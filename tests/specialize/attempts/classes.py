"""Classes and instances that are changed, and classes made inside."""

from __future__ import annotations

import dataclasses
import enum
import typing

from ._attempt import attempt


@attempt
def enum_value():
    class E(enum.Enum):
        A = 2.0

    return lambda x: x * E.A.value, [lambda: setattr(E.A, "_value_", 5.0)]


@attempt
def enum_attribute():
    class E(enum.Enum):
        A = 1

        def __init__(self, v):
            self.k = 2.0

    return lambda x: x * E.A.k, [lambda: setattr(E.A, "k", 5.0)]


@attempt
def bases_changed():
    class A:
        k = 2.0

    class B:
        k = 5.0

    class C(A):
        pass

    c = C()
    return lambda x: x * c.k, [lambda: setattr(C, "__bases__", (B,))]


@attempt
def bases_changed_method():
    class A:
        def m(self, x):
            return x * 2

    class B:
        def m(self, x):
            return x * 5

    class C(A):
        def m(self, x):
            return super().m(x)

    c = C()
    return lambda x: c.m(x), [lambda: setattr(C, "__bases__", (B,))]


@attempt
def class_changed():
    class A:
        k = 2.0

    class B:
        k = 5.0

    c = A()
    return lambda x: x * c.k, [lambda: setattr(c, "__class__", B)]


@attempt
def dict_replaced():
    class A:
        pass

    c = A()
    c.k = 2.0
    return lambda x: x * c.k, [lambda: setattr(c, "__dict__", {"k": 5.0})]


@attempt
def dir_of():
    class A:
        pass

    a = A()
    return lambda x: x * ("k" in dir(a)) + x * x, [lambda: setattr(a, "k", 1)]


@attempt
def vars_of_class():
    class A:
        k = 2.0

    return lambda x: x * vars(A)["k"] + x * A.__dict__["k"], [lambda: setattr(A, "k", 5.0)]


@attempt
def raise_class_own_init():
    s = [1.0]

    class E(Exception):
        def __init__(self):
            self.k = s[0]

    def f(x):
        try:
            raise E
        except E as e:
            return x * e.k

    return f, [lambda: s.__setitem__(0, 5.0)]


@attempt
def inner_class_init_subclass():
    s = [1.0]

    class B:
        def __init_subclass__(cls):
            cls.k = s[0]

    def f(x):
        class C(B):
            pass

        return x * C.k

    return f, [lambda: s.__setitem__(0, 5.0)]


@attempt
def inner_class_metaclass():
    s = [1.0]

    class Meta(type):
        def __new__(m, n, b, d):
            d["k"] = s[0]
            return super().__new__(m, n, b, d)

    def f(x):
        class C(metaclass=Meta):
            pass

        return x * C.k

    return f, [lambda: s.__setitem__(0, 5.0)]


@attempt
def inner_class_set_name():
    s = [1.0]

    class D:
        def __set_name__(self, cls, name):
            cls.j = s[0]

    def f(x):
        class C:
            k = D()

        return x * C.j

    return f, [lambda: s.__setitem__(0, 5.0)]


@attempt
def inner_decorator():
    s = [1.0]

    def dec(g):
        k = s[0]
        return lambda x: g(x) * k

    def f(x):
        @dec
        def h(y):
            return y

        return h(x)

    return f, [lambda: s.__setitem__(0, 5.0)]


@attempt
def inner_class_decorator():
    s = [1.0]

    def dec(c):
        c.k = s[0]
        return c

    def f(x):
        @dec
        class C:
            pass

        return x * C.k

    return f, [lambda: s.__setitem__(0, 5.0)]


@attempt
def dataclass_factory():
    s = [1.0]

    @dataclasses.dataclass
    class D:
        k: float = dataclasses.field(default_factory=lambda: s[0])

    return lambda x: x * D().k, [lambda: s.__setitem__(0, 5.0)]


@attempt
def dataclass_post_init():
    s = [1.0]

    @dataclasses.dataclass
    class D:
        k: float = 1.0

        def __post_init__(self):
            self.k = self.k * s[0]

    return lambda x: x * D(2.0).k, [lambda: s.__setitem__(0, 5.0)]


@attempt
def dataclass_default_changed():
    @dataclasses.dataclass
    class D:
        k: float = 1.0

    return lambda x: x * D().k + x * D(2.0).k, [
        lambda: D.__init__.__setattr__("__defaults__", (5.0,))
    ]


@attempt
def namedtuple_method():
    s = [1.0]

    class T(typing.NamedTuple):
        a: float

        def m(self):
            return self.a * s[0]

    t = T(2.0)
    return lambda x: x * t.m(), [
        lambda: s.__setitem__(0, 5.0),
        lambda: setattr(T, "m", lambda s: 11.0),
    ]


@attempt
def slots_deleted():
    class P:
        __slots__ = ("k",)

    p = P()
    p.k = 2.0

    def f(x):
        try:
            return x * p.k
        except AttributeError:
            return x * x

    return f, [lambda: delattr(p, "k"), lambda: setattr(p, "k", 5.0)]


@attempt
def getattr_default_class_attr():
    class P:
        pass

    p = P()
    return lambda x: x * getattr(p, "k", 2.0), [
        lambda: setattr(P, "k", 5.0),
        lambda: delattr(P, "k"),
        lambda: setattr(p, "k", 8.0),
    ]


@attempt
def setter_patched():
    class P:
        def __init__(s):
            s._k = 1.0

        @property
        def k(s):
            return s._k

        @k.setter
        def k(s, v):
            s._k = v * 2

    p = P()

    def f(x):
        p.k = x
        return p.k

    return f, [lambda: setattr(P, "k", property(P.k.fget, lambda s, v: setattr(s, "_k", v * 5)))]


@attempt
def class_closure():
    s = [1.0]

    class P:
        @staticmethod
        def m():
            return s[0]

        @classmethod
        def n(cls):
            return cls.k * s[0]

        k = 3.0

    return lambda x: x * P.m() + x * P.n(), [
        lambda: s.__setitem__(0, 5.0),
        lambda: setattr(P, "k", 7.0),
    ]


@attempt
def class_getitem():
    s = [2.0]

    class C:
        def __class_getitem__(cls, i):
            return s[0]

    return lambda x: x * C[1], [lambda: s.__setitem__(0, 5.0)]


@attempt
def isinstance_bases():
    class P:
        pass

    class Q:
        pass

    class C(P):
        pass

    c = C()
    return lambda x: x if isinstance(c, P) else x * x, [lambda: setattr(C, "__bases__", (Q,))]


@attempt
def issubclass_bases():
    class P:
        pass

    class Q:
        pass

    class C(P):
        pass

    return lambda x: x if issubclass(C, P) else x * x, [lambda: setattr(C, "__bases__", (Q,))]


@attempt
def slots_and_descriptor_override():
    class P:
        __slots__ = ("a",)

        @property
        def b(self):
            return self.a * 2

    p = P()
    p.a = 1.5
    return lambda x: x * p.b, [
        lambda: setattr(p, "a", 5.0),
        lambda: setattr(P, "b", property(lambda s: 11.0)),
    ]


@attempt
def data_then_nondata():
    class D:
        def __get__(s, o, c):
            return 3.0

    class P:
        k = D()

    p = P()
    p.__dict__["k"] = 7.0

    def toggle():
        D.__set__ = lambda s, o, v: None

    return lambda x: x * p.k, [toggle, lambda: delattr(D, "__set__"), lambda: p.__dict__.pop("k")]


@attempt
def instance_method_shadow():
    class P:
        def m(self):
            return 2.0

    p = P()
    return lambda x: x * p.m(), [
        lambda: p.__dict__.__setitem__("m", lambda: 5.0),
        lambda: p.__dict__.pop("m"),
    ]


@attempt
def class_of_inner_instance():
    class P:
        k = 2.0

        def __init__(self):
            pass

    return lambda x: x * P().k, [
        lambda: setattr(P, "k", 5.0),
        lambda: setattr(P, "__init__", lambda s: setattr(s, "k", 9.0)),
    ]


@attempt
def getattr_module_level_class():
    class P:
        pass

    def f(x):
        return x * (P.k if hasattr(P, "k") else 2.0)

    return f, [lambda: setattr(P, "k", 5.0), lambda: delattr(P, "k")]
