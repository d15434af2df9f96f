"""Entries for the gamma and beta functions of `scipy.special`, and Student's distribution.

Derivatives with respect to the argument have formulas. Those with respect to a shape parameter have
no closed form: `runtime.shapes` and `runtime.student` compute them, and entries that only
derivatives use stand for them.
"""

from __future__ import annotations

import math
from typing import Any

from ...errors import UnsupportedError
from ..table.entry import TABLE, Ops, StructuralEntry
from .special import special

# -- gamma and beta

special(
    "loggamma",
    names=("scipy.special.loggamma",),
    partials=lambda m, x: (m.digamma(x),),
    domain=((0.4, 4.0),),
    source="DLMF 5.2.2",
)


def _rgamma_slope(m: Any, x: Any) -> Any:
    """By reflection to the left, where the poles of digamma are points like any other."""
    angle, mirror = math.pi * x, m.gamma(1 - x)
    left = m.cos(angle) * mirror - m.sin(angle) / math.pi * mirror * m.digamma(1 - x)
    return m.where(m.lt(x, 0.5), left, -m.rgamma(x) * m.digamma(x))


def _is_pole(m: Any, x: Any) -> Any:
    return m.logical_and(m.le(x, 0), m.eq(x, m.floor(x)))


special(
    "rgamma",
    names=("scipy.special.rgamma",),
    partials=lambda m, x: (_rgamma_slope(m, x),),
    domain=((0.4, 4.0),),
    source="DLMF 5.2.2, 5.5.3",
)
special(
    "beta",
    arity=2,
    names=("scipy.special.beta", "jax.scipy.special.beta", "autograd.scipy.special.beta"),
    partials=lambda m, a, b: (
        -m.beta(a, b) * m.polygamma_between(0, a, b),
        -m.beta(a, b) * m.polygamma_between(0, b, a),
    ),
    domain=((0.4, 3.0), (0.4, 3.0)),
    source="DLMF 5.12.1, 5.2.2",
)
special(
    "betaln",
    arity=2,
    names=("scipy.special.betaln", "jax.scipy.special.betaln", "autograd.scipy.special.betaln"),
    partials=lambda m, a, b: (
        -m.polygamma_between(0, a, b),
        -m.polygamma_between(0, b, a),
    ),
    domain=((0.4, 3.0), (0.4, 3.0)),
    source="DLMF 5.12.1, 5.2.2",
)


def _binom_partials(m: Any, n: Any, k: Any) -> tuple[Any, Any]:
    value, above = m.binom(n, k), n - k + 1
    whole = m.gamma(n + 1)
    below = whole * m.rgamma(k + 1) * _rgamma_slope(m, above)
    at_k = whole * m.rgamma(above) * _rgamma_slope(m, k + 1)
    of_n = m.where(
        _is_pole(m, above),
        value * m.digamma(n + 1) + below,
        value * m.polygamma_between(0, above, k),
    )
    of_k = m.where(
        m.logical_or(_is_pole(m, above), _is_pole(m, k + 1)),
        at_k - below,
        value * (m.digamma(above) - m.digamma(k + 1)),
    )
    return of_n, of_k


special(
    "binom",
    arity=2,
    names=("scipy.special.binom",),
    partials=_binom_partials,
    domain=((3.0, 5.0), (0.5, 2.5)),
    source="DLMF 1.2.6, 5.2.2",
)
special(
    "poch",
    arity=2,
    names=("scipy.special.poch",),
    partials=lambda m, z, k: (
        m.where(
            _is_pole(m, z),
            m.gamma(z + k) * _rgamma_slope(m, z) + m.poch(z, k) * m.digamma(z + k),
            m.poch(z, k) * m.polygamma_between(0, z, k),
        ),
        m.poch(z, k) * m.digamma(z + k),
    ),
    domain=((0.4, 4.0), (0.4, 3.0)),
    source="DLMF 5.2.5, 5.2.2",
)


def _density(m: Any, a: Any, x: Any) -> Any:
    return m.exp(m.log_density_gamma(a, x))


