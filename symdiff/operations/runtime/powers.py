"""Powers of numbers and of lengths, at zero too, where their derivatives are limits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def power(x: float, y: float) -> float:
    """`x**y` over the reals: raises where Python would leave them for a complex number."""
    if type(y) is int:
        return float(x) ** y if type(x) is not int or y < 0 else x**y
    return math.pow(x, y)


def log_power_at_0(n: float, x: float, y: float) -> float:
    """`x**y*log(x)**n` at `x = 0`: 0 for `y > 0`; `ValueError` where there is no number.

    >>> log_power_at_0(1, 0.0, 2.0)
    0.0
    """
    if y > 0:
        return 0.0
    if n == 0 and y == 0:
        return 1.0
    raise ValueError("no number at 0")


def log_power_at_0_array(n: Any, x: Any, y: Any) -> Any:
    """`x**y*log(x)**n` at `x = 0`: 0 for `y > 0`, else infinite."""
    zero = np.zeros_like(np.add(x, y) + 0.0)
    sign = 1.0 - 2.0 * np.mod(n, 2)
    below = np.where(np.equal(n, 0) & np.equal(y, 0), 1.0, sign * math.inf)
    return np.where(np.greater(y, 0), zero, below.astype(zero.dtype))[()]


def length_power(k: float, j: float, r: float, e: float) -> float:
    """`r**e*log(r)**j` of a length, which has come of `r**(e + k)` in `k` derivatives.

    Raises:
        ValueError: there is no such number at `r = 0`.

    >>> length_power(2, 0, 0.0, 0.0), length_power(2, 0, 0.0, 0.5), length_power(0, 0, 2.0, 3.0)
    (0.0, 0.0, 8.0)
    """
    if r != 0:
        return power(r, e) * math.log(r) ** j if j else power(r, e)
    return _number(_length_at_tip(k, j, e))


def length_power_array(k: Any, j: Any, r: Any, e: Any) -> Any:
    """`r**e*log(r)**j` of arrays of lengths."""
    return _with_tip(_length_at_tip, _power_and_log(j, r, e), np.equal(r, 0), k, j, e)


def signed_power(k: float, j: float, r: float, x: float, e: float) -> float:
    """`r**e*log(r)**j*sign(x)**k`, which has come of `r**(e + k)` with `r = c*abs(x)`.

    Raises:
        ValueError: there is no such number at `x = 0`.

    >>> signed_power(1, 0, 2.0, -2.0, 3.0), signed_power(2, 0, 0.0, 0.0, 0.0)
    (-8.0, 1.0)
    """
    if x != 0 and r != 0:
        value = power(r, e) * math.log(r) ** j if j else power(r, e)
        return -value if x < 0 and k % 2 else value
    return _number(_signed_at_tip(k, j, e))


def signed_power_array(k: Any, j: Any, r: Any, x: Any, e: Any) -> Any:
    """`r**e*log(r)**j*sign(x)**k` of arrays."""
    value = _power_and_log(j, r, e)
    if np.any(np.mod(k, 2)):
        value = np.where(np.less(x, 0) & np.equal(np.mod(k, 2), 1), -value, value)
    return _with_tip(_signed_at_tip, value, np.equal(x, 0) | np.equal(r, 0), k, j, e)


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("no number at 0")
    return value


def _power_and_log(j: Any, r: Any, e: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.asarray(r)[()]
        return r**e * np.log(r) ** j if np.any(j) else r**e


def _with_tip(at_tip: Any, value: Any, tip: Any, k: Any, j: Any, e: Any) -> Any:
    if not np.any(tip):
        return value
    plain = not (np.ndim(k) or np.ndim(j) or np.ndim(e))
    at = at_tip(k, j, e) if plain else np.vectorize(at_tip, otypes=[float])(k, j, e)
    return np.where(tip, at, value).astype(np.result_type(value))[()]


def _length_at_tip(k: float, j: float, e: float) -> float:
    """What is left at `r = 0` of `r**p` with `p = e + k` in the terms with `k` such derivatives.

    Each of them has brought a factor that vanishes as `r` does: nothing is left where `p > k`, but
    of `k = p/2`, which stands beside second derivatives alone. What is beyond the last derivative
    of an even power has the factor 0.
    """
    p = e + k
    if p > 2 * k or (p == 2 * k and j == 0):
        return 0.0 if p > 2 * k else 1.0
    if k == 0:
        return math.inf if j % 2 == 0 else -math.inf
    if p > k or (j == 0 and (p == k == 1 or (p >= 0 and p % 2 == 0))):
        return 0.0
    return math.nan


def _signed_at_tip(k: float, j: float, e: float) -> float:
    """What is at 0 the derivative of order `k` of `abs(x)**p` with `p = e + k`, but its factor.

    A jump is given the mean of its sides.
    """
    if e > 0 or (e == 0 and j == 0):
        return 1.0 if e == 0 and k % 2 == 0 else 0.0
    p = e + k
    if j == 0 and p >= 0 and p % 1 == 0:
        return 0.0  # the factor is
    if k % 2:
        return math.nan
    return math.inf if j % 2 == 0 else -math.inf


def powers(*pairs: tuple[float, float]) -> bool:
    """Raise `OverflowError` where a power of a number is too large to be a float.

    >>> powers((3.0, 2.0), (1e60, 3.0))
    True
    """
    for base, exponent in pairs:
        base**exponent
    return True
