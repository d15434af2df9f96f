"""Entries with kinks and jumps, and the policy for the derivative there.

- a corner has the mean of its two slopes: `abs'(0) = 0`, ties of `maximum` and `minimum` are shared
  half and half, so `max(0, x)` and `relu` have slope 1/2 at 0, and so has `clip` at its bounds;
- a step (`floor`, `round`, `sign`, `heaviside`) has derivative 0, on the step too;
- `where` chooses between derivatives as it chooses between values: nothing of the arm not taken
  reaches the result, not even multiplied by zero.
"""

from __future__ import annotations

from typing import Any

from ..table.entry import MUL, TABLE, TERNARY, ElementwiseEntry, Kink, Ops, StructuralEntry
from .elementary import call_names

_PLANE = ((-2.0, 2.0), (-2.0, 2.0))
HALF = (0.5, 0.5)
"""What reaches the operands of a tie."""


def sympy_nan() -> Any:
    """No number, as SymPy has it."""
    import sympy

    return sympy.nan


def _unary(name: str, names: tuple[str, ...], **options: Any) -> None:
    defaults: dict[str, Any] = {"math": f"rt.{name}({{0}})", "numpy": f"numpy.{name}({{0}})"}
    TABLE.add(ElementwiseEntry(name=name, names=names, **(defaults | options)))


def binary(name: str, names: tuple[str, ...], **options: Any) -> None:
    """Enter a function of two numbers, written as NumPy's of its name unless told otherwise."""
    defaults: dict[str, Any] = {
        "math": f"rt.{name}({{0}}, {{1}})",
        "numpy": f"numpy.{name}({{0}}, {{1}})",
        "domain": _PLANE,
    }
    TABLE.add(ElementwiseEntry(name=name, names=names, arity=2, **(defaults | options)))


