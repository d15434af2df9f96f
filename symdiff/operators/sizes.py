"""A derivative for all lengths of an array, made of a trace that has left them free.

It is derived twice, each time as if the free lengths were numbers that nothing else in the program
is equal to. What these numbers are found in (zeros that a cotangent begins with, a sum that is
spread) is written with the length itself. The two programs must then be the same: what decides by
a length, or computes with it, would tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import LengthError
from ..program.branches import Branch
from ..program.lengths import Filled, LengthOf
from ..program.loops import Loop, Result
from ..program.outside import Check, Read
from ..program.program import Aval, Operand, Program, Statement, Var, bodies_of, operand_aval
from ..specialize.recording.lengths import is_generic
from ..specialize.result import Specialization
from .general import FROM_END, General, fingerprint

_FIRST = 1009
"""Lengths that are taken for free ones are as large: arrays that a loop goes through as lists."""

_APART = 128


def for_all_lengths(
    specialization: Specialization, build: Callable[[Specialization], tuple[Program, Any, Any]]
) -> tuple[Program, Any, Any]:
    """The program that a build gives, for all lengths that the trace has left free.

    Raises:
        LengthError: it depends on one of them.
    """
    known = set(_numbers(specialization.program))
    groups = sorted(set(specialization.free.values()))
    programs = []
    first = _FIRST
    for _ in range(2):
        while not known.isdisjoint(range(first - FROM_END, first + len(groups))):
            first += _APART
        sizes = {group: first + k for k, group in enumerate(groups)}
        first += _APART
        _Sized(sizes).program(specialization.program, dict(specialization.free), {})
        try:
            program, outputs, layout = build(specialization)
        except LengthError:
            raise
        except Exception as error:
            raise LengthError("it cannot be derived for all lengths") from error
        program = General(sizes).program(program)
        programs.append((program, fingerprint(program, sizes)))  # which keeps its operations
    if programs[0][1] != programs[1][1]:
        raise LengthError("what is derived depends on a length")
    return program, outputs, layout


def _numbers(program: Program) -> Iterator[int]:
    """The whole numbers in a program, those in shapes among them."""
    for statement in program.statements:
        for operand in (*statement.operands, statement.target):
            if operand is not None:
                yield from _numbers_in(operand_aval(operand).shape)
                yield from _numbers_in(operand)
        yield from _numbers_in(tuple(getattr(statement.operation, "params", {}).values()))
        for body in bodies_of(statement.operation):
            yield from _numbers(body)


def _numbers_in(value: Any) -> Iterator[int]:
    if isinstance(value, int | float | np.floating | np.integer) and float(value).is_integer():
        yield int(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _numbers_in(item)


class _Sized:
    """Gives the arrays of free lengths others, in place."""

    def __init__(self, sizes: Mapping[int, int]) -> None:
        self.sizes = sizes

    def program(self, program: Program, free: dict[Var, int], numbers: dict[Var, int]) -> None:
        """Go through a program.

        Args:
            program: what is changed.
            free: the arrays of free lengths that it reads, with their groups.
            numbers: the lengths that it reads.
        """
        found: dict[Var, Statement] = {}
        for statement in program.statements:
            operation, target, operands = (
                statement.operation,
                statement.target,
                statement.operands,
            )
            if isinstance(operation, LengthOf):
                assert target is not None
                numbers[target] = free[operands[0]]
            elif isinstance(operation, Filled):
                assert target is not None
                self._give(target, numbers[operands[0]], free)
                statement.operation = Filled(target.aval)
            elif isinstance(operation, Read):
                if target in free:
                    self._give(target, free[target], free)
                    statement.operation = Read(operation.source, target.aval)
            elif isinstance(operation, Loop | Branch):
                assert target is not None
                found[target] = statement
                self._bodies(operation, operands, free, numbers)
            elif isinstance(operation, Result):
                self._result(statement, found[operands[0]].operation, free)
            else:
                self._statement(statement, free)

    def _give(self, target: Var, group: int, free: dict[Var, int]) -> None:
        free[target] = group
        target.aval = Aval.of((self.sizes[group],), target.aval.dtype, target.aval.weak)

    def _statement(self, statement: Statement, free: dict[Var, int]) -> None:
        operation, target, operands = statement.operation, statement.target, statement.operands
        groups = [free[o] for o in operands if type(o) is Var and o in free]
        if not groups or isinstance(operation, Check):
            return
        if target is None or len({*groups}) > 1:
            raise LengthError(f"`{operation.name}` of an array")
        if not is_generic(operation, operands, len(groups)):
            raise LengthError(f"`{operation.name}` of an array")
        if target.aval.shape:
            self._give(target, groups[0], free)

    def _bodies(
        self,
        operation: Loop | Branch,
        operands: Sequence[Operand],
        free: dict[Var, int],
        numbers: dict[Var, int],
    ) -> None:
        for body in operation.bodies:
            for var, operand in zip(body.inputs, operands[1:], strict=True):
                if type(operand) is Var and operand in free:
                    self._give(var, free[operand], free)
                if type(operand) is Var and operand in numbers:
                    numbers[var] = numbers[operand]
            self.program(body, free, numbers)
        if isinstance(operation, Loop):
            body = operation.body
            for var, output in zip(body.inputs[: operation.carried], body.outputs, strict=False):
                if free.get(var) != (free.get(output) if type(output) is Var else None):
                    raise LengthError("an iteration changes the length of an array")

    def _result(self, statement: Statement, source: Any, free: dict[Var, int]) -> None:
        result, target = statement.operation, statement.target
        assert isinstance(result, Result)
        assert target is not None
        outputs: Iterable[Operand] = ()
        if result.kind == "carried":
            outputs = (source.body.inputs[result.k],)
        elif result.kind == "joined":
            outputs = [arm.outputs[result.k] for arm in source.arms]
        elif result.kind == "stacked":
            output = source.body.outputs[source.carried + result.k]
            statement.operation = replace(result, entry=operand_aval(output))
        groups = {free.get(o) if type(o) is Var else None for o in outputs if o is not None}
        if groups == {None} or not groups:
            return
        group = groups.pop()
        if groups or group is None:
            raise LengthError("the ways through a branch give arrays of two lengths")
        self._give(target, group, free)
        statement.operation = replace(result, aval=target.aval)
