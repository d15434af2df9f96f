"""A derivative for all lengths of an array, made of a trace that has left them free.

It is derived twice, each time as if the free lengths were numbers that nothing else in the program
is equal to. What these numbers are found in (zeros that a cotangent begins with, a sum that is
spread) is written with the length itself. The two programs must then be the same: what decides by
a length, or computes with it, would tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from ..compile.emit import Output
from ..compile.lines import kind_of
from ..errors import LengthError
from ..program.branches import Branch
from ..program.lengths import LEAST_FREE, AnyLength, Filled, LengthOf
from ..program.loops import Loop, Result
from ..program.outside import Check, Read
from ..program.program import Aval, Keep, Operand, Program, Statement, Var, bodies_of, operand_aval
from ..records import dataclass
from ..specialize.recording.lengths import general_aval
from ..specialize.result import Specialization
from .general import FROM_END, General, Key, fingerprint

_APART = 128


LINEAR = "linear"
"""Among the parts of a specialization, the `Linear` program that goes with the one derived."""


@dataclass(slots=True)
class Linear:
    """A linear map that is given what another program finds.

    Attributes:
        program: what it computes.
        seeds: the last of its inputs, in which it is linear.
        nested: the seeds as they are nested, with a `Leaf` for each.
        ends: its results, nested.
        needs: what it is given of free lengths, before the seeds.
        sizes: the numbers that stand for those in its program, by group.
    """

    program: Program
    seeds: Sequence[Var]
    nested: Any
    ends: Any
    needs: Sequence[Key] = ()
    sizes: Mapping[int, int] = field(default_factory=dict)

    def found(self, program: Program) -> Sequence[Operand]:
        """What of the results of the other program is needed of lengths."""
        return program.outputs[len(program.outputs) - len(self.needs) :]

    def lengths(self, given: Sequence[Any]) -> dict[int, int]:
        """The lengths of a call, by the numbers that stand for them in the program.

        Args:
            given: what the program needs of lengths, in this call.
        """
        pairs = zip(self.needs, given, strict=True)
        return {self.sizes[key[1]]: value for key, value in pairs if key[0] == "length"}


def for_all_lengths(
    specialization: Specialization, build: Callable[[Specialization], tuple[Program, Any, Any]]
) -> tuple[Program, Any, Any]:
    """The program that a build gives, for all lengths that the trace has left free.

    Raises:
        LengthError: it depends on one of them.
    """
    program, outputs, layout, sizes = _derived(specialization, build, LEAST_FREE)
    if not _stacks(program, set(sizes.values())):
        return program, outputs, layout
    # How much it may stack is reckoned with these numbers.
    longest = max(min(sizes.values()), 1 << specialization.longest.bit_length())
    if longest > min(sizes.values()):
        program, outputs, layout, sizes = _derived(specialization, build, longest)
    return _limited(program, min(sizes.values())), outputs, layout


def _derived(
    specialization: Specialization,
    build: Callable[[Specialization], tuple[Program, Any, Any]],
    first: int,
) -> tuple[Program, Any, Any, Mapping[int, int]]:
    """The program, derived as if free lengths were numbers from `first` on, and those numbers."""
    known = set(_numbers(specialization.program))
    groups = sorted(set(specialization.free.values()))
    programs = []
    for _ in range(2):
        while not known.isdisjoint(range(first - FROM_END, first + len(groups))):
            first += _APART
        sizes = {group: first + k for k, group in enumerate(groups)}
        first += _APART
        try:
            _Sized(sizes, specialization.free).program(specialization.program)
            program, outputs, layout = build(specialization)
            general = General(sizes)
            linear = specialization.parts.get(LINEAR)
            both: tuple[Program, ...]
            if linear is None:
                program = general.program(program)
                both = (program,)
            else:
                program, linear.program, linear.needs = general.with_linear(
                    program, linear.program, linear.seeds
                )
                linear.sizes = sizes
                outputs = [*outputs, *map(_kept, linear.found(program))]
                both = (program, linear.program)
            # With the programs, which keep their operations.
            programs.append((both, [fingerprint(p, sizes) for p in both]))
        except LengthError:
            raise
        except Exception as error:
            raise LengthError("it cannot be derived for all lengths") from error
    if programs[0][1] != programs[1][1]:
        raise LengthError("what is derived depends on a length")
    return program, outputs, layout, sizes


def _kept(operand: Operand) -> Output:
    """How what goes on to another program is handed over."""
    aval = operand_aval(operand)
    return Output(kind_of(aval), aval.dtype, aval.shape, False, True)


def _stacks(program: Program, marks: set[int]) -> bool:
    """Whether a loop stacks arrays of free lengths."""
    for statement in program.statements:
        operation = statement.operation
        if isinstance(operation, Loop):
            stacked = operation.body.outputs[operation.carried :]
            if any(not marks.isdisjoint(operand_aval(o).shape) for o in stacked):
                return True
        if any(_stacks(body, marks) for body in bodies_of(operation)):
            return True
    return False


def _limited(program: Program, most: int) -> Program:
    """The program for arrays that are not longer."""
    statements = []
    for s in program.statements:
        check = s.operation
        if isinstance(check, Check) and isinstance(check.expected, tuple):
            shape = check.expected[1] if check.kind == "signature" else ()
            if shape and isinstance(shape[0], AnyLength):
                first = AnyLength(shape[0].group, most)
                expected = (check.expected[0], (first, *shape[1:]))
                limited = replace(check, expected=expected)
                s = Statement(None, limited, s.operands, s.span)
        statements.append(s)
    return replace(program, statements=statements)


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

    def __init__(self, sizes: Mapping[int, int], free: Mapping[Var, int]) -> None:
        self.sizes = sizes
        self.marks = set(sizes.values())
        self.free = free
        self.numbers: dict[Var, int] = {}

    def _is_free(self, operand: Operand) -> bool:
        return not self.marks.isdisjoint(operand_aval(operand).shape)

    def program(self, program: Program) -> None:
        """Go through a program."""
        found: dict[Var, Statement] = {}
        for statement in program.statements:
            operation, target, operands = (
                statement.operation,
                statement.target,
                statement.operands,
            )
            if target is None:
                known = isinstance(operation, Check | Keep)
                if not known and any(map(self._is_free, operands)):
                    raise LengthError(f"`{operation.name}` of an array")
            elif isinstance(operation, LengthOf):
                self.numbers[target] = self.free[operands[0]]
            elif isinstance(operation, Filled):
                shape = operation.shape(self.sizes[self.numbers[operands[0]]])
                target.aval = Aval.of(shape, target.aval.dtype, target.aval.weak)
                statement.operation = Filled(target.aval, operation.axis)
            elif isinstance(operation, Read):
                if target in self.free:
                    shape = (self.sizes[self.free[target]], *target.aval.shape[1:])
                    target.aval = Aval.of(shape, target.aval.dtype, target.aval.weak)
                    statement.operation = Read(operation.source, target.aval)
            elif isinstance(operation, Loop | Branch):
                found[target] = statement
                self._bodies(operation, operands)
            elif isinstance(operation, Result):
                self._result(statement, found[operands[0]].operation)
            elif any(map(self._is_free, operands)):
                aval = general_aval(operation, list(map(operand_aval, operands)), self.marks)
                if aval is None:
                    raise LengthError(f"`{operation.name}` of an array")
                target.aval = Aval.of(aval.shape, target.aval.dtype, target.aval.weak)

    def _bodies(self, operation: Loop | Branch, operands: Sequence[Operand]) -> None:
        for body in operation.bodies:
            for var, operand in zip(body.inputs, operands[1:], strict=True):
                var.aval = Aval.of(operand_aval(operand).shape, var.aval.dtype, var.aval.weak)
                if type(operand) is Var and operand in self.numbers:
                    self.numbers[var] = self.numbers[operand]
            self.program(body)
        if isinstance(operation, Loop):
            body = operation.body
            for var, output in zip(body.inputs[: operation.carried], body.outputs, strict=False):
                if var.aval.shape != operand_aval(output).shape:
                    raise LengthError("an iteration changes the length of an array")

    def _result(self, statement: Statement, source: Any) -> None:
        result, target = statement.operation, statement.target
        assert isinstance(result, Result)
        assert target is not None
        if result.kind == "stacked":
            output = source.body.outputs[source.carried + result.k]
            statement.operation = replace(result, entry=operand_aval(output))
        elif result.kind in ("carried", "joined"):
            outputs = (
                (source.body.inputs[result.k],)
                if result.kind == "carried"
                else [arm.outputs[result.k] for arm in source.arms]
            )
            shapes = {operand_aval(o).shape for o in outputs if o is not None}
            if len(shapes) != 1:
                raise LengthError("the ways through a branch give arrays of two lengths")
            target.aval = Aval.of(shapes.pop(), target.aval.dtype, target.aval.weak)
            statement.operation = replace(result, aval=target.aval)
