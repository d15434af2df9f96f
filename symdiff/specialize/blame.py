"""Exceptions that an operation raises which has met a symbol: a value is asked for."""

from __future__ import annotations

from typing import Any

from ..errors import ConcreteValueError
from ..program.program import format_operand
from ..safety.defence import innermost, is_own
from .recording.methods import BoundMethod
from .recording.recorder import Recorder
from .recording.text import Text
from .recording.tracer import UNKNOWN, Tracer

_MOST_LOCALS = 1000


def blame_symbols(recorder: Recorder, error: Exception) -> None:
    """Refuse what cannot be done with symbols: an operation that has met one and does not know it.

    Raises:
        ConcreteValueError: a symbol is among what the operation was given.
    """
    frame = innermost(error)
    if frame is None or not is_own(frame) or isinstance(error, AssertionError | UnboundLocalError):
        return
    waiting = [v for k, v in frame.f_locals.items() if k not in ("self", "recorder")]
    for value in waiting[:_MOST_LOCALS]:
        if type(value) in (list, tuple) and len(waiting) < _MOST_LOCALS:
            waiting += value
        elif type(value) is dict and len(waiting) < _MOST_LOCALS:
            waiting += value.values()
    if any(_is_symbol(value) for value in waiting):
        raise ConcreteValueError(
            f"this cannot be done with a symbol ({type(error).__name__}: {error})",
            where=recorder.where(),
            why="a value is needed, and it is only known as a symbol",
        ) from error


def _is_symbol(value: Any) -> bool:
    if type(value) is BoundMethod:
        value = value.tracer
    return isinstance(value, Text) or (type(value) is Tracer and value.value is UNKNOWN)


def as_text(recorder: Recorder, value: Any) -> Any:
    """What an exception carries, without values that are only symbols."""
    if type(value) is Tracer:
        return format_operand(recorder.operand(value))
    if isinstance(value, Text):
        return "..."
    if type(value) in (list, tuple):
        return type(value)([as_text(recorder, v) for v in value])
    return value
