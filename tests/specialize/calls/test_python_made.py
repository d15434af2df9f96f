"""What Python code makes: ufuncs of functions, replaced text, classes with a registry."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from symdiff import UnsupportedError, value_and_grad

pytestmark = pytest.mark.sampled(every=3)

X = np.array([0.7, 1.3, -0.4, 2.1])
OTHER = np.array([-1.1, 0.3, 0.9, 0.5])


def _halves():
    return np.frompyfunc(lambda a, b: 0.5 * a + b, 2, 1)


def reduced(x):
    return _halves().reduce(x) ** 2


def reduced_over_rows(x):
    return _halves().reduce(x.reshape(2, 2)).prod()


def reduced_over_an_axis(x):
    return _halves().reduce(x.reshape(2, 2), axis=1) @ np.array([1.0, 2.0])


def accumulated(x):
    return _halves().accumulate(x)[2] * x[3]


def outer(x):
    made = np.frompyfunc(lambda a, b: a * b if a > b else a + b, 2, 1)
    return made.outer(x, x[:2]).sum() * made.nin


def with_a_registry(x):
    class Base:
        names: list[Any] = []

        def __init_subclass__(cls, scale=1.0, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.scale = scale
            Base.names.append(cls)

        def f(self):
            return self.scale * x[0]

    class Mixin:
        def f(self):
            return super().f() * x[1]

    class First(Mixin, Base, scale=3.0):
        pass

    class Second(Base):
        pass

    return First().f() + Second().f() * len(Base.names)


def by_subclass_alone(x):
    class Base:
        def __init_subclass__(cls):
            cls.k = 2.0

    class Made(Base):
        pass

    return Made.k * x[0] + Made().k * x[1]


def _numerically(f: Callable[..., Any], x: Any) -> Any:
    h = 1e-6
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(4)])


@pytest.mark.parametrize(
    "f",
    [
        reduced,
        reduced_over_rows,
        reduced_over_an_axis,
        accumulated,
        outer,
        with_a_registry,
        by_subclass_alone,
    ],
)
def test_value_and_gradient(f: Callable[..., Any]) -> None:
    g = value_and_grad(f)
    for x in (X, OTHER, X):
        value, gradient = g(x)
        assert_allclose(value, f(x), rtol=1e-13)
        assert_allclose(gradient, _numerically(f, x), rtol=1e-7, atol=1e-8)


def test_other_methods_of_a_made_ufunc_are_refused_by_name() -> None:
    def f(x):
        y = x.copy()
        _halves().at(y, [0], 1.0)
        return y.sum()

    with pytest.raises(UnsupportedError, match=r"`.at` of what `numpy.frompyfunc` gives"):
        value_and_grad(f)(X)


said: list[Any] = []


def by_template(x):
    said.append(string.Template("$v and ${w}!").substitute(v=x, w=2 * x))
    return x * x


def by_safe_template(x):
    said.append(string.Template("$v $missing").safe_substitute({"v": x}))
    return x * x


def by_function(x):
    said.append(re.sub(r"\d", lambda m: f"<{x}{m.group()}>", "a1b2{}"))
    return x * x


def by_pattern(x):
    said.append(re.compile("b").subn(lambda m: str(x), "abcb", 1))
    return x * x


def of_plain_text(x):
    said.append(re.sub("b", lambda m: m.group().upper(), "abcb", count=1))
    return x * x


def by_flags(x):
    said.append(re.sub("B", lambda m: f"{x:.1f}", "abcb", flags=re.IGNORECASE))
    return x * x


@pytest.mark.parametrize(
    "f", [by_template, by_safe_template, by_function, by_pattern, of_plain_text, by_flags]
)
def test_replaced_text_is_made_anew(f: Callable[..., Any]) -> None:
    g = value_and_grad(f)
    for x in (0.5, 0.75, 0.5):
        said.clear()
        f(x)
        expected = [str(s) if isinstance(s, str) else s for s in said]
        said.clear()
        assert g(x) == (x * x, 2 * x)
        assert said == expected


def test_a_number_read_back_from_a_template_is_refused() -> None:
    def f(x):
        return float(string.Template("$v").substitute(v=x))

    with pytest.raises(UnsupportedError, match="read back from text"):
        value_and_grad(f)(0.5)
