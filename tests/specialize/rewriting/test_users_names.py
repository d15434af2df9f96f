"""The user's names mean what they mean in the user's code, whatever symdiff calls its own."""

import functools
import math
from collections import namedtuple

import numpy as np
import pytest

from symdiff import grad, primitive, value_and_grad

from .test_names import from_text

pytestmark = pytest.mark.sampled(every=11)


def test_names_like_those_of_hooks():
    _sd_call = 2.0

    def f(_sd_add, _sd_t1=3.0):
        _sd_getattr = _sd_add * _sd_t1
        a, b = _sd_getattr, _sd_call
        return a * b * _sd_setattr(_sd_add)

    def _sd_setattr(x):
        return x

    assert value_and_grad(f)(2.0) == (24.0, 24.0)
    module = from_text(
        "_sd_call = _sd_globals = 3.0\n_sd_t1 = 2.0\n"
        "def f(x):\n    a = b = x * _sd_call\n    return a * b * _sd_t1 * _sd_globals\n",
        "<hooks>",
    )
    assert value_and_grad(module["f"])(1.0) == (54.0, 108.0)


@pytest.mark.parametrize(
    "name",
    [
        *("arg_0", "arg_1", "rt", "log", "float", "int", "len", "abs", "isinstance", "range"),
        *("type", "getattr", "math", "numpy", "np", "scipy", "builtins", "symdiff", "ct", "x_bar"),
        *("ndarray_0", "_lambdifygenerated", "print", "sum", "_", "object", "slice", "max"),
    ],
)
def test_names_like_those_of_compiled_code(name):
    made = from_text(
        f"""
def parameter(x, {name}):
    return x * x * {name} + {name}

def local(x, y):
    {name} = x * y
    {name} *= x
    return {name} + x

{name} = 3.0

def outer(x, y):
    return x * {name} * y

def function(x, y):
    def {name}(v):
        return v * v * y
    return {name}(x)

def array(x, {name}):
    import numpy as n
    total = n.array([x, {name}])
    total[0] = total[1] * x
    return n.sum(total * total) * {name}
""",
        f"<names {name}>",
    )
    assert value_and_grad(made["parameter"])(2.0, 3.0) == (15.0, 12.0)
    assert value_and_grad(made["local"])(2.0, 3.0) == (14.0, 13.0)
    assert value_and_grad(made["function"])(2.0, 3.0) == (12.0, 12.0)
    assert value_and_grad(made["array"])(2.0, 3.0) == (135.0, 108.0)
    assert value_and_grad(made["outer"])(2.0, 3.0) == (18.0, 9.0)
    for f in ("parameter", "local", "array"):
        text = grad(made[f], wrt="all").source(2.0, 3.0)
        space = {}
        exec(text, space)
        got = space[f"grad_{f}"](2.0, 3.0)
        np.testing.assert_allclose(got, grad(made[f], wrt="all")(2.0, 3.0))


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("def len(x): return 3.0\ndef f(x): return x * len([1])", (6.0, 3.0)),
        ("def float(x): return x * 3.0\ndef f(x): return float(x)", (6.0, 3.0)),
        ("def range(n): return [1] * 5\ndef f(x): return sum([x for _ in range(2)])", (10.0, 5.0)),
        ("def isinstance(a, b): return False\ndef f(x): return x if isinstance(x, int) else x*x",
         (4.0, 4.0)),
        ("class math: sin = staticmethod(lambda v: v*v)\ndef f(x): return math.sin(x)", (4.0, 4.0)),
        ("class np: exp = staticmethod(lambda v: 5*v)\ndef f(x): return np.exp(x)", (10.0, 5.0)),
        ("def super(): return 3.0\nclass A:\n def m(s, x): return x*super()\n"
         "def f(x): return A().m(x)", (6.0, 3.0)),
        ("def print(x): return x * x\ndef f(x): return print(x)", (4.0, 4.0)),
        ("def abs(x): return 7 * x\ndef f(x): return abs(x) + max(x, 1.0)", (16.0, 8.0)),
        ("max = min\ndef f(x): return max(x, 5.0)", (2.0, 1.0)),
    ],
)  # fmt: skip
def test_builtins_and_modules_that_the_user_has_shadowed(text, want):
    assert value_and_grad(from_text(text, f"<shadow {hash(text)}>")["f"])(2.0) == want


