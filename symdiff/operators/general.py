"""Write a program with free lengths where it holds the numbers that have been taken for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import LengthError
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
    Operand,
    Operation,
    Program,
    Statement,
    Var,
    name_uniquely,
    operand_aval,
)
from ..specialize.recording.lengths import is_generic, is_place

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
        outputs = self._within(program, scope)
        lengths: dict[int, list[Statement]] = {}
        reads: dict[int, Var] = {}
        for s in scope.statements:
            group = self._group(s.target.aval) if s.target is not None else None
            if isinstance(s.operation, Read) and group is not None and s.target is not None:
                reads.setdefault(group, s.target)
        for key, var in scope.needed.items():
            made = lengths.setdefault(key[1], [])
            if key[0] == "length":
                made.insert(0, Statement(var, LengthOf(), (reads[key[1]],)))
            else:
                number = scope.needed["length", key[1]]
                made.append(Statement(var, Filled(var.aval), (number, scope.constants[key])))
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
                var = Var("filled", Aval.of((self.sizes[key[1]],), key[2]))
            scope.needed[key] = var
            scope.constants[key] = constant
        return var

    def _group(self, aval: Aval) -> int | None:
        """The group of an array of a free length."""
        if not any(n in self.groups for n in aval.shape):
            return None
        if len(aval.shape) > 1:
            raise LengthError("an array with more axes has a free length")
        return self.groups[aval.shape[0]]

    def _operand(self, scope: _Scope, operand: Operand) -> Operand:
        """An operand, which may be a constant of the length that has been taken."""
        if type(operand) is Var or not isinstance(operand, np.ndarray):
            return operand
        group = self._group(operand_aval(operand))
        if group is None:
            return operand
        value = operand[0].item()
        if np.full_like(operand, value).tobytes() != operand.tobytes():
            raise LengthError("a constant has the length of an array")
        return self._need(scope, ("filled", group, operand.dtype.name, repr(value)), value)

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
        if not isinstance(operation, Read | Check | Result | LengthOf | Filled):
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
        """What makes an array of a free length of numbers."""
        target, operands, span = statement.target, statement.operands, statement.span
        assert target is not None
        group = self._group(target.aval)
        numbers = not any(operand_aval(o).shape for o in operands)
        if group is None or not numbers or operation.params.get("shape") != target.aval.shape:
            raise LengthError(f"`{operation.name}` depends on a length")
        add = scope.statements.append
        if operation.name == "broadcast_to":
            length = self._need(scope, ("length", group))
            add(Statement(target, Filled(target.aval), (length, operands[0]), span))
            return
        indexes = _indexes(operation)
        if indexes is None:
            raise LengthError(f"`{operation.name}` depends on a length")
        zero = np.zeros((), target.aval.dtype).item()
        whole: Operand = self._need(scope, ("filled", group, target.aval.dtype, repr(zero)), zero)
        places = operands[len(indexes) :]
        number = Aval.of((), target.aval.dtype, target.aval.dtype == "float64")
        for k, (part, index) in enumerate(zip(operands, indexes, strict=False)):
            last = k == len(indexes) - 1
            new = target if last else Var(target.name, target.aval)
            own = self._operands_at(index, places, target)
            if k:
                getitem = Structural.of("getitem", index=own[0])
                before = Var(
                    f"{target.name}_item", getitem.infer([target.aval, *map(operand_aval, own[1])])
                )
                add(Statement(before, getitem, (whole, *own[1]), span))
                part_sum = Var(f"{target.name}_sum", number)
                add(Statement(part_sum, Template.of((0, 1, "add")), (before, part), span))
                part = part_sum
            setitem = Structural.of("setitem", index=own[0])
            add(Statement(new, setitem, (whole, part, *own[1]), span))
            whole = new

    def _operands_at(
        self, index: Any, places: Sequence[Operand], target: Var
    ) -> tuple[Any, tuple[Operand, ...]]:
        """The index of one place, with the operand that it needs, if any."""
        (item,) = index
        if type(item) is not int:
            return (("place", 0),), (places[item[1]],)
        (size,) = target.aval.shape
        return (item - size if item >= size - FROM_END else item,), ()

    def _check(self, statement: Statement) -> None:
        """See that a statement means the same for any length."""
        operands, target = statement.operands, statement.target
        groups = [g for o in operands if (g := self._group(operand_aval(o))) is not None]
        own = None if target is None else self._group(target.aval)
        if not groups and own is None:
            return
        if len({*groups}) != 1 or own not in (None, groups[0]):
            raise LengthError(f"`{statement.operation.name}` of arrays of two lengths")
        if not is_generic(statement.operation, operands, len(groups)):
            raise LengthError(f"`{statement.operation.name}` of an array")


def _indexes(operation: Structural) -> Sequence[Any] | None:
    """Where each part goes: to one place; `None` where that is not so."""
    if operation.name == "scatter_add":
        indexes: Sequence[Any] = (operation.params["index"],)
    elif operation.name == "scatter_sum":
        indexes = operation.params["indexes"]
    else:
        return None
    fine = all(len(index) == 1 and is_place(index[0]) for index in indexes)
    return indexes if fine else None


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
            return ("filled", of_aval(operation.aval))
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
