"""Entries for `scipy.stats`: densities and probabilities, written with other entries.

SciPy's own machinery is not followed: each distribution is its formulas at `(x - loc)/scale`. One
table gives them; `loc` and `scale`, the range outside of which nothing lies, and the logarithms are
added in one place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...records import dataclass
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import refuse

_LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)
Rule = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Formulas of a continuous distribution in its standard form: `rule(ops, z, *shapes)`.

    Attributes:
        shapes: the names of its shape parameters, in SciPy's order.
        logpdf: the logarithm of the density.
        cdf: the probability below.
        sf: the probability above.
        logcdf: its logarithm, where that keeps more digits than taking it.
        logsf: the same above.
        ppf: the inverse of `cdf`.
        isf: the inverse of `sf`.
        low: where the range begins.
        high: where it ends.
        draw: arguments for the tests, `draw(rng)` gives `(z, *shapes)`.
    """

    shapes: tuple[str, ...] = ()
    logpdf: Rule
    cdf: Rule
    sf: Rule
    logcdf: Rule | None = None
    logsf: Rule | None = None
    ppf: Rule | None = None
    isf: Rule | None = None
    low: float = -math.inf
    high: float = math.inf
    draw: Callable[[Any], tuple[Any, ...]] = lambda rng: (rng.uniform(0.2, 0.8, 3),)


METHODS = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")
_AT_ENDS = {  # below the range, above it
    "pdf": (0.0, 0.0),
    "logpdf": (-math.inf, -math.inf),
    "cdf": (0.0, 1.0),
    "logcdf": (-math.inf, 0.0),
    "sf": (1.0, 0.0),
    "logsf": (0.0, -math.inf),
}


def _value(ops: Ops, d: Distribution, method: str, z: Any, shapes: list[Any]) -> Any:
    if method in ("pdf", "logpdf"):
        log = d.logpdf(ops, z, *shapes)
        return log if method == "logpdf" else ops.exp(log)
    rule: Rule | None = getattr(d, method)
    if rule is None:
        return ops.log(getattr(d, method.removeprefix("log"))(ops, z, *shapes))
    return rule(ops, z, *shapes)


def _is_zero(value: Any) -> bool:
    return type(value) in (int, float) and value == 0


def _is_one(value: Any) -> bool:
    return type(value) in (int, float) and value == 1


def as_operand(ops: Ops, value: Any) -> Any:
    """A list or tuple as an array."""
    if isinstance(value, list | tuple):
        parts = [as_operand(ops, v) for v in value]
        if any(ops.aval(p).shape for p in parts):
            return ops.stack(parts)
        return ops.array(*parts, shape=(len(parts),))
    return value


def _method(name: str, d: Distribution, method: str) -> Rule:
    def lower(ops: Ops, x: Any, *args: Any, **named: Any) -> Any:
        places = [*d.shapes, "loc", "scale"]
        if len(args) > len(places):
            raise TypeError(f"{name}.{method}() takes at most {len(places) + 1} arguments")
        known = dict(zip(places, args, strict=False)) | named
        refuse(f"{name}.{method}", {k: v for k, v in known.items() if k not in places})
        missing = [s for s in d.shapes if s not in known]
        if missing:
            raise TypeError(f"{name}.{method}() misses the argument `{missing[0]}`")
        shapes = [as_operand(ops, known[s]) for s in d.shapes]
        loc = as_operand(ops, known.get("loc", 0))
        scale = as_operand(ops, known.get("scale", 1))
        z = as_operand(ops, x)
        if method in ("ppf", "isf"):
            return _quantile(ops, name, d, method, z, shapes, loc, scale)
        z = z if _is_zero(loc) else ops.sub(z, loc)
        z = ops.mul(z, 1.0) if _is_one(scale) else ops.div(z, scale)
        outside = _outside(ops, z, d)
        if outside is None:
            safe = z
        else:  # what lies outside must not make a NaN of the derivative
            middle = d.low + 1.0 if d.high == math.inf else 0.5 * (d.low + d.high)
            safe = ops.where(outside, middle, z)
        value = _value(ops, d, method, safe, shapes)
        if not _is_one(scale):
            if method == "logpdf":
                value = ops.sub(value, ops.log(scale))
            elif method == "pdf":
                value = ops.div(value, scale)
        if outside is not None:
            below, above = _AT_ENDS[method]
            value = ops.where(ops.lt(z, d.low), below, value)
            if d.high < math.inf:
                value = ops.where(ops.gt(z, d.high), above, value)
        return value

    return lower


def _outside(ops: Ops, z: Any, d: Distribution) -> Any:
    """Where nothing lies; `None` when the range has no ends. A NaN is not outside."""
    outside = ops.lt(z, d.low) if d.low > -math.inf else None
    if d.high < math.inf:
        above = ops.gt(z, d.high)
        outside = above if outside is None else ops.logical_or(outside, above)
    return outside


