"""What makes NumPy raise, or looks at Python's frames, is refused."""

from __future__ import annotations

import inspect
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import UnsupportedError, grad, value_and_grad


def simple(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.log(-x)
        except RuntimeWarning:
            return 3 * x


def by_category(x):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=RuntimeWarning)
        try:
            return np.float64(x) / np.float64(0.0)
        except RuntimeWarning:
            return 3 * x


def by_keyword(x):
    with warnings.catch_warnings(action="error"):
        try:
            y = np.sqrt(np.array([-x]))[0]
        except Warning:
            y = x**2
        return y


def by_message(x):
    with warnings.catch_warnings():
        warnings.filterwarnings(action="error", message="divide by zero")
        try:
            return 1 / np.array([x - x])[0]
        except Warning:
            return x


def of_a_base(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error", Warning)
        try:
            return np.arcsin(2 + x)
        except Warning:
            return x


def in_a_helper(x):
    def strict():
        warnings.simplefilter("error")

    with warnings.catch_warnings():
        strict()
        try:
            return np.log(-x)
        except Exception:
            return x


@pytest.mark.parametrize("f", [simple, by_category, by_keyword, by_message, of_a_base, in_a_helper])
def test_warnings_that_raise_are_refused(f: Callable[..., Any]) -> None:
    before = list(warnings.filters)
    with pytest.raises(UnsupportedError, match="warnings that raise"):
        value_and_grad(f)(2.0)
    assert warnings.filters == before


def ignored(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nan_to_num(np.log(-x)) + x


def others_raise(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        return x**2


def always(x):
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=UserWarning)
        return x**3


@pytest.mark.parametrize(("f", "slope"), [(ignored, 1.0), (others_raise, 4.0), (always, 12.0)])
def test_other_filters_are_set(f: Callable[..., Any], slope: float) -> None:
    assert grad(f)(2.0) == slope


def name_of_the_function(x):
    return x * len(inspect.stack()[0].function)


def depth(x):
    return x * len(inspect.stack())


def code_name(x):
    return x * len(sys._getframe().f_code.co_name)


def line(x):
    frame = inspect.currentframe()
    return x * frame.f_lineno


def caught(x):
    try:
        return x * len(traceback.extract_stack()[-1].name)
    except Exception:
        return 0.0


def of_the_caller(x):
    def caller():
        return inspect.currentframe().f_back.f_code.co_name

    return x * len(caller())


def formatted(x):
    return x * len(traceback.format_stack())


@pytest.mark.parametrize(
    "f", [name_of_the_function, depth, code_name, line, caught, of_the_caller, formatted]
)
def test_frames_are_refused(f: Callable[..., Any]) -> None:
    with pytest.raises(UnsupportedError, match="other frames"):
        grad(f)(2.0)
