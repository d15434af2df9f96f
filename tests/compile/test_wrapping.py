"""Integers of NumPy's have 64 bits; what is computed with them is what the function computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff import grad, value_and_grad
from symdiff.compile.wrapping import bound_of
from symdiff.operations.table.template import Literal, Template

K: Any = None


def product(x):
    return x * (K[0] * K[1] * 3)


def remainder(x):
    return x * ((K[0] * K[1] * 3) % 1000)


def named(x):
    k = K[0] * K[0] - K[1]
    return x * k


def carried(x):
    h, s = K[0], 0.0
    for i in range(len(K)):
        h = h * 31 + K[i]
        s = s + x * (h % 97)
    return s


def begun_with_pythons(x):
    h = 0
    for i in range(len(K)):
        h = h * 31 + K[i]
    return x * h


def pythons_own(x):
    h = 1
    for i in range(40):
        h = h * 31 + i
    return x * (h % 97)


def deciding(x):
    s = 0.0
    for i in range(len(K)):
        s = s + (x if K[i] * K[i] > 5 else 3.0 * x)
    return s


def chosen(x):
    return x * (K[0] * K[1] if K[0] > 0 else K[1])


def one_by_one(x):
    p = 1
    for k in K:
        p = p * k
    return x * p


def in_pairs(x):
    s = 0.0
    for k, m in zip(K, K[::-1]):
        s = s + x * (k * m)
    return s


def generated(x):
    return sum(x * (k * k) for k in K)


def shifted(x):
    return x * ((K[0] << 3) ^ (K[1] * K[2]))


def place(x):
    return x * K[(K[0] * K[1]) % len(K)]


def power(x):
    return x * (abs(K[0]) ** 3 - np.square(K[1]))


def as_pythons(x):
    return x * (int(K[0]) * K[1].item())


FUNCTIONS = [
    *(product, remainder, named, carried, begun_with_pythons, pythons_own, deciding, chosen),
    *(one_by_one, in_pairs, generated, shifted, place, power, as_pythons),
]
NUMBERS = [
    [3, 5, 7],
    [4_000_000_001, 3_999_999_999, 4_000_000_007],
    [-4_000_000_001, 3, -7],
    [1 << 62, -(1 << 62), 5],
    [0, 0, 0],
]


@pytest.mark.filterwarnings("ignore:overflow encountered")
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_what_wraps_around_does_so_in_the_derivative(function, monkeypatch):
    g, both = grad(function), value_and_grad(function)
    for numbers in NUMBERS:  # of one gradient: each is asked for at every call
        monkeypatch.setitem(function.__globals__, "K", np.array(numbers))
        value = function(1.0)  # all are linear in x
        assert g(1.0) == value, numbers
        assert both(1.0) == (value, value), numbers


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_of_a_number_that_is_given():
    def f(x, n):
        return x * (n * n)

    g = grad(f)
    for n in (3, np.int64(3), np.int64(4_000_000_001), 4_000_000_001):
        assert g(1.0, n) == f(1.0, n)


@pytest.mark.parametrize(
    ("code", "bound"),
    [
        ((0, 1, "mul"), None),
        ((0, "sin", 0, "mul"), None),
        ((0, 0, "mul"), 2**31),
        ((0, 0, "mul", 1, "mul"), 2**31),
        ((0, Literal.of(1), "add"), 2**62),
        ((0, Literal.of(1.0), "add"), None),
        ((0, Literal.of(3), "pow"), 2**20),
        ((0, Literal.of(2), 0, "pow", "mul"), 0),
        ((0, Literal.of(97), "mod"), None),
        ((0, 0, "mul", Literal.of(97), "mod"), 2**31),
        ((Literal.of(5), 0, "lt", 0, 0, "mul", 0, "where"), 2**31),
        ((0, "invert", 0, "add"), 2**61),
        ((0, 0, "bit_xor", Literal.of(7), "mul"), 2**59),
    ],
)
def test_up_to_which_size_nobody_can_tell(code, bound):
    template = Template.of(code)
    whole = [k == 0 for k in range(template.arity)]
    assert bound_of(template, whole, whole) == bound
