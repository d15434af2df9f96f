"""How a program reaches what lies outside it: arguments, globals, attributes, effects.

A *source* says where a value comes from, so that a compiled function reads it again at every call.
`Read` and `Check` are the operations that look at the outside.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

import numpy as np

from .naming import attribute, exact, name_of, printable
from .program import Aval, Var
from .sameness import exactly, is_value
from .trees import one_level


class Source:
    """Where a value is found."""

    __slots__ = ()

    def read(self, arguments: Sequence[Any]) -> Any:
        raise NotImplementedError

    def code(self, name: Callable[[Any, str], str]) -> str:
        """Python source that reads it; `name(object, hint)` gives a name bound to an object."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Argument(Source):
    """The value of parameter number `index`."""

    index: int
    name: str

    def read(self, arguments: Sequence[Any]) -> Any:
        return arguments[self.index]

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"arg_{self.index}"

    def __str__(self) -> str:
        return printable(self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Global(Source):
    """A global name of a function, or one of the builtins that the function was made with."""

    namespace: dict[str, Any]
    name: str
    builtins: Mapping[str, Any]

    def read(self, arguments: Sequence[Any]) -> Any:
        try:
            return self.namespace[self.name]
        except KeyError:
            pass
        try:
            return self.builtins[self.name]
        except KeyError:
            raise NameError(f"name {self.name!r} is not defined") from None

    def code(self, name: Callable[[Any, str], str]) -> str:
        if self.name in self.namespace:
            return f"{name(self.namespace, 'globals')}[{exact(self.name)!r}]"
        return f"{name(self.read, 'read')}(())"

    def __str__(self) -> str:
        return printable(self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Cell(Source):
    """A variable of an enclosing function."""

    cell: CellType
    name: str

    def read(self, arguments: Sequence[Any]) -> Any:
        return self.cell.cell_contents

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{name(self.cell, 'cell')}.cell_contents"

    def __str__(self) -> str:
        return printable(self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Fixed(Source):
    """An object that stays the same, such as the instance a method is bound to."""

    value: Any
    name: str

    def read(self, arguments: Sequence[Any]) -> Any:
        return self.value

    def code(self, name: Callable[[Any, str], str]) -> str:
        return name(self.value, "object")

    def __str__(self) -> str:
        return printable(self.name)


@dataclass(frozen=True, slots=True)
class Attribute(Source):
    """An attribute of an outside object."""

    owner: Source
    name: str

    def read(self, arguments: Sequence[Any]) -> Any:
        return getattr(self.owner.read(arguments), self.name)

    def code(self, name: Callable[[Any, str], str]) -> str:
        return self.of(self.owner.code(name), name)

    def of(self, owner: str, name: Callable[[Any, str], str]) -> str:
        """Source of the attribute of what the source `owner` gives."""
        return attribute(owner, self.name, lambda: name(getattr, "getattr"))

    def __str__(self) -> str:
        return attribute(str(self.owner), self.name, lambda: "getattr")


@dataclass(frozen=True, slots=True)
class Asked(Source):
    """What a method of an object of a library's gives without arguments."""

    owner: Source
    method: str

    def read(self, arguments: Sequence[Any]) -> Any:
        return getattr(self.owner.read(arguments), self.method)()

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{Attribute(self.owner, self.method).code(name)}()"

    def __str__(self) -> str:
        return f"{self.owner}.{self.method}()"


@dataclass(frozen=True, slots=True)
class InClass(Source):
    """What a class or its bases hold under a name, before any descriptor is asked."""

    cls: type
    name: str

    def read(self, arguments: Sequence[Any]) -> Any:
        return held_by_class(self.cls, self.name)

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{name(held_by_class, 'held')}({name(self.cls, 'type')}, {exact(self.name)!r})"

    def __str__(self) -> str:
        return attribute(name_of(self.cls), self.name, lambda: "getattr")


@dataclass(frozen=True, slots=True)
class Dispatched(Source):
    """What a function made by `functools.singledispatch` calls for a class."""

    function: Any
    kind: type

    def read(self, arguments: Sequence[Any]) -> Any:
        return self.function.dispatch(self.kind)

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{name(self.function, 'function')}.dispatch({name(self.kind, 'type')})"

    def __str__(self) -> str:
        return f"{name_of(self.function)} for {name_of(self.kind)}"


@dataclass(frozen=True, slots=True)
class Subclass(Source):
    """Whether a class counts as a subclass of an abstract one, where it may be registered."""

    kind: type
    cls: type

    def read(self, arguments: Sequence[Any]) -> Any:
        return issubclass(self.kind, self.cls)

    def code(self, name: Callable[[Any, str], str]) -> str:
        test = name(issubclass, "issubclass")
        return f"{test}({name(self.kind, 'type')}, {name(self.cls, 'type')})"

    def __str__(self) -> str:
        return f"issubclass({name_of(self.kind)}, {name_of(self.cls)})"


@dataclass(frozen=True, slots=True, eq=False)
class Bound(Source):
    """Whether a variable of an enclosing function has a value."""

    cell: CellType
    name: str

    def read(self, arguments: Sequence[Any]) -> Any:
        try:
            self.cell.cell_contents  # noqa: B018
        except ValueError:
            return False
        return True

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{name(self.read, 'bound')}(())"

    def __str__(self) -> str:
        return f"whether {self.name} has a value"


@dataclass(frozen=True, slots=True)
class Referent(Source):
    """What a weak reference refers to, or `None`."""

    reference: Source

    def read(self, arguments: Sequence[Any]) -> Any:
        return self.reference.read(arguments)()

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{self.reference.code(name)}()"

    def __str__(self) -> str:
        return f"{self.reference}()"


@dataclass(frozen=True, slots=True)
class Instance(Source):
    """Whether an object counts as an instance of a class that asks more than its type."""

    owner: Source
    cls: type

    def read(self, arguments: Sequence[Any]) -> Any:
        return isinstance(self.owner.read(arguments), self.cls)

    def code(self, name: Callable[[Any, str], str]) -> str:
        test = name(isinstance, "isinstance")
        return f"{test}({self.owner.code(name)}, {name(self.cls, 'type')})"

    def __str__(self) -> str:
        return f"isinstance({self.owner}, {self.cls.__name__})"


@dataclass(frozen=True, slots=True, eq=False)
class Importable(Source):
    """Whether an `import` of a module, or of a name from it, succeeds."""

    module: str
    package: str
    name: str | None
    level: int

    def read(self, arguments: Sequence[Any]) -> Any:
        space = {"__name__": self.package, "__package__": self.package}
        try:
            found = __import__(
                self.module, space, None, (self.name,) if self.name else (), self.level
            )
        except ImportError:
            return False
        return self.name is None or hasattr(found, self.name)

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{name(self.read, 'importable')}(())"

    def __str__(self) -> str:
        return f"import {self.module}"


MISSING = type("Missing", (), {"__repr__": lambda self: "<missing>"})()


def held_by_class(cls: type, name: str) -> Any:
    """What a class or its bases hold under a name, or `MISSING`."""
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return MISSING


GONE = object()
"""What an opaque call of an earlier run gave."""


@dataclass(frozen=True, slots=True, eq=False)
class Made(Source):
    """The result of an opaque call of this run.

    A program knows it by its variable. The value is the trace's, and is let go with it: others may
    ask whether it is still alive.
    """

    var: Var
    value: Any
    label: str

    def read(self, arguments: Sequence[Any]) -> Any:
        if self.value is GONE:
            raise LookupError(f"{self} is of a call that is over")
        return self.value

    def forget(self) -> None:
        """Let go of the value: the trace is over."""
        object.__setattr__(self, "value", GONE)

    def code(self, name: Callable[[Any, str], str]) -> str:
        return self.var.name

    def __str__(self) -> str:
        return f"the result of {printable(self.label)}"


def item_of(container: Any, key: Any) -> Any:
    """An item of a container, whatever its class makes of that."""
    kind = type(container)
    if kind not in CONTAINERS and isinstance(container, list | dict):
        base: Any = list if isinstance(container, list) else dict
        return base.__getitem__(container, key)
    return container[key]


@dataclass(frozen=True, slots=True)
class Item(Source):
    """An element of an outside list, tuple or dict."""

    owner: Source
    key: Any
    own: bool = False  # of a class of the user's own, whose `__getitem__` is not asked

    def read(self, arguments: Sequence[Any]) -> Any:
        return item_of(self.owner.read(arguments), self.key)

    def code(self, name: Callable[[Any, str], str]) -> str:
        return self.of(self.owner.code(name), name)

    def of(self, owner: str, name: Callable[[Any, str], str]) -> str:
        """Source of the element of what the source `owner` gives."""
        if self.own:
            return f"{name(item_of, 'item_of')}({owner}, {name(self.key, 'key')})"
        key = repr(self.key) if type(self.key) in (int, str) else name(self.key, "key")
        return f"{owner}[{key}]"

    def __str__(self) -> str:
        return f"{self.owner}[{printable(repr(self.key))}]"


@dataclass(frozen=True, slots=True)
class Length(Source):
    """The length of an outside list."""

    owner: Source

    def read(self, arguments: Sequence[Any]) -> Any:
        return len(self.owner.read(arguments))

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"len({self.owner.code(name)})"

    def __str__(self) -> str:
        return f"len({self.owner})"


@dataclass(frozen=True, slots=True)
class Child(Source):
    """A child of a container that was registered: what its own `flatten` gives."""

    owner: Source
    index: int

    def read(self, arguments: Sequence[Any]) -> Any:
        return one_level(self.owner.read(arguments))[0][self.index]

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{name(one_level, 'children')}({self.owner.code(name)})[0][{self.index}]"

    def __str__(self) -> str:
        return f"{self.owner}<{self.index}>"


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """An `Operation` that reads a number or array from outside, at every call."""

    source: Source
    aval: Aval

    @property
    def name(self) -> str:
        return "read"

    def infer(self, avals: Sequence[Aval]) -> Aval:
        return self.aval

    def evaluate(self, *values: Any) -> Any:
        return self.source.read(())

    def describe(self, operands: Sequence[str]) -> str:
        return f"read {self.source}"


class Same:
    """An outcome that compares by identity, and keeps its object alive."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        return f"<the {name_of(type(self.value))} {name_of(self.value, '')}>"


def signature(value: Any) -> Any:
    """What a specialization assumes of a number or array: its type, or dtype and shape."""
    if type(value) is np.ndarray:
        return (value.dtype.str, value.shape)
    return type(value)


_COPIED_AT_ONCE = frozenset({dict, set, OrderedDict, defaultdict})


def at_once(container: Any) -> Any:
    """A container as it is now: other threads may change it while it is gone through."""
    return container.copy() if type(container) in _COPIED_AT_ONCE else container


def structure(value: Any) -> Any:
    """What a specialization assumes of a container or object: type and length, or keys."""
    kind = type(value)
    if kind is set or kind is frozenset:
        return (
            kind,
            tuple(map(exactly, tuple(value))),
        )  # in its own order: a copy may have another
    value = at_once(value)
    if kind is list or kind is tuple:
        return (kind, len(value))
    if kind is dict:
        if all(type(k) is str for k in value):
            return (kind, tuple(value))
        return (kind, tuple(map(exactly, value)))
    if isinstance(value, dict) and kind in CONTAINERS:
        factory = value.default_factory if isinstance(value, defaultdict) else None
        return (kind, tuple(map(exactly, value)), factory)
    if is_own_container(kind):
        if isinstance(value, list):
            return (kind, list.__len__(value))
        return (kind, tuple(map(exactly, dict.__iter__(value))))
    if kind is deque:
        return (kind, len(value), value.maxlen)
    if is_named_tuple(kind):
        return (kind, len(value))
    if kind is slice:
        return (kind, tuple(map(exactly, (value.start, value.stop, value.step))))
    return kind


CONTAINERS = frozenset(
    {list, tuple, dict, set, frozenset, deque, OrderedDict, Counter, defaultdict}
)


def is_own_container(kind: type) -> bool:
    """Whether a class is a list or dict of the user's own, which holds its items as those do."""
    if kind in CONTAINERS or not issubclass(kind, list | dict):
        return False
    if issubclass(kind, OrderedDict | defaultdict):
        return False
    return kind.__new__ is (list if issubclass(kind, list) else dict).__new__


def items_of(container: Any) -> list[Any]:
    """The items of a list, set or the like, or the values of a dict, whatever the class says."""
    if isinstance(container, dict):
        kind: Any = OrderedDict if isinstance(container, OrderedDict) else dict
        return list(kind.values(container))
    return list(list.__iter__(container) if isinstance(container, list) else container)


def keys_of(container: dict[Any, Any]) -> list[Any]:
    """The keys of a dict, whatever its class makes of that."""
    kind: Any = OrderedDict if isinstance(container, OrderedDict) else dict
    return list(kind.keys(container))


def put(container: dict[Any, Any], key: Any, value: Any) -> None:
    """Set an item of a dict of any kind, whatever its class makes of that."""
    (OrderedDict if isinstance(container, OrderedDict) else dict).__setitem__(container, key, value)


def is_named_tuple(kind: type) -> bool:
    """Whether a class is a named tuple."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields") and hasattr(kind, "_make")


NUMBERS = (float, int, np.floating, np.integer)
CONSTANTS = (bool, str, bytes, range, type(None), type(...), np.bool_, np.dtype)
CALLABLES = (
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    MethodWrapperType,
    WrapperDescriptorType,
    type,
    ModuleType,
    np.ufunc,
)


def assumption(value: Any, source: Source) -> tuple[str, Any]:
    """What a specialization assumes of an outside value: the kind of check, and its outcome."""
    if isinstance(value, CONSTANTS) or is_value(type(value)):
        return "equal", exactly(value)
    if isinstance(value, (*NUMBERS, complex, np.complexfloating)) or type(value) is np.ndarray:
        return "signature", signature(value)
    if isinstance(value, CALLABLES):
        return "identity", Same(value)
    return "structure", structure(value)


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """An `Operation` that checks what was assumed of something outside.

    `kind` is `"signature"` (of the operand, a number or array), `"structure"` (of a container or
    object), `"node"` (the names of the children of a registered container), `"equal"` (a string,
    bool or None), `"identity"` (a function, class or module),
    `"absent"` (a global that would hide the builtin `detail` of its name; without one, any name),
    `"has"` (whether the object has the attribute `detail`), `"lacks"` (whether a dict has no key
    `detail`), `"alias"` (whether it is the object at the source `detail`), `"overlap"` (how its
    memory overlaps with the array at the source `detail`), `"writeable"` (whether an array may be
    written to) or `"layout"` (its strides, or `True` where they are the usual ones).
    """

    kind: str
    source: Source
    expected: Any
    detail: Any = None

    @property
    def name(self) -> str:
        return "check"

    def infer(self, avals: Sequence[Aval]) -> None:
        return None

    def evaluate(self, *values: Any) -> Any:
        return None

    def describe(self, operands: Sequence[str]) -> str:
        return f"check {self.source}: {self.kind} {printable(repr(self.expected))}"

    def outcome(self, value: Any, other: Any = None) -> Any:
        """What `value` would be recorded as; equal to `expected` when the check passes."""
        if self.kind == "absent":
            try:
                return Same(self.source.read(()))
            except NameError:
                return True
        if self.kind == "node":
            same = type(value) is self.expected[0]
            return one_level(value)[1] if same else assumption(value, self.source)[1]
        if self.kind == "has":
            return hasattr(value, self.detail)
        if self.kind == "lacks":
            return self.detail not in value
        if self.kind == "alias":
            return value is other
        if self.kind == "writeable":
            return bool(value.flags.writeable)
        if self.kind == "layout":
            return bool(value.flags.c_contiguous) or value.strides
        if self.kind == "overlap":
            return overlap(value, other)
        if self.kind == "identity":
            return Same(value)
        return assumption(value, self.source)[1]


def overlap(a: Any, b: Any) -> Any:
    """How the memory of two arrays overlaps: `None`, or what decides which elements coincide."""
    if not np.may_share_memory(a, b) or not np.shares_memory(a, b):
        return None
    return (_address(b) - _address(a), a.strides, b.strides, a.shape, b.shape)


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])
