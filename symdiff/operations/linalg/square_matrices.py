"""What the rules for square matrices share: SciPy, imported late, shapes, and samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...program.program import Aval
from ..table.entry import Ops


def scipy_linalg() -> Any:
    """`scipy.linalg`, which is imported when one of its functions is called."""
    import scipy.linalg

    return scipy.linalg


def transpose_of(ops: Ops, x: Any) -> Any:
    """The transpose of a matrix; of a stack, all axes turned round."""
    return ops.transpose(x, axes=None)


def square(name: str, a: Aval) -> Aval:
    """The matrix itself.

    Raises:
        UnsupportedError: it is not one square matrix.
    """
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise UnsupportedError(f"`{name}` of shape {a.shape} is not supported")
    return a


def well_posed(rng: Any) -> Any:
    """A sample whose inverse keeps its digits."""
    return rng.normal(size=(3, 3)) + 4.0 * np.eye(3)
