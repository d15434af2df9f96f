"""What a loop hands on: a name that is stored again before it is read is none of it."""

from __future__ import annotations

import ast
import math
import textwrap
from contextlib import suppress

import numpy as np
import pytest

from symdiff import value_and_grad
from symdiff.settings import rolling
from symdiff.specialize.rewriting.liveness import live_at_heads

SOURCES = {
    "a later loop stores it again": ("for i in a: s = s + i\nfor i in b: s = s + i\nreturn s", "s"),
    "a later loop may make no iteration": ("for i in a: s = i\nfor i in b: s = 0\nreturn i", "i"),
    "both arms store it": ("for i in a: t = i\nif a: t = 1\nelse: t = 2\nreturn t", ""),
    "one arm stores it": ("for i in a: t = i\nif a: t = 1\nreturn t", "t"),
    "it is read where it is stored": ("for i in a: t = i\nt = t + 1\nreturn t", "t"),
    "it is changed": ("for i in a: t = i\nt += 1\nreturn t", "t"),
    "its item is stored": ("for i in a: t = b\nt[0] = 1", "t"),
    "it is stored among others": ("for i in a: t = i\n(s, *t), u = b\nreturn t", ""),
    "it is deleted": ("for i in a: t = i\ndel t", "t"),
    "it is left by break": ("for i in a:\n t = i\n if t: break\nelse: t = 0\nreturn t", ""),
    "break leads elsewhere": ("for i in a:\n if b: break\n t = i\nelse: return t\nreturn 1", "t"),
    "it goes on": ("for i in a:\n if i: continue\n t = i\n s = t\nreturn 1", ""),
    "the next iteration reads it": ("for i in a:\n if i: s = t\n t = i", "t"),
    "the condition reads it": ("while t: t = a\nt = 1\nreturn t", "t"),
    "a handler reads it": ("try:\n for i in a: t = i\n t = f()\nexcept E: pass\nreturn t", "t"),
    "a handler stores it": ("try:\n for i in a: t = i\n t = f()\nexcept E: t = 2\nreturn t", ""),
    "the end of a try reads it": ("try:\n for i in a: t = i\n t = 1\nfinally: g(t)", "t"),
    "a manager may catch": ("with m:\n for i in a: t = i\n t = f()\nreturn t", "t"),
    "a function reads it": ("g = lambda: t\nfor i in a: t = i\nt = 1\nreturn 1", "t"),
    "a generator reads it": ("g = (t for _ in a)\nfor i in a: t = i\nt = 1\nreturn 1", "t"),
    "a function changes it": (
        "def g():\n nonlocal t\n t = 1\nfor i in a: t = i\nt = 1\nreturn 1",
        "t",
    ),
    "a function has its own": (
        "def g(s, k=b):\n t = k\n return t\nfor i in a: s = t = i\nt = s = 1\nreturn 1",
        "",
    ),
    "a function in a function reads it": (
        "def g(s):\n return lambda s: s + t\nfor i in a: s = t = i\nt = s = 1\nreturn 1",
        "t",
    ),
    "a default reads it": ("for i in a: t = i\ng = lambda t=t: t\nt = 1\nreturn 1", "t"),
    "a list has its own": ("for i in a: t = i\nreturn [t for t in a if t]", ""),
    "a list goes through it": ("for i in a: t = i\nreturn [t for t in t]", "t"),
    "a case binds it": ("for i in a: t = i\nmatch a:\n case [t]: return t\nreturn t", "t"),
    "an outer loop comes round": (
        "for k in a:\n for i in b: s = s + i\n s = k\n for i in b: s = s + i\nreturn s",
        "s",
    ),
}


