"""The command `symdiff`: show the derivative of functions in a file.

Everything symbolic is imported only when there is something to show, so that `symdiff --help` and
a mistyped option answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from types import ModuleType

    from .errors import SymdiffError

_WIDTH = 80
_PRIMES = (1009, 1013, 1019, 1021, 1031, 1033, 1039, 1049, 1051, 1061, 1063)
_FORMATS = ("text", "latex", "python", "program")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    for distribution in ("symdiff-grad", "symdiff"):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return "unknown"


def _show_version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"symdiff {_version()}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Exact derivatives of ordinary Python functions, written down to read."""


@main.command()
@click.argument("targets", nargs=-1, required=True, metavar="FILE[:NAME] [NAME]...")
@click.option(
    "--at",
    "points",
    multiple=True,
    metavar="NAME=VALUE",
    help='Values to follow branches and loops with: --at "a=0.3, x=[1, 2]".',
)
@click.option("--wrt", metavar="NAMES", help="Arguments to differentiate by, such as x,y.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="A formula, LaTeX, Python that runs on its own, or the program line by line.",
)
@click.option(
    "--max-paths",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="How many ways through a function's branches to show.",
)
def show(
    targets: tuple[str, ...], points: tuple[str, ...], wrt: str | None, form: str, max_paths: int
) -> None:
    """Show the formula and derivatives of functions in FILE.

    Without NAME, shows every function decorated with `grad`, or every function of the file when
    none is. A method is named Class.method.
    """
    wanted = [_split_target(t) for t in _join_names(targets)]
    at = _parse_points(points)
    by = [name.strip() for name in wrt.split(",") if name.strip()] if wrt is not None else None
    if by is not None and not by:
        raise click.UsageError("--wrt names no argument")
    found: list[tuple[str, Any, str]] = []
    for file, name in wanted:
        module = _load(file)
        found += [(title, f, file) for title, f in _functions(module, file, name)]
    _check_point_names(at, [function for _, function, _ in found])
    failed = 0
    between = ""
    for title, function, file in found:
        status = _show_one(title, function, file, at, by, form, max_paths, between)
        failed = max(failed, status)
        between = between if status else "\n"
    sys.exit(failed)


# -- the command line


def _join_names(targets: Sequence[str]) -> list[str]:
    """`f.py:g h` names two functions of one file."""
    joined: list[str] = []
    for target in targets:
        is_name = all(part.isidentifier() for part in target.split("."))
        if joined and is_name and not target.endswith(".py") and not os.path.exists(target):
            joined.append(f"{_split_target(joined[-1])[0]}:{target}")
        else:
            joined.append(target)
    return [t for k, t in enumerate(joined) if ":" in t or not _is_named(t, joined[k + 1 :])]


def _is_named(file: str, later: Sequence[str]) -> bool:
    return bool(later) and later[0].startswith(file + ":")


def _split_target(target: str) -> tuple[str, str | None]:
    file, colon, name = target.rpartition(":")
    if colon and file and all(part.isidentifier() for part in name.split(".")):
        return file, name
    return target, None


def _parse_points(points: Sequence[str]) -> dict[str, Any]:
    """`a=0.3, x=[1, 2]` as values; a list becomes an array of floats."""
    import ast

    values: dict[str, Any] = {}
    for point in points:
        problem = f'--at takes NAME=VALUE, such as "a=0.3" or "x=[1, 2]", not {point!r}'
        try:
            call = ast.parse(f"_({point})", mode="eval").body
        except (SyntaxError, ValueError):
            raise click.UsageError(problem) from None
        if not isinstance(call, ast.Call) or call.args or not call.keywords:
            raise click.UsageError(problem)
        for keyword in call.keywords:
            if keyword.arg is None:
                raise click.UsageError(problem)
            try:
                values[keyword.arg] = ast.literal_eval(keyword.value)
            except (ValueError, SyntaxError, TypeError):
                text = ast.unparse(keyword.value)
                raise click.UsageError(
                    f"--at {keyword.arg}: {text} is not a number or a list of numbers"
                ) from None
    return values


def _check_point_names(at: dict[str, Any], functions: Sequence[Any]) -> None:
    known = {name for function in functions for name in _parameters(function)}
    for name in at:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise click.UsageError(f"--at {name}: there is no such argument (there are: {names})")


def _parameters(function: Any) -> list[str]:
    import inspect

    try:
        return list(inspect.signature(getattr(function, "__wrapped__", function)).parameters)
    except (TypeError, ValueError):
        return []


# -- the file


def _load(file: str) -> ModuleType:
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
        _fail_to_import(error, path)
    return module


def _fail_to_import(error: BaseException, path: str) -> NoReturn:
    from .errors import SymdiffError

    if isinstance(error, SymdiffError):
        _complain(error)
    else:
        click.echo(_describe_exception(error, path), err=True)
    sys.exit(2)


