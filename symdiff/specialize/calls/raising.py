"""Settings under which NumPy raises where a float has no value: refused, since the gradient
computes arrays without raising, and would go on where the function does not.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .classes import construct

if TYPE_CHECKING:
    from ..outside.parts import Calls

_WHY = "the gradient computes arrays without raising, and would miss the exception"
_REMEDY = "test the values instead, for instance with numpy.isfinite"


def handlers(calls: Calls) -> dict[Any, Callable[..., Any]]:
    """What NumPy's error state and Python's filters of warnings are for a traced function."""
    return {
        np.geterr: partial(_settings, calls),
        np.errstate: partial(_error_state, calls, np.errstate),
        np.seterr: partial(_error_state, calls, np.seterr),
        warnings.simplefilter: partial(_filter, calls, warnings.simplefilter),
        warnings.filterwarnings: partial(_filter, calls, warnings.filterwarnings),
        warnings.catch_warnings: partial(_caught, calls),
    }


def _settings(calls: Calls) -> Any:
    return calls.recorder.refuse(
        "`numpy.geterr()`",
        why="symdiff computes with settings of its own",
        remedy="ask outside the function",
    )


def _error_state(calls: Calls, function: Any, *args: Any, **kwargs: Any) -> Any:
    if not {"raise", "call"}.isdisjoint([*args, *kwargs.values()]):
        calls.recorder.refuse("floating-point errors that raise", why=_WHY, remedy=_REMEDY)
    calls.effects.allow(function, args, kwargs)
    return function(*args, **kwargs)


def _filter(calls: Calls, function: Any, *args: Any, **kwargs: Any) -> Any:
    _refuse_errors(calls, function, args, kwargs)
    return calls.foreign(function, args, kwargs)


def _caught(calls: Calls, *args: Any, **kwargs: Any) -> Any:
    _refuse_errors(calls, warnings.catch_warnings, args, kwargs)
    return construct(calls, warnings.catch_warnings, args, kwargs)


def _refuse_errors(calls: Calls, function: Any, args: Any, kwargs: dict[str, Any]) -> None:
    """Refuse a filter that turns NumPy's warnings about floats into exceptions."""
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    kind = given.get("category", Warning)
    about_floats = not isinstance(kind, type) or (
        issubclass(RuntimeWarning, kind) or issubclass(kind, RuntimeWarning)
    )
    if given.get("action") == "error" and about_floats:
        calls.recorder.refuse("warnings that raise", why=_WHY, remedy=_REMEDY)
