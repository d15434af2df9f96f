"""Further distributions of `scipy.stats`: extreme values, tails, halves and truncations."""

from __future__ import annotations

import math
from typing import Any

from ..table.entry import Ops
from .stats import DISTRIBUTIONS, Distribution, enter, half_square, log1mexp

_LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)


def _two_sided(ops: Ops, q: Any) -> Any:
    """The quantile of the absolute value of a normal, from the probability above."""
    return ops.neg(ops.ndtri(ops.div(q, 2.0)))


def _gumbel(ops: Ops, z: Any) -> Any:
    return ops.exp(ops.neg(z))


def _reciprocal_gamma_logpdf(ops: Ops, z: Any, a: Any) -> Any:
    y = ops.div(1.0, z)
    return ops.add(ops.log_density_gamma(a, y), ops.mul(2.0, ops.log(y)))


def _skew_logpdf(ops: Ops, z: Any, a: Any) -> Any:
    tilt = ops.add(ops.log_ndtr(ops.mul(a, z)), math.log(2.0) - _LOG_ROOT_2PI)
    return ops.add(half_square(ops, z), tilt)


def _truncated_logpdf(ops: Ops, z: Any, a: Any, b: Any) -> Any:
    log = ops.sub(ops.sub(half_square(ops, z), _LOG_ROOT_2PI), ops.log_normal_mass(a, b))
    outside = ops.logical_or(ops.lt(z, a), ops.gt(z, b))
    return ops.where(outside, -math.inf, log)


def _truncated_below(ops: Ops, z: Any, a: Any, b: Any) -> Any:
    within = ops.logical_and(ops.gt(z, a), ops.lt(z, b))
    safe = ops.where(within, z, b)
    log = ops.sub(ops.log_normal_mass(a, safe), ops.log_normal_mass(a, b))
    return ops.where(ops.le(z, a), -math.inf, log)


def _truncated_above(ops: Ops, z: Any, a: Any, b: Any) -> Any:
    within = ops.logical_and(ops.gt(z, a), ops.lt(z, b))
    safe = ops.where(within, z, a)
    log = ops.sub(ops.log_normal_mass(safe, b), ops.log_normal_mass(a, b))
    return ops.where(ops.ge(z, b), -math.inf, log)


