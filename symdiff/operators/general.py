"""Write a program with free lengths where it holds the numbers that have been taken for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import LengthError
from ..operations.arrays.index_codes import moves, own_places
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.alike import token
from ..program.branches import Branch
from ..program.lengths import Filled, LengthOf
from ..program.loops import Loop, Result
from ..program.outside import Check, Read
from ..program.program import (
    INT,
    Aval,
    Keep,
    Operand,
    Operation,
    Program,
    Statement,
    Var,
    name_uniquely,
    operand_aval,
)
from ..specialize.recording.lengths import WHOLE, general_aval

FROM_END = 64
"""A place so near to the end of what has been taken for a length is counted from there."""

Key = tuple[Any, ...]
"""What a program is to have: a length, or an array of one number that is as long."""


class _Scope:
    """The statements of one program, and what they need of the lengths."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.needed: dict[Key, Var] = {}
        self.constants: dict[Key, Any] = {}


class General:
    """Writes programs with free lengths.

    Args:
        sizes: the numbers that have been taken for them, by group.
    """

    def __init__(self, sizes: Mapping[int, int]) -> None:
        self.groups = {size: group for group, size in sizes.items()}
        self.sizes = sizes

    def program(self, program: Program) -> Program:
        """A program that is given no arrays of free lengths, but reads them."""
        scope = _Scope()
        return self._whole(program, scope, self._within(program, scope))

    def with_linear(
        self, program: Program, linear: Program, seeds: Sequence[Var]
    ) -> tuple[Program, Program, list[Key]]:
        """A program, and another one that is given what it finds, and `seeds` as the last inputs.

        What the other one needs of lengths comes before the seeds, and the first finds it last: the
        third result tells what. The lengths of the seeds are among it.
        """
        inner, scope = _Scope(), _Scope()
        results = self._within(linear, inner)
        for var in seeds:
            found = self._group(var.aval)
            if found is not None:
                self._need(inner, ("length", found[0]))
        first = linear.inputs[: len(linear.inputs) - len(seeds)]
        inputs = (*first, *inner.needed.values(), *seeds)
        made = replace(linear, inputs=inputs, statements=inner.statements, outputs=results)
        outputs = self._within(program, scope)
        more = [self._need(scope, key, inner.constants[key]) for key in inner.needed]
        whole = self._whole(program, scope, (*outputs, *more))
        return whole, name_uniquely(made), list(inner.needed)

    def _whole(self, program: Program, scope: _Scope, outputs: tuple[Operand, ...]) -> Program:
        """A program of what has been written, which reads the lengths that it needs."""
        lengths: dict[int, list[Statement]] = {}
        reads: dict[int, Var] = {}
        for s in scope.statements:
            found = self._group(s.target.aval) if s.target is not None else None
            if isinstance(s.operation, Read) and found is not None and s.target is not None:
                reads.setdefault(found[0], s.target)
        for key, var in scope.needed.items():
            made = lengths.setdefault(key[1], [])
            if key[0] == "length":
                made.insert(0, Statement(var, LengthOf(), (reads[key[1]],)))
            else:
                number = scope.needed["length", key[1]]
                operation = Filled(var.aval, key[3])
                made.append(Statement(var, operation, (number, scope.constants[key])))
        statements = []
        for s in scope.statements:
            statements.append(s)
            if type(s.operation) is Check and s.operation.kind == "signature":
                group = next((g for g, v in reads.items() if s.operands[0] is v), None)
                statements += lengths.pop(group, []) if group is not None else []
        if lengths:
            raise LengthError("an array of a free length is not read")
        whole = Program(program.name, program.inputs, statements, outputs, program.extra)
        return name_uniquely(whole)

    # -- what is in a scope

    def _need(self, scope: _Scope, key: Key, constant: Any = None) -> Var:
        var = scope.needed.get(key)
        if var is None:
            if key[0] == "length":
                var = Var("length", INT)
            else:
                self._need(scope, ("length", key[1]))
                _, group, dtype, axis, others, _ = key
                shape = (*others[:axis], self.sizes[group], *others[axis:])
                var = Var("filled", Aval.of(shape, dtype))
            scope.needed[key] = var
            scope.constants[key] = constant
        return var

    def _group(self, aval: Aval) -> tuple[int, int] | None:
        """The group of an array with an axis of a free length, and the number of that axis."""
        axes = [k for k, n in enumerate(aval.shape) if n in self.groups]
        if len(axes) > 1:
            raise LengthError("an array has two axes of free lengths")
        return (self.groups[aval.shape[axes[0]]], axes[0]) if axes else None

    def _operand(self, scope: _Scope, operand: Operand) -> Operand:
        """An operand, which may be a constant of the length that has been taken."""
        if type(operand) is not Var and isinstance(operand, int | float) and operand in self.groups:
            return self._need(scope, ("length", self.groups[int(operand)]))
        if type(operand) is Var or not isinstance(operand, np.ndarray):
            return operand
        found = self._group(operand_aval(operand))
        if found is None:
            return operand
        value = operand.flat[0].item()
        if np.full_like(operand, value).tobytes() != operand.tobytes():
            raise LengthError("a constant has the length of an array")
        return self._filled(scope, found, operand_aval(operand), value)

    def _filled(self, scope: _Scope, found: tuple[int, int], aval: Aval, value: Any) -> Var:
        group, axis = found
        others = tuple([n for k, n in enumerate(aval.shape) if k != axis])
        key = ("filled", group, aval.dtype, axis, others, repr(value))
        return self._need(scope, key, value)

    def _within(self, program: Program, scope: _Scope) -> tuple[Operand, ...]:
        for statement in program.statements:
            self._statement(statement, scope)
        return tuple([self._operand(scope, o) for o in program.outputs])

    def _statement(self, statement: Statement, scope: _Scope) -> None:
        operation, target, span = statement.operation, statement.target, statement.span
        operands = tuple([self._operand(scope, o) for o in statement.operands])
        if isinstance(operation, Loop | Branch):
            bodies, more = self._bodies(operation, scope)
            made: Operation = (
                replace(operation, body=bodies[0])
                if isinstance(operation, Loop)
                else Branch((bodies[0], bodies[1]))
            )
            scope.statements.append(Statement(target, made, (*operands, *more), span))
            return
        new = Statement(target, operation, operands, span)
        if isinstance(operation, Structural) and self._is_in(tuple(operation.params.values())):
            self._spread(new, operation, scope)
            return
        if not isinstance(operation, Read | Check | Keep | Result | LengthOf | Filled):
            self._check(new)
        scope.statements.append(new)

    def _bodies(self, operation: Loop | Branch, scope: _Scope) -> tuple[list[Program], list[Var]]:
        """Bodies, which are given what they need of the lengths, and what that is here."""
        scopes, made = [], []
        for body in operation.bodies:
            inner = _Scope()
            made.append((body, self._within(body, inner), inner))
            scopes.append(inner)
        keys = {key: inner.constants[key] for inner in scopes for key in inner.needed}
        bodies = []
        for body, outputs, inner in made:
            more = [self._need(inner, key, keys[key]) for key in keys]
            inputs = (*body.inputs, *more)
            bodies.append(
                replace(body, inputs=inputs, statements=inner.statements, outputs=outputs)
            )
        return bodies, [self._need(scope, key, constant) for key, constant in keys.items()]

    def _is_in(self, value: Any) -> bool:
        if isinstance(value, tuple):
            return any(map(self._is_in, value))
        return type(value) is int and value in self.groups

    def _spread(self, statement: Statement, operation: Structural, scope: _Scope) -> None:
        """What makes an array of a free length."""
        target, operands, span = statement.target, statement.operands, statement.span
        assert target is not None
        found = self._group(target.aval)
        sized = any(self._group(operand_aval(o)) is not None for o in operands)
        if found is None or operation.params.get("shape") != target.aval.shape:
            raise LengthError(f"`{operation.name}` depends on a length")
        add = scope.statements.append
        if operation.name == "reshape":
            index = _with_ones(operand_aval(operands[0]).shape, target.aval.shape)
            if index is None:
                raise LengthError("`reshape` depends on a length")
            add(Statement(target, Structural.of("getitem", index=index), operands, span))
            return
        if (
            operation.name == "unbroadcast"
            and len(operand_aval(operands[0]).shape) == target.aval.ndim
        ):
            pairs = zip(target.aval.shape, operand_aval(operands[0]).shape, strict=True)
            axes = tuple([k for k, (n, m) in enumerate(pairs) if n == 1 != m])
            total = Structural.of("sum", axis=axes, keepdims=True)
            add(Statement(target, total, operands, span))
            return
        if operation.name == "broadcast_to":
            if sized or operand_aval(operands[0]).shape:
                ones = self._filled(
                    scope, found, target.aval, np.ones((), target.aval.dtype).item()
                )
                product = Statement(target, Template.of((0, 1, "mul")), (operands[0], ones), span)
                self._check(product)
                add(product)
                return
            length = self._need(scope, ("length", found[0]))
            add(Statement(target, Filled(target.aval, found[1]), (length, operands[0]), span))
            return
        indexes = self._indexes(operation, target)
        if indexes is None:
            raise LengthError(f"`{operation.name}` depends on a length")
        zero = np.zeros((), target.aval.dtype).item()
        whole: Operand = self._filled(scope, found, target.aval, zero)
        places = operands[len(indexes) :]
        for k, (part, index) in enumerate(zip(operands, indexes, strict=False)):
            at, own = own_places(index, places)
            if k:
                getitem = Structural.of("getitem", index=own)
                avals = [target.aval, *map(operand_aval, at)]
                before = Var(f"{target.name}_item", getitem.infer(avals))
                reading = Statement(before, getitem, (whole, *at), span)
                self._check(reading)
                add(reading)
                template = Template.of((0, 1, "add"))
                summed = Var(
                    f"{target.name}_sum", template.infer([before.aval, operand_aval(part)])
                )
                add(Statement(summed, template, (before, part), span))
                part = summed
            new = target if k == len(indexes) - 1 else Var(target.name, target.aval)
            writing = Statement(new, Structural.of("setitem", index=own), (whole, part, *at), span)
            self._check(writing)
            add(writing)
            whole = new

    def _indexes(self, operation: Structural, target: Var) -> Sequence[Any] | None:
        """Where each part goes: places are counted from the end where they are near to it."""
        if operation.name == "scatter_add":
            indexes: Sequence[Any] = (operation.params["index"],)
        elif operation.name == "scatter_sum":
            indexes = operation.params["indexes"]
        else:
            return None
        if not all(
            moves(item) or type(item) is int or item == WHOLE for index in indexes for item in index
        ):
            return None

        def counted(item: Any, size: int) -> Any:
            near = type(item) is int and size in self.groups and item >= size - FROM_END
            return item - size if near else item

        shape = target.aval.shape
        return [tuple(map(counted, index, shape)) for index in indexes]

    def _check(self, statement: Statement) -> None:
        """See that a statement means the same for any length."""
        avals, target = list(map(operand_aval, statement.operands)), statement.target
        sized = [self._group(a) is not None for a in avals]
        if target is not None:
            sized.append(self._group(target.aval) is not None)
        if not any(sized):
            return
        if statement.operation.name == "unbroadcast":
            return  # what a derivative adds up over axes that are there
        aval = general_aval(statement.operation, avals, self.groups)
        if aval is None or target is None or aval.shape != target.aval.shape:
            raise LengthError(f"`{statement.operation.name}` of an array")


