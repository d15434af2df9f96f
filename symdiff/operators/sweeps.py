"""Sweeps through a program, forward and reverse, one after another or side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..differentiate import jvp, vjp
from ..differentiate.activity import dependent, is_zero, zeros_of
from ..differentiate.columns import Diagonal, columns_of
from ..errors import UsageError
from ..operations.statements.builder import MOST_FOLDED, Builder
from ..operations.table.structural import Structural
from ..operations.table.template import Template, flatten
from ..optimize.monomials import without_zeros
from ..program.branches import Branch
from ..program.loops import TAPE, Result
from ..program.program import (
    Aval,
    Operand,
    Program,
    Statement,
    Var,
    bodies_of,
    operand_aval,
    substituted,
)
from ..program.trees import flatten as leaves_in
from .primal import Leaf, Primal, leaves_of
from .side_by_side import side_by_side


class Sweeps:
    """Statements that grow by sweeps, forward and reverse, one after another or side by side."""

    def __init__(self, primal: Primal) -> None:
        self.name = primal.name
        self.statements = list(primal.statements)
        self._defined: set[Var] = set()

    def reverse(
        self,
        outputs: Sequence[Operand],
        cotangents: Sequence[Operand],
        wrt: Sequence[Var],
        base: list[Statement] | None = None,
    ) -> list[Operand]:
        """The cotangents of `wrt`, given those of `outputs`.

        Args:
            outputs: what the cotangents belong to.
            cotangents: one for each output.
            wrt: what to differentiate with respect to.
            base: the statements to go back through; by default all there are.
        """
        base = self.statements if base is None else base
        for var in wrt:
            var.moved = True
        derived = vjp(Program(self.name, (), base, tuple(outputs)), wrt, cotangents)
        names = self._take(base, derived.statements)
        return list(substituted(derived.outputs[len(outputs) :], names))

    def forward(
        self,
        outputs: Sequence[Operand],
        wrt: Sequence[Var],
        tangents: Sequence[Operand],
        base: list[Statement] | None = None,
    ) -> list[Operand]:
        """The tangents of `outputs`, given those of `wrt`."""
        base = self.statements if base is None else base
        for var in wrt:
            var.moved = True
        derived = jvp(Program(self.name, (), base, tuple(outputs)), wrt, tangents)
        names = self._take(base, derived.statements)
        return list(substituted(derived.outputs[len(outputs) :], names))

    def diagonal(
        self, outputs: Sequence[Operand], wrt: Var, base: list[Statement], most: int
    ) -> list[list[Diagonal]]:
        """The tangents of outputs by all elements of a variable, as sums of diagonals.

        Raises:
            NotDiagonal: they are none, or take more than so many statements.
        """
        wrt.moved = True
        derived, found = columns_of(Program(self.name, (), base, tuple(outputs)), wrt, most)
        names = self._take(base, derived.statements)
        return [
            [replace(d, slopes=substituted((d.slopes,), names)[0]) for d in own] for own in found
        ]

    def _take(self, base: list[Statement], derived: list[Statement]) -> dict[Var, Operand]:
        """Keep what is new; a first sweep may also have changed what is old.

        A loop that a second sweep computes with tangents of its own is another loop, of another
        name: gives those names.
        """
        if self.statements is base:
            self.statements = list(derived)
            self._defined = {s.target for s in derived if s.target is not None}
            return {}
        structured = {s.target: s.operation for s in self.statements if bodies_of(s.operation)}
        names: dict[Var, Operand] = {}
        for statement in derived:
            target = statement.target
            if target is None:
                continue
            if target in self._defined:
                if structured.get(target, statement.operation) is statement.operation:
                    continue
                names[target] = own = Var(target.name, target.aval)
                target = own
            self._defined.add(target)
            operands = substituted(statement.operands, names)
            made = statement
            if names:
                made = Statement(target, statement.operation, operands, statement.span)
            self.statements.append(made)
        return names

    def build(self) -> Builder:
        """A builder that appends to these statements."""
        builder = Builder()
        if self.statements:
            builder.span = self.statements[-1].span
        builder.statements = self.statements
        return builder

    def stacked(
        self, sweep: Callable[[Operand], list[Operand]], aval: Aval, hint: str
    ) -> list[Operand]:
        """The results of a sweep for each unit seed of a shape, along an axis in front.

        The sweep is recorded once for a symbolic seed. What depends on the seed is done for all
        units side by side, or written again for each.
        """
        seed = Var(hint, aval)
        outputs = sweep(seed)
        linear, rest = dependent(self.statements, {seed})
        decided = [s for s in linear if s.target is None]
        # Decisions after a loop that computes values and tangents side by side stay in their order.
        first = self.statements if decided else linear
        self.statements = [] if decided else rest
        self._defined = {s.target for s in rest if s.target is not None}
        builder = self.build()
        together = side_by_side(builder, linear, seed, outputs)
        if together is not None:
            return together
        found = []
        for k in range(aval.size):
            unit = np.zeros(aval.shape, aval.dtype)
            unit.flat[k] = 1
            unit.flags.writeable = False
            statements = linear if k else first
            found.append(instantiate(builder, statements, {seed: unit}, outputs, again=k > 0))
        return [_stack(builder, parts) for parts in zip(*found, strict=True)]


_MOST_NUMBERS = 1024
"""A matrix of so many numbers at most is made of them at once."""


def _stack(builder: Builder, parts: Sequence[Operand]) -> Operand:
    shape = operand_aval(parts[0]).shape
    if shape:
        made = [builder.definitions.get(p) if type(p) is Var else None for p in parts]
        numbers = [s.operands for s in made if s is not None and s.operation.name == "array"]
        if len(numbers) == len(parts) and sum(map(len, numbers)) <= _MOST_NUMBERS:
            every = [number for row in numbers for number in row]
            return builder.apply("array", *every, shape=(len(parts), *shape))
        return builder.apply("rows", *parts)
    return builder.apply("array", *parts, shape=(len(parts),))


def instantiate(
    builder: Builder,
    statements: Sequence[Statement],
    known: dict[Var, Operand],
    outputs: Sequence[Operand],
    again: bool = False,
) -> list[Operand]:
    """Write statements again with some variables given; returns what becomes of the outputs.

    The statements are linear in what is given. What depends on zeros alone is zero, and is not
    computed: a partial that is infinite would make it no number. What depends on nothing that is
    given stays as it is, and what is decided is decided once, not `again`.
    """
    branches: dict[Var, Statement] = {}
    for statement in statements:
        target = statement.target
        if not any(type(o) is Var and o in known for o in statement.operands):
            builder.statements.append(statement)
            continue
        if target is None:
            if not again:
                operands = substituted(statement.operands, known)
                made = Statement(None, statement.operation, operands, statement.span)
                builder.statements.append(made)
            continue
        moved = [known[o] for o in statement.operands if type(o) is Var and o in known]
        if _is_joint(statement.operation):  # a state and how it moves may stand side by side
            moved += [o for o in statement.operands if type(o) is not Var or o not in known]
        operation = statement.operation
        if isinstance(operation, Branch):
            branches[target] = statement
        elif isinstance(operation, Result):
            found = branches.get(statement.operands[0])
            if found is not None and _is_nothing(found, operation.k, known):
                known[target] = zeros_of(target.aval)
                continue
        number = type(operation) is not Result and not bodies_of(operation)
        if number and target.aval.size <= MOST_FOLDED and all(map(is_zero, moved)):
            known[target] = zeros_of(target.aval)
            continue
        builder.span = statement.span
        shorter = None
        if type(operation) is Template and not (target.aval.shape or target.aval.weak):
            shorter = _without_nothing(builder, statement, known)
        if shorter is None:
            shorter = builder.emit(operation, substituted(statement.operands, known), target.name)
        known[target] = shorter
    return [known.get(o, o) if type(o) is Var else o for o in outputs]


def _without_nothing(
    builder: Builder, statement: Statement, known: Mapping[Var, Operand]
) -> Operand | None:
    """A number without the terms that zeros are factors of, and without factors of one.

    `None` where it has none of either, or would be of another type without them.
    """
    operation, target = statement.operation, statement.target
    assert isinstance(operation, Template)
    assert target is not None
    operands = substituted(statement.operands, known)
    given = [k for k, o in enumerate(statement.operands) if type(o) is Var and o in known]
    zeros = [k for k in given if is_zero(operands[k])]
    if not any(type(operands[k]) is not Var for k in given):
        return None
    tree = without_zeros(operation.tree, zeros)
    if tree is None:
        return zeros_of(target.aval)
    code = flatten(tree)
    read = tuple([operands[k] for k in dict.fromkeys(t for t in code if type(t) is int)])
    places = {k: n for n, k in enumerate(dict.fromkeys(t for t in code if type(t) is int))}
    template = Template.of(tuple([places[t] if type(t) is int else t for t in code]))
    if not read or template.infer([operand_aval(o) for o in read]) is not target.aval:
        return None
    made = builder.elementwise(template, read, target.name)
    return made if operand_aval(made) is target.aval else None


def _is_nothing(statement: Statement, k: int, known: Mapping[Var, Operand]) -> bool:
    """Whether a result of a branch is zero, since it depends on zeros alone."""
    branch, operands = statement.operation, statement.operands[1:]
    assert isinstance(branch, Branch)
    moved = [j for j, o in enumerate(operands) if type(o) is Var and o in known]
    if branch.joined(k) is TAPE or not all(is_zero(known[operands[j]]) for j in moved):
        return False
    for arm in branch.arms:
        output, seeds = arm.outputs[k], {arm.inputs[j] for j in moved}
        if type(output) is Var:
            linear, _ = dependent(arm.statements, seeds)
            if output not in seeds and all(s.target is not output for s in linear):
                return False
        elif not is_zero(output):
            return False
    return True


def _is_joint(operation: Any) -> bool:
    return type(operation) is Structural and operation.entry.linear == "joint"


def linear_part(
    statements: Sequence[Statement], seeds: Sequence[Var], outputs: Sequence[Operand]
) -> tuple[list[Statement], list[Var]]:
    """The statements that depend on the seeds, and the variables they need from the others."""
    linear, _ = dependent(statements, set(seeds))
    own = {s.target for s in linear} | set(seeds)
    read = [o for s in linear for o in s.operands] + list(outputs)
    return linear, list(dict.fromkeys(o for o in read if type(o) is Var and o not in own))


def seeds_for(targets: Any, given: Any, sweeps: Sweeps, what: str) -> list[Operand]:
    """Operands of `given`, which has to match the leaves of `targets`, each in its dtype.

    Raises:
        UsageError: the shapes disagree.
    """
    expected, found = leaves_of(targets), leaves_in(given)[0]
    builder = sweeps.build()
    if len(expected) != len(found):
        raise UsageError(
            f"{what} has {len(found)} numbers or arrays, and {len(expected)} are needed",
            remedy=f"give {what} the structure of what it belongs to",
        )
    seeds: list[Operand] = []
    for target, leaf in zip(expected, found, strict=True):
        shape = leaf.aval.shape if type(leaf) is Leaf else None
        if shape != target.aval.shape:
            raise UsageError(
                f"{what} has shape {shape}, and {target.aval.shape} is needed",
                remedy=f"give {what} the shape of what it belongs to",
            )
        seed = leaf.operand
        if target.aval.dtype != leaf.aval.dtype and (shape or not target.aval.weak):
            seed = builder.apply("cast", seed, dtype=target.aval.dtype)
        seeds.append(seed)
    return seeds
