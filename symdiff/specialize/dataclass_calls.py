"""What `dataclasses` does by code that it writes: classes, and comparisons of their instances."""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calls import Calls


def is_generated(function: FunctionType) -> bool:
    """Whether a library wrote it for the user, such as the `__init__` of a dataclass."""
    return function.__code__.co_filename.startswith("<")


def makes_class(function: FunctionType, args: Sequence[Any]) -> bool:
    """Whether a function of `dataclasses` writes a class: it runs code that it has written."""
    makers = (dataclasses.dataclass, dataclasses.make_dataclass, dataclasses.field)
    return function in makers or (len(args) > 0 and isinstance(args[0], type))


def made_class(
    calls: Calls, function: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """The class, by calling the function as it is."""
    calls.hold(args, kwargs)
    cls = args[0] if args else None
    if isinstance(cls, type) and not cls.__doc__ and calls.hooks.reader.is_made(cls):
        cls.__doc__ = cls.__name__  # or it would be the text of the traced defaults
    if function is dataclasses.make_dataclass and args:
        named = kwargs.get("namespace") or {}
        kwargs = {**kwargs, "namespace": {"__doc__": str(cls), **named}}
    result = function(*args, **kwargs)
    if isinstance(result, type):
        return calls.hooks.made(result)
    decorates = function is dataclasses.dataclass
    return functools.partial(calls.call, calls.recorder.site, result) if decorates else result


def compares_fields(function: FunctionType, args: Sequence[Any]) -> bool:
    """Whether it is a comparison of dataclasses, written by `dataclasses`."""
    compares = function.__name__ in ("__eq__", "__lt__", "__le__", "__gt__", "__ge__")
    written = compares and len(args) == 2 and is_generated(function)
    return written and dataclasses.is_dataclass(args[0])


def compare_fields(calls: Calls, function: FunctionType, a: Any, b: Any) -> Any:
    """The comparison that `dataclasses` has written for a class, field by field."""
    if type(a) is not type(b):
        return NotImplemented
    site, get = calls.recorder.site, calls.hooks.attributes.get
    names = [f.name for f in dataclasses.fields(a) if f.compare]
    one, other = (tuple([get(v, n, site) for n in names]) for v in (a, b))
    return getattr(operator, function.__name__)(one, other)
