"""Published test functions of optimisation, written from their formulas in the styles of the suites.

`all_functions()` gives each with the places where it is tried. To add one, write a class in
`multimodal.py`, `two_dimensions.py` or `steps.py`, or a function with its places in the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import constrained, least_squares, multimodal, shifted, steps, two_dimensions
from .base import Benchmark


def all_functions() -> list[tuple[str, Callable[[Any], Any], list[Any], Callable[[], None] | None]]:
    """Every function: its name, the function, where it is tried, and what to do before a call."""
    found: list[Any] = []
    for module in (multimodal, two_dimensions, steps):
        for cls in vars(module).values():
            if not isinstance(cls, type) or not issubclass(cls, Benchmark) or cls is Benchmark:
                continue
            one = cls()
            rng = np.random.default_rng(len(found))
            places = [one.initial_vector(rng) for _ in range(3)]
            places += [np.array(p, dtype=float) for p in one.points]
            found.append((cls.__name__, one.fun, places, getattr(one, "reset", None)))
    for module in (least_squares, constrained, shifted):
        for function, places in module.CASES:
            found.append((function.__name__, function, places, None))
    return found
