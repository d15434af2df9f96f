"""What `dataclasses` does by code that it writes: classes, and comparisons of their instances."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import operator
from collections.abc import Sequence
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..outside.parts import Calls


def is_generated(function: FunctionType, args: Sequence[Any]) -> bool:
    """Whether `dataclasses` wrote it for the class of the first argument, such as `__repr__`."""
    if not function.__code__.co_filename.startswith("<") or not args:
        return False
    kind = args[0] if isinstance(args[0], type) else type(args[0])
    return any(
        "__dataclass_fields__" in vars(base) and vars(base).get(function.__name__) is function
        for base in kind.__mro__
    )


def initializes(function: FunctionType, args: Sequence[Any]) -> bool:
    """Whether it is the `__init__` that `dataclasses` has written."""
    return function.__name__ == "__init__" and is_generated(function, args)


def initialize(
    calls: Calls, function: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]
) -> None:
    """What the `__init__` of a dataclass does, field by field; what it calls is followed."""
    owner, site, attributes = args[0], calls.recorder.site, calls.hooks.attributes
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    by_place, by_name = calls.read_defaults(function)
    parameters = list(inspect.signature(function).parameters)
    count = len(parameters) - len(by_name or ())
    defaults = dict(zip(parameters[count - len(by_place or ()) : count], by_place or ()))
    defaults |= by_name or {}
    kind: Any = next(k for k in type(owner).__mro__ if vars(k).get("__init__") is function)
    frozen = kind.__dataclass_params__.frozen
    store = attributes.set_plain if frozen else partial(attributes.set, site=site)
    for_later = []
    for name, field in kind.__dataclass_fields__.items():
        passed = field._field_type
        if passed is dataclasses._FIELD_CLASSVAR:  # type: ignore[attr-defined]
            continue
        if field.init and name in given:
            value = given[name]
        elif field.default_factory is not dataclasses.MISSING:
            value = calls.call(site, field.default_factory)
        elif field.init:
            value = defaults[name]
        else:
            continue  # the class has it, or nobody
        if passed is dataclasses._FIELD_INITVAR:  # type: ignore[attr-defined]
            for_later.append(value)
        else:
            store(owner, name, value)
    if hasattr(type(owner), "__post_init__"):
        calls.call(site, attributes.get(owner, "__post_init__", site), *for_later)


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
    written = compares and len(args) == 2 and is_generated(function, args)
    return written and dataclasses.is_dataclass(args[0])


def compare_fields(calls: Calls, function: FunctionType, a: Any, b: Any) -> Any:
    """The comparison that `dataclasses` has written for a class, field by field."""
    if type(a) is not type(b):
        return NotImplemented
    site, get = calls.recorder.site, calls.hooks.attributes.get
    names = [f.name for f in dataclasses.fields(a) if f.compare]
    one, other = (tuple([get(v, n, site) for n in names]) for v in (a, b))
    return getattr(operator, function.__name__)(one, other)
