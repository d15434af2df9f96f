"""Sums along an axis as products with ones, which BLAS computes several times as fast."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np


@lru_cache(maxsize=128)
def ones(n: int) -> Any:
    """A vector of ones, the same one for each length.

    >>> ones(3) @ np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    array([ 9., 12.])
    """
    made = np.ones(n)
    made.flags.writeable = False
    return made
