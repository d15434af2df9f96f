"""Calls of Python functions whose source nobody has: made by `exec`, by a notebook long closed.

They may read globals, count or draw, as any code may. So they are called in every run, like what
is written in C; only what a library has written for a class is known well enough to do without.
"""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from ...errors import SourceNotFoundError
from ...program.naming import name_of
from ...source.installed import is_library_file
from ..outside.given import Outside
from ..outside.libraries import is_library
from ..recording.tracer import Tracer
from .dataclasses import compare_fields, compares_fields, initialize, initializes, is_generated

if TYPE_CHECKING:
    from ..outside.parts import Calls


def call_without_source(
    calls: Calls, function: FunctionType, error: SourceNotFoundError, /, *args: Any, **kwargs: Any
) -> Any:
    """What the call gives, made once in every run of the compiled program.

    Raises:
        SourceNotFoundError: something active reaches it, and its derivative would be lost.
    """
    if compares_fields(function, args):
        return compare_fields(calls, function, *args)
    if initializes(function, args):
        return initialize(calls, function, args, kwargs)
    if is_generated(function, args) or is_library_file(function.__code__.co_filename):
        return function(*args, **kwargs)
    recorder = calls.recorder
    values = [*args, *kwargs.values()]
    own = any(type(v) is not Tracer and _is_own(calls, v) for v in values)
    if recorder.is_active(values) or own or recorder.harmless_only:
        error.where = recorder.where()
        raise error
    before = Outside(calls.hooks.reader, calls.hooks.attributes.known)
    result = calls.effects.call(function, args, kwargs)
    before.refuse_changes(recorder, name_of(function, "call"))
    return result


def _is_own(calls: Calls, value: Any) -> bool:
    """Whether it is an object that the function has made, which the call may change."""
    if not hasattr(value, "__dict__") or isinstance(value, type | FunctionType | ModuleType):
        return False
    return not calls.hooks.reader.is_outside(value) and not is_library(type(value))
