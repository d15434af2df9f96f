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


@at([1e160, 1e60], [1e200, 1e70], [1e-100, 1e-70], [1e-200, 1e-90])
def inverse_square(x):
    return x[0] / x[1] ** 2


@at([1e-200, 2e-100], [1e250, 1e120], single=([1e-20, 2e-10], [1e25, 1e12]))
def negative_power(x):
    return x[0] * x[1] ** -2.0


@at([1e100, 1e-100, 3.0], [1e-100, 1e100, 2.0])
def product_squared(x):
    return (x[0] * x[1]) ** 2 * x[2]


@at([2.0, 0.0], [0.0, 2.0], [0.0, 3.0], [1e100, 3.0], [1e-100, 2.5], [5.0, -300.0])
def power(x):
    return x[0] ** x[1]


@at(1e-100, 1e100, single=(1e-12, 1e12))
def negative_cube(x):
    return x**-3


@at([1.0, 1e12], [1.0, 1e300], [1e-300, 1.0], [1e200, 1e-200])
def saturation(x):
    return x[1] / (x[0] + x[1])


@at([3.0, 1e-100], [3e100, 2e100])
def squares_over_sum(x):
    return x[0] ** 2 / (x[0] ** 2 + x[1] ** 2)


@at([1e-40, 2.0], [1e40, 3.0])
def hill(x):
    return x[0] ** x[1] / (1 + x[0] ** x[1])


@at(
    [[1.0, 3.0], [1e50, 2e50]],
    [[1.0, 3.0], [1e-150, 2e-150]],
    [[1.0, 3.0], [1e140, 2e140]],
    single=([[1.0, 3.0], [1e-18, 2e-18]], [[1.0, 3.0], [1e15, 2e15]]),
)
def weighted_average(x):
    return np.sum(x[0] * x[1]) / np.sum(x[1])


@at([[1.0, 3.0], [1e-140, 2e-140]])
def average_by_weights(x):
    w = x[1] / np.sum(x[1])
    return np.sum(w * x[0])


@at([[1.0, 3.0], [-800.0, -801.0]])
def average_by_logs(x):
    w = np.exp(x[1] - np.max(x[1]))
    return np.sum(x[0] * w) / np.sum(w)


@at([[1.0, 3.0], [-400.0, -401.0]])
def average_by_exponentials(x):
    w = np.exp(x[1])
    return np.sum(x[0] * w) / np.sum(w)


# -- logistic, softmax, entropy


@at(30.0, 400.0, 700.0, -700.0, single=(44.0, 80.0, -80.0))
def logistic_of_exp(x):
    return np.exp(x) / (1 + np.exp(x))


@at(30.0, -400.0, -700.0, single=(-44.0, -80.0))
def logistic_of_minus(x):
    return 1 / (1 + np.exp(-x))


@at(30.0, 400.0, 700.0, -400.0, single=(44.0, 80.0))
def logistic_in_two(x):
    e = np.exp(x)
    return e / (1 + e)


@at(30.0, -400.0, -700.0, single=(-80.0,))
def logistic_in_three(x):
    e = np.exp(-x)
    d = 1 + e
    return 1 / d


@at(400.0, -700.0)
def silu(x):
    return x / (1 + np.exp(-x))


@at([400.0, 399.0, 0.0], [700.0, -700.0, 0.0], single=([80.0, 79.0, 0.0],))
def softmax_by_hand(x):
    return np.exp(x[0]) / (np.exp(x[0]) + np.exp(x[1]) + np.exp(x[2]))


@at([400.0, 399.0, 398.0], [700.0, 699.0, 698.0], single=([80.0, 79.0, 78.0],))
def softmax_of_array(x):
    e = np.exp(x)
    return (e / np.sum(e))[0]


@at([400.0, -400.0, 399.0], [800.0, 799.0, -800.0], single=([80.0, 79.0, -80.0],))
def softmax_shifted(x):
    e = np.exp(x - np.max(x))
    return (e / np.sum(e))[2]