@pytest.mark.parametrize("case", SOURCES)
def test_names_are_live_where_they_may_be_read(case):
    source, expected = SOURCES[case]
    text = "def f(a, b, s=0, t=0):\n" + textwrap.indent(source, "    ")
    function = ast.parse(text).body[0]
    heads = live_at_heads(function)
    loops = [n for n in ast.walk(function) if isinstance(n, ast.For | ast.While)]
    first = min(loops, key=lambda n: (n.lineno, n.col_offset))
    if case == "an outer loop comes round":
        first = next(n for n in loops if n is not first)
    others = {"a", "b", "f", "g", "k", "m", "E"}
    assert heads[id(first)] - others == set(expected)


def eliminated(x, n):
    a = np.eye(n + 1) * (x + 3.0) + np.cos(np.arange((n + 1.0) ** 2)).reshape(n + 1, n + 1)
    a[0, 0] = a[0, 0] * x
    for k in range(n + 1):
        for i in range(k + 1, n + 1):
            a[i, k] = a[i, k] / a[k, k]
            for j in range(k + 1, n + 1):
                a[i, j] = a[i, j] - a[i, k] * a[k, j]
    total = 0.0
    for i in range(n + 1):
        total += math.log(abs(a[i, i]))
    return total


def again(x, n):
    for i in range(n):
        x = x + 0.1 * math.sin(x + i)
    for i in range(n - 5):
        x = x * 0.9 + 0.01 * i
    return x * (1.0 + i)


def stored_in_arms(x, n):
    t = x
    for k in range(n):
        t = math.sin(x * k)
        x = x + 0.1 * t
    if x > 0.7:
        t = 2.0
    else:
        t = x
    return x * t


def stored_in_one_arm(x, n):
    t = x
    for k in range(n):
        t = math.sin(x * k)
        x = x + 0.1 * t
    if x > 0.7:
        t = 2.0
    return x * t


def caught(x, n):
    t = x
    try:
        for k in range(n):
            t = math.sin(x * k)
            x = x + 0.1 * t
        t = math.log(11.5 - n)
    except ValueError:
        pass
    return x * t


def suppressed(x, n):
    t = x
    with suppress(ValueError):
        for k in range(n):
            t = math.sin(x * k)
            x = x + 0.1 * t
        t = math.log(11.5 - n)
    return x * t


def read_by_another(x, n):
    t = x

    def held():
        return t

    for k in range(n):
        t = math.sin(x * k)
        x = x + 0.1 * t
    found = held()
    t = 1.0
    return x * found + t


def broken(x, n):
    t = x
    for k in range(n):
        t = math.sin(x * k)
        if t > 0.97:
            break
        x = x + 0.1 * t
    else:
        t = 2.0
    return x * t


FUNCTIONS = [
    eliminated,
    again,
    stored_in_arms,
    stored_in_one_arm,
    caught,
    suppressed,
    read_by_another,
    broken,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_loops_that_use_a_name_again_are_right(function):
    counts = [14, 3, 0, 11, 5, 26]
    for order in (counts, counts[::-1]):
        g = value_and_grad(function)
        for n in order:
            for x in (0.6, 0.2):
                try:
                    expected = function(x, n)
                except UnboundLocalError:
                    with rolling(True), pytest.raises(UnboundLocalError):
                        g(x, n)
                    continue
                with rolling(True):
                    value, slope = g(x, n)
                h = 1e-6
                difference = (function(x + h, n) - function(x - h, n)) / (2 * h)
                assert value == pytest.approx(expected, rel=1e-12)
                assert slope == pytest.approx(difference, rel=1e-6, abs=1e-8)
                if function is eliminated and n > 5:
                    continue  # unrolled, it is long
                with rolling(False):
                    assert value_and_grad(function)(x, n) == pytest.approx((value, slope))


def test_elimination_is_compiled_once_for_all_rows():
    lines = []
    for n in (13, 29):
        with rolling(True):
            g = value_and_grad(eliminated)
            g(0.6, n)
            lines.append(len(g.generated_source(0.6, n).splitlines()))
    assert abs(lines[0] - lines[1]) <= 5  # larger arrays are computed in place
    assert lines[0] < 200
