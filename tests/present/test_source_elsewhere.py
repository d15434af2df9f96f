"""Exported source, given something else than what it was made for, is right or raises."""

from __future__ import annotations

import datetime
import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.special

from symdiff import SymdiffError, grad

pytestmark = pytest.mark.sampled(every=31)

Point = namedtuple("Point", "x y")
Other = namedtuple("Other", "x y")


@dataclass
class Model:
    rate: Any
    bias: Any = 0.0


@dataclass
class Wide:
    rate: Any
    bias: Any = 0.0


def v(n, scale=1.0, dtype=float):
    return (np.arange(1, n + 1) * 0.3 * scale - 0.5).astype(dtype)


def m(rows, columns):
    return np.sin(np.arange(rows * columns).reshape(rows, columns) + 0.3)


def square(x):
    return x * x


def cube(x):
    return x**3


VECTORS = [v(3), v(5), v(1), v(3, -2.0), v(3, dtype="float32"), m(2, 3), m(3, 3), 0.7, [0.1, 0.2]]
NUMBERS = [0.3, -0.8, 2.5, 2, True, np.float64(0.4), np.float32(0.4), np.array(0.4), v(3), [0.3]]

CASES = {
    "mean": (lambda x: np.mean(x**2), VECTORS),
    "std": (lambda x: np.std(x), VECTORS),
    "by_length": (lambda x: np.sum(x) / len(x), VECTORS),
    "by_size": (lambda x: np.sum(x) / x.size, VECTORS),
    "last": (lambda x: x[-1] * x[0], VECTORS),
    "dot": (lambda x: x @ x, VECTORS),
    "loop": (lambda x: sum(t * t * k for k, t in enumerate(x)), VECTORS),
    "differences": (lambda x: np.sum(np.diff(x) ** 2), VECTORS),
    "weights": (lambda x: np.sum(np.arange(len(x)) * x), VECTORS),
    "largest": (lambda x: np.max(x), VECTORS),
    "median": (lambda x: np.median(x), VECTORS),
    "clipped": (lambda x: np.sum(np.clip(x, -0.2, 0.4)), VECTORS),
    "whole": (lambda x: np.sum(x), VECTORS),
    "sorted": (lambda x: np.sort(x)[0], VECTORS),
    "softmax": (lambda x: scipy.special.logsumexp(x), VECTORS),
    "convolved": (lambda x: np.sum(np.convolve(x, x)), VECTORS),
    "square": (lambda x: x * x, NUMBERS),
    "sine": (lambda x: math.sin(x) * x, NUMBERS),
    "numpy_sine": (lambda x: np.sin(x) * x, NUMBERS),
    "branch": (lambda x: x * x if x > 0.35 else -x, NUMBERS),
    "while_": (lambda x: _doubled(x), NUMBERS),
    "division": (lambda x: 1 / x, NUMBERS),
    "count": (lambda x, n: x**n, [(0.5, 2), (0.5, 3), (0.5, 2.0), (0.5, True), (0.5, np.int64(2))]),
    "index": (lambda x, k: x[k] ** 2, [(v(3), 0), (v(3), 2), (v(3), -1), (v(4), 2)]),
    "text": (lambda x, mode: x if mode == "a" else x * x, [(2.0, "a"), (2.0, "b"), (2.0, None)]),
    "flag": (lambda x, on: x if on else x * x, [(2.0, True), (2.0, False), (2.0, 1), (2.0, 0)]),
    "none": (lambda x, y=None: x if y is None else x * y, [(2.0, None), (2.0, 3.0), (2.0, 0)]),
    "axis": (
        lambda x, axis: np.sum(np.max(x, axis=axis)),
        [(m(2, 3), 0), (m(2, 3), 1), (m(2, 3), None), (m(3, 2), 0)],
    ),
    "matrix": (
        lambda x, a: x @ a @ x,
        [(v(3), m(3, 3)), (v(2), m(2, 2)), (v(3), m(3, 3).T), (v(3), m(3, 3).astype("f4"))],
    ),
    "items": (
        lambda x, w: x * sum(w),
        [(2.0, [1.0, 2.0]), (2.0, [1.0, 2.0, 3.0]), (2.0, (1.0, 2.0)), (2.0, v(2)), (2.0, [1, 2])],
    ),
    "many_items": (
        lambda x, w: x * sum(w),
        [(2.0, [0.5] * 40), (2.0, [0.5] * 41), (2.0, [0.5] * 39 + [2]), (2.0, [0.25] * 40)],
    ),
    "keys": (
        lambda x, d: x * sum(d.values()) * len(d),
        [
            (2.0, {"a": 1.0, "b": 2.0}),
            (2.0, {"b": 2.0, "a": 1.0}),
            (2.0, {"a": 1.0}),
            (2.0, {"a": 1.0, "b": 2.0, "c": 3.0}),
            (2.0, OrderedDict(a=1.0, b=2.0)),
            (2.0, {1: 1.0, 2: 2.0}),
            (2.0, {1.0: 1.0, 2: 2.0}),
        ],
    ),
    "lookup": (lambda x, d: x * d.get("k", 3.0), [(2.0, {"k": 1.0}), (2.0, {"j": 1.0}), (2.0, {})]),
    "nested": (
        lambda x, d: x * d["a"][0] * d["a"][1],
        [(2.0, {"a": [1.0, 2.0]}), (2.0, {"a": (1.0, 2.0)}), (2.0, {"a": [1.0, 2.0, 3.0]})],
    ),
    "named": (lambda x, p: x * p.x * p.y, [(2.0, Point(1.0, 2.0)), (2.0, Other(1.0, 2.0))]),
    "object": (
        lambda x, o: x * o.rate + o.bias,
        [(2.0, Model(3.0)), (2.0, Model(v(1)[0])), (2.0, Wide(3.0)), (2.0, Model(3.0, 1))],
    ),
    "set_": (
        lambda x, s: x * len(s),
        [(2.0, {1, 2}), (2.0, {1, 3}), (2.0, {1}), (2.0, {"a", "b"})],
    ),
    "callback": (lambda x, f: f(x), [(2.0, square), (2.0, cube), (2.0, math.sin), (2.0, np.cos)]),
    "date": (
        lambda x, d: x * d.year,
        [(2.0, datetime.date(2020, 1, 1)), (2.0, datetime.date(2021, 1, 1))],
    ),
    "range_": (lambda x, r: x * sum(r), [(2.0, range(3)), (2.0, range(4)), (2.0, [0, 1, 2])]),
    "dtype": (
        lambda x, t: np.sum(np.zeros(2, t) + x),
        [(2.0, np.dtype("f8")), (2.0, np.dtype("f4"))],
    ),
    "slice_": (lambda x, s: np.sum(x[s]), [(v(4), slice(0, 2)), (v(4), slice(1, 4))]),
    "ratio": (lambda x, r: x * float(r), [(2.0, Fraction(1, 3)), (2.0, Fraction(2, 3))]),
    "same": (lambda x, y: np.sum(x * y) if x is not y else np.sum(x), None),
    "caught": (lambda x: _caught(x), [2.0, -1.0, 0.0, 0.5]),
    "variadic": (lambda x, *rest: x * sum(rest), [(2.0, 1.0), (2.0, 1.0, 2.0), (2.0, 1), (2.0,)]),
    "keyword": (lambda x, **more: x * len(more), [(2.0,)]),
    "isinstance_": (
        lambda x, y: x * y if isinstance(y, int) else x + y,
        [(2.0, 3), (2.0, 3.0), (2.0, True), (2.0, np.float64(3.0))],
    ),
    "found": (lambda x: float(np.argmax(x)) * x[0] ** 2, [v(3), v(3, -1.0), v(4)]),
    "mask": (lambda x: np.sum(x[x > 0] ** 2), [v(3), v(3, -1.0), v(3, 3.0), v(5)]),
}
_one, _two = v(3), v(3)
CASES["same"] = (CASES["same"][0], [(_one, _one), (_one, _two), (_two, _two)])


