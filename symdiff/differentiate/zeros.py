"""What is 0 whatever the inputs are, and so does not move: `c*0.0`, and roots and products of it.

A factor that happens to be 0 may move: `sqrt(x*y)` has no slope by `x` where `x` is 0. One that is
0 whatever the inputs stays so, and so does the root, though the slope of a root at 0 is infinite
and 0 times that is no number. In a loop, what is carried is 0 if it is so at first, and becomes 0
where it was. What is 0 in some iterations alone, or in one arm, is told by flags (`zero_flags.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.template import Literal, Template
from ..program.branches import Branch
from ..program.interning import LATEST
from ..program.loops import Loop, Result
from ..program.program import Operand, Program, Var

_BOTH = frozenset({"add", "sub", "hypot"})
_OWN = frozenset(
    {
        *("neg", "pos", "abs", "sqrt", "cbrt", "square"),
        *("sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "expm1", "log1p"),
    }
)
"""What is 0 where both its operands are, or its own."""

MOST_ELEMENTS = 4096
"""A larger constant array is not looked through."""

Keys = frozenset[tuple[str, int]]
"""Results of a loop or a branch, by kind and number."""


def hold_zeros(program: Program) -> bool:
    """Mark the variables that are 0 whatever the inputs are: no derivative runs through them.

    Returns:
        Whether some are so in some iterations, or in one arm, and not in others.
    """
    known = _Zeros()
    for var in known.of(program, ()):
        if var.aval.is_inexact:
            var.still = True
    return known.passing


class _Zeros:
    """What is 0 in bodies and arms, and whether some of it is so for a while."""

    def __init__(self) -> None:
        self.passing = False

    def of(self, program: Program, inputs: Iterable[Var]) -> set[Var]:
        """What is 0 if these inputs are, in bodies too."""
        zeros = set(inputs)
        found: dict[Operand, Keys] = {}
        for statement in program.statements:
            target, operation, operands = statement.target, statement.operation, statement.operands
            if target is None:
                continue
            if type(operation) is Template:
                places = frozenset([k for k, o in enumerate(operands) if _is_zero(o, zeros)])
                if vanishes(operation, places):
                    zeros.add(target)
            elif isinstance(operation, Result):
                if (operation.kind, operation.k) in found.get(operands[0], ()):
                    zeros.add(target)
            elif isinstance(operation, (Loop, Branch)):
                known = {k for k, o in enumerate(operands[1:]) if _is_zero(o, zeros)}
                if isinstance(operation, Loop):
                    found[target], inside = self._of_loop(operation, known)
                else:
                    found[target], inside = self._of_branch(operation, known)
                zeros |= inside
        return zeros

    def _of_loop(self, loop: Loop, known: set[int]) -> tuple[Keys, set[Var]]:
        """The results that are 0, and what is so within, in all iterations."""
        body = loop.body
        while True:
            inside = self.of(body, [body.inputs[k] for k in known])
            left = {k for k in known if k < loop.carried and not _is_zero(body.outputs[k], inside)}
            if not left:
                return frozenset([("carried", k) for k in known if k < loop.carried]), inside
            self.passing = True
            known = known - left

    def _of_branch(self, branch: Branch, known: set[int]) -> tuple[Keys, set[Var]]:
        """The results that are 0 in both arms, and what is so within."""
        within: set[Var] = set()
        either: set[int] = set()
        both = set(range(len(branch.arms[0].outputs)))
        for arm in branch.arms:
            inside = self.of(arm, [arm.inputs[k] for k in known])
            own = {k for k, o in enumerate(arm.outputs) if _is_zero(o, inside)}
            either |= own
            both &= own
            within |= inside
        self.passing = self.passing or either != both
        return frozenset([("joined", k) for k in both]), within


def _is_zero(operand: Operand, zeros: set[Var]) -> bool:
    return operand in zeros if type(operand) is Var else is_constant_zero(operand)


def is_constant_zero(operand: Operand) -> bool:
    """Whether a constant is 0, as a number or in all its elements."""
    if isinstance(operand, np.ndarray):
        known = operand.dtype.kind == "f" and operand.size <= MOST_ELEMENTS
        return known and not operand.any()
    return isinstance(operand, (float, np.floating)) and operand == 0.0


@lru_cache(LATEST)
def vanishes(template: Template, places: frozenset[int]) -> bool:
    """Whether a template is 0 where these operands are, for all others.

    >>> vanishes(Template.of((0, 1, "mul", "sqrt")), frozenset({1}))
    True
    >>> vanishes(Template.of((0, 1, "add")), frozenset({1}))
    False
    """
    return is_zero_code(template.code, places)


def is_zero_code(code: Sequence[Any], places: Collection[int]) -> bool:
    """The same of the code of a template, or of a part of one."""
    stack: list[tuple[bool, bool]] = []  # whether it is 0, and whether a positive number
    for token in code:
        if type(token) is int:
            stack.append((token in places, False))
        elif isinstance(token, Literal):
            stack.append(of_literal(token))
        else:
            entry = TABLE.entries[str(token)]
            assert isinstance(entry, ElementwiseEntry)
            count = entry.arity
            own, stack = stack[len(stack) - count :], stack[: len(stack) - count]
            stack.append((keeps(entry.name, own), False))
    return stack[-1][0]


def of_literal(literal: Literal) -> tuple[bool, bool]:
    """Whether a literal is 0, and whether a positive number."""
    real = issubclass(literal.kind, float) or literal.kind is int
    return real and literal.value == 0, real and literal.value > 0


def keeps(name: str, operands: list[tuple[bool, bool]]) -> bool:
    """Whether an entry is 0, by what is known of its operands."""
    zero = [known for known, _ in operands]
    if name == "mul":
        return any(zero)
    if name == "div":
        return zero[0] and not zero[1]
    if name == "pow":
        return zero[0] and operands[1][1]
    return (name in _BOTH and all(zero)) or (name in _OWN and zero[0])
