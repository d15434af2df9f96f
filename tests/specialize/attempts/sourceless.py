"""Helpers without source, which may read anything."""

from __future__ import annotations

import functools
import types

import numpy as np

from ._attempt import attempt, made


@attempt
def helper_reads_global():
    s = made("def h(t): return t * K", K=2.0)
    h = s["h"]
    return lambda x: x * h(3.0), [lambda: s.__setitem__("K", 5.0)]


@attempt
def helper_counts():
    s = made("N = 0\ndef h():\n    global N\n    N += 1\n    return float(N)")
    h = s["h"]
    return lambda x: x * h(), [], "counts"


@attempt
def helper_mutable_list():
    vals = [1.0]
    s = made("def h(): return sum(vals)", vals=vals)
    h = s["h"]
    return lambda x: x * h(), [lambda: vals.append(2.0), lambda: vals.clear()]


@attempt
def helper_with_outside_number():
    s = made("def h(t): return t * t")
    h = s["h"]
    ns = types.SimpleNamespace(k=2.0)
    return lambda x: x * h(ns.k), [lambda: setattr(ns, "k", 3.0)]


@attempt
def helper_defaults():
    s = made("def h(t=2.0): return t")
    h = s["h"]
    return lambda x: x * h(), [lambda: setattr(h, "__defaults__", (4.0,))]


@attempt
def helper_code():
    s = made("def h(): return 2.0\ndef k(): return 3.0")
    h = s["h"]
    return lambda x: x * h(), [lambda: setattr(h, "__code__", s["k"].__code__)]


@attempt
def helper_replaced():
    s = made("def h(): return 2.0\ndef k(): return 3.0")
    ns = types.SimpleNamespace(h=s["h"])
    return lambda x: x * ns.h(), [lambda: setattr(ns, "h", s["k"])]


@attempt
def helper_generator():
    s = made("def h():\n    yield 1.0\n    yield K", K=2.0)
    h = s["h"]
    return lambda x: x * sum(h()), [lambda: s.__setitem__("K", 7.0)]


@attempt
def helper_eval_lambda():
    k = [2.0]
    h = eval("lambda t: t * k[0]", {"k": k})
    return lambda x: x * h(3.0), [lambda: k.__setitem__(0, 9.0)]


@attempt
def helper_in_partial():
    s = made("def h(a, b): return a * b * K", K=2.0)
    p = functools.partial(s["h"], 3.0)
    return lambda x: x * p(2.0), [lambda: s.__setitem__("K", 5.0)]


@attempt
def helper_in_map():
    s = made("def h(a): return a * K", K=2.0)
    h = s["h"]
    return lambda x: x * sum(map(h, [1.0, 2.0])), [lambda: s.__setitem__("K", 5.0)]


@attempt
def helper_in_sorted():
    s = made("def h(a): return a * K", K=2.0)
    h = s["h"]
    return lambda x: x * sorted([1.0, 2.0], key=h)[0], [lambda: s.__setitem__("K", -5.0)]


@attempt
def helper_in_reduce():
    s = made("def h(a, b): return a + b * K", K=2.0)
    h = s["h"]
    return lambda x: x * functools.reduce(h, [1.0, 2.0, 3.0]), [lambda: s.__setitem__("K", -5.0)]


@attempt
def helper_in_filter():
    s = made("def h(a): return a > K", K=2.0)
    h = s["h"]
    return lambda x: x * sum(filter(h, [1.0, 3.0, 5.0])), [lambda: s.__setitem__("K", 4.0)]


@attempt
def sourceless_method():
    s = made("class M:\n    def m(self): return self.k * K", K=2.0)
    m = s["M"]()
    m.k = 3.0
    return lambda x: x * m.m(), [lambda: s.__setitem__("K", 5.0), lambda: setattr(m, "k", 7.0)]


@attempt
def sourceless_property():
    s = made("class M:\n    @property\n    def m(self): return self.k * K", K=2.0)
    m = s["M"]()
    m.k = 3.0
    return lambda x: x * m.m, [lambda: s.__setitem__("K", 5.0), lambda: setattr(m, "k", 7.0)]


@attempt
def sourceless_getattr():
    s = made("class M:\n    def __getattr__(self, n): return K", K=2.0)
    m = s["M"]()
    return lambda x: x * m.foo, [lambda: s.__setitem__("K", 5.0)]


@attempt
def sourceless_operator():
    s = made("class M:\n    def __mul__(self, o): return K * o", K=2.0)
    m = s["M"]()
    return lambda x: x * (m * 3.0), [lambda: s.__setitem__("K", 5.0)]


@attempt
def sourceless_init():
    s = made("class M:\n    def __init__(self): self.k = K", K=2.0)
    M = s["M"]
    return lambda x: x * M().k, [lambda: s.__setitem__("K", 5.0)]


@attempt
def sourceless_iter():
    s = made("class M:\n    def __iter__(self): return iter([1.0, K])", K=2.0)
    m = s["M"]()
    return lambda x: x * sum(m), [lambda: s.__setitem__("K", 5.0)]


@attempt
def sourceless_len_bool():
    s = made("class M:\n    def __len__(self): return K", K=2)
    m = s["M"]()
    return lambda x: x * len(m) if m else x * x, [
        lambda: s.__setitem__("K", 5),
        lambda: s.__setitem__("K", 0),
    ]


