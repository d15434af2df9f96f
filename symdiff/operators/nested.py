"""Derivatives inside a differentiated function: Newton steps, meta-gradients, `grad(grad(f))`.

The inner function is traced into the same program with fresh variables for what it is
differentiated with respect to; the statements it added are differentiated where they stand, with
everything older held constant. Levels cannot be confused: each is a program of its own variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from ..errors import UsageError, an
from ..operations.table.template import COPY, Template
from ..program.acts import Composed, Opaque
from ..program.loops import Loop
from ..program.naming import is_plain, name_of
from ..program.program import FOUND, Operand, Operation, Statement, Var, operand_aval
from ..program.trees import (
    attributes,
    flatten,
    is_dataclass,
    is_node,
    map_leaves,
    one_level,
    rebuild,
    replace,
    unflatten,
)
from ..specialize.recording.recorder import Recorder
from ..specialize.recording.tracer import UNKNOWN, Tracer
from ..specialize.rewriting.sites import SITES
from ..specialize.traced import Traced
from .building import Derived
from .places import Place
from .primal import Inert, Leaf, Primal
from .rolling import found_by
from .sweeps import Sweeps

if TYPE_CHECKING:
    from ..specialize.calls.dispatch import Calls


class Operator(Protocol):
    """What is needed here of a `Transformed`."""

    _function: Callable[..., Any]
    _has_aux: bool
    _places: tuple[Place, ...]
    _traced: Traced
    rolls: ClassVar[bool]

    def derive(self, primal: Primal) -> Derived: ...

    def _bind(self, args: Sequence[Any], kwargs: dict[str, Any], unwrap: bool) -> Any: ...


def record(operator: Operator, calls: Calls, values: Sequence[Any]) -> Any:
    """Record what an operator makes of the inner function at traced arguments."""
    recorder = calls.recorder
    primal, _, start, written = trace_inner(operator, calls, values)
    statements, nested = operator.derive(primal)
    recorder.statements[start:] = statements
    write_back(recorder, written)
    return handles(recorder, statements, nested)


def trace_inner(
    operator: Operator, calls: Calls, values: Sequence[Any]
) -> tuple[Primal, Any, int, list[tuple[Tracer, Tracer]]]:
    """The inner function as a program, what it returned, and where it begins in the outer one.

    Last come the arrays that it changed: the outer one, and what the inner function saw of it.
    """
    recorder = calls.recorder
    traced = operator._traced
    arguments = dict(zip(traced.names, values, strict=True))
    extra = [arguments[p.name] for p in traced.parameters[len(traced.own) :]]
    further = tuple([operands_of(recorder, _read_through(calls, v)) for v in extra])
    wrt = []
    arrays: list[tuple[Tracer, Tracer]] = []
    for place in operator._places:
        whole = _read_through(calls, arguments[place.parameter])
        place.find(whole)
        found: list[Any] = []

        def fresh_of(value: Any, label: str, single: bool) -> Any:
            fresh = _fresh(recorder, value, label, single)
            if type(value) is Tracer and recorder.shape(value):
                arrays.append((value, fresh))
            return fresh

        def change(part: Any, label: str = str(place), found: list[Any] = found) -> Any:
            single = not is_node(part)
            fresh = map_leaves(lambda v: fresh_of(v, label, single), part)
            found.append(map_leaves(_leaf, fresh))
            return fresh

        arguments[place.parameter] = replace(whole, place.keys, change)
        wrt.append(found[0])
    start = len(recorder.statements)
    with recorder.unrolling(not operator.rolls):
        result = traced.run(calls, list(arguments.values()))
    nested = operands_of(recorder, _read_through(calls, result))
    statements = recorder.statements[start:]
    name = name_of(operator._function, "f")
    written = [(outer, inner) for outer, inner in arrays if inner.version]
    return (
        Primal(name, statements, nested, tuple(wrt), further, inside=True),
        result,
        start,
        written,
    )


def write_back(recorder: Recorder, written: Sequence[tuple[Tracer, Tracer]]) -> None:
    """What the inner function did to an array it was given is done to the array itself."""
    for outer, inner in written:
        recorder.setitem(outer, Ellipsis, inner)


def _read_through(calls: Calls, value: Any) -> Any:
    """A nested value in which dataclasses from outside are replaced by ones with traced fields."""
    if not is_node(value) or value is None:
        return value
    reader = calls.hooks.reader
    if is_dataclass(value) and reader.is_outside(value):
        made = object.__new__(type(value))
        for name in attributes(value):
            part = _read_through(
                calls, calls.hooks.attributes.get(value, name, calls.recorder.site)
            )
            object.__setattr__(made, name, part)
        return made
    return rebuild(value, [_read_through(calls, v) for v in one_level(value)[0]])


def _leaf(value: Any) -> Any:
    if type(value) is Tracer:
        return Leaf(value.operand, _type_of(value.value))
    return Inert(value)


def _type_of(value: Any) -> type:
    return float if value is UNKNOWN else type(value)


def operands_of(recorder: Recorder, nested: Any) -> Any:
    """A nested value with a `Leaf` for each number and array."""

    def leaf(value: Any) -> Any:
        if type(value) is np.ndarray:
            value = recorder.const(value)
        if type(value) is Tracer:
            return Leaf(recorder.operand(value), _type_of(value.value))
        if isinstance(value, int | float | np.generic) and not isinstance(value, bool):
            return Leaf(float(value) if type(value) is int else value, type(value))
        return Inert(value)

    return map_leaves(leaf, nested)


def handled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function of ours, so that the call hook calls it as it is."""

    def traced(calls: Calls, *args: Any) -> Any:
        return function(*args)

    function.__symdiff_traced__ = traced  # type: ignore[attr-defined]
    return function


