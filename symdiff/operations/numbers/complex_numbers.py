"""`cmath`: complex numbers one by one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..table.entry import Ops
from ..table.lowering import lowered
from .complexes import is_complex


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


for _name in ("exp", "sin", "cos", "sinh", "cosh", "tanh"):
    _cmath(_name, lambda ops, z, name=_name: ops.apply(name, z))
_cmath("sqrt", lambda ops, z: ops.complex_sqrt(z))
for _name in ("acos", "acosh", "asin", "asinh", "atan", "atanh", "tan"):
    _cmath(_name, lambda ops, z, name=_name: ops.apply(f"complex_{name}", z))
_cmath("log10", lambda ops, z: ops.div(ops.complex_log(z), math.log(10.0)))
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


def _complex(ops: Ops, real: Any = 0.0, imag: Any = None) -> Any:
    if imag is None:
        return _as_complex(ops, real)
    if is_complex(ops.aval(imag)) or is_complex(ops.aval(real)):
        return ops.add(_as_complex(ops, real), ops.mul(_as_complex(ops, imag), 1j))
    return ops.complex_of(real, imag)


lowered(
    "complex_number",
    _complex,
    ("builtins.complex",),
    lambda rng: [((1.5, 0.7), {}), ((0.3,), {}), ((0.3,), {"imag": -2.0})],
    "real",
    "imag",
)
