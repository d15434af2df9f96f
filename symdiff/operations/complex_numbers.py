"""`cmath`: complex numbers one by one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .complexes import is_complex
from .entry import Ops
from .lowering import lowered


def _as_complex(ops: Ops, z: Any) -> Any:
    if isinstance(z, (int, float, complex)):
        return np.complex128(z)
    return z if is_complex(ops.aval(z)) else ops.complex_of(z, 0.0)


def _cmath(name: str, rule: Any) -> None:
    def samples(rng: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        z = complex(rng.normal(), rng.normal())
        return [((np.complex128(z),), {}), ((float(rng.normal()),), {})]

    lowered(
        f"cmath_{name}",
        lambda ops, z, /: rule(ops, _as_complex(ops, z)),
        (f"cmath.{name}",),
        samples,
        "z",
    )


for _name in (
    *("exp", "sin", "cos", "sinh", "cosh", "tanh"),
    *("asin", "acos", "atan", "acosh", "atanh"),
):
    _cmath(_name, lambda ops, z, name=_name: ops.apply(name, z))
_cmath("sqrt", lambda ops, z: ops.complex_sqrt(z))
_cmath("asinh", lambda ops, z: ops.complex_asinh(z))
_cmath("log10", lambda ops, z: ops.div(ops.complex_log(z), math.log(10.0)))
_cmath("tan", lambda ops, z: ops.div(ops.sin(z), ops.cos(z)))
_cmath("phase", lambda ops, z: ops.complex_angle(z))
_cmath("polar", lambda ops, z: (ops.complex_abs(z), ops.complex_angle(z)))


def _cmath_log(ops: Ops, z: Any, base: Any = None, /) -> Any:
    value = ops.complex_log(_as_complex(ops, z))
    return value if base is None else ops.div(value, ops.complex_log(_as_complex(ops, base)))


lowered(
    "cmath_log",
    _cmath_log,
    ("cmath.log",),
    lambda rng: [((np.complex128(1.5 - 0.5j),), {}), ((0.7,), {}), ((0.7, 2.5), {})],
    "z",
    "base",
)
lowered(
    "cmath_rect",
    lambda ops, r, phi, /: ops.complex_of(ops.mul(r, ops.cos(phi)), ops.mul(r, ops.sin(phi))),
    ("cmath.rect",),
    lambda rng: [((1.5, 0.7), {})],
    "r",
    "phi",
)
