"""Trace a function at concrete inputs: the `Program` it is there, and what that rests on."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from ..errors import LengthError, RecursionLimitError, SymdiffError, UnsupportedError
from ..program.acts import EffectLog
from ..program.naming import name_of
from ..program.outside import assumption
from ..program.program import Operand, Program, Var, name_uniquely
from ..program.sources import Argument, Item, Source, floats_of
from ..program.trees import is_node, map_leaves
from ..safety.defence import innermost, internal, is_own, raised_by
from ..safety.exclusive import alone
from ..safety.floating import computing, errors_raise
from ..safety.progress import counting
from ..safety.stack import recursion_limit
from ..settings import get_step_limit
from .hooks.rewritten import Hooks
from .outside.reads import Promote, Reader, below
from .outside.writes import changes, commit_now, plain, record_changes
from .recording.known import Known
from .recording.lengths import FreeLengths
from .recording.lists import Numbers
from .recording.recorder import Recorder
from .recording.rolling import Runner
from .recording.tracer import Tracer
from .recording.watching import Unrolled
from .recording.widening import tells_apart
from .result import Specialization, outputs_of
from .traced import Traced, function_site


def specialize(
    traced: Traced,
    values: Sequence[Any],
    promote: Mapping[str, Promote] = MappingProxyType({}),
    log: EffectLog | None = None,
    runner: Runner | None = None,
    known: dict[int, Known] | None = None,
    free: Mapping[str, int] | None = None,
    lists: str = "",
) -> Specialization:
    """Run a function once, with tracers for its arguments.

    Args:
        traced: the function.
        values: one value for each parameter.
        promote: what of which parameters is to be differentiated: integers there are taken as
            floats, and containers are taken apart.
        log: results of the opaque calls that this gradient call has made already.
        runner: compiles the iterations of loops that stay loops; without it all are unrolled.
        known: what earlier traces have learned of loops, which learns from this one.
        free: the arrays whose lengths are left free; see `FreeLengths`.
        lists: which lists of floats among the arguments may be read as arrays: none, those that
            are `"given"` and not differentiated, or `"all"`.

    Raises:
        LengthError: one of those lengths matters.
        SymdiffError: something in it cannot be differentiated.
        Exception: whatever the function itself raises.
    """
    known = {} if known is None else known
    return alone(_specialize, traced, values, promote, log, runner, known, free, lists)


_LONG = 10
"""A list of fewer floats is read item by item."""

_ROLLED_STEPS = 200
"""A `while` loop that stays a loop may go round so many times as often as one that is unrolled."""

_MOST_TRACES = 64
"""After so many traces that were made again, every loop is unrolled."""


def _specialize(
    traced: Traced,
    values: Sequence[Any],
    promote: Mapping[str, Promote],
    log: EffectLog | None,
    runner: Runner | None,
    known: dict[int, Known],
    free: Mapping[str, int] | None,
    lists: str,
) -> Specialization:
    log = log or EffectLog()
    unrolled: set[int] = set()
    for _ in range(_MOST_TRACES):
        try:
            return _attempt(traced, values, promote, log, runner, unrolled, known, free, lists)
        except Unrolled as error:
            unrolled |= error.sites
            log.release()
            log.rewind()
    return _attempt(traced, values, promote, log, None, unrolled, known, free, "")


def _attempt(
    traced: Traced,
    values: Sequence[Any],
    promote: Mapping[str, Promote],
    log: EffectLog,
    runner: Runner | None,
    unrolled: set[int],
    known: dict[int, Known],
    free: Mapping[str, int] | None,
    lists: str,
) -> Specialization:
    recorder = Recorder(log)
    recorder.runner = None if errors_raise() else runner
    recorder.unrolled = unrolled
    recorder.of_loops = known
    if free is not None:
        recorder.free = FreeLengths(recorder, free)
    recorder.most_rounds = _ROLLED_STEPS * get_step_limit()
    reader = Reader(recorder)
    hooks = Hooks(recorder, reader)
    counting(lambda: len(recorder.statements))
    try:
        return _traced(traced, values, promote, recorder, reader, hooks, lists)
    except (Unrolled, LengthError):
        raise
    except Exception as error:
        if any(w.probing for w in recorder.watches):
            # What raises while an iteration stands for others is told of the iteration itself.
            raise Unrolled(recorder.at_fault(), "an iteration raises") from error
        raise
    finally:
        _forget(recorder, reader, hooks)


def _forget(recorder: Recorder, reader: Reader, hooks: Hooks) -> None:
    """Let go of the values of a trace, which its own circles would keep."""
    reader.arguments = ()
    recorder.statements = []
    recorder.watches = []
    recorder.forced = []
    recorder.uncertain = {}
    tables: list[Any] = [
        recorder.values,
        recorder.computed,
        recorder.stacked,
        recorder.reshaped,
        recorder.spread,
        recorder.decided,
        reader.owners,
        reader.seen,
        reader.origins,
        reader.overlay,
        reader.names,
        reader.peeked,
        reader.deferred,
        reader.plains,
        hooks.calls.defaults,
        hooks.calls.effects.keepers,
        *hooks.globals.values(),
        *hooks.cells.values(),
        reader.copies,
        reader.texts,
        reader.twins,
        reader.beside,
        reader.arrays,
        hooks.calls.effects.handed,
    ]
    for made in hooks.calls.effects.made:
        made.forget()
    for table in tables:
        table.clear()


def _traced(
    traced: Traced,
    values: Sequence[Any],
    promote: Mapping[str, Promote],
    recorder: Recorder,
    reader: Reader,
    hooks: Hooks,
    lists: str,
) -> Specialization:
    recorder.site = function_site(traced.function)
    reader.arguments = values
    arguments: dict[str, Any] = {}
    wrapped: list[Any] = []
    gathered = traced.read_in_loops() if lists and recorder.runner is not None else frozenset()
    lists_given = any(type(v) is list for v in values) and traced.takes_lists()
    for k, (name, value) in enumerate(zip(traced.names, values, strict=True)):
        source = Argument(k, name)
        if traced.parameters[k].kind is inspect.Parameter.VAR_POSITIONAL:
            reader.check(source, *assumption(value, source))
            deeper = promote.get(name, False)
            items = [
                reader.wrap(v, Item(source, i), f"{name}_{i}", below(deeper, i, i - len(value)))
                for i, v in enumerate(value)
            ]
            if name in promote:
                arguments[name] = tuple(map(_variables, items))
            wrapped.append(tuple(items))
            continue
        item: Any = None
        differentiated = promote.get(name, False) is True
        if (
            name in gathered
            and -(k + 1) not in recorder.unrolled
            and (name not in promote or (differentiated and lists == "all"))
            and type(value) is list
            and len(value) >= _LONG
            and type(value[0]) in (float, np.float64)
            and floats_of(value, type(value[0])) is not None
        ):
            if recorder.free is not None:
                recorder.free.depends("the length of a list")
            array = reader.as_array(value, source, name, differentiated)
            given = Numbers.of(recorder, array, type(value[0]))
            given.given = reader.gathered[id(value)] = -(k + 1)
            if differentiated:
                arguments[name] = array.operand
            wrapped.append(given)
            continue
        if lists_given and name not in promote and type(value) is list:
            item = reader.growing(value, source, partial(reader.wrap, value, source, name))
        if item is None:
            item = reader.wrap(value, source, name, promote.get(name, False))
        # The function may change the containers it is given: this is what it was given.
        if name in promote:
            arguments[name] = _variables(item)
        wrapped.append(item)
    try:
        result = computing(traced.run, hooks.calls, wrapped)
        if recorder.refusal is not None:
            raise recorder.refusal
        if any(w.probing for w in recorder.watches):
            recorder.unroll("an exception ended a loop that was recorded")
        recorder.watches.clear()
        apart = {s for s, var in recorder.joined if tells_apart(recorder.statements, var)}
        if apart:
            recorder.part(apart, "numbers of Python's and of NumPy's are told apart")
        if recorder.learned:
            recorder.refused(Unrolled(frozenset(), "iterations go other ways than were known"))
    except UnsupportedError as error:
        error.where = error.where or recorder.where()
        raise
    except SymdiffError:
        raise
    except RecursionError as error:
        if any(w.probing for w in recorder.watches):
            raise
        _end_free(recorder, error)
        commit_now(reader)
        raise _too_deep(recorder) from error
    except Exception as error:
        if any(w.probing for w in recorder.watches):
            raise
        _end_free(recorder, error)
        if recorder.refusal is None and (hooks.remembered.entries or hooks.remembered.places):
            with contextlib.suppress(SymdiffError):
                hooks.remembered.check(())  # it is missed where it was kept
        if recorder.refusal is not None:
            raise recorder.refusal from None
        if _may_be_internal(error, recorder, reader, hooks):
            own = raised_by(partial(computing, _call_plainly, traced, values))
            if own is None:
                raise internal(error, recorder.where()) from error
            if type(own) is not type(error):
                raise own from None
        elif isinstance(error, AssertionError | UnboundLocalError) and is_own(innermost(error)):
            raise internal(error, recorder.where()) from error
        commit_now(reader)
        if isinstance(error, TypeError | IndexError) and reader.promoted:
            error.add_note(_about_promoted(reader.promoted))
        error.args = tuple([plain(reader, a) for a in error.args])
        held = getattr(error, "__dict__", {})
        held.update({k: plain(reader, v) for k, v in held.items() if k != "__notes__"})
        raise
    outputs, returned = outputs_of(recorder, result, reader)
    try:
        hooks.calls.effects.check_handed()
        hooks.remembered.check(outputs)
        if recorder.free is not None and recorder.kept_of_earlier_calls() != (0, 0):
            recorder.free.depends("what earlier calls have kept")
        if reader.gathered and any(True for _ in changes(reader)):
            # Nobody checks that what is changed is another list.
            recorder.refused(Unrolled(frozenset(reader.gathered.values()), "a list is changed"))
        record_changes(reader)
        if recorder.rolled and recorder.kept_of_earlier_calls() != (0, 0):
            recorder.refused(Unrolled(frozenset(recorder.rolled), "results are kept"))
    except SymdiffError as error:
        error.where = error.where or recorder.where()
        raise
    name = name_of(traced.function, "f")
    if recorder.foreign:
        _check_foreign(recorder, outputs)
    program = Program(name, (), recorder.statements, outputs)
    name_uniquely(program)
    python, derives = dict(recorder.python), recorder.derives
    found = Specialization(program, tuple(recorder.path), arguments, returned, python, derives)
    if recorder.free is not None:
        found.free = dict(recorder.free.inputs)
        found.longest = max(recorder.free.sizes.values(), default=0)
    return found


def _end_free(recorder: Recorder, error: Exception) -> None:
    """What a trace for all lengths raises is asked of one for the length at hand."""
    if recorder.free is not None:
        raise LengthError("an exception ends the function") from error


def _check_foreign(recorder: Recorder, outputs: Sequence[Operand]) -> None:
    """Refuse what a function that a library calls has handed out in another way than its result.

    Raises:
        UnsupportedError: a value of one call of it is used outside.
    """
    uses = [(s.operands, s.span) for s in recorder.statements] + [(outputs, recorder.where())]
    for operands, span in uses:
        if any(type(o) is Var and o in recorder.foreign for o in operands):
            raise UnsupportedError(
                "a function that SciPy calls with values of its own hands one of them out",
                where=span or recorder.where(),
                why="it is called many times, and only its result is followed",
                remedy="compute the value again from the solution",
            )


def _too_deep(recorder: Recorder) -> RecursionLimitError:
    limit = recursion_limit()
    return RecursionLimitError(
        f"the recursion is deeper than Python's own limit of {limit} calls",
        where=recorder.where(),
        why="symdiff follows every call for the given input, and this recursion does not end",
        remedy="check that it ends for this input, raise the limit with "
        "sys.setrecursionlimit(...), or write it as a loop",
    )


def _may_be_internal(error: Exception, recorder: Recorder, reader: Reader, hooks: Hooks) -> bool:
    """Whether an exception arose where symdiff runs the user's operations, and may be its own.

    The function is then called as it is and asked, unless it has acted on anything by then.
    """
    if not is_own(innermost(error)):
        return False
    acted = hooks.calls.effects.acted or any(
        s.operation.name == "opaque" for s in recorder.statements
    )
    return not (acted or reader.promoted or any(True for _ in changes(reader)))


def _call_plainly(traced: Traced, values: Sequence[Any]) -> Any:
    """Call the function itself, without what an operator adds to its arguments."""
    args, kwargs = traced.arguments(values)
    return traced.function(*args, **kwargs)


def _about_promoted(promoted: Sequence[Source]) -> str:
    """Why what is an integer for the caller is none here: it may be wanted as a count or index."""
    names = ", ".join(f"`{source}`" for source in promoted)
    return (
        f"symdiff: {names} is differentiated by, so that an integer there is a float here\n"
        "  try: leave it out of `wrt`, or bind it beforehand, with a lambda or functools.partial"
    )


def _variables(value: Any) -> Any:
    """A wrapped argument with program variables in place of tracers."""
    if type(value) is Tracer:
        return value.operand if type(value.operand) is Var else None
    if type(value) in (list, tuple, dict) or is_node(value):
        return map_leaves(_variables, value)
    return value
