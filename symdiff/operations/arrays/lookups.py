"""Entries that find a number in a list, tuple or dict by a place that the program computes."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...program.program import INT, Aval
from ..table.entry import TABLE, Ops, StructuralEntry


def _pick_pullback(ops: Ops, ct: Any, result: Any, *operands: Any) -> list[Any]:
    *items, place = operands
    whole = ops.scatter_add(ct, place, index=(("place", 0),), shape=(len(items),))
    return [*[ops.getitem(whole, index=(k,)) for k in range(len(items))], None]


def _pick_pushforward(ops: Ops, tangents: Sequence[Any], result: Any, *operands: Any) -> Any:
    *items, place = operands
    if all(t is None for t in tangents[: len(items)]):
        return None
    return ops.pick(*[0.0 if t is None else t for t in tangents[: len(items)]], place)


TABLE.add(
    StructuralEntry(
        name="pick",
        numpy=lambda *operands: operands[:-1][operands[-1]],
        infer=lambda *avals: Aval.of((), avals[0].dtype, all(a.weak for a in avals[:-1])),
        pullback=_pick_pullback,
        pushforward=_pick_pushforward,
        emit=lambda o, p: f"({', '.join(o[:-1])},)[{o[-1]}]",
        describe=lambda o, p: f"({', '.join(o[:-1])},)[{o[-1]}]",
        samples=lambda rng: [((*rng.normal(size=3), 1), {}), ((*rng.normal(size=2), -2), {})],
    )
)


@lru_cache(maxsize=256)
def _places(keys: tuple[Any, ...]) -> dict[Any, int]:
    return {key: k for k, key in enumerate(keys)}


TABLE.add(
    StructuralEntry(
        name="key_place",
        numpy=lambda key, *, keys: _places(keys)[key],
        prepare=lambda *, keys: _places(keys).__getitem__,
        infer=lambda key, *, keys: INT,
        pullback=lambda ops, ct, result, key, *, keys: (None,),
        pushforward=lambda ops, tangents, result, key, *, keys: None,
        describe=lambda o, p: f"place({o[0]}, {p['keys']})",
    )
)


def _insertion_point(*operands: Any, right: bool) -> int:
    """Where `bisect` puts a number: the same comparisons, so right for any order of the items."""
    *items, x = operands
    found: Any = items[0] if len(items) == 1 and np.ndim(items[0]) else items
    return (bisect.bisect_right if right else bisect.bisect_left)(found, x)


TABLE.add(
    StructuralEntry(
        name="insertion_point",
        numpy=_insertion_point,
        infer=lambda *avals, right: INT,
        pullback=lambda ops, ct, result, *operands, right: (None,) * len(operands),
        pushforward=lambda ops, tangents, result, *operands, right: None,
        describe=lambda o, p: f"bisect({', '.join(o)})",
        samples=lambda rng: [
            ((-1.0, 0.0, 1.0, rng.uniform(-1, 1)), {"right": True}),
        ],
    )
)
