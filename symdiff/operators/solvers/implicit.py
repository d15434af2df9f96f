"""Calls of solvers in a traced function: what is searched, and which equations the result solves.

The solver is the user's own call of SciPy, with its settings; it gives the value (`search`). How
the solution moves with the parameters is the rule of `solution`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.statements.builder import Builder
from ...program.program import Guard, Program, Var, operand_aval, substituted
from ...specialize.recording.tracer import Tracer
from . import solution as solution  # registers how a solution moves
from .inner import Path
from .pointwise import Inner, full
from .search import Followed, Search, run_search

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls


class Solver:
    """One call of a solver in a traced function.

    Attributes:
        ways: whether the functions it calls go several ways.
    """

    def __init__(self, calls: Calls, name: str) -> None:
        self.calls = calls
        self.recorder = calls.recorder
        self.site = self.recorder.site
        self.name = f"`{name}`"
        self.functions: list[tuple[Followed, Callable[..., Any], Any]] = []
        if self.recorder.abstract:
            self.recorder.need_value(f"the result of {self.name}")

    def follow(
        self,
        function: Any,
        args: Any = (),
        shown: Callable[..., Any] | None = None,
        parts: bool = False,
    ) -> int:
        """Take a function of the user's that the solver calls; its number.

        Args:
            function: of what the solver gives, and `args`.
            args: further arguments, which may be traced.
            shown: what to trace instead: `shown(*values)`.
            parts: whether it returns several things together, such as a value and its slope.
        """
        args = tuple(args) if isinstance(args, tuple | list) else (args,)

        def called(*values: Any) -> Any:
            result = self.calls.call(self.site, function, *values, *args)
            if parts:
                return tuple([self.vector(part) for part in result])
            return self.vector(result)

        user = (function, args)
        self.functions.append((Followed(self.name), shown or called, user))
        return len(self.functions) - 1

    def vector(self, result: Any) -> Any:
        """What a function gave as an array, a number as it is."""
        if isinstance(result, list | tuple) or type(result) is not Tracer:
            return self.recorder.array(result)
        return result

    def search(
        self,
        starts: Sequence[Any],
        run: Callable[[Sequence[Any], Sequence[Callable[..., Any]]], Any],
    ) -> Any:
        """Run the solver: the vector that `run` gives, which has no derivative yet.

        Args:
            starts: numbers and arrays that may be traced, which `run` gets as plain ones.
            run: gets those and the functions in the order of `follow`.
        """
        recorder = self.recorder
        starts = [recorder.array(s) if isinstance(s, list | tuple) else s for s in starts]
        search = Search(self.name, [f for f, _, _ in self.functions], len(starts), run)
        values = [s.value if type(s) is Tracer else s for s in starts]
        caught: list[BaseException] = []
        traced = [f.traced(self.calls, of, user, caught) for f, of, user in self.functions]
        first: Any = None
        try:
            first = run_search(search, values, traced, caught)
        except Exception:
            if caught:
                if recorder.catching:
                    recorder.refuse(
                        f"an error in a function that {self.name} calls, which is caught",
                        why="it depends on the numbers that the solver tries",
                        remedy="test for what raises it before it is raised",
                    )
                raise
        self.recorder.site = self.site
        search.ready(first)
        params = [Tracer(recorder, recorder.values[v], v) for v in search.params]
        whole = recorder.apply("search", *starts, *params, search=search)
        return recorder.array(whole)

    def note_ways(self) -> None:
        """Other ways through the functions are another specialization."""
        ways = [p.decisions for f, _, _ in self.functions for p in f.paths]
        if any(ways):
            self.recorder.guard(Guard("ways", frozenset(ways)), (), frozenset(ways))

    def program_at(self, number: int, point: Any) -> Program:
        """The function as a program of its argument, as it is at `point`, which is traced.

        What it decides there is decided here, too.
        """
        recorder = self.recorder
        followed, function, user = self.functions[number]
        path = followed.at(self.calls, function, user, _value(point))
        recorder.site = self.site
        self.note_ways()
        if path.decisions:
            given = followed.given([_value(point)])[0]
            shaped = point
            if recorder.shape(point) != np.shape(given):
                shaped = recorder.apply("reshape", point, shape=np.shape(given))
            self._decide(path, recorder.operand(shaped))
        return path.program()

    def _decide(self, path: Path, point: Any) -> None:
        recorder = self.recorder
        known: dict[Any, Any] = {path.own[0]: point}
        for statement in path.statements:
            operation: Any = statement.operation
            operands = substituted(statement.operands, known)
            if statement.target is not None:
                values = [recorder.values[o] if type(o) is Var else o for o in operands]
                var = recorder.emit(operation, operands, statement.target.name)
                recorder.values[var] = operation.evaluate(*values)
                known[statement.target] = var
            elif type(operation) is Guard:
                outcome: Any = operation.expected
                if isinstance(outcome, np.ndarray):
                    outcome = (outcome.dtype.str, outcome.shape, outcome.tobytes())
                recorder.guard(operation, operands, True if operation.kind == "raises" else outcome)

    def solved(self, point: Any, success: Any, equations: Program, diagonal: bool = False) -> Any:
        """The solution, a vector, with its derivative.

        Args:
            point: what the solver found, a vector.
            success: positive where the solver is content.
            equations: `F(z, ...)`, which is zero at the solution, as long as `z`.
            diagonal: each equation is one in the unknown of its place alone.
        """
        recorder = self.recorder
        count = int(np.prod(recorder.shape(point), dtype=int))
        size = operand_aval(equations.outputs[0]).size
        if size != count:
            recorder.refuse(
                f"{self.name} of {size} equations in {count} unknowns",
                why="the implicit function theorem asks for as many equations as unknowns",
            )
        params = equations.inputs[1:]
        resting = frozenset(v for v in params if v not in recorder.active)
        if len(resting) == len(params):
            return point
        given = [Tracer(recorder, recorder.values[v], v) for v in params]
        f = Inner(equations, resting)
        diagonal = diagonal or count == 1
        moved = recorder.apply("solution", point, success, *given, f=f, diagonal=diagonal)
        return recorder.apply("found", point, moved)

    # -- parts of what the solver tells

    def part(self, vector: Any, start: int, stop: int, shape: tuple[int, ...] | None = None) -> Any:
        """A section of the vector, as an array of that shape."""
        piece = self.recorder.apply("getitem", vector, index=(("slice", start, stop, None),))
        return piece if shape is None else self.recorder.apply("reshape", piece, shape=shape)

    def number(self, vector: Any, place: int) -> Any:
        """One number of it, without a derivative."""
        return self.recorder.apply("detach", self.element(vector, place))

    def element(self, vector: Any, place: int) -> Any:
        """One number of it."""
        size = self.recorder.shape(vector)[0]
        return self.recorder.apply("getitem", vector, index=(place % size,))

    def count(self, vector: Any, place: int) -> Any:
        """A whole number of it, as one of Python's."""
        whole = self.recorder.apply("cast", self.number(vector, place), dtype="int64")
        return self.as_python(whole, int)

    def known(self, vector: Any, place: int) -> int:
        """A whole number that later calls must agree on: a flag."""
        return int(self.recorder.concrete(self.count(vector, place)))

    def as_python(self, value: Any, kind: type) -> Any:
        """A traced number as one of Python's own."""
        if type(value) is not Tracer:
            return kind(value)
        return self.recorder.handle(kind(value.value), self.recorder.operand(value))


def _value(value: Any) -> Any:
    return value.value if type(value) is Tracer else value


def minus_argument(program: Program) -> Program:
    """`f(z) - z`, which is zero at a fixed point."""
    ops = Builder()
    ops.statements.extend(program.statements)
    argument = program.inputs[0]
    result = ops.sub(_flat(ops, program.outputs[0]), _flat(ops, argument))
    return Program("f", program.inputs, ops.statements, (result,))


def _flat(ops: Any, value: Any) -> Any:
    return full(ops, value, operand_aval(value).size)
