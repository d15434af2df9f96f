"""Trace a function at concrete inputs: the `Program` it is there, and what that rests on."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType, MappingProxyType, MethodType
from typing import Any, NoReturn

import numpy as np

from ..errors import RecursionLimitError, SourceNotFoundError, SymdiffError, UnsupportedError
from ..operations.table.lookup import entry_of
from ..program.acts import EffectLog
from ..program.naming import name_of
from ..program.outside import assumption
from ..program.program import Operand, Program, Var, name_uniquely
from ..program.sources import Argument, Fixed, Item, Source
from ..program.trees import LEAF, flatten, is_node, map_leaves, one_level
from ..safety.defence import innermost, internal, is_own, raised_by
from ..safety.exclusive import alone
from ..safety.floating import computing
from ..safety.stack import recursion_limit
from ..source.functions import function_source
from .calls.dispatch import Calls, rewritten_code
from .hooks.rewritten import Hooks
from .outside.reads import Promote, Reader, below
from .outside.writes import changes, commit_now, plain, record_changes
from .recording.recorder import Recorder
from .recording.text import looked_at
from .recording.tracer import Tracer
from .rewriting.hook_calls import PREFIX
from .rewriting.sites import OfCode, add_site


@dataclass(slots=True, eq=False)
class Specialization:
    """A function at one set of decisions.

    Attributes:
        program: the primal; its inputs are not used, arguments are read by statements.
        path: the outcomes of all guards and checks, in order.
        arguments: what is differentiated by, with program variables for the numbers and arrays.
        result: what the function returned.
        python: for statements that mix Python's numbers with NumPy's, or apply NumPy's functions
            to Python's numbers: which operations gave a number of Python's own.
        parts: what operators keep with it.
    """

    program: Program
    path: tuple[Any, ...]
    arguments: dict[str, Any]
    result: Result
    python: dict[Var, tuple[bool, ...]] = field(default_factory=dict)
    parts: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What a function returned, apart from the numbers and arrays, which are program outputs.

    Attributes:
        structure: of containers, as `trees.flatten` gives it.
        leaves: for each leaf the number of the program's output, or a `Fixed` object.
        types: the Python type of each output, for the conversion at the end.
    """

    structure: Any
    leaves: tuple[int | Fixed, ...]
    types: tuple[type, ...]


def unwrap(function: Any) -> tuple[FunctionType, tuple[Any, ...], Any]:
    """The Python function behind a callable, what it is bound to, and the object to name.

    Raises:
        SourceNotFoundError: there is no Python function behind it.
    """
    if isinstance(function, MethodType) and isinstance(function.__func__, FunctionType):
        return function.__func__, (function.__self__,), function
    if isinstance(function, FunctionType):
        return function, (), function
    call = type(function).__call__ if callable(function) else None
    if isinstance(call, FunctionType):
        return call, (function,), function
    raise SourceNotFoundError(
        f"`{name_of(function)}` has no Python source",
        why="it is written in C or built at run time",
        remedy="wrap it in a Python function of your own",
    )


