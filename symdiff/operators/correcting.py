"""Results of double precision, corrected where a run in extended precision gives others."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..compile.extended import NOT_CORRECTED
from ..operations.runtime.ranges import is_extended
from ..program.trees import flatten, unflatten

_CLOSE = 1e-10


def corrected(result: Any, extended: Any) -> Any:
    """The nested result, with numbers of a second run in place of those that are not close to it.

    So what is right in double precision stays as it is, to the last bit.

    >>> corrected((1.0, [0.0, float("nan")]), (1.0000000000000002, [2e-150, float("inf")]))
    (1.0, [2e-150, inf])
    """
    leaves, structure = flatten(result)
    return unflatten(structure, list(map(_nearer, leaves, flatten(extended)[0])))


def is_whole(extended: Any) -> bool:
    """Whether a second run gave all of a result, and not what it leaves to the function itself."""
    return all(leaf is not NOT_CORRECTED for leaf in flatten(extended)[0])


def _nearer(value: Any, other: Any) -> Any:
    if other is NOT_CORRECTED:
        return value
    if is_extended(other):
        return other
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        with np.errstate(all="ignore"):
            wrong = ~((value == other) | (np.abs(value - other) <= _CLOSE * np.abs(other)))
            if np.any(wrong):
                value[wrong] = other[wrong]
        return value
    if isinstance(value, float):
        right = value == other or abs(value - other) <= _CLOSE * abs(other)
        return value if right else other
    return value
