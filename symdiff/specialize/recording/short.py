"""Loops that are unrolled because they go round a few times: how much that records.

A few statements, a few times, run faster as straight code than as a loop of Python. Loops in loops
and long bodies make many of them, and each costs time in all stages. When the first iterations
have shown how many there would be, the trace is made again, with such loops as any others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from ...program.program import Statement, bodies_of

MOST_UNROLLED = 400
"""So many statements are made of short loops within each other, all told."""


class Recorder(Protocol):
    """What is asked of the recorder."""

    def known_of(self, site: int) -> Any: ...

    def refuse_short(self) -> Any: ...


class Short:
    """The short loops that are unrolled at this place of a trace, inner ones last."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.loops: list[tuple[int, int]] = []

    @contextmanager
    def around(self, site: int, count: int) -> Iterator[None]:
        """While a loop is unrolled."""
        loop = (site, count)
        self.loops.append(loop)
        try:
            yield
        finally:
            self.loops.remove(loop)

    def check(self, made: Sequence[Statement], iterations: int) -> None:
        """After some iterations of the innermost loop have recorded statements.

        Raises:
            Unrolled: the loops are longer than is unrolled, which is known by now.
        """
        times = math.prod(count for _, count in self.loops)
        if _weight(made) * times <= MOST_UNROLLED * iterations:
            return
        known = [self.recorder.known_of(site) for site, _ in self.loops]
        if not known[-1].long:
            for one in known:
                one.long = True
            self.recorder.refuse_short()


def _weight(statements: Sequence[Statement]) -> int:
    """How many statements there are, and in bodies of loops and arms."""
    return sum(
        1 + sum(_weight(body.statements) for body in bodies_of(s.operation)) for s in statements
    )
