"""What the command line names: a file, and the functions in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from types import ModuleType

    from ..errors import SourceSpan
    from .unimported import Unimported

_PRIMES = (1009, 1013, 1019, 1021, 1031, 1033, 1039, 1049, 1051, 1061, 1063)
_EVEN = (1010, 1014, 1022, 1026, 1034, 1038)


def join_names(targets: Sequence[str]) -> list[str]:
    """`f.py:g h` names two functions of one file."""
    joined: list[str] = []
    for target in targets:
        is_name = all(part.isidentifier() for part in target.split("."))
        if joined and is_name and not target.endswith(".py") and not os.path.exists(target):
            joined.append(f"{split_target(joined[-1])[0]}:{target}")
        else:
            joined.append(target)
    return [t for k, t in enumerate(joined) if ":" in t or not _is_named(t, joined[k + 1 :])]


def _is_named(file: str, later: Sequence[str]) -> bool:
    return bool(later) and later[0].startswith(file + ":")


def split_target(target: str) -> tuple[str, str | None]:
    """`f.py:g` as its file and its name.

    >>> split_target("f.py:g"), split_target("f.py")
    (('f.py', 'g'), ('f.py', None))
    """
    file, colon, name = target.rpartition(":")
    if colon and file and all(part.isidentifier() for part in name.split(".")):
        return file, name
    return target, None


def functions_of(module: ModuleType, file: str, name: str | None) -> list[tuple[str, Any]]:
    """The functions to show, with what to call them, in the order of the file."""
    import types

    from ..operators.gradient import Gradient

    if name is not None:
        return [(name, _named(module, file, name))]
    own = module.__name__
    classes = [
        (k, v) for k, v in vars(module).items() if isinstance(v, type) and v.__module__ == own
    ]
    members = [*vars(module).items()]
    members += [(f"{k}.{m}", v) for k, cls in classes for m, v in vars(cls).items()]
    decorated = {
        id(v): (k, v) for k, v in reversed(members) if isinstance(v, Gradient) and _home(v) == own
    }
    plain = {
        id(v): (k, v)
        for k, v in reversed(list(vars(module).items()))
        if isinstance(v, types.FunctionType) and v.__module__ == own
    }
    found = list((decorated or plain).values())
    if not found:
        raise click.UsageError(f"there is no function in {file}")
    if not decorated:
        found = [(k, f) for k, f in found if _takes_numbers(f)]
    if not found:
        raise click.UsageError(f"there is no function of a number in {file}")
    seen = {_what_it_shows(f): (k, f) for k, f in reversed(found)}
    found = list(seen.values())
    return sorted(found, key=lambda item: line_of(item[1]))


def has_functions(read: Unimported, name: str | None) -> bool:
    """Whether a file that was only read has anything to show, or to look for by its name."""
    return name is not None or any(hasattr(read.module, n) for n in read.functions)


_NOT_NUMBERS = frozenset({"bool", "bytes", "dict", "int", "None", "set", "str", "type"})


def _takes_numbers(function: Any) -> bool:
    """Whether an argument of a function can be a number that is only a symbol.

    >>> _takes_numbers(lambda x: x), _takes_numbers(lambda: 0), _takes_numbers(lambda k="a": k)
    (True, False, False)
    """
    import inspect

    for parameter in inspect.signature(function, follow_wrapped=False).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        written = parameter.annotation
        if isinstance(written, type):
            written = written.__name__
        if parameter.default is parameter.empty and written not in _NOT_NUMBERS:
            return True
        if type(parameter.default) is float:
            return True
    return False


def _what_it_shows(function: Any) -> tuple[Any, ...]:
    """Two gradients of one function with respect to the same arguments are shown once."""
    wrapped = getattr(function, "__wrapped__", function)
    names = getattr(function, "wrt_names", tuple)
    return id(wrapped), tuple(names())


def _home(gradient: Any) -> str | None:
    """The module whose function this is the gradient of."""
    return getattr(getattr(gradient, "__wrapped__", None), "__module__", None)


def _named(module: ModuleType, file: str, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found) or isinstance(found, type):
        if found is None:
            import difflib

            near = difflib.get_close_matches(name, list(vars(module)), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"there is no function {name} in {file}{hint}")
        raise click.UsageError(f"{name} in {file} is not a function")
    owner = name.rpartition(".")[0]
    return _bound(found, module, owner, name) if owner else found


def _bound(function: Any, module: ModuleType, owner: str, name: str) -> Any:
    """A method of an object made without arguments; a static or class method as it is."""
    import types

    cls: Any = module
    for part in owner.split("."):
        cls = getattr(cls, part)
    own = name.rpartition(".")[2]
    if not isinstance(cls, type) or isinstance(vars(cls).get(own), staticmethod | classmethod):
        return function
    if isinstance(function, types.MethodType):
        return function
    try:
        return getattr(cls(), own)
    except Exception as error:
        raise click.UsageError(
            f"{name} needs an object, and {owner}() fails ({type(error).__name__}: {error}); "
            "write a function that makes one and calls the method"
        ) from None


def line_of(function: Any) -> int:
    """The line of a function's `def`, or where the file first shows it."""
    import inspect

    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return 0
    first = int(code.co_firstlineno)
    try:
        lines, start = inspect.getsourcelines(function)
    except (OSError, TypeError):
        return first
    for offset, line in enumerate(lines):
        if line.lstrip().startswith(("def ", "async def ")):
            return start + offset
    return first


def span_of_definition(function: Any) -> SourceSpan | None:
    """Where a function is defined: the whole line."""
    import inspect
    import linecache

    from ..errors import SourceSpan

    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    line = line_of(function)
    text = linecache.getline(code.co_filename, line).rstrip()
    return SourceSpan(
        code.co_filename, line, len(text) - len(text.lstrip()) + 1, line, len(text) + 1
    )


def parameters_of(function: Any) -> list[str]:
    """The names of the arguments of a function, or of the one it was made from."""
    import inspect

    try:
        return list(inspect.signature(getattr(function, "__wrapped__", function)).parameters)
    except (TypeError, ValueError):
        return []


def unused_lengths(function: Any) -> list[int]:
    """Lengths to assume of arrays: two primes that the function's file does not mention, which tell
    what depends on the length, and an even number beside them, which shows where that is not all.
    """
    import inspect

    try:
        with open(inspect.getsourcefile(inspect.unwrap(function)) or "", encoding="utf-8") as file:
            text = file.read()
    except (OSError, TypeError, UnicodeDecodeError):
        text = ""
    unused = [prime for prime in _PRIMES if str(prime) not in text] + list(_PRIMES)
    even = next((n for n in _EVEN if str(n) not in text), _EVEN[0])
    return [unused[0], unused[1], even]
