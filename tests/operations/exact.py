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


def _pseudo_huber(delta: Any, r: Any) -> Any:
    if delta <= 0:
        raise ValueError
    u = r / delta
    return delta * r * u / (1 + mp.sqrt(1 + u * u))


def _inverse_boxcox_log(x: Any, y: Any) -> Any:
    if 1 + x * y <= 0:
        raise ValueError
    return x if y == 0 else mp.log1p(x * y) / y


def _log_beta(a: Any, b: Any) -> Any:
    if a <= 0 or b <= 0:
        raise ValueError
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def _dawson(x: Any) -> Any:
    return mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x)


def _whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a whole number and of another."""
    return lambda n, x: function(int(n), x)


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
    "inv_boxcox_log": _inverse_boxcox_log,
    "inv_boxcox": lambda x, y: mp.exp(_inverse_boxcox_log(x, y)),
    "inv_boxcox1p": lambda x, y: mp.expm1(_inverse_boxcox_log(x, y)),
    "pseudo_huber": _pseudo_huber,
    "dawsn": _dawson,
    "i0": lambda x: mp.besseli(0, x),
    "i1": lambda x: mp.besseli(1, x),
    "i0e": lambda x: mp.besseli(0, x) * mp.exp(-abs(x)),
    "i1e": lambda x: mp.besseli(1, x) * mp.exp(-abs(x)),
    "j0": lambda x: mp.besselj(0, x),
    "j1": lambda x: mp.besselj(1, x),
    "k0": _above(0, lambda x: mp.besselk(0, x)),
    "k1": _above(0, lambda x: mp.besselk(1, x)),
    "k0e": _above(0, lambda x: mp.besselk(0, x) * mp.exp(x)),
    "k1e": _above(0, lambda x: mp.besselk(1, x) * mp.exp(x)),
    "y0": _above(0, lambda x: mp.bessely(0, x)),
    "y1": _above(0, lambda x: mp.bessely(1, x)),
    "ellipk": _within(-mp.inf, 1, mp.ellipk),
    "ellipe": _within(-mp.inf, 1, mp.ellipe),
    "fresnel_s": mp.fresnels,
    "fresnel_c": mp.fresnelc,
    "sici_s": mp.si,
    "sici_c": _above(0, mp.ci),
    "shichi_s": mp.shi,
    "shichi_c": _above(0, mp.chi),
    "airy_ai": mp.airyai,
    "airy_bi": mp.airybi,
    "betaln": _log_beta,
    "beta": lambda a, b: mp.exp(_log_beta(a, b)),
    "expn": _whole(mp.expint),
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


def _because(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


WITHOUT: dict[str, str] = {
    **_because(
        "mpmath takes seconds for it at the digits that differences need",
        "airy_aip airy_bip zetac",
    ),
    **_because(
        "a function of a shape or an order as well: points of many are in test_far_out.py",
        """betainc betaincc betainccinv betaincinv binom binormal ellipeinc ellipkinc
        eval_chebyt eval_chebyu eval_gegenbauer eval_genlaguerre eval_hermite eval_hermitenorm
        eval_jacobi eval_laguerre eval_legendre gammainc gammaincc gammainccinv gammaincinv
        hyp0f1 hyp1f1 hyp2f1 hyperu iv ive jv kn kv kve lambertw_real modstruve owens_t poch
        polygamma spherical_in spherical_j spherical_jn spherical_kn spherical_yn stdtr stdtrit
        struve yn yv zeta_of""",
    ),
    **_because(
        "only derivatives use it: held to mpmath by the entries whose derivative it is",
        """abs_along abs_side along_one along_side side side_toward sided sided_one
        tied tied_along first_taken first_toward maximum_along
        minimum_along fmax_along fmin_along larger_along smaller_along shared shared_along
        at_tip at_even_tip at_root tip_slope held off_tip on_tip still_length tip_bend
        tip_half tip_length
        beta_density_slope betainc_slope cusp dawsn_slope elliptic_moment erfcx_integral
        exprel_moment gamma_density_slope gammainc_slope iv_order ive_slope jv_order kv_order
        kve_slope length length_power magnitude relative scaled_length signed_power square_over
        log_density_beta log_density_gamma log_normal_mass log_poch
        log_power_at_0 polygamma_between radial share student_log_density student_log_slope
        student_slope unless_zero valued vanishing weighted_exp yv_order zeta_slope asin_near_0
        asinh_near_0 atan_near_0 sech_squared given
        atanh_near_0 erf_near_0 expm1_near_0 log1p_near_0 sin_near_0
        sinh_near_0 tan_near_0 tanh_near_0 versine_near_0 inverse_asin_near_0 inverse_asinh_near_0
        inverse_atan_near_0 inverse_atanh_near_0 inverse_erf_near_0 inverse_expm1_near_0
        inverse_log1p_near_0 inverse_sin_near_0 inverse_sinh_near_0 inverse_tan_near_0
        inverse_tanh_near_0 inverse_versine_near_0""",
    ),
    **_because(
        "a step or a choice: there are no digits to lose",
        """ceil_int floor_int floordiv fmod heaviside ieee_remainder mod nextafter rint round_int
        round_to spacing trunc_int where""",
    ),
}
"""Entries that have no reference here, and why."""
