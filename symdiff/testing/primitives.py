"""The check of one entry of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..operations.table.entry import ElementwiseEntry, Entry
from .elementwise import check_elementwise
from .structural import check_structural


def check_primitive(
    entry: Entry,
    *,
    reference: Callable[..., Any] | None = None,
    seed: int = 0,
) -> None:
    """Check everything an entry of the table says about itself.

    Value against NumPy, `math` and SciPy (by the entry's own names); partials or pullback and
    pushforward, first and second order; every kink; broadcasting; `float32` in, `float32` out; and
    that the source for Python numbers agrees with the source for arrays or raises.

    Args:
        entry: an entry of the table.
        reference: an independent implementation, where no name of the entry has one.
        seed: of the random points.

    Raises:
        AssertionError: something does not agree.

    >>> from symdiff.operations import TABLE
    >>> check_primitive(TABLE.entries["tanh"])
    """
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):
        if isinstance(entry, ElementwiseEntry):
            check_elementwise(entry, reference, rng)
        else:
            check_structural(entry, reference, rng)
