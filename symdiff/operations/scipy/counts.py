"""Entries for distributions of counts in `scipy.stats`: only their parameters have a derivative."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...records import dataclass
from ..table.entry import TABLE, Ops, StructuralEntry
from ..table.signatures import refuse
from .stats import as_operand

Rule = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Formulas of a distribution over whole numbers: `rule(ops, k, *params)`.

    Attributes:
        params: the names of its parameters, in SciPy's order.
        logpmf: the logarithm of the probability of `k`.
        cdf: the probability of `k` or less, for `k` below the highest.
        sf: the probability of more than `k`, for `k` from the lowest.
        low: the lowest count.
        high: the highest, from the parameters.
        samples: parameters for the tests.
    """

    params: tuple[str, ...]
    logpmf: Rule
    cdf: Rule
    sf: Rule
    low: int = 0
    high: Rule | None = None
    samples: tuple[Any, ...]


METHODS = ("pmf", "logpmf", "cdf", "logcdf", "sf", "logsf")


def _floor(ops: Ops, k: Any) -> Any:
    return ops.detach(ops.floor(k)) if ops.aval(k).is_inexact else k


def _method(name: str, d: Counts, method: str) -> Rule:
    def lower(ops: Ops, k: Any, *args: Any, **named: Any) -> Any:
        places = [*d.params, "loc"]
        if len(args) > len(places):
            raise TypeError(f"{name}.{method}() takes at most {len(places) + 1} arguments")
        known = dict(zip(places, args, strict=False)) | named
        refuse(f"{name}.{method}", {k: v for k, v in known.items() if k not in places})
        missing = [p for p in d.params if p not in known]
        if missing:
            raise TypeError(f"{name}.{method}() misses the argument `{missing[0]}`")
        params = [as_operand(ops, known[p]) for p in d.params]
        k, loc = as_operand(ops, k), known.get("loc", 0)
        if not (type(loc) in (int, float) and loc == 0):
            k = ops.sub(k, as_operand(ops, loc))
        whole = _floor(ops, k)
        top = d.high(ops, *params) if d.high is not None else None
        density = method in ("pmf", "logpmf")
        below = ops.lt(whole, d.low)
        above = None if top is None else (ops.gt if density else ops.ge)(whole, top)
        if density and ops.aval(k).is_inexact:
            below = ops.logical_or(below, ops.ne(whole, ops.detach(k)))
        outside = below if above is None else ops.logical_or(below, above)
        n = ops.where(outside, d.low, whole)
        if density:
            log = d.logpmf(ops, n, *params)
            value = log if method == "logpmf" else ops.exp(log)
            return ops.where(outside, -math.inf if method == "logpmf" else 0.0, value)
        logs = method.startswith("log")
        value = getattr(d, method.removeprefix("log"))(ops, n, *params)
        value = ops.log(value) if logs else value
        none, all_ = (-math.inf, 0.0) if logs else (0.0, 1.0)
        before, after = (none, all_) if "cdf" in method else (all_, none)
        if above is not None:
            value = ops.where(above, after, value)
        return ops.where(below, before, value)

    return lower


def _binom_logpmf(ops: Ops, k: Any, n: Any, p: Any) -> Any:
    rest = ops.sub(n, k)
    ways = ops.sub(ops.log_poch(ops.add(k, 1.0), rest), ops.lgamma(ops.add(rest, 1.0)))
    return ops.add(ops.add(ways, ops.xlogy(k, p)), ops.xlog1py(rest, ops.neg(p)))


def _nbinom_logpmf(ops: Ops, k: Any, n: Any, p: Any) -> Any:
    ways = ops.sub(ops.log_poch(n, k), ops.lgamma(ops.add(k, 1.0)))
    return ops.add(ops.add(ways, ops.mul(n, ops.log(p))), ops.xlog1py(k, ops.neg(p)))


def _bernoulli_logpmf(ops: Ops, k: Any, p: Any) -> Any:
    return ops.add(ops.xlogy(k, p), ops.xlog1py(ops.sub(1.0, k), ops.neg(p)))


def _geom_above(ops: Ops, k: Any, p: Any) -> Any:
    return ops.mul(k, ops.log1p(ops.neg(p)))


COUNTS: dict[str, Counts] = {
    "poisson": Counts(
        params=("mu",),
        logpmf=lambda ops, k, mu: ops.sub(
            ops.sub(ops.xlogy(k, mu), ops.lgamma(ops.add(k, 1.0))), mu
        ),
        cdf=lambda ops, k, mu: ops.gammaincc(ops.add(k, 1.0), mu),
        sf=lambda ops, k, mu: ops.gammainc(ops.add(k, 1.0), mu),
        samples=(1.7,),
    ),
    "binom": Counts(
        params=("n", "p"),
        logpmf=_binom_logpmf,
        cdf=lambda ops, k, n, p: ops.betaincc(ops.add(k, 1.0), ops.sub(n, k), p),
        sf=lambda ops, k, n, p: ops.betainc(ops.add(k, 1.0), ops.sub(n, k), p),
        high=lambda ops, n, p: n,
        samples=(5, 0.3),
    ),
    "nbinom": Counts(
        params=("n", "p"),
        logpmf=_nbinom_logpmf,
        cdf=lambda ops, k, n, p: ops.betainc(n, ops.add(k, 1.0), p),
        sf=lambda ops, k, n, p: ops.betaincc(n, ops.add(k, 1.0), p),
        samples=(2.5, 0.3),
    ),
    "bernoulli": Counts(
        params=("p",),
        logpmf=_bernoulli_logpmf,
        cdf=lambda ops, k, p: ops.sub(1.0, p),
        sf=lambda ops, k, p: ops.mul(p, 1.0),
        high=lambda ops, p: 1,
        samples=(0.3,),
    ),
    "geom": Counts(
        params=("p",),
        logpmf=lambda ops, k, p: ops.add(ops.log(p), ops.xlog1py(ops.sub(k, 1.0), ops.neg(p))),
        cdf=lambda ops, k, p: ops.neg(ops.expm1(_geom_above(ops, k, p))),
        sf=lambda ops, k, p: ops.exp(_geom_above(ops, k, p)),
        low=1,
        samples=(0.3,),
    ),
}


def _samples(d: Counts) -> Any:
    first = np.array([1, 2, 5]) if d.high is None else np.array([d.low, len(d.params) - 1])
    return lambda rng: [
        ((first, *d.samples), {}),
        ((d.low + 1, *d.samples), {"loc": 1}),
    ]


for _name, _counts in COUNTS.items():
    for _which in METHODS:
        TABLE.add(
            StructuralEntry(
                name=f"{_name}_{_which}",
                names=(f"scipy.stats.{_name}.{_which}",),
                lower=_method(_name, _counts, _which),
                samples=_samples(_counts),
            )
        )
