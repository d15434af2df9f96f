"""Solve for a state and how it moves, to tighter tolerances than the user's own.

Everything is integrated forward, with the state: that is stable wherever the equation itself is.
LSODA (Petzold 1983) changes between methods for stiff and for other equations by itself, so that it
serves whatever method the user has chosen. The error control takes in the sensitivities, each
scaled by the size of what it is a derivative with respect to.

Where a right-hand side has comparisons or branches, it is integrated piece by piece, each smooth,
up to the time when one of them changes. There the sensitivities jump (Rozenvasser 1967; Hiskens
and Pai 2000, eq. 9): `S+ = S- + (f- - f+) dt/dp`, with the time differentiated implicitly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .compiled import OtherBranch
from .equations import RightHandSide
from .solve import SUCCESSFUL, Plan, integrate, quietly

_FINEST = 1e-12
_COARSEST = 1e-7
_TIGHTER = 0.1
_MOST_STEPS = 500_000
_MOST_SWITCHES = 10_000
_JACOBIAN_UP_TO = 400


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
    z0, times = np.asarray(z0, float), np.asarray(times, float)
    start = float(ends[0])
    result = np.empty((len(times), len(z0)))
    for side in (times >= start, times < start):
        if not side.any():
            continue
        wanted, places = np.unique(times[side], return_inverse=True)
        if times[side][0] < start:
            wanted, places = wanted[::-1], len(wanted) - 1 - places
        rtol, atol = _tolerances(rhs, plan, scale)
        if rhs.smooth:
            rows = _smooth(rhs, plan, z0, start, wanted, params, rtol, atol)
        else:
            rows = _pieces(rhs, plan, z0, start, wanted, params, rtol, atol)
        result[side] = rows[places]
    return result


def _tolerances(rhs: RightHandSide, plan: Plan, scale: Sequence[float]) -> tuple[Any, Any]:
    rtol, atol = plan.tolerances()
    smallest = max(float(np.min(rtol)), 1e-15)
    ours = min(max(_TIGHTER * smallest, _FINEST), _COARSEST)
    base = root(rhs)
    absolute = np.broadcast_to(np.asarray(atol, float), (base.size,)) * min(1.0, ours / smallest)
    absolute = np.maximum(absolute, 1e-30)
    whole = absolute
    level, chain = rhs, []
    while level.origin is not None:
        level, columns = level.origin
        chain.append(len(columns))
    left = list(scale)
    for count in reversed(chain):
        own = left[:count]
        del left[:count]
        parts = [whole] + [whole / s for s in own]
        whole = np.concatenate(parts)
    return ours, whole


def root(rhs: RightHandSide) -> RightHandSide:
    """The equation of the state alone."""
    while rhs.origin is not None:
        rhs = rhs.origin[0]
    return rhs


def _longest(plan: Plan) -> float:
    name = "hmax" if plan.solver == "odeint" else "max_step"
    longest = plan.setting(name, 0.0)
    return float(longest) if np.isfinite(longest) else 0.0


def _failed(message: str) -> ArithmeticError:
    return ArithmeticError(f"the sensitivities of a differential equation: {message}")


def _smooth(
    rhs: RightHandSide,
    plan: Plan,
    z0: Any,
    start: float,
    wanted: Any,
    params: Sequence[Any],
    rtol: Any,
    atol: Any,
) -> Any:
    """With the compiled LSODA."""
    if np.all(wanted == start):
        return np.broadcast_to(z0, (len(wanted), len(z0)))
    slope = rhs.bind(params)
    jacobian = rhs.jacobian() if len(z0) <= _JACOBIAN_UP_TO else None
    begins = wanted[0] == start
    grid = wanted if begins else np.concatenate([[start], wanted])

    def attempt(jac: Any) -> tuple[Any, Any]:
        found: tuple[Any, Any] = integrate().odeint(
            slope,
            z0,
            grid,
            tfirst=True,
            rtol=rtol,
            atol=atol,
            mxstep=_MOST_STEPS,
            hmax=_longest(plan),
            full_output=True,
            Dfun=jac,
        )
        return found

    rows, info = quietly(lambda: attempt(jacobian(params) if jacobian is not None else None))
    if info["message"] != SUCCESSFUL or not np.isfinite(rows).all():
        rows = _by_radau(slope, z0, grid, rtol, atol, info["message"])
    return rows if begins else rows[1:]


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
    if not result.success or not np.isfinite(result.y).all():
        raise _failed(message if message != SUCCESSFUL else result.message)
    return result.y.T


# -- piece by piece


def _mode(base: RightHandSide, params: Sequence[Any], t: float, y: Any, hint: Any) -> Any:
    """The branch and the outcomes of its comparisons and steps, at one point."""
    key = hint
    for _ in range(2 + len(base.branches)):
        try:
            return key, tuple(base.outcomes(key).bind(params)(t, y))
        except OtherBranch as other:
            found = base.branch_for(other.outcomes)
            if found is None:
                raise UnsupportedError(
                    "the derivative of a differential equation met a branch of its right-hand "
                    "side that the solution itself did not",
                    why="the solution passes within its tolerance of a decision",
                    remedy="tighten rtol and atol, or write the choice with numpy.where",
                ) from None
            key = found
    raise AssertionError("a decision has more outcomes than it has branches")


def _pieces(
    rhs: RightHandSide,
    plan: Plan,
    z0: Any,
    start: float,
    wanted: Any,
    params: Sequence[Any],
    rtol: Any,
    atol: Any,
) -> Any:
    base = root(rhs)
    n, own = base.size, list(params[: len(base.params)])
    moves = list(params[len(base.params) :])
    rows = np.empty((len(wanted), len(z0)))
    done = int(np.sum(wanted == start))
    rows[:done] = z0
    t, z, end = start, z0, float(wanted[-1])
    sign = 1.0 if end >= start else -1.0
    probe = base.bind(own)
    probe(t, z[:n])
    key = probe.key
    tiny = 1e-12 * (abs(end - start) + abs(start))

    def ahead(t: float, z: Any, key: Any) -> Any:
        """The mode just after a point."""
        y = z[:n] + sign * tiny * np.asarray(probe(t, z[:n]))
        return _mode(base, own, t + sign * tiny, y, key)

    mode = ahead(t, z, key)
    for _ in range(_MOST_SWITCHES):
        if done == len(wanted):
            return rows
        frozen = rhs.frozen(mode[0])
        values = [*own, *base.held(*mode), *moves]
        t, z, done, after = _piece(
            rhs, frozen, values, plan, mode, t, z, wanted, rows, done, rtol, atol, own
        )
        if after is None:
            return rows
        if after == mode or abs(t - start) > abs(end - start):
            raise _failed("no progress at a change of the right-hand side")
        z = _jump(rhs, mode, after, own, moves, t, z, sign)
        mode = after
    raise UnsupportedError(
        "the right-hand side of a differential equation switches too often",
        why="the solution slides along a threshold, where its derivative is another one",
        remedy="write the switching smoothly, for instance with numpy.tanh",
    )


def _piece(
    rhs: RightHandSide,
    frozen: RightHandSide,
    values: Sequence[Any],
    plan: Plan,
    mode: Any,
    t: float,
    z: Any,
    wanted: Any,
    rows: Any,
    done: int,
    rtol: Any,
    atol: Any,
    own: Sequence[Any],
) -> Any:
    """Integrate while one mode holds: time, state, how many rows are done, and the next mode."""
    base = root(rhs)
    n, end = base.size, float(wanted[-1])
    slope = frozen.bind(values)
    jacobian = frozen.jacobian() if len(z) <= _JACOBIAN_UP_TO else None
    given: dict[str, Any] = {"max_step": _longest(plan)} if _longest(plan) else {}
    if jacobian is not None:
        given["jac"] = jacobian(values)

    def finite(t: float, z: Any) -> Any:
        made = np.array(slope(t, z), float)
        return (
            made
            if np.isfinite(made).all()
            else np.array(rhs.bind([*own, *values[len(own) + frozen.switched :]])(t, z), float)
        )

    solver = quietly(lambda: integrate().LSODA(finite, t, z, end, rtol=rtol, atol=atol, **given))
    forward = end >= t
    while solver.status == "running":
        message = quietly(solver.step)
        if solver.status == "failed":
            raise _failed(message or "the solver failed")
        now = _mode(base, own, solver.t, solver.y[:n], mode[0])
        last = solver.t
        dense = None
        if now != mode:
            dense = solver.dense_output()
            low, high = solver.t_old, solver.t
            for _ in range(80):
                middle = 0.5 * (low + high)
                if middle in (low, high):
                    break
                there = _mode(base, own, middle, dense(middle)[:n], mode[0])
                if there == mode:
                    low = middle
                else:
                    high, now = middle, there
            last = low
        upto = np.searchsorted(wanted if forward else -wanted, last if forward else -last, "right")
        if upto > done:
            dense = dense or solver.dense_output()
            rows[done:upto] = dense(wanted[done:upto]).T
            done = int(upto)
        if now != mode:
            assert dense is not None
            return high, dense(low), done, now
    return solver.t, solver.y, done, None


def _jump(
    rhs: RightHandSide,
    mode: Any,
    after: Any,
    own: Sequence[Any],
    moves: Sequence[Any],
    t: float,
    z: Any,
    sign: float,
) -> Any:
    """State and sensitivities after a change of mode: those of the lowest level jump first."""
    base = root(rhs)
    if rhs.origin is None:
        return z
    parent, columns = rhs.origin
    before = _slope(parent, mode, own, moves, t, z[: parent.size])
    behind = _slope(parent, after, own, moves, t, z[: parent.size])
    difference = before - behind
    size = max(np.max(np.abs(before)), np.max(np.abs(behind)), 1e-300)
    if np.max(np.abs(difference)) <= 1e-9 * size:
        return z
    if parent.origin is not None:
        lower = difference[: base.size]
        if np.max(np.abs(lower)) > 1e-9 * size:
            raise UnsupportedError(
                "the second derivative of a differential equation whose right-hand side jumps",
                why="the first derivative itself jumps there",
                remedy="write the switching smoothly, for instance with numpy.tanh",
            )
    return _jumped(parent, base, columns, mode, after, own, moves, t, z, difference)


def _slope(
    level: RightHandSide, mode: Any, own: Sequence[Any], moves: Sequence[Any], t: float, z: Any
) -> Any:
    frozen = level.frozen(mode[0])
    further = moves[: len(level.params) - len(own)]
    return np.array(frozen.bind([*own, *root(level).held(*mode), *further])(t, z), float)


def _jumped(
    parent: RightHandSide,
    base: RightHandSide,
    columns: Any,
    mode: Any,
    after: Any,
    own: Sequence[Any],
    moves: Sequence[Any],
    t: float,
    z: Any,
    difference: Any,
) -> Any:
    n, size = base.size, parent.size
    z = np.array(z)
    f = _slope(base, mode, own, moves, t, z[:n])
    moving = base.moving()
    numbers = _changed(base, mode, after)
    at_rest = [np.zeros(base.params[k].aval.shape) for k in moving]
    level_params = len(parent.params) - len(base.params)
    further = moves[level_params:]
    for c, column in enumerate(columns):
        part = slice(size * (1 + c), size * (2 + c))
        direction = z[part][:n]
        along = list(at_rest)
        if column is not None and column[0] == "along":
            for place, k in enumerate(column[1:]):
                along[moving.index(k)] = further[place]
        elif column is not None:
            unit = np.zeros(base.params[column[0]].aval.size)
            unit[column[1]] = 1.0
            along[moving.index(column[0])] = unit.reshape(base.params[column[0]].aval.shape)
        times = []
        for number, element in numbers:

            def moved(t_dot: float, y_dot: Any, p_dot: Any, number: int = number) -> Any:
                function = base.margin_moves(mode[0], number).bind([*own, t_dot, y_dot, *p_dot])
                return np.asarray(function(t, z[:n]), float)

            rate = moved(1.0, f, at_rest)[element]
            shift = moved(0.0, direction, along)[element]
            if shift == 0.0:
                times.append(0.0)
            else:
                times.append(-shift / rate if rate else np.inf * -shift)
        if not times:
            if base.decided_by_time(mode[0]) and base.decided_by_time(after[0]):
                continue
            raise UnsupportedError(
                "the right-hand side of a differential equation jumps by a decision whose "
                "threshold is not a comparison of numbers",
                remedy="decide by a comparison such as `y[0] > 1`, or write it smoothly",
            )
        if not np.allclose(times, times[0], rtol=1e-6, atol=0.0):
            raise UnsupportedError(
                "the right-hand side of a differential equation jumps by two decisions at once",
                why="one-sided derivatives differ there",
                remedy="write the switching smoothly, for instance with numpy.tanh",
            )
        z[part] += difference * times[0]
    return z


def _changed(base: RightHandSide, mode: Any, after: Any) -> list[tuple[int, int]]:
    """Which comparisons and steps changed: their numbers, and the elements of their margins."""
    switches = base.switches(mode[0])
    found, place = [], 0
    for number, switch in enumerate(switches):
        count = max(1, switch.outcome.aval.size)
        if mode[0] == after[0]:
            one, other = mode[1][place : place + count], after[1][place : place + count]
            found += [(number, e) for e in range(count) if one[e] != other[e]]
        place += count
    if mode[0] != after[0]:
        found = _decided(base, mode, after)
    return found


def _decided(base: RightHandSide, mode: Any, after: Any) -> list[tuple[int, int]]:
    """The comparisons before the first decision that two branches take otherwise."""
    found: list[tuple[int, int]] = []
    theirs = base.switches(after[0])
    place = 0
    for number, switch in enumerate(base.switches(mode[0])):
        count = max(1, switch.outcome.aval.size)
        if number >= len(theirs) or theirs[number].outcome.aval.size != switch.outcome.aval.size:
            break
        one, other = mode[1][place : place + count], after[1][place : place + count]
        changed = [(number, e) for e in range(count) if one[e] != other[e]]
        found += changed
        if changed:
            break
        place += count
    return found
