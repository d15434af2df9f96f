"""Which calls do the same in every iteration of a loop, while nothing is changed.

A call of a function of the user's is followed, and asks for itself. Of what is not followed only
what is listed here is known to change nothing, and to depend on nothing but its arguments.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import math
import operator
from collections import deque
from types import BuiltinMethodType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.table.lookup import entry_of
from ...program.containers import is_named_tuple
from ...source.installed import is_library_file
from ..outside.libraries import is_library
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
    + [functools.reduce]  # what it calls asks for itself
    + [np.array, np.asarray, np.shape, np.ndim, np.size]
    + [np.errstate, contextlib.nullcontext]
    + [np.zeros, np.ones, np.full, np.eye, np.identity, np.arange, np.linspace]
)

_LOOKING = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
"""Methods of Python's containers that only look."""

_ITERATORS = (zip, enumerate, reversed)
_MAKES_GENERATOR = 0x20  # of the flags of a code object


def is_regular(function: Any, handlers: Mapping[Any, Any]) -> bool:
    """Whether a call may be made in an iteration of a loop that stands for others.

    Args:
        function: what is called.
        handlers: what is called in the place of functions that have a version for tracers.
    """
    kind = type(function)
    if kind is BoundMethod or function is dict:
        return True
    if kind is BuiltinMethodType and moves_items(function):
        return True
    if kind is BuiltinMethodType and type(function.__self__) in (dict, list, tuple):
        return function.__name__ in _LOOKING
    if kind is MethodType:
        if function.__name__ == "_replace" and is_named_tuple(type(function.__self__)):
            return True
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
    return isinstance(function, type) and (
        issubclass(function, np.generic) or _is_followed_class(function)
    )


def moves_items(method: Any) -> bool:
    """Whether a method of a `deque` only moves its items along: there are as many after it.

    That is so where it is full, and drops one item for each that is appended.
    """
    owner = method.__self__
    if type(owner) is not deque or not owner:
        return False
    full = owner.maxlen == len(owner)
    return method.__name__ == "rotate" or (full and method.__name__ in ("append", "appendleft"))


def _is_followed_class(cls: Any) -> bool:
    """Whether an instance is made by code that is followed, and asks for itself."""
    if is_named_tuple(cls):
        return bool(cls.__new__.__code__.co_filename.startswith("<"))
    if is_library(cls) or not is_library(type(cls)) or cls.__new__ is not object.__new__:
        return False
    return type(cls).__call__ is type.__call__ and (
        cls.__init__ is object.__init__ or isinstance(cls.__init__, FunctionType)
    )


def makes_new(function: Any) -> bool:
    """Whether a call gives a list or dict that nobody else knows."""
    if function is list or function is dict or function is deque:
        return True
    copies = type(function) is BuiltinMethodType and function.__name__ == "copy"
    return copies and type(function.__self__) in (dict, list)


def is_new_iterator(result: Any) -> bool:
    """Whether a call has made an iterator of Python's own, which nobody has taken a step of."""
    return type(result) in _ITERATORS
