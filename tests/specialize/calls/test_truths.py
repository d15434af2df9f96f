"""Arithmetic of truths and of NumPy's small integers: the values that Python and NumPy give."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from symdiff import jvp, value_and_grad

pytestmark = pytest.mark.sampled(every=3)

K, U, B = np.int8(100), np.uint8(200), np.bool_(True)
X = np.array([1.5, 0.5, -1.0])
FORMS = {
    "squared": lambda x: x * (K * K),
    "doubled": lambda x: x * (K + K),
    "below zero": lambda x: x * (U - U - U),
    "negated": lambda x: x * (-K * 2),
    "power": lambda x: x * (K**2),
    "least": lambda x: x * abs(np.int8(-128)),
    "inverted": lambda x: x * ~U,
    "one by one": lambda x: x * K * K + K + K,
    "truths from outside": lambda x: x * (B + B) + x * (B * B + B),
    "truth and number": lambda x: x * (B + 1) + x * (B + True),
    "power of a truth": lambda x: x * ((x > 0) ** 2) + x * (B**2),
    "sum of truths from outside": lambda x: x * sum([B, B]),
    "sum of truths": lambda x: x * sum([x > 0, x > 1]),
    "sum of one truth": lambda x: x * (sum([x > 0]) + (x > 1)),
    "three truths": lambda x: x * ((x > 0) + (x > 1) + (x > 1.2)),
    "truths multiplied": lambda x: x * ((x > 0) * (x > 1) + (x > 1.2)),
    "twice a truth": lambda x: x * ((x > 0) * 2 + (x > 1)),
    "truth and True": lambda x: x * ((x > 0) + True),
    "truth divided": lambda x: x * ((x > 0) // 1 + (x > 0) / 2),
    "added to a number": lambda x: x + ((x > 0) + (x > 0)),
    "of predicates": lambda x: x * (np.isfinite(x) + np.isfinite(x) + np.sign(x)),
    "extremes": lambda x: x * np.maximum(x > 1, x > 0) + x * np.fmin(x > 1, x > 0) * 2,
    "the larger": lambda x: x * max(sum([x > 1]), 0) + x * (min(x > 1, True)),
    "compared": lambda x: x * ((x > 0) + (x > 0) == 2),
    "counted": lambda x: x * (np.sum(X > 0) + K),
    "sum of a comparison": lambda x: x * sum(x - 1.1 < X),
}


@pytest.mark.parametrize("make", [float, np.float64, np.float32, np.array])
@pytest.mark.parametrize("name", FORMS)
@pytest.mark.filterwarnings("ignore:overflow")
def test_values_and_slopes(name, make):
    f, x, one = FORMS[name], make(1.5), make(1.0)
    h = 2.0**-6
    slope = (f(make(1.5 + h)) - f(make(1.5 - h))) / (2.0 * h)
    g = value_and_grad(f)
    for _ in range(2):
        value, found = g(x)
        assert value == pytest.approx(f(x), rel=1e-6)
        assert found == pytest.approx(slope, rel=1e-6)
    value, found = jvp(f, (x,), (one,))
    assert value == pytest.approx(f(x), rel=1e-6)
    assert found == pytest.approx(slope, rel=1e-6)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize(
    "name", [n for n in FORMS if n not in ("the larger", "sum of a comparison")]
)
def test_arrays(name):
    def f(x):
        return np.sum(FORMS[name](x))

    x = np.array([1.5, 0.25, -0.5])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, found = value_and_grad(f)(x)
        h = 2.0**-6
        slope = [(f(x + h * e) - f(x - h * e)) / (2.0 * h) for e in np.eye(3)]
    assert value == pytest.approx(f(x), rel=1e-12)
    assert found == pytest.approx(slope, rel=1e-9, abs=1e-12)
