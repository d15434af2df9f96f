"""From derived statements to what is compiled: optimized, and how results are handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..compile.emit import Layout, Output
from ..optimize import (
    number_values,
    remove_dead_code,
    with_late_writes,
    with_parts_outside,
    without_marks,
)
from ..optimize.constants import with_constants
from ..optimize.signs import with_differences
from ..program.outside import Check, Read
from ..program.program import (
    Keep,
    Program,
    Statement,
    name_uniquely,
)
from ..program.sources import Argument
from ..program.trees import code, flatten
from .primal import Inert, Leaf, Numbers, Scalars

Built = tuple[Program, list[Output], Layout]
Derived = tuple[list[Statement], Any]
"""Statements, and a nested result with a `Leaf` for each number or array."""


def built(name: str, derived: Derived) -> Built:
    """A derived program, the types of its outputs, and how they are put together."""
    statements, nested = derived
    leaves, structure = flatten(nested)
    numbers = [leaf for leaf in leaves if type(leaf) is Leaf]
    program = Program(name, (), statements, tuple([leaf.operand for leaf in numbers]))

    def layout(texts: Iterator[str], name: Callable[[Any, str], str]) -> str:
        def text(leaf: Leaf | Inert) -> str:
            if type(leaf) is Leaf:
                found = next(texts)
                if leaf.type is Scalars:
                    return f"{name(list, 'list')}({found})"
                return f"{found}.tolist()" if leaf.type is Numbers else found
            assert isinstance(leaf, Inert)
            return "None" if leaf.value is None else name(leaf.value, "constant")

        return code(structure, iter([text(leaf) for leaf in leaves]), name)

    return optimized(program), [output_of(leaf) for leaf in numbers], layout


def output_of(leaf: Leaf) -> Output:
    """How a number or array is handed over."""
    aval = leaf.aval
    kind = np.ndarray if aval.shape else leaf.type
    return Output(kind, aval.dtype, aval.shape, leaf.own, leaf.kept)


def as_function(program: Program) -> Program:
    """A program as people read it: arguments are inputs, and checks of their types are left out."""
    inputs = []
    statements = []
    for statement in program.statements:
        operation = statement.operation
        if type(operation) is Read and type(operation.source) is Argument:
            assert statement.target is not None
            inputs.append(statement.target)
        elif type(operation) not in (Check, Keep):
            statements.append(statement)
    return Program(
        program.name, (*inputs, *program.inputs), statements, program.outputs, program.extra
    )


def optimized(program: Program) -> Program:
    """The program with each value computed once, and none that nobody needs; to be run as it is."""
    program = remove_dead_code(number_values(with_constants(number_values(without_marks(program)))))
    program = with_differences(with_parts_outside(program, number_values))
    return name_uniquely(with_late_writes(program))