special(
    "log_density_gamma",
    names=(),
    arity=2,
    partials=lambda m, a, x: (m.log(x) - m.digamma(a), (a - 1) / x - 1),
    domain=((0.5, 3.0), (0.3, 3.0)),
    source="DLMF 8.2.4",
)
special(
    "log_density_beta",
    names=(),
    arity=3,
    partials=lambda m, a, b, x: (
        m.log(x) - m.digamma(a) + m.digamma(a + b),
        m.log1p(-x) - m.digamma(b) + m.digamma(a + b),
        (a - 1) / x - (b - 1) / (1 - x),
    ),
    domain=((0.5, 3.0), (0.5, 3.0), (0.2, 0.8)),
    source="DLMF 8.17.1",
)
special(
    "gammainc",
    "torch.igamma",
    arity=2,
    partials=lambda m, a, x: (m.gammainc_slope(1, a, x), _density(m, a, x)),
    domain=((0.5, 3.0), (0.3, 3.0)),
    source="DLMF 8.2.4, 8.8.13",
)
special(
    "gammaincc",
    "torch.igammac",
    arity=2,
    partials=lambda m, a, x: (-m.gammainc_slope(1, a, x), -_density(m, a, x)),
    domain=((0.5, 3.0), (0.3, 3.0)),
    source="DLMF 8.2.4, 8.8.14",
)
special(
    "gammainc_slope",
    names=(),
    arity=3,
    partials=lambda m, n, a, x: (
        0,
        m.gammainc_slope(n + 1, a, x),
        m.gamma_density_slope(n, a, x),
    ),
    domain=((1.0, 1.0), (0.5, 3.0), (0.3, 3.0)),
    source="DLMF 8.2.4",
)
special(
    "gamma_density_slope",
    names=(),
    arity=3,
    partials=lambda m, n, a, x: (
        0,
        m.gamma_density_slope(n + 1, a, x),
        ((a - 1) / x - 1) * m.gamma_density_slope(n, a, x)
        + n / x * m.gamma_density_slope(n - 1, a, x),
    ),
    domain=((1.0, 1.0), (0.5, 3.0), (0.3, 3.0)),
    source="DLMF 8.2.4",
)


def _gamma_quantile(m: Any, a: Any, x: Any, sign: int) -> tuple[Any, Any]:
    """What the implicit function theorem says of `gammainc(a, x) = y`."""
    return -m.gammainc_slope(1, a, x) / _density(m, a, x), sign / _density(m, a, x)


special(
    "gammaincinv",
    names=("scipy.special.gammaincinv",),
    arity=2,
    partials=lambda m, a, y: _gamma_quantile(m, a, m.gammaincinv(a, y), 1),
    domain=((0.5, 3.0), (0.1, 0.9)),
    source="DLMF 8.8.13, 1.5.6",
)
special(
    "gammainccinv",
    names=("scipy.special.gammainccinv",),
    arity=2,
    partials=lambda m, a, y: _gamma_quantile(m, a, m.gammainccinv(a, y), -1),
    domain=((0.5, 3.0), (0.1, 0.9)),
    source="DLMF 8.8.14, 1.5.6",
)
special(
    "betainc",
    names=(
        "scipy.special.betainc",
        "jax.scipy.special.betainc",
        "autograd.scipy.special.betainc",
    ),
    arity=3,
    partials=lambda m, a, b, x: (
        m.betainc_slope(1, 0, a, b, x),
        m.betainc_slope(0, 1, a, b, x),
        m.exp(m.log_density_beta(a, b, x)),
    ),
    domain=((0.5, 3.0), (0.5, 3.0), (0.2, 0.8)),
    source="DLMF 8.17.1",
)
special(
    "betaincc",
    names=("scipy.special.betaincc",),
    arity=3,
    partials=lambda m, a, b, x: (
        -m.betainc_slope(1, 0, a, b, x),
        -m.betainc_slope(0, 1, a, b, x),
        -m.exp(m.log_density_beta(a, b, x)),
    ),
    domain=((0.5, 3.0), (0.5, 3.0), (0.2, 0.8)),
    source="DLMF 8.17.1, 8.17.4",
)
special(
    "betainc_slope",
    names=(),
    arity=5,
    partials=lambda m, i, j, a, b, x: (
        0,
        0,
        m.betainc_slope(i + 1, j, a, b, x),
        m.betainc_slope(i, j + 1, a, b, x),
        m.beta_density_slope(i, j, a, b, x),
    ),
    domain=((1.0, 1.0), (0.0, 0.0), (0.5, 3.0), (0.5, 3.0), (0.2, 0.8)),
    source="DLMF 8.17.1",
)
special(
    "beta_density_slope",
    names=(),
    arity=5,
    partials=lambda m, i, j, a, b, x: (
        0,
        0,
        m.beta_density_slope(i + 1, j, a, b, x),
        m.beta_density_slope(i, j + 1, a, b, x),
        ((a - 1) / x - (b - 1) / (1 - x)) * m.beta_density_slope(i, j, a, b, x)
        + i / x * m.beta_density_slope(i - 1, j, a, b, x)
        - j / (1 - x) * m.beta_density_slope(i, j - 1, a, b, x),
    ),
    domain=((1.0, 1.0), (0.0, 0.0), (0.5, 3.0), (0.5, 3.0), (0.2, 0.8)),
    source="DLMF 8.17.1",
)


def _beta_quantile(m: Any, a: Any, b: Any, x: Any, sign: int) -> tuple[Any, Any, Any]:
    """What the implicit function theorem says of `betainc(a, b, x) = y`."""
    spread = m.exp(-m.log_density_beta(a, b, x))
    return (
        -m.betainc_slope(1, 0, a, b, x) * spread,
        -m.betainc_slope(0, 1, a, b, x) * spread,
        sign * spread,
    )


