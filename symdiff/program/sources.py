"""Where a value outside is found: an argument, a global, an attribute, an element.

A *source* says where a value comes from, so that a compiled function reads it again at every call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import (
    CellType,
)
from typing import Any

import numpy as np

from ..records import dataclass
from .containers import item_of
from .naming import attribute, exact, name_of, printable
from .program import Var
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


def floats_of(value: Any, kind: type = float) -> Any:
    """A list of numbers of one type as an array; anything else is none.

    >>> floats_of([0.5, 1.0]), floats_of([0.5, 1]), floats_of(np.ones(2))
    (array([0.5, 1. ]), None, None)
    """
    return np.array(value) if type(value) is list and set(map(type, value)) == {kind} else None


def _scalars_of(value: Any) -> Any:
    return floats_of(value, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Floats(Source):
    """A list of floats, Python's or NumPy's, read as an array."""

    owner: Source
    kind: type = float

    def read(self, arguments: Sequence[Any]) -> Any:
        return floats_of(self.owner.read(arguments), self.kind)

    def code(self, name: Callable[[Any, str], str]) -> str:
        function = floats_of if self.kind is float else _scalars_of
        return f"{name(function, 'floats')}({self.owner.code(name)})"

    def __str__(self) -> str:
        return str(self.owner)


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
