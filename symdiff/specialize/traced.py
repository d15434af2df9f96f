"""A callable that can be traced: the function behind it, its parameters, how it is called again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import Any

from ..errors import SourceNotFoundError
from ..operations.table.lookup import entry_of
from ..program.naming import name_of
from ..program.sources import Fixed
from ..source.functions import function_source
from ..source.partials import is_partial
from .calls.dispatch import Calls
from .calls.rewritten_code import rewritten_code
from .rewriting.hook_calls import PREFIX
from .rewriting.lists import READ
from .rewriting.sites import OfCode, add_site


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
        while is_partial(function):
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

    def read_in_loops(self) -> frozenset[str]:
        """The parameters that, if they are lists, are only read, and that by loops."""
        function = getattr(self.function, "__func__", self.function)
        if type(function) is not FunctionType or entry_of(function) is not None:
            return frozenset()
        consts = rewritten_code(function).co_consts
        return frozenset(*[c[1:] for c in consts if type(c) is tuple and c[:1] == (READ,)])

    def check(self) -> None:
        """Refuse unsupported syntax before anything runs."""
        function = self.function
        while is_partial(function):
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
        return calls.enter(calls.recorder.site, function, *args, **kwargs)


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
        span = function_source(own).span()
        one_line = type(span)(span.file, span.line, span.column, span.line, span.column + 3)
        return add_site(one_line, frozenset())

    return _first_sites.get(own.__code__, make)


_first_sites: OfCode[int] = OfCode()
