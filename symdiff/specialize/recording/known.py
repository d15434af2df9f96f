"""What is remembered of a loop, or of a region, from one iteration and one trace to the next."""

from __future__ import annotations

from typing import Any

from .ways import Signature

MOST_WAYS = 32
"""So many ways through an iteration are put together; others end the loop."""


class Known:
    """What is known of a loop from earlier iterations and traces.

    Attributes:
        ways: the decisions of iterations that have led to the next head.
        barred: those of them that cannot be recorded from another head.
        varying: names that vary.
        moving: names of what is active in some iteration.
        writes: names of arrays that are written to.
        ready: whether it has stayed a loop.
        peel: how many iterations are made before one may stand for all.
        closed: whether it is a region that acts on something: its ways stay apart.
        places: ways to items and attributes that are written to (`hooks/state.py`).
        trees: ways to containers that are carried by what they hold.
        single: ways to what those hold as it is.
        labels: what leaves are called, by the ways to them.
        exact: whether lists that it appends to are of one length, since loops read them by place.
        long: whether it is not unrolled although it goes round a few times alone (`short.py`).
        room: how much room a list is given that it appends to.
        wide: whether a list that it changes holds numbers of Python's and of NumPy's.
        strong: names of Python's numbers that are computed of NumPy's.
    """

    __slots__ = (
        "barred",
        "closed",
        "exact",
        "labels",
        "long",
        "moving",
        "peel",
        "places",
        "ready",
        "room",
        "single",
        "strong",
        "trees",
        "varying",
        "ways",
        "wide",
        "writes",
    )

    def __init__(self) -> None:
        self.ways: dict[Signature, None] = {}
        self.barred: set[Signature] = set()
        self.varying: set[str] = set()
        self.moving: set[str] = set()
        self.strong: set[str] = set()
        self.writes: set[str] = set()
        self.ready = False
        self.peel = 0
        self.closed = False
        self.places: dict[Any, None] = {}
        self.trees: dict[Any, None] = {}
        self.single: dict[Any, None] = {}
        self.labels: dict[Any, str] = {}
        self.exact = self.long = self.wide = False
        self.room = 0

    def learn(self, way: Signature) -> bool:
        """Whether a way is new."""
        if way in self.ways or way in self.barred or len(self.ways) >= MOST_WAYS:
            return False
        self.ways[way] = None
        return True

    def forget_ways(self) -> None:
        """What is made of an inner loop is another thing from here on."""
        self.ways.clear()
        self.barred.clear()
        self.peel = 0

    def bar(self, way: Signature) -> None:
        """A way that cannot be recorded from another head is left to end the loop."""
        self.ways.pop(way, None)
        self.barred.add(way)
