"""Sums of lists of numbers, which an array holds with room for more."""

from __future__ import annotations

import functools
import operator
import sys
from typing import Any

import numpy as np

from ...program.program import Aval
from ..table.entry import TABLE, Ops, StructuralEntry

_COMPENSATED = sys.version_info >= (3, 12)


def _sum_of_items(x: Any, count: Any, python: bool) -> Any:
    """What `sum` makes of the first numbers of an array: of Python's own, or of NumPy's."""
    items = x[: int(count)].tolist()
    if python:
        return sum(items)
    total = functools.reduce(operator.add, items, 0.0) if _COMPENSATED else sum(items)
    return np.float64(total)


def _pullback(ops: Ops, ct: Any, result: Any, x: Any, count: Any, *, python: bool) -> list[Any]:
    shape = ops.aval(x).shape
    if type(count) is int and count == shape[0]:
        return [ops.broadcast_to(ct, shape=shape), None]
    taken = ops.lt(np.arange(shape[0]), count)
    return [ops.where(taken, ct, np.zeros(shape)), None]


TABLE.add(
    StructuralEntry(
        name="sum_of_items",
        numpy=_sum_of_items,
        infer=lambda x, count, python: Aval.of((), "float64", python),
        pullback=_pullback,
        linear="each",
        signature=lambda x, count, python=True: ((x, count), {"python": python}),
        describe=lambda o, p: f"sum({o[0]}[:{o[1]}])",
        samples=lambda rng: [((rng.normal(size=5), 3), {}), ((rng.normal(size=4), 4), {})],
    )
)
