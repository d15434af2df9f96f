"""One smooth system at given times, by compiled solvers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .solve import SUCCESSFUL, integrate, quietly

_MOST_STEPS = 500_000


def failed(message: str) -> ArithmeticError:
    """What is raised where a solver gives up."""
    return ArithmeticError(f"the derivative of a differential equation: {message}")


def smooth(
    slope: Callable[[float, Any], Any],
    newton: dict[str, Any] | None,
    z0: Any,
    grid: Any,
    rtol: float,
    atol: Any,
    longest: float = 0.0,
) -> Any:
    """A smooth system at the times of a grid, which begins with the first, by the compiled LSODA.

    Nothing is computed beyond the last time, where the right-hand side may end.
    """
    if abs(grid[-1] - grid[0]) <= 1e-11 * max(abs(grid[-1]), abs(grid[0])):
        return z0 + np.outer(grid - grid[0], slope(float(grid[0]), z0))
    if not np.isfinite(slope(float(grid[0]), z0)).all():
        return np.concatenate([z0[None], np.full((len(grid) - 1, len(z0)), np.nan)])
    more: dict[str, Any] = {"tcrit": [grid[-1]], **(newton or {})}

    def attempt() -> Any:
        return integrate().odeint(
            slope,
            z0,
            grid,
            tfirst=True,
            rtol=rtol,
            atol=atol,
            mxstep=_MOST_STEPS,
            hmax=longest,
            full_output=True,
            **more,
        )

    rows, info = quietly(attempt)
    if info["message"] != SUCCESSFUL or not np.isfinite(rows).all():
        return _by_radau(slope, z0, grid, rtol, atol, info["message"])
    return rows


def _by_radau(slope: Any, z0: Any, grid: Any, rtol: Any, atol: Any, message: str) -> Any:
    """Where LSODA gives up."""
    result = quietly(
        lambda: integrate().solve_ivp(
            lambda t, z: np.array(slope(t, z)),
            (grid[0], grid[-1]),
            z0,
            method="Radau",
            t_eval=grid,
            rtol=rtol,
            atol=atol,
        )
    )
    if not result.success or not np.isfinite(np.asarray(result.y)).all():
        raise failed(message if message != SUCCESSFUL else result.message)
    return result.y.T
