"""What unseen code does to what it is given, and to what the function has read before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program.containers import CONTAINERS
from ...program.sources import MISSING
from .seen import contents

if TYPE_CHECKING:
    from ..recording.recorder import Recorder
    from .reads import Reader


def _held(value: Any) -> Any:
    """What is in a container or array, for comparison with what is there later."""
    if isinstance(value, np.ndarray):
        return np.array(value)
    return contents(value)


def _differs(value: Any, before: Any) -> bool:
    if isinstance(value, np.ndarray):
        same = value.shape == before.shape
        return not (same and np.array_equal(value, before, equal_nan=value.dtype.kind in "fc"))
    now = contents(value)
    if isinstance(now, set):
        return bool(now != before)
    return len(now) != len(before) or any(a is not b for a, b in zip(now, before, strict=True))


class Given:
    """What a call is given, as it was before the call."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.held = [
            (v, _held(v)) for v in values if type(v) in CONTAINERS or type(v) is np.ndarray
        ]

    def refuse_changes(self, recorder: Recorder, name: str) -> None:
        """Refuse a call that has changed what it was given: the function would not see that."""
        if any(_differs(value, before) for value, before in self.held):
            recorder.refuse(
                f"`{name}` changes what it is given",
                why="symdiff cannot see into it, and works on a copy",
                remedy="let it return what it makes, and write that yourself",
            )


class Outside:
    """What the function has read outside, as it was before a call of the user's own code."""

    def __init__(self, reader: Reader, read: dict[tuple[int, str], Any]) -> None:
        self.reader = reader
        self.values = {
            (key, name): getattr(reader.owners[key][0], name, MISSING)
            for key, name in read
            if key in reader.owners
        }
        self.copies = [(c.original, _held(c.original)) for c in reader.copies]
        self.arrays = [(array, _held(array)) for _, _, array in reader.arrays]

    def refuse_changes(self, recorder: Recorder, name: str) -> None:
        """Refuse a call that has changed what was read: it would be taken for what it was."""
        owners = self.reader.owners
        changed = any(
            getattr(owners[key][0], name, MISSING) is not value
            for (key, name), value in self.values.items()
        )
        if changed or any(_differs(v, before) for v, before in (*self.copies, *self.arrays)):
            recorder.refuse(
                f"`{name}` changes what the function has read before",
                why="symdiff cannot see into it",
                remedy="call it before anything that it changes is read",
            )