special(
    "betaincinv",
    names=("scipy.special.betaincinv",),
    arity=3,
    partials=lambda m, a, b, y: _beta_quantile(m, a, b, m.betaincinv(a, b, y), 1),
    domain=((0.5, 3.0), (0.5, 3.0), (0.1, 0.9)),
    source="DLMF 8.17.1, 1.5.6",
)
special(
    "betainccinv",
    names=("scipy.special.betainccinv",),
    arity=3,
    partials=lambda m, a, b, y: _beta_quantile(m, a, b, m.betainccinv(a, b, y), -1),
    domain=((0.5, 3.0), (0.5, 3.0), (0.1, 0.9)),
    source="DLMF 8.17.1, 1.5.6",
)

# -- what the logarithms of densities are made of

special(
    "log_poch",
    names=(),
    arity=2,
    partials=lambda m, z, k: (m.polygamma_between(0, z, k), m.digamma(z + k)),
    domain=((0.4, 4.0), (0.4, 3.0)),
    source="DLMF 5.2.5, 5.2.2",
)
special(
    "log_normal_mass",
    names=(),
    arity=2,
    partials=lambda m, a, b: (
        -m.exp(-(a**2) / 2 - m.log_normal_mass(a, b)) / math.sqrt(2 * math.pi),
        m.exp(-(b**2) / 2 - m.log_normal_mass(a, b)) / math.sqrt(2 * math.pi),
    ),
    domain=((-2.0, -0.5), (0.0, 2.0)),
    source="DLMF 7.2.1",
)

# -- Student's distribution

special(
    "student_log_density",
    names=(),
    arity=2,
    partials=lambda m, df, t: (
        m.student_log_slope(1, df, t),
        -(df + 1) * t / (df + t**2),
    ),
    domain=((1.0, 5.0), (-2.0, 2.0)),
    source="DLMF 5.11.8",
)
special(
    "student_log_slope",
    names=(),
    arity=3,
    partials=lambda m, n, df, t: (
        0,
        m.student_log_slope(n + 1, df, t),
        # A quotient for each factor: the square of `df + t**2` may be out of range.
        -m.div(t, df + t**2)
        * m.div(1 - t**2, df + t**2)
        * m.cos(math.pi * n)
        * m.gamma(n + 1)
        / m.pow(df + t**2, n - 1),
    ),
    domain=((1.0, 1.0), (1.0, 5.0), (-2.0, 2.0)),
    source="DLMF 5.11.8",
)
special(
    "student_slope",
    names=(),
    arity=4,
    partials=lambda m, n, k, df, t: (
        0,
        0,
        m.student_slope(n + 1, k, df, t),
        m.student_slope(n, k + 1, df, t),
    ),
    domain=((1.0, 1.0), (0.0, 0.0), (1.0, 5.0), (-2.0, 2.0)),
    source="DLMF 8.17.1, 5.11.8",
)
special(
    "stdtr",
    names=("scipy.special.stdtr",),
    arity=2,
    partials=lambda m, df, t: (m.student_slope(1, 0, df, t), m.student_slope(0, 1, df, t)),
    domain=((1.0, 5.0), (-2.0, 2.0)),
    source="DLMF 8.17.1",
)


def _student_quantile(m: Any, df: Any, t: Any) -> tuple[Any, Any]:
    density = m.student_slope(0, 1, df, t)
    return -m.student_slope(1, 0, df, t) / density, 1 / density


special(
    "stdtrit",
    names=("scipy.special.stdtrit",),
    arity=2,
    partials=lambda m, df, p: _student_quantile(m, df, m.stdtrit(df, p)),
    domain=((1.0, 5.0), (0.1, 0.9)),
    source="DLMF 8.17.1, 1.5.6",
)


def _multigammaln(ops: Ops, a: Any, d: Any) -> Any:
    d = int(ops.known(d))
    total: Any = d * (d - 1) * math.log(math.pi) / 4
    for j in range(d):
        total = ops.add(ops.lgamma(ops.sub(a, j / 2)), total)
    return total


def _factorial(ops: Ops, n: Any, exact: Any = False, **more: Any) -> Any:
    if ops.known(exact) or more:
        raise UnsupportedError("`factorial` with exact=True is not differentiable")
    value = ops.gamma(ops.add(n, 1.0))
    return ops.where(ops.lt(n, 0.0), 0.0, value)


def _comb(ops: Ops, n: Any, k: Any, *, exact: Any = False, repetition: Any = False) -> Any:
    if exact or repetition:
        raise UnsupportedError("`comb` with exact=True or repetition=True is not differentiable")
    valid = ops.logical_and(ops.le(k, n), ops.ge(k, 0.0))
    return ops.where(valid, ops.binom(n, k), 0.0)


def _compose(name: str, lower: Any, samples: Any) -> None:
    TABLE.add(
        StructuralEntry(
            name=name,
            names=(f"scipy.special.{name}",),
            lower=lower,
            samples=samples,
            source="DLMF 5.4.1, 35.3.4",
        )
    )


_compose(
    "multigammaln", _multigammaln, lambda rng: [((rng.uniform(3, 5, 3), d), {}) for d in (1, 3)]
)
_compose("factorial", _factorial, lambda rng: [((rng.uniform(0.5, 3, 3),), {}), ((2.5,), {})])
_compose("comb", _comb, lambda rng: [((rng.uniform(3, 5, 3), rng.uniform(0.5, 2.5, 3)), {})])
