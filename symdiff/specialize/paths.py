"""Every way through a function whose arguments are only symbols.

Where a decision depends on a symbol, the function is run again with the other outcome, up to a
limit. What cannot be known without a value (the trip count of a loop, an index, a length) is an
error that says which value to give.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import is_dataclass
from typing import Any, NoReturn

import numpy as np

from ..errors import ConcreteValueError, SymdiffError
from ..program.naming import name_of
from ..program.program import (
    FLOAT,
    INT,
    Aval,
    Program,
    Var,
    name_uniquely,
    validate,
)
from ..program.sources import Argument
from ..records import dataclass
from ..safety.defence import innermost, is_own
from ..safety.exclusive import alone
from ..safety.stack import deep
from ..source.functions import function_source
from ..source.shapes import told_of
from .blame import as_text, blame_symbols
from .demands import ArrayDemand, Known, WholeDemand
from .hooks.symbolic import SymbolicHooks
from .misfits import array_wanted, explained
from .outside.reads import Reader
from .outside.writes import record_changes
from .recording.recorder import Recorder
from .recording.sizes import Sizes
from .recording.tracer import PENDING, UNKNOWN, Tracer
from .recording.watching import Unrolled
from .result import outputs_of
from .traced import Traced, function_site, unwrap
from .watch import Watch

NOMINAL_LENGTH = 1009
_MOST_DECISIONS = 40
_MOST_STATEMENTS = 3000
"""So many statements are recorded at most where lengths are assumed: loops are unrolled there."""

_MOST_LEARNED = 32
"""So often a function is traced again for what has been learned of its loops."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way through a function.

    Attributes:
        program: the primal; its inputs are the parameters that are numbers or arrays.
        decisions: the tests that led here and their outcomes, in order.
        arrays: the parameters that the code uses as arrays.
        structure: `"one"`, `"tuple"` or `"list"` of results.
        raised: the exception that the function raises on this way, which then has no results.
    """

    program: Program
    decisions: tuple[tuple[Var, bool], ...]
    arrays: frozenset[str]
    structure: str
    raised: Exception | None = None


def enumerate_paths(
    function: Callable[..., Any],
    at: dict[str, Any] | None = None,
    limit: int = 64,
    length: int = NOMINAL_LENGTH,
    loops: bool = False,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> list[Path]:
    """Trace a function with symbols for its arguments, once for each way through it.

    Args:
        function: a Python function.
        at: values for parameters that are to be traced concretely.
        limit: the most paths to follow.
        length: the length an array parameter is taken to have while nothing depends on it.
        loops: whether loops stay loops where they can; otherwise all are unrolled.
        shapes: of parameters, where these are assumed, and lengths are taken for known numbers.

    Raises:
        Misfit: parameters do not have the shapes that were assumed.
        ConcreteValueError: a value is needed, or there are more than `limit` paths.
        SymdiffError: something in it cannot be differentiated.

    >>> len(enumerate_paths(abs_like))
    2
    """

    def enumerated() -> list[Path]:
        traced = Traced(function)
        traced.check()
        said = told_of(function)
        known = Known(length, set(said.arrays), loops, shapes)
        known.arrays |= {name for name, shape in said.shapes.items() if shape}
        known.numbers |= {name for name, shape in said.shapes.items() if not shape}
        if shapes is not None:
            known.arrays = {name for name, shape in shapes.items() if shape}
        learns = _MOST_LEARNED
        while True:
            try:
                return _paths(traced, dict(at or {}), limit, known)
            except ArrayDemand as demand:
                if demand.names <= known.arrays:
                    raise ConcreteValueError(
                        f"{demand.what} of a number that depends on an argument"
                    ) from None
                known.arrays |= demand.names
            except WholeDemand as demand:
                known.whole |= demand.names
            except Unrolled as error:
                learns -= not error.sites  # what it has learned is known of the loop
                if error.sites <= known.unrolled and (error.sites or learns < 0):
                    raise
                known.unrolled |= error.sites

    return alone(deep, enumerated)


def symbols_of(function: Callable[..., Any], at: Mapping[str, Any]) -> list[str]:
    """The parameters that are symbols without a shape of their own: no value is given."""
    return [
        p.name
        for p in Traced(function).parameters
        if p.name not in at
        and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        and (p.default is p.empty or type(p.default) is float)
    ]


def abs_like(x: float) -> float:
    """A function with two paths, for the example above."""
    if x > 0:
        return x
    return -x


def _paths(traced: Traced, at: dict[str, Any], limit: int, known: Known) -> list[Path]:
    found: list[Path] = []
    waiting: list[tuple[bool, ...]] = [()]
    while waiting:
        prefix = waiting.pop()
        if len(found) >= limit:
            raise _needs_value(
                traced,
                f"the function has more than {limit} ways through it",
                "each test of a symbol doubles them",
                at,
            )
        path, outcomes = _run(traced, at, prefix, known)
        found.append(path)
        for k in range(len(outcomes) - 1, len(prefix) - 1, -1):
            waiting.append((*outcomes[:k], not outcomes[k]))
    for path in found:
        if all(p.raised is not None for p in found) and path.raised is not None:
            raise path.raised
    return found


def _gives_all(traced: Traced, at: dict[str, Any]) -> bool:
    """Whether a point gives every argument that has no default: the function may then be run."""
    return bool(at) and all(
        p.name in at or p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        for p in traced.parameters
    )


def _run(
    traced: Traced,
    at: dict[str, Any],
    prefix: Sequence[bool],
    known: Known,
) -> tuple[Path, tuple[bool, ...]]:
    recorder = Recorder(abstract=True)
    recorder.harmless_only = not _gives_all(traced, at)
    arrays = frozenset(known.arrays)
    if known.loops and recorder.harmless_only:
        recorder.runner = _KEPT
        recorder.unrolled = set(known.unrolled)
        recorder.outermost = recorder.statements
        recorder.sizes = Sizes(recorder, known.length)
        recorder.of_loops = known.of_loops
    if known.shapes is not None:
        recorder.knows_lengths = True
        recorder.most = min(recorder.most, _MOST_STATEMENTS)
    recorder.site = function_site(traced.function)
    reader = Reader(recorder)
    hooks = SymbolicHooks(recorder, reader)
    decisions: list[tuple[Var, bool]] = []
    inputs: list[Var] = []

    def decide(tracer: Tracer) -> bool:
        k = len(decisions)
        if k >= _MOST_DECISIONS:
            raise ConcreteValueError(
                f"more than {_MOST_DECISIONS} tests in a row depend on an argument",
                where=recorder.where(),
                why="without a value, every outcome of each has to be followed",
            )
        outcome = prefix[k] if k < len(prefix) else True
        decisions.append((recorder.operand(tracer), outcome))
        return outcome

    def demand_array(tracer: Tracer, what: str) -> NoReturn:
        if known.shapes is not None:
            raise array_wanted(recorder, inputs, tracer, what)
        names = _inputs_of(recorder, tracer, inputs)
        recorder_where = recorder.where()
        if not names:
            raise ConcreteValueError(f"{what} of a symbol", where=recorder_where)
        raise ArrayDemand(known.likely_arrays(names), what)

    def demand_whole(tracer: Tracer) -> None:
        names = _inputs_of(recorder, tracer, inputs)
        if names - known.whole:
            raise WholeDemand(names)

    recorder.demand_whole = demand_whole
    recorder.decide = decide
    recorder.demand_array = demand_array
    values = [
        _argument(recorder, reader, traced, k, at, known, inputs) for k in range(len(traced.names))
    ]
    watch: AbstractContextManager[Any] = (
        Watch(recorder) if recorder.harmless_only else nullcontext()
    )
    explaining = explained(recorder, inputs) if known.shapes is not None else nullcontext()
    try:
        with explaining, watch, np.errstate(all="ignore"):
            try:
                result = traced.run(hooks.calls, values)
            except Exception as error:
                if recorder.watches and not isinstance(error, _DEMANDS):
                    # What an iteration raises that stands for all is not known of any.
                    raise Unrolled(recorder.at_fault(), "an iteration raises") from None
                if hooks.calls.effects.refused is not None:
                    raise hooks.calls.effects.refused from None
                if not isinstance(error, SymdiffError):
                    error.args = tuple([as_text(recorder, a) for a in error.args])
                    if known.shapes is None:
                        blame_symbols(recorder, error)
                    if decisions and not is_own(innermost(error)):
                        return _raising(recorder, traced, inputs, decisions, arrays, error)
                raise
        refused = hooks.calls.effects.refused or recorder.refusal
        if refused is not None:  # the function itself has caught it
            raise refused
        if recorder.refusal is not None:
            raise recorder.refusal
        outputs, _ = outputs_of(recorder, result, reader)
        structure = type(result).__name__ if type(result) in (tuple, list) else "one"
    except SymdiffError as error:
        if error.where is None:
            error.where = recorder.where()
        if not error.remedy and isinstance(error, ConcreteValueError):
            error.remedy = _remedy(traced, at, arrays, known.whole)
        raise
    except RecursionError:
        raise _needs_value(
            traced, "the depth of the recursion depends on an argument", "it never ends", at
        ) from None
    record_changes(reader)
    name = name_of(traced.function, "f")
    program = name_uniquely(Program(name, tuple(inputs), recorder.statements, outputs))
    if recorder.runner is not None:
        validate(program)
    outcomes = tuple(o for _, o in decisions)
    return Path(program, tuple(decisions), arrays & set(traced.names), structure), outcomes


_KEPT = object()
"""What a recorder has instead of something that computes iterations: none has values here."""

_DEMANDS = (ArrayDemand, WholeDemand, Unrolled)


def _raising(
    recorder: Recorder,
    traced: Traced,
    inputs: list[Var],
    decisions: list[tuple[Var, bool]],
    arrays: frozenset[str],
    error: Exception,
) -> tuple[Path, tuple[bool, ...]]:
    """The way to an exception that the function itself raises where its decisions lead there."""
    name = name_of(traced.function, "f")
    program = name_uniquely(Program(name, tuple(inputs), recorder.statements, ()))
    path = Path(program, tuple(decisions), arrays & set(traced.names), "one", error)
    return path, tuple(o for _, o in decisions)


def _argument(
    recorder: Recorder,
    reader: Reader,
    traced: Traced,
    k: int,
    at: dict[str, Any],
    known: Known,
    inputs: list[Var],
) -> Any:
    parameter = traced.parameters[k]
    name = parameter.name
    if name not in at:
        if parameter.kind is parameter.VAR_POSITIONAL:
            return ()
        if parameter.kind is parameter.VAR_KEYWORD:
            return {}
        default = parameter.default
        if default is parameter.empty or type(default) is float:
            shape = known.shapes.get(name, ()) if known.shapes is not None else (known.length,)
            aval = Aval.of(shape, "float64") if name in known.arrays else FLOAT
            if name in known.whole and name not in known.arrays:
                aval = INT
            var = Var(name, aval)
            inputs.append(var)
            if aval.is_inexact:
                recorder.active.add(var)
            return Tracer(recorder, UNKNOWN, var)
        at = {name: default}
    value = at[name]
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    tracer = reader.wrap(value, Argument(k, name), name)
    if type(tracer) is Tracer:
        # The argument is an input of the program, not something it reads.
        statements = recorder.statements
        while statements and tracer.operand is not statements[-1].target:
            statements.pop()
        statements.pop()
        recorder.path.clear()
        inputs.append(tracer.operand)
        recorder.active.add(tracer.operand)
    return tracer


def _inputs_of(recorder: Recorder, tracer: Tracer, inputs: Sequence[Var]) -> frozenset[str]:
    """The unknown inputs that a value depends on."""
    wanted: set[Var] = set()
    if tracer.operand is PENDING:
        wanted.update(v for v in tracer.leaves if type(v) is Var)
    elif type(tracer.operand) is Var:
        wanted.add(tracer.operand)
    for origins, statements in recorder.around():
        wanted.update(first for var, first in origins.items() if var in wanted)
        for statement in reversed(statements):
            if statement.target in wanted:
                wanted.update(o for o in statement.operands if type(o) is Var)
    free = [v for v in inputs if v in wanted and not v.aval.shape and v.aval is not INT]
    return frozenset(v.name for v in free)


def _needs_value(traced: Traced, what: str, why: str, at: dict[str, Any]) -> ConcreteValueError:
    where = None
    try:
        source = function_source(unwrap(traced.function)[0])
        where = source.span(
            source.node if isinstance(source.node, ast.Lambda) else source.node.body[0]
        )
    except Exception:
        where = None
    return ConcreteValueError(what, where=where, why=why, remedy=_remedy(traced, at, frozenset()))


def _remedy(
    traced: Traced, at: dict[str, Any], arrays: frozenset[str], whole: Collection[str] = ()
) -> str:
    parts = [
        f"{p.name}=" + ("[1,2,3]" if p.name in arrays else "10" if p.name in whole else "0.3")
        for p in traced.parameters
        if p.name not in at
        and p.default is p.empty
        and p.kind is not p.VAR_POSITIONAL
        and p.kind is not p.VAR_KEYWORD
    ]
    for parameter in traced.parameters:
        made = _dataclass_of(traced, parameter)
        if made is not None and parameter.name not in at:
            return f"write a function of numbers that makes the {made.__name__} and calls this one"
    given = ", ".join(parts) or "a=0.3"
    return f'--at "{given}"'


def _dataclass_of(traced: Traced, parameter: inspect.Parameter) -> type | None:
    """The dataclass that an annotation names, or `None`."""
    written = parameter.annotation
    if isinstance(written, str):
        written = getattr(unwrap(traced.function)[0], "__globals__", {}).get(written)
    return written if isinstance(written, type) and is_dataclass(written) else None
