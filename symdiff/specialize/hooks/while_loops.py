"""`while` loops in rewritten code that may stay loops."""

from __future__ import annotations

from ..recording.rolling import Rolled
from ..rewriting.sites import SITES
from .loops import Loop


class While(Loop):
    """A `while` loop."""

    rounds = 0

    def round(self) -> bool:
        """It goes round once more."""
        self.rounds += 1
        self.recorder.check_forced(self.rounds)
        if self.rounds > self.hooks.limit:
            self.recorder.watches.clear()
            span = SITES[self.site].span
            self.hooks.endless(f"the `while` loop at line {span.line}", span)
        if self.rounds == 1:
            self.early = self.may_begin_early()
        self.made = self.rounds - 1
        if self.is_early():
            self.live = True
        elif self.rounds == self.first + 1:
            self._consider()
        return True

    def is_long(self) -> bool:
        return bool(self.recorder.may_roll(self.site))

    def go_on(self, rolled: Rolled) -> None:
        self.check_end(rolled, "while")
        self._consider()
