"""Which inputs of a program are needed for some of its outputs, through loops and branches.

Dead code is removed from a body for the values that the loop has to carry, which are known when its
dead code has been removed. So loops in loops would be gone through anew for each value that turns
out to be carried, and all in them as often.
"""

from __future__ import annotations

from collections.abc import Collection

from ..program.acts import Opaque
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.program import Program, Var
from .branches import Key, acts


class Needs:
    """What has been found of bodies, which are not to change meanwhile."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, frozenset[int]], frozenset[int]] = {}

    def carried(self, loop: Loop, wanted: Collection[Key]) -> set[int]:
        """The values that a loop has to carry for the results that are wanted of it."""
        return self._of_loop(loop, wanted)[0]

    def _of_loop(self, loop: Loop, wanted: Collection[Key]) -> tuple[set[int], frozenset[int]]:
        carried = {k for kind, k in wanted if kind == "carried"}
        stacked = {loop.carried + k for kind, k in wanted if kind == "stacked"}
        while True:
            read = self._inputs(loop.body, frozenset(carried | stacked))
            more = {k for k in read if k < loop.carried} - carried
            if not more:
                return carried, read
            carried |= more

    def _inputs(self, program: Program, outputs: frozenset[int]) -> frozenset[int]:
        key = (id(program), outputs)
        found = self._known.get(key)
        if found is None:
            needed = self._read(program, outputs)
            inputs = [k for k, v in enumerate(program.inputs) if v in needed]
            found = self._known[key] = frozenset(inputs)
        return found

    def _read(self, program: Program, outputs: frozenset[int]) -> set[Var]:
        needed = {o for k in outputs if type(o := program.outputs[k]) is Var}
        wanted: dict[Var, set[Key]] = {}
        for statement in reversed(program.statements):
            target, operation = statement.target, statement.operation
            operands = statement.operands
            if isinstance(operation, Loop | Branch):
                assert target is not None
                if target not in needed and not acts(operation):
                    continue
                results = wanted.get(target, set())
                if isinstance(operation, Loop):
                    carried, read = self._of_loop(operation, results)
                    places = {*carried, *read, *operation.parts(range(len(operands) - 1))[1][:1]}
                else:
                    joined = frozenset(k for _, k in results)
                    places = {k for arm in operation.arms for k in self._inputs(arm, joined)}
                operands = (operands[0], *[operands[1 + k] for k in places])
            elif target is not None and target not in needed and type(operation) is not Opaque:
                continue
            elif isinstance(operation, Result):
                found = operands[0]
                assert isinstance(found, Var)
                wanted.setdefault(found, set()).add((operation.kind, operation.k))
            needed.update([o for o in operands if type(o) is Var])
        return needed
