"""Entries for the elementary functions of `math` and NumPy."""

from __future__ import annotations

from .entry import TABLE, TERNARY, ElementwiseEntry

TABLE.add(
    ElementwiseEntry(
        name="where",
        names=(),
        arity=3,
        math="{1} if {0} else {2}",
        numpy="numpy.where({0}, {1}, {2})",
        precedence=TERNARY,
        partials=lambda m, c, a, b: (0, m.where(c, 1, 0), m.where(c, 0, 1)),
        domain=((-1.0, 1.0), (-2.0, 2.0), (-2.0, 2.0)),
    )
)
for _name in ("sin", "cos", "exp", "log"):
    TABLE.add(
        ElementwiseEntry(
            name=_name,
            names=(f"math.{_name}", f"numpy.{_name}", f".{_name}"),
            math=f"math.{_name}({{0}})",
            numpy=f"numpy.{_name}({{0}})",
            sympy=_name,
        )
    )
TABLE.add(
    ElementwiseEntry(
        name="sqrt",
        names=("math.sqrt", "numpy.sqrt", ".sqrt"),
        math="math.sqrt({0})",
        numpy="numpy.sqrt({0})",
        domain=((0.2, 4.0),),
    )
)
TABLE.add(
    ElementwiseEntry(
        name="tanh",
        names=("math.tanh", "numpy.tanh", ".tanh"),
        math="math.tanh({0})",
        numpy="numpy.tanh({0})",
        # 1 - tanh(x)**2 cancels for large x.
        partials=lambda m, x: (1 / m.cosh(x) ** 2,),
    )
)
TABLE.add(
    ElementwiseEntry(
        name="cosh",
        names=("math.cosh", "numpy.cosh", ".cosh"),
        math="math.cosh({0})",
        numpy="numpy.cosh({0})",
        sympy="cosh",
    )
)
TABLE.add(
    ElementwiseEntry(
        name="abs",
        names=("builtins.abs", "math.fabs", "numpy.abs", "numpy.fabs", ".abs"),
        math="abs({0})",
        numpy="abs({0})",
        partials=lambda m, x: (m.sign(x),),
    )
)
TABLE.add(
    ElementwiseEntry(
        name="sign",
        names=("numpy.sign",),
        math="rt.sign({0})",
        numpy="numpy.sign({0})",
        partials=lambda m, x: (0,),
    )
)
