"""The larger and the smaller of two, and what is made of them: `maximum`, `clip`, `relu`.

A tie is shared half and half. What is differentiated again takes one of the two there
(`differentiate/sides.py`).
"""

from __future__ import annotations

from typing import Any

from ..table.entry import (
    ADD,
    COMPARE,
    MUL,
    TABLE,
    TERNARY,
    ElementwiseEntry,
    Kink,
    Ops,
    StructuralEntry,
)
from .elementary import call_names
from .nonsmooth import HALF, binary

TABLE.add(
    ElementwiseEntry(
        # What reaches an operand of a tie, a half, which is all or nothing once it is
        # differentiated.
        name="tied",
        arity=2,
        math="0.5*{0}",
        numpy="0.5*{0}",
        precedence=MUL,
        partials=lambda m, g, s: (s, 0),
        domain=((-2.0, 2.0), (1.0, 1.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # The same with all or nothing.
        name="tied_along",
        arity=2,
        math="{0}*{1}",
        numpy="{0}*{1}",
        precedence=MUL,
        partials=lambda m, g, s: (s, 0),
        domain=((-2.0, 2.0), (1.0, 1.0)),
    )
)
TABLE.add(
    ElementwiseEntry(
        # Whether the first of two is taken, of which one is larger by so much.
        name="first_taken",
        math="0.0 if {0} < 0 else 1.0",
        numpy="numpy.where(numpy.less({0}, 0), 0.0, 1.0)",
        precedence=TERNARY,
        partials=lambda m, x: (0,),
        domain=((0.1, 2.0),),
    )
)
TABLE.add(
    ElementwiseEntry(
        # That as one comes from a direction: see `side_toward`.
        name="first_toward",
        arity=4,
        math="0.5 + 0.5*rt.side_toward({0}, {1}, {2}, {3})",
        numpy="0.5 + 0.5*rt.side_toward_array({0}, {1}, {2}, {3})",
        precedence=ADD,
        partials=lambda m, x, d, e, facing: (0, 0, 0, 0),
        domain=((0.1, 2.0), (-1.0, 1.0), (-1.0, 1.0), (1.0, 1.0)),
    )
)

for _name in ("larger_taken", "smaller_taken"):
    TABLE.add(
        ElementwiseEntry(
            # Whether the first of two is the larger or smaller, which the third knows.
            name=_name,
            arity=3,
            math="{2} != 0",
            numpy="numpy.not_equal({2}, 0)",
            precedence=COMPARE,
            dtype="bool",
            domain=((-2.0, 0.0), (0.1, 2.0), (0.0, 0.0)),
        )
    )


def _pair(name: str, names: tuple[str, ...], taken: Any, math: str, numpy: str) -> None:
    """Enter the larger or smaller of two, and the same which knows what will be taken of a tie.

    `taken(m, a, b, at_tie)` gives the partials, in which `at_tie` are those of a tie.
    """
    binary(
        name,
        names,
        math=math,
        numpy=numpy,
        partials=lambda m, a, b: taken(m, a, b, (m.tied(1, 1), m.tied(1, 0))),
        domain=((-2.0, 0.0), (0.1, 2.0)),
        kinks=(Kink((1.0, 1.0), HALF, "a tie is shared"),),
    )
    TABLE.add(
        ElementwiseEntry(
            name=f"{name}_along",
            arity=3,
            math=math,
            numpy=numpy,
            partials=lambda m, a, b, s: (*taken(m, a, b, (m.tied(1, s), m.tied(1, 1 - s))), 0),
            domain=((-2.0, 0.0), (0.1, 2.0), (0.0, 0.0)),
        )
    )


def _numpy_pair(name: str, better: str) -> None:
    def taken(m: Any, a: Any, b: Any, at_tie: tuple[Any, Any]) -> tuple[Any, Any]:
        first, second = (a, b) if better == "gt" else (b, a)
        tie = m.eq(a, b)
        return (
            m.where(m.gt(first, second), 1, m.where(tie, at_tie[0], 0)),
            m.where(m.gt(second, first), 1, m.where(tie, at_tie[1], 0)),
        )

    _pair(
        name,
        call_names(name, math=False),
        taken,
        f"rt.{name}({{0}}, {{1}})",
        f"numpy.{name}({{0}}, {{1}})",
    )


for _name, _better in (("maximum", "gt"), ("minimum", "lt"), ("fmax", "gt"), ("fmin", "lt")):
    _numpy_pair(_name, _better)


# Python's own `max(a, b)` is `b if b > a else a`: of the numbers' own type, and nan only if a is.
def _python_pair(name: str, builtin: str, worse: str) -> None:
    def taken(m: Any, a: Any, b: Any, at_tie: tuple[Any, Any]) -> tuple[Any, Any]:
        less, tie = getattr(m, worse)(a, b), m.eq(a, b)
        return (
            m.where(less, 0, m.where(tie, at_tie[0], 1)),
            m.where(less, 1, m.where(tie, at_tie[1], 0)),
        )

    _pair(name, (), taken, f"{builtin}({{0}}, {{1}})", f"rt.{name}_array({{0}}, {{1}})")


_python_pair("larger", "max", "lt")
_python_pair("smaller", "min", "gt")


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
