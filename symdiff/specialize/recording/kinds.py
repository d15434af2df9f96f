"""Classes of numbers: those whose operators are known, and traced numbers of a user's own class."""

from __future__ import annotations

from typing import Any

import numpy as np

from .tracer import UNKNOWN, Tracer

STANDARD = frozenset(
    {float, int, bool, complex, np.ndarray, type(UNKNOWN), np.bool_, np.longdouble, np.clongdouble}
    | {np.dtype(code).type for code in "efdFDbhilqBHILQ"}
)
"""Classes of numbers and arrays of which it is known what their operators do."""


def kind_of(value: Any) -> type:
    """The class of a value, of a traced one as the user sees it."""
    return type(value.value) if type(value) is Tracer else type(value)


def as_number(value: Any) -> Any:
    """A traced number of a class of the user's own as the plain number that it is."""
    if type(value) is not Tracer or type(value.value) in STANDARD:
        return value
    plain: Any = int if isinstance(value.value, int) else float
    if not isinstance(value.value, int | float):
        return value
    return value.recorder.handle(plain.__pos__(value.value), value.recorder.operand(value))
