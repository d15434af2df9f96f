"""Calls that meet an array of a free length: those that mean the same for any length."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.table.entry import ElementwiseEntry
from ...operations.table.lookup import entry_of
from ...source.installed import is_library_file
from ..outside.libraries import is_library
from ..recording.methods import BoundMethod
from ..recording.tracer import Tracer
from ..rewriting.hook_calls import MARK
from .scipy import NOT_HANDLED

if TYPE_CHECKING:
    from ..outside.parts import Calls

_ASKING = {
    len,
    range,
    enumerate,
    zip,
    reversed,
    isinstance,
    type,
    dict,
    list,
    tuple,
    np.array,
    np.asarray,
    np.sum,
    np.mean,
    np.dot,
}
"""What iterates, or asks for no more than a length or a type."""

_NUMBERS: dict[Any, float] = {np.zeros: 0.0, np.ones: 1.0, np.empty: 0.0}
_LIKE: dict[Any, float] = {np.zeros_like: 0.0, np.ones_like: 1.0, np.empty_like: 0.0}
_FLOATS = (float, np.float64, "float64", "float", "d")


def called(calls: Calls, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """The result of a call that makes an array of a free length, else `NOT_HANDLED`.

    Raises:
        LengthError: the call may depend on a length.
    """
    free = calls.recorder.free
    assert free is not None
    made = _filled(calls, function, args, kwargs)
    if made is not None:
        return made
    met = any(map(free.holds, args)) or any(map(free.holds, kwargs.values()))
    if type(function) is BoundMethod:
        met = met or free.holds(function.tracer)
        if met and function.name == "mean":
            return _mean(calls, function.tracer, *args, **kwargs)
        if met and function.name not in ("copy", "dot", "fill", "sum"):
            free.depends(f"`.{function.name}()`")
        return NOT_HANDLED
    if met and function is np.mean:
        return _mean(calls, *args, **kwargs)
    if met and not _means_the_same(calls, function):
        free.depends(f"a call of `{getattr(function, '__name__', function)}`")
    return NOT_HANDLED


def _mean(calls: Calls, x: Any, axis: Any = None, **more: Any) -> Any:
    """The mean over one axis or all: a sum divided by a number, which may be a free length."""
    recorder = calls.recorder
    free = recorder.free
    assert free is not None
    shape = free.like(x) if type(x) is Tracer else ()
    if more or not shape or recorder.aval(x).dtype != "float64":
        free.depends("a mean")
    if axis is not None and (type(axis) is not int or not -len(shape) <= axis < len(shape)):
        free.depends("a mean")
    count = free.attribute(x, "size") if axis is None else shape[axis]
    axes = None if axis is None else (axis % len(shape),)
    return recorder.operator("div", recorder.apply("sum", x, axis=axes), count)


def _means_the_same(calls: Calls, function: Any) -> bool:
    try:
        if function in _ASKING:
            return True
        if function in calls.builtins:
            return False
    except TypeError:
        return False
    entry = entry_of(function)
    if entry is not None:
        return isinstance(entry, ElementwiseEntry)
    if isinstance(function, type):
        return not is_library(function)  # its methods are followed
    if type(function) is MethodType:
        function = function.__func__
    if type(function) is not FunctionType:
        return type(function) is partial  # which calls a function in turn
    return MARK in function.__globals__ or not is_library_file(function.__code__.co_filename)


def _filled(calls: Calls, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """`np.zeros(len(x))`, `np.zeros_like(x)` and the like."""
    free = calls.recorder.free
    assert free is not None
    try:
        value = _NUMBERS.get(function)
        like = _LIKE.get(function)
    except TypeError:
        return None
    if (value is None and like is None) or not 1 <= len(args) + len(kwargs) <= 2 or not args:
        return None
    dtype = args[1] if len(args) == 2 else kwargs.get("dtype")
    if kwargs.keys() - {"dtype"} or not (dtype is None or dtype in _FLOATS):
        return None
    given = args[0]
    if like is not None:
        if type(given) is not Tracer or dtype is not None:
            return None
        if calls.recorder.aval(given).dtype != "float64":
            return None
        return free.filled(free.like(given), like, "float64")
    return free.filled(given if type(given) is tuple else (given,), value, "float64")
