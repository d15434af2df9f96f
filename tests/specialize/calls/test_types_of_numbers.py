"""Numbers of other types than Python's compute in their own way, and so does the derivative."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symdiff import value_and_grad

A: Any = None
B: Any = None
NUMBERS = [100, 3, 7]
NARROW = ("int8", "uint8", "int16", "uint32", "bool", "float32")
WIDE = ("int64", "uint64", "float64", "uint8", "bool")

TOGETHER = {
    "product": lambda: A[0] * B[0],
    "of an array": lambda: (A * B[0]).sum(),
    "of its sum": lambda: A.sum() * B[1],
    "hypot": lambda: np.hypot(A[0], B[0]),
    "squares": lambda: A[0] ** 2 * B[0],
    "remainder": lambda: A[0] % B[1],
    "converted": lambda: np.int64(A[0]) * B[0],
    "as floats": lambda: float(A[0]) * float(B[0]) + float(A[0]),
    "as integers": lambda: int(A[0]) * 3 + int(B[1]),
}
OF_MATH = {
    "sqrt": lambda: math.sqrt(A[0]),
    "exp": lambda: math.exp(A[1]),
    "atan2": lambda: math.atan2(A[0], A[1]),
    "hypot": lambda: math.hypot(A[0], A[2], A[1]),
    "log": lambda: math.log(A[0] + A[1], 3),
    "dist": lambda: math.dist([A[0], 1], [2, A[1]]),
    "fsum": lambda: math.fsum(A),
    "abs": lambda: math.hypot(A[0]),
}


def check(make: Any) -> None:
    def f(x: float) -> Any:
        return x * make()

    try:
        value = f(1.5)
    except (OverflowError, TypeError) as error:
        with pytest.raises(type(error)):
            value_and_grad(f)(1.5)
        return
    found, slope = value_and_grad(f)(1.5)
    kind = np.asarray(value).dtype
    rtol = 4 * float(np.finfo(kind).eps) if kind.kind == "f" else 0.0
    np.testing.assert_allclose([float(found), slope * 1.5], float(value), rtol=rtol)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", TOGETHER)
@pytest.mark.parametrize("narrow", NARROW)
def test_of_two_types(narrow: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for wide in WIDE:
        monkeypatch.setitem(globals(), "A", np.array(NUMBERS).astype(narrow))
        monkeypatch.setitem(globals(), "B", np.array(NUMBERS).astype(wide))
        check(TOGETHER[name])


@pytest.mark.parametrize("name", OF_MATH)
@pytest.mark.parametrize("narrow", [*NARROW, "int64"])
def test_functions_of_math_compute_in_double_precision(
    narrow: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "A", np.array(NUMBERS).astype(narrow))
    check(OF_MATH[name])


def of_a_count(x, n):
    return x * (A * float(n)).sum()


def of_an_element(x, n):
    return x * (A[0] * float(n))


def of_a_difference(x, n):
    return x * (float(n) - A[0])


def of_the_size_of_what_comes_out(x, n):
    return x * (A * float(n)).dtype.itemsize


def of_a_truth(x, n):
    return x * (A[0] * float(n > 2) + math.sin(n > 2))


@pytest.mark.parametrize(
    "function",
    [of_a_count, of_an_element, of_a_difference, of_the_size_of_what_comes_out, of_a_truth],
    ids=lambda f: f.__name__,
)
def test_a_float_of_an_integer_is_a_float(function, monkeypatch: pytest.MonkeyPatch) -> None:
    g = value_and_grad(function)
    for narrow in ("uint8", "int8", "int64"):
        monkeypatch.setitem(globals(), "A", np.array(NUMBERS).astype(narrow))
        for n in (5, 2, np.int64(7), 5):
            value = function(1.5, n)
            assert g(1.5, n) == pytest.approx((value, value / 1.5), rel=1e-15)
