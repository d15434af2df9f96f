"""The command `symdiff`: show the derivative of functions in a file.

Everything symbolic is imported only when there is something to show, so that `symdiff --help` and
a mistyped option answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from .complaints import TooLong, complain, describe_exception, is_users, relative, time_limit
from .files import files_in, load, load_unimported, path_of
from .points import check_names, parse_points
from .rendering import WIDTH, render
from .targets import (
    functions_of,
    has_functions,
    join_names,
    line_of,
    span_of_definition,
    split_target,
)

if TYPE_CHECKING:
    from .unimported import Unimported

_MANY = 10
"""Of more functions those that cannot be shown are listed at the end, with one line each."""

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


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH})
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
    help="Values to follow branches and loops with, and shapes of arrays that have none: "
    '--at "a=0.3, x=[1, 2], A: m×n".',
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
    file when none is. A method is named Class.method. FILE may be a notebook, a folder, or
    - for standard input.

    FILE is imported, which runs what stands at its top level, as `import` does; --no-import does
    not run it. The functions themselves are followed with symbols for their arguments: no call is
    made that could act on files, output, random numbers, settings or other programs. Only a
    function whose arguments all have a value in --at is run, at these values.
    """
    wanted = [split_target(t) for t in join_names(targets)]
    at = parse_points(points)
    by = [name.strip() for name in wrt.split(",") if name.strip()] if wrt is not None else None
    if by is not None and not by:
        raise click.UsageError("--wrt names no argument")
    if steps and form != "text":
        raise click.UsageError(f"--steps is text: it goes with no --format {form}")
    form = "steps" if steps else form
    found: list[tuple[str, Any, str]] = []
    failed, folders = 0, False
    for file, name in wanted:
        files = files_in(file)
        folders |= files != [file]
        for one in files:
            functions, status = _functions(one, name, no_import, among=files != [file])
            found += functions
            failed = max(failed, status)
    check_names(at, [function for _, function, _ in found])
    between = ""
    refused: list[str] | None = [] if folders or len(found) > _MANY else None
    for title, function, file in found:
        with time_limit(seconds):
            status = _show_one(title, function, file, at, by, form, max_paths, between, refused)
        failed = max(failed, status)
        between = between if status else "\n"
    if refused:
        head = f"{between}not shown ({len(refused)} of {len(found)}; name one to read more):"
        click.echo("\n  ".join([head, *refused]), err=True)
    sys.exit(failed)


def _functions(
    file: str, name: str | None, no_import: bool, among: bool
) -> tuple[list[tuple[str, Any, str]], int]:
    """The functions of a file to show, with its name, and the exit status so far.

    Args:
        file: the file.
        name: the function that is asked for; `None` for all.
        no_import: whether the file is only read.
        among: whether it is one of a folder, of which some may have nothing to show.
    """
    failed = 0
    try:
        if no_import:
            read = load_unimported(file)
            failed = _complain_of_unknown(read, name)
            if name in read.problems or not has_functions(read, name):
                return [], failed
            module = read.module
        else:
            module = load(file)
        return [(title, f, file) for title, f in functions_of(module, file, name)], failed
    except click.UsageError:
        if not among:
            raise
        return [], failed
    except SystemExit:  # it cannot be imported, which has been told
        if not among:
            raise
        return [], 2


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
    refused: list[str] | None = None,
) -> int:
    """Show one function, after `between`; the exit status.

    Why it cannot be shown is printed, or added to `refused` as one line.
    """
    from ..errors import SymdiffError, UsageError
    from ..program.naming import printable

    def tell(short: str, text: str = "") -> None:
        if refused is not None:
            refused.append(f"{_place(function, file, relative)} {title}: {short}")
        else:
            click.echo(
                text or f"{_place(function, file, relative)}: error: {title} {short}", err=True
            )

    try:
        body, head = render(title, function, at, by, form, max_paths)
    except SymdiffError as error:
        if error.where is None and not isinstance(error, UsageError):
            error.where = span_of_definition(function)
        if refused is not None:
            tell(error.what)
        else:
            complain(error)
        return 2 if isinstance(error, UsageError) else 1
    except click.ClickException:
        raise  # what was typed is at fault
    except RecursionError:
        tell("calls itself too deeply")
        return 1
    except TooLong:
        tell("takes too long to show")
        if refused is None:
            click.echo("  try: a longer time, --seconds 600, or values, --at", err=True)
        return 1
    except (Exception, SystemExit) as error:
        if not is_users(error, function, path_of(file)):
            from ..safety.defence import internal

            complain(internal(error, span_of_definition(function)))
            return 1
        text = describe_exception(error, path_of(file))
        tell(f"raises {type(error).__name__}", text)
        return 1
    click.echo(between, nl=False)
    head, place = printable(head), printable(_place(function, file, os.path.basename))
    if form in ("latex", "python"):
        comment = "%" if form == "latex" else "#"
        _echo(click.style(f"{comment} {head}  {place}", dim=True))
        _echo(body)
        return 0
    gap = " " * (max(40 - len(head), 2) if len(head) < WIDTH - len(place) - 2 else 2)
    _echo(click.style(head, bold=True) + gap + click.style(place, dim=True))
    _echo("\n".join(f"  {line}".rstrip() for line in body.splitlines()))
    return 0


def _place(function: Any, file: str, shorten: Callable[[str], str]) -> str:
    """Where a function is; in a notebook, in which cell."""
    import inspect

    path = path_of(file)
    if file.endswith(".ipynb"):
        code = getattr(inspect.unwrap(function), "__code__", None)
        path = getattr(code, "co_filename", path)
    return f"{shorten(path)}:{line_of(function)}"


def _complain_of_unknown(read: Unimported, name: str | None) -> int:
    """Print why functions of a file cannot be told from its text; the exit status."""
    problems = [
        read.problems[n] for n in (read.functions if name is None else [name]) if n in read.problems
    ]
    for problem in problems:
        complain(problem)
    return 1 if problems else 0


def _echo(text: str) -> None:
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
