"""Bodies of loops that have been handed to generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .carried import MISSING


def cell_contents(cell: Any) -> Any:
    """What a cell holds, or `MISSING`."""
    try:
        return MISSING if cell is None else cell.cell_contents
    except ValueError:
        return MISSING


class Pushed:
    """The body of a loop that has been handed to a generator.

    Attributes:
        cells: the variables that it changes.
        free: those that it reads, and these.
        uses: what it does to lists.
    """

    __slots__ = ("cells", "free", "uses")

    def __init__(
        self, cells: Mapping[str, Any], free: Mapping[str, Any], uses: Sequence[Any]
    ) -> None:
        self.cells = cells
        self.free = free
        self.uses = uses