FURTHER: dict[str, Distribution] = {
    "halfnorm": Distribution(
        logpdf=lambda ops, z: ops.add(half_square(ops, z), math.log(2.0) - _LOG_ROOT_2PI),
        cdf=lambda ops, z: ops.erf(ops.div(z, math.sqrt(2.0))),
        sf=lambda ops, z: ops.erfc(ops.div(z, math.sqrt(2.0))),
        logsf=lambda ops, z: ops.add(ops.log_ndtr(ops.neg(z)), math.log(2.0)),
        ppf=lambda ops, q: ops.mul(math.sqrt(2.0), ops.erfinv(q)),
        isf=_two_sided,
        low=0.0,
    ),
    "halfcauchy": Distribution(
        logpdf=lambda ops, z: ops.sub(math.log(2 / math.pi), ops.log1p(ops.mul(z, z))),
        cdf=lambda ops, z: ops.mul(2 / math.pi, ops.atan(z)),
        sf=lambda ops, z: ops.mul(2 / math.pi, ops.atan2(1.0, z)),
        ppf=lambda ops, q: ops.tan(ops.mul(math.pi / 2, q)),
        isf=lambda ops, q: ops.div(1.0, ops.tan(ops.mul(math.pi / 2, q))),
        low=0.0,
    ),
    "rayleigh": Distribution(
        logpdf=lambda ops, z: ops.add(ops.log(z), half_square(ops, z)),
        cdf=lambda ops, z: ops.neg(ops.expm1(half_square(ops, z))),
        sf=lambda ops, z: ops.exp(half_square(ops, z)),
        logsf=half_square,
        ppf=lambda ops, q: ops.sqrt(ops.mul(-2.0, ops.log1p(ops.neg(q)))),
        isf=lambda ops, q: ops.sqrt(ops.mul(-2.0, ops.log(q))),
        low=0.0,
    ),
    "gumbel_r": Distribution(
        logpdf=lambda ops, z: ops.neg(ops.add(z, _gumbel(ops, z))),
        cdf=lambda ops, z: ops.exp(ops.neg(_gumbel(ops, z))),
        sf=lambda ops, z: ops.neg(ops.expm1(ops.neg(_gumbel(ops, z)))),
        logcdf=lambda ops, z: ops.neg(_gumbel(ops, z)),
        logsf=lambda ops, z: log1mexp(ops, _gumbel(ops, z)),
        ppf=lambda ops, q: ops.neg(ops.log(ops.neg(ops.log(q)))),
        isf=lambda ops, q: ops.neg(ops.log(ops.neg(ops.log1p(ops.neg(q))))),
    ),
    "gumbel_l": Distribution(
        logpdf=lambda ops, z: ops.sub(z, ops.exp(z)),
        cdf=lambda ops, z: ops.neg(ops.expm1(ops.neg(ops.exp(z)))),
        sf=lambda ops, z: ops.exp(ops.neg(ops.exp(z))),
        logcdf=lambda ops, z: log1mexp(ops, ops.exp(z)),
        logsf=lambda ops, z: ops.neg(ops.exp(z)),
        ppf=lambda ops, q: ops.log(ops.neg(ops.log1p(ops.neg(q)))),
        isf=lambda ops, q: ops.log(ops.neg(ops.log(q))),
    ),
    "pareto": Distribution(
        shapes=("b",),
        logpdf=lambda ops, z, b: ops.sub(ops.log(b), ops.mul(ops.add(b, 1.0), ops.log(z))),
        cdf=lambda ops, z, b: ops.neg(ops.expm1(ops.neg(ops.mul(b, ops.log(z))))),
        sf=lambda ops, z, b: ops.pow(z, ops.neg(b)),
        logsf=lambda ops, z, b: ops.neg(ops.mul(b, ops.log(z))),
        ppf=lambda ops, q, b: ops.exp(ops.div(ops.log1p(ops.neg(q)), ops.neg(b))),
        isf=lambda ops, q, b: ops.pow(q, ops.div(-1.0, b)),
        low=1.0,
        draw=lambda rng: (rng.uniform(1.2, 3.0, 3), 2.5),
    ),
    "invgamma": Distribution(
        shapes=("a",),
        logpdf=_reciprocal_gamma_logpdf,
        cdf=lambda ops, z, a: ops.gammaincc(a, ops.div(1.0, z)),
        sf=lambda ops, z, a: ops.gammainc(a, ops.div(1.0, z)),
        ppf=lambda ops, q, a: ops.div(1.0, ops.gammainccinv(a, q)),
        isf=lambda ops, q, a: ops.div(1.0, ops.gammaincinv(a, q)),
        low=0.0,
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), 2.5),
    ),
    "skewnorm": Distribution(
        shapes=("a",),
        logpdf=_skew_logpdf,
        cdf=lambda ops, z, a: ops.sub(ops.ndtr(z), ops.mul(2.0, ops.owens_t(z, a))),
        sf=lambda ops, z, a: ops.add(ops.ndtr(ops.neg(z)), ops.mul(2.0, ops.owens_t(z, a))),
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), 1.5),
    ),
    "truncnorm": Distribution(
        shapes=("a", "b"),
        logpdf=_truncated_logpdf,
        cdf=lambda ops, z, a, b: ops.exp(_truncated_below(ops, z, a, b)),
        sf=lambda ops, z, a, b: ops.exp(_truncated_above(ops, z, a, b)),
        logcdf=_truncated_below,
        logsf=_truncated_above,
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), -0.7, 1.4),
    ),
}


for _name, _distribution in FURTHER.items():
    enter(_name, _distribution)
DISTRIBUTIONS.update(FURTHER)
