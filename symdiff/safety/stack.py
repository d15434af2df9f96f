"""Python's limit of recursion, which a trace raises: a call of the user's takes several."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from .exclusive import after_fork, restoring

P = ParamSpec("P")
T = TypeVar("T")

_ROOM = 20
"""How many frames of symdiff's one of the user's may take."""

_state = threading.local()
_raised: list[tuple[int, int]] = []  # by which thread, and from what limit


def deep(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function with room for what fits Python's own limit.

    A call of the user's takes several of symdiff's, and so does an operator of a long expression.
    Threads often have a small stack, so theirs is raised less. To be called by `alone`: the limit
    belongs to the process.
    """
    if getattr(_state, "normal", None) is not None:
        return function(*args, **kwargs)
    normal = sys.getrecursionlimit()
    main = threading.current_thread() is threading.main_thread()

    def restore() -> None:
        _state.normal = None
        _raised.clear()
        sys.setrecursionlimit(normal)

    def raised() -> T:
        _state.normal = normal
        _raised[:] = [(threading.get_ident(), normal)]
        sys.setrecursionlimit(normal * (_ROOM if main else _ROOM // 4))
        return function(*args, **kwargs)

    return restoring(restore, raised)


@after_fork
def _forget_other_threads() -> None:
    for thread, normal in _raised:
        if thread != threading.get_ident():
            sys.setrecursionlimit(normal)


def recursion_limit() -> int:
    """The limit as the user has set it."""
    normal: int | None = getattr(_state, "normal", None)
    if normal is None:
        raised = list(_raised)  # by another thread
        return raised[0][1] if raised else sys.getrecursionlimit()
    return normal
