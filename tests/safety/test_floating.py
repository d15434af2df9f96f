"""Settings of NumPy and Python that a trace changes are not seen, and the user's are kept."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from symdiff import UnsupportedError, grad, jacobian


def _outcome(f: Any, *args: Any) -> Any:
    try:
        return f(*args)
    except FloatingPointError as error:
        return str(error)


SETTINGS = [{}, {"divide": "raise"}, {"invalid": "raise"}, {}, {"all": "raise"}, {}]


def test_errors_that_raise_around_a_function_of_an_array() -> None:
    def f(x):
        return np.log(x) * x

    g = jacobian(f)
    for settings in SETTINGS:
        for x in ([1.0, 2.0], [1.0, 0.0], [-1.0, 2.0]):
            with np.errstate(**{"all": "ignore", **settings}):
                expected, found = _outcome(f, np.array(x)), _outcome(g, np.array(x))
            assert isinstance(found, str) == isinstance(expected, str)
            if isinstance(expected, str):
                assert found == expected


def test_an_exception_of_numpy_that_is_caught() -> None:
    def f(x):
        try:
            y = np.exp(x * 1000)
        except FloatingPointError:
            y = x * x
        return y

    with np.errstate(all="raise"):
        assert grad(f)(2.0) == 4.0
        with pytest.raises(FloatingPointError):
            grad(np.log)(-1.0)


def test_settings_cannot_be_asked_for() -> None:
    def f(x):
        return x * x if np.geterr()["divide"] == "warn" else x**3

    with pytest.raises(UnsupportedError, match="geterr"):
        grad(f)(1.0)


def test_the_limit_of_recursion_is_the_users() -> None:
    found = []

    def f(x):
        found.append(sys.getrecursionlimit())
        return x * x if sys.getrecursionlimit() == limit else x**3

    limit = sys.getrecursionlimit()
    g = grad(f)
    assert [g(3.0), g(4.0)] == [6.0, 8.0]
    assert found == [limit, limit]
