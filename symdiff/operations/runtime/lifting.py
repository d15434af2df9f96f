"""Functions of numbers, applied to arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .near_zero import near_0 as near_0
from .near_zero import near_0_array as near_0_array


def array_function(
    scalar: Callable[..., float], pole: float = math.nan, dtype: type = float
) -> Callable[..., Any]:
    """A function of numbers applied to arrays: `inf` where it overflows, `pole` where undefined.

    The result has the dtype NumPy would give a floating-point function of the operands.

    >>> array_function(math.sqrt)(np.array([4.0, -1.0]))
    array([ 2., nan])
    """

    def safe(*x: Any) -> float:
        # In double precision: what single precision is asked for on the way may be beyond it.
        x = tuple([v.item() if isinstance(v, np.generic) else v for v in x])
        if any(v != v for v in x):
            return math.nan
        try:
            return scalar(*x)
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return pole

    vectorized: Any = None

    def apply(*x: Any) -> Any:
        nonlocal vectorized
        if vectorized is None:
            vectorized = np.vectorize(safe, otypes=[dtype])
        with np.errstate(all="ignore"):
            out = vectorized(*x)
        result = np.result_type(*x)
        if dtype is float and result.kind == "f" and result != out.dtype:
            out = out.astype(result)
        return out[()]

    return apply