def _doubled(x):
    while x < 2:
        x = x * 2 + 1
    return x


def _caught(x):
    try:
        return math.log(x)
    except ValueError:
        return x * 7


def arguments(point):
    return point if isinstance(point, tuple) and type(point) is tuple else (point,)


def gradient_at(function, point):
    with np.errstate(all="ignore"):
        try:
            return grad(function)(*arguments(point))
        except Exception as error:
            return error


def run(alone, point):
    with np.errstate(all="ignore"):
        try:
            return alone(*arguments(point))
        except (ValueError, TypeError, ArithmeticError) as error:
            return error


@pytest.mark.parametrize("name", CASES)
def test_source_is_right_or_raises(name):
    function, points = CASES[name]
    expected = [gradient_at(function, point) for point in points]
    made = 0
    for k, point in enumerate(points):
        if isinstance(expected[k], Exception):
            continue
        try:
            text = grad(function).source(*arguments(point))
        except SymdiffError:
            continue
        made += 1
        namespace: dict[str, Any] = {}
        exec(compile(text, "alone.py", "exec"), namespace)
        alone = next(f for n, f in namespace.items() if n.startswith("grad"))
        for j, other in enumerate(points):
            found = run(alone, other)
            if isinstance(found, Exception):
                own = isinstance(expected[j], Exception) or not np.all(np.isfinite(expected[j]))
                assert j != k or own or isinstance(found, ArithmeticError), f"{found}\n{text}"
                continue
            assert not isinstance(expected[j], Exception), (other, found, expected[j], text)
            np.testing.assert_allclose(
                found, expected[j], rtol=1e-6, err_msg=f"made at {point}, run at {other}\n{text}"
            )
            if not isinstance(other, list):  # what is nested comes as it stands in the program
                assert np.shape(found) == np.shape(expected[j]), text
    assert made or name in ("callback",), "no source was made"


