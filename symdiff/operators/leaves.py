"""One path through a function, and what has been compiled of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..compile.function import Compiled
from ..specialize.result import Specialization
from .alike import has_loops

_MOST_FAILURES = 3
"""So often numbers may raise that small arrays have been taken apart into."""


class Leaf:
    """One specialization and what has been compiled of it, by the name of the variant."""

    __slots__ = (
        *("__weakref__", "answers", "arrays", "compiled", "failures"),
        *("specialization", "structured", "times"),
    )

    def __init__(self, specialization: Specialization) -> None:
        self.specialization = specialization
        # Of some no path tells which it is: guards stand in arms, lengths are left free.
        self.structured = has_loops(specialization.program) or bool(specialization.free)
        self.compiled: dict[tuple[str, bool], Compiled] = {}
        self.answers: tuple[Compiled, Callable[..., Any]] | None = None  # what calls run directly
        self.times = 0  # that a call took its path
        self.failures = 0  # of numbers in the place of small arrays
        self.arrays = False  # whether those are arrays from then on

    def failed(self, variant: str) -> bool:
        """Note that compiled code has raised; whether small arrays shall be arrays from now on.

        Numbers raise where NumPy has infinities, and each time the careful form has to answer.
        """
        compiled = self.compiled.get((variant, False))
        if compiled is None or not compiled.numbers:
            return False
        self.failures += 1
        if self.failures < _MOST_FAILURES:
            return False
        self.arrays = True
        self.compiled = {k: made for k, made in self.compiled.items() if not made.numbers}
        return True
