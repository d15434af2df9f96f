"""Errors as the command line prints them: with the file as the user named it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from .errors import SymdiffError


def fail_to_import(error: BaseException, path: str) -> NoReturn:
    """Print why a file cannot be imported, and exit with 2."""
    from .errors import SymdiffError

    if isinstance(error, SymdiffError):
        complain(error)
    else:
        click.echo(describe_exception(error, path), err=True)
    sys.exit(2)


def describe_exception(error: BaseException, path: str) -> str:
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
    shown = f"{relative(file)}:{line}: error: {kind}: {message}".rstrip(": ")
    return f"{shown}\n    {text}" if text else shown


def relative(path: str) -> str:
    """A path as seen from the current folder, if it lies below it."""
    if not os.path.isabs(path):
        return path
    try:
        shorter = os.path.relpath(path)
    except ValueError:
        return path
    return path if shorter.startswith("..") else shorter


def is_users(error: Exception, path: str) -> bool:
    """Whether an exception was raised by the user's code rather than by this package."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.filename == path for frame in frames)


def complain(error: SymdiffError) -> None:
    """Print an error with file names as the user wrote them."""
    import dataclasses

    for problem in [error, *getattr(error, "problems", ())]:
        if problem.where is not None:
            problem.where = dataclasses.replace(problem.where, file=relative(problem.where.file))
    click.echo(str(error), err=True)
