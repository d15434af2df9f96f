"""Solutions of equations: what a solver found, and how it moves with the parameters.

The solver is the user's own call of SciPy, with its settings; it gives the value. The solution
`z` satisfies `F(z, p) = 0`, and the implicit function theorem (DLMF 1.5.6) gives its derivative,
`dz = -inv(F_z) F_p dp`. That is taken at the solution which Newton's method reaches from what the
solver found, so that the derivative is not less accurate because the solver was told to stop early;
where Newton's method does not confirm the solution, or `F_z` is singular, the derivative is NaN.

The functions that the solver calls are programs, one for each way through them that has been met.
A call that goes another way is traced again, as where a guard fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...compile.guards import ignored
from ...operations.statements.builder import Builder
from ...operations.table.entry import TABLE, Ops, StructuralEntry
from ...program.program import FLOAT, Aval, Guard, Program, Var, aval_of, operand_aval
from ...specialize.recording.tracer import Tracer
from .inner import Path, trace_path
from .pointwise import Inner, full

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls

_NEWTON_STEPS = 6
_TRUSTED, _DOUBTED = 0.05, 1e-5
"""How far, relative to its size, a solution may be from where Newton's method leads: one that the
solver calls a success, and one that it does not."""

_ROUNDING = 1e-8
"""Relative to its size, how far a root of order two may be from where it is found."""


class UnknownWayError(Exception):
    """A function that a solver calls decides as it has not done before."""


class Followed:
    """A function of the user's that a solver calls with numbers or arrays of its own.

    Attributes:
        paths: the ways through it that have been met.
    """

    def __init__(self, solver: str) -> None:
        self.solver = solver
        self.paths: list[Path] = []
        self.kinds: tuple[Any, ...] | None = None

    def given(self, values: Sequence[Any]) -> list[Any]:
        """What the solver gives, always of the types that it gave first."""
        if self.kinds is None:
            self.kinds = tuple(
                [type(v) if np.ndim(v) == 0 and type(v) is float else np.shape(v) for v in values]
            )
        return [
            float(v) if kind is float else np.array(v, float).reshape(kind)[()]
            for v, kind in zip(values, self.kinds, strict=True)
        ]

    def traced(
        self, calls: Calls, function: Callable[..., Any], user: Any, caught: list[BaseException]
    ) -> Callable[..., Any]:
        """What to call while the function that holds it is traced: unknown ways are traced too."""
        recorder = calls.recorder

        def value(*values: Any) -> Any:
            given = self.given(values)
            try:
                for path in self.paths:
                    found = path.run(given, {v: recorder.values[v] for v in path.params})
                    if found is not None:
                        return _plain(found)
                inputs = [(Var("z", _aval(v)), v) for v in given]
                path = trace_path(calls, function, inputs, f"what {self.solver} gives it", user)
                self.paths.append(path)
                known = {v: recorder.values[v] for v in path.params}
                return _plain(path.run(given, known, forced=True))
            except BaseException as error:
                caught.append(error)
                raise

        return value

    def bound(self, known: dict[Any, Any], caught: list[BaseException]) -> Callable[..., Any]:
        """What to call in later calls, with values of the parameters."""
        paths = list(self.paths)

        def value(*values: Any) -> Any:
            given = self.given(values)
            try:
                for k, path in enumerate(paths):
                    found = path.run(given, known)
                    if found is not None:
                        if k:
                            paths.insert(0, paths.pop(k))
                        return _plain(found)
                if ignored():  # rounding alone has led to another side of a decision
                    return _plain(paths[0].run(given, known, forced=True))
                raise UnknownWayError(self.solver)
            except BaseException as error:
                caught.append(error)
                raise

        return value

    def at(self, calls: Calls, function: Callable[..., Any], user: Any, *values: Any) -> Path:
        """The way taken at a point, traced if need be."""
        recorder = calls.recorder
        self.traced(calls, function, user, [])(*values)
        given = self.given(values)
        for path in self.paths:
            if path.run(given, {v: recorder.values[v] for v in path.params}) is not None:
                return path
        return self.paths[-1]


def _aval(value: Any) -> Aval:
    return FLOAT if type(value) is float else aval_of(value)


def _plain(outputs: Sequence[Any] | None) -> Any:
    assert outputs is not None
    made = [np.array(o) if np.ndim(o) else o for o in outputs]
    return made[0] if len(made) == 1 else tuple(made)


class Search:
    """One call of a solver.

    Attributes:
        name: of the solver.
        followed: the user's functions.
        params: what they read.
        starts: how many operands come before those: where the solver begins.
        run: `run(starts, functions)`, a vector: the solution and what else the solver tells.
        size: the length of that vector.
    """

    def __init__(
        self,
        name: str,
        followed: Sequence[Followed],
        starts: int,
        run: Callable[[Sequence[Any], Sequence[Callable[..., Any]]], Any],
    ) -> None:
        self.name = name
        self.followed = tuple(followed)
        self.starts = starts
        self.run = run
        self.size = 0
        self.params: tuple[Var, ...] = ()
        self.first: Any = None

    def __repr__(self) -> str:
        return self.name

    def ready(self, first: Any, also: Sequence[Path] = ()) -> None:
        """After the solver has run for the first time."""
        paths = [p for f in self.followed for p in f.paths]
        self.params = tuple(dict.fromkeys(v for p in [*paths, *also] for v in p.params))
        self.first = first
        if first is not None:
            self.size = len(first)

    def value(self, *operands: Any) -> Any:
        """The vector, at these operands."""
        if self.first is not None:
            found, self.first = self.first, None
            return found
        starts, rest = operands[: self.starts], operands[self.starts :]
        known = dict(zip(self.params, rest, strict=True))
        caught: list[BaseException] = []
        functions = [f.bound(known, caught) for f in self.followed]
        return _run(self, starts, functions, caught)


def _run(
    search: Search,
    starts: Sequence[Any],
    functions: Sequence[Callable[..., Any]],
    caught: list[BaseException],
) -> Any:
    """Run the solver; an error of the user's functions is theirs, whatever it makes of it."""
    plain = [s if isinstance(s, float | int) else np.array(s)[()] for s in starts]
    try:
        found = search.run(plain, functions)
    except Exception:
        if caught:
            raise caught[0] from None
        raise
    if caught:
        raise caught[0]
    return np.array(found, float)


