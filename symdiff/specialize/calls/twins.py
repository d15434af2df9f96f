"""The rewritten functions of one trace: what is called in the place of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ...errors import SourceNotFoundError
from ...program.outside import Same
from ...program.sources import Attribute, Fixed
from ...source.installed import is_library_file
from ..rewriting.hook_calls import MARK
from .rewritten_code import emitting_code, looping_code, rewritten_code

if TYPE_CHECKING:
    from ..outside.parts import Hooks


class Twins:
    """Makes rewritten functions, bound to one trace."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.defaults: dict[tuple[int, str], Any] = {}

    def has_source(self, function: FunctionType) -> bool:
        """Whether a function can be followed."""
        if MARK in function.__globals__ or is_library_file(function.__code__.co_filename):
            return True
        try:
            rewritten_code(function)
        except SourceNotFoundError:
            return False
        return True

    def twin(self, function: FunctionType, emits: bool = False, filled: bool = False) -> Any:
        """The rewritten function, bound to this trace; its defaults are read at every call.

        Where all parameters are `filled`, there is nothing to read.
        """
        reader, source = self.hooks.reader, Fixed(function, function.__name__)
        self.hooks.remembered.follow(function)
        code = emitting_code(function) if emits else None
        if emits and code is None:
            return None
        if code is None and self.hooks.recursion.may_loop(function):
            code = looping_code(function)
            filled = filled and code is None  # which may call itself with less
        code = code or rewritten_code(function)
        namespace = self.hooks.namespace(function)
        twin = FunctionType(code, namespace, function.__name__)
        library = is_library_file(function.__code__.co_filename)
        if not library:
            place = Attribute(source, "__code__")
            reader.check_once(function, place, "identity", Same(function.__code__))
        if not filled:
            twin.__defaults__, twin.__kwdefaults__ = self.read_defaults(function, library)
        return twin

    def filled(self, function: FunctionType, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        """Whether a call leaves nothing to defaults."""
        code = function.__code__
        names = code.co_varnames
        left = names[len(args) : code.co_argcount]
        by_name = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        return all(n in kwargs for n in left + by_name)

    def read_defaults(self, function: FunctionType, library: bool = False) -> tuple[Any, Any]:
        """The values of defaults, positional and by keyword, read at every call."""
        reader, source = self.hooks.reader, Fixed(function, function.__name__)
        by_place, by_name = function.__defaults__, function.__kwdefaults__
        key = (id(function), "__defaults__")
        if by_place and library:
            by_place = tuple(map(self.recorder.const, by_place))
        elif by_place:
            if key not in self.defaults:
                place = Attribute(source, "__defaults__")
                self.defaults[key] = reader.wrap(by_place, place, "default")
            by_place = self.defaults[key]
        if by_name:
            key = (id(function), "__kwdefaults__")
            if key not in self.defaults:
                place = Attribute(source, "__kwdefaults__")
                self.defaults[key] = reader.wrap(by_name, place, "default")
            by_name = dict(self.defaults[key])
        return by_place, by_name

    def defaults_of(self, function: FunctionType) -> dict[str, Any]:
        """The defaults of a function by the names of its parameters, read at every call."""
        inside = MARK in function.__globals__
        twin = function if inside else self.twin(function)
        code, values = twin.__code__, twin.__defaults__ or ()
        names = code.co_varnames[: code.co_argcount][-len(values) :] if values else ()
        return {**dict(zip(names, values, strict=True)), **(twin.__kwdefaults__ or {})}
