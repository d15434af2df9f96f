"""Entries for `scipy.special`: error functions, logarithms and exponentials, convex functions.

Each is a function of numbers with a formula for its derivative that keeps its digits; the values
come from SciPy, which is imported when one is called.
"""

from __future__ import annotations

import math
from typing import Any

from ..table.entry import TABLE, ElementwiseEntry, Kink

_ROOT_PI = math.sqrt(math.pi)
_ROOT_2PI = math.sqrt(2 * math.pi)
_ROOT_2 = math.sqrt(2.0)


def special_names(name: str, *also: str) -> tuple[str, ...]:
    """The names of a function of `scipy.special` in the libraries that took it over."""
    owners = ("scipy.special", "jax.scipy.special", "autograd.scipy.special", "torch.special")
    return (*(f"{owner}.{name}" for owner in owners), *also)


def special(name: str, *also: str, names: tuple[str, ...] | None = None, **options: Any) -> None:
    """Enter a function of SciPy under its own name."""
    arity = options.get("arity", 1)
    operands = ", ".join(f"{{{k}}}" for k in range(arity))
    defaults: dict[str, Any] = {
        "name": name,
        "math": f"rt.{name}({operands})",
        "numpy": f"rt.{name}_array({operands})",
        "names": special_names(name, *also) if names is None else names,
    }
    TABLE.add(ElementwiseEntry(**(defaults | options)))


# -- the error function and the normal distribution

special(
    "erfinv",
    "torch.erfinv",
    ".erfinv",
    partials=lambda m, x: (_ROOT_PI / 2 * m.exp(m.erfinv(x) ** 2),),
    domain=((-0.9, 0.9),),
    source="DLMF 7.17.1",
)
special(
    "erfi",
    names=("scipy.special.erfi",),
    partials=lambda m, x: (2 / _ROOT_PI * m.exp(x**2),),
    source="DLMF 7.2.1, 7.5.1",
)
special(
    "erfcinv",
    partials=lambda m, x: (-_ROOT_PI / 2 * m.exp(m.erfcinv(x) ** 2),),
    domain=((0.1, 1.9),),
    source="DLMF 7.17.1",
)
# erfcx' = 2*x*erfcx(x) - 2/sqrt(pi) cancels for large x; the repeated integrals do not.
special("erfcx", partials=lambda m, x: (-2 * m.erfcx_integral(1, x),), source="DLMF 7.18.3")
special(
    "erfcx_integral",
    names=(),
    arity=2,
    partials=lambda m, n, x: (0, -2 * (n + 1) * m.erfcx_integral(n + 1, x)),
    domain=((1.0, 1.0), (-2.0, 2.0)),
    source="DLMF 7.18.4, 7.18.7",
)
special(
    "ndtr",
    partials=lambda m, x: (m.exp(-(x**2) / 2) / _ROOT_2PI,),
    source="DLMF 7.2.1",
)
special(
    "ndtri",
    partials=lambda m, x: (_ROOT_2PI * m.exp(m.ndtri(x) ** 2 / 2),),
    domain=((0.05, 0.95),),
    source="DLMF 7.17.1",
)
# The density over the probability is a scaled erfc: both underflow far below 0, it far above.
special(
    "log_ndtr",
    partials=lambda m, x: (
        m.where(
            m.lt(x, 0),
            math.sqrt(2 / math.pi) / m.erfcx(-x / _ROOT_2),
            m.exp(-(x**2) / 2) / (_ROOT_2PI * m.ndtr(x)),
        ),
    ),
    source="DLMF 7.2.1, 7.2.2",
)
special(
    "owens_t",
    names=("scipy.special.owens_t",),
    arity=2,
    partials=lambda m, h, a: (
        -m.exp(-(h**2) / 2) * m.erf(a * h / _ROOT_2) / (2 * _ROOT_2PI),
        m.exp(-(h**2) * (1 + a**2) / 2) / (2 * math.pi * (1 + a**2)),
    ),
    domain=((-2.0, 2.0), (-2.0, 2.0)),
    source="Owen, Tables for computing bivariate normal probabilities, 1956",
)

