"""Numbers alone: what a statement's partials share, and what is computed in which order."""

from __future__ import annotations

import cmath
import math

import numpy as np

from symdiff import detach, grad, hessian, value_and_grad

from .cases import emitted

SMALL = np.int8(100)


def third(f):
    return grad(grad(grad(f)))


@emitted((0.7,), by=(grad, hessian, third))
def polynomial_and_sine(x):
    return x**3 - 2 * x + math.sin(x)


@emitted((0.7, 1.3), by=(value_and_grad, hessian))
def quotient_of_sums(x, y):
    a = x * y + 1.0
    b = x - y * y
    return a / b + b / a


@emitted((0.3,), by=(grad, hessian))
def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


@emitted((0.3,), by=(grad, hessian))
def two_exponentials(x):
    return math.exp(x) / (1.0 + math.exp(x)) + math.log(1.0 - math.exp(-x))


@emitted((3.0, 4.0), by=(grad, hessian))
def length_by_hand(x, y):
    return math.sqrt(x * x + y * y)


@emitted((2.0, 3.0), by=(grad, hessian))
def power_of_both(x, y):
    return x**y + y**-x


@emitted((2.5,), by=(grad, hessian))
def kinks(x):
    return abs(x) * max(x, 1.0) + min(x, 2.0, x * x)


@emitted((0.0,), (1.5,), by=(grad, hessian))
def kink_at_its_place(x):
    return abs(x) ** 3 + abs(math.sin(x)) * x


@emitted((2.0, 1), by=grad)
def integer_aside(x, k):
    return x**k + x * k + (k if x > 0 else -k)


@emitted((2.0,), by=grad)
def detached(x):
    y = x * x
    return detach(y) * x + y


@emitted((0.5,), by=(grad, hessian))
def near_zero(x):
    return math.sin(x) / x + (1.0 - math.cos(x)) / x**2


@emitted((0.5, 0.25), by=(grad, hessian))
def special(x, y):
    return math.erf(x) + math.lgamma(y) + math.atan2(x, y) + math.hypot(x, y)


@emitted((0.5,), by=grad)
def through_complex(x):
    z = cmath.exp(complex(0.0, x)) * (1.0 + 2.0j)
    return z.real * x + abs(z) + (z * z.conjugate()).real


@emitted((0.5,), by=grad)
def caught(x):
    try:
        y = math.log(x)
    except ValueError:
        y = x
    return y * x


@emitted((1.5,), by=grad)
def whole_and_fraction(x):
    return (x % 1.0) * (x // 1.0) + math.floor(x) * x + math.fmod(x, 0.4) + divmod(x, 0.7)[1]


@emitted((0.4, 0.6), by=hessian)
def shared_between_statements(x, y):
    s = math.sin(x * y)
    c = math.cos(x * y)
    e = math.exp(s + c)
    return e * s - e * c + s * c


@emitted((1.1, 2.2, 3.3), by=grad)
def wrt_the_first_of_three(x, y, z):
    unused = y * z
    kept = math.tanh(z) * y
    return x * kept + (unused if y > 5.0 else x)


@emitted((0.7,), by=grad)
def small_integers_of_numpy(x):
    return x * (SMALL + SMALL) + x**SMALL * (x > 0.0) + x * ((x > 0.0) + (x > 0.5))
