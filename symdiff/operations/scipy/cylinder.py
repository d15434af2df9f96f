"""Entries for Bessel functions, which are cylinder functions, of `scipy.special`.

Derivatives with respect to the argument are of neighbours in the order. Those with respect to the
order have no closed form: `runtime.bessel` computes them, and entries that only derivatives use
stand for them.
"""

from __future__ import annotations

from typing import Any

from ..table.entry import Kink
from .special import special


def _neighbours(name: str, before: int, after: int) -> Any:
    """`(before*C[v-1](x) + after*C[v+1](x))/2`, and what the order does."""

    def partials(m: Any, v: Any, x: Any) -> tuple[Any, Any]:
        c = getattr(m, name)
        return (
            getattr(m, f"{name}_order")(1, v, x),
            (before * c(v - 1, x) + after * c(v + 1, x)) / 2,
        )

    return partials


def _neighbours_in_order(name: str, before: int, after: int) -> Any:
    def partials(m: Any, n: Any, v: Any, x: Any) -> tuple[Any, Any, Any]:
        c = getattr(m, f"{name}_order")
        return 0, c(n + 1, v, x), (before * c(n, v - 1, x) + after * c(n, v + 1, x)) / 2

    return partials


_ARGUMENT = (0.5, 4.0)
for _name, _signs, _source in (
    ("jv", (1, -1), "DLMF 10.6.1, 10.15"),
    ("yv", (1, -1), "DLMF 10.6.1, 10.15"),
    ("iv", (1, 1), "DLMF 10.29.1, 10.38"),
    ("kv", (-1, -1), "DLMF 10.29.1, 10.38"),
):
    special(
        _name,
        names=(f"scipy.special.{_name}", f"autograd.scipy.special.{_name}")
        + (("scipy.special.jn", "autograd.scipy.special.jn") if _name == "jv" else ()),
        arity=2,
        partials=_neighbours(_name, *_signs),
        domain=((0.5, 2.5), _ARGUMENT),
        source=_source,
    )
    special(
        f"{_name}_order",
        names=(),
        arity=3,
        partials=_neighbours_in_order(_name, *_signs),
        domain=((1.0, 1.0), (0.5, 2.5), _ARGUMENT),
        source=_source,
    )
for _name, _signs in (("yn", (1, -1)), ("kn", (-1, -1))):
    special(
        _name,
        names=(f"scipy.special.{_name}",)
        + (("autograd.scipy.special.yn",) if _name == "yn" else ()),
        arity=2,
        partials=lambda m, n, x, c=f"{_name[0]}v", signs=_signs: (
            0,
            (signs[0] * getattr(m, c)(n - 1, x) + signs[1] * getattr(m, c)(n + 1, x)) / 2,
        ),
        refuses={0: "the order is a whole number"},
        domain=((2.0, 2.0), _ARGUMENT),
        source="DLMF 10.6.1, 10.29.1",
    )
for _name in ("ive", "kve"):
    special(
        _name,
        names=(f"scipy.special.{_name}",)
        + (("autograd.scipy.special.ive",) if _name == "ive" else ()),
        arity=2,
        partials=lambda m, v, x, name=f"{_name}_slope": (
            getattr(m, name)(1, 0, v, x),
            getattr(m, name)(0, 1, v, x),
        ),
        domain=((0.5, 2.5), _ARGUMENT),
        source="DLMF 10.29.1, 10.38, 10.40",
    )
    special(
        f"{_name}_slope",
        names=(),
        arity=4,
        partials=lambda m, k, n, v, x, name=f"{_name}_slope": (
            0,
            0,
            getattr(m, name)(k + 1, n, v, x),
            getattr(m, name)(k, n + 1, v, x),
        ),
        domain=((0.0, 0.0), (1.0, 1.0), (0.5, 2.5), _ARGUMENT),
        source="DLMF 10.29.1, 10.38, 10.40",
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
    lambda m, x: (m.ive_slope(0, 1, 0, x),),
    kinks=(Kink((0.0,), (0.0,), "the scale exp(-abs(x)) has a corner"),),
    **_POSITIVE,
)
_kind("i1e", _I, lambda m, x: (m.ive_slope(0, 1, 1, x),), **_POSITIVE)
_kind("k0e", _I, lambda m, x: (m.kve_slope(0, 1, 0, x),), **_POSITIVE)
_kind("k1e", _I, lambda m, x: (m.kve_slope(0, 1, 1, x),), **_POSITIVE)
