"""What one thread does at a time, and what an interrupt must not leave half done.

An interrupt (Ctrl-C, an exception set from another thread) may come between any two steps of
Python. What is changed for a while is therefore restored by `restoring`, which remembers the old
state before it changes anything, and a lock is let go of by whoever finds that it holds it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

TRACING: Any = threading.RLock()
"""SymPy and the tables of templates are not made for threads: one trace at a time."""

IMPORTING: Any = threading.RLock()
"""Held while a module of this package is imported for a name that is used for the first time."""

TABLES: Any = threading.RLock()
"""Held for a moment, to look into tables that grow as they are looked into."""

_PATIENCE = 60.0
"""Seconds that a fork waits for the trace of another thread."""

_forking: list[Any] = []
_at_fork: list[Callable[[], None]] = []


def restoring(
    restore: Callable[[], object], function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Call a function, and `restore` after it, even where an interrupt falls between the two.

    `restore` may be called twice.

    >>> restoring(lambda: print("restored"), max, 1, 2)
    restored
    2
    """
    try:
        try:
            return function(*args, **kwargs)
        finally:
            restore()
    except BaseException:
        restore()
        raise


def alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function while no other thread traces."""
    if TRACING._is_owned():
        return function(*args, **kwargs)

    def locked() -> T:
        TRACING.acquire()
        return function(*args, **kwargs)

    return restoring(_let_go, locked)


def if_alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Call a function unless another thread traces: then, give `None` at once."""
    if TRACING._is_owned():
        return function(*args, **kwargs)

    def locked() -> T | None:
        return function(*args, **kwargs) if TRACING.acquire(blocking=False) else None

    return restoring(_let_go, locked)


def _let_go() -> None:
    if TRACING._is_owned():
        TRACING.release()


def after_fork(restore: Callable[[], None]) -> Callable[[], None]:
    """Have a child process call a function, for what a trace in another thread had changed."""
    _at_fork.append(restore)
    return restore


def _before_fork() -> None:
    # What is half imported in another thread stays so in the child, which could wait for ever.
    _forking[:] = [lock for lock in (IMPORTING, TRACING) if lock.acquire(timeout=_PATIENCE)]


def _in_parent() -> None:
    while _forking:
        _forking.pop().release()


def _in_child() -> None:
    # The threads that hold the locks are not in this process.
    _forking.clear()
    for lock in (IMPORTING, TRACING, TABLES):
        lock._at_fork_reinit()
    for restore in _at_fork:
        restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
