"""Partials as they are written without care: right at ordinary numbers, and not at extreme ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy

_ROOT_PI = math.sqrt(math.pi)
_ROOT_2PI = math.sqrt(2 * math.pi)


def _plain(above: Any, below: Any) -> Any:
    """A quotient that SymPy merges with other factors."""
    return above * sympy.Pow(below, -1)


PLANTED: dict[str, Callable[..., tuple[Any, ...]]] = {
    "div": lambda m, x, y: (_plain(1, y), -x * sympy.Pow(y, -2)),
    "over": lambda m, x, r: (_plain(1, r), -x * sympy.Pow(r, -2)),
    "pow": lambda m, x, y: (m.pow(x, y) * y / x, m.pow(x, y) * m.log(x)),
    "hypot": lambda m, x, y: (x / m.sqrt(x**2 + y**2), y / m.sqrt(x**2 + y**2)),
    "atan2": lambda m, y, x: (x / (x**2 + y**2), -y / (x**2 + y**2)),
    "tanh": lambda m, x: (1 - m.tanh(x) ** 2,),
    "sech": lambda m, x: (-m.sinh(x) / m.cosh(x) ** 2,),
    "sigmoid": lambda m, x: (m.sigmoid(x) * (1 - m.sigmoid(x)),),
    "log_expit": lambda m, x: (1 - m.sigmoid(x),),
    "logaddexp": lambda m, a, b: (
        m.exp(a) / (m.exp(a) + m.exp(b)),
        m.exp(b) / (m.exp(a) + m.exp(b)),
    ),
    "logaddexp2": lambda m, a, b: (
        m.exp2(a) / (m.exp2(a) + m.exp2(b)),
        m.exp2(b) / (m.exp2(a) + m.exp2(b)),
    ),
    "exp": lambda m, x: (m.expm1(x) + 1,),
    "expm1": lambda m, x: (m.expm1(x) + 1,),
    "log1p": lambda m, x: ((1 - x) / (1 - x**2),),
    "asin": lambda m, x: (1 / m.sqrt(1 - x**2),),
    "acos": lambda m, x: (-1 / m.sqrt(1 - x**2),),
    "atan": lambda m, x: (m.cos(m.atan(x)) ** 2,),
    "asinh": lambda m, x: (1 / m.sqrt(1 + x**2),),
    "acosh": lambda m, x: (1 / m.sqrt(x**2 - 1),),
    "atanh": lambda m, x: (1 / (1 - x**2),),
    "logit": lambda m, x: (1 / (x - x**2),),
    "xlogy": lambda m, x, y: (m.xlogy(x, y) / x, x / y),
    "xlog1py": lambda m, x, y: (m.log(1 + y), x / (1 + y)),
    "kl_div": lambda m, x, y: (m.log(x / y), 1 - x / y),
    "sinc": lambda m, x: ((m.cos(math.pi * x) - m.sinc(x)) / x,),
    "exprel": lambda m, x: ((m.exp(x) - m.exprel(x)) / x,),
    "cosm1": lambda m, x: (-m.sqrt(1 - m.cos(x) ** 2) * m.sign(m.sin(x)),),
    "erfcx": lambda m, x: (2 * x * m.erfcx(x) - 2 / _ROOT_PI,),
    "erfinv": lambda m, x: (_ROOT_PI / 2 / (1 - m.erf(m.erfinv(x)) ** 2),),
    "ndtri": lambda m, x: (_ROOT_2PI * m.exp(m.ndtri(x) ** 2 / 2) * (1 + 1e-9),),
    "log_ndtr": lambda m, x: (m.exp(-(x**2) / 2) / (_ROOT_2PI * m.ndtr(x)),),
    "boxcox": lambda m, x, y: (
        m.pow(x, y) / x,
        (m.pow(x, y) * m.log(x) - m.boxcox(x, y)) / y,
    ),
    "boxcox1p": lambda m, x, y: (
        m.pow(1 + x, y - 1),
        (m.pow(1 + x, y) * m.log(1 + x) - m.boxcox1p(x, y)) / y,
    ),
    "pseudo_huber": lambda m, d, r: (
        2 * m.pseudo_huber(d, r) / d - r**2 / d / m.sqrt(1 + (r / d) ** 2),
        r / m.sqrt(1 + (r / d) ** 2),
    ),
    "inv_boxcox": lambda m, y, k: (
        m.pow(k * y + 1, 1 / k - 1),
        m.inv_boxcox(y, k) * (y / (k * (1 + k * y)) - m.log(1 + k * y) / k**2),
    ),
    "betaln": lambda m, a, b: (
        m.digamma(a) - m.digamma(a + b),
        m.digamma(b) - m.digamma(a + b),
    ),
    "shichi_s": lambda m, x: ((m.exprel(x) + m.exprel(-x)) / 2,),
    "dawsn": lambda m, x: (1 - 2 * x * m.dawsn(x),),
    "wrightomega": lambda m, x: (1 - 1 / (1 + m.wrightomega(x)),),
    "spence": lambda m, x: (m.log(x) / (1 - x),),
    "rgamma": lambda m, x: (-m.digamma(x) / m.gamma(x),),
    "gamma": lambda m, x: (m.gamma(x + 1) / x * m.digamma(x),),
    "digamma": lambda m, x: (m.polygamma(1, x + 1) + 1 / x**2 * (1 + 1e-9),),
}
"""By the name of the entry."""
