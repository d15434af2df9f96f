"""Entries for the smooth elementary functions of `math` and NumPy.

Functions written for numerical care (`log1p`, `expm1`, `logaddexp`, `hypot`) keep a node of their
own, and partials are written so that they neither cancel nor overflow before the result does.
"""

from __future__ import annotations

import math
from typing import Any

from ..table.entry import MUL, TABLE, ElementwiseEntry, Kink

Interval = tuple[float, float]
_PLANE: tuple[Interval, ...] = ((-2.0, 2.0), (-2.0, 2.0))


def call_names(name: str, *also: str, math: bool = True) -> tuple[str, ...]:
    """The names of an elementwise function: modules', the method's, and other spellings.

    >>> call_names("sin")
    ('math.sin', 'numpy.sin', 'torch.sin', 'jax.numpy.sin', '.sin')
    """
    names = [f"{module}.{name}" for module in ("numpy", "torch", "jax.numpy", "")]
    return (*([f"math.{name}"] if math else []), *names, *also)


def _function(name: str, *also: str, **options: Any) -> None:
    """An entry whose `math` and NumPy functions share one name."""
    defaults: dict[str, Any] = {
        "math": f"math.{name}({{0}})",
        "numpy": f"numpy.{name}({{0}})",
        "names": call_names(name, *also),
    }
    TABLE.add(ElementwiseEntry(name=name, **(defaults | options)))


def _arc(name: str, numpy_name: str, **options: Any) -> None:
    """An inverse function: `math.asin`, and `numpy.arcsin` in the spelling every NumPy has."""
    _function(
        name,
        *(f"{m}.{numpy_name}" for m in ("numpy", "torch", "jax.numpy", "")),
        numpy=f"numpy.{numpy_name}({{0}})",
        **options,
    )


# SymPy's own odd and even functions look for a minus sign to pull out, which never ends for
# `sin(-x - y)` while sums are not distributed over: these have nodes of their own.
_function("sin", sympy="sin", partials=lambda m, x: (m.cos(x),))
_function("cos", sympy="cos", partials=lambda m, x: (-m.sin(x),))
_function("tan", sympy="tan", partials=lambda m, x: (1 + m.tan(x) ** 2,), domain=((-1.2, 1.2),))
_function("sinh", sympy="sinh", partials=lambda m, x: (m.cosh(x),))
_function("cosh", sympy="cosh", partials=lambda m, x: (m.sinh(x),))
_function("exp", sympy="exp", partials=lambda m, x: (m.exp(x),))
_function("log", sympy="log", partials=lambda m, x: (1 / x,), domain=((0.2, 4.0),))
_function("sqrt", domain=((0.2, 4.0),))
# 1 - tanh(x)**2 cancels for large x, and cosh(x)**2 overflows where the hyperbolic secant is 0.
_function("tanh", partials=lambda m, x: (m.sech(x) ** 2,), source="DLMF 4.34.8")
_function(
    "sech",
    math="1.0/math.cosh({0})",
    numpy="1/numpy.cosh({0})",
    names=(),
    precedence=MUL,
    partials=lambda m, x: (-m.sech(x) * m.tanh(x),),
    source="DLMF 4.34.11",
)
# Its square, where the tangent is known: `optimize/tangents.py` writes it, for arrays alone.
_function(
    "sech_squared",
    arity=2,
    math="((1.0/math.cosh({0}))**2)",
    numpy="rt.sech_squared({0}, {1})",
    names=(),
    partials=lambda m, x, t: (-2 * m.sech(x) ** 2 * m.tanh(x), 0),
    domain=_PLANE,
)

_function(
    "exp2",
    math="rt.exp2({0})",
    partials=lambda m, x: (m.exp2(x) * m.log(2),),
)
_function("expm1", partials=lambda m, x: (m.exp(x),))
_function(
    "log2",
    partials=lambda m, x: (1 / (x * m.log(2)),),
    domain=((0.2, 4.0),),
)
_function(
    "log10",
    partials=lambda m, x: (1 / (x * m.log(10)),),
    domain=((0.2, 4.0),),
)
_function("log1p", partials=lambda m, x: (1 / (1 + x),), domain=((-0.8, 3.0),))
_function(
    "cbrt",
    math="rt.cbrt({0})",
    partials=lambda m, x: (1 / (3 * m.cbrt(x) ** 2),),
    domain=((0.2, 4.0),),
)
_function("square", math="rt.square({0})", names=call_names("square", math=False))
_function(
    "reciprocal",
    math="rt.reciprocal({0})",
    names=call_names("reciprocal", math=False),
    domain=((0.3, 3.0),),
)