def _with_ones(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[Any, ...] | None:
    """The index that takes away or puts in axes of length one; `None` for another new shape.

    >>> _with_ones((5,), (5, 1))
    (('slice', None, None, None), None)
    """
    if [n for n in before if n != 1] != [n for n in after if n != 1]:
        return None
    index: list[Any] = [0 if n == 1 else WHOLE for n in before]
    place = 0
    for n in after:
        while n != 1 and index[place] == 0:
            place += 1
        if n == 1:
            index.insert(place, None)
        place += 1
    return tuple(index)


# -- whether two programs are one


def fingerprint(program: Program, sizes: Mapping[int, int]) -> Any:
    """What is the same for two programs that differ in nothing but the lengths taken for free."""
    groups = {size: group for group, size in sizes.items()}
    names: dict[Var, int] = {}

    def of_aval(aval: Aval | None) -> Any:
        if aval is None:
            return None
        shape = tuple([("free", groups[n]) if n in groups else n for n in aval.shape])
        return (aval.dtype, aval.weak, shape)

    def of_operand(operand: Operand) -> Any:
        if type(operand) is Var:
            return ("var", names[operand])
        return token(operand)

    def of_operation(operation: Any) -> Any:
        if isinstance(operation, Loop):
            own = (operation.carried, operation.elements, operation.backward, operation.until)
            return ("loop", own, of_program(operation.body))
        if isinstance(operation, Branch):
            return ("branch", *map(of_program, operation.arms))
        if isinstance(operation, Result):
            return (operation.kind, operation.k, of_aval(operation.aval), of_aval(operation.entry))
        if isinstance(operation, Filled):
            return ("filled", of_aval(operation.aval), operation.axis)
        if isinstance(operation, LengthOf):
            return "length"
        if isinstance(operation, Read):
            return ("read", id(operation.source))
        if isinstance(operation, Template):
            return operation.code
        return id(operation)

    def define(var: Var | None) -> Any:
        if var is None:
            return None
        names[var] = len(names)
        return of_aval(var.aval)

    def of_program(program: Program) -> Any:
        inputs = [define(v) for v in program.inputs]
        lines = [
            ([of_operand(o) for o in s.operands], of_operation(s.operation), define(s.target))
            for s in program.statements
        ]
        return inputs, lines, [of_operand(o) for o in program.outputs]

    return of_program(program)
