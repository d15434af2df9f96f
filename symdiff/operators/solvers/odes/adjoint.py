"""The adjoint of a smooth differential equation, for many parameters.

The state is solved forward once, and kept: between two steps of LSODA its solution is a polynomial,
which a few points give back. The adjoint `v` is integrated backward along it, with the integrals
of `f_p^T v`; that is stable wherever the equation itself is. At each time whose state is asked for,
`v` takes in the cotangent of that state.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .columns import banded
from .equations import RightHandSide
from .sensitivities import longest, tolerances
from .solve import SUCCESSFUL, Plan, integrate, quietly
from .stepping import failed, smooth

_POINTS = 9
_NODES = 0.5 - 0.5 * np.cos(np.pi * np.arange(_POINTS) / (_POINTS - 1))
_TO_POWERS = np.linalg.inv(np.vander(_NODES, increasing=True))
_POWERS = np.arange(_POINTS)


class Dense:
    """A solution at any time, as polynomials between the steps of the solver."""

    def __init__(
        self,
        rhs: RightHandSide,
        params: Sequence[Any],
        y0: Any,
        start: float,
        end: float,
        rtol: float,
        atol: Any,
        step: float,
    ) -> None:
        slope = rhs.single(params)
        seen = [start, end]

        def watched(t: float, y: Any) -> Any:
            seen.append(t)
            return slope(t, y)

        more = rhs.newton(params)
        settings = {"rtol": rtol, "atol": atol, "tfirst": True, "mxstep": 500_000, "hmax": step}
        _, info = quietly(
            lambda: integrate().odeint(
                watched, y0, [start, end], tcrit=[end], full_output=True, **settings, **more
            )
        )
        if info["message"] != SUCCESSFUL:
            seen += np.linspace(start, end, 400).tolist()
        low, high = min(start, end), max(start, end)
        knots = np.unique(np.clip(seen, low, high))
        knots = knots[np.concatenate([[True], np.diff(knots) > 1e-13 * (high - low)])]
        knots[-1] = high
        widths = np.diff(knots)
        grid = (knots[:-1, None] + widths[:, None] * _NODES)[:, :-1].ravel()
        grid = np.append(grid, high)
        order = slice(None) if end >= start else slice(None, None, -1)
        rows = smooth(slope, more, y0, grid[order], rtol, atol, step)[order]
        places = np.arange(len(widths))[:, None] * (_POINTS - 1) + np.arange(_POINTS)
        self._coefficients = np.einsum("pq,iqn->ipn", _TO_POWERS, rows[places])
        self._knots = knots.tolist()
        self._widths = widths.tolist()

    def __call__(self, t: float) -> Any:
        """The state at one time."""
        k = min(max(bisect_right(self._knots, t) - 1, 0), len(self._widths) - 1)
        s = (t - self._knots[k]) / self._widths[k]
        return (s**_POWERS) @ self._coefficients[k]


def solve(
    rhs: RightHandSide,
    plan: Plan,
    active: tuple[int, ...],
    y0: Any,
    ends: Any,
    times: Any,
    params: Sequence[Any],
    cotangents: Any,
) -> Any:
    """The cotangents of `y0`, of the initial time and of some parameters, one after another.

    Args:
        rhs: a smooth equation.
        plan: the user's, for the tolerances.
        active: the numbers of the parameters.
        y0: the state at the beginning.
        ends: where it begins, and in which direction it goes.
        times: of the states whose cotangents are given; in any order.
        params: of `rhs`.
        cotangents: a row for each time.
    """
    n, start = rhs.size, float(ends[0])
    y0, times = np.asarray(y0, float), np.asarray(times, float)
    total = np.zeros(n + 1 + sum(rhs.params[k].aval.size for k in active))
    rtol, atol = tolerances(rhs, plan, ())
    for side in (times > start, times < start):
        if side.any():
            total += _one_way(
                rhs, plan, active, y0, start, times[side], params, cotangents[side], rtol, atol
            )
    total[:n] += cotangents[times == start].sum(axis=0)
    slope = np.asarray(rhs.single(params)(start, y0), float)
    total[n] = -float(slope @ total[:n])
    return total


def _one_way(
    rhs: RightHandSide,
    plan: Plan,
    active: tuple[int, ...],
    y0: Any,
    start: float,
    times: Any,
    params: Sequence[Any],
    cotangents: Any,
    rtol: float,
    atol: Any,
) -> Any:
    n = rhs.size
    wanted, places = np.unique(times, return_inverse=True)
    given = np.zeros((len(wanted), n))
    np.add.at(given, places, cotangents)
    if wanted[0] < start:
        wanted, given = wanted[::-1], given[::-1]
    state = Dense(rhs, params, y0, start, float(wanted[-1]), rtol, atol, longest(plan))
    pulled, first = rhs.slope_adjoint((), active).bind_last(params)
    size = n + sum(rhs.params[k].aval.size for k in active)
    seed = np.zeros(n)

    def slope(t: float, w: Any) -> Any:
        seed[:] = w[:n]
        found = pulled(t, state(t), seed)
        return -np.asarray(found)[1:] if first else [-v for v in found[1:]]

    more: dict[str, Any] = {}
    jacobian = rhs.jacobian()
    if jacobian is not None:
        matrix = jacobian(params)
        more = banded(lambda t, w: -matrix(t, state(t)).T, n, 1, size)
    w = np.zeros(size)
    for k in range(len(wanted) - 1, -1, -1):
        w[:n] += given[k]
        if not w.any():
            continue
        stop = float(wanted[k - 1]) if k else start
        w = _back(slope, w, float(wanted[k]), stop, n, rtol, more)
    return np.concatenate([w[:n], [0.0], w[n:]])


def _back(
    slope: Callable[[float, Any], Any],
    w: Any,
    start: float,
    end: float,
    n: int,
    rtol: float,
    more: dict[str, Any],
) -> Any:
    scale = max(float(np.max(np.abs(w[:n]))), float(np.max(np.abs(w))) * 1e-6, 1e-300)
    settings = {"rtol": rtol, "atol": rtol * scale * 1e-1, "tfirst": True, "mxstep": 500_000}

    def attempt() -> Any:
        return integrate().odeint(
            slope, w, [start, end], tcrit=[end], full_output=True, **settings, **more
        )

    rows, info = quietly(attempt)
    if info["message"] != SUCCESSFUL or not np.isfinite(rows).all():
        raise failed(info["message"])
    return rows[-1]
