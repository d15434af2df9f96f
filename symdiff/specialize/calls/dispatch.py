"""What happens at a call: an entry of the table, a builtin, a function to follow, or the outside.

The object called decides, not its name: `math.sin`, `np.sin`, an alias or a bare `sin` are the
same call. A Python function is rewritten and followed, so that what it reads and decides is seen.
"""

from __future__ import annotations

import functools
import operator
import weakref
from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import (
    BuiltinMethodType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import SourceNotFoundError, an
from ...operations.table.lookup import entered, entry_of
from ...program.outside import Same
from ...program.sources import Attribute, Dispatched, Fixed, Referent
from ...source.installed import is_library_file
from ...source.partials import is_partial
from ..outside.acting import acts
from ..outside.caches import Caches
from ..outside.contexts import GENERATOR_MANAGER, generator_manager
from ..outside.effects import Effects
from ..recording.kinds import as_number
from ..recording.lists import Numbers
from ..recording.methods import BoundMethod
from ..recording.text import Text
from ..recording.tracer import UNKNOWN, Tracer, contains_tracer
from ..rewriting.builtin_signatures import fits, raise_wrong_call
from ..rewriting.hook_calls import MARK
from .asking import PASSED_ON, Asked
from .builtins import Builtins
from .classes import construct, instance_of
from .containers import moved
from .conversions import of_masked_arrays
from .dataclasses import made_class, makes_class
from .lengths import called
from .lists import given_lists
from .numba import call_compiled
from .opaque import OpaqueCalls
from .operators import Operators, special_by_name
from .pandas import series_method
from .regular import is_new_iterator, is_regular, makes_new, moves_items
from .scipy import NOT_HANDLED, Libraries
from .sizes import sized
from .sourceless import call_without_source
from .spelled import Spellings
from .steps import takes_steps
from .texts import TextMethod
from .twins import Twins

if TYPE_CHECKING:
    from ..outside.parts import Hooks


_SINGLE_DISPATCH = functools.singledispatch(lambda value: value).__code__  # type: ignore[attr-defined]
"""The code of what `functools.singledispatch` makes."""

_ITERATORS = {"itertools", "collections", "_collections", "copy"}
"""What moves values about: the comparisons it makes on the way are guarded decisions."""
_GETTERS = {operator.itemgetter, operator.attrgetter, operator.methodcaller}
_DESCRIPTORS = {MethodDescriptorType, WrapperDescriptorType}
_OWN = __name__.rpartition(".")[0]
_WRITTEN = (UserDict, UserList, ChainMap)
"""Containers that the standard library writes in Python: followed, as the user's own are."""


class Calls(Twins):
    """The call hook of one trace."""

    def __init__(self, hooks: Hooks) -> None:
        super().__init__(hooks)
        self.operators = Operators(self)
        self.builtins = Builtins(self).table
        self.made_of_library: dict[int, Any] = {}
        self.effects = Effects(self.recorder, hooks.reader)
        self.caches = Caches(self)
        self.libraries = Libraries(self)
        self.spellings = Spellings(self)
        self.opaque = OpaqueCalls(self, self.caches)

    # -- the hook

    def call(self, site: int, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        recorder, pushing = self.recorder, self.hooks.pushing
        recorder.site = site
        if pushing.fresh or pushing.given:
            pushing.hand(function, args, kwargs)
        for value in args:
            if type(value) is Numbers:
                return given_lists(self, site, function, args, kwargs)
        return self.enter(site, function, *args, **kwargs)

    def enter(self, site: int, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what may be given lists that only names hold."""
        recorder = self.recorder
        if recorder.watches or recorder.rebuilt:
            self._ask_regular(function, args)
            if type(function) is BuiltinMethodType and moves_items(function):
                return moved(self, function, args, kwargs)
        if recorder.free is not None:
            made = called(self, function, args, kwargs)
            if made is not NOT_HANDLED:
                return made
        if recorder.abstract:
            made = sized(self, function, args, kwargs)
            if made is not NOT_HANDLED:
                return made
        try:
            if recorder.catching and not recorder.forced and self._is_of_table(function):
                Asked(recorder, function, args, kwargs).before()
            result = self._called(site, function, args, kwargs)
        except PASSED_ON:
            raise
        except Exception as error:
            found = Asked(recorder, function, args, kwargs).after(error)
            if found is error:
                raise
            raise found from found.__cause__
        if recorder.watches and is_new_iterator(result):
            recorder.made_now(result)
        if recorder.watches and makes_new(function):
            recorder.made_new(result)
        return result

    def _ask_regular(self, function: Any, args: Sequence[Any]) -> None:
        """Ask whether a call changes anything, or may tell one container from another."""
        if is_regular(function, self.builtins):
            return
        if function is deque and all(type(a) in (list, tuple, int) for a in args):
            return
        if args and takes_steps(function, args[0]):
            return
        if self.recorder.watches:
            self.recorder.impure("a call that is not known to be pure")
        if self.recorder.rebuilt:
            for value in (getattr(function, "__self__", None), *args):
                if not isinstance(value, tuple):
                    self.recorder.ask_single(value)

    def _is_of_table(self, function: Any) -> bool:
        """Whether symdiff has a rule of its own for a call, or for a method of a traced value."""
        if type(function) is BoundMethod:
            return True
        try:
            return entry_of(function) is not None or function in self.recorder.handlers
        except TypeError:
            return False

    def _called(self, site: int, function: Any, args: Any, kwargs: Any) -> Any:
        recorder = self.recorder
        handled = self.spellings.call(function, args, kwargs)
        if handled is not NOT_HANDLED:
            return handled
        kind = type(function)
        if kind is FunctionType:
            return self.follow(function, args, kwargs)
        if kind is BoundMethod or kind is TextMethod:
            if function.name.startswith("__") and kind is BoundMethod:
                return special_by_name(self, function, args, kwargs)
            return function(*args, **kwargs)
        if kind is MethodType:
            return self._method(function, args, kwargs)
        try:
            handler = None if entered(function) is not None else self._handler(function)
        except TypeError:
            handler = None
        if handler is not None:
            if not fits(function, args, kwargs):
                named = dict(zip(kwargs, self._samples(kwargs.values()), strict=True))
                raise_wrong_call(function, self._samples(args), named)
            return handler(*args, **kwargs)
        entry = entry_of(function)
        if entry is not None:
            for value in args:
                if type(value) is Tracer or contains_tracer(value):
                    return recorder.apply_entry(entry, function, args, kwargs)
            if contains_tracer(kwargs):
                return recorder.apply_entry(entry, function, args, kwargs)
            return recorder.const(function(*args, **kwargs))
        if kind in _GETTERS and len(args) == 1 and not kwargs:
            return self.operators.getter(function, *args)
        if getattr(function, "__module__", None) in _ITERATORS:
            return self.opaque.pass_through(function, args, kwargs)
        if kind in _DESCRIPTORS and args:
            return self._of_class(function, args, kwargs)
        if isinstance(function, type) and issubclass(function, np.generic):
            return self.opaque.scalar(function, args, kwargs)
        compiled = call_compiled(self, function, args, kwargs)
        if compiled is not NOT_HANDLED:
            return compiled
        if isinstance(function, type):
            made_by_library = self.libraries.instance(function, args, kwargs)
            if made_by_library is not NOT_HANDLED:
                return made_by_library
            return construct(self, function, args, kwargs)
        if self.libraries.is_distribution(function) and self.touched(args, kwargs):
            return self.libraries.frozen(function, args, kwargs)
        if is_partial(function):
            func, first, named = self._partial(function)
            return self.call(site, func, *first, *args, **{**named, **kwargs})
        if isinstance(function, weakref.ReferenceType) and not args and not kwargs:
            return self._referent(function)
        if isinstance(function, functools._lru_cache_wrapper):
            return self.caches.call(function, args, kwargs)
        made = getattr(function, "__self__", None) if kind is MethodWrapperType else None
        if isinstance(made, BaseException) and function.__name__ == "__init__":
            self.hold(args, kwargs)
            return function(*args, **kwargs)
        if isinstance(made, type) and function.__name__ == "__call__":
            return instance_of(self, made, args, kwargs)
        if kind is MethodWrapperType and function.__name__ == "__setattr__":
            return self.hooks.attributes.set_plain(function.__self__, *args)
        if kind is Tracer:
            raise TypeError(f"{type(function.value).__name__!r} object is not callable")
        special = getattr(kind, "__symdiff_call__", None)
        if special is not None:
            return special(function, self, args, kwargs)
        method = self.hooks.attributes.special(kind, "__call__")
        if method is not None:
            return self.follow(method, (function, *args), kwargs)
        return self.foreign(function, args, kwargs)

    def iterable(self, value: Any) -> Any:
        """A value as something to iterate over: the rows of an array, a user's own iterator."""
        return self.hooks.iter(value, self.recorder.site)

    # -- Python functions

    def follow(self, function: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call a Python function through its rewritten code."""
        namespace = function.__globals__
        if MARK in namespace:
            # Defined inside a rewritten function.
            run = self.hooks.recursion.run(function)
            result = self.hooks.whole(function, functools.partial(run, *args, **kwargs))
            for value in (*args, *kwargs.values()):
                if type(value) is Tracer and value is not result:
                    self.recorder.hold_unused(value)
            return self.hooks.pushing.note(function, result, args, kwargs)
        special = getattr(function, "__symdiff_traced__", None)
        if special is not None:
            return special(self, *args, **kwargs)
        entry = entry_of(function)
        if entry is not None:
            if contains_tracer(args) or contains_tracer(kwargs):
                return self.recorder.apply_entry(entry, function, args, kwargs)
            return self.recorder.const(function(*args, **kwargs))
        handler = self._handler(function)
        if handler is not None:
            return handler(*args, **kwargs)
        module = function.__module__ if isinstance(function.__module__, str) else ""
        if module.startswith(_OWN):
            return function(*args, **kwargs)  # what a handler has made, such as a `methodcaller`
        written = bool(args) and isinstance(args[0], _WRITTEN)
        if module == "collections" and not written:
            self.hold(args, kwargs)
            return function(*args, **kwargs)  # moves what it is given and looks at nothing
        if module == "dataclasses" and makes_class(function, args):
            return made_class(self, function, args, kwargs)
        if function.__code__ is _SINGLE_DISPATCH and args:
            kind = self.builtins[type](args[0])
            chosen = function.dispatch(kind)  # type: ignore[attr-defined]
            source = Dispatched(function, kind)
            self.hooks.reader.check_once((function, kind), source, "identity", Same(chosen))
            return self.call(self.recorder.site, chosen, *args, **kwargs)
        handled = self.libraries.function(function, args, kwargs)
        if handled is NOT_HANDLED and (function.__module__ or "").startswith("pandas."):
            handled = series_method(self, function.__name__, args, kwargs)
        if handled is not NOT_HANDLED:
            return handled
        if function.__code__ is GENERATOR_MANAGER:
            wrapped = function.__wrapped__  # type: ignore[attr-defined]
            return generator_manager(self.call(self.recorder.site, wrapped, *args, **kwargs))
        if is_library_file(function.__code__.co_filename) and not self._is_followed(
            function, args, kwargs
        ):
            return self.foreign(function, args, kwargs)
        self.hold(args, kwargs)
        site = self.recorder.site
        try:
            filled = self.filled(function, args, kwargs)
            twin: Callable[..., Any] = self.twin(function, filled=filled)
        except SourceNotFoundError as error:
            twin = functools.partial(call_without_source, self, function, error)
        try:
            result = self.hooks.whole(function, functools.partial(twin, *args, **kwargs))
        except TypeError:
            if not function.__defaults__:  # there may be defaults in a later call
                place = Attribute(Fixed(function, function.__name__), "__defaults__")
                self.hooks.reader.check(place, "equal", (type(None), None))
            raise
        self.recorder.site = site
        return self.hooks.pushing.note(function, result, args, kwargs)

    def _handler(self, function: Any) -> Callable[..., Any] | None:
        found: Callable[..., Any] | None = self.builtins.get(function)
        return found or of_masked_arrays(self.recorder, function)

    def _is_followed(
        self, function: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> bool:
        """Whether to trace a function of a library: one that sees something of ours."""
        if function.__module__ == "dataclasses":
            return True
        if args and isinstance(args[0], _WRITTEN):
            return True
        if args and type(args[0]).__module__ == "weakref":
            return False
        touched = (
            self.touched(args, kwargs) or any(map(_holds_tracer, args)) or any(map(_is_lazy, args))
        )
        return touched and not acts(function, touched)

    def follow_library(
        self, function: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Call a function of the standard library through its rewritten code, in any case."""
        self.hold(args, kwargs)
        site = self.recorder.site
        result = self.twin(function)(*args, **kwargs)
        self.recorder.site = site
        return result

    def _of_class(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """`float.__mul__(x, y)` or `list.append(items, x)`: a method written in C, by its class."""
        owner, *rest = args
        site = self.recorder.site
        if type(owner) is Tracer and self._is_of(owner, function.__objclass__):
            owner = as_number(owner)
            method = BoundMethod(self.recorder, owner, function.__name__)
            return self.call(site, method, *rest, **kwargs)
        if type(owner) is Text and function.__objclass__ is str:
            return self.hooks.texts.method(owner, function.__name__, rest, kwargs)
        if isinstance(owner, function.__objclass__):
            return self.foreign(function.__get__(owner), rest, kwargs)
        return function(*args, **kwargs)  # Python's own error

    def _is_of(self, owner: Tracer, cls: type) -> bool:
        """Whether a traced value is an instance; what is only a symbol is a float or an array."""
        if owner.value is not UNKNOWN:
            return isinstance(owner.value, cls)
        return issubclass(np.ndarray if self.recorder.shape(owner) else float, cls)

    def _partial(self, function: Any) -> tuple[Any, Any, Any]:
        """What a partial object holds; one from outside is read at every call."""
        reader = self.hooks.reader
        if not reader.is_outside(function):
            return function.func, function.args, function.keywords
        get = self.hooks.attributes.outside
        return get(function, "func"), get(function, "args"), get(function, "keywords")

    def _referent(self, reference: Any) -> Any:
        """What a weak reference refers to; of one from outside it is found in every run."""
        reader = self.hooks.reader
        value = reference()
        if not reader.is_outside(reference) or reader.is_outside(value):
            return value
        return reader.wrap(value, Referent(reader.source_of(reference)), "referent")

    def _method(self, method: MethodType, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        function = method.__func__
        if self.libraries.is_distribution(method.__self__):
            return self.libraries.method(method, args, kwargs)
        if isinstance(function, FunctionType):
            return self.follow(function, (method.__self__, *args), kwargs)
        return self.call(self.recorder.site, function, method.__self__, *args, **kwargs)

    def hold(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        """An argument that is more than a name is computed once, before the call."""
        for value in (*args, *kwargs.values()):
            if type(value) is Tracer:
                self.recorder.hold(value)

    def touched(self, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        if contains_tracer(args) or contains_tracer(kwargs):
            return True
        made = self.made_of_library
        return bool(made) and any(id(v) in made for v in (*args, *kwargs.values()))

    # -- what symdiff does not look into

    def foreign(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call what is not followed."""
        return self.opaque.call(function, args, kwargs)

    def _samples(self, values: Iterable[Any]) -> list[Any]:
        """Plain values in the place of traced ones, for Python's own error."""
        plain = [v.value if type(v) is Tracer else v for v in values]
        return [0.0 if v is UNKNOWN else v for v in plain]

    def refuse_outside(self, owner: Any, what: str) -> None:
        source = self.hooks.reader.owners[id(owner)][1]
        self.recorder.refuse(
            f"{what} of `{source}`, {an(type(owner).__name__)} from outside the function",
            why="symdiff cannot tell when it changes",
            remedy="pass what is needed of it as a number, array, list or dict",
        )


def _is_lazy(value: Any) -> bool:
    """Whether a value is an iterator of Python's own, which may make traced values later."""
    own = type(value).__module__ in ("builtins", "itertools")
    return own and isinstance(value, Iterator)


def _holds_tracer(value: Any) -> bool:
    """Whether an instance, such as a library's polynomial, was made of traced values."""
    if isinstance(value, type | FunctionType | ModuleType) or type(value) is Tracer:
        return False
    return hasattr(value, "__dict__") and contains_tracer(vars(value))
