"""Functions as users write them, at inputs where a careless derivative has no digits left.

Each function is plain NumPy and SciPy in one argument. `stability.py` runs the same code with
`np` and `special` standing for JAX, PyTorch, autograd, and for numbers of mpmath.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Case:
    """A function and an input: a number, or a list for an array, in one precision."""

    function: Callable[[Any], Any]
    at: Any
    single: bool = False


CASES: list[Case] = []


def at(*inputs: Any, single: Any = ()) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Enter a function with inputs in double and in single precision."""

    def enter(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        CASES.extend(Case(function, x) for x in inputs)
        CASES.extend(Case(function, x, True) for x in single)
        return function

    return enter


# -- quotients and powers


@at([1e200, 4e200], [3e-200, 2e-200], single=([3e-25, 2e-25], [1e20, 4e20]))
def quotient(x):
    return x[0] / x[1]


@at([1e160, 1e60], [1e-100, 1e-70])
def inverse_square(x):
    return x[0] / x[1] ** 2


@at([1e-100, 2e-90], [1e150, 1e100])
def negative_power(x):
    return x[0] * x[1] ** -2.0


@at([1e100, 1e-100, 3.0])
def product_squared(x):
    return (x[0] * x[1]) ** 2 * x[2]


@at([2.0, 0.0], [0.0, 2.0], [0.0, 3.0])
def power(x):
    return x[0] ** x[1]


@at([1.0, 1e12])
def saturation(x):
    return x[1] / (x[0] + x[1])


@at([[1.0, 3.0], [1e50, 2e50]])
def weighted_average(x):
    return np.sum(x[0] * x[1]) / np.sum(x[1])


# -- logistic, softmax, entropy


@at(30.0, 300.0, -400.0, single=(30.0,))
def logistic_of_exp(x):
    return np.exp(x) / (1 + np.exp(x))


@at(30.0, -300.0)
def logistic_of_minus(x):
    return 1 / (1 + np.exp(-x))


@at([300.0, 299.0, 0.0], single=([44.0, 43.0, 42.0],))
def softmax_by_hand(x):
    return np.exp(x[0]) / (np.exp(x[0]) + np.exp(x[1]) + np.exp(x[2]))


@at([400.0, 399.0, 398.0], single=([44.0, 43.0, 42.0],))
def softmax_of_array(x):
    e = np.exp(x)
    return (e / np.sum(e))[0]


@at([1000.0, 999.0, -1000.0])
def softmax_shifted(x):
    e = np.exp(x - np.max(x))
    return (e / np.sum(e))[1]


@at([1000.0, 999.0, -1000.0])
def log_of_sum(x):
    return special.logsumexp(x)


@at([1000.0, 998.0])
def log_of_two(x):
    return np.logaddexp(x[0], x[1])


@at(700.0, 1e-10, -700.0)
def expit(x):
    return special.expit(x)


@at(40.0, 800.0, -800.0)
def log_expit(x):
    return special.log_expit(x)


@at(-30.0, 300.0)
def softplus(x):
    return np.log1p(np.exp(x))


@at(40.0, -300.0)
def cross_entropy_of_logits(x):
    return np.logaddexp(0.0, x) - 0.3 * x


@at(1e-300, 1e-16, 0.5)
def cross_entropy(x):
    return -(0.3 * np.log(x) + 0.7 * np.log1p(-x))


@at([0.0, 0.3], [1e-200, 1e200])
def x_log_y(x):
    return special.xlogy(x[0], x[1])


@at([1e-200, 1e200], [3.0, 3.0000000001])
def relative_entropy(x):
    return special.rel_entr(x[0], x[1])


@at([3.0, 3.0000000001])
def divergence(x):
    return special.kl_div(x[0], x[1])


# -- hyperbolic, inverse and logarithmic


@at(400.0, 800.0, 1e-170)
def tanh(x):
    return np.tanh(x)


@at(20.0, 170.0)
def tanh_of_exp(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


@at(700.0, 1e-8)
def log_cosh(x):
    return np.log(np.cosh(x))


@at(1e-12, 40.0, 700.0)
def log_of_one_minus_exp(x):
    return np.log(-np.expm1(-x))


@at(700.0)
def log_one_minus_exp_as_written(x):
    return np.log(1 - np.exp(-x))


@at(1e200, 1e-200)
def asinh(x):
    return np.arcsinh(x)


@at(0.999999999999, 1e-200)
def asin(x):
    return np.arcsin(x)


@at(1.000000000001, 1e200)
def acosh(x):
    return np.arccosh(x)


@at(1e150, 1e-200)
def atan(x):
    return np.arctan(x)


@at(1e-20, 1e300)
def log1p(x):
    return np.log1p(x)


@at(-700.0, 1e-20)
def expm1(x):
    return np.expm1(x)


# -- lengths and angles


@at([3e200, 4e200], [3e-200, 4e-200], single=([3e25, 4e25], [3e-25, 4e-25]))
def hypot(x):
    return np.hypot(x[0], x[1])


@at([1.0, 1e-12])
def hypot_flat(x):
    return np.hypot(x[0], x[1])


@at([3e200, 4e200], [3e-200, 4e-200], single=([3e-25, 4e-25],))
def angle(x):
    return np.arctan2(x[0], x[1])


@at([0.0, 0.0])
def hypot_squared(x):
    return np.hypot(x[0], x[1]) ** 2


@at([1e-150, 1e-150], [3e150, 4e150])
def root_of_squares(x):
    return np.sqrt(x[0] * x[0] + x[1] * x[1])


@at([3e150, 4e150], [3e-150, 4e-150])
def norm(x):
    return np.linalg.norm(x)


@at([0.0, 0.0])
def norm_squared(x):
    return np.linalg.norm(x) ** 2


# -- quotients with a limit


@at(1e-9, 1e-5, 0.01)
def sin_over(x):
    return np.sin(x) / x


@at(1e-9, 1e-5)
def expm1_over(x):
    return np.expm1(x) / x


@at(1e-9, 1e-5)
def log1p_over(x):
    return np.log1p(x) / x


@at(1e-9, 1e-5)
def tanh_over(x):
    return np.tanh(x) / x


@at(1e-9, 1e-5)
def over_expm1(x):
    return x / np.expm1(x)


@at(1e-4, 1e-2)
def one_minus_cos_over(x):
    return (1 - np.cos(x)) / x**2


@at(1e-9, 1e-5)
def sin_of_pi_over(x):
    return np.sin(np.pi * x) / (np.pi * x)


@at(0.0, 1e-9, 1e-5)
def sinc(x):
    return np.sinc(x)


@at(0.0, 1e-9)
def exprel(x):
    return special.exprel(x)


# -- special functions far out


@at(-15.0, 8.0)
def log_of_normal_cdf(x):
    return np.log(special.ndtr(x))


@at(-1e10, -37.0, 8.0)
def log_ndtr(x):
    return special.log_ndtr(x)


@at(26.0, 5.0)
def log_of_erfc(x):
    return np.log(special.erfc(x))


@at(1e5, 50.0, single=(30.0,))
def erfcx(x):
    return special.erfcx(x)


@at(1e10, 1e-5)
def log_gamma(x):
    return special.gammaln(x)


@at(1e-5, 1e8)
def digamma(x):
    return special.digamma(x)


@at(170.0)
def gamma(x):
    return special.gamma(x)


# -- matrices


@at([[1.0, 2.0], [2.0, 4.0]])
def det_of_singular(x):
    return np.linalg.det(x)


@at([[1e-100, 2e-100], [3e-100, 5e-100]])
def log_det(x):
    return np.linalg.slogdet(x)[1]


@at([[1e150, 0.0], [0.0, 2e150]])
def trace_of_inverse(x):
    return np.trace(np.linalg.inv(x))
