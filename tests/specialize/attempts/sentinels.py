"""Tests of identity, of numbers too."""

from __future__ import annotations

import operator
import types

import numpy as np

from ._attempt import attempt

SENT = float("nan")


S2 = 1000.5


S3 = 12345678


@attempt
def sentinel_argument():
    ns = types.SimpleNamespace(n=S2)
    return lambda x: x if ns.n is S2 else x * x, [
        lambda: setattr(ns, "n", float("1000.5")),
        lambda: setattr(ns, "n", S2),
    ]


@attempt
def sentinel_default():
    ns = types.SimpleNamespace(n=2.0)

    def h(x, n=SENT):
        return x * x if n is SENT else x * n

    return lambda x: h(x) + h(x, ns.n), [
        lambda: setattr(ns, "n", SENT),
        lambda: setattr(ns, "n", float("nan")),
    ]


@attempt
def sentinel_int():
    ns = types.SimpleNamespace(n=S3)
    return lambda x: x if ns.n is S3 else x * x, [
        lambda: setattr(ns, "n", int("12345678")),
        lambda: setattr(ns, "n", S3),
    ]


@attempt
def sentinel_in_list():
    held = [S2, 1.0]
    return lambda x: x if held[0] is not S2 else x * x, [
        lambda: held.__setitem__(0, float("1000.5")),
        lambda: held.reverse(),
    ]


@attempt
def sentinel_np():
    s = np.float64(3.0)
    ns = types.SimpleNamespace(n=s)
    return lambda x: x if ns.n is s else x * x, [lambda: setattr(ns, "n", np.float64(3.0))]


@attempt
def sentinel_contains():
    nan = float("nan")
    held = [nan]
    ns = types.SimpleNamespace(n=nan)
    return lambda x: x if ns.n in held else x * x, [lambda: setattr(ns, "n", float("nan"))]


@attempt
def sentinel_list_eq():
    nan = float("nan")
    held = [nan]
    ns = types.SimpleNamespace(n=[nan])
    return lambda x: x if ns.n == held else x * x, [lambda: ns.n.__setitem__(0, float("nan"))]


@attempt
def tuple_identity():
    s = (1.0, 2.0)
    ns = types.SimpleNamespace(n=s)
    return lambda x: x if ns.n is s else x * x, [
        lambda: setattr(ns, "n", tuple(map(float, (1, 2)))),
        lambda: setattr(ns, "n", s),
    ]


@attempt
def id_of():
    a = [1.0]
    ns = types.SimpleNamespace(n=a)
    return lambda x: x if id(ns.n) == id(a) else x * x, [
        lambda: setattr(ns, "n", [1.0]),
        lambda: setattr(ns, "n", a),
    ]


@attempt
def operator_is():
    a = [1.0]
    ns = types.SimpleNamespace(n=a)
    return lambda x: x if operator.is_(ns.n, a) else x * x, [
        lambda: setattr(ns, "n", [1.0]),
        lambda: setattr(ns, "n", a),
    ]


@attempt
def number_is_in_list():
    k = 5000.25
    held = [k, float("5000.25")]
    return lambda x: x if held[0] is held[1] else x * x, [lambda: held.__setitem__(1, held[0])]


@attempt
def int_computed_is():
    ns = types.SimpleNamespace(n=4)
    return lambda x: x if ns.n + 1 is ns.m else x * x, [] if setattr(ns, "m", 5) else [
        lambda: setattr(ns, "m", 6)
    ]


@attempt
def float_is_itself():
    def f(x):
        y = x
        return y * y if y is x else x

    return f, []


@attempt
def default_none_is():
    def h(x, k=None):
        return x if k is None else x * k

    ns = types.SimpleNamespace(k=None)
    return lambda x: h(x, ns.k), [lambda: setattr(ns, "k", 5.0), lambda: setattr(ns, "k", None)]
