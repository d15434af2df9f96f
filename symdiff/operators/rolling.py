"""Compute the iterations of a loop that are not traced: what compiles for the front end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..compile.checks import PYTHON_TYPES
from ..compile.emit import Output
from ..compile.function import compile_body
from ..compile.guards import GuardMiss, guards_heeded
from ..compile.lines import kind_of
from ..operations.table.template import Template
from ..program.alike import same_program
from ..program.loops import TAPE, Loop, Result
from ..program.program import (
    FOUND,
    INT,
    Aval,
    Guard,
    Program,
    Statement,
    Var,
    bodies_of,
    name_uniquely,
)
from ..safety.floating import quietly

_MOST_BODIES = 256


def found_by(loop: Loop, values: Sequence[Any]) -> Any:
    """What a loop finds for its operands, as `Loop.evaluate` gives it, by compiled code.

    Raises:
        ArithmeticError, ValueError: numbers of Python's raise where NumPy's do not.
    """
    count, *rest = values
    most = Var("most", INT)
    elements = set(loop.parts(loop.body.inputs)[1])
    own = [Var(v.name, TAPE if v in elements else v.aval) for v in loop.body.inputs]
    found = Var("found", FOUND)
    statements = [Statement(found, loop, (None if count is None else most, *own))]
    results = [Result.carried(loop, k) for k in range(loop.carried)]
    results += [Result.stacked(loop, k) for k in range(loop.stacked)]
    reads = []
    for result in (*results, Result.trips()):
        reads.append(Var("result", result.aval))
        statements.append(Statement(reads[-1], result, (found,)))
    program = name_uniquely(Program("loop", (most, *own), statements, tuple(reads)))
    outputs = [Output(_kind(r.aval), r.aval.dtype, r.aval.shape) for r in results]
    given = [
        v if (t := _of_python(var)) is None else t(v) for var, v in zip(own, rest, strict=True)
    ]
    *made, trips = compile_body(program, [*outputs, Output(int)]).function(count, *given)
    return made[: loop.carried], made[loop.carried :], trips


def _kind(aval: Aval) -> type:
    """The type of a value in a trace, which tells NumPy's numbers from Python's."""
    number = not aval.shape and not aval.weak and aval is not TAPE
    return np.dtype(aval.dtype).type if number else kind_of(aval)


class Bodies:
    """Makes the iterations of loops; loops whose bodies are alike have what is compiled in common.

    The loops of a trace are often those of an earlier one, or of an earlier iteration of a loop
    around them that is unrolled.
    """

    def __init__(self) -> None:
        self._known: dict[Any, list[Iterations]] = {}

    def __call__(
        self, body: Program, types: Sequence[type], python: Mapping[Var, tuple[bool, ...]]
    ) -> Iterations:
        key = (tuple(types), *_features(body, python))
        for known in self._known.get(key, ()):
            if same_program(known.body, body):
                return known
        if len(self._known) >= _MOST_BODIES:
            self._known.clear()
        own = {v: python[v] for v in _targets(body) if v in python}
        made = Iterations(body, types, own)
        self._known.setdefault(key, []).append(made)
        return made


def _features(body: Program, python: Mapping[Var, tuple[bool, ...]]) -> Iterator[Any]:
    """What bodies that are alike have in common: quickly compared, not all there is."""
    for statement in body.statements:
        operation, target = statement.operation, statement.target
        yield id(operation) if isinstance(operation, Template) else operation.name
        yield None if target is None else python.get(target)
        for inner in bodies_of(operation):
            yield from _features(inner, python)


def _targets(body: Program) -> Iterator[Var]:
    for statement in body.statements:
        if statement.target is not None:
            yield statement.target
        for inner in bodies_of(statement.operation):
            yield from _targets(inner)


class Iterations:
    """The iterations of one loop, one after another.

    They are a loop of compiled code, which computes with Python's numbers; those raise where
    NumPy's do not. Where it raises the iterations are made one by one, and one that raises is made
    again with the sorts of numbers that the function has.
    """

    def __init__(
        self, body: Program, types: Sequence[type], python: Mapping[Var, tuple[bool, ...]]
    ) -> None:
        self.body = body
        self.types = types
        self.python = python
        self.count = len(types)
        self.own = [_of_python(v) for v in body.inputs]
        self.outputs = [_output(v) for v in body.inputs[: self.count]]
        self._all: Callable[..., Any] | None = None
        self._one: Any = None
        self._exact: Any = None

    def __call__(
        self, carried: list[Any], invariants: list[Any], most: int
    ) -> tuple[list[Any], int, bool]:
        """What is carried at the end, how many iterations were made, whether the next raises."""
        return quietly(self._computed, carried, invariants, most)

    def _computed(
        self, carried: list[Any], invariants: list[Any], most: int
    ) -> tuple[list[Any], int, bool]:
        own = self.own
        values = [v if t is None else t(v) for t, v in zip(own, carried, strict=False)]
        rest = zip(own[self.count :], invariants, strict=True)
        fixed = [v if t is None else t(v) for t, v in rest]
        try:
            *found, made = self._whole()(most, *values, *fixed)
        except Exception:
            return guards_heeded(self._one_by_one, values, fixed, invariants, most)
        return found, made, False

    def _whole(self) -> Callable[..., Any]:
        """The loop itself, compiled."""
        if self._all is None:
            self._all = self._compiled()
        return self._all

    def _compiled(self) -> Callable[..., Any]:
        body = self.body
        until = any(type(s.operation) is Guard for s in body.statements)
        loop = Loop(body, self.count, 0, False, until)
        most, found = Var("most", INT), Var("found", FOUND)
        inputs = [Var(v.name, v.aval) for v in body.inputs]
        statements = [Statement(found, loop, (most, *inputs))]
        results = [Result.carried(loop, k) for k in range(self.count)]
        outputs = []
        for result in [*results, Result.trips()]:
            outputs.append(Var("result", result.aval))
            statements.append(Statement(outputs[-1], result, (found,)))
        program = Program("loop", (most, *inputs), statements, tuple(outputs))
        name_uniquely(program)
        return compile_body(program, [*self.outputs, Output(int)]).function

    def _one_by_one(
        self, values: list[Any], fixed: list[Any], invariants: list[Any], most: int
    ) -> tuple[list[Any], int, bool]:
        if self._one is None:
            self._one = compile_body(self.body, self.outputs).function
        for made in range(most):
            try:
                values = self._one(*values, *fixed)
            except GuardMiss:
                return values, made, False
            except Exception:
                try:
                    values = self._exactly(values, invariants)
                except GuardMiss:
                    return values, made, False
                except Exception:
                    return values, made, True
        return values, most, False

    def _exactly(self, values: list[Any], invariants: list[Any]) -> list[Any]:
        """One iteration with the sorts of numbers that the function has."""
        if self._exact is None:
            outputs = [
                _exact_output(t, v) for t, v in zip(self.types, self.body.inputs, strict=False)
            ]
            self._exact = compile_body(self.body, outputs, self.python).function
        given = [
            v if isinstance(v, np.ndarray) else t(v)
            for t, v in zip(self.types, values, strict=True)
        ]
        found = self._exact(*given, *invariants)
        return [v if t is None else t(v) for t, v in zip(self.own, found, strict=False)]


def _of_python(var: Var) -> Any:
    """What makes a number of Python's own of a value of a variable that is computed as one."""
    return None if var.aval.shape else PYTHON_TYPES.get(var.aval.dtype)


def _output(var: Var) -> Output:
    return Output(kind_of(var.aval), var.aval.dtype, var.aval.shape)


def _exact_output(kind: type, var: Var) -> Output:
    return Output(np.ndarray if var.aval.shape else kind, var.aval.dtype, var.aval.shape)
