"""A function that a library calls with values of its own, traced into a program of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...compile.guards import raises
from ...errors import UnsupportedError
from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.outside import Check
from ...program.program import KEEP, Guard, Operand, Program, Statement, Var
from ...records import dataclass
from ...specialize.recording.tracer import Tracer
from ...specialize.rewriting.hook_calls import MARK

if TYPE_CHECKING:
    from ...specialize.calls.dispatch import Calls
    from ...specialize.recording.recorder import Recorder


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One way through a function of the user's: what it computes where it decides so.

    Attributes:
        own: the values that the library gives it.
        params: everything else that it reads.
        statements: what depends on `own`, with the decisions it made on the way.
        outputs: what it returns.
    """

    own: tuple[Var, ...]
    params: tuple[Var, ...]
    statements: tuple[Statement, ...]
    outputs: tuple[Operand, ...]

    @property
    def decisions(self) -> tuple[Any, ...]:
        """What was decided on the way, in order."""
        guards = [s.operation for s in self.statements if isinstance(s.operation, Guard)]
        return tuple([_outcome(guard.expected) for guard in guards])

    def program(self, name: str = "f") -> Program:
        """The path as a program of `own` and `params`, without its decisions."""
        computed = [s for s in self.statements if s.target is not None]
        return Program(name, (*self.own, *self.params), computed, self.outputs)

    def run(
        self, given: Sequence[Any], known: dict[Any, Any], forced: bool = False
    ) -> list[Any] | None:
        """What it returns for `given`, or `None` where the function decides otherwise there.

        Args:
            given: a value for each of `own`.
            known: values of `params`.
            forced: go this way whatever it decides.

        Raises:
            ValueError: a function of `math` would raise there.
        """
        values = {**known, **dict(zip(self.own, given, strict=True))}
        for statement in self.statements:
            operation: Any = statement.operation
            operands = [values[o] if type(o) is Var else o for o in statement.operands]
            if statement.target is not None:
                values[statement.target] = operation.evaluate(*operands)
            elif operation is KEEP:
                if not np.all(np.isfinite(operands[0])):
                    raise ValueError("math domain error")
            elif not forced and not _agrees(operation, operands):
                return None
        return [values[o] if type(o) is Var else o for o in self.outputs]


def _outcome(expected: Any) -> Any:
    if isinstance(expected, np.ndarray):
        return expected.dtype.str, expected.shape, expected.tobytes()
    return type(expected), expected


def _agrees(guard: Guard, operands: Sequence[Any]) -> bool:
    if guard.kind == "raises":
        return raises(guard.expected, *operands)
    if guard.kind == "truth":
        return bool(operands[0]) is bool(guard.expected)
    return bool(np.array_equal(operands[0], guard.expected))


def trace_path(
    calls: Calls,
    function: Callable[..., Any],
    inputs: Sequence[tuple[Var, Any]],
    what: str,
    user: Any = None,
) -> Path:
    """The way that `function` takes at `inputs`.

    Statements that do not depend on `inputs` stay with the caller: they are computed once, and so
    are decisions on them.

    Args:
        calls: the trace that meets the function.
        function: takes one tracer for each of `inputs`; may return a tuple of several values.
        inputs: variables, and a value each to trace with.
        what: the values it is given, or what depends on them, for messages.
        user: the user's own function, if it must leave no trace of being called.

    Raises:
        UnsupportedError: the function acts on the outside, or changes something.
    """
    recorder = calls.recorder
    begin, decided = len(recorder.statements), len(recorder.path)
    acted = calls.effects.acted
    for var, value in inputs:
        recorder.values[var] = value
        recorder.active.add(var)
    before = None if user is None else _State(calls, user)
    with recorder.unrolling():
        result = function(*[Tracer(recorder, value, var) for var, value in inputs])
    outputs = tuple([recorder.operand(r) for r in (result if type(result) is tuple else (result,))])
    if before is not None and (calls.effects.acted != acted or before.changed()):
        recorder.refuse(
            "a function that a solver calls, and that changes something or acts on the world",
            why="it is called as often as the solver needs, which is another matter in each call",
            remedy="leave out what counts, prints or keeps intermediate values",
        )
    within: set[Operand] = {var for var, _ in inputs}
    inner: list[Statement] = []
    outer: list[Statement] = []
    outcomes = iter(recorder.path[decided:])
    left = []
    for statement in recorder.statements[begin:]:
        operation = statement.operation
        is_decision = type(operation) in (Guard, Check)
        outcome = next(outcomes) if is_decision else None
        if not any(type(o) is Var and o in within for o in statement.operands):
            outer.append(statement)
            if is_decision:
                left.append(outcome)
        elif statement.target is not None and type(operation) in (Template, Structural):
            within.add(statement.target)
            inner.append(statement)
        elif operation is KEEP or (isinstance(operation, Guard) and operation.kind != "structure"):
            inner.append(statement)
        else:
            raise UnsupportedError(
                f"a call that acts on the world, or is not followed, with {what}",
                where=statement.span or recorder.where(),
                remedy="take it out of the function, or compute with NumPy there",
            )
    inner = [*_complex_ones(recorder, inner, outputs, within), *inner]
    recorder.statements[begin:] = outer
    recorder.path[decided:] = left
    recorder.foreign |= within
    within = within | {s.target for s in inner}
    used = [o for s in inner for o in s.operands] + list(outputs)
    params = dict.fromkeys(o for o in used if type(o) is Var and o not in within)
    return Path(tuple([var for var, _ in inputs]), tuple(params), tuple(inner), outputs)


