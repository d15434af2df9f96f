"""What elementwise entries compute, as functions of mpmath's numbers, by the name of the entry.

They know nothing of symdiff, of NumPy or of SciPy. Where `mpmath` has no function and none is
easily made of others, `WITHOUT` gives the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp


def _power(x: Any, y: Any) -> Any:
    if x == 0:
        return mp.mpf(1) if y == 0 else mp.mpf(0) if y > 0 else mp.inf
    return x**y


def _times_log(x: Any, y: Any) -> Any:
    return mp.mpf(0) if x == 0 else x * mp.log(y)


def _relative_entropy(x: Any, y: Any) -> Any:
    if x < 0 or y < 0 or (y == 0 and x != 0):
        raise ValueError
    return mp.mpf(0) if x == 0 else x * mp.log(x / y)


def _log_ndtr(x: Any) -> Any:
    return mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


def _sinc(x: Any) -> Any:
    return mp.mpf(1) if x == 0 else mp.sinpi(x) / (mp.pi * x)


def _exprel(x: Any) -> Any:
    return mp.mpf(1) if x == 0 else mp.expm1(x) / x


def _real_root(x: Any) -> Any:
    return mp.sign(x) * mp.cbrt(abs(x))


def _sum_of_exponentials(a: Any, b: Any, base: Any) -> Any:
    high, low = max(a, b), min(a, b)
    return high + mp.log1p(base ** (low - high)) / mp.log(base)


def _huber(delta: Any, r: Any) -> Any:
    if delta < 0:
        raise ValueError
    return r * r / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2)


def _boxcox(x: Any, y: Any) -> Any:
    if x <= 0:
        raise ValueError
    return mp.log(x) if y == 0 else mp.expm1(y * mp.log(x)) / y


def _inverse_boxcox_log(x: Any, y: Any) -> Any:
    return x if y == 0 else mp.log1p(x * y) / y


def _within(low: float, high: float, function: Callable[..., Any]) -> Callable[..., Any]:
    def limited(x: Any) -> Any:
        if not low < x < high:
            raise ValueError
        return function(x)

    return limited


def _above(low: float, function: Callable[..., Any]) -> Callable[..., Any]:
    return _within(low, mp.inf, function)


_SMOOTH: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pos": lambda x: +x,
    "pow": _power,
    "strict_pow": _power,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "exp": mp.exp,
    "exp2": lambda x: mp.mpf(2) ** x,
    "exp10": lambda x: mp.mpf(10) ** x,
    "expm1": mp.expm1,
    "log": _above(0, mp.log),
    "log2": _above(0, lambda x: mp.log(x) / mp.log(2)),
    "log10": _above(0, lambda x: mp.log(x) / mp.log(10)),
    "log1p": _above(-1, mp.log1p),
    "sqrt": _above(0, mp.sqrt),
    "deviation": _above(0, mp.sqrt),
    "cbrt": _real_root,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "asin": _within(-1, 1, mp.asin),
    "acos": _within(-1, 1, mp.acos),
    "atan": mp.atan,
    "asinh": mp.asinh,
    "acosh": _above(1, mp.acosh),
    "atanh": _within(-1, 1, mp.atanh),
    "atan2": mp.atan2,
    "over": lambda x, r: x / r,
    "hypot": mp.hypot,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
    "logaddexp": lambda a, b: _sum_of_exponentials(a, b, mp.e),
    "logaddexp2": lambda a, b: _sum_of_exponentials(a, b, mp.mpf(2)),
    "degrees": mp.degrees,
    "radians": mp.radians,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfi": mp.erfi,
    "erfinv": _within(-1, 1, mp.erfinv),
    "erfcinv": _within(0, 2, lambda x: mp.erfinv(1 - x)),
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "ndtr": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "ndtri": _within(0, 1, lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1)),
    "log_ndtr": _log_ndtr,
    "logit": _within(0, 1, lambda x: mp.log(x / (1 - x))),
    "xlogy": _times_log,
    "xlog1py": lambda x, y: _times_log(x, 1 + y),
    "entr": _above(0, lambda x: -x * mp.log(x)),
    "rel_entr": _relative_entropy,
    "kl_div": lambda x, y: _relative_entropy(x, y) - x + y,
    "log_ratio": lambda x, y: mp.log(x / y),
    "exprel": _exprel,
    "cosm1": lambda x: mp.cos(x) - 1,
    "sindg": lambda x: mp.sin(mp.radians(x)),
    "cosdg": lambda x: mp.cos(mp.radians(x)),
    "boxcox": _boxcox,
    "boxcox1p": lambda x, y: _boxcox(1 + x, y),
    "inv_boxcox_log": _inverse_boxcox_log,
    "inv_boxcox": lambda x, y: mp.exp(_inverse_boxcox_log(x, y)),
    "inv_boxcox1p": lambda x, y: mp.expm1(_inverse_boxcox_log(x, y)),
    "pseudo_huber": lambda d, r: d * d * (mp.hypot(1, r / d) - 1),
    "sinc": _sinc,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))) if abs(x) < 1000 else mp.loggamma(x),
    "loggamma": _above(0, mp.loggamma),
    "rgamma": mp.rgamma,
    "digamma": mp.digamma,
    "expi": mp.ei,
    "exp1": _above(0, mp.e1),
    "wrightomega": lambda x: mp.lambertw(mp.exp(x)),
    "spence": _above(0, lambda x: mp.polylog(2, 1 - x)),
}
_CORNERED: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "sign": mp.sign,
    "maximum": max,
    "minimum": min,
    "fmax": max,
    "fmin": min,
    "larger": max,
    "smaller": min,
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
    "huber": _huber,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "nan_to_num": lambda x: x,
}
EXACT = {**_SMOOTH, **_CORNERED}
