"""Errors as the command line prints them: with the file as the user named it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from ..errors import SymdiffError


def fail_to_import(error: BaseException, path: str) -> NoReturn:
    """Print why a file cannot be imported, and exit with 2."""
    from ..errors import SymdiffError

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
        try:
            message = str(error)
        except Exception:  # of a class of the user's, whose text rests on a value
            message = ""
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


def is_users(error: BaseException, function: Any, path: str) -> bool:
    """Whether an exception was raised by code of the user's rather than by this package.

    An operation that this package runs in the user's stead counts as the user's.
    """
    import inspect
    import traceback

    from ..safety.defence import innermost, is_own

    files = {path, getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", "")}
    frame = innermost(error)
    if is_own(frame) and isinstance(error, AssertionError | UnboundLocalError):
        return False
    return any(frame.filename in files for frame in traceback.extract_tb(error.__traceback__))


class TooLong(BaseException):
    """The time that one function may take is over."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TooLong` where what is inside takes longer, on systems that can interrupt it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not (
        threading.main_thread()
    ):
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def complain(error: SymdiffError) -> None:
    """Print an error with file names as the user wrote them."""
    import dataclasses
    import linecache

    for problem in [error, *getattr(error, "problems", ())]:
        if problem.where is not None:
            problem.where = dataclasses.replace(problem.where, file=relative(problem.where.file))
            linecache.checkcache(problem.where.file)  # the folder may be another one by now
    click.echo(str(error), err=True)
