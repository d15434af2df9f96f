"""How branches are batched: one branch where all elements take one arm, else a choice.

A branch whose condition differs among elements becomes the lines of both arms, of which each
element takes its own. What an arm computes for elements that do not take it is seen by nobody: no
condition asks of them, places are read within bounds, and what may raise for them is refused, so
that the function is traced without branches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import LoopError
from ..operations.table.structural import Structural
from ..program.branches import Branch
from ..program.loops import TAPE, Result
from ..program.program import (
    FOUND,
    Aval,
    Operand,
    Program,
    Statement,
    Var,
    bodies_of,
    operand_aval,
)
from .loops import front_of
from .program import RULES, STRUCTURED, Batch, Condition, Found, Key


def branch_of(b: Batch, statement: Statement) -> None:
    """Append the branch for a whole batch."""
    if b.is_batched(statement.operands[0]):
        _choose(b, statement)
    else:
        _Branch(b, statement).append()


STRUCTURED[Branch] = branch_of


# -- all elements take one arm


def zeros_of(aval: Aval) -> Operand:
    """What stands for a value that nobody reads."""
    zero = np.zeros(aval.shape, aval.dtype)
    return zero if aval.shape else zero.item() if aval.weak else zero[()]


class _Branch:
    """A branch of which every element takes the same arm."""

    def __init__(self, outer: Batch, statement: Statement) -> None:
        branch = statement.operation
        assert isinstance(branch, Branch)
        self.outer, self.statement, self.branch = outer, statement, branch
        self.condition, *self.given = statement.operands

    def append(self) -> None:
        outer, branch, statement = self.outer, self.branch, self.statement
        coming = outer.under_way()
        self.more = [] if coming is None else [coming]
        self.masks = [o for o in self.given if type(o) is Var and o in outer.masks]
        if any(type(o) is Var and o in outer.entries for o in self.given):
            raise LoopError("a batch of tapes of tapes in a branch", where=statement.span)
        arms = [self._run(arm) for arm in branch.arms]
        inner = [b for b, _ in arms]
        flagged = [self._flag(k, inner) for k in range(len(branch.arms[0].outputs))]
        outputs: list[list[Operand]] = [[], []]
        for k, flag in enumerate(flagged):
            for n, (b, arm) in enumerate(zip(inner, branch.arms, strict=True)):
                outputs[n].append(self._handed(b, arm.outputs[k], flag, branch.joined(k)))
        masks: list[int | None] = []
        for k in range(len(flagged)):
            own = [b.mask_of(a.outputs[k]) for b, a in zip(inner, branch.arms, strict=True)]
            if all(m is None for m in own):
                masks.append(None)
                continue
            given = [a.outputs[k] is not None and m is None for a, m in zip(branch.arms, own)]
            if any(given):
                raise LoopError("a batch of arms that end apart", where=statement.span)
            masks.append(self._add(outputs, own))
        everybody = np.ones(outer.size, bool)
        active = None
        if any(b.masking for b in inner):
            active = self._add(
                outputs, [everybody if b.active is None else b.active for b in inner]
            )
        conditions = []
        for soft in (False, True):
            holds = [b.all_held(soft) for b in inner]
            if any(h is not None for h in holds):
                own = [everybody if h is None else h for h in holds]
                conditions.append((self._add(outputs, own), soft))
        made = []
        for (b, inputs), arm, own in zip(arms, branch.arms, outputs, strict=True):
            made.append(Program(arm.name, inputs, b.statements, tuple(own), arm.extra))
        whole = Branch((made[0], made[1]))
        assert statement.target is not None
        found = Var(statement.target.name, FOUND)
        fronts = [outer.fronts.get(o, o) if type(o) is Var else o for o in self.given]
        operands = (self.condition, *fronts, *[outer.masks[o] for o in self.masks], *self.more)
        outer.statements.append(Statement(found, whole, operands, statement.span))

        def read(k: int, name: str) -> Var:
            result = Result.joined(whole, k)
            target = Var(name, result.aval)
            outer.statements.append(Statement(target, result, (found,), statement.span))
            return target

        results: dict[Key, Found] = {}
        for k, flag in enumerate(flagged):
            place = masks[k]
            mask = None if place is None else read(place, "under_way")
            results["joined", k] = Found((Result.joined(whole, k), found), flag, mask)
        outer.found[statement.target] = results
        if active is not None:
            outer.masking, outer.active = True, read(active, "under_way")
        for k, soft in conditions:
            # (Of elements that are not under way nothing was assumed in the arms.)
            outer.conditions.append((read(k, "fine"), Condition("fine" if soft else "truth", True)))

    def _run(self, arm: Program) -> tuple[Batch, tuple[Var, ...]]:
        """The lines of an arm, and its inputs."""
        outer = self.outer
        inner = Batch(outer.size, outer.once)
        inner.ending, inner.selected, inner.span = outer.ending, outer.selected, outer.span
        inputs: list[Var] = []
        more: list[Var] = []
        for var, operand in zip(arm.inputs, self.given, strict=True):
            if outer.is_batched(operand):
                inner.fronts[var] = front_of(var, outer.size)
            inputs.append(inner.fronts.get(var, var))
            if type(operand) is Var and operand in outer.masks:
                more.append(Var("under_way", TAPE))
                inner.masks[var] = more[-1]
        if self.more:
            more.append(Var("under_way", Aval.of((outer.size,), "bool")))
            inner.active = more[-1]
        for statement in arm.statements:
            inner.step(statement)
        return inner, (*inputs, *more)

    def _flag(self, k: int, inner: Sequence[Batch]) -> bool:
        """Whether a result is batched."""
        pairs = [(b, arm.outputs[k]) for b, arm in zip(inner, self.branch.arms, strict=True)]
        flags = {b.is_batched(o) for b, o in pairs if o is not None}
        if len(flags) > 1 and self.branch.joined(k) is TAPE:
            raise LoopError("a batch of tapes of two sorts", where=self.statement.span)
        return any(flags)

    def _handed(self, b: Batch, output: Operand, flag: bool, aval: Aval) -> Operand:
        if output is None and aval is not TAPE:  # an element of another arm may read it
            return np.zeros((b.size, *aval.shape), aval.dtype) if flag else zeros_of(aval)
        if output is None or not flag:
            return output
        if aval is TAPE:
            return b.fronts[output]
        value = b.lifted(output)
        return value if operand_aval(value).dtype == aval.dtype else b.cast(value, dtype=aval.dtype)

    def _add(self, outputs: list[list[Operand]], own: Sequence[Operand]) -> int:
        """A further result of both arms."""
        for outputs_of_arm, value in zip(outputs, own, strict=True):
            outputs_of_arm.append(value)
        return len(outputs[0]) - 1


# -- each element takes its own


def _choose(b: Batch, statement: Statement) -> None:
    """Append the lines of both arms, and choose for each element."""
    branch = statement.operation
    assert isinstance(branch, Branch)
    assert statement.target is not None
    condition, *given = statement.operands
    taken = b.held(b.fronts[condition], Condition("truth", True))
    coming = b.under_way()
    arms = []
    for arm, mask in zip(branch.arms, (taken, b.logical_not(taken)), strict=True):
        _check_harmless(arm)
        inner = Batch(b.size, b.once)
        inner.statements, inner.definitions = b.statements, b.definitions
        inner.ending, inner.selected, inner.span = b.ending, True, b.span
        inner.active = mask if coming is None else b.logical_and(coming, mask)
        lines, outputs = _copied(b, inner, arm, given)
        for line in lines:
            inner.step(line)
        b.conditions += inner.conditions
        arms.append((inner, outputs))
    results: dict[Key, Found] = {}
    (one, first), (other, second) = arms
    for k in range(len(first)):
        if first[k] is not None and second[k] is not None:
            aval = branch.joined(k)
            if aval is TAPE:
                raise LoopError("a batch of arms with a tape each", where=statement.span)
            values = []
            for inner, output in ((one, first[k]), (other, second[k])):
                value = inner.lifted(output)
                own = operand_aval(value).dtype == aval.dtype
                values.append(value if own else b.cast(value, dtype=aval.dtype))
            results["joined", k] = Found(b.chosen(taken, *values), True)
        else:
            inner, output = (one, first[k]) if second[k] is None else (other, second[k])
            results["joined", k] = _own(inner, output, statement)
    b.found[statement.target] = results
    if one.masking or other.masking:
        b.go_on(b.logical_or(one.active, other.active))


def _own(inner: Batch, output: Operand, statement: Statement) -> Found:
    """What one arm alone hands on: nobody reads it of an element that takes the other."""
    if inner.is_batched(output):
        mask, entries = inner.masks.get(output), inner.entries.get(output)
        return Found(inner.fronts[output], True, mask, entries)
    if operand_aval(output) is TAPE:
        raise LoopError("a batch of tapes in an arm", where=statement.span)
    return Found(inner.lifted(output), True)


def _copied(
    b: Batch, inner: Batch, arm: Program, given: Sequence[Operand]
) -> tuple[list[Statement], list[Operand]]:
    """The lines and outputs of an arm with variables of their own."""
    own: dict[Var, Operand] = {}
    for var, operand in zip(arm.inputs, given, strict=True):
        own[var] = operand
        if b.is_batched(operand):
            copy = own[var] = Var(var.name, var.aval)
            inner.fronts[copy] = b.fronts[operand]
            if operand in b.masks:
                inner.masks[copy] = b.masks[operand]
            if operand in b.entries:
                inner.entries[copy] = b.entries[operand]
    lines = []
    for line in arm.statements:
        operands = tuple([own.get(o, o) if type(o) is Var else o for o in line.operands])
        target = line.target
        if target is not None:
            own[target] = target = Var(target.name, target.aval)
        lines.append(Statement(target, line.operation, operands, line.span))
    return lines, [own.get(o, o) if type(o) is Var else o for o in arm.outputs]


_MAY_RAISE = frozenset({"solve", "inv", "det", "cholesky", "det_sign", "log_abs_det"})


def _check_harmless(arm: Program) -> None:
    """Refuse an arm that may raise for elements that do not take it.

    Raises:
        LoopError: it has an operation of which nobody knows.
    """
    for statement in arm.statements:
        operation = statement.operation
        for body in bodies_of(operation):
            _check_harmless(body)
        if not isinstance(operation, Structural) or operation.entry.elementwise:
            continue
        if operation.name not in RULES or operation.name in _MAY_RAISE:
            raise LoopError(f"a batch of `{operation.name}` in an arm", where=statement.span)
