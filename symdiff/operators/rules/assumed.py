"""What a user's rule is made of, so that a gradient notices when a part of it is defined anew.

A rule is traced once, and what it read of numbers outside is read again at every call. The
functions and classes that it calls are part of its trace instead: here they are found from its code
alone, and the programs that use the rule check that they are still the same.
"""

from __future__ import annotations

import builtins
import dis
import functools
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Protocol

from ...program.naming import name_of
from ...program.outside import Check, Same
from ...program.sources import (
    MISSING,
    Attribute,
    Cell,
    Fixed,
    Global,
    InClass,
    Source,
    held_by_class,
)
from ...specialize.outside.libraries import is_library

_MOST = 64
"""Functions and classes that are looked into for one rule."""


class Ruled(Protocol):
    """What is asked of a function that has a rule."""

    name: str
    rules: dict[str, tuple[Callable[..., Any] | None, ...]]


Known = Callable[[Any], Ruled | None]
"""What has the rule of a function, if it has one."""


def assumptions(primitive: Ruled, known: Known) -> list[Check]:
    """Checks that hold as long as the rule of a primitive is what it is now.

    They are those of its functions, of what these name, and so on; libraries are not looked into.
    """
    walk = _Walk(known)
    walk.look(primitive)
    while walk.pending and len(walk.seen) < _MOST:
        walk.follow(walk.pending.pop(0))
    return walk.checks


class _Walk:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.checks: list[Check] = []
        self.pending: list[Any] = []
        self.seen: dict[int, Any] = {}

    def same(self, source: Source, value: Any) -> None:
        self.checks.append(Check("identity", source, Same(value)))

    def look(self, value: Any) -> bool:
        """Follow a function, class or module of the user's later; whether it is one."""
        while isinstance(value, functools.partial):
            value = value.func
        if isinstance(value, MethodType):
            value = value.__func__
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        if isinstance(value, property):
            value = value.fget
        own = isinstance(value, FunctionType | type | ModuleType) and not is_library(value)
        if not own and self.known(value) is None:
            return False
        if id(value) not in self.seen:
            self.seen[id(value)] = value
            self.pending.append(value)
        return True

    def follow(self, value: Any) -> None:
        primitive = self.known(value)
        if primitive is not None:
            self.same(Attribute(Fixed(primitive, primitive.name), "rules"), primitive.rules)
            for functions in primitive.rules.values():
                for function in functions:
                    self.look(function)
        elif isinstance(value, FunctionType):
            self.function(value)

    def function(self, function: FunctionType) -> None:
        place = Fixed(function, name_of(function))
        self.same(Attribute(place, "__code__"), function.__code__)
        for held in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self.look(held)
        names = [_names(code) for code in _nested(function.__code__)]
        asked = sorted(set().union(*[n.attributes for n in names]))
        found: list[tuple[Source, Any]] = []
        held_by = function.__globals__
        for name in dict.fromkeys(name for n in names for name in n.globals if name in held_by):
            found.append((Global(held_by, name, vars(builtins)), held_by[name]))
        cells = function.__closure__ or ()
        for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
            held = _held(cell)
            if held is not MISSING:
                found.append((Cell(cell, name), held))
        for source, held in found:
            if self.look(held):
                self.same(source, held)
            self.attributes(source, held, asked)

    def attributes(self, place: Source, held: Any, names: Iterable[str]) -> None:
        """What a module, a class or an instance of the user's has under the names that are read."""
        if isinstance(held, ModuleType):
            if not is_library(held):
                for name in names:
                    value = vars(held).get(name, MISSING)
                    if self.look(value):
                        self.same(Attribute(place, name), value)
            return
        kind = held if isinstance(held, type) else type(held)
        if is_library(kind) or self.known(held) is not None or isinstance(held, FunctionType):
            return
        for name in (*names, "__init__", "__call__"):
            value = held_by_class(kind, name)
            if self.look(value):
                self.same(InClass(kind, name), value)


class _Names:
    """The globals that code reads, and the attributes that it asks of anything."""

    def __init__(self, code: CodeType) -> None:
        self.globals: dict[str, None] = {}
        self.attributes: set[str] = set()
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                self.globals[step.argval] = None
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                self.attributes.add(step.argval)


_names = functools.lru_cache(maxsize=256)(_Names)


def _nested(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of those that are written inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _held(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING
