"""What lengths have in common: norms, absolute values of complex numbers, standard deviations.

A length has a tip, like a cone, where everything it is the length of is zero. There it has no
derivative, and is given the derivative 0. That choice must not be differentiated: how the direction
`x/r` changes at the tip nobody can say, and what depends on it is NaN. The square of a length is
smooth, though, as are its even powers; `differentiate/squares.py` finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...program.program import Aval
from ..reductions.reducing import reduced_shape, spread
from ..table.entry import LAMBDA, MUL, TABLE, TERNARY, ElementwiseEntry, Kink, Ops, StructuralEntry
from ..table.signatures import describe_call, tight

TABLE.add(
    ElementwiseEntry(
        # What becomes of a change that nobody can follow: nothing, if there is none.
        name="unless_zero",
        math="0.0 if {0} == 0 else math.nan",
        numpy="rt.unless_zero({0})",
        precedence=TERNARY,
        partials=lambda m, x: (m.unless_zero(1),),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A cotangent times the direction of a vector, `g*x/r`. All in one: where the length is 0,
        # `x` moves the direction beyond bounds, and what a cotangent of 0 makes of that depends on
        # how it comes to be 0.
        name="radial",
        arity=3,
        math="{0}*({1}/{2})",
        numpy="rt.radial({0}, {1}, {2})",
        precedence=MUL,
        partials=lambda m, g, x, r: (
            m.over(x, r),
            m.where(m.eq(r, 0), m.unless_zero(1), g / r),
            -m.over(m.radial(g, x, r), r),
        ),
        domain=((-2.0, 2.0), (-2.0, 2.0), (0.5, 2.0)),
        kinks=(Kink((1.0, 0.0, 0.0), (0.0, float("nan"), 0.0), "the tip of the cone"),),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A length, which knows its square: an even power of it is a power of the square.
        name="length",
        arity=2,
        math="{0}",
        numpy="{0}",
        partials=lambda m, r, s: (1, 0),
        domain=((0.5, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A length, which knows its square over a number that is equal to it and does not move.
        name="scaled_length",
        arity=2,
        math="{0}",
        numpy="{0}",
        partials=lambda m, r, t: (1, 0),
        domain=((0.5, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # An absolute value, which knows of what.
        name="magnitude",
        arity=2,
        math="{0}",
        numpy="{0}",
        partials=lambda m, r, x: (1, 0),
        domain=((0.5, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # `x*(x/h)` with an `h` that does not move, nor is it 0.
        name="square_over",
        arity=2,
        math="{0}*({0}/{1})",
        numpy="{0}*({0}/{1})",
        precedence=MUL,
        partials=lambda m, x, h: (2 * m.div(x, h), 0),
        domain=((-2.0, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # `x/r` with an `r` that does not move, and `x` where it is 0.
        name="relative",
        arity=2,
        math="{0}/{1} if {1} else {0}",
        numpy="rt.relative({0}, {1})",
        precedence=TERNARY,
        partials=lambda m, x, r: (m.relative(1, r), 0),
        domain=((-2.0, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # `r**e*log(r)**j` of a length `r`, as it comes of `r**(e + k)` in `k` derivatives
        # (`lengthwise.py`), which tells what it is at the tip.
        name="length_power",
        arity=4,
        math="rt.length_power({0}, {1}, {2}, {3})",
        numpy="rt.length_power_array({0}, {1}, {2}, {3})",
        partials=lambda m, k, j, r, e: (
            0,
            0,
            e * m.length_power(k, j, r, e - 1) + j * m.length_power(k, j - 1, r, e - 1),
            m.length_power(k, j + 1, r, e),
        ),
        domain=((0.0, 0.0), (1.0, 1.0), (0.5, 2.0), (-2.0, 3.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # The same of `r = c*abs(x)`, by `x`: with the sign of `x` to the power of `k`.
        name="signed_power",
        arity=6,
        math="rt.signed_power({0}, {1}, {2}, {3}, {5})",
        numpy="rt.signed_power_array({0}, {1}, {2}, {3}, {5})",
        partials=lambda m, k, j, r, x, c, e: (0, 0, 0, 0, 0, 0),  # in `lengthwise.py`
        domain=((1.0, 1.0), (1.0, 1.0), (0.5, 2.0), (-2.0, 2.0), (1.0, 1.0), (-2.0, 3.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A length that moves as `sqrt(h*t)` does, with the square `t` over an `h` that is equal to
        # it, does not move and is not 0. At its tip it stands still: see `at_tip`.
        name="tip_length",
        arity=3,
        math="{0}",
        numpy="{0}",
        partials=lambda m, r, h, t: (
            0,
            0,
            m.off_tip(m.tip_half(h, m.tip_length(r, h, t)), r),
        ),
        domain=((0.5, 2.0), (0.5, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # `h/(2*r)`, which is a half.
        name="tip_half",
        arity=2,
        math="0.5",
        numpy="0.5",
        partials=lambda m, h, r: (0, -2 * m.div(m.tip_half(h, r) ** 2, h)),
        domain=((0.5, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A function `e` of such a length `r` that is flat at its tip, and moves with `t` there
        # (`lengthwise.py`).
        name="at_tip",
        arity=3,
        math="{0}",
        numpy="{0}",
        partials=lambda m, e, r, t: (1, 0, 0),
        domain=((-2.0, 2.0), (0.5, 2.0), (0.5, 2.0)),
    )
)
for _name in ("at_even_tip", "at_root"):
    TABLE.add(
        ElementwiseEntry(
            # The same of a function that is even in the length: one of its square; and where the
            # length is the root of a number.
            name=_name,
            arity=3,
            math="{0}",
            numpy="{0}",
            partials=lambda m, e, r, t: (1, 0, 0),
            domain=((-2.0, 2.0), (0.5, 2.0), (0.5, 2.0)),
        )
    )
TABLE.add(
    ElementwiseEntry(
        # How much such a function moves with `t`, and how much that does.
        name="tip_slope",
        arity=3,
        math="{0}",
        numpy="{0}",
        partials=lambda m, e, further, t: (1, 0, further),
        domain=((-2.0, 2.0), (-2.0, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A number that does not move where it is read.
        name="held",
        math="{0}",
        numpy="{0}",
        partials=lambda m, x: (0,),
        domain=((0.5, 2.0),),
    )
)
TABLE.add(
    ElementwiseEntry(
        # Whether a length is so small that its fourth power decides nothing, by the second and a
        # twelfth of the fourth derivative of a function of it.
        name="near_tip",
        arity=3,
        math="{0} == 0 or {0}*{0}*abs({2}) <= 1e-8*abs({1})",
        numpy="numpy.equal({0}, 0) | ({0}*{0}*abs({2}) <= 1e-8*abs({1}))",
        precedence=LAMBDA,
        dtype="bool",
        domain=((0.5, 2.0), (-2.0, 2.0), (-2.0, 2.0)),
    )
)
for _name, _where, _form in (("on_tip", "==", "equal"), ("off_tip", "!=", "not_equal")):
    TABLE.add(
        ElementwiseEntry(
            # A slope where a length is 0, or where it is not, and 0 elsewhere.
            name=_name,
            arity=2,
            math=f"{{0}} if {{1}} {_where} 0 else 0.0",
            numpy=f"numpy.where(numpy.{_form}({{1}}, 0), {{0}}, 0.0)",
            precedence=TERNARY,
            partials=lambda m, e, r: (0, 0),  # in `nodes.py`
            domain=((-2.0, 2.0), (0.5, 2.0)),
        )
    )
TABLE.add(
    ElementwiseEntry(
        # A length as a number that does not move, 1 for 0.
        name="still_length",
        math="{0} if {0} else 1.0",
        numpy="numpy.where(numpy.equal({0}, 0), 1, {0})",
        precedence=TERNARY,
        partials=lambda m, r: (0,),
        domain=((0.5, 2.0),),
    )
)
TABLE.add(
    ElementwiseEntry(
        # How much it moves with `t`; how that changes with `t` is not said.
        name="tip_bend",
        arity=2,
        math="{0}",
        numpy="{0}",
        partials=lambda m, e, t: (1, m.unless_zero(1)),
        domain=((-2.0, 2.0), (0.5, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A value as it was computed, and as a function of what it is differentiated as.
        name="valued",
        arity=2,
        math="{0}",
        numpy="{0}",
        partials=lambda m, v, s: (0, 1),
        domain=((-2.0, 2.0), (-2.0, 2.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # A value that is known, and what it is a value of: see `differentiate/through.py`.
        name="given",
        arity=2,
        math="{0}",
        numpy="{0}",
        partials=lambda m, v, s: (0, 1),
        domain=((-2.0, 2.0), (-2.0, 2.0)),
    )
)


# -- the deviation of centred numbers


def _mean_square(x: Any, axis: Any, keepdims: bool, count: float | None) -> Any:
    if count is None:
        return np.mean(x * x, axis=axis, keepdims=keepdims)
    return np.sum(x * x, axis=axis, keepdims=keepdims) / count


def _share(ops: Ops, x: Any, r: Any, count: float | None) -> float:
    return float(ops.aval(x).size / max(ops.aval(r).size, 1)) if count is None else count


def _root_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, *, axis: Any, keepdims: bool, count: float | None
) -> tuple[Any]:
    moved = ops.radial(spread(ops, ct, x, axis), x, spread(ops, result, x, axis))
    return (ops.div(moved, _share(ops, x, result, count)),)


def _root_pushforward(
    ops: Ops, tangents: Any, result: Any, x: Any, *, axis: Any, keepdims: bool, count: float | None
) -> Any:
    moved = ops.radial(tangents[0], x, spread(ops, result, x, axis))
    total = ops.sum(moved, axis=axis, keepdims=keepdims)
    return ops.div(total, _share(ops, x, result, count))


def _describe_root(operands: Sequence[str], params: dict[str, Any]) -> str:
    along = {k: v for k, v in params.items() if k != "count"}
    squares = [f"{tight(operands[0])}**2"]
    if params["count"] is None:
        return f"sqrt({describe_call('mean')(squares, along)})"
    return f"sqrt({describe_call('sum')(squares, along)}/{params['count']!r})"


TABLE.add(
    StructuralEntry(
        # The root of the mean of squares, or of their sum by a `count`.
        name="root_mean_square",
        numpy=lambda x, *, axis, keepdims, count: np.sqrt(_mean_square(x, axis, keepdims, count)),
        infer=lambda x, *, axis, keepdims, count: Aval.of(
            reduced_shape(x, axis, keepdims), x.dtype
        ),
        pullback=_root_pullback,
        pushforward=_root_pushforward,
        describe=_describe_root,
        samples=lambda rng: [
            ((rng.normal(size=(2, 3)),), {"axis": None, "keepdims": False, "count": None}),
            ((rng.normal(size=(2, 3)),), {"axis": (1,), "keepdims": True, "count": 2.0}),
        ],
        kinks=(Kink((0.0, 0.0), (0.0, 0.0), "the tip of the cone"),),
    )
)


def _squared_pushforward(
    ops: Ops, tangents: Any, result: Any, r: Any, x: Any, *, axis: Any, keepdims: bool
) -> Any:
    if tangents[1] is None:
        return None
    return ops.sum(ops.mul(tangents[1], ops.mul(x, 2.0)), axis=axis, keepdims=keepdims)


TABLE.add(
    StructuralEntry(
        # The square of a norm `r` that has been computed, as a function of what it is the norm of.
        name="squared_norm",
        numpy=lambda r, x, *, axis, keepdims: np.square(r),
        infer=lambda r, x, *, axis, keepdims: Aval.of(reduced_shape(x, axis, keepdims), r.dtype),
        pullback=lambda ops, ct, result, r, x, *, axis, keepdims: (
            None,
            ops.mul(spread(ops, ct, x, axis), ops.mul(x, 2.0)),
        ),
        pushforward=_squared_pushforward,
        describe=lambda o, p: f"{o[0]}**2",
    )
)
