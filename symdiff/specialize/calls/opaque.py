"""Calls that symdiff does not look into: in C, of libraries, of what only hands things on."""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Sequence
from types import (
    BuiltinFunctionType,
    BuiltinMethodType,
    FunctionType,
    GeneratorType,
    MethodWrapperType,
)
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program.naming import name_of
from ...program.outside import CALLABLES
from ..outside.acting import acts
from ..outside.caches import Caches, is_inside
from ..recording.text import TracedText, looked_at
from ..recording.tracer import Tracer, contains_tracer
from .containers import container_method
from .scipy import SPARSE
from .texts import replaces

if TYPE_CHECKING:
    from ..outside.parts import Calls

_PURE_OWNERS = (str, bytes, tuple, frozenset, range, slice, int, float, np.dtype)
_CONVERTED = {"float64", "float32", "float16", "complex128", "complex64", "int64", "int32", "bool"}
_CONTAINERS = (list, dict, set, deque)
_STATELESS = {type(v) for v in (np.mgrid, np.ogrid, np.r_, np.c_, np.s_)}
_HOLDERS = (functools.partial, np.ufunc, np.vectorize)


class _Either:
    """An object of the user's own that a tool will iterate over in its time, or call."""

    def __init__(self, calls: Calls, value: Any) -> None:
        self.calls = calls
        self.value = value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.calls.call(self.calls.recorder.site, self.value, *args, **kwargs)

    def __iter__(self) -> Any:
        return iter(self.calls.iterable(self.value))


