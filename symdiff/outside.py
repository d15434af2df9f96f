"""How a program reaches what lies outside it: arguments, globals, attributes, effects.

A *source* says where a value comes from, so that a compiled function reads it again at every call.
`Read`, `Write` and `Opaque` are the operations that touch the outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

from .program import Aval
from .trees import is_namedtuple, one_level


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
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Global(Source):
    """A module's global name (or a builtin, when the module has none of that name)."""

    namespace: dict[str, Any]
    name: str

    def read(self, arguments: Sequence[Any]) -> Any:
        try:
            return self.namespace[self.name]
        except KeyError:
            return _builtin(self.namespace, self.name)

    def code(self, name: Callable[[Any, str], str]) -> str:
        if self.name in self.namespace:
            return f"{name(self.namespace, 'globals')}[{self.name!r}]"
        return f"{name(self.read, 'read')}(())"

    def __str__(self) -> str:
        return self.name


def _builtin(namespace: dict[str, Any], name: str) -> Any:
    import builtins

    try:
        return getattr(builtins, name)
    except AttributeError:
        raise NameError(f"name {name!r} is not defined") from None


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
        return self.name


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
        return self.name


@dataclass(frozen=True, slots=True)
class Attribute(Source):
    """An attribute of an outside object."""

    owner: Source
    name: str

    def read(self, arguments: Sequence[Any]) -> Any:
        return getattr(self.owner.read(arguments), self.name)

    def code(self, name: Callable[[Any, str], str]) -> str:
        return f"{self.owner.code(name)}.{self.name}"

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}"


@dataclass(frozen=True, slots=True)
class Item(Source):
    """An element of an outside list, tuple or dict."""

    owner: Source
    key: Any

    def read(self, arguments: Sequence[Any]) -> Any:
        return self.owner.read(arguments)[self.key]

    def code(self, name: Callable[[Any, str], str]) -> str:
        if type(self.key) in (int, str):
            return f"{self.owner.code(name)}[{self.key!r}]"
        return f"{self.owner.code(name)}[{name(self.key, 'key')}]"

    def __str__(self) -> str:
        return f"{self.owner}[{self.key!r}]"


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


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """An `Operation` that changes the outside, once per call, after every guard has passed.

    `kind` is `"attribute"` (`key`), `"name"` (a global or a closure cell), `"contents"` (of a list,
    or of a dict with the keys `key`) or `"array"` (in place).
    """

    source: Source
    kind: str
    key: Any

    @property
    def name(self) -> str:
        return "write"

    def infer(self, avals: Sequence[Aval]) -> None:
        return None

    def evaluate(self, *values: Any) -> Any:
        return None

    def describe(self, operands: Sequence[str]) -> str:
        return f"write {self.source} {self.kind} {self.key}: {', '.join(operands)}"


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """An `Operation` that calls something symdiff does not look into, once per gradient call.

    Nothing active reaches it. `arrange(values)` gives the arguments from the operands.
    """

    function: Callable[..., Any]
    arrange: Callable[[Sequence[Any]], tuple[tuple[Any, ...], dict[str, Any]]]
    aval: Aval | None
    label: str

    @property
    def name(self) -> str:
        return "opaque"

    def infer(self, avals: Sequence[Aval]) -> Aval | None:
        return self.aval

    def evaluate(self, *values: Any) -> Any:
        args, kwargs = self.arrange(values)
        return self.function(*args, **kwargs)

    def describe(self, operands: Sequence[str]) -> str:
        return f"{self.label}({', '.join(operands)})"


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
        return f"<the {type(self.value).__name__} {getattr(self.value, '__name__', '')}>"


def signature(value: Any) -> Any:
    """What a specialization assumes of a number or array: its type, or dtype and shape."""
    if type(value) is np.ndarray:
        return (value.dtype.str, value.shape)
    return type(value)


def structure(value: Any) -> Any:
    """What a specialization assumes of a container or object: type and length, or keys."""
    kind = type(value)
    if kind is list or kind is tuple or is_namedtuple(value):
        return (kind, len(value))
    if kind is dict:
        return (kind, tuple(value))
    return kind


NUMBERS = (float, int, np.floating, np.integer)
CONSTANTS = (bool, str, bytes, type(None), type(...), np.bool_, np.dtype)
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
    if isinstance(value, CONSTANTS):
        return "equal", (type(value), value)
    if isinstance(value, NUMBERS) or type(value) is np.ndarray:
        return "signature", signature(value)
    if type(value) in (list, tuple, dict) or is_namedtuple(value):
        return "structure", structure(value)
    if isinstance(value, CALLABLES) or isinstance(source, Global | Cell):
        return "identity", Same(value)
    return "structure", structure(value)


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """An `Operation` that checks what was assumed of something outside.

    `kind` is `"signature"` (of the operand, a number or array), `"structure"` (of a container or
    object), `"node"` (the names of the children of a registered container), `"equal"` (a string,
    bool or None), `"identity"` (a function, class or module), or `"absent"` (a global that would
    hide the builtin of its name).
    """

    kind: str
    source: Source
    expected: Any

    @property
    def name(self) -> str:
        return "check"

    def infer(self, avals: Sequence[Aval]) -> None:
        return None

    def evaluate(self, *values: Any) -> Any:
        return None

    def describe(self, operands: Sequence[str]) -> str:
        return f"check {self.source}: {self.kind} {self.expected!r}"

    def outcome(self, value: Any) -> Any:
        """What `value` would be recorded as; equal to `expected` when the check passes."""
        if self.kind == "absent":
            return False
        if self.kind == "node":
            same = type(value) is self.expected[0]
            return one_level(value)[1] if same else assumption(value, self.source)[1]
        if self.kind == "identity" and not isinstance(value, (*NUMBERS, *CONSTANTS, np.ndarray)):
            return Same(value)
        return assumption(value, self.source)[1]


class EffectLog:
    """The results of opaque calls made so far in one gradient call.

    When a specialization turns out to be the wrong one half way, the next attempt (compiled or
    traced) takes the results from here: an effect happens once per call.
    """

    __slots__ = ("position", "results")

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.position = 0

    def rewind(self) -> None:
        self.position = 0

    def call(self, function: Callable[[], Any]) -> Any:
        if self.position == len(self.results):
            self.results.append(function())
        self.position += 1
        return self.results[self.position - 1]