special(
    "binormal",
    names=(),
    arity=3,
    partials=lambda m, h, k, r: (
        m.exp(-(h**2) / 2) / _ROOT_2PI * m.ndtr((k - r * h) / m.sqrt(1 - r**2)),
        m.exp(-(k**2) / 2) / _ROOT_2PI * m.ndtr((h - r * k) / m.sqrt(1 - r**2)),
        m.exp(-(h**2 - 2 * r * h * k + k**2) / (2 * (1 - r**2))) / (2 * math.pi * m.sqrt(1 - r**2)),
    ),
    domain=((-2.0, 2.0), (-2.0, 2.0), (-0.9, 0.9)),
    source="Plackett, A reduction formula for normal multivariate integrals, 1954",
)

# -- logistic and logarithmic

special(
    "logit",
    "torch.logit",
    ".logit",
    partials=lambda m, x: (1 / (x * (1 - x)),),
    domain=((0.1, 0.9),),
)
special(
    "log_expit",
    "torch.nn.functional.logsigmoid",
    "jax.nn.log_sigmoid",
    partials=lambda m, x: (m.sigmoid(-x),),
)


def _share(m: Any, x: Any, y: Any) -> Any:
    """`x/y`, and 0 at the corner `x = y = 0`, where it has no derivative."""
    return m.where(m.bit_and(m.eq(x, 0), m.eq(y, 0)), m.cusp(x), x / y)


special(
    "xlogy",
    "torch.xlogy",
    ".xlogy",
    arity=2,
    partials=lambda m, x, y: (m.log(y), _share(m, x, y)),
    domain=((-2.0, 2.0), (0.3, 3.0)),
    kinks=(Kink((0.0, 0.0), (-math.inf, 0.0), "0 for every y; x*log(0) is infinite"),),
    source="DLMF 4.7.1",
)
special(
    "xlog1py",
    arity=2,
    partials=lambda m, x, y: (m.log1p(y), _share(m, x, 1 + y)),
    domain=((-2.0, 2.0), (-0.7, 3.0)),
    kinks=(Kink((0.0, -1.0), (-math.inf, 0.0), "0 for every y; x*log(0) is infinite"),),
    source="DLMF 4.7.1",
)
special(
    "entr",
    partials=lambda m, x: (-m.log(x) - 1,),
    domain=((0.1, 3.0),),
    kinks=(Kink((0.0,), (math.inf,), "the slope to the right"),),
    source="DLMF 4.7.1",
)
special(
    "log_ratio",
    names=(),
    arity=2,
    partials=lambda m, x, y: (1 / x, -1 / y),
    domain=((0.2, 3.0), (0.3, 3.0)),
    source="DLMF 4.7.1",
)
special(
    "rel_entr",
    arity=2,
    partials=lambda m, x, y: (m.log_ratio(x, y) + 1, -_share(m, x, y)),
    domain=((0.2, 3.0), (0.3, 3.0)),
    kinks=(Kink((0.0, 1.0), (-math.inf, 0.0), "the slope to the right"),),
    source="DLMF 4.7.1",
)
special(
    "kl_div",
    arity=2,
    partials=lambda m, x, y: (
        m.log_ratio(x, y),
        m.where(m.bit_and(m.eq(x, 0), m.eq(y, 0)), 1 + m.cusp(x), (y - x) / y),
    ),
    domain=((0.2, 3.0), (0.3, 3.0)),
    kinks=(Kink((0.0, 1.0), (-math.inf, 1.0), "the slope to the right"),),
    source="DLMF 4.7.1",
)

# -- exponentials, powers, and angles in degrees

