"""Containers and tables of libraries that hold numbers."""

from __future__ import annotations

import array
import collections
import types

import numpy as np

from ._attempt import attempt


@attempt
def mapping_proxy():
    d = {"k": 2.0}
    m = types.MappingProxyType(d)
    return lambda x: x * m["k"], [lambda: d.__setitem__("k", 5.0)]


@attempt
def chain_map():
    d = {"k": 2.0}
    m = collections.ChainMap({}, d)
    return lambda x: x * m["k"], [lambda: d.__setitem__("k", 5.0), lambda: m.__setitem__("k", 8.0)]


@attempt
def user_dict():
    m = collections.UserDict(k=2.0)
    return lambda x: x * m["k"], [lambda: m.__setitem__("k", 5.0)]


@attempt
def std_array():
    a = array.array("d", [2.0, 3.0])
    return lambda x: x * a[0], [lambda: a.__setitem__(0, 5.0)]


@attempt
def byte_array():
    a = bytearray(b"\x02")
    return lambda x: x * a[0], [lambda: a.__setitem__(0, 5)]


@attempt
def memory_view():
    a = np.array([2.0])
    m = memoryview(a)
    return lambda x: x * m[0], [lambda: a.__setitem__(0, 5.0)]


@attempt
def set_of_objects():
    class P:
        def __init__(s, k):
            s.k = k

    a, b = P(1.0), P(2.0)
    s = {a}
    return lambda x: x * sum(p.k for p in s), [lambda: s.add(b), lambda: setattr(a, "k", 7.0)]


@attempt
def np_array_of_python_scalar_type():
    ns = types.SimpleNamespace(a=np.array([1, 2]))
    return lambda x: x * ns.a.mean() + x * (ns.a / 2).sum(), [
        lambda: setattr(ns, "a", np.array([1, 2], np.int8)),
        lambda: setattr(ns, "a", np.array([True, False])),
    ]


@attempt
def poly1d_():
    p = np.poly1d([1.0, 2.0])
    return lambda x: x * p(3.0), [lambda: p.coef.__setitem__(0, 5.0)]


@attempt
def polynomial_():
    p = np.polynomial.Polynomial([1.0, 2.0])
    return lambda x: x * p(3.0), [lambda: p.coef.__setitem__(0, 5.0)]


@attempt
def polynomial_active():
    p = np.polynomial.Polynomial([1.0, 2.0])
    return lambda x: p(x), [lambda: p.coef.__setitem__(1, 5.0)]


@attempt
def interp1d_():
    from scipy.interpolate import interp1d

    u = interp1d([0.0, 1.0], [2.0, 4.0])

    def change():
        u.y[0] = 3.0
        u._y = u.y.reshape(-1, 1)

    return lambda x: x * float(u(0.0)), [change]


@attempt
def cubic_spline():
    from scipy.interpolate import CubicSpline

    u = CubicSpline([0.0, 1.0, 2.0], [2.0, 4.0, 3.0])
    return lambda x: x * float(u(0.5)), [lambda: u.c.__imul__(2.0)]


@attempt
def slice_outside():
    ns = types.SimpleNamespace(s=slice(0, 2))
    held = [1.0, 2.0, 3.0]
    return lambda x: x * sum(held[ns.s]), [lambda: setattr(ns, "s", slice(1, 3))]


@attempt
def bool_of_array_like():
    ns = types.SimpleNamespace(held=[])
    return lambda x: x if ns.held else x * x, [
        lambda: ns.held.append(1),
        lambda: ns.held.clear(),
        lambda: setattr(ns, "held", "a"),
    ]
