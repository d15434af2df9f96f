"""Read what lies outside the function, so that it is read again at every call.

A number or array read from a global, a closure cell, an argument, or an attribute of an outside
object becomes a program variable. What cannot vary quietly (a function, a string, a length) is
checked instead. Lists, tuples and dicts are copied element by element; what the function does to
the copy is written back once, at the end of the compiled function.
"""

from __future__ import annotations

import builtins
import dataclasses
import os
import sys
import sysconfig
from collections.abc import Mapping
from types import CellType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..outside import (
    CALLABLES,
    CONSTANTS,
    NUMBERS,
    Attribute,
    Cell,
    Check,
    Child,
    Global,
    Item,
    Read,
    Same,
    Source,
    Write,
    assumption,
    signature,
    structure,
)
from ..program import Statement, Var, aval_of
from ..trees import is_dataclass, is_namedtuple, is_node, one_level, rebuild
from .recorder import Recorder
from .sites import SITES
from .tracer import PENDING, Tracer

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LIBRARY = (
    _PACKAGE + os.sep,
    *{sysconfig.get_paths()[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")},
)


def is_library_file(file: str | None) -> bool:
    """Whether a file belongs to Python or an installed package rather than to the user."""
    return file is None or file.startswith((*_LIBRARY, "<frozen"))


def _module_of(value: Any) -> ModuleType | None:
    return sys.modules.get(getattr(value, "__module__", None) or "")


def is_library(value: Any) -> bool:
    """Whether a module, class or function belongs to Python or an installed package."""
    module = value if isinstance(value, ModuleType) else _module_of(value)
    return module is None or (
        is_library_file(getattr(module, "__file__", None)) and (module.__name__ != "__main__")
    )


Promote = bool | Mapping[str | int, Any]
"""What of an outside value is to be differentiated: nothing, all of it, or what lies at keys."""


def below(promote: Promote, *keys: Any) -> Promote:
    """What is to be differentiated of a child, which may have several names."""
    if isinstance(promote, bool):
        return promote
    found: Promote = next((promote[k] for k in keys if k in promote), False)
    return found


def attributes(value: Any) -> list[str]:
    """The names of what an instance of a dataclass holds."""
    held = getattr(value, "__dict__", {})
    return list(dict.fromkeys([*(f.name for f in dataclasses.fields(value)), *held]))


class Reader:
    """The outside values one trace has read, and what it wrote to them."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.known: dict[Any, Any] = {}
        self.owners: dict[int, tuple[Any, Source]] = {}
        self.overlay: dict[tuple[int, str], Any] = {}
        self.names: dict[tuple[int, str], tuple[Source, Any]] = {}
        self.copies: list[tuple[Any, Any, Source]] = []
        self.separate: set[int] = set()
        self.arrays: list[tuple[Tracer, Source]] = []
        self.by_array: dict[int, Tracer] = {}

    # -- wrapping

    def wrap(self, value: Any, source: Source, hint: str, promote: Promote = False) -> Any:
        """An outside value as the traced function sees it.

        What is promoted is to be differentiated: containers are taken apart to their leaves.
        """
        kind = type(value)
        if isinstance(value, CONSTANTS):
            self.check(source, *assumption(value, source))
            return value
        if isinstance(value, NUMBERS):
            return self._number(value, source, hint, promote is True)
        if kind is np.ndarray and value.dtype.kind in "fiub":
            return self._array(value, source, hint, promote is True)
        if kind is list or kind is tuple or kind is dict or is_namedtuple(value):
            return self._container(value, source, hint, promote)
        if isinstance(value, CALLABLES):
            self._identity(value, source)
            if isinstance(value, ModuleType | type) and not is_library(value):
                # Attributes of the user's modules and classes are read again, too.
                self.owners.setdefault(id(value), (value, source))
            return value
        if isinstance(value, complex | np.complexfloating) or kind is np.ndarray:
            self.recorder.refuse(
                f"`{source}` is {kind.__name__}"
                + (f" of dtype {value.dtype}" if kind is np.ndarray else ""),
                why="symdiff differentiates functions of real numbers",
            )
        if isinstance(value, np.ndarray):
            self.recorder.refuse(
                f"`{source}` is a {kind.__name__}, which is not a plain NumPy array",
                remedy="pass numpy.asarray(...) of it",
            )
        if promote and is_node(value):
            if is_dataclass(value):
                return self.twin(value, source, promote)
            return self._registered(value, source, hint, promote)
        return self._object(value, source)

    def check(self, source: Source, kind: str, expected: Any) -> None:
        recorder = self.recorder
        check = Check(kind, source, expected)
        recorder.statements.append(Statement(None, check, (), SITES[recorder.site].span))
        recorder.path.append(expected)

    def _identity(self, value: Any, source: Source) -> None:
        self.check(source, "identity", Same(value))

    def _read(self, value: Any, source: Source, hint: str, promote: bool) -> Var:
        recorder = self.recorder
        span = SITES[recorder.site].span
        seen = float(value) if promote and type(value) is int else value
        var = Var(hint, aval_of(seen))
        recorder.statements.append(Statement(var, Read(source, var.aval), (), span))
        expected = signature(value)
        check = Check("signature", source, expected)
        recorder.statements.append(Statement(None, check, (var,), span))
        recorder.path.append(expected)
        return var

    def _number(self, value: Any, source: Source, hint: str, promote: bool) -> Tracer:
        var = self._read(value, source, hint, promote)
        seen = float(value) if promote and type(value) is int else value
        self.recorder.values[var] = seen
        if promote:
            self.recorder.active.add(var)
        return Tracer(self.recorder, seen, var)

    def _array(self, value: Any, source: Source, hint: str, promote: bool) -> Tracer:
        # What is differentiated is a variable of its own, even where f(x, x) is called: the
        # derivative by one argument holds the other constant.
        again = None if promote else self.by_array.get(id(value))
        if again is not None:
            self.check(source, "identity", Same(value))
            return again
        var = self._read(value, source, hint, False)
        tracer = Tracer(self.recorder, np.array(value), var)
        self.recorder.values[var] = tracer.value
        if promote:
            self.recorder.active.add(var)
        self.arrays.append((tracer, source))
        if not promote:
            self.by_array[id(value)] = tracer
        self.owners[id(value)] = (value, source)
        return tracer

    def _container(self, value: Any, source: Source, hint: str, promote: Promote) -> Any:
        if id(value) in self.owners and not promote:
            for original, copy, _ in self.copies:
                if original is value and id(copy) not in self.separate:
                    self.check(source, "identity", Same(value))
                    return copy
        self.check(source, "structure", structure(value))
        self.owners[id(value)] = (value, source)
        if type(value) is dict:
            named: dict[Any, Any] = {}
            self.copies.append((value, named, source))
            self.separate.update([id(named)] if promote else [])
            for key, item in value.items():
                named[key] = self.wrap(
                    item, Item(source, key), _hint(hint, key), below(promote, key)
                )
            return named
        items: list[Any] = []
        if type(value) is list:
            self.copies.append((value, items, source))
            self.separate.update([id(items)] if promote else [])
        fields = getattr(value, "_fields", ())
        for k, item in enumerate(value):
            deeper = below(promote, k, k - len(value), *fields[k : k + 1])
            items.append(self.wrap(item, Item(source, k), _hint(hint, k), deeper))
        if type(value) is list:
            return items
        return tuple(items) if type(value) is tuple else tuple.__new__(type(value), items)

    def twin(self, value: Any, source: Source, promote: Promote) -> Any:
        """An instance like a dataclass outside, with traced fields; changes are written back."""
        self.check(source, "structure", structure(value))
        made = object.__new__(type(value))
        self.copies.append((value, made, source))
        for name in attributes(value):
            item = getattr(value, name)
            wrapped = self.wrap(item, Attribute(source, name), name, below(promote, name))
            object.__setattr__(made, name, wrapped)
        return made

    def _registered(self, value: Any, source: Source, hint: str, promote: Promote) -> Any:
        """A registered container: another one like it, with traced children."""
        children, kind = one_level(value)
        self.check(source, "node", kind)
        wrapped = [
            self.wrap(v, Child(source, k), _hint(hint, key), below(promote, key, k))
            for k, (key, v) in enumerate(zip(kind[1], children, strict=True))
        ]
        return rebuild(value, wrapped)

    def _object(self, value: Any, source: Source) -> Any:
        if id(value) not in self.owners:
            self.owners[id(value)] = (value, source)
            self.check(source, *assumption(value, source))
        return value

    # -- attributes of outside objects

    def is_outside(self, value: Any) -> bool:
        return id(value) in self.owners

    def attribute(self, owner: Any, name: str) -> Any:
        """An attribute of an outside object, read again at every call."""
        key = (id(owner), name)
        if key in self.overlay:
            return self.overlay[key]
        if key in self.known:
            return self.known[key]
        value = getattr(owner, name)
        if isinstance(value, MethodType) and value.__self__ is owner:
            return value
        source = self.owners[id(owner)][1]
        wrapped = self.wrap(value, Attribute(source, name), name)
        self.known[key] = wrapped
        return wrapped

    def set_attribute(self, owner: Any, name: str, value: Any) -> None:
        self.overlay[id(owner), name] = value
        self.recorder.hold(value, name)

    # -- at the end of the trace

    def finish(self) -> None:
        """Record what the function wrote outside, as statements of the program."""
        for (owner_id, name), value in self.overlay.items():
            if owner_id in self.owners:
                source = self.owners[owner_id][1]
                self.write(source, "attribute", name, value)
        for (_, name), (source, value) in self.names.items():
            self.write(source, "name", name, value)
        for original, copy, source in self.copies:
            self._write_container(original, copy, source)
        for tracer, source in self.arrays:
            if tracer.version:
                self.write(source, "array", None, tracer)

    def write(self, source: Source, kind: str, key: Any, value: Any) -> None:
        recorder = self.recorder
        if not isinstance(value, (*NUMBERS, *CONSTANTS, Tracer)):
            recorder.refuse(f"`{source}` is given a {type(value).__name__} by the function")
        operand = recorder.operand(value)
        statement = Statement(None, Write(source, kind, key), (operand,), SITES[recorder.site].span)
        recorder.statements.append(statement)

    def _write_container(self, original: Any, copy: Any, source: Source) -> None:
        if is_dataclass(original):
            self._write_attributes(original, copy, source)
            return
        keys = list(original) if type(original) is dict else range(len(original))
        same = len(original) == len(copy)
        if same:
            for key in keys:
                if type(original) is dict and key not in copy:
                    same = False
                    break
                new = copy[key]
                if type(new) is Tracer:
                    made = new.operand
                    read = self._reads.get(made) if made is not PENDING else None
                    same = (
                        read is not None
                        and isinstance(read, Item)
                        and read.key == key
                        and read.owner is source
                    )
                elif isinstance(new, list | dict | tuple):
                    same = type(new) is type(original[key])
                else:
                    same = new is original[key] or new == original[key]
                if not same:
                    break
        if same:
            return
        recorder = self.recorder
        values = list(copy.values()) if type(copy) is dict else copy
        for value in values:
            if not isinstance(value, (Tracer, *NUMBERS, *CONSTANTS)):
                recorder.refuse(
                    f"the function changes `{source}`, which lies outside it, "
                    f"to hold a {type(value).__name__}",
                    remedy="return what it should hold",
                )
        operands = tuple([recorder.operand(v) for v in values])
        recorder.statements.append(
            Statement(
                None,
                Write(source, "contents", tuple(copy) if type(copy) is dict else None),
                operands,
                SITES[recorder.site].span,
            )
        )

    def _write_attributes(self, original: Any, twin: Any, source: Source) -> None:
        for name in attributes(twin):
            new, old = getattr(twin, name), getattr(original, name, None)
            if type(new) is Tracer:
                read = self._reads.get(new.operand) if new.operand is not PENDING else None
                same = isinstance(read, Attribute) and (read.name, read.owner) == (name, source)
            elif is_node(new):
                same = type(new) is type(old)
            else:
                same = new is old or new == old
            if not same:
                self.write(source, "attribute", name, new)

    @property
    def _reads(self) -> dict[Var, Source]:
        return {
            s.target: s.operation.source
            for s in self.recorder.statements
            if isinstance(s.operation, Read) and s.target is not None
        }


class OutsideNames(dict[str, Any]):
    """The globals or cells of a traced function; each name is read when it is first used."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def source(self, name: str) -> Source:
        raise NotImplementedError

    def assign(self, name: str, value: Any) -> None:
        """`global name; name = value`: seen at once here, written outside at the end."""
        self.reader.recorder.hold(value, name)
        self[name] = value
        source = self.source(name)
        key = getattr(source, "namespace", None) or getattr(source, "cell", None)
        self.reader.names[id(key), name] = (source, value)


class Globals(OutsideNames):
    """The globals of a module, and the builtins behind them."""

    def __init__(self, reader: Reader, namespace: dict[str, Any]) -> None:
        super().__init__(reader)
        self.namespace = namespace

    def source(self, name: str) -> Source:
        return Global(self.namespace, name)

    def __missing__(self, name: str) -> Any:
        source = Global(self.namespace, name)
        value = source.read(())
        if name not in self.namespace and getattr(builtins, name, None) is value:
            self.reader.check(source, "absent", True)
            self[name] = value
            return value
        wrapped = self.reader.wrap(value, source, name)
        self[name] = wrapped
        return wrapped


class Cells(OutsideNames):
    """The closure cells of a function."""

    def __init__(self, reader: Reader, cells: dict[str, CellType]) -> None:
        super().__init__(reader)
        self.cells = cells

    def source(self, name: str) -> Source:
        return Cell(self.cells[name], name)

    def __missing__(self, name: str) -> Any:
        cell = self.cells[name]
        try:
            value = cell.cell_contents
        except ValueError:
            raise NameError(
                f"cannot access free variable {name!r} where it is not associated with a value"
            ) from None
        if type(value) is Tracer:
            return value
        wrapped = self.reader.wrap(value, Cell(cell, name), name)
        self[name] = wrapped
        return wrapped


def _hint(hint: str, key: Any) -> str:
    text = f"{hint}_{key}"
    return text if text.isidentifier() else hint
