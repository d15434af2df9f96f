"""The sigmoid of an array, and the slope of a hyperbolic tangent, in as few passes as can be."""

from __future__ import annotations

from typing import Any

import numpy as np

from .ranges import PIECE

_NEAR = 0.36
"""Where `1 - tanh(x)**2` is not less, it has no larger error than `1/cosh(x)**2`."""


def sigmoid_array(x: Any) -> Any:
    """`1/(1 + exp(-x))` of an array, without overflow.

    >>> sigmoid_array(np.array([-1000.0, -720.0, 0.0, 720.0])).tolist()
    [0.0, 2.0322308024e-313, 0.5, 1.0]
    """
    if isinstance(x, np.ndarray) and x.dtype == np.float64 and _no_less(x, -700.0):
        made = np.negative(x)
        np.exp(made, made)
        np.add(made, 1.0, made)
        return np.reciprocal(made, made)
    e = np.exp(-np.abs(x))
    return np.where(np.greater_equal(x, 0), 1, e)[()] / (1 + e)


def _no_less(x: Any, bound: float) -> bool:
    """Whether no number of an array is less than a bound that is negative.

    The sum of the squares of a vector that is not long tells faster, if it is small.
    """
    if x.ndim == 1 and x.size <= PIECE and np.dot(x, x) < bound * bound:
        return bool(x.size)
    return bool(x.ndim and x.size and np.minimum.reduce(x, None) >= bound)


def sech_squared(x: Any, t: Any) -> Any:
    """`sech(x)**2` of an array whose hyperbolic tangent is `t`.

    From that it takes three passes, but has digits only where the tangent is not close to one.

    >>> x = np.array([0.1, 0.5])
    >>> (sech_squared(x, np.tanh(x)) - (1 - np.tanh(x)**2)).tolist()
    [0.0, 0.0]
    >>> x = np.array([0.1, 30.0])
    >>> sech_squared(x, np.tanh(x)).tolist() == ((1 / np.cosh(x))**2).tolist()
    True
    """
    if not (isinstance(t, np.ndarray) and t.size and np.shape(x) == t.shape):
        return np.square(1 / np.cosh(x))
    made = np.multiply(t, t, np.empty(t.shape))
    np.subtract(1.0, made, made)
    if np.minimum.reduce(made, None) >= _NEAR:  # which no NaN is
        return made
    np.cosh(x, made)
    np.reciprocal(made, made)
    return np.square(made, made)
