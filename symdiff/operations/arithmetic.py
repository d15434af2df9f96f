"""Entries for Python's operators: arithmetic and comparison."""

from __future__ import annotations

from typing import Any

from .entry import ADD, COMPARE, MUL, POW, TABLE, UNARY, ElementwiseEntry

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


_infix("add", "+", ADD, ("operator.add", "numpy.add"))
_infix("sub", "-", ADD, ("operator.sub", "numpy.subtract"))
_infix("mul", "*", MUL, ("operator.mul", "numpy.multiply"))
_infix(
    "div",
    "/",
    MUL,
    ("operator.truediv", "numpy.divide", "numpy.true_divide"),
    domain=((-2.0, 2.0), (0.5, 2.0)),
)

for _name, _symbol, _ufunc in (
    ("lt", "<", "less"),
    ("le", "<=", "less_equal"),
    ("gt", ">", "greater"),
    ("ge", ">=", "greater_equal"),
    ("eq", "==", "equal"),
    ("ne", "!=", "not_equal"),
):
    _infix(_name, _symbol, COMPARE, (f"operator.{_name}", f"numpy.{_ufunc}"), dtype="bool")

TABLE.add(
    ElementwiseEntry(
        name="neg",
        names=("operator.neg", "numpy.negative"),
        math="-{0}",
        numpy="-{0}",
        precedence=UNARY,
    )
)


def _pow_partials(m: Any, x: Any, y: Any) -> tuple[Any, Any]:
    # y*x**(y-1) at x = 0, y = 0 would be 0*inf; x**y*log(x) at x = 0 is 0 for every y > 0.
    return (
        m.where(m.eq(y, 0), 0, y * m.pow(x, y - 1)),
        m.where(m.eq(x, 0), 0, m.pow(x, y) * m.log(m.where(m.eq(x, 0), 1, x))),
    )


TABLE.add(
    ElementwiseEntry(
        name="pow",
        names=("operator.pow", "numpy.power", "numpy.pow", "numpy.float_power", "math.pow"),
        arity=2,
        math="{0}**{1}",
        numpy="{0}**{1}",
        precedence=POW,
        partials=_pow_partials,
        domain=((0.5, 2.0), (-2.0, 2.0)),
    )
)
