"""What the command line names: a file, and the functions in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from .complaints import fail_to_import

if TYPE_CHECKING:
    from types import ModuleType

_PRIMES = (1009, 1013, 1019, 1021, 1031, 1033, 1039, 1049, 1051, 1061, 1063)


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


def load(file: str) -> ModuleType:
    """Import a file as Python would, but for its `__main__` block."""
    import contextlib
    import importlib.util

    if not os.path.isfile(file):
        raise click.UsageError(f"there is no file {file}")
    path = os.path.abspath(file)
    stem = os.path.splitext(os.path.basename(path))[0]
    name = f"_symdiff_shown_{stem}"
    count = 1
    while name in sys.modules:
        if getattr(sys.modules[name], "__file__", None) == path:
            return sys.modules[name]
        count += 1
        name = f"_symdiff_shown_{stem}_{count}"
    from importlib.machinery import SourceFileLoader

    # Before the folder is searched: a `random.py` in it would hide what SymPy needs.
    import sympy  # noqa: F401

    from . import transforms  # noqa: F401

    loader = SourceFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        del sys.modules[name]
        fail_to_import(error, path)
    return module


def functions_of(module: ModuleType, file: str, name: str | None) -> list[tuple[str, Any]]:
    """The functions to show, with what to call them, in the order of the file."""
    import types

    from .transforms import Gradient

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
    seen = {_what_it_shows(f): (k, f) for k, f in reversed(found)}
    found = list(seen.values())
    return sorted(found, key=lambda item: line_of(item[1]))


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


def parameters_of(function: Any) -> list[str]:
    """The names of the arguments of a function, or of the one it was made from."""
    import inspect

    try:
        return list(inspect.signature(getattr(function, "__wrapped__", function)).parameters)
    except (TypeError, ValueError):
        return []


def unused_length(function: Any) -> int:
    """A length to assume of arrays: a prime that the function's file does not mention."""
    import inspect

    try:
        with open(inspect.getsourcefile(inspect.unwrap(function)) or "", encoding="utf-8") as file:
            text = file.read()
    except (OSError, TypeError, UnicodeDecodeError):
        text = ""
    return next((prime for prime in _PRIMES if str(prime) not in text), _PRIMES[0])
