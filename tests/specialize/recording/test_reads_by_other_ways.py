"""Elements that are read under several names, and attributes that a library asks for."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from symdiff import grad, hessian


def both_ends(x: Any) -> Any:
    return x[2] * x[-1] ** 2 + x[0] * x[-3]


def all_twice(x: Any) -> Any:
    total = 0.0
    for k in range(-3, 3):
        total = total + x[k] ** 2
    return total


def one_by_many_names(x: Any) -> Any:
    y = x * 1.0
    matrix = np.reshape(y, (3, 1))
    total = y[0] * 2
    for _ in range(9):
        total = total * y[-3] + matrix[0, 0] + matrix[-3, -1] * y[1]
    return total


@pytest.mark.parametrize("f", [both_ends, all_twice, one_by_many_names])
def test_an_element_read_under_several_names(f: Any) -> None:
    x = np.array([0.3, -0.7, 1.1])
    step = 1e-30
    wanted = [f(x + step * 1j * np.eye(3)[k]).imag / step for k in range(3)]
    np.testing.assert_allclose(grad(f)(x), wanted, rtol=1e-13)


def test_second_slopes_of_an_element_read_under_several_names() -> None:
    have = hessian(both_ends)(np.array([2.0, 1.0, 3.0]))
    np.testing.assert_allclose(have, np.diag([2.0, 0.0, 18.0]))


@pytest.mark.parametrize("name", ["T", "real", "flat"])
def test_an_attribute_that_a_library_asks_for(name: str) -> None:
    asked = operator.attrgetter(name)

    def f(x: Any) -> Any:
        return np.sum(np.array(list(asked(x))) ** 2)

    np.testing.assert_allclose(grad(f)(np.array([1.0, 2.0])), [2.0, 4.0])
