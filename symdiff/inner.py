"""A function that a library calls with values of its own, traced into a program of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .acts import Composed, Opaque, Write
from .errors import UnsupportedError
from .operations.structural import Structural
from .operations.template import Template
from .outside import Check
from .program import KEEP, Guard, Operand, Program, Statement, Var
from .specialize.tracer import Tracer

if TYPE_CHECKING:
    from .specialize.calls import Calls


def trace_inner(
    calls: Calls,
    function: Callable[..., Any],
    inputs: Sequence[tuple[Var, Any]],
    what: str,
    decisions: bool = False,
) -> Program:
    """The program of `function`; its inputs are `inputs` and then everything else that it reads.

    Statements that do not depend on `inputs` stay with the caller: they are computed once.

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
    begin, path_begin = len(recorder.statements), len(recorder.path)
    for var, value in inputs:
        recorder.values[var] = value
        recorder.active.add(var)
    result = function(*[Tracer(recorder, value, var) for var, value in inputs])
    if isinstance(result, tuple | list) or not recorder.shape(result):
        result = recorder.array(result)
    output = recorder.operand(result)
    own = [var for var, _ in inputs]
    within: set[Operand] = set(own)
    inner: list[Statement] = []
    outer: list[Statement] = []
    outcomes = iter(recorder.path[path_begin:])
    path = []
    for statement in recorder.statements[begin:]:
        operation = statement.operation
        outcome = next(outcomes) if type(operation) in (Guard, Check) else None
        if not any(type(o) is Var and o in within for o in statement.operands):
            outer.append(statement)
            if type(operation) in (Guard, Check):
                path.append(outcome)
        elif statement.target is not None and type(operation) in (Template, Structural):
            within.add(statement.target)
            inner.append(statement)
        elif type(operation) is Guard and decisions and operation.kind in ("truth", "equal"):
            inner.append(statement)
        elif operation is not KEEP:
            acts = type(operation) in (Opaque, Write, Composed)
            raise UnsupportedError(
                f"a call that acts on the world, or is not followed, with {what}"
                if acts
                else f"a decision on {what} is not supported",
                where=statement.span or recorder.where(),
                remedy="take it out of the function, or compute with NumPy there"
                if acts
                else "write it with numpy.where, numpy.maximum or numpy.clip",
            )
    recorder.statements[begin:] = outer
    recorder.path[path_begin:] = path
    recorder.foreign |= within
    used = [o for s in inner for o in s.operands] + [output]
    params = dict.fromkeys(o for o in used if type(o) is Var and o not in within)
    return Program("f", (*own, *params), inner, (output,))
