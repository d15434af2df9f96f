"""Globals and closure cells: each name is read when it is first used, and again at every call."""

from __future__ import annotations

from collections.abc import Mapping
from types import CellType
from typing import Any

from ...operations.runtime.pristine import PYTHON
from ...program.outside import Same
from ...program.sources import Bound, Cell, Global, Source
from ..recording.tracer import Tracer
from .reads import Reader


class OutsideNames(dict[str, Any]):
    """The globals or cells of a traced function."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader
        self.sources: dict[str, Source] = {}

    def source(self, name: str) -> Source:
        """Where a name is found; the same for the whole trace."""
        if name not in self.sources:
            self.sources[name] = self.find(name)
        return self.sources[name]

    def find(self, name: str) -> Source:
        raise NotImplementedError

    def unseen(self, name: str) -> bool:
        """Whether a name that exists has not been read or written yet."""
        raise NotImplementedError

    def assign(self, name: str, value: Any) -> None:
        """`global name; name = value`: seen at once here, written outside at the end."""
        self.reader.recorder.hold(value, name)
        self[name] = value
        source = self.source(name)
        key = getattr(source, "namespace", None)
        if key is None:
            key = getattr(source, "cell", None)
        self.reader.names[id(key), name] = (source, value)


class Globals(OutsideNames):
    """The globals of a module, and the builtins behind them, which a user may have replaced."""

    def __init__(
        self, reader: Reader, namespace: dict[str, Any], builtins: Mapping[str, Any]
    ) -> None:
        super().__init__(reader)
        self.namespace = namespace
        self.builtins = builtins

    def find(self, name: str) -> Source:
        return Global(self.namespace, name, self.builtins)

    def unseen(self, name: str) -> bool:
        return name not in self and name in self.namespace

    def __missing__(self, name: str) -> Any:
        source = self.source(name)
        try:
            value = source.read(())
        except NameError:
            self.reader.check(source, "absent", True)
            raise
        if name not in self.namespace and vars(PYTHON).get(name) is value:
            self.reader.check(source, "absent", Same(value), value)
            self[name] = value
            return value
        wrapped = self.reader.wrap(value, source, name)
        self[name] = wrapped
        return wrapped


class Cells(OutsideNames):
    """The closure cells of a function; a cell is shared by all functions that close over it."""

    def __init__(
        self, reader: Reader, cells: dict[str, CellType], shared: dict[int, dict[str, Any]]
    ) -> None:
        super().__init__(reader)
        self.cells = cells
        self.shared = shared

    def find(self, name: str) -> Source:
        return Cell(self.cells[name], name)

    def unseen(self, name: str) -> bool:
        cell = self.cells[name]
        if id(cell) in self.shared:
            return False
        try:
            return type(cell.cell_contents) is not Tracer
        except ValueError:
            return False

    def __getitem__(self, name: str) -> Any:
        cell = self.cells[name]
        known = self.shared.get(id(cell))
        if known is not None:
            return known["value"]
        try:
            value = cell.cell_contents
        except ValueError:
            place = Bound(cell, name)
            self.reader.check_once((id(cell), "bound"), place, "equal", (bool, False))
            raise NameError(
                f"cannot access free variable {name!r} where it is not associated with a value"
            ) from None
        if type(value) is Tracer:
            return value
        wrapped = self.reader.wrap(value, self.source(name), name)
        self.shared[id(cell)] = {"value": wrapped}
        return wrapped

    def __setitem__(self, name: str, value: Any) -> None:
        self.shared[id(self.cells[name])] = {"value": value}
