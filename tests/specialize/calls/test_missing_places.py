"""What is not there is missed at every call, also where no derivative needs what is there."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff import derivative, grad, value_and_grad

TABLE = [1.0, 2.0, 3.0]
BY_NUMBER = {1: 1.0, 2: 2.0, -3: 3.0}


def of_an_array(x, k):
    return x * x + np.array([1.0, 2.0, 3.0])[k] + k


def of_a_list(x, k):
    return x * x + [1.0, 2.0, 3.0][k]


def of_a_global(x, k):
    return x * x + TABLE[k]


def of_a_tuple(x, k):
    return x * x + (x * 2, x * 3, 3.0)[k]


def of_a_dict(x, k):
    return x * x + BY_NUMBER[k]


def read_only(x, k):
    TABLE[k]
    return x * x


def slope(f, x, k):
    return (f(x + 1e-6, k) - f(x - 1e-6, k)) / 2e-6


@pytest.mark.parametrize(
    "f", [of_an_array, of_a_list, of_a_global, of_a_tuple, of_a_dict, read_only]
)
@pytest.mark.parametrize("operator", [grad, derivative, value_and_grad])
@pytest.mark.parametrize("order", [[1, 7, -3, -9, 2, 1], [-9, 2, 7, 1, -3]])
def test_what_is_not_there_is_missed(f, operator, order):
    g = operator(f)
    for k in order:
        try:
            f(1.0, k)
        except (IndexError, KeyError) as error:
            with pytest.raises(type(error)):
                g(1.0, k)
            continue
        found = g(1.0, k)
        found = found[1] if isinstance(found, tuple) else found
        assert found == pytest.approx(slope(f, 1.0, k), rel=1e-6)


def test_arguments_are_asked_at_every_call():
    g = grad(lambda x, k, y: x * x + y[k])
    for y in (np.ones(3), [1.0, 2.0, 3.0], (1.0, 2.0)):
        assert g(1.0, 1, y) == 2.0
        with pytest.raises(IndexError):
            g(1.0, 7, y)
        assert g(1.0, -1, y) == 2.0
