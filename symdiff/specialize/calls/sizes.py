"""Calls that make an array whose length is only a symbol: `np.zeros(n)`, `[0.0] * n`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording.lists import Numbers
from ..recording.tracer import UNKNOWN, Tracer
from .scipy import NOT_HANDLED

if TYPE_CHECKING:
    from ..outside.parts import Calls

_NUMBERS: dict[Any, float] = {np.zeros: 0.0, np.ones: 1.0, np.empty: 0.0}
_FLOATS = (float, np.float64, "float64", "float", "d")


def sized(calls: Calls, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """The result of a call that makes an array of such a length, else `NOT_HANDLED`."""
    try:
        value = _NUMBERS.get(function)
    except TypeError:
        return NOT_HANDLED
    if value is None or not args or len(args) + len(kwargs) > 2:
        return NOT_HANDLED
    shape, *more = args
    dtype = more[0] if more else kwargs.get("dtype", float)
    if type(shape) is tuple and len(shape) == 1:
        (shape,) = shape
    if set(kwargs) - {"dtype"} or not any(dtype is d or dtype == d for d in _FLOATS):
        return NOT_HANDLED
    recorder = calls.recorder
    if recorder.demand_whole is not None and _is_real(recorder, shape):
        recorder.demand_whole(shape)
    if type(shape) is not Tracer or shape.value is not UNKNOWN:
        return NOT_HANDLED
    length = None if recorder.sizes is None else recorder.sizes.of(shape)
    if length is None:
        recorder.need_value("the length of an array")
    return recorder.const(np.full(length, value))


def repeated(recorder: Any, left: Any, right: Any) -> Numbers | None:
    """`[0.0] * n` where `n` is only a symbol."""
    if recorder.sizes is None or type(left) is not list or len(left) != 1:
        return None
    if type(left[0]) is not float:
        return None
    if recorder.demand_whole is not None and _is_real(recorder, right):
        recorder.demand_whole(right)
    length = recorder.sizes.of(right)
    if length is None:
        return None
    made = Numbers(recorder, [])
    made.array = recorder.const(np.full(length, left[0]))
    made.length, made.kind = right, float
    return made


def _is_real(recorder: Any, value: Any) -> bool:
    unknown = type(value) is Tracer and value.value is UNKNOWN
    return unknown and not recorder.shape(value) and bool(recorder.aval(value).dtype == "float64")