TABLE.add(
    StructuralEntry(
        name="search",
        numpy=lambda *operands, search: search.value(*operands),
        infer=lambda *avals, search: Aval.of((search.size,), "float64"),
        pullback=lambda ops, ct, result, *operands, search: [None] * len(operands),
        pushforward=lambda ops, tangents, result, *operands, search: None,
        describe=lambda o, p: f"{p['search'].name}({', '.join(o)})",
    )
)

# -- the solution as a function of the parameters


def rows_of(f: Inner, params: Sequence[Any], z: Any, diagonal: bool) -> Any:
    """`F_z` at a point: a matrix, or its diagonal where there is nothing else."""
    slope = f.gradient(True, False)
    shape = operand_aval(f.program.outputs[0]).shape
    if diagonal:
        return slope.function([*params, np.ones(shape)[()]])(z)
    seeds = np.eye(f.size)
    return np.array([slope.function([*params, e.reshape(shape)[()]])(z) for e in seeds])


def _scales(jacobian: Any) -> tuple[Any, Any]:
    """What the rows and the columns of a matrix are divided by to make them comparable."""
    rows = np.max(np.abs(jacobian), axis=1, keepdims=True)
    rows = np.where(rows > 0, rows, 1)
    columns = np.max(np.abs(jacobian / rows), axis=0)
    return rows, np.where(columns > 0, columns, 1)