class Traced:
    """A callable that can be traced: its parameters, and how to call it again with tracers.

    An operator may take `extra` arguments after the function's own, such as tangents: they are
    read as the others are, and not handed to the function.

    `functools.partial` objects, entries of the table (`math.sin` itself) and methods are callables
    like any other.
    """

    def __init__(self, function: Callable[..., Any], extra: Sequence[str] = ()) -> None:
        self.function = function
        self.signature = signature_of(function)
        self.own = list(self.signature.parameters.values())
        further = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in extra]
        self.parameters = [*self.own, *further]
        self.names = [p.name for p in self.parameters]

    def defaults(self) -> tuple[int, ...]:
        """The identities of all defaults, to see when they have changed."""
        function, found = self.function, []
        while isinstance(function, partial):
            found += [id(v) for v in function.keywords.values()]
            function = function.func
        found.append(id(getattr(function, "__defaults__", None)))
        found += [id(v) for v in (getattr(function, "__kwdefaults__", None) or {}).values()]
        return tuple(found)

    def reread_signature(self) -> None:
        """After the function's defaults have changed."""
        self.signature = signature_of(self.function)
        further = self.parameters[len(self.own) :]
        self.own = list(self.signature.parameters.values())
        self.parameters = [*self.own, *further]

    def takes_lists(self) -> bool:
        """Whether the function appends to a parameter: a list is then given unopened."""
        function = getattr(self.function, "__func__", self.function)
        if type(function) is not FunctionType or entry_of(function) is not None:
            return False
        return f"{PREFIX}list_given" in rewritten_code(function).co_names

    def check(self) -> None:
        """Refuse unsupported syntax before anything runs."""
        function = self.function
        while hasattr(function, "func") and hasattr(function, "keywords"):
            function = function.func
        if isinstance(function, FunctionType | MethodType):
            rewritten_code(unwrap(function)[0])

    def arguments(self, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a call of the function: one value a parameter, `*args` as a tuple."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for parameter, value in zip(self.own, values):
            if parameter.kind is parameter.VAR_POSITIONAL:
                args.extend(value)
            elif parameter.kind is parameter.VAR_KEYWORD:
                kwargs.update(value)
            elif parameter.kind is parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = value
            else:
                args.append(value)
        return args, kwargs

    def run(self, calls: Calls, values: Sequence[Any]) -> Any:
        """Call the function inside a trace."""
        args, kwargs = self.arguments(values)
        function = self.function
        reader = calls.hooks.reader
        if isinstance(function, MethodType):
            owner = function.__self__
            reader.wrap(owner, Fixed(owner, "self"), "self")
        elif isinstance(function, FunctionType):
            reader.adopt(function)
        elif not isinstance(function, type) and entry_of(function) is None:
            reader.wrap(function, Fixed(function, "self"), "self")
        return calls.call(calls.recorder.site, function, *args, **kwargs)


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of a callable, for a function of the table as many operands as it takes."""
    entry = None if isinstance(function, MethodType) else entry_of(function)
    if entry is None or isinstance(function, FunctionType):
        try:
            return inspect.signature(function)
        except (TypeError, ValueError):
            unwrap(function)
            raise
    arity = getattr(entry, "arity", 1)
    names = ["x"] if arity == 1 else [f"x{k}" for k in range(arity)]
    kind = inspect.Parameter.POSITIONAL_ONLY
    return inspect.Signature([inspect.Parameter(n, kind) for n in names])


def function_site(function: Callable[..., Any]) -> int:
    """A site for what happens before the first line: reading the arguments."""
    try:
        own = unwrap(function)[0]
    except (SourceNotFoundError, TypeError):
        return 0

    def make() -> int:
        try:
            span = function_source(own).span()
        except (SourceNotFoundError, TypeError):
            return 0
        one_line = type(span)(span.file, span.line, span.column, span.line, span.column + 3)
        return add_site(one_line, frozenset())

    return _first_sites.get(own.__code__, make)


_first_sites: OfCode[int] = OfCode()


def specialize(
    traced: Traced,
    values: Sequence[Any],
    promote: Mapping[str, Promote] = MappingProxyType({}),
    log: EffectLog | None = None,
) -> Specialization:
    """Run a function once, with tracers for its arguments.

    Args:
        traced: the function.
        values: one value for each parameter.
        promote: what of which parameters is to be differentiated: integers there are taken as
            floats, and containers are taken apart.
        log: results of the opaque calls that this gradient call has made already.

    Raises:
        SymdiffError: something in it cannot be differentiated.
        Exception: whatever the function itself raises.
    """
    return alone(_specialize, traced, values, promote, log)


def _specialize(
    traced: Traced,
    values: Sequence[Any],
    promote: Mapping[str, Promote],
    log: EffectLog | None,
) -> Specialization:
    recorder = Recorder(log)
    reader = Reader(recorder)
    hooks = Hooks(recorder, reader)
    try:
        return _traced(traced, values, promote, recorder, reader, hooks)
    finally:
        _forget(recorder, reader, hooks)


def _forget(recorder: Recorder, reader: Reader, hooks: Hooks) -> None:
    """Let go of the values of a trace, which its own circles would keep."""
    reader.arguments = ()
    recorder.statements = []
    tables: list[Any] = [
        recorder.values,
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
) -> Specialization:
    recorder.site = function_site(traced.function)
    reader.arguments = values
    arguments: dict[str, Any] = {}
    wrapped = []
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
    except UnsupportedError as error:
        error.where = error.where or recorder.where()
        raise
    except SymdiffError:
        raise
    except RecursionError as error:
        commit_now(reader)
        raise _too_deep(recorder) from error
    except Exception as error:
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
        record_changes(reader)
    except SymdiffError as error:
        error.where = error.where or recorder.where()
        raise
    name = name_of(traced.function, "f")
    if recorder.foreign:
        _check_foreign(recorder, outputs)
    program = Program(name, (), recorder.statements, outputs)
    name_uniquely(program)
    return Specialization(program, tuple(recorder.path), arguments, returned, dict(recorder.python))


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


def outputs_of(
    recorder: Recorder, result: Any, reader: Reader
) -> tuple[tuple[Operand, ...], Result]:
    """The numbers and arrays in a result, and how they stand in it."""
    items, structure = flatten(looked_at(result))
    outputs: list[Operand] = []
    leaves: list[int | Fixed] = []
    types: list[type] = []
    for item in items:
        if type(item) is np.ndarray and item.dtype.kind in "fiub":
            item = recorder.const(item)
        if isinstance(item, str | bytes) and structure is not LEAF:
            plain_text = str(item) if isinstance(item, str) else item
            leaves.append(Fixed(plain_text, "text"))
            continue
        if type(item) is not Tracer and not isinstance(item, int | float | np.generic):
            _refuse_result(recorder, item)
        leaves.append(len(outputs))
        outputs.append(recorder.operand(item))
        types.append(type(item.value) if type(item) is Tracer else type(item))
    if result is None or _holds_outside(result, reader):
        _refuse_result(recorder, result)
    return tuple(outputs), Result(structure, tuple(leaves), tuple(types))


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


def _refuse_result(recorder: Recorder, item: Any) -> NoReturn:
    raise UnsupportedError(
        f"the function returns {_article(item)}",
        where=recorder.where(),
        why="only numbers and arrays, or containers of them, can be differentiated",
        remedy="return a number",
    )


def _holds_outside(result: Any, reader: Reader) -> bool:
    """Whether a dataclass from outside is in a result: its fields would not be read again."""
    if not is_node(result) or result is None:
        return False
    return reader.is_outside(result) or any(_holds_outside(v, reader) for v in one_level(result)[0])


def _variables(value: Any) -> Any:
    """A wrapped argument with program variables in place of tracers."""
    if type(value) is Tracer:
        return value.operand if type(value.operand) is Var else None
    if type(value) in (list, tuple, dict) or is_node(value):
        return map_leaves(_variables, value)
    return value


def _article(value: Any) -> str:
    if value is None:
        return "nothing (`None`)"
    return f"a {type(value).__name__}"


__all__ = ["Specialization", "Traced", "specialize", "unwrap"]
