"""The elementary functions of `math` and NumPy on numbers."""

import math

import numpy as np

from . import Case


def logistic(x):
    return 1 / (1 + math.exp(-x))


def gaussian(x):
    return math.exp(-((x - 1) ** 2) / 2) / math.sqrt(2 * math.pi)


def trigonometric(x):
    return math.sin(x) * math.cos(2 * x) + math.tan(x / 3)


def inverse_trigonometric(x):
    return math.asin(x) * math.acos(x) + math.atan(x)


def hyperbolic(x):
    return math.sinh(x) / math.cosh(x) + math.tanh(x / 2)


def inverse_hyperbolic(x):
    return math.asinh(x) + math.acosh(x + 3) * math.atanh(x / 9)


def logarithms(x):
    return math.log(x) + math.log2(x) * math.log10(x) + math.log1p(x) + math.log(x, 3)


def careful_exponentials(x):
    return math.expm1(x) / x + math.exp(x)


def atan2_and_hypot(x, y):
    return math.atan2(y, x) * math.hypot(x, y)


def roots_and_powers(x):
    return math.sqrt(x) + math.pow(x, 2.5) + math.cbrt(x)


def absolute(x):
    return math.fabs(x) * x + abs(x - 1)


def rounding(x):
    return x * math.floor(x) + math.ceil(x) * x * x + math.trunc(x)


def angles(x):
    return math.sin(math.radians(x)) + math.degrees(x) / 100


def error_function(x):
    return math.erf(x) + math.erfc(x / 2) * x


def numpy_on_numbers(x):
    return np.sin(x) * np.exp(-x) + np.tanh(x) * np.arctan(x)


def numpy_inverse(x):
    return np.arcsin(x) + np.arccos(x / 2) * np.arcsinh(x) + np.arctanh(x / 2)


def numpy_powers(x):
    return np.power(x, 3) + np.square(x) + np.sqrt(x) + np.cbrt(x) + np.reciprocal(x)


def numpy_logs(x):
    return np.log(x) + np.log1p(x) * np.log2(x) - np.log10(x) + np.expm1(-x) + np.exp2(x)


def numpy_pairs(x, y):
    return np.hypot(x, y) + np.arctan2(x, y) + np.maximum(x, y) * np.minimum(x, 2.0)


def constants(x):
    return math.pi * x + np.e * x * x + math.tau


def composition(x):
    return math.sin(math.exp(math.cos(math.log(x))))


def large_logistic(x):
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    z = math.exp(x)
    return z / (1 + z)


CASES = [
    Case(logistic, [0.5, -3.0, 20.0], oracle="complex"),
    Case(gaussian, [0.5, -3.0, 2.0], oracle="complex"),
    Case(trigonometric, [0.5, -3.0, 2.0], oracle="complex"),
    Case(inverse_trigonometric, [0.5, -0.75, 0.125]),
    Case(hyperbolic, [0.5, -3.0, 2.0], oracle="complex"),
    Case(inverse_hyperbolic, [0.5, -1.5, 2.0]),
    Case(logarithms, [0.5, 3.0, 200.0]),
    Case(careful_exponentials, [0.5, -3.0, 2.0]),
    Case(atan2_and_hypot, [(1.0, 2.0), (-1.0, 0.5), (-2.0, -3.0)]),
    Case(atan2_and_hypot, [(1.0, 2.0), (-1.0, 0.5), (-2.0, -3.0)], wrt=1, name="atan2_wrt_1"),
    Case(roots_and_powers, [0.5, 3.0, 20.0]),
    Case(absolute, [0.5, -3.0, 2.0]),
    Case(rounding, [0.5, -3.25, 2.75]),
    Case(angles, [0.5, -30.0, 45.0]),
    Case(error_function, [0.5, -1.0, 2.0]),
    Case(numpy_on_numbers, [0.5, -3.0, 2.0]),
    Case(numpy_inverse, [0.5, -0.75, 0.125]),
    Case(numpy_powers, [0.5, 3.0, 20.0]),
    Case(numpy_logs, [0.5, 3.0, 2.0]),
    Case(numpy_pairs, [(1.0, 2.0), (3.0, 0.5), (-2.0, -3.0)]),
    Case(constants, [0.5, -3.0, 2.0], oracle="complex"),
    Case(composition, [0.5, 3.0, 2.0], oracle="complex"),
    Case(large_logistic, [0.5, -700.0, 30.0, -2.0]),
]
