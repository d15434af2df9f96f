"""The command `symdiff`: show the derivative of functions in a file.

Everything symbolic is imported only when there is something to show, so that `symdiff --help` and
a mistyped option answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import _lru_cache_wrapper, cache
from typing import TYPE_CHECKING, Any

import click

from .complaints import TooLong, complain, describe_exception, is_users, relative, time_limit
from .targets import (
    functions_of,
    has_functions,
    join_names,
    line_of,
    load,
    load_unimported,
    parameters_of,
    span_of_definition,
    split_target,
    unused_lengths,
)

if TYPE_CHECKING:
    from .unimported import Unimported

_WIDTH = 80
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
    "--steps",
    is_flag=True,
    help="Explain: each statement with its partials and what it adds to the derivatives.",
)
@click.option(
    "--max-paths",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="How many ways through a function's branches to show.",
)
@click.option(
    "--no-import",
    is_flag=True,
    help="Do not run FILE: show what can be told from its text.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="How long one function may take.",
)
def show(
    targets: tuple[str, ...],
    points: tuple[str, ...],
    wrt: str | None,
    form: str,
    steps: bool,
    max_paths: int,
    no_import: bool,
    seconds: float,
) -> None:
    """Show the formula and derivatives of functions in FILE.

    Without NAME, shows every function decorated with `grad`, or every function of a number in the
    file when none is. A method is named Class.method.

    FILE is imported, which runs what stands at its top level, as `import` does; --no-import does
    not run it. The functions themselves are followed with symbols for their arguments: no call is
    made that could act on files, output, random numbers, settings or other programs. Only a
    function whose arguments all have a value in --at is run, at these values.
    """
    wanted = [split_target(t) for t in join_names(targets)]
    at = _parse_points(points)
    by = [name.strip() for name in wrt.split(",") if name.strip()] if wrt is not None else None
    if by is not None and not by:
        raise click.UsageError("--wrt names no argument")
    if steps and form != "text":
        raise click.UsageError(f"--steps is text: it goes with no --format {form}")
    form = "steps" if steps else form
    found: list[tuple[str, Any, str]] = []
    failed = 0
    for file, name in wanted:
        if no_import:
            read = load_unimported(file)
            failed = max(failed, _complain_of_unknown(read, name))
            if name in read.problems or not has_functions(read, name):
                continue
            module = read.module
        else:
            module = load(file)
        found += [(title, f, file) for title, f in functions_of(module, file, name)]
    _check_point_names(at, [function for _, function, _ in found])
    between = ""
    for title, function, file in found:
        with time_limit(seconds):
            status = _show_one(title, function, file, at, by, form, max_paths, between)
        failed = max(failed, status)
        between = between if status else "\n"
    sys.exit(failed)


# -- the command line


def _parse_points(points: Sequence[str]) -> dict[str, Any]:
    """`a=0.3, x=[1, 2]` as values; a list becomes an array of floats."""
    import ast

    values: dict[str, Any] = {}
    for point in points:
        problem = f'--at takes NAME=VALUE, such as "a=0.3" or "x=[1, 2]", not {point!r}'
        try:
            call = ast.parse(f"_({point})", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise click.UsageError(problem) from None
        if not isinstance(call, ast.Call) or call.args or not call.keywords:
            raise click.UsageError(problem)
        if not isinstance(call.func, ast.Name):  # `a=1)(b=2`
            raise click.UsageError(problem)
        for keyword in call.keywords:
            if keyword.arg is None:
                raise click.UsageError(problem)
            try:
                values[keyword.arg] = ast.literal_eval(keyword.value)
            except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                text = ast.get_source_segment(f"_({point})", keyword.value)
                raise click.UsageError(
                    f"--at {keyword.arg}: {text} is not a number or a list of numbers"
                ) from None
    return values


def _check_point_names(at: dict[str, Any], functions: Sequence[Any]) -> None:
    known = {name for function in functions for name in parameters_of(function)}
    for name in at:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise click.UsageError(f"--at {name}: there is no such argument (there are: {names})")


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
    from ..errors import SymdiffError, UsageError
    from ..program.naming import printable

    try:
        body, head = _render(title, function, at, by, form, max_paths)
    except SymdiffError as error:
        if error.where is None and not isinstance(error, UsageError):
            error.where = span_of_definition(function)
        complain(error)
        return 2 if isinstance(error, UsageError) else 1
    except click.ClickException:
        raise  # what was typed is at fault
    except RecursionError:
        click.echo(f"{_line(function, file)}: error: {title} calls itself too deeply", err=True)
        return 1
    except TooLong:
        click.echo(f"{_line(function, file)}: error: {title} takes too long to show", err=True)
        click.echo("  try: a longer time, --seconds 600, or values, --at", err=True)
        return 1
    except (Exception, SystemExit) as error:
        if not is_users(error, function, os.path.abspath(file)):
            from ..safety.defence import internal

            complain(internal(error, span_of_definition(function)))
            return 1
        click.echo(describe_exception(error, os.path.abspath(file)), err=True)
        return 1
    click.echo(between, nl=False)
    head, place = printable(head), printable(f"{os.path.basename(file)}:{line_of(function)}")
    if form in ("latex", "python"):
        comment = "%" if form == "latex" else "#"
        _echo(click.style(f"{comment} {head}  {place}", dim=True))
        _echo(body)
        return 0
    gap = " " * (max(40 - len(head), 2) if len(head) < _WIDTH - len(place) - 2 else 2)
    _echo(click.style(head, bold=True) + gap + click.style(place, dim=True))
    _echo("\n".join(f"  {line}".rstrip() for line in body.splitlines()))
    return 0


def _line(function: Any, file: str) -> str:
    return f"{relative(os.path.abspath(file))}:{line_of(function)}"


def _complain_of_unknown(read: Unimported, name: str | None) -> int:
    """Print why functions of a file cannot be told from its text; the exit status."""
    problems = [
        read.problems[n] for n in (read.functions if name is None else [name]) if n in read.problems
    ]
    for problem in problems:
        complain(problem)
    return 1 if problems else 0


def _render(
    title: str,
    function: Any,
    at: dict[str, Any],
    by: list[str] | None,
    form: str,
    max_paths: int,
) -> tuple[str, str]:
    from ..errors import SymdiffError
    from ..operators.gradient import Gradient
    from ..operators.transforms import grad
    from ..present.show import show as render
    from ..program.loops import makes_lengths
    from ..specialize.paths import enumerate_paths

    wrapped: Any = function
    if isinstance(function, Gradient):
        wrapped = getattr(function, "__wrapped__", function)
    if isinstance(function, Gradient) and by is None:
        gradient: Any = function
    else:
        gradient = grad(wrapped, wrt=tuple(by) if by is not None else "all")
    wrt = list(gradient.wrt_names())
    parameters = parameters_of(wrapped)
    point = {k: _as_value(v, k in wrt) for k, v in at.items() if k in parameters}
    whole = {k: at[k] for k in point if type(at[k]) is int and k in wrt and by is None}
    lengths = unused_lengths(wrapped)

    @cache
    def traced(loops: bool) -> list[Any]:
        """The ways through the function, at each length, with loops that are kept or unrolled."""
        paths = enumerate_paths(wrapped, point, max_paths, lengths[0], loops)
        assumed = any(v.aval.shape == (lengths[0],) for p in paths for v in p.program.inputs)
        if not assumed and not any(makes_lengths(p.program) for p in paths):
            return [paths]
        return [paths, *[enumerate_paths(wrapped, point, max_paths, n, loops) for n in lengths[1:]]]

    def shown(loops: bool, by_line: bool = True) -> str:
        paths, *others = traced(loops)
        inputs = [v for p in paths for v in p.program.inputs]
        real = {v.name for v in inputs if v.aval.is_inexact}
        whole = {v.name for v in inputs} - real
        names = [n for n in wrt if by is not None or n not in whole]
        if wrapped is function and by is None:
            names = [n for n in wrt if n in real]
        given: dict[str, Any] = {"at": point, "width": _WIDTH, "lengths": lengths}
        return render(title, paths, names, form=form, others=others, by_line=by_line, **given)

    head = f"{title}({', '.join(parameters)})"
    try:
        if whole:
            traced(False)
    except TypeError:  # of a float where Python takes whole numbers alone
        point.update(whole)
        wrt = [n for n in wrt if n not in whole]
        traced.cache_clear()
    except SymdiffError:
        pass  # told below
    if form == "steps":
        return shown(False), head
    text = ""
    if form == "text" and point and all(name in point for name in parameters):
        text = _looped(traced, shown, point, wrt)
    return text or _best(traced, shown), head


def _looped(
    traced: _lru_cache_wrapper[list[Any]],
    shown: Callable[..., str],
    point: dict[str, Any],
    wrt: Sequence[str],
) -> str:
    """How a function goes that has loops, with its values at a point that gives all it needs.

    It is nothing where there is a formula for that point, or a loop that cannot be kept.
    """
    from ..errors import SymdiffError, TooLargeError
    from ..present.kept import has_loops
    from ..present.point import values_at
    from ..present.ways import differentiate_path

    given = dict(point)
    try:
        shown(False, by_line=False)
        return ""
    except TooLargeError:
        ((path, *_), *_) = traced(False)
    except (SymdiffError, TypeError):
        return ""
    traced.cache_clear()
    point.clear()
    try:
        if not any(map(has_loops, traced(True))):
            return ""
        names = [v.name for v in path.program.inputs if v.name in wrt]
        way = differentiate_path(path.program, names)
        values = values_at(path.program.name, [way], given, _WIDTH)
        return "\n".join([shown(True), *values])
    except SymdiffError:
        return ""
    finally:
        point.update(given)
        traced.cache_clear()


def _best(traced: Callable[[bool], list[Any]], shown: Callable[..., str]) -> str:
    """A formula with loops that are kept; or without, if that is one; or what else there is."""
    from ..errors import (
        NonScalarError,
        StepLimitError,
        SymdiffError,
        TooLargeError,
        UsageError,
    )
    from ..present.kept import has_loops

    try:
        if not any(map(has_loops, traced(True))):
            return shown(True)
        return shown(True, by_line=False)
    except TooLargeError:
        attempts = [(False, False), (True, True)]
    except (UsageError, StepLimitError, NonScalarError):
        raise
    except SymdiffError:
        attempts = []
    for attempt in attempts:
        try:
            return shown(*attempt)
        except SymdiffError:
            pass
    return shown(False)


def _as_value(value: Any, active: bool) -> Any:
    """A list as an array of floats; a whole number that is differentiated by as a float."""
    import numpy as np

    if isinstance(value, list):
        try:
            return np.array(value, dtype=float)
        except (ValueError, TypeError):
            raise click.UsageError(f"--at: {value} is not an array of numbers") from None
    return float(value) if active and type(value) is int else value


def _echo(text: str) -> None:
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
