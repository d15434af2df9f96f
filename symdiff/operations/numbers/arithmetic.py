"""Entries for Python's operators: arithmetic, comparison, logic on bools and bits on integers.

Integers stay integers where Python keeps them: `7 // 2` is `3`, and nothing here converts.
"""

from __future__ import annotations

from typing import Any

from ..table.entry import (
    ADD,
    BITOR,
    COMPARE,
    MUL,
    NOT,
    POW,
    TABLE,
    UNARY,
    ElementwiseEntry,
    Kink,
    StructuralEntry,
)

_BINARY = ((-2.0, 2.0), (-2.0, 2.0))


def _infix(name: str, symbol: str, precedence: int, names: tuple[str, ...], **more: Any) -> None:
    form = f"{{0}} {symbol} {{1}}" if precedence <= ADD else f"{{0}}{symbol}{{1}}"
    options: dict[str, Any] = {"domain": _BINARY, **more}
    TABLE.add(
        ElementwiseEntry(
            name=name,
            names=names,
            arity=2,
            math=form,
            numpy=form,
            precedence=precedence,
            **options,
        )
    )


_infix("add", "+", ADD, ("operator.add", "numpy.add", "torch.add", "jax.numpy.add", ".add"))
_infix(
    "sub", "-", ADD, ("operator.sub", "numpy.subtract", "torch.sub", "jax.numpy.subtract", ".sub")
)
_infix(
    "mul", "*", MUL, ("operator.mul", "numpy.multiply", "torch.mul", "jax.numpy.multiply", ".mul")
)
_infix(
    "div",
    "/",
    MUL,
    (
        "operator.truediv",
        "numpy.divide",
        "numpy.true_divide",
        "torch.div",
        "jax.numpy.divide",
        ".div",
    ),
    domain=((-2.0, 2.0), (0.5, 2.0)),
)
# The quotient is a step function of both operands.
_infix(
    "floordiv",
    "//",
    MUL,
    ("operator.floordiv", "numpy.floor_divide", "jax.numpy.floor_divide"),
    partials=lambda m, x, y: (0, 0),
    domain=((2.1, 2.4), (0.85, 0.95)),
    kinks=(Kink((2.0, 1.0), (0.0, 0.0), "the derivative of a step is 0, on the step too"),),
)
# mod(x, y) = x - y*floor(x/y); at a jump the formula's own one-sided value is kept.
_infix(
    "mod",
    " % ",
    MUL,
    ("operator.mod", "numpy.mod", "numpy.remainder", "jax.numpy.mod", "jax.numpy.remainder"),
    partials=lambda m, x, y: (1, -m.floordiv(x, y)),
    domain=((2.1, 2.4), (0.85, 0.95)),
    kinks=(Kink((2.0, 1.0), (1.0, -2.0), "1 and -(x // y), also where it jumps"),),
)

for _name, _symbol, _ufunc in (
    ("lt", "<", "less"),
    ("le", "<=", "less_equal"),
    ("gt", ">", "greater"),
    ("ge", ">=", "greater_equal"),
    ("eq", "==", "equal"),
    ("ne", "!=", "not_equal"),
):
    _infix(
        _name,
        _symbol,
        COMPARE,
        (f"operator.{_name}", f"numpy.{_ufunc}", f"jax.numpy.{_ufunc}"),
        dtype="bool",
    )

for _name, _symbol, _python in (
    ("bit_and", "&", "and_"),
    ("bit_or", "|", "or_"),
    ("bit_xor", "^", "xor"),
):
    _infix(
        _name,
        _symbol,
        BITOR,
        (f"operator.{_python}", f"numpy.bitwise_{_python.rstrip('_')}"),
        dtype="bool",
    )

for _name in ("logical_and", "logical_or", "logical_xor"):
    TABLE.add(
        ElementwiseEntry(
            name=_name,
            names=(f"numpy.{_name}", f"torch.{_name}", f"jax.numpy.{_name}"),
            arity=2,
            math=f"rt.{_name}({{0}}, {{1}})",
            numpy=f"numpy.{_name}({{0}}, {{1}})",
            dtype="bool",
            domain=_BINARY,
        )
    )
