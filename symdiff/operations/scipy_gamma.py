"""Entries for the gamma and beta functions of `scipy.special`, and Bessel functions.

Derivatives with respect to the argument are exact. Those with respect to a shape parameter or an
order have no closed form: they are refused by name, never taken as 0.
"""

from __future__ import annotations

import math
from typing import Any

from ..errors import UnsupportedError
from .entry import TABLE, Kink, Ops, StructuralEntry
from .scipy_special import special

_SHAPE = "the derivative with respect to a shape parameter has no closed form"
_ORDER = "the derivative with respect to the order has no closed form"

# -- gamma and beta

special(
    "loggamma",
    names=("scipy.special.loggamma",),
    partials=lambda m, x: (m.digamma(x),),
    domain=((0.4, 4.0),),
    source="DLMF 5.2.2",
)
special(
    "rgamma",
    names=("scipy.special.rgamma",),
    partials=lambda m, x: (-m.rgamma(x) * m.digamma(x),),
    domain=((0.4, 4.0),),
    source="DLMF 5.2.2",
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
special(
    "binom",
    arity=2,
    names=("scipy.special.binom",),
    partials=lambda m, n, k: (
        m.binom(n, k) * (m.digamma(n + 1) - m.digamma(n - k + 1)),
        m.binom(n, k) * (m.digamma(n - k + 1) - m.digamma(k + 1)),
    ),
    domain=((3.0, 5.0), (0.5, 2.5)),
    source="DLMF 1.2.6, 5.2.2",
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
    partials=lambda m, a, x: (0, _density(m, a, x)),
    refuses={0: _SHAPE},
    domain=((0.5, 3.0), (0.3, 3.0)),
    source="DLMF 8.8.13",
)
special(
    "gammaincc",
    "torch.igammac",
    arity=2,
    partials=lambda m, a, x: (0, -_density(m, a, x)),
    refuses={0: _SHAPE},
    domain=((0.5, 3.0), (0.3, 3.0)),
    source="DLMF 8.8.14",
)
special(
    "gammaincinv",
    names=("scipy.special.gammaincinv",),
    arity=2,
    partials=lambda m, a, y: (0, 1 / _density(m, a, m.gammaincinv(a, y))),
    refuses={0: _SHAPE},
    domain=((0.5, 3.0), (0.1, 0.9)),
    source="DLMF 8.8.13",
)
special(
    "gammainccinv",
    names=("scipy.special.gammainccinv",),
    arity=2,
    partials=lambda m, a, y: (0, -1 / _density(m, a, m.gammainccinv(a, y))),
    refuses={0: _SHAPE},
    domain=((0.5, 3.0), (0.1, 0.9)),
    source="DLMF 8.8.14",
)
special(
    "betainc",
    names=(
        "scipy.special.betainc",
        "jax.scipy.special.betainc",
        "autograd.scipy.special.betainc",
    ),
    arity=3,
    partials=lambda m, a, b, x: (0, 0, m.exp(m.log_density_beta(a, b, x))),
    refuses={0: _SHAPE, 1: _SHAPE},
    domain=((0.5, 3.0), (0.5, 3.0), (0.2, 0.8)),
    source="DLMF 8.17.1",
)
special(
    "betaincinv",
    names=("scipy.special.betaincinv",),
    arity=3,
    partials=lambda m, a, b, y: (
        0,
        0,
        m.exp(-m.log_density_beta(a, b, m.betaincinv(a, b, y))),
    ),
    refuses={0: _SHAPE, 1: _SHAPE},
    domain=((0.5, 3.0), (0.5, 3.0), (0.1, 0.9)),
    source="DLMF 8.17.1",
)


def _student_density(m: Any, df: Any, t: Any) -> Any:
    scale = m.lgamma((df + 1) / 2) - m.lgamma(df / 2) - m.log(math.pi * df) / 2
    return m.exp(scale - (df + 1) / 2 * m.log1p(t**2 / df))


special(
    "stdtr",
    names=("scipy.special.stdtr",),
    arity=2,
    partials=lambda m, df, t: (0, _student_density(m, df, t)),
    refuses={0: _SHAPE},
    domain=((1.0, 5.0), (-2.0, 2.0)),
    source="DLMF 8.17.1",
)
special(
    "stdtrit",
    names=("scipy.special.stdtrit",),
    arity=2,
    partials=lambda m, df, p: (0, 1 / _student_density(m, df, m.stdtrit(df, p))),
    refuses={0: _SHAPE},
    domain=((1.0, 5.0), (0.1, 0.9)),
    source="DLMF 8.17.1",
)


def _multigammaln(ops: Ops, a: Any, d: Any) -> Any:
    total: Any = d * (d - 1) * math.log(math.pi) / 4
    for j in range(int(d)):
        total = ops.add(ops.lgamma(ops.sub(a, j / 2)), total)
    return total


def _factorial(ops: Ops, n: Any, exact: Any = False, **more: Any) -> Any:
    if exact or more:
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

# -- Bessel functions


def _half_difference(name: str, sign: int = 1) -> Any:
    """`(C[v-1](x) - C[v+1](x))/2`."""

    def partials(m: Any, v: Any, x: Any) -> tuple[Any, Any]:
        c = getattr(m, name)
        return 0, (c(v - 1, x) - c(v + 1, x)) / 2

    return partials


def _half_sum(name: str, factor: int = 1) -> Any:
    """`(C[v-1](x) + C[v+1](x))/2`, times a sign."""

    def partials(m: Any, v: Any, x: Any) -> tuple[Any, Any]:
        c = getattr(m, name)
        return 0, factor * (c(v - 1, x) + c(v + 1, x)) / 2

    return partials


_ARGUMENT = (0.5, 4.0)
for _name, _partials, _source in (
    ("jv", _half_difference("jv"), "DLMF 10.6.1"),
    ("yv", _half_difference("yv"), "DLMF 10.6.1"),
    ("iv", _half_sum("iv"), "DLMF 10.29.1"),
    ("kv", _half_sum("kv", -1), "DLMF 10.29.1"),
):
    special(
        _name,
        names=(f"scipy.special.{_name}", f"autograd.scipy.special.{_name}")
        + (("scipy.special.jn", "autograd.scipy.special.jn") if _name == "jv" else ()),
        arity=2,
        partials=_partials,
        refuses={0: _ORDER},
        domain=((0.5, 2.5), _ARGUMENT),
        source=_source,
    )
special(
    "ive",
    names=("scipy.special.ive", "autograd.scipy.special.ive"),
    arity=2,
    partials=lambda m, v, x: (
        0,
        (m.ive(v - 1, x) + m.ive(v + 1, x)) / 2 - m.sign(x) * m.ive(v, x),
    ),
    refuses={0: _ORDER},
    domain=((0.5, 2.5), _ARGUMENT),
    source="DLMF 10.29.1",
)
special(
    "kve",
    names=("scipy.special.kve",),
    arity=2,
    partials=lambda m, v, x: (0, m.kve(v, x) - (m.kve(v - 1, x) + m.kve(v + 1, x)) / 2),
    refuses={0: _ORDER},
    domain=((0.5, 2.5), _ARGUMENT),
    source="DLMF 10.29.1",
)


def _kind(name: str, source: str, partials: Any, **options: Any) -> None:
    torch = {"j": "bessel_", "y": "bessel_", "i": "", "k": "modified_bessel_"}[name[0]]
    also = {"i0": ("torch.i0", ".i0", "numpy.i0")}.get(name, ())
    special(
        name,
        names=(
            f"scipy.special.{name}",
            f"autograd.scipy.special.{name}",
            *((f"jax.scipy.special.{name}",) if name[0] == "i" else ()),
            *((f"torch.special.{torch}{name}",) if name[-1] != "e" or name[0] == "i" else ()),
            *also,
        ),
        partials=partials,
        source=source,
        **options,
    )


_J, _I = "DLMF 10.6.1, 10.6.3", "DLMF 10.29.1, 10.29.3"
_POSITIVE = {"domain": (_ARGUMENT,)}
_kind("j0", _J, lambda m, x: (-m.j1(x),))
_kind("j1", _J, lambda m, x: ((m.j0(x) - m.jv(2, x)) / 2,))
_kind("y0", _J, lambda m, x: (-m.y1(x),), **_POSITIVE)
_kind("y1", _J, lambda m, x: ((m.y0(x) - m.yv(2, x)) / 2,), **_POSITIVE)
_kind("i0", _I, lambda m, x: (m.i1(x),))
_kind("i1", _I, lambda m, x: ((m.i0(x) + m.iv(2, x)) / 2,))
_kind("k0", _I, lambda m, x: (-m.k1(x),), **_POSITIVE)
_kind("k1", _I, lambda m, x: (-(m.k0(x) + m.kv(2, x)) / 2,), **_POSITIVE)
_kind(
    "i0e",
    _I,
    lambda m, x: (m.i1e(x) - m.sign(x) * m.i0e(x),),
    kinks=(Kink((0.0,), (0.0,), "the scale exp(-abs(x)) has a corner"),),
    **_POSITIVE,
)
_kind(
    "i1e",
    _I,
    lambda m, x: ((m.i0e(x) + m.ive(2, x)) / 2 - m.sign(x) * m.i1e(x),),
    **_POSITIVE,
)
_kind("k0e", _I, lambda m, x: (m.k0e(x) - m.k1e(x),), **_POSITIVE)
_kind("k1e", _I, lambda m, x: (m.k1e(x) - (m.k0e(x) + m.kve(2, x)) / 2,), **_POSITIVE)