@attempt
def sourceless_eq():
    s = made("class M:\n    def __eq__(self, o): return K == 2\n    __hash__ = None", K=2)
    m = s["M"]()
    return lambda x: x if m == 3 else x * x, [lambda: s.__setitem__("K", 5)]


@attempt
def sourceless_enter():
    s = made(
        "class M:\n    def __enter__(self): return K\n    def __exit__(self, *a): return False",
        K=2.0,
    )
    m = s["M"]()

    def f(x):
        with m as k:
            return x * k

    return f, [lambda: s.__setitem__("K", 5.0)]


@attempt
def sourceless_contains():
    s = made("class M:\n    def __contains__(self, v): return v < K", K=2.0)
    m = s["M"]()
    return lambda x: x if 3.0 in m else x * x, [lambda: s.__setitem__("K", 5.0)]


@attempt
def sourceless_getitem():
    s = made("class M:\n    def __getitem__(self, v): return v * K", K=2.0)
    m = s["M"]()
    return lambda x: x * m[3.0], [lambda: s.__setitem__("K", 5.0)]


@attempt
def sourceless_call():
    s = made("class M:\n    def __call__(self, v): return v * K", K=2.0)
    m = s["M"]()
    return lambda x: x * m(3.0), [lambda: s.__setitem__("K", 5.0)]


@attempt
def sourceless_decorator():
    s = made("def d(f):\n    k = K\n    return lambda x: k", K=2.0)
    d = s["d"]

    def f(x):
        @d
        def g(y):
            return 1.0

        return x * g(1.0)

    return f, [lambda: s.__setitem__("K", 5.0)]


@attempt
def lambdified():
    import sympy

    t = sympy.Symbol("t")
    h = sympy.lambdify(t, t**2 + 1, "math")
    ns = types.SimpleNamespace(k=2.0)
    return lambda x: x * h(ns.k) + x * h(2.0), [lambda: setattr(ns, "k", 3.0)]


@attempt
def lambdified_of_global_function():
    import sympy

    t = sympy.Symbol("t")
    q = {"q": lambda t: t * 2}
    h = sympy.lambdify(t, sympy.Function("q")(t), [q])
    return lambda x: x * h(2.0), [lambda: h.__globals__.__setitem__("q", lambda t: t * 7)]


# --- that act, and whose results hold what they have read


@attempt
def helper_appends_inner():
    s = made("def h(v): v.append(2.0)")
    h = s["h"]

    def f(x):
        held = [1.0]
        h(held)
        return x * sum(held)

    return f, []


@attempt
def helper_appends_outer():
    s = made("def h(v): v.append(2.0)")
    h = s["h"]
    held = [1.0]

    def f(x):
        h(held)
        r = x * len(held)
        return r

    return f, [lambda: held.clear()]


@attempt
def helper_writes_array_inner():
    s = made("def h(v): v[0] = 7.0")
    h = s["h"]

    def f(x):
        a = np.zeros(2)
        h(a)
        return x * a.sum()

    return f, []


@attempt
def helper_sets_global():
    s = made("N = 1.0\ndef h():\n    global N\n    N = N + 1")
    h = s["h"]
    g = s

    def f(x):
        a = g["N"]
        h()
        b = g["N"]
        g["N"] = 1.0
        return x * (a + 10 * b)

    return f, []


@attempt
def helper_sets_attribute():
    s = made("def h(o): o.k = 5.0")
    h = s["h"]
    o = types.SimpleNamespace(k=1.0)

    def f(x):
        a = o.k
        h(o)
        b = o.k
        o.k = 1.0
        return x * (a + 10 * b)

    return f, []


@attempt
def attr_of_function_result():
    s = made("class R: pass\ndef h():\n    r = R(); r.k = K; return r", K=2.0)
    h = s["h"]
    return lambda x: x * h().k, [lambda: s.__setitem__("K", 5.0)]


@attempt
def list_of_function_result():
    s = made("def h(): return [K, {'a': K}]", K=2.0)
    h = s["h"]
    return lambda x: x * h()[1]["a"], [lambda: s.__setitem__("K", 5.0)]


@attempt
def array_of_function_result():
    s = made("import numpy as np\ndef h(): return np.full(N, K)", K=2.0, N=2)
    h = s["h"]
    return lambda x: x * h().sum(), [lambda: s.__setitem__("K", 5.0), lambda: s.__setitem__("N", 5)]


@attempt
def function_of_function_result():
    s = made("def h():\n    k = K\n    return lambda: k", K=2.0)
    h = s["h"]
    return lambda x: x * h()(), [lambda: s.__setitem__("K", 5.0)]


@attempt
def helper_raises_sometimes():
    s = made("def h():\n    if K: raise ValueError(K)\n    return 1.0", K=0)
    h = s["h"]

    def f(x):
        try:
            return x * h()
        except ValueError as e:
            return x * x * e.args[0]

    return f, [
        lambda: s.__setitem__("K", 5.0),
        lambda: s.__setitem__("K", 6.0),
        lambda: s.__setitem__("K", 0),
    ]


@attempt
def callback_to_helper():
    s = made("def h(fn): return fn(2.0)")
    h = s["h"]
    k = [3.0]

    def cb(t):
        return t * k[0]

    return lambda x: x * h(cb), [lambda: k.__setitem__(0, 5.0)]
