"""Whether two programs do the same, whatever their variables are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .program import Operand, Program, Var, bodies_of


def same_operation(one: Any, other: Any) -> bool:
    """Whether two operations do the same with the same operands.

    >>> from symdiff.program.program import KEEP, Guard
    >>> same_operation(Guard("truth", True), Guard("truth", True)), same_operation(KEEP, None)
    (True, False)
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    programs = bodies_of(one)
    if not programs:
        return bool(one == other)
    details = ("carried", "elements", "backward", "until")
    return all(getattr(one, d, None) == getattr(other, d, None) for d in details) and all(
        same_program(a, b) for a, b in zip(programs, bodies_of(other), strict=True)
    )


def same_operand(one: Operand, other: Operand) -> bool:
    """Whether two operands are one variable, or constants that nothing tells apart.

    >>> same_operand(1, 1.0), same_operand(float("nan"), float("nan")), same_operand(0.0, -0.0)
    (False, True, False)
    """
    if one is other:
        return True
    return type(one) is not Var and type(other) is not Var and token(one) == token(other)


def token(constant: Any) -> Any:
    """What is equal for constants that nothing tells apart, and may be a key."""
    if isinstance(constant, np.ndarray):
        return (constant.dtype.str, constant.shape, constant.tobytes())
    return (type(constant), repr(constant))


def same_program(one: Program, other: Program) -> bool:
    """Whether two programs do the same with the same inputs."""
    if [v.aval for v in one.inputs] != [v.aval for v in other.inputs]:
        return False
    if len(one.statements) != len(other.statements) or len(one.outputs) != len(other.outputs):
        return False
    known: dict[Var, Operand] = dict(zip(one.inputs, other.inputs, strict=True))

    def same(given: Sequence[Operand], found: Sequence[Operand]) -> bool:
        return len(given) == len(found) and all(
            known.get(a) is b if type(a) is Var else same_operand(a, b)
            for a, b in zip(given, found, strict=True)
        )

    for a, b in zip(one.statements, other.statements, strict=True):
        if not same_operation(a.operation, b.operation) or not same(a.operands, b.operands):
            return False
        if a.target is not None and b.target is not None:
            known[a.target] = b.target
    return same(one.outputs, other.outputs)
