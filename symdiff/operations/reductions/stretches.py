"""Sums over a stretch of a vector, from one place to another: both are what the program computes.

What lies outside of it has no part in the sum. Places are those of Python's slices: counted from
the end where they are negative, and cut off at the ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry


def _sum(x: Any, start: int, stop: int) -> Any:
    return np.add.reduce(x[start:stop])


def _sum_pullback(ops: Ops, ct: Any, result: Any, x: Any, start: Any, stop: Any) -> list[Any]:
    return [
        ops.spread_over_stretch(ct, np.ones(ops.aval(x).shape, ops.aval(x).dtype), start, stop),
        None,
        None,
    ]


def _product(x: Any, y: Any, start: int, stop: int, pairs: bool) -> Any:
    """What `@` makes of two stretches, or the sum of what `*` does."""
    if pairs:
        return x[start:stop] @ y[start:stop]
    return np.add.reduce(x[start:stop] * y[start:stop])


def _product_pullback(
    ops: Ops, ct: Any, result: Any, x: Any, y: Any, start: Any, stop: Any, *, pairs: bool
) -> list[Any]:
    by_x = ops.spread_over_stretch(ct, y, start, stop)
    return [by_x, ops.spread_over_stretch(ct, x, start, stop), None, None]


def _spread(ct: Any, x: Any, start: int, stop: int) -> Any:
    """So many times the stretch, and zeros before and after it."""
    made = np.zeros(x.shape, np.result_type(x.dtype, np.asarray(ct).dtype))
    np.multiply(x[start:stop], ct, made[start:stop])
    return made


def _spread_pullback(
    ops: Ops, ct: Any, result: Any, factor: Any, x: Any, start: Any, stop: Any
) -> list[Any]:
    by_factor = ops.product_over_stretch(ct, x, start, stop, pairs=False)
    return [by_factor, ops.spread_over_stretch(factor, ct, start, stop), None, None]


def _kind(*avals: Aval) -> str:
    return np.result_type(*[a.dtype for a in avals]).name


TABLE.add(
    StructuralEntry(
        name="sum_over_stretch",
        numpy=_sum,
        infer=lambda x, start, stop: Aval.of((), _kind(x)),
        pullback=_sum_pullback,
        linear="each",
        signature=lambda x, start, stop: ((x, start, stop), {}),
        describe=lambda o, p: f"sum({o[0]}[{o[1]}:{o[2]}])",
        samples=lambda rng: [((rng.normal(size=5), 1, 4), {}), ((rng.normal(size=4), 0, -1), {})],
    )
)
TABLE.add(
    StructuralEntry(
        name="product_over_stretch",
        numpy=_product,
        infer=lambda x, y, start, stop, pairs: Aval.of((), _kind(x, y)),
        pullback=_product_pullback,
        linear="each",
        signature=lambda x, y, start, stop, pairs=True: ((x, y, start, stop), {"pairs": pairs}),
        describe=lambda o, p: (
            f"{o[0]}[{o[2]}:{o[3]}] @ {o[1]}[{o[2]}:{o[3]}]"
            if p["pairs"]
            else f"sum({o[0]}[{o[2]}:{o[3]}]*{o[1]}[{o[2]}:{o[3]}])"
        ),
        samples=lambda rng: [
            ((rng.normal(size=5), rng.normal(size=5), 1, 4), {}),
            ((rng.normal(size=4), rng.normal(size=4), 2, 9), {"pairs": False}),
        ],
    )
)
TABLE.add(
    StructuralEntry(
        name="spread_over_stretch",
        numpy=_spread,
        infer=lambda ct, x, start, stop: Aval.of(x.shape, _kind(ct, x)),
        pullback=_spread_pullback,
        linear="each",
        signature=lambda ct, x, start, stop: ((ct, x, start, stop), {}),
        describe=lambda o, p: f"{o[0]}*{o[1]}, within [{o[2]}:{o[3]}]",
        samples=lambda rng: [((rng.normal(), rng.normal(size=5), 1, 4), {})],
    )
)