def _complex_ones(
    recorder: Recorder, inner: Sequence[Statement], outputs: Sequence[Operand], within: set[Operand]
) -> list[Statement]:
    """What computes the complex numbers that are read: they move, and parameters are real.

    Raises:
        UnsupportedError: one that depends on an input comes from elsewhere.
    """
    made = {s.target: s for s in recorder.statements if s.target is not None}
    found: dict[Operand, Statement] = {}

    def pull(operand: Operand) -> None:
        is_complex = type(operand) is Var and operand.aval.dtype.startswith("complex")
        if not is_complex or operand in within or operand in found:
            return
        if operand not in recorder.active:
            return
        statement = made.get(operand)
        if statement is None or type(statement.operation) not in (Template, Structural):
            recorder.refuse("a complex number that depends on the inputs, in such a function")
        for further in statement.operands:
            pull(further)
        found[operand] = statement

    for operand in [o for s in inner for o in s.operands] + list(outputs):
        pull(operand)
    return list(found.values())


def trace_inner(
    calls: Calls,
    function: Callable[..., Any],
    inputs: Sequence[tuple[Var, Any]],
    what: str,
    decisions: bool = False,
) -> Program:
    """The program of `function`; its inputs are `inputs` and then everything else that it reads.

    Args:
        calls: the trace that meets the function.
        function: takes one tracer for each of `inputs`.
        inputs: variables, and a value each to trace with.
        what: what no decision may depend on, for the message.
        decisions: whether it may decide by `inputs`: the guards are then in the program.

    Raises:
        UnsupportedError: the function decides by one of `inputs`, or acts on the outside.
    """
    recorder = calls.recorder

    def one(*values: Any) -> Any:
        result = function(*values)
        if isinstance(result, tuple | list) or not recorder.shape(result):
            result = recorder.array(result)
        return result

    path = trace_path(calls, one, inputs, what)
    for statement in path.statements:
        operation = statement.operation
        if isinstance(operation, Guard) and not (decisions and operation.kind in _SIMPLE):
            raise UnsupportedError(
                f"a decision on {what} is not supported",
                where=statement.span or recorder.where(),
                remedy="write it with numpy.where, numpy.maximum or numpy.clip",
            )
    kept = [s for s in path.statements if s.operation is not KEEP]
    return Program("f", (*path.own, *path.params), kept, path.outputs)


_SIMPLE = ("truth", "equal")


class _State:
    """What a function could change: what it and its arguments hold, and what lies outside."""

    def __init__(self, calls: Calls, function: Any) -> None:
        self.calls = calls
        self.function = function
        self.before = self._now()

    def changed(self) -> bool:
        """Whether something has changed; what has been read only now has not."""
        now = self._now()
        return any(now.get(key) != held for key, held in self.before.items())

    def _now(self) -> dict[Any, Any]:
        reader = self.calls.hooks.reader
        found: dict[Any, Any] = {
            "attributes": {k: id(v) for k, v in reader.overlay.items()},
            "names": {k: id(v) for k, (_, v) in reader.names.items()},
            "appended": {k: len(v) for k, (_, _, v) in reader.deferred.items() if v},
        }
        found["changed"] = any(c.changed() for c in reader.copies)
        for tracer, _, _ in reader.arrays:
            found[id(tracer), "array"] = tracer.version
        waiting = [self.function]
        seen: set[int] = set()
        while waiting and len(seen) < 10_000:
            value = waiting.pop()
            if id(value) in seen:
                continue
            seen.add(id(value))
            held: list[Any] = []
            if type(value) is Tracer:
                found[id(value)] = value.version
                continue
            if isinstance(value, FunctionType):
                inside = MARK in value.__globals__
                for cell in (value.__closure__ or ()) if inside else ():
                    try:
                        held.append(cell.cell_contents)
                    except ValueError:
                        held.append(None)
                held += value.__defaults__ or ()
            elif isinstance(value, MethodType):
                held = [value.__self__, value.__func__]
            elif isinstance(value, list | tuple | set):
                held = list(value)
            elif isinstance(value, dict):
                held = [*value, *value.values()]
            elif hasattr(value, "func") and hasattr(value, "keywords"):
                held = [value.func, *value.args, *value.keywords.values()]
            elif hasattr(value, "__dict__") and not isinstance(value, type):
                if type(value).__module__.startswith(("symdiff", "numpy", "scipy")):
                    continue
                held = list(vars(value).values())
            else:
                continue
            found[id(value)] = [id(h) for h in held]
            waiting += held
        return found
