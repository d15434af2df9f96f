"""Python's frames are refused: a traced function runs in frames of symdiff's own, and the compiled
gradient in none, so that a name, a line or a depth of the stack would be another one.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..outside.parts import Calls

_LOOKING = (
    sys._getframe,
    inspect.currentframe,
    inspect.stack,
    traceback.extract_stack,
    traceback.format_stack,
    traceback.walk_stack,
)


def handlers(calls: Calls) -> dict[Any, Callable[..., Any]]:
    """What is called for each function that looks at the frames it is called from."""
    return {function: partial(_refused, calls, function) for function in _LOOKING}


def _refused(calls: Calls, function: Any, *args: Any, **kwargs: Any) -> Any:
    calls.recorder.refuse(
        f"`{function.__module__}.{function.__name__}()`",
        why="the gradient is computed in other frames than the function's own",
        remedy="pass what the function is to know of its caller as an argument",
    )
