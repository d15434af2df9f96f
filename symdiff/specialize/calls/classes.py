"""Calling a class: a metaclass, `__new__` and `__init__` that the user wrote are followed."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Sequence
from numbers import Number
from types import FunctionType, MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from ...program.containers import is_named_tuple
from ..outside.acting import acts
from ..outside.instance_dict import InstanceDict
from ..outside.libraries import is_library
from .dataclasses import is_generated

if TYPE_CHECKING:
    from ..outside.parts import Calls

_SAFE_CLASSES: set[type] = {
    functools.partial,
    dict,
    object,
    super,
    staticmethod,
    classmethod,
    property,
    slice,
    MappingProxyType,
}


def construct(calls: Calls, cls: type, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """What calling a class gives; its metaclass may have a say."""
    called: Any = type(cls).__call__
    if not is_library(type(cls)):
        calls.hooks.reader.adopt(cls)
        calls.hooks.attributes.in_class(type(cls), "__call__")
        if isinstance(called, FunctionType):
            return calls.follow(called, (cls, *args), kwargs)
    return instance_of(calls, cls, args, kwargs)


def instance_of(calls: Calls, cls: type, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """What `type.__call__` does: an instance, whose `__init__` is traced like any function."""
    calls.hooks.reader.adopt(cls)
    if not is_library(cls):
        _refuse_finalizer(calls, cls)
        calls.hooks.attributes.in_class(cls, "__init__")
        calls.hooks.attributes.in_class(cls, "__new__")
    init: Any = cls.__init__  # type: ignore[misc]
    new: Any = cls.__new__
    if isinstance(init, FunctionType) and not calls.has_source(init):
        inside = calls.hooks.reader.is_made(cls) or calls.recorder.harmless_only
        active = calls.recorder.is_active(args) or calls.recorder.is_active(kwargs)
        if not (inside or active or is_generated(init, (cls,))):
            return calls.effects.call(cls, args, kwargs)
    acting = is_library(cls) and acts(cls, not hasattr(cls, "__enter__"))
    if acting and not issubclass(cls, BaseException):
        return calls.effects.call(cls, args, kwargs)
    ordinary = type(cls).__call__ is type.__call__ or not is_library(type(cls))
    if isinstance(init, FunctionType) and new is object.__new__ and ordinary:
        calls.hold(args, kwargs)
        instance: Any = calls.recorder.made_new(new(cls))
        if is_library(cls) and calls.touched(args, kwargs):
            calls.made_of_library[id(instance)] = instance
        calls.follow(init, (instance, *args), kwargs)
        return instance
    if cls is SimpleNamespace:
        calls.hold(args, kwargs)
        return cls(*args, **kwargs)
    if issubclass(cls, BaseException):
        return _exception(calls, cls, init, args, kwargs)
    if isinstance(new, FunctionType) and not is_named_tuple(cls) and not is_library(cls):
        made = calls.follow(new, (cls, *args), kwargs)
        if isinstance(made, cls) and isinstance(init, FunctionType):
            calls.follow(init, (made, *args), kwargs)
        return made
    if issubclass(cls, Number) and is_library(cls) and calls.touched(args, kwargs):
        calls.recorder.refuse(
            f"`{cls.__module__}.{cls.__qualname__}` of a traced value",
            why="its arithmetic is exact, and the derivative would be lost",
            remedy="keep the value a float",
        )
    if isinstance(new, FunctionType) or cls in _SAFE_CLASSES or not is_library(cls):
        calls.hold(args, kwargs)
        if args and isinstance(args[0], InstanceDict):
            args = [args[0].copy(), *args[1:]]
        elif issubclass(cls, list | dict | set | deque):
            args = [calls.hooks.mapping(a, calls.recorder.site) for a in args]
            args = [a if isinstance(a, dict) else calls.iterable(a) for a in args]
        return cls(*args, **kwargs)
    return calls.foreign(cls, args, kwargs)


def _exception(
    calls: Calls, cls: Any, init: Any, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    calls.hold(args, kwargs)
    raised = cls.__new__(cls, *args, **kwargs)
    if isinstance(init, FunctionType):
        calls.follow(init, (raised, *args), kwargs)
    else:
        raised.__init__(*args, **kwargs)
    return raised


def _refuse_finalizer(calls: Calls, cls: type) -> None:
    if isinstance(getattr(cls, "__del__", None), FunctionType):
        calls.recorder.refuse(
            f"an instance of `{cls.__name__}`, which has a `__del__`",
            why="when Python calls it cannot be followed",
            remedy="use `with`, or a method that is called",
        )
