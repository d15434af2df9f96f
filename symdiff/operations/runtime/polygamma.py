"""`digamma`, its derivatives, and their differences, for numbers."""

from __future__ import annotations

import math

from .near_zero import near_0 as near_0
from .near_zero import near_0_array as near_0_array

_BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
)


_FAR = 12.0


def digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function.

    Reflection (DLMF 5.5.4) below 0, recurrence (DLMF 5.5.2) up to where the asymptotic series
    (DLMF 5.11.2) has full accuracy.

    Raises:
        ValueError: at a pole, x = 0, -1, -2, ...

    >>> round(digamma(1.0), 12)
    -0.577215664902
    """
    if x <= 0:
        if x == math.floor(x):
            raise ValueError("digamma has a pole here")
        # The fractional part first: tan(pi*x) of a large x has no digits left.
        return digamma(1 - x) - math.pi / math.tan(math.pi * math.fmod(x, 1.0))
    shift = 0.0
    while x < _FAR:
        shift += 1 / x
        x += 1
    square, power, tail = 1 / (x * x), 1.0, 0.0
    for k, b in enumerate(_BERNOULLI, 1):
        power *= square
        tail += b / (2 * k) * power
    return math.log(x) - 0.5 / x - tail - shift


def polygamma(n: float, x: float) -> float:
    """The n-th derivative of `digamma`.

    Reflection (DLMF 5.15.6), recurrence (DLMF 5.15.5), asymptotic series (DLMF 5.15.9).

    Raises:
        ValueError: at a pole, or for an order that is not a whole number from 0 up.

    >>> round(polygamma(1, 1.0), 12)  # pi**2/6
    1.644934066848
    """
    order = int(n)
    if order != n or order < 0:
        raise ValueError("the order of polygamma is a whole number from 0 up")
    if order == 0:
        return digamma(x)
    sign = -1.0 if order % 2 == 0 else 1.0  # (-1)**(order + 1)
    if x <= 0:
        if x == math.floor(x):
            raise ValueError("polygamma has a pole here")
        return -sign * polygamma(order, 1 - x) - _cotangent(order, math.fmod(x, 1.0))
    factorial, shift = float(math.factorial(order)), 0.0
    far = _FAR + order
    while x < far:
        shift += factorial * x ** -(order + 1)
        x += 1
    total = math.factorial(order - 1) * x**-order + factorial / 2 * x ** -(order + 1)
    for k, b in enumerate(_BERNOULLI, 1):
        total += (
            b * (math.factorial(2 * k + order - 1) / math.factorial(2 * k)) * x ** -(2 * k + order)
        )
    return sign * (total + shift)


def polygamma_between(n: float, x: float, d: float) -> float:
    """`polygamma(n, x + d) - polygamma(n, x)`, without cancellation where `d` is small.

    The Taylor series about `x`, whose terms shrink like `(d/x)**k`, for `d` small beside `x`.

    >>> polygamma_between(0, 1.0, 1e-9)
    1.6449340656...e-09
    """
    if x <= 0 or abs(d) > 0.1 * x:
        return polygamma(n, x + d) - polygamma(n, x)
    total, power, k = 0.0, 1.0, 0
    while k < 30:
        k += 1
        power *= d / k
        term = power * polygamma(n + k, x)
        total += term
        if abs(term) <= 1e-17 * abs(total):
            break
    return total


def _cotangent(order: int, x: float) -> float:
    """The derivative of that order of `pi*cot(pi*x)`: a polynomial in the cotangent."""
    c = 1 / math.tan(math.pi * x)
    coefficients = [0.0, 1.0]
    for _ in range(order):  # P -> -(1 + c**2)*P'
        slope = [k * a for k, a in enumerate(coefficients)][1:]
        low, high = [*slope, 0.0, 0.0], [0.0, 0.0, *slope]
        coefficients = [-(a + b) for a, b in zip(low, high, strict=True)]
    return math.pi ** (order + 1) * math.fsum(a * c**k for k, a in enumerate(coefficients))
