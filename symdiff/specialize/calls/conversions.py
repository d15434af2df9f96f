"""Conversions by a NumPy type, as `np.float64(x)`, and what NumPy tells of types alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..recording.text import Text, TracedBytes, TracedText
from ..recording.tracer import Tracer, contains_tracer

if TYPE_CHECKING:
    from ..outside.parts import Calls
    from ..recording.recorder import Recorder

_FLOATS = (np.float64, np.float32, np.float16, np.longdouble, np.complex128, np.complex64)
_WHOLE = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)


def _to_float(recorder: Recorder, kind: Any, value: Any = 0.0) -> Any:
    """`np.float64(x)`: another dtype, and a number where there are no dimensions."""
    if not contains_tracer(value):
        return recorder.const(kind(value))
    value = _without_text(recorder, value)
    return recorder.number(recorder.apply("cast", value, dtype=np.dtype(kind).name))


def _without_text(recorder: Recorder, value: Any) -> Any:
    if isinstance(value, TracedText | TracedBytes | Text):
        recorder.refuse(
            "a number read back from text made of a traced value",
            why="the derivative is lost in the text",
            remedy="use the value itself",
        )
    return recorder.array(value)


def _to_whole(recorder: Recorder, kind: Any, value: Any = 0) -> Any:
    """`np.int64(x)`: a whole number that the program computes, or is decided by in a small type."""
    if not contains_tracer(value):
        return recorder.const(kind(value))
    value = _without_text(recorder, value)
    aval = recorder.aval(value)
    if kind is np.int64 and not aval.shape and not aval.is_inexact:
        return recorder.number(recorder.apply("cast", value, dtype="int64"))
    if kind is np.int64 and not aval.shape:
        number = recorder.call_entry(math.trunc, (recorder.widened(value),), {})  # may raise
        return recorder.number(recorder.apply("cast", number, dtype="int64"))
    whole = recorder.apply("cast", value, dtype=np.dtype(kind).name)
    return recorder.const(kind(recorder.concrete(whole)))


def _sample(recorder: Recorder, value: Any) -> Any:
    """A value of the same type, shape and dtype, which is all that these functions look at."""
    if type(value) in (list, tuple):
        return type(value)(_sample(recorder, v) for v in value)
    if type(value) is not Tracer:
        return value
    aval = recorder.aval(value)
    if aval.weak:
        return 1.0 if aval.is_inexact else 1
    return (
        np.broadcast_to(np.ones((), aval.dtype), aval.shape)
        if aval.shape
        else np.dtype(aval.dtype).type(1)
    )


def _by_type(recorder: Recorder, function: Callable[..., Any], /, *args: Any, **kw: Any) -> Any:
    return function(*[_sample(recorder, a) for a in args], **kw)


_OF_TYPES = (
    np.result_type,
    np.common_type,
    np.can_cast,
    np.iscomplexobj,
    np.isrealobj,
    np.einsum_path,
)


def _refuse(
    recorder: Recorder, function: Any, what: str, remedy: str, /, *args: Any, **kwargs: Any
) -> Any:
    if contains_tracer(args) or contains_tracer(kwargs):
        recorder.refuse(what, why="only plain arrays are followed", remedy=remedy)
    return function(*args, **kwargs)


def _other_arrays(recorder: Recorder) -> dict[Any, Callable[..., Any]]:
    """What makes arrays of other classes."""
    matrix = ("`numpy.matrix`", "use an array, and @ for the product")
    records = ("record arrays", "use one array a field")
    table: dict[Any, Callable[..., Any]] = {}
    makers: list[tuple[Any, tuple[str, str]]] = [
        *((f, matrix) for f in (np.matrix, np.asmatrix, np.bmat)),
        *((f, records) for f in (np.rec.array, np.recarray, np.rec.fromarrays)),
    ]
    for function, words in makers:
        table[function] = partial(_refuse, recorder, function, *words)
    return table


def of_masked_arrays(recorder: Recorder, function: Any) -> Callable[..., Any] | None:
    """What is called in the place of a function of `numpy.ma`, which is never imported here."""
    if not (getattr(function, "__module__", None) or "").startswith("numpy.ma."):
        return None
    if type(function).__hash__ is None or function not in _masked_functions():
        return None
    words = ("masked arrays", "use numpy.where with the mask, or where=mask")
    return partial(_refuse, recorder, function, *words)


@cache
def _masked_functions() -> frozenset[Any]:
    found = [getattr(np.ma, name) for name in np.ma.__all__]
    return frozenset([f for f in found if callable(f) and type(f).__hash__ is not None])


def conversions(calls: Calls) -> dict[Any, Callable[..., Any]]:
    """The function to call in the place of each of NumPy's that is handled here."""
    recorder = calls.recorder
    table: dict[Any, Callable[..., Any]] = _other_arrays(recorder)
    table.update({kind: partial(_to_float, recorder, kind) for kind in _FLOATS})
    table.update({kind: partial(_to_whole, recorder, kind) for kind in _WHOLE})
    table.update({f: partial(_by_type, recorder, f) for f in _OF_TYPES})
    return table