def _solution(z: Any, success: Any, *params: Any, f: Inner, diagonal: bool) -> Any:
    """Where Newton's method leads from `z`; NaN unless that is near, and a simple root."""
    function, start = f.function(params), np.array(z, float)
    with np.errstate(all="ignore"):
        first = jacobian = rows_of(f, params, start, diagonal)
        if not np.all(np.isfinite(first)) and not diagonal:
            return np.full(start.shape, np.nan)
        rows, columns = _scales(first[None] if diagonal else first)

        def smallest(matrix: Any) -> Any:
            """The distance from a singular matrix."""
            if diagonal:
                return np.abs(matrix)
            return np.linalg.svd(matrix / rows / columns, compute_uv=False)[-1]

        def ahead(point: Any, matrix: Any) -> Any:
            residual = function(point)
            if diagonal:
                return residual / matrix
            return np.linalg.solve(matrix / rows / columns, residual / rows[:, 0]) / columns

        here, last = start, np.full(start.shape, np.inf)
        size = 1 + np.abs(start) if diagonal else 1 + np.max(np.abs(start), initial=0)
        try:
            for _ in range(_NEWTON_STEPS):
                step = ahead(here, jacobian)
                small = np.abs(step) <= 4e-16 * np.abs(here)
                if np.all(small | ~(np.abs(step) < 0.5 * last)):
                    break  # no better than rounding, or no progress
                here, last = here - np.where(np.isfinite(step), step, 0), np.abs(step)
                jacobian = rows_of(f, params, here, diagonal)
            beside = rows_of(f, params, here * (1 + _ROUNDING), diagonal)
            least = smallest(jacobian)
            # At a root of higher order `F_z` vanishes as the root is approached.
            fine = least > (0 if diagonal else 1e-14)
            for other in (first, beside):
                fine = fine & (np.abs(smallest(other) - least) <= 0.5 * least)
        except np.linalg.LinAlgError:
            return np.full(start.shape, np.nan)
        near = np.abs(here - start) <= (_TRUSTED if success > 0 else _DOUBTED) * size
        fine = fine & near & (np.abs(step) <= 1e-6 * size)
    return np.where(fine if diagonal else np.all(fine), here, np.nan)


def _pullback(
    ops: Ops, ct: Any, result: Any, z: Any, success: Any, *params: Any, f: Inner, diagonal: bool
) -> list[Any]:
    shape = operand_aval(f.program.outputs[0]).shape
    turned = ops.neg(_divided(ops, ct, result, params, f, diagonal, transposed=True))
    seed = ops.reshape(turned, shape=shape)
    whole = ops.inner_at(result, *params, seed, f=f.gradient(False, True))
    doubt = ops.doubt(result)
    parts = {v: ops.add(part, doubt) for v, part in f.cut(ops, whole, False, True).items()}
    return [None, None, *[parts.get(v) for v in f.program.inputs[1:]]]


def _pushforward(
    ops: Ops,
    tangents: Any,
    result: Any,
    z: Any,
    success: Any,
    *params: Any,
    f: Inner,
    diagonal: bool,
) -> Any:
    moves = f.moves(tangents[2:])
    moved = ops.inner_at(result, *params, *moves, f=f.tangent(False))
    turned = _divided(ops, moved, result, params, f, diagonal, transposed=False)
    return ops.sub(ops.doubt(result), turned)


def _divided(
    ops: Ops, value: Any, z: Any, params: Sequence[Any], f: Inner, diagonal: bool, transposed: bool
) -> Any:
    """A vector times the inverse of `F_z` at `z`, or of its transpose."""
    slope = f.gradient(True, False)
    shape = operand_aval(f.program.outputs[0]).shape
    if diagonal:
        return ops.div(value, ops.inner_at(z, *params, np.ones(shape)[()], f=slope))
    rows = [ops.inner_at(z, *params, e.reshape(shape)[()], f=slope) for e in np.eye(f.size)]
    matrix = ops.stack(rows, axis=1 if transposed else 0)
    return ops.solve(matrix, value)


TABLE.add(
    StructuralEntry(
        name="solution",
        numpy=_solution,
        infer=lambda z, *avals, f, diagonal: Aval.of(z.shape, "float64"),
        pullback=_pullback,
        pushforward=_pushforward,
        describe=lambda o, p: f"solution({', '.join(o)})",
        source="DLMF 1.5.6",
    )
)
TABLE.add(
    StructuralEntry(
        name="doubt",
        numpy=lambda x: 0.0 if np.all(np.isfinite(x)) else math.nan,
        infer=lambda x: FLOAT,
        pullback=lambda ops, ct, result, x: [None],
        pushforward=lambda ops, tangents, result, x: None,
        describe=lambda o, p: f"doubt({o[0]})",
    )
)
TABLE.add(
    StructuralEntry(
        name="found",
        numpy=lambda z, solution: np.array(z),
        infer=lambda z, solution: z,
        pullback=lambda ops, ct, result, z, solution: [None, ct],
        pushforward=lambda ops, tangents, result, z, solution: tangents[1],
        describe=lambda o, p: o[0],
    )
)

# -- calls in a traced function


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
            first = _run(search, values, traced, caught)
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
            operands = tuple([known.get(o, o) if type(o) is Var else o for o in statement.operands])
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