TABLE.add(
    ElementwiseEntry(
        name="where",
        names=("numpy.where", "torch.where", "jax.numpy.where"),
        arity=3,
        math="{1} if {0} else {2}",
        numpy="numpy.where({0}, {1}, {2})",
        precedence=TERNARY,
        partials=lambda m, c, a, b: (0, m.where(c, 1, 0), m.where(c, 0, 1)),
        domain=((0.5, 1.0), (-2.0, 2.0), (-2.0, 2.0)),
        kinks=(
            Kink((0.0, 1.0, 2.0), (0.0, 0.0, 1.0), "a choice is constant"),
            Kink((1.0, 1.0, 2.0), (0.0, 1.0, 0.0), "a choice is constant"),
        ),
    )
)
TABLE.add(
    ElementwiseEntry(
        # The product of a cotangent that is zero and a partial that may be infinite. It is not
        # computed; its derivative is that of the product, where that is a number.
        name="vanishing",
        math="0.0",
        numpy="0.0",
        partials=lambda m, x: (0,),
    )
)
TABLE.add(
    ElementwiseEntry(
        # What a derivative is taken to be at a point where it is defined, and its neighbours are
        # not near it: there is no derivative of it.
        name="cusp",
        math="0.0",
        numpy="0.0",
        partials=lambda m, x: (sympy_nan(),),
    )
)
TABLE.add(
    ElementwiseEntry(
        # x**y*log(x)**n at x = 0, where it is 0 for y > 0, and infinite or nothing below.
        name="log_power_at_0",
        arity=3,
        math="rt.log_power_at_0({0}, {1}, {2})",
        numpy="rt.log_power_at_0_array({0}, {1}, {2})",
        partials=lambda m, n, x, y: (
            0,
            y * m.log_power_at_0(n, x, y - 1) + n * m.log_power_at_0(n - 1, x, y - 1),
            m.log_power_at_0(n + 1, x, y),
        ),
        domain=((1.0, 1.0), (0.0, 0.0), (1.5, 3.0)),
    )
)
_unary(
    "abs",
    (
        "builtins.abs",
        "operator.abs",
        "math.fabs",
        "numpy.abs",
        "numpy.absolute",
        "numpy.fabs",
        "torch.abs",
        "torch.absolute",
        "jax.numpy.abs",
        "jax.numpy.absolute",
        "jax.numpy.fabs",
        ".abs",
    ),
    math="abs({0})",
    numpy="abs({0})",
    partials=lambda m, x: (m.sign(x),),
    domain=((-2.0, -0.1),),
    kinks=(Kink((0.0,), (0.0,), "the mean of -1 and 1"),),
)
TABLE.add(
    ElementwiseEntry(
        # The side of 0 on which a number lies, 0 itself to the right.
        name="side",
        math="-1.0 if {0} < 0 else 1.0",
        numpy="numpy.where(numpy.less({0}, 0), -1.0, 1.0)",
        precedence=TERNARY,
        partials=lambda m, x: (0,),
        domain=((0.1, 2.0),),
    )
)
TABLE.add(
    ElementwiseEntry(
        # That side as one comes from a direction: of 0 the one to which it changes by the second
        # operand, or if that is 0, bends by the third. The fourth is negative for the direction
        # that is the opposite.
        name="side_toward",
        arity=4,
        math="rt.side_toward({0}, {1}, {2}, {3})",
        numpy="rt.side_toward_array({0}, {1}, {2}, {3})",
        partials=lambda m, x, d, e, facing: (0, 0, 0, 0),
        domain=((0.1, 2.0), (-1.0, 1.0), (-1.0, 1.0), (1.0, 1.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # An absolute value, which knows the side on which it will be differentiated again.
        name="abs_along",
        arity=2,
        math="abs({0})",
        numpy="abs({0})",
        partials=lambda m, x, s: (m.sided(1, x, s), 0),
        domain=((-2.0, -0.1), (-1.0, -1.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # The same where it has been differentiated once.
        name="abs_side",
        arity=2,
        math="abs({0})",
        numpy="abs({0})",
        partials=lambda m, x, s: (s, 0),
        domain=((-2.0, -0.1), (-1.0, -1.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A change of it: with the mean of the sides at 0, and differentiated with the one side.
        name="sided",
        arity=3,
        math="{0}*rt.sign({1})",
        numpy="{0}*numpy.sign({1})",
        precedence=MUL,
        partials=lambda m, g, x, s: (s, 0, 0),
        domain=((-2.0, 2.0), (-2.0, -0.1), (-1.0, -1.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # That of 1.
        name="sided_one",
        arity=2,
        math="rt.sign({0})",
        numpy="numpy.sign({0})",
        partials=lambda m, x, s: (0, 0),
        domain=((-2.0, -0.1), (-1.0, -1.0)),
    )
)
for _name, _form in (("along_side", "{0}*{2}"), ("along_one", "{1}")):
    TABLE.add(
        ElementwiseEntry(
            # The same two with the one side.
            name=_name,
            arity=3 if _name == "along_side" else 2,
            math=_form,
            numpy=_form,
            precedence=MUL,
            partials=lambda m, *operands: (operands[2], 0, 0) if len(operands) == 3 else (0, 0),
            domain=((-2.0, 2.0), (-2.0, -0.1), (-1.0, -1.0)),
        )
    )
_unary(
    "sign",
    call_names("sign", math=False),
    partials=lambda m, x: (0,),
    domain=((0.1, 2.0),),
    kinks=(Kink((0.0,), (0.0,), "a step"),),
)
for _name, _also in (
    ("floor", ()),
    ("ceil", ()),
    ("trunc", ("numpy.fix", "torch.fix")),
    ("rint", ()),
):
    _unary(
        _name,
        (*call_names(_name, math=False), *_also),
        partials=lambda m, x: (0,),
        domain=((0.1, 0.4),),
        kinks=(Kink((1.0,), (0.0,), "a step"), Kink((0.5,), (0.0,), "a step")),
    )
# Python's own give an int, which nothing differentiates.
for _name, _name_of_call, _form in (
    ("floor_int", "math.floor", "math.floor({0})"),
    ("ceil_int", "math.ceil", "math.ceil({0})"),
    ("trunc_int", "math.trunc", "math.trunc({0})"),
    ("round_int", "builtins.round", "round({0})"),
):
    TABLE.add(
        ElementwiseEntry(
            name=_name,
            names=(_name_of_call,),
            math=_form,
            numpy=f"rt.{_name}_array({{0}})",
            partials=lambda m, x: (0,),
            dtype="int",
            domain=((0.1, 0.4),),
            kinks=(Kink((1.0,), (0.0,), "a step"),),
        )
    )

# To so many digits after the point: Python rounds the decimal number that a float is, correctly.
binary(
    "round_to",
    (),
    numpy="rt.round_to_array({0}, {1})",
    partials=lambda m, x, digits: (0, 0),
    domain=((0.11, 0.14), (1.1, 1.4)),
    kinks=(Kink((0.25, 1.0), (0.0, 0.0), "a step"),),
)


def _round(ops: Ops, x: Any, decimals: int = 0) -> Any:
    if decimals == 0:
        return ops.rint(x)
    if decimals > 0:
        return ops.div(ops.rint(ops.mul(x, 10.0**decimals)), 10.0**decimals)
    return ops.mul(ops.rint(ops.div(x, 10.0**-decimals)), 10.0**-decimals)


TABLE.add(
    StructuralEntry(
        name="round",
        names=("numpy.round", "numpy.around", "torch.round", "jax.numpy.round", ".round"),
        lower=_round,
        samples=lambda rng: [
            ((rng.uniform(0.1, 0.4, 3),), {}),
            ((rng.uniform(0.11, 0.14, 3), 1), {}),
        ],
    )
)


binary(
    "copysign",
    call_names("copysign"),
    math="math.copysign({0}, {1})",
    partials=lambda m, x, y: (m.sign(x) * m.copysign(1, y), 0),
    domain=((0.2, 2.0), (-2.0, -0.1)),
    kinks=(Kink((0.0, 1.0), (0.0, 0.0), "as abs"), Kink((1.0, 0.0), (1.0, 0.0), "a step")),
)
binary(
    "heaviside",
    call_names("heaviside", math=False),
    partials=lambda m, x, h: (0, m.where(m.eq(x, 0), 1, 0)),
    domain=((0.1, 2.0), (0.0, 1.0)),
    kinks=(Kink((0.0, 0.5), (0.0, 1.0), "a step; the second operand is its value at 0"),),
)
# fmod(x, y) = x - n*y with n = trunc(x/y). x/y itself may round up to the next integer.
binary(
    "fmod",
    call_names("fmod"),
    math="math.fmod({0}, {1})",
    partials=lambda m, x, y: (1, -m.rint((x - m.fmod(x, y)) / y)),
    domain=((-2.4, -2.1), (0.85, 0.95)),
    kinks=(Kink((2.0, 1.0), (1.0, -2.0), "1 and -trunc(x/y), also where it jumps"),),
)
binary(
    "ieee_remainder",
    ("math.remainder",),
    math="math.remainder({0}, {1})",
    numpy="rt.remainder_array({0}, {1})",
    partials=lambda m, x, y: (1, -m.rint((x - m.ieee_remainder(x, y)) / y)),
    domain=((2.0, 2.2), (0.95, 1.05)),
    kinks=(Kink((2.5, 1.0), (1.0, -2.0), "1 and -round(x/y), also where it jumps"),),
)
_unary(
    "nan_to_num",
    ("numpy.nan_to_num", "torch.nan_to_num", "jax.numpy.nan_to_num", ".nan_to_num"),
    partials=lambda m, x: (m.where(m.isfinite(x), 1, 0),),
    kinks=(Kink((float("nan"),), (0.0,), "what is replaced is constant"),),
)
for _name in ("isnan", "isfinite", "isinf"):
    _unary(_name, call_names(_name), math=f"math.{_name}({{0}})", dtype="bool")
_unary(
    "spacing",
    ("numpy.spacing",),
    math="float(numpy.spacing({0}))",
    partials=lambda m, x: (0,),
    domain=((1.01, 1.99),),
)
binary(
    "nextafter",
    ("numpy.nextafter", "math.nextafter"),
    math="float(numpy.nextafter({0}, {1}))",
    partials=lambda m, x, y: (1, 0),
)
_unary("signbit", call_names("signbit", math=False), dtype="bool")


TABLE.add(
    StructuralEntry(
        name="softplus",
        names=("torch.nn.functional.softplus", "jax.nn.softplus", ".softplus"),
        lower=lambda ops, x: ops.logaddexp(x, 0),
        samples=lambda rng: [((rng.normal(size=5),), {})],
    )
)


def _product(ops: Ops, factors: Any, start: Any = 1) -> Any:
    if not isinstance(factors, (tuple, list)):
        return ops.mul(start, ops.prod(factors))
    for factor in factors:
        start = ops.mul(start, factor)
    return start


TABLE.add(
    StructuralEntry(
        name="prod_of",
        names=("math.prod",),
        lower=_product,
        samples=lambda rng: [(([1.5, -2.0, 0.5],), {}), ((rng.normal(size=3),), {})],
    )
)