# (1 - x)*(1 + x) keeps the digits that 1 - x**2 loses near the ends of the interval.
_arc(
    "asin",
    "arcsin",
    partials=lambda m, x: (1 / m.sqrt((1 - x) * (1 + x)),),
    domain=((-0.9, 0.9),),
    source="DLMF 4.24.7",
)
_arc(
    "acos",
    "arccos",
    partials=lambda m, x: (-1 / m.sqrt((1 - x) * (1 + x)),),
    domain=((-0.9, 0.9),),
    source="DLMF 4.24.8",
)
_arc("atan", "arctan", partials=lambda m, x: (1 / (1 + x**2),), source="DLMF 4.24.9")
_arc("asinh", "arcsinh", partials=lambda m, x: (1 / m.hypot(1, x),), source="DLMF 4.40.1")
_arc(
    "acosh",
    "arccosh",
    partials=lambda m, x: (1 / (m.sqrt(x - 1) * m.sqrt(x + 1)),),
    domain=((1.2, 4.0),),
    source="DLMF 4.40.2",
)
_arc(
    "atanh",
    "arctanh",
    partials=lambda m, x: (m.div(1, (1 - x) * (1 + x)),),
    domain=((-0.9, 0.9),),
    source="DLMF 4.40.3",
)
TABLE.add(
    ElementwiseEntry(
        name="atan2",
        names=(*call_names("atan2"), "numpy.arctan2", "torch.arctan2", "jax.numpy.arctan2"),
        arity=2,
        math="math.atan2({0}, {1})",
        numpy="numpy.arctan2({0}, {1})",
        # Not over x**2 + y**2, which leaves the range of floats: the angle knows no length.
        partials=lambda m, y, x: (
            m.div(m.share(x, y, m.hypot(x, y)), m.hypot(x, y)),
            -m.div(m.share(y, x, m.hypot(x, y)), m.hypot(x, y)),
        ),
        domain=((0.3, 2.0), (-2.0, 2.0)),
    )
)

# The quotient of a vector's part by its length, 0 where the length is 0: the slope of `hypot` and
# of `norm`. Dividing again, rather than by the square of the length, does not overflow.
TABLE.add(
    ElementwiseEntry(
        name="over",
        arity=2,
        math="{0}/{1}",
        numpy="rt.over({0}, {1})",
        precedence=MUL,
        partials=lambda m, x, r: (m.over(1, r), -m.over(m.over(x, r), r)),
        domain=((-2.0, 2.0), (0.5, 2.0)),
        kinks=(Kink((0.0, 0.0), (0.0, 0.0), "0/0 is 0, and so are its partials"),),
    )
)
# `x/h`, where h is known to be the length of (x, y): its partials are products, which do not cancel
# as `1/h - x**2/h**3` does where y is small. They say what h does too, so h has none of its own.
TABLE.add(
    ElementwiseEntry(
        name="share",
        arity=3,
        math="{0}/{2}",
        numpy="rt.over({0}, {2})",
        precedence=MUL,
        partials=lambda m, x, y, h: (
            m.div(m.share(y, x, h) ** 2, h),
            -m.div(m.share(x, y, h) * m.share(y, x, h), h),
            0,
        ),
        domain=((0.6, 0.6), (0.8, 0.8), (1.0, 1.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        name="deviation",
        math="math.sqrt({0})",
        numpy="numpy.sqrt({0})",
        partials=lambda m, x: (m.over(0.5, m.deviation(x)),),
        domain=((0.2, 4.0),),
        kinks=(Kink((0.0,), (0.0,), "the root of a variance: of equal numbers, as norm at 0"),),
    )
)
TABLE.add(
    ElementwiseEntry(
        name="hypot",
        names=call_names("hypot"),
        arity=2,
        math="math.hypot({0}, {1})",
        numpy="numpy.hypot({0}, {1})",
        partials=lambda m, x, y: (
            m.share(x, y, m.hypot(x, y)),
            m.share(y, x, m.hypot(x, y)),
        ),
        domain=_PLANE,
        kinks=(Kink((0.0, 0.0), (0.0, 0.0), "the tip of the cone"),),
    )
)
TABLE.add(
    ElementwiseEntry(
        name="sigmoid",
        names=(
            "torch.sigmoid",
            "torch.nn.functional.sigmoid",
            "jax.nn.sigmoid",
            "scipy.special.expit",
            "jax.scipy.special.expit",
            ".sigmoid",
        ),
        math="rt.sigmoid({0})",
        numpy="rt.sigmoid_array({0})",
        # Not s*(1 - s), which cancels where s is close to 1.
        partials=lambda m, x: (m.sech(x / 2) ** 2 / 4,),
    )
)
TABLE.add(
    ElementwiseEntry(
        name="logaddexp",
        names=call_names("logaddexp", math=False),
        arity=2,
        math="rt.logaddexp({0}, {1})",
        numpy="numpy.logaddexp({0}, {1})",
        # exp(a - logaddexp(a, b)), for any a and b.
        partials=lambda m, a, b: (m.sigmoid(a - b), m.sigmoid(b - a)),
        domain=_PLANE,
    )
)
TABLE.add(
    ElementwiseEntry(
        name="logaddexp2",
        names=call_names("logaddexp2", math=False),
        arity=2,
        math="rt.logaddexp2({0}, {1})",
        numpy="numpy.logaddexp2({0}, {1})",
        partials=lambda m, a, b: (
            m.sigmoid(m.log(2) * (a - b)),
            m.sigmoid(m.log(2) * (b - a)),
        ),
        domain=_PLANE,
    )
)
TABLE.add(
    ElementwiseEntry(
        name="degrees",
        names=(
            "math.degrees",
            "numpy.degrees",
            "numpy.rad2deg",
            "torch.rad2deg",
            "jax.numpy.degrees",
        ),
        math="math.degrees({0})",
        numpy="numpy.degrees({0})",
        partials=lambda m, x: (180 / math.pi,),
    )
)
TABLE.add(
    ElementwiseEntry(
        name="radians",
        names=(
            "math.radians",
            "numpy.radians",
            "numpy.deg2rad",
            "torch.deg2rad",
            "jax.numpy.radians",
        ),
        math="math.radians({0})",
        numpy="numpy.radians({0})",
        partials=lambda m, x: (math.pi / 180,),
    )
)
