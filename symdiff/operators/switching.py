"""`target="auto"`: native code for gradients that are called often, made while they are called.

A path is counted as it is called; once it has been called often, a thread compiles it. The next
call runs both forms, and where they agree to rounding native code answers from then on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..compile.function import Compiled
from ..program.trees import flatten

OFTEN = 200
"""So many calls of a path are answered by the Python form before native code is made."""

_ROUNDING = 1e-9
"""How far results may lie apart, of the largest number among them: a defect makes more of it."""


class Candidate:
    """A path that may become native."""

    def __init__(self, make: Callable[[], Compiled]) -> None:
        self.make = make
        self.calls = 0
        self.found: Compiled | None = None
        self.over = False
        self.why = "called too seldom so far"

    def called(self, values: Sequence[Any], python: Callable[..., Any], turn: Any) -> bool:
        """Note a call; whether native code answers from now on.

        Args:
            values: the arguments.
            python: the Python form.
            turn: is called by the thread once native code is there.
        """
        self.calls += 1
        if self.calls == OFTEN:
            threading.Thread(
                target=self._compile, args=(turn,), name="symdiff _compile", daemon=True
            ).start()
        if self.found is None or self.over:
            return False
        self.over = True
        self.why = self.found.missing
        if not self.found.native:
            return False
        try:
            same = agree(self.found.function(*values), python(*values))
        except Exception:
            same = False
        self.why = "" if same else "native code gives something else than the Python form"
        return same

    @property
    def waits(self) -> bool:
        """Whether calls are to be counted, or asked once more."""
        return not self.over and (self.calls < OFTEN or self.found is not None)

    def _compile(self, turn: Callable[[], None]) -> None:
        try:
            self.found = self.make()
        except Exception as error:
            self.over, self.why = True, repr(error)
            return
        turn()


def agree(one: Any, other: Any) -> bool:
    """Whether two results are the same but for rounding.

    >>> agree((1.0, np.ones(2)), (1.0 + 1e-15, np.ones(2))), agree(1.0, 1.1), agree(1.0, 1)
    (True, False, False)
    """
    (first, shape), (second, other_shape) = flatten(one), flatten(other)
    if shape != other_shape:
        return False
    for a, b in zip(first, second, strict=True):
        if type(a) is not type(b) or np.shape(a) != np.shape(b):
            return False
        x, y = np.asarray(a), np.asarray(b)
        if x.dtype != y.dtype:
            return False
        if x.dtype.kind != "f":
            if not np.array_equal(x, y):
                return False
            continue
        with np.errstate(all="ignore"):
            size = np.max(np.abs(y), initial=0.0, where=np.isfinite(y))
            same = (np.abs(x - y) <= _ROUNDING * size) | (x == y) | ((x != x) & (y != y))
        if not np.all(same):
            return False
    return True
