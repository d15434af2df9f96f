"""Programs of a right-hand side as fast functions: numbers where the arrays are small."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ....compile.emit import Output
from ....compile.function import compile_program
from ....operations.table.entry import TABLE, StructuralEntry
from ....operations.table.structural import Structural
from ....optimize import number_values
from ....optimize.scalars import scalarize
from ....program.program import (
    BOOL,
    Guard,
    Operand,
    Program,
    Statement,
    Var,
    name_uniquely,
    operand_aval,
)
from ....safety.exclusive import TRACING

MOST_ELEMENTS = 64
"""States and parameters of up to so many numbers are computed with one by one."""


class OtherBranch(Exception):
    """A right-hand side decided otherwise than the program that was run."""

    def __init__(self, outcomes: tuple[Any, ...]) -> None:
        super().__init__(outcomes)
        self.outcomes = outcomes


def outcome_of(kind: str, value: Any) -> Any:
    """What a decision found, as a key."""
    if kind == "truth":
        return bool(value)
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    return value.item() if isinstance(value, np.generic) else value


def _branch(value: Any, *, kind: str, before: tuple[Any, ...], expected: Any) -> bool:
    found = outcome_of(kind, value)
    if found != expected:
        raise OtherBranch((*before, found))
    return True


def _prepared(*, kind: str, before: tuple[Any, ...], expected: Any) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        # Most decisions are numbers of Python's own, and as expected.
        return value is expected or _branch(value, kind=kind, before=before, expected=expected)

    return test


TABLE.add(
    StructuralEntry(
        name="branch",
        numpy=_branch,
        prepare=_prepared,
        infer=lambda value, *, kind, before, expected: BOOL,
        describe=lambda o, p: f"decide {o[0]} == {p['expected']!r}",
    )
)


def guards_of(program: Program) -> tuple[Any, ...]:
    """The outcomes that a program assumes, in order."""
    found = []
    for statement in program.statements:
        operation = statement.operation
        if type(operation) is Guard:
            found.append(outcome_of(operation.kind, operation.expected))
    return tuple(found)


def _checked(program: Program) -> Program:
    """The program with its own variables, and guards that raise `OtherBranch`."""
    fresh: dict[Var, Var] = {v: Var(v.name, v.aval) for v in program.variables()}

    def renamed(operand: Operand) -> Operand:
        return fresh.get(operand, operand) if type(operand) is Var else operand

    statements: list[Statement] = []
    before: tuple[Any, ...] = ()
    for s in program.statements:
        operands = tuple([renamed(o) for o in s.operands])
        if type(s.operation) is Guard:
            kind = s.operation.kind
            expected = outcome_of(kind, s.operation.expected)
            test = Structural.of("branch", kind=kind, before=before, expected=expected)
            before = (*before, expected)
            statements.append(Statement(Var("branch", BOOL), test, operands, s.span))
        else:
            target = fresh[s.target] if s.target is not None else None
            statements.append(Statement(target, s.operation, operands, s.span))
    inputs = tuple([fresh[v] for v in program.inputs])
    return Program(program.name, inputs, statements, tuple(map(renamed, program.outputs)))


class Function:
    """A program of the time, the state and parameters as a function; its result is a vector.

    With all its outputs one after another; numbers are taken as vectors of one element.
    """

    def __init__(self, program: Program, most: int = MOST_ELEMENTS) -> None:
        self.program = program
        self.most = most
        self._compiled: dict[bool, Callable[..., Any]] = {}
        self._spread: list[int | None] | None = None

    def _compile(self, careful: bool) -> Callable[..., Any]:
        known = self._compiled.get(careful)
        if known is not None:
            return known
        with TRACING:
            made = _checked(self.program)
            state = made.inputs[1] if len(made.inputs) > 1 else None
            small = state is None or state.aval.size <= self.most
            found = scalarize(made, self.most) if small else None
            if found is not None:
                program = number_values(found.program)
                self._spread = [None if p is None else len(p) for p in found.inputs]

                def layout(results: Iterator[str], namer: Any) -> str:
                    return f"[{', '.join(results)}]"

                # What a solver is given decides its steps: to the last bit as the user's function.
                outputs = [Output(float, own=True)] * len(program.outputs)
            else:
                program = made
                self._spread = [None] * len(made.inputs)
                outputs = [
                    Output(np.ndarray, "float64", operand_aval(o).shape, own=True)
                    for o in made.outputs
                ]

                def layout(results: Iterator[str], namer: Any) -> str:
                    parts = [f"numpy.reshape({r}, -1)" for r in results]
                    if len(parts) == 1:
                        return parts[0]
                    return f"numpy.concatenate([{', '.join(parts)}])"

            name_uniquely(program)
            function = compile_program(program, 0, outputs, layout, careful).function
        self._compiled[careful] = function
        return function

    def bind_last(self, params: Sequence[Any]) -> tuple[Callable[[float, Any, Any], Any], bool]:
        """The function of time, state and the last parameter; and whether it gives an array."""
        self._compile(False)
        assert self._spread is not None
        whole = self._spread[1] is None
        fixed = self._fixed([*params, None])
        fixed.pop()
        fast = self._compiled[False]
        own, last = self._spread[1], self._spread[-1]

        def call(t: float, y: Any, v: Any) -> Any:
            state = (y,) if own is None else y.tolist()
            further = (v,) if last is None else v.tolist()
            try:
                return fast(float(t), *state, *fixed, *further)
            except (ArithmeticError, ValueError, TypeError):
                with np.errstate(all="ignore"):
                    return self._compile(True)(float(t), *state, *fixed, *further)

        return call, whole

    def _fixed(self, params: Sequence[Any]) -> list[Any]:
        assert self._spread is not None
        fixed: list[Any] = []
        for value, count in zip(params, self._spread[2:], strict=True):
            if count is None or value is None:
                fixed.append(np.asarray(value) if isinstance(value, np.ndarray | list) else value)
            elif isinstance(value, np.ndarray):
                fixed.extend(value.ravel().tolist())
            else:
                fixed.append(value.item() if isinstance(value, np.generic) else value)
        return fixed

    def bind(self, params: Sequence[Any]) -> Callable[[float, Any], Any]:
        """The function of time and state alone: a list of numbers, or an array."""
        fast = self._compile(False)
        spread = self._spread
        assert spread is not None
        fixed = self._fixed(params)
        whole = spread[1] is None
        careful: list[Any] = []

        def carefully(t: float, y: Any) -> Any:
            # Python's numbers raise where NumPy's, which a state is made of, give inf or nan.
            if not careful:
                careful.append(self._compile(True))
            with np.errstate(all="ignore"):
                if whole:
                    return careful[0](float(t), y, *fixed)
                return careful[0](float(t), *y, *fixed)

        if whole:

            def call(t: float, y: Any) -> Any:
                try:
                    return fast(float(t), y, *fixed)
                except (ArithmeticError, ValueError, TypeError):
                    return carefully(t, y)

        else:

            def call(t: float, y: Any) -> Any:
                try:
                    return fast(float(t), *y.tolist(), *fixed)
                except (ArithmeticError, ValueError, TypeError):
                    return carefully(t, y)

        return call
