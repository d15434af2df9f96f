"""Along which axis the arguments of a batched call have its elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..operations.statements.builder import Builder
from ..program.program import Aval, Program, Statement, Var
from ..program.sources import Argument, Attribute, Child, Item, Source


def as_given(program: Program, axes: Sequence[int]) -> Program:
    """A program that takes its inputs as the user has them, along any axis.

    So what belongs to all elements lies side by side, as it does for the user.
    """
    inputs, statements = list(program.inputs), Builder()
    count = len(inputs) - len(axes)
    for k, axis in enumerate(axes, count):
        var = inputs[k]
        if axis:
            order = (axis, *[a for a in range(var.aval.ndim) if a != axis])
            shape = [0] * var.aval.ndim
            for n, a in zip(var.aval.shape, order, strict=True):
                shape[a] = n
            inputs[k] = Var(var.name, Aval.of(tuple(shape), var.aval.dtype))
            statements.apply("transpose", inputs[k], axes=order)
            made = statements.statements.pop()
            statements.statements.append(Statement(var, made.operation, made.operands))
    if not statements.statements:
        return program
    lines = [*statements.statements, *program.statements]
    return replace(program, inputs=tuple(inputs), statements=lines)


def axis_of(source: Source, axes: Sequence[int | None], ndim: int) -> int:
    """The axis of an array along which it has the elements, as the user gives it."""
    while isinstance(source, Attribute | Child | Item):
        source = source.owner
    assert isinstance(source, Argument)
    axis = axes[source.index]
    assert axis is not None
    return axis % ndim
