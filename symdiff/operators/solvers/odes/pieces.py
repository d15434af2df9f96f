"""Equations whose right-hand side has comparisons or branches, piece by piece.

Each piece has one *mode*: the branch, and the outcomes of its comparisons and steps. With those
held fixed the equation is smooth; it is integrated up to the time when one of them changes. There
the sensitivities jump (Rozenvasser 1967; Hiskens and Pai 2000, eq. 9): `S+ = S- + (f- - f+) dt/dp`,
with the time of the change differentiated implicitly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....errors import UnsupportedError
from .compiled import OtherBranch
from .equations import RightHandSide
from .stepping import failed, smooth

_MOST_PIECES = 2000
_MOST_SHORT = 20
_POINTS = 64

Mode = tuple[Any, tuple[float, ...]]


class _Crossed(Exception):
    """A mode no longer holds at a time."""

    def __init__(self, time: float) -> None:
        super().__init__(time)
        self.time = time


class Pieces:
    """One solution of a system of states and sensitivities.

    Attributes:
        base: the equation of the state alone.
        own: its parameters.
        moves: how they move, for columns along directions.
    """

    def __init__(
        self, rhs: RightHandSide, params: Sequence[Any], rtol: float, atol: Any, longest: float
    ) -> None:
        self.rhs = rhs
        self.base = rhs.base
        self.n = self.base.size
        count = len(self.base.params)
        self.own, self.moves = list(params[:count]), list(params[count:])
        self.rtol, self.atol, self.longest = rtol, atol, longest
        self._outcomes: dict[Any, Callable[[float, Any], Any]] = {}
        self._probe = self.base.bind(self.own)

    def solve(self, z0: Any, grid: Any) -> Any:
        """The rows at the times of a grid, of which the first is the beginning."""
        rows = np.empty((len(grid), len(z0)))
        rows[0], done = z0, 1
        t, z = float(grid[0]), z0
        end = float(grid[-1])
        self.sign = 1.0 if end >= t else -1.0
        self.tiny = 1e-12 * max(abs(end - t), abs(t), abs(end))
        self._probe(t, z[: self.n])
        mode = self.ahead(t, z, self._probe.key)
        short = 0
        for _ in range(_MOST_PIECES):
            until, after = self.change(mode, t, z[: self.n], end)
            short = short + 1 if abs(until - t) < 1e-8 * abs(end - grid[0]) else 0
            if short > _MOST_SHORT:
                break
            inside = done + int(np.sum(self.sign * (grid[done:] - until) <= 0.0))
            if until != t:
                part = np.concatenate([[t], grid[done:inside], [until]])
                values = [*self.own, *self.base.held(*mode), *self.moves]
                frozen = self.rhs.frozen(mode[0])
                found = smooth(
                    frozen.single(values),
                    frozen.newton(values),
                    z,
                    part,
                    self.rtol,
                    self.atol,
                    self.longest,
                )
                rows[done:inside] = found[1:-1]
                z = found[-1]
            else:
                rows[done:inside] = z
            t, done = until, inside
            if after is None:
                return rows
            z = self.jumped(mode, after, t, z)
            mode = after
        raise UnsupportedError(
            "the right-hand side of a differential equation switches too often",
            why="the solution slides along a threshold, where its derivative is another one",
            remedy="write the switching smoothly, for instance with numpy.tanh",
        )

    # -- modes

    def mode(self, t: float, y: Any, hint: Any) -> Mode:
        """The mode at one point."""
        key = hint
        for _ in range(2 + len(self.base.branches)):
            outcomes = self._outcomes.get(key)
            if outcomes is None:
                outcomes = self._outcomes[key] = self.base.outcomes(key).bind(self.own)
            try:
                return key, tuple(outcomes(t, y))
            except OtherBranch as other:
                found = self.base.branch_for(other.outcomes)
                if found is None:
                    raise UnsupportedError(
                        "the derivative of a differential equation met a branch of its right-hand "
                        "side that the solution itself did not",
                        why="the solution passes within its tolerance of a decision",
                        remedy="tighten rtol and atol, or write the choice with numpy.where",
                    ) from None
                key = found
        raise AssertionError("a decision has more outcomes than it has branches")

    def ahead(self, t: float, z: Any, key: Any) -> Mode:
        """The mode just after a point."""
        y = z[: self.n]
        y = y + self.sign * self.tiny * np.asarray(self._probe(t, y))
        return self.mode(t + self.sign * self.tiny, y, key)

    def change(self, mode: Mode, t: float, y: Any, end: float) -> tuple[float, Mode | None]:
        """When a mode ends, and the next one; the end of the interval and `None` if it does not."""
        frozen = self.base.frozen(mode[0])
        values = [*self.own, *self.base.held(*mode)]
        slope = frozen.single(values)
        start, ahead = t, 4.0 * self.tiny
        outcomes, expected = self._outcomes[mode[0]], list(mode[1])
        held = [t]

        def watched(time: float, state: Any) -> Any:
            if abs(time - start) > ahead:
                try:
                    same = outcomes(time, state) == expected
                except OtherBranch:
                    same = False
                if not same:
                    raise _Crossed(time)
                held[0] = time
            return slope(time, state)

        atol = self.atol[: self.n]
        for _ in range(_MOST_PIECES):
            try:
                last = smooth(watched, None, y, np.array([t, end]), self.rtol, atol, self.longest)
                if self.mode(end, last[-1], mode[0]) == mode:
                    return end, None
                crossed = end
            except _Crossed as crossing:
                crossed = crossing.time
            low = held[0] if self.sign * (held[0] - t) > 0 else t
            if self.sign * (crossed - low) <= 0:
                low = t
            found = self._first(slope, mode, t, y, low, crossed)
            if found is not None:
                return found
            if crossed == end:
                return end, None
            # A trial step went too far, and the solution did not: go on behind it.
            row = smooth(slope, None, y, np.array([t, crossed]), self.rtol, atol, self.longest)
            t, y, start = crossed, row[-1], crossed
            held[0] = t
        raise failed("no progress at a threshold of the right-hand side")

    def _first(
        self,
        slope: Callable[[float, Any], Any],
        mode: Mode,
        t: float,
        y: Any,
        low: float,
        high: float,
    ) -> tuple[float, Mode] | None:
        """The first change of mode up to a time, by finer and finer grids; `None` for none."""
        now: Mode | None = None
        if self.base.decided_by_time(mode[0], False):
            return self._first_time(mode, t, y, high)
        for _ in range(40):
            points = np.linspace(low, high, _POINTS)
            if points[0] != t:
                points = np.concatenate([[t], points])
            points = np.unique(points)[:: 1 if self.sign > 0 else -1]
            if len(points) < 2:
                break
            rows = smooth(slope, None, y, points, self.rtol, self.atol[: self.n], self.longest)
            place = next(
                (
                    k
                    for k in range(1, len(points))
                    if abs(points[k] - t) > 4.0 * self.tiny
                    and self.mode(points[k], rows[k], mode[0]) != mode
                ),
                None,
            )
            if place is None:
                break
            now = self.mode(points[place], rows[place], mode[0])
            t, y = float(points[place - 1]), rows[place - 1]
            low, high = t, float(points[place])
            if abs(high - low) <= max(self.tiny, 4e-16 * abs(high)):
                break
        if now is None:
            return None
        return high, now

    def _first_time(self, mode: Mode, t: float, y: Any, high: float) -> tuple[float, Mode] | None:
        """The same where the state does not matter, so that nothing is integrated."""
        low = t + 4.0 * self.sign * self.tiny
        now = self.mode(high, y, mode[0])
        if now == mode:
            return None
        while True:
            middle = 0.5 * (low + high)
            if middle in (low, high):
                return high, now
            there = self.mode(middle, y, mode[0])
            if there == mode:
                low = middle
            else:
                high, now = middle, there

    # -- jumps

    def jumped(self, mode: Mode, after: Mode, t: float, z: Any) -> Any:
        """State and sensitivities after a change of mode."""
        if self.rhs.origin is None:
            return z
        parent, columns = self.rhs.origin
        size = parent.size
        before = self._slope(parent, mode, t, z[:size])
        behind = self._slope(parent, after, t, z[:size])
        difference = before - behind
        largest = max(np.max(np.abs(before)), np.max(np.abs(behind)), 1e-300)
        if np.max(np.abs(difference)) <= 1e-9 * largest:
            return z
        if parent.origin is not None and np.max(np.abs(difference[: self.n])) > 1e-9 * largest:
            raise UnsupportedError(
                "the second derivative of a differential equation whose right-hand side jumps",
                why="the first derivative itself jumps there",
                remedy="write the switching smoothly, for instance with numpy.tanh",
            )
        changed = self._changed(mode, after)
        if not changed and self.base.decided_by_time(mode[0], True):
            return z
        z = np.array(z)
        for c, column in enumerate(columns):
            part = slice(size * (1 + c), size * (2 + c))
            shift = self._shift(parent, mode, changed, column, c, t, z, z[part][: self.n])
            z[part] += difference * shift
        return z

    def _slope(self, level: RightHandSide, mode: Mode, t: float, z: Any) -> Any:
        further = self.moves[: len(level.params) - len(self.own)]
        frozen = level.frozen(mode[0])
        return np.array(frozen.single([*self.own, *self.base.held(*mode), *further])(t, z), float)

    def _shift(
        self,
        parent: RightHandSide,
        mode: Mode,
        changed: Sequence[tuple[int, int]],
        column: Any,
        number: int,
        t: float,
        z: Any,
        direction: Any,
    ) -> float:
        """How the time of the change moves with one column."""
        base = self.base
        moving = base.moving()
        along: list[Any] = [np.zeros(base.params[k].aval.shape) for k in moving]
        still = list(along)
        if column is not None and column[0] == "along":
            given = self.moves[len(parent.params) - len(base.params) :]
            for place, k in enumerate(column[1:]):
                along[moving.index(k)] = given[place]
        elif column is not None:
            aval = base.params[column[0]].aval
            unit = np.zeros(aval.size)
            unit[column[1]] = 1.0
            along[moving.index(column[0])] = unit.reshape(aval.shape)
        y = z[: self.n]
        f = self._slope(base, mode, t, y)
        shifts = []
        for switch, element in changed:
            function = base.margin_moves(mode[0], switch)
            rate = function.bind([*self.own, 1.0, f, *still])(t, y)[element]
            move = function.bind([*self.own, 0.0, direction, *along])(t, y)[element]
            shifts.append(0.0 if move == 0.0 else -move / rate if rate else np.inf)
        if not shifts:
            raise UnsupportedError(
                "the right-hand side of a differential equation jumps by a decision that is no "
                "comparison of numbers",
                remedy="decide by a comparison such as `y[0] > 1`, or write it smoothly",
            )
        if not np.allclose(shifts, shifts[0], rtol=1e-6, atol=0.0):
            raise UnsupportedError(
                "the right-hand side of a differential equation jumps by two decisions at once",
                why="the derivatives to the two sides differ there",
                remedy="write the switching smoothly, for instance with numpy.tanh",
            )
        return shifts[0]

    def _changed(self, mode: Mode, after: Mode) -> list[tuple[int, int]]:
        """Which comparisons and steps changed: their numbers, and the elements of their margins.

        Two branches have the same ones up to the decision that divides them.
        """
        found: list[tuple[int, int]] = []
        theirs = self.base.switches(after[0])
        place = 0
        for number, switch in enumerate(self.base.switches(mode[0])):
            size = switch.outcome.aval.size
            if number >= len(theirs) or theirs[number].outcome.aval.size != size:
                break
            one, other = mode[1][place : place + size], after[1][place : place + size]
            place += size
            found += [(number, e) for e in range(size) if one[e] != other[e]]
            if found and mode[0] != after[0]:
                break
        return found
