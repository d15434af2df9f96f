"""What `for` and `while` loops do in their own ways, as a loop that has no items does it."""

from __future__ import annotations

from typing import Any, Protocol

from ..recording.lists import Numbers
from ..recording.probe import Probe
from ..recording.rolling import Rolled
from ..rewriting.sites import SITES


class Hooks(Protocol):
    """What a loop asks of the hooks of its trace."""

    recorder: Any
    reader: Any
    calls: Any
    limit: int

    def iter(self, value: Any, site: int, hint: str | None = None) -> Any: ...

    def test(self, value: Any, site: int) -> Any: ...

    def endless(self, what: str, span: Any, rounds: int | None = None) -> Any: ...


class Ways:
    """What a loop is asked that goes through items, or not."""

    hooks: Hooks
    recorder: Any
    site: int

    def _consider(self) -> None:
        """Whether to ask anything at the following heads."""
        raise NotImplementedError

    def goes_through(self, numbers: Numbers) -> bool:
        """Whether the loop goes through a list."""
        return False

    def raises(self) -> bool:
        """Whether an iteration that raises is made again, for others: here it raises."""
        return False

    def check_end(self, rolled: Rolled, kind: str) -> None:
        """Refuse a loop that has gone round too often.

        Raises:
            StepLimitError: it has.
        """
        if rolled.endless:
            span = SITES[self.site].span
            what = f"the `{kind}` loop at line {span.line}"
            self.hooks.endless(what, span, self.recorder.most_rounds)

    def place(self) -> Any:
        """Which item a `for` loop has come to."""
        return None

    def take_probed(self, probe: Probe) -> bool:
        """Take the item of an iteration that is recorded for others, if it has one."""
        return True

    def most(self) -> Any:
        """How many iterations there may be, from the one that comes now."""
        return None

    def back(self) -> None:
        """The iteration before is recorded once more."""

    def begin(self) -> None:
        """The first iteration is made as it is, if it has not begun."""

    def stay(self) -> None:
        """The iteration before is made once more, as it is."""

    def go_on(self, rolled: Rolled) -> None:
        """Python goes on where the loop has ended."""
        self._consider()
