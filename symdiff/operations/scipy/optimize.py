"""Entries for test functions of `scipy.optimize`, which ask in ways of their own what they got."""

from __future__ import annotations

from typing import Any

from ..table.entry import TABLE, Ops, StructuralEntry


def _rosen(ops: Ops, x: Any) -> Any:
    if isinstance(x, list | tuple):
        x = ops.array(*x, shape=(len(x),))
    here = ops.getitem(x, index=(("slice", None, -1, None),))
    after = ops.getitem(x, index=(("slice", 1, None, None),))
    valley = ops.square(ops.sub(after, ops.square(here)))
    terms = ops.add(ops.mul(100.0, valley), ops.square(ops.sub(1.0, here)))
    return ops.sum(terms, axis=(0,), keepdims=False)


TABLE.add(
    StructuralEntry(
        name="rosen",
        names=("scipy.optimize.rosen",),
        lower=_rosen,
        samples=lambda rng: [((rng.normal(size=4),), {}), ((rng.normal(size=(3, 2)),), {})],
    )
)