def test_builtins_that_the_user_has_replaced():
    made = {"abs": lambda v: v * v, "helper": lambda v: 3 * v, "NameError": NameError}
    text = "def f(x):\n    return abs(x) * helper(x)\n"
    f = from_text(text, "<replaced>", __builtins__=made)["f"]
    g = value_and_grad(f)
    assert g(2.0) == (24.0, 36.0)
    made["helper"] = lambda v: 5 * v
    assert g(2.0) == (40.0, 60.0)
    made["scale"] = 2.0
    text = "def f(x):\n    return scale * x * x\n"
    g = grad(from_text(text, "<replaced 2>", __builtins__=made)["f"])
    assert g(1.0) == 4.0
    made["scale"] = 3.0
    assert g(1.0) == 6.0
    text = (
        "def f(x):\n    try:\n        return abs(x)\n    except NameError:\n        return 3 * x\n"
    )
    f = from_text(text, "<replaced 3>", __builtins__={"NameError": NameError})["f"]
    assert value_and_grad(f)(-2.0) == (-6.0, 3.0)


def test_private_names_of_classes():
    text = """
__hidden = 5.0
_C__hidden = 3.0
class C:
    def __init__(self): self.__w = 2.0
    def m(self, x, *, __k=2.0):
        __local = x * x
        def inner(__v): return __v * __hidden
        class D:
            __z = 4.0
            def n(self, x): return x * self.__z * self._D__z
        return inner(__local) * self.__w * __k + D().n(x)
c = C()
def f(x): return c.m(x) + c.m(x, _C__k=3.0)
"""
    made = from_text(text, "<private>")
    assert value_and_grad(made["f"])(1.0) == (made["f"](1.0), 92.0)


def test_arguments_called_like_those_of_symdiffs_own_functions():
    def product(x, **named):
        return x * named["self"] * named["function"] * named["site"] * named["recorder"]

    assert grad(lambda x: product(x, self=x, function=2.0, site=3.0, recorder=1.0))(3.0) == 36.0

    def g(x, self, args, kwargs, function):
        return x * self * args * kwargs * function

    assert grad(g)(x=2.0, self=3.0, args=2.0, kwargs=1.0, function=1.0) == 6.0
    assert grad(lambda x: grad(g)(x, self=x, args=2.0, kwargs=1.0, function=1.0))(2.0) == 2.0
    made = primitive(lambda self, function: self * function)
    made.defpartials(lambda r, a, b: b, lambda r, a, b: a)
    assert grad(lambda x: made(self=x, function=3.0))(2.0) == 3.0
    text = grad(lambda x: x * len(f"{x} {2}"))
    assert text(2.0) == len("2.0 2")


def test_a_variable_called_like_the_module():
    def f(x):
        __name__ = x
        from math import sin

        return sin(x) * __name__

    assert grad(f)(2.0) == pytest.approx(math.sin(2.0) + 2.0 * math.cos(2.0))


def test_a_parameter_called_like_a_part_of_another():
    def f(x, table, table_0):
        return x * table[0] * table_0[0]

    text = grad(f).source(2.0, [3.0], [5.0])
    made = {}
    exec(text, made)
    assert made["grad_f"](2.0, [3.0], [5.0]) == grad(f)(2.0, [3.0], [5.0]) == 15.0


def test_what_wraps_a_function_of_a_library_is_the_users_own():
    @functools.wraps(np.sin)
    def sin(x):
        return x * x

    @functools.wraps(namedtuple)
    def pair(x):
        return 3 * x

    assert grad(lambda x: sin(x) + pair(x))(2.0) == 7.0