TABLE.add(
    ElementwiseEntry(
        name="logical_not",
        names=("numpy.logical_not", "torch.logical_not", "jax.numpy.logical_not"),
        math="not {0}",
        numpy="numpy.logical_not({0})",
        precedence=NOT,
        dtype="bool",
    )
)
# Not `~`: of a Python bool that is -2 or -1, and a comparison of two floats is a Python bool.
TABLE.add(
    ElementwiseEntry(
        name="invert",
        names=("operator.invert", "operator.inv", "numpy.invert", "numpy.bitwise_not"),
        math="rt.invert({0})",
        numpy="numpy.invert({0})",
        dtype="bool",
    )
)
TABLE.add(
    ElementwiseEntry(
        name="neg",
        names=("operator.neg", "numpy.negative", "torch.neg", "jax.numpy.negative", ".neg"),
        math="-{0}",
        numpy="-{0}",
        precedence=UNARY,
    )
)
TABLE.add(
    ElementwiseEntry(
        name="pos",
        names=("operator.pos", "numpy.positive", "jax.numpy.positive"),
        math="+{0}",
        numpy="+{0}",
        precedence=UNARY,
    )
)


def _pow_partials(strict: bool) -> Any:
    # y*x**(y - 1) at x = 0, y = 0 would be 0*inf; x**y*log(x) at x = 0 is 0 for every y > 0. What
    # stands for them there knows its own derivatives, which are not zero for that. Below zero,
    # x**(y - 1) is infinite where x**y is large and what it is multiplied by is small.
    def partials(m: Any, x: Any, y: Any) -> tuple[Any, Any]:
        at_zero = m.log_power_at_0(1, x, y)
        if not strict:
            at_zero = m.where(m.eq(y, 0), m.cusp(y), at_zero)
        value = m.strict_pow(x, y) if strict else m.pow(x, y)
        falls = m.lt(y, 0)
        over = m.div(value, m.where(falls, x, 1))  # which is computed in either case
        slope = m.where(falls, y * over, y * m.strict_pow(x, y - 1))
        return (
            m.where(m.bit_and(m.eq(x, 0), m.eq(y, 0)), m.cusp(y), slope),
            m.where(m.eq(x, 0), at_zero, value * m.log(m.where(m.eq(x, 0), 1, x))),
        )

    return partials


TABLE.add(
    ElementwiseEntry(
        name="pow",
        names=(
            "operator.pow",
            "builtins.pow",
            "numpy.power",
            "numpy.pow",
            "math.pow",
            "torch.pow",
            "jax.numpy.power",
            ".pow",
        ),
        arity=2,
        math="{0}**{1}",
        numpy="{0}**{1}",
        precedence=POW,
        partials=_pow_partials(strict=False),
        domain=((0.5, 2.0), (-2.0, 2.0)),
        kinks=(
            Kink((0.0, 0.0), (0.0, 0.0), "x**0 is 1 for every x, 0**y is 0 for every y > 0"),
            Kink((0.0, 2.0), (0.0, 0.0), "x**y*log(x) tends to 0"),
        ),
    )
)
# A power in a derivative: 0**y jumps at y = 0, which no convention makes smooth.
TABLE.add(
    ElementwiseEntry(
        name="strict_pow",
        arity=2,
        math="{0}**{1}",
        numpy="{0}**{1}",
        precedence=POW,
        partials=_pow_partials(strict=True),
        domain=((0.5, 2.0), (-2.0, 2.0)),
    )
)
TABLE.add(
    StructuralEntry(
        name="divmod",
        names=("builtins.divmod", "numpy.divmod"),
        lower=lambda ops, x, y: (ops.floordiv(x, y), ops.mod(x, y)),
        samples=lambda rng: [((rng.uniform(2.1, 2.4, 3), 0.9), {})],
    )
)
