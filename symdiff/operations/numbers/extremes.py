"""The larger and the smaller of two, and what is made of them: `maximum`, `clip`, `relu`.

A tie is shared half and half. What is differentiated again has a side there, on which the first
operand is taken (`differentiate/sides.py`).
"""

from __future__ import annotations

from typing import Any

from ..table.entry import MUL, TABLE, UNARY, ElementwiseEntry, Kink, Ops, StructuralEntry
from .elementary import call_names
from .nonsmooth import HALF, binary

# What reaches an operand of a tie: a half.
for _name, _slope in (("tied_first", 1), ("tied_second", 0)):
    TABLE.add(
        ElementwiseEntry(
            name=_name,
            math="0.5*{0}",
            numpy="0.5*{0}",
            precedence=MUL,
            partials=lambda m, g, slope=_slope: (slope,),
            domain=((-2.0, 2.0),),
        )
    )
    TABLE.add(
        ElementwiseEntry(
            # The same with that side.
            name=f"{_name}_along",
            math="+{0}" if _slope else "0.0*{0}",
            numpy="+{0}" if _slope else "0.0*{0}",
            precedence=UNARY if _slope else MUL,
            partials=lambda m, g, slope=_slope: (slope,),
            domain=((-2.0, 2.0),),
        )
    )


TABLE.add(
    ElementwiseEntry(
        # The larger or smaller of two, which will be differentiated again.
        name="of_sides",
        math="{0}",
        numpy="{0}",
        partials=lambda m, x: (1,),
        domain=((-2.0, 2.0),),
    )
)


def _taken(m: Any, first: Any, second: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """1 for the operand that is taken, a half for both at a tie."""
    tie = m.eq(a, b)
    return (
        m.where(first, 1, m.where(tie, m.tied_first(1), 0)),
        m.where(second, 1, m.where(tie, m.tied_second(1), 0)),
    )


for _name, _largest in (("maximum", True), ("minimum", False), ("fmax", True), ("fmin", False)):
    binary(
        _name,
        call_names(_name, math=False),
        partials=(lambda m, a, b: _taken(m, m.gt(a, b), m.gt(b, a), a, b))
        if _largest
        else (lambda m, a, b: _taken(m, m.gt(b, a), m.gt(a, b), a, b)),
        domain=((-2.0, 0.0), (0.1, 2.0)),
        kinks=(Kink((1.0, 1.0), HALF, "a tie is shared"),),
    )
# Python's own `max(a, b)` is `b if b > a else a`: of the numbers' own type, and nan only if a is.
for _name, _builtin, _worse in (("larger", "max", "lt"), ("smaller", "min", "gt")):
    binary(
        _name,
        (),
        math=f"{_builtin}({{0}}, {{1}})",
        numpy=f"rt.{_name}_array({{0}}, {{1}})",
        partials=lambda m, a, b, worse=_worse: (
            m.where(getattr(m, worse)(a, b), 0, m.where(m.eq(a, b), m.tied_first(1), 1)),
            m.where(getattr(m, worse)(a, b), 1, m.where(m.eq(a, b), m.tied_second(1), 0)),
        ),
        domain=((-2.0, 0.0), (0.1, 2.0)),
        kinks=(Kink((1.0, 1.0), HALF, "a tie is shared"),),
    )


def _clip(ops: Ops, x: Any, low: Any = None, high: Any = None, **bounds: Any) -> Any:
    low = bounds.pop("min", bounds.pop("a_min", low))
    high = bounds.pop("max", bounds.pop("a_max", high))
    from ..table.masked import as_dtype
    from ..table.signatures import refuse

    dtype = bounds.pop("dtype", None)
    refuse("clip", bounds)
    if dtype is not None:
        x, low, high = [v if v is None else as_dtype(ops, v, dtype) for v in (x, low, high)]
    if low is not None:
        x = ops.maximum(x, low)
    return x if high is None else ops.minimum(x, high)


TABLE.add(
    StructuralEntry(
        name="clip",
        names=("numpy.clip", "torch.clip", "torch.clamp", "jax.numpy.clip", ".clip", ".clamp"),
        lower=_clip,
        samples=lambda rng: [
            ((rng.uniform(-2, 2, 6), -1.0, 1.0), {}),
            ((rng.uniform(-2, 2, 6), None, 0.5), {}),
            ((rng.uniform(-2, 2, (2, 3)),), {"a_min": -0.5, "a_max": None}),
        ],
    )
)
TABLE.add(
    StructuralEntry(
        name="relu",
        names=("torch.relu", "torch.nn.functional.relu", "jax.nn.relu", ".relu"),
        lower=lambda ops, x: ops.maximum(x, 0),
        samples=lambda rng: [((rng.normal(size=5),), {})],
    )
)


def _extreme(name: str, reduction: str) -> Any:
    def lower(ops: Ops, *args: Any, **kwargs: Any) -> Any:
        from ..table.signatures import refuse

        refuse(f"builtins.{reduction}", kwargs)
        if len(args) == 1:
            if not isinstance(args[0], (tuple, list)):
                return ops.apply(reduction, args[0])
            args = tuple(args[0])
        result = args[0]
        for other in args[1:]:
            result = ops.apply(name, result, other)
        return result

    return lower


for _reduction, _name in (("max", "larger"), ("min", "smaller")):
    TABLE.add(
        StructuralEntry(
            name=f"{_reduction}_of",
            names=(f"builtins.{_reduction}",),
            lower=_extreme(_name, _reduction),
            samples=lambda rng: [((rng.uniform(-2, 2, 1)[0], 0.1, 0.3), {})],
        )
    )
