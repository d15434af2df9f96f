"""The last line of defence: an exception of symdiff's own code is reported as one.

The user's exceptions stay the user's. Which it is, the traceback tells where it arose in code of
the user's, or in a stage that runs none of it. Where symdiff runs an operation in the user's stead,
the user's own function is asked whether it raises the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

from ..errors import InternalError, SourceSpan, SymdiffError

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_PASSED_ON = (SymdiffError, MemoryError, RecursionError, StopIteration)


def innermost(error: BaseException) -> FrameType | None:
    """The frame in which an exception arose."""
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return None if traceback is None else traceback.tb_frame


def is_own(frame: FrameType | None) -> bool:
    """Whether a frame runs code of symdiff."""
    return frame is not None and frame.f_code.co_filename.startswith(_OWN)


def internal(error: BaseException, where: SourceSpan | None = None) -> InternalError:
    """The report of an exception of symdiff's own."""
    said = str(error)
    return InternalError(
        f"symdiff has failed: {type(error).__name__}" + (f": {said}" if said else ""),
        where=where,
        why="this is a defect of symdiff, not of your function",
        remedy="report it with this function and its arguments; meanwhile, write this line in "
        "another way",
    )


@contextmanager
def defended(is_users: Callable[[str], bool]) -> Iterator[None]:
    """A stage that runs no code of the user's but rules the user has registered.

    Args:
        is_users: whether a file is the user's.
    """
    try:
        yield
    except _PASSED_ON:
        raise
    except Exception as error:
        traceback = error.__traceback__
        while traceback is not None:
            file = traceback.tb_frame.f_code.co_filename
            if not file.startswith((_OWN, "<")) and is_users(file):
                raise
            traceback = traceback.tb_next
        raise internal(error) from error


def raised_by(function: Callable[[], Any]) -> Exception | None:
    """What a function raises; `None` if it returns."""
    try:
        function()
    except Exception as own:
        return own
    return None
