"""What a trace with arrays of assumed shapes fails at: an operation, and what it was given.

Which shapes would do is not told here: that is `kinds`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..errors import StepLimitError, SymdiffError
from ..operations.table.entry import ElementwiseEntry
from ..operations.table.template import Template
from ..program.program import INT, Statement, Var
from ..safety.defence import is_own
from .recording.recorder import Recorder
from .recording.tracer import PENDING, UNKNOWN, Tracer

_BY_ELEMENT = frozenset(
    {"reshape", "copy", "transpose", "array", "stack", "detach", "where", "number", "astype"}
)
"""What gives each element of one element: a number is an array as soon as what it is of is one."""

_MOST_HELD = 100
_OPERANDS = ("operands", "program", "leaves", "args")
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
ELEMENTWISE = "elementwise"
"""The name of all operations that are carried out element by element."""


class Given(NamedTuple):
    """Something that an operation was given, and what it comes from.

    Attributes:
        shape: of it.
        names: all parameters that it depends on.
        elements: those of which it is computed element by element.
        numbers: those among them that are numbers.
        made: for each number on the way that was made of arrays (a product of two vectors, an
            element of one): the parameters that it was made of.
    """

    shape: tuple[int, ...]
    names: frozenset[str]
    elements: frozenset[str]
    numbers: frozenset[str]
    made: tuple[tuple[str, ...], ...]


class Misfit(SymdiffError):
    """The arrays of a trace do not have the shapes that some operation asks for.

    Attributes:
        operation: its name; empty where it is not known.
        given: what it was given.
        wanted: whether an array was wanted where a number is.
        error: what was raised.
    """

    def __init__(
        self,
        operation: str,
        given: Sequence[Given],
        wanted: bool = False,
        error: Exception | None = None,
    ) -> None:
        said = (
            str(getattr(error, "what", error)) if error is not None else f"{operation} of a symbol"
        )
        super().__init__(said, where=getattr(error, "where", None))
        self.operation = operation
        self.given = given
        self.wanted = wanted
        self.error = error


class Origins:
    """What variables of a program were computed of."""

    def __init__(self, statements: Iterable[Statement], inputs: Sequence[Var]) -> None:
        self.by_target: Mapping[Var, Statement] = {
            s.target: s for s in statements if s.target is not None
        }
        self.inputs = {v: v.name for v in inputs if v.aval is not INT}

    def given(self, leaves: Iterable[Any], shape: Sequence[int]) -> Given:
        """What something is made of that is computed element by element of `leaves`."""
        wanted = [v for v in leaves if type(v) is Var]
        seen: set[Var] = set()
        elements: set[str] = set()
        numbers: set[str] = set()
        made: list[tuple[str, ...]] = []
        names: set[str] = set()
        while wanted:
            var = wanted.pop()
            if var in seen:
                continue
            seen.add(var)
            if var in self.inputs:
                elements.add(self.inputs[var])
                if not var.aval.shape:
                    numbers.add(self.inputs[var])
                continue
            statement = self.by_target.get(var)
            if statement is None:
                continue
            operands = [o for o in statement.operands if type(o) is Var]
            if type(statement.operation) is Template or statement.operation.name in _BY_ELEMENT:
                wanted += operands
                continue
            of = tuple(dict.fromkeys([n for o in operands for n in sorted(self.names([o]))]))
            names |= set(of)
            if not var.aval.shape and of:
                made.append(of)
        return Given(
            tuple(shape),
            frozenset(names | elements),
            frozenset(elements),
            frozenset(numbers),
            tuple(dict.fromkeys(made)),
        )

    def names(self, wanted: Iterable[Var]) -> frozenset[str]:
        """All parameters that variables depend on."""
        waiting, seen = list(wanted), set()
        while waiting:
            var = waiting.pop()
            if var not in seen:
                seen.add(var)
                statement = self.by_target.get(var)
                if statement is not None:
                    waiting += [o for o in statement.operands if type(o) is Var]
        return frozenset(self.inputs[v] for v in seen if v in self.inputs)


def array_wanted(recorder: Recorder, inputs: Sequence[Var], number: Tracer, what: str) -> Misfit:
    """An array is wanted where a number is."""
    given = _given(recorder, _origins(recorder, inputs), number)
    return Misfit(what, [given], wanted=True)


@contextmanager
def explained(recorder: Recorder, inputs: Sequence[Var]) -> Iterator[None]:
    """A trace whose failure is told as what did not fit."""
    try:
        yield
    except (Misfit, StepLimitError, RecursionError, MemoryError):
        raise
    except Exception as error:
        raise _misfit(recorder, inputs, error) from error


def _misfit(recorder: Recorder, inputs: Sequence[Var], error: Exception) -> Misfit:
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    origins = _origins(recorder, inputs)
    operation: Any = None
    for frame in reversed(frames):
        if not is_own(frame):
            if operation is None and frame.f_code.co_filename.startswith(_NUMPY):
                continue
            break
        held = frame.f_locals
        for name in ("entry", "operation"):
            operation = operation or held.get(name)
        parts = next((p for p in map(held.get, _OPERANDS) if _symbols([p])), None)
        found = _parts(parts) if parts is not None else _symbols(list(held.values()))
        if found:
            by_element = type(operation) is Template or isinstance(operation, ElementwiseEntry)
            name = ELEMENTWISE if by_element else getattr(operation, "name", "")
            return Misfit(name, [_given(recorder, origins, v) for v in found], error=error)
    return Misfit("", [], error=error)


def _origins(recorder: Recorder, inputs: Sequence[Var]) -> Origins:
    return Origins([s for _, statements in recorder.around() for s in statements], inputs)


def _given(recorder: Recorder, origins: Origins, value: Any) -> Given:
    if type(value) is Var:
        return origins.given([value], value.aval.shape)
    if type(value) is not Tracer:
        return origins.given([], np.shape(value))
    if value.operand is not PENDING:
        return origins.given([value.operand], recorder.shape(value))
    shapes = [o.aval.shape for o in value.leaves if type(o) is Var]
    return origins.given(value.leaves, max(shapes, key=len, default=()))


def _parts(operands: Any) -> list[Any]:
    """What an operation was given, in order: symbols, and constants that are arrays."""
    return [
        o.operand if type(o) is Tracer and o.operand is not PENDING else o
        for o in operands
        if type(o) in (Tracer, Var, np.ndarray)
    ]


def _symbols(held: list[Any]) -> list[Any]:
    """The symbols among values and what is in them, each once."""
    found: dict[int, Any] = {}
    for value in held:
        if type(value) in (list, tuple) and len(held) < _MOST_HELD:
            held += value
        elif type(value) is Tracer and value.value is UNKNOWN:
            parts = value.leaves if value.operand is PENDING else (value.operand,)
            found.update((id(v), v) for v in parts if type(v) is Var)
        elif type(value) is Var:
            found[id(value)] = value
    return list(found.values())
