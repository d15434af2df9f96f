"""How far a trace has come: what has been recorded since may be taken back."""

from __future__ import annotations

from .statements import Statements
from .tracer import PENDING

_TABLES = ("decided", "stacked")
_LISTS = ("path", "closed", "refreshed")


class Mark:
    """A place of a trace, whose statements are kept apart by whoever makes it."""

    __slots__ = ("lengths", "recorder")

    def __init__(self, recorder: Statements) -> None:
        self.recorder = recorder
        self.lengths = {name: len(getattr(recorder, name)) for name in (*_TABLES, *_LISTS)}

    def take_back(self, since: int) -> None:
        """Undo what has been recorded since, but for statements.

        Args:
            since: handles born from here on are of what is undone.
        """
        recorder, lengths = self.recorder, self.lengths
        for name in _TABLES:
            known = getattr(recorder, name)
            while len(known) > lengths[name]:
                known.popitem()
        for tracer, code, leaves, python, risky in recorder.closed[lengths["closed"] :]:
            if tracer.born < since:
                tracer.operand, tracer.code, tracer.leaves = PENDING, code, leaves
                tracer.python, tracer.risky = python, risky
        for view, operand, version in reversed(recorder.refreshed[lengths["refreshed"] :]):
            view.operand, view.version = operand, version
        for name in _LISTS:
            del getattr(recorder, name)[lengths[name] :]
