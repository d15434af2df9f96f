"""Attributes: of tracers, of objects made inside, and of objects from outside, read and written."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from types import (
    BuiltinMethodType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.table.lookup import method_entry
from ...program.outside import CONSTANTS, NUMBERS, Same
from ...program.sources import MISSING, Attribute, Fixed, InClass, held_by_class
from ..calls import steps, texts
from ..outside.growing import Growing
from ..outside.instance_dict import InstanceDict
from ..outside.libraries import is_library
from ..outside.writes import DELETED
from ..recording.memory import LYING
from ..recording.methods import BoundMethod, fill_flat
from ..recording.places import Place
from ..recording.text import Text, TracedText
from ..recording.tracer import Tracer

if TYPE_CHECKING:
    from ..outside.parts import Hooks

_OWN = (Tracer, BoundMethod, steps.Steps, Text, TracedText, texts.TextMethod)
"""Classes of symdiff's own: what they do is not traced."""

_NUMBERS = frozenset({int, float, bool, np.float64, np.ndarray})
_LOOKED_INTO = _NUMBERS | {Tracer, super, deque, dict, list, tuple}
_SETATTR: Any = object.__setattr__
_GETATTRIBUTE: Any = object.__getattribute__
_GETATTRIBUTES: tuple[Any, ...] = (_GETATTRIBUTE, tuple.__getattribute__)