class OpaqueCalls:
    """What happens at a call that is not followed: it is made, kept for every run, or refused."""

    def __init__(self, calls: Calls, caches: Caches) -> None:
        self.calls = calls
        self.caches = caches
        self.recorder = calls.recorder
        self.hooks = calls.hooks
        self.effects = calls.effects

    def scalar(self, kind: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """`numpy.float64(x)`: a conversion, of a number or of an array."""
        recorder = self.recorder
        if not self.calls.touched(args, kwargs):
            return recorder.const(kind(*args, **kwargs))
        value = recorder.array(args[0])
        if len(args) > 1 or kwargs or type(value) is not Tracer:
            return self._refuse_call(kind)
        dtype = np.dtype(kind)
        if dtype.kind in "USV" and recorder.is_active(value):
            recorder.refuse(
                f"a conversion to `numpy.{kind.__name__}` of what is differentiated",
                why="the derivative would be lost in it",
                remedy="use the value itself",
            )
        if dtype.kind in "US":
            return kind(recorder.concrete_deep(value))
        if dtype.kind == "b" and not recorder.shape(value):
            return kind(recorder.truth(value))
        if dtype.kind in "iu" and not recorder.shape(value) and dtype.name not in _CONVERTED:
            return kind(recorder.concrete(recorder.apply("trunc", value)))
        if dtype.name not in _CONVERTED:
            recorder.refuse(
                f"a conversion to `numpy.{kind.__name__}`",
                why="programs compute in single or double precision",
                remedy="use numpy.float64",
            )
        return recorder.apply("cast", value, dtype=dtype.name)

    def call(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        recorder = self.recorder
        owner = getattr(function, "__self__", None)
        factored = type(owner).__name__ == "SuperLU" and function.__name__ == "solve"
        if factored and self.calls.touched(args, kwargs):
            return SPARSE["factors"](self.calls, owner, args, kwargs)
        stores = function.__class__ is MethodWrapperType and isinstance(owner, _CONTAINERS)
        if stores and function.__name__ in ("__setitem__", "__delitem__"):
            return self.hooks.item_of_base(function, owner, tuple(args))
        if function == tuple.__new__ and len(args) == 2 and not kwargs:
            return tuple.__new__(args[0], self.calls.iterable(args[1]))
        if isinstance(function, BuiltinFunctionType | BuiltinMethodType):
            if isinstance(owner, _CONTAINERS) and not self.hooks.reader.is_outside(owner):
                return container_method(self.calls, function, owner, args, kwargs)
            if isinstance(owner, str) and (
                isinstance(owner, TracedText)
                or function.__name__ == "join"
                or any(map(self.hooks.texts.lives, (*args, *kwargs.values())))
            ):
                return self.hooks.texts.method(owner, function.__name__, args, kwargs)
            if isinstance(owner, str) and any(
                map(self.hooks.texts.speaks, (*args, *kwargs.values()))
            ):
                return self.effects.call(function, args, kwargs)
            if isinstance(owner, re.Pattern) and replaces(function, args):
                return self.hooks.texts.replaced(owner, function.__name__, *args, **kwargs)
            if isinstance(owner, BaseException):
                return function(*looked_at(list(args)))
            if isinstance(owner, GeneratorType):
                if self.hooks.reader.is_outside(owner):
                    return self.effects.call(function, args, kwargs)
                return function(*args, **kwargs)
            if isinstance(owner, functools._lru_cache_wrapper) and is_inside(owner):
                return self.caches.method(owner, function.__name__)
            if isinstance(owner, _PURE_OWNERS):
                return function(*recorder.concrete_deep(tuple(args)), **kwargs)
        if replaces(function, args[1:]) and function in (re.sub, re.subn):
            flags = kwargs.pop("flags", 0) if len(args) < 5 else args[4]
            made = re.compile(args[0], flags)
            return self.hooks.texts.replaced(made, function.__name__, *args[1:4], **kwargs)
        if acts(function, self.calls.touched(args, kwargs)):
            self.effects.acted += 1
            if function is print:
                texts = self.hooks.texts
                args = [texts.text_of(a) if texts.is_changed(a) else a for a in args]
            return self.effects.call(function, args, kwargs)
        if self.calls.touched(args, kwargs):
            if self._all_integers(args, kwargs):
                args = recorder.concrete_deep(tuple(args))
                kwargs = {k: recorder.concrete_deep(v) for k, v in kwargs.items()}
            elif recorder.is_active(args) or recorder.is_active(kwargs):
                return self._refuse_call(function)
            else:
                return self.effects.call(function, args, kwargs)
        if any(map(self._is_unseen, (*args, *kwargs.values()))):
            return self.effects.call(function, args, kwargs)
        if owner is not None and self.hooks.reader.is_outside(owner):
            self.calls.refuse_outside(owner, f"calling `.{name_of(function, '?')}()`")
        if isinstance(function, np.ufunc) and name_of(function, "").endswith("(vectorized)"):
            return self.effects.call(function, args, kwargs)  # Python's own, by `frompyfunc`
        args = self._plain(args)
        self.effects.allow(function, args, kwargs)
        return self._wrapped(function(*args, **kwargs))

    def pass_through(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """A tool that only hands its arguments on; functions among them are traced."""
        site = self.recorder.site
        self.calls.hold(args, kwargs)

        def prepared(value: Any) -> Any:
            if type(value) is Tracer:
                return self.recorder.each(value) if self.recorder.shape(value) else value
            if isinstance(getattr(type(value), "__iter__", None), FunctionType):
                return _Either(self.calls, value)
            if callable(value) and not isinstance(value, type):
                return lambda *a, **k: self.calls.call(site, value, *a, **k)
            return self.calls.iterable(value)

        return function(*[prepared(a) for a in args], **{k: prepared(v) for k, v in kwargs.items()})

    def _is_unseen(self, value: Any) -> bool:
        """Whether it is an object from outside, whose state nobody checks."""
        if not self.hooks.reader.is_outside(value) or isinstance(value, CALLABLES):
            return False
        if type(value) in _STATELESS:
            return False
        return not isinstance(value, _HOLDERS)

    def _all_integers(self, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        """Whether only integers and booleans are traced here: nothing differentiable."""
        for value in (*args, *kwargs.values()):
            items = value if isinstance(value, list | tuple) else [value]
            for item in items:
                if type(item) is Tracer:
                    if self.recorder.aval(item).is_inexact and not self.recorder.is_const(item):
                        return False
                elif contains_tracer(item):
                    return False
        return True

    def _plain(self, args: Sequence[Any]) -> list[Any]:
        return [a.value if type(a) is Tracer and self.recorder.is_const(a) else a for a in args]

    def _wrapped(self, result: Any) -> Any:
        if type(result) in (tuple, list) and any(isinstance(r, np.ndarray) for r in result):
            return type(result)([self.recorder.const(r) for r in result])
        return self.recorder.const(result)

    def _refuse_call(self, function: Any) -> Any:
        module = getattr(function, "__module__", None)
        name = getattr(function, "__qualname__", None) or name_of(function)
        name = f"{module}.{name}" if module and module != "builtins" else name
        self.recorder.refuse(
            f"`{name}` has no rule and no Python source to follow",
            remedy=f"give it a rule, symdiff.register({name}).defvjp(...), or use "
            "symdiff.detach(...) on its argument where the derivative is not wanted",
        )
