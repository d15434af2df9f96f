"""Solve for a state and how it moves, to tighter tolerances than the user's own.

Everything is integrated forward, with the state: that is stable wherever the equation itself is.
LSODA (Petzold 1983) changes between methods for stiff and for other equations by itself, so that it
serves whatever method the user has chosen. The error control takes in the sensitivities, each
scaled by the size of what it is a derivative with respect to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .equations import RightHandSide
from .solve import Plan
from .stepping import smooth

_FINEST = 1e-12
_COARSEST = 1e-6
_TIGHTER = 0.1


def solve(
    rhs: RightHandSide,
    plan: Plan,
    scale: Sequence[float],
    z0: Any,
    ends: Any,
    times: Any,
    params: Sequence[Any],
) -> Any:
    """The states and sensitivities at some times, a row each.

    Args:
        rhs: of states and sensitivities.
        plan: the user's, for the tolerances.
        scale: of each column, the size of what it is a derivative with respect to.
        z0: at the beginning.
        ends: where it begins, and in which direction it goes.
        times: in any order.
        params: of `rhs`.
    """
    from .pieces import Pieces

    z0, times = np.asarray(z0, float), np.asarray(times, float)
    start = float(ends[0])
    result = np.empty((len(times), len(z0)))
    rtol, atol = tolerances(rhs, plan, scale)
    for side in (times >= start, times < start):
        if not side.any():
            continue
        wanted, places = np.unique(times[side], return_inverse=True)
        if wanted[0] < start:
            wanted, places = wanted[::-1], len(wanted) - 1 - places
        begins = wanted[0] == start
        grid = wanted if begins else np.concatenate([[start], wanted])
        if len(grid) == 1:
            rows = z0[None]
        elif rhs.smooth:
            slope, newton = rhs.single(params), rhs.newton(params)
            rows = smooth(slope, newton, z0, grid, rtol, atol, longest(plan))
        else:
            rows = Pieces(rhs, params, rtol, atol, longest(plan)).solve(z0, grid)
        result[side] = (rows if begins else rows[1:])[places]
    return result


def longest(plan: Plan) -> float:
    """The longest step that the user allows; 0 for any."""
    name = "hmax" if plan.solver == "odeint" else "max_step"
    found = plan.setting(name, 0.0)
    return float(found) if np.isfinite(found) else 0.0


def tolerances(rhs: RightHandSide, plan: Plan, scale: Sequence[float]) -> tuple[float, Any]:
    """The relative tolerance, and the absolute one of each element, for a system."""
    rtol, atol = plan.tolerances()
    smallest = max(float(np.min(rtol)), 1e-15)
    ours = min(max(_TIGHTER * smallest, _FINEST), _COARSEST)
    whole = np.broadcast_to(np.asarray(atol, float), (rhs.base.size,))
    whole = np.maximum(whole * min(1.0, ours / smallest), 1e-30)
    level, chain = rhs, []
    while level.origin is not None:
        level, columns = level.origin
        chain.append(len(columns))
    left = list(scale)
    for count in reversed(chain):
        own, left = left[:count], left[count:]
        whole = np.concatenate([whole, *[whole / s for s in own]])
    return ours, whole
