"""Python's builtins that ask an object what it is, over traced values: `isinstance`, `len`, ..."""

from __future__ import annotations

from abc import ABCMeta
from types import UnionType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.table.lookup import method_entry
from ...program.outside import Same
from ...program.sources import Attribute, Fixed, Instance, Subclass
from ..outside.libraries import is_library
from ..recording.text import Text
from ..recording.tracer import UNKNOWN, Tracer
from .number_builtins import NumberBuiltins

if TYPE_CHECKING:
    pass

_PYTHON = frozenset({float, int, bool, complex})
"""Numbers that do not have the methods of arrays and tensors, for one who asks by name."""


class ObjectBuiltins(NumberBuiltins):
    """Builtins of objects: their classes, attributes, lengths and texts."""

    def _isinstance(self, value: Any, classes: Any) -> bool:
        """`isinstance(value, classes)`, asked of one class after the other."""
        if isinstance(classes, tuple | UnionType):
            several = classes if isinstance(classes, tuple) else classes.__args__
            return any(self._isinstance(value, cls) for cls in several)
        sample = self._sample(value)
        kind = type(sample)
        if not isinstance(classes, type) or kind is classes:
            return isinstance(sample, classes)
        site, reader = self.recorder.site, self.hooks.reader
        method = self.hooks.attributes.special(type(classes), "__instancecheck__")
        if method is not None and not is_library(type(classes)):
            return bool(self.hooks.test(self.calls.call(site, method, classes, value), site))
        found = isinstance(sample, classes)
        self._bases(kind)
        if method is not None and reader.is_outside(value) and not is_library(kind):
            place = Instance(reader.source_of(value), classes)  # such as a protocol
            key = (id(value), "isinstance", classes)
            reader.check_once(key, place, "equal", (bool, found))
        elif method is None or type(classes) is ABCMeta:
            self._registered(kind, classes)
        return found

    def _issubclass(self, kind: Any, classes: Any) -> bool:
        if isinstance(classes, tuple | UnionType):
            several = classes if isinstance(classes, tuple) else classes.__args__
            return any(self._issubclass(kind, cls) for cls in several)
        method = self.hooks.attributes.special(type(classes), "__subclasscheck__")
        if method is not None and not is_library(type(classes)):
            site = self.recorder.site
            return bool(self.hooks.test(self.calls.call(site, method, classes, kind), site))
        self._registered(kind, classes)
        self._bases(kind)
        return issubclass(kind, classes)

    def _bases(self, kind: Any) -> None:
        """Check in later calls that a class of the user's has the bases that it has."""
        reader = self.hooks.reader
        if isinstance(kind, type) and not is_library(kind) and not reader.is_made(kind):
            place = Attribute(Fixed(kind, kind.__name__), "__mro__")
            reader.check_once((kind, "__mro__"), place, "identity", Same(kind.__mro__))

    def _callable(self, value: Any) -> bool:
        if type(value) is not Tracer:
            self.hooks.attributes.special(type(value), "__call__")  # checked in later calls
        return callable(self._sample(value))

    def _id(self, value: Any) -> Any:
        """A number that tells an object from others: another one in another call."""
        reader = self.hooks.reader
        if reader.is_outside(value) or id(value) in reader.origins:
            return self.calls.effects.call(id, (value,), {})
        return id(value)

    def _registered(self, kind: Any, classes: Any) -> None:
        """Check in later calls what `register` of an abstract class may change."""
        if isinstance(classes, ABCMeta) and isinstance(kind, type):
            if classes in kind.__mro__ or (is_library(classes) and is_library(kind)):
                return
            source = Subclass(kind, classes)
            found = source.read(())
            self.hooks.reader.check_once(source, source, "equal", (bool, found))

    def _type(self, *args: Any) -> Any:
        return type(self._sample(args[0])) if len(args) == 1 else self.hooks.made(type(*args))

    def _sample(self, value: Any) -> Any:
        if type(value) is Text:
            return value.value
        if type(value) is not Tracer:
            return value
        self.recorder.ask_kind(value)
        if value.value is UNKNOWN:
            return 0.0 if not self.recorder.shape(value) else np.zeros(0)
        return value.value

    def _len(self, value: Any) -> Any:
        if type(value) is Tracer:
            return self.recorder.length(value)
        if type(value) is Text:
            return len(value.look())
        method = self.hooks.attributes.special(type(value), "__len__")
        if method is not None:
            return int(self.recorder.concrete(self.calls.call(self.recorder.site, method, value)))
        self.hooks.only_inside(value, "`len`")
        return len(value)

    def _vars(self, owner: Any) -> Any:
        try:
            return self.hooks.attributes.get(owner, "__dict__", self.recorder.site)
        except AttributeError:
            raise TypeError("vars() argument must have __dict__ attribute") from None

    def _getattr(self, owner: Any, name: str, *default: Any) -> Any:
        try:
            if type(owner) is Tracer and type(owner.value) in _PYTHON:
                getattr(owner.value, name)  # Python's own error, which a default may stand for
            return self.hooks.attributes.get(owner, name, self.recorder.site)
        except AttributeError:
            if default:
                return default[0]
            raise

    def _hasattr(self, owner: Any, name: str) -> bool:
        if type(owner) is Tracer:
            if owner.value is not UNKNOWN:
                return hasattr(owner.value, name)
            return method_entry(name) is not None
        return self.hooks.attributes.has(owner, name, self.recorder.site)

    def _str(self, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) > 1 or kwargs:
            return str(*args, **kwargs)
        return self.hooks.texts.text_of(*args)
