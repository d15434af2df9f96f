"""What the arms of a branch hand out for another branch over the same condition."""

from __future__ import annotations

from collections.abc import Sequence

from ..program.branches import Branch
from ..program.loops import TAPE
from ..program.program import Aval, Operand, Program, Statement, Var
from ..records import dataclass
from .tapes import entry_of


@dataclass(slots=True)
class Slot:
    """A result that a branch hands out: of each arm, what it saves there."""

    aval: Aval
    k: int
    own: list[Var | None]

    def input(self, arm: int) -> Var:
        return self.own[arm] or Var("unused", self.aval)

    def name(self) -> str:
        return next(v.name for v in self.own if v is not None)


@dataclass(frozen=True, slots=True)
class Handing:
    """An arm that hands out more: its lines, its outputs so far and what it saves."""

    program: Program
    lines: list[Statement]
    outputs: Sequence[Operand]
    saved: Sequence[Var]


def handing_out(arms: Sequence[Handing]) -> tuple[Branch, list[Slot]]:
    """The branch that hands out more, and where it does so: a place serves both arms."""
    outputs = [list(a.outputs) for a in arms]
    slots: list[Slot] = []
    entries: list[Aval | None] = []
    for n, arm in enumerate(arms):
        for var in arm.saved:
            places = [k for k, o in enumerate(arm.outputs) if o is var]
            entry = None
            if places:
                k = places[0]
                slot = next((s for s in slots if s.k == k), None)
            elif var.aval is TAPE:
                k, entry = -1, entry_of(Program("", (), arm.lines, ()), var)
                slot = None
                for one, known in zip(slots, entries, strict=True):
                    if known is entry and one.own[n] is None:
                        slot = one
            else:
                k = -1
                slot = next((s for s in slots if _fits(s, var, outputs[n])), None)
            if slot is None:
                if k < 0:
                    k = len(outputs[0])
                    outputs[0].append(None)
                    outputs[1].append(None)
                slot = Slot(var.aval, k, [None, None])
                slots.append(slot)
                entries.append(entry)
            slot.own[n] = var
            outputs[n][slot.k] = var
    made = [
        Program(a.program.name, a.program.inputs, a.lines, tuple(o), a.program.extra)
        for a, o in zip(arms, outputs, strict=True)
    ]
    return Branch((made[0], made[1])), slots


def _fits(slot: Slot, var: Var, outputs: Sequence[Operand]) -> bool:
    """Whether a place is free for what an arm saves."""
    same = (slot.aval.shape, slot.aval.dtype) == (var.aval.shape, var.aval.dtype)
    return same and outputs[slot.k] is None