class Attributes:
    """The attribute hooks of one trace."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.recorder = hooks.recorder
        self.reader = hooks.reader
        self.known: dict[tuple[int, str], Any] = {}
        self.sources: dict[tuple[int, str], Attribute] = {}
        self.specials: dict[tuple[type, str], Any] = {}
        self.of_modules: dict[tuple[int, str], Any] = {}  # what libraries hold, checked already

    # -- what classes hold

    def in_class(self, kind: type, name: str) -> Any:
        """What a class holds under a name; for a user's class, checked at every call."""
        held = held_by_class(kind, name)
        if not is_library(kind) and not self.reader.is_made(kind):
            key = (kind, name)
            outcome = Same(held)
            self.reader.check_once(key, InClass(kind, name), "identity", outcome)
        return held

    def special(self, kind: type, name: str) -> FunctionType | None:
        """A special method such as `__add__`, where the user has written it."""
        key = (kind, name)
        if key not in self.specials:
            method = None if kind in _OWN else getattr(kind, name, None)
            found = method if isinstance(method, FunctionType) else None
            if found is not None or not is_library(kind):
                self.in_class(kind, name)
            self.specials[key] = found
        return self.specials[key]  # type: ignore[no-any-return]

    # -- reading

    def get(self, owner: Any, name: str, site: int) -> Any:
        """`owner.name`."""
        recorder, reader = self.recorder, self.reader
        recorder.site = site
        kind = type(owner)
        if recorder.watches:
            self._ask_regular(owner, kind, name)
        if kind is Tracer:
            recorder.ask_kind(owner)
            if name == "__class__":
                return self.hooks.calls.builtins[type](owner)
            if name in ("__array_interface__", "__array_struct__"):
                recorder.refuse(
                    f"`.{name}` of an array that is differentiated",
                    why="symdiff cannot see what is done with its memory",
                    remedy="use views by slices, `reshape` or `sliding_window_view`",
                )
            made = type(owner.value)
            if made not in _NUMBERS and issubclass(made, int | float) and hasattr(made, name):
                return self._of_number(owner, made, name, site)
            return recorder.attribute(owner, name)
        if kind is ModuleType:
            known = self.of_modules.get((id(owner), name), MISSING)
            if known is not MISSING and known is getattr(owner, name, None):
                return known
        if kind is Text or kind is TracedText:
            return texts.TextMethod(self.hooks.texts, owner, name)
        if kind is float or kind is int or isinstance(owner, np.generic):
            if hasattr(owner, name) or method_entry(name) is None:
                return getattr(owner, name)
            return BoundMethod(recorder, Tracer(recorder, owner, owner), name)  # `.norm`, `.sum`
        if isinstance(owner, ModuleType | type | FunctionType):
            reader.adopt(owner)
            if reader.is_outside(owner):
                return self.outside(owner, name)
            if isinstance(owner, ModuleType):
                return self._of_library_module(owner, name)
            return recorder.const(getattr(owner, name))
        if kind is super:
            return self._of_super(owner, name)
        if is_library(kind):
            if reader.is_outside(owner):
                if name == "__dict__":
                    return InstanceDict(self, owner)
                return self.outside(owner, name)
            custom = getattr(kind, "__getattr__", None)
            if hasattr(custom, "__symdiff_traced__") and name not in vars(owner):
                return self.hooks.calls.call(site, custom, owner, name)
            return recorder.const(getattr(owner, name))
        return self._of_instance(owner, kind, name, site)

    def _ask_regular(self, owner: Any, kind: type, name: str) -> None:
        """Ask whether an attribute is the same in each iteration while nothing is changed."""
        if kind is Tracer and name in LYING:
            self.recorder.impure("it is asked how an array lies in memory")
        if name == "__dict__":
            self.recorder.impure("an object is asked for all its attributes")
        known = kind in _LOOKED_INTO or isinstance(owner, ModuleType | type)
        if not known and (is_library(kind) or _overrides(kind)):
            self.recorder.impure("an attribute of an object that symdiff does not look into")

    def _of_number(self, owner: Tracer, kind: type, name: str, site: int) -> Any:
        """An attribute of a number of the user's own class, which its class holds."""
        held = held_by_class(kind, name)
        if isinstance(held, property) and isinstance(held.fget, FunctionType):
            self.in_class(kind, name)
            return self.hooks.calls.call(site, held.fget, owner)
        if isinstance(held, FunctionType):
            self.in_class(kind, name)
            return MethodType(held, owner)
        if is_library(kind) or name in vars(owner.value) or hasattr(float, name):
            return self.recorder.attribute(owner, name)
        return self.get(kind, name, site)

    def _of_library_module(self, owner: ModuleType, name: str) -> Any:
        """`math.sin`, `np.pi`: checked in later calls, for somebody may have put another there."""
        value = getattr(owner, name)
        reader, source = self.reader, Fixed(owner, owner.__name__)
        if callable(value) or isinstance(value, (ModuleType, *CONSTANTS, *NUMBERS)):
            key = (id(owner), name)
            reader.check_once(key, Attribute(source, name), "identity", Same(value))
            self.of_modules[key] = value
            return value
        reader.owners.setdefault(id(owner), (owner, source))
        return self.outside(owner, name)

    def _of_instance(self, owner: Any, kind: type, name: str, site: int) -> Any:
        """An attribute of an instance of the user's own class."""
        calls, reader = self.hooks.calls, self.reader
        if name == "__dict__" and reader.is_outside(owner):
            return InstanceDict(self, owner)
        custom = self.special(kind, "__getattribute__") if _overrides(kind) else None
        if custom is not None:
            return calls.call(site, custom, owner, name)
        held = held_by_class(kind, name)
        if isinstance(held, property) and isinstance(held.fget, FunctionType):
            self.in_class(kind, name)
            return calls.call(site, held.fget, owner)
        if isinstance(held, cached_property):
            return self._cached(owner, kind, name, held, site)
        getter = getattr(type(held), "__get__", None)
        followed = isinstance(getter, FunctionType) and not is_library(type(held))
        outside = reader.is_outside(owner)
        if not (followed and _is_data(held)):  # which yields to what the instance holds itself
            if (id(owner), name) in reader.overlay:
                if reader.overlay[id(owner), name] is not DELETED or not followed:
                    return self.outside(owner, name)
            elif name in _own_dict(owner) or isinstance(held, MemberDescriptorType):
                if outside:
                    return self.outside(owner, name)
                return self.recorder.const(getattr(owner, name))
        if followed:
            if outside and not _is_data(held):
                self._no_own(owner, name)
            self._descriptor(kind, name, held)
            return calls.call(site, getter, held, owner, kind)
        if held is MISSING:
            for base in kind.__mro__:  # what an `__init_subclass__` of the function has set
                if (id(base), name) in reader.overlay:
                    return reader.overlay[id(base), name]
            return self._missing(owner, kind, name, site)
        if isinstance(held, FunctionType | staticmethod | classmethod):
            if outside:
                self._no_own(owner, name)
            self.in_class(kind, name)
            return getattr(owner, name)
        for base in kind.__mro__:
            if (id(base), name) in reader.overlay:
                return reader.overlay[id(base), name]
        if outside:
            return self.outside(owner, name)
        if any(reader.is_made(base) for base in kind.__mro__):
            return self.recorder.const(getattr(owner, name))
        if getter is None:
            reader.adopt(kind)
            return self.outside(kind, name)
        return self.recorder.const(getattr(owner, name))

    def _cached(
        self, owner: Any, kind: type, name: str, held: cached_property[Any], site: int
    ) -> Any:
        """A `functools.cached_property`: computed once, then an attribute like any other."""
        reader = self.reader
        if (id(owner), name) in reader.overlay or name in vars(owner):
            outside = reader.is_outside(owner)
            return self.outside(owner, name) if outside else self.recorder.const(vars(owner)[name])
        if reader.is_outside(owner):
            self._no_own(owner, name)
        self.in_class(kind, name)
        value = self.hooks.calls.call(site, held.func, owner)
        self.set_plain(owner, name, value)
        return value

    def _descriptor(self, kind: type, name: str, held: Any) -> None:
        """What a class holds is an object from outside, too: its attributes are read again."""
        self.in_class(kind, name)
        if not self.reader.is_made(kind) and not self.reader.is_outside(held):
            self.reader.wrap(held, InClass(kind, name), name)

    def _no_own(self, owner: Any, name: str) -> None:
        """Check in later calls that an instance still leaves an attribute to its class."""
        reader = self.reader
        key = (id(owner), name, "own")
        if hasattr(owner, "__dict__") and key not in reader.checked:
            reader.checked.add(key)
            reader.check(Attribute(reader.source_of(owner), "__dict__"), "lacks", True, name)

    def _missing(self, owner: Any, kind: type, name: str, site: int) -> Any:
        """What neither the instance nor its class has."""
        reader = self.reader
        outside = reader.is_outside(owner)
        custom = self.special(kind, "__getattr__")
        if outside:
            self._no_own(owner, name)
        self.in_class(kind, name)
        if custom is not None:
            return self.hooks.calls.call(site, custom, owner, name)
        if outside:
            return self.outside(owner, name)
        return self.recorder.const(getattr(owner, name))  # Python's own error

    def _of_super(self, owner: Any, name: str) -> Any:
        """`super().name`."""
        value = getattr(owner, name)
        kind = owner.__self_class__
        if not is_library(kind) and not self.reader.is_made(kind):
            place = Attribute(Fixed(kind, kind.__name__), "__mro__")
            self.reader.check_once((kind, "__mro__"), place, "identity", Same(kind.__mro__))
        if isinstance(value, MethodType) and isinstance(value.__func__, FunctionType):
            for base in owner.__self_class__.__mro__:
                if base.__dict__.get(name) is value.__func__:
                    self.in_class(base, name)
        return self.recorder.const(value)

    def outside(self, owner: Any, name: str) -> Any:
        """An attribute of an outside object, read again at every call."""
        key = (id(owner), name)
        reader = self.reader
        if key in reader.overlay:
            value = reader.overlay[key]
            if value is DELETED:
                raise AttributeError(
                    f"{type(owner).__name__!r} object has no attribute {name!r}",
                    name=name,
                    obj=owner,
                )
            return value
        if key in self.known:
            return self.known[key]
        source = reader.source_of(owner)
        try:
            value = getattr(owner, name)
        except AttributeError:
            reader.check(source, "has", False, name)
            raise
        method = getattr(value, "__self__", None)
        bound = isinstance(value, MethodType | BuiltinMethodType | MethodWrapperType)
        if bound and method is owner and not isinstance(owner, ModuleType):
            if isinstance(value, MethodType) and not is_library(value.__func__):
                function = Attribute(Attribute(source, name), "__func__")
                reader.check(function, "identity", Same(value.__func__))
            return value
        place = self.sources.get(key) or Attribute(source, name)
        wrapped = reader.wrap(value, place, name)
        self.known[key] = wrapped
        return wrapped

    def growing(self, holder: Any, name: str, site: int) -> Growing | None:
        """A list in an outside instance without looking into it, if that can be."""
        key = (id(holder), name)
        if not self.reader.is_outside(holder) or key in self.known or key in self.reader.overlay:
            return None
        kind = type(holder)
        if isinstance(holder, type | ModuleType | FunctionType) or _overrides(kind):
            return None
        if name not in _own_dict(holder) or held_by_class(kind, name) is not MISSING:
            return None
        self.recorder.site = site
        source = self.sources.setdefault(key, Attribute(self.reader.source_of(holder), name))
        return self.reader.growing(
            holder.__dict__[name], source, lambda: self.get(holder, name, site)
        )

    def has(self, owner: Any, name: str, site: int) -> bool:
        """`hasattr(owner, name)`."""
        try:
            self.get(owner, name, site)
        except AttributeError:
            return False
        return True

    # -- writing

    def set(self, owner: Any, name: str, value: Any, site: int) -> None:
        """`owner.name = value`."""
        recorder = self.recorder
        recorder.site = site
        kind: Any = type(owner)
        if kind is Tracer:
            self._set_on_array(owner, name, value)
            return
        custom = self.special(kind, "__setattr__")
        if custom is not None and kind.__setattr__ is not _SETATTR:
            self.hooks.calls.call(site, custom, owner, name, value)
            return
        if kind.__setattr__ is dict.__setitem__:
            self.hooks.setitem(owner, name, value, site)
            return
        self.set_plain(owner, name, value)

    def set_plain(self, owner: Any, name: str, value: Any) -> None:
        """What `object.__setattr__` does."""
        calls, site, kind = self.hooks.calls, self.recorder.site, type(owner)
        held = held_by_class(kind, name)
        if isinstance(held, property) and isinstance(held.fset, FunctionType):
            self.in_class(kind, name)
            calls.call(site, held.fset, owner, value)
            return
        setter = getattr(type(held), "__set__", None)
        if isinstance(setter, FunctionType):
            self._descriptor(kind, name, held)
            calls.call(site, setter, held, owner, value)
            return
        self.recorder.hold(value, name)
        if isinstance(owner, type | ModuleType | FunctionType):
            self.reader.adopt(owner)
        if self.recorder.watches or self.recorder.rebuilt:
            place = self._place(owner, name)
            if place is not None and place.read() is value:
                return
            self.recorder.about_to_put(place, owner)
        if not self.reader.is_outside(owner):
            if isinstance(owner, type | ModuleType | FunctionType) and is_library(owner):
                calls.effects.allow(setattr, (owner, name, value), {})
            _set_inside(owner, name, value)
            return
        if (held is MISSING and not hasattr(owner, "__dict__")) or isinstance(held, property):
            setattr(owner, name, value)  # Python's own error
        self.reader.overlay[id(owner), name] = value

    def _place(self, owner: Any, name: str) -> Place | None:
        """The place of an attribute of an instance that the function has made."""
        unusual = isinstance(owner, type | ModuleType | FunctionType) or is_library(type(owner))
        return None if unusual or self.reader.is_outside(owner) else Place(owner, name, True)

    def _set_on_array(self, owner: Tracer, name: str, value: Any) -> None:
        if name == "shape":
            self.recorder.refuse("assignment to `.shape`", remedy="use x = x.reshape(...)")
        if name == "flat":
            fill_flat(self.recorder, owner, value)
            return
        array = isinstance(owner.value, np.ndarray)
        if array and (name == "real" or (name == "imag" and np.iscomplexobj(owner.value))):
            self.recorder.setitem(self.recorder.attribute(owner, name), ..., value)
            return
        setattr(owner.value, name, value)
        self.recorder.refuse(f"assignment to `.{name}` of an array")

    def delete(self, owner: Any, name: str, site: int) -> None:
        """`del owner.name`."""
        self.recorder.site = site
        held = held_by_class(type(owner), name)
        removed: Any = type(owner).__delattr__
        if removed is dict.__delitem__:
            self.hooks.delitem(owner, name, site)
        elif isinstance(held, property) and isinstance(held.fdel, FunctionType):
            self.hooks.calls.call(site, held.fdel, owner)
        elif self.reader.is_outside(owner):
            key = (id(owner), name)
            fresh = key in self.reader.overlay and not hasattr(owner, name)
            if not fresh:
                self.outside(owner, name)  # there must be one
                self.reader.overlay[key] = DELETED
            elif self.reader.overlay[key] is DELETED:
                self.outside(owner, name)
            else:
                self.reader.check(self.reader.source_of(owner), "has", False, name)
                self.reader.overlay[key] = DELETED
        else:
            delattr(owner, name)


def _is_data(held: Any) -> bool:
    """Whether a descriptor comes before what the instance holds under its name."""
    return hasattr(type(held), "__set__") or hasattr(type(held), "__delete__")


def _own_dict(owner: Any) -> dict[str, Any]:
    """The `__dict__` of an instance, whatever its class makes of attributes."""
    try:
        found: dict[str, Any] = _GETATTRIBUTE(owner, "__dict__")
    except AttributeError:
        return {}
    return found


def _set_inside(owner: Any, name: str, value: Any) -> None:
    if isinstance(owner, type):
        setattr(owner, name, value)
        return
    try:
        object.__setattr__(owner, name, value)
    except TypeError:  # a class written in C has its own way
        setattr(owner, name, value)


def _overrides(kind: Any) -> bool:
    found: Any = kind.__getattribute__
    return found not in _GETATTRIBUTES
