"""Entries for further functions of `scipy.special`: integrals, elliptic and hypergeometric ones.

Where SciPy gives several results at once, each is an entry of its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ..table.entry import Ops
from ..table.limits import NEAR
from ..table.lowering import lowered
from .special import special

_ROOT_PI = math.sqrt(math.pi)
_WHOLE = "the order is a whole number"
_NO_FORM = "the derivative with respect to a parameter has no closed form"


def _scipy(name: str) -> tuple[str, ...]:
    return (f"scipy.special.{name}",)


# -- integrals

special(
    "dawsn",
    names=_scipy("dawsn"),
    partials=lambda m, x: (m.dawsn_slope(1, x),),
    source="DLMF 7.5.1, 7.10.4",
)
special(
    "dawsn_slope",
    names=(),
    arity=2,
    partials=lambda m, n, x: (0, m.dawsn_slope(n + 1, x)),
    domain=((1.0, 1.0), (-2.0, 2.0)),
    source="DLMF 7.10.4, 7.12.1",
)
special(
    "spence",
    names=_scipy("spence"),
    partials=lambda m, x: (-1 / m.exprel(m.log(x)),),
    domain=((0.2, 3.0),),
    source="DLMF 25.12.2",
)


def _several(name: str, parts: dict[str, Any], source: str, **options: Any) -> None:
    """Enter each result of a function, and the function itself."""
    for part, slope in parts.items():
        special(
            f"{name}_{part}",
            names=(),
            partials=lambda m, x, slope=slope: (slope(m, x),),
            source=source,
            **options,
        )
    lowered(
        name,
        lambda ops, z: tuple(ops.apply(f"{name}_{part}", z) for part in parts),
        _scipy(name),
        lambda rng: [((rng.uniform(0.5, 2.0, 3),), {})],
        "z",
    )


_several(
    "fresnel",
    {
        "s": lambda m, x: m.sin(math.pi / 2 * x**2),
        "c": lambda m, x: m.cos(math.pi / 2 * x**2),
    },
    "DLMF 7.2.7, 7.2.8",
)
_several(
    "sici",
    {"s": lambda m, x: m.sinc(x / math.pi), "c": lambda m, x: m.cos(x) / x},
    "DLMF 6.2.9, 6.2.11",
    domain=((0.3, 3.0),),
)
_several(
    "shichi",
    {
        "s": lambda m, x: m.where(
            m.lt(m.abs(x), NEAR), m.sinh_near_0(0, x), (m.exprel(x) + m.exprel(-x)) / 2
        ),
        "c": lambda m, x: m.cosh(x) / x,
    },
    "DLMF 6.2.15, 6.2.16",
    domain=((0.3, 3.0),),
)
_several(
    "airy",
    {
        "ai": lambda m, x: m.airy_aip(x),
        "aip": lambda m, x: x * m.airy_ai(x),
        "bi": lambda m, x: m.airy_bip(x),
        "bip": lambda m, x: x * m.airy_bi(x),
    },
    "DLMF 9.2.1",
)

# -- elliptic integrals, by the integrals that differentiating under the sign gives


def _sine(m: Any, n: Any, phi: Any) -> Any:
    return m.where(m.eq(n, 0), 1, m.pow(m.abs(m.sin(phi)), 2 * n))


special(
    "elliptic_moment",
    names=(),
    arity=4,
    partials=lambda m, s, n, phi, k: (
        0,
        0,
        _sine(m, n, phi) * m.pow(1 - k * m.sin(phi) ** 2, s),
        -s * m.elliptic_moment(s - 1, n + 1, phi, k),
    ),
    domain=((-0.5, -0.5), (1.0, 1.0), (0.3, 1.2), (-2.0, 0.8)),
    source="DLMF 19.2.4, 19.2.5",
)
for _name, _power in (("ellipkinc", -0.5), ("ellipeinc", 0.5)):
    special(
        _name,
        names=_scipy(_name),
        arity=2,
        partials=lambda m, phi, k, s=_power: (
            m.sqrt(1 - k * m.sin(phi) ** 2) ** int(2 * s),
            -s * m.elliptic_moment(s - 1, 1, phi, k),
        ),
        domain=((0.3, 1.2), (-2.0, 0.8)),
        source="DLMF 19.2.4, 19.2.5",
    )
for _name, _power in (("ellipk", -0.5), ("ellipe", 0.5)):
    special(
        _name,
        names=_scipy(_name),
        partials=lambda m, k, s=_power: (-s * m.elliptic_moment(s - 1, 1, math.pi / 2, k),),
        domain=((-2.0, 0.8),),
        source="DLMF 19.2.8",
    )

# -- hypergeometric functions: in the argument

special(
    "hyp0f1",
    names=_scipy("hyp0f1"),
    arity=2,
    partials=lambda m, v, z: (0, m.hyp0f1(v + 1, z) / v),
    refuses={0: _NO_FORM},
    domain=((0.5, 3.0), (-2.0, 2.0)),
    source="DLMF 16.3.1",
)
special(
    "hyp1f1",
    names=_scipy("hyp1f1"),
    arity=3,
    partials=lambda m, a, b, z: (0, 0, a / b * m.hyp1f1(a + 1, b + 1, z)),
    refuses={0: _NO_FORM, 1: _NO_FORM},
    domain=((0.5, 3.0), (0.5, 3.0), (-2.0, 2.0)),
    source="DLMF 13.3.15",
)
special(
    "hyperu",
    names=_scipy("hyperu"),
    arity=3,
    partials=lambda m, a, b, z: (0, 0, -a * m.hyperu(a + 1, b + 1, z)),
    refuses={0: _NO_FORM, 1: _NO_FORM},
    domain=((0.5, 3.0), (0.5, 3.0), (0.5, 2.0)),
    source="DLMF 13.3.22",
)
special(
    "hyp2f1",
    names=_scipy("hyp2f1"),
    arity=4,
    partials=lambda m, a, b, c, z: (0, 0, 0, a * b / c * m.hyp2f1(a + 1, b + 1, c + 1, z)),
    refuses={0: _NO_FORM, 1: _NO_FORM, 2: _NO_FORM},
    domain=((0.5, 2.0), (0.5, 2.0), (2.5, 4.0), (-0.7, 0.7)),
    source="DLMF 15.5.1",
)

# -- Lambert's function and Wright's omega

special(
    "wrightomega",
    names=_scipy("wrightomega"),
    partials=lambda m, x: (m.wrightomega(x) / (1 + m.wrightomega(x)),),
    source="DLMF 4.13.4",
)
special(
    "lambertw_real",
    names=(),
    arity=2,
    partials=lambda m, k, x: (
        0,
        m.exp(-m.lambertw_real(k, x)) / (1 + m.lambertw_real(k, x)),
    ),
    domain=((0.0, 0.0), (-0.2, 3.0)),
    source="DLMF 4.13.4",
)


def _lambertw(ops: Ops, z: Any, k: Any = 0, tol: Any = 1e-8) -> Any:
    if k not in (0, -1) or ops.aval(z).dtype.startswith("complex"):
        raise UnsupportedError(
            "`lambertw` is differentiated for real arguments on the branches 0 and -1",
            remedy="use symdiff.detach(...) on its argument",
        )
    w = ops.lambertw_real(k, z)
    return ops.complex_of(w, ops.zeros_like(w))


lowered(
    "lambertw",
    _lambertw,
    _scipy("lambertw"),
    lambda rng: [((rng.uniform(0.1, 3.0, 3),), {}), ((np.array([-0.2, -0.1]), -1), {})],
    "z",
)

# -- the zeta function

special(
    "zeta_slope",
    names=(),
    arity=3,
    partials=lambda m, n, s, q: (
        0,
        m.zeta_slope(n + 1, s, q),
        -s * m.zeta_slope(n, s + 1, q) - n * m.zeta_slope(n - 1, s + 1, q),
    ),
    domain=((1.0, 1.0), (1.5, 4.0), (0.5, 2.0)),
    source="DLMF 25.11.17, 25.11.1",
)
special(
    "zeta_of",
    names=(),
    arity=2,
    math="rt.zeta({0}, {1})",
    numpy="rt.zeta_array({0}, {1})",
    partials=lambda m, s, q: (m.zeta_slope(1, s, q), -s * m.zeta_of(s + 1, q)),
    domain=((1.5, 4.0), (0.5, 2.0)),
    source="DLMF 25.11.17",
)
special(
    "zetac",
    names=_scipy("zetac"),
    partials=lambda m, s: (m.zeta_slope(1, s, 1),),
    domain=((1.5, 4.0),),
    source="DLMF 25.2.6",
)
lowered(
    "zeta",
    lambda ops, x, q=None: ops.add(ops.zetac(x), 1.0) if q is None else ops.zeta_of(x, q),
    _scipy("zeta"),
    lambda rng: [((rng.uniform(1.5, 4.0, 3),), {}), ((rng.uniform(1.5, 4.0, 3), 1.5), {})],
    "x",
    "q",
)

# -- Struve's functions


def _struve(name: str, sign: int) -> None:
    def partials(m: Any, v: Any, x: Any) -> tuple[Any, Any]:
        f = getattr(m, name)
        rest = m.pow(x / 2, v) * m.rgamma(v + 1.5) / (2 * _ROOT_PI)
        return 0, (f(v - 1, x) + sign * f(v + 1, x)) / 2 + rest

    special(
        name,
        names=_scipy(name),
        arity=2,
        partials=partials,
        refuses={0: _NO_FORM},
        domain=((0.5, 2.5), (0.5, 4.0)),
        source="DLMF 11.4.25",
    )


_struve("struve", -1)
_struve("modstruve", 1)

# -- spherical Bessel functions, without a division by the argument


def _spherical(kind: str, before: int, after: int, source: str) -> None:
    name = f"spherical_{kind}n"

    def partials(m: Any, n: Any, z: Any) -> tuple[Any, Any]:
        f = getattr(m, name)
        return 0, (before * n * f(n - 1, z) + after * (n + 1) * f(n + 1, z)) / (2 * n + 1)

    special(
        name,
        names=(),
        arity=2,
        partials=partials,
        refuses={0: _WHOLE},
        domain=((2.0, 2.0), (0.5, 4.0)),
        source=source,
    )

    def lower(ops: Ops, n: Any, z: Any, derivative: Any = False) -> Any:
        if not ops.known(derivative):
            return ops.apply(name, n, z)
        n = ops.known(n)
        n = float(n) if np.ndim(n) == 0 else np.asarray(n)
        one = ops.mul(before * n, ops.apply(name, n - 1, z))
        two = ops.mul(after * (n + 1), ops.apply(name, n + 1, z))
        return ops.div(ops.add(one, two), 2 * n + 1)

    lowered(
        f"scipy_{name}",
        lower,
        _scipy(name),
        lambda rng: [
            ((n, rng.uniform(0.5, 4.0, 3)), {"derivative": d})
            for n in (0, 2)
            for d in (False, True)
        ],
        "z",
        free=("n",),
    )


_spherical("j", 1, -1, "DLMF 10.51.1")
_spherical("y", 1, -1, "DLMF 10.51.1")
_spherical("i", 1, 1, "DLMF 10.51.4")
_spherical("k", -1, -1, "DLMF 10.51.4")

# -- orthogonal polynomials


def _polynomial(name: str, arity: int, slope: Any, source: str, *between: Any) -> None:
    refused = {0: _WHOLE, **dict.fromkeys(range(1, arity - 1), _NO_FORM)}
    special(
        name,
        names=() if "hermite" in name else _scipy(name),
        arity=arity,
        partials=lambda m, *x: (*[0] * (arity - 1), slope(m, *x)),
        refuses=refused,
        domain=((3.0, 3.0), *between, (-0.9, 0.9)),
        source=source,
    )


_ABOVE = (0.5, 2.0)
_polynomial(
    "eval_gegenbauer",
    3,
    lambda m, n, a, x: 2 * a * m.eval_gegenbauer(n - 1, a + 1, x),
    "DLMF 18.9.19",
    _ABOVE,
)
_polynomial(
    "eval_legendre", 2, lambda m, n, x: m.eval_gegenbauer(n - 1, 1.5, x), "DLMF 18.7.9, 18.9.19"
)
_polynomial("eval_chebyt", 2, lambda m, n, x: n * m.eval_chebyu(n - 1, x), "DLMF 18.9.21")
_polynomial(
    "eval_chebyu", 2, lambda m, n, x: 2 * m.eval_gegenbauer(n - 1, 2, x), "DLMF 18.7.4, 18.9.19"
)
_polynomial("eval_hermite", 2, lambda m, n, x: 2 * n * m.eval_hermite(n - 1, x), "DLMF 18.9.25")
_polynomial("eval_hermitenorm", 2, lambda m, n, x: n * m.eval_hermitenorm(n - 1, x), "DLMF 18.9.27")
_polynomial("eval_laguerre", 2, lambda m, n, x: -m.eval_genlaguerre(n - 1, 1, x), "DLMF 18.9.23")
_polynomial(
    "eval_genlaguerre",
    3,
    lambda m, n, a, x: -m.eval_genlaguerre(n - 1, a + 1, x),
    "DLMF 18.9.23",
    _ABOVE,
)
_polynomial(
    "eval_jacobi",
    4,
    lambda m, n, a, b, x: (n + a + b + 1) / 2 * m.eval_jacobi(n - 1, a + 1, b + 1, x),
    "DLMF 18.9.15",
    _ABOVE,
    _ABOVE,
)
for _name in ("eval_hermite", "eval_hermitenorm"):  # SciPy's take whole numbers only
    lowered(
        f"scipy_{_name}",
        lambda ops, n, x, name=_name: ops.apply(name, n, x),
        _scipy(_name),
        lambda rng: [((3, rng.normal(size=3)), {})],
        "x",
        "n",
    )