def appended(recorder: Recorder, primal: Primal, sweeps: Sweeps, nested: Any) -> Any:
    """Append what sweeps added to an inner function that stands in the program already."""
    own = {s.target for s in primal.statements}
    added = [s for s in sweeps.statements if s.target is not None and s.target not in own]
    recorder.statements.extend(added)
    return handles(recorder, added, nested)


def _fresh(recorder: Recorder, value: Any, name: str, single: bool) -> Any:
    """A variable of its own with the same value: what the inner level differentiates."""
    if type(value) is int:
        value = float(value)
    if not isinstance(value, Tracer | float | np.ndarray | np.floating):
        if not single:
            return value
        raise UsageError(
            f"cannot differentiate with respect to `{name}`: it is {an(type(value).__name__)}",
            where=recorder.where(),
        )
    operand = recorder.operand(value)
    aval = operand_aval(operand)
    if aval.dtype == "int64" and not aval.shape:
        operand, aval = recorder.operand(recorder.operator("mul", value, 1.0)), None  # type: ignore[assignment]
        aval = operand_aval(operand)
    var = Var(name if is_plain(name) else "part", aval)
    span = SITES[recorder.site].span
    recorder.statements.append(Statement(var, COPY, (operand,), span))
    plain = value.value if type(value) is Tracer else value
    plain = np.array(plain) if isinstance(plain, np.ndarray) else plain
    plain = float(plain) if type(plain) is int else plain
    recorder.values[var] = plain
    recorder.active.add(var)
    return Tracer(recorder, plain, var)


def handles(recorder: Recorder, statements: Sequence[Statement], nested: Any) -> Any:
    """A nested result with handles of derived variables, and their concrete values."""
    compute(recorder, statements)

    def handle(leaf: Leaf | Inert) -> Any:
        if isinstance(leaf, Inert):
            return leaf.value
        operand = leaf.operand
        # A slope that is a whole number is a float all the same.
        whole = issubclass(leaf.type, float | np.floating) and not leaf.aval.is_inexact
        if type(operand) is not Var:
            return leaf.type(operand) if whole else recorder.const(operand)
        value = UNKNOWN if recorder.abstract else recorder.values[operand]
        handle = Tracer(recorder, value, operand)
        return recorder.operator("mul", handle, 1.0) if whole else handle

    leaves, structure = flatten(nested)
    return unflatten(structure, [handle(leaf) for leaf in leaves])


def compute(recorder: Recorder, statements: Sequence[Statement]) -> None:
    """Take note of derived statements, and compute those of which no value is known."""
    known = set(recorder.values)
    recorder.derives = True
    for statement in statements:
        if statement.target is not None:
            recorder.unnamed.add(statement.target)
            recorder.spread_activity(statement.operation, statement.operands, statement.target)
    _evaluate(recorder, statements)
    _compute_quietly(recorder, statements, known)


def _compute_quietly(recorder: Recorder, statements: Sequence[Statement], known: set[Var]) -> None:
    """Derivatives give `inf` and `nan` where the numbers of the function itself would raise."""
    for statement in statements:
        target, operation = statement.target, statement.operation
        if target is not None and target not in known and isinstance(operation, Template):
            count = sum(isinstance(token, str) for token in operation.code)
            recorder.python[target] = (False,) * count


def _evaluate(recorder: Recorder, statements: Sequence[Statement]) -> None:
    if recorder.abstract:
        return
    known, computed = recorder.values, recorder.computed

    def value(operand: Operand) -> Any:
        if type(operand) is not Var:
            return operand
        if operand.aval is FOUND:
            made = next((s for s in reversed(recorder.statements) if s.target is operand), None)
            if made is not None:
                find(operand, made)
        return known[operand]

    def find(target: Var, statement: Statement) -> None:
        """Compute a loop or branch, which may hand out more than when it was computed."""
        operation = statement.operation
        if target not in known or computed.get(target, operation) is not operation:
            known[target] = _found(operation, target, [*map(value, statement.operands)])
        computed[target] = operation

    with np.errstate(all="ignore"):
        for statement in statements:
            target, operation = statement.target, statement.operation
            if target is None or type(operation) in (Opaque, Composed):
                continue  # the result is known, or no number
            if target.aval is FOUND:
                find(target, statement)
            elif target not in known:
                known[target] = _found(operation, target, [*map(value, statement.operands)])


def _found(operation: Operation, target: Var, values: list[Any]) -> Any:
    """The value of an operation, which is infinite or no number where Python's numbers raise."""
    if isinstance(operation, Loop):
        try:
            return found_by(operation, values)
        except Exception:
            pass  # what follows does not raise
    try:
        result = operation.evaluate(*values)
    except ArithmeticError:  # NumPy's numbers have infinity there
        values = [np.asarray(v)[()] if isinstance(v, int | float) else v for v in values]
        result = operation.evaluate(*values)
    return result.item() if target.aval.weak and isinstance(result, np.generic) else result
