"""A rule that a user wrote in plain NumPy, as statements of a derivative program.

A rule is traced for shapes and dtypes alone: numbers that stand for nothing go in, and a rule that
decides by them is not traced but called. A traced rule is linear in its seed, so its transpose is
had by differentiating it: a vjp rule gives forward mode, a jvp rule reverse mode.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ...differentiate import vjp
from ...errors import ConcreteValueError, SymdiffError, UnsupportedError, an
from ...operations.table.entry import StructuralEntry
from ...operations.table.structural import Structural
from ...operations.table.template import Template
from ...program.naming import name_of
from ...program.outside import Check, Read
from ...program.program import Aval, Keep, Operand, Program, Statement, Var, aval_of, operand_aval
from ...program.sources import Attribute
from ...records import dataclass
from ...safety.exclusive import alone
from ...safety.floating import quietly
from ...specialize.calls.dispatch import Calls
from ...specialize.hooks.rewritten import Hooks
from ...specialize.outside.reads import Reader
from ...specialize.recording.recorder import Recorder
from ...specialize.recording.tracer import Tracer

_TOO_MANY = 64
"""Traces of one rule kept: one for each combination of shapes and dtypes."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """The avals of the tangents that a rule starts from."""

    avals: Sequence[Aval]


@dataclass(eq=False)
class Rule:
    """A rule over seeds, the result and the operands.

    Attributes:
        function: what the user wrote.
        call: `call(invoke, *values)` spells the call, through `invoke(function, ...)`, and gives a
            tuple of results.
        what: how messages name it.
        seeds: how many of the values are cotangents or tangents.
    """

    function: Callable[..., Any]
    call: Callable[..., tuple[Any, ...]]
    what: str
    seeds: int
    reason: str = field(default="", init=False)
    known: dict[tuple[Aval, ...], _Traced] = field(default_factory=dict, init=False)

    def apply(self, ops: Any, values: Sequence[Operand], expected: Sequence[Aval]) -> list[Any]:
        """The results as operands of a program; the rule is called as it is if it must be."""
        program = self.program([operand_aval(v) for v in values])
        if program is None:
            return self._called(ops, values, expected)
        results = splice(ops, program, values)
        for part, aval in zip(results, expected, strict=True):
            self._check(part, aval)
        return results

    def _check(self, part: Any, aval: Aval) -> None:
        have = operand_aval(part).shape if part is not None else aval.shape
        fits = have == aval.shape or have == () or not self.seeds
        if not fits:
            raise UnsupportedError(
                f"{self.what} gives shape {have}, where {aval.shape} is wanted",
                remedy="give a derivative of the shape of what it belongs to",
            )

    # -- traced

    def program(self, avals: Sequence[Aval]) -> Program | None:
        """The rule as a program over its values; `None` if it cannot be traced."""
        key = tuple(avals)
        known = self.known.get(key)
        if known is not None and known.holds():
            return known.program
        try:
            made = alone(_trace, self, avals)
        except Exception as error:
            self.reason = error.what if isinstance(error, SymdiffError) else str(error)
            return None
        if len(self.known) >= _TOO_MANY:
            self.known.clear()
        self.known[key] = made
        return made.program

    def traced(self, avals: Sequence[Aval], mode: str) -> Program:
        """The rule as a program.

        Raises:
            UnsupportedError: it cannot be traced, and `mode` would follow only from its trace.
        """
        program = self.program(avals)
        if program is None:
            other = "defjvp" if mode == "forward" else "defvjp"
            raise UnsupportedError(
                f"{self.what} cannot be traced, so {mode} mode does not follow from it",
                why=self.reason,
                remedy=f"state a `{other}` rule, too",
            )
        return program

    # -- called as it is

    def _called(self, ops: Any, values: Sequence[Operand], expected: Sequence[Aval]) -> list[Any]:
        return [
            ops.emit(Structural(_opaque(self, k, aval), {}), tuple(values))
            for k, aval in enumerate(expected)
        ]


def _invoke(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def _opaque(rule: Rule, k: int, aval: Aval) -> StructuralEntry:
    """An entry that calls a rule at run time and takes its k-th result."""

    def value(*values: Any) -> Any:
        part = rule.call(_invoke, *values)[k]
        part = np.zeros(aval.shape) if part is None else np.asarray(part)
        if part.shape != aval.shape:
            if rule.seeds and part.shape:
                raise UnsupportedError(
                    f"{rule.what} gives shape {part.shape}, where {aval.shape} is wanted"
                )
            part = np.broadcast_to(part, aval.shape)
        return np.array(part, aval.dtype)[()]

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(
            f"{rule.what} cannot be differentiated: it could not be traced",
            why=rule.reason,
            remedy="write the rule without decisions on values, with functions symdiff knows",
        )

    return StructuralEntry(
        name=f"rule_{name_of(rule.function, '').strip('<>')}",
        numpy=value,
        infer=lambda *avals: aval,
        pullback=refuse,
        pushforward=refuse,
    )


@dataclass(frozen=True, slots=True)
class _Traced:
    """A traced rule, and what its trace has assumed of the functions and modules outside."""

    program: Program
    checks: Sequence[Check]

    def holds(self) -> bool:
        return _reads_the_same(self.program) and all(
            check.outcome(check.source.read(())) == check.expected for check in self.checks
        )


def _trace(rule: Rule, avals: Sequence[Aval]) -> _Traced:
    recorder = Recorder()
    hooks = Hooks(recorder, Reader(recorder))
    rng = np.random.default_rng(0)
    inputs = []
    tracers = []
    for k, aval in enumerate(avals):
        var = Var("ct" if k < rule.seeds else f"p{k - rule.seeds}", aval)
        value = _stand_in(aval, rng)
        recorder.values[var] = value
        inputs.append(var)
        tracers.append(Tracer(recorder, value, var))

    def invoke(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return hooks.calls.call(0, function, *args, **kwargs)

    results = quietly(rule.call, invoke, *tracers)
    results = quietly(lambda: tuple([_result(hooks.calls, r) for r in results]))
    outputs = tuple([None if r is None else recorder.operand(r) for r in results])
    statements = [s for s in map(_kept, recorder.statements) if s is not None]
    operations = [s.operation for s in recorder.statements if not s.operands]
    checks = [o for o in operations if isinstance(o, Check) and o.kind in ("identity", "absent")]
    return _Traced(Program("rule", tuple(inputs), statements, outputs), checks)


def _result(calls: Calls, result: Any) -> Any:
    if isinstance(result, list | tuple):
        return calls.recorder.array(result)
    if result is not None and not isinstance(result, Tracer | int | float | np.generic):
        raise UnsupportedError(f"a rule gives {an(type(result).__name__)}")
    return result


def _stand_in(aval: Aval, rng: np.random.Generator) -> Any:
    """A value of the right shape and dtype that stands for nothing."""
    if aval.dtype == "bool":
        value: Any = np.ones(aval.shape, bool)
    elif aval.is_inexact:
        value = rng.uniform(0.25, 0.75, aval.shape).astype(aval.dtype)
    else:
        value = np.ones(aval.shape, aval.dtype)
    if aval.shape:
        return value
    value = np.asarray(value)[()]
    return value.item() if aval.weak else value


_STATE = frozenset({"equal", "structure", "node", "has", "lacks"})
"""Checks of what lies outside and is no number: a program that reads a rule does not make them."""


def _kept(statement: Statement) -> Statement | None:
    """A statement of a rule as part of any program.

    Raises:
        ConcreteValueError: it depends on values that are not there when a rule is traced.
    """
    operation = statement.operation
    if isinstance(operation, Template | Structural):
        return statement
    if isinstance(operation, Check) and operation.kind in _STATE and not _is_default(operation):
        raise ConcreteValueError(f"the rule decides by `{operation.source}`, which may change")
    if isinstance(operation, Check | Keep):
        return None
    if isinstance(operation, Read):
        return Statement(statement.target, Structural(_outside(operation), {}), (), statement.span)
    raise ConcreteValueError("the rule decides by values, or changes something outside")


def _is_default(check: Check) -> bool:
    """Whether a check is of the defaults of a function: they are part of what the rule is."""
    source: Any = check.source
    while source is not None:
        if isinstance(source, Attribute) and source.name in ("__defaults__", "__kwdefaults__"):
            return True
        source = getattr(source, "owner", None)
    return False


def _reads_the_same(program: Program) -> bool:
    """Whether what a traced rule reads from outside still has its shape and dtype."""
    return all(
        aval_of(s.operation.evaluate()) is s.target.aval
        for s in program.statements
        if not s.operands and s.target is not None and s.operation.name == "read_outside"
    )


def _outside(read: Read) -> StructuralEntry:
    """An entry that reads a number or array from outside, at every call."""
    aval = read.aval

    def value() -> Any:
        found = read.source.read(())
        if np.shape(found) != aval.shape:
            raise UnsupportedError(f"`{read.source}` has changed its shape since a rule read it")
        return np.asarray(found, aval.dtype) if aval.shape else found

    return StructuralEntry(
        name="read_outside",
        numpy=value,
        infer=lambda: aval,
        alias=True,
        describe=lambda operands, params: str(read.source),
    )


def splice(ops: Any, program: Program, values: Sequence[Operand]) -> list[Any]:
    """Append a rule's program with `values` for its inputs; its outputs as operands."""
    known: dict[Var, Operand] = dict(zip(program.inputs, values, strict=True))

    def read(operand: Operand) -> Operand:
        return known[operand] if type(operand) is Var else operand

    for statement in program.statements:
        target, operation = statement.target, statement.operation
        assert target is not None
        operands = tuple([read(o) for o in statement.operands])
        if isinstance(operation, Template):
            known[target] = ops.elementwise(operation, operands, target.name)
        elif operands:
            known[target] = ops.emit(operation, operands, target.name)
        else:
            known[target] = Var(target.name, target.aval)
            ops.statements.append(Statement(known[target], operation, (), ops.span))
    return [read(o) for o in program.outputs]


