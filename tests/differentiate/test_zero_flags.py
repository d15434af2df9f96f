"""What is 0 in some iterations, or in one arm, does not move there, as without the loop."""

import math
import re

import numpy as np
import pytest

from symdiff import derivative, grad
from symdiff.settings import rolling


def first_factor(x, n):
    c, s = x, 0.0
    for _ in range(n):
        c = math.sqrt(c * s)  # 0 by `s`, and then by itself
        s = math.tanh(x)
    return c + x**2


def of_a_constant(x, n):
    c, s = 2.0, 0.0
    k = 0
    while k < n:
        c = (c * s) ** 1.5 + (c * s) ** 0.5 / x
        s = math.log(1 + x)
        k += 1
    return c + x**2


def at_last(x, n):
    c, s, t = x, 0.0, 0.0
    for k in range(n):
        p = x * s
        c = p**0.5 + c * 0.1
        t += c * p
        if k == 4:
            s = s + x
    return t


def by_turns(x, n):
    a, b, t = x, 0.0, 0.0
    for _ in range(n):
        z = a * x * 0.5
        w = z * b
        t += math.sqrt(w) + math.sqrt(z)
        a, b = b, a
    return t


def nested(x, n):
    s, t = 0.0, 0.0
    for k in range(n):
        r = 0.0
        for j in range(n):
            z = (r + s) * x
            t = t + math.sqrt(z) * x
            r = r * x
            if j > 12:
                r = r + x
        if k > 2:
            s = s + x
    return t


def in_arms(x, n):
    c, s = x, 0.0
    for k in range(n):
        p = c * s
        if p > 0:
            c = math.sqrt(p)
        elif k % 3 == 0:
            c = math.sqrt(p) * 2 + p
        else:
            c = x + math.sqrt(p)
        s = math.log(1 + x)
    return c + x


def lengths(x, n):
    c, s, t = x, 0.0, 0.0
    for k in range(n):
        q = c * s
        u = q * x
        t = t + math.hypot(u, q) + math.sqrt(u)
        c = c + x * 0.1
        if k > 1:
            s = q + x * 0.1
    return t


def of_arrays(x, n):
    c, s = x * np.ones(3), np.zeros(3)
    for _ in range(n):
        c = np.sqrt(c * s)
        s = np.tanh(x) * np.ones(3)
    return c.sum() + x**2


def quotients(x, n):
    s, t = 0.0, 0.0
    for k in range(n):
        p = s * x
        q = p / (1.0 + x)
        t = t + math.sqrt(q) * x + math.sqrt(p / 2.0)
        if k == 4:
            s = s + x
    return t


def without_loops(x, n):
    s = 0.0 if x > 0.4 else x
    d = math.sqrt(x * s)
    return math.sqrt(d) * x + x * x * n


FUNCTIONS = [
    *(first_factor, of_a_constant, at_last, by_turns, nested, in_arms, lengths, of_arrays),
    *(quotients, without_loops),
]
OPERATORS = [grad, derivative, lambda f: grad(grad(f)), lambda f: derivative(grad(f))]


def slopes(f, x, n):
    """The first two derivatives, by differences of what is computed in the same way."""
    h = 1e-4
    values = [f(x + k * h, n) for k in (-2, -1, 0, 1, 2)]
    first = np.dot(values, [1, -8, 0, 8, -1]) / (12 * h)
    second = np.dot(values, [-1, 16, -30, 16, -1]) / (12 * h * h)
    return first, first, second, second


@pytest.mark.parametrize("f", FUNCTIONS)
def test_what_is_0_for_a_while_does_not_move_meanwhile(f):
    made = {kept: [operator(f) for operator in OPERATORS] for kept in (True, False)}
    for x, n in [(0.7, 0), (0.7, 17), (0.7, 1), (0.35, 12), (0.7, 2), (1.2, 3), (0.35, 17)]:
        found = {}
        for kept, objects in made.items():
            with rolling(kept):
                found[kept] = [float(g(x, n)) for g in objects]
        assert found[True] == pytest.approx(found[False], rel=1e-10, abs=1e-11), (x, n)
        assert found[True] == pytest.approx(slopes(f, x, n), rel=1e-5, abs=1e-5), (x, n)


def test_flags_are_carried_only_where_a_root_needs_one():
    def sums(x, n):
        s = t = 0.0
        for k in range(n):
            t += math.sqrt(s) + x[k] * s  # (nothing moves in the first iteration)
            s += x[k] ** 2
        return t

    g = grad(sums)
    x = np.linspace(0.5, 1.5, 40)
    g(x, 40)
    assert not re.search(r"_zero\b", str(g.program(x, 40)))
    assert re.search(r"_zero\b", str(grad(at_last).program(0.5, 12)))
