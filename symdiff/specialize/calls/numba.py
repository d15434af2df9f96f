"""Functions that numba has compiled, by the Python functions that they were made of.

Everything goes by names: numba is never imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

from .scipy import NOT_HANDLED
from .vectorized import Vectorized

if TYPE_CHECKING:
    from ..outside.parts import Calls


def _is_of_numba(value: Any) -> bool:
    module = getattr(type(value), "__module__", None) or ""
    return module == "numba" or module.startswith("numba.")


def written_function(function: Any) -> Any:
    """The Python function behind one that `numba.njit` has compiled; any other as it is.

    >>> written_function(len) is len
    True
    """
    if not _is_of_numba(function):
        return function
    written = getattr(function, "py_func", None)
    return written if isinstance(written, FunctionType) else function


def call_compiled(calls: Calls, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Call what numba has made by the Python function; `NOT_HANDLED` of anything else."""
    site = calls.recorder.site
    if getattr(function, "__module__", None) == "numba.misc.special":
        if getattr(function, "__name__", "") == "prange":
            return calls.call(site, range, *args)
        return NOT_HANDLED
    if not _is_of_numba(function):
        return NOT_HANDLED
    written = written_function(function)
    if written is not function:
        return calls.call(site, written, *args, **kwargs)
    dispatcher = getattr(function, "_dispatcher", None)
    written = getattr(dispatcher, "py_func", None)
    if isinstance(written, FunctionType) and type(function).__name__ == "DUFunc":
        if kwargs:
            calls.recorder.refuse(f"`{function.__name__}` with the keyword `{next(iter(kwargs))}`")
        made = Vectorized(calls, written, len(args), 1)
        return made.__symdiff_call__(calls, args, {})
    return NOT_HANDLED