def _describe_exception(error: BaseException, path: str) -> str:
    """`f.py:3: error: NameError: ...`, with the line; where the user's file raised it."""
    import linecache
    import traceback

    kind = type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        file, line, message = error.filename, error.lineno or 1, error.msg
    else:
        frames = list(traceback.extract_tb(error.__traceback__))
        own = [f for f in frames if f.filename == path] or frames[-1:]
        file, line = (own[-1].filename, own[-1].lineno or 1) if own else (path, 1)
        message = str(error)
    text = linecache.getline(file, line).strip()
    shown = f"{_relative(file)}:{line}: error: {kind}: {message}".rstrip(": ")
    return f"{shown}\n    {text}" if text else shown


def _relative(path: str) -> str:
    if not os.path.isabs(path):
        return path
    try:
        shorter = os.path.relpath(path)
    except ValueError:
        return path
    return path if shorter.startswith("..") else shorter


def _functions(module: ModuleType, file: str, name: str | None) -> list[tuple[str, Any]]:
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
    return sorted(found, key=lambda item: _line(item[1]))


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


def _line(function: Any) -> int:
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


# -- showing


def _show_one(
    title: str,
    function: Any,
    file: str,
    at: dict[str, Any],
    by: list[str] | None,
    form: str,
    max_paths: int,
    between: str,
) -> int:
    """Show one function, after `between`; the exit status."""
    from .errors import SymdiffError, UsageError

    try:
        body, head = _render(title, function, at, by, form, max_paths)
    except SymdiffError as error:
        _complain(error)
        return 2 if isinstance(error, UsageError) else 1
    except RecursionError:
        click.echo(f"{file}: error: {title} calls itself too deeply", err=True)
        return 1
    except Exception as error:
        if not _is_users(error, os.path.abspath(file)):
            raise
        click.echo(_describe_exception(error, os.path.abspath(file)), err=True)
        return 1
    click.echo(between, nl=False)
    place = f"{os.path.basename(file)}:{_line(function)}"
    if form in ("latex", "python"):
        comment = "%" if form == "latex" else "#"
        _echo(click.style(f"{comment} {head}  {place}", dim=True))
        _echo(body)
        return 0
    gap = " " * (max(40 - len(head), 2) if len(head) < _WIDTH - len(place) - 2 else 2)
    _echo(click.style(head, bold=True) + gap + click.style(place, dim=True))
    _echo("\n".join(f"  {line}".rstrip() for line in body.splitlines()))
    return 0


def _render(
    title: str,
    function: Any,
    at: dict[str, Any],
    by: list[str] | None,
    form: str,
    max_paths: int,
) -> tuple[str, str]:
    from .present.show import show as render
    from .specialize.paths import enumerate_paths
    from .transforms import Gradient, grad

    wrapped: Any = function
    if isinstance(function, Gradient):
        wrapped = getattr(function, "__wrapped__", function)
    if isinstance(function, Gradient) and by is None:
        gradient: Any = function
    else:
        gradient = grad(wrapped, wrt=tuple(by) if by is not None else "all")
    wrt = list(gradient.wrt_names())
    parameters = _parameters(wrapped)
    point = {k: _as_value(v, k in wrt) for k, v in at.items() if k in parameters}
    length = _unused_length(wrapped)
    paths = enumerate_paths(wrapped, point, max_paths, length)
    if wrapped is function and by is None:
        real = {v.name for p in paths for v in p.program.inputs if v.aval.is_inexact}
        wrt = [name for name in wrt if name in real]
    body = render(title, paths, wrt, form=form, at=point, width=_WIDTH, length=length)
    return body, f"{title}({', '.join(parameters)})"


def _unused_length(function: Any) -> int:
    """A length to assume of arrays: a prime that the function's file does not mention."""
    import inspect

    try:
        with open(inspect.getsourcefile(inspect.unwrap(function)) or "", encoding="utf-8") as file:
            text = file.read()
    except (OSError, TypeError, UnicodeDecodeError):
        text = ""
    return next((prime for prime in _PRIMES if str(prime) not in text), _PRIMES[0])


def _as_value(value: Any, active: bool) -> Any:
    """A list as an array of floats; a whole number that is differentiated by as a float."""
    import numpy as np

    if isinstance(value, list):
        try:
            return np.array(value, dtype=float)
        except (ValueError, TypeError):
            raise click.UsageError(f"--at: {value} is not an array of numbers") from None
    return float(value) if active and type(value) is int else value


def _is_users(error: Exception, path: str) -> bool:
    """Whether an exception was raised by the user's code rather than by this package."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.filename == path for frame in frames)


def _echo(text: str) -> None:
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def _complain(error: SymdiffError) -> None:
    """Print an error with file names as the user wrote them."""
    import dataclasses

    for problem in [error, *getattr(error, "problems", ())]:
        if problem.where is not None:
            problem.where = dataclasses.replace(problem.where, file=_relative(problem.where.file))
    click.echo(str(error), err=True)
