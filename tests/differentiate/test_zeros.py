"""What is 0 whatever the inputs are does not move, in roots, loops and branches."""

import math

import numpy as np
import pytest

from symdiff import grad, jvp
from symdiff.settings import rolling


def straight(x):
    c, s = x * 0.5, 0.0
    c = 0.5 * math.sqrt(c * s)
    s = math.tanh(x)
    for _ in range(2):
        c = 0.5 * math.sqrt(c * s)
    return c + x**2


def carried(x, n):
    c, s = x * 0.5, 0.0
    for i in range(n):
        c = 0.5 * math.sqrt(c * s)
        if i > 3:
            s = s + 0.1 * math.sin(c)
    return c + x**2 + s


def in_arms(x, n):
    c = 0.0
    for k in range(n):
        if x > k:
            c = math.sqrt(abs(c) * x)
        else:
            c = -(c**1.5) / x
    return c + x**2


def nested(x, n):
    c = 0.0
    for _ in range(n):
        for j in range(n):
            c = math.sqrt(c * x) * j
    return c + x**2


@pytest.mark.parametrize("kept", [True, False])
def test_a_root_of_what_is_always_0_does_not_move(kept):
    with rolling(kept):
        assert grad(straight)(1.3) == 2.6
        for f in (carried, in_arms, nested):
            g = grad(f)
            for n in (1, 7, 3):
                assert g(1.5, n) == 3.0, (f, n)
                assert grad(g)(1.5, n) == 2.0, (f, n)
                assert jvp(lambda x, f=f, n=n: f(x, n), (1.5,), (1.0,))[1] == 3.0, (f, n)


def happens(x, y):
    return x * y + math.sin(x) * 2.0 - y / (1 + x)


def becomes(x, n):
    t = c = 0.0
    for _ in range(n):
        c = c * x + t  # 0 in two iterations, and then no longer
        t = t + x
    return c


def ends(x, n):
    c = 0.0
    for k in range(n):
        if k == 2:
            c = x
        c = c * x
    return c


@pytest.mark.parametrize("kept", [True, False])
def test_what_happens_to_be_0_moves(kept):
    with rolling(kept):
        assert grad(happens, "all")(0.0, 0.0) == (2.0, -1.0)
        g, h = grad(becomes), grad(ends)
        for n in (5, 0, 1, 2, 3, 6):
            for x in (0.3, 0.0, -1.2):
                step = 1e-30
                for f, slope in ((becomes, g), (ends, h)):
                    wanted = complex(f(x + step * 1j, n)).imag / step
                    assert slope(x, n) == pytest.approx(wanted, rel=1e-13), (f, n, x)


def test_a_first_value_that_is_an_argument_moves():
    def f(s, x, n):
        for _ in range(n):
            s = math.sin(s * x)
        return s

    g = grad(f, ("s", "x"))
    for s in (0.0, 0.4, 0.0):
        by_s, by_x = g(s, 0.5, 2)
        inner = math.sin(s * 0.5)
        outer = math.cos(0.5 * inner)
        assert by_s == pytest.approx(outer * 0.5 * math.cos(s * 0.5) * 0.5)
        assert by_x == pytest.approx(outer * (inner + 0.5 * math.cos(s * 0.5) * s))


def test_zeros_that_arrays_are_filled_with_do_not_hold_their_items():
    def f(x):
        y = np.zeros(3) * x
        y[1] = x[1] ** 2
        return np.sqrt(y[1]) + y.sum()

    np.testing.assert_allclose(grad(f)(np.array([1.0, 2.0, 3.0])), [0.0, 5.0, 0.0])