@at([400.0, -400.0, 399.0], [800.0, 799.0, -800.0], single=([80.0, 79.0, -80.0],))
def log_softmax(x):
    z = x - np.max(x)
    return (z - np.log(np.sum(np.exp(z))))[2]


@at([400.0, 399.0, -400.0])
def log_softmax_at_temperature(x):
    z = x / 0.5
    e = np.exp(z - np.max(z))
    p = e / np.sum(e)
    return np.log(p[1])


@at([400.0, -400.0, 399.0], single=([80.0, 79.0, -8.0],))
def entropy_of_softmax(x):
    z = x - np.max(x)
    logs = z - np.log(np.sum(np.exp(z)))
    return -np.sum(np.exp(logs) * logs)


@at([40.0, -40.0, 39.0])
def entropy(x):
    e = np.exp(x - np.max(x))
    p = e / np.sum(e)
    return -np.sum(p * np.log(p))


@at([1000.0, 999.0, -1000.0])
def log_of_sum(x):
    return special.logsumexp(x)


@at([1000.0, 999.0, -1000.0], [-1000.0, -1001.0, -1002.0])
def log_of_sum_by_hand(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


@at([1000.0, 998.0])
def log_of_two(x):
    return np.logaddexp(x[0], x[1])


@at(700.0, 1e-10, -700.0)
def expit(x):
    return special.expit(x)


@at(40.0, 800.0, -800.0)
def log_expit(x):
    return special.log_expit(x)


@at(-30.0, 400.0, 700.0, single=(-44.0, 80.0))
def softplus(x):
    return np.log1p(np.exp(x))


@at(30.0, 400.0, 700.0, single=(44.0,))
def softplus_as_written(x):
    return np.log(1 + np.exp(x))


@at(800.0, -800.0, 30.0)
def softplus_of_either_sign(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@at(40.0, 400.0, -400.0)
def cross_entropy_of_logits(x):
    return np.logaddexp(0.0, x) - 0.3 * x


@at([40.0, 1.0], [-800.0, 0.0])
def logistic_loss(x):
    return np.maximum(x[0], 0) - x[0] * x[1] + np.log1p(np.exp(-np.abs(x[0])))


@at(1e-300, 1e-16, 0.5)
def cross_entropy(x):
    return -(0.3 * np.log(x) + 0.7 * np.log1p(-x))


@at(40.0, -400.0, -700.0)
def log_of_logistic(x):
    p = 1 / (1 + np.exp(-x))
    return -np.log(p)


@at([-30.0, 0.3], [2.0, 0.3])
def bernoulli(x):
    p = 1 / (1 + np.exp(-x[0]))
    return -(x[1] * np.log(p) + (1 - x[1]) * np.log(1 - p))


@at([-30.0, 0.3], [-400.0, 0.3])
def bernoulli_log1p(x):
    p = special.expit(x[0])
    return -(x[1] * np.log(p) + (1 - x[1]) * np.log1p(-p))


@at(1e-300, 1e-16, 1 - 1e-12)
def logit(x):
    return np.log(x / (1 - x))


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


@at(20.0, 350.0, -350.0, single=(40.0,))
def tanh_of_exp(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


@at(20.0, 300.0)
def tanh_in_two(x):
    e = np.exp(2 * x)
    return (e - 1) / (e + 1)


@at(700.0, -300.0, 1e-8, single=(80.0,))
def log_cosh(x):
    return np.log(np.cosh(x))


@at(1e5, -30.0)
def log_cosh_by_hand(x):
    a = np.abs(x)
    return a + np.log1p(np.exp(-2 * a)) - np.log(2.0)


@at(1e-12, 40.0, 700.0)
def log_of_one_minus_exp(x):
    return np.log(-np.expm1(-x))


@at(700.0, 40.0, single=(80.0,))
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


@at([1e-150, 1e-150], [3e150, 4e150], single=([3e-15, 4e-15], [3e15, 4e15]))
def root_of_squares(x):
    return np.sqrt(x[0] * x[0] + x[1] * x[1])


@at([3e-140, 4e-140], [3e150, 4e150])
def root_of_squares_in_two(x):
    s = x[0] ** 2 + x[1] ** 2
    return np.sqrt(s)


@at([3e150, 4e150], [3e-150, 4e-150], single=([3e15, 4e15], [3e-15, 4e-15]))
def norm(x):
    return np.linalg.norm(x)


@at([0.0, 0.0])
def norm_squared(x):
    return np.linalg.norm(x) ** 2


@at([1e-70, 2e-70, 3e-70, 4e-70], [1e70, 2e70, 3e70, 4e70], [1.0, 0.0, 0.0, 0.0])
def quaternion(x):
    q = x / np.linalg.norm(x)
    return 1 - 2 * (q[2] ** 2 + q[3] ** 2)


@at(
    [[1e100, 2e100], [3e-100, 1e-100]],
    [[1e-100, 2e-100], [3e-100, 1e-100]],
    single=([[1e10, 2e10], [3e-10, 1e-10]],),
)
def cosine_similarity(x):
    return np.dot(x[0], x[1]) / (np.linalg.norm(x[0]) * np.linalg.norm(x[1]))


@at([1e-12, 0.5], [3.0, -3.0])
def angle_difference(x):
    d = x[0] - x[1]
    return np.arctan2(np.sin(d), np.cos(d))


# -- quotients with a limit


@at(1e-9, 1e-5, 0.01)
def sin_over(x):
    return np.sin(x) / x


@at(1e-9, 1e-4, single=(1e-3,))
def sin_over_in_two(x):
    s = np.sin(x)
    return s / x


@at(1e-9, 1e-3, single=(1e-3,))
def versine_over(x):
    return 2 * np.sin(x / 2) ** 2 / x**2


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


@at(1e-9, 1e-4)
def expm1_over_in_two(x):
    e = np.expm1(x)
    return e / x


@at(1e-6, 300.0)
def bose(x):
    return 1 / np.expm1(x)


@at(0.5, 600.0)
def planck(x):
    return x**3 / (np.exp(x) - 1)


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


@at(-20.0, 5.0)
def log_of_normal_cdf_in_two(x):
    p = special.ndtr(x)
    return np.log(p)


@at(30.0, -30.0)
def gelu(x):
    return x * special.ndtr(x)


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


# -- statistics and finance


@at([30.0, 0.5, 2.0], [-40.0, 0.5, 2.0], [0.1, 1e-3, 2.0])
def log_of_mixture(x):
    a = -0.5 * ((x[0] - 1.0) / x[1]) ** 2 - np.log(x[1])
    b = -0.5 * ((x[0] + 1.0) / x[2]) ** 2 - np.log(x[2])
    return np.logaddexp(a, b)


@at([8.0, 0.5], [-6.0, 0.5])
def log_of_mixture_as_written(x):
    a = np.exp(-0.5 * (x[0] - x[1]) ** 2)
    b = np.exp(-0.5 * (x[0] + x[1]) ** 2)
    return np.log(0.3 * a + 0.7 * b)


@at([100.0, 100.0, 0.2], [1.0, 3.0, 0.1])
def black_scholes(x):
    d = (np.log(x[0] / x[1]) + 0.5 * x[2] ** 2) / x[2]
    return x[0] * special.ndtr(d) - x[1] * special.ndtr(d - x[2])


@at([1.0, 2.0, 4.0], [1e-150, 2e-150, 5e-150])
def welford(x):
    mean = x[0]
    s = 0.0 * x[0]
    for k in range(1, 3):
        d = x[k] - mean
        mean = mean + d / (k + 1)
        s = s + d * (x[k] - mean)
    return s / 2


# -- matrices


@at([[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]])
def det_of_singular(x):
    return np.linalg.det(x)


@at([[1e-100, 2e-100], [3e-100, 5e-100]])
def log_det(x):
    return np.linalg.slogdet(x)[1]


@at([[1e150, 0.0], [0.0, 2e150]])
def trace_of_inverse(x):
    return np.trace(np.linalg.inv(x))
