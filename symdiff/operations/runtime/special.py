"""Special functions that generated code calls as `rt.name`; SciPy is imported when one is called.

`rt.jv(v, x)` is for Python numbers and raises where the result is not finite, as `math` does;
`rt.jv_array(v, x)` broadcasts and gives `inf` or `nan` there, as NumPy does.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import bessel as scipy_bessel
from . import moments as scipy_moments
from . import shapes as scipy_shapes
from . import student as scipy_student


def special_function(name: str) -> Callable[..., Any]:
    """The function behind `rt.name`, for numbers, or for arrays when the name ends in `_array`.

    Raises:
        AttributeError: neither SciPy nor this module has it.

    >>> round(special_function("jv")(0, 1.0), 12)
    0.765197686558
    """
    from .lifting import array_function

    base = name.removesuffix("_array")
    if base in _SCALARS:
        scalar = _SCALARS[base]
        return array_function(scalar) if name.endswith("_array") else scalar
    array = _OWN.get(base)
    if array is None:
        if base.startswith("_"):
            raise AttributeError(name)
        array = getattr(importlib.import_module("scipy.special"), base)
    if base in _REAL:
        array = _of_reals(array)
    return array if name.endswith("_array") else _number(array)


def _number(array: Callable[..., Any]) -> Callable[..., float]:
    def number(*x: float) -> float:
        with np.errstate(all="ignore"):
            value = float(array(*x))
        if not math.isfinite(value):
            raise ValueError("the result is not finite")
        return value

    return number


def _of_reals(array: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse complex numbers, where SciPy's branch for them is not the same analytic function."""

    def real(*x: Any) -> Any:
        if any(np.iscomplexobj(v) for v in x):
            raise TypeError("only defined for real numbers here")
        return array(*x)

    return real


# -- the scaled repeated integrals of the error function


def erfcx_integral(n: float, x: float) -> float:
    """`exp(x**2)` times the `n`-th repeated integral of `erfc` (DLMF 7.18.2).

    The recurrence DLMF 7.18.7 runs forward where that is stable, and backward from far up
    (Miller's algorithm) for `x > 0`, where the integrals are its minimal solution.

    >>> round(erfcx_integral(1, 0.0), 12)  # 1/sqrt(pi)
    0.564189583548
    """
    import scipy.special

    if isinstance(x, complex):
        raise TypeError("only defined for real numbers here")
    order = int(n)
    erfcx = float(scipy.special.erfcx(x))
    if order == -1:
        return 2 / math.sqrt(math.pi)
    if order == 0 or not math.isfinite(erfcx):
        return erfcx
    if x > 0.5:
        # Steps enough for 17 digits: the ratio of neighbours is x/sqrt(2*k) + ... at order k.
        start = order + 60 + int(400 / (x * x))
        above, here, wanted = 0.0, 1e-300, 0.0
        for k in range(start, 0, -1):
            if k == order:
                wanted = here
            above, here = here, 2 * x * here + 2 * (k + 1) * above
            if here > 1e250:
                above, here, wanted = above * 1e-250, here * 1e-250, wanted * 1e-250
        return erfcx * (wanted / here)
    below, here = 2 / math.sqrt(math.pi), erfcx
    for k in range(1, order + 1):
        below, here = here, -x / k * here + below / (2 * k)
    return here


# -- moments of the exponential


def exprel_moment(n: float, x: float) -> float:
    """The integral of `s**n * exp(x*s)` over `s` from 0 to 1: the `n`-th derivative of `exprel`.

    >>> exprel_moment(1, 0.0)
    0.5
    """
    if isinstance(x, complex):
        raise TypeError("only defined for real numbers here")
    order = int(n)
    if abs(x) > 30.0 + 2 * order:
        grown = math.exp(x)
        here = math.expm1(x) / x
        for k in range(1, order + 1):
            here = (grown - k * here) / x
        return here
    if x < 0:  # Kummer's transformation, DLMF 13.2.39: only positive terms
        term = total = 1 / (order + 1)
        k = 1
        while term > 1e-18 * total:
            term *= -x / (order + 1 + k)
            total += term
            k += 1
        return math.exp(x) * total
    power, total, k = 1.0, 1 / (order + 1), 1
    while True:
        power *= x / k
        term = power / (order + 1 + k)
        total += term
        k += 1
        if term <= 1e-18 * total:
            return total