def _quantile(
    ops: Ops, name: str, d: Distribution, method: str, q: Any, shapes: Any, loc: Any, scale: Any
) -> Any:
    rule: Rule = getattr(d, method)
    z = rule(ops, q, *shapes)
    z = z if _is_one(scale) else ops.mul(z, scale)
    return z if _is_zero(loc) else ops.add(z, loc)


# -- the distributions


def log1mexp(ops: Ops, x: Any) -> Any:
    """`log(1 - exp(-x))` for `x > 0`."""
    return ops.log(ops.neg(ops.expm1(ops.neg(x))))


def half_square(ops: Ops, z: Any) -> Any:
    """`-z**2/2`."""
    return ops.div(ops.mul(z, z), -2.0)


def _lognorm_logpdf(ops: Ops, z: Any, s: Any) -> Any:
    y = ops.div(ops.log(z), s)
    return ops.sub(ops.sub(half_square(ops, y), ops.log(ops.mul(s, z))), _LOG_ROOT_2PI)


def _weibull_power(ops: Ops, z: Any, c: Any) -> Any:
    return ops.pow(z, c)


def _laplace_below(ops: Ops, z: Any) -> Any:
    tail = ops.div(ops.exp(ops.neg(ops.abs(z))), 2.0)
    return ops.where(ops.gt(z, 0.0), ops.sub(1.0, tail), tail)


def _laplace_quantile(ops: Ops, q: Any) -> Any:
    above = ops.neg(ops.log(ops.mul(2.0, ops.sub(1.0, q))))
    return ops.where(ops.gt(q, 0.5), above, ops.log(ops.mul(2.0, q)))


