"""Subclasses of Python's types with methods of their own."""

from __future__ import annotations

from ._attempt import attempt


@attempt
def float_subclass_param():
    s = [1.0]

    class M(float):
        def __mul__(self, o):
            return float(self) * o * s[0]

        __rmul__ = __mul__

    m = M(2.0)
    return lambda x: m * x + x * m, [lambda: s.__setitem__(0, 5.0)]


@attempt
def float_subclass_patched():
    class M(float):
        pass

    m = M(2.0)
    return lambda x: m * x, [
        lambda: setattr(M, "__mul__", lambda s, o: o * 7),
        lambda: delattr(M, "__mul__"),
    ]


@attempt
def int_subclass_patched():
    class M(int):
        pass

    m = M(2)
    return lambda x: x * (m + 1) + x**m, [
        lambda: setattr(M, "__add__", lambda s, o: 7),
        lambda: delattr(M, "__add__"),
    ]


@attempt
def list_subclass_getitem():
    s = [1.0]

    class L(list):
        def __getitem__(self, i):
            return s[0]

    held = L([2.0])
    return lambda x: x * held[0], [lambda: s.__setitem__(0, 5.0)]


@attempt
def list_subclass_patched():
    class L(list):
        pass

    held = L([2.0, 3.0])
    return lambda x: x * held[0] + x * len(held) + x * sum(held), [
        lambda: setattr(L, "__getitem__", lambda s, i: 5.0),
        lambda: setattr(L, "__len__", lambda s: 9),
        lambda: setattr(L, "__iter__", lambda s: iter([1.0])),
    ]


@attempt
def dict_subclass_missing():
    s = [1.0]

    class D(dict):
        def __missing__(self, k):
            return s[0]

    d = D(a=1.0)
    return lambda x: x * d["b"], [lambda: s.__setitem__(0, 5.0), lambda: d.__setitem__("b", 9.0)]


@attempt
def dict_subclass_patched_missing():
    class D(dict):
        pass

    d = D(a=1.0)

    def f(x):
        try:
            return x * d["b"]
        except KeyError:
            return x * x

    return f, [
        lambda: setattr(D, "__missing__", lambda s, k: 5.0),
        lambda: delattr(D, "__missing__"),
    ]


@attempt
def str_subclass():
    s = [1.0]

    class S(str):
        def __len__(self):
            return int(s[0])

        def __eq__(self, o):
            return s[0] == 1.0

        __hash__ = str.__hash__

    t = S("ab")
    return lambda x: x * len(t) + (x if t == "zz" else x * x), [lambda: s.__setitem__(0, 5.0)]


@attempt
def tuple_subclass():
    s = [1.0]

    class T(tuple):
        def __getitem__(self, i):
            return s[0]

        def __iter__(self):
            return iter([s[0]])

    t = T((2.0, 3.0))
    return lambda x: x * t[0] + x * sum(t), [lambda: s.__setitem__(0, 5.0)]


@attempt
def percent_format():
    s = ["ab"]

    class C:
        def __str__(self):
            return s[0]

    c = C()
    one, two = "%s", "%s %s"
    return lambda x: x * len(one % c) + x * len(f"{c}") + x * len(two % (c, c)), [
        lambda: s.__setitem__(0, "abcd")
    ]


@attempt
def join_of_str():
    s = ["ab"]

    class S(str):
        def __str__(self):
            return s[0]

    return lambda x: x * len(str(S("z"))), [lambda: s.__setitem__(0, "abcd")]
