"""The bounds of a search: which unknowns lie at an end, and move as it does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.statements.builder import Builder
from ...program.program import Program, Var, operand_aval
from .pointwise import full
from .roots import plain

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls


_AT_ITS_END = 1e-12
"""How near to an end, relative to its size, an unknown rests: a search may stop a rounding away."""


class Bounds:
    """The bounds of a search, which may be traced; none where `low` and `high` are None."""

    def __init__(self, calls: Calls, bounds: Any) -> None:
        self.calls = calls
        self.recorder = calls.recorder
        self.low: Any = None
        self.high: Any = None
        self.feasible: Any = False
        self.resting: list[tuple[Any, Any]] = []  # an end, and which unknowns lie there
        if bounds is None:
            return
        if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
            get, site = calls.hooks.attributes.get, calls.recorder.site
            self.low, self.high = (
                self.recorder.array(e) if isinstance(e, list | tuple) else e
                for e in (get(bounds, "lb", site), get(bounds, "ub", site))
            )
            self.feasible = plain(calls, get(bounds, "keep_feasible", site))
            return
        pairs = list(calls.iterable(bounds))
        ends = [list(calls.iterable(pair)) for pair in pairs]
        self.low = self._end([e[0] for e in ends], -math.inf)
        self.high = self._end([e[1] for e in ends], math.inf)

    def _end(self, ends: list[Any], free: float) -> Any:
        return self.recorder.array([free if e is None else e for e in ends])

    def starts(self) -> list[Any]:
        """Further operands of the search."""
        return [] if self.low is None else [self.low, self.high]

    def decide(self, point: Any) -> None:
        """Find which unknowns lie at an end, where the search ended: a guard."""
        if self.low is None:
            return
        recorder = self.recorder
        size = recorder.shape(point)[0]
        at_rest = recorder.apply("detach", point)
        operator = recorder.operator
        near = operator("add", operator("mul", operator("abs", at_rest), _AT_ITS_END), _AT_ITS_END)
        for bound, sign in ((self.low, 1.0), (self.high, -1.0)):
            gap = operator("sub", at_rest, recorder.apply("detach", bound))
            there = operator("le", operator("mul", gap, sign), near)
            mask = np.array(np.broadcast_to(recorder.concrete(there), (size,)))
            if np.any(mask):
                self.resting.append((bound, mask))

    def free(self, size: int) -> tuple[bool, ...]:
        """Which unknowns lie at no end."""
        held = np.zeros(size, bool)
        for _, mask in self.resting:
            held |= mask
        return tuple([not h for h in held])

    def held(self, ops: Builder, place: Any, result: Any) -> tuple[Any, list[Var]]:
        """The equations, with those of unknowns at an end replaced; and what they read besides."""
        size = operand_aval(result).size
        further: list[Var] = []
        for bound, mask in self.resting:
            end = self.recorder.operand(bound)
            if type(end) is Var:
                further.append(end)
            else:
                end = np.where(np.isfinite(end), end, 0.0)
            gap = ops.sub(place, full(ops, end, size))
            result = ops.where(mask, gap, result)
        return result, further

    def equations(self, slope: Program) -> Program:
        """A vanishing slope, but for unknowns at an end."""
        if not self.resting:
            return slope
        ops = Builder()
        ops.statements.extend(slope.statements)
        argument = slope.inputs[0]
        place = full(ops, argument, argument.aval.size)
        result, further = self.held(ops, place, slope.outputs[0])
        known = [v for v in further if v not in slope.inputs]
        return Program("slope", (*slope.inputs, *known), ops.statements, (result,))