DISTRIBUTIONS: dict[str, Distribution] = {
    "norm": Distribution(
        logpdf=lambda ops, z: ops.sub(half_square(ops, z), _LOG_ROOT_2PI),
        cdf=lambda ops, z: ops.ndtr(z),
        sf=lambda ops, z: ops.ndtr(ops.neg(z)),
        logcdf=lambda ops, z: ops.log_ndtr(z),
        logsf=lambda ops, z: ops.log_ndtr(ops.neg(z)),
        ppf=lambda ops, q: ops.ndtri(q),
        isf=lambda ops, q: ops.neg(ops.ndtri(q)),
    ),
    "t": Distribution(
        shapes=("df",),
        logpdf=lambda ops, z, df: ops.student_log_density(df, z),
        cdf=lambda ops, z, df: ops.stdtr(df, z),
        sf=lambda ops, z, df: ops.stdtr(df, ops.neg(z)),
        ppf=lambda ops, q, df: ops.stdtrit(df, q),
        isf=lambda ops, q, df: ops.neg(ops.stdtrit(df, q)),
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), 3.5),
    ),
    "gamma": Distribution(
        shapes=("a",),
        logpdf=lambda ops, z, a: ops.log_density_gamma(a, z),
        cdf=lambda ops, z, a: ops.gammainc(a, z),
        sf=lambda ops, z, a: ops.gammaincc(a, z),
        ppf=lambda ops, q, a: ops.gammaincinv(a, q),
        isf=lambda ops, q, a: ops.gammainccinv(a, q),
        low=0.0,
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), 2.5),
    ),
    "chi2": Distribution(
        shapes=("df",),
        logpdf=lambda ops, z, df: ops.sub(
            ops.log_density_gamma(ops.div(df, 2.0), ops.div(z, 2.0)), math.log(2.0)
        ),
        cdf=lambda ops, z, df: ops.gammainc(ops.div(df, 2.0), ops.div(z, 2.0)),
        sf=lambda ops, z, df: ops.gammaincc(ops.div(df, 2.0), ops.div(z, 2.0)),
        ppf=lambda ops, q, df: ops.mul(2.0, ops.gammaincinv(ops.div(df, 2.0), q)),
        isf=lambda ops, q, df: ops.mul(2.0, ops.gammainccinv(ops.div(df, 2.0), q)),
        low=0.0,
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), 3.5),
    ),
    "beta": Distribution(
        shapes=("a", "b"),
        logpdf=lambda ops, z, a, b: ops.log_density_beta(a, b, z),
        cdf=lambda ops, z, a, b: ops.betainc(a, b, z),
        sf=lambda ops, z, a, b: ops.betaincc(a, b, z),
        ppf=lambda ops, q, a, b: ops.betaincinv(a, b, q),
        isf=lambda ops, q, a, b: ops.betainccinv(a, b, q),
        low=0.0,
        high=1.0,
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), 2.5, 1.5),
    ),
    "expon": Distribution(
        logpdf=lambda ops, z: ops.neg(z),
        cdf=lambda ops, z: ops.neg(ops.expm1(ops.neg(z))),
        sf=lambda ops, z: ops.exp(ops.neg(z)),
        logcdf=log1mexp,
        logsf=lambda ops, z: ops.neg(z),
        ppf=lambda ops, q: ops.neg(ops.log1p(ops.neg(q))),
        isf=lambda ops, q: ops.neg(ops.log(q)),
        low=0.0,
    ),
    "uniform": Distribution(
        logpdf=lambda ops, z: ops.mul(z, 0.0),
        cdf=lambda ops, z: z,
        sf=lambda ops, z: ops.sub(1.0, z),
        ppf=lambda ops, q: q,
        isf=lambda ops, q: ops.sub(1.0, q),
        low=0.0,
        high=1.0,
    ),
    "lognorm": Distribution(
        shapes=("s",),
        logpdf=_lognorm_logpdf,
        cdf=lambda ops, z, s: ops.ndtr(ops.div(ops.log(z), s)),
        sf=lambda ops, z, s: ops.ndtr(ops.neg(ops.div(ops.log(z), s))),
        logcdf=lambda ops, z, s: ops.log_ndtr(ops.div(ops.log(z), s)),
        logsf=lambda ops, z, s: ops.log_ndtr(ops.neg(ops.div(ops.log(z), s))),
        ppf=lambda ops, q, s: ops.exp(ops.mul(s, ops.ndtri(q))),
        isf=lambda ops, q, s: ops.exp(ops.neg(ops.mul(s, ops.ndtri(q)))),
        low=0.0,
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), 0.7),
    ),
    "laplace": Distribution(
        logpdf=lambda ops, z: ops.sub(ops.neg(ops.abs(z)), math.log(2.0)),
        cdf=_laplace_below,
        sf=lambda ops, z: _laplace_below(ops, ops.neg(z)),
        ppf=_laplace_quantile,
        isf=lambda ops, q: ops.neg(_laplace_quantile(ops, q)),
    ),
    "logistic": Distribution(
        logpdf=lambda ops, z: ops.add(ops.log_expit(z), ops.log_expit(ops.neg(z))),
        cdf=lambda ops, z: ops.sigmoid(z),
        sf=lambda ops, z: ops.sigmoid(ops.neg(z)),
        logcdf=lambda ops, z: ops.log_expit(z),
        logsf=lambda ops, z: ops.log_expit(ops.neg(z)),
        ppf=lambda ops, q: ops.logit(q),
        isf=lambda ops, q: ops.neg(ops.logit(q)),
    ),
    "cauchy": Distribution(
        logpdf=lambda ops, z: ops.neg(ops.add(ops.log1p(ops.mul(z, z)), math.log(math.pi))),
        cdf=lambda ops, z: ops.div(ops.atan2(1.0, ops.neg(z)), math.pi),
        sf=lambda ops, z: ops.div(ops.atan2(1.0, z), math.pi),
        ppf=lambda ops, q: ops.div(-1.0, ops.tan(ops.mul(math.pi, q))),
        isf=lambda ops, q: ops.div(1.0, ops.tan(ops.mul(math.pi, q))),
    ),
    "weibull_min": Distribution(
        shapes=("c",),
        logpdf=lambda ops, z, c: ops.sub(
            ops.add(ops.log(c), ops.mul(ops.sub(c, 1.0), ops.log(z))), _weibull_power(ops, z, c)
        ),
        cdf=lambda ops, z, c: ops.neg(ops.expm1(ops.neg(_weibull_power(ops, z, c)))),
        sf=lambda ops, z, c: ops.exp(ops.neg(_weibull_power(ops, z, c))),
        logcdf=lambda ops, z, c: log1mexp(ops, _weibull_power(ops, z, c)),
        logsf=lambda ops, z, c: ops.neg(_weibull_power(ops, z, c)),
        ppf=lambda ops, q, c: ops.pow(ops.neg(ops.log1p(ops.neg(q))), ops.div(1.0, c)),
        isf=lambda ops, q, c: ops.pow(ops.neg(ops.log(q)), ops.div(1.0, c)),
        low=0.0,
        draw=lambda rng: (rng.uniform(0.2, 0.8, 3), 1.7),
    ),
}


def _samples(d: Distribution) -> Any:
    def samples(rng: Any) -> Any:
        z, *shapes = d.draw(rng)
        return [((z, *shapes), {}), ((0.1 + 2.0 * z, *shapes, 0.1, 2.0), {})]

    return samples


def _quantile_samples(d: Distribution) -> Any:
    def samples(rng: Any) -> Any:
        _, *shapes = d.draw(rng)
        return [((rng.uniform(0.2, 0.8, 3), *shapes, 0.1, 2.0), {})]

    return samples


def enter(name: str, d: Distribution) -> None:
    """Enter every method of a distribution into the table."""
    for method in METHODS:
        if method in ("ppf", "isf"):
            if getattr(d, method) is None:
                continue
            samples = _quantile_samples(d)
        else:
            samples = _samples(d)
        TABLE.add(
            StructuralEntry(
                name=f"{name}_{method}",
                names=(f"scipy.stats.{name}.{method}",),
                lower=_method(name, d, method),
                samples=samples,
            )
        )


for _name, _distribution in DISTRIBUTIONS.items():
    enter(_name, _distribution)
