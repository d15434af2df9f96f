"""Calls that are given a list of numbers which only names of the function hold."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.runtime.pristine import PYTHON
from ...operations.table.lookup import entry_of
from ..recording.lists import Numbers, about_to_change
from .regular import PURE

if TYPE_CHECKING:
    from ..outside.parts import Calls

_EXTREMES = (PYTHON.max, PYTHON.min)
_AS_ARRAYS = frozenset({np.array, np.asarray})


def given_lists(
    calls: Calls, site: int, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """A call with lists among its arguments: what only reads them gets their items."""
    alone = len(args) == 1 and not kwargs
    if alone and function is PYTHON.len:
        (numbers,) = args
        return len(numbers.items) if numbers.array is None else numbers.length
    if alone and function is PYTHON.sum and args[0].array is not None:
        return args[0].total()
    if alone and function in _EXTREMES:
        return calls.enter(site, function, *args)
    if function is functools.reduce and len(args) > 1 and type(args[1]) is Numbers:
        return calls.enter(site, function, *args)
    given = [_taken(function, a) if type(a) is Numbers else a for a in args]
    return calls.call(site, function, *given, **kwargs)


def _taken(function: Any, numbers: Numbers) -> Any:
    try:
        if entry_of(function) is not None or function in _AS_ARRAYS:
            return numbers.whole() if numbers.array is not None else numbers.listed()
        if function in PURE:
            return numbers.listed()
    except TypeError:
        pass
    return _escaped(numbers)


def _escaped(numbers: Numbers) -> Any:
    about_to_change(numbers.recorder, numbers, "a list is handed on")
    return numbers.escape()
