"""A solver's own call, with functions of the user's that are traced one way at a time.

The functions that the solver calls are programs, one for each way through them that has been met.
A call that goes another way is traced again, as where a guard fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...compile.guards import ignored
from ...operations.table.entry import TABLE, StructuralEntry
from ...program.program import FLOAT, Aval, Var, aval_of
from .inner import Path, trace_path

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls


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
        return run_search(self, starts, functions, caught)


def run_search(
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