# -- probabilities


def binormal(h: Any, k: Any, correlation: Any) -> Any:
    """The probability that two standard normal numbers are below `h` and `k`.

    >>> round(float(binormal(0.0, 0.0, 0.5)), 12)  # 1/4 + asin(1/2)/(2*pi)
    0.333333333333
    """
    from scipy.stats import multivariate_normal

    def one(h: float, k: float, r: float) -> float:
        if not (-1.0 < r < 1.0 and h == h and k == k):
            return math.nan
        return float(multivariate_normal.cdf((h, k), cov=((1.0, r), (r, 1.0))))

    dtype = np.result_type(np.asarray(h + k + correlation), np.float32)
    return np.vectorize(one, otypes=[dtype])(h, k, correlation)[()]


def expn(n: Any, x: Any) -> Any:
    """The exponential integral of any whole order; below 0 by DLMF 8.19.12, forward.

    >>> round(float(expn(-1, 1.0)), 12)  # 2*exp(-1)
    0.735758882343
    """
    import scipy.special as special

    order = np.asarray(n)
    if np.all(order >= 0):
        return special.expn(n, x)
    with np.errstate(all="ignore"):
        decay = np.exp(-np.asarray(x))
        value = decay / x
        for k in range(1, 1 + int(-np.min(order))):
            value = np.where(k <= -order, (decay + k * value) / x, value)
        value = np.where(np.asarray(x) >= 0, value, np.nan)
        return np.where(order >= 0, special.expn(np.maximum(order, 0), x), value)[()]


def logit(x: Any) -> Any:
    """`log(x/(1 - x))`, with all digits also near one half."""
    x = np.asarray(x)
    middle = np.abs(x - 0.5) < 0.25
    with np.errstate(all="ignore"):
        inside = 2 * np.arctanh(np.where(middle, 2 * x - 1, 0))
        return np.where(middle, inside, np.log(x / (1 - x))).astype(inside.dtype)[()]


def log_expit(x: Any) -> Any:
    """`-log(1 + exp(-x))`, without overflow."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def log_ratio(x: Any, y: Any) -> Any:
    """`log(x/y)`, with all digits where the two are close, or far from 1.

    >>> float(log_ratio(1e-200, 1e200)) == 2 * float(log_ratio(1e-200, 1.0))
    True
    """
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        raise TypeError("only defined for real numbers here")
    with np.errstate(all="ignore"):
        ratio, gap = np.divide(x, y), np.divide(np.subtract(x, y), y)
        apart = np.where(np.equal(ratio, 0) | np.isinf(ratio), np.log(x) - np.log(y), np.log(ratio))
        return np.where(np.abs(gap) < 0.5, np.log1p(gap), apart)[()]


_SCALARS: dict[str, Callable[..., float]] = {
    "erfcx_integral": erfcx_integral,
    "exprel_moment": exprel_moment,
    **scipy_shapes.SCALARS,
    **scipy_student.SCALARS,
    **scipy_bessel.SCALARS,
    **scipy_moments.SCALARS,
}
_OWN: dict[str, Callable[..., Any]] = {
    **scipy_shapes.ARRAYS,
    **scipy_moments.ARRAYS,
    "binormal": binormal,
    "expn": expn,
    "logit": logit,
    "log_expit": log_expit,
    "log_ratio": log_ratio,
}
_REAL = {
    "log_expit",
    "expi",
    "jv",
    "yv",
    "iv",
    "kv",
    "ive",
    "kve",
    *scipy_shapes.ARRAYS,
    *scipy_moments.ARRAYS,
    "dawsn",
    "spence",
    "hyp0f1",
    "hyp1f1",
    "hyp2f1",
    "wrightomega",
    "zeta",
    "zetac",
}