# -- the other mode, by transposition


def pushed(
    rule: Rule, ops: Any, result: Aval, values: Sequence[Operand], moves: Sequence[Operand]
) -> Any:
    """Forward mode from a vjp rule: `J t` is the transpose of `ct -> J.T ct`, applied to `t`."""
    avals = [result, *[operand_aval(v) for v in values]]
    program = rule.traced(avals, "forward")
    (seed,) = program.inputs[:1]
    return _transposed(ops, program, [seed], values, moves)[0]


def pulled(rule: Rule, ops: Any, seeds: Seeds, values: Sequence[Operand], ct: Operand) -> list[Any]:
    """Reverse mode from a jvp rule, in the same way."""
    program = rule.traced([*seeds.avals, *[operand_aval(v) for v in values]], "reverse")
    tangents = program.inputs[: len(seeds.avals)]
    return _transposed(ops, program, tangents, values, [ct])


def _transposed(
    ops: Any,
    program: Program,
    seeds: Sequence[Var],
    values: Sequence[Operand],
    cotangents: Sequence[Operand],
) -> list[Any]:
    given = [Var("ct", operand_aval(c)) for c in cotangents]
    present = [k for k, o in enumerate(program.outputs) if type(o) is Var]
    outputs = tuple([program.outputs[k] for k in present])
    program = Program(program.name, program.inputs, program.statements, outputs)
    chosen = [given[k] for k in present]
    back = vjp(program, seeds, chosen)
    # A linear map does not depend on where its argument is: any number does for the seed.
    zeros = [np.zeros(s.aval.shape, s.aval.dtype) if s.aval.shape else 0.0 for s in seeds]
    actual = [*zeros, *values, *[cotangents[k] for k in present]]
    whole = Program(back.name, back.inputs, back.statements, back.outputs[len(outputs) :])
    from ...optimize import number_values, remove_dead_code

    return splice(ops, remove_dead_code(number_values(whole)), actual)
