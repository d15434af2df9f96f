"""Python's limit of recursion, which a trace raises: a call of the user's takes several."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ROOM = 20
"""How many frames of symdiff's one of the user's may take."""

_state = threading.local()


@contextmanager
def deep_stack() -> Iterator[None]:
    """Room for what fits Python's own limit: a call of the user's takes several of symdiff's.

    So does an operator of a long expression. Threads often have a small stack, so theirs is raised
    less. To be entered under `TRACING`: the limit belongs to the process.
    """
    normal = sys.getrecursionlimit()
    if getattr(_state, "normal", None) is not None:
        yield
        return
    _state.normal = normal
    main = threading.current_thread() is threading.main_thread()
    sys.setrecursionlimit(normal * (_ROOM if main else _ROOM // 4))
    try:
        yield
    finally:
        _state.normal = None
        sys.setrecursionlimit(normal)


def recursion_limit() -> int:
    """The limit as the user has set it."""
    normal: int | None = getattr(_state, "normal", None)
    return sys.getrecursionlimit() if normal is None else normal