special(
    "exprel",
    names=("scipy.special.exprel",),
    partials=lambda m, x: (m.exprel_moment(1, x),),
    source="DLMF 8.2.7",
)
special(
    "exprel_moment",
    names=(),
    arity=2,
    partials=lambda m, n, x: (0, m.exprel_moment(n + 1, x)),
    domain=((1.0, 1.0), (-2.0, 2.0)),
    source="DLMF 8.2.7, 13.2.39",
)
special(
    "exp10",
    names=("scipy.special.exp10",),
    partials=lambda m, x: (m.exp10(x) * m.log(10),),
    source="DLMF 4.7.8",
)
special(
    "cosm1",
    names=("scipy.special.cosm1",),
    partials=lambda m, x: (-m.sin(x),),
    source="DLMF 4.20.2",
)
special(
    "sindg",
    names=("scipy.special.sindg",),
    partials=lambda m, x: (math.pi / 180 * m.cosdg(x),),
    domain=((-100.0, 100.0),),
    source="DLMF 4.20.1",
)
special(
    "cosdg",
    names=("scipy.special.cosdg",),
    partials=lambda m, x: (-math.pi / 180 * m.sindg(x),),
    domain=((-100.0, 100.0),),
    source="DLMF 4.20.2",
)
special(
    "boxcox",
    names=("scipy.special.boxcox",),
    arity=2,
    partials=lambda m, x, y: (
        m.pow(x, y - 1),
        m.log(x) ** 2 * m.exprel_moment(1, y * m.log(x)),
    ),
    domain=((0.3, 3.0), (0.5, 2.0)),
)
special(
    "boxcox1p",
    names=("scipy.special.boxcox1p",),
    arity=2,
    partials=lambda m, x, y: (
        m.exp((y - 1) * m.log1p(x)),
        m.log1p(x) ** 2 * m.exprel_moment(1, y * m.log1p(x)),
    ),
    domain=((-0.5, 3.0), (0.5, 2.0)),
)

# Inverse transformations: with `l = log1p(y*x)/y`, the logarithm of the value, `x` is
# `l*exprel(y*l)`, and implicit differentiation loses no digits where `y` is 0.


def _log_moves(m: Any, x: Any, y: Any) -> tuple[Any, Any]:
    log = m.inv_boxcox_log(x, y)
    z = y * log  # exp(z) is 1 + x*y, whose square leaves the range of floats early
    return m.exp(-z), -(log**2) * (m.exprel(-z) - m.exprel_moment(1, -z))


special(
    "inv_boxcox_log",
    names=(),
    arity=2,
    partials=_log_moves,
    domain=((-0.4, 3.0), (0.5, 2.0)),
)
for _name in ("inv_boxcox", "inv_boxcox1p"):
    special(
        _name,
        names=(f"scipy.special.{_name}",),
        arity=2,
        partials=lambda m, x, y: tuple(
            m.exp(m.inv_boxcox_log(x, y)) * move for move in _log_moves(m, x, y)
        ),
        domain=((-0.4, 3.0), (0.5, 2.0)),
    )

# -- exponential integrals

special(
    "expi",
    names=("scipy.special.expi", "jax.scipy.special.expi"),
    partials=lambda m, x: (m.exp(x) / x,),
    domain=((0.3, 3.0),),
    source="DLMF 6.2.5",
)
special(
    "expn",
    names=("scipy.special.expn", "jax.scipy.special.expn"),
    arity=2,
    partials=lambda m, n, x: (0, -m.expn(n - 1, x)),
    refuses={0: "the order is a whole number"},
    domain=((3.0, 3.0), (0.3, 3.0)),
    source="DLMF 8.19.13",
)
special(
    "exp1",
    names=("scipy.special.exp1", "jax.scipy.special.exp1"),
    partials=lambda m, x: (-m.exp(-x) / x,),
    domain=((0.3, 3.0),),
    source="DLMF 6.2.1",
)

# -- robust losses: SciPy's take the width first


def _excess(m: Any, delta: Any, r: Any) -> Any:
    return m.where(m.le(m.abs(r), delta), 0, m.abs(r) - delta)


special(
    "huber",
    names=("scipy.special.huber",),
    arity=2,
    partials=lambda m, delta, r: (
        _excess(m, delta, r),
        m.where(m.le(m.abs(r), delta), r, delta * m.sign(r)),
    ),
    domain=((0.5, 0.9), (1.1, 2.0)),
    kinks=(Kink((1.0, 1.0), (0.0, 1.0), "once differentiable: both pieces agree"),),
)
special(
    "pseudo_huber",
    names=("scipy.special.pseudo_huber",),
    arity=2,
    partials=lambda m, delta, r: (
        _pseudo_width(m, delta, r, m.hypot(delta, r)),
        delta * m.share(r, delta, m.hypot(delta, r)),
    ),
    domain=((0.5, 2.0), (-2.0, 2.0)),
)


def _pseudo_width(m: Any, delta: Any, r: Any, s: Any) -> Any:
    """`(s - delta)**2/s` for `s = hypot(delta, r)`, where `s - delta` is `r*r/(s + delta)`."""
    gap = r * m.over(r, s + delta)
    return gap * m.over(gap, s)
