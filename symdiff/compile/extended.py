"""The lines of a program with larger exponents, so that no product leaves the range of floats.

All numbers are NumPy's, as in the careful form, and of a type of a wider range. Each operation is
rounded to the digits of double precision: what it gives is what double precision gives, where that
has it, and what compares numbers decides as the function does. The results are floats again.

What NumPy or SciPy has in double precision alone, and what solves equations, is computed in that:
the rest still has the wider range. Nothing is changed outside: the careful form does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ..operations.runtime.ranges import extended
from ..operations.table.entry import ATOM, TABLE, ElementwiseEntry
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, format_number, render_operation
from ..program.loops import Loop
from ..program.program import Aval, Guard, Operand, Program, Statement, Var
from ..records import dataclass
from .aliases import may_alias
from .branches import BranchEmitter
from .lifetimes import LoopMemory
from .lines import CHOICES, Output
from .loops import Found

_EXACT = CHOICES | {"abs", "neg", "pos", "sign"}
"""What gives no digits that an operand has not."""

NOT_CORRECTED = object()
"""What stands for a value of the function, which is as the function computes it."""


@dataclass(slots=True)
class ExtendedEmitter(BranchEmitter):
    """Writes lines that compute in a wider range."""

    constants: dict[Any, Any] = field(default_factory=dict)
    plain: bool = False  # whether constants are written as they are
    ends: set[Var] = field(default_factory=set)  # what decides how long loops go on

    def operand(self, operand: Operand) -> str:
        if self.plain:
            return BranchEmitter.operand(self, operand)
        if type(operand) is float:
            return self.number_of(operand, operand.hex())
        if isinstance(operand, np.ndarray | np.generic) and operand.dtype == np.float64:
            return self.number_of(operand, id(operand))
        return BranchEmitter.operand(self, operand)

    def constant(self, operand: Operand) -> str:
        return self.operand(operand)

    def writes(self, statements: Sequence[Statement]) -> None:
        """Nothing: the careful form makes the changes."""

    def number_of(self, constant: Operand, key: Any) -> str:
        if key not in self.constants:
            self.keep.append(constant)
            self.constants[key] = extended(constant)
        return self.object(self.constants[key], "number")

    def template(self, operation: Template, statement: Statement) -> None:
        assert statement.target is not None
        if operation.code == (0,):
            self.shared.add(statement.target)
        decides = statement.target in self.ends
        source = self.render(operation, [self.operand(o) for o in statement.operands], decides)
        if not statement.target.aval.is_inexact:
            source = source.removeprefix("rt.rounded")  # in the parentheses that follow
        self.lines.append((statement.target.name, source))

    def loop(self, loop: Loop, statement: Statement, memory: LoopMemory) -> Found:
        if loop.until:
            self.ends |= _ends(loop.body)
        return BranchEmitter.loop(self, loop, statement, memory)

    def render(self, operation: Template, operands: Sequence[str], decides: bool = False) -> str:
        """Source of an expression, of which each operation is rounded.

        One that `decides` how long a loop goes on compares numbers in double precision.
        """
        stack: list[str] = []
        for token in operation.code:
            if type(token) is int:
                stack.append(operands[token])
            elif isinstance(token, Literal):
                of_float = type(token.value) is float
                stack.append(self.operand(token.value) if of_float else format_number(token.value))
            else:
                assert isinstance(token, str)
                entry = TABLE.entries[token]
                assert isinstance(entry, ElementwiseEntry)
                read = [f"({text})" for text in stack[len(stack) - entry.arity :]]
                if decides and entry.dtype == "bool":
                    read = [f"rt.in_double{text}" for text in read]
                if entry.precedence == ATOM:
                    names = [f"x_{k}" for k in range(entry.arity)]
                    called = render_operation(entry, names, "numpy")
                    text = f"rt.of_either(lambda {', '.join(names)}: {called}, {', '.join(read)})"
                else:
                    text = render_operation(entry, read, "numpy")
                exact = entry.dtype == "bool" or token in _EXACT
                text = f"({text})" if exact else f"rt.rounded({text})"
                stack[len(stack) - entry.arity :] = [text]
        return stack[-1]

    def dtype_of(self, aval: Aval) -> Any:
        return extended(np.zeros((), aval.dtype)).dtype

    def structural(self, operation: Structural, statement: Statement, copied: bool) -> None:
        self.plain = not may_alias(statement)  # constants do not decide in which precision
        BranchEmitter.structural(self, operation, statement, copied)
        self.plain = False
        read = dict.fromkeys([o.name for o in statement.operands if type(o) is Var])
        if may_alias(statement) or not read:
            return
        target, source = self.lines.pop()
        names = ", ".join(read)
        how = "of_doubles" if operation.solves else "of_either"
        self.lines.append((target, f"rt.rounded(rt.{how}(lambda {names}: {source}, {names}))"))

    def converted(self, var: Var, kind: type, name: str) -> str:
        if var.aval.dtype == "float64":
            return f"rt.extended({name})"
        return BranchEmitter.converted(self, var, kind, name)

    def given(self, var: Var) -> None:
        if var.aval.dtype == "float64":
            self.lines.append((var.name, f"rt.extended({var.name})"))

    def taken_in(self, var: Var, free: bool = False) -> None:
        if var.aval.shape and var.aval.dtype == "float64":
            self.lines.append((var.name, f"rt.extended({var.name})"))

    def output(self, operand: Operand, output: Output, handed: set[Var]) -> str:
        if output.kept:
            return self.operand(operand)
        if output.own:
            return self.object(NOT_CORRECTED, "own")
        if output.type is np.ndarray:
            return f"numpy.array({self.operand(operand)}, {output.dtype!r})"
        if type(operand) is float:
            return format_number(operand)
        return BranchEmitter.output(self, operand, output, handed)


def _ends(body: Program) -> set[Var]:
    """The truths on which it depends whether an iteration is the last."""
    found: set[Var] = set()
    for statement in reversed(body.statements):
        if type(statement.operation) is Guard or statement.target in found:
            found |= {o for o in statement.operands if type(o) is Var and o.aval.dtype == "bool"}
    return found
