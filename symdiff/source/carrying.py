"""Carry the source of functions along when they are pickled by value.

`cloudpickle` sends the code of a lambda, a closure or a function of `__main__`, but not where it
was written, and a derivative is made from the source. Where the source is at hand when an operator
is pickled, the definitions go along.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

from ..errors import SourceNotFoundError
from .functions import carried_file, code_key, definition_of, function_source
from .partials import is_partial

Carried = tuple[tuple[Any, str, int, str], ...]
"""For each function: what its code is known by, its file, the first line, and the text."""

_MOST = 256


def sources_of(function: Any) -> Carried:
    """The definitions of a function and of those that it reaches, where they may get lost."""
    found: dict[Any, tuple[Any, str, int, str]] = {}
    for reached in _reached(function):
        if _is_found_by_name(reached):
            continue
        try:
            source = function_source(reached)
        except (SourceNotFoundError, TypeError):
            continue
        line, text = definition_of(source)
        key = code_key(reached.__code__)
        found[key] = (key, source.file, line, text)
    return tuple(found.values())


def rebuilt(kind: Any, options: dict[str, Any], function: Any, sources: Carried) -> Any:
    """An operator again, on a machine that may not have the files."""
    for key, file, line, text in sources:
        carried_file(key, file, line, text)
    return kind(function, **options)


def _is_found_by_name(function: FunctionType) -> bool:
    """Whether pickle finds a function by its name: then its file is found, too."""
    module = sys.modules.get(function.__module__ or "")
    if module is None or function.__module__ == "__main__" or "<" in function.__qualname__:
        return False
    held: Any = module
    for part in function.__qualname__.split("."):
        held = getattr(held, part, None)
    return held is function or getattr(held, "__wrapped__", None) is function


def _reached(function: Any) -> Iterator[FunctionType]:
    """A function and those that it may call: by globals, closure cells, defaults and classes."""
    seen: set[int] = set()
    waiting = [function]
    count = 0
    while waiting and count < _MOST:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if is_partial(value):
            waiting += [value.func, *value.args, *value.keywords.values()]
        elif isinstance(value, MethodType):
            waiting += [value.__func__, type(value.__self__)]
        elif isinstance(value, type):
            if value.__module__ == "__main__" or "<" in value.__qualname__:
                waiting += list(vars(value).values())
        elif isinstance(value, FunctionType):
            count += 1
            yield value
            if not _is_found_by_name(value):
                waiting += _held_by(value)
        elif hasattr(type(value), "__symdiff_call__"):
            waiting.append(getattr(value, "_function", None))
        elif isinstance(value, property | staticmethod | classmethod):
            waiting += [getattr(value, n, None) for n in ("fget", "fset", "__func__")]
        elif callable(value) and isinstance(type(value).__call__, FunctionType):
            waiting.append(type(value))


def _held_by(function: FunctionType) -> Iterable[Any]:
    names = set(_names_in(function.__code__))
    yield from [v for k, v in function.__globals__.items() if k in names]
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield getattr(function, "__wrapped__", None)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
