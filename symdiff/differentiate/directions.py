"""Which way each kink goes as one comes to a point from one direction.

At a kink a function is put together from several smooth ones, and where it has several kinks their
choices belong together: of `max(0, x) + max(0, -x)` it is not the first of each pair. So all of
them are made by one direction in which the inputs move: to the right, an array by an amount of its
own for each element. A number that is 0 comes to lie on the side to which it changes, or where it
does not change, to which it bends. What all of them take then is the function on one side of the
point, and its second derivative is that of the whole wherever the whole has one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..operations.statements.builder import Builder
from ..program.program import Operand, Program, Statement, Var, operand_aval
from .activity import active_variables, is_zero, zeros_of
from .tangents import Forward


class Directions:
    """The statements of a program so far, and how what they compute changes and bends.

    Args:
        ops: where the statements go that compute that.
        wrt: what moves, besides what has been differentiated by before.
    """

    def __init__(self, ops: Builder, wrt: Collection[Var]) -> None:
        self.ops = ops
        self.wrt = wrt
        self.made: dict[Var, tuple[int, Statement]] = {}
        self.moving: set[Var] = set()  # what any of the inputs moves
        self.changes: dict[Var, Operand] = {}
        self.bends: dict[Var, Operand] = {}

    def take(self, statement: Statement) -> None:
        """One statement more."""
        target = statement.target
        if target is None or target in self.wrt or not target.aval.is_inexact:
            return
        self.made[target] = len(self.made), statement
        if target.moved or any(type(o) is Var and self._moves(o) for o in statement.operands):
            self.moving.add(target)

    def of(self, operand: Operand) -> tuple[Operand, Operand]:
        """How an operand changes, and how it bends."""
        self._follow(operand)
        nothing = zeros_of(operand_aval(operand))
        if type(operand) is not Var:
            return nothing, nothing
        return self.changes.get(operand, nothing), self.bends.get(operand, nothing)

    def _moves(self, var: Var) -> bool:
        return var in self.moving or (
            var not in self.made and var.aval.is_inexact and (var.moved or var in self.wrt)
        )

    def _is_end(self, var: Var) -> bool:
        """Whether a variable moves by itself: an input, or a copy of what does not move."""
        if var not in self.made:
            return True
        operands = self.made[var][1].operands
        return var.moved and not any(type(o) is Var and self._moves(o) for o in operands)

    def _follow(self, operand: Operand) -> None:
        """Work out how all changes that an operand is made of."""
        waiting = [operand] if type(operand) is Var else []
        found: dict[Var, tuple[int, Statement]] = {}
        while waiting:
            var = waiting.pop()
            if var in self.changes or var in found or not self._moves(var):
                continue
            if self._is_end(var):
                self._begin(var)
                continue
            found[var] = self.made[var]
            waiting += [o for o in found[var][1].operands if type(o) is Var]
        if found:
            self._sweep([statement for _, statement in sorted(found.values(), key=lambda f: f[0])])

    def _begin(self, var: Var) -> None:
        pace: Operand = 1.0
        if var.aval.shape:
            pace = self.ops.apply("generic_direction", var)
            self._keep_still(self.ops.statements[-1:])
        self.changes[var] = pace

    def _sweep(self, statements: Sequence[Statement]) -> None:
        targets = {s.target for s in statements if s.target is not None}
        read = {o for s in statements for o in s.operands if type(o) is Var}
        changes = {v: c for v, c in self.changes.items() if v in read and not is_zero(c)}
        first = self._swept(statements, changes)
        moving = dict(changes)
        for var, change in changes.items():
            if type(change) is Var and var in self.bends:
                moving.setdefault(change, self.bends[var])
        second = self._swept(first.statements, moving)
        for target in targets:
            change = self.changes[target] = first.tangent_of(target)
            bend = second.tangent_of(change)
            if not is_zero(bend):
                self.bends[target] = bend
        new = [s for s in second.statements if s.target not in targets]
        self._keep_still(new)
        self.ops.statements += new

    def _swept(self, statements: Sequence[Statement], moving: dict[Var, Operand]) -> Forward:
        sweep = Forward()
        active = active_variables(Program("", (), list(statements), ()), moving)
        sweep.tangents.update(moving)
        for statement in statements:
            sweep.step(statement, active)
        return sweep

    def _keep_still(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            if statement.target is not None:
                statement.target.still = True