def test_one_line_checks_the_items_of_a_long_list():
    text = grad(lambda x, w: x * sum(w)).source(2.0, [0.5] * 500)
    assert text.count("raise ValueError") < 6


def test_errors_say_what_was_assumed():
    namespace: dict[str, Any] = {}
    exec(grad(lambda x: np.mean(x)).source(v(3)), namespace)
    alone = next(f for n, f in namespace.items() if n.startswith("grad"))
    with pytest.raises(ValueError, match=r"x: an array of float64, shape \(3,\)"):
        alone(v(5))


def _long(x):
    for k in range(60):
        x = x + 0.001 * math.sin(x) * k - (k - 30) * 1e-9 * x**2
    return x


@pytest.mark.slow
def test_a_long_function_is_written_out_once_a_form():
    gradient = grad(_long)
    namespace: dict[str, Any] = {}
    exec(gradient.source(0.3), namespace)
    assert namespace["grad__long"](0.3) == pytest.approx(gradient(0.3), rel=1e-14)
    assert namespace["grad__long"](0.7) == pytest.approx(gradient(0.7), rel=1e-14)


def with_defaults(x, k=2.0, n=3):
    return k * x**n


def with_a_default_that_is_no_number(x, k=2.0, weights=(1.0, 2.0)):
    return k * x * weights[0]


def with_a_name(x, mode="square", *, scale=1.5, flag=True, nothing=None):
    if nothing is not None:
        return x
    return scale * x * x if mode == "square" and flag else x


def of_a_helper(x):
    def helper(t, k=2.0):
        return k * t if isinstance(k, float) else t

    return helper(x) * x


@pytest.mark.parametrize(
    ("f", "called"),
    [
        (with_defaults, True),
        (with_a_name, True),
        (of_a_helper, True),
        (with_a_default_that_is_no_number, False),
    ],
)
def test_source_has_the_defaults_of_the_function(f, called) -> None:
    g = grad(f)
    text = g.source(1.5)
    namespace: dict[str, object] = {}
    exec(text, namespace)
    made = namespace[f"grad_{f.__name__}"]
    if called:
        assert made(0.5) == g(0.5)
        assert made(x=2.0) == g(2.0)
    else:
        with pytest.raises(TypeError):
            made(0.5)


def test_source_with_other_values_for_the_defaults() -> None:
    namespace: dict[str, object] = {}
    exec(grad(with_defaults).source(1.5), namespace)
    made = namespace["grad_with_defaults"]
    assert made(0.5, 4.0) == grad(with_defaults)(0.5, 4.0)
    assert made(0.5, n=2) == grad(with_defaults)(0.5, n=2)
    with pytest.raises(ValueError, match="n: an int"):
        made(0.5, n=2.0)
