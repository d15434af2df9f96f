"""What every published function here is: an object that counts its calls, as in the suites."""

from __future__ import annotations

from typing import Any

import numpy as np


class Benchmark:
    """A test function of optimisation: bounds, a count of evaluations, `fun(x)`.

    Subclasses say where their variables live by `box` (one pair for all, or one for each) and how
    many there are by `dimensions`; `points` are further places, which choose other branches.
    """

    dimensions = 2
    box: Any = (-10.0, 10.0)
    points: Any = ()

    def __init__(self, dimensions: int | None = None) -> None:
        self._dimensions = dimensions or type(self).dimensions
        self.nfev = 0
        self.fglob: Any = np.nan
        self.global_optimum: Any = None
        self.custom_bounds: Any = None

    def __str__(self) -> str:
        return f"{self.__class__.__name__} ({self.N} dimensions)"

    def initial_vector(self, rng: Any) -> Any:
        return np.asarray([rng.uniform(lo, hi) for lo, hi in self.bounds])

    @property
    def bounds(self) -> Any:
        if self.custom_bounds is not None:
            return self.custom_bounds
        if np.ndim(self.box) == 1:
            return [self.box] * self.N
        return list(self.box)

    @property
    def N(self) -> int:
        return self._dimensions

    @property
    def xmin(self) -> Any:
        return np.asarray([b[0] for b in self.bounds])

    @property
    def xmax(self) -> Any:
        return np.asarray([b[1] for b in self.bounds])

    def success(self, x: Any, tol: float = 1e-5) -> bool:
        value = self.fun(np.asarray(x))
        self.nfev -= 1
        return bool(value <= self.fglob + tol)

    def fun(self, x: Any, *args: Any) -> Any:
        raise NotImplementedError
