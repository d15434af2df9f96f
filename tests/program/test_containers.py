"""Items of containers, whatever the user's own class makes of them."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

from symdiff.program.containers import item_of

Point = namedtuple("Point", "x y")


class Shifted(list):
    def __getitem__(self, key):
        return super().__getitem__(key) + 100


class Renamed(dict):
    def __getitem__(self, key):
        return super().__getitem__(key.upper())


@pytest.mark.parametrize(
    ("container", "key"),
    [
        ([1, 2], 1),
        ((1, 2), 1),
        (Point(1, 2), 1),
        (deque([1, 2]), 1),
        (np.array([1, 2]), 1),
        ({"a": 2}, "a"),
        (OrderedDict(a=2), "a"),
        (defaultdict(int, a=2), "a"),
        (Shifted([1, 2]), 1),
        (Renamed(a=2, A=7), "a"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_item_that_a_container_holds(container, key):
    assert item_of(container, key) == 2
