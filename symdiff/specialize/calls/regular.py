"""Which calls do the same in every iteration of a loop, while nothing is changed.

A call of a function of the user's is followed, and asks for itself. Of what is not followed only
what is listed here is known to change nothing, and to depend on nothing but its arguments.
"""

from __future__ import annotations

import builtins
import math
import operator
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.table.lookup import entry_of
from ...source.installed import is_library_file
from ..recording.methods import BoundMethod
from ..rewriting.hook_calls import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

_BUILTINS = (
    "abs all any bool complex divmod enumerate float int isinstance issubclass len list max min "
    "pow range reversed round sum tuple type zip"
)
_OF_MATH = "ceil dist floor fsum hypot prod trunc"
_OF_OPERATOR = "add eq floordiv ge gt index le lt mod mul ne neg pos pow sub truediv"

PURE = frozenset(
    [getattr(builtins, n) for n in _BUILTINS.split()]
    + [getattr(math, n) for n in _OF_MATH.split()]
    + [getattr(operator, n) for n in _OF_OPERATOR.split()]
    + [np.array, np.asarray, np.shape, np.ndim, np.size]
    + [np.zeros, np.ones, np.full, np.eye, np.identity, np.arange, np.linspace]
)

_ITERATORS = (zip, enumerate, reversed)
_MAKES_GENERATOR = 0x20  # of the flags of a code object


def is_regular(function: Any, handlers: Mapping[Any, Any]) -> bool:
    """Whether a call may be made in an iteration of a loop that stands for others.

    Args:
        function: what is called.
        handlers: what is called in the place of functions that have a version for tracers.
    """
    kind = type(function)
    if kind is BoundMethod:
        return True
    if kind is MethodType:
        function = function.__func__
        kind = type(function)
        if kind is not FunctionType:
            return False
    try:
        if entry_of(function) is not None or function in PURE:
            return True
    except TypeError:
        return False
    if kind is FunctionType:
        if MARK in function.__globals__:
            return True
        if hasattr(function, "__symdiff_traced__") or function in handlers:
            return False
        module = function.__module__ if isinstance(function.__module__, str) else ""
        return not module.startswith("symdiff.") and not is_library_file(
            function.__code__.co_filename
        )
    return isinstance(function, type) and issubclass(function, np.generic)


def is_new_iterator(result: Any) -> bool:
    """Whether a call has made an iterator of Python's own, which nobody has taken a step of."""
    return type(result) in _ITERATORS
