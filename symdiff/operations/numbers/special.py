"""Entries for special functions: the error function, the gamma function and their kin.

`math` has them for numbers; the array form applies the same code element by element, so that SciPy
is not needed to run.
"""

from __future__ import annotations

import math
from typing import Any

from ..table.entry import TABLE, ElementwiseEntry, Kink
from .elementary import call_names

_ROOT_PI = math.sqrt(math.pi)


def _special(name: str, names: tuple[str, ...], **options: Any) -> None:
    defaults: dict[str, Any] = {
        "math": f"math.{name}({{0}})",
        "numpy": f"rt.{name}_array({{0}})",
    }
    TABLE.add(ElementwiseEntry(name=name, names=names, **(defaults | options)))


_special(
    "erf",
    (
        "math.erf",
        "scipy.special.erf",
        "torch.erf",
        "torch.special.erf",
        "jax.scipy.special.erf",
        ".erf",
    ),
    partials=lambda m, x: (2 / _ROOT_PI * m.exp(-(x**2)),),
    source="DLMF 7.2.1",
)
_special(
    "erfc",
    (
        "math.erfc",
        "scipy.special.erfc",
        "torch.erfc",
        "torch.special.erfc",
        "jax.scipy.special.erfc",
        ".erfc",
    ),
    partials=lambda m, x: (-2 / _ROOT_PI * m.exp(-(x**2)),),
    source="DLMF 7.2.2",
)
_special(
    "gamma",
    ("math.gamma", "scipy.special.gamma", "jax.scipy.special.gamma"),
    partials=lambda m, x: (m.gamma(x) * m.digamma(x),),
    domain=((0.4, 3.0),),
    source="DLMF 5.2.2",
)
_special(
    "lgamma",
    (
        "math.lgamma",
        "scipy.special.gammaln",
        "torch.lgamma",
        "torch.special.gammaln",
        "jax.scipy.special.gammaln",
        ".lgamma",
    ),
    partials=lambda m, x: (m.digamma(x),),
    domain=((0.4, 4.0),),
    source="DLMF 5.2.2",
)
_special(
    "digamma",
    (
        "scipy.special.digamma",
        "scipy.special.psi",
        "torch.digamma",
        "torch.special.digamma",
        "jax.scipy.special.digamma",
        ".digamma",
    ),
    math="rt.digamma({0})",
    partials=lambda m, x: (m.polygamma(1, x),),
    domain=((0.4, 4.0),),
    source="DLMF 5.5.2, 5.5.4, 5.11.2",
)
TABLE.add(
    ElementwiseEntry(
        name="polygamma",
        names=("scipy.special.polygamma", "jax.scipy.special.polygamma"),
        arity=2,
        math="rt.polygamma({0}, {1})",
        numpy="rt.polygamma_array({0}, {1})",
        # The order is a whole number; nothing moves it.
        partials=lambda m, n, x: (0, m.polygamma(n + 1, x)),
        domain=((1.0, 1.0), (0.4, 4.0)),
        source="DLMF 5.15.5, 5.15.6, 5.15.9",
    )
)
TABLE.add(
    ElementwiseEntry(
        name="polygamma_between",
        arity=3,
        math="rt.polygamma_between({0}, {1}, {2})",
        numpy="rt.polygamma_between_array({0}, {1}, {2})",
        partials=lambda m, n, x, d: (
            0,
            m.polygamma_between(n + 1, x, d),
            m.polygamma(n + 1, x + d),
        ),
        domain=((1.0, 1.0), (0.4, 4.0), (0.01, 2.0)),
        source="DLMF 5.15",
    )
)
# sinc(x) = j0(pi*x), and the recurrence in the order needs no division by the argument.
_special(
    "sinc",
    call_names("sinc", math=False),
    math="rt.sinc({0})",
    numpy="numpy.sinc({0})",
    partials=lambda m, x: (-math.pi * m.spherical_j(1, math.pi * x),),
    kinks=(Kink((0.0,), (0.0,), "smooth; where the formula divides by 0"),),
    source="DLMF 10.49.3, 10.51.1",
)
_special(
    "spherical_j",
    (),
    arity=2,
    math="rt.spherical_j({0}, {1})",
    numpy="rt.spherical_j_array({0}, {1})",
    partials=lambda m, n, z: (
        0,
        (n * m.spherical_j(n - 1, z) - (n + 1) * m.spherical_j(n + 1, z)) / (2 * n + 1),
    ),
    domain=((1.0, 1.0), (-2.0, 2.0)),
    source="DLMF 10.51.1",
)
